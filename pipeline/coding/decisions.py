"""From probabilities to decisions: yes, no, or a person has to look."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from pipeline.survey.codebook import raise_parents

Decisions = NDArray[np.int8]


class Decision(IntEnum):
    """Ordered, so that a parent can take the highest of its own decision and those of its children."""

    UNKNOWN = -1  # the model has not learned this code
    NO = 0
    REVIEW = 1
    YES = 2


def decide(
    probabilities: NDArray[np.floating], thresholds: NDArray[np.floating], *, band: float, parents: Sequence[int]
) -> Decisions:
    """The decisions (n, k) for probabilities (n, k) and thresholds (k,), which are NaN for unknown codes.

    Within `band` of its threshold a code is for review. `parents` gives for each code the position of
    its parent, or -1: a parent is at least as certain as any of its children.
    """
    margin = probabilities - thresholds
    decisions = np.where(margin >= 0, Decision.YES, Decision.NO).astype(np.int8)
    decisions[np.abs(margin) < band] = Decision.REVIEW
    decisions[:, np.isnan(thresholds)] = Decision.UNKNOWN
    return raise_parents(decisions, parents)


def passing(
    decisions: Decisions, probabilities: NDArray[np.floating], thresholds: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Which codes count as given (n, k): what was decided, and what is for review but passes its threshold."""
    passed = (decisions == Decision.REVIEW) & (probabilities >= thresholds)
    return np.asarray((decisions == Decision.YES) | passed, dtype=np.bool_)
