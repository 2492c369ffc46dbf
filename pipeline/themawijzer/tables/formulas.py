"""The apostrophe that keeps Excel from running an answer as a formula, put on for people and taken off again."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd

# A formula, or one that was guarded before. Signed numbers and a lone "-" do nothing in Excel and stay as typed.
_FORMULA = re.compile(r"'*(?!-\Z|[+-][0-9.,]*[0-9]\Z)[=+\-@\t\r]")
_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")


def guard(columns: Mapping[str, Sequence[str]]) -> tuple[dict[str, Sequence[str]], int]:
    """Columns of cells with an apostrophe before each that Excel would run, and the number of such cells.

    Column names are cells too. `unguard` undoes it exactly: a cell that already had apostrophes before a formula gets
    one more.
    """
    found, count = dict[str, Sequence[str]](), 0
    for name, cells in columns.items():
        formulas = {cell for cell in set(cells) if cell.startswith(_STARTS) and _FORMULA.match(cell)}
        if formulas:
            count += sum(cell in formulas for cell in cells)
            cells = [f"'{cell}" if cell in formulas else cell for cell in cells]
        is_formula = _FORMULA.match(name) is not None
        found[f"'{name}" if is_formula else name] = cells
        count += is_formula
    return found, count


def unguard(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the text frame with one apostrophe less before each guarded formula.

    Two columns of a frame that did not come from `guard` may get the same name.
    """
    plain = frame.copy(deep=False)
    for name in frame.columns:
        guarded = {cell: cell[1:] for cell in frame[name].unique() if cell.startswith("'") and _FORMULA.match(cell)}
        if guarded:
            plain[name] = frame[name].map(lambda cell, guarded=guarded: guarded.get(cell, cell))
    names = {name: name[1:] for name in frame.columns if name.startswith("'") and _FORMULA.match(name)}
    return plain.rename(columns=names)


def shielded(text: str) -> str:
    """The text for a workbook, where no text is run: as it is, unless `unguard` would take an apostrophe off it."""
    return f"'{text}" if text.startswith("'") and _FORMULA.match(text) else text
