"""Write what people annotated as one table, for other programs."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from themawijzer.output.dataset import Format
from themawijzer.project.project import open_project, require_known
from themawijzer.project.returning import refuse_to_lose_codes
from themawijzer.survey.shapes import long_frame
from themawijzer.survey.wide import wide_frame
from themawijzer.tables.delimited import write_csv


@dataclass(frozen=True)
class ExportResult:
    """Where the annotations are, how many rows that took, and whose they are."""

    file: Path
    n_rows: int
    coders: list[str]


def export_annotations(
    root: Path,
    name: str,
    *,
    shape: Literal["wide", "long"],
    codeframes: Collection[str],
    coders: Collection[str],
    style: Format,
) -> ExportResult:
    """Write `coded/<survey>/annotations_<shape>.csv`; no codeframes or coders means all.

    Raises InputError for an unknown one, and where codes in the file that is there would be lost.
    """
    project = open_project(root, name)
    require_known("codeframe", codeframes, project.codebook.codeframe_ids, project.folders.codebook)
    wanted = {coder.lower() for coder in coders}
    require_known("coder", sorted(wanted), list(project.stored_annotations), project.folders.annotations)
    annotations = {coder: own for coder, own in project.stored_annotations.items() if coder in wanted or not wanted}
    chosen = [codeframe for codeframe in project.codebook.codeframes if codeframe.id in codeframes or not codeframes]
    if shape == "wide":
        frame = wide_frame(annotations, chosen)
    else:
        frame = long_frame(annotations, [codeframe.id for codeframe in chosen])
    file = project.folders.coded / f"annotations_{shape}.csv"
    refuse_to_lose_codes(file, project, project.read_any_responses())
    file.parent.mkdir(parents=True, exist_ok=True)
    write_csv(frame, file, dialect=style.dialect)
    return ExportResult(file, len(frame), sorted(set(frame["coder"])))
