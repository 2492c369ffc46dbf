"""The tables of the coded dataset as they are read back: what others rest on is checked here, once."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from themawijzer.coding.codings import Source, Status
from themawijzer.coding.tallies import Per
from themawijzer.errors import InputError
from themawijzer.output.csv_tables import PREVALENCE_COLUMNS
from themawijzer.output.dataset import CODINGS_COLUMNS
from themawijzer.output.labels import LABELS
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.survey import Base, Question
from themawijzer.tables.checked_cells import require_all, require_cells, require_counts, require_once, require_shares
from themawijzer.tables.table import Table

DECISIONS = ("auto", "review", "person")
SOURCES = (Source.MODEL, Source.PERSON)
METHODS = {"", *(text for name, text in LABELS.items() if name.startswith("method_"))}
CODING = ("respondent_id", "question", "codeframe", "code")
CELL = ("per", "question", "codeframe", "background", "group")  # in which every code has a share
COUNTS, SHARES = ("n", "n_audit", "n_decided", "effective_n"), ("raw_share", "share", "low", "high")


@dataclass(frozen=True)
class WrittenTables:
    """What may stand in the tables of a coded dataset, of questions with their codeframes and of background columns.

    `expected` is what an error advises.
    """

    blocks: Collection[tuple[Question, Codeframe]]
    background: Collection[str]
    expected: str

    def require_responses(self, table: Table, columns: Sequence[str], n_rows: int) -> None:
        """Raise InputError for other rows or columns than these, or a status that no answer can have."""
        statuses = [f"{question.block(codeframe.id)}_status" for question, codeframe in self.blocks]
        require_all(table, [*columns, *statuses], self.expected)
        if len(table.frame) != n_rows:
            problem = f"there are {len(table.frame):,} rows below the header, and {n_rows:,} respondents were coded"
            raise InputError(problem, file=table.place, expected=self.expected)
        for column in statuses:
            self._require(table, [column], {*Status}.__contains__, f"none of {', '.join(Status)}")

    def require_codings(self, table: Table, respondents: Collection[str]) -> None:
        """Raise InputError for the first thing in `codings.csv` that no coding of these respondents can be."""
        require_all(table, CODINGS_COLUMNS, self.expected)
        codes = {(question.id, own.id, code) for question, own in self.blocks for code in own.code_ids}
        self._require(table, CODING[1:], lambda *unit: unit in codes, "no code of a question of this survey")
        self._require(table, CODING[:1], {*respondents}.__contains__, "nobody whose answers were coded")
        require_shares(table, "probability", self.expected)
        self._require(table, ["decision"], DECISIONS.__contains__, f"none of {', '.join(DECISIONS)}")
        self._require(table, ["source"], SOURCES.__contains__, f"none of {', '.join(SOURCES)}")
        require_once(table, CODING, self.expected)

    def require_prevalence(self, table: Table) -> None:
        """Raise InputError for the first thing in `prevalence.csv` that no share of these codes can be."""
        require_all(table, PREVALENCE_COLUMNS, self.expected)
        codes = {(own.id, code) for _, own in self.blocks for code in own.code_ids}
        asked = {(Per.ANSWER.value, question.id, own.id) for question, own in self.blocks}
        asked |= {(Per.RESPONDENT.value, "", own.id) for _, own in self.blocks}
        self._require(table, CELL[:3], lambda *place: place in asked, "nothing that this survey has shares of")
        self._require(table, ["codeframe", "code"], lambda *code: code in codes, "no code of this codeframe")
        self._require(table, ["background"], {"", *self.background}.__contains__, "no background column of this survey")
        self._require(table, ["base"], _is_base, f"none of {', '.join(Base)}, nor several joined by |")
        self._require(table, ["method"], METHODS.__contains__, "no way in which a share comes about")
        for column in COUNTS:
            require_counts(table, column, self.expected)
        for column in SHARES:
            require_shares(table, column, self.expected)
        require_once(table, [*CELL, "code"], self.expected)
        self._require_whole(table)

    def _require_whole(self, table: Table) -> None:
        """Raise InputError where not every code of a codeframe has a row."""
        n_codes = {own.id: len(own.codes) for _, own in self.blocks}
        for cell, rows in table.frame.groupby([*CELL], sort=False):
            if len(rows) != n_codes[str(cell[2])]:
                problem, place = "not every code of the codeframe has a row like this one", table.at(int(rows.index[0]))
                raise InputError(problem, **place, column="code", expected=self.expected)

    def _require(self, table: Table, columns: Sequence[str], is_right: Callable[..., bool], what: str) -> None:
        require_cells(table, columns, is_right, f"this is {what}", self.expected)


def _is_base(cell: str) -> bool:
    return {*cell.split("|")} <= {*Base}
