"""The answers for people: an annotation file without codes, with what the model suggests, and why to look."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.coding.review import ReviewItem
from pipeline.output.labels import LABELS
from pipeline.survey.annotations import COLUMNS
from pipeline.survey.codebook import Codebook
from pipeline.survey.responses import Responses

REVIEW_COLUMNS = (*COLUMNS, "suggested", "reason")


def review_frame(items: Sequence[ReviewItem], responses: Responses, codebook: Codebook) -> pd.DataFrame:
    """A row of text per item, in their order."""
    columns = {item.question.column for item in items} | {responses.survey.respondent_id}
    rows = responses.table.frame[list(columns)].iloc[[item.row for item in items]]
    cells = {column: rows[column].tolist() for column in columns}
    filled = [
        {
            "respondent_id": cells[responses.survey.respondent_id][number],
            "question": item.question.id,
            "codeframe": item.codeframe.id,
            "text": cells[item.question.column][number],
            "codebook_version": codebook.version,
            "stream": "review",
            "suggested": "|".join(item.suggested),
            "reason": _reason(item),
        }
        for number, item in enumerate(items)
    ]
    empty = dict.fromkeys(REVIEW_COLUMNS, "")
    return pd.DataFrame([empty | row for row in filled], columns=list(REVIEW_COLUMNS), dtype=str)


def _reason(item: ReviewItem) -> str:
    labels = item.codeframe.labels
    return LABELS[f"reason_{item.reason.value}"].format(codes="; ".join(labels[code] for code in item.about))
