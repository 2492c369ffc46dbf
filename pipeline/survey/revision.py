"""Revisions of a codebook: a code is added, worded anew, split or merged, and nothing that people coded changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import cast

import tomlkit
from filelock import FileLock
from tomlkit.items import AbstractTable, AoT, Array, Comment, InlineTable

from pipeline.errors import ThemawijzerError
from pipeline.files import LOCK, sha256, write_whole
from pipeline.survey.annotations import now
from pipeline.survey.changes import Change, Changes, Kind, Retired, append_change, read_changes
from pipeline.survey.codebook import RESERVED_CODES, Code, Codebook, Codeframe, read_codebook, slug
from pipeline.survey.configuration import check_configuration
from pipeline.survey.edits import Below, Step, append_table, find_table, free_id, free_value, next_version, take_below

STEPS: Mapping[Kind, Step] = {
    "add": "minor", "rename": "patch", "redefine": "patch", "split": "major", "merge": "major",
}  # fmt: skip
PATIENCE_S = 10.0
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
    def of(cls, code: Code) -> Wording:
        """As a form shows it."""
        lists = {name: tuple(" ".join(item.split()) for item in getattr(code, name)) for name in LISTS}
        return cls(label=" ".join(code.label.split()), definition=tidy(code.definition), **lists)

    @property
    def meaning(self) -> tuple[object, ...]:
        """What decides whether an answer gets the code."""
        return self.definition, self.include, self.exclude


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A revision of one codeframe: `codes` become what `wordings` say.

    `add`: no codes, one wording. `rename`: one code, one wording, and `is_clearer` when new words mean the same.
    `split`: one code, at least two wordings. `merge`: the codes that go, `into` the one that stays, one wording.
    """

    kind: Kind
    codeframe: str
    wordings: tuple[Wording, ...]
    codes: tuple[str, ...] = ()
    into: str = ""
    is_clearer: bool = False


def tidy(text: str) -> str:
    """The text without what a file cannot hold, on lines that end the same everywhere."""
    lines = "".join(each for each in text if each.isprintable() or each in "\r\n\t\u200d").splitlines()
    return "\n".join(line.rstrip() for line in lines).strip()


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


class RefusedError(ThemawijzerError):
    """A revision that was not made, with the problem of each field (`label-0`, `codes`, …)."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems.items()))


def revise(folder: Path, proposal: Proposal, *, coder: str, seen: str) -> Change:
    """Write the next version of the codebook in an annotations folder, and what changed; the annotations stay.

    `seen` is the hash of the codebook that the proposal is about. Raises RefusedError where it was changed since, or
    does not allow the proposal; InputError where it does not fit; Timeout when another program keeps the lock.
    """
    path = folder / "codebook.toml"
    with FileLock(folder / LOCK, timeout=PATIENCE_S):
        if sha256(path) != seen:
            raise RefusedError({"meanwhile": Problem.MEANWHILE})
        codebook = read_codebook(path)
        changes = read_changes(folder, codebook)
        if problems := dict(find_problems(proposal, codebook)):
            raise RefusedError(problems)
        change = plan(proposal, codebook, changes, coder=coder)
        codeframe = codebook.codeframe(proposal.codeframe)
        value = free_value(codeframe, changes.retired(codeframe.id).values())
        text = _revised(path.read_text(encoding="utf-8-sig"), proposal, change, codeframe, value)
        check_configuration(text, Codebook, path)
        append_change(folder, change, codebook)
        write_whole(path, text)
    return change


def plan(proposal: Proposal, codebook: Codebook, changes: Changes, *, coder: str) -> Change:
    """The change that a proposal comes down to."""
    codeframe = codebook.codeframe(proposal.codeframe)
    kind = _kind(proposal, codeframe)
    going = [code for code in codeframe.codes if code.id in proposal.codes and kind in ("split", "merge")]
    if kind in ("add", "split"):
        after = _new_ids([each.label for each in proposal.wordings], codeframe, changes)
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


def _kind(proposal: Proposal, codeframe: Codeframe) -> Kind:
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


def find_problems(proposal: Proposal, codebook: Codebook) -> Iterator[tuple[str, Problem]]:
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


def _merge_problems(proposal: Proposal) -> Iterator[tuple[str, Problem]]:
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
    elif wording.label.casefold() in (each.label.casefold() for each in before):
        yield f"label-{place}", Problem.TWICE
    if not wording.definition:
        yield f"definition-{place}", Problem.EMPTY
    for field in ("definition", *LISTS):
        if len("".join(getattr(wording, field))) > MAX_TEXT:
            yield f"{field}-{place}", Problem.TOO_LONG


def find_code(codeframe: Codeframe, code_id: str) -> Code:
    """The code with that id; StopIteration when there is none."""
    return next(code for code in codeframe.codes if code.id == code_id)


# The text of the codebook


def _revised(text: str, proposal: Proposal, change: Change, codeframe: Codeframe, value: int) -> str:
    """The text with the change; new codes have this value and those that follow."""
    document = tomlkit.parse(text)
    document["version"] = change.version
    holder = find_table(document, "codeframe", codeframe.id)
    match change.kind:
        case "add":
            append_table(holder, "code", {"id": change.after[0], "value": value, "label": "", "definition": ""})
            _word(_codes(holder)[-1], proposal.wordings[0])
        case "rename" | "redefine":
            _word(_find_code(holder, change.after[0]), proposal.wordings[0])
        case "merge":
            _move_children(holder, change, codeframe)
            for code in change.retired:
                _drop(_codes(holder), code.id)
            _word(_find_code(holder, change.after[0]), proposal.wordings[0])
        case "split":
            _split(holder, proposal, change, codeframe, value)
    return tomlkit.dumps(document)


def _codes(holder: AbstractTable) -> AoT | Array:
    return cast("AoT | Array", holder["code"])


def _find_code(holder: AbstractTable, code_id: str) -> AbstractTable:
    return cast("AbstractTable", next(table for table in _codes(holder) if table["id"] == code_id))


def _word(table: AbstractTable, wording: Wording) -> None:
    """Write the words of a code; what stays the same keeps its comments and its form."""
    for key, value in vars(wording).items():
        new = list(value) if isinstance(value, tuple) else value
        if new and table.get(key) != new:
            table[key] = _several_lines(new) if isinstance(new, list) and not isinstance(table, InlineTable) else new
        elif not new and key in table:
            del table[key]


def _several_lines(items: list[str]) -> Array:
    array = tomlkit.array()
    array.extend(items)
    return array.multiline(len(items) > 1)


def _split(holder: AbstractTable, proposal: Proposal, change: Change, codeframe: Codeframe, value: int) -> None:
    """The parts come where the code stood; its own parent is theirs too, and that of the codes below it."""
    old = find_code(codeframe, proposal.codes[0])
    codes = _codes(holder)
    place = next(at for at, table in enumerate(codes) if table["id"] == old.id)
    for at, (code_id, wording) in enumerate(zip(change.after, proposal.wordings, strict=True)):
        table = tomlkit.inline_table() if isinstance(codes, Array) else tomlkit.table()
        table.update({"id": code_id, "value": value + at, "label": "", "definition": ""})
        _word(table, wording)
        if old.parent:
            table["parent"] = old.parent
        if not isinstance(codes, Array):
            table.add(tomlkit.nl())
        codes.insert(place + at, table)
    _move_children(holder, change, codeframe)
    _drop(codes, old.id)


def _move_children(holder: AbstractTable, change: Change, codeframe: Codeframe) -> None:
    """Codes below one that goes come below the one that it was merged into; else below its own parent."""
    gone = change.retired_ids
    for code in codeframe.codes:
        if code.id in gone or code.parent not in gone:
            continue
        table, parent = _find_code(holder, code.id), _lasting_parent(code, change, codeframe)
        if parent:
            table["parent"] = parent
        else:
            del table["parent"]


def _lasting_parent(code: Code, change: Change, codeframe: Codeframe) -> str | None:
    into = change.after[0] if change.kind == "merge" else None
    if into and code.id not in codeframe.with_parents([into]):
        return into
    parent = code.parent
    while parent in change.retired_ids:
        parent = codeframe.parents.get(parent)
    return parent


def _drop(codes: AoT | Array, code_id: str) -> None:
    """Take a code out; comments below it are about what follows, and stay."""
    place = next(at for at, table in enumerate(codes) if table["id"] == code_id)
    below = [] if isinstance(codes, Array) else take_below(codes[place])
    del codes[place]
    if not _has_comment(below):
        return
    if place:
        above = take_below(codes[place - 1])
        codes[place - 1].value.body.extend([*above, *below] if _has_comment(above) else below)
    else:
        codes[0].trivia.indent = "".join(item.as_string() for _, item in below).lstrip("\n")


def _has_comment(items: Below) -> bool:
    return any(isinstance(item, Comment) for _, item in items)
