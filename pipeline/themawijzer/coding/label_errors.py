"""Which annotations are probably wrong, and how many errors one may expect to find by checking the first of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from themawijzer.coding.coefficients import Ratings
from themawijzer.coding.decisions import EVEN
from themawijzer.coding.numbers import LEVEL, Bools, Figure, Floats, Ints
from themawijzer.survey.annotations import AnsweredUnit

WORTH_A_LOOK = 0.2  # probability of an error: one in five looks finds one, or more
N_DRAWS = 500
MOST_LOOKS = 2  # looks at an annotation that count: people who agree tend to have seen the same
SHARPNESS = np.array([1, 1.2, 1.45, 1.75])  # errors in what it learned from make a model less sure than it should be
RATES = np.concatenate([[1e-4], 0.4 * np.linspace(0, 1, 31)[1:] ** 2])
SHARES = np.linspace(0, 1, 11)  # of surprising annotations that are errors; the others are hard, and right
SHARE_WEIGHTS = np.array([0.25, *[0.5 / 9] * 9, 0.25])
SPREAD = 0.5  # standard deviation of the log odds of all errors together: no model is quite as described here
SURE = 1e-4  # no probability counts as nearer to 0 or 1


@dataclass(frozen=True)
class ErrorRates:
    """What is known of how often annotations are wrong, as N_DRAWS draws (d,) of each of four unknowns.

    `sharpness`: by how much the log odds of the model should be larger; `rates`: the share of annotations that are
    surprising as errors are; `shares`: of these, the share that is wrong; `odds`: by how much the odds of all are off.
    `frequency` (k,) is the share of answers with each code; `n` counts the annotations it was learned from, and
    `n_double` the pairs of codings of one answer.
    """

    sharpness: Floats
    rates: Floats
    shares: Floats
    odds: Floats
    frequency: Floats
    n: int
    n_double: int

    @classmethod
    def fit(cls, given: Bools, probabilities: Floats, looks: Ints, ratings: Ratings, *, seed: int) -> "ErrorRates":
        """From what people gave (n, k), what a model that did not learn from it says (n, k), and double codings.

        `looks` (n,) counts how often people said so. NaN stands for codes that are not learned.

        An annotation is right, and then as likely as the model says, or wrong: a code was left out, put in, or taken
        for another one. How often follows from how many are surprising (Raykar et al. 2010, "Learning from crowds",
        with the model's held-out probabilities as prior, which may be sharper than they are). Surprising ones can be
        hard answers that were coded well; how many, only answers that two people coded tell. Without them anything
        from none to all is possible, with half of the weight on these ends.
        """
        given, probabilities, frequency = _known(given, probabilities)
        total = np.zeros((len(SHARPNESS), len(RATES)))
        risen = RATES[:, None] ** looks
        for row, sharpness in enumerate(SHARPNESS):
            p = _sharper(probabilities, sharpness)
            right = np.where(given, np.log(p), np.log1p(-p)).sum()
            total[row] = right + np.log1p(risen * (_surprise(given, p, frequency) - 1)).sum(axis=1)
        n_double, n_differ = _double_codings(ratings)
        differ = np.clip(1 - (1 - RATES[:, None] * SHARES) ** 2, SURE, 1)
        chance = total[:, :, None] + np.log(SHARE_WEIGHTS)
        chance += n_differ * np.log(differ) + (n_double - n_differ) * np.log1p(-differ)
        weights = np.exp(chance - chance.max())
        rng = np.random.default_rng(seed)
        drawn = np.unravel_index(rng.choice(weights.size, N_DRAWS, p=weights.ravel() / weights.sum()), weights.shape)
        odds = np.exp(SPREAD * rng.normal(size=N_DRAWS))
        return cls(SHARPNESS[drawn[0]], RATES[drawn[1]], SHARES[drawn[2]], odds, frequency, len(given), n_double)

    def chances(self, given: Bools, probabilities: Floats, looks: Ints) -> Floats:
        """The probability of an error in each annotation, as draws (d, n); arguments as those of `fit`."""
        given, probabilities, _ = _known(given, probabilities)
        found = np.empty((N_DRAWS, len(given)))
        for sharpness in np.unique(self.sharpness):
            rows = self.sharpness == sharpness
            surprise = _surprise(given, _sharper(probabilities, sharpness), self.frequency)
            wrong = self.rates[rows, None] ** looks
            p = self.shares[rows, None] * wrong * surprise / (1 - wrong + wrong * surprise)
            found[rows] = p * self.odds[rows, None] / (1 - p + p * self.odds[rows, None])
        return found


def _known(given: Bools, probabilities: Floats) -> tuple[Bools, Floats, Floats]:
    """Without surprise about codes that are not learned; with the share of answers that have each code (k,)."""
    frequency = np.clip(given.mean(axis=0), 0.5 / max(len(given), 1), 1) if len(given) else np.ones(given.shape[1])
    return given, np.where(np.isnan(probabilities), given, probabilities), frequency


def _sharper(probabilities: Floats, sharpness: float) -> Floats:
    p = np.clip(probabilities, SURE, 1 - SURE)
    return np.asarray(p**sharpness / (p**sharpness + (1 - p) ** sharpness))


def _surprise(given: Bools, p: Floats, frequency: Floats) -> Floats:
    """How many times as likely each annotation (n,) is if it is wrong than if it is right.

    A wrong one lacks a code that belongs there, has one that does not, as likely as it is frequent, or both.
    """
    odds, n_given = p / (1 - p), given.sum(axis=1)
    absent = np.where(given, 0, frequency).sum(axis=1, keepdims=True)
    left_out = np.where(given, 0, odds).sum(axis=1)
    put_in = np.where(given, frequency / (absent + frequency) / odds, 0).sum(axis=1)
    return np.asarray((left_out / (n_given + 1) + put_in + put_in * left_out / np.maximum(n_given, 1)) / 3)


def _double_codings(ratings: Ratings) -> tuple[int, int]:
    """How many pairs of codings of one answer there are, and in how many the codes are not the same."""
    pairs = [(times, one != other) for one, other, times in ratings.by_two()]
    return sum(times for times, _ in pairs), sum(times for times, differs in pairs if differs)


@dataclass(frozen=True)
class LabelError:
    """A coder's codes for a unit, and those that the model expects instead.

    `chances` (d,) are draws of the probability of an error; `contradiction` is how far the model is from the coder on
    the code on which it is furthest.
    """

    unit: AnsweredUnit
    coder: str
    given: tuple[str, ...]
    expected: tuple[str, ...]
    contradiction: float
    chances: Floats = field(repr=False, compare=False)

    @property
    def probability(self) -> float:
        return float(self.chances.mean())


def find_errors(
    rows: Iterable[tuple[AnsweredUnit, str]],
    given: Bools,
    probabilities: Floats,
    *,
    codes: Sequence[str],
    chances: Floats,
) -> list[LabelError]:
    """Which annotations, of these (n) by unit and coder, are worth a look, of those that the model contradicts.

    `given` and `probabilities` are (n, k), NaN for codes that are not learned; `chances` (d, n) are those of an error.
    """
    contradicted = contradicts(given, probabilities)
    is_listed = contradicted.any(axis=1) & (chances.mean(axis=0) >= WORTH_A_LOOK)
    return [
        LabelError(
            unit=unit,
            coder=coder,
            given=_codes(codes, given[row]),
            expected=_codes(codes, given[row] ^ contradicted[row]),
            contradiction=float(np.nanmax(np.abs(given[row] - probabilities[row]))),
            chances=chances[:, row],
        )
        for row, (unit, coder) in enumerate(rows)
        if is_listed[row]
    ]


def contradicts(given: Bools, probabilities: NDArray[np.floating]) -> Bools:
    """The codes (n, k) of which the model says the opposite of what people gave."""
    return np.asarray(np.nan_to_num(np.abs(given - probabilities)) > EVEN)


def by_probability(errors: Iterable[LabelError]) -> list[LabelError]:
    """The most probable errors first."""
    return sorted(errors, key=lambda error: (-error.probability, -error.contradiction))


def expected_errors(errors: Sequence[LabelError], *, seed: int = 0) -> list[Figure]:
    """For each of these, how many of it and those before are errors, with an interval of whole numbers."""
    if not errors:
        return []
    chances = np.stack([error.chances for error in errors], axis=1)
    counts = (np.random.default_rng(seed).random(chances.shape) < chances).cumsum(axis=1)
    low, high = np.quantile(counts, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0, method="inverted_cdf")
    figures = zip(chances.mean(axis=0).cumsum().tolist(), low.tolist(), high.tolist(), strict=True)
    return [Figure(round(mean, 1), least, most) for mean, least, most in figures]


def _codes(codes: Sequence[str], chosen: Bools) -> tuple[str, ...]:
    return tuple(code for code, is_chosen in zip(codes, chosen, strict=True) if is_chosen)
