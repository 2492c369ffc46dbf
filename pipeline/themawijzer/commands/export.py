"""Write what people annotated as one table, or as a project, for other programs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from themawijzer.errors import InputError
from themawijzer.exchange.qdpx_file import QdpxContent, last_of, write_qdpx
from themawijzer.exchange.refi_qda import ORIGIN, written_by
from themawijzer.files import quoted_path
from themawijzer.output.dataset import Format
from themawijzer.output.labels import LABELS
from themawijzer.project.project import Project, open_project, require_known
from themawijzer.project.returning import refuse_to_lose_codes
from themawijzer.survey.annotations import Annotation, coder_file
from themawijzer.survey.changes import Changes
from themawijzer.survey.codebook import TO_BE_FILLED_IN, Code, Codeframe
from themawijzer.survey.shapes import long_frame
from themawijzer.survey.wide import wide_frame
from themawijzer.tables.delimited import write_csv

Shape = Literal["wide", "long", "qdpx"]


@dataclass(frozen=True)
class ExportResult:
    """Where the annotations are, how many rows that took, and whose they are."""

    file: Path
    n_rows: int
    coders: list[str]


def export_annotations(
    root: Path, name: str, *, shape: Shape, codeframes: Collection[str], coders: Collection[str], style: Format
) -> ExportResult:
    """Write `coded/<survey>/annotations_<shape>.csv`, or a REFI-QDA project; no codeframes or coders means all.

    Raises InputError for an unknown one, and where codes in the file that is there would be lost.
    """
    project = open_project(root, name)
    require_known("codeframe", codeframes, project.codebook.codeframe_ids, project.folders.codebook)
    wanted = {coder.lower() for coder in coders}
    require_known("coder", sorted(wanted), list(project.stored_annotations), project.folders.annotations)
    annotations = {coder: own for coder, own in project.stored_annotations.items() if coder in wanted or not wanted}
    chosen = [codeframe for codeframe in project.codebook.codeframes if codeframe.id in codeframes or not codeframes]
    if shape == "qdpx":
        return _export_project(project, annotations, chosen)
    if shape == "wide":
        frame = wide_frame(annotations, chosen)
    else:
        frame = long_frame(annotations, [codeframe.id for codeframe in chosen])
    file = project.folders.coded / f"annotations_{shape}.csv"
    refuse_to_lose_codes(file, project, project.read_any_responses())
    write_csv(frame, file, dialect=style.dialect)
    return ExportResult(file, len(frame), sorted(set(frame["coder"])))


def _export_project(
    project: Project, annotations: Mapping[str, Sequence[Annotation]], codeframes: Sequence[Codeframe]
) -> ExportResult:
    """Write `coded/<survey>/annotations.qdpx`: what every coder decided last, as QDA programs read it."""
    folders, file = project.folders, project.folders.coded / "annotations.qdpx"
    if file.exists() and written_by(file) != ORIGIN:
        problem = "another program wrote this project, which may hold codes that are nowhere else"
        expected = f"Import it first (themawijzer import {folders.name} {quoted_path(file)}), and move it elsewhere."
        raise InputError(problem, file=file, expected=expected)
    ids = [codeframe.id for codeframe in codeframes]
    last = {
        coder_file(folders.annotations, coder).stem: last_of(own, ids) for coder, own in sorted(annotations.items())
    }
    coded = {coder: own for coder, own in last.items() if own}
    if not coded:
        raise InputError("there are no annotations yet", file=folders.annotations, expected="Code answers first.")
    given = {(own.codeframe, code) for rows in coded.values() for own in rows for code in own.codes}
    content = QdpxContent(
        survey=folders.name,
        title=project.survey.title,
        codeframes=[_with_retired(codeframe, project.changes, given) for codeframe in codeframes],
        annotations=coded,
        none_applies=LABELS["none_applies"],
    )
    return ExportResult(file, write_qdpx(file, content), list(coded))


def _with_retired(codeframe: Codeframe, changes: Changes, given: Collection[tuple[str, str]]) -> Codeframe:
    """The codeframe with those of the codes that it once had that are given to answers."""
    retired = [code for code in changes.retired(codeframe.id).values() if (codeframe.id, code.id) in given]
    codes = [Code(**code.model_dump(), definition=TO_BE_FILLED_IN) for code in retired]
    return codeframe.model_copy(update={"codes": [*codeframe.codes, *codes]})
