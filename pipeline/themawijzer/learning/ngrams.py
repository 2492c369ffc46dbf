"""TF-IDF of the characters within words."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Self

import numpy as np
import scipy.sparse as sp

SHORTEST, LONGEST = 2, 5  # characters, the spaces around the word among them
MAX_WORDS, MAX_LENGTH = 20_000, 40  # of words that are remembered per classifier, in about 8 MB


class CharacterTfidf:
    """What scikit-learn's TfidfVectorizer gives for `char_wb`, sublinear, in float32, to the last bit.

    It counts in each distinct word once, which takes half of the time, and a program that only predicts does not
    have to load scikit-learn. That no n-gram spans two words makes each part of a score come from one word.
    """

    def fit(self, texts: Sequence[str]) -> Self:
        """Learn the n-grams in n texts, and their inverse document frequencies `idf_` (m,)."""
        words = set(chain.from_iterable(text.split() for text in texts))
        ngrams = "\n".join(sorted({ngram for word in words for ngram in _ngrams(word)}))
        self.ngrams_ = np.frombuffer(ngrams.encode(), dtype=np.uint8)
        n_texts = np.bincount(self.counts(texts).indices, minlength=ngrams.count("\n") + 1).astype(np.float32) + 1
        self.idf_ = np.log(np.full_like(n_texts, len(texts) + 1) / n_texts) + 1
        return self

    def transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        """Rows (n, m) of Euclidean length 1, or of zeros where nothing is known of a text."""
        counts = self.counts(texts)
        counts.data = (np.log(counts.data) + 1) * self.idf_[counts.indices]
        rows = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
        lengths = np.sqrt(np.bincount(rows, weights=counts.data * counts.data, minlength=len(texts)))
        counts.data = (counts.data / lengths[rows]).astype(np.float32)
        return counts

    def counts(self, texts: Sequence[str]) -> sp.csr_matrix:
        """How often each known n-gram is in each of n texts (n, m)."""
        words = [text.split() for text in texts]
        distinct = {word: number for number, word in enumerate(dict.fromkeys(chain.from_iterable(words)))}
        known = self.ngrams_.tobytes()
        in_words = _counted(map(_finder(known), distinct), known.count(b"\n") + 1)
        counts = _counted(([distinct[word] for word in own] for own in words), len(distinct)) @ in_words
        counts.sort_indices()
        return counts


@lru_cache(maxsize=16)  # a classifier per codeframe, asked twice per chunk
def _finder(ngrams: bytes) -> Callable[[str], list[int]]:
    """Gives the numbers of the n-grams in a word that are known, and remembers those of words that come often."""
    numbers = {ngram: number for number, ngram in enumerate(ngrams.decode().split("\n"))}

    def find(word: str) -> list[int]:
        return [numbers[ngram] for ngram in _ngrams(word) if ngram in numbers]

    remembered = lru_cache(maxsize=MAX_WORDS)(find)
    return lambda word: remembered(word) if len(word) <= MAX_LENGTH else find(word)


def _ngrams(word: str) -> list[str]:
    padded = f" {word} "
    lengths = range(SHORTEST, min(LONGEST, len(padded)) + 1)
    return [padded[start : start + length] for length in lengths for start in range(len(padded) - length + 1)]


def _counted(rows: Iterable[list[int]], width: int) -> sp.csr_matrix:
    """How often each number below `width` is in each row."""
    filled = list(rows)
    columns = np.fromiter(chain.from_iterable(filled), dtype=np.int32)
    ends = np.cumsum([0, *map(len, filled)], dtype=np.int32)
    return sp.csr_matrix((np.ones(len(columns), dtype=np.float32), columns, ends), shape=(len(filled), width))
