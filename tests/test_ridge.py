"""The identities that spare refitting, checked against refitting."""

import tracemalloc

import numpy as np
import pytest

from themawijzer.learning.ridge import KernelRidge

RIDGE = 0.7


def refitted(kernel: np.ndarray, Y: np.ndarray, rows: np.ndarray, without: np.ndarray) -> np.ndarray:
    """The scores of rows by a regression that never saw others."""
    others = np.setdiff1d(np.arange(len(Y)), without)
    system = kernel[np.ix_(others, others)] + RIDGE * np.eye(len(others))
    return kernel[np.ix_(rows, others)] @ np.linalg.solve(system, Y[others])


def test_scores_are_those_of_models_without_the_answer_and_with_or_without_its_repeats() -> None:
    """The last five texts are phrases of a codebook: learned from, but never left out."""
    rng = np.random.default_rng(0)
    root = rng.normal(size=(30, 12))
    kernel, Y = root @ root.T, rng.integers(0, 2, size=(30, 3)).astype(np.int8)
    groups = rng.integers(0, 12, size=25).astype(np.intp)
    regression = KernelRidge(RIDGE).fit(lower(kernel), Y, groups)
    for row, group in enumerate(groups):
        alone, repeats = np.array([row]), np.flatnonzero(groups == group)
        np.testing.assert_allclose(regression.held_out_[row], refitted(kernel, Y, alone, repeats)[0], atol=1e-5)
        np.testing.assert_allclose(regression.left_out_[row], refitted(kernel, Y, alone, alone)[0], atol=1e-5)
    nobody, rows = np.array([], dtype=np.intp), np.arange(30)
    np.testing.assert_allclose(kernel @ regression.dual_, refitted(kernel, Y, rows, nobody), atol=1e-5)


def lower(kernel: np.ndarray) -> np.ndarray:
    """What is above the diagonal must not be read."""
    return np.where(np.tri(len(kernel), dtype=bool), kernel, np.nan).astype(np.float32)


def test_it_takes_no_memory_for_another_kernel_and_leaves_what_is_above_the_diagonal() -> None:
    root = np.random.default_rng(0).normal(size=(600, 5)).astype(np.float32)
    kernel, Y = root @ root.T, np.eye(600, 2, dtype=np.int8)
    above = np.triu(kernel, 1)
    tracemalloc.start()
    KernelRidge(RIDGE).fit(kernel, Y, np.arange(600))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < kernel.nbytes / 4
    np.testing.assert_array_equal(np.triu(kernel, 1), above)


def test_a_kernel_that_is_none_is_refused() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite at 2"):
        KernelRidge(RIDGE).fit(np.array([[1, 9], [9, 1]], dtype=np.float32), np.eye(2, dtype=np.int8), np.arange(2))
