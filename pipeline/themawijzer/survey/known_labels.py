"""Which code a label means, on every road by which labels come in: its id, its label of today, or one that it had."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from themawijzer.survey.changes import NO_CHANGES, Changes
from themawijzer.survey.codebook import LONGEST_ID, Codebook, Codeframe, slug
from themawijzer.tables.cells import plain_label

UNCLEAR = "Write the id of the code, or give these codes other labels in codebook.toml."


@dataclass(frozen=True)
class EarlierLabel:
    """A label in a file that the code `had_by` had before; it is read as `code`, which is `called` otherwise now."""

    label: str
    code: str
    called: str
    had_by: str


@dataclass(frozen=True)
class KnownLabels:
    """The labels of a codeframe, now and before: in another Unicode form, case or spacing a label is the same."""

    codeframe: Codeframe
    changes: Changes = NO_CHANGES

    @cached_property
    def ids(self) -> frozenset[str]:
        """The codes that the codeframe has or once had."""
        return frozenset(self.changes.labels(self.codeframe))

    @cached_property
    def plain_labels(self) -> frozenset[str]:
        """All labels and ids that codes have or had, as `plain_label` compares them."""
        return frozenset({*self.ids, *self._now, *self._before})

    def find(self, label: str) -> list[str]:
        """The codes that the label can mean; none for a new one. What it means now goes before what it meant."""
        return self.now(label) or self.before(label)

    def now(self, label: str) -> list[str]:
        """The codes that have this id or this label."""
        plain = plain_label(label)
        return list(dict.fromkeys([plain] * (plain in self.codeframe.code_ids) + self._now.get(plain, [])))

    def before(self, label: str) -> list[str]:
        """The codes that once had this label; where none is remembered, the one whose id was made of it.

        An id of several words that is not made of the label of today was made of another one.
        """
        plain, name = plain_label(label), slug(label)
        if found := self._before.get(plain):
            return found
        is_of_label = name in self.ids and "_" in name and len(name) < LONGEST_ID
        return [name] if is_of_label and slug(self.changes.labels(self.codeframe)[name]) != name else []

    def tell_earlier(self, labels: Iterable[str]) -> list[EarlierLabel]:
        """Those of the labels that a code had before, and as which code they are read."""
        called = self.changes.labels(self.codeframe)
        return [
            EarlierLabel(label, codes[0], called[codes[0]], had_by)
            for label in labels
            if len(codes := self.find(label)) == 1
            for had_by in self.before(label)
            if had_by != codes[0] or plain_label(label) not in (had_by, plain_label(called[had_by]))
        ]

    @cached_property
    def _now(self) -> dict[str, list[str]]:
        return _by_label((code.label, code.id) for code in self.codeframe.codes)

    @cached_property
    def _before(self) -> dict[str, list[str]]:
        retired = self.changes.retired(self.codeframe.id)
        pairs = [(text, code.id) for code in retired.values() for text in (code.id, code.label)]
        remembered = [
            (given.label, given.code)
            for given in self.changes.code_labels
            if given.codeframe == self.codeframe.id and given.code in self.ids
        ]
        current = {code.id: plain_label(code.label) for code in self.codeframe.codes}
        return _by_label((text, code) for text, code in [*pairs, *remembered] if current.get(code) != plain_label(text))


def known_labels(codebook: Codebook, changes: Changes) -> dict[str, KnownLabels]:
    """Those of every codeframe, by its id."""
    return {codeframe.id: KnownLabels(codeframe, changes) for codeframe in codebook.codeframes}


def _by_label(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for label, code in pairs:
        found.setdefault(plain_label(label), {})[code] = None
    return {label: list(codes) for label, codes in found.items()}
