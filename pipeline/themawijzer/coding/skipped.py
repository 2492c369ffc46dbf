"""Whether answers that were skipped in a random sample are unlike those that were coded."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from themawijzer.coding.evidence import RISK
from themawijzer.coding.numbers import Bools, Floats, Ints

N_SHUFFLES = 1999


class Trait(StrEnum):
    """What skipped and coded answers are compared by."""

    LENGTH = "length"  # in words
    DOUBT = "doubt"  # of the model
    OTHER_KIND = "other_kind"  # whether it is not in Dutch, or refers to another answer


@dataclass(frozen=True)
class Skipped:
    """How many answers of a random sample were coded and skipped, and by which traits they differ.

    `unlike` has the mean of the skipped and of the coded answers, per trait that differs by more than chance. A draw
    of `n_draw` answers to each question has all skipped ones.
    """

    n: int
    n_coded: int
    n_draw: int
    unlike: Mapping[Trait, tuple[float, float]]


def differing(traits: Mapping[Trait, Floats], is_skipped: Bools, question: Ints) -> dict[Trait, tuple[float, float]]:
    """The traits by which skipped answers differ from coded ones, with the mean of both.

    Each trait (n,) is NaN where an answer has none; `question` (n,) numbers the questions, within which answers are
    compared. A permutation test on sums of ranks, corrected for the number of traits by the largest of them in every
    permutation (Westfall & Young 1993, "Resampling-based multiple testing"): where answers are skipped whatever they
    are, any trait at all is found in at most 5 % of samples.
    """
    order = np.argsort(question, kind="stable")
    strata = [np.flatnonzero(question == number) for number in np.unique(question)]
    ranks = np.column_stack([_ranks(values, strata) for values in traits.values()])
    spread = np.sqrt(sum(_variance(ranks[rows], int(is_skipped[rows].sum())) for rows in strata))
    scale = np.where(spread > 0, spread, np.inf)
    found = np.abs(ranks[is_skipped].sum(axis=0)) / scale
    n_skipped = [int(is_skipped[rows].sum()) for rows in strata]
    is_first = np.concatenate([np.arange(len(rows)) < n for rows, n in zip(strata, n_skipped, strict=True)])
    random, sorted_question = np.random.default_rng(0), question[order]
    largest = np.empty(N_SHUFFLES)
    for number in range(N_SHUFFLES):
        shuffled = order[np.lexsort((random.random(len(order)), sorted_question))]
        largest[number] = (np.abs(ranks[shuffled[is_first]].sum(axis=0)) / scale).max()
    p = (1 + (largest[:, None] >= found - 1e-9).sum(axis=0)) / (1 + N_SHUFFLES)
    return {
        trait: (float(np.nanmean(values[is_skipped])), float(np.nanmean(values[~is_skipped])))
        for (trait, values), one in zip(traits.items(), p, strict=True)
        if one <= RISK
    }


def _ranks(values: Floats, strata: list[Ints]) -> Floats:
    """Ranks within each stratum (n,), with a mean of 0; 0 where there is no value."""
    found = np.zeros(len(values))
    for rows in strata:
        own = rows[~np.isnan(values[rows])]
        _, place, times = np.unique(values[own], return_inverse=True, return_counts=True)
        found[own] = (np.cumsum(times) - (times - 1) / 2)[place] - (len(own) + 1) / 2
    return found


def _variance(ranks: Floats, n_skipped: int) -> Floats:
    """The variance of the sum of so many of the ranks (n, t) that are drawn without replacement."""
    n = len(ranks)
    return np.asarray((ranks**2).sum(axis=0) * n_skipped * (n - n_skipped) / max(n * (n - 1), 1))
