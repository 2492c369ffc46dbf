"""A survey in a notebook: what came in, what people said and what came out, as DataFrames."""

from functools import cached_property
from pathlib import Path

import pandas as pd

from themawijzer.errors import InputValueError, UnknownNameError
from themawijzer.project.coded_dataset import CodedDataset, read_coded
from themawijzer.project.project import Project, open_project
from themawijzer.survey.codebook import Codeframe

CODEBOOK_COLUMNS = ("codeframe", "code", "value", "label", "definition", "parent")
GOLD_COLUMNS = ("respondent_id", "question", "codeframe", "text", "codes", "disputed", "coders", "sample")


class SurveyData:
    """A survey as it is on disk, each part read when it is first asked for. Changing a DataFrame changes no file."""

    def __init__(self, project: Project) -> None:
        self._project = project

    @cached_property
    def responses(self) -> pd.DataFrame:
        """The responses as they came in, without what survey.toml leaves out: a row per respondent, all text."""
        return self._project.read_responses().table.frame.copy()

    @cached_property
    def codebook(self) -> pd.DataFrame:
        """A row per code, in the order of the codebook."""
        rows = [
            {"codeframe": codeframe.id, "code": code.id, **vars(code), "parent": code.parent or ""}
            for codeframe in self._project.codebook.codeframes
            for code in codeframe.codes
        ]
        return pd.DataFrame(rows, columns=list(CODEBOOK_COLUMNS))

    @cached_property
    def gold(self) -> pd.DataFrame:
        """What people say of answers together: a row per answer and codeframe, `codes` a list.

        `disputed` has the codes without a majority; `sample` tells whether the answer was drawn at random.
        """
        rows = [
            (*unit[:3], gold.text, sorted(gold.codes), sorted(gold.disputed), list(gold.coders), gold.is_random)
            for unit, gold in sorted(self._project.gold.items())
        ]
        return pd.DataFrame(rows, columns=list(GOLD_COLUMNS))

    @property
    def coded(self) -> pd.DataFrame:
        """The coded dataset: the responses with the columns of every code, all text.

        Raises InputError where the survey is not coded, or was changed since.
        """
        return self._coded.responses

    @property
    def codings(self) -> pd.DataFrame:
        """The same as a row per answer and code, with probability, decision, source and evidence, all text."""
        return self._coded.codings

    def codeframe(self, codeframe: str) -> Codeframe:
        """The codeframe with this id, as `AnswerClassifier`, `agreement` and `shares` take it."""
        known = self._project.codebook.codeframe_ids
        if codeframe not in known:
            expected = f"Known codeframes: {', '.join(known)}."
            file = self._project.folders.codebook
            raise UnknownNameError(f"there is no codeframe {codeframe}", file=file, expected=expected)
        return self._project.codebook.codeframe(codeframe)

    @cached_property
    def _coded(self) -> CodedDataset:
        return read_coded(self._project)


def open_survey(path: str | Path) -> SurveyData:
    """The survey in a folder such as `surveys/<survey>`; raises InputError for what does not fit."""
    folder = Path(path).resolve()
    if folder.parent.name != "surveys":
        raise InputValueError("this is not the folder of a survey", file=folder, expected="Such as surveys/vervoer.")
    return SurveyData(open_project(folder.parent.parent, folder.name))
