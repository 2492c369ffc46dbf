"""Prevalence: the share of answers, and of respondents, with each code, as far as the audit sample can tell."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Any

import numpy as np

from themawijzer.coding.codings import CodedBlock
from themawijzer.coding.estimation import AuditedUnits, estimate, tuned_slope
from themawijzer.coding.numbers import Bools, Floats, Ints
from themawijzer.coding.suppression import cells_to_hide, figures_to_hide
from themawijzer.coding.tallies import Cell, ShareScope, Sums, Tally, Units, Values, collect_units, tables

# Where probabilities mean what they say, 20 would do (benchmarks/shares.md). But a smaller audit than this shows too
# few of the errors of a model that errs seldom and is sure of itself: there its intervals miss too often.
MIN_AUDIT = 50
MIN_AUDIT_STRATUM = 10  # of respondents who answered the same questions


class Refusal(StrEnum):
    """Why figures are not given."""

    TOO_FEW = "too_few"  # random answers
    NOT_RANDOM = "not_random"  # people coded enough, but answers that were chosen
    SMALL_CELL = "small_cell"
    DRIFTED = "drifted"  # the sample is not one of these answers
    WAITING = "waiting"  # some of the sample are to be judged again


@dataclass(frozen=True)
class Share:
    """The share of one code in one cell; figures are None where they are refused.

    `raw` is the share among the `n_decided` units that were decided, both None where they would disclose a small cell;
    `share` is the corrected one, and `effective_n` the size of a simple random coded sample with the same precision.
    `needed` is how many more units must be drawn at random and coded by people.
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
    refusal: Refusal | None = None
    needed: int = 0


@dataclass
class Prevalence:
    """Shares from codings that are added chunk by chunk; only rows of the audit are kept.

    Each value of the background `columns` is a cell. Cells with fewer than `min_cell` respondents are suppressed, and
    so are those that would disclose them.
    """

    columns: Sequence[str]
    min_cell: int
    _tallies: dict[ShareScope, Tally] = field(default_factory=dict)

    def add(self, blocks: Sequence[CodedBlock], weights: Floats, background: Mapping[str, Sequence[str]]) -> None:
        """Count n rows: a block per question and codeframe, the weights (n,), and the values in the columns."""
        columns = [background[column] for column in self.columns]
        values = np.array(columns, dtype=object).reshape(len(self.columns), len(weights)).T
        for table, own in tables(blocks):
            self.add_units(table, collect_units(own, weights), values)

    def add_units(self, table: ShareScope, units: Units, values: Values) -> None:
        """Count n units of a table, with their values (n, columns)."""
        rows = units.stratum > 0
        self._tallies.setdefault(table, Tally(self.columns)).add(units.take(rows), values[rows])

    def shares(self) -> list[Share]:
        """Per table, cell and code, in the order of the survey; the values of a column sorted."""
        hidden = {cell for table, tally in self._tallies.items() for cell in self._hidden(table, tally)}
        return [share for table, tally in self._tallies.items() for share in self._of_table(table, tally, hidden)]

    def _cells(self, tally: Tally) -> list[Cell]:
        return sorted({Cell(), *tally.sums}, key=lambda cell: (["", *self.columns].index(cell.background), cell.group))

    def _hidden(self, table: ShareScope, tally: Tally) -> Iterator[Cell]:
        """The cells of one table that must not be shown; then in no other one: whom they tell of is partly the same."""
        cells = self._cells(tally)
        columns, counts = [cell.background for cell in cells], tally.counts(len(table.codes))
        hidden = cells_to_hide(tally.members(cells), counts.n, columns, self.min_cell)
        yield from (cell for cell, is_hidden in zip(cells, hidden, strict=True) if is_hidden)

    def _of_table(self, table: ShareScope, tally: Tally, hidden_anywhere: Container[Cell]) -> Iterator[Share]:
        cells = self._cells(tally)
        slopes = [_slope(table, tally, with_disputed=with_disputed) for with_disputed in (False, True)]
        members, counts = tally.members(cells), tally.counts(len(table.codes))
        columns = [cell.background for cell in cells]
        gone = np.array([cell in hidden_anywhere for cell in cells])
        hidden = cells_to_hide(members, counts.n, columns, self.min_cell, gone)
        # What is decided, or certain, is of fewer respondents, and can be subtracted between cells as they can. Of a
        # cell of which all is certain, the share itself tells.
        told = ~hidden[:, None] & (members @ counts.certain == (members @ counts.n)[:, None])
        hide = partial(figures_to_hide, members, columns=columns, min_cell=self.min_cell, gone=hidden, told=told)
        no_raw, no_bounds = hide(counts.decided), hide(counts.certain)
        n_decided = np.where(no_raw, 0, members @ counts.decided)
        for place, cell in enumerate(cells):
            if hidden[place]:
                yield from (Share(table, code, cell, refusal=Refusal.SMALL_CELL) for code in table.codes)
            else:
                strata = dict(sorted(tally.sums[cell].items()))
                audits = [tally.audit(cell, with_disputed=with_disputed) for with_disputed in (False, True)]
                raw = _raw(table, cell, _sum(strata), len(audits[0]), n_decided[place])
                yield from _corrected(raw, strata, audits, slopes, no_bounds[place])


def _raw(table: ShareScope, cell: Cell, whole: Sums, n_audit: int, n_decided: Ints) -> list[Share]:
    shares = [Share(table, code, cell, whole.population.n, n_audit) for code in table.codes]
    raw = zip(shares, n_decided.tolist(), whole.given, whole.decided, strict=True)
    return [replace(share, n_decided=n, raw=given / decided) if n else share for share, n, given, decided in raw]


def refused(shares: Iterable[Share], codeframes: Container[str], refusal: Refusal) -> list[Share]:
    """The shares without those of codeframes whose sample cannot tell."""
    nothing: dict[str, Any] = {"share": None, "low": None, "high": None, "effective_n": None}
    return [
        replace(share, **nothing, refusal=Refusal.SMALL_CELL if share.refusal is Refusal.SMALL_CELL else refusal)
        if share.table.codeframe in codeframes
        else share
        for share in shares
    ]


def _slope(table: ShareScope, tally: Tally, *, with_disputed: bool) -> Floats:
    """Of the whole table, for every cell: in a group alone too few answers are audited to tell."""
    audit = tally.audit(Cell(), with_disputed=with_disputed)
    if not len(audit):
        return np.zeros(len(table.codes))
    return tuned_slope(audit, [sums.population for sums in tally.sums[Cell()].values()])


def _corrected(
    raw: list[Share],
    strata: Mapping[int, Sums],
    audits: Sequence[AuditedUnits],
    slopes: Sequence[Floats],
    no_bounds: Bools,
) -> list[Share]:
    """The shares of a cell with their corrected figures, or the reason why there are none.

    Disputed codes count as absent in the first of the two audits, and as there in the second.
    """
    whole, audit = _sum(strata), audits[0]
    if needed := _needed(strata, audit):
        is_chosen = len(audit) < min(MIN_AUDIT, whole.population.n) <= whole.n_person
        refusal = Refusal.NOT_RANDOM if is_chosen else Refusal.TOO_FEW
        return [replace(share, refusal=refusal, needed=needed) for share in raw]
    populations = [sums.population for sums in strata.values()]
    numbered = [replace(audit, stratum=np.searchsorted(list(strata), audit.stratum)) for audit in audits]
    absent, there = (estimate(audited, populations, slope) for audited, slope in zip(numbered, slopes, strict=True))
    found = absent.through(there)
    least, most = whole.confirmed / whole.population.weight, 1 - whole.denied / whole.population.weight
    found = found.within(np.where(no_bounds, 0, least), np.where(no_bounds, 1, most))
    is_certain = np.isclose(least, most, rtol=0, atol=1e-9) & ~no_bounds  # people coded every unit
    effective_n = np.where(is_certain, whole.population.n, found.effective_n)
    figures = zip(raw, found.share, found.low, found.high, effective_n, strict=True)
    return [replace(share, share=s, low=low, high=high, effective_n=n) for share, s, low, high, n in figures]


def _needed(strata: Mapping[int, Sums], audit: AuditedUnits) -> int:
    """How many units must still be drawn at random and coded by people."""
    sizes = {stratum: sums.population.n for stratum, sums in strata.items()}
    lacking = [max(min(MIN_AUDIT_STRATUM, n) - int((audit.stratum == h).sum()), 0) for h, n in sizes.items()]
    return max(min(MIN_AUDIT, sum(sizes.values())) - len(audit), sum(lacking))


def _sum(strata: Mapping[int, Sums]) -> Sums:
    first, *others = strata.values()
    return sum(others, start=first)
