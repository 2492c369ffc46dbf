"""How alike two texts are: by the characters of their words, and by their sentence vectors."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from themawijzer.coding.numbers import Floats
from themawijzer.language.encoders import Vectors
from themawijzer.learning.blocks import blocks

BIAS = 0.2


class Kernel:
    """The sum of two kernels of t texts and a bias, in one array (t, t) instead of one per smoothing.

    Above its diagonal stays the kernel of the characters, which is the same in each smoothing; below it, `KernelRidge`
    makes its factor and its inverse.
    """

    def __init__(self, text: Any) -> None:
        """Of the rows (t, m) of a sparse matrix, whose dot products are the kernel of the characters."""
        n = text.shape[0]
        self._array = np.empty((n, n), dtype=np.float32)
        for rows in blocks(n):
            self._array[rows, rows.start :] = (text[rows] @ text[rows.start :].T).toarray() + np.float32(BIAS)
        self._diagonal = self._array.diagonal().copy()

    def with_vectors(self, vectors: Vectors) -> NDArray[np.float32]:
        """The sum with that of vectors (t, d) of length 1: the lower triangle of the array, until the next call."""
        np.einsum("ii->i", self._array)[:] = self._diagonal
        for rows in blocks(len(self._array)):
            whole = vector_kernel(vectors[rows], vectors[: rows.stop])
            whole += self._array[: rows.stop, rows].T
            is_lower = np.tri(len(whole), rows.stop, rows.start, np.bool_)
            np.copyto(self._array[rows, : rows.stop], whole, where=is_lower)
        return self._array


def scores_of(text: Any, vectors: Vectors, text_coef: Any, anchors: Vectors, dual: Any) -> Floats:
    """The sum times `dual` (t, k), for n other texts (n, k): of the characters `text_coef` (m, k) has what adds up."""
    scores = np.asarray(text @ text_coef + BIAS * dual.sum(axis=0), dtype=np.float64)
    for rows in blocks(len(vectors)):
        scores[rows] += vector_kernel(vectors[rows], anchors) @ dual
    return scores


def vector_kernel(vectors: Vectors, anchors: Vectors) -> NDArray[np.float32]:
    """((1 + cosine) / 2)^2 of vectors (n, d) with anchors (t, d), all of length 1."""
    kernel = vectors @ anchors.T
    kernel += 1
    kernel /= 2
    np.square(kernel, out=kernel)
    return np.asarray(kernel)
