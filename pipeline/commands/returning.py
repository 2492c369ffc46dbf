"""Take back the codes that people filled in, in `review.csv` or `sample.csv`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pipeline.commands.project import Project
from pipeline.errors import InputError
from pipeline.files import require_name
from pipeline.survey.annotations import Annotation, Stream, append_annotations, coder_file
from pipeline.survey.codebook import Codebook
from pipeline.survey.responses import Responses, read_responses
from pipeline.survey.returned import NEEDED, Returned, in_our_names, lacks_streams, new_of, read_drawn, read_returned
from pipeline.tables.table import Table, read_table


@dataclass(frozen=True, kw_only=True)
class Added:
    """What became of annotations: of the `n_known` that were there, `n_replaced` were replaced since by another."""

    annotations_file: Path
    n_added: int
    n_known: int
    n_replaced: int


@dataclass(frozen=True, kw_only=True)
class TakenBack(Added):
    """What was added, and what was not, as `Returned` has it."""

    n_open: int
    streams: Counter[Stream]
    changed: list[int]
    unknown: list[int]


def take_back(project: Project, table: Table, *, coder: str | None, input_file: Path | None) -> TakenBack:
    """Append what is new in the file to the coder's annotations; raises InputError before anything is written."""
    if coder is None:
        raise InputError("it does not say who coded", file=table.path, expected="Give --coder, such as codeur-1.")
    require_name(coder, project.folders.annotations)
    returned = _read(project, table, _responses(project, input_file))
    added = add_new(project, returned.annotations.values(), project.codebook, coder)
    noticed = {name: value for name, value in vars(returned).items() if name != "annotations"}
    return TakenBack(**vars(added), **noticed)


def add_new(project: Project, annotations: Collection[Annotation], codebook: Codebook, coder: str) -> Added:
    """Append the annotations that the coder's file does not hold yet; `codebook` has the codes of all."""
    before = project.annotations.get(coder.lower(), [])
    new = new_of(annotations, before)
    latest = {annotation.unit: annotation.codes for annotation in [*before, *new]}
    path = coder_file(project.folders.annotations, coder)
    if new:
        append_annotations(path, new, codebook)
    return Added(
        annotations_file=path,
        n_added=len(new),
        n_known=len(annotations) - len(new),
        n_replaced=sum(latest[each.unit] != each.codes for each in annotations),
    )


def refuse_to_lose_codes(file: Path, project: Project, responses: Responses) -> None:
    """Raise InputError where people filled in codes, in a file that is about to be replaced, that are nowhere else."""
    if not file.exists():
        return
    table = in_our_names(read_table(file))
    if missing := [column for column in NEEDED if column not in table.frame]:
        expected = f"Move the file elsewhere, or give it the columns {', '.join(NEEDED)} again."
        problem = "without this column nobody can tell whether codes were filled in, which would be overwritten"
        raise InputError(problem, file=file, row=1, column=missing[0], expected=expected)
    filled_in = _read(project, table, responses)
    known = [annotation for annotations in project.annotations.values() for annotation in annotations]
    if not_kept := new_of(filled_in.annotations.values(), known):
        raise InputError(
            f"somebody filled in {len(not_kept)} rows that are not among the annotations yet",
            file=file,
            expected=f"First: themawijzer import {project.folders.name} {file} --coder NAME",
        )


def _read(project: Project, table: Table, responses: Responses | None) -> Returned:
    sample = project.folders.coded / "sample.csv"
    drawn = read_drawn(read_table(sample), responses) if lacks_streams(table) and sample.exists() else frozenset()
    return read_returned(table, project.codebook, responses, project.survey.question_ids, drawn)


def _responses(project: Project, input_file: Path | None) -> Responses | None:
    own = project.folders.survey / project.survey.responses
    if input_file is None and not own.exists():  # annotations are enough to learn from
        return None
    return read_responses(project.survey, input_file or own)
