"""From probabilities to decisions: yes, no, or a person has to look."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from themawijzer.coding.numbers import Bools, Floats, Ints
from themawijzer.survey.codebook import raise_parents

Decisions = NDArray[np.int8]


class Decision(IntEnum):
    """Ordered, so that a parent can take the highest of its own decision and those of its children."""

    UNKNOWN = -1  # the model has not learned this code, or cannot be trusted with it
    NO = 0
    REVIEW = 1
    YES = 2


EVEN = 0.5  # at which a code is as likely there as not


@dataclass(frozen=True)
class Limits:
    """What may be decided without a person.

    `doubt` is the most that an answer may have, None where nothing may. `blocked` (k,) marks the codes that the
    model may not give, and `n_codes` is the most that it may give to one answer. `target` is the share that has to be
    right. `constant` (k,) marks the codes that every answer has, None where there are none: they tell no answers apart,
    so that they count neither as doubt nor as codes of an answer.
    """

    target: float
    doubt: float | None
    blocked: Bools
    n_codes: int | None = None
    constant: Bools | None = None

    def telling(self, probabilities: NDArray[np.floating]) -> NDArray[np.floating]:
        """The probabilities (n, k) with 0 for the constant codes."""
        return probabilities if self.constant is None else np.where(self.constant, 0, probabilities)

    @classmethod
    def of_all(cls, target: float, n_codes: int, *, is_automatic: bool) -> Self:
        """The limits at which all answers are coded without a person, or none."""
        return cls(target, np.inf if is_automatic else None, np.zeros(n_codes, dtype=np.bool_))


def code_doubts(probabilities: NDArray[np.floating]) -> Floats:
    """The probability (n, k) that it is wrong to say yes from one half on, and else no."""
    p = probabilities.astype(np.float64)
    return np.minimum(p, 1 - p)


def answer_doubt(probabilities: NDArray[np.floating]) -> Floats:
    """How many decisions on an answer are expected to be wrong (n,), per code that is expected, and at least one.

    An answer that names five things may have more of them than one that names a single thing.
    """
    return np.asarray(code_doubts(probabilities).sum(axis=1) / _size(probabilities))


def automatic(probabilities: NDArray[np.floating], limits: Limits) -> Bools:
    """Which answers (n,) may be coded without a person: of little doubt, few codes, and not near a blocked one."""
    if limits.doubt is None:
        return np.zeros(len(probabilities), dtype=np.bool_)
    probabilities = limits.telling(probabilities)
    is_near = (probabilities[:, limits.blocked] > 1 - limits.target).any(axis=1)
    is_large = n_given(probabilities) > (probabilities.shape[1] if limits.n_codes is None else limits.n_codes)
    return np.asarray((answer_doubt(probabilities) <= limits.doubt) & ~is_near & ~is_large)


def n_given(probabilities: NDArray[np.floating]) -> Ints:
    """How many codes each answer gets (n,) where it is decided."""
    return np.asarray((probabilities >= EVEN).sum(axis=1))


def decide(
    probabilities: NDArray[np.floating], limits: Limits, *, unlearned: Bools, parents: Sequence[int]
) -> Decisions:
    """The decisions (n, k) for probabilities (n, k), of which no parent is below its child.

    In an automatic answer a code is yes from a probability of one half on, and else no; but a blocked code is unknown,
    because the model may have missed it. In any other answer a person looks at the codes that would be given, and at
    the most doubtful ones, until no more doubt is left than the target allows: yes is only said of whole answers.
    `unlearned` marks the codes that the model has not learned, (k,), or (n, k) where it differs by answer; `parents`
    has the position of each code's parent, or -1.
    """
    is_given = probabilities >= EVEN
    looked_at = np.where(
        _most_doubtful(limits.telling(probabilities), limits.target) | is_given, Decision.REVIEW, Decision.NO
    )
    decided = np.where(is_given, Decision.YES, np.where(limits.blocked, Decision.UNKNOWN, Decision.NO))
    decisions = np.where(automatic(probabilities, limits)[:, None], decided, looked_at)
    decisions = np.where(unlearned, Decision.UNKNOWN, decisions).astype(np.int8)
    unknown = decisions == Decision.UNKNOWN
    raised = raise_parents(decisions, parents)
    raised[unknown & (raised == Decision.NO)] = Decision.UNKNOWN  # that a child is absent says nothing
    return raised


def publish(
    probabilities: NDArray[np.floating], given: Bools, limits: Limits, *, unlearned: Bools, parents: Sequence[int]
) -> tuple[Decisions, Bools]:
    """The decisions, and which codes are published with an answer, both (n, k): for coding and evaluation alike."""
    decisions = decide(probabilities, limits, unlearned=unlearned, parents=parents)
    return decisions, assign(decisions, given)


def assign(decisions: Decisions, given: Bools) -> Bools:
    """Which codes are published with an answer (n, k): what was decided, and what is given but for review."""
    return np.asarray((decisions == Decision.YES) | ((decisions == Decision.REVIEW) & given), dtype=np.bool_)


def _most_doubtful(probabilities: NDArray[np.floating], target: float) -> Bools:
    """The fewest codes (n, k), at least one, without which an answer has no more doubt than the target allows."""
    doubts = code_doubts(probabilities)
    order = np.argsort(-doubts, axis=1, kind="stable")
    falling = np.take_along_axis(doubts, order, axis=1)
    left = falling[:, ::-1].cumsum(axis=1)[:, ::-1]  # with the code itself
    is_needed = left > (1 - target) * _size(probabilities)[:, None]
    is_needed[:, :1] = True
    found = np.empty(doubts.shape, dtype=np.bool_)
    np.put_along_axis(found, order, is_needed, axis=1)
    return found


def _size(probabilities: NDArray[np.floating]) -> Floats:
    return np.asarray(np.maximum(probabilities.sum(axis=1, dtype=np.float64), 1))
