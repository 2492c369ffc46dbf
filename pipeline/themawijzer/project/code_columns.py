"""The columns of a labelled file that say yes or no to one code, row by row."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from themawijzer.errors import InputError
from themawijzer.survey.known_labels import KnownLabels
from themawijzer.survey.missing import declared_missing
from themawijzer.survey.no_answers import says_no_answer
from themawijzer.survey.wide import GIVEN
from themawijzer.tables.cells import plain_label
from themawijzer.tables.described import label_texts
from themawijzer.tables.table import Table

# What other programs write where nobody decided.
NOT_DECIDED = frozenset({"na", "n/a", "#n/a", "#n/b", "<na>", "nan", "null", "#null!", "."})
# What survey tools write beside the words of a worksheet.
WORDS = GIVEN | {
    **dict.fromkeys(("yes", "y", "t", "genoemd", "gekozen", "mentioned", "selected", "checked"), True),
    **dict.fromkeys(("no", "f", "niet genoemd", "niet gekozen", "niet geselecteerd", "not mentioned"), False),
    **dict.fromkeys(("not selected", "unselected", "unchecked"), False),
}
_DECIMALS = re.compile(r"([01])[.,]0+")  # 1.0, as statistics programs write 1 beside missing values
_ONE_TWO = re.compile(r"[12]|-?[89]+")  # SPSS's 1 = yes, 2 = no, with its numbers for missing values
_QUESTION = re.compile(r".*?([:?]|\s[-–])\s+")
_NUMBER = re.compile(r"-?\d{1,9}")
NO_CODE = "Where this column is no code, name the columns that are: --code-column NAME, once for each."


class Says(StrEnum):
    """What a cell says about the code of its column."""

    YES = "yes"
    NO = "no"
    EMPTY = "empty"
    NOT_DECIDED = "not decided"
    NEITHER = "neither"


@dataclass(frozen=True)
class Decisions:
    """The labels of every row, None where it says nothing; `open_columns` has the first undecided code of a row."""

    labels: list[list[str] | None]
    open_columns: dict[int, str]  # by row, counted from 0


def find_code_columns(
    table: Table, named: Sequence[str], own: Collection[str | None], known: KnownLabels, missing: Collection[str] = ()
) -> list[str]:
    """The columns that are `named`, else those with only yes and no; never the survey's `own`.

    Values that the survey declares `missing` say nothing.
    Raises InputError, with row and column, where a cell of a code says neither, and where a column may be a code.
    """
    if named:
        for column in named:
            _require_yes_or_no(table, column, _cells(table, column, missing))
        return list(dict.fromkeys(named))
    return [column for column in table.frame.columns if column not in own and _is_code(table, column, known, missing)]


def labels_of_columns(table: Table, code_columns: Sequence[str], known: KnownLabels) -> dict[str, str]:
    """Column to the label of its code: the variable label in an SPSS file, where it tells codes apart, else the name.

    Raises InputError where two columns are of one code.
    """
    texts = _apart({column: table.about(column).label.strip() or column for column in code_columns})
    if len(set(texts.values())) < len(texts):
        texts = dict(zip(code_columns, code_columns, strict=True))
    labels = {column: column if known.find(column) else text for column, text in texts.items()}
    seen: dict[str, str] = {}
    for column, label in labels.items():
        code = next(iter(known.find(label)), plain_label(label))
        if other := seen.get(code):
            places = list(table.frame.columns)
            problem = f"columns {places.index(other) + 1} and {places.index(column) + 1} are of the same code"
            raise InputError(problem, file=table.place, row=1, column=column, expected="One column for each code.")
        seen[code] = column
    return labels


def _apart(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts without the question that all begin with, as in `Wat wilt u? - Groen`."""
    starts = {start[0] if (start := _QUESTION.match(text)) else "" for text in texts.values()}
    shared = starts.pop() if len(texts) > 1 and len(starts) == 1 else ""
    return {column: text.removeprefix(shared) for column, text in texts.items()}


def read_code_columns(
    table: Table, labels: Mapping[str, str], *, empty_means_no: bool, missing: Collection[str] = ()
) -> Decisions:
    """What the rows say in the columns of `labels`.

    An empty cell says no where its column never does otherwise, and NA where no column does: then only yes is
    written down. Beside a no, nobody decided.
    """
    cells = {column: _cells(table, column, missing) for column in labels}
    has_no = {column for column, own in cells.items() if Says.NO in own}
    says_no = {
        column: {Says.NO}
        | ({Says.EMPTY} if empty_means_no or column not in has_no else set())
        | (set() if has_no else {Says.NOT_DECIDED})
        for column in labels
    }
    blank = {Says.NOT_DECIDED} if empty_means_no else {Says.EMPTY, Says.NOT_DECIDED}
    found, open_columns = list[list[str] | None](), dict[int, str]()
    for row, said in enumerate(zip(*cells.values(), strict=True)):
        by_column = dict(zip(cells, said, strict=True))
        undecided = [column for column, own in by_column.items() if own != Says.YES and own not in says_no[column]]
        if undecided or blank.issuperset(said):
            found.append(None)
            if undecided and not blank.issuperset(said):
                open_columns[row] = undecided[0]
        else:
            found.append([labels[column] for column, own in by_column.items() if own == Says.YES])
    return Decisions(found, open_columns)


def _cells(table: Table, column: str, missing: Collection[str]) -> list[Says]:
    """What the cells of the column say, also by the labels of their values in an SPSS file; its name says yes."""
    cells = table.frame[column]
    says = {cell: _says(cell) for cell in cells.unique()}
    names = {plain_label(name) for name in (column, table.about(column).label) if name.strip()}
    says |= {cell: Says.YES for cell, own in says.items() if own == Says.NEITHER and plain_label(cell) in names}
    says |= _says_by_label(table, column) | dict.fromkeys(declared_missing(table, column, missing), Says.NOT_DECIDED)
    return cells.map(says).tolist()


def _says(cell: str) -> Says:
    word = cell.strip().lower()
    if not word:
        return Says.EMPTY
    if word in NOT_DECIDED:
        return Says.NOT_DECIDED
    decimals = _DECIMALS.fullmatch(word)
    is_given = WORDS.get(decimals[1] if decimals else word)
    return Says.NEITHER if is_given is None else Says.YES if is_given else Says.NO


def _says_by_label(table: Table, column: str) -> dict[str, Says]:
    """Value to yes or no where the labels of the values tell: ja and nee, or one that says no beside another."""
    words = _value_words(table, column)
    if set(words.values()) <= {Says.YES, Says.NO}:
        return words
    if len(words) == 2 and Says.NO in words.values():
        return {value: Says.NO if says == Says.NO else Says.YES for value, says in words.items()}
    return {}


def _value_words(table: Table, column: str) -> dict[str, Says]:
    labels = label_texts(table.about(column))
    return {value: _says(label) for value, label in labels.items() if not says_no_answer(label)}


def _is_code(table: Table, column: str, known: KnownLabels, missing: Collection[str]) -> bool:
    cells = _cells(table, column, missing)
    filled = [says for says in cells if says not in (Says.EMPTY, Says.NOT_DECIDED)]
    if known.find(column) or known.find(table.about(column).label):
        _require_yes_or_no(table, column, cells)
        return True
    if not filled:
        return False
    _refuse_other_words(table, column)
    if Says.NEITHER not in filled:
        return True
    has_no, n_given = Says.NO in filled, sum(says != Says.NEITHER for says in filled)
    if (
        n_given > (0.5 if has_no else 0.9) * len(filled)
        or _is_one_two(table, column)
        or _is_number_or_none(table, column)
    ):
        _require_yes_or_no(table, column, cells)
    return False


def _is_number_or_none(table: Table, column: str) -> bool:
    """Whether the column has one number, and nothing or 0 besides, which may be the number of its code."""
    values = {cell.strip() for cell in table.frame[column].unique()}
    return len(values) == 2 and not values.isdisjoint({"", "0"}) and bool(_NUMBER.fullmatch(max(values)))


def _is_one_two(table: Table, column: str) -> bool:
    """Whether the column has 1 and 2, which may be yes and no, without labels that tell."""
    values = {
        value for cell in table.frame[column].unique() if (value := cell.strip()) and _says(cell) != Says.NOT_DECIDED
    }
    return not table.about(column).value_labels and {"1", "2"} <= values and all(map(_ONE_TWO.fullmatch, values))


def _refuse_other_words(table: Table, column: str) -> None:
    """Raise InputError where 0 and 1 have labels that do not say which is yes."""
    words = _value_words(table, column)
    if {"0", "1"} <= words.keys() and set(words) == {"0", "1"} and Says.NO not in words.values():
        problem = "the labels of the values 0 and 1 do not say that 1 is yes"
        raise InputError(problem, file=table.place, row=1, column=column, expected=NO_CODE)


def _require_yes_or_no(table: Table, column: str, cells: Sequence[Says]) -> None:
    if Says.NEITHER not in cells:
        return
    row = cells.index(Says.NEITHER)
    problem = "this says neither yes nor no"
    if _is_one_two(table, column):
        problem += ": of 1 and 2 nobody can tell which is yes"
    expected = f"1, ja or x for yes; 0 or nee for no; NA where nobody decided. {NO_CODE}"
    raise InputError(problem, file=table.place, row=row + 2, column=column, expected=expected)
