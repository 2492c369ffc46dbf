"""Kernel ridge regression of several codes at once, which knows what it would have said without each answer."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from themawijzer.coding.numbers import Floats, Ints, Labels


class KernelRidge:
    """One matrix inverse serves all codes, and all that is left out.

    `dual_` (t, k) times the kernel with the t texts gives the scores of others. `held_out_` (n, k) are the scores that
    the n answers among them would have had without their labels and those of their repeats, `left_out_` (n, k) without
    their own label alone (block leave-one-out; Rasmussen & Williams 2006, "Gaussian processes for machine learning",
    section 5.4.2).
    """

    def __init__(self, ridge: float) -> None:
        self.ridge = ridge

    def fit(self, kernel: NDArray[np.float32], Y: Labels, groups: Ints) -> Self:
        """Learn codes Y (t, k) from the kernel (t, t); `groups` numbers the first n alike where they are repeats."""
        inverse = np.linalg.inv(kernel.astype(np.float64) + self.ridge * np.eye(len(Y)))
        n = len(groups)
        self.dual_: Floats = inverse @ Y
        self.left_out_ = np.asarray(Y[:n] - self.dual_[:n] / inverse.diagonal()[:n, None], dtype=np.float64)
        self.held_out_ = self.left_out_.copy()
        order = np.argsort(groups, kind="stable")
        for block in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
            if len(block) > 1:
                self.held_out_[block] = Y[block] - np.linalg.solve(inverse[np.ix_(block, block)], self.dual_[block])
        return self
