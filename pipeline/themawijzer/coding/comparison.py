"""Two waves of the same question: how far shares really changed, and how far they were coded otherwise.

The difference between the corrected shares of two waves has two causes: other answers, and another measure, because
coders and model of each wave have their own idea of a code. With theta(w, m) the share in wave w as m codes it,

    theta(B, B) - theta(A, A) = real change + recoding
    real change = 1/2 [theta(B, A) - theta(A, A)] + 1/2 [theta(B, B) - theta(A, B)]
    recoding    = 1/2 [theta(A, B) - theta(A, A)] + 1/2 [theta(B, B) - theta(B, A)]

so that each cause is what it changes while the other stays, averaged over both orders (Kitagawa 1955, "Components of a
difference between two rates", JASA 50; Das Gupta 1978, "A general method of decomposing a difference between two rates
into several components", Demography 15).

theta(A, A) and theta(B, B) are `estimation`'s. In the other wave nobody coded as m does: there the difference in
mean prediction is divided by the model's discrimination, the mean prediction of answers with the code minus that of
answers without it, in the audit sample of its own wave. A model that sees a code with doubt would else see only a part
of its change. A model that hardly discriminates has no say: then the order of the other one alone is taken. This
presumes that answers with a code, and those without, read alike in both waves, so that only their shares change (Rogan
& Gladen 1978, "Estimating prevalence from the results of a screening test", American Journal of Epidemiology 107;
Forman 2008, "Quantifying counts and costs via classification", Data Mining and Knowledge Discovery 17).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Self

import numpy as np

from themawijzer.coding.estimation import (
    FEW_LEFT,
    PRIOR_POSITIVES,
    AuditedUnits,
    Estimate,
    Population,
    Z,
    estimate,
    n_holding,
    share_with_rest,
    tuned_slope,
)
from themawijzer.coding.numbers import Bools, Floats

# Below it a model hardly tells answers with the code from others, and a change that it sees may be anything.
MIN_DISCRIMINATION = 0.2


@dataclass(frozen=True)
class Wave:
    """N answers and k codes: what both models say (N, k), and what people `confirmed` and `denied` (N, k).

    `by_model` has first what the first wave's model says, then what the second's does; `place` (0 or 1) tells which of
    both is the wave's own. `weights` and `is_audit` are (N,). Answers are a random sample of what could have been
    answered.
    """

    by_model: tuple[Floats, Floats]
    place: int
    confirmed: Bools
    denied: Bools
    weights: Floats
    is_audit: Bools

    def settled(self) -> list[Self]:
        """The wave with the disputed codes of the audit sample read as absent, and with them read as there."""
        sampled = self.is_audit[:, None]
        absent = replace(self, denied=self.denied | (sampled & ~self.confirmed))
        there = replace(self, confirmed=self.confirmed | (sampled & ~self.denied))
        return [absent, there] if (absent.denied != self.denied).any() else [self]

    @property
    def own(self) -> Floats:
        """What the wave's own model says (N, k)."""
        return self.by_model[self.place]

    @property
    def audit(self) -> AuditedUnits:
        return self._units(self.is_audit, self.confirmed)

    @property
    def chosen(self) -> AuditedUnits:
        """What people coded besides, with what they dispute counted half."""
        return self._units(self._is_coded & ~self.is_audit, (1 + self.confirmed - self.denied) / 2)

    @property
    def n_left(self) -> int:
        """How many answers nobody coded."""
        return int((~self._is_coded & ~self.is_audit).sum())

    @property
    def _is_coded(self) -> Bools:
        return np.asarray((self.confirmed | self.denied).any(axis=1))

    def _units(self, rows: Bools, truth: Bools | Floats) -> AuditedUnits:
        return AuditedUnits(truth[rows], self.own[rows], self.weights[rows], np.zeros(rows.sum(), dtype=np.intp))

    @property
    def population(self) -> Population:
        return Population.of(self.own, self.weights)


@dataclass(frozen=True)
class Interval:
    """Differences between shares with their 95% interval; (k,)."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Comparison:
    """The corrected share in each wave, and their difference with its two parts (k,).

    The parts are NaN where neither model sees the code.
    """

    first: Estimate
    second: Estimate
    total: Interval
    real: Interval
    recoding: Interval


@dataclass(frozen=True)
class _Influenced:
    """An estimate (k,), and what each of N answers adds to its error (N, k): its influence function."""

    value: Floats
    influence: Floats


def compare(first: Wave, second: Wave) -> Comparison:
    """Split the differences between two independent waves; each must have an audit sample.

    Disputed codes widen the intervals to cover both readings.
    """
    found = [_compare(*waves) for waves in product(first.settled(), second.settled())]
    parts = ([getattr(comparison, part) for comparison in found] for part in ("total", "real", "recoding"))
    shares = (getattr(found[0], wave).through(getattr(found[-1], wave)) for wave in ("first", "second"))
    return Comparison(*shares, *map(_spanned, parts))


def _spanned(found: Sequence[Interval]) -> Interval:
    """From the lowest to the highest of all, with the value in the middle."""
    value, low, high = (np.array([getattr(interval, name) for interval in found]) for name in ("value", "low", "high"))
    return Interval(value.mean(axis=0), low.min(axis=0), high.max(axis=0))


def _compare(first: Wave, second: Wave) -> Comparison:
    """The comparison of waves without disputed codes.

    Intervals are those of a difference of two independent shares (Newcombe 1998, "Interval estimation for the
    difference between independent proportions", Statistics in Medicine 17; with their correlation Zou 2008, "On the
    estimation of additive interaction", American Journal of Epidemiology 168).
    """
    slopes = [tuned_slope(wave.audit, [wave.population]) for wave in (first, second)]
    shares = [_share(wave, slope) for wave, slope in zip((first, second), slopes, strict=True)]
    total = _total(*shares)
    influence = [
        sign * _share_influence(wave, slope) for sign, wave, slope in zip((-1, 1), (first, second), slopes, strict=True)
    ]
    change, of_change = _real_change(first, second)
    errors = Z * np.sqrt(_product(of_change, of_change))
    real = Interval(change, change - errors, change + errors)
    return Comparison(shares[0], shares[1], total, real, _minus(total, real, _correlation(influence, of_change)))


def _share(wave: Wave, slope: Floats) -> Estimate:
    """As published of the wave: never less than people confirmed, and never more than they left possible."""
    parts = wave.weights / wave.weights.sum()
    found = estimate(wave.audit, [wave.population], slope, sampling=float((parts**2).sum()))
    if wave.n_left <= FEW_LEFT:
        found = replace(found, share=share_with_rest(wave.audit, wave.chosen, [wave.population], slope))
    share = np.clip(found.share, parts @ wave.confirmed, 1 - parts @ wave.denied)
    return replace(found, share=share, low=np.minimum(found.low, share), high=np.maximum(found.high, share))


def _total(first: Estimate, second: Estimate) -> Interval:
    value = second.share - first.share
    low = value - np.hypot(second.share - second.low, first.high - first.share)
    high = value + np.hypot(second.high - second.share, first.share - first.low)
    return Interval(value, low, high)


def _minus(whole: Interval, part: Interval, correlation: Floats) -> Interval:
    value = whole.value - part.value
    below = _joined(whole.value - whole.low, part.high - part.value, correlation)
    above = _joined(whole.high - whole.value, part.value - part.low, correlation)
    return Interval(value, value - below, value + above)


def _joined(one: Floats, other: Floats, correlation: Floats) -> Floats:
    return np.asarray(np.sqrt(np.maximum(one**2 + other**2 - 2 * correlation * one * other, 0)))


def _real_change(first: Wave, second: Wave) -> tuple[Floats, list[Floats]]:
    """What the models see change (k,), and the influence of the answers of each wave.

    NaN where neither model sees the code.
    """
    sees = [_discrimination(wave) for wave in (first, second)]
    can = np.array([see.value >= MIN_DISCRIMINATION for see in sees])
    divisors = np.where(can, [see.value for see in sees], 1)
    scale = can / divisors / np.where(can.any(axis=0), can.sum(axis=0), np.nan)
    before, after = ([_mean(said, wave) for said in wave.by_model] for wave in (first, second))
    changes = [scale[model] * (after[model].value - before[model].value) for model in (0, 1)]
    influence = [
        sign * (scale[0] * means[0].influence + scale[1] * means[1].influence) - change * seen.influence / divisor
        for sign, means, change, seen, divisor in zip((-1, 1), (before, after), changes, sees, divisors, strict=True)
    ]
    return changes[0] + changes[1], influence


def _mean(values: Floats, wave: Wave) -> _Influenced:
    parts = (wave.weights / wave.weights.sum())[:, None]
    mean = (parts * values).sum(axis=0)
    return _Influenced(mean, parts * (values - mean))


def _discrimination(wave: Wave) -> _Influenced:
    """The mean prediction (k,) of answers with the code minus that of answers without it.

    Of a rare code the audit knows little: it is drawn towards what it is where probabilities mean what they say, with
    the weight of a sample that holds `PRIOR_POSITIVES` positives.
    """
    whole, rows = wave.population, wave.is_audit
    weights = (wave.weights[rows] / wave.weights[rows].mean())[:, None]
    y, f = (x - np.average(x, axis=0, weights=weights[:, 0]) for x in (wave.confirmed[rows], wave.own[rows]))
    truth = whole.share * (1 - whole.share)
    n_prior = n_holding(PRIOR_POSITIVES, whole.share)
    below = (weights * y * y).sum(axis=0) + n_prior * truth
    below[below == 0] = 1  # nobody has the code, and the model sees it nowhere
    value = ((weights * f * y).sum(axis=0) + n_prior * whole.variance) / below
    influence = np.zeros_like(wave.own)
    influence[rows] = weights * y * (f - value * y) / below
    return _Influenced(value, influence)


def _share_influence(wave: Wave, slope: Floats) -> Floats:
    rows = wave.is_audit
    influence = slope * _mean(wave.own, wave).influence
    missed = wave.confirmed[rows] - slope * wave.own[rows]
    parts = (wave.weights[rows] / wave.weights[rows].sum())[:, None]
    influence[rows] += parts * (missed - (parts * missed).sum(axis=0))
    return influence


def _correlation(one: Sequence[Floats], other: Sequence[Floats]) -> Floats:
    together, apart = _product(one, other), np.sqrt(_product(one, one) * _product(other, other))
    return np.asarray(np.divide(together, apart, out=np.zeros_like(apart), where=apart > 0).clip(-1, 1))


def _product(one: Sequence[Floats], other: Sequence[Floats]) -> Floats:
    """Over the answers of both waves (k,): the covariance of two estimates, by their influence."""
    return np.asarray(np.sum([(a * b).sum(axis=0) for a, b in zip(one, other, strict=True)], axis=0))
