"""Words that may stand alone on a screen or in a list: ordinary ones, that are nobody's name."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from themawijzer.language.anonymity import PUNCTUATION, SENTENCE_END, WORD, Anonymity
from themawijzer.language.singled_out import listed

LONGEST_ACRONYM = 5
MOST_AS_NAME = 1 / 3  # of the times that its capitals tell whether a word is one


@dataclass
class _Typed:
    """How often a word was typed; in capitals where the answer has others, as names are, and as other words are."""

    times: Counter[str] = field(default_factory=Counter)
    capitals: Counter[str] = field(default_factory=Counter)
    as_name: Counter[str] = field(default_factory=Counter)
    small: Counter[str] = field(default_factory=Counter)


def plain_words(words: Collection[str], answers: Iterable[str], anonymity: Anonymity) -> set[str]:
    """Those of the words, in lower case, that name nobody where they stand in the answers.

    They are ordinary words, or acronyms, and were not often typed as names are: with a capital inside a sentence, or
    after a title or an office ("wethouder Visser").
    """
    typed = _Typed()
    for answer in answers:
        _count(answer, typed)
    return {
        word
        for word in words
        if (anonymity.is_plain(word) or _is_acronym(word, typed))
        and typed.as_name[word] <= MOST_AS_NAME * (typed.as_name[word] + typed.small[word])
    }


def _is_acronym(word: str, typed: _Typed) -> bool:
    return len(word) <= LONGEST_ACRONYM and typed.capitals[word] * 2 > typed.times[word]


def _count(answer: str, typed: _Typed) -> None:
    end, before, has_lower = 0, "", not answer.isupper()
    for match in WORD.finditer(answer):
        word, between = match[0], answer[end : match.start()]
        is_first = not before or "\n" in between or SENTENCE_END.search(between) is not None
        plain = word.lower()
        typed.times[plain] += 1
        typed.capitals[plain] += has_lower and word.isupper()
        is_name = word[0].isupper() and not word.isupper() and not is_first
        is_name |= before in listed("people") and PUNCTUATION.fullmatch(between) is not None
        typed.as_name[plain] += is_name
        typed.small[plain] += word.islower() and not is_name
        end, before = match.end(), plain
