"""Changes to codebook.toml and survey.toml that keep what people wrote around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

import tomlkit
from tomlkit.items import AoT, Table

from pipeline.files import write_whole
from pipeline.survey.codebook import TO_BE_FILLED_IN, Codebook, Codeframe, read_codebook, slug


def name_codes(labels: Iterable[str], codeframe: Codeframe) -> dict[str, str]:
    """Label to code id: of the code with that id or label, else a new id that is not taken."""
    known = {code.label.casefold(): code.id for code in codeframe.codes} | {code: code for code in codeframe.code_ids}
    names: dict[str, str] = {}
    for label in sorted(set(labels)):
        taken = {*codeframe.code_ids, *names.values()}
        names[label] = known.get(label) or known.get(label.casefold()) or _free(slug(label), taken)
    return names


def add_codes(path: Path, codeframe_id: str, names: Mapping[str, str]) -> Codebook:
    """Add the codes that the codeframe lacks (label to id), and the codeframe itself; a new minor version."""
    before = read_codebook(path)
    known = before.codeframe(codeframe_id).code_ids if codeframe_id in before.codeframe_ids else None
    new = {label: code for label, code in names.items() if code not in (known or [])}
    if known is not None and not new:
        return before
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    major, minor, _ = before.version.split(".")
    document["version"] = f"{major}.{int(minor) + 1}.0"
    codeframe = _codeframe_table(document, codeframe_id)
    highest = max((code.value for code in before.codeframe(codeframe_id).codes), default=0) if known else 0
    codes = codeframe.setdefault("code", tomlkit.aot())
    for value, (label, code) in enumerate(new.items(), start=highest + 1):
        codes.append(tomlkit.item({"id": code, "value": value, "label": label, "definition": TO_BE_FILLED_IN}))
    write_whole(path, tomlkit.dumps(document))
    return read_codebook(path)


def add_codeframe_to_question(path: Path, question_id: str, codeframe_id: str) -> None:
    """Make survey.toml ask this codeframe of a question, if it does not yet."""
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    question = next(table for table in _tables(document, "question") if table["id"] == question_id)
    codeframes = question.setdefault("codeframes", tomlkit.array())
    if codeframe_id not in codeframes:
        codeframes.append(codeframe_id)
        write_whole(path, tomlkit.dumps(document))


def _codeframe_table(document: tomlkit.TOMLDocument, codeframe_id: str) -> Table:
    codeframes = _tables(document, "codeframe")
    if codeframe_id not in [table["id"] for table in codeframes]:
        codeframes.append(tomlkit.item({"id": codeframe_id, "label": codeframe_id.capitalize()}))
    return next(cast("Table", table) for table in codeframes if table["id"] == codeframe_id)


def _tables(document: tomlkit.TOMLDocument, name: str) -> AoT:
    return cast("AoT", document.setdefault(name, tomlkit.aot()))  # validated when the file was read


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[:36]}_{number}"
    return free
