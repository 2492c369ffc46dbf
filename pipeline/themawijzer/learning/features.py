"""What the classifier sees of an answer: the same function for training and prediction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from themawijzer.language.encoders import CachedEncoder, Vectors
from themawijzer.language.tokens import Tokenizer


@dataclass(frozen=True)
class Features:
    """Of n answers: their words as typed, and their sentence vectors (n, d)."""

    words: list[list[str]]
    vectors: Vectors

    def __len__(self) -> int:
        return len(self.words)

    @property
    def texts(self) -> list[str]:
        """Per answer its words in lower case, separated by spaces."""
        return [" ".join(words).lower() for words in self.words]

    def take(self, rows: NDArray[np.intp]) -> Features:
        """The features of these rows, in this order."""
        return Features([self.words[i] for i in rows], self.vectors[rows])

    def and_then(self, others: Features) -> Features:
        """These answers followed by others."""
        vectors = np.vstack([self.vectors, others.vectors]) if len(others) else self.vectors
        return Features(self.words + others.words, vectors)


@dataclass(frozen=True)
class FeatureExtractor:
    """Raw answers to features."""

    tokenizer: Tokenizer
    encoder: CachedEncoder

    def __call__(self, answers: Sequence[str], *, advance: Callable[[int], None] = lambda _: None) -> Features:
        return Features(self.tokenizer.split(answers), self.encode(answers, advance=advance))

    def encode(self, answers: Sequence[str], *, advance: Callable[[int], None] = lambda _: None) -> Vectors:
        """The sentence vectors (n, d); capitals and a final stop, which say nothing, do not move them."""
        return self.encoder.encode([answer.lower().strip(" .") for answer in answers], advance=advance)
