"""What people decided: one append-only CSV file per coder."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple, TypeGuard, get_args

from pandas import DataFrame, concat

from themawijzer.errors import InputError
from themawijzer.files import is_link, require_name
from themawijzer.survey.changes import NO_CHANGES, Changes, read_changes
from themawijzer.survey.codebook import NONE_APPLIES, Codebook
from themawijzer.tables.cells import unguard
from themawijzer.tables.delimited import write_csv
from themawijzer.tables.table import Table, read_table

Stream = Literal["random", "active", "review", "import"]
ADJUDICATOR = "adjudicated"
MODEL = "model"  # decides what no person did
QUOTES_FILE = "quotes.csv"  # beside the coders' files: which answers may be quoted
WITHDRAWN = "ingetrokken"  # the note of a row without codes and time that takes the coder's earlier ones back


class Unit(NamedTuple):  # made and looked up per answer, which takes a data class three times as long
    """What is coded once: one answer in one codeframe."""

    respondent_id: str
    question: str
    codeframe: str


class AnsweredUnit(NamedTuple):
    """A unit with the lines of its answer, since in a panel's next wave the same respondent answers again."""

    respondent_id: str
    question: str
    codeframe: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Annotation:
    """One coder's set of codes for one answer in one codeframe; an empty set means that none applies."""

    respondent_id: str
    question: str
    codeframe: str
    codes: frozenset[str]
    text: str
    annotated_at: str
    codebook_version: str
    stream: Stream
    note: str = ""

    @property
    def unit(self) -> Unit:
        return Unit(self.respondent_id, self.question, self.codeframe)

    @property
    def answered(self) -> AnsweredUnit:
        return AnsweredUnit(*self.unit, lines_of(self.text))


COLUMNS = [field.name for field in fields(Annotation)]


def bare(respondent_id: str) -> str:
    """The id without outer blanks and leading zeros, which spreadsheets remove from what looks like a number."""
    return respondent_id.strip().lstrip("0")


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of the answer, composed (NFC), without line ends and outer blanks, which spreadsheets change."""
    return tuple(unicodedata.normalize("NFC", text.strip()).splitlines())


def reads_as(text: str, other: str) -> bool:
    """Whether two answers are the same but for what `lines_of` leaves out."""
    return text == other or lines_of(text) == lines_of(other)


def is_stream(value: str) -> TypeGuard[Stream]:
    """Whether the value is a stream that an annotation can have."""
    return value in get_args(Stream)


def now() -> str:
    """The current time, in the format of `annotated_at`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_annotations(folder: Path, codebook: Codebook, questions: Collection[str]) -> dict[str, list[Annotation]]:
    """Coder to annotations, in file order, of every CSV file in the folder.

    Codes that the codebook no longer has are read as they stand. Raises InputError with file, row and column when a
    row does not fit the format, the codebook or the questions.
    """
    changes = read_changes(folder, codebook)
    return {coder: _read_checked(path, codebook, questions, changes)[1] for coder, path in coder_files(folder).items()}


def read_coder(path: Path, codebook: Codebook, questions: Collection[str]) -> list[Annotation]:
    """The annotations in one coder's file, in file order; raises InputError as `read_annotations` does."""
    return _read_checked(path, codebook, questions, read_changes(path.parent, codebook))[1]


def require_coder(coder: str, folder: Path) -> None:
    """Raise InputError for a name that no coder can have."""
    require_name(coder, folder)
    if coder.lower() in (MODEL, Path(QUOTES_FILE).stem):
        raise InputError(f"no coder can be called {coder}", file=folder, expected="That name is for what is no person.")


def coder_file(folder: Path, coder: str) -> Path:
    """The coder's file, whatever capitals its name has."""
    return coder_files(folder).get(coder.lower(), folder / f"{coder}.csv")


def coder_files(folder: Path) -> dict[str, Path]:
    """The files by coder in lower case; InputError for names that differ in capitals only, which many disks mix up."""
    files: dict[str, Path] = {}
    for path in sorted(path for path in folder.glob("*") if path.suffix.lower() == ".csv"):
        if is_link(path):
            raise InputError("this is a link", file=path, expected="Put the file itself here.")
        if path.name.lower() == QUOTES_FILE:
            continue
        other = files.setdefault(path.stem.lower(), path)
        if other != path:
            problem = f"{other.name} is of the same coder, but for its capitals"
            raise InputError(problem, file=path, expected="Put the rows of both in one file, or rename one.")
    return files


def append_annotations(path: Path, annotations: Iterable[Annotation], codebook: Codebook) -> None:
    """Add rows to a coder's file, which is replaced as a whole so that it is never half-written.

    What stands in its cells stays, also in columns that the coder added.
    """
    frame = as_frame(annotations)
    if path.exists():
        table = _read_checked(path, codebook, None, read_changes(path.parent, codebook))[0]
        frame = concat([table.frame, frame.reindex(columns=table.frame.columns, fill_value="")], ignore_index=True)
    write_csv(frame, path)


def as_frame(annotations: Iterable[Annotation]) -> DataFrame:
    """The rows of an annotation file, all text; codes are sorted within a cell."""
    rows = [asdict(annotation) | {"codes": "|".join(sorted(annotation.codes))} for annotation in annotations]
    return DataFrame(rows, columns=COLUMNS, dtype=str)


def _read_checked(
    path: Path, codebook: Codebook, questions: Collection[str] | None, changes: Changes
) -> tuple[Table, list[Annotation]]:
    table = read_table(path, is_ours=True)
    missing = [column for column in COLUMNS if column not in table.frame.columns]
    if missing:
        expected = f"An annotation file has the columns {', '.join(COLUMNS)}."
        raise InputError("a column is missing", file=path, row=1, column=missing[0], expected=expected)
    annotations: list[Annotation] = []
    for number, row in numbered_rows(table):
        if row["codes"].strip() or row["annotated_at"].strip():
            annotations.append(read_row(row, table, number, codebook, questions, changes=changes))
        elif is_withdrawal(row):
            withdrawn = about(uncoded(row))
            annotations = [annotation for annotation in annotations if about(annotation) != withdrawn]
    return table, annotations


def about(annotation: Annotation) -> tuple[str, ...]:
    """Which answer it is about, and in which codeframe; equal however a spreadsheet saved id and answer."""
    return bare(annotation.respondent_id), annotation.question, annotation.codeframe, *lines_of(annotation.text)


def is_withdrawal(row: Mapping[str, str]) -> bool:
    """Whether a row (column to cell) says that the coder has no decision about its unit anymore.

    Any other row without codes and without a time, as review.csv has them, is one that nobody has coded yet.
    """
    return row["note"].strip() == WITHDRAWN and not row["codes"].strip() and not row["annotated_at"].strip()


def uncoded(row: dict[str, str]) -> Annotation:
    """The annotation in a row of which not every cell need fit, without its codes."""
    return Annotation(**row | {"codes": frozenset()})  # type: ignore[arg-type]


def numbered_rows(table: Table) -> list[tuple[int, dict[str, str]]]:
    """Row number and cells; what a workbook got from a CSV file still has its formula guards."""
    frame = table.frame if table.dialect else unguard(table.frame)
    cells = frame.reindex(columns=COLUMNS, fill_value="").to_numpy().tolist()
    rows = zip(frame.index, cells, strict=True)
    return [(table.row(int(place)), dict(zip(COLUMNS, row, strict=True))) for place, row in rows]


def read_row(
    row: dict[str, str],
    table: Table,
    number: int,
    codebook: Codebook,
    questions: Collection[str] | None,
    *,
    changes: Changes = NO_CHANGES,
) -> Annotation:
    """The annotation in one row (column to cell); raises InputError, with row and column, for what does not fit."""

    def refuse(column: str, problem: str, expected: str | None = None) -> InputError:
        return InputError(problem, file=table.place, row=number, column=column, expected=expected)

    if row["codeframe"] not in codebook.codeframe_ids:
        expected = f"Known codeframes: {', '.join(codebook.codeframe_ids)}."
        raise refuse("codeframe", "unknown codeframe", expected)
    codeframe = codebook.codeframe(row["codeframe"])
    codes = frozenset(filter(None, (code.strip() for code in row["codes"].split("|"))))
    if codes == {NONE_APPLIES}:
        codes = frozenset()
    if problem := codeframe.unknown(codes - changes.retired(codeframe.id).keys()):
        known = ", ".join(codeframe.code_ids)
        raise refuse("codes", problem, f"Known codes: {known}. Several are joined by |; {NONE_APPLIES} = none applies.")
    if not is_stream(row["stream"]):
        expected = f"Known streams: {', '.join(get_args(Stream))}."
        raise refuse("stream", "unknown stream", expected)
    for column in ("respondent_id", "question"):
        if not row[column].strip():
            raise refuse(column, f"the {column} is empty", "Every annotation needs a respondent_id and a question.")
    if questions is not None and row["question"] not in questions:
        expected = f"Known questions: {', '.join(questions)}."
        raise refuse("question", "unknown question", expected)
    return Annotation(**row | {"codes": codes})  # type: ignore[arg-type]  # checked above, cell by cell
