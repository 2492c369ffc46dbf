"""Which answers may have a new code, by its words: nobody gave it yet, so no model knows it.

With each of 18 codes of a question of the VU election panel taken for new, 706 answers, .45 of what was found among
answers with other codes had the code (.03 of all), and .72 of those that had it were found.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import Self

from themawijzer.annotation.subjects import is_small
from themawijzer.survey.annotations import Annotation
from themawijzer.survey.codebook import Code
from themawijzer.survey.no_answers import fold

MAX_BACK = 50  # different answers with other codes, per new code and coder
# A word that more answers have tells nothing of one: a fifth of them, where that is more than a few.
COMMON, N_RARE = 0.2, 10
MIN_STEM = 4  # letters with which two words begin that are taken for the same: "woning", "woningen"
MAX_ENDING = 2  # letters of the shorter word that may differ: "gelijke", "gelijkheid"


@dataclass(frozen=True)
class Hint:
    """The words of an answer that are words of a code; the fewer answers have such words, the higher the score."""

    words: tuple[str, ...]
    score: float

    def joined(self, other: Self) -> Self:
        """With the words of another code that was added with it; as telling as the one that tells most."""
        return type(self)(tuple(dict.fromkeys((*self.words, *other.words))), max(self.score, other.score))


def find_hints(code: Code, annotations: Iterable[Annotation]) -> dict[str, Hint]:
    """What hints at the code, by answer: of those with other codes at most `MAX_BACK`, those with most to tell."""
    texts, coded = dict[str, None](), set[str]()
    for own in annotations:
        texts[own.text] = None
        if own.codes:
            coded.add(own.text)
    words = frozenset(word for said in (code.label, *code.include, *code.examples) for word in _words(said))
    found = _find(words, tuple(texts))
    too_many = {*[text for text in found if text in coded][MAX_BACK:]}
    return {text: hint for text, hint in found.items() if text not in too_many}


@lru_cache(maxsize=64)  # a page asks it after every answer, and what was coded before the code was made stays the same
def _find(words: frozenset[str], texts: tuple[str, ...]) -> Mapping[str, Hint]:
    by_text = {text: _words(text) for text in texts}
    known = {word for said in by_text.values() for word in said}
    scores, telling = Counter[str](), set[str]()
    for word in sorted(words):
        same = {other for other in known if _is_same(word, other)}
        having = [text for text, said in by_text.items() if not same.isdisjoint(said)]
        if 0 < len(having) <= max(N_RARE, COMMON * len(texts)):
            telling |= same
            scores.update(dict.fromkeys(having, log((1 + len(texts)) / len(having))))
    return {
        text: Hint(tuple(word for word in by_text[text] if word in telling), score)
        for text, score in scores.most_common()
    }


def _words(text: str) -> list[str]:
    return [word for word in dict.fromkeys(fold(text).split()) if len(word) > 1 and not is_small(word)]


def _is_same(word: str, other: str) -> bool:
    """Whether the words begin alike: mostly those with other endings, now and then "auto" and "autonomie"."""
    stem = max(MIN_STEM, min(len(word), len(other)) - MAX_ENDING)
    return word[:stem] == other[:stem]
