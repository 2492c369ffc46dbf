"""The coded dataset that the last run of `classify` wrote in `coded/<survey>/`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from themawijzer.errors import InputError
from themawijzer.files import sha256, sha256_of
from themawijzer.output.formats import NAME
from themawijzer.output.run_file import RUN_FILE, Run, not_as_coded, read_run
from themawijzer.output.written_tables import WrittenTables
from themawijzer.project.project import Project
from themawijzer.records.manifest import MANIFEST_FILE, read_manifest
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.survey import Question, changed_keys
from themawijzer.tables.cells import alike
from themawijzer.tables.checked_cells import require_once
from themawijzer.tables.table import Table, read_table

READ = ("csv", "parquet", "xlsx")  # in order of preference; SPSS changes column names and drops trailing spaces


@dataclass(frozen=True)
class CodedDataset:
    """A run with the hash of its file, and its tables as text: one row per respondent, and one per answer and code.

    Columns of the responses that `survey.toml` names are called as there.
    """

    sha256: str
    run: Run
    responses: pd.DataFrame
    codings: pd.DataFrame


def read_coded(project: Project) -> CodedDataset:
    """The coded dataset; raises InputError where it is missing or outdated, or no file of it can be read back."""
    path = project.folders.coded / RUN_FILE
    run = read_run(path)
    if changed := list(_changed(run, project)):
        named = " and ".join(filter(None, [", ".join(changed[:-1]), changed[-1]]))
        raise not_as_coded(path, f"{named} changed since the survey was coded", run)
    if (wrong := _not_of_survey(run, project)) is not None:
        raise not_as_coded(
            path, f"this is not what `themawijzer classify` writes: `{wrong}` is of other answers or codes", run
        )
    written, survey = _written(run, project), project.survey
    responses = _as_in_survey(_read(_dataset_file(run, project), run, project), project)
    written.require_responses(responses, survey.columns, run.input.rows)
    require_once(responses, [survey.respondent_id], written.expected)
    codings = _read("codings.csv", run, project)
    written.require_codings(codings, responses.frame[survey.respondent_id])
    return CodedDataset(sha256(path), run, responses.frame, codings.frame)


def read_prevalence(run: Run, project: Project) -> pd.DataFrame:
    """The shares of the run; raises InputError where they are gone, were changed since, or are no shares of it."""
    table = _read("prevalence.csv", run, project)
    _written(run, project).require_prevalence(table)
    return table.frame


def _written(run: Run, project: Project) -> WrittenTables:
    advice = not_as_coded(project.folders.coded / RUN_FILE, "", run).expected or ""
    return WrittenTables(list(coded_blocks(project)), project.survey.background, advice)


def _changed(run: Run, project: Project) -> Iterator[str]:
    """What the coded dataset rests on that is not as it was."""
    folders = project.folders
    yield from changed_keys(run.configuration, project.survey)
    if run.codebook.sha256 != sha256(folders.codebook):
        yield "the codebook"
    if run.annotations.sha256 != project.annotations_sha256:
        yield "the annotations"
    given = run.input.given
    files = [folders.root / name for name in given if name.startswith("./")] if given else project.responses_files
    is_there = bool(files) and len(files) >= len(given) and all(path.is_file() for path in files)
    if is_there and run.input.sha256 != sha256_of(files):
        yield "the responses"
    if (folders.model / MANIFEST_FILE).is_file() and not run.model.is_same_model(read_manifest(folders.model)):
        yield "the model"


def _not_of_survey(run: Run, project: Project) -> str | None:
    """The first key of the run that counts other answers, or has other questions or codes, than the survey."""
    blocks = {question.block(codeframe.id) for question, codeframe in coded_blocks(project)}
    codes = {codeframe.id: codeframe.code_ids for codeframe in project.codebook.codeframes}
    learned = {name: list(own.positives) for name, own in run.model.codeframes.items()}
    certified = {name: list(own.codes) for name, own in run.certificates.items()}
    n_codes = {name: len(own) for name, own in learned.items()}
    is_right = {
        "statuses": run.statuses.keys() == blocks and {*map(_total, run.statuses.values())} <= {run.input.rows},
        "decided": max(map(_total, run.decided.values()), default=0) <= run.input.rows,
        "questions": run.questions.keys() == {question.id for question in project.survey.coded_questions},
        "model": learned.items() <= codes.items(),
        "certificates": certified == learned,
        "thresholds": {name: len(own) for name, own in run.thresholds.items()} == n_codes,
        "drift": run.drift.keys() <= learned.keys(),
    }
    return next((key for key, is_so in is_right.items() if not is_so), None)


def _total(counts: Mapping[Any, int]) -> int:
    return sum(counts.values())


def _as_in_survey(responses: Table, project: Project) -> Table:
    """The responses with the columns of the survey called as `survey.toml` does."""
    found = {column: alike(column, responses.frame.columns) for column in project.survey.columns}
    names = {names[0]: column for column, names in found.items() if len(names) == 1}
    return responses.holding(responses.frame.rename(columns=names))


def coded_blocks(project: Project) -> Iterator[tuple[Question, Codeframe]]:
    """Every question with each of its codeframes."""
    for question in project.survey.questions:
        for codeframe in map(project.codebook.codeframe, question.codeframes):
            yield question, codeframe


def _dataset_file(run: Run, project: Project) -> str:
    """The file to read: the first that exists, else one whose absence `_read` reports."""
    written = [name for name in (f"{NAME}.{ending}" for ending in READ) if name in run.files]
    if not written:
        raise InputError(
            "the coded dataset was written for SPSS only, and that file does not hold all of it as it was",
            file=project.folders.coded / f"{NAME}.sav",
            expected=f"Write another format, too: themawijzer classify {project.folders.name} --formats csv,sav",
        )
    return next((name for name in written if (project.folders.coded / name).is_file()), written[0])


def _read(name: str, run: Run, project: Project) -> Table:
    """A table of the run; raises InputError where it is gone or was changed since."""
    path = project.folders.coded / name
    if not path.is_file() or sha256(path) != run.files.get(name):
        raise not_as_coded(path, "this file is gone, or was changed since the survey was coded", run)
    return read_table(path, is_ours=True)
