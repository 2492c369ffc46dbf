"""Which codes coders take for each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from themawijzer.coding.coefficients import Codes, Ratings


@dataclass(frozen=True)
class Confusion:
    """`n` times one coder gave `code` where another gave `other` instead; with `other` "" nothing instead."""

    code: str
    other: str
    n: int


def count_confusions(ratings: Ratings) -> list[Confusion]:
    """What coders disagree on, the most frequent first; every pair of coders counts for every unit.

    Of a coder who gave two codes instead of one, both count.
    """
    found: Counter[tuple[str, str]] = Counter()
    for one, other, times in ratings.by_two():
        for pair in _confused(one - other, other - one):
            found[pair] += times
    place = {code: position for position, code in enumerate((*ratings.codes, ""))}
    listed = [
        Confusion(min(pair, key=place.__getitem__), max(pair, key=place.__getitem__), n) for pair, n in found.items()
    ]
    return sorted(listed, key=lambda confusion: (-confusion.n, place[confusion.code], place[confusion.other]))


def _confused(one: Codes, other: Codes) -> set[tuple[str, str]]:
    """Pairs of codes, in the order of the alphabet."""
    return {(min(pair), max(pair)) for pair in ((a, b) for a in one for b in other)} or {
        (code, "") for code in one | other
    }
