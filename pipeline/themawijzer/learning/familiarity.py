"""How much answers resemble those that were learned from: their words, and the nearest of them."""

from collections import Counter
from typing import Self

import numpy as np

from themawijzer.coding.drift import Likeness
from themawijzer.language.cache import keys_of
from themawijzer.language.encoders import Vectors
from themawijzer.language.tokens import plain
from themawijzer.learning.blocks import blocks
from themawijzer.learning.features import Features

DECIMALS = 5  # of cosines, of which the last digits depend on what else is in the batch


class Familiarity:
    """What is needed to tell how familiar a new answer is, and how familiar the known ones are to each other.

    `known_` (w,) are the hashes of the words, so that no word can be read from a model. `own` is the leave-one-out
    likeness of the known answers: a word is unknown if no other answer has it, and the nearest is another answer. New
    answers of the same kind have the same expectation (for words: Good 1953, "The population frequencies of species").
    That holds only if repeated answers stay in.
    """

    def fit(self, answers: Features, vectors: Vectors) -> Self:
        """Learn from n answers and their vectors (n, d) of length 1."""
        self.vectors_ = vectors
        lowered = _lowered(answers)
        counts = Counter(word for words in lowered for word in set(words))
        self.known_ = np.sort(keys_of(counts))
        self.n_words_ = np.array([len(words) for words in lowered], dtype=np.int64)
        self.n_unknown_ = np.array([sum(counts[word] == 1 for word in words) for words in lowered], dtype=np.int64)
        self.nearest_ = np.concatenate([self._nearest_other(rows) for rows in blocks(len(vectors))]).round(DECIMALS)
        return self

    @property
    def own(self) -> Likeness:
        return Likeness(self.n_words_, self.n_unknown_, self.nearest_)

    def of(self, answers: Features, vectors: Vectors) -> Likeness:
        """The likeness of n answers with vectors (n, d) of length 1."""
        lowered = _lowered(answers)
        words = list(dict.fromkeys(word for words in lowered for word in words))
        known = dict(zip(words, np.isin(keys_of(words), self.known_).tolist(), strict=True))
        return Likeness(
            np.array([len(words) for words in lowered], dtype=np.int64),
            np.array([sum(not known[word] for word in words) for words in lowered], dtype=np.int64),
            (vectors @ self.vectors_.T).max(axis=1).round(DECIMALS),
        )

    def _nearest_other(self, rows: slice) -> Vectors:
        """The cosines of rows of the known answers with the nearest of the others."""
        cosines = self.vectors_[rows] @ self.vectors_.T
        np.fill_diagonal(cosines[:, rows], -1)
        return np.asarray(cosines.max(axis=1))


def _lowered(answers: Features) -> list[list[str]]:
    return [[plain(word) for word in words] for words in answers.words]
