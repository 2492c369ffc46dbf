"""`quotes.csv`: answers that may be quoted, and whether a person approved them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from themawijzer.errors import InputError
from themawijzer.output.dataset import DUTCH_EXCEL
from themawijzer.survey.annotations import QUOTES_FILE, lines_of
from themawijzer.survey.wide import GIVEN
from themawijzer.tables.column_names import require_columns
from themawijzer.tables.delimited import write_csv
from themawijzer.tables.table import Table, read_table

APPROVED = "akkoord"  # the column that people fill in
QUOTE_COLUMNS = ("question", "codeframe", "code", "label", "text", APPROVED)


class Quotable(NamedTuple):
    """An answer that may be quoted for a code; for none in a group of answers without a code."""

    question: str
    codeframe: str
    code: str
    text: str

    @property
    def key(self) -> tuple[object, ...]:
        """The same however a spreadsheet saved the text."""
        return self.question, self.codeframe, self.code, lines_of(self.text)


@dataclass(frozen=True)
class Approval:
    """What people decided: yes or no by the key of a `Quotable`, with the cells of these rows and others with notes."""

    decided: Mapping[tuple[object, ...], bool] = field(default_factory=dict)
    rows: Mapping[tuple[object, ...], Mapping[str, str]] = field(default_factory=dict)

    def holds_of(self, quote: Quotable) -> bool:
        """Whether a person approved the quote, and nobody refused its text elsewhere."""
        return bool(self.decided) and self.decided.get(quote.key, False) and not self.refuses(quote.text)

    def refuses(self, text: str) -> bool:
        """Whether a person refused the text, for whatever question and code."""
        return lines_of(text) in self._refused

    @cached_property
    def _refused(self) -> frozenset[object]:
        return frozenset(key[-1] for key, is_approved in self.decided.items() if not is_approved)


def read_approval(folder: Path) -> Approval:
    """What people decided in the folder's `quotes.csv`, if there is one.

    Raises InputError, with row and column, for a cell that says neither yes nor no, and for two that contradict.
    """
    path = folder / QUOTES_FILE
    if not path.exists():
        return Approval()
    table = read_table(path, is_ours=True)
    require_columns(table, [name for name in QUOTE_COLUMNS if name != "label"])
    decided: dict[tuple[object, ...], bool] = {}
    rows: dict[tuple[object, ...], dict[str, str]] = {}
    first: dict[tuple[object, ...], int] = {}
    for place, values in zip(table.frame.index, table.frame.to_numpy().tolist(), strict=True):
        number, cells = table.row(int(place)), dict(zip(table.frame.columns, values, strict=True))
        key = Quotable(*(cells[name] for name in Quotable._fields)).key
        if any(cells[name].strip() for name in cells.keys() - set(QUOTE_COLUMNS)):
            rows[key] = cells
        if (is_approved := _said(cells[APPROVED], table, number)) is not None:
            if decided.setdefault(key, is_approved) != is_approved:
                problem = f"this quote has another decision in row {first[key]}"
                raise InputError(
                    problem, file=table.place, row=number, column=APPROVED, expected="One row for a quote."
                )
            rows[key] = cells
            first.setdefault(key, number)
    return Approval(decided, rows)


def _said(cell: str, table: Table, row: int) -> bool | None:
    """Yes or no; None where nobody decided."""
    if not cell.strip():
        return None
    if (said := GIVEN.get(cell.strip().lower())) is None:
        expected = "ja where the quote may be published, nee where it may not, nothing where nobody decided."
        raise InputError("this is neither ja nor nee", file=table.place, row=row, column=APPROVED, expected=expected)
    return said


def write_quotes(folder: Path, candidates: Iterable[tuple[Quotable, str]], approval: Approval) -> Path:
    """Write `quotes.csv`: the candidates with the label of their code, then what else people decided about.

    Nothing that a person decided or wrote beside a decision is lost. People fill it in, so that it is always written as
    Dutch Excel opens it.
    """
    rows = {quote.key: {**quote._asdict(), "label": label, APPROVED: ""} for quote, label in candidates}
    for key, cells in approval.rows.items():
        rows[key] = {**cells, **{name: cell for name, cell in rows.get(key, {}).items() if name != APPROVED}}
    frame = pd.DataFrame(list(rows.values()), dtype=str).fillna("")
    others = [column for column in frame.columns if column not in QUOTE_COLUMNS]
    path = folder / QUOTES_FILE
    write_csv(frame.reindex(columns=[*QUOTE_COLUMNS, *others], fill_value=""), path, dialect=DUTCH_EXCEL)
    return path
