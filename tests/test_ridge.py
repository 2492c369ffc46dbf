"""The identities that spare refitting, checked against refitting."""

import numpy as np

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
    regression = KernelRidge(RIDGE).fit(kernel, Y, groups)
    for row, group in enumerate(groups):
        alone, repeats = np.array([row]), np.flatnonzero(groups == group)
        np.testing.assert_allclose(regression.held_out_[row], refitted(kernel, Y, alone, repeats)[0], atol=1e-8)
        np.testing.assert_allclose(regression.left_out_[row], refitted(kernel, Y, alone, alone)[0], atol=1e-8)
    nobody, rows = np.array([], dtype=np.intp), np.arange(30)
    np.testing.assert_allclose(kernel @ regression.dual_, refitted(kernel, Y, rows, nobody), atol=1e-8)
