"""Tallies: what is kept of millions of answers to tell shares from: sums per cell, and the rows of the audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.coding.estimation import Audit, Bools, Floats, Population
from pipeline.coding.units import Units

Values = NDArray[np.object_]


@dataclass(frozen=True, order=True)
class Cell:
    """The units with a value in a background column; all of them where the column is ""."""

    background: str = ""
    group: str = ""

    def holds(self, values: Values, columns: Sequence[str]) -> Bools:
        """Which of m units are in the cell (m,), by their values in the columns (m, columns)."""
        if not self.background:
            return np.ones(len(values), dtype=np.bool_)
        return np.asarray(values[:, columns.index(self.background)] == self.group, dtype=np.bool_)


@dataclass(frozen=True)
class Sums:
    """Of the units in one cell and stratum; `given` and `decided` (k,) are sums of weights, `n_decided` (k,) counts."""

    population: Population
    n_person: int
    given: Floats
    decided: Floats
    n_decided: NDArray[np.intp]

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.population + other.population,
            self.n_person + other.n_person,
            self.given + other.given,
            self.decided + other.decided,
            self.n_decided + other.n_decided,
        )


@dataclass
class Tally:
    """What is kept of one table, of which `add` takes chunks of units.

    `sums` are per cell and stratum; `combinations` counts who has which values in the columns.
    """

    columns: Sequence[str]
    sums: dict[Cell, dict[int, Sums]] = field(default_factory=dict)
    combinations: Counter[tuple[str, ...]] = field(default_factory=Counter)
    _audited: list[Units] = field(default_factory=list)
    _values: list[Values] = field(default_factory=list)

    def add(self, units: Units, values: Values) -> None:
        """Count units (m,) with their values (m, columns)."""
        for cell, stratum, rows in self._parts(units, values):
            own, new = self.sums.setdefault(cell, {}), _sums(units.take(rows))
            own[stratum] = own[stratum] + new if stratum in own else new
        self.combinations.update(map(tuple, values.tolist()))
        self._audited.append(units.take(units.is_audit))
        self._values.append(values[units.is_audit])

    def audit(self, cell: Cell) -> Audit:
        """The audited units of a cell."""
        names = ("given", "predicted", "weights", "stratum")
        whole = Audit(*(np.concatenate([getattr(units, name) for units in self._audited]) for name in names))
        return whole.take(cell.holds(np.concatenate(self._values), self.columns))

    def members(self, cells: Sequence[Cell]) -> Bools:
        """Which of the combinations each cell consists of (cells, combinations)."""
        values = np.array(list(self.combinations), dtype=object).reshape(len(self.combinations), len(self.columns))
        return np.array([cell.holds(values, self.columns) for cell in cells])

    def _parts(self, units: Units, values: Values) -> Iterator[tuple[Cell, int, Bools]]:
        """The rows (m,) of every cell and stratum that has any."""
        for stratum in np.unique(units.stratum).tolist():
            in_stratum = units.stratum == stratum
            yield Cell(), stratum, in_stratum
            for column, own in zip(self.columns, values.T, strict=True):
                for group in dict.fromkeys(own[in_stratum]):
                    yield Cell(column, group), stratum, in_stratum & (own == group)


def _sums(units: Units) -> Sums:
    w, f = units.weights, units.predicted
    population = Population(len(w), float(w.sum()), w @ f, w @ (f * f))
    n_person, n_decided = int(units.is_person.sum()), units.decided.sum(axis=0)
    return Sums(population, n_person, w @ units.given, w @ units.decided, n_decided)
