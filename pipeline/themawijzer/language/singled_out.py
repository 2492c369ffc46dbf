"""Turns of phrase by which somebody can be recognized, though no name is in the text."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import simplemma

from themawijzer.language.dutch import LANGUAGE

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
BETWEEN = " -'‘’\"“”"  # what may stand between two words of one phrase
PERSON = "°"  # behind a word for one person
AGENT = re.compile(
    r"\w{3,}(?:er|aar|eur|ist|or|ant|ent|loog|graaf|man)"
)  # who does something, by the ending of the word
_PART = re.compile(r"<(\w+)>")


def singled_out(text: str) -> str | None:
    """In which way a text of ordinary words may point out one person; None where none is known."""
    plain = _harmless().sub(" . ", _marked(text))
    return next((kind for kind, turn in _turns().items() if turn.search(plain)), None)


@cache
def listed(name: str) -> frozenset[str]:
    """The words of a list of `anonymity.toml`."""
    return frozenset(_lists()[name].split())


@cache
def is_person(word: str) -> bool:
    """Whether a word, in lower case, is a noun for one person; not where it stands for all of a kind."""
    if word in listed("generic") or word in listed("things"):
        return False
    if word in listed("people") or word.endswith(tuple(listed("people_ends"))):
        return True
    is_adjective = is_known(f"{word}e")
    if is_adjective or not AGENT.fullmatch(word) or word.endswith(tuple(listed("thing_ends"))):
        return False
    return any(is_known(plural) and simplemma.lemmatize(plural, lang=LANGUAGE) == word for plural in _plurals(word))


def _plurals(word: str) -> Iterator[str]:
    yield from (f"{word}s", f"{word}en", f"{word}nen", f"{word.removesuffix('man')}lieden")


@cache
def is_known(word: str) -> bool:
    """Whether the lexicon has the word, which is in lower case."""
    return bool(simplemma.is_known(word, lang=LANGUAGE))


def _marked(text: str) -> str:
    """The words in lower case, with a comma for what else than blanks is between them, and with persons marked."""
    plain, parts, end = text.lower().replace("’", "'"), [","], 0
    for match in WORD.finditer(plain):
        parts += [","] * bool(plain[end : match.start()].strip().strip(BETWEEN))
        is_one = parts[-1] not in listed("any_of") and is_person(match[0])
        parts.append(match[0] + PERSON * is_one)
        end = match.end()
    return f" {' '.join(parts)} , "


@cache
def _lists() -> Mapping[str, Any]:
    return tomllib.loads(files("themawijzer.language").joinpath("anonymity.toml").read_text("utf-8"))


@cache
def _harmless() -> re.Pattern[str]:
    return _pattern(_lists()["harmless"]["turns"])


@cache
def _turns() -> Mapping[str, re.Pattern[str]]:
    return {kind: _pattern(turns) for kind, turns in _lists()["turns"].items()}


def _pattern(turns: Iterable[str]) -> re.Pattern[str]:
    """The turns of phrase as one expression, with the parts that they name filled in."""
    filled, parts = "|".join(turns), _lists()["parts"]
    while _PART.search(filled):
        filled = _PART.sub(lambda part: parts[part[1]].replace("\n", ""), filled)
    return re.compile(filled)
