"""The sheet that a coder fills in for one answer: codes with their keys, what was chosen, what the model says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.annotation.desk import DOUBT, Choice
from pipeline.annotation.proposals import Suggestion
from pipeline.annotation.queue import Task
from pipeline.survey.annotations import Annotation, Unit
from pipeline.survey.codebook import NONE_APPLIES, Code, Codebook, Codeframe

# Of codes. The other letters belong to actions, the same ones for every survey.
KEYS = "123456789abcdefghjklmnopqrwxyz"
MAX_NOTE = 1000  # characters


@dataclass(frozen=True)
class Line:
    """One code on the sheet; `depth` is how many parents it has, `key` "" where there are more codes than keys."""

    code: Code
    key: str
    depth: int
    is_chosen: bool
    suggestion: Suggestion | None


@dataclass(frozen=True)
class Section:
    """One codeframe on the sheet."""

    codeframe: Codeframe
    lines: Sequence[Line]
    is_none: bool
    is_doubted: bool
    reason: str

    @property
    def is_filled_in(self) -> bool:
        return self.is_none or any(line.is_chosen for line in self.lines)


@dataclass(frozen=True)
class Sheet:
    """Everything to be chosen about one answer."""

    task: Task
    text: str
    sections: Sequence[Section]
    note: str


def make_sheet(
    task: Task,
    text: str,
    codebook: Codebook,
    *,
    chosen: Mapping[str, Choice],
    suggestions: Mapping[Unit, tuple[Suggestion, ...]],
    reasons: Mapping[Unit, str],
) -> Sheet:
    """The sheet of an answer with what was chosen so far, by codeframe."""
    keys = iter(KEYS)
    sections = [
        _section(
            codebook.codeframe(unit.codeframe),
            keys,
            chosen.get(unit.codeframe),
            {each.code: each for each in suggestions.get(unit, ())},
            reasons.get(unit, ""),
        )
        for unit in task.units
    ]
    notes = dict.fromkeys(_without_doubt(choice.note) for choice in chosen.values())
    return Sheet(task, text, sections, "; ".join(filter(None, notes)))


def as_choice(annotation: Annotation) -> Choice:
    """What was chosen when this was saved."""
    return Choice(annotation.codes, annotation.note)


def written_note(note: str, *, is_doubted: bool) -> str:
    """The note as the annotation has it."""
    note = clean(note)
    return f"{DOUBT}: {note}" if is_doubted and note else DOUBT if is_doubted else note


def clean(note: str) -> str:
    """The note without what a file cannot hold, on lines that end the same everywhere."""
    lines = "".join(each for each in note if each == "\n" or each.isprintable() or each in "\r\t\u200d").splitlines()
    return "\n".join(line.rstrip() for line in lines).strip()[:MAX_NOTE]


def _section(
    codeframe: Codeframe,
    keys: Iterator[str],
    choice: Choice | None,
    suggestions: Mapping[str, Suggestion],
    reason: str,
) -> Section:
    codes = choice.codes if choice else frozenset()
    lines = [
        Line(code, next(keys, ""), _depth(code, codeframe), code.id in codes, suggestions.get(code.id))
        for code in codeframe.codes
    ]
    is_doubted = choice is not None and choice.note.startswith(DOUBT)
    return Section(codeframe, lines, choice is not None and not codes, is_doubted, reason)


def _depth(code: Code, codeframe: Codeframe) -> int:
    return len(codeframe.with_parents([code.id])) - 1


def _without_doubt(note: str) -> str:
    return re.sub(rf"\A{DOUBT}(: ?|\Z)", "", note)


def is_answered(codes: Sequence[str], codeframe: Codeframe) -> bool:
    """Whether codes of the codeframe were chosen, or that none applies, and not both."""
    if NONE_APPLIES in codes:
        return list(codes) == [NONE_APPLIES]
    return bool(codes) and codeframe.unknown(codes) is None
