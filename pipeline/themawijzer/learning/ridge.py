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
