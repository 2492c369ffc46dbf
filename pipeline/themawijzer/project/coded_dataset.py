"""What the last run of `classify` left in `coded/<survey>/`, for commands that go on from there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from themawijzer.errors import InputError
from themawijzer.files import hash_of, sha256
from themawijzer.output.formats import NAME
from themawijzer.project.project import Project
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.survey import Question
from themawijzer.tables.table import read_table

READ = ("csv", "parquet", "xlsx")  # the first that is there; SPSS has other names, and no spaces at the end of text


@dataclass(frozen=True)
class CodedDataset:
    """The run's facts and hash, and its tables, all text: a row per respondent, and a row per answer and code."""

    run: str
    facts: dict[str, Any]
    responses: pd.DataFrame
    codings: pd.DataFrame


def read_coded(project: Project) -> CodedDataset:
    """The coded dataset, of whichever format can be read; raises InputError where there is none of those.

    And where it is not what the project would give now.
    """
    path = project.folders.coded / "run.json"
    if not path.is_file():
        raise _refusal(path, "the survey is not coded yet", project)
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        is_changed = facts.pop("sha256") != hash_of(facts)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _refusal(path, "this is not what `themawijzer classify` writes", project) from None
    if is_changed:
        raise _refusal(path, "this file was changed since the survey was coded", project)
    if facts.get("themawijzer") != version("themawijzer"):  # what it holds may have other names
        raise _refusal(path, "another version of Themawijzer coded the survey", project)
    if _fixed(facts) != _present(project):
        raise _refusal(
            path, "the codebook, the questions or the annotations changed since the survey was coded", project
        )
    hashes = facts["files"]
    tables = [read_part(name, hashes, project) for name in (_dataset_file(hashes, project), "codings.csv")]
    return CodedDataset(sha256(path), facts, *tables)


def coded_blocks(project: Project) -> Iterator[tuple[Question, Codeframe]]:
    """Every question in each of its codeframes."""
    for question in project.survey.questions:
        for codeframe in map(project.codebook.codeframe, question.codeframes):
            yield question, codeframe


def _dataset_file(hashes: dict[str, str], project: Project) -> str:
    """The file to read; one that is gone only where there is no other, so that it is told of."""
    written = [name for name in (f"{NAME}.{ending}" for ending in READ) if name in hashes]
    if not written:
        raise InputError(
            "the coded dataset was written for SPSS only, and that file does not hold all of it as it was",
            file=project.folders.coded / f"{NAME}.sav",
            expected=f"Write another format, too: themawijzer classify {project.folders.name} --formats csv,sav",
        )
    return next((name for name in written if (project.folders.coded / name).is_file()), written[0])


def _fixed(facts: dict[str, Any]) -> list[object]:
    return [facts["codebook"]["sha256"], facts["annotations"]["sha256"], sorted(facts["statuses"])]


def _present(project: Project) -> list[object]:
    names = sorted(question.block(codeframe.id) for question, codeframe in coded_blocks(project))
    return [sha256(project.folders.codebook), project.annotations_sha256, names]


def read_part(name: str, hashes: dict[str, str], project: Project) -> pd.DataFrame:
    """One of the tables of the run with these hashes; raises InputError where it is not as the run left it."""
    path = project.folders.coded / name
    if not path.is_file() or sha256(path) != hashes.get(path.name):
        raise _refusal(path, "this file is gone, or was changed since the survey was coded", project)
    return read_table(path).frame


def is_as_written(path: Path) -> bool:
    """Whether a file is as the run beside it left it, by its hash; not where no run is known to have written it."""
    try:
        facts = json.loads(path.with_name("run.json").read_text(encoding="utf-8"))
        return bool(facts["files"][path.name] == sha256(path))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _refusal(path: Path, problem: str, project: Project) -> InputError:
    return InputError(problem, file=path, expected=f"Code it: themawijzer classify {project.folders.name}")
