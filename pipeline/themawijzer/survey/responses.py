"""The responses of a survey: a table in which every respondent is one row and every question one column."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from themawijzer.errors import InputError
from themawijzer.survey.missing import declared_missing
from themawijzer.survey.survey import Survey
from themawijzer.tables.cells import saying
from themawijzer.tables.column_names import find_columns
from themawijzer.tables.described import label_texts
from themawijzer.tables.joined import Files, read_joined
from themawijzer.tables.table import Table

MAX_WEIGHT = 1_000_000  # sums of larger ones lose the smaller ones
NUMBER = re.compile(r"-?\d{1,15}(\.\d+)?")
MOST_MISSING = 3  # numbers that SPSS declares missing one by one
PART = 10_000  # rows that become Python strings at a time


@dataclass(frozen=True)
class Responses:
    """The table as it came in (n rows, all text), with the survey that says how to read it.

    The table does not have the columns that are `left_out`, so that nothing that is made of it has them.
    The survey has the names that columns have in the table; `names` gives them by what `survey.toml` calls them, which
    methods take too. `columns` are all that the file has, in order.
    """

    table: Table
    survey: Survey
    names: Mapping[str, str]
    columns: Sequence[str]
    left_out: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.table.values)

    @property
    def respondent_ids(self) -> list[str]:
        return self.table.texts(self.survey.respondent_id).tolist()

    def cells(self, column: str) -> Iterator[str]:
        """All cells of a column; of a million, a list takes 60 MB and more."""
        for start in range(0, len(self), PART):
            yield from self.answers(column, start, start + PART)

    def answers(self, column: str, start: int, stop: int) -> list[str]:
        """The cells in rows start to stop (0-based, stop excluded) of one column.

        Those of questions and background columns that the file or survey.toml declares missing are empty.
        """
        column = self.names.get(column, column)
        cells, missing = self.table.texts(column).iloc[start:stop], self._missing.get(column)
        return (cells.mask(cells.isin(missing), "") if missing else cells).tolist()

    def n_declared_missing(self, column: str) -> int:
        """How many cells of the column of a question, or of a background column, are declared missing."""
        column = self.names.get(column, column)
        return int(self.table.texts(column).isin(self._missing.get(column, ())).sum())

    def group_names(self, column: str) -> dict[str, str]:
        """What people call the values in a background column that have a label in the file; no two groups the same."""
        column = self.names.get(column, column)
        labels = label_texts(self.table.about(column))
        values = self.table.texts(column).unique().tolist() if labels else []
        shown = Counter(labels.get(value) or value for value in values)
        named = {value: labels[value] for value in values if labels.get(value)}
        return {value: label if shown[label] == 1 else f"{label} ({value})" for value, label in named.items()}

    def missing_numbers(self, column: str) -> list[tuple[float, float]]:
        """The numbers in a column that survey.toml calls missing, as pairs of first and last that SPSS can hold.

        Those are at most three numbers, or one pair with no other number in between; else none.
        """
        texts = [value.strip() for value in self.survey.missing.values or () if NUMBER.fullmatch(value.strip())]
        if not texts:
            return []
        held = {float(cell) for cell in self.table.texts(column).str.strip().unique() if NUMBER.fullmatch(cell)}
        missing = sorted(held & {*map(float, texts)})
        if len(missing) <= MOST_MISSING:
            return [(number, number) for number in missing]
        is_between = any(missing[0] <= number <= missing[-1] for number in held - {*missing})
        return [] if is_between else [(missing[0], missing[-1])]

    @cached_property
    def _missing(self) -> dict[str, frozenset[str]]:
        values = self.survey.missing.values or ()
        found = {column: declared_missing(self.table, column, values) for column in self.survey.asked_columns}
        return {column: values for column, values in found.items() if values}

    def weights(self, start: int, stop: int) -> NDArray[np.float64]:
        """The weights of these rows; all 1 in a survey without."""
        if not self.survey.weight:
            return np.ones(min(stop, len(self)) - start)
        return (
            self.table.texts(self.survey.weight)
            .iloc[start:stop]
            .str.strip()
            .str.replace(",", ".", regex=False)
            .to_numpy(dtype=np.float64)
        )


def read_responses(survey: Survey, files: Files) -> Responses:
    """Read and check the responses; raises InputError with file, row and column."""
    return check_responses(survey, read_joined(files, **dict(survey.dialect)))


def check_responses(survey: Survey, table: Table) -> Responses:
    """The table as the survey's responses; raises InputError with file, row and column."""
    require_rows(table)
    names = find_columns(table, [*survey.columns, *(survey.keep or ())])
    require_different(table, [question.column for question in survey.questions], names)
    survey, columns = survey.with_columns(names), list(table.values.columns)
    _require_unique_ids(table, survey.respondent_id)
    if survey.weight:
        _require_numbers(table, survey.weight)
    if left_out := survey.left_out(columns):
        table = replace(table, values=table.values.drop(columns=left_out))
    return Responses(table, survey, names, columns, left_out)


def require_rows(table: Table) -> None:
    """Raise InputError for a table that is a header only."""
    if table.values.empty:
        raise InputError("no rows", file=table.place, expected="A header and at least one row below it.")


def require_different(table: Table, columns: Sequence[str], names: Mapping[str, str]) -> None:
    """Raise InputError where two columns of questions are the same by their `names` in the table."""
    found = [names[column] for column in columns]
    for place, column in enumerate(columns):
        if found[place] in found[:place]:
            expected = "Give every column with an open question once."
            raise InputError("this question is given twice", file=table.place, row=1, column=column, expected=expected)


def _require_unique_ids(table: Table, column: str) -> None:
    ids = table.texts(column)
    empty = ids.str.strip() == ""
    if empty.any():
        place, expected = table.at(int(empty.argmax())), "Every respondent needs an id of its own."
        if place == table.at(0):
            expected += f" Where that row belongs to the header: {saying('header_rows')}."
        raise InputError("the respondent id is empty", **place, column=column, expected=expected)
    twice = ids.duplicated()
    if twice.any():
        row = int(twice.argmax())
        place, first = table.at(row), int((ids == ids.iloc[row]).argmax())
        problem = f"this respondent id also stands in {table.row_name(first)}"
        expected = "Every respondent has one row; use a column with unique values as respondent_id."
        raise InputError(problem, **place, column=column, expected=expected)


def _require_numbers(table: Table, column: str) -> None:
    cells = table.texts(column).str.strip()
    number = cells.str.fullmatch(r"[0-9]+([.,][0-9]+)?|[.,][0-9]+")
    if not number.all():
        row, expected = (int((~number).argmax()), "A weight is a number such as 0.85 or 0,85; 0 counts for nothing.")
        if column in table.declared_weights:
            expected += " To leave the weight that the file declares unused: init --no-weight."
        problem = "this weight is not a number" if cells.iloc[row] else "the weight is empty"
        raise InputError(problem, **table.at(row), column=column, expected=expected)
    absurd = cells.str.replace(",", ".", regex=False).astype(np.float64) > MAX_WEIGHT
    if absurd.any():
        place = table.at(int(absurd.argmax()))
        expected = f"A weight is a number such as 0.85, and at most {MAX_WEIGHT:,}."
        raise InputError("this weight is too large", **place, column=column, expected=expected)
