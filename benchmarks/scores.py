"""How good predictions are, as plain numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Labels
from themawijzer.learning.evaluation import expected_calibration_error

Probabilities = NDArray[np.float32]


def multi_label_scores(
    Y: Labels, given: Labels, probabilities: Probabilities | None, support: NDArray[np.int64]
) -> dict[str, float]:
    """The scores of given codes (n, k); `support` (k,) tells which third of the codes is the rarest.

    A code that is neither there nor given has F1 0, as in scikit-learn. The calibration error is over the 15
    bins and all codes together, and left out for methods without probabilities.
    """
    f1 = _f1(Y, given, axis=0)
    rarest = np.argsort(support, kind="stable")[: max(len(support) // 3, 1)]
    scores = {
        "micro_f1": float(_f1(Y, given, axis=None)),
        "macro_f1": float(f1.mean()),
        "whole_set": float((given == Y).all(axis=1).mean()),
        "rare_f1": float(f1[rarest].mean()),
    }
    calibration = {} if probabilities is None else {"ece": expected_calibration_error(probabilities, Y)}
    return scores | calibration


def accuracy(Y: Labels, given: Labels, probabilities: Probabilities | None) -> dict[str, float]:
    """The share of answers whose most probable code is right, where each has one (n, k).

    Without probabilities the first given code counts, and an answer without any is wrong.
    """
    found = given.argmax(axis=1) if probabilities is None else probabilities.argmax(axis=1)
    is_found = given.any(axis=1) if probabilities is None else np.True_
    return {"accuracy": float((is_found & (found == Y.argmax(axis=1))).mean())}


def _f1(Y: Labels, given: Labels, *, axis: int | None) -> NDArray[np.float64]:
    hits, sizes = (Y & given).sum(axis=axis), Y.sum(axis=axis, dtype=np.int64) + given.sum(axis=axis, dtype=np.int64)
    return np.asarray(2 * hits / np.maximum(sizes, 1))
