"""Quotes that are short, typical of a code, and identify nobody."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import log

from themawijzer.output.report.inputs import Coded
from themawijzer.survey.codebook import Codebook, Codeframe
from themawijzer.survey.survey import Survey

N_QUOTES = 3
FEW_WORDS, MANY_WORDS = 3, 25
MAX_LIKENESS = 0.5  # of the words of two quotes, the share that both have
WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Quote:
    """An answer that can be shown, without who gave it."""

    question: str
    text: str


@dataclass(frozen=True)
class CodeQuotes:
    """The quotes for one code; fewer, or none, where not enough answers may be shown."""

    code: str
    label: str
    quotes: list[Quote]


@dataclass(frozen=True)
class CodeframeQuotes:
    """The quotes for all codes of a codeframe."""

    codeframe: str
    label: str
    codes: list[CodeQuotes]


@dataclass(frozen=True)
class _Answer:
    question: str
    text: str
    words: frozenset[str]
    codes: frozenset[str]


def choose_quotes(
    coded: Coded, survey: Survey, codebook: Codebook, can_be_shown: Callable[[str], bool]
) -> list[CodeframeQuotes]:
    """Per code two or three answers that are decided and `can_be_shown`; in a codeframe no text is shown twice."""
    asked = {codeframe for question in survey.questions for codeframe in question.codeframes}
    return [
        CodeframeQuotes(codeframe.id, codeframe.label, list(_of_codeframe(coded, survey, codeframe, can_be_shown)))
        for codeframe in codebook.codeframes
        if codeframe.id in asked
    ]


def _of_codeframe(
    coded: Coded, survey: Survey, codeframe: Codeframe, can_be_shown: Callable[[str], bool]
) -> Iterable[CodeQuotes]:
    answers, taken = _answers(coded, survey, codeframe), set[str]()
    frequency = Counter(word for answer in answers for word in answer.words)
    for code in codeframe.codes:
        own = [answer for answer in answers if code.id in answer.codes]
        chosen = _typical(own, _weights(own, frequency, len(answers)), can_be_shown, taken)
        yield CodeQuotes(code.id, code.label, [Quote(quote.question, quote.text) for quote in chosen])


def _answers(coded: Coded, survey: Survey, codeframe: Codeframe) -> list[_Answer]:
    """Those of which the codes are decided, each text once."""
    decided = coded.codings[(coded.codings["codeframe"] == codeframe.id) & (coded.codings["decision"] != "review")]
    codes: dict[tuple[str, str], set[str]] = {}
    for question, respondent, code in zip(*(decided[c] for c in ("question", "respondent_id", "code")), strict=True):
        codes.setdefault((question, respondent), set()).add(code)
    texts = {
        question.id: dict(zip(coded.responses[survey.respondent_id], coded.responses[question.column], strict=True))
        for question in survey.questions
    }
    found = {texts[question][respondent]: (question, given) for (question, respondent), given in codes.items()}
    return [
        _Answer(question, text.strip(), frozenset(WORD.findall(text.lower())), frozenset(given))
        for text, (question, given) in found.items()
    ]


def _weights(own: list[_Answer], frequency: Counter[str], n: int) -> dict[str, float]:
    """How much more often each word stands in answers with the code than in others, as a log ratio."""
    inside, n_inside = Counter(word for answer in own for word in answer.words), len(own)
    n_outside = max(n - n_inside, 0)
    return {
        word: log((count + 0.5) / (n_inside + 1)) - log((frequency[word] - count + 0.5) / (n_outside + 1))
        for word, count in inside.items()
    }


def _typical(
    own: list[_Answer], weights: dict[str, float], can_be_shown: Callable[[str], bool], taken: set[str]
) -> list[_Answer]:
    """The answers whose words tell most of the code, and which have few other codes; unlike each other."""

    def rank(answer: _Answer) -> tuple[float, str]:
        typical = sum(weights[word] for word in answer.words) / (len(answer.words) + 1)
        return -typical / len(answer.codes), answer.text

    chosen: list[_Answer] = []
    for answer in sorted((quote for quote in own if FEW_WORDS <= len(quote.text.split()) <= MANY_WORDS), key=rank):
        if answer.text.lower() not in taken and can_be_shown(answer.text) and not _resembles(answer, chosen):
            chosen.append(answer)
            taken.add(answer.text.lower())
        if len(chosen) == N_QUOTES:
            break
    return chosen


def _resembles(answer: _Answer, others: Iterable[_Answer]) -> bool:
    return any(len(answer.words & other.words) > MAX_LIKENESS * len(answer.words | other.words) for other in others)
