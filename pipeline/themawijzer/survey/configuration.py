"""TOML files that are checked key by key; every error names its line."""

import tomllib
from bisect import bisect_left
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from themawijzer.errors import InputError

Location = tuple[int | str, ...]


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
        expected = "`themawijzer init` makes a survey folder."
        raise InputError("this file does not exist", file=path, expected=expected) from None
    except OSError as error:
        problem = f"the file cannot be read: {error.strerror}"
        raise InputError(problem, file=path, expected="Close it in other programs and check who may read it.") from None
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 at byte {error.start}", file=path, expected="Save the file as UTF-8.") from None
    return check_configuration(text, kind, path)


def check_configuration(text: str, kind: type[Configuration], path: Path) -> Configuration:
    """The text as a `kind`; `path` is the file that it stands in, or will stand in."""
    try:
        return kind.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise _as_input_error(error, path, text, kind) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not valid TOML: {error}", file=path) from None
    except (ValueError, RecursionError):  # what Python itself refuses
        expected = "Numbers have at most 4,300 digits, and lists lie only a few deep in one another."
        raise InputError("a number is too long, or brackets are too deep", file=path, expected=expected) from None


def _as_input_error(error: ValidationError, path: Path, text: str, kind: type[Strict]) -> InputError:
    errors = error.errors(include_url=False, include_input=False)
    # A misspelled key comes first: that the right one is missing follows from it.
    first = next((found_error for found_error in errors if found_error["type"] == "extra_forbidden"), errors[0])
    cause = first.get("ctx", {}).get("error")
    location: Location = first["loc"] + (cause.at if isinstance(cause, MisplacedError) else ())
    line = line_of(text, location)
    if first["type"] == "extra_forbidden":
        known = ", ".join(_known_keys(kind, location[:-1]))
        return InputError(f"unknown key `{location[-1]}`", file=path, line=line, expected=f"Known keys: {known}.")
    if first["type"] == "missing":
        return InputError(f"key `{location[-1]}` is missing", file=path, line=line)
    problem = first["msg"].removeprefix("Value error, ")
    named = next((part for part in reversed(location) if isinstance(part, str)), None)
    return InputError(f"`{named}`: {problem}" if named else problem, file=path, line=line)


def _known_keys(kind: type[Strict], location: Location) -> list[str]:
    fields = kind.model_fields
    for part in location:
        if isinstance(part, str):
            field = next(field for name, field in fields.items() if part in (name, field.alias))
            fields = _model_of(field.annotation).model_fields
    return [field.alias or name for name, field in fields.items()]


def _model_of(annotation: Any) -> type[Strict]:
    """The configuration part that a field holds, itself or in a list."""
    candidates = (annotation, *get_args(annotation))
    return next(candidate for candidate in candidates if isinstance(candidate, type) and issubclass(candidate, Strict))


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
