"""Revisions of a codebook: a code is added, worded anew, split or merged, and nothing that people coded changes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from themawijzer.errors import ThemawijzerError
from themawijzer.files import locked, sha256, write_whole
from themawijzer.survey.annotations import now
from themawijzer.survey.changes import Change, ChangeKind, Changes, Retired, append_change, read_changes
from themawijzer.survey.codebook import RESERVED_CODES, Codebook, Codeframe, read_codebook, slug
from themawijzer.survey.configuration import check_configuration
from themawijzer.survey.edits import Step, free_id, free_value, next_version, revised_text
from themawijzer.survey.proposal import Problem, RevisionProposal, Wording, find_code, find_problems

STEPS: Mapping[ChangeKind, Step] = {
    "add": "minor", "rename": "patch", "redefine": "patch", "split": "major", "merge": "major",
}  # fmt: skip


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
        append_change(folder, change, codebook)
        write_whole(path, text)
    return change


def plan(proposal: RevisionProposal, codebook: Codebook, changes: Changes, *, coder: str) -> Change:
    """The change that a proposal comes down to."""
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
    before = Wording.of(find_code(codeframe, proposal.codes[0]))
    return "rename" if before.meaning == proposal.wordings[0].meaning else "redefine"


def _new_ids(labels: Sequence[str], codeframe: Codeframe, changes: Changes) -> list[str]:
    taken = {*codeframe.code_ids, *changes.retired(codeframe.id), *RESERVED_CODES}
    found: list[str] = []
    for label in labels:
        found.append(free_id(slug(label), {*taken, *found}))
    return found
