"""Prevalence: the share of answers, and of respondents, with each code, as far as the audit sample can tell."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from themawijzer.coding.cell_shares import KnownCell, Method, Refusal, Share, shares_of_cell
from themawijzer.coding.codings import CodedBlock
from themawijzer.coding.estimation import tuned_slope
from themawijzer.coding.numbers import Floats, Ints
from themawijzer.coding.suppression import cells_to_hide, figures_to_hide
from themawijzer.coding.tallies import Cell, ShareScope, Tally, Units, Values, collect_units, tables

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
        hidden = {cell for table, tally in self._tallies.items() for cell in self._hidden(table, tally)}
        shares = [share for table, tally in self._tallies.items() for share in self._of_table(table, tally, hidden)]
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
        n_decided, n_certain = np.where(no_raw, 0, members @ counts.decided), members @ counts.certain
        for place, cell in enumerate(cells):
            if hidden[place]:
                yield from (Share(table, code, cell, refusal=Refusal.SMALL_CELL) for code in table.codes)
            else:
                strata = dict(sorted(tally.sums[cell].items()))
                coded = [tally.coded(cell, with_disputed=with_disputed) for with_disputed in (False, True)]
                known = KnownCell.of(strata, coded, n_certain[place], no_bounds[place])
                yield from shares_of_cell(
                    table, cell, known, slopes, n_decided=n_decided[place], left_out=self.left_out
                )


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
    stays = share.refusal if share.refusal in (Refusal.SMALL_CELL, Refusal.OUTSIDE_BASE) else refusal
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
