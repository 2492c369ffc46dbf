"""Prevalence: the share of answers, and of respondents, with each code, as far as the audit sample can tell."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from themawijzer.coding.cell_shares import KnownCell, Method, Refusal, Share, shares_of_cell
from themawijzer.coding.codings import CodedBlock
from themawijzer.coding.estimation import tuned_slope
from themawijzer.coding.numbers import Bools, Floats, Ints
from themawijzer.coding.suppression import CellTable, cells_to_hide, figures_to_hide
from themawijzer.coding.tallies import Cell, Counts, ShareScope, Tally, Units, Values, collect_units, tables

STAYS = (Refusal.SMALL_CELL, Refusal.SMALL_COUNT, Refusal.OUTSIDE_BASE)
ROUNDING = 0.5  # of what a reader takes for a number of respondents
_NUMBER = re.compile(r"-?\d{1,15}(\.\d+)?")


@dataclass
class Prevalence:
    """Shares from codings that are added chunk by chunk; only rows that people coded are kept.

    Each value of the background `columns` is a cell. Cells with fewer than `min_cell` respondents are suppressed, and
    so are those that would disclose them. `left_out` is the part of the population that did not take part (1 where
    nobody knows how large that is), if shares speak for all of it; None where they speak for the units alone.
    """

    columns: Sequence[str]
    min_cell: int
    left_out: float | None = None
    _tallies: dict[ShareScope, Tally] = field(default_factory=dict)
    _by_people: dict[ShareScope, Ints] = field(default_factory=dict)  # codes of answers that count, and of others

    def add(self, blocks: Sequence[CodedBlock], weights: Floats, background: Mapping[str, Sequence[str]]) -> None:
        """Count n rows: a block per question and codeframe, the weights (n,), and the values in the columns."""
        columns = [background[column] for column in self.columns]
        values = np.array(columns, dtype=object).reshape(len(self.columns), len(weights)).T
        for table, own in tables(blocks):
            self.add_units(table, collect_units(own, weights), values)
            for block in own:
                parts = (block.by_people[rows].sum(axis=0, dtype=np.intp) for rows in (block.is_read, ~block.is_read))
                self._by_people[table] = self._by_people.get(table, 0) + np.array(list(parts))

    def add_units(self, table: ShareScope, units: Units, values: Values) -> None:
        """Count n units of a table, with their values (n, columns)."""
        rows = units.in_base
        self._tallies.setdefault(table, Tally(self.columns)).add(units.take(rows), values[rows])

    def shares(self) -> list[Share]:
        """Per table, cell and code, in the order of the survey; the values of a column sorted, 2 before 10."""
        found = [_Protected.of(table, tally, self._cells(tally)) for table, tally in self._tallies.items()]
        hidden = _hidden_groups(found, self.min_cell)
        shares = [share for own in found for share in self._of_table(own, hidden)]
        return [_without(share, Refusal.OUTSIDE_BASE) if self._is_outside(share) else share for share in shares]

    def _is_outside(self, share: Share) -> bool:
        """Whether people gave the code to answers that do not count only: 0 % would look like a finding."""
        if share.table not in self._by_people:
            return False
        counted, others = self._by_people[share.table][:, share.table.codes.index(share.code)].tolist()
        return bool(others and not counted)

    def _cells(self, tally: Tally) -> list[Cell]:
        columns = ["", *self.columns]
        return sorted({Cell(), *tally.sums}, key=lambda cell: (columns.index(cell.background), _rank(cell.group)))

    def _of_table(self, own: "_Protected", hidden: Container[Cell]) -> Iterator[Share]:
        table, tally, counts = own.table, own.tally, own.counts
        gone = own.hide(hidden, self.min_cell)
        if gone.all():
            yield from (_small(table, code, cell) for cell in own.cells for code in table.codes)
            return
        slopes = [_slope(table, tally, with_disputed=with_disputed) for with_disputed in (False, True)]
        n_open = counts.n[:, None] - counts.certain
        known = {place: own.known(place, n_open[place]) for place in np.flatnonzero(~gone).tolist()}
        can_tell = np.array([place in known and known[place].can_tell for place in range(len(gone))])[:, None]
        is_told = (n_open == 0) | can_tell
        no_raw, no_bounds = _untold(own, gone, is_told, self.min_cell)
        no_figure = no_bounds & is_told & (n_open < self.min_cell)
        no_figure[0] = False  # of all together their number may be told
        n_decided = np.where(no_raw, 0, counts.decided)
        for place, cell in enumerate(own.cells):
            if gone[place]:
                yield from (_small(table, code, cell) for code in table.codes)
            else:
                guarded = replace(known[place], no_bounds=no_bounds[place], no_figure=no_figure[place])
                yield from shares_of_cell(
                    table, cell, guarded, slopes, n_decided=n_decided[place], left_out=self.left_out
                )


def _small(table: ShareScope, code: str, cell: Cell) -> Share:
    return Share(table, code, cell, refusal=Refusal.SMALL_CELL)


@dataclass(frozen=True)
class _Protected:
    """One table with its cells, the total first, and what is counted in them."""

    table: ShareScope
    tally: Tally
    cells: Sequence[Cell]
    groups: CellTable
    of_combinations: Counts
    counts: Counts

    @classmethod
    def of(cls, table: ShareScope, tally: Tally, cells: Sequence[Cell]) -> Self:
        members, counts = tally.members(cells), tally.counts(len(table.codes))
        groups = CellTable([cell.background for cell in cells], members, counts.n)
        return cls(table, tally, cells, groups, counts, counts.within(members))

    def hide(self, gone: Container[Cell], min_cell: int) -> Bools:
        """Which of the cells not to show (c,), beside those that are gone."""
        return cells_to_hide(self.groups, min_cell, np.array([cell in gone for cell in self.cells]))

    def known(self, place: int, n_open: Ints) -> KnownCell:
        """What is known of one of the cells, of which so many units are open (k,)."""
        strata = dict(sorted(self.tally.sums[self.cells[place]].items()))
        coded = [self.tally.coded(self.cells[place], with_disputed=with_disputed) for with_disputed in (False, True)]
        return KnownCell.of(strata, coded, n_open)


def _hidden_groups(tables: Sequence[_Protected], min_cell: int) -> set[Cell]:
    """The groups that must not be shown in some table; then in no other one: whom they tell of is partly the same."""
    hidden, n_hidden = set[Cell](), -1
    while len(hidden) > n_hidden:
        n_hidden = len(hidden)
        for own in tables:
            is_hidden = own.hide(hidden, min_cell)
            hidden |= {cell for cell, gone in zip(own.cells, is_hidden, strict=True) if gone and cell.background}
    return hidden


def _untold(own: _Protected, gone: Bools, is_told: Bools, min_cell: int) -> tuple[Bools, Bools]:
    """In which cells not to tell how many have each of k codes (c, k): of what is decided, and of what is certain.

    The latter is told where shares are given (c, k). Where all is both, they are the same figure. A weighted share that
    reads as few, whatever it stands for, is not told either.
    """
    counts, among, n = own.counts, own.of_combinations, own.counts.n[:, None]
    is_both = (counts.decided == n) & (counts.certain == n)
    raw, counted = own.tally.weighted_shares(own.cells)
    no_raw, no_bounds = (
        gone[:, None] | (np.minimum(share, 1 - share) * of <= min_cell - ROUNDING)
        for share, of in ((raw, counts.decided), (counted, n))
    )
    no_raw[0] = no_bounds[0] = gone[0]
    no_bounds |= ~is_told
    no_raw = no_raw | (no_bounds & is_both)
    while True:
        no_raw = figures_to_hide(own.groups, among.given, among.lacking, min_cell, no_raw | (no_bounds & is_both))
        grown = no_bounds | (no_raw & is_both)
        if is_both.all():
            return no_raw, no_raw
        no_bounds = figures_to_hide(own.groups, among.confirmed, among.denied, min_cell, grown)
        if not (no_bounds & is_both & ~no_raw).any():
            return no_raw, no_bounds


def _rank(group: str) -> tuple[float, str]:
    number = float(group) if _NUMBER.fullmatch(group) else np.inf
    return number if group else -np.inf, group


def refused(shares: Iterable[Share], codeframes: Container[str], refusal: Refusal) -> list[Share]:
    """The shares without those of codeframes whose sample cannot tell; what was counted needs none."""
    return [
        _without(share, refusal)
        if share.table.codeframe in codeframes and share.method in (None, Method.ESTIMATED)
        else share
        for share in shares
    ]


def _without(share: Share, refusal: Refusal) -> Share:
    """The share without its corrected figures; what is hidden, or does not count, stays so whatever else is wrong."""
    stays = share.refusal if share.refusal in STAYS else refusal
    counted: dict[str, Any] = {"n_decided": None, "raw": None} if stays is Refusal.OUTSIDE_BASE else {}
    return replace(
        share, share=None, low=None, high=None, effective_n=None, method=None, refusal=stays, needed=0, **counted
    )


def _slope(table: ShareScope, tally: Tally, *, with_disputed: bool) -> Floats:
    """Of the whole table, for every cell: in a group alone too few answers are audited to tell."""
    coded, is_random = tally.coded(Cell(), with_disputed=with_disputed)
    if not is_random.any():
        return np.zeros(len(table.codes))
    sizes = [sums.population for stratum, sums in tally.sums[Cell()].items() if stratum]
    return tuned_slope(coded.take(is_random), sizes)
