"""Sentence vectors drawn towards those of similar answers."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from themawijzer.learning.neighbors import MAX_POOL, N_NEIGHBORS, Neighbors, spread


def clouds(n: int, seed: int = 0) -> np.ndarray:
    """Two clouds of n vectors, one around +1 and one around -1 on the first axis."""
    noise = np.random.default_rng(seed).normal(size=(2 * n, 6), scale=0.4)
    noise[:n, 0] += 1
    noise[n:, 0] -= 1
    return noise.astype(np.float32)


def test_answers_about_the_same_come_nearer_to_each_other() -> None:
    vectors = clouds(100)
    neighbors = Neighbors().fit(vectors)
    before = neighbors.pool_[:100]
    after = neighbors.transform(vectors)[:100]
    assert (after @ after.T).mean() > (before @ before.T).mean() + 0.01


def test_the_move_is_the_weighted_mean_of_the_nearest() -> None:
    """By hand, with loops instead of a sparse matrix."""
    neighbors = Neighbors().fit(clouds(60)).pulling(0.4)
    new = clouds(2, seed=1)
    own = (new - neighbors.mean_) / neighbors.scale_
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    for vector, moved in zip(own, neighbors.transform(new), strict=True):
        cosines = neighbors.pool_ @ vector
        near = np.argsort(-cosines)[:N_NEIGHBORS]
        mean = sum(max(cosines[i], 0) * neighbors.pool_[i] for i in near)
        expected = 0.6 * vector + 0.4 * mean / np.linalg.norm(mean)
        np.testing.assert_allclose(moved, expected / np.linalg.norm(expected), atol=1e-5)


def test_vectors_do_not_depend_on_what_is_transformed_with_them() -> None:
    neighbors, new = Neighbors().fit(clouds(60)), clouds(10, seed=1)
    alone = np.vstack([neighbors.transform(new[i : i + 1]) for i in range(len(new))])
    np.testing.assert_allclose(neighbors.transform(new), alone, atol=1e-6)


@pytest.mark.parametrize("n", [1, 2, N_NEIGHBORS - 1])
def test_a_small_survey_has_fewer_neighbors(n: int) -> None:
    moved = Neighbors().fit(clouds(n)[:n]).transform(clouds(3))
    assert np.isfinite(moved).all()


def test_a_large_survey_is_remembered_in_part() -> None:
    rows = spread(10 * MAX_POOL)
    assert (len(rows), rows[0], rows[-1]) == (MAX_POOL, 0, 10 * MAX_POOL - 1)
    assert len(np.unique(np.diff(rows))) <= 2


@pytest.mark.parametrize(("n", "expected"), [(0, []), (1, [0]), (3, [0, 1, 2])])
def test_a_small_survey_is_remembered_whole(n: int, expected: list[int]) -> None:
    assert spread(n).tolist() == expected


def test_vectors_are_standardized_as_by_scikit_learn() -> None:
    vectors = clouds(60) * 1e-3 + 5
    vectors[:, 2], vectors[:, 3] = 0.1, 0
    scaler, neighbors = StandardScaler().fit(vectors), Neighbors().fit(vectors)
    np.testing.assert_allclose(neighbors.mean_, scaler.mean_, rtol=1e-6)
    np.testing.assert_allclose(neighbors.scale_, scaler.scale_, rtol=1e-6)


def test_vectors_may_come_in_any_number_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = clouds(60)
    neighbors = Neighbors().fit(vectors)
    whole = neighbors.transform(vectors)
    monkeypatch.setattr("themawijzer.learning.blocks.ROWS", 7)
    np.testing.assert_allclose(neighbors.transform(vectors), whole, atol=1e-6)
