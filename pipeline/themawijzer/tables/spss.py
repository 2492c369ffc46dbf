"""SPSS system files (.sav) out, and what SPSS asks of names, labels and text."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from errno import EIO
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from themawijzer.files import file_beside

MAX_TEXT, MAX_LABEL, MAX_VALUE_LABEL, MAX_NAME, NOTE_LINE = 32_767, 252, 120, 64, 80  # bytes
RESERVED = frozenset(["ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"])
_NO_TIME = b"01 Jan 0000:00:00"
_END = struct.pack("<2i", 999, 0)  # of the dictionary; then come the rows
# Where the header keeps the place of the weight and the number of rows, and the time at which the file was made.
_WEIGHT_OFFSET, _ROWS_OFFSET, _TIME_OFFSET, _HEADER_SIZE = 76, 80, 92, 176
_VARIABLE, _LONG_NAMES = 2, 13


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One variable: numbers (NaN is system-missing), or text of at most `n_bytes`, and what SPSS keeps beside them."""

    name: str
    label: str
    n_bytes: int | None = None
    format: str | None = None  # such as F8.2; text needs none
    measure: str = "nominal"
    width: int = 8  # of the column on the screen, in characters
    value_labels: Mapping[Any, str] = field(default_factory=dict)
    missing: Sequence[tuple[Any, Any]] = ()


def write_system_file(
    path: Path,
    variables: Sequence[Variable],
    parts: Iterable[pd.DataFrame],
    *,
    n_rows: int,
    title: str,
    note: Sequence[str],
    weight: str | None,
) -> None:
    """Write `n_rows`, which come in frames with a column per variable; `weight` names one, and text is in UTF-8.

    No time stands in the file, so that the same variables give the same bytes.
    """
    import pyreadstat

    about, frames = _about(variables, title, note), iter(parts)
    texts = {
        variable.name: object for variable in variables if variable.n_bytes is not None
    }  # which pandas gives out sooner

    def written(*rows: pd.DataFrame) -> bytes:
        frame = pd.concat(rows, ignore_index=True).astype(texts)
        try:
            pyreadstat.write_sav(frame, str(path), row_compress=True, **about)
        except pyreadstat.ReadstatError as error:  # which hides what the system says
            raise OSError(EIO, "cannot be written; is the disk full?", str(path)) from error
        return path.read_bytes()

    first = next(frames)
    is_whole = len(first) == n_rows
    pieces = iter([written(first)]) if is_whole else _joined(written, first, frames, variables, n_rows)
    with file_beside(path) as beside, beside.open("wb") as file:
        file.write(_amended(next(pieces), weight))
        file.writelines(pieces)


def _joined(
    written: Callable[..., bytes],
    first: pd.DataFrame,
    others: Iterable[pd.DataFrame],
    variables: Sequence[Variable],
    n_rows: int,
) -> Iterator[bytes]:
    """The dictionary, and then the rows of each frame.

    pyreadstat takes all rows at once. But a row stands by itself, so that the rows of files with the same dictionary
    make one file. Every frame becomes a file that begins with a row as wide as any and, as the last row of a file is
    marked, also ends with it, unless it is the last frame; what is between those rows is taken.
    """
    widest = first.iloc[:1].assign(
        **{variable.name: "x" * variable.n_bytes for variable in variables if variable.n_bytes is not None}
    )
    once, twice = written(widest), written(widest, widest)
    head = bytearray(once[: once.rindex(_END) + len(_END)])
    start, ending = len(head) + len(twice) - len(once), len(once) - len(head)
    struct.pack_into("<i", head, _ROWS_OFFSET, n_rows)
    struct.pack_into("<q", head, len(head) - len(_END) - 8, n_rows)  # the record before the end repeats it
    yield bytes(head)
    for frame in chain([first], others):
        n_rows -= len(frame)
        yield written(widest, frame, widest)[start:-ending] if n_rows else written(widest, frame)[start:]


def _about(variables: Sequence[Variable], title: str, note: Sequence[str]) -> dict[str, Any]:
    """What pyreadstat is told of the file and its variables."""
    return {
        "file_label": cut(title, 64),
        "column_labels": [cut(variable.label, MAX_LABEL) or None for variable in variables],
        "note": [line for text in note for line in _lines(text)] or None,
        "variable_value_labels": {
            variable.name: {value: cut(label, MAX_VALUE_LABEL) for value, label in variable.value_labels.items()}
            for variable in variables
            if variable.value_labels
        },
        "missing_ranges": {
            variable.name: [low if low == high else {"lo": low, "hi": high} for low, high in variable.missing]
            for variable in variables
            if variable.missing
        },
        "variable_display_width": {variable.name: variable.width for variable in variables},
        "variable_measure": {variable.name: variable.measure for variable in variables},
        "variable_format": {variable.name: variable.format for variable in variables if variable.format},
    }


def spss_names(names: Iterable[str]) -> list[str]:
    """Names that SPSS accepts, each once whatever the capitals, as near to the given ones as can be."""
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = re.sub(r"[^\w.$#@]", "_", name)
        if not plain[:1].isalpha():
            plain = f"v_{plain}"
        plain = _head(plain, MAX_NAME).rstrip("._") or "v"
        if plain.upper() in RESERVED:
            plain += "_1"
        unique, number = plain, 1
        while unique.casefold() in taken:
            number += 1
            unique = f"{_head(plain, MAX_NAME - len(str(number)) - 1)}_{number}"
        taken.add(unique.casefold())
        found.append(unique)
    return found


def cut(text: str, n_bytes: int, mark: str = "…") -> str:
    """The text on one line of at most so many bytes, with the mark at its end where something is left out."""
    line = " ".join(text.split())
    return line if len(line.encode()) <= n_bytes else _head(line, n_bytes - len(mark.encode())) + mark


def cut_texts(cells: pd.Series[str], mark: str) -> tuple[pd.Series[str], int]:
    """The cells as SPSS can hold them, with the mark at the end of those that had to be cut, and how many these are."""
    long = cells[cells.str.len() > MAX_TEXT // 4]
    cutting: dict[Any, str] = {
        row: _head(text, MAX_TEXT - len(mark.encode())) + mark
        for row, text in long.items()
        if len(text.encode()) > MAX_TEXT
    }
    if cutting:
        cells = cells.copy()
        cells.update(pd.Series(cutting, dtype=str))
    return cells, len(cutting)


def _head(text: str, n_bytes: int) -> str:
    return text.encode()[:n_bytes].decode(errors="ignore")


def _lines(text: str) -> list[str]:
    """The text in lines that a note has room for."""
    lines = [""]
    for word in text.split():
        if len(f"{lines[-1]} {word}".encode()) <= NOTE_LINE:
            lines[-1] = f"{lines[-1]} {word}".strip()
        else:
            lines.append(_head(word, NOTE_LINE))
    return lines


def _amended(content: bytes, weight: str | None) -> bytes:
    """The same without the time, and with the variable that is the weight."""
    amended = bytearray(content)
    struct.pack_into("<i", amended, _WEIGHT_OFFSET, _place(content, weight) if weight else 0)
    amended[_TIME_OFFSET : _TIME_OFFSET + len(_NO_TIME)] = _NO_TIME
    return bytes(amended)


def _place(content: bytes, name: str) -> int:
    """The number of a numeric variable, counted in units of eight bytes as the header does."""
    position, short_names = _HEADER_SIZE, list[str]()
    while struct.unpack_from("<i", content, position)[0] == _VARIABLE:
        _, _, has_label, n_missing, _, _, short = struct.unpack_from("<6i8s", content, position)
        short_names.append(short.decode().rstrip())
        position += 32
        if has_label:
            position += 4 + -(-struct.unpack_from("<i", content, position)[0] // 4) * 4
        position += 8 * abs(n_missing)
    start = content.index(struct.pack("<3i", 7, _LONG_NAMES, 1), position) + 12
    (size,) = struct.unpack_from("<i", content, start)
    pairs = content[start + 4 : start + 4 + size].decode().split("\t")
    by_long = {long: short for short, _, long in (pair.partition("=") for pair in pairs)}
    return short_names.index(by_long[name]) + 1
