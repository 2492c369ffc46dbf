"""JSON as typed records: the same bytes for the same facts when written, checked key by key when read."""

from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from themawijzer.errors import named


class Record:
    """A base for dataclasses of what a JSON file holds: unknown keys, wrong types, NaN and infinity are errors."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid", "allow_inf_nan": False, "strict": True}


R = TypeVar("R", bound=Record)
Count = Annotated[int, Field(ge=0, lt=2**53)]
Share = Annotated[float, Field(ge=0, le=1)]


def record_of(content: str | bytes, kind: type[R]) -> R:
    """The content of a file as a record; raises ValueError with the first thing that is wrong, and where."""
    try:
        record: R = _adapter(kind).validate_json(content)  # type: ignore[arg-type]  # its metaclass has a hash
    except ValidationError as error:
        raise ValueError(_first_problem(error)) from None
    return record


def facts_of(record: Record) -> dict[str, Any]:
    """What stands in the file, for `as_json`."""
    facts: dict[str, Any] = _adapter(type(record)).dump_python(record, mode="json", by_alias=True)  # type: ignore[arg-type]  # as above
    return facts


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(named(str(part)).strip() or "?" for part in first["loc"])  # a key may be an answer
    match first["type"]:
        case "missing" | "missing_argument":
            return f"key `{place}` is missing"
        case "extra_forbidden" | "unexpected_keyword_argument":
            return f"unknown key `{place}`"
    problem = first["msg"].removeprefix("Value error, ")
    return f"`{place}`: {problem}" if place else problem
