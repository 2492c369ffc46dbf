from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ppi_py import ppi_mean_ci, ppi_mean_pointestimate

from themawijzer.coding.estimation import AuditedUnits, Population, estimate, tuned_slope

HALF = Population(10, 10.0, 10.0, np.array([5.0]), np.array([3.4]))  # five answers at 0.8 and five at 0.2
ENDLESS = 10**12


def audit(truth, predicted, weights=None, stratum=None):
    n = len(truth)
    return AuditedUnits(
        np.array(truth, dtype=bool).reshape(n, -1),
        np.array(predicted, dtype=float).reshape(n, -1),
        np.ones(n) if weights is None else np.array(weights, dtype=float),
        np.zeros(n, dtype=np.intp) if stratum is None else np.array(stratum, dtype=np.intp),
    )


def population(predicted, weights=None):
    f = np.array(predicted, dtype=float).reshape(len(predicted), -1)
    w = np.ones(len(f)) if weights is None else np.array(weights, dtype=float)
    return Population(len(f), float(w.sum()), float(w @ w), w @ f, w @ f**2)


def without_model(n, k=1):
    """A population for which the model says nothing."""
    return Population(n, float(n), float(n), np.zeros(k), np.zeros(k))


def slope_of(*values):
    return np.array(values, dtype=float)


# The share


def test_the_mean_prediction_is_corrected_by_the_mean_residual_of_the_audit():
    whole = population([0.3] * 100)
    sample = audit([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], [0.35] * 10)
    assert estimate(sample, [whole], slope_of(0.8)).share == pytest.approx([0.8 * 0.3 + 0.4 - 0.8 * 0.35])  # 0.36


def test_weights_count_in_predictions_and_residuals():
    whole = population([0.5, 0.1], weights=[1, 3])  # 0.2
    found = estimate(audit([1, 0], [0.5, 0.1], weights=[1, 3]), [whole], slope_of(1))
    assert found.share == pytest.approx([0.25])  # the audit is the population, whatever the model says
    assert found.low == pytest.approx([0.25])
    assert found.high == pytest.approx([0.25])


def test_a_few_that_weigh_more_than_most_count_though_the_audit_has_none_of_them():
    """One of 300 weighs half of all: whether it has the code says more than the 60 audited ones."""
    whole = population([0.2] * 300, weights=[1.0] * 299 + [299.0])
    sample = audit([1] * 12 + [0] * 48, [0.2] * 60)
    found = estimate(sample, [whole], slope_of(0))
    assert found.low < 0.2 * 0.5  # it has not
    assert found.high > 0.2 * 0.5 + 0.5  # it has
    alike = estimate(sample, [population([0.2] * 300)], slope_of(0))
    assert (alike.low, alike.high) == pytest.approx((0.130, 0.295), abs=0.02)


def test_intervals_hold_the_weighted_share_where_few_units_weigh_much():
    random, held = np.random.default_rng(0), 0
    for _ in range(200):
        w = 1 + random.pareto(1.2, 340)  # as of towns
        truth, drawn = random.random(340) < 0.3, random.permutation(340)[:60]
        said = np.full(340, 0.3)
        sample, whole = audit(truth[drawn], said[drawn], weights=w[drawn]), population(said, weights=w)
        found = estimate(sample, [whole], tuned_slope(sample, [whole]))
        held += found.low[0] <= w @ truth / w.sum() <= found.high[0]
    assert held >= 0.95 * 200


def test_strata_count_by_their_weight_and_not_by_their_audited_answers():
    strata = [without_model(750), without_model(250)]
    sample = audit([1, 0, 0, 0, 0, 1, 1, 1, 0, 0], [0] * 10, stratum=[0] * 5 + [1] * 5)
    assert estimate(sample, strata, slope_of(0)).share == pytest.approx([0.75 * 0.2 + 0.25 * 0.6])


def test_a_share_never_leaves_zero_to_one():
    found = estimate(audit([0] * 10, [0.6] * 10), [population([0.1] * 100)], slope_of(1))
    assert found.share.tolist() == [0]
    assert found.low.tolist() == [0]


# The slope


@pytest.mark.parametrize(
    ("truth", "prior_positives", "slope"),
    [
        ([1, 0, 0, 0], 0, 0.30 / 0.36),
        ([1, 0, 0, 0], 3, (0.30 + 0.54) / (0.36 + 0.54)),  # three positives are six answers at a share of one half
        ([1, 1, 0, 0], 0, 1),  # 1.67
        ([0, 0, 1, 1], 0, 0),  # -1.67
        ([0, 0, 1, 1], 3, 0),
    ],
)
def test_the_slope_is_that_of_the_truth_on_the_predictions_drawn_towards_one(truth, prior_positives, slope):
    assert tuned_slope(audit(truth, [0.8, 0.8, 0.2, 0.2]), [HALF], prior_positives) == pytest.approx([slope])


def test_predictions_that_never_differ_are_not_trusted():
    assert tuned_slope(audit([1, 0], [0, 0]), [without_model(10)]).tolist() == [0]


def test_what_lies_between_strata_does_not_move_the_slope():
    sample = audit([1, 1, 0, 0], [0.9, 0.9, 0.1, 0.1], stratum=[0, 0, 1, 1])
    strata = [population([0.9] * 10), population([0.1] * 10)]
    assert tuned_slope(sample, strata, 0).tolist() == [0]


# The interval


def test_a_population_that_was_asked_in_full_and_is_a_sample_itself_has_wilsons_interval():
    """8 of 40, all of them coded by people: Wilson's interval for n = 40."""
    found = estimate(audit([1] * 8 + [0] * 32, [0] * 40), [without_model(40)], slope_of(0), sampling=1 / 40)
    assert (found.low, found.high) == (pytest.approx([0.10500], abs=1e-5), pytest.approx([0.34757], abs=1e-5))


def test_without_a_model_the_interval_is_wilsons():
    found = estimate(audit([0] * 10, [0] * 10), [without_model(ENDLESS)], slope_of(0))
    assert found.low.tolist() == [0]
    assert found.high == pytest.approx([0.27753], abs=1e-5)  # as published for 0 of 10
    found = estimate(audit([1, 0], [0, 0]), [without_model(ENDLESS)], slope_of(0))
    assert found.low == pytest.approx([0.09453], abs=1e-5)  # 1 of 2
    assert found.high == pytest.approx([0.90547], abs=1e-5)


def test_what_was_audited_of_a_finite_population_is_no_longer_uncertain():
    found = estimate(audit([1, 0] * 2, [0] * 4), [without_model(10)], slope_of(0))
    assert found.low == pytest.approx([0.19769], abs=1e-5)  # Wilson's for 4 / (1 - 0.4) = 6.67 answers
    assert found.high == pytest.approx([0.80231], abs=1e-5)


def test_good_predictions_make_the_interval_narrower_by_the_variance_that_they_explain():
    truth = [1] * 40 + [0] * 10 + [1] * 10 + [0] * 40
    predicted = [0.8] * 50 + [0.2] * 50
    whole = population([0.8, 0.2] * 50_000)
    found = estimate(audit(truth, predicted), [whole], slope_of(1))
    # At a share of one half the variance of the residuals is 0.25 - 0.09, so that 100 answers say as much as 156.
    assert found.effective_n == pytest.approx([0.25 / (0.16 * (1 / 100 - 1 / 100_000) + 0.25 / 100_000)])
    assert found.low == pytest.approx(0.5 - (found.high - 0.5))
    # 0.5 + d fits as long as d * d <= 1.96 ** 2 * 0.999 / 100 * (0.25 - d * d) * (1 - 0.09 / 0.25).
    assert found.high == pytest.approx([0.5 + 0.077414], abs=1e-5)


def test_predictions_that_are_far_off_do_not_make_an_interval_narrow():
    """With a slope of 1, predictions of variance 0.09 would explain all of the variance at a share of 0.1."""
    whole = population([0.8, 0.2] * 50_000)
    found = estimate(audit([1] * 5 + [0] * 45, [0.5] * 50), [whole], slope_of(1))
    assert found.share == pytest.approx([0.1])
    assert found.high - found.low > 0.1


def test_a_model_that_is_too_sure_of_itself_does_not_make_the_interval_miss():
    """It errs in one answer of twenty, and says one of a thousand; an audit of 50 sees two or three of the errors."""
    generator = np.random.default_rng(0)
    truth = generator.random(3000) < 0.05
    predicted = np.where(truth ^ (generator.random(3000) < 0.05), 0.999, 0.001)
    whole, held = population(predicted), []
    for _ in range(300):
        rows = generator.choice(3000, 50, replace=False)
        sample = audit(truth[rows], predicted[rows])
        found = estimate(sample, [whole], tuned_slope(sample, [whole]))
        held.append(bool(found.low <= truth.mean() <= found.high))
    assert np.mean(held) > 0.9


@pytest.mark.parametrize(
    ("n", "share", "precision", "recall"), [(50, 0.05, 0.5, 0.5), (100, 0.02, 0.8, 0.8), (100, 0.1, 0.5, 0.5)]
)
def test_predictions_without_a_doubt_that_are_often_wrong_do_not_make_the_interval_miss(n, share, precision, recall):
    """The mistakes that the audit shows count, not those that the probabilities expect."""
    generator = np.random.default_rng(1)
    given = share * recall / precision
    truth = generator.random(4000) < share
    found = np.where(
        truth, generator.random(4000) < recall, generator.random(4000) < (given - share * recall) / (1 - share)
    )
    predicted = np.where(found, 0.99, 0.01)
    held = []
    for _ in range(400):
        rows = generator.choice(4000, n, replace=False)
        sample = audit(truth[rows], predicted[rows])
        whole = population(predicted)
        estimated = estimate(sample, [whole], tuned_slope(sample, [whole]))
        held.append(estimated.low[0] <= truth.mean() <= estimated.high[0])
    assert np.mean(held) > 0.88


def test_the_effective_sample_size_without_a_model_is_that_of_the_audit():
    found = estimate(audit([1, 0, 0, 0], [0] * 4), [without_model(10)], slope_of(0))
    assert found.effective_n == pytest.approx([4])


def test_unequal_weights_cost_answers():
    sample = audit([1, 0, 0, 0], [0] * 4, weights=[1, 1, 1, 3])
    assert estimate(sample, [without_model(ENDLESS)], slope_of(0)).effective_n == pytest.approx([36 / 12])  # Kish


def test_when_all_answers_are_audited_the_share_is_known():
    found = estimate(audit([1, 0, 0, 0], [0.9, 0.2, 0.1, 0]), [population([0.9, 0.2, 0.1, 0])], slope_of(1))
    assert (found.low, found.high) == (pytest.approx([0.25]), pytest.approx([0.25]))
    assert found.effective_n == pytest.approx([4])


def test_an_audit_of_another_population_leaves_the_predictions_uncertain():
    whole, sample = population([0.8, 0.2] * 10), audit([1, 1, 0, 0] * 2, [0.8, 0.8, 0.2, 0.2] * 2)
    inside = estimate(sample, [whole], slope_of(1))
    outside = estimate(sample, [whole], slope_of(1), is_part=False)
    assert outside.low < inside.low
    assert outside.high > inside.high


def test_shares_that_cannot_be_are_cut_off():
    found = estimate(audit([1, 0] * 2, [0] * 4), [without_model(10)], slope_of(0))
    assert found.within(np.array([0.2]), np.array([0.8])).low.tolist() == [0.2]  # 2 of 10 are known to have the code
    assert found.within(np.array([0.2]), np.array([0.8])).high.tolist() == [0.8]
    assert found.within(np.array([0.6]), np.array([1])).share.tolist() == [0.6]
    assert found.within(np.array([0]), np.array([1])) == found


# Beside the authors' own program


def drawn(n, N, seed):
    """Predictions, and codes that they predict well but not perfectly."""
    generator = np.random.default_rng(seed)
    predicted = generator.beta(0.5, 1.5, n + N)
    truth = generator.random(n + N) < 0.05 + 0.8 * predicted
    return truth[:n], predicted[:n], predicted[n:]


@pytest.mark.parametrize("power", [0, 0.4, 1])
def test_shares_are_those_of_ppi_python(power):
    y, f, others = drawn(60, 500, seed=1)
    slope = slope_of(power * (1 + 60 / 500))  # as PPI++ tunes it when the audit is not a part of the population
    expected = ppi_mean_pointestimate(y.astype(float), f, others, lam=power)
    found = estimate(audit(y, f), [population(others)], slope, is_part=False)
    assert found.share == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_tuned_shares_and_intervals_come_to_those_of_ppi_python_in_large_samples(seed):
    y, f, others = drawn(20_000, 100_000, seed)
    low, high = ppi_mean_ci(y.astype(float), f, others, alpha=0.05)
    sample, whole = audit(y, f), population(others)
    found = estimate(sample, [whole], tuned_slope(sample, [whole], 0), is_part=False)
    width = (high - low).item()
    assert found.low == pytest.approx(low, abs=0.01 * width)
    assert found.high == pytest.approx(high, abs=0.01 * width)


# Whatever comes in

UNITS = st.lists(
    st.tuples(st.booleans(), st.floats(0, 1), st.floats(0.1, 10), st.integers(0, 1)), min_size=8, max_size=30
)


def of_units(units, n_audit=5):
    """The audit, of which some are in each stratum, and the strata."""
    units = [*units, (True, 0.5, 1, 0), (False, 0.25, 1, 1)]
    truth, predicted, weights, stratum = (np.array(values) for values in zip(*units, strict=True))
    sampled = [*range(n_audit), len(units) - 2, len(units) - 1]
    strata = [population(predicted[stratum == h], weights[stratum == h]) for h in (0, 1)]
    return audit(truth[sampled], predicted[sampled], weights[sampled], stratum[sampled]), strata


@given(UNITS)
def test_the_share_lies_in_its_interval_and_the_interval_between_zero_and_one(units):
    sample, strata = of_units(units)
    found = estimate(sample, strata, tuned_slope(sample, strata))
    assert 0 <= found.low <= found.share <= found.high <= 1
    assert found.effective_n > 0


@given(UNITS, st.sampled_from([0.001, 0.5, 1000]))
def test_only_the_proportions_of_weights_count(units, factor):
    sample, strata = of_units(units)
    heavy = replace(sample, weights=sample.weights * factor)
    sums = [
        Population(
            n=each.n,
            weight=each.weight * factor,
            weight_squares=each.weight_squares * factor**2,
            predicted=each.predicted * factor,
            squares=each.squares * factor,
        )
        for each in strata
    ]
    expected, found = (estimate(a, s, tuned_slope(a, s)) for a, s in ((sample, strata), (heavy, sums)))
    for name in ("share", "low", "high"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=1e-6)


@given(UNITS, st.randoms())
def test_the_order_of_the_audited_answers_does_not_count(units, random):
    sample, strata = of_units(units)
    order = list(range(len(sample)))
    random.shuffle(order)
    mixed = sample.take(np.array(order))
    expected, found = (estimate(each, strata, tuned_slope(each, strata)) for each in (sample, mixed))
    assert found.share == pytest.approx(expected.share, abs=1e-9)
    assert found.high == pytest.approx(expected.high, abs=1e-6)
