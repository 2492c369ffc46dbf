"""What goes to people, hardest first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.coding.codings import CodedBlock, Coding, Source, Status
from pipeline.coding.decisions import Decision
from pipeline.survey.codebook import Codeframe
from pipeline.survey.survey import Question

EASE_DECIMALS = 4  # as probabilities are published: what else is in the answer's batch shows only further on
FIRST, LAST = -1.0, 2.0  # what coders dispute or the model never saw, and what is not in Dutch


class ReviewItem(NamedTuple):
    """One answer (by its row in the responses) that a person has to code; lowest `ease` comes first."""

    ease: float
    row: int
    question: Question
    codeframe: Codeframe
    suggested: tuple[str, ...]


def suggested_codes(coding: Coding, codeframe: Codeframe) -> tuple[str, ...]:
    """The codes that were given or doubted, most probable first."""
    candidates = np.flatnonzero(np.isin(coding.decisions, (Decision.YES, Decision.REVIEW)))
    if coding.probabilities is not None:
        candidates = candidates[np.argsort(-coding.probabilities[candidates], kind="stable")]
    return tuple(codeframe.code_ids[position] for position in candidates)


def review_items(start: int, block: CodedBlock, thresholds: NDArray[np.float64]) -> list[ReviewItem]:
    """The items of a block whose first row is `start`; `thresholds` (k,) are those of its codeframe."""
    items = []
    for row, coding in enumerate(block.codings, start=start):
        if coding.status is Status.REVIEW:
            suggested = suggested_codes(coding, block.codeframe)
            items.append(ReviewItem(_ease(coding, thresholds), row, block.question, block.codeframe, suggested))
        elif coding.status is Status.NOT_DUTCH:
            items.append(ReviewItem(LAST, row, block.question, block.codeframe, ()))
    return items


def _ease(coding: Coding, thresholds: NDArray[np.float64]) -> float:
    """The distance of the least certain code to its threshold."""
    if coding.source is Source.PERSON or coding.probabilities is None:
        return FIRST
    return round(float(np.nanmin(np.abs(coding.probabilities - thresholds))), EASE_DECIMALS)
