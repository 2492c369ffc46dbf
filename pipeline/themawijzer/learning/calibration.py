"""From scores to probabilities that mean what they say, and from those to codes that count as given."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from scipy.special import expit

from themawijzer.coding.numbers import Bools, Floats, Labels, Probabilities

WEIGHT = 0.3  # of a code's own intercept: the smaller, the nearer it stays to the common one
PENALIZED = 10.0  # how little large coefficients cost; scikit-learn's C
PRECISION = 1e-4  # of the mean loss: what the last step gains at most, after which hardly anything is left to gain
GRID = np.arange(0.05, 0.951, 0.025)
FLOORS = np.linspace(1, 0, 11)
SHRINKAGE = 10.0  # positives at which a code's own threshold weighs as much as the common one
TRUST = 0.8  # in calibrated probabilities, where a code's own threshold is chosen: its few positives say little
# What whole sets weigh beside micro-F1: a floor gains whole sets at the cost of codes that are not there.
COMMON_WEIGHT, FLOOR_WEIGHT = 1.0, 1 / 3


class Calibration:
    """p = expit(slope * score + rivalry * highest score of another code + intercept of the code).

    Platt scaling (Platt 1999, "Probabilistic outputs for support vector machines") with one slope for all
    codes of a codeframe; the intercepts per code are drawn towards a common one by their penalty, so that
    codes with few positives follow the pool. `rivalry` is negative where answers tend to have one code.
    """

    def fit(self, scores: Floats, Y: Labels) -> Self:
        """Learn from scores (n, k) of answers that the scoring model had not seen, and their codes Y (n, k)."""
        pairs = _with_rivals(scores)
        self.mean_, self.scale_ = pairs.mean(axis=0), pairs.std(axis=0) + 1e-9
        found = _most_likely(((pairs - self.mean_) / self.scale_).reshape(*scores.shape, 2), Y)
        self.coef_, self.intercepts_ = found[:2], found[2:]
        return self

    def predict_proba(self, scores: Floats) -> Probabilities:
        """Probabilities (n, k) for scores (n, k)."""
        logits = ((_with_rivals(scores) - self.mean_) / self.scale_) @ self.coef_
        return np.asarray(expit(logits.reshape(scores.shape) + self.intercepts_), dtype=np.float32)


def _most_likely(X: Floats, Y: Labels) -> Floats:
    """The coefficients (2) of X (n, k, 2) and the intercepts (k) with the least penalized logistic loss on Y (n, k).

    By Newton's method, as scikit-learn's "newton-cholesky" does it, but with the intercepts apart: as columns of X they
    would take k / 2 times its memory.
    """
    k = Y.shape[1]
    penalty = np.eye(2 + k) / PENALIZED
    penalty[2:, 2:] = (np.eye(k) - 1 / k) / (PENALIZED * WEIGHT**2)

    def loss(found: Floats) -> float:
        logits = X @ found[:2] + found[2:]
        return float((np.logaddexp(0, logits) - Y * logits).sum() + found @ penalty @ found / 2)

    found, now, before = np.zeros(2 + k), loss(np.zeros(2 + k)), np.inf
    while before - now > PRECISION * Y.size:
        p = expit(X @ found[:2] + found[2:])
        left, weight = p - Y, p * (1 - p)
        gradient = penalty @ found + np.concatenate([np.einsum("nkc,nk->c", X, left), left.sum(axis=0)])
        weighted, curvature = X * weight[..., None], penalty.copy()
        curvature[:2, :2] += np.einsum("nkc,nkd->cd", weighted, X)
        curvature[:2, 2:] += weighted.sum(axis=0).T
        curvature[2:, :2] += weighted.sum(axis=0)
        curvature[2:, 2:] += np.diag(weight.sum(axis=0))
        step = np.linalg.solve(curvature, gradient)
        while (after := loss(found - step)) > now and np.abs(step).max() > 1e-9:
            step /= 2
        found, before, now = found - step, now, after
    return found


def _with_rivals(scores: Floats) -> Floats:
    """Each score beside the highest of the answer's other scores (n * k, 2)."""
    if scores.shape[1] == 1:
        return np.stack([scores.ravel(), np.zeros(scores.size)], axis=1)
    second, first = np.sort(scores, axis=1)[:, -2:].T
    rivals = np.where(scores >= first[:, None], second[:, None], first[:, None])
    return np.stack([scores.ravel(), rivals.ravel()], axis=1)


class Thresholds:
    """A threshold per code, and a floor for answers in which no code reaches its own.

    In an answer in which no code reaches its threshold, the nearest one counts as given if its probability is at least
    `floor_` times its threshold. A floor of 1 leaves such answers without a code.
    """

    def fit(self, probabilities: Probabilities, Y: Labels) -> Self:
        """Choose on probabilities (n, k) and codes Y (n, k).

        A code's own best threshold is drawn towards the common one, the more so the fewer positives it has. It is
        best for the F1 that is expected when most of what a code of an answer counts is its probability, and the
        rest whether it is there (Lewis 1995, "Evaluating and optimizing autonomous text classification systems").
        """
        true = Y == 1
        expected = TRUST * probabilities + (1 - TRUST) * Y
        common = _middle_of_best([_agreement(probabilities >= level, true, COMMON_WEIGHT) for level in GRID])
        own = [_middle_of_best(_f1(p >= GRID[:, None], y)) for p, y in zip(probabilities.T, expected.T, strict=True)]
        positives = Y.sum(axis=0)
        self.values_ = (positives * np.array(own) + SHRINKAGE * common) / (positives + SHRINKAGE)
        floors = [_agreement(self._over(probabilities, floor), true, FLOOR_WEIGHT) for floor in FLOORS]
        self.floor_ = float(FLOORS[np.argmax(floors)])
        return self

    def given(self, probabilities: Probabilities) -> Bools:
        """Which codes count as given (n, k)."""
        return self._over(probabilities, self.floor_)

    def _over(self, probabilities: Probabilities, floor: float) -> Bools:
        ratio = probabilities / self.values_
        given: Bools = ratio >= 1
        rows = np.flatnonzero(~given.any(axis=1) & (ratio.max(axis=1) >= floor))
        given[rows, ratio[rows].argmax(axis=1)] = True
        return given


def promised_f1(probabilities: Probabilities, Y: Labels) -> float:
    """The highest expected micro-F1 of one threshold on probabilities (n, k), with codes Y (n, k).

    Truth is the mean of probability and label, which varies less by chance than labels alone. Rounded, as the last bits
    depend on the number of cores.
    """
    order = np.argsort(-probabilities, axis=None, kind="stable")
    hits = np.cumsum((0.5 * probabilities.astype(np.float64) + 0.5 * Y).ravel()[order])
    return round(float((2 * hits / (np.arange(1, len(hits) + 1) + hits[-1])).max()), 6)


def _middle_of_best(figures: Sequence[float] | Floats) -> float:
    """The middle of the thresholds with the best figure, smoothed because single answers make it jump."""
    smooth = np.convolve(np.pad(figures, 1, mode="edge"), np.full(3, 1 / 3), "valid")
    return float(np.median(GRID[smooth >= smooth.max() - 1e-9]))


def _f1(given: Bools, expected: Floats) -> Floats:
    """Of one code at each threshold (t,), from what would be given (t, n), and from how far it is there (n,)."""
    return np.asarray(2 * (given @ expected) / np.maximum(given.sum(axis=1) + expected.sum(), 1))


def _agreement(given: Bools, true: Bools, weight: float) -> float:
    """Micro-F1 plus `weight` times the share of answers whose whole set is right."""
    f1 = 2 * (given & true).sum() / max(given.sum() + true.sum(), 1)
    return float(f1 + weight * (given == true).all(axis=1).mean())
