"""What is counted, and tallies of it: of millions of units sums per cell, and the rows that people coded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from operator import add
from typing import Self

import numpy as np
from numpy.typing import NDArray

from themawijzer.coding.codings import CodedBlock
from themawijzer.coding.decisions import Decision
from themawijzer.coding.estimation import AuditedUnits, Population
from themawijzer.coding.numbers import Bools, Floats, Ints
from themawijzer.survey.survey import Base

Values = NDArray[np.object_]


class Per(StrEnum):
    """What is counted."""

    ANSWER = "answer"
    RESPONDENT = "respondent"


@dataclass(frozen=True)
class ShareScope:
    """What shares are of: the answers to a question, or the respondents (question "") by all that they answered.

    `bases` are those of the questions; a respondent counts where any of the answers does.
    """

    per: Per
    question: str
    codeframe: str
    codes: tuple[str, ...]
    bases: tuple[Base, ...] = (Base.SUBSTANTIVE,)


@dataclass(frozen=True)
class Units:
    """m units: what the machine and people said of k codes (m, k), and what is known of each unit (m,).

    `in_base` marks those that shares are of. `stratum` tells which of the table's questions were answered, as a sum of
    powers of two; a unit in the base with 0 left all empty, and has no code. What people `confirmed` or `denied` is
    certain, whatever else is decided.
    """

    predicted: Floats
    given: Bools
    decided: Bools
    confirmed: Bools
    denied: Bools
    weights: Floats
    in_base: Bools
    stratum: Ints
    is_person: Bools
    is_audit: Bools

    def __len__(self) -> int:
        return len(self.weights)

    def take(self, rows: Bools) -> Self:
        """The units of these rows (m,)."""
        return type(self)(*(values[rows] for values in vars(self).values()))


def tables(blocks: Sequence[CodedBlock]) -> Iterator[tuple[ShareScope, list[CodedBlock]]]:
    """What shares can be of, with the blocks that tell: each question and codeframe, then each codeframe."""
    by_codeframe: dict[str, list[CodedBlock]] = {}
    for block in blocks:
        by_codeframe.setdefault(block.codeframe.id, []).append(block)
        yield _scope(Per.ANSWER, block.question.id, [block]), [block]
    for own in by_codeframe.values():
        yield _scope(Per.RESPONDENT, "", own), own


def _scope(per: Per, question: str, blocks: Sequence[CodedBlock]) -> ShareScope:
    codeframe, used = blocks[0].codeframe, {block.question.base for block in blocks}
    bases = tuple(base for base in Base if base in used)
    return ShareScope(per, question, codeframe.id, tuple(codeframe.code_ids), bases)


def collect_units(blocks: Sequence[CodedBlock], weights: Floats) -> Units:
    """The respondents (m,) by their answers in these blocks, which are of one codeframe; with one block, its answers.

    A respondent has a code if any of the answers has it: with probability 1 - prod(1 - f) by the model, and by people
    where all answers are in the audit sample. A person's yes on one answer is certain, and so is a no on all. A
    respondent is decided if every answer is: otherwise those with the code would be decided more often.
    """
    read = np.array([block.is_read for block in blocks])
    read &= weights > 0
    decisions = np.array([block.published for block in blocks])
    predicted = np.array([block.predicted for block in blocks])
    is_person = np.array([block.is_person for block in blocks])
    is_audit = np.array([block.is_audit for block in blocks])
    yes, no = (decisions == Decision.YES) & read[..., None], (decisions == Decision.NO) | ~read[..., None]
    # From 2^63 on a number of NumPy's would be negative, or 0, and who answered that question would be gone.
    powers = np.array([2**place for place in range(len(blocks))], dtype=np.int64 if len(blocks) < 64 else object)
    return Units(
        predicted=1 - (1 - predicted * read[..., None]).prod(axis=0),
        given=yes.any(axis=0),
        decided=(yes | no).all(axis=0),
        confirmed=(yes & is_person[..., None]).any(axis=0),
        denied=(no & (is_person | ~read)[..., None]).all(axis=0),
        weights=weights,
        in_base=np.array([block.in_base for block in blocks]).any(axis=0) & (weights > 0),
        stratum=(read * powers[:, None]).sum(axis=0),
        is_person=(is_person | ~read).all(axis=0),
        is_audit=(is_audit | ~read).all(axis=0) & read.any(axis=0),
    )


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

    `given` is of those that are decided; `heaviest` is the largest weight (k,) of those of which a code is not certain.
    """

    population: Population
    n_person: int
    given: Floats
    decided: Floats
    confirmed: Floats
    denied: Floats
    heaviest: Floats

    def __add__(self, other: Self) -> Self:
        added = type(self)(*map(add, vars(self).values(), vars(other).values()))
        return replace(added, heaviest=np.maximum(self.heaviest, other.heaviest))


@dataclass(frozen=True)
class Counts:
    """How many units have each of a combinations of values (a,), and of k codes how many of them (a, k).

    Of `given` and `lacking` it is decided, of `confirmed` and `denied` it is certain.
    """

    n: Ints
    given: Ints
    lacking: Ints
    confirmed: Ints
    denied: Ints

    def within(self, members: Bools) -> Self:
        """The same of cells (c,), by the combinations of which they consist (c, a)."""
        return type(self)(*(members @ own for own in vars(self).values()))

    @property
    def decided(self) -> Ints:
        return self.given + self.lacking

    @property
    def certain(self) -> Ints:
        return self.confirmed + self.denied


@dataclass
class Tally:
    """What is kept of one table, of which `add` takes chunks of units.

    `sums` are per cell and stratum; `combinations` has of those with the same values in all columns how many they
    are, and of how many each code is decided, and certain (1 + 2k,).
    """

    columns: Sequence[str]
    sums: dict[Cell, dict[int, Sums]] = field(default_factory=dict)
    combinations: dict[tuple[str, ...], Ints] = field(default_factory=dict)
    _coded: list[Units] = field(default_factory=list)
    _values: list[Values] = field(default_factory=list)

    def add(self, units: Units, values: Values) -> None:
        """Count units (m,) with their values (m, columns)."""
        for cell, stratum, rows in self._parts(units, values):
            own, new = self.sums.setdefault(cell, {}), _sums(units.take(rows))
            own[stratum] = own[stratum] + new if stratum in own else new
        self._count(units, values)
        is_coded = units.is_person & (units.stratum > 0)
        self._coded.append(units.take(is_coded))
        self._values.append(values[is_coded])

    def coded(self, cell: Cell, *, with_disputed: bool = False) -> tuple[AuditedUnits, Bools]:
        """The n units of a cell that people coded, and which of them are in the random sample (n,).

        What coders dispute is said to be absent, or there.
        """
        names = ("is_audit", "confirmed", "denied", "predicted", "weights", "stratum")
        is_random, yes, no, *others = (
            np.concatenate([getattr(units, name) for units in self._coded]) for name in names
        )
        own = cell.holds(np.concatenate(self._values), self.columns)
        return AuditedUnits(~no if with_disputed else yes, *others).take(own), is_random[own]

    def weighted_shares(self, cells: Sequence[Cell]) -> tuple[Floats, Floats]:
        """Of the units in each cell the shares with each code (c, k): of what is decided, and, for certain, of all."""
        wholes = [(own[0], own[1:]) for own in (list(self.sums[cell].values()) for cell in cells)]
        sums = [sum(others, start=first) for first, others in wholes]
        names = ("given", "decided", "confirmed")
        given, decided, confirmed = (np.array([getattr(own, name) for own in sums]) for name in names)
        weights = np.array([own.population.weight for own in sums])
        return given / np.where(decided > 0, decided, 1), confirmed / weights[:, None]

    def members(self, cells: Sequence[Cell]) -> Bools:
        """Which of the combinations each cell consists of (cells, combinations)."""
        values = np.array(list(self.combinations), dtype=object).reshape(len(self.combinations), len(self.columns))
        return np.array([cell.holds(values, self.columns) for cell in cells])

    def counts(self, n_codes: int) -> Counts:
        """Of the combinations, in their order."""
        counts = np.array(list(self.combinations.values()), dtype=np.intp).reshape(-1, 1 + 4 * n_codes)
        n, of_codes = counts[:, 0], counts[:, 1:].reshape(-1, 4, n_codes)
        return Counts(n, *of_codes.transpose(1, 0, 2))

    def _count(self, units: Units, values: Values) -> None:
        found: dict[tuple[str, ...], int] = {}
        numbers = [found.setdefault(tuple(own), len(found)) for own in values.tolist()]
        told = (units.given & units.decided, ~units.given & units.decided, units.confirmed, units.denied)
        marks = np.hstack([np.ones((len(units), 1), dtype=np.bool_), *told])
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
    w, is_open = units.weights, ~(units.confirmed | units.denied)
    given, decided, confirmed, denied = (
        w @ mask for mask in (units.given & units.decided, units.decided, units.confirmed, units.denied)
    )
    heaviest = (w[:, None] * is_open).max(axis=0)
    population, n_person = Population.of(units.predicted, w), int(units.is_person.sum())
    return Sums(population, n_person, given, decided, confirmed, denied, heaviest)
