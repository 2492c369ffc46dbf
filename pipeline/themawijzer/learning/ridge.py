"""Kernel ridge regression of several codes at once, which knows what it would have said without each answer."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from themawijzer.coding.numbers import Floats, Ints, Labels


class KernelRidge:
    """One Cholesky factor serves all codes, and all that is left out.

    `dual_` (t, k) times the kernel with the t texts gives the scores of others. `held_out_` (n, k) are the scores that
    the n answers among them would have had without their labels and those of their repeats, `left_out_` (n, k) without
    their own label alone (block leave-one-out; Rasmussen & Williams 2006, "Gaussian processes for machine learning",
    section 5.4.2).

    float32 is enough: it moves the scores of 3,000 answers by a few millionths.
    """

    def __init__(self, ridge: float) -> None:
        self.ridge = ridge

    def fit(self, kernel: NDArray[np.float32], Y: Labels, groups: Ints) -> Self:
        """Learn codes Y (t, k) from the kernel (t, t); `groups` numbers the first n alike where they are repeats.

        Of the kernel only the lower triangle is read, and overwritten, so that no second one takes memory.
        """
        np.einsum("ii->i", kernel)[:] += self.ridge
        # LAPACK has its columns where NumPy has rows, so that the lower triangle is the upper one there.
        factor = _done(lapack.spotrf(kernel.T, lower=0, clean=0, overwrite_a=1))
        self.dual_: NDArray[np.float32] = _done(lapack.spotrs(factor, Y.astype(np.float32), lower=0))
        inverse = _done(lapack.spotri(factor, lower=0, overwrite_c=1))
        n = len(groups)
        self.left_out_: Floats = Y[:n] - self.dual_[:n].astype(np.float64) / inverse.diagonal()[:n, None]
        self.held_out_ = self.left_out_.copy()
        for block in repeats(groups):
            upper = inverse[np.minimum.outer(block, block), np.maximum.outer(block, block)].astype(np.float64)
            self.held_out_[block] = Y[block] - np.linalg.solve(upper, self.dual_[block])
        return self


class Committee:
    """The mean of regressions that each learned from a part of the texts, as one: their `dual_` side by side.

    Of what is left out of an answer, those that did not learn from it say what they always say of it.
    """

    def __init__(self, Y: Labels, groups: Ints, n_members: int) -> None:
        """Of codes Y (t, k) of texts, of which the first n are answers, numbered alike where they are repeats."""
        self._Y, self._groups, self._n_members = Y, groups, n_members
        self.dual_ = np.zeros(Y.shape, dtype=np.float32)
        self.held_out_, self.left_out_ = np.zeros((2, len(groups), Y.shape[1]))

    def add(self, ridge: float, kernel: NDArray[np.float32], rows: Ints) -> KernelRidge:
        """A member that learned from the texts in these rows: whole groups of repeats, in their order."""
        own = rows[rows < len(self._groups)]
        member = KernelRidge(ridge).fit(kernel, self._Y[rows], self._groups[own])
        self.dual_[rows] += member.dual_ / self._n_members
        self.held_out_[own] += member.held_out_ / self._n_members
        self.left_out_[own] += member.left_out_ / self._n_members
        return member

    def hear(self, scores: Floats, rows: Ints) -> None:
        """What the member said of the answers in these rows, from which it did not learn."""
        self.held_out_[rows] += scores / self._n_members
        self.left_out_[rows] += scores / self._n_members


def parts(groups: Ints, most: int) -> list[Ints]:
    """Rows of n answers in parts of at most so many, all of them together; a group stays whole.

    Only a group that is larger is a larger part, of its own. Groups are dealt out from large to small, those of one
    size in an order drawn with a seed, each to the part with fewest rows. A part with room for more has groups of the
    next parts too, until one does not fit.
    """
    _, numbers, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    drawn = np.random.RandomState(0).permutation(len(sizes))
    filled = [0] * -(-int(np.minimum(sizes, most).sum()) // most)
    dealt = np.zeros(len(sizes), dtype=np.intp)
    for group in drawn[np.argsort(-sizes[drawn], kind="stable")]:
        part = int(np.argmin(filled))
        if filled[part] and filled[part] + sizes[group] > most:
            part = len(filled)
            filled.append(0)
        dealt[group] = part
        filled[part] += int(sizes[group])
    found = []
    for part, n_own in enumerate(filled):
        order = drawn[np.argsort((dealt[drawn] - part) % len(filled), kind="stable")]
        fitting = order[(dealt[order] == part) | (sizes[order] <= most - n_own)]
        chosen = fitting[np.cumsum(sizes[fitting]) <= max(most, n_own)]
        found.append(np.flatnonzero(np.isin(numbers, chosen)))
    return found


def repeats(groups: Ints) -> list[Ints]:
    """The rows of each group (n,) that has more than one."""
    order = np.argsort(groups, kind="stable")
    return [block for block in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1) if len(block) > 1]


def _done(found: tuple[Any, int]) -> Any:
    """What LAPACK made; raises LinAlgError where it could not."""
    made, info = found
    if info:
        raise np.linalg.LinAlgError(f"the kernel is not positive definite at {info}")
    return made
