"""Make the folders of a new survey from a file with responses."""

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import tomlkit

from themawijzer.errors import InputError
from themawijzer.files import folder_beside, replace_folder, write_whole
from themawijzer.survey.missing import undeclared_missing
from themawijzer.survey.personal import COMMENT, personal_columns
from themawijzer.survey.responses import check_responses, require_different
from themawijzer.survey.survey import DETECTED, DialectOverride, Folders, Missing, Question, Settings, Survey
from themawijzer.tables.column_names import find_columns, no_answer_named, shown_name
from themawijzer.tables.joined import Files, read_joined
from themawijzer.tables.table import Table

# As comments, so that who adds the table does not have it twice.
SETTINGS = f"""
# [settings]
# target = {Settings().target}  # welk deel goed moet zijn waar geen mens kijkt
"""
RESPONSES = "responses"  # the file, or the folder of several
EXAMPLE = files("themawijzer.survey").joinpath("example.toml")  # of a codeframe, as comments
PREAMBLE = files("themawijzer.survey").joinpath("preamble.toml")  # of survey.toml, as comments


@dataclass(frozen=True)
class InitResult:
    """What was made, how the file was read, and its columns by how they were asked for.

    `personal` has by column the kind of personal fact in it, and `missing` how many cells hold a value that counts as
    no answer.
    """

    survey: Survey
    survey_file: Path
    codebook_file: Path
    table: Table
    columns: Mapping[str, str]
    personal: Mapping[str, str]
    missing: Mapping[str, int]


def init_survey(
    root: Path,
    name: str,
    responses: Files,
    respondent_id: str,
    *,
    columns: Sequence[str],
    weight: str | None = None,
    is_weighted: bool = True,
    background: Sequence[str] = (),
    keep: Sequence[str] = (),
    dialect: DialectOverride = DETECTED,
) -> InitResult:
    """Write `surveys/<name>/` and `annotations/<name>/codebook.toml`; nothing is left when that fails.

    Columns are asked for as `find_columns` takes them, by letter or number too; `survey.toml` gets their names in the
    file. Those that look personal are left out of the coded dataset, but for those that are asked for or to `keep`.
    `dialect` says how to read the file where detection is not wanted, and is written in `survey.toml` too. Without
    `weight` the survey has the one that the file declares, unless it is not to be weighted.

    Raises InputError, before anything is made, when the file cannot be the responses of such a survey.
    """
    folders = Folders(root, name)
    if " " in name:
        problem = f"{name!r} has spaces, and make knows no files with spaces in their names"
        raise InputError(problem, file=folders.survey, expected=f"A name such as {name.replace(' ', '_')}.")
    codebook = tomlkit.dumps({"title": name, "version": "1.0.0"}) + EXAMPLE.read_text(encoding="utf-8")
    folders.sweep()
    for folder in (folders.survey, folders.annotations):
        if folder.exists() and not _is_unfinished(folders, codebook):
            raise InputError("this folder exists already", file=folder, expected="Choose another name for the survey.")
    table = read_joined(responses, **dict(dialect))
    if is_weighted and weight is None:
        weight = _declared_weight(table)
    names = find_columns(table, filter(None, [respondent_id, *columns, weight, *background, *keep]), by_place=True)
    require_different(table, columns, names)
    survey = Survey(
        title=name,
        responses=RESPONSES if len(table.files) > 1 else f"{RESPONSES}{table.path.suffix.lower()}",
        respondent_id=names[respondent_id],
        weight=weight and names[weight],
        background=[names[column] for column in background],
        **_said(dialect, table),
        question=[
            Question(id=f"v{number}", column=names[column], text=_text(table, names[column]), codeframes=[])
            for number, column in enumerate(columns, start=1)
        ],
    )
    with no_answer_named(table, names):
        check_responses(survey, table)
    missing = undeclared_missing(table, survey.asked_columns)
    if missing:
        survey = survey.model_copy(update={"missing": Missing(values=list(missing))})
    kept = [names[column] for column in keep]
    if personal := personal_columns(table):
        leave_out = [column for column in personal if column not in {*survey.columns, *kept}]
        survey = survey.model_copy(update={"leave_out": leave_out})
    with folder_beside(folders.annotations) as annotations, folder_beside(folders.survey) as own:
        _copy(table.files, own)
        written = PREAMBLE.read_text(encoding="utf-8") + _as_toml(survey) + SETTINGS
        write_whole(own / "survey.toml", written)
        write_whole(annotations / folders.codebook.name, codebook)
        replace_folder(annotations, folders.annotations)
        try:
            replace_folder(own, folders.survey)
        except BaseException:
            shutil.rmtree(folders.annotations)
            raise
    return InitResult(survey, folders.survey / "survey.toml", folders.codebook, table, names, personal, missing)


def _declared_weight(table: Table) -> str | None:
    """The weight that the file declares, if it does; InputError where several files do not declare the same one."""
    declared = table.declared_weights
    if len(declared) > 1:
        problem = f"the files declare different weights: {' and '.join(declared)}"
        expected = "Say which one it is: --weight COLUMN, or --no-weight for none."
        raise InputError(problem, file=table.place, expected=expected)
    return declared[0] if declared else None


def _is_unfinished(folders: Folders, codebook: str) -> bool:
    """Whether all that is there of the survey is the codebook that `init` makes, which was killed then."""
    if folders.survey.exists() or [path.name for path in folders.annotations.glob("*")] != [folders.codebook.name]:
        return False
    return folders.codebook.read_text(encoding="utf-8", errors="replace") == codebook


def _copy(files: Sequence[Path], folder: Path) -> None:
    """Put one file in the folder of the survey, or several in a folder in it, by names that make can work with."""
    if len(files) == 1:
        shutil.copyfile(files[0], folder / f"{RESPONSES}{files[0].suffix.lower()}")
        return
    names = [re.sub(r"\s+", "_", path.name) for path in files]
    (folder / RESPONSES).mkdir()
    for number, (path, name) in enumerate(zip(files, names, strict=True), start=1):
        copy = f"{number:03d}_{name}" if len({own.casefold() for own in names}) < len(names) else name
        shutil.copyfile(path, folder / RESPONSES / copy)


def _as_toml(survey: Survey) -> str:
    """The content of survey.toml, with what to do about columns that are left out beside them."""
    content = survey.model_dump(by_alias=True, exclude_unset=True, exclude_none=True)
    if survey.leave_out is not None:
        content["leave_out"] = tomlkit.item(survey.leave_out).multiline(len(survey.leave_out) > 1).comment(COMMENT)
    return tomlkit.dumps(content)


def _said(dialect: DialectOverride, table: Table) -> dict[str, Any]:
    """How the file was to be read, and what else has to be said of it, as `Survey` takes it; nothing where nothing is.

    What is left out is not written either.
    """
    said = dialect.model_dump(exclude_defaults=True)
    header_rows = {part.header_rows for part in table.sources}
    if len(header_rows) == 1 and header_rows != {1}:
        said["header_rows"] = header_rows.pop()
    return {"dialect": DialectOverride(**said)} if said else {}


def _text(table: Table, column: str) -> str:
    """What stands for the question until somebody writes its text."""
    return table.about(column).label or shown_name(column)
