"""Bring back the codes that people filled in, in `review.csv`, `sample.csv`, a worksheet or an export."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from pandas import Series

from themawijzer.errors import InputError
from themawijzer.files import quoted_path, restored_on_error
from themawijzer.output.run_file import is_as_written
from themawijzer.project.project import Project
from themawijzer.survey.annotations import Annotation, Stream, append_annotations, coder_file, require_coder
from themawijzer.survey.changes import FILE as CHANGES_FILE
from themawijzer.survey.changes import CodeLabel, labels_of, remember_labels
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.known_labels import EarlierLabel, known_labels
from themawijzer.survey.respondents import Unfound
from themawijzer.survey.responses import Responses
from themawijzer.survey.returned import (
    NEEDED,
    Returned,
    by_coder,
    lacks_streams,
    new_of,
    one_each,
    read_drawn,
    read_returned,
    with_codes,
)
from themawijzer.survey.shapes import OWN, SHAPE, has_annotation_shape, in_our_names, lost_columns
from themawijzer.survey.survey import DETECTED, DialectOverride
from themawijzer.tables.cells import alike
from themawijzer.tables.joined import Files, read_joined
from themawijzer.tables.table import Table, read_headers, read_table, read_whole_sheets


@dataclass(frozen=True, kw_only=True)
class ImportResult:
    """How many annotations were added, and what that changes.

    `n_recoded` of them give other codes to an answer that the coder had coded; of the `n_known` that were there
    already, `n_replaced` were revised since. `relabelled` are the codes that got another label by hand, as they were,
    with the label of today; `earlier_labels` are those in the file that a code had before.
    """

    annotations_file: Path
    n_added: int
    n_recoded: int
    n_known: int
    n_replaced: int
    relabelled: list[tuple[CodeLabel, str]]
    earlier_labels: list[EarlierLabel]


@dataclass(frozen=True, kw_only=True)
class ReturnedResult(ImportResult):
    """What was added of one coder, and the rows that were not, as `Returned` has them.

    `n_later` rows have other codes than an earlier row of the answer, which they replace. `sheets` are those of a
    workbook that were read.
    """

    n_open: int
    n_later: int
    noted: list[int]
    streams: Counter[Stream]
    unfound: list[tuple[Unfound, int]]
    sheets: list[str]


def read_shaped(file: Path, dialect: DialectOverride = DETECTED) -> list[Table]:
    """The sheets of a workbook that are annotation tables; of any other file, its one table."""
    headers = {
        sheet: names for sheet, names in read_headers(file, large=dialect.large).items() if _is_chosen(sheet, dialect)
    }
    shaped = [sheet for sheet, names in headers.items() if has_annotation_shape(names)]
    for sheet, names in headers.items():
        if shaped and (lost := lost_columns(names)):
            expected = f"Every sheet with codes has the columns {', '.join(sorted(SHAPE))}."
            place = f"{file}, sheet {sheet}"
            raise InputError("a column is missing", file=place, row=1, column=lost[0], expected=expected)
    if shaped:
        return read_whole_sheets(file, shaped, large=dialect.large)
    return [read_joined([file], **dict(dialect))]


def _is_chosen(sheet: str, dialect: DialectOverride) -> bool:
    chosen = [dialect.sheet] if isinstance(dialect.sheet, str) else dialect.sheet
    return not chosen or any(alike(name, [sheet]) for name in chosen)


def take_back(
    project: Project, tables: Sequence[Table], *, coder: str | None, input_file: Files | None, long: bool | None = None
) -> list[ReturnedResult]:
    """What was appended to each coder's annotations; raises InputError before anything is written.

    `long` says of a file with a row per code whether the rows of an answer are its codes, whatever their moments.
    """
    responses = project.read_any_responses(input_file)
    taken: dict[str, list[Returned]] = {}
    for table in tables:
        _require_own(project, table := with_codes(table, project.codebook, project.changes, long=long))
        for name, rows in by_coder(table, coder).items():
            require_coder(name, project.folders.annotations)
            taken.setdefault(name, []).append(_read(project, rows, responses))
    annotations = {name: one_each(parts) for name, parts in taken.items()}
    earlier = _earlier_labels(project, tables)
    with all_or_nothing(project, taken):
        return [
            ReturnedResult(
                **vars(add_new(project, annotations[name], project.codebook, name, earlier_labels=earlier)),
                n_open=sum(part.n_open for part in parts),
                n_later=sum(part.n_replaced for part in parts),
                noted=[row for part in parts for row in part.noted],
                streams=sum((part.streams for part in parts), Counter()),
                unfound=[found for part in parts for found in part.unfound],
                sheets=[table.sheet for table in tables if table.sheet],
            )
            for name, parts in taken.items()
        ]


def _earlier_labels(project: Project, tables: Iterable[Table]) -> list[EarlierLabel]:
    """Of the labels above columns and in cells for codes, those that a code had before."""
    labels = dict[str, None]()
    for table in map(in_our_names, tables):
        labels |= dict.fromkeys(name for name in map(str, table.frame) if name not in OWN)
        cells = (cell for name in ("codes", "code") if name in table.frame for cell in set(table.frame[name]))
        labels |= dict.fromkeys(label for cell in cells for label in cell.split("|") if label.strip())
    known = known_labels(project.codebook, project.changes).values()
    return [found for own in known for found in own.tell_earlier(labels)]


def _require_own(project: Project, table: Table) -> None:
    """Raise InputError for rows about another survey, whose respondents may have the same ids."""
    names = table.frame.get("survey", Series(dtype=str)).str.strip()
    strangers = names[~names.isin(["", project.folders.name])]
    if len(strangers):
        row = table.row(int(strangers.index[0]))
        expected = f"A file about {project.folders.name}, or the name of the other survey after `import`."
        raise InputError("this is about another survey", file=table.place, row=row, column="survey", expected=expected)


def all_or_nothing(project: Project, coders: Iterable[str]) -> AbstractContextManager[None]:
    """Let an import that fails, or is stopped, leave all files as they were."""
    folders = project.folders
    own = [coder_file(folders.annotations, coder) for coder in coders]
    survey_file, changes_file = folders.survey / "survey.toml", folders.annotations / CHANGES_FILE
    return restored_on_error(survey_file, folders.codebook, changes_file, *own)


def add_new(
    project: Project,
    annotations: Collection[Annotation],
    codebook: Codebook,
    coder: str,
    *,
    earlier_labels: Iterable[EarlierLabel] = (),
) -> ImportResult:
    """What was appended to the coder's file: the annotations, with codes of `codebook`, that it does not hold yet.

    The labels that codes have now are remembered.
    """
    before = project.stored_annotations.get(coder.lower(), [])
    new = new_of(annotations, before)
    said = {annotation.answered: annotation.codes for annotation in before}
    latest = said | {annotation.answered: annotation.codes for annotation in new}
    known = set(annotations) - set(new)
    path = coder_file(project.folders.annotations, coder)
    remember_labels(project.folders.annotations, codebook, labels_of(codebook))
    if new:
        append_annotations(path, new, codebook)
    return ImportResult(
        annotations_file=path,
        n_added=len(new),
        n_recoded=sum(said.get(own.answered, own.codes) != own.codes for own in new),
        n_known=len(annotations) - len(new),
        n_replaced=sum(latest[own.answered] != own.codes for own in known),
        relabelled=project.changes.new_labels(codebook),
        earlier_labels=list(earlier_labels),
    )


def refuse_to_lose_codes(file: Path, project: Project, responses: Responses | None) -> None:
    """Raise InputError where a file that is to be replaced holds codes or notes that were not imported."""
    if not file.exists() or is_as_written(file):
        return
    found = [part for table in read_shaped(file) for part in _filled_in(project, table, responses)]
    if n_lost := sum(len(new_of(part.annotations.values(), _by(project, coder))) for coder, part in found):
        coder = "" if found[0][0] else " --coder NAME"
        problem = f"somebody filled in {n_lost} rows that are not among the annotations yet"
        expected = f"First: themawijzer import {project.folders.name} {quoted_path(file)}{coder}"
        raise InputError(problem, file=file, expected=expected)
    for _, part in found:
        if part.noted:
            problem = "this row has a note but no codes, which no import takes and which would be overwritten"
            expected = "Fill in its codes and import it, or move the file elsewhere."
            raise InputError(problem, file=part.place, row=part.noted[0], column="note", expected=expected)


def _by(project: Project, coder: str) -> list[Annotation]:
    """The annotations of the coder whom a file names, or of all coders where it names nobody."""
    stored = project.stored_annotations
    return stored.get(coder.lower(), []) if coder else [annotation for own in stored.values() for annotation in own]


def _filled_in(project: Project, table: Table, responses: Responses | None) -> list[tuple[str, Returned]]:
    """The filled-in rows with the coder whom they name, or `""`."""
    table = in_our_names(table)
    table = with_codes(table, project.codebook, project.changes, long=False) if set(table.frame) >= SHAPE else table
    if missing := [column for column in NEEDED if column not in table.frame]:
        expected = f"Move the file elsewhere, or give it the columns {', '.join(NEEDED)} again."
        problem = "without this column nobody can tell whether codes were filled in, which would be overwritten"
        raise InputError(problem, file=table.place, row=1, column=missing[0], expected=expected)
    nothing = Series("", index=table.frame.index)
    is_filled_in = (table.frame["codes"].str.strip(" |") != "") | (table.frame.get("note", nothing).str.strip() != "")
    table = table.holding(table.frame[is_filled_in])  # of a million rows, few
    coders = table.frame.get("coder", nothing[is_filled_in]).str.strip()
    return [(str(coder), _read(project, table.holding(rows), responses)) for coder, rows in table.frame.groupby(coders)]


def _read(project: Project, table: Table, responses: Responses | None) -> Returned:
    sample = project.folders.coded / "sample.csv"
    drawn = (
        read_drawn(read_table(sample, is_ours=True), responses)
        if lacks_streams(table) and sample.exists()
        else frozenset()
    )
    questions = project.survey.question_ids
    return read_returned(table, project.codebook, responses, questions, drawn, changes=project.changes)
