"""What every table has in common, whatever file it came from: named columns, and cells that are text."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd

from themawijzer.errors import InputError, named

EXPORT_AGAIN = "Export the file again, or remove these characters in the program it came from."


def cell_text(value: object) -> str:
    """Return a typed cell as text; missing is "".

    Numbers are as short as they can be with a decimal point ("1", "2.5"), dates and times ISO 8601 (a date alone when
    the time is midnight), truth values TRUE and FALSE.
    """
    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT:
        return ""
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | np.floating):
        return _number_text(value)
    if isinstance(value, dt.date | dt.time):
        return _moment_text(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def text_frame(columns: Mapping[str, Sequence[str]], *, file: Path) -> pd.DataFrame:
    """Return a frame of text columns, in the order given, with a RangeIndex.

    Raises InputError, naming row and column, for a character that `flaw` finds.
    """
    for position, (name, cells) in enumerate(columns.items(), start=1):
        for row, cell in enumerate(cells, start=2):
            if found := flaw(cell):
                place = column_place(name, position)
                raise InputError(found, file=file, row=row, column=place, expected=EXPORT_AGAIN)
    return pd.DataFrame(dict(columns), dtype=str)


def column_place(name: str, position: int) -> str:
    """The column's name, or its number where the name may be an answer, as in a file without a header."""
    return name if named(name) else str(position)


def flaw(text: str) -> str | None:
    """Return what keeps the text from being written to a file and read again, or None."""
    if "\0" in text:
        return "a NUL character"
    try:
        text.encode()  # far cheaper than a search for surrogates
    except UnicodeEncodeError:
        return "half of a character (a lone surrogate)"
    return None


def check_names(names: Sequence[str], *, file: Path) -> None:
    """Raise InputError unless every column has a name of its own; columns are counted from 1."""
    if not names:
        raise InputError("the first row is empty", file=file, row=1, expected="The first row holds the column names.")
    for position, name in enumerate(names, start=1):
        if not name.strip():
            raise InputError(f"column {position} has no name", file=file, row=1, expected="Name every column once.")
        if found := flaw(name):
            problem = f"the name of column {position} has {found}"
            raise InputError(problem, file=file, row=1, expected=EXPORT_AGAIN)
    for name, count in Counter(names).items():
        if count > 1:
            places = ", ".join(str(place) for place, other in enumerate(names, start=1) if other == name)
            problem = f"columns {places} have the same name"
            column = name if named(name) else None  # without a header it is an answer
            raise InputError(problem, file=file, row=1, column=column, expected="Name every column once.")


def _number_text(value: float | np.floating) -> str:
    if not np.isfinite(value):
        return "" if np.isnan(value) else str(value)
    return np.format_float_positional(value, trim="-")


def _moment_text(value: dt.date | dt.time) -> str:
    if isinstance(value, dt.datetime) and value.tzinfo is None and value.time() == dt.time.min:
        return value.date().isoformat()
    return value.isoformat()
