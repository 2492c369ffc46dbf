"""Whose answers the texts of another coding program are."""

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from themawijzer.errors import InputError
from themawijzer.exchange.coded_texts import CodedText, Mark
from themawijzer.exchange.guids import source_guid
from themawijzer.project.project import Project
from themawijzer.survey.annotations import bare, lines_of
from themawijzer.survey.survey import Question
from themawijzer.tables.cells import plain_label

_BESIDE = "codings of text that is no answer to this question"
_ELSEWHERE = "codings of answers to another question"
_ALL_AT_ONCE = "codings of a whole text that holds several answers"
_FEW_WORDS = 4  # a shorter answer can stand anywhere in a text that is mostly something else
_BEFORE = re.compile(r"\W*([\w-]+)[^\w\n]+")  # a respondent's id before the answer, on the same line


@dataclass(frozen=True)
class PlacedText:
    """An answer with its marks; whose it is when nobody in the survey gave it, is an id made of the text."""

    respondent_id: str
    text: str
    place: str
    marks: list[Mark]
    is_known: bool = True


def place_texts(
    texts: Sequence[CodedText], file: Path, project: Project, question: Question
) -> tuple[list[PlacedText], Counter[str]]:
    """The answers in the texts, in their order, and how many codings are of nobody's answer.

    A text belongs to the respondent whom it names, if it reads as that answer, else to the next who gave that answer; a
    text with several answers is taken apart. Blanks and line ends, which programs change, make no difference. Raises
    InputError where a respondent whom somebody named is not there.
    """
    answers = _Answers(project, question)
    not_taken = Counter[str]()
    parts = [part for text in texts for part in _apart(text, file, answers, not_taken)]
    for part in parts:
        answers.taken |= {part.owner} if part.owner else set()
    return [_placed(part, answers) for part in parts], not_taken


@dataclass(frozen=True)
class _Part:
    """A text that is one answer, and whose it certainly is."""

    coded: CodedText
    text: str
    owner: str | None = None


class _Answers:
    """The answers to a question, by id and by text; `taken` are the respondents who have their text already."""

    def __init__(self, project: Project, question: Question) -> None:
        responses = self._responses = project.read_responses()
        self.by_id = dict(zip(responses.respondent_ids, responses.cells(question.column), strict=True))
        self.taken: set[str] = set()
        self._survey, self._question = project.folders.name, question.id
        self._headings = {plain_label(name) for name in (question.text, question.column, question.id)}
        self._repeats = Counter[str]()
        self._bare: dict[str, list[str]] = {}
        self._by_text: dict[str, list[str]] = {}
        for respondent_id, text in self.by_id.items():
            self._bare.setdefault(bare(respondent_id), []).append(respondent_id)
            if plain := _plain(text):
                self._by_text.setdefault(plain, []).append(respondent_id)
        said = [lines for text in self.by_id.values() if (lines := lines_of(text))]
        self.n_lines = max(map(len, said), default=0)
        self._beginnings = frozenset(_plain(lines[0]) for lines in said)

    def called(self, ids: Iterable[str]) -> list[str]:
        """The respondents with these ids, also where these lost their zeros."""
        found = (own for name in ids for own in ([name] if name in self.by_id else self._bare.get(bare(name), ())))
        return list(dict.fromkeys(found))

    def guid_of(self, respondent_id: str, text: str) -> str:
        """The GUID with which we write this answer of the respondent."""
        return source_guid(self._survey, self._question, respondent_id, lines_of(text))

    def is_asked_in(self, before: str) -> bool:
        """Whether the text before an answer ends with the question."""
        last = plain_label("".join(before.strip().splitlines()[-1:]))
        return last in self._headings

    def is_by(self, respondent_id: str, text: str) -> bool:
        """Whether the respondent gave this answer."""
        return bool(text.strip()) and _plain(self.by_id[respondent_id]) == _plain(text)

    def n_who_gave(self, text: str) -> int:
        """How many gave this answer."""
        return len(self._by_text.get(_plain(text), ()))

    def may_begin(self, line: str) -> bool:
        """Whether some answer begins with this line."""
        return _plain(line) in self._beginnings or self.n_who_gave(line) > 0

    @cached_property
    def elsewhere(self) -> frozenset[str]:
        """The answers to other questions, in plain form."""
        questions = self._responses.survey.questions
        columns = [question.column for question in questions if question.id != self._question]
        return frozenset(_plain(text) for column in columns for text in self._responses.cells(column))

    def next_of(self, text: str) -> tuple[str, str, bool]:
        """The next respondent who gave this answer, and its text; where none is left, an id made of the text."""
        plain = _plain(text)
        for respondent_id in self._by_text.get(plain, ()):
            if respondent_id not in self.taken:
                self.taken.add(respondent_id)
                return respondent_id, self.by_id[respondent_id], True
        self._repeats[plain] += 1
        digest = hashlib.blake2b(plain.encode(), digest_size=6).hexdigest()
        return f"{digest}:{self._repeats[plain]}", text, False


def _plain(text: str) -> str:
    """The text with one blank for all that stands between words, composed (NFC)."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _placed(part: _Part, answers: _Answers) -> PlacedText:
    owner, text, is_known = part.owner, part.text, part.owner in answers.by_id
    if owner is None:
        owner, text, is_known = answers.next_of(text)
    return PlacedText(owner, text, part.coded.place, part.coded.marks, is_known)


def _apart(coded: CodedText, file: Path, answers: _Answers, not_taken: Counter[str]) -> Iterator[_Part]:
    """The answers in a text: one, or several with the marks of each."""
    if coded.text is None or coded.is_certain:
        yield _certain(coded, file, answers)
        return
    text = coded.text
    if ours := next((name for name in coded.ids if answers.guid_of(name, text) == coded.guid), None):
        yield _Part(coded, text, ours)  # also where that respondent answers otherwise now
        return
    for respondent_id in answers.called([*coded.ids, *_words(coded.ids)]):
        if answers.is_by(respondent_id, text):
            yield _Part(coded, answers.by_id[respondent_id], respondent_id)
            return
    spans = _named_spans(coded, answers) or _named_answer(coded, answers)
    if spans is None and not answers.n_who_gave(text):
        spans = _answers_in(text, answers) or _none_of_named(coded, answers)
        if spans is None and _plain(text) in answers.elsewhere:
            not_taken[_ELSEWHERE] += sum(mark.code is not None for mark in coded.marks)
            return
    if spans is None:
        yield _Part(coded, text)
        return
    is_whole = len(spans) == 1
    inside: list[list[Mark]] = [[] for _ in spans]
    ends = [end for (_, end), _ in spans]  # spans are in the order of the text, and apart
    for mark in coded.marks:
        covered: Sequence[int] = range(len(spans)) if is_whole or mark.code is None else ()
        if mark.span is not None:
            first, last = bisect_right(ends, mark.span[0]), bisect_right(ends, max(mark.span[1], mark.span[0] + 1))
            covered = [at for at in range(first, min(last + 1, len(spans))) if _covers(mark.span, spans[at][0], text)]
        for at in covered:
            inside[at].append(mark)
        if not covered and mark.code is not None:
            not_taken[_ALL_AT_ONCE if mark.span is None and spans else _BESIDE] += 1
    for (span, owner), marks in zip(spans, inside, strict=True):
        own = text[slice(*span)] if owner is None else answers.by_id[owner]
        yield _Part(replace(coded, marks=marks), own, owner)


def _certain(coded: CodedText, file: Path, answers: _Answers) -> _Part:
    """The text of the respondent whom it names; InputError where there is no such respondent and no text either."""
    found = answers.called(coded.ids)
    owner = found[0] if len(found) == 1 else None
    if coded.text is not None:
        return _Part(coded, coded.text, owner or next(iter(coded.ids), None))
    if owner is None:
        respondent = "this respondent" if coded.ids else "a respondent without an id"
        expected = "Give --text-column with the answers, or --id-column with ids of the survey."
        raise InputError(f"{respondent} is not in the survey", file=f"{file}, {coded.place}", expected=expected)
    return _Part(coded, answers.by_id[owner], owner)


def _words(ids: Iterable[str]) -> list[str]:
    """What may be an id in a longer name, such as that of a document."""
    return [word for name in ids for word in re.findall(r"[\w-]+", name)]


Spans = list[tuple[tuple[int, int], str | None]]


def _named_spans(coded: CodedText, answers: _Answers) -> Spans | None:
    """The parts that belong to one case each, where every one is that respondent's answer."""
    found: Spans = []
    for span, name in coded.named_parts:
        part = (coded.text or "")[slice(*span)]
        found += [(span, own) for own in answers.called([name]) if answers.is_by(own, part)]
    found.sort(key=lambda part: part[0])
    apart: Spans = []
    for span, owner in found:
        if not apart or span[0] >= apart[-1][0][1]:
            apart.append((span, owner))
    return apart or None


def _named_answer(coded: CodedText, answers: _Answers) -> Spans | None:
    """Where the answer of the respondent whom a text names stands in it."""
    text = coded.text or ""
    own = _lines(text)
    for respondent_id in answers.called(coded.ids):
        sizes = {1, len(lines_of(answers.by_id[respondent_id])) or 1}  # a program may join the lines of an answer
        firsts = ((first, size) for size in sorted(sizes, reverse=True) for first in range(len(own) - size + 1))
        spans = ((own[first][0], own[first + size - 1][1]) for first, size in firsts)
        if found := [span for span in spans if answers.is_by(respondent_id, text[slice(*span)])]:
            below = [span for span in found if answers.is_asked_in(text[: span[0]])]
            return [((below or found)[0], respondent_id)]
    return None


def _none_of_named(coded: CodedText, answers: _Answers) -> Spans | None:
    """No place, where the respondent whom a text names left this question open: it is about other questions."""
    named_ones = answers.called(coded.ids)
    return [] if named_ones and not any(answers.by_id[own].strip() for own in named_ones) else None


def _answers_in(text: str, answers: _Answers) -> Spans | None:
    """The lines, or runs of lines, that are answers; a line that begins with the respondent's id, or follows it."""
    lines, found, first, before = _lines(text), Spans(), 0, ""
    while first < len(lines):
        start, end = lines[first]
        line = text[start:end]
        own = next(_owned(text, lines, first, before, answers), None)
        if own is not None:
            found.append(own)
            first, before = first + len(text[slice(*own[0])].splitlines()), ""
            continue
        longest = min(answers.n_lines, len(lines) - first) if answers.may_begin(line) else 0
        for n_lines in range(longest, 0, -1):
            span = start, lines[first + n_lines - 1][1]
            if answers.n_who_gave(text[slice(*span)]):
                found.append((span, None))
                first += n_lines
                break
        else:
            before, first = line, first + 1
    return _certain_ones(text, found, answers) or None


def _certain_ones(text: str, found: Spans, answers: _Answers) -> Spans:
    """All of them where they are half of the text or more, else those that say whose they are."""
    if 2 * sum(end - start for (start, end), _ in found) >= len(text.strip()):
        return found
    said = [(text[slice(*span)], (span, owner)) for span, owner in found]
    return [
        part
        for own, part in said
        if part[1] is not None or (len(own.split()) >= _FEW_WORDS and answers.n_who_gave(own) == 1)
    ]


def _owned(
    text: str, lines: list[tuple[int, int]], first: int, before: str, answers: _Answers
) -> Iterator[tuple[tuple[int, int], str | None]]:
    """The answer at this line of the respondent whose id the line begins with, or that the line before it names."""
    start, end = lines[first]
    begins = _BEFORE.match(text[start:end])
    for owner in answers.called([*([begins[1]] if begins else []), *_words([before])]):
        for size in sorted({1, len(lines_of(answers.by_id[owner])) or 1}, reverse=True):
            last = lines[min(first + size, len(lines)) - 1][1]
            for at in (start + begins.end() if begins else start, start):
                if answers.is_by(owner, text[at:last]):
                    yield (at, last), owner


def _lines(text: str) -> list[tuple[int, int]]:
    """Where every line begins and ends, without its line end."""
    found, start = [], 0
    for line in text.splitlines(keepends=True):
        found.append((start, start + len(line.rstrip("\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))))
        start += len(line)
    return found


def _covers(marked: tuple[int, int], span: tuple[int, int], text: str) -> bool:
    """Whether a selection covers some of the text between two places, blanks aside."""
    start, end = marked
    return bool(text[max(start, span[0]) : min(max(end, start + 1), span[1])].strip())
