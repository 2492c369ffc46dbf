"""The sum of the kernels of characters and of sentence vectors."""

import numpy as np
import pytest
import scipy.sparse as sp

from themawijzer.learning.kernel import BIAS, Kernel


@pytest.mark.parametrize("rows", [1, 7, 40, 256])
def test_the_lower_triangle_is_the_sum_for_one_smoothing_after_another(
    monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """In between, a regression overwrites the lower triangle."""
    monkeypatch.setattr("themawijzer.learning.blocks.ROWS", rows)
    rng = np.random.default_rng(0)
    text = sp.random(40, 90, density=0.1, format="csr", dtype=np.float32, random_state=0)
    kernel = Kernel(text)
    for _ in range(2):
        vectors = rng.normal(size=(40, 5)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        found = kernel.with_vectors(vectors)
        whole = (text @ text.T).toarray() + BIAS + np.square((1 + vectors @ vectors.T) / 2)
        np.testing.assert_allclose(np.tril(found), np.tril(whole), atol=1e-6)
        found[np.tril_indices(40)] = np.nan
