import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from themawijzer.coding.decisions import Decision, Limits, answer_doubt, assign, automatic, code_doubts, decide

UNKNOWN, NO, REVIEW, YES = Decision.UNKNOWN, Decision.NO, Decision.REVIEW, Decision.YES


def limits(most, *, n_codes, target=0.9, blocked=()):
    return Limits(target, most, np.isin(np.arange(n_codes), blocked))


def decided(probabilities, most=0.2, *, target=0.9, blocked=(), unlearned=(), parents=None):
    """The decisions on one answer."""
    n_codes = len(probabilities)
    return decide(
        np.array([probabilities], dtype=np.float32),
        limits(most, n_codes=n_codes, target=target, blocked=blocked),
        unlearned=np.isin(np.arange(n_codes), unlearned),
        parents=parents or [-1] * n_codes,
    )[0].tolist()


def test_doubt_is_the_chance_that_the_likelier_of_yes_and_no_is_wrong():
    np.testing.assert_allclose(code_doubts(np.array([[0.0, 0.25, 0.5, 0.75, 1.0]])), [[0, 0.25, 0.5, 0.25, 0]])


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([0.75, 0.125], 0.375),  # less than one code is expected: the doubts add up
        ([0.75, 0.75, 0.75, 0.75], 1 / 3),  # three codes are expected, and one decision is wrong
        ([0.0, 0.0], 0.0),
        ([1.0, 1.0], 0.0),
    ],
)
def test_the_doubt_of_an_answer_is_counted_per_expected_code(probabilities, expected):
    assert answer_doubt(np.array([probabilities])).tolist() == pytest.approx([expected])


@pytest.mark.parametrize(
    ("probabilities", "expected"), [([0.95, 0.05], [YES, NO]), ([0.9, 0.9], [YES, YES]), ([0.05, 0.05], [NO, NO])]
)
def test_an_answer_of_little_doubt_is_decided_whole(probabilities, expected):
    assert decided(probabilities) == expected


def test_yes_is_said_of_no_code_of_an_answer_that_a_person_has_to_look_at():
    assert decided([0.99, 0.4, 0.01]) == [REVIEW, REVIEW, NO]


def test_without_a_limit_everything_goes_to_people():
    assert decided([0.99, 0.0], None) == [REVIEW, NO]
    assert decided([0.001, 0.0], None) == [REVIEW, NO]  # the likeliest mistake


def test_a_person_looks_at_the_fewest_codes_without_which_the_target_is_met():
    assert decided([0.4, 0.3, 0.2, 0.05], target=0.7) == [REVIEW, REVIEW, NO, NO]
    assert decided([0.4, 0.3, 0.2, 0.05], target=0.9) == [REVIEW, REVIEW, REVIEW, NO]


def test_an_answer_near_a_blocked_code_goes_to_people_and_others_do_not():
    assert decided([0.99, 0.0], blocked=[0]) == [REVIEW, NO]
    assert decided([0.95, 0.11], blocked=[1]) == [REVIEW, REVIEW]
    assert decided([0.95, 0.09], blocked=[1]) == [YES, UNKNOWN]


def test_a_blocked_parent_is_known_from_its_child():
    assert decided([0.0, 0.0], blocked=[0], parents=[-1, 0]) == [UNKNOWN, NO]
    assert decided([0.09, 0.0], blocked=[0], parents=[-1, 0]) == [UNKNOWN, NO]


def test_a_code_that_the_model_has_not_learned_is_unknown():
    assert decided([0.0, 0.95, 0.0], unlearned=[0, 2]) == [UNKNOWN, YES, UNKNOWN]


# 0 is the parent of 1, which is the parent of 2
CHAIN = [-1, 0, 1]


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [([0.95, 0.95, 0.95], [YES, YES, YES]), ([0.95, 0.0, 0.0], [YES, NO, NO]), ([0.5, 0.4, 0.4], [REVIEW] * 3)],
)
def test_a_parent_is_at_least_as_certain_as_its_children(probabilities, expected):
    assert decided(probabilities, parents=CHAIN) == expected


@pytest.mark.parametrize(("child", "expected"), [(0.95, YES), (0.5, REVIEW), (0.0, UNKNOWN)])
def test_an_unlearned_parent_is_known_only_from_a_child_that_is_there(child, expected):
    assert decided([child, child], parents=[-1, 0], unlearned=[0])[0] == expected


def test_answers_do_not_touch_each_other():
    p = np.array([[0.0, 0.95], [0.95, 0.0], [0.5, 0.5]])
    decisions = decide(p, limits(0.2, n_codes=2), unlearned=np.zeros(2, dtype=bool), parents=[-1, -1])
    assert decisions.tolist() == [[NO, YES], [YES, NO], [REVIEW, REVIEW]]
    assert decisions.dtype == np.int8


def test_no_answers_give_no_decisions():
    nothing = np.empty((0, 2))
    decisions = decide(nothing, limits(0.2, n_codes=2), unlearned=np.zeros(2, dtype=bool), parents=[-1, -1])
    assert decisions.shape == (0, 2)


def test_what_is_decided_or_given_for_review_is_published():
    decisions = np.array([[YES, YES, REVIEW, REVIEW, NO, UNKNOWN]], dtype=np.int8)
    passed = np.array([[True, False, True, False, True, True]])
    assert assign(decisions, passed).tolist() == [[True, True, True, False, False, False]]


probabilities = st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3)


@given(p=probabilities, most=st.floats(0, 1), target=st.floats(0.5, 0.999))
def test_an_answer_is_decided_whole_or_a_person_looks_at_it(p, most, target):
    found = decided(p, most, target=target)
    is_automatic = automatic(np.array([p], dtype=np.float32), limits(most, n_codes=3, target=target))[0]
    assert (REVIEW in found) != is_automatic
    assert is_automatic or YES not in found


@given(p=probabilities, most=st.floats(0, 1))
def test_a_wider_limit_never_sends_more_answers_to_people(p, most):
    narrow, wide = (automatic(np.array([p]), limits(each, n_codes=3))[0] for each in (most / 2, most))
    assert wide or not narrow


@given(p=probabilities, most=st.floats(0, 1))
def test_no_child_is_more_certain_than_its_parent(p, most):
    first, second, third = decided(sorted(p, reverse=True), most, parents=CHAIN)
    assert first >= second >= third
