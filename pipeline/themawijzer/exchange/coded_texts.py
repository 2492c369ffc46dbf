"""Texts with the codes that people gave them in another program, before it is known whose answers they are."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from themawijzer.errors import InputError

RESPONDENT = "respondent_id"  # what we call the respondent's id in files that we write
MOMENT = "%Y-%m-%dT%H:%M:%SZ"  # as `annotated_at` has it


@dataclass(frozen=True)
class OutsideCode:
    """A code of another program; a folder only holds other codes."""

    name: str
    definition: str = ""
    parent: str | None = None  # the key of the code above it
    is_folder: bool = False


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What one coder did to a text, or to the part of it between two places: one code, or none at all."""

    coder: str  # as the program calls them; "" where it does not say
    code: str | None  # its key; None says that the coder was done with the text
    at: str = ""
    span: tuple[int, int] | None = None  # places in the text (start, end), None for all of it
    note: str = ""
    stream: str = ""


@dataclass(frozen=True, kw_only=True)
class CodedText:
    """One text and its marks; `ids` may be the respondent's id, and `named_parts` those of parts of the text.

    Its GUID, where it has one, tells whether we wrote it.
    """

    place: str  # where it is in the file, for errors
    text: str | None
    ids: tuple[str, ...] = ()
    guid: str = ""
    is_certain: bool = False  # somebody said that the id is the respondent's
    marks: list[Mark] = field(default_factory=list)
    question: str = ""
    named_parts: list[tuple[tuple[int, int], str]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class CodedProject:
    """All texts of a file, its codes by key, and how often it held what is not taken."""

    path: Path
    codes: dict[str, OutsideCode]
    texts: list[CodedText]
    not_taken: Counter[str]
    are_apart: bool = False  # its top folders are different questions to the coder, not parts of one codebook

    @property
    def coders(self) -> list[str]:
        """Who coded, as the program calls them, in the order of the file."""
        return list(dict.fromkeys(mark.coder for text in self.texts for mark in text.marks))

    def top(self, key: str) -> str:
        """The key of the outermost code that holds this one."""
        while parent := self.codes[key].parent:
            key = parent
        return key


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The names by which a file may tell what: those that were given, and those of the survey."""

    text: str | None = None
    id: str | None = None
    labels: str | None = None
    coder: str | None = None
    question_column: str = ""
    id_column: str = ""

    @property
    def id_names(self) -> tuple[str, ...]:
        """What the respondent's id may be called."""
        return (self.id,) if self.id else (self.id_column, RESPONDENT)


def moment(value: object) -> str:
    """A moment as annotations have it, in UTC; "" for what is none."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return ""
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).strftime(MOMENT)


def as_id(value: object) -> str:
    """An id in a cell; a whole number without the point that pandas gives it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def as_text(value: object) -> str | None:
    """A text, also one that is a number; None for what holds none."""
    return value if isinstance(value, str) else as_id(value) or None


def found_ids(fields: Mapping[str, object], keys: Keys) -> tuple[str, ...]:
    """The ids under the names that the respondent's may have, in any case."""
    by_name = {name.strip().casefold(): as_id(value) for name, value in fields.items()}
    return tuple(filter(None, (by_name.get(name.strip().casefold()) for name in keys.id_names if name)))


def require_id_name(names: Iterable[str], keys: Keys, path: Path) -> None:
    """Raise InputError where nothing has the name that was given for the respondent's id."""
    known = list(dict.fromkeys(names))
    if keys.id and keys.id.strip().casefold() not in [name.strip().casefold() for name in known]:
        expected = f"The names in this file are {', '.join(known)}." if known else "Leave --id-column out."
        raise InputError("there is no such id", file=path, column=keys.id, expected=expected)


def find_text_key(records: Iterable[Mapping[str, object]], keys: Keys, usual: Iterable[str], path: Path) -> str | None:
    """The name under which the records have their text; None where they have none but ids.

    Raises InputError where it is not there, or where several may be meant.
    """
    holding = Counter(name for record in records for name, value in record.items() if isinstance(value, str))
    if keys.text:
        if keys.text not in holding:
            expected = f"The texts in this file are called {', '.join(holding) or 'nothing'}."
            raise InputError("there is no such text", file=path, column=keys.text, expected=expected)
        return keys.text
    own = {name.casefold() for name in keys.id_names}
    found = [name for name in (keys.question_column, *usual) if name in holding]
    others = [name for name in holding if name.casefold() not in own]
    if not found and len(others) > 1:
        expected = f"Give one with --text-column: {', '.join(others)}."
        raise InputError("it is not clear which text was coded", file=path, expected=expected)
    return next(iter([*found, *others]), None)
