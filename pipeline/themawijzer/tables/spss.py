"""SPSS system files (.sav): in, as text with labels; out, and what SPSS asks of names, labels and text."""

import re
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from errno import EIO
from pathlib import Path
from typing import Any

import pandas as pd

from themawijzer.files import file_beside
from themawijzer.tables.cells import cell_text, check_names, text_frame

MAX_TEXT, MAX_LABEL, MAX_VALUE_LABEL, MAX_NAME, NOTE_LINE = 32_767, 252, 120, 64, 80  # bytes
RESERVED = frozenset(["ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"])
_ZERO_PADDED = re.compile(r"N([0-9]+)")
_NO_TIME = b"01 Jan 0000:00:00"
# Where the header keeps the number of the weight and the time at which the file was made.
_WEIGHT_OFFSET, _TIME_OFFSET, _HEADER_SIZE = 76, 92, 176
_VARIABLE, _LONG_NAMES = 2, 13


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What SPSS keeps beside the values, as `Table` has it."""

    variable_labels: dict[str, str]
    value_labels: dict[str, dict[str, str]]
    missing: dict[str, list[tuple[float | str, float | str]]]
    text_columns: frozenset[str]


def read_system_file(path: Path, *, encoding: str | None = None) -> tuple[pd.DataFrame, Labels]:
    """The values as text, and their labels; declared missing values stay, and system-missing is ""."""
    import pyreadstat

    frame, meta = pyreadstat.read_sav(
        path, encoding=encoding, apply_value_formats=False, user_missing=True, output_format="pandas"
    )
    check_names(meta.column_names, file=path)
    texts = {name: _text_function(meta.original_variable_types[name]) for name in meta.column_names}
    columns = {name: [text(value) for value in frame[name]] for name, text in texts.items()}
    types = meta.readstat_variable_types
    declared: dict[str, list[Any]] = meta.missing_ranges
    labels = Labels(
        variable_labels={name: label for name, label in meta.column_names_to_labels.items() if label},
        value_labels={
            name: {texts[name](value): str(label) for value, label in pairs.items()}
            for name, pairs in meta.variable_value_labels.items()
        },
        missing={name: [(ends["lo"], ends["hi"]) for ends in ranges] for name, ranges in declared.items()},
        text_columns=frozenset(name for name in texts if types[name] == "string" or texts[name] is not cell_text),
    )
    return text_frame(columns, file=path), labels


def _text_function(spss_format: str | None) -> Callable[[object], str]:
    """SPSS shows a number of format N5 as 00123."""
    padded = _ZERO_PADDED.fullmatch(spss_format or "")
    if not padded:
        return cell_text
    width = int(padded[1])
    return lambda value: cell_text(value).zfill(width) if cell_text(value) else ""


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
    path: Path, variables: Sequence[Variable], parts: Iterable[pd.DataFrame], *, title: str, note: Sequence[str],
    weight: str | None,
) -> None:  # fmt: skip
    """Write the rows of frames with a column per variable; `weight` names one, and text is in UTF-8.

    No time stands in the file, so that the same variables give the same bytes.
    """
    import pyreadstat

    texts = {variable.name: object for variable in variables if variable.n_bytes is not None}  # faster than str
    frame = pd.concat(parts, ignore_index=True).astype(texts)
    with file_beside(path) as beside:
        try:
            pyreadstat.write_sav(frame, str(beside), row_compress=True, **_about(variables, title, note))
        except pyreadstat.ReadstatError as error:  # it hides the error of the system
            raise OSError(EIO, "cannot be written; is the disk full?", str(path)) from error
        content = bytearray(beside.read_bytes())
        content[_TIME_OFFSET : _TIME_OFFSET + len(_NO_TIME)] = _NO_TIME
        if weight:
            struct.pack_into("<i", content, _WEIGHT_OFFSET, _place(content, weight))
        beside.write_bytes(content)


def _about(variables: Sequence[Variable], title: str, note: Sequence[str]) -> dict[str, Any]:
    """The options of pyreadstat that describe the file and its variables."""
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
    """Names that SPSS accepts, unique whatever their capitals, as near to the given ones as possible."""
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
    """The text on one line of at most so many bytes; the mark at its end tells that something is left out."""
    line = " ".join(text.split())
    return line if len(line.encode()) <= n_bytes else _head(line, n_bytes - len(mark.encode())) + mark


def cut_texts(cells: "pd.Series[str]", mark: str) -> "tuple[pd.Series[str], int]":
    """The cells, cut to what SPSS can hold with the mark at the end, and the number of cut cells."""
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
    """The text in lines that fit in a note."""
    lines = [""]
    for word in text.split():
        if len(f"{lines[-1]} {word}".encode()) <= NOTE_LINE:
            lines[-1] = f"{lines[-1]} {word}".strip()
        else:
            lines.append(_head(word, NOTE_LINE))
    return lines


def _place(content: bytearray, name: str) -> int:
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
