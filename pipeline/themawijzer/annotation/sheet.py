"""The sheet that a coder fills in for one answer: codes with their keys, what was chosen, what the model says."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from themawijzer.annotation.desk import DOUBT, Choice
from themawijzer.annotation.proposals import Proposals, Suggestion
from themawijzer.annotation.queue import Task
from themawijzer.annotation.snapshot import Snapshot
from themawijzer.survey.annotations import Annotation
from themawijzer.survey.changes import tidy
from themawijzer.survey.codebook import NONE_APPLIES, Code, Codeframe

# Of codes. The other letters belong to actions, the same ones for every survey.
KEYS = "123456789abcdefghjklmnopqrwxyz"
MAX_NOTE = 1000  # characters


class Part(NamedTuple):
    """A piece of an answer, and the codes that it is evidence for."""

    text: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One code on the sheet; `depth` is how many parents it has, `key` "" where there are more codes than keys."""

    code: Code
    key: str
    depth: int
    is_chosen: bool
    suggestion: Suggestion | None


@dataclass(frozen=True)
class CodeframeSection:
    """One codeframe on the sheet."""

    codeframe: Codeframe
    lines: Sequence[Line]
    is_none: bool
    is_doubted: bool
    reason: str
    given: Mapping[str, Sequence[str]]  # the labels that each coder gave, where this is a second look

    @property
    def is_filled_in(self) -> bool:
        return self.is_none or any(line.is_chosen for line in self.lines)


@dataclass(frozen=True)
class AnswerSheet:
    """Everything to be chosen about one answer."""

    task: Task
    text: str
    sections: Sequence[CodeframeSection]
    note: str


@dataclass(frozen=True)
class Filled:
    """What is filled in: codes by codeframe (no codes: none applies), the codeframes that are doubted, and a note."""

    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    doubted: frozenset[str] = frozenset()
    note: str = ""

    @classmethod
    def of(cls, own: Mapping[str, Annotation]) -> Self:
        """What was filled in when these annotations were saved, by codeframe."""
        notes = dict.fromkeys(re.sub(rf"\A{DOUBT}(: ?|\Z)", "", annotation.note) for annotation in own.values())
        return cls(
            codes={codeframe: annotation.codes for codeframe, annotation in own.items()},
            doubted=frozenset(codeframe for codeframe, annotation in own.items() if annotation.note.startswith(DOUBT)),
            note="; ".join(filter(None, notes)),
        )

    def choice(self, codeframe: str) -> Choice:
        """What is to be saved; a note goes with what is doubted, or with everything."""
        is_doubted = codeframe in self.doubted
        note = self.note if is_doubted or not self.doubted else ""
        return Choice(self.codes[codeframe], written_note(note, is_doubted=is_doubted))


def make_sheet(
    task: Task, snapshot: Snapshot, filled: Filled, *, proposals: Proposals, shows_given: bool = False
) -> AnswerSheet:
    """The sheet of an answer; `shows_given` tells what coders gave it, for a second look."""
    codebook, keys = snapshot.material.codebook, iter(KEYS)
    sections = [
        _section(
            codebook.codeframe(unit.codeframe),
            keys,
            filled,
            suggestions={suggestion.code: suggestion for suggestion in proposals.suggestions.get(unit, ())},
            reason=proposals.reasons.get(unit, ""),
            given=snapshot.decisions.get(unit, {}) if shows_given else {},
        )
        for unit in task.units
    ]
    return AnswerSheet(task, snapshot.material.answers[task.question][task.respondent_id], sections, filled.note)


def written_note(note: str, *, is_doubted: bool) -> str:
    """The note as the annotation has it."""
    note = tidy_note(note)
    return f"{DOUBT}: {note}" if is_doubted and note else DOUBT if is_doubted else note


def tidy_note(note: str) -> str:
    """The note as a file can hold it, no longer than notes may be."""
    return tidy(note)[:MAX_NOTE]


def _section(
    codeframe: Codeframe,
    keys: Iterator[str],
    filled: Filled,
    *,
    suggestions: Mapping[str, Suggestion],
    reason: str,
    given: Mapping[str, Annotation],
) -> CodeframeSection:
    codes = filled.codes.get(codeframe.id)
    return CodeframeSection(
        codeframe,
        lines=[
            Line(code, next(keys, ""), _depth(code, codeframe), code.id in (codes or ()), suggestions.get(code.id))
            for code in codeframe.codes
        ],
        is_none=codes is not None and not codes,
        is_doubted=codeframe.id in filled.doubted,
        reason=reason,
        given={
            coder: [code.label for code in codeframe.codes if code.id in annotation.codes]
            for coder, annotation in given.items()
        },
    )


def _depth(code: Code, codeframe: Codeframe) -> int:
    return len(codeframe.with_parents([code.id])) - 1


def is_answered(codes: Sequence[str], codeframe: Codeframe) -> bool:
    """Whether codes of the codeframe were chosen, or that none applies, and not both."""
    if NONE_APPLIES in codes:
        return list(codes) == [NONE_APPLIES]
    return bool(codes) and codeframe.unknown(codes) is None


def parts(text: str, suggestions: Iterable[Suggestion]) -> list[Part]:
    """The whole text in pieces; a word is evidence wherever it stands as a word of its own."""
    codes: dict[str, list[str]] = {}
    for suggestion in suggestions:
        for word in suggestion.evidence:
            codes.setdefault(word.lower(), []).append(suggestion.code)
    if not codes:
        return [Part(text, ())]
    words = "|".join(re.escape(word) for word in sorted(codes, key=len, reverse=True))
    pieces = re.split(rf"(?<!\w)({words})(?!\w)", text, flags=re.IGNORECASE)
    found = (Part(piece, tuple(codes.get(piece.lower(), ())) if odd % 2 else ()) for odd, piece in enumerate(pieces))
    return [part for part in found if part.text]
