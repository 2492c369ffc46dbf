"""Whether an answer can be quoted without identifying a person. When in doubt, it cannot."""

import re
from collections.abc import Iterable
from functools import cache

from themawijzer.language.dutch import URL
from themawijzer.language.singled_out import is_known, is_person, listed, singled_out

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
PUNCTUATION = re.compile(r"[\s.,;:!?()/&+'’‘\"“”–…-]*")
LATIN = re.compile(r"[a-zà-öø-ÿ]")
SENTENCE_END = re.compile(r"[.!?][)'\"’”]*\s*$")
MIN_ABSTRACT = 8  # letters of a word that is known by its ending only
MIN_FIRST, MIN_LAST = 4, 5  # letters of the parts of a compound; most surnames end in shorter words


class Anonymity:
    """Decides which answers can be quoted.

    Words of `jargon` (texts without names) are allowed though no lexicon has them; words of `places`, the groups that
    respondents belong to, are not.
    """

    def __init__(self, jargon: Iterable[str] = (), places: Iterable[str] = ()) -> None:
        self._jargon = {word.lower() for text in jargon for word in WORD.findall(text)} - listed("names")
        self._acronyms = {word for text in jargon for word in WORD.findall(text) if word.isupper()}
        self._places = {word.lower() for text in places for word in WORD.findall(text) if word[0].isupper()}

    def holds_of(self, answer: str) -> bool:
        """Whether the answer identifies nobody: no name, number, address or unknown word, and nobody singled out."""
        words = list(WORD.finditer(answer))
        if not words or URL.search(answer) or not PUNCTUATION.fullmatch(WORD.sub("", answer)):
            return False
        plain = [match[0].lower() for match in words]
        return all(map(self.is_plain, plain)) and all(map(self._is_lower, words)) and singled_out(answer) is None

    def is_plain(self, word: str) -> bool:
        """Whether the word, in lower case, is an ordinary one."""
        parts = word.split("-")
        is_known = self._is_known(word) or (len(parts) > 1 and all(map(self._is_known, parts)))
        return is_known and word not in self._places

    def _is_known(self, word: str) -> bool:
        if word in listed("names") or (len(word) == 1 and word != "u"):
            return False
        return word in self._jargon or word in listed("ordinary") or word in listed("acronyms") or _is_dutch(word)

    def _is_lower(self, match: re.Match[str]) -> bool:
        """Whether the capitals of a word only begin a sentence, or are an acronym or a word that always has them."""
        word, before, after = match[0], match.string[: match.start()], match.string[match.end() :]
        if word.islower() or word in self._acronyms:
            return True
        if (word.isupper() and word.lower() in listed("acronyms")) or _is_abstract(word.lower()):
            return True
        begins_sentence = SENTENCE_END.search(before) is not None and WORD.search(after) is not None  # no signature
        is_first = begins_sentence or not WORD.search(before)
        is_usual = is_first or word.lower() in listed("capitals")
        return is_usual and (word[1:].islower() or word == "U")


@cache
def _is_dutch(word: str) -> bool:
    if not all(map(LATIN.match, re.sub(r"['’-]", "", word))):
        return False
    return is_known(word) or _is_abstract(word) or _is_compound(word)


def _is_compound(word: str) -> bool:
    """Whether the word is put together of two others, of which the last is not one in which names end."""
    return any(
        _is_first(word[:place]) and _is_last(word[place:]) for place in range(MIN_FIRST, len(word) - MIN_LAST + 1)
    )


def _is_last(part: str) -> bool:
    return is_known(part) and not part.endswith(tuple(listed("name_ends"))) and not is_person(part)


def _is_first(part: str) -> bool:
    wholes = (part, part.removesuffix("s"), part.removesuffix("e"), part.removesuffix("en"))
    return any(len(whole) >= MIN_FIRST and is_known(whole) and whole not in listed("names") for whole in wholes)


def _is_abstract(word: str) -> bool:
    """Whether the word is no name by its ending, as those of abstract nouns and of compounds about policy are."""
    return len(word) >= MIN_ABSTRACT and word.endswith(tuple(listed("abstract")))
