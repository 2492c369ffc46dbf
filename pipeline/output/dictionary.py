"""The data dictionary: what every column of every output file means."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from pipeline.coding.codings import CodedBlock, Status
from pipeline.output.dataset import CODINGS_COLUMNS, PROBABILITIES_COLUMNS, REVIEW_COLUMNS, Format
from pipeline.output.labels import LABELS
from pipeline.output.prevalence import PREVALENCE_COLUMNS
from pipeline.survey.codebook import Codebook
from pipeline.survey.responses import Responses

COLUMNS = ("file", "column", "label", "values", "question", "codeframe", "code", "value", "definition")


def data_dictionary(responses: Responses, codebook: Codebook, style: Format) -> pd.DataFrame:
    """One row per column of every file, in the order of the files; all text."""
    rows = [*_input_rows(responses), *_coded_rows(responses, codebook)]
    files = {
        "codings.csv": CODINGS_COLUMNS,
        "review.csv": REVIEW_COLUMNS,
        "prevalence.csv": PREVALENCE_COLUMNS,
        "codebook.csv": COLUMNS,
    }
    if style.has_probabilities:
        files["probabilities.csv"] = PROBABILITIES_COLUMNS
    rows += [_row(file, column, LABELS[column]) for file, columns in files.items() for column in columns]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=str)


def _input_rows(responses: Responses) -> Iterable[dict[str, str]]:
    survey, table = responses.survey, responses.table
    questions = {question.column: question for question in survey.questions}
    known: dict[str | None, str] = dict.fromkeys(survey.background, LABELS["background"])
    known |= {survey.weight: LABELS["weight"], survey.respondent_id: LABELS["respondent_id"]}
    for column in table.frame.columns:
        question = questions.get(column)
        label = question.text if question else table.variable_labels.get(column) or known.get(column, "")
        values = "; ".join(f"{value} = {text}" for value, text in table.value_labels.get(column, {}).items())
        yield _row("responses_coded.csv", column, label, values=values, question=question.id if question else "")


def _coded_rows(responses: Responses, codebook: Codebook) -> Iterable[dict[str, str]]:
    statuses = "; ".join(f"{status.value} = {LABELS[status.value]}" for status in Status)
    for question in responses.survey.questions:
        for codeframe in (codebook.codeframe(codeframe_id) for codeframe_id in question.codeframes):
            name = CodedBlock(question, codeframe, []).name
            place = {"question": question.id, "codeframe": codeframe.id}
            yield _row("responses_coded.csv", name, f"{codeframe.label}: {LABELS['labels']}", **place)
            label = f"{codeframe.label}: {LABELS['status']}"
            yield _row("responses_coded.csv", f"{name}_status", label, values=statuses, **place)
            for code in codeframe.codes:
                about = {"code": code.id, "value": str(code.value), "definition": code.definition}
                column = f"{name}_{code.id}"
                yield _row("responses_coded.csv", column, code.label, values=LABELS["0/1"], **place, **about)


def _row(file: str, column: str, label: str, **more: str) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {"file": file, "column": column, "label": label} | more
