"""TOML files that are checked key by key; every error names its line."""

import tomllib
from bisect import bisect_left
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from themawijzer.errors import InputError
from themawijzer.survey.toml_mistakes import Mistake, find_encoding_mistake, find_mistake, wrong_heading

Location = tuple[int | str, ...]
ENDINGS = {".txt", ".toml", ".docx", ".doc", ".rtf"}  # which programs add to a name when they save a file
# By pydantic's type of an error what goes on from the name of a key.
WORDS = {
    "string_type": 'has to be a text in quotation marks: "…"',
    "int_type": "has to be a whole number, without quotation marks, point or comma",
    "float_type": "has to be a number such as 0.8, without quotation marks",
    "bool_type": "has to be true or false, without quotation marks",
    "list_type": 'has to be a list in square brackets: ["…", "…"]',
    "string_too_short": "is empty",
    "string_too_long": "has too many characters: there can be at most {max_length}",
    "too_short": "is empty",
    "greater_than_equal": "has to be {ge} or more",
    "less_than_equal": "has to be {le} or less",
    "less_than": "has to be less than {lt}",
    "enum": "has to be {expected}",
    "literal_error": "has to be {expected}",
}
UNION = {"string_type", "list_type"}  # what is said where a value may be a text or a list, and is something else too


class Strict(BaseModel):
    """A part of a configuration file: immutable, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Configuration = TypeVar("Configuration", bound=Strict)


class MisplacedError(ValueError):
    """An error in a part of a configuration file; `at` is its location within that part."""

    def __init__(self, problem: str, *, at: Location) -> None:
        self.at = at
        super().__init__(problem)


def read_configuration(path: Path, kind: type[Configuration]) -> Configuration:
    """The file as a `kind`; raises InputError with the line of the first thing that is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise _missing_file(path) from None
    except OSError as error:
        problem = f"the file cannot be read: {error.strerror}"
        raise InputError(problem, file=path, expected="Close it in other programs and check who may read it.") from None
    except UnicodeDecodeError as error:
        raise _refusal(find_encoding_mistake(error.object, error.start), path) from None
    return check_configuration(text, kind, path)


def check_configuration(text: str, kind: type[Configuration], path: Path) -> Configuration:
    """The text as a `kind`; `path` is the file that it stands in, or will stand in."""
    try:
        return kind.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise _as_input_error(error, path, text, kind) from None
    except tomllib.TOMLDecodeError as error:
        raise _refusal(find_mistake(text.replace("\r\n", "\n"), str(error), _names_of(kind)), path) from None
    except (ValueError, RecursionError):  # what Python itself refuses
        expected = "Numbers have at most 4,300 digits, and lists lie only a few deep in one another."
        raise InputError("a number is too long, or brackets are too deep", file=path, expected=expected) from None


def _refusal(mistake: Mistake, path: Path) -> InputError:
    return InputError(mistake.problem, file=path, line=mistake.line, expected=mistake.expected)


def _missing_file(path: Path) -> InputError:
    """What may be the file by another name is named: programs add an ending, and Windows hides it."""
    alike = sorted(own.name for own in path.parent.glob(f"{path.stem}.*") if own.suffix.lower() in ENDINGS)
    if not alike:
        return InputError("this file does not exist", file=path, expected="`themawijzer init` makes a survey folder.")
    shown = "Windows shows whole names with View, Show, File name extensions"
    expected = f"Save it as plain text (UTF-8) with the name {path.name}. {shown}."
    return InputError(f"this file does not exist, but {alike[0]} does", file=path, expected=expected)


def _as_input_error(error: ValidationError, path: Path, text: str, kind: type[Strict]) -> InputError:
    first = _first(error)
    cause = first.get("ctx", {}).get("error")
    location: Location = first["loc"] + (cause.at if isinstance(cause, MisplacedError) else ())
    line = line_of(text, location)
    if first["type"] == "extra_forbidden":
        is_heading = line is not None and text.split("\n")[line - 1].lstrip().startswith("[")
        expected = _known(kind, location, is_heading=is_heading)
        return InputError(f"unknown key `{location[-1]}`", file=path, line=line, expected=expected)
    if first["type"] == "missing":
        expected = _example(kind, location)
        return InputError(f"key `{location[-1]}` is missing", file=path, line=line, expected=expected)
    named = next((part for part in reversed(location) if isinstance(part, str)), None)
    if first["type"] in ("list_type", "model_type") and (heading := _heading_of(kind, location)):
        return _refusal(wrong_heading(heading, line), path)
    if words := WORDS.get(first["type"]):
        item = f"item {location[-1] + 1} of " if location and isinstance(location[-1], int) else ""
        told = words.format(**first.get("ctx", {})).replace("'", '"')
        return InputError(f"{item}`{named}` {told}", file=path, line=line)
    problem = first["msg"].removeprefix("Value error, ")
    return InputError(f"`{named}`: {problem}" if named else problem, file=path, line=line)


def _first(error: ValidationError) -> ErrorDetails:
    """The error to tell, at a location that has nothing but keys of the file and places in lists."""
    errors = error.errors(include_url=False, include_input=False)
    # A misspelled key comes first: that the right one is missing follows from it.
    for found in errors:
        if found["type"] == "extra_forbidden":
            return found
    # Where a value may be a text or a list, pydantic adds the names of both kinds, and says of each what is wrong.
    for found in errors:
        found["loc"] = tuple(part for part in found["loc"] if isinstance(part, int) or part.isidentifier())
    at = errors[0]["loc"]
    same = [found for found in errors if found["loc"][: len(at)] == at]
    return max(same, key=lambda found: (len(found["loc"]), found["type"] not in UNION))


def _headings_of(kind: type[Strict], above: str = "") -> dict[str, dict[str, FieldInfo]]:
    """The headings that a file of this kind can have, as they are written, with the keys that stand under them."""
    found: dict[str, dict[str, FieldInfo]] = {}
    for name, field in kind.model_fields.items():
        if model := _model_of(field.annotation):
            own = f"{above}{field.alias or name}"
            written = f"[{own}]" if model is field.annotation else f"[[{own}]]"
            found |= {written: _keys(model), **_headings_of(model, f"{own}.")}
    return found


def _names_of(kind: type[Strict]) -> list[str]:
    """All headings and keys of such a file."""
    headings = _headings_of(kind)
    return [*headings, *_keys(kind), *(key for keys in headings.values() for key in keys)]


def _keys(kind: type[Strict]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in kind.model_fields.items()}


def _heading_of(kind: type[Strict], location: Location) -> str | None:
    """How the heading of this location is written; None where it is no part with keys of its own."""
    name = ".".join(part for part in location if isinstance(part, str))
    return next((heading for heading in _headings_of(kind) if heading.strip("[]") == name), None)


def _keys_at(kind: type[Strict], location: Location) -> dict[str, FieldInfo]:
    """The keys that may stand beside the last one of the location."""
    heading = _heading_of(kind, location[:-1])
    return _headings_of(kind)[heading] if heading else _keys(kind)


def _known(kind: type[Strict], location: Location, *, is_heading: bool) -> str:
    """The keys that are possible instead of an unknown one, and where that belongs."""
    key, headings = location[-1], _headings_of(kind)
    known = f"Known keys: {', '.join(_keys_at(kind, location))}."
    if is_heading:
        return f"{known} Headings of this file: {', '.join(headings)}."
    above = ["above the first heading"] if key in _keys(kind) else []
    places = above + [f"under {heading}" for heading, keys in headings.items() if key in keys]
    return f"{known} `{key}` goes {' or '.join(places)}." if places else known


def _example(kind: type[Strict], location: Location) -> str:
    """Where a missing key goes, and what it may look like."""
    key = str(location[-1])
    if heading := _heading_of(kind, location):
        return f"Add {heading} and what belongs under it."
    place = "under this heading" if len(location) > 1 else "above the first heading"
    annotation = _keys_at(kind, location)[key].annotation
    value = "1" if annotation is int else '["…"]' if get_origin(annotation) is list else '"…"'
    return f"Add {place}: {key} = {value}"


def _model_of(annotation: Any) -> type[Strict] | None:
    """The configuration part that a field holds, itself or in a list; None where it holds a value."""
    candidates = (annotation, *get_args(annotation))
    return next((own for own in candidates if isinstance(own, type) and issubclass(own, Strict)), None)


def line_of(text: str, location: Location) -> int | None:
    """The 1-based line where the `location` (as in pydantic) begins, or else the nearest part that contains it."""
    whole, lines = tomllib.loads(text), text.replace("\r\n", "\n").split("\n")
    prefixes = (location[:end] for end in range(len(location), 0, -1))
    nearest = next((prefix for prefix in prefixes if _has(whole, prefix)), None)
    if nearest is None:
        return None
    said: dict[int, Any] = {len(lines): whole}
    return bisect_left(range(len(lines)), x=True, key=lambda n: _has(_said(lines, n, said), nearest))


def _said(lines: list[str], n: int, said: dict[int, Any]) -> Any:
    """The content of the first n lines, with those that complete a list or a text; `said` caches it by n."""
    end = n
    while end not in said:
        try:
            said[end] = tomllib.loads("\n".join(lines[:end]))
        except tomllib.TOMLDecodeError:  # in the middle of a list or a text
            end += 1
    said |= dict.fromkeys(range(n, end), said[end])
    return said[end]


def _has(content: Any, location: Location) -> bool:
    for part in location:
        parts = content if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ()
        if part not in parts:
            return False
        content = content[part]
    return True
