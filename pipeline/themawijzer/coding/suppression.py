"""Which cells of a table, and which figures of a code in them, must not be shown: they tell of too few respondents.

Hiding what is small is not enough where other cells and the total give it away: then others are hidden too (secondary
suppression; Hundepool et al. 2012, "Statistical disclosure control", chapter 4). What is hidden of a column is known
together: all less what is shown. So each column divides the respondents in blocks, its shown cells and the rest, and
what follows from two columns are sums of blocks of the one less blocks of the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations

import numpy as np

from themawijzer.coding.exposure import exposing_cells
from themawijzer.coding.numbers import Bools, Ints

NEARLY = 0.8  # of the respondents that two groups share, the part that follows from all groups
MAX_ENTANGLED = 2000  # combinations of values of which it is looked whether three columns are entangled
N_TRIED = 12  # cells, the smallest of those that expose something first, of which one is to hide


@dataclass(frozen=True)
class CellTable:
    """Of which combinations of values each of c cells consists (c, a), and how many respondents have these (a,).

    `columns` says to which column a cell belongs ("" for the total, which is the first cell). The cells of a column
    have all respondents, each once.
    """

    columns: Sequence[str]
    members: Bools
    counts: Ints

    @cached_property
    def shared(self) -> Ints:
        """How many respondents each two of the cells share (c, c)."""
        weighted = self.members * self.counts.astype(np.float64)
        return (weighted @ self.members.T).round().astype(np.intp)

    @cached_property
    def is_entangled(self) -> bool:
        """Whether what two groups share nearly follows from all, as where a column says who is in either of them."""
        if len(self.counts) > MAX_ENTANGLED:
            return False
        root = np.sqrt(self.counts)
        basis, lengths, _ = np.linalg.svd((self.members * root).T, full_matrices=False)
        basis = basis[:, lengths > lengths[0] * 1e-9]
        for place in range(1, len(self.members)):
            both = (self.members[place] & self.members) * root
            n = (both**2).sum(axis=1)
            follows = (n > 0) & (((both @ basis) ** 2).sum(axis=1) > NEARLY * n)
            is_within = n >= NEARLY * np.minimum(self.sizes[place], self.sizes)
            if (follows & ~is_within).any():
                return True
        return False

    @property
    def sizes(self) -> Ints:
        """How many respondents are in each cell (c,)."""
        return np.diag(self.shared)

    @cached_property
    def places(self) -> dict[str, Ints]:
        """The cells of each column."""
        return {column: np.flatnonzero(np.array(self.columns) == column) for column in dict.fromkeys(self.columns)}

    def blocks(self, hidden: Bools) -> dict[str, Bools]:
        """Of each column which cells are in its blocks (b, c): a shown cell, or beside a shown total the others."""
        found = {}
        for column, places in self.places.items():
            shown, others = places[~hidden[places]], places[hidden[places]]
            has_rest = bool(len(others)) and not hidden[0]
            blocks = np.zeros((len(shown) + has_rest, len(hidden)), dtype=np.bool_)
            blocks[np.arange(len(shown)), shown] = True
            blocks[len(shown) :, others] = True
            found[column] = blocks
        return found


def cells_to_hide(cells: CellTable, min_cell: int, gone: Bools | None = None) -> Bools:
    """Which of c cells to hide (c,), with those that are `gone` (c,) already.

    What is shown differs from no other sum of cells by fewer than `min_cell` respondents: whatever is told of both
    would tell of those few.
    """
    hidden = (cells.sizes < min_cell) | (False if gone is None else gone)
    if hidden[0]:
        return np.ones_like(hidden)
    apart = partial(_few_apart, cells, min_cell)
    return _protected(cells, hidden, apart, cells.counts[:, None], min_cell)


def figures_to_hide(cells: CellTable, has: Ints, lacks: Ints, min_cell: int, gone: Bools) -> Bools:
    """In which of c cells not to tell how many have each of k codes, and how many lack it (c, k): also where `gone`.

    `has` and `lacks` are of the combinations (a, k). Of every group of respondents of which it follows, at least
    `min_cell` have the code, and as many lack it. The total is no group: it is told of as many together, and where it
    has fewer of either no group is told.
    """
    n_has, n_lacks = cells.members @ has, cells.members @ lacks
    hidden = (n_has < min_cell) | (n_lacks < min_cell) | gone
    hidden[0] = (n_has[0] + n_lacks[0] < min_cell) | gone[0]
    for code, own in enumerate(hidden.T):
        counts, in_cells = (np.column_stack([a[:, code], b[:, code]]) for a, b in ((has, lacks), (n_has, n_lacks)))
        own[1:] |= (in_cells[0] < min_cell).any()
        own[:] = _protected(cells, own, partial(_few_told, cells, min_cell, in_cells), counts, min_cell)
    return hidden


_Finder = Callable[[dict[str, Bools], str, str], Bools | None]  # cells that expose something, in blocks of two columns


def _protected(cells: CellTable, hidden: Bools, find: _Finder, counts: Ints, min_cell: int) -> Bools:
    """The hidden cells (c,), and others with which nothing is found in two columns, nor in more of them together."""
    columns = np.array(cells.columns)
    while True:
        hidden = _protected_in_pairs(cells, hidden, find)
        if len(set(columns[~hidden]) - {""}) < 3 or not cells.is_entangled:
            return hidden
        if (exposing := exposing_cells(cells.members[~hidden], counts, min_cell)) is None:
            return hidden
        exposed = np.zeros_like(hidden)
        exposed[np.flatnonzero(~hidden)[exposing]] = True
        groups = ~hidden & (columns != "")
        candidates = np.flatnonzero(groups & exposed if (groups & exposed).any() else groups)
        hidden[candidates[cells.sizes[candidates].argmin()]] = True


def _protected_in_pairs(cells: CellTable, hidden: Bools, find: _Finder) -> Bools:

    def exposing(hidden: Bools, column: str | None = None) -> dict[tuple[str, str], Bools]:
        blocks = cells.blocks(hidden)
        pairs = [pair for pair in combinations(blocks, 2) if column is None or column in pair]
        found = {pair: find(blocks, *pair) for pair in pairs}
        return {pair: own for pair, own in found.items() if own is not None}

    hidden, columns = hidden.copy(), np.array(cells.columns)
    while found := exposing(hidden):
        pair, own = next(iter(found.items()))
        shown = np.flatnonzero(np.isin(columns, [column for column in pair if column]) & ~hidden)
        coarsest = min(pair, key=lambda column: len(cells.places[column]))
        is_coarse, is_near = np.isin(columns, [coarsest]), np.asarray((cells.shared[own] > 0).any(axis=0))
        order = sorted(shown.tolist(), key=lambda cell: (not is_near[cell], is_coarse[cell], int(cells.sizes[cell])))
        gains = []
        for cell in order[:N_TRIED]:
            tried = hidden | (np.arange(len(hidden)) == cell)
            left = len(exposing(tried, str(columns[cell])))
            gains.append(sum(columns[cell] in pair for pair in found) - left)
            if not left:
                break
        hidden[order[int(np.argmax(gains))]] = True
    return hidden


def _few_told(cells: CellTable, min_cell: int, counts: Ints, blocks: dict[str, Bools], *pair: str) -> Bools | None:
    """Blocks of one column that hold blocks of the other, and beside these few who have the code, or lack it."""
    for first, second in (pair, pair[::-1]):
        outer, inner = blocks[first], blocks[second]
        shared = outer @ cells.shared @ inner.T
        unions = np.vstack([np.eye(len(outer), dtype=np.bool_), shared.T > 0])
        within = unions @ shared == inner @ cells.sizes
        left = unions @ (outer @ counts) - within @ (inner @ counts)
        is_few = (left < min_cell).any(axis=1) & left.any(axis=1)
        if is_few.any():
            place = int(is_few.argmax())
            return np.asarray((unions[place] @ outer) | (within[place] @ inner))
    return None


def _few_apart(cells: CellTable, min_cell: int, blocks: dict[str, Bools], first: str, second: str) -> Bools | None:
    """Blocks of two columns that hold the same respondents but for a few."""
    own, n_first = np.vstack([blocks[first], blocks[second]]), len(blocks[first])
    between = np.zeros((len(own), len(own)), dtype=np.intp)
    between[:n_first, n_first:] = own[:n_first] @ cells.shared @ own[n_first:].T
    between += between.T
    if (side := small_cut(between, min_cell)) is None:
        return None
    crossing = (between > 0) & (side[:, None] != side[None, :])
    return np.asarray(own[crossing.any(axis=1)].any(axis=0))


def small_cut(weights: Ints, below: int) -> Bools | None:
    """One side (v,) of a cut of a connected part of a graph (v, v) that weighs less than `below`, if there is any.

    Stoer & Wagner (1997, Journal of the ACM 44), after nodes that no such cut can part became one.
    """
    for part in _parts(weights > 0):
        heavy = _parts(weights[np.ix_(part, part)] >= below)
        sides = np.zeros((len(heavy), len(weights)), dtype=np.bool_)
        for node, places in enumerate(heavy):
            sides[node, part[places]] = True
        while len(sides) > 1:
            graph = sides @ weights @ sides.T
            np.fill_diagonal(graph, 0)
            before, last = _last_added(graph)
            if graph[last].sum() < below:
                return np.asarray(sides[last])
            sides[before] |= sides[last]
            sides = np.delete(sides, last, axis=0)
    return None


def _last_added(graph: Ints) -> tuple[int, int]:
    """The last two nodes when each time the node is added that hangs most on those before it."""
    added, order = np.zeros(len(graph), dtype=np.bool_), [0]
    added[0] = True
    while len(order) < len(graph):
        hangs = np.where(added, -1, graph[added].sum(axis=0))
        order.append(int(hangs.argmax()))
        added[order[-1]] = True
    return order[-2], order[-1]


def _parts(touches: Bools) -> list[Ints]:
    """The connected parts of a graph (v, v), each by its nodes."""
    labels = np.arange(len(touches))
    reach = touches | np.eye(len(touches), dtype=np.bool_)
    while True:
        nearest = np.where(reach, labels, len(labels)).min(axis=1, initial=len(labels))
        if (nearest == labels).all():
            return [np.flatnonzero(labels == label) for label in np.unique(labels)]
        labels = nearest
