"""Sentence vectors drawn towards those of similar answers, annotated or not."""

from collections.abc import Iterable, Sequence
from copy import copy
from typing import Self

import numpy as np
import scipy.sparse as sp

from themawijzer.coding.numbers import Ints
from themawijzer.language.encoders import Vectors
from themawijzer.language.kinds import AnswerKind, Kinds
from themawijzer.learning.blocks import blocks, even_choice

MAX_POOL = 2000  # answers; more cost time and memory, and tell little more of what a survey is about
N_NEIGHBORS = 40
ROUNDING = 1e-12  # of the mean's square: a smaller variance is none
ROWS = 1024  # at a time: a product of fewer waits longer for the other core than it takes
PULL = 0.2  # of the neighbors; 1 would forget the answer itself


class Neighbors:
    """Standardized vectors of length 1, each a little nearer to the mean of its neighbors among a survey's answers.

    What answers have in common then weighs more than how one of them is put, which helps most where few are
    annotated. Source: average query expansion, on both sides of the comparison (Chum et al. 2007, "Total recall";
    Turcot & Lowe 2009, "Better matching with fewer features").
    """

    pull_ = PULL

    def fit(self, vectors: Vectors) -> Self:
        """Remember vectors (p, d), an even choice of them where there are more than `MAX_POOL`."""
        mean = vectors.mean(axis=0, dtype=np.float64)
        variance = np.einsum("ij,ij->j", vectors, vectors, dtype=np.float64) / len(vectors) - np.square(mean)
        variance[variance <= ROUNDING * np.square(mean)] = 1  # the same everywhere
        self.mean_, self.scale_ = mean.astype(np.float32), np.sqrt(variance).astype(np.float32)
        self.pool_ = self.standardized(vectors[spread(len(vectors))])
        return self

    def pulling(self, pull: float) -> Self:
        """The same neighbors, drawing harder or less."""
        other = copy(self)
        other.pull_ = pull
        return other

    def transform(self, vectors: Vectors) -> Vectors:
        """Vectors (n, d) of answers that may or may not be among the remembered ones."""
        own, pull = self.standardized(vectors), np.float32(self.pull_)
        for rows in blocks(len(own), ROWS):
            own[rows] = _unit((1 - pull) * own[rows] + pull * _unit(self._weights(own[rows]) @ self.pool_))
        return own

    def standardized(self, vectors: Vectors) -> Vectors:
        """Vectors (n, d) as they are before they are drawn towards their neighbors."""
        own = vectors - self.mean_
        own /= self.scale_
        return _unit(own)

    def _weights(self, own: Vectors) -> sp.csr_matrix:
        """The cosines (n, p) with the nearest, 0 elsewhere."""
        n, near = len(own), min(N_NEIGHBORS, len(self.pool_))
        opposite = own @ -self.pool_.T  # the cosines times -1: the nearest come first without another such matrix
        columns = np.argpartition(opposite, near - 1, axis=1)[:, :near]
        weights = (-np.take_along_axis(opposite, columns, axis=1)).clip(min=0)
        return sp.csr_matrix((weights.ravel(), columns.ravel(), np.arange(n + 1) * near), shape=opposite.shape)


def spread(n: int) -> Ints:
    """At most `MAX_POOL` of n rows, at equal distances."""
    return even_choice(n, MAX_POOL)


def chosen_texts(answers: Iterable[str], kinds: Kinds, questions: Sequence[str]) -> list[str]:
    """An even choice of the different answers, as many as `Neighbors` remembers, that can be coded.

    `questions` has the ids of what was asked; an answer that says something to one of them is good enough.
    """
    texts = sorted(set(answers))
    chosen = [texts[row] for row in spread(len(texts))]
    judged = [kinds.of(chosen, [question] * len(chosen)) for question in questions]
    return [text for text, *own in zip(chosen, *judged, strict=True) if AnswerKind.TEXT in own]


def _unit(vectors: Vectors) -> Vectors:
    """The same array, with rows of Euclidean length 1, but for rows of zeros."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    lengths[lengths < 10 * np.finfo(np.float32).eps] = 1
    vectors /= lengths[:, None]
    return vectors
