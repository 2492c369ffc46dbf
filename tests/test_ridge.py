"""The identities that spare refitting, checked against refitting."""

import tracemalloc

import numpy as np
import pytest

from themawijzer.learning.ridge import Committee, KernelRidge, parts

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


def test_a_committee_says_the_mean_of_what_its_members_say_without_the_answer_and_with_or_without_its_repeats() -> None:
    """The last five texts are phrases, which all members learn from."""
    rng = np.random.default_rng(0)
    root = rng.normal(size=(45, 12))
    kernel, Y = root @ root.T, rng.integers(0, 2, size=(45, 3)).astype(np.int8)
    groups = rng.integers(0, 30, size=40).astype(np.intp)
    members = [np.append(rows, np.arange(40, 45)) for rows in parts(groups, 15)]
    committee = Committee(Y, groups, len(members))
    for rows in members:
        dual = committee.add(RIDGE, lower(kernel[np.ix_(rows, rows)]), rows).dual_
        others = np.setdiff1d(np.arange(40), rows)
        committee.hear(kernel[np.ix_(others, rows)] @ dual, others)

    def refit(wanted: np.ndarray, without: np.ndarray) -> np.ndarray:
        absent = [np.union1d(np.setdiff1d(np.arange(45), rows), without) for rows in members]
        return np.mean([refitted(kernel, Y, wanted, each) for each in absent], axis=0)

    assert len(members) == 3
    np.testing.assert_allclose(kernel @ committee.dual_, refit(np.arange(45), np.array([], int)), atol=1e-5)
    for row, group in enumerate(groups):
        alone, repeats = np.array([row]), np.flatnonzero(groups == group)
        np.testing.assert_allclose(committee.held_out_[row], refit(alone, repeats)[0], atol=1e-5)
        np.testing.assert_allclose(committee.left_out_[row], refit(alone, alone)[0], atol=1e-5)


@pytest.mark.parametrize(("n", "n_parts", "share"), [(10, 1, 1), (11, 2, 10 / 11), (20, 2, 1 / 2), (21, 3, 10 / 21)])
def test_a_part_is_no_smaller_than_it_may_be_and_together_they_hold_all(n: int, n_parts: int, share: float) -> None:
    found = parts(np.arange(10 * n, dtype=np.intp), 100)
    assert np.unique(np.concatenate(found)).tolist() == list(range(10 * n))
    assert [len(rows) for rows in found] == [round(10 * n * share)] * n_parts


@pytest.mark.parametrize(
    ("sizes", "most", "n_rows"),
    [
        ([1] * 60 + [140], 100, [140, 60]),
        ([1] * 110 + [90], 100, [100, 100]),
        ([1] * 400 + [600], 100, [600, 100, 100, 100, 100]),
        ([60] * 3, 100, [60, 60, 60]),
        ([7] * 30, 100, [98, 98, 98]),
    ],
)
def test_a_part_has_too_many_answers_only_where_a_single_text_has(
    sizes: list[int], most: int, n_rows: list[int]
) -> None:
    groups = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    found = parts(groups, most)
    assert [len(rows) for rows in found] == n_rows
    assert np.unique(np.concatenate(found)).tolist() == list(range(sum(sizes)))
    assert all(np.isin(groups, groups[rows]).sum() == len(rows) for rows in found)
    assert [rows.tolist() for rows in parts(groups, most)] == [rows.tolist() for rows in found]


def test_repeats_are_in_the_same_parts() -> None:
    groups = np.random.default_rng(0).integers(0, 20, size=90).astype(np.intp)
    for rows in parts(groups, 40):
        assert not set(groups[rows]) & set(np.delete(groups, rows))


def test_few_answers_are_one_part() -> None:
    assert [rows.tolist() for rows in parts(np.array([3, 1, 3]), 3)] == [[0, 1, 2]]
