"""Edits of codebook.toml and survey.toml that keep the comments and the layout of the file."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast, get_args

import tomlkit
from tomlkit.items import AbstractTable, AoT, Array, Comment, InlineTable, Item, Key, Whitespace

from themawijzer.files import write_whole
from themawijzer.survey.changes import (
    NO_CHANGES,
    Change,
    Changes,
    Retired,
    RevisionProposal,
    Wording,
    forget_unmade,
    read_changes,
)
from themawijzer.survey.codebook import (
    RESERVED_CODES,
    TO_BE_FILLED_IN,
    Code,
    Codebook,
    Codeframe,
    read_codebook,
    slug,
    whole_number,
)
from themawijzer.survey.configuration import check_configuration
from themawijzer.survey.known_labels import KnownLabels
from themawijzer.tables.cells import plain_label

Step = Literal["major", "minor", "patch"]
Below = list[tuple[Key | None, Item]]  # comments and empty lines


def name_codes(labels: Iterable[str], codeframe: Codeframe, changes: Changes = NO_CHANGES) -> dict[str, str]:
    """Label to code id: of the code that it means, as `KnownLabels` finds it, else a new id that is not taken.

    Retired codes keep their ids: answers labelled so wait for a person to judge them again.
    """
    known = KnownLabels(codeframe, changes)
    new: dict[str, str] = {}
    names: dict[str, str] = {}
    for label in sorted(set(labels)):
        found, plain = known.find(label), plain_label(label)
        names[label] = (
            found[0] if found
            else plain if plain in new.values()
            else new.get(plain) or free_id(slug(label), {*known.ids, *new.values(), *RESERVED_CODES})
        )  # fmt: skip
        if not found:
            new.setdefault(plain, names[label])
    return names


@dataclass(frozen=True)
class CodeNotes:
    """What else a file tells of a code that it brings: its definition, the id of its parent, and its number."""

    definition: str = ""
    parent: str | None = None
    value: int | None = None


def add_codes(
    path: Path, codeframe_id: str, names: Mapping[str, str], *, told: Mapping[str, CodeNotes] = MappingProxyType({})
) -> Codebook:
    """Add the codes that the codeframe lacks (label to id), and the codeframe itself; a new minor version.

    What is `told` of a code, by its id, is written with it. Its value is the one that is told, or that its label is, if
    no other code has it, else the next. Retired codes do not come back.
    """
    before = read_codebook(path)
    retired = read_changes(path.parent, before).retired(codeframe_id)
    known = before.codeframe(codeframe_id).code_ids if codeframe_id in before.codeframe_ids else None
    taken = {*(known or ()), *retired}
    new = {names[label]: _tidy(label) for label in sorted(names, reverse=True) if names[label] not in taken}
    if known is not None and not new:
        return before
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    document["version"] = next_version(before.version, "minor")
    if known is None:
        _append_table(document, "codeframe", {"id": codeframe_id, "label": codeframe_id.capitalize()})
    codeframe = _find_table(document, "codeframe", codeframe_id)
    used = used_values(before.codeframe(codeframe_id), retired.values()) if known is not None else set[int]()
    wanted = {
        code: told.get(code, CodeNotes()).value or whole_number(new[code]) for code in sorted(new, key=new.__getitem__)
    }
    values = _values(wanted, used)
    for code in sorted(new, key=lambda code: (wanted[code] is None, values[code])):
        notes = told.get(code, CodeNotes())
        definition = notes.definition or TO_BE_FILLED_IN
        content: dict[str, str | int] = {
            "id": code,
            "value": values[code],
            "label": new[code],
            "definition": definition,
        }
        _append_table(codeframe, "code", content | ({"parent": notes.parent} if notes.parent else {}))
    after = check_configuration(tomlkit.dumps(document), Codebook, path)
    forget_unmade(path.parent, before)
    write_whole(path, tomlkit.dumps(document))
    return after


def _values(wanted: Mapping[str, int | None], used: Collection[int]) -> dict[str, int]:
    """Code to its value: the wanted one where it is free, else the next after all others."""
    found: dict[str, int] = {}
    for code, number in wanted.items():
        if number is not None and number not in {*used, *found.values()}:
            found[code] = number
    first = max([*used, *found.values()], default=0) + 1
    return found | dict(zip((code for code in wanted if code not in found), count(first), strict=False))


def _tidy(label: str) -> str:
    return " ".join(unicodedata.normalize("NFC", label).split())


def next_version(version: str, step: Step) -> str:
    """The version after this one."""
    numbers = [int(number) for number in version.split(".")]
    place = get_args(Step).index(step)
    return ".".join(map(str, [*numbers[:place], numbers[place] + 1, 0, 0][:3]))


def used_values(codeframe: Codeframe, retired: Iterable[Retired]) -> set[int]:
    """The values that codes have or had."""
    return {*(code.value for code in codeframe.codes), *(code.value for code in retired)}


def free_value(codeframe: Codeframe, retired: Iterable[Retired]) -> int:
    """A value that no code has or had."""
    return max(used_values(codeframe, retired), default=0) + 1


def add_codeframe_to_question(path: Path, question_id: str, codeframe_id: str) -> None:
    """Make survey.toml ask this codeframe of a question, if it does not yet."""
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    question = _find_table(document, "question", question_id)
    codeframes = question.setdefault("codeframes", tomlkit.array())
    if codeframe_id not in codeframes:
        codeframes.append(codeframe_id)
        write_whole(path, tomlkit.dumps(document))


def _find_table(holder: tomlkit.TOMLDocument | AbstractTable, name: str, its_id: str) -> AbstractTable:
    """The table with that id, which is there: the file was read before."""
    tables = cast("Iterable[AbstractTable]", holder[name])
    return next(table for table in tables if table["id"] == its_id)


def _append_table(holder: tomlkit.TOMLDocument | AbstractTable, name: str, content: Mapping[str, str | int]) -> None:
    """Add a table in the style of the file: `[[code]]`, or `code = [{...}]`; comments below the last one stay below."""
    is_inline = isinstance(holder, InlineTable) or isinstance(holder.get(name), Array)
    if not holder.get(name):
        holder[name] = tomlkit.array() if is_inline else tomlkit.aot()
    table = tomlkit.inline_table() if is_inline else tomlkit.table()
    table.update(content)
    tables = cast("AoT | Array", holder[name])
    if len(tables) and not is_inline:
        table.value.body.extend(below := _take_below(tables[-1]))
        table.trivia.indent = "" if below and isinstance(below[0][1], Whitespace) else "\n"
        tables[-1].value.body.extend(below[:1] * (not table.trivia.indent))
    tables.append(table)


def _take_below(table: AbstractTable) -> Below:
    """Remove and return the comments and empty lines below the last key of a table."""
    body = table.value.body
    below: Below = []
    while body and isinstance(body[-1][1], Comment | Whitespace):
        below.insert(0, body.pop())
    return below


def free_id(name: str, taken: Collection[str]) -> str:
    """The name, with a number behind it where it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[:36]}_{number}"
    return free


def revised_text(text: str, proposal: RevisionProposal, change: Change, codeframe: Codeframe, value: int) -> str:
    """The text with the change; new codes have this value and those that follow."""
    document = tomlkit.parse(text)
    document["version"] = change.version
    holder = _find_table(document, "codeframe", codeframe.id)
    match change.kind:
        case "add":
            _append_table(holder, "code", {"id": change.after[0], "value": value, "label": "", "definition": ""})
            _word(_codes(holder)[-1], proposal.wordings[0])
        case "rename" | "redefine":
            _word(_find_table(holder, "code", change.after[0]), proposal.wordings[0])
        case "merge":
            _move_children(holder, change, codeframe)
            for code in change.retired:
                _drop(_codes(holder), code.id)
            _word(_find_table(holder, "code", change.after[0]), proposal.wordings[0])
        case "split":
            _split(holder, proposal, change, codeframe, value)
    return tomlkit.dumps(document)


def _codes(holder: AbstractTable) -> AoT | Array:
    return cast("AoT | Array", holder["code"])


def _word(table: AbstractTable, wording: Wording) -> None:
    """Write the words of a code; what stays the same keeps its comments and its form."""
    for key, value in vars(wording).items():
        new = list(value) if isinstance(value, tuple) else value
        if new and table.get(key) != new:
            table[key] = new
            if isinstance(new, list) and not isinstance(table, InlineTable):
                cast("Array", table[key]).multiline(len(new) > 1)
        elif not new and key in table:
            del table[key]


def _split(holder: AbstractTable, proposal: RevisionProposal, change: Change, codeframe: Codeframe, value: int) -> None:
    """The parts come where the code stood; its own parent is theirs too, and that of the codes below it."""
    old = codeframe.code(proposal.codes[0])
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
        table, parent = _find_table(holder, "code", code.id), _lasting_parent(code, change, codeframe)
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
    below = [] if isinstance(codes, Array) else _take_below(codes[place])
    del codes[place]
    if not _has_comment(below):
        return
    if place:
        above = _take_below(codes[place - 1])
        codes[place - 1].value.body.extend([*above, *below] if _has_comment(above) else below)
    else:
        codes[0].trivia.indent = "".join(item.as_string() for _, item in below).lstrip("\n")


def _has_comment(items: Below) -> bool:
    return any(isinstance(item, Comment) for _, item in items)
