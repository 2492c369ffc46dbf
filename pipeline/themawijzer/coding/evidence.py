"""Evidence from a random sample: how many are right of how many, and whether that is more than luck."""

from dataclasses import dataclass
from math import ceil, floor, log
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, betaln

from themawijzer.coding.numbers import DECIMALS, LEVEL, Figure, Floats

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


def counted(right: NDArray[np.number], cases: NDArray[np.number]) -> Figure:
    """The share of right cases, from how many cases each of n answers has (n,), and how many of them are right (n,).

    Its interval is that of Clopper & Pearson (1934) for the effective number of cases (Korn & Graubard 1998,
    "Confidence intervals for proportions with small expected number of positive counts"), which is exact where an
    answer is one case. With too few right or wrong ones, all cases of an answer count as right or wrong together.
    """
    n, n_right = float(cases.sum()), float(right.sum())
    if not n:
        return Figure()
    share, n_independent = n_right / n, independent(cases, 1.0)
    if min(n_right, n - n_right) >= MIN_MISTAKES:
        variance = float(np.square(right - share * cases).sum()) / n**2
        n_independent = min(share * (1 - share) / max(variance, ROUNDING**2), n)
    n_right, n_wrong, tail = share * n_independent, (1 - share) * n_independent, (1 - LEVEL) / 2
    low = betaincinv(n_right, n_wrong + 1, tail) if n_right else 0.0
    high = betaincinv(n_right + 1, n_wrong, 1 - tail) if n_wrong > ROUNDING else 1.0
    return _figure(share, float(low), float(high))


def counted_f1(there: NDArray[np.integer], given: NDArray[np.integer]) -> Figure:
    """F1 of codes that are there and codes that are given, as 0 and 1 (n, k); none where neither ever is.

    Its interval is that of the share of hits among the codes that are there or given, J: F1 is 2 J / (1 + J).
    """
    share = counted((there & given).sum(axis=1), (there | given).sum(axis=1))
    return _figure(*(2 * end / (1 + end) for end in share.numbers)) if share.numbers else Figure()


def mean_f1(there: NDArray[np.integer], given: NDArray[np.integer]) -> Figure:
    """The mean over k codes of their F1, as `counted_f1` has it; codes that are neither there nor given are left out.

    Its interval is by the method of variance estimates recovery (Zou & Donner 2008, "Construction of confidence limits
    about effect measures", Statistics in Medicine 27), which needs no figure to be normally distributed. Mistakes in
    several codes come together in an answer: their correlation counts (Zou 2008), where it is above 0.
    """
    codes = np.flatnonzero((there | given).any(axis=0))
    if not len(codes):
        return Figure()
    value, low, high = np.array([counted_f1(there[:, [code]], given[:, [code]]).numbers for code in codes]).T
    hits, cases = (there & given)[:, codes], (there | given)[:, codes]
    residuals = hits - cases * (hits.sum(axis=0) / cases.sum(axis=0))
    lengths = np.linalg.norm(residuals, axis=0)
    alike = np.maximum(residuals.T @ residuals / np.maximum(np.outer(lengths, lengths), ROUNDING), 0)
    np.fill_diagonal(alike, 1)
    below, above = (float(np.sqrt(reach @ alike @ reach)) / len(codes) for reach in (value - low, high - value))
    return _figure(float(value.mean()), float(value.mean()) - below, float(value.mean()) + above)


def _figure(value: float, low: float, high: float) -> Figure:
    """Rounded, and with the value between its ends whatever rounding left of them."""
    value, low, high = (round(number, DECIMALS) for number in (value, low, high))
    return Figure(value, max(min(low, value), 0.0), min(max(high, value), 1.0))


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
