"""Whose answers the texts of another coding program are."""

import hashlib
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from themawijzer.errors import InputError, named
from themawijzer.exchange.coded_texts import CodedText, Mark
from themawijzer.exchange.guids import source_guid
from themawijzer.project.project import Project
from themawijzer.survey.annotations import bare, lines_of, reads_as
from themawijzer.survey.survey import Question
from themawijzer.tables.cells import plain_label

_BESIDE = "codings of text that is no answer to this question"
_ALL_AT_ONCE = "codings of a whole text that holds several answers"
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
    text with several answers is taken apart. Raises InputError where a respondent whom somebody named is not there.
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
        responses = project.read_responses()
        self.by_id = dict(zip(responses.respondent_ids, responses.cells(question.column), strict=True))
        self.taken: set[str] = set()
        self._survey, self._question = project.folders.name, question.id
        self._headings = {plain_label(name) for name in (question.text, question.column, question.id)}
        self._repeats = Counter[tuple[str, ...]]()
        self._bare: dict[str, list[str]] = {}
        self._by_lines: dict[tuple[str, ...], list[str]] = {}
        for respondent_id, text in self.by_id.items():
            self._bare.setdefault(bare(respondent_id), []).append(respondent_id)
            if lines := lines_of(text):
                self._by_lines.setdefault(lines, []).append(respondent_id)
        self.n_lines = max(map(len, self._by_lines), default=0)
        self.first_lines = frozenset(lines[0].strip() for lines in self._by_lines)

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

    def has(self, text: str) -> bool:
        """Whether somebody gave this answer."""
        return lines_of(text) in self._by_lines

    def next_of(self, text: str) -> tuple[str, bool]:
        """The next respondent who gave this answer; where none is left, an id made of the text."""
        lines = lines_of(text)
        for respondent_id in self._by_lines.get(lines, ()):
            if respondent_id not in self.taken:
                self.taken.add(respondent_id)
                return respondent_id, True
        self._repeats[lines] += 1
        digest = hashlib.blake2b("\n".join(lines).encode(), digest_size=6).hexdigest()
        return f"{digest}:{self._repeats[lines]}", False


def _placed(part: _Part, answers: _Answers) -> PlacedText:
    is_known = part.owner in answers.by_id
    owner, is_known = (part.owner, is_known) if part.owner is not None else answers.next_of(part.text)
    return PlacedText(owner, part.text, part.coded.place, part.coded.marks, is_known)


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
        if text.strip() and reads_as(answers.by_id[respondent_id], text):
            yield _Part(coded, text, respondent_id)
            return
    spans = _named_spans(coded, answers) or _named_answer(coded, answers)
    if spans is None and not answers.has(text):
        spans = _answers_in(text, answers) or _none_of_named(coded, answers)
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
        yield _Part(replace(coded, marks=marks), text[slice(*span)], owner)


def _certain(coded: CodedText, file: Path, answers: _Answers) -> _Part:
    """The text of the respondent whom it names; InputError where there is no such respondent and no text either."""
    found = answers.called(coded.ids)
    owner = found[0] if len(found) == 1 else None
    if coded.text is not None:
        return _Part(coded, coded.text, owner or next(iter(coded.ids), None))
    if owner is None:
        respondent = f"respondent{named(coded.ids[0])}" if coded.ids else "a respondent without an id"
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
        found += [(span, own) for own in answers.called([name]) if part.strip() and reads_as(answers.by_id[own], part)]
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
        lines = lines_of(answers.by_id[respondent_id])
        firsts = range(len(own) - len(lines) + 1 if lines else 0)
        spans = [(own[first][0], own[first + len(lines) - 1][1]) for first in firsts]
        found = [span for span in spans if lines_of(text[slice(*span)]) == lines]
        if found:
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
            first, before = first + len(lines_of(text[slice(*own[0])])), ""
            continue
        begins = answers.first_lines.intersection(map(str.strip, lines_of(line)))
        for n_lines in range(min(answers.n_lines, len(lines) - first) if begins else 0, 0, -1):
            span = start, lines[first + n_lines - 1][1]
            if answers.has(text[slice(*span)]):
                found.append((span, None))
                first += n_lines
                break
        else:
            before, first = line, first + 1
    return found or None


def _owned(
    text: str, lines: list[tuple[int, int]], first: int, before: str, answers: _Answers
) -> Iterator[tuple[tuple[int, int], str | None]]:
    """The answer at this line of the respondent whose id the line begins with, or that the line before it names."""
    start, end = lines[first]
    begins = _BEFORE.match(text[start:end])
    for owner in answers.called([*([begins[1]] if begins else []), *_words([before])]):
        n_lines = len(lines_of(answers.by_id[owner]))
        last = lines[min(first + n_lines, len(lines)) - 1][1]
        for at in (start + begins.end() if begins else start, start):
            if n_lines and reads_as(answers.by_id[owner], text[at:last]):
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
