"""The coded dataset: files that are written beside the old ones and replace them when all are whole."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from errno import ENOSPC
from itertools import islice
from math import isnan
from pathlib import Path
from shutil import copyfile
from types import TracebackType
from typing import Self

import numpy as np
import pandas as pd

from themawijzer.coding.codings import CodedBlock, Coding, Source
from themawijzer.coding.decisions import Decision
from themawijzer.coding.review import ReviewItem
from themawijzer.errors import InputError, ThemawijzerError
from themawijzer.files import (
    folder_beside,
    free_place,
    is_link,
    make_folder,
    move_together,
    naming,
    sha256,
    visible_files,
)
from themawijzer.output.columns import STATUS_TEXTS, Cells, Column, ColumnKind, coded_cells, dataset_columns, is_grouped
from themawijzer.output.datafile import Ending
from themawijzer.output.discovered import DISCOVERED_FILE, DISCOVERED_TABLE
from themawijzer.output.formats import FORMATS, NAME, TypedFiles, require_room
from themawijzer.output.review_table import review_columns
from themawijzer.survey.annotations import AnsweredUnit
from themawijzer.survey.codebook import Code, Codebook
from themawijzer.survey.responses import Responses
from themawijzer.tables.arrow import is_fraction
from themawijzer.tables.cells import guard
from themawijzer.tables.delimited import Dialect, columns_of, csv_lines
from themawijzer.tables.described import as_text

MACHINES = Dialect()
DUTCH_EXCEL = Dialect(encoding="utf-8-sig", delimiter=";")
CODINGS_COLUMNS = (
    "respondent_id", "question", "codeframe", "code", "label", "probability", "decision", "source", "evidence",
)  # fmt: skip
PROBABILITIES_COLUMNS = ("respondent_id", "question", "codeframe", "code", "probability")
REPORT_FILES = ("report.html", "summary.json", "summary.md")  # of what was coded before, once it is coded anew
EARLIER = "earlier_"  # before the name of what was made of what was coded before, and is kept
REVIEW_CHUNK = 5000
CODE_TEXTS = np.array(["0", "1", *[""] * 98], dtype=object)  # by the value of the code


@dataclass(frozen=True, kw_only=True)
class Format:
    """How the files are written; `formats`, of `FORMATS`, are those of the dataset itself."""

    formats: tuple[str, ...] = ("csv",)
    for_dutch_excel: bool = False
    has_formula_guard: bool = True
    has_probabilities: bool = False

    @property
    def dialect(self) -> Dialect:
        return DUTCH_EXCEL if self.for_dutch_excel else MACHINES

    def number(self, value: float) -> str:
        """Four decimals, because more would suggest a certainty that is not there; empty for NaN."""
        text = "" if isnan(value) else f"{value:.4f}"
        return text.replace(".", ",") if self.for_dutch_excel else text


@dataclass(frozen=True)
class Outdated:
    """What was in the folder before, by name: `reports`, kept as `earlier_…`, and files that were `removed`.

    Where other responses were coded before, all that was made of them is in the folder `kept`.
    """

    reports: list[str]
    removed: list[str]
    kept: Path | None


@dataclass
class DatasetWriter:
    """Writes chunk after chunk into a folder beside `folder`; leaving it moves the files into place.

    `replaces` is what other responses are called that were coded in the folder before.
    """

    folder: Path
    responses: Responses
    codebook: Codebook
    format: Format
    guarded: Counter[str] = field(default_factory=Counter)
    replaces: str = ""

    def __post_init__(self) -> None:
        self._decimal = _decimal_columns(self.responses) if self.format.for_dutch_excel else []
        self.columns = dataset_columns(self.responses, self.codebook)
        self.cut: Counter[str] = Counter()
        self.outdated = Outdated([], [], None)

    def __enter__(self) -> Self:
        self._refuse_taken_names()
        require_room(len(self.responses), len(self.columns), self.format.formats)
        with ExitStack() as ending:
            self._beside = ending.enter_context(folder_beside(self.folder))
            self._open()
            ending.callback(lambda: self._typed.abandon())
            self._ending = ending.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._ending:
            if error is None:
                self._move_into_place()

    def restart(self) -> None:
        """Forget what was written so far."""
        self._typed.abandon()
        for path in visible_files(self._beside):
            path.unlink()
        self.guarded.clear()
        self._open()

    def add(self, start: int, blocks: Sequence[CodedBlock]) -> None:
        """Write the rows from `start` on; every block has a coding for each of them."""
        stop = start + len(blocks[0].codings) if blocks else len(self.responses)
        table = self.responses.table
        given = [table.values[name].iloc[start:stop].reset_index(drop=True) for name in table.values.columns]
        ids = table.texts(self.responses.survey.respondent_id).iloc[start:stop].tolist()
        coded = [cells for block in blocks for cells in coded_cells(block)]
        if "csv" in self.format.formats:
            self._append(f"{NAME}.csv", self._texts([*given, *coded]))
        with naming(self.folder):
            self._typed.add([*given, *coded])
        codings = [row for block in blocks for row in _coding_rows(ids, block, self.format)]
        self._append("codings.csv", _columns(CODINGS_COLUMNS, codings))
        if self.format.has_probabilities:
            rest = [row for block in blocks for row in _probability_rows(ids, block, self.format)]
            self._append("probabilities.csv", _columns(PROBABILITIES_COLUMNS, rest))

    def add_review(
        self,
        items: Iterable[ReviewItem],
        n_annotations: Mapping[AnsweredUnit, int],
        *,
        advance: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Write the answers for people, in the order given, and how often people decided about each."""
        rest = iter(items)
        self._append("review.csv", review_columns([], self.responses, self.codebook, n_annotations))  # the header
        while part := list(islice(rest, REVIEW_CHUNK)):
            self._append("review.csv", review_columns(part, self.responses, self.codebook, n_annotations))
            advance(len(part))

    def write(self, name: str, frame: pd.DataFrame) -> None:
        """Append a frame of text to one of the files; the first frame brings the header."""
        self._append(name, columns_of(frame))

    def finish(self, ending: Ending) -> None:
        """End the files of the dataset that are not CSV."""
        with naming(self.folder):
            self.cut = self._typed.finish(ending)

    def write_text(self, name: str, text: str) -> None:
        """Write a file that is not a table."""
        with naming(self.folder / name):
            (self._beside / name).write_text(text, encoding="utf-8", newline="")

    def hashes(self) -> dict[str, str]:
        """The SHA-256 of every file written so far."""
        return {path.name: sha256(path) for path in visible_files(self._beside)}

    def _append(self, name: str, columns: Mapping[str, Sequence[str]]) -> None:
        path = self._beside / name
        is_new = not path.exists()
        if self.format.has_formula_guard:
            plain_names = set(columns)
            columns, n_guarded = guard(columns)
            n_names = len(set(columns) - plain_names)
            self.guarded[name] += n_guarded - (0 if is_new else n_names)  # the header is written once
        encoding = self.format.dialect.encoding if is_new else "utf-8"
        with naming(self.folder / name), path.open("a", encoding=encoding, newline="") as file:
            file.writelines(islice(csv_lines(columns, self.format.dialect), 0 if is_new else 1, None))

    def _open(self) -> None:
        self._typed = TypedFiles(self._beside, self.columns, self.responses, formats=self.format.formats)

    def _texts(self, cells: Sequence[Cells]) -> dict[str, list[str]]:
        columns = {column.name: _texts(column, own) for column, own in zip(self.columns, cells, strict=True)}
        for name in self._decimal:
            columns[name] = [cell.replace(".", ",") for cell in columns[name]]
        return columns

    def _refuse_taken_names(self) -> None:
        new = [column.name for column in self.columns if column.block]
        if twice := [name for name, count in Counter(new).items() if count > 1]:
            raise ThemawijzerError(
                f"two columns of the coded dataset would be called {twice[0]}\n"
                "Give the question, the codeframe or the code another id."
            )
        for name in new:
            if name in self.responses.table.values.columns:
                raise InputError(
                    "the coded dataset needs this column name for itself",
                    file=self.responses.table.path,
                    row=1,
                    column=name,
                    expected="Rename the column, or the question's id in survey.toml.",
                )

    def _move_into_place(self) -> None:
        make_folder(self.folder)
        kept = free_place(self.folder / f"{EARLIER}{self.replaces}") if self.replaces else None
        try:
            reports = [] if kept else list(self._keep_reports())
            outdated = ["probabilities.csv", *REPORT_FILES, *(f"{NAME}.{ending}" for ending in (*FORMATS, "sps"))]
            if kept:
                outdated += [DISCOVERED_FILE, DISCOVERED_TABLE, *(f"{EARLIER}{name}" for name in REPORT_FILES)]
            new = [path.name for path in visible_files(self._beside)]
            there = [path for path in (self.folder / name for name in (*outdated, *new)) if path.exists()]
            for path in there:
                if not is_link(path):
                    path.open("a").close()  # Excel locks what it has open: found before the first file is replaced
            move_together(self._beside, self.folder, outdated=outdated, kept=kept)
            removed = [] if kept else [path.name for path in there if path.name not in {*REPORT_FILES, *new}]
            self.outdated = Outdated(reports, removed, kept)
        except OSError as error:
            if error.errno == ENOSPC:
                raise
            blocked = error.filename2 or error.filename
            raise ThemawijzerError(f"{blocked} cannot be replaced\nClose it in Excel and run again.") from None

    def _keep_reports(self) -> Iterator[str]:
        """Copy the report of what was coded before among the new files."""
        for path in (self.folder / name for name in REPORT_FILES):
            if path.is_file() and not is_link(path):
                copyfile(path, self._beside / f"{EARLIER}{path.name}")
                yield path.name


def _texts(column: Column, cells: Cells) -> list[str]:
    """The cells of a column as text."""
    match column.kind:
        case ColumnKind.GIVEN:
            cells = as_text(cells, column.about)
        case ColumnKind.CODE:
            cells = CODE_TEXTS[cells]
        case ColumnKind.STATUS:
            cells = STATUS_TEXTS[cells]
    return list(cells.tolist())


def _columns(names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> dict[str, Sequence[str]]:
    """Rows of text by column."""
    return dict(zip(names, zip(*rows, strict=True) if rows else ((),) * len(names), strict=True))


def _coding_rows(ids: Sequence[str], block: CodedBlock, style: Format) -> Iterable[tuple[str, ...]]:
    place = block.question.id, block.codeframe.id
    found = [list(_codes_of(coding, block.codeframe.codes, style)) for coding in block.once.codings]
    for respondent_id, number in zip(ids, block.places.tolist(), strict=True):
        for own in found[number]:
            yield respondent_id, *place, *own


def _codes_of(coding: Coding, codes: Sequence[Code], style: Format) -> Iterator[tuple[str, ...]]:
    """What stands in a row of a code behind the place."""
    for position in np.flatnonzero(coding.assigned).tolist():
        code = codes[position]
        probability, evidence = _model_probability(coding, position, style), coding.evidence.get(code.id, "")
        yield code.id, code.label, probability, _decision(coding, position), coding.source.value, evidence


def _model_probability(coding: Coding, position: int, style: Format) -> str:
    """Empty where a person decided, so that nobody takes the model's view for theirs."""
    if coding.source is Source.PERSON or coding.probabilities is None:
        return ""
    return style.number(coding.probabilities.item(position))


def _decision(coding: Coding, position: int) -> str:
    if coding.decisions.item(position) == Decision.REVIEW:
        return "review"
    return "person" if coding.source is Source.PERSON else "auto"


def _probability_rows(ids: Iterable[str], block: CodedBlock, style: Format) -> Iterable[tuple[str, ...]]:
    for respondent_id, coding in zip(ids, block.codings, strict=True):
        if coding.probabilities is not None:
            for code, probability in zip(block.codeframe.codes, coding.probabilities, strict=True):
                yield respondent_id, block.question.id, block.codeframe.id, code.id, style.number(probability)


def _decimal_columns(responses: Responses) -> list[str]:
    """The columns of numbers with a decimal point, which Dutch Excel would take for a date."""
    survey, table = responses.survey, responses.table
    texts = {survey.respondent_id, *(question.column for question in survey.questions)}
    others = [column for column in table.values.columns if column not in texts]
    if table.dialect is None:
        return [column for column in others if is_fraction(table.about(column).type)]
    number = r"-?(0|[1-9]\d*)(\.\d+)?|"  # no leading zero: "01.10" is a code
    return [
        column
        for column in others
        if table.values[column].str.fullmatch(number).all()
        and table.values[column].str.contains(".", regex=False).any()
        and (column == survey.weight or not is_grouped(table.values[column], table))
    ]
