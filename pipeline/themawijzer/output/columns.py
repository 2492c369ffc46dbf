"""The columns of the coded dataset: what each holds, whatever the format of the file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # pyarrow ships no types

from themawijzer.coding.codings import CodedBlock, Status
from themawijzer.coding.decisions import Decision
from themawijzer.coding.numbers import Bools
from themawijzer.output.labels import LABELS
from themawijzer.survey.codebook import NONE_APPLIES, Code, Codebook, Codeframe
from themawijzer.survey.responses import Responses
from themawijzer.survey.survey import Question
from themawijzer.tables.described import TEXT, Description, label_texts
from themawijzer.tables.table import Table

STATUSES = tuple(Status)
# How a status is written where only numbers fit; those from 95 on also say why a code is neither given nor not.
STATUS_VALUES = {
    Status.CODED: 1, Status.NONE_APPLIES: 2,
    Status.REVIEW: 95, Status.EMPTY: 96, Status.NO_ANSWER: 97, Status.NOT_DUTCH: 98,
}  # fmt: skip
NOT_JUDGED = 99  # a code that the model cannot judge, of an answer that is coded
MISSING = range(95, 100)
STATUS_TEXTS = np.full(100, "", dtype=object)  # by value
STATUS_TEXTS[list(STATUS_VALUES.values())] = [status.value for status in STATUS_VALUES]
# No zeros in front, and few enough digits that a spreadsheet shows them all.
NUMBER = r"-?(0|[1-9]\d{0,10})(\.\d{1,10})?|"
# 12.500 is twelve and a half, or twelve thousand five hundred as Dutch Excel shows it, and saves as CSV what it shows.
GROUPED = r"-?(0|[1-9]\d{0,2}(\.\d{3})*)|"
Cells = Any  # of one column: the Series that came in, a Series of text, or int8 numbers


class ColumnKind(Enum):
    """What the cells of a column are."""

    GIVEN = auto()  # what came in, as its file describes it
    TEXT = auto()
    STATUS = auto()  # a value of STATUS_VALUES
    CODE = auto()  # 0, 1 or one of MISSING


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the coded dataset; `about` describes a column of the input."""

    name: str
    kind: ColumnKind
    label: str = ""
    question: Question | None = None
    codeframe: Codeframe | None = None
    code: Code | None = None  # None in the column of CODE kind that says that none was given
    about: Description = TEXT

    @property
    def block(self) -> str:
        """What the columns of one question and codeframe begin with; "" for a column of the input."""
        return self.question.block(self.codeframe.id) if self.question and self.codeframe else ""

    @property
    def value_labels(self) -> dict[str, str]:
        """The labels of the values of a column of the input, by the text of the value."""
        return label_texts(self.about)


def dataset_columns(responses: Responses, codebook: Codebook) -> list[Column]:
    """All columns in order: those of the input, then of each question and codeframe labels, status, codes and none."""
    columns = _input_columns(responses)
    for question in responses.survey.questions:
        for codeframe in map(codebook.codeframe, question.codeframes):
            columns += _coded_columns(question, codeframe)
    return columns


def spss_values(column: Column) -> dict[int, str]:
    """The SPSS value labels of a column of statuses or of a code; none for other columns."""
    statuses = {value: LABELS[status.value] for status, value in STATUS_VALUES.items()}
    match column.kind:
        case ColumnKind.STATUS:
            return statuses
        case ColumnKind.CODE:
            why_not = {value: statuses.get(value, LABELS["not_judged"]) for value in MISSING}
            return {0: LABELS["not_given"], 1: LABELS["given"]} | why_not
    return {}


def coded_cells(block: CodedBlock) -> list[Cells]:
    """The cells of the columns of one block: labels, status values and, per code, 0, 1 or why neither."""
    labels, *numbers = (own[block.places] for own in _cells_once(block.once))
    return [pd.Series(labels, dtype=str), *numbers]


def _cells_once(block: CodedBlock) -> list[Cells]:
    decisions = block.published
    statuses = np.array([STATUS_VALUES[coding.status] for coding in block.codings], dtype=np.int8)
    why_not = np.where(statuses < MISSING.start, NOT_JUDGED, statuses).astype(np.int8)[:, None]
    codes = np.where(decisions == Decision.YES, 1, np.where(decisions == Decision.NO, 0, why_not)).astype(np.int8)
    has_none = (statuses == STATUS_VALUES[Status.NONE_APPLIES]) | (block.in_base & ~block.is_read)
    none = np.where((codes == 1).any(axis=1), 0, np.where(has_none, 1, why_not[:, 0])).astype(np.int8)
    given = (decisions == Decision.YES) | (block.by_people & ~block.is_read[:, None])
    return [np.array(_labels(given, block.codeframe), dtype=object), statuses, *codes.T, none]


def _input_columns(responses: Responses) -> list[Column]:
    survey, table = responses.survey, responses.table
    questions = {question.column: question for question in survey.questions}
    known: dict[str | None, str] = dict.fromkeys(survey.background, LABELS["background"])
    known |= {survey.weight: LABELS["weight"], survey.respondent_id: LABELS["respondent_id"]}
    numbers = _number_columns(responses)
    return [
        Column(
            name=name,
            kind=ColumnKind.GIVEN,
            label=questions[name].text if name in questions else table.about(name).label or known.get(name, ""),
            question=questions.get(name),
            about=_about(responses, name, is_number=name in numbers),
        )
        for name in table.values.columns
    ]


def _about(responses: Responses, name: str, *, is_number: bool) -> Description:
    """What the file says of a column; numbers that the survey calls missing are declared so, as SPSS counts others."""
    about = responses.table.about(name)
    if is_number:
        about = replace(about, type=pa.float64())
    if about.is_text or about.missing or name not in responses.survey.background:
        return about
    return replace(about, missing=responses.missing_numbers(name))


def _coded_columns(question: Question, codeframe: Codeframe) -> list[Column]:
    name = question.block(codeframe.id)
    place: dict[str, Any] = {"question": question, "codeframe": codeframe}
    labels, status = (f"{codeframe.label}: {LABELS[key]}" for key in ("labels", "status"))
    return [
        Column(name=name, kind=ColumnKind.TEXT, label=labels, **place),
        Column(name=f"{name}_status", kind=ColumnKind.STATUS, label=status, **place),
        *(
            Column(name=f"{name}_{code.id}", kind=ColumnKind.CODE, label=code.label, code=code, **place)
            for code in codeframe.codes
        ),
        Column(name=f"{name}_{NONE_APPLIES}", kind=ColumnKind.CODE, label=LABELS["none_given"], **place),
    ]


def _number_columns(responses: Responses) -> set[str]:
    """Of a text file, where all is text, the weight and the columns with only numbers that are no ids or answers."""
    survey, table = responses.survey, responses.table
    if table.dialect is None:
        return set()
    texts = {survey.respondent_id, *(question.column for question in survey.questions)}
    found = {survey.weight} if survey.weight else set()
    for name, cells in table.values.drop(columns=[*texts | found]).items():
        if cells.str.fullmatch(NUMBER).all() and (cells != "").any() and not is_grouped(cells, table):
            found.add(str(name))
    return found


def is_grouped(cells: pd.Series[str], table: Table) -> bool:
    """Whether every point may be a thousands separator, so that the numbers are ambiguous.

    False for comma-separated files, in which no program writes thousands in the Dutch way.
    """
    if table.dialect is None or table.dialect.delimiter == ",":
        return False
    return bool(cells.str.contains(".", regex=False).any() and cells.str.fullmatch(GROUPED).all())


def _labels(given: Bools, codeframe: Codeframe) -> list[str]:
    found: list[list[str]] = [[] for _ in given]
    for row, position in np.argwhere(given).tolist():
        found[row].append(codeframe.codes[position].label)
    return ["; ".join(labels) for labels in found]
