"""`label_errors.csv`: the annotations that are probably wrong, the most probable first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate

import pandas as pd

from themawijzer.coding.label_errors import LabelError
from themawijzer.output.dataset import Format
from themawijzer.survey.annotations import AnsweredUnit
from themawijzer.survey.codebook import NONE_APPLIES

LABEL_ERROR_COLUMNS = (
    "respondent_id", "question", "codeframe", "coder", "codes", "expected", "contradiction", "error", "expected_errors",
    "text",
)  # fmt: skip


def label_errors_frame(errors: Iterable[LabelError], texts: Mapping[AnsweredUnit, str]) -> pd.DataFrame:
    """One row per annotation, with how many errors one may expect up to and including it, and the answer; all text."""
    found, number = list(errors), Format().number
    sums = accumulate(0.0 if error.probability is None else error.probability for error in found)
    rows = [
        (
            error.unit.respondent_id, error.unit.question, error.unit.codeframe, error.coder,
            "|".join(error.given) or NONE_APPLIES, "|".join(error.expected) or NONE_APPLIES,
            number(error.contradiction), *_expectation(error, total), texts[error.unit],
        )
        for error, total in zip(found, sums, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(LABEL_ERROR_COLUMNS), dtype=str)


def _expectation(error: LabelError, total: float) -> tuple[str, str]:
    return ("", "") if error.probability is None else (Format().number(error.probability), f"{total:.1f}")
