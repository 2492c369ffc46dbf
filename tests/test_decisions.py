import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.coding.decisions import Decision, assign, decide

UNKNOWN, NO, REVIEW, YES = Decision.UNKNOWN, Decision.NO, Decision.REVIEW, Decision.YES
NAN = float("nan")


def decided(probabilities, thresholds, *, band=0.1, parents=None, also_given=()):
    """The decisions for one answer; given is what passes its threshold, and the positions in `also_given`."""
    p, t = np.array([probabilities]), np.array(thresholds)
    passed = p >= t
    passed[0, list(also_given)] = True
    return decide(p, t, given=passed, band=band, parents=parents or [-1] * len(t))[0].tolist()


@pytest.mark.parametrize(
    ("probability", "expected"),
    [(0.0, NO), (0.39, NO), (0.41, REVIEW), (0.5, REVIEW), (0.59, REVIEW), (0.61, YES), (1.0, YES)],
)
def test_within_the_band_around_its_threshold_a_code_is_for_review(probability, expected):
    assert decided([probability], [0.5]) == [expected]


@pytest.mark.parametrize(("probability", "expected"), [(0.25, NO), (0.5, REVIEW), (0.75, YES)])
def test_at_the_edge_of_the_band_a_code_is_decided(probability, expected):
    assert decided([probability], [0.5], band=0.25) == [expected]


@pytest.mark.parametrize(("probability", "expected"), [(0.4999, NO), (0.5, YES), (0.5001, YES)])
def test_without_a_band_nothing_is_for_review(probability, expected):
    assert decided([probability], [0.5], band=0.0) == [expected]


def test_every_code_has_its_own_threshold():
    assert decided([0.5, 0.5, 0.5], [0.2, 0.5, 0.8]) == [YES, REVIEW, NO]


def test_what_is_given_below_its_threshold_is_for_review():
    assert decided([0.1, 0.05], [0.5, 0.5], also_given=[0]) == [REVIEW, NO]


def test_a_code_that_the_model_has_not_learned_is_unknown_whatever_its_probability():
    assert decided([0.0, 0.9, 1.0], [NAN, 0.5, NAN]) == [UNKNOWN, YES, UNKNOWN]


def test_where_nothing_is_learned_everything_is_unknown():
    assert decided([0.3, 0.9], [NAN, NAN]) == [UNKNOWN, UNKNOWN]


# 0 is the parent of 1, which is the parent of 2
CHAIN = [-1, 0, 1]


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([0.0, 0.0, 0.9], [YES, YES, YES]),
        ([0.0, 0.9, 0.0], [YES, YES, NO]),
        ([0.9, 0.0, 0.0], [YES, NO, NO]),
        ([0.0, 0.0, 0.5], [REVIEW, REVIEW, REVIEW]),
        ([0.5, 0.9, 0.5], [YES, YES, REVIEW]),
        ([0.0, 0.0, 0.0], [NO, NO, NO]),
    ],
)
def test_a_parent_is_at_least_as_certain_as_its_children(probabilities, expected):
    assert decided(probabilities, [0.5, 0.5, 0.5], parents=CHAIN) == expected


def test_a_parent_may_stand_behind_its_child():
    assert decided([0.9, 0.0], [0.5, 0.5], parents=[1, -1]) == [YES, YES]


@pytest.mark.parametrize(("child", "expected"), [(0.9, YES), (0.5, REVIEW), (0.0, UNKNOWN)])
def test_an_unlearned_parent_is_known_only_from_a_child_that_is_there(child, expected):
    assert decided([0.0, child], [NAN, 0.5], parents=[-1, 0])[0] == expected


def test_an_unlearned_child_leaves_its_parent_alone():
    assert decided([0.0, 0.0], [0.5, NAN], parents=[-1, 0]) == [NO, UNKNOWN]


def test_answers_do_not_touch_each_other():
    p, t = np.array([[0.0, 0.9], [0.9, 0.0], [0.0, 0.0]]), np.array([0.5, 0.5])
    decisions = decide(p, t, given=p >= t, band=0.1, parents=[-1, 0])
    assert decisions.tolist() == [[YES, YES], [YES, NO], [NO, NO]]
    assert decisions.dtype == np.int8


def test_no_answers_give_no_decisions():
    nothing = np.empty((0, 2))
    assert decide(nothing, np.array([0.5, NAN]), given=nothing > 0, band=0.1, parents=[-1, -1]).shape == (0, 2)


def test_what_is_decided_or_given_for_review_is_published():
    decisions = np.array([[YES, YES, REVIEW, REVIEW, NO, UNKNOWN]], dtype=np.int8)
    passed = np.array([[True, False, True, False, True, True]])
    assert assign(decisions, passed).tolist() == [[True, True, True, False, False, False]]


probability = st.floats(0, 1, width=32)


@settings(deadline=None)
@given(p=st.lists(probability, min_size=3, max_size=3), threshold=st.floats(0.05, 0.95), band=st.floats(0, 0.5))
def test_a_wider_band_only_moves_codes_to_review(p, threshold, band):
    narrow = decided(p, [threshold] * 3, band=band / 2)
    wide = decided(p, [threshold] * 3, band=band)
    assert all(after in (before, REVIEW) for before, after in zip(narrow, wide, strict=True))


@settings(deadline=None)
@given(p=st.lists(probability, min_size=3, max_size=3), t=st.lists(st.floats(0.05, 0.95), min_size=3, max_size=3))
def test_no_child_is_more_certain_than_its_parent(p, t):
    first, second, third = decided(p, t, parents=CHAIN)
    assert first >= second >= third


@pytest.mark.parametrize(
    ("probability", "threshold", "expected"),
    [
        (0.02, 0.05, NO),
        (0.03, 0.05, REVIEW),
        (0.3, 0.05, REVIEW),
        (0.6, 0.05, YES),
        (0.97, 0.95, REVIEW),
        (0.98, 0.95, YES),
    ],
)
def test_the_band_leaves_room_for_decisions_at_extreme_thresholds(probability, threshold, expected):
    assert decided([probability], [threshold]) == [expected]
