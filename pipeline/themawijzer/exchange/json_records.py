"""The objects in a JSON file, or in a file with one per line, with where each of them is."""

import json
from pathlib import Path

from themawijzer.errors import InputError

Record = dict[str, object]


def read_records(path: Path, data: bytes) -> list[tuple[str, Record]]:
    """Every object with its place; raises InputError, with the line, for what is no JSON or no object."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError("this is not UTF-8", file=path, line=line, expected="Export it again as JSON.") from None
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
        if len(lines) < 2 or not lines[0][1].rstrip().endswith("}"):
            raise _no_json(path, error.lineno) from None
        return [(f"line {number}", _record(path, number, _parsed(path, number, line))) for number, line in lines]
    except RecursionError:
        raise _no_json(path, 1) from None
    items = whole if isinstance(whole, list) else [whole]
    return [(f"object {number}", _record(path, None, item, number)) for number, item in enumerate(items, start=1)]


def _parsed(path: Path, number: int, line: str) -> object:
    try:
        return json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        raise _no_json(path, number) from None


def _record(path: Path, line: int | None, item: object, number: int = 0) -> Record:
    if isinstance(item, dict):
        return item
    place = path if line else f"{path}, object {number}"
    raise InputError("this is no JSON object", file=place, line=line, expected="An object per task, in braces: {…}.")


def _no_json(path: Path, line: int) -> InputError:
    expected = "Export it again as JSON or JSONL. A file that was cut off lacks its last bracket."
    return InputError("this is no JSON", file=path, line=line, expected=expected)
