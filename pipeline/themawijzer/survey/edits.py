"""Edits of codebook.toml and survey.toml that keep what people wrote around them."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Literal, cast, get_args

import tomlkit
from tomlkit.items import AbstractTable, AoT, Array, Comment, InlineTable, Item, Key, Whitespace

from themawijzer.files import write_whole
from themawijzer.survey.changes import Retired, forget_unmade, read_changes
from themawijzer.survey.codebook import RESERVED_CODES, TO_BE_FILLED_IN, Code, Codebook, Codeframe, read_codebook, slug
from themawijzer.survey.configuration import check_configuration

Step = Literal["major", "minor", "patch"]
Below = list[tuple[Key | None, Item]]  # comments and empty lines


def name_codes(labels: Iterable[str], codeframe: Codeframe, retired: Collection[Retired] = ()) -> dict[str, str]:
    """Label to code id: of the code with that id or label (in capitals or not), else a new id that is not taken.

    A retired code keeps its name too: what is labelled so waits for a person to judge it again.
    """
    codes: list[Code | Retired] = [*retired, *codeframe.codes]  # where labels are the same, the code of today
    known = {code.label.casefold(): code.id for code in codes} | {code.id: code.id for code in codes}
    names: dict[str, str] = {}
    for label in sorted(set(labels)):
        taken = {*(code.id for code in codes), *names.values(), *RESERVED_CODES}
        names[label] = known.get(label.casefold()) or free_id(slug(label), taken)
        known |= {label.casefold(): names[label], names[label]: names[label]}
    return names


def add_codes(path: Path, codeframe_id: str, names: Mapping[str, str]) -> Codebook:
    """Add the codes that the codeframe lacks (label to id), and the codeframe itself; a new minor version.

    Retired codes do not come back.
    """
    before = read_codebook(path)
    retired = read_changes(path.parent, before).retired(codeframe_id)
    known = before.codeframe(codeframe_id).code_ids if codeframe_id in before.codeframe_ids else None
    taken = {*(known or ()), *retired}
    new = {names[label]: label for label in sorted(names, reverse=True) if names[label] not in taken}
    if known is not None and not new:
        return before
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    document["version"] = next_version(before.version, "minor")
    if known is None:
        append_table(document, "codeframe", {"id": codeframe_id, "label": codeframe_id.capitalize()})
    codeframe = find_table(document, "codeframe", codeframe_id)
    first = free_value(before.codeframe(codeframe_id), retired.values()) if known else 1
    for value, (code, label) in enumerate(sorted(new.items(), key=lambda pair: pair[1]), start=first):
        append_table(codeframe, "code", {"id": code, "value": value, "label": label, "definition": TO_BE_FILLED_IN})
    after = check_configuration(tomlkit.dumps(document), Codebook, path)
    forget_unmade(path.parent, before)
    write_whole(path, tomlkit.dumps(document))
    return after


def next_version(version: str, step: Step) -> str:
    """The version after this one."""
    numbers = [int(number) for number in version.split(".")]
    place = get_args(Step).index(step)
    return ".".join(map(str, [*numbers[:place], numbers[place] + 1, 0, 0][:3]))


def free_value(codeframe: Codeframe, retired: Iterable[Retired]) -> int:
    """A value that no code has or had."""
    values = [*(code.value for code in codeframe.codes), *(code.value for code in retired)]
    return max(values, default=0) + 1


def add_codeframe_to_question(path: Path, question_id: str, codeframe_id: str) -> None:
    """Make survey.toml ask this codeframe of a question, if it does not yet."""
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    question = find_table(document, "question", question_id)
    codeframes = question.setdefault("codeframes", tomlkit.array())
    if codeframe_id not in codeframes:
        codeframes.append(codeframe_id)
        write_whole(path, tomlkit.dumps(document))


def find_table(document: tomlkit.TOMLDocument, name: str, its_id: str) -> AbstractTable:
    """The table with that id, which is there: the file was read before."""
    tables = cast("Iterable[AbstractTable]", document[name])
    return next(table for table in tables if table["id"] == its_id)


def append_table(holder: tomlkit.TOMLDocument | AbstractTable, name: str, content: Mapping[str, str | int]) -> None:
    """Add a table as the file has them: `[[code]]`, or `code = [{...}]`; comments below the last one stay below."""
    is_inline = isinstance(holder, InlineTable) or isinstance(holder.get(name), Array)
    if not holder.get(name):
        holder[name] = tomlkit.array() if is_inline else tomlkit.aot()
    table = tomlkit.inline_table() if is_inline else tomlkit.table()
    table.update(content)
    tables = cast("AoT | Array", holder[name])
    if len(tables) and not is_inline:
        table.value.body.extend(below := take_below(tables[-1]))
        table.trivia.indent = "" if below and isinstance(below[0][1], Whitespace) else "\n"
        tables[-1].value.body.extend(below[:1] * (not table.trivia.indent))
    tables.append(table)


def take_below(table: AbstractTable) -> Below:
    """What stands below the last key of a table, comments and empty lines, which is taken out of it."""
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
