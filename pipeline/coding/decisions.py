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


EVEN = 0.5


def decide(
    probabilities: NDArray[np.floating],
    thresholds: NDArray[np.floating],
    *,
    given: NDArray[np.bool_],
    band: float,
    parents: Sequence[int],
) -> Decisions:
    """The decisions (n, k) for probabilities (n, k), thresholds (k,) and what counts as given (n, k).

    Within `band` of its threshold a code is for review, but the band never takes more than half of what lies
    below the threshold or above it. A code that is given at a probability below one half is for review too:
    it is more likely absent than not.
    A threshold of NaN means that the model has not learned the code. `parents` gives for each code the
    position of its parent, or -1: a parent is at least as certain as any of its children.
    """
    lowest = np.maximum(thresholds - band, thresholds / 2)
    highest = np.maximum(np.minimum(thresholds + band, (1 + thresholds) / 2), EVEN)
    decisions = np.full(probabilities.shape, Decision.REVIEW, dtype=np.int8)
    decisions[given & (probabilities >= highest)] = Decision.YES
    decisions[~given & (probabilities <= lowest)] = Decision.NO
    unlearned = np.isnan(thresholds)
    decisions[:, unlearned] = Decision.UNKNOWN
    raised = raise_parents(decisions, parents)
    raised[unlearned & (raised == Decision.NO)] = Decision.UNKNOWN  # that a child is absent says nothing
    return raised


def assign(decisions: Decisions, given: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which codes are published with an answer (n, k): what was decided, and what is given but for review."""
    return np.asarray((decisions == Decision.YES) | ((decisions == Decision.REVIEW) & given), dtype=np.bool_)
