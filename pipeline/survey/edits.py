"""Changes to codebook.toml and survey.toml that keep what people wrote around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

import tomlkit
from tomlkit.items import AbstractTable, AoT, Array, InlineTable

from pipeline.files import write_whole
from pipeline.survey.codebook import RESERVED_CODES, TO_BE_FILLED_IN, Codebook, Codeframe, read_codebook, slug
from pipeline.survey.configuration import check_configuration


def name_codes(labels: Iterable[str], codeframe: Codeframe) -> dict[str, str]:
    """Label to code id: of the code with that id or label (in capitals or not), else a new id that is not taken."""
    known = {code.label.casefold(): code.id for code in codeframe.codes} | {code: code for code in codeframe.code_ids}
    names: dict[str, str] = {}
    for label in sorted(set(labels)):
        taken = {*codeframe.code_ids, *names.values(), *RESERVED_CODES}
        names[label] = known.get(label.casefold()) or _free(slug(label), taken)
        known |= {label.casefold(): names[label], names[label]: names[label]}
    return names


def add_codes(path: Path, codeframe_id: str, names: Mapping[str, str]) -> Codebook:
    """Add the codes that the codeframe lacks (label to id), and the codeframe itself; a new minor version."""
    before = read_codebook(path)
    known = before.codeframe(codeframe_id).code_ids if codeframe_id in before.codeframe_ids else None
    new = {names[label]: label for label in sorted(names, reverse=True) if names[label] not in (known or [])}
    if known is not None and not new:
        return before
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    major, minor, _ = before.version.split(".")
    document["version"] = f"{major}.{int(minor) + 1}.0"
    if known is None:
        _append(document, "codeframe", {"id": codeframe_id, "label": codeframe_id.capitalize()})
    codeframe = _find(document, "codeframe", codeframe_id)
    highest = max((code.value for code in before.codeframe(codeframe_id).codes), default=0) if known else 0
    for value, (code, label) in enumerate(sorted(new.items(), key=lambda pair: pair[1]), start=highest + 1):
        _append(codeframe, "code", {"id": code, "value": value, "label": label, "definition": TO_BE_FILLED_IN})
    after = check_configuration(tomlkit.dumps(document), Codebook, path)
    write_whole(path, tomlkit.dumps(document))
    return after


def add_codeframe_to_question(path: Path, question_id: str, codeframe_id: str) -> None:
    """Make survey.toml ask this codeframe of a question, if it does not yet."""
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    question = _find(document, "question", question_id)
    codeframes = question.setdefault("codeframes", tomlkit.array())
    if codeframe_id not in codeframes:
        codeframes.append(codeframe_id)
        write_whole(path, tomlkit.dumps(document))


def _find(document: tomlkit.TOMLDocument, name: str, its_id: str) -> AbstractTable:
    """The table with that id, which is there: the file was read before."""
    tables = cast("Iterable[AbstractTable]", document[name])
    return next(table for table in tables if table["id"] == its_id)


def _append(holder: tomlkit.TOMLDocument | AbstractTable, name: str, content: Mapping[str, str | int]) -> None:
    """Add a table as the file has them: `[[code]]`, or `code = [{...}]`."""
    is_inline = isinstance(holder, InlineTable) or isinstance(holder.get(name), Array)
    if not holder.get(name):
        holder[name] = tomlkit.array() if is_inline else tomlkit.aot()
    table = tomlkit.inline_table() if is_inline else tomlkit.table()
    table.update(content)
    cast("AoT | Array", holder[name]).append(table)


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[:36]}_{number}"
    return free
