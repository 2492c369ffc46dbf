"""How much answers resemble those that were learned from: their words, and the nearest of them."""

from collections import Counter
from typing import Self

import numpy as np

from themawijzer.coding.drift import Likeness
from themawijzer.language.cache import keys_of
from themawijzer.language.encoders import Vectors
from themawijzer.language.tokens import plain
from themawijzer.learning.blocks import blocks, even_choice
from themawijzer.learning.features import Features

MAX_COMPARED = 5000  # of the known answers, an even choice where there are more
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
        chosen = even_choice(len(vectors), MAX_COMPARED)
        self.vectors_ = vectors[chosen]
        lowered = _lowered(answers)
        counts = Counter(word for words in lowered for word in set(words))
        self.known_ = np.sort(keys_of(counts))
        self.n_words_ = np.array([len(words) for words in lowered], dtype=np.int64)
        self.n_unknown_ = np.array([sum(counts[word] == 1 for word in words) for words in lowered], dtype=np.int64)
        self.nearest_ = np.full(len(vectors), -1, dtype=vectors.dtype)
        for rows in blocks(len(vectors)):
            cosines = vectors[rows] @ self.vectors_.T
            own = np.flatnonzero((chosen >= rows.start) & (chosen < rows.stop))
            cosines[chosen[own] - rows.start, own] = -1
            self.nearest_[rows] = cosines.max(axis=1).round(DECIMALS)
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


def _lowered(answers: Features) -> list[list[str]]:
    return [[plain(word) for word in words] for words in answers.words]
