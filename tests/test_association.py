import numpy as np
import pytest

from themawijzer.coding.association import Association, adjusted, associate


@pytest.mark.parametrize(
    ("counts", "p"),
    [  # Fisher's tea lady, and tables of scipy.stats.fisher_exact(alternative="greater")
        ((8, 4, 4, 3), 0.242857),
        ((20, 10, 10, 8), 0.011507),
        ((200, 50, 40, 25), 0.0),
        ((10, 0, 5, 0), 1.0),
        ((10, 10, 5, 5), 1.0),
    ],
)
def test_the_p_value_is_that_of_fishers_exact_test(counts: tuple[int, int, int, int], p: float) -> None:
    from scipy.stats import fisher_exact

    n, first, second, both = counts
    table = [[both, first - both], [second - both, n - first - second + both]]
    assert Association(*counts).p == pytest.approx(fisher_exact(table, alternative="greater").pvalue)
    assert Association(*counts).p == pytest.approx(p, abs=1e-6)


def test_the_odds_ratio_is_that_of_gart() -> None:
    assert Association(20, 10, 10, 8).odds_ratio == pytest.approx((11.56, 1.5735, 84.93), rel=1e-3)


def test_codes_that_never_occur_have_an_odds_ratio_and_no_expectation() -> None:
    nothing = Association(10, 0, 0, 0)
    assert nothing.expected == 0
    assert nothing.odds_ratio[0] == pytest.approx(21)


def test_respondents_are_counted_by_pair_of_codes() -> None:
    first = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], dtype=bool)
    second = np.array([[1], [1], [0], [0]], dtype=bool)
    assert associate(first, second) == [[Association(4, 2, 2, 2)], [Association(4, 2, 2, 1)]]


def test_many_p_values_are_adjusted_as_benjamini_and_hochberg_do() -> None:
    assert adjusted([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert adjusted([]) == []
