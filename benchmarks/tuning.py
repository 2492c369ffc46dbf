"""Settings and thresholds, chosen on training answers only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, Protocol, Self

import numpy as np
from sklearn.model_selection import GroupKFold

from benchmarks.data import Labels, same_text
from benchmarks.scores import Probabilities

MANY = 500  # training answers, above which three inner folds tell as much as five and cost half
GRID = np.arange(0.025, 0.951, 0.025)
FLOORS = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)


class Model(Protocol):
    """As scikit-learn's: texts in, probabilities (n, k) out."""

    def fit(self, X: Sequence[str], y: Labels) -> Any: ...

    def predict_proba(self, X: Sequence[str]) -> Any: ...


class Rule:
    """One threshold for all codes, and a floor for answers in which no code reaches it.

    In those the most probable code counts as given, if its probability is at least `floor_` times the threshold:
    where nearly every answer has a code, a threshold alone leaves too many without.
    """

    def fit(self, probabilities: Probabilities, Y: Labels) -> Self:
        """Choose what gives the best sum of micro-F1 and share of whole sets: what ours is tuned for, too."""
        self.threshold_, self.floor_ = max(
            product(GRID, FLOORS), key=lambda pair: agreement(Y, _over(probabilities, *pair))
        )
        return self

    def given(self, probabilities: Probabilities) -> Labels:
        """Which codes count as given (n, k)."""
        return _over(probabilities, self.threshold_, self.floor_)


class Tuned:
    """The candidate that codes best out of fold, with the thresholds chosen on these out-of-fold probabilities."""

    def __init__(self, candidates: Sequence[Callable[[], Model]]) -> None:
        self._candidates = candidates

    def fit(self, texts: Sequence[str], Y: Labels) -> Self:
        """Learn from n answers with codes Y (n, k)."""
        found = [_out_of_fold(candidate, texts, Y) for candidate in self._candidates]
        rules = [Rule().fit(probabilities, Y) for probabilities in found]
        best = int(np.argmax([agreement(Y, rule.given(p)) for rule, p in zip(rules, found, strict=True)]))
        self.out_of_fold_, self.rule_ = found[best], rules[best]
        self.model_ = self._candidates[best]()
        self.model_.fit(texts, Y)
        return self

    def predict_proba(self, texts: Sequence[str]) -> Probabilities:
        return np.asarray(self.model_.predict_proba(texts), dtype=np.float32)


def agreement(Y: Labels, given: Labels) -> float:
    """Micro-F1 plus the share of answers whose whole set is right."""
    f1 = 2 * (Y & given).sum() / max(Y.sum(dtype=np.int64) + given.sum(dtype=np.int64), 1)
    return float(f1 + (given == Y).all(axis=1).mean())


def _out_of_fold(candidate: Callable[[], Model], texts: Sequence[str], Y: Labels) -> Probabilities:
    found = np.zeros(Y.shape, dtype=np.float32)
    folds = GroupKFold(n_splits=5 if len(Y) <= MANY else 3, shuffle=True, random_state=0)
    for train, test in folds.split(Y, groups=same_text(texts)):
        model = candidate()
        model.fit([texts[i] for i in train], Y[train])
        found[test] = model.predict_proba([texts[i] for i in test])
    return found


def _over(probabilities: Probabilities, threshold: float, floor: float) -> Labels:
    given = (probabilities >= threshold).astype(np.int8)
    rows = np.flatnonzero(~given.any(axis=1) & (probabilities.max(axis=1) >= floor * threshold))
    given[rows, probabilities[rows].argmax(axis=1)] = 1
    return given
