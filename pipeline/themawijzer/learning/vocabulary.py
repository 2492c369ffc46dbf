"""The words by which groups of answers, and waves, differ."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from scipy.special import ndtr, ndtri

Answers = Sequence[Iterable[str]]  # each as its words

MIN_TIMES = 2  # that a group has a typical word, unless it has no word so often
MAX_TYPICAL = 6
FALSE_DISCOVERIES = 0.05  # the share of the words told that may be there by chance
LEAST_CHANCE = 1e-300  # what is less is no number


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


def shifted_words(waves: Sequence[tuple[Answers, Answers]], *, least: int) -> list[list[Shift]]:
    """Per question, given as its answers in both waves, the words whose change chance does not explain, by their z.

    Of each word the answers with it are compared with those without it, by the exact test of Fisher (1935, JRSS 98),
    twice its smaller side; z is the normal deviate with that probability. Unlike log odds with a prior, which keep a
    part of it for a word that a wave lacks, it sees words that are new, and it is right for few answers, too. Counted
    are answers, because a word comes often twice in one. Of words in fewer than `least` answers nothing is told. Kept
    are those at a false discovery rate of 5 % over the words of all questions together (Benjamini & Hochberg 1995,
    JRSS B 57), which stays where respondents use the same words in several questions (Benjamini & Yekutieli 2001,
    Annals of Statistics 29). Of none of them |z| is below 1.96.
    """
    from scipy.stats import false_discovery_control  # takes a second to load

    tested = [_tested(*question, least=least) for question in waves]
    p = np.array([2 * ndtr(-abs(shift.z)) for shifts in tested for shift in shifts])
    kept = iter((false_discovery_control(p) <= FALSE_DISCOVERIES).tolist() if len(p) else [])
    found = [[shift for shift in shifts if next(kept)] for shifts in tested]
    return [sorted(shifts, key=lambda shift: (-shift.z, shift.word)) for shifts in found]


def _tested(first: Answers, second: Answers, *, least: int) -> list[Shift]:
    """Every word in as many answers or more, in the order of the alphabet."""
    from scipy.stats import hypergeom

    counts = [Counter(word for words in answers for word in set(words)) for answers in (first, second)]
    words = sorted(word for word, times in (counts[0] + counts[1]).items() if times >= least)
    y = np.array([[count[word] for word in words] for count in counts], dtype=np.int64).reshape(2, -1)
    chance = (len(first) + len(second), y.sum(axis=0), len(second))
    less, more = hypergeom.cdf(y[1], *chance), hypergeom.sf(y[1] - 1, *chance)
    z = np.where(more < less, -1, 1) * ndtri(np.clip(np.minimum(less, more), LEAST_CHANCE, 0.5))
    return [Shift(*each) for each in zip(words, *y.tolist(), z.tolist(), strict=True)]
