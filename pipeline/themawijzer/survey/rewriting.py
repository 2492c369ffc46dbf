"""The text of the codebook with a change in it, and with what people wrote around it."""

from typing import cast

import tomlkit
from tomlkit.items import AbstractTable, AoT, Array, Comment, InlineTable

from themawijzer.survey.changes import Change
from themawijzer.survey.codebook import Code, Codeframe
from themawijzer.survey.edits import Below, append_table, find_table, take_below
from themawijzer.survey.proposal import RevisionProposal, Wording, find_code


def revised_text(text: str, proposal: RevisionProposal, change: Change, codeframe: Codeframe, value: int) -> str:
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


def _split(holder: AbstractTable, proposal: RevisionProposal, change: Change, codeframe: Codeframe, value: int) -> None:
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
