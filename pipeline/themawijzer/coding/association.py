"""Which codes occur together more than chance: of the respondents, those with both beside those with either."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np

from themawijzer.coding.estimation import Z
from themawijzer.coding.evidence import hypergeometric
from themawijzer.coding.numbers import Bools

FALSE_DISCOVERIES = 0.05  # the share of the pairs called more than chance that may be there by chance


@dataclass(frozen=True)
class Association:
    """Of n respondents, how many have the first code, the second, and both.

    `p` is one-sided: the probability of as many with both, or more, where the codes have nothing to do with each
    other (Fisher 1935, JRSS 98). The odds ratio has 0.5 added to each of the four counts, and the interval of
    Gart (1966, JRSS B 28), so that both exist where a count is 0.
    """

    n: int
    n_first: int
    n_second: int
    n_both: int

    @property
    def expected(self) -> float:
        """How many would have both if the codes had nothing to do with each other."""
        return self.n_first * self.n_second / self.n if self.n else 0.0

    @property
    def p(self) -> float:
        return hypergeometric(self.n_first - self.n_both, self.n_first, self.n - self.n_second, self.n)

    @property
    def odds_ratio(self) -> tuple[float, float, float]:
        """With the ends of its 95% interval."""
        only_first, only_second = self.n_first - self.n_both, self.n_second - self.n_both
        neither = self.n - self.n_first - only_second
        a, b, c, d = (count + 0.5 for count in (self.n_both, only_first, only_second, neither))
        middle, reach = log(a * d / (b * c)), Z * sqrt(1 / a + 1 / b + 1 / c + 1 / d)
        return exp(middle), exp(middle - reach), exp(middle + reach)


def associate(first: Bools, second: Bools) -> list[list[Association]]:
    """Each of k codes with each of l: who has them (n, k) and (n, l), of the same n respondents."""
    both = first.T.astype(np.intp) @ second.astype(np.intp)
    totals = first.sum(axis=0).tolist(), second.sum(axis=0).tolist()
    return [
        [Association(len(first), row, column, int(both[i, j])) for j, column in enumerate(totals[1])]
        for i, row in enumerate(totals[0])
    ]


def adjusted(p: Sequence[float]) -> list[float]:
    """Of each p-value the false discovery rate at which it counts (Benjamini & Hochberg 1995, JRSS B 57)."""
    from scipy.stats import false_discovery_control  # a second, for the report alone

    return np.asarray(false_discovery_control(p)).tolist() if p else []
