"""The words by which groups of answers differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log

MIN_TIMES = 2  # that a group has a typical word, unless it has no word so often
MAX_TYPICAL = 6


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
