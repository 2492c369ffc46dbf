"""Checks of tables that the program wrote itself, and that somebody may have changed since; errors name the place."""

import re
from collections.abc import Callable, Collection, Sequence

from themawijzer.errors import InputError
from themawijzer.tables.table import Table

_SHARE = re.compile(r"0([.,][0-9]{1,9})?|1([.,]0{1,9})?")
_COUNT = re.compile(r"[0-9]{1,15}")


def require_all(table: Table, columns: Collection[str], expected: str) -> None:
    """Raise InputError for the first of these columns that the table does not have; `expected` is what it advises."""
    for column in columns:
        if column not in table.frame:
            raise InputError("this column is missing", file=table.place, row=1, column=column, expected=expected)


def require_cells(
    table: Table, columns: Sequence[str], is_right: Callable[..., bool], problem: str, expected: str
) -> None:
    """Raise InputError at the first row of which the cells in these columns are not right together."""
    cells = table.frame[[*columns]].drop_duplicates()
    for row, *own in cells.itertuples(name=None):
        if not is_right(*own):
            raise InputError(problem, **table.at(row), column=columns[-1], expected=expected)


def require_once(table: Table, columns: Collection[str], expected: str) -> None:
    """Raise InputError at the first row that has the same in these columns as an earlier one."""
    twice = table.frame.duplicated([*columns])
    if twice.any():
        problem = f"an earlier row has the same {', '.join(columns)}"
        raise InputError(problem, **table.at(int(twice.argmax())), expected=expected)


def require_shares(table: Table, column: str, expected: str) -> None:
    """Raise InputError for a cell that is neither empty nor a number from 0 to 1, with a point or a comma."""
    require_cells(table, [column], _or_empty(_SHARE), "this is no number from 0 to 1", expected)


def require_counts(table: Table, column: str, expected: str) -> None:
    """Raise InputError for a cell that is neither empty nor a whole number of 0 or more."""
    require_cells(table, [column], _or_empty(_COUNT), "this is no whole number", expected)


def _or_empty(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda cell: not cell or pattern.fullmatch(cell) is not None
