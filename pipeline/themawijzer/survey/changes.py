"""What changed in the codebook, version by version (`changes.toml`, beside it), and proposals to change it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import tomlkit
from pydantic import Field

from themawijzer.files import write_whole
from themawijzer.survey.codebook import Code, Codebook, Codeframe, Id, Text, Version, version_number
from themawijzer.survey.configuration import Strict, check_configuration, read_configuration
from themawijzer.tables.cells import plain_label

FILE = "changes.toml"
LISTS = ("include", "exclude", "examples")
# `rename` leaves the meaning of a code as it was, `redefine` does not; both keep its id.
ChangeKind = Literal["add", "rename", "redefine", "split", "merge"]


class Retired(Strict):
    """A code that the codebook no longer has, as it was."""

    id: Id
    value: int = Field(ge=1)
    label: Text


class Change(Strict):
    """One step from a version of the codebook to the next: the ids of the codes before and after it."""

    version: Version
    kind: ChangeKind
    codeframe: Id
    before: list[Id] = Field(alias="from")
    after: list[Id] = Field(alias="to")
    retired: list[Retired] = []
    coder: Text
    at: Text

    @property
    def retired_ids(self) -> frozenset[str]:
        return frozenset(code.id for code in self.retired)


class CodeLabel(Strict):
    """A label that a code had at some time."""

    codeframe: Id
    code: Id
    label: Text


class Changes(Strict):
    """The content of `changes.toml`, oldest first."""

    changes: list[Change] = Field(alias="change", default=[])
    code_labels: list[CodeLabel] = Field(alias="label", default=[])

    def new_labels(self, codebook: Codebook) -> list[tuple[CodeLabel, str]]:
        """What codes were last known to be called, where the codebook calls them otherwise, and how it does."""
        last = {(given.codeframe, given.code): given for given in self.code_labels}
        pairs = [(last.get((now.codeframe, now.code), now), now.label) for now in labels_of(codebook)]
        return [(given, label) for given, label in pairs if plain_label(given.label) != plain_label(label)]

    def retired(self, codeframe_id: str) -> dict[str, Retired]:
        """The codes that the codeframe once had, by id: neither id nor value is ever used again."""
        return {code.id: code for change in self.changes if change.codeframe == codeframe_id for code in change.retired}

    def labels(self, codeframe: Codeframe) -> dict[str, str]:
        """Code to label, also of those that the codeframe once had."""
        return {code.id: code.label for code in self.retired(codeframe.id).values()} | codeframe.labels

    def with_retired(self, codebook: Codebook) -> Codebook:
        """The codebook with the codes that it once had: for reading what was coded in an older version."""
        codeframes = []
        for codeframe in codebook.codeframes:
            found = self.retired(codeframe.id).values()
            retired = [Code(**code.model_dump(), definition=code.label) for code in found]
            codeframes.append(codeframe.model_copy(update={"codes": [*codeframe.codes, *retired]}))
        return codebook.model_copy(update={"codeframes": codeframes})

    def successors(self, codeframe_id: str, code_id: str) -> list[str]:
        """The codes that took the place of this one, following those that were retired since; else itself."""
        for change in self.changes:
            if change.codeframe == codeframe_id and code_id in change.retired_ids:
                found = [successor for after in change.after for successor in self.successors(codeframe_id, after)]
                return list(dict.fromkeys(found))
        return [code_id]


NO_CHANGES = Changes()


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
        """The wording of a code, as a form shows it."""
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


def read_changes(folder: Path, codebook: Codebook) -> Changes:
    """The changes that led to this codebook; none where there is no file. Raises InputError with file and line.

    The file is written before the codebook, so what an interrupted revision left there does not count.
    """
    path = folder / FILE
    if not path.exists():
        return Changes()
    changes = read_configuration(path, Changes)
    newest = version_number(codebook.version)
    made = [change for change in changes.changes if version_number(change.version) <= newest]
    return changes.model_copy(update={"changes": made})


def append_change(folder: Path, change: Change, codebook: Codebook) -> None:
    """Write the change below those that led to this codebook."""
    path, document, table = folder / FILE, _document(folder, codebook), tomlkit.table()
    content = change.model_dump(by_alias=True, exclude=None if change.retired else {"retired"})
    table.update(content | ({"retired": _inline(content["retired"])} if change.retired else {}))
    listed = document.setdefault("change", tomlkit.aot())
    listed.append(table)
    listed[-1].trivia.indent = "\n" if len(listed) > 1 or len(document) > 1 else ""
    text = tomlkit.dumps(document)
    check_configuration(text, Changes, path)
    write_whole(path, text)


def labels_of(codebook: Codebook) -> list[CodeLabel]:
    """What each code is called."""
    pairs = ((codeframe.id, code) for codeframe in codebook.codeframes for code in codeframe.codes)
    return [CodeLabel(codeframe=codeframe, code=code.id, label=code.label) for codeframe, code in pairs]


def remember_labels(folder: Path, codebook: Codebook, labels: Iterable[CodeLabel]) -> None:
    """Write labels of codes below those that they had, so that a label is known when it is renamed by hand."""
    last = {(given.codeframe, given.code): given for given in read_changes(folder, codebook).code_labels}
    new = [given for given in labels if last.get((given.codeframe, given.code)) != given]
    if not new:
        return
    path, document = folder / FILE, _document(folder, codebook)
    listed = document.setdefault("label", tomlkit.aot())
    for given in new:
        table = tomlkit.table()
        table.update(given.model_dump())
        table.trivia.indent = "\n"
        listed.append(table)
    text = tomlkit.dumps(document).lstrip("\n")
    check_configuration(text, Changes, path)
    write_whole(path, text)


def forget_unmade(folder: Path, codebook: Codebook) -> None:
    """Remove what an interrupted revision left in the file, before the codebook reaches that version."""
    path = folder / FILE
    if path.exists() and len(read_configuration(path, Changes).changes) > len(read_changes(folder, codebook).changes):
        write_whole(path, tomlkit.dumps(_document(folder, codebook)))


def _document(folder: Path, codebook: Codebook) -> Any:
    """The file, or a new one, with the changes that led to this codebook."""
    path, made = folder / FILE, len(read_changes(folder, codebook).changes)
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig")) if path.exists() else tomlkit.document()
    while len(document.get("change", [])) > made:
        del document["change"][-1]
    if not made and "change" in document:  # tomlkit would write `change = []`, which no table can follow
        del document["change"]
    return document


def _inline(codes: list[dict[str, Any]]) -> tomlkit.items.Array:
    array = tomlkit.array()
    for code in codes:
        table = tomlkit.inline_table()
        table.update(code)
        array.append(table)
    return array.multiline(len(codes) > 1)
