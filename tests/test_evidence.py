from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, hypergeom

from themawijzer.coding.evidence import (
    RISK,
    Rate,
    binomial,
    hypergeometric,
    intraclass_correlation,
    is_below,
    least_cases,
    p_value,
)

MANY = 10**8  # so many remain that luck among them does not matter


@pytest.mark.parametrize(("target", "least"), [(0.8, 14), (0.9, 29), (0.95, 59), (0.99, 299)])
def test_so_many_cases_without_a_mistake_are_the_least(target, least):
    assert least_cases(target) == least
    assert p_value(Rate(least, least, least), target, n_rest=MANY) <= RISK
    assert p_value(Rate(least - 1, least - 1, least - 1), target, n_rest=MANY) > RISK


@pytest.mark.parametrize("n_wrong", [0, 1, 5, 20])
def test_of_many_cases_it_is_the_exact_binomial_test(n_wrong):
    expected = binomtest(100 - n_wrong, 100, 0.9, alternative="greater").pvalue
    assert p_value(Rate(100 - n_wrong, 100, 100), 0.9, n_rest=MANY) == pytest.approx(expected, rel=1e-4)
    assert binomial(n_wrong, 100, 0.9) == pytest.approx(binom.cdf(n_wrong, 100, 0.1))


def test_of_few_cases_that_remain_luck_counts_too():
    """30 of 30 right; of 10 more, 2 wrong would be one too many: both there by a chance of 10 * 9 / (40 * 39)."""
    assert p_value(Rate(30, 30, 30), 0.9, n_rest=10) == pytest.approx(max(90 / 1560, 0.9**30))
    assert p_value(Rate(60, 60, 60), 0.9, n_rest=10) == pytest.approx(90 / (70 * 69))


@pytest.mark.parametrize(
    ("n_wrong", "n", "n_wrong_in_all", "n_in_all"),
    [(0, 5, 3, 20), (3, 50, 30, 400), (40, 50, 45, 60), (5, 5, 9, 12), (0, 9, 8, 12), (12, 400, 9000, 200_000)],
)
def test_drawing_without_replacement_is_that_of_scipy(n_wrong, n, n_wrong_in_all, n_in_all):
    expected = hypergeom.cdf(n_wrong, n_in_all, n_wrong_in_all, n)
    assert hypergeometric(n_wrong, n, n_wrong_in_all, n_in_all) == pytest.approx(expected, rel=1e-6)


def test_no_case_proves_nothing():
    assert p_value(Rate(0, 0, 0), 0.5, n_rest=10) == 1
    assert Rate(0, 0, 0).share is None


def test_a_target_that_rounds_badly_counts_whole_mistakes():
    """1 - 0.8 is a little below 0.2, but of five cases one may be wrong."""
    assert p_value(Rate(20, 20, 20), 0.8, n_rest=5) == pytest.approx(max((5 * 4) / (25 * 24), 0.8**20))


@pytest.mark.parametrize(("n_right", "n", "low"), [(59, 59, 0.9505), (0, 10, 0.0), (9, 10, 0.6058)])
def test_the_lower_bound_is_that_of_clopper_and_pearson(n_right, n, low):
    assert Rate(n_right, n, n).low == pytest.approx(low, abs=5e-5)


@pytest.mark.parametrize(("n_right", "n", "expected"), [(5, 10, True), (8, 10, False), (10, 10, False), (0, 1, False)])
def test_too_many_mistakes_to_be_luck(n_right, n, expected):
    assert is_below(Rate(n_right, n, n), 0.9, risk=0.05) is expected


def test_the_test_is_right_at_least_as_often_as_it_says():
    """Where the target is just missed in the rest, at most one sample in twenty passes."""
    random = np.random.default_rng(0)
    population = np.zeros(300, dtype=bool)
    population[:46] = True  # wrong; if all of the sample's mistakes were average, the rest would miss 0.85
    passed_and_missed = 0
    for _ in range(2000):
        random.shuffle(population)
        sample, rest = population[:120], population[120:]
        passes = p_value(Rate(int((~sample).sum()), 120, 120), 0.85, n_rest=180) <= RISK
        passed_and_missed += passes and rest.mean() > 0.15
    assert passed_and_missed / 2000 <= RISK


@given(st.integers(1, 200), st.floats(0.5, 0.99), st.integers(0, 1000))
def test_one_mistake_more_never_looks_better(n, target, n_rest):
    values = [p_value(Rate(n_right, n, n), target, n_rest=n_rest) for n_right in range(n, -1, -1)]
    assert all(after >= before - 1e-9 for before, after in pairwise(values))


def test_cases_of_one_answer_count_as_if_they_were_right_or_wrong_together():
    cases, right = np.array([3] * 20), np.array([3] * 19 + [0])
    rate = Rate.of(right, cases, alike=1)
    assert (rate.n_right, rate.n, rate.n_independent, rate.n_independent_wrong) == (57, 60, 20, 1)
    assert rate.low == pytest.approx(Rate(19, 20, 20).low)
    assert p_value(rate, 0.8, n_rest=MANY) == pytest.approx(p_value(Rate(19, 20, 20), 0.8, n_rest=MANY))


@pytest.mark.parametrize(("cases", "expected"), [([1] * 50, 50), ([0, 0, 5], 1), ([1, 6] * 10, 13), ([0], 0)])
def test_the_number_of_independent_cases_is_that_of_kish(cases, expected):
    assert Rate.of(np.array(cases), np.array(cases), alike=1).n_independent == expected


def test_cases_that_are_not_alike_count_in_full():
    assert Rate.of(np.array([3] * 20), np.array([3] * 20), alike=0).n_independent == 60
    assert Rate.of(np.array([3] * 20), np.array([3] * 20), alike=0.5).n_independent == 30


def test_mistakes_that_come_together_are_alike_and_those_that_do_not_are_not():
    random = np.random.default_rng(0)
    cases = np.full(400, 3)
    together = 3 * (random.random(400) < 0.8)
    apart = random.binomial(3, 0.8, 400)
    assert intraclass_correlation(together, cases) == 1
    assert intraclass_correlation(apart, cases) < 0.2


def test_few_mistakes_or_single_cases_do_not_tell_that_cases_are_not_alike():
    assert intraclass_correlation(np.array([3] * 99 + [2]), np.full(100, 3)) == 1
    assert intraclass_correlation(np.array([1, 0] * 50), np.ones(100, dtype=int)) == 1
