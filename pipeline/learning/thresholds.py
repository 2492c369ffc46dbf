"""The probability at which a code counts as given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GRID = np.arange(0.05, 0.951, 0.025)
SHRINKAGE = 10.0  # positives at which a code's own threshold weighs as much as the common one


def choose_thresholds(probabilities: NDArray[np.float32], Y: NDArray[np.int8]) -> NDArray[np.float64]:
    """Per code (k,) the threshold with the best F1 on answers the model had not seen.

    A code's own best is drawn towards the best common one, the more so the fewer positives it has.
    """
    common = _best(probabilities.ravel(), Y.ravel())
    own = np.array([_best(p, y) for p, y in zip(probabilities.T, Y.T, strict=True)])
    positives = Y.sum(axis=0)
    return np.asarray((positives * own + SHRINKAGE * common) / (positives + SHRINKAGE), dtype=np.float64)


def _best(probabilities: NDArray[np.float32], y: NDArray[np.int8]) -> float:
    """The threshold in the middle of the best stretch: F1 is smoothed, because single answers make it jump."""
    given = probabilities >= GRID[:, None]
    f1 = 2 * (given @ y) / np.maximum(given.sum(axis=1) + y.sum(), 1)
    smooth = np.convolve(np.pad(f1, 1, mode="edge"), np.full(3, 1 / 3), "valid")
    return float(GRID[smooth.argmax()])
