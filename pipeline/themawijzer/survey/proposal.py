"""What somebody proposes to change in the codebook, and why it may not be possible."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from themawijzer.survey.changes import ChangeKind
from themawijzer.survey.codebook import Code, Codebook, Codeframe

LISTS = ("include", "exclude", "examples")
MAX_LABEL, MAX_TEXT = 120, 4000  # characters


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a code is called and when an answer gets it."""

    label: str
    definition: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    @classmethod
    def of(cls, code: Code) -> Self:
        """As a form shows it."""
        lists = {name: tuple(" ".join(item.split()) for item in getattr(code, name)) for name in LISTS}
        return cls(label=" ".join(code.label.split()), definition=tidy(code.definition), **lists)

    @property
    def meaning(self) -> tuple[object, ...]:
        """What decides whether an answer gets the code."""
        return self.definition, self.include, self.exclude


@dataclass(frozen=True, kw_only=True)
class RevisionProposal:
    """A revision of one codeframe: `codes` become what `wordings` say.

    `add`: no codes, one wording. `rename`: one code, one wording, and `is_clearer` when new words mean the same.
    `split`: one code, at least two wordings. `merge`: the codes that go, `into` the one that stays, one wording.
    """

    kind: ChangeKind
    codeframe: str
    wordings: tuple[Wording, ...]
    codes: tuple[str, ...] = ()
    into: str = ""
    is_clearer: bool = False


def tidy(text: str) -> str:
    """The text without characters that a file cannot hold, with the same line ends everywhere."""
    kept = "".join(character for character in text if character.isprintable() or character in "\r\n\t\u200d")
    return "\n".join(line.rstrip() for line in kept.splitlines()).strip()


class Problem(StrEnum):
    """Why a revision cannot be made as it is."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    TAKEN = "taken"  # another code has the label
    TWICE = "twice"  # the label stands in the proposal before
    TOO_FEW = "too_few"
    ITSELF = "itself"  # a code cannot be merged into itself
    UNCHANGED = "unchanged"
    MEANWHILE = "meanwhile"  # the codebook was changed since it was shown


def find_problems(proposal: RevisionProposal, codebook: Codebook) -> Iterator[tuple[str, Problem]]:
    """Field and problem of everything for which the proposal cannot be carried out."""
    codeframe = codebook.codeframe(proposal.codeframe)
    known = {*codeframe.code_ids}
    if not {*proposal.codes, *filter(None, [proposal.into])} <= known:
        yield "meanwhile", Problem.MEANWHILE
        return
    if proposal.kind == "merge":
        yield from _merge_problems(proposal)
    if proposal.kind == "split" and len(proposal.wordings) < 2:
        yield "parts", Problem.TOO_FEW
    going = {*proposal.codes, proposal.into}
    labels = {code.label.casefold() for code in codeframe.codes if code.id not in going}
    for place, wording in enumerate(proposal.wordings):
        yield from _wording_problems(place, wording, labels, proposal.wordings[:place])
    if proposal.kind == "rename" and Wording.of(find_code(codeframe, proposal.codes[0])) == proposal.wordings[0]:
        yield "label-0", Problem.UNCHANGED


def _merge_problems(proposal: RevisionProposal) -> Iterator[tuple[str, Problem]]:
    if not proposal.codes:
        yield "codes", Problem.TOO_FEW
    if not proposal.into:
        yield "into", Problem.EMPTY
    elif proposal.into in proposal.codes:
        yield "into", Problem.ITSELF


def _wording_problems(
    place: int, wording: Wording, labels: set[str], before: Sequence[Wording]
) -> Iterator[tuple[str, Problem]]:
    if not wording.label:
        yield f"label-{place}", Problem.EMPTY
    elif len(wording.label) > MAX_LABEL:
        yield f"label-{place}", Problem.TOO_LONG
    elif wording.label.casefold() in labels:
        yield f"label-{place}", Problem.TAKEN
    elif wording.label.casefold() in (wording_before.label.casefold() for wording_before in before):
        yield f"label-{place}", Problem.TWICE
    if not wording.definition:
        yield f"definition-{place}", Problem.EMPTY
    for field in ("definition", *LISTS):
        if len("".join(getattr(wording, field))) > MAX_TEXT:
            yield f"{field}-{place}", Problem.TOO_LONG


def find_code(codeframe: Codeframe, code_id: str) -> Code:
    """The code with that id; StopIteration when there is none."""
    return next(code for code in codeframe.codes if code.id == code_id)
