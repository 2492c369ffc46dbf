"""SPSS files (.sav, .zsav, .por) in, with all that is said of the variables, and .sav out as SPSS wants it."""

import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from errno import EIO
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # pyarrow ships no types
from numpy.typing import NDArray

from themawijzer.errors import InputError
from themawijzer.files import file_beside
from themawijzer.tables.cells import check_names, text_frame
from themawijzer.tables.described import Description
from themawijzer.tables.spss_moments import type_of_moments
from themawijzer.tables.spss_weight import declare_weight, portable_weight, system_weight
from themawijzer.tables.unfolding import NUMBER_BYTES, Room

MAX_TEXT, MAX_LABEL, MAX_VALUE_LABEL, MAX_NAME, NOTE_LINE = 32_767, 252, 120, 64, 80  # bytes
RESERVED = frozenset(["ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"])
_REPLACED = "\ufffd"
NOMINAL, UNKNOWN = "nominal", "unknown"
_ZERO_PADDED = re.compile(r"N([0-9]+)")
_NO_TIME = b"01 Jan 0000:00:00"
_END = struct.pack("<2i", 999, 0)  # of the dictionary; then come the rows
# Where the header keeps the number of rows (the record before the end repeats it), and when the file was made.
_ROWS_OFFSET, _TIME_OFFSET = 80, 92
_MEASURED_BYTES = 2**26  # of text at a time, at most


Content = tuple[pd.DataFrame, dict[str, Description], str | None]


def read_system_file(room: Room, *, encoding: str | None = None) -> Content:
    """The values, text as str and all else as float64, what is said of the columns, and which of them is the weight.

    Declared missing values stay, and system-missing is NaN. Moments are seconds, as `moments` takes them. Raises
    InputError for what has no `room`.
    """
    import pyreadstat

    _require_room(room, encoding)
    frame, meta = pyreadstat.read_sav(
        room.file, encoding=encoding, apply_value_formats=False, user_missing=True, disable_datetime_conversion=True,
        output_format="pandas",
    )  # fmt: skip
    values, described = _typed(frame, meta, room.file)
    numbers = [name for name, about in described.items() if about.type != pa.string()]
    return values, described, system_weight(room.file, numbers)


def _require_room(room: Room, encoding: str | None) -> None:
    """Raise InputError if there is no room for all rows; blanks before a text take next to nothing in the file."""
    import pyreadstat

    _, meta = pyreadstat.read_sav(room.file, encoding=encoding, metadataonly=True)
    widths = [meta.variable_storage_width[name] for name in meta.column_names]
    if meta.number_rows is not None and room.has(meta.number_rows * sum(widths)):
        return
    n_bytes, n_together = 0, max(_MEASURED_BYTES // max(sum(widths), 1), 1)
    for start in count(0, n_together):
        part, _ = pyreadstat.read_sav(
            room.file, encoding=encoding, row_offset=start, row_limit=n_together, output_format="dict"
        )
        n_cells = sum(len(cells) for cells in part.values())
        if not n_cells:
            return
        texts = (cell for cells in part.values() for cell in cells if isinstance(cell, str))
        n_bytes += n_cells * NUMBER_BYTES + sum(map(len, texts))
        room.require(n_bytes)


def read_portable_file(path: Path) -> Content:
    """The same of a portable file (.por), of which declared missing values are NaN too.

    Raises InputError for letters beyond ASCII, each of which the library reads as a replacement character.
    """
    import pyreadstat

    frame, meta = pyreadstat.read_por(
        path, apply_value_formats=False, disable_datetime_conversion=True, output_format="pandas"
    )
    texts = (
        cell for name in meta.column_names if meta.readstat_variable_types[name] == "string" for cell in frame[name]
    )
    labels = (str(label) for labels in meta.variable_value_labels.values() for label in labels.values())
    if any(_REPLACED in text for text in chain(texts, labels, filter(None, meta.column_labels))):
        problem = "this portable file has letters beyond plain ASCII, such as é, which cannot be read from it"
        raise InputError(problem, file=path, expected="Open it in SPSS or PSPP, and save it as .sav.")
    return *_typed(frame, meta, path), portable_weight(path)


def _typed(frame: pd.DataFrame, meta: Any, path: Path) -> tuple[pd.DataFrame, dict[str, Description]]:
    names = meta.column_names
    check_names(names, file=path)
    texts = text_frame(
        {name: frame[name].tolist() for name in names if meta.readstat_variable_types[name] == "string"}, file=path
    )
    numbers = {name: frame[name].to_numpy(dtype=np.float64) for name in names if name not in texts}
    columns = {name: texts[name] if name in texts else numbers[name] for name in names}
    return pd.DataFrame(columns), {name: _described(name, numbers.get(name), meta) for name in names}


def _described(name: str, numbers: NDArray[np.float64] | None, meta: Any) -> Description:
    spss_format = meta.original_variable_types[name]
    padded = _ZERO_PADDED.fullmatch(spss_format)
    is_number = numbers is not None
    return Description(
        type=(type_of_moments(numbers, spss_format) or pa.float64()) if numbers is not None else pa.string(),
        label=meta.column_names_to_labels[name] or "",
        value_labels={value: str(label) for value, label in meta.variable_value_labels.get(name, {}).items()},
        missing=[(ends["lo"], ends["hi"]) for ends in meta.missing_ranges.get(name, ())],
        n_bytes=0 if is_number else meta.variable_storage_width[name],
        spss_format=spss_format,
        measure=meta.variable_measure.get(name, UNKNOWN).replace(UNKNOWN, ""),
        width=meta.variable_display_width.get(name, 0),
        n_digits=int(padded[1]) if padded else 0,
    )


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One variable: numbers (NaN is system-missing), or text of at most `n_bytes`, and what SPSS keeps beside them."""

    name: str
    label: str
    n_bytes: int | None = None
    format: str | None = None  # such as F8.2; text needs none
    measure: str = NOMINAL
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
    with file_beside(path) as beside, beside.open("wb") as file:
        pieces = _pieces(path, variables, parts, _about(variables, title, note))
        n_rows, dictionary = 0, bytearray(next(pieces)[0])
        file.write(dictionary)
        for rows, n in pieces:
            file.write(rows)
            n_rows += n
        for kind, place in (("<i", _ROWS_OFFSET), ("<q", len(dictionary) - len(_END) - 8)):
            struct.pack_into(kind, dictionary, place, n_rows)
        dictionary[_TIME_OFFSET : _TIME_OFFSET + len(_NO_TIME)] = _NO_TIME
        if weight:
            numbers = [variable.name for variable in variables if variable.n_bytes is None]
            declare_weight(dictionary, numbers.index(weight))
        file.seek(0)
        file.write(dictionary)


def _pieces(
    path: Path, variables: Sequence[Variable], parts: Iterable[pd.DataFrame], about: Mapping[str, Any]
) -> Iterator[tuple[bytes, int]]:
    """The dictionary, and then the rows of each part, with how many these are.

    pyreadstat takes all rows at once, of which those of a million answers need a gigabyte. But a row stands by itself,
    so that the rows of files with the same dictionary make one file. Every part becomes a file that begins with a row
    as wide as any and, as the last row of a file is marked, also ends with it, unless it is the last part; what is
    between those rows is taken.
    """
    texts = {variable.name: variable.n_bytes for variable in variables if variable.n_bytes is not None}

    def written(*rows: pd.DataFrame) -> bytes:
        return _file_of(pd.concat(rows, ignore_index=True).astype(dict.fromkeys(texts, object)), path, about)

    following = iter(parts)
    part = next(following)
    widest = part.iloc[:1].assign(**{name: "x" * n_bytes for name, n_bytes in texts.items()})
    once, twice = written(widest), written(widest, widest)
    dictionary = once[: once.rindex(_END) + len(_END)]
    start, ending = len(dictionary) + len(twice) - len(once), len(once) - len(dictionary)
    yield dictionary, 0
    for after in following:
        yield written(widest, part, widest)[start:-ending], len(part)
        part = after
    yield written(widest, part)[start:], len(part)


def _file_of(frame: pd.DataFrame, path: Path, about: Mapping[str, Any]) -> bytes:
    """What a whole file at `path` would hold; pyreadstat takes text out of columns of objects sooner."""
    import pyreadstat

    part = path.with_name(f".{path.name}.part")
    try:
        pyreadstat.write_sav(frame, str(part), row_compress=True, **about)
        return part.read_bytes()
    except pyreadstat.ReadstatError as error:  # it hides the error of the system
        raise OSError(EIO, "cannot be written; is the disk full?", str(path)) from error
    finally:
        part.unlink(missing_ok=True)


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
