"""Which cells of a table must not be shown, because they tell of too few respondents.

Hiding a small cell is not enough where the others and the total give it away: then other cells are hidden too
(secondary suppression; Hundepool et al. 2012, "Statistical disclosure control", chapter 4).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import orth

Bools = NDArray[np.bool_]
ROUNDING = 1e-6


def cells_to_hide(members: Bools, counts: NDArray[np.intp], columns: Sequence[str], min_cell: int) -> Bools:
    """Which of c cells to hide (c,).

    `members` (c, a) says which combinations of values each cell consists of, `counts` (a,) how many respondents have
    each combination, `columns` of which column each cell is a value ("" for the total).
    """
    sizes = members @ counts
    hidden = np.asarray(sizes < min_cell)
    while (exposed := _exposed(members, counts, hidden, columns, min_cell)) is not None:
        column, few = exposed
        shown = sorted(np.flatnonzero(~hidden).tolist(), key=lambda cell: int(sizes[cell]))
        own = [cell for cell in shown if columns[cell] == column] or shown
        protecting = (cell for cell in own if not _follow(few[None], members[[c for c in shown if c != cell]])[0])
        hidden[next(protecting, own[0])] = True
    return hidden


def _exposed(
    members: Bools, counts: NDArray[np.intp], hidden: Bools, columns: Sequence[str], min_cell: int
) -> tuple[str, Bools] | None:
    """A column of which hidden cells, or parts of them, are few respondents and follow from what is shown."""
    for column in dict.fromkeys(columns):
        own = members[[is_hidden and each == column for is_hidden, each in zip(hidden, columns, strict=True)]]
        # A shown cell of another column, less the shown cells of this one, leaves its part of the hidden ones.
        left = own.any(axis=0) & members[~hidden]
        candidates = np.vstack([own, left])
        sizes = candidates @ counts
        found = np.flatnonzero((sizes > 0) & (sizes < min_cell) & _follow(candidates, members[~hidden]))
        if len(found):
            return column, candidates[found[0]]
    return None


def _follow(candidates: Bools, shown: Bools) -> Bools:
    """Which of the candidates (c, a) are sums and differences of what is shown (s, a)."""
    if not shown.size:
        return np.zeros(len(candidates), dtype=np.bool_)
    basis, wanted = orth(shown.T.astype(np.float64)), candidates.astype(np.float64)
    return np.asarray(((wanted - wanted @ basis @ basis.T) ** 2).sum(axis=1) < ROUNDING)
