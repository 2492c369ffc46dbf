"""What of few respondents follows exactly from what is shown of cells in any number of columns: an audit by programs.

Hundepool et al. (2012), "Statistical disclosure control", chapter 4: whoever hides cells checks afterwards what can
still be computed.
"""

from typing import Any

import numpy as np

from themawijzer.coding.numbers import Bools, Floats, Ints

NEARLY = 1e-6
MAX_COMBINATIONS = 400  # that what is shown tells apart; a program of more takes too long


def exposing_cells(shown: Bools, counts: Ints, min_cell: int) -> Bools | None:
    """Which of s cells expose a group of few of those who count (s,), None where none do, as far as is looked.

    `shown` (s, a) says of which combinations of values a cell consists, `counts` (a, 1) how many there are, or (a, 2)
    how many have a code and how many lack it. The sums of each are known in every cell.
    """
    packed = np.ascontiguousarray(np.packbits(shown.T, axis=1))
    _, first, place = np.unique(packed.view(f"V{packed.shape[1]}")[:, 0], return_index=True, return_inverse=True)
    if len(first) > MAX_COMBINATIONS:
        return None
    sums = np.zeros((len(first), counts.shape[1]))
    np.add.at(sums, place, counts)
    members, most = shown[:, first].astype(np.float64), sums.sum(axis=1)
    for own in np.unique(sums.T, axis=0):
        if (used := _few(members, own, most, min_cell)) is not None:
            return used
    return _certain(members, sums[:, 0], most) if len(sums.T) > 1 else None


def _few(members: Floats, counts: Floats, most: Floats, min_cell: int) -> Bools | None:
    """The cells of which sums and differences are a group of somebody with fewer than `min_cell` of the counts."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # half a second, for surveys with groups alone
    from scipy.sparse import csr_array, eye_array, hstack

    (n_cells, n), free = members.shape, np.zeros(len(members))
    follows = LinearConstraint(hstack([eye_array(n), csr_array(-members.T)]), 0, 0)
    few = LinearConstraint(np.concatenate([counts, free])[None], -np.inf, min_cell - 1)
    somebody = LinearConstraint(np.concatenate([most, free])[None], 1, np.inf)
    bounds = Bounds([0.0] * n + [-np.inf] * n_cells, [1.0] * n + [np.inf] * n_cells)
    whole = np.array([1] * n + [0] * n_cells)
    found = milp(np.concatenate([counts, free]), constraints=[follows, few, somebody], bounds=bounds, integrality=whole)
    return None if found.x is None else np.asarray(np.abs(found.x[n:]) > NEARLY)


def _certain(members: Floats, counts: Floats, most: Floats) -> Bools | None:
    """The cells of a combination of which all have the code, or none, whatever else the sums leave possible.

    One program looks for a way to leave every end of 0 to `most` at once that can be left (Freund, Roundy & Todd 1985).
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, diags_array, eye_array, hstack

    n = len(counts)
    at_none, at_all = (counts <= 0) & (most > 0), (counts >= most) & (most > 0)
    at_end = at_none | at_all
    if not at_end.any():
        return None
    away = csr_array(hstack([diags_array(np.where(at_none, -1.0, 1.0)), eye_array(n)]))[np.flatnonzero(at_end)]
    moves: list[Any] = [
        (0 if none else None, 0 if all_ else None)
        for none, all_ in zip(at_none | (most == 0), at_all | (most == 0), strict=True)
    ]
    found = linprog(
        np.concatenate([np.zeros(n), -np.ones(n)]),
        A_ub=away,
        b_ub=np.zeros(away.shape[0]),
        A_eq=hstack([csr_array(members), csr_array(members.shape)]),
        b_eq=np.zeros(len(members)),
        bounds=[*moves, *((0, int(end)) for end in at_end)],
    )
    stuck = at_end & (found.x[n:] < 1 - NEARLY)
    return np.asarray(members[:, int(stuck.argmax())] > 0) if stuck.any() else None
