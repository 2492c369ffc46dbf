"""Tallies: what is kept of millions of answers to tell shares from: sums per cell, and the rows of the audit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from themawijzer.coding.estimation import AuditedUnits, Population
from themawijzer.coding.numbers import Bools, Floats, Ints
from themawijzer.coding.units import Units

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
    """Of the units in one cell and stratum: the population, a count, and sums of weights (k,).

    `given` is of those that are decided.
    """

    population: Population
    n_person: int
    given: Floats
    decided: Floats
    confirmed: Floats
    denied: Floats

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.population + other.population,
            self.n_person + other.n_person,
            self.given + other.given,
            self.decided + other.decided,
            self.confirmed + other.confirmed,
            self.denied + other.denied,
        )


@dataclass(frozen=True)
class Counts:
    """Of a combinations of values: how many units have it (a,), are decided (a, k), and are certain (a, k)."""

    n: Ints
    decided: Ints
    certain: Ints


@dataclass
class Tally:
    """What is kept of one table, of which `add` takes chunks of units.

    `sums` are per cell and stratum; `combinations` has of those with the same values in all columns how many they
    are, and of how many each code is decided, and certain (1 + 2k,).
    """

    columns: Sequence[str]
    sums: dict[Cell, dict[int, Sums]] = field(default_factory=dict)
    combinations: dict[tuple[str, ...], Ints] = field(default_factory=dict)
    _audited: list[Units] = field(default_factory=list)
    _values: list[Values] = field(default_factory=list)

    def add(self, units: Units, values: Values) -> None:
        """Count units (m,) with their values (m, columns)."""
        for cell, stratum, rows in self._parts(units, values):
            own, new = self.sums.setdefault(cell, {}), _sums(units.take(rows))
            own[stratum] = own[stratum] + new if stratum in own else new
        self._count(units, values)
        self._audited.append(units.take(units.is_audit))
        self._values.append(values[units.is_audit])

    def audit(self, cell: Cell, *, with_disputed: bool = False) -> AuditedUnits:
        """The audited units of a cell; what coders dispute is said to be absent, or there."""
        names = ("confirmed", "denied", "predicted", "weights", "stratum")
        yes, no, *others = (np.concatenate([getattr(units, name) for units in self._audited]) for name in names)
        whole = AuditedUnits(~no if with_disputed else yes, *others)
        return whole.take(cell.holds(np.concatenate(self._values), self.columns))

    def members(self, cells: Sequence[Cell]) -> Bools:
        """Which of the combinations each cell consists of (cells, combinations)."""
        values = np.array(list(self.combinations), dtype=object).reshape(len(self.combinations), len(self.columns))
        return np.array([cell.holds(values, self.columns) for cell in cells])

    def counts(self, n_codes: int) -> Counts:
        """Of the combinations, in their order."""
        counts = np.array(list(self.combinations.values()), dtype=np.intp).reshape(-1, 1 + 2 * n_codes)
        n, decided, certain = np.split(counts, [1, 1 + n_codes], axis=1)
        return Counts(n[:, 0], decided, certain)

    def _count(self, units: Units, values: Values) -> None:
        found: dict[tuple[str, ...], int] = {}
        numbers = [found.setdefault(tuple(own), len(found)) for own in values.tolist()]
        marks = np.hstack([np.ones((len(units), 1), dtype=np.bool_), units.decided, units.confirmed | units.denied])
        order = np.argsort(numbers, kind="stable")
        starts = np.searchsorted(numbers, range(len(found)), sorter=order)
        counts = np.add.reduceat(marks[order], starts, axis=0, dtype=np.intp)
        for combination, own in zip(found, counts, strict=True):
            self.combinations[combination] = self.combinations.get(combination, 0) + own

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
    population = Population(len(w), float(w.sum()), float(w @ w), w @ f, w @ (f * f))
    weights = (w @ mask for mask in (units.given & units.decided, units.decided, units.confirmed, units.denied))
    return Sums(population, int(units.is_person.sum()), *weights)
