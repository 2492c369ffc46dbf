"""Shares from predictions for all and codes for a random few, with intervals.

The difference estimator of survey sampling (Särndal, Swensson & Wretman 1992, "Model assisted survey sampling",
chapter 6), known in machine learning as prediction-powered inference (Angelopoulos, Bates, Fannjiang, Jordan &
Zrnic 2023, "Prediction-powered inference", Science 382) with power tuning (Angelopoulos, Duchi & Zrnic 2023,
"PPI++: efficient prediction-powered inference"): the mean prediction of the population, corrected by the mean
residual of an audit sample in which people looked.

Intervals are score intervals (Wilson 1927, JASA 22): they hold every share that the audit does not contradict, with
the variance that the estimate would have at that share. Wald intervals, which take the variance from the audit,
fail for rare codes, of which a small audit has next to no positives. Where few units are left to code, they are exact
(`exact_interval`).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import add, sub
from typing import Self

import numpy as np
from scipy.special import betaincinv, ndtri  # as ppf of scipy.stats.beta and norm, which takes a second to load

from themawijzer.coding.evidence import hypergeometric
from themawijzer.coding.numbers import LEVEL, Bools, Floats, Ints

Z = float(ndtri(0.975))
# As many positives as the audit must hold to weigh as much as the belief that probabilities mean what they say.
PRIOR_POSITIVES = 3.0
N_HALVINGS = 40  # of [0, 1]: to 1e-12
# Units that nobody coded, so few that their share is far from normal, and that a model spares next to none.
FEW_LEFT = 50


@dataclass(frozen=True)
class Population:
    """Sums over n units with predictions for k codes: of weights w, of w * w, of w * f (k,) and of w * f * f (k,)."""

    n: int
    weight: float
    weight_squares: float
    predicted: Floats
    squares: Floats

    @classmethod
    def of(cls, predicted: Floats, weights: Floats) -> Self:
        """The sums over units with these predictions (n, k) and weights (n,)."""
        w, f = weights, predicted
        return cls(len(w), float(w.sum()), float(w @ w), w @ f, w @ (f * f))

    def __add__(self, other: Self) -> Self:
        return type(self)(*map(add, vars(self).values(), vars(other).values()))

    def __sub__(self, other: Self) -> Self:
        return type(self)(*map(sub, vars(self).values(), vars(other).values()))

    @property
    def share(self) -> Floats:
        """The mean prediction (k,)."""
        return np.asarray(self.predicted / self.weight)

    @property
    def variance(self) -> Floats:
        """The variance of the predictions (k,)."""
        return np.maximum(self.squares / self.weight - self.share**2, 0)


@dataclass(frozen=True)
class AuditedUnits:
    """n units of the random sample: truth and predictions (n, k), weights and number of the stratum (n,).

    The truth is yes or no, or between 0 and 1 where both readings of what coders dispute are taken together.
    """

    truth: Bools | Floats
    predicted: Floats
    weights: Floats
    stratum: Ints

    def __len__(self) -> int:
        return len(self.weights)

    def take(self, rows: Bools) -> Self:
        """The units of these rows (n,)."""
        return type(self)(*(values[rows] for values in vars(self).values()))


@dataclass(frozen=True)
class Estimate:
    """Shares with their 95% interval, and the size of a simple random coded sample that would say as much; (k,)."""

    share: Floats
    low: Floats
    high: Floats
    effective_n: Floats

    def through(self, other: Self) -> Self:
        """One estimate that covers both, with the share in the middle."""
        low, high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        own = np.maximum(self.high - self.low, other.high - other.low)
        certainty = np.divide(own, high - low, out=np.ones_like(own), where=high > low) ** 2
        effective_n = np.minimum(self.effective_n, other.effective_n) * certainty
        return type(self)((self.share + other.share) / 2, low, high, effective_n)

    def diluted(self, part: float) -> Self:
        """The estimate for a population of which only this part can have a code, where it is for the part."""
        share, low, high = (part * figure for figure in (self.share, self.low, self.high))
        before, now = self.share * (1 - self.share), share * (1 - share)
        ratio = np.divide(now, part**2 * before, out=np.ones_like(now), where=before > 0)
        return type(self)(share, low, high, self.effective_n * ratio)

    def within(self, least: Floats, most: Floats, *, unit: Floats | float = 0.0) -> Self:
        """The estimate clipped to what is possible: true shares are certain to lie between these bounds (k,).

        No interval is narrower than what one `unit` more or less that is left would change (k,).
        """
        share = np.clip(self.share, least, most)
        low, high = (
            np.minimum(np.clip(self.low, least, most), share),
            np.maximum(np.clip(self.high, least, most), share),
        )
        low = np.clip(low - np.maximum(unit - (high - low), 0) / 2, least, np.maximum(most - unit, least))
        high = np.minimum(np.maximum(high, low + unit), most)
        return replace(self, share=share, low=low, high=high)


def tuned_slope(audit: AuditedUnits, strata: Sequence[Population], prior_positives: float = PRIOR_POSITIVES) -> Floats:
    """How much of each prediction to trust (k,), between 0 and 1: the slope of the truth on the predictions.

    This is the power tuning that minimizes the variance of the difference estimator. The audit tells little of a rare
    code: the slope is shrunk towards 1, its value for calibrated probabilities, with the weight of a sample that has
    `prior_positives` positives.
    """
    whole = _whole(strata)
    weights = audit.weights / audit.weights.mean()
    y, f = (_centered(matrix, audit) for matrix in (audit.truth, audit.predicted))
    prior = n_holding(prior_positives, whole.share) * whole.variance
    together, alone = weights @ (f * y) + prior, weights @ (f * f) + prior
    slope = np.divide(together, alone, out=np.zeros_like(alone), where=alone > 0)
    return np.asarray(np.clip(slope, 0, 1))


def n_holding(positives: float, share: Floats) -> Floats:
    """How many units hold so many positives, or negatives where those are rarer (k,); 0 where there are none."""
    rarest = np.minimum(share, 1 - share)
    return np.divide(positives, rarest, out=np.zeros_like(rarest), where=rarest > 0)


def estimate(
    audit: AuditedUnits, strata: Sequence[Population], slope: Floats, *, is_part: bool = True, sampling: float = 0.0
) -> Estimate:
    """The shares (k,) in the population that consists of these strata.

    Every stratum must have units in the audit, drawn at random from it; `slope` (k,) is `tuned_slope`'s. Where the
    audit `is_part` of the population, its own units are known (finite-population correction); else both are independent
    samples of a larger population, as in PPI++. Where the population is itself a sample, `sampling` adds its
    uncertainty: the sum of the squared weights over the square of their sum.
    """
    parts = np.array([population.weight for population in strata]) / _whole(strata).weight
    sizes, designs = _sizes(audit, strata)
    N = np.array([population.n for population in strata])
    trust = slope if is_part else slope / (1 + len(audit) / N.sum())
    predicted = np.array([population.share for population in strata])
    variance = _Variance(
        parts=parts[:, None],
        per_unit=(designs * (1 / sizes - (1 / N if is_part else 0)))[:, None],
        unlabelled=0 if is_part else 1 / N.sum(),
        predicted=predicted,
        spread=np.array([population.variance for population in strata]),
        slope=slope,
        trust=trust,
        sampling=sampling,
    )
    residuals = audit.truth - trust * audit.predicted
    share = np.clip(parts @ (trust * predicted + _means(residuals, audit, len(strata))), 0, 1)
    variance = variance.raised_to(_means(_centered(residuals, audit) ** 2, audit, len(strata)), share)
    low, high = _score_interval(share, variance)
    middle = (low + high) / 2  # the share itself may be 0, where no variance can be told
    truth, found = middle * (1 - middle), variance.at(middle)
    ratio = np.divide(found, truth, out=np.zeros_like(found), where=truth > 0)
    return Estimate(share, low, high, 1 / np.maximum(ratio + (1 / N.sum() if is_part else 0), 1e-12))


def share_with_rest(audit: AuditedUnits, chosen: AuditedUnits, strata: Sequence[Population], slope: Floats) -> Floats:
    """The shares (k,) if what people chose to code is counted, and only the rest is estimated from the audit.

    The rest may be unlike the audit where people chose by what was answered: right where so little is left that this
    matters less than the chance of the audit.
    """
    taken = [chosen.take(chosen.stratum == h) for h in range(len(strata))]
    rest = [whole - Population.of(own.predicted, own.weights) for whole, own in zip(strata, taken, strict=True)]
    estimated = estimate(audit, rest, slope).share * _whole(rest).weight
    return np.asarray((chosen.weights @ chosen.truth + estimated) / _whole(strata).weight)


def exact_interval(n_found: int, n: int, n_in_all: int, possible: range) -> tuple[int, int]:
    """The fewest and the most units with a code in all, of which a random n held `n_found`; 95%, within the `possible`.

    All that neither side of the hypergeometric test rejects (Clopper & Pearson 1934, "The use of confidence or fiducial
    limits", Biometrika 26, for a finite population).
    """
    rejected = (1 - LEVEL) / 2
    fewest = bisect_left(
        possible, True, key=lambda found: hypergeometric(n - n_found, n, n_in_all - found, n_in_all) > rejected
    )
    too_many = bisect_left(possible, True, key=lambda found: hypergeometric(n_found, n, found, n_in_all) <= rejected)
    return possible[min(fewest, len(possible) - 1)], possible[max(too_many - 1, 0)]


def binomial_interval(share: float, n: float) -> tuple[float, float]:
    """Between which shares that of a population lies, of which a random n have this share; 95%.

    The exact interval (Clopper & Pearson 1934) of an effective number, which need not be whole (Korn & Graubard 1998,
    "Confidence intervals for proportions with small expected number of positive counts", Survey Methodology 24).
    """
    found, rejected = share * n, (1 - LEVEL) / 2
    low = float(betaincinv(found, n - found + 1, rejected)) if found > 0 else 0.0
    return low, float(betaincinv(found + 1, n - found, 1 - rejected)) if found < n else 1.0


def _means(values: Floats, audit: AuditedUnits, n_strata: int) -> Floats:
    """The weighted means (strata, k) of values (n, k) in each stratum."""
    rows = [audit.stratum == h for h in range(n_strata)]
    return np.array([np.average(values[row], axis=0, weights=audit.weights[row]) for row in rows])


@dataclass(frozen=True)
class _Variance:
    """Of the difference estimator, as a function of the true shares; arrays are (strata, 1) or (strata, k)."""

    parts: Floats
    per_unit: Floats
    unlabelled: float
    predicted: Floats
    spread: Floats
    slope: Floats
    trust: Floats
    sampling: float
    excess: Floats | float = 1.0

    def raised_to(self, seen: Floats, share: Floats) -> Self:
        """The variance, scaled to the one `seen` in the audit (strata, k) where predictions are overconfident."""
        expected = (self.parts**2 * self.per_unit * self._residual(share)).sum(axis=0)
        found = (self.parts**2 * self.per_unit * seen).sum(axis=0)
        ratio = np.divide(found, expected, out=np.ones_like(found), where=expected > 0)
        return replace(self, excess=np.maximum(ratio, 1))

    def at(self, share: Floats) -> Floats:
        """The variance (k,) if these are the shares (k,).

        In each stratum the truth has variance p (1 - p), of which the predictions explain what the slope tells. For
        calibrated predictions to give other shares than their own, positives must be taken away, or added, at random:
        that moves all strata in proportion, and the predictions explain no greater part of the variance than before.
        """
        residual = self.excess * (self.parts**2 * self.per_unit * self._residual(share)).sum(axis=0)
        unlabelled = self.unlabelled * self.trust**2 * (self.parts * self.spread).sum(axis=0)
        return np.asarray(residual + unlabelled + self.sampling * share * (1 - share))

    def _residual(self, share: Floats) -> Floats:
        """What the predictions leave unexplained in each stratum (strata, k)."""
        mean = (self.parts * self.predicted).sum(axis=0)
        kept = np.minimum(np.divide(share, mean, out=np.ones_like(mean), where=mean > 0), 1)
        left = np.minimum(np.divide(1 - share, 1 - mean, out=np.ones_like(mean), where=mean < 1), 1)
        p = np.where(share <= mean, self.predicted * kept, 1 - (1 - self.predicted) * left)
        before = self.predicted * (1 - self.predicted)
        part = np.divide(p * (1 - p), before, out=np.ones_like(before), where=before > 0)
        explained = (2 * self.trust * self.slope - self.trust**2) * self.spread
        return np.asarray(np.maximum(p * (1 - p) - explained * np.minimum(part, 1), 0))


def _score_interval(share: Floats, variance: _Variance) -> tuple[Floats, Floats]:
    """The lowest and the highest share (k,) that lie within z standard errors of the estimate, by bisection."""
    ends = []
    for end in (0.0, 1.0):
        inside, outside = share.copy(), np.full_like(share, end)
        for _ in range(N_HALVINGS):
            middle = (inside + outside) / 2
            fits = (middle - share) ** 2 <= Z**2 * variance.at(middle)
            inside, outside = np.where(fits, middle, inside), np.where(fits, outside, middle)
        ends.append(inside)
    return ends[0], ends[1]


def _centered(values: Floats | Bools, audit: AuditedUnits) -> Floats:
    """The values (n, k) minus the weighted mean of their stratum."""
    centered = values.astype(np.float64)
    for h in np.unique(audit.stratum):
        rows = audit.stratum == h
        centered[rows] -= np.average(centered[rows], axis=0, weights=audit.weights[rows])
    return centered


def _sizes(audit: AuditedUnits, strata: Sequence[Population]) -> tuple[Floats, Floats]:
    """Per stratum how many units were audited, and by which factor weights raise the variance.

    The design effect of unequal weights (Kish 1965, "Survey sampling", section 11.7), in the audit or, where that is
    larger, in the population: of a few units that weigh more than most, an audit may have none.
    """
    n = np.bincount(audit.stratum, minlength=len(strata)).astype(np.float64)
    weights = np.bincount(audit.stratum, audit.weights, len(strata))
    squares = np.bincount(audit.stratum, audit.weights**2, len(strata))
    of_all = np.array([population.n * population.weight_squares / population.weight**2 for population in strata])
    return n, np.maximum(n * squares / weights**2, of_all)


def _whole(strata: Sequence[Population]) -> Population:
    return sum(strata[1:], start=strata[0])
