"""Which cells of a table must not be shown, because they tell of too few respondents.

Hiding a small cell is not enough where the others and the total give it away: then other cells are hidden too
(secondary suppression; Hundepool et al. 2012, "Statistical disclosure control", chapter 4).
"""

from collections.abc import Sequence

import numpy as np

from themawijzer.coding.numbers import Bools, Ints

ROUNDING = 1e-6


def cells_to_hide(
    members: Bools, counts: Ints, columns: Sequence[str], min_cell: int, gone: Bools | None = None
) -> Bools:
    """Which of c cells to hide (c,), with those that are `gone` (c,) already.

    `members` (c, a) says of which combinations of values a cell consists, `counts` (a,) how many respondents have
    them, and `columns` to which column a cell belongs ("" for the total).
    """
    sizes = members @ counts
    hidden = (sizes < min_cell) | (False if gone is None else gone)
    while (exposed := _exposed(members, counts, hidden, columns, min_cell)) is not None:
        column, few = exposed
        shown = sorted(np.flatnonzero(~hidden).tolist(), key=lambda cell: int(sizes[cell]))
        own = [cell for cell in shown if columns[cell] == column] or shown
        protecting = (cell for cell in own if not _follow(few[None], members[[c for c in shown if c != cell]])[0])
        hidden[next(protecting, own[0])] = True
    return hidden


def figures_to_hide(
    members: Bools, counts: Ints, columns: Sequence[str], *, min_cell: int, gone: Bools, told: Bools
) -> Bools:
    """In which of c cells to hide a figure of k codes (c, k) that tells of only some respondents: `counts` (a, k).

    Where hiding it in a cell does not help, as other figures have `told` it (c, k), it is hidden in all cells.
    """
    alike, place = np.unique(counts, axis=1, return_inverse=True)  # most codes count the same respondents
    hidden = np.array([cells_to_hide(members, row, columns, min_cell, gone) for row in alike.T])[place].T
    return np.asarray(hidden | (hidden & told).any(axis=0))


def _exposed(
    members: Bools, counts: Ints, hidden: Bools, columns: Sequence[str], min_cell: int
) -> tuple[str, Bools] | None:
    """A column of which hidden cells, or parts of them, are few respondents and follow from what is shown."""
    if (differs := _few_more(members, counts, hidden, min_cell)) is not None:
        smaller, few = differs
        return columns[smaller], few
    for column in dict.fromkeys(columns):
        own = members[hidden & (np.array(columns) == column)]
        if not len(own):
            continue
        # A shown cell of another column, less the shown cells of this one, leaves its part of the hidden ones.
        left = own.any(axis=0) & members[~hidden]
        candidates = np.vstack([own, left])
        sizes = candidates @ counts
        found = np.flatnonzero((sizes > 0) & (sizes < min_cell) & _follow(candidates, members[~hidden]))
        if len(found):
            return column, candidates[found[0]]
    return None


def _few_more(members: Bools, counts: Ints, hidden: Bools, min_cell: int) -> tuple[int, Bools] | None:
    """A shown cell that lies within another one which has only few respondents more, and those few."""
    shown = np.flatnonzero(~hidden)
    own = members[shown].astype(np.intp)
    lies_within = own @ own.T == own.sum(axis=1)[:, None]
    more = (own @ counts)[None, :] - (own @ counts)[:, None]
    for smaller, larger in np.argwhere(lies_within & (more > 0) & (more < min_cell)).tolist():
        return int(shown[smaller]), members[shown[larger]] & ~members[shown[smaller]]
    return None


def _follow(candidates: Bools, shown: Bools) -> Bools:
    """Which of the candidates (c, a) are sums and differences of what is shown (s, a)."""
    if not shown.size:
        return np.zeros(len(candidates), dtype=np.bool_)
    known, wanted = shown.T.astype(np.float64), candidates.T.astype(np.float64)
    nearest = known @ np.linalg.lstsq(known, wanted)[0]
    return np.asarray(((wanted - nearest) ** 2).sum(axis=0) < ROUNDING)
