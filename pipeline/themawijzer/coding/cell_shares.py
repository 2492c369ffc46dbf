"""The shares of one cell: counted where people coded all, else estimated as far as the random sample can tell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from math import hypot
from typing import Self

import numpy as np

from themawijzer.coding.estimation import (
    FEW_LEFT,
    AuditedUnits,
    Estimate,
    Population,
    binomial_interval,
    estimate,
    exact_interval,
    share_with_rest,
)
from themawijzer.coding.numbers import Bools, Floats, Ints
from themawijzer.coding.tallies import Cell, ShareScope, Sums

# Where probabilities mean what they say, 20 would do (benchmarks/shares.md). But a smaller audit than this shows too
# few of the errors of a model that errs seldom and is sure of itself: there its intervals miss too often.
MIN_AUDIT = 50
MIN_AUDIT_STRATUM = 10  # of respondents who answered the same questions


class Refusal(StrEnum):
    """Why figures are not given."""

    TOO_FEW = "too_few"  # random answers
    NOT_RANDOM = "not_random"  # people coded enough, but answers that were chosen
    SMALL_CELL = "small_cell"  # the group is small, or gives a small one away
    SMALL_COUNT = "small_count"  # few of the group have the code, or lack it, or are given away so
    DRIFTED = "drifted"  # the sample is not one of these answers
    WAITING = "waiting"  # some of the sample are to be judged again
    SKIPPED = "skipped"  # answers of the sample that nobody coded are unlike those that people did
    OTHER_BASE = "other_base"  # the sample lacks answers that say nothing, which count
    OUTSIDE_BASE = "outside_base"  # people gave the code, but only to answers that do not count


class Method(StrEnum):
    """How a share came about."""

    COUNTED = "counted"  # people coded every unit: `share` is exact, and of these units so are `low` and `high`
    DISPUTED = "disputed"  # people coded every unit and differ on some: between `low` and `high` for certain
    ESTIMATED = "estimated"


@dataclass(frozen=True)
class Share:
    """The share of one code in one cell; figures are None where they are refused.

    `raw` is the share among the `n_decided` units that were decided, both None where they would disclose a small cell;
    `share` is the corrected one, and `effective_n` the size of a simple random coded sample with the same precision.
    `needed` is how many more units must be drawn at random and coded by people: `n_left`, which nobody coded, at most.
    """

    table: ShareScope
    code: str
    cell: Cell
    n: int | None = None
    n_audit: int | None = None
    n_decided: int | None = None
    raw: float | None = None
    share: float | None = None
    low: float | None = None
    high: float | None = None
    effective_n: float | None = None
    method: Method | None = None
    refusal: Refusal | None = None
    needed: int = 0
    n_left: int | None = None

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """As published: what was counted has none, where it speaks for nobody else."""
        return (None, None) if self.method is Method.COUNTED and self.low == self.high else (self.low, self.high)


@dataclass(frozen=True)
class KnownCell:
    """What is known of one cell: its strata, and of k codes how many units are open, and what must not be told.

    What people decided must not be told where there are `no_bounds`: it sets none to the share. Where there is
    `no_figure`, any share would tell it.

    The units that left all questions empty are no stratum, but `silent`, unless there are no others. Of the units that
    people coded, disputed codes count as absent in the first of the two `readings`, and as there in the second.
    `is_sample` has the random ones, and all of a stratum of which people coded every unit; (n,).
    """

    strata: Sequence[Sums]
    readings: Sequence[AuditedUnits]
    is_random: Bools
    is_sample: Bools
    n_open: Ints
    no_bounds: Bools
    no_figure: Bools
    silent: Sums | None = None

    @classmethod
    def of(cls, strata: Mapping[int, Sums], coded: Sequence[tuple[AuditedUnits, Bools]], n_open: Ints) -> Self:
        """With all that is known to be told."""
        spoken = {stratum: sums for stratum, sums in strata.items() if stratum} or strata
        silent = strata[0] if len(spoken) < len(strata) else None
        numbers = np.array(list(spoken))
        readings = [replace(units, stratum=np.searchsorted(numbers, units.stratum)) for units, _ in coded]
        is_whole = np.array([sums.n_person == sums.population.n for sums in spoken.values()])
        is_random, nothing = coded[0][1], np.zeros(len(n_open), dtype=np.bool_)
        is_sample = is_random | is_whole[readings[0].stratum]
        return cls(list(spoken.values()), readings, is_random, is_sample, n_open, nothing, nothing, silent)

    @cached_property
    def whole(self) -> Sums:
        return sum(self.strata[1:], start=self.strata[0])

    @property
    def population(self) -> Population:
        """All units, silent ones too."""
        return self.whole.population + self.silent.population if self.silent else self.whole.population

    @property
    def part(self) -> float:
        """Of all units, by their weights, the part that is in a stratum."""
        return self.whole.population.weight / self.population.weight

    @property
    def populations(self) -> list[Population]:
        return [sums.population for sums in self.strata]

    @property
    def n(self) -> int:
        return self.whole.population.n

    @property
    def n_left(self) -> int:
        """How many units people did not code."""
        return self.n - self.whole.n_person

    @property
    def needed(self) -> int:
        """How many units must still be drawn at random and coded by people."""
        sampled = np.bincount(self.readings[0].stratum[self.is_sample], minlength=len(self.strata))
        sizes = np.array([population.n for population in self.populations])
        lacking = np.maximum(np.minimum(MIN_AUDIT_STRATUM, sizes) - sampled, 0).sum()
        return min(max(min(MIN_AUDIT, self.n) - int(sampled.sum()), int(lacking)), self.n_left)

    @property
    def can_tell(self) -> bool:
        """Whether there are enough random units to estimate what people did not decide."""
        return not self.needed

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """Between which shares the true ones (k,) are certain to lie."""
        weight = self.whole.population.weight
        return self.whole.confirmed / weight, 1 - self.whole.denied / weight

    @property
    def weighs_alike(self) -> bool:
        whole = self.population
        return bool(np.isclose(whole.n * whole.weight_squares, whole.weight**2))


def shares_of_cell(
    table: ShareScope,
    cell: Cell,
    known: KnownCell,
    slopes: Sequence[Floats],
    *,
    n_decided: Ints,
    left_out: float | None,
) -> Iterator[Share]:
    """The shares of k codes in one cell, or the reason why there are none.

    `slopes` has `tuned_slope`'s (k,) for both readings; `n_decided` (k,) is 0 where it must not be told. `left_out` is
    as in `Prevalence`.
    """
    found = _corrected(_raw(table, cell, known, n_decided), known, slopes)
    yield from found if left_out is None else (_for_population(share, known, left_out) for share in found)


def _raw(table: ShareScope, cell: Cell, known: KnownCell, n_decided: Ints) -> list[Share]:
    n_audit, whole = int(known.is_random.sum()), known.whole + known.silent if known.silent else known.whole
    n = whole.population.n
    shares = [Share(table, code, cell, n, n_audit, n_left=known.n_left) for code in table.codes]
    raw = zip(shares, n_decided.tolist(), whole.given, whole.decided, strict=True)
    return [replace(share, n_decided=n, raw=given / decided) if n else share for share, n, given, decided in raw]


def _corrected(raw: list[Share], known: KnownCell, slopes: Sequence[Floats]) -> Iterator[Share]:
    """The shares of a cell with their figures, or the reason why there are none."""
    is_chosen = known.is_random.sum() < min(MIN_AUDIT, known.n) <= known.whole.n_person
    least, _ = known.bounds
    found = _estimated(known, slopes).diluted(known.part) if known.n_open.any() and known.can_tell else None
    for place, share in enumerate(raw):
        if known.no_figure[place] or (known.no_bounds[place] and not known.n_left):
            yield replace(share, refusal=Refusal.SMALL_COUNT)
        elif not known.n_open[place]:
            exact = float(known.part * least[place])
            yield replace(share, share=exact, low=exact, high=exact, effective_n=share.n, method=Method.COUNTED)
        elif found is None:
            refusal = Refusal.NOT_RANDOM if is_chosen else Refusal.TOO_FEW
            yield replace(share, refusal=refusal, needed=known.needed)
        else:
            value, low, high, effective_n = (
                float(figure[place]) for figure in (found.share, found.low, found.high, found.effective_n)
            )
            method = Method.ESTIMATED if known.n_left else Method.DISPUTED
            yield replace(share, share=value, low=low, high=high, effective_n=effective_n, method=method)


def _for_population(share: Share, known: KnownCell, left_out: float) -> Share:
    """The share with an interval for the population of which the units are a random sample.

    The chance of who took part is added to what is not known of those who did (square-and-add: Newcombe 1998; Zou 2008,
    as in `comparison`). Its variance is p (1 - p) times deff / n - 1 / N, with the design effect of the weights (Kish
    1965, section 11.7), as if the weights told how likely each was to take part. Where N is known, all was counted and
    units weigh alike, it is exact (hypergeometric).
    """
    if share.share is None or share.low is None or share.high is None or not (left_out and share.n):
        return share
    whole = known.population
    design = whole.weight_squares / whole.weight**2
    sampling = design - (1 - left_out) / share.n
    n_all = round(share.n / (1 - left_out)) if left_out < 1 else 0
    if n_all and share.method is Method.COUNTED and known.weighs_alike:
        found = round(share.share * share.n)
        possible = range(found, n_all - share.n + found + 1)
        low, high = (end / n_all for end in exact_interval(found, share.n, n_all, possible))
    else:
        low, high = binomial_interval(share.share, 1 / sampling)
    below = hypot(share.share - share.low, share.share - low)
    above = hypot(share.high - share.share, high - share.share)
    within = 1 / (share.effective_n or share.n) - 1 / share.n
    return replace(
        share,
        low=max(share.share - below, 0.0),
        high=min(share.share + above, 1.0),
        effective_n=1 / (max(within, 0.0) + design),
    )


def _estimated(known: KnownCell, slopes: Sequence[Floats]) -> Estimate:
    """The shares (k,) as far as the random sample can tell, and what people coded besides.

    The sample tells of all units, whatever people chose to code after it: the interval is that of the whole, as far as
    people's codes leave it possible.
    """
    populations, (least, most) = known.populations, known.bounds
    samples = [reading.take(known.is_sample) for reading in known.readings]
    absent, there = (estimate(own, populations, slope) for own, slope in zip(samples, slopes, strict=True))
    found = absent.through(there)
    if known.n_left:  # a share is that of a whole number of units (continuity correction)
        found = replace(found, low=found.low - 0.5 / known.n, high=found.high + 0.5 / known.n)
    if 0 < known.n_left <= FEW_LEFT:
        chosen = [reading.take(~known.is_sample) for reading in known.readings]
        parts = zip(samples, chosen, slopes, strict=True)
        shares = [share_with_rest(own, more, populations, slope) for own, more, slope in parts]
        found = replace(found, share=np.mean(shares, axis=0))
        if len(populations) == 1 and known.weighs_alike:
            low, high = _exact_ends(samples, known)
            hidden = known.no_bounds
            found = replace(found, low=np.where(hidden, found.low, low), high=np.where(hidden, found.high, high))
    least, most = np.where(known.no_bounds, 0, least), np.where(known.no_bounds, 1, most)
    return found.within(least, most, unit=known.whole.heaviest / known.whole.population.weight)


def _exact_ends(samples: Sequence[AuditedUnits], known: KnownCell) -> tuple[Floats, Floats]:
    """The ends of exact intervals (k,): the lower one with disputed codes absent, the upper one with them there."""
    n, in_all = len(samples[0]), known.n
    least, most = (np.rint(bound * in_all).astype(int).tolist() for bound in known.bounds)
    fewest, most_found = (sample.truth.sum(axis=0).tolist() for sample in samples)
    possible = [range(low, high + 1) for low, high in zip(least, most, strict=True)]
    low = [exact_interval(found, n, in_all, own)[0] for found, own in zip(fewest, possible, strict=True)]
    high = [exact_interval(found, n, in_all, own)[1] for found, own in zip(most_found, possible, strict=True)]
    return np.array(low) / in_all, np.array(high) / in_all
