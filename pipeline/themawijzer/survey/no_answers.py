"""Which whole answers say nothing: always, or to one question, by its settings or the form of its text."""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from itertools import combinations
from typing import Any, Self

_LISTS: Mapping[str, Any] = tomllib.loads(files("themawijzer.survey").joinpath("no_answers.toml").read_text("utf-8"))
_QUESTION = {
    what: re.compile("|".join(patterns) if isinstance(patterns, list) else patterns)
    for what, patterns in _LISTS["question"].items()
}
LONGEST = 60  # letters and digits of a phrase that always says nothing; it saves time with longer answers
# Characters that are read of an answer, as many as a cell of Excel holds. Nobody says nothing in more of them.
MOST_READ = 32_767
N_REMEMBERED, MAX_REMEMBERED = 10_000, 80  # answers, and their characters: in about 2 MB
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")  # of the keyboard

SIGNS = re.compile(r"[\W_]*")  # "-", "?", "..."
NUMBER = re.compile(r"\d{1,2}[\W_]*|(9|8)\1{2,}([.,]0+)?")  # "12", "999"; but "A12", "5G" and "2030" are answers
NEGATIVE_CODE = re.compile(r"-(\d)\1*([.,]0+)?")  # "-99": what survey programs write, also where a number is asked for


class Unsaid(StrEnum):
    """What was typed where no phrase of a list was."""

    SIGNS = "(signs)"  # no phrase has brackets of this kind
    NUMBER = "(number)"
    NOISE = "(letters)"  # "xxx", "asdf"


class QuestionForm(StrEnum):
    """What the text of a question asks for."""

    INVITATION = "invitation"  # to say anything more: "Heeft u nog opmerkingen?", to which "nee" says nothing
    NUMBER = "number"  # to which "12" is an answer
    OTHER = "other"  # to which "nee" or "geen" is an answer

    @classmethod
    def of(cls, text: str) -> "QuestionForm":
        """The form of a question with this text."""
        whole = " ".join(text.casefold().split())
        if _QUESTION["number"].search(whole):
            return cls.NUMBER
        *questions, rest = whole.split("?")
        if all(_QUESTION["invitation"].search(question) for question in questions or [rest]):
            return cls.INVITATION
        is_heading = not questions and not _QUESTION["question_start"].match(whole)
        return cls.INVITATION if is_heading and _QUESTION["invitation_heading"].search(whole) else cls.OTHER


@dataclass(frozen=True)
class NoAnswers:
    """Which whole answers to one question say nothing.

    `phrases` are those of the question, and `examples` are answers whatever else is said, as the codebook gives them.
    Where phrases `are_answers`, like any other, only what computers write where nothing was typed says nothing. Whole
    cells that are `missing` are no answers in any case.
    """

    form: QuestionForm = QuestionForm.OTHER
    phrases: frozenset[str] = frozenset()
    examples: frozenset[str] = frozenset()
    are_answers: bool = False
    missing: frozenset[str] = frozenset()

    @classmethod
    def to(cls, text: str, chosen: Sequence[str] | None = None, examples: Iterable[str] = ()) -> Self:
        """Those to a question with this text; `chosen` phrases take the place of what its form would give."""
        form = QuestionForm.of(text)
        usual = _LISTS["nothing_to_add"] if form is QuestionForm.INVITATION else ()
        phrases = frozenset(map(fold, usual if chosen is None else chosen))
        return cls(form, phrases - {""}, frozenset(map(fold, examples)))

    def says_something(self, answer: str) -> bool:
        """Whether the answer is neither empty nor one that says nothing."""
        return bool(answer.strip()) and self.found_in(answer) is None

    def found_in(self, answer: str) -> str | None:
        """What makes a filled-in answer say nothing: a phrase of the lists, or one of `Unsaid`; None if it does not."""
        return self._remembered(answer) if len(answer) <= MAX_REMEMBERED else self._find(answer)

    @cached_property
    def _remembered(self) -> Callable[[str], str | None]:
        return lru_cache(N_REMEMBERED)(self._find)

    def _find(self, answer: str) -> str | None:
        if len(answer) > MOST_READ:
            return None
        typed = answer.strip().casefold()
        if is_of_program(typed) or answer.strip() in self.missing:
            return typed
        folded = fold(answer)
        if folded in self.examples and folded:
            return None
        if self.are_answers:
            return Unsaid.NUMBER if NEGATIVE_CODE.fullmatch(typed) else None
        if folded in self.phrases:
            return folded
        phrase = _always().get(_letters(folded)) if len(folded) <= LONGEST else None
        return phrase or self._unsaid(typed)

    def counts_silent(self, answer: str) -> bool:
        """Whether the answer counts, and says nothing by the usual rules for one question or another."""
        return self.says_something(answer) and not self._usual.says_something(answer)

    @cached_property
    def _usual(self) -> "NoAnswers":
        return NoAnswers(self.form, self.phrases | set(map(fold, _LISTS["nothing_to_add"])))

    def _unsaid(self, typed: str) -> Unsaid | None:
        if SIGNS.fullmatch(typed):
            return Unsaid.SIGNS
        if NEGATIVE_CODE.fullmatch(typed) or (self.form is not QuestionForm.NUMBER and NUMBER.fullmatch(typed)):
            return Unsaid.NUMBER
        return Unsaid.NOISE if _noise().fullmatch(typed) else None


ANY_QUESTION = NoAnswers()  # where it is not known what was asked


def fold(text: str) -> str:
    """The words and numbers of a text, without capitals and punctuation: "Nee, hoor!" gives "nee hoor"."""
    plain = unicodedata.normalize("NFC", text).casefold()
    return " ".join(re.findall(r"(?<![^\W_])-\d+|[^\W_]+", plain))


def is_of_program(cell: str) -> bool:
    """Whether programs write this in a cell in which nobody typed anything: "NULL", "#NULL!"."""
    return cell.strip().casefold() in _machine()


def says_no_answer(label: str) -> bool:
    """Whether the label of a value tells that nobody answered: "Niet gevraagd", "Weet niet / geen mening"."""
    parts = [fold(part) for part in re.split(r"[/,;()]|\bof\b|\ben\b", label.casefold())]
    known = _labels()
    return any(parts) and all(part in known or _letters(part) in _always() for part in parts if part)


@cache
def _always() -> dict[str, str]:
    return {_letters(phrase): phrase for phrase in _LISTS["never"]}


@cache
def _machine() -> frozenset[str]:
    return frozenset(_LISTS["machine"])


@cache
def _labels() -> frozenset[str]:
    return frozenset(_LISTS["missing_labels"])


@cache
def _noise() -> re.Pattern[str]:
    """One letter over and over, or only keys that lie beside each other: "xxx", "asdfasdf"."""
    ways = [row[::step] for row in _ROWS for step in (1, -1)]
    runs = {way[start:stop] for way in ways for start, stop in combinations(range(len(way) + 1), 2) if stop - start > 2}
    keys = "|".join(sorted(runs, key=len, reverse=True))
    return re.compile(rf"[\W_]*([^\W\d_])(\1|[\W_])*|(?=\w{{4}})(?>(?:{keys})[\W_]*)++")


def _letters(folded: str) -> str:
    """Without spaces and digits, so that "n.v.t." and "nvt 2" are "nvt"."""
    return re.sub(r"[\d\s-]+", "", folded)
