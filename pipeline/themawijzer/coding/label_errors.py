"""Which annotations are probably wrong, and how many errors one may expect to find by checking the first of them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from themawijzer.coding.coefficients import Ratings
from themawijzer.coding.decisions import EVEN
from themawijzer.coding.numbers import Bools, Floats
from themawijzer.survey.annotations import AnsweredUnit


@dataclass(frozen=True)
class LabelError:
    """A coder's codes for a unit, and those that the model expects instead.

    `probability` is that of an error, None where no answer was coded twice; `contradiction` is how far the model is
    from the coder on the code on which it is furthest.
    """

    unit: AnsweredUnit
    coder: str
    given: tuple[str, ...]
    expected: tuple[str, ...]
    probability: float | None
    contradiction: float


def error_rate(ratings: Ratings) -> float | None:
    """The share of decisions that a coder gets wrong, None where no unit was coded twice.

    Of two coders who disagree on a code, one is wrong; errors that both make go unseen.
    """
    n, disagreements = 0, 0
    for one, other, times in ratings.by_two():
        n += times * len(ratings.codes)
        disagreements += times * len(one ^ other)
    return (disagreements + 0.5) / (n + 1) / 2 if n else None


def error_probabilities(given: Bools, probabilities: Floats, rate: float) -> Floats:
    """The posterior probability (n, k) that a coder's yes or no is wrong, at this error rate.

    The prior is the held-out `probabilities` (n, k) of a yes: Raykar et al. (2010), "Learning from crowds".
    """
    said = np.where(given, probabilities, 1 - probabilities)
    wrong = rate * (1 - said)
    return np.asarray(wrong / (wrong + (1 - rate) * said))


def find_errors(
    rows: Iterable[tuple[AnsweredUnit, str]],
    given: Bools,
    probabilities: Floats,
    *,
    codes: list[str],
    rate: float | None,
) -> list[LabelError]:
    """The annotations, of these (n) by unit and coder, in which the model expects other codes.

    `given` and `probabilities` are (n, k), NaN for codes that are not learned. The probability of an error is the
    highest of its codes, as errors within an answer are correlated.
    """
    contradiction = np.nan_to_num(np.abs(given - probabilities))
    wrong = None if rate is None else np.nan_to_num(error_probabilities(given, probabilities, rate)).max(axis=1)
    expected = given ^ (contradiction > EVEN)
    return [
        LabelError(
            unit=unit,
            coder=coder,
            given=_codes(codes, given[row]),
            expected=_codes(codes, expected[row]),
            probability=None if wrong is None else float(wrong[row]),
            contradiction=float(contradiction[row].max()),
        )
        for row, (unit, coder) in enumerate(rows)
        if (contradiction[row] > EVEN).any()
    ]


def by_probability(errors: Iterable[LabelError]) -> list[LabelError]:
    """The most probable errors first, and those of which the probability is not known last."""
    return sorted(
        errors, key=lambda error: (-1.0 if error.probability is None else -error.probability - 1, -error.contradiction)
    )


def _codes(codes: list[str], chosen: Bools) -> tuple[str, ...]:
    return tuple(code for code, is_chosen in zip(codes, chosen, strict=True) if is_chosen)
