"""Which codes count as given: thresholds on their probabilities, chosen on answers the model had not seen."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

GRID = np.arange(0.05, 0.951, 0.025)
FLOORS = np.linspace(1, 0, 11)
SHRINKAGE = 10.0  # positives at which a code's own threshold weighs as much as the common one

Given = NDArray[np.bool_]


class Thresholds:
    """A threshold per code, and a floor for answers in which no code reaches its own.

    Where annotated answers nearly always have a code, an answer without one is unlikely: then the code that
    comes nearest counts as given, if its probability is at least `floor_` times its threshold. A floor of 1
    means that an answer may well have no code.
    """

    def fit(self, probabilities: NDArray[np.float32], Y: NDArray[np.int8]) -> Self:
        """Choose on probabilities (n, k) and codes Y (n, k).

        A code's own best threshold is drawn towards the common one, the more so the fewer positives it has.
        """
        common = _best(probabilities.ravel(), Y.ravel())
        own = np.array([_best(p, y) for p, y in zip(probabilities.T, Y.T, strict=True)])
        positives = Y.sum(axis=0)
        self.values_ = (positives * own + SHRINKAGE * common) / (positives + SHRINKAGE)
        self.floor_ = float(max(FLOORS, key=lambda floor: _agreement(self._over(probabilities, floor), Y == 1)))
        return self

    def given(self, probabilities: NDArray[np.float32]) -> Given:
        """Which codes count as given (n, k)."""
        return self._over(probabilities, self.floor_)

    def _over(self, probabilities: NDArray[np.float32], floor: float) -> Given:
        ratio = probabilities / self.values_
        given: Given = ratio >= 1
        rows = np.flatnonzero(~given.any(axis=1) & (ratio.max(axis=1) >= floor))
        given[rows, ratio[rows].argmax(axis=1)] = True
        return given


def _best(probabilities: NDArray[np.float32], y: NDArray[np.int8]) -> float:
    """The middle of the thresholds with the best F1, which is smoothed because single answers make it jump."""
    given = probabilities >= GRID[:, None]
    hits = given @ y.astype(np.int64)  # int8 would overflow
    f1 = 2 * hits / np.maximum(given.sum(axis=1) + y.sum(), 1)
    smooth = np.convolve(np.pad(f1, 1, mode="edge"), np.full(3, 1 / 3), "valid")
    return float(np.median(GRID[smooth >= smooth.max() - 1e-9]))


def _agreement(given: Given, true: Given) -> float:
    """Micro-F1 plus the share of answers whose whole set is right."""
    f1 = 2 * (given & true).sum() / max(given.sum() + true.sum(), 1)
    return float(f1 + (given == true).all(axis=1).mean())
