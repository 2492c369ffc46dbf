"""Whether an answer can be quoted without identifying a person. When in doubt, it cannot."""

import re
from collections.abc import Iterable
from itertools import pairwise

import simplemma

from themawijzer.language.dutch import AFTER_OFFICE, LANGUAGE, NAME_PAIRS, NAMES, OFFICES, ORDINARY, TITLES, URL

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
PUNCTUATION = re.compile(r"[\s.,;:!?()/&+'’‘\"“”–-]*")
LATIN = re.compile(r"[a-zà-öø-ÿ]")
SENTENCE_END = re.compile(r"[.!?][)'\"’”]*\s*$")


class Anonymity:
    """Decides which answers can be quoted.

    Words of `jargon` (texts without names) are allowed though no lexicon has them; words of `places`, the groups that
    respondents belong to, are not.
    """

    def __init__(self, jargon: Iterable[str] = (), places: Iterable[str] = ()) -> None:
        self._jargon = {word.lower() for text in jargon for word in WORD.findall(text)} - NAMES
        self._acronyms = {word for text in jargon for word in WORD.findall(text) if word.isupper()}
        self._places = {word.lower() for text in places for word in WORD.findall(text) if word[0].isupper()}

    def holds_of(self, answer: str) -> bool:
        """Whether the answer identifies nobody: it has no name, number, address or unknown word."""
        words = list(WORD.finditer(answer))
        if not words or URL.search(answer) or not PUNCTUATION.fullmatch(WORD.sub("", answer)):
            return False
        plain = [match[0].lower() for match in words]
        return (
            all(map(self.is_plain, plain))
            and all(map(self._is_lower, words))
            and not any(f"{first} {second}" in NAME_PAIRS for first, second in pairwise(plain))
            and not any(word in OFFICES and next_ not in AFTER_OFFICE for word, next_ in _next(words))
        )

    def is_plain(self, word: str) -> bool:
        """Whether the word, in lower case, is an ordinary one."""
        parts = word.split("-")
        is_known = self._is_known(word) or (len(parts) > 1 and all(map(self._is_known, parts)))
        return is_known and word not in self._places

    def _is_known(self, word: str) -> bool:
        if word in NAMES or word in TITLES or (len(word) == 1 and word != "u"):
            return False
        is_dutch = all(map(LATIN.match, re.sub(r"['’-]", "", word)))
        return word in self._jargon or word in ORDINARY or (is_dutch and simplemma.is_known(word, lang=LANGUAGE))

    def _is_lower(self, match: re.Match[str]) -> bool:
        """Whether the capitals of a word only begin a sentence, or are an acronym of the jargon."""
        word, before = match[0], match.string[: match.start()]
        if word.islower() or word in self._acronyms:
            return True
        is_first = not WORD.search(before) or SENTENCE_END.search(before) is not None
        return is_first and (word[1:].islower() or word == "U")


def _next(words: list[re.Match[str]]) -> Iterable[tuple[str, str]]:
    """Pairs of a word and the next one, in lower case; `en` where punctuation or the end follows."""
    for match, follower in zip(words, [*words[1:], None], strict=True):
        is_near = follower is not None and not match.string[match.end() : follower.start()].strip()
        yield match[0].lower(), follower[0].lower() if follower and is_near else "en"
