"""The coded dataset that the last run of `classify` wrote in `coded/<survey>/`."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from themawijzer.errors import InputError
from themawijzer.files import sha256
from themawijzer.output.formats import NAME
from themawijzer.output.run_file import RUN_FILE, Run, not_as_coded, read_run
from themawijzer.project.project import Project
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.survey import Question
from themawijzer.tables.cells import alike
from themawijzer.tables.table import read_table

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
    names = sorted(question.block(codeframe.id) for question, codeframe in coded_blocks(project))
    present = (sha256(project.folders.codebook), project.annotations_sha256, names)
    asked = [(run.questions.get(question.id), question) for question in project.survey.coded_questions]
    is_other = any(own is None or not own.is_of(question) for own, question in asked)
    survey = project.survey
    is_other |= (run.keep, run.leave_out, run.missing) != (survey.keep, survey.leave_out, survey.missing)
    if is_other or present != (run.codebook.sha256, run.annotations.sha256, sorted(run.statuses)):
        raise not_as_coded(path, "the codebook, survey.toml or the annotations changed since the survey was coded")
    responses, codings = (read_part(name, run, project) for name in (_dataset_file(run, project), "codings.csv"))
    return CodedDataset(sha256(path), run, _as_in_survey(responses, project), codings)


def _as_in_survey(responses: pd.DataFrame, project: Project) -> pd.DataFrame:
    """The responses with the columns of the survey called as `survey.toml` does."""
    found = {column: alike(column, responses.columns) for column in project.survey.columns}
    return responses.rename(columns={names[0]: column for column, names in found.items() if len(names) == 1})


def coded_blocks(project: Project) -> Iterator[tuple[Question, Codeframe]]:
    """Every question with each of its codeframes."""
    for question in project.survey.questions:
        for codeframe in map(project.codebook.codeframe, question.codeframes):
            yield question, codeframe


def _dataset_file(run: Run, project: Project) -> str:
    """The file to read: the first that exists, else one whose absence `read_part` reports."""
    written = [name for name in (f"{NAME}.{ending}" for ending in READ) if name in run.files]
    if not written:
        raise InputError(
            "the coded dataset was written for SPSS only, and that file does not hold all of it as it was",
            file=project.folders.coded / f"{NAME}.sav",
            expected=f"Write another format, too: themawijzer classify {project.folders.name} --formats csv,sav",
        )
    return next((name for name in written if (project.folders.coded / name).is_file()), written[0])


def read_part(name: str, run: Run, project: Project) -> pd.DataFrame:
    """A table of the run; raises InputError where it is gone or was changed since."""
    path = project.folders.coded / name
    if not path.is_file() or sha256(path) != run.files.get(name):
        raise not_as_coded(path, "this file is gone, or was changed since the survey was coded")
    return read_table(path, is_ours=True).frame
