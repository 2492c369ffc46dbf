"""From scores to probabilities that mean what they say."""

from __future__ import annotations

from typing import Self

import numpy as np
from scipy.special import expit

from themawijzer.coding.numbers import Floats, Labels, Probabilities

WEIGHT = 0.3  # of a code's own intercept: the smaller, the nearer it stays to the common one


class Calibration:
    """p = expit(slope * score + rivalry * highest score of another code + intercept of the code).

    Platt scaling (Platt 1999, "Probabilistic outputs for support vector machines") with one slope for all
    codes of a codeframe; the intercepts per code are drawn towards a common one by their penalty, so that
    codes with few positives follow the pool. `rivalry` is negative where answers tend to have one code.
    """

    def fit(self, scores: Floats, Y: Labels) -> Self:
        """Learn from scores (n, k) of answers that the scoring model had not seen, and their codes Y (n, k)."""
        from sklearn.linear_model import LogisticRegression

        n, k = scores.shape
        pairs = _with_rivals(scores)
        self.mean_, self.scale_ = pairs.mean(axis=0), pairs.std(axis=0) + 1e-9
        design = np.hstack([(pairs - self.mean_) / self.scale_, np.tile(WEIGHT * np.eye(k), (n, 1))])
        # The default solver stops where probabilities are still up to .05 from where they belong.
        model = LogisticRegression(C=10.0, solver="newton-cholesky").fit(design, Y.ravel())
        self.coef_ = model.coef_[0][:2]
        self.intercepts_ = model.intercept_[0] + WEIGHT * model.coef_[0][2:]
        return self

    def predict_proba(self, scores: Floats) -> Probabilities:
        """Probabilities (n, k) for scores (n, k)."""
        logits = ((_with_rivals(scores) - self.mean_) / self.scale_) @ self.coef_
        return np.asarray(expit(logits.reshape(scores.shape) + self.intercepts_), dtype=np.float32)


def _with_rivals(scores: Floats) -> Floats:
    """Each score beside the highest of the answer's other scores (n * k, 2)."""
    if scores.shape[1] == 1:
        return np.stack([scores.ravel(), np.zeros(scores.size)], axis=1)
    second, first = np.sort(scores, axis=1)[:, -2:].T
    rivals = np.where(scores >= first[:, None], second[:, None], first[:, None])
    return np.stack([scores.ravel(), rivals.ravel()], axis=1)
