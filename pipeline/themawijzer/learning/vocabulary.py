"""The words by which groups of answers, and waves, differ."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from scipy.special import ndtr

MIN_TIMES = 2  # that a group has a typical word, unless it has no word so often
MAX_TYPICAL = 6
PRIOR_WORDS = 50.0  # that the prior of the log odds counts for
FALSE_DISCOVERIES = 0.05


def typical_words(groups: Sequence[Sequence[str]]) -> list[list[str]]:
    """Per group, given as all its words, those most typical of it among these groups; the most typical first.

    Class-based TF-IDF: the frequency of a word in a group times log(1 + A / f), with f its frequency in all of them
    and A the mean number of words of a group (Grootendorst 2022, "BERTopic: Neural topic modeling with a class-based
    TF-IDF procedure", arXiv:2203.05794).
    """
    counts = [Counter(words) for words in groups]
    total = Counter(word for words in groups for word in words)
    mean = total.total() / max(len(groups), 1)
    return [_most_typical(own, total, mean) for own in counts]


def _most_typical(own: Counter[str], total: Counter[str], mean: float) -> list[str]:
    again = [word for word, times in own.items() if times >= MIN_TIMES] or list(own)
    return sorted(again, key=lambda word: (-own[word] * log(1 + mean / total[word]), word))[:MAX_TYPICAL]


@dataclass(frozen=True)
class Shift:
    """A word that came up more, or less, in the second of two waves: in how many answers of each, and z."""

    word: str
    n_first: int
    n_second: int
    z: float


def shifted_words(first: Sequence[Iterable[str]], second: Sequence[Iterable[str]], *, least: int) -> list[Shift]:
    """The words that came up more or less than chance explains, by their z, from answers given as their words.

    Log odds with an informative Dirichlet prior (Monroe, Colaresi & Quinn 2008, "Fightin' words", Political Analysis
    16); the prior is how often words come in both waves together, so that rare ones need more evidence. Counted are
    answers, because a word comes often twice in one. Of words in fewer than `least` answers nothing is told. Kept are
    those at a false discovery rate of 5 % (Benjamini & Hochberg 1995, JRSS B 57); of none of them |z| is below 1.96.
    """
    from scipy.stats import false_discovery_control  # takes a second to load

    counts = [Counter(word for words in answers for word in set(words)) for answers in (first, second)]
    words = sorted(word for word, times in (counts[0] + counts[1]).items() if times >= least)
    if not words or not all(counts):
        return []
    y = np.array([[count[word] for word in words] for count in counts], dtype=np.float64)
    n = np.array([[count.total()] for count in counts], dtype=np.float64)
    prior = PRIOR_WORDS * y.sum(axis=0) / n.sum()
    odds = np.log((y + prior) / (n + PRIOR_WORDS - y - prior))
    z = (odds[1] - odds[0]) / np.sqrt((1 / (y + prior)).sum(axis=0))
    kept = np.flatnonzero(false_discovery_control(2 * ndtr(-np.abs(z))) <= FALSE_DISCOVERIES)
    shifts = [Shift(words[i], int(y[0, i]), int(y[1, i]), float(z[i])) for i in kept.tolist()]
    return sorted(shifts, key=lambda shift: (-shift.z, shift.word))
