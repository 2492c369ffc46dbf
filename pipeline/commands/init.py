"""Make the folders of a new survey from a file with responses."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tomlkit

from pipeline.commands.project import open_project
from pipeline.errors import InputError, ThemawijzerError
from pipeline.files import write_whole
from pipeline.survey.responses import read_responses, require_columns
from pipeline.survey.survey import Folders
from pipeline.tables.table import Table, read_table

FIRST_CODEFRAME = "thema"


@dataclass(frozen=True)
class Initialized:
    """What was made, and how the file was read."""

    survey_file: Path
    codebook_file: Path
    table: Table


def init_survey(
    root: Path,
    name: str,
    responses: Path,
    *,
    respondent_id: str,
    columns: Sequence[str],
    weight: str | None = None,
    background: Sequence[str] = (),
) -> Initialized:
    """Write `surveys/<name>/` and `annotations/<name>/codebook.toml`; nothing is left when that fails."""
    folders = Folders(root, name)
    for folder in (folders.survey, folders.annotations):
        if folder.exists():
            raise InputError("this folder exists already", file=folder, expected="Choose another name for the survey.")
    table = read_table(responses)
    require_columns(table, [respondent_id, *columns, *([weight] if weight else []), *background])
    copy = folders.survey / f"responses{responses.suffix.lower()}"
    try:
        folders.survey.mkdir(parents=True)
        shutil.copyfile(responses, copy)
        write_whole(
            folders.survey / "survey.toml", _survey_toml(table, copy.name, respondent_id, columns, weight, background)
        )
        write_whole(folders.codebook, _codebook_toml(name))
        read_responses(open_project(root, name).survey, copy)
    except ThemawijzerError:
        shutil.rmtree(folders.survey, ignore_errors=True)
        shutil.rmtree(folders.annotations, ignore_errors=True)
        raise
    return Initialized(folders.survey / "survey.toml", folders.codebook, table)


def _survey_toml(
    table: Table,
    file: str,
    respondent_id: str,
    columns: Sequence[str],
    weight: str | None,
    background: Sequence[str],
) -> str:
    document = tomlkit.document()
    document.add("title", tomlkit.string(table.path.stem))
    document.add("responses", tomlkit.string(file))
    document.add("respondent_id", tomlkit.string(respondent_id))
    if weight:
        document.add("weight", tomlkit.string(weight))
    document.add("background", tomlkit.item(list(background)))
    questions = tomlkit.aot()
    for number, column in enumerate(columns, start=1):
        question = {"id": f"v{number}", "column": column, "text": table.variable_labels.get(column) or column}
        questions.append(tomlkit.item(question | {"codeframes": [FIRST_CODEFRAME]}))
    document.add("question", questions)
    return tomlkit.dumps(document)


def _codebook_toml(title: str) -> str:
    document = tomlkit.document()
    document.add("title", tomlkit.string(title))
    document.add("version", tomlkit.string("1.0.0"))
    codeframes = tomlkit.aot()
    codeframes.append(tomlkit.item({"id": FIRST_CODEFRAME, "label": FIRST_CODEFRAME.capitalize()}))
    document.add("codeframe", codeframes)
    return tomlkit.dumps(document)
