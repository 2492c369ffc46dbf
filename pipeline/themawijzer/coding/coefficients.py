"""How far coders agree: per codeframe, per code and per pair of coders, each figure with its interval.

Intervals: percentile bootstrap over units, which Zapf et al. (2016), "Measuring inter-rater reliability for nominal
data", found right for alpha and kappa. Units on which coders said the same things are drawn together: that is the
same bootstrap, and as fast for many units as for few. Raw agreement is a share of counted units, with the interval of
`counted`. Where no interval can be told there is none (`Figure.of_draws`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from themawijzer.coding.independence import independent
from themawijzer.coding.numbers import Figure, Floats
from themawijzer.survey.annotations import ADJUDICATOR, Annotation
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.gold import latest

Codes = frozenset[str]
Pattern = tuple[Codes | None, ...]  # what each coder said of a unit; None: nothing yet
N_DRAWS = 1000
SUBSET, OVERLAP = 2 / 3, 1 / 3  # what MASI gives sets of which one is in the other, and sets that share something


@dataclass(frozen=True)
class Ratings:
    """What coders said of the units of a codeframe that at least two of them coded.

    `patterns` has what each coder said (None: nothing yet) and how many units were coded so; `n_single` counts the
    units of one coder, which tell nothing of agreement. Left out are `n_seen` rows given where codes of another coder
    could be seen, and `n_copied` rows that are another coder's once more.
    """

    coders: tuple[str, ...]
    codes: tuple[str, ...]
    patterns: Mapping[Pattern, int]
    n_single: int = 0
    n_seen: int = 0
    n_copied: int = 0

    @property
    def n(self) -> int:
        return sum(self.patterns.values())

    @property
    def n_left_out(self) -> int:
        """Rows, for either reason."""
        return self.n_seen + self.n_copied

    def of(self, coders: Sequence[str]) -> "Ratings":
        """What these coders said of the units that at least two of them coded."""
        places = [self.coders.index(coder) for coder in coders]
        narrowed: Counter[Pattern] = Counter()
        for pattern, times in self.patterns.items():
            narrowed[tuple(pattern[place] for place in places)] += times
        return as_ratings(coders, self.codes, narrowed)

    def by_two(self) -> Iterator[tuple[Codes, Codes, int]]:
        """What every two coders said of a unit, and how many units were coded so."""
        for pattern, times in self.patterns.items():
            for one, other in combinations([codes for codes in pattern if codes is not None], 2):
                yield one, other, times

    @property
    def pairs(self) -> list["Ratings"]:
        """What every two coders said of the units that both coded, where there are any."""
        return [pair for two in combinations(self.coders, 2) if (pair := self.of(two)).n]


@dataclass(frozen=True)
class Agreement:
    """How far coders agree on a code, or (code "") on whole sets of codes.

    `n_given` counts the units in which one of them gave the code, or any. `raw` is the share of pairs of coders who
    said the same; `kappa` is there for two coders, and `set_alpha` for whole sets.
    """

    code: str
    coders: tuple[str, ...]
    n: int
    n_given: int
    raw: Figure
    kappa: Figure
    alpha: Figure
    set_alpha: Figure


def collect_ratings(annotations: Mapping[str, Iterable[Annotation]], codeframe: Codeframe) -> Ratings:
    """Of every coder the last `independent` annotation of each unit, with the parents of its codes.

    What holds a retired code counts for nothing.
    """
    known = frozenset(codeframe.code_ids)
    given = {coder: [row for row in rows if row.codeframe == codeframe.id] for coder, rows in annotations.items()}
    found = independent(given)
    own = list(latest(found.annotations).values())
    coders = sorted(coder for coder, rows in given.items() if rows and coder != ADJUDICATOR)
    patterns: Counter[Pattern] = Counter()
    for by_coder in own:
        said = {coder: row.codes for coder, row in by_coder.items() if row.codes <= known}
        patterns[tuple(codeframe.with_parents(said[coder]) if coder in said else None for coder in coders)] += 1
    ratings = as_ratings(coders, codeframe.code_ids, patterns)
    return replace(ratings, n_seen=found.n_seen, n_copied=found.n_copied)


def as_ratings(coders: Sequence[str], codes: Sequence[str], patterns: Mapping[Pattern, int]) -> Ratings:
    """The ratings in these patterns, without those of one coder alone, which are counted."""
    coded = {pattern: len(pattern) - pattern.count(None) for pattern in patterns}
    kept = sorted((pattern for pattern in patterns if coded[pattern] > 1), key=_order)
    n_single = sum(times for pattern, times in patterns.items() if coded[pattern] == 1)
    return Ratings(tuple(coders), tuple(codes), {pattern: patterns[pattern] for pattern in kept}, n_single)


def _order(pattern: Iterable[Codes | None]) -> list[list[str]]:
    return [["-"] if codes is None else sorted(codes) for codes in pattern]


def measure(ratings: Ratings, *, seed: int) -> list[Agreement]:
    """How far these coders agree: on whole sets, and then on each code."""
    times = np.array(list(ratings.patterns.values()), dtype=np.float64)
    if not len(times):
        return []
    drawn = np.random.default_rng(seed).multinomial(ratings.n, times / times.sum(), size=N_DRAWS)
    draws = np.vstack([times, drawn])
    whole = _agreement("", ratings, list(ratings.patterns), draws)
    return [whole, *(_agreement(code, ratings, _only(code, ratings.patterns), draws) for code in ratings.codes)]


def _only(code: str, patterns: Iterable[Pattern]) -> list[Pattern]:
    """The patterns as if there were no other code."""
    return [tuple(None if codes is None else codes & {code} for codes in pattern) for pattern in patterns]


def _agreement(code: str, ratings: Ratings, patterns: Sequence[Pattern], draws: Floats) -> Agreement:
    from themawijzer.coding.evidence import counted  # loads SciPy, which the page for coders need not wait for

    values = sorted({codes for pattern in patterns for codes in pattern if codes is not None}, key=sorted)
    chosen = np.array(
        [[[codes == value for value in values] for codes in pattern] for pattern in patterns], dtype=float
    )
    counts = chosen.sum(axis=1)
    repeats = draws[0].astype(np.intp)
    is_given = np.array([any(pattern) for pattern in patterns])
    return Agreement(
        code=code,
        coders=ratings.coders,
        n=ratings.n,
        n_given=int(draws[0] @ is_given),
        raw=counted(np.repeat(raw_agreement(counts), repeats), np.ones(ratings.n)),
        kappa=Figure.of_draws(cohens_kappa(chosen[:, 0], chosen[:, 1], draws))
        if len(ratings.coders) == 2
        else Figure(),
        alpha=Figure.of_draws(krippendorffs_alpha(counts, 1 - np.eye(len(values)), draws)),
        set_alpha=Figure() if code else Figure.of_draws(krippendorffs_alpha(counts, masi_distances(values), draws)),
    )


def raw_agreement(counts: Floats) -> Floats:
    """Of each unit the share of pairs of coders who chose the same (n,).

    `counts` (n, v) says how many coders chose each value.
    """
    coders = counts.sum(axis=1)
    return np.asarray((counts * (counts - 1)).sum(axis=1) / (coders * (coders - 1)))


def cohens_kappa(first: Floats, second: Floats, draws: Floats) -> Floats:
    """Kappa of two coders (d,), of whom each chose one value per unit, as 0/1 (n, v); NaN where chance explains all.

    `draws` (d, n) says how often each unit counts.
    Source: Cohen (1960), "A coefficient of agreement for nominal scales".
    """
    n = draws.sum(axis=1)
    observed = draws @ (first * second).sum(axis=1) / n
    expected = ((draws @ first) * (draws @ second)).sum(axis=1) / n**2
    return _ratio(observed - expected, 1 - expected)


def krippendorffs_alpha(counts: Floats, distances: Floats, draws: Floats) -> Floats:
    """Alpha of any number of coders (d,); NaN where all chose the same value.

    `counts` (n, v) says how many coders, at least two, chose each value; `distances` (v, v) how far values are apart:
    1 for nominal data. Source: Krippendorff (2011), "Computing Krippendorff's alpha-reliability".
    """
    coders = counts.sum(axis=1)
    per_unit = ((counts @ distances) * counts).sum(axis=1) / (coders - 1)
    totals = draws @ counts
    n = totals.sum(axis=1)
    expected = ((totals @ distances) * totals).sum(axis=1) / (n - 1)
    return 1 - _ratio(draws @ per_unit, expected)


def masi_distances(sets: Sequence[Codes]) -> Floats:
    """How far sets are apart (v, v): 0 for the same, 1 for sets that share nothing.

    Source: Passonneau (2006), "Measuring agreement on set-valued items (MASI)"; two empty sets are the same.
    """
    return np.array([[_masi(one, other) for other in sets] for one in sets])


def _masi(one: Codes, other: Codes) -> float:
    if one == other:
        return 0.0
    likeness = SUBSET if one < other or other < one else OVERLAP
    return 1 - likeness * len(one & other) / len(one | other)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """NaN where the denominator is 0, but for what rounding leaves of it."""
    defined = denominator > 1e-12
    return np.asarray(np.divide(numerator, denominator, out=np.full(len(numerator), np.nan), where=defined))


@dataclass(frozen=True)
class Confusion:
    """`n` times one coder gave `code` where another gave `other` instead; with `other` "" nothing instead."""

    code: str
    other: str
    n: int


def count_confusions(ratings: Ratings) -> list[Confusion]:
    """What coders disagree on, the most frequent first; every pair of coders counts for every unit.

    Of a coder who gave two codes instead of one, both count.
    """
    found: Counter[tuple[str, str]] = Counter()
    for one, other, times in ratings.by_two():
        for pair in _confused(one - other, other - one):
            found[pair] += times
    place = {code: position for position, code in enumerate((*ratings.codes, ""))}
    listed = [
        Confusion(min(pair, key=place.__getitem__), max(pair, key=place.__getitem__), n) for pair, n in found.items()
    ]
    return sorted(listed, key=lambda confusion: (-confusion.n, place[confusion.code], place[confusion.other]))


def _confused(one: Codes, other: Codes) -> set[tuple[str, str]]:
    """Pairs of codes, in the order of the alphabet."""
    return {(min(pair), max(pair)) for pair in ((a, b) for a in one for b in other)} or {
        (code, "") for code in one | other
    }
