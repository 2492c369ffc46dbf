"""Revisions of a codebook: a code is added, worded anew, split or merged, and nothing that people coded changes."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from themawijzer.errors import ThemawijzerError
from themawijzer.files import locked, sha256, write_whole
from themawijzer.survey.annotations import now
from themawijzer.survey.changes import (
    LISTS,
    Change,
    ChangeKind,
    Changes,
    CodeLabel,
    Retired,
    RevisionProposal,
    Wording,
    append_change,
    read_changes,
    remember_labels,
)
from themawijzer.survey.codebook import RESERVED_CODES, Codebook, Codeframe, read_codebook, slug
from themawijzer.survey.configuration import check_configuration
from themawijzer.survey.edits import Step, free_id, free_value, next_version, revised_text
from themawijzer.tables.cells import plain_label

MAX_LABEL, MAX_TEXT = 120, 4000  # characters
STEPS: Mapping[ChangeKind, Step] = {
    "add": "minor", "rename": "patch", "redefine": "patch", "split": "major", "merge": "major",
}  # fmt: skip


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
    """Why the proposal cannot be carried out, as pairs of form field and problem."""
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
    labels = {plain_label(code.label) for code in codeframe.codes if code.id not in going}
    for place, wording in enumerate(proposal.wordings):
        yield from _wording_problems(place, wording, labels, proposal.wordings[:place])
    if proposal.kind == "rename" and Wording.of(codeframe.code(proposal.codes[0])) == proposal.wordings[0]:
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
    elif plain_label(wording.label) in labels:
        yield f"label-{place}", Problem.TAKEN
    elif plain_label(wording.label) in (plain_label(wording_before.label) for wording_before in before):
        yield f"label-{place}", Problem.TWICE
    if not wording.definition:
        yield f"definition-{place}", Problem.EMPTY
    for field in ("definition", *LISTS):
        if len("".join(getattr(wording, field))) > MAX_TEXT:
            yield f"{field}-{place}", Problem.TOO_LONG


class RefusedError(ThemawijzerError):
    """A revision that was not made, with the problem of each field (`label-0`, `codes`, …)."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems.items()))


def revise(folder: Path, proposal: RevisionProposal, *, coder: str, seen: str) -> Change:
    """Write the next version of the codebook in an annotations folder, and what changed; the annotations stay.

    `seen` is the hash of the codebook that the proposal is about. Raises RefusedError where it was changed since, or
    does not allow the proposal; InputError where it does not fit; ThemawijzerError when another program keeps the lock.
    """
    path = folder / "codebook.toml"
    with locked(folder):
        if sha256(path) != seen:
            raise RefusedError({"meanwhile": Problem.MEANWHILE})
        codebook = read_codebook(path)
        changes = read_changes(folder, codebook)
        if problems := dict(find_problems(proposal, codebook)):
            raise RefusedError(problems)
        change = plan(proposal, codebook, changes, coder=coder)
        codeframe = codebook.codeframe(proposal.codeframe)
        value = free_value(codeframe, changes.retired(codeframe.id).values())
        text = revised_text(path.read_text(encoding="utf-8-sig"), proposal, change, codeframe, value)
        check_configuration(text, Codebook, path)
        remember_labels(folder, codebook, _renamed(change, proposal, codeframe))
        append_change(folder, change, codebook)
        write_whole(path, text)
    return change


def _renamed(change: Change, proposal: RevisionProposal, codeframe: Codeframe) -> list[CodeLabel]:
    """The labels before and after, where a code that stays gets another one."""
    if change.kind in ("add", "split") or (old := codeframe.code(change.after[0]).label) == proposal.wordings[0].label:
        return []
    labels = old, proposal.wordings[0].label
    return [CodeLabel(codeframe=codeframe.id, code=change.after[0], label=label) for label in labels]


def plan(proposal: RevisionProposal, codebook: Codebook, changes: Changes, *, coder: str) -> Change:
    """The change that the proposal makes."""
    codeframe = codebook.codeframe(proposal.codeframe)
    kind = _kind(proposal, codeframe)
    going = [code for code in codeframe.codes if code.id in proposal.codes and kind in ("split", "merge")]
    if kind in ("add", "split"):
        after = _new_ids([wording.label for wording in proposal.wordings], codeframe, changes)
    else:
        after = [proposal.into or proposal.codes[0]]
    return Change.model_validate(
        {
            "version": next_version(codebook.version, STEPS[kind]),
            "kind": kind,
            "codeframe": codeframe.id,
            "from": [*proposal.codes, *filter(None, [proposal.into])],
            "to": after,
            "retired": [Retired(id=code.id, value=code.value, label=code.label) for code in going],
            "coder": coder,
            "at": now(),
        }
    )


def _kind(proposal: RevisionProposal, codeframe: Codeframe) -> ChangeKind:
    if proposal.kind != "rename" or proposal.is_clearer:
        return proposal.kind
    before = Wording.of(codeframe.code(proposal.codes[0]))
    return "rename" if before.meaning == proposal.wordings[0].meaning else "redefine"


def _new_ids(labels: Sequence[str], codeframe: Codeframe, changes: Changes) -> list[str]:
    taken = {*codeframe.code_ids, *changes.retired(codeframe.id), *RESERVED_CODES}
    found: list[str] = []
    for label in labels:
        found.append(free_id(slug(label), {*taken, *found}))
    return found
