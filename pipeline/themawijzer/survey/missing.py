"""What stands in a cell where nobody answered: as the file or the survey declares it, or as programs write it."""

import re
from collections import Counter
from collections.abc import Collection, Iterable

from themawijzer.survey.no_answers import is_of_program, says_no_answer
from themawijzer.tables.described import label_texts
from themawijzer.tables.table import Table

LONGEST = 16  # characters that programs write
_CODE = re.compile(r"-(9[5-9]|([6-9])\2+)")  # -99, -88, -999
_NEGATIVE = re.compile(r"-\d+([.,]\d+)?")


def declared_missing(table: Table, column: str, others: Collection[str] = ()) -> frozenset[str]:
    """The cells of a column that its file declares missing, by value or by a label such as "Niet gevraagd".

    So are those with the `others`, but for outer blanks.
    """
    cells, about = table.texts(column), table.about(column)
    found = {value for value, label in label_texts(about).items() if says_no_answer(label)}
    if others:
        found |= {*cells[cells.str.strip().isin([value.strip() for value in others])].unique()}
    if about.missing:
        found |= {value for value in cells.unique() if any(_is_between(value, *ends) for ends in about.missing)}
    return frozenset(found - {""})


def undeclared_missing(table: Table, columns: Iterable[str]) -> Counter[str]:
    """How many cells of the columns hold what programs write where nobody answered, and nothing declares missing.

    Nothing where it is one cell. A code such as -99 is a number like others where a column has more below zero.
    """
    found, numbers = Counter[str](), set[str]()
    for column in dict.fromkeys(columns):
        cells = table.texts(column)
        short = cells[cells.str.len() <= LONGEST]
        counts = Counter[str](short[~short.isin(declared_missing(table, column))].str.strip().tolist())
        codes = {value for value in counts if _CODE.fullmatch(value)}
        if any(_NEGATIVE.fullmatch(value) for value in counts.keys() - codes):
            numbers |= codes
        found.update({value: n for value, n in counts.items() if value in codes or is_of_program(value)})
    found = Counter({value: n for value, n in found.most_common() if value not in numbers})
    return found if found.total() > 1 else Counter()


def _is_between(value: str, first: float | str, last: float | str) -> bool:
    """Whether a cell is in a range of numbers, or is the text that SPSS pads with blanks."""
    if isinstance(first, str) or isinstance(last, str):
        return value.rstrip() == str(first).rstrip()  # text has no ranges
    try:
        return first <= float(value) <= last
    except ValueError:  # a moment, which is no number here
        return False
