"""Columns as people call them: by a name that reads the same as that in the file, or by a letter or number."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from json import dumps

from pandas import DataFrame, Series

from themawijzer.errors import InputError
from themawijzer.tables.cells import alike, letter, plain_label
from themawijzer.tables.table import Table

_LOOKED_AT = 1000  # rows that tell whether the first row holds names
_FIGURE = r"[\d\s.,:/+-]+"  # a number, a date or a time
_LONGEST_SHOWN = 60
_NAMED_KINDS = (".sav", ".zsav", ".por", ".dta")  # which have no file without names


def find_columns(table: Table, wanted: Iterable[str], *, by_place: bool = False) -> dict[str, str]:
    """The name in the table of each wanted column, by how it was asked for.

    `by_place` also takes a letter such as D and a number such as 4 where no column is called so. Raises InputError,
    with all columns and their letters, where there is no such column, and where several read like it. What may be an
    answer is in no error: without a header, the names are those.
    """
    names, wanted = list(table.values.columns), list(wanted)
    called = {name: alike(name, names) for name in wanted}
    for name, found in called.items():
        if len(found) > 1:
            raise _unclear(table, name, found, by_place=by_place)
    placed = {name: place for name in wanted if by_place and not called[name] and (place := at_place(name, names))}
    _require_header(table, placed)
    for name in wanted:
        if not called[name] and name not in placed:
            raise _missing(table, name, are_names=any(called.values()) or are_names(table))
    return placed | {name: found[0] for name, found in called.items() if found}


def require_columns(table: Table, columns: Collection[str]) -> None:
    """Raise InputError for the first column that the table does not have by exactly this name."""
    known = set(table.values.columns)
    for name in columns:
        if name not in known:
            raise _missing(table, name, are_names=not known.isdisjoint(columns) or are_names(table))


def is_place(wanted: str) -> bool:
    """Whether this can be the letter or number of a column."""
    return re.fullmatch(r"[A-Z]{1,3}|[1-9][0-9]{0,4}", wanted) is not None


def at_place(wanted: str, names: Sequence[str]) -> str | None:
    """The name of the column with this letter, in capitals, or this number; None where there is no such place."""
    place = 0 if not is_place(wanted) else int(wanted) if wanted.isdecimal() else _number(wanted)
    return names[place - 1] if 0 < place <= len(names) else None


def are_names(table: Table) -> bool:
    """Whether the first row surely holds names, and no answers as in a file without a header.

    No name is then a number, or stands below itself, and some name that is none stands above numbers.
    """
    names = list(table.values.columns)
    if table.path.suffix.lower() in _NAMED_KINDS:
        return True
    part = _beginning(table)
    is_doubtful = any(_is_figure(name) or (part[name] == name).any() for name in names)
    return not is_doubtful and any(_holds_figures(part[name]) for name in names)


def shown_column(table: Table, name: str) -> str:
    """The name on one line, or the letter of the column where the name may be an answer."""
    return shown_name(name) if are_names(table) else letter(list(table.values.columns).index(name) + 1)


@contextmanager
def no_answer_named(table: Table, asked: Iterable[str]) -> Iterator[None]:
    """Let errors name columns by letter where row 1 may hold answers, but for those that were asked for by name."""
    try:
        yield
    except InputError as error:
        columns = table.values.columns
        typed = {name for column in asked for name in alike(column, columns)}
        if error.column is None or error.column not in {*columns} - typed or are_names(table):
            raise
        column = shown_column(table, error.column)
        raise InputError(
            error.problem, file=error.file, row=error.row, column=column, expected=error.expected
        ) from None


def shown_name(name: str) -> str:
    """The name on one line."""
    return " ".join(name.split())


def _number(letters: str) -> int:
    number = 0
    for sign in letters:
        number = number * 26 + ord(sign) - ord("A") + 1
    return number


def _require_header(table: Table, placed: Mapping[str, str]) -> None:
    """Raise InputError where the name is a number above numbers: without a header the first respondent is lost."""
    for asked, name in placed.items():
        if _is_figure(name) and _holds_figures(_beginning(table)[name]):
            problem = f"row 1 has a number in column {asked}, as the rows below it"
            raise InputError(problem, file=table.place, row=1, column=asked, expected="Row 1 holds the column names.")


def _beginning(table: Table) -> DataFrame:
    return replace(table, values=table.values.head(_LOOKED_AT)).frame


def _is_figure(name: str) -> bool:
    return re.fullmatch(_FIGURE, name) is not None


def _holds_figures(cells: "Series[str]") -> bool:
    filled = cells[cells.str.strip() != ""]
    return bool(len(filled) and filled.str.fullmatch(_FIGURE).all())


def _unclear(table: Table, name: str, found: Collection[str], *, by_place: bool) -> InputError:
    letters = [letter(place) for place, other in enumerate(table.values.columns, start=1) if other in found]
    exact = f"Write it as in the file: {' or '.join(dumps(other) for other in found)}."
    expected = f"Give the letter of the one that is meant, such as {letters[0]}." if by_place else exact
    problem = f"columns {' and '.join(letters)} read like this name"
    return InputError(problem, file=table.place, row=1, column=shown_name(name), expected=expected)


def _missing(table: Table, name: str, *, are_names: bool) -> InputError:
    """With all columns and their letters, or only those called nearly so where the others may be answers."""
    expected = _choices(name, table, are_names=are_names)
    return InputError("this column does not exist", file=table.place, row=1, column=name, expected=expected)


def _choices(name: str, table: Table, *, are_names: bool) -> str:
    others = list(table.values.columns)
    shown = {other: f"{letter(place)} {_short(shown_name(other))}" for place, other in enumerate(others, start=1)}
    plain, cutoff = {plain_label(other): other for other in shown}, 0.4 if are_names else 0.8
    near = [plain[other] for other in get_close_matches(plain_label(name), plain, n=3, cutoff=cutoff)]
    if are_names:
        nearest = [f"Nearest names in the file: {'; '.join(shown[other] for other in near)}."] * bool(near)
        return "\n".join([*nearest, f"All columns: {'; '.join(shown.values())}."])
    n, letters = len(shown), " and ".join(letter(others.index(other) + 1) for other in near)
    nearly = f", of which {letters} {'is' if len(near) == 1 else 'are'} called nearly so" * bool(near)
    return f"Row 1 must hold the column names; this file has {n} column{'s' * (n > 1)}{nearly}."


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_SHOWN else f"{name[: _LONGEST_SHOWN - 1]}…"
