"""Columns with types out of the cells of a sheet, each of which has a type of its own, and back."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # pyarrow ships no types
from numpy.typing import NDArray

from themawijzer.tables import arrow
from themawijzer.tables.cells import cell_text, check_names, text_frame
from themawijzer.tables.described import Description, Values, array, as_text

SheetCell = Any  # None, str, float, int, bool, or a date, datetime, time or timedelta
TYPES = {bool: pa.bool_(), dt.date: pa.date32(), dt.time: pa.time64("us"), dt.timedelta: pa.duration("us")}

_DAY = 86_400e6  # microseconds
_EPOCH = 25_569  # days from 30 December 1899, where Excel counts from, to 1970
_FIRST = 61  # 1 March 1900: Excel takes the day before for 29 February
FORMATS = {"date": "dd-mm-yyyy", "timestamp": "dd-mm-yyyy hh:mm:ss", "time": "hh:mm:ss", "duration": "[h]:mm:ss"}


class Padded(int):
    """A whole number that is shown with zeros in front, up to `n_digits`."""

    n_digits: int

    def __new__(cls, value: int, n_digits: int) -> "Padded":
        """The number, with how it is shown."""
        own = super().__new__(cls, value)
        own.n_digits = n_digits
        return own

    def __str__(self) -> str:
        return int.__repr__(self).zfill(self.n_digits)


def typed_columns(
    rows: Sequence[Sequence[SheetCell]], formats: Mapping[int, str], *, file: Path, first_row: int = 2
) -> tuple[pd.DataFrame, dict[str, Description]]:
    """The columns below the first row, which names them, and what they are; empty rows and columns at the end are not.

    `formats` has the number formats of columns by their place. A column whose cells are of different types holds them
    as they are (object). In the file the row below the names is `first_row`. Raises InputError for names that are
    missing or alike.
    """
    widths = [max((place for place, cell in enumerate(row, start=1) if _is_filled(cell)), default=0) for row in rows]
    width = max(widths, default=0)
    height = max((place for place, filled in enumerate(widths, start=1) if filled), default=0)
    names, *body = [[*row, *[None] * width][:width] for row in rows[:height]] or [[]]
    names = [cell_text(name) for name in names]
    check_names(names, file=file)
    cells = {name: [row[place] for row in body] for place, name in enumerate(names)}
    texts = {
        name: ["" if cell is None else cell for cell in column] for name, column in cells.items() if _is_text(column)
    }
    plain = text_frame(texts, file=file, first_row=first_row)
    values, described = dict[str, Values](), dict[str, Description]()
    for place, (name, column) in enumerate(cells.items()):
        values[name], described[name] = (
            (plain[name], Description()) if name in texts else _typed(column, formats.get(place, ""))
        )
    return pd.DataFrame(values), described


def _is_filled(cell: SheetCell) -> bool:
    return cell is not None and cell != ""


def _is_text(cells: Sequence[SheetCell]) -> bool:
    return all(cell is None or isinstance(cell, str) for cell in cells)


def _typed(cells: Sequence[SheetCell], number_format: str) -> tuple[Values, Description]:
    kinds = {type(cell) for cell in cells if _is_filled(cell)}
    cells = [cell if _is_filled(cell) else None for cell in cells]
    if kinds == {Padded} and len(digits := {cell.n_digits for cell in cells if cell is not None}) == 1:
        described = Description(type=pa.float64(), number_format=number_format, n_digits=digits.pop())
        return pd.Series(cells, dtype=np.float64), described
    if kinds <= {int, float}:
        return pd.Series(cells, dtype=np.float64), Description(type=pa.float64(), number_format=number_format)
    if kinds == {dt.datetime}:
        is_date = all(cell is None or cell.time() == dt.time.min for cell in cells)
        kind = pa.date32() if is_date else pa.timestamp("us")
    elif len(kinds) == 1 and (found := TYPES.get(next(iter(kinds)))):
        kind = found
    else:
        return pd.Series(cells, dtype=object), Description()
    values = pd.Series(pa.array(cells, type=kind), dtype=pd.ArrowDtype(kind))
    return values, Description(type=kind, number_format=number_format)


def sheet_format(about: Description) -> str:
    """The number format in which a sheet shows the column: its own, or one that fits what it holds; "" for any."""
    if about.number_format or about.n_digits:
        return about.number_format or "0" * about.n_digits
    decimals = re.fullmatch(r"[A-Z]+[0-9]+\.([1-9][0-9]*)", about.spss_format)
    if decimals and not arrow.is_moment(about.kind):
        return f"0.{'0' * int(decimals[1])}"
    return next((shown for name, shown in FORMATS.items() if str(about.kind).startswith(name)), "")


def is_sheet_number(values: Values, about: Description) -> bool:
    """Whether a sheet can hold the whole column as numbers, dates and times, without losing a digit or a day."""
    if values.dtype == object or not (arrow.is_number(about.kind) or arrow.is_moment(about.kind)):
        return False
    if not arrow.is_moment(about.kind):
        return values.dtype == np.float64 or arrow.fits_float(array(values, about))
    days = sheet_numbers(values, about)
    is_dated = pa.types.is_date(about.kind) or pa.types.is_timestamp(about.kind)
    return bool((days[~np.isnan(days)] >= (_FIRST if is_dated else 0)).all())


def sheet_numbers(values: Values, about: Description) -> NDArray[np.float64]:
    """The cells as numbers, moments in days as Excel counts them; NaN where they are missing."""
    cells = arrow.plain(array(values, about))
    if not arrow.is_moment(about.kind):
        return arrow.floats(cells)
    is_dated = pa.types.is_date(about.kind) or pa.types.is_timestamp(about.kind)
    return arrow.microseconds(cells) / _DAY + (_EPOCH if is_dated else 0)


def sheet_cells(values: Values, about: Description) -> list[SheetCell]:
    """The cells of a column that is not all numbers: text, and of one that is mixed or of truth values what they are.

    Dates and times among them are pairs of a number and its format; "" is missing.
    """
    if pa.types.is_boolean(about.kind):
        return ["" if cell is None else cell for cell in array(values, about).to_pylist()]
    if values.dtype != object:
        return as_text(values, about).tolist()
    return ["" if cell is None else _mixed(cell) for cell in values]


def _mixed(cell: SheetCell) -> SheetCell:
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        one = pa.array([cell])
        about = Description(type=one.type)
        values = pd.Series(one, dtype=pd.ArrowDtype(one.type))
        if not is_sheet_number(values, about):
            return cell_text(cell)
        return float(sheet_numbers(values, about)[0]), sheet_format(about)
    if isinstance(cell, Padded):
        return float(cell), "0" * cell.n_digits
    return cell if isinstance(cell, str | bool) else float(cell)
