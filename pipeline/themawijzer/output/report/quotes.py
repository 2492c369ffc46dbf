"""Quotes that are short, typical of a code, and identify nobody; a person approves them before they are shown."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from math import log

from themawijzer.output.quotes_file import Approval, Quotable
from themawijzer.output.report.inputs import Coded
from themawijzer.output.report.leftovers import Leftovers
from themawijzer.survey.codebook import Codebook, Codeframe
from themawijzer.survey.survey import Survey

N_QUOTES = 3  # for a code, unless people approved more
FEW_WORDS, MANY_WORDS = 3, 25
MAX_LIKENESS = 0.5  # of the words of two quotes, the share that both have
WORD = re.compile(r"[^\W\d_]+")


class Shown(StrEnum):
    """Which quotes the report shows: those that a person approved, all that passed the filter, or none."""

    APPROVED = "approved"
    UNREAD = "unread"
    NONE = "none"


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
class Quotes:
    """The quotes of a report, whether people approved them all, and how many candidates wait for that."""

    are_read: bool
    n_waiting: int
    codeframes: list[CodeframeQuotes]

    @property
    def n_shown(self) -> int:
        return sum(len(code.quotes) for frame in self.codeframes for code in frame.codes)


@dataclass(frozen=True)
class Candidates:
    """What passed the filter and nobody refused: quotes for codes, and examples of groups without a code."""

    quotes: list[CodeframeQuotes]
    leftovers: list[Leftovers]

    def only(self, is_shown: Callable[[Quotable], bool]) -> "Candidates":
        """Those that are shown."""
        quotes = [replace(frame, codes=[_only(frame, code, is_shown) for code in frame.codes]) for frame in self.quotes]
        return Candidates(quotes, [each.only(is_shown) for each in self.leftovers])

    def __iter__(self) -> Iterator[tuple[Quotable, str]]:
        """Every candidate with the label of its code."""
        for frame in self.quotes:
            for code in frame.codes:
                for quote in code.quotes:
                    yield Quotable(quote.question, frame.codeframe, code.code, quote.text), code.label
        for each in self.leftovers:
            yield from ((quote, "") for quote in each.quotables)


def _only(frame: CodeframeQuotes, code: CodeQuotes, is_shown: Callable[[Quotable], bool]) -> CodeQuotes:
    own = [quote for quote in code.quotes if is_shown(Quotable(quote.question, frame.codeframe, code.code, quote.text))]
    return replace(code, quotes=own)


@dataclass(frozen=True)
class _Answer:
    question: str
    text: str
    words: frozenset[str]
    codes: frozenset[str]

    def quotable(self, codeframe: str, code: str) -> Quotable:
        return Quotable(self.question, codeframe, code, self.text)


def choose_quotes(
    coded: Coded, survey: Survey, codebook: Codebook, can_be_shown: Callable[[str], bool], approval: Approval
) -> list[CodeframeQuotes]:
    """Per code two or three answers that are decided and `can_be_shown`; in a codeframe no text is shown twice.

    All that people approved are among them, and nothing that they refused, for which the next answer stands in.
    """
    asked = {codeframe for question in survey.questions for codeframe in question.codeframes}
    return [
        CodeframeQuotes(
            codeframe.id, codeframe.label, list(_of_codeframe(coded, survey, codeframe, can_be_shown, approval))
        )
        for codeframe in codebook.codeframes
        if codeframe.id in asked
    ]


def _of_codeframe(
    coded: Coded, survey: Survey, codeframe: Codeframe, can_be_shown: Callable[[str], bool], approval: Approval
) -> Iterable[CodeQuotes]:
    answers = _answers(coded, survey, codeframe)
    approved = {
        code.id: {
            own.text
            for own in answers
            if code.id in own.codes and approval.holds_of(own.quotable(codeframe.id, code.id))
        }
        for code in codeframe.codes
    }
    taken = {text.lower() for texts in approved.values() for text in texts}
    frequency = Counter(word for answer in answers for word in answer.words)

    def may_stand(answer: _Answer) -> bool:
        return can_be_shown(answer.text) and not approval.refuses(answer.text)

    for code in codeframe.codes:
        own = [answer for answer in answers if code.id in answer.codes]
        ranked = _typical(own, _weights(own, frequency, len(answers)))
        chosen = _chosen(ranked, approved[code.id], may_stand, taken)
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


def _typical(own: list[_Answer], weights: dict[str, float]) -> list[_Answer]:
    """The short answers; first those whose words tell most of the code, and which have few other codes."""

    def rank(answer: _Answer) -> tuple[float, str]:
        typical = sum(weights[word] for word in answer.words) / (len(answer.words) + 1)
        return -typical / len(answer.codes), answer.text

    return sorted((quote for quote in own if FEW_WORDS <= len(quote.text.split()) <= MANY_WORDS), key=rank)


def _chosen(
    ranked: list[_Answer], approved: Collection[str], may_stand: Callable[[_Answer], bool], taken: set[str]
) -> list[_Answer]:
    """The approved ones, then others that are unlike those before, while there are few."""
    chosen = [answer for answer in ranked if answer.text in approved and may_stand(answer)]
    for answer in ranked:
        if len(chosen) >= N_QUOTES:
            break
        if answer.text.lower() not in taken and may_stand(answer) and not _resembles(answer, chosen):
            chosen.append(answer)
            taken.add(answer.text.lower())
    return sorted(chosen, key=ranked.index)


def _resembles(answer: _Answer, others: Iterable[_Answer]) -> bool:
    return any(len(answer.words & other.words) > MAX_LIKENESS * len(answer.words | other.words) for other in others)
