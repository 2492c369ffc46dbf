"""Evidence from a random sample: how many are right of how many, and whether that is more than luck."""

from dataclasses import dataclass
from math import ceil, floor, log
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, betaln

from themawijzer.coding.numbers import Floats

RISK = 0.05  # that a guarantee does not hold: it has a confidence of 95 %
Z = 1.645  # standard errors of a one-sided bound with that confidence
MIN_MISTAKES = 20
ROUNDING = 1e-9  # of 1 - 0.8, which is a little less than 0.2


@dataclass(frozen=True)
class Rate:
    """How many of n correlated cases are right; they tell as much as `n_independent` independent cases."""

    n_right: int
    n: int
    n_independent: int

    @classmethod
    def of(cls, right: NDArray[np.integer], cases: NDArray[np.integer], *, alike: float) -> Self:
        """From how many cases each answer has (n,), how many are right, and their intraclass correlation `alike`."""
        n = int(cases.sum())
        return cls(int(right.sum()), n, floor(independent(cases, alike) + ROUNDING))

    @property
    def n_wrong(self) -> int:
        return self.n - self.n_right

    @property
    def n_independent_wrong(self) -> int:
        return ceil(self.n_wrong * self.n_independent / self.n - ROUNDING) if self.n else 0

    @property
    def share(self) -> float | None:
        return self.n_right / self.n if self.n else None

    @property
    def low(self) -> float:
        """What the share is at least, with a confidence of 95 %: the exact bound of Clopper & Pearson (1934)."""
        n_wrong = self.n_independent_wrong
        n_right = self.n_independent - n_wrong
        return float(betaincinv(n_right, n_wrong + 1, RISK)) if n_right else 0.0

    def grown(self, factor: float) -> Self:
        """The same rate in a sample that is larger by this factor."""
        return type(self)(*(floor(count * factor) for count in (self.n_right, self.n, self.n_independent)))


def independent(cases: NDArray[np.number], alike: float) -> float:
    """The effective number of cases (Kish 1965, "Survey sampling")."""
    n = float(cases.sum())
    return n / (1 + (float((cases**2).sum()) / n - 1) * alike) if n else 0.0


def intraclass_correlation(right: NDArray[np.integer], cases: NDArray[np.integer]) -> float:
    """The correlation of mistakes within an answer, from 0 to 1, at its upper 95 % bound.

    With too few mistakes to estimate it, all cases of an answer count as right or wrong together.
    """
    wrong, pairs = cases - right, (cases * (cases - 1)).sum()
    if wrong.sum() < MIN_MISTAKES or not pairs:
        return 1.0
    rate, both = wrong.sum() / cases.sum(), wrong * (wrong - 1)
    together = both.sum() / pairs
    error = np.sqrt(((both - together * cases * (cases - 1)) ** 2).sum()) / pairs
    return float(np.clip((together + Z * error - rate**2) / (rate * (1 - rate) + ROUNDING), 0, 1))


def p_value(rate: Rate, target: float, *, n_rest: int | None) -> float:
    """The probability of a rate as good as this if `target` is just missed.

    The larger p-value of the exact binomial test, for cases like these, and the hypergeometric test, for the `n_rest`
    independent cases that remain, where known: in a small survey there are so few that chance matters.
    """
    n, n_wrong = rate.n_independent, rate.n_independent_wrong
    if not n:
        return 1.0
    if n_rest is None:
        return binomial(n_wrong, n, target)
    n_allowed = floor((1 - target) * n_rest + ROUNDING)  # mistakes in the rest, of which one more is too many
    in_all = min(n_wrong + n_allowed + 1, n + n_rest)
    return max(binomial(n_wrong, n, target), hypergeometric(n_wrong, n, in_all, n + n_rest))


def binomial(n_wrong: float, n: float, target: float) -> float:
    """The probability of at most `n_wrong` mistakes in n cases; both may be expected numbers, which are not whole."""
    return float(betainc(n - n_wrong, n_wrong + 1, target)) if n > n_wrong else 1.0


def hypergeometric(n_wrong: int, n: int, n_wrong_in_all: int, n_in_all: int) -> float:
    """The probability of at most `n_wrong` mistakes in n cases, drawn from all without replacement.

    As `scipy.stats.hypergeom.cdf`, which takes a second to load.
    """
    wrong = np.arange(max(0, n - (n_in_all - n_wrong_in_all)), min(n_wrong, n_wrong_in_all) + 1)
    ways = _log_choose(n_wrong_in_all, wrong) + _log_choose(n_in_all - n_wrong_in_all, n - wrong)
    return float(min(np.exp(ways - _log_choose(n_in_all, np.array(n))).sum(), 1))


def _log_choose(n: int, k: NDArray[np.int64]) -> Floats:
    return np.asarray(-np.log1p(n) - betaln(n - k + 1, k + 1))


def is_below(rate: Rate, target: float, *, risk: float) -> bool:
    """Whether the rate is significantly below the target, at this level."""
    n_wrong = rate.n_independent_wrong
    return bool(n_wrong) and 1 - binomial(n_wrong - 1, rate.n_independent, target) <= risk


def least_cases(target: float) -> int:
    """How many cases without a mistake are needed: 59 for a target of 0.95."""
    return ceil(log(RISK) / log(target))
