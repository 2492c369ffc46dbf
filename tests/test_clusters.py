"""Groups of answers that come back when other answers are drawn, and no others."""

import numpy as np
import pytest

from themawijzer.learning.clusters import DOUBTFUL, STABLE, _recovered, find_clusters
from themawijzer.learning.vocabulary import typical_words


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def clouds(sizes: list[int], *, spread: float = 0.1, dimensions: int = 20) -> np.ndarray:
    """Clouds of so many vectors, each around an axis of its own."""
    centers = np.repeat(np.eye(dimensions)[: len(sizes)], sizes, axis=0)
    return unit(centers + np.random.default_rng(0).normal(size=centers.shape, scale=spread))


def test_every_cloud_is_a_group_and_each_comes_back() -> None:
    found = find_clusters(clouds([40, 25, 15, 10]), seed=0)
    assert found.labels.tolist() == [0] * 40 + [1] * 25 + [2] * 15 + [3] * 10
    assert found.stability.min() >= STABLE


def test_in_noise_there_are_hardly_any_groups() -> None:
    """In ten times 200 directions without any structure."""
    draws = [unit(np.random.default_rng(seed).normal(size=(200, 100))) for seed in range(10)]
    assert sum(len(find_clusters(draw, seed=0).stability) for draw in draws) <= 2


def test_that_nearly_all_answers_are_together_again_is_no_group() -> None:
    vectors = unit(np.random.default_rng(0).normal(size=(100, 50)) + 1)
    assert (find_clusters(vectors, seed=0).stability >= DOUBTFUL).all()
    assert (np.bincount(find_clusters(vectors, seed=0).labels + 1)[1:] < 50).all()


@pytest.mark.parametrize("vectors", [np.eye(20), np.eye(20)[[0] * 20]], ids=["equally far apart", "all the same"])
def test_answers_that_no_distance_tells_apart_are_no_groups(vectors: np.ndarray) -> None:
    found = find_clusters(unit(vectors), seed=0)
    assert (found.labels.tolist(), found.stability.tolist()) == ([-1] * 20, [])


def test_an_answer_goes_to_the_nearest_group_unless_it_is_farther_than_all_that_made_it() -> None:
    strangers = np.eye(20)[10:13] - np.eye(20)[:2].sum(axis=0)  # three answers about something else
    found = find_clusters(unit(np.vstack([clouds([35, 25]), strangers])), seed=0)
    assert found.labels.tolist() == [0] * 35 + [1] * 25 + [-1] * 3
    assert found.nearness[:60].min() > found.nearness[60:].max()


def test_the_same_answers_give_the_same_groups() -> None:
    vectors = clouds([30, 20, 10], spread=0.25)
    first, second = find_clusters(vectors, seed=3), find_clusters(vectors, seed=3)
    np.testing.assert_array_equal(first.labels, second.labels)
    np.testing.assert_array_equal(first.stability, second.stability)


def test_of_many_answers_a_choice_is_divided_and_all_are_assigned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("themawijzer.learning.neighbors.MAX_POOL", 60)
    found = find_clusters(clouds([100, 80]), seed=0)
    assert set(found.labels[:100].tolist()) == {0, -1}
    assert set(found.labels[100:].tolist()) <= {1, -1}
    assert (found.labels < 0).sum() < 10  # farther than the farthest of the chosen


def test_a_group_comes_back_as_far_as_the_one_most_like_it() -> None:
    """By hand: {0, 1, 2, 3} is nearest to {0, 1, 2, 4}: three of five; {4, 5} to {3, 5}: one of three."""
    labels, again = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 0, 1, 0, 1])
    np.testing.assert_allclose(_recovered(labels, again, 2), [3 / 5, 1 / 3])


def test_typical_words_are_frequent_in_the_group_and_rare_in_others() -> None:
    """By hand: A = 4; "trein" 3 log(1 + 4/3) = 2.54, "nieuw" 2 log(1 + 4/4) = 1.39 and 2 log(2) in the other too."""
    groups = [["trein", "nieuw", "trein", "nieuw", "trein"], ["fiets", "nieuw", "nieuw"]]
    assert typical_words(groups) == [["trein", "nieuw"], ["nieuw"]]


def test_a_group_in_which_no_word_comes_twice_has_words_all_the_same() -> None:
    assert typical_words([["trein"], ["fiets", "pad", "pad"]]) == [["trein"], ["pad"]]
    assert typical_words([[], ["fiets"]]) == [[], ["fiets"]]
