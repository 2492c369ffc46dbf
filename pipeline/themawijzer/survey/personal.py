"""Which columns of the responses look personal, by what they are called or by what they hold."""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Container, Mapping, Sequence, Set
from dataclasses import replace
from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from typing import Any

from themawijzer.tables.table import Table

_LISTS: Mapping[str, Any] = tomllib.loads(files("themawijzer.survey").joinpath("personal.toml").read_text("utf-8"))
COMMENT: str = _LISTS["comment"]  # beside `leave_out` in survey.toml
N_LOOKED_AT = 10_000  # rows, spread over the file

_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(\.[\w-]+)+")
_PHONE = re.compile(r"(\+31|0031|0)[1-9]\d{8}")
_POSTCODE = re.compile(r"[1-9]\d{3} ?[A-Za-z]{2}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z]{4}\d{10}")
_MOMENT = re.compile(r"\d{1,4}[-/. ]\w{1,9}[-/. ]\d{1,4}.*|\d{1,2}:\d{2}.*|\d{5,}([.,]\d+)?")  # or a serial number
_CODE = re.compile(r"^\W*[A-Za-z]{0,3}\d+\w?(?=[\W_])")  # of a question, before its text: "Q3_", "2."
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def personal_columns(table: Table, besides: Container[str] = ()) -> dict[str, str]:
    """The columns that look personal, and of which kind they are; not those `besides` which they are asked for."""
    some = replace(table, values=table.values.iloc[:: max(1, len(table.values) // N_LOOKED_AT)])
    found = {}
    for name in some.values.columns:
        if name not in besides:
            cells = [
                cell for cell in some.texts(name).str.strip().tolist() if cell and cell.casefold() not in _nobody()
            ]
            called = _called(name) or _called(table.about(name).label)
            if kind := _held({*cells}) or (called if called and _can_be(called, cells) else None):
                found[name] = kind
    return found


def _called(header: str) -> str | None:
    """The kind of personal fact that a header names, all parts of it: "token. Toegangscode"."""
    kinds = [_named(part) for part in re.split(r"[.:] ", _CODE.sub("", header)) if re.search(r"\w", part)]
    return kinds[0] if kinds and all(kinds) else None


def _named(part: str) -> str | None:
    """The kind of personal fact that the words are; None for "Naam van uw gemeente"."""
    plain = re.sub(r"\be[-_ ]mail", "email", re.sub(r"\(.*?\)", " ", unicodedata.normalize("NFC", part)), flags=re.I)
    words = re.findall(r"[^\W\d_]+", _HUMPS.sub(" ", plain).casefold())
    words = [word for word in words if word not in _LISTS["filler"]]
    in_full, is_known = " ".join(words), set(words) <= _words()
    for kind, own in _kinds().items():
        if in_full in own["headers"] or (is_known and not set(words).isdisjoint(own["words"])):
            return kind
    return None


def _held(cells: Set[str]) -> str | None:
    """The kind of personal fact that the different cells of a column are, whatever the column is called."""
    for kind, (is_one, least, share) in _CONTENT.items():
        n = sum(1 for cell in cells if is_one(cell))
        if n >= max(least, share * len(cells)):
            return kind
    return None


def _can_be(kind: str, cells: Sequence[str]) -> bool:
    """Whether cells can be what their header says: "E-mail" is also a box that was ticked, "Naam" that of a group."""
    if not cells:
        return True
    if test := _LOOSE.get(kind):
        return 2 * sum(1 for cell in cells if test(cell)) >= len(cells)
    return 2 * len(set(cells)) > len(cells)


def _is_ip(cell: str) -> bool:
    try:
        return bool(ip_address(cell))
    except ValueError:
        return False


def _is_phone(cell: str) -> bool:
    return bool(_PHONE.fullmatch(re.sub(r"\(0\)|[\s().-]", "", cell)))


def _is_citizen(cell: str) -> bool:
    """Whether these are the nine digits of a citizen service number, which pass the eleven test."""
    if not re.fullmatch(r"\d{8,9}", cell) or not int(cell):
        return False
    *digits, last = map(int, cell.zfill(9))
    return (sum(digit * weight for digit, weight in zip(digits, range(9, 1, -1), strict=True)) - last) % 11 == 0


def _has_digits(cell: str) -> bool:
    return len(re.sub(r"\D", "", cell)) >= 8


# By kind what a cell is, and how many different cells, and which share of them, have to be so.
_CONTENT: Mapping[str, tuple[Callable[[str], object], int, float]] = {
    "e-mail address": (_EMAIL.fullmatch, 2, 0.2),  # the others may have typed "nee"
    "IP address": (_is_ip, 2, 0.8),
    "phone number": (_is_phone, 3, 0.5),
    "personal number": (lambda cell: _is_citizen(cell) or _IBAN.fullmatch(cell.replace(" ", "")), 5, 1),
    "address": (_POSTCODE.fullmatch, 3, 0.8),
}
_LOOSE: Mapping[str, Callable[[str], object]] = {
    "e-mail address": lambda cell: "@" in cell,
    "phone number": _has_digits,
    "time of answering": _MOMENT.fullmatch,
    "date of birth": _MOMENT.fullmatch,
    "location": re.compile(r"-?\d{1,3}[.,]\d+.*").fullmatch,
    "IP address": lambda cell: not re.fullmatch(r"\w{1,5}", cell),
}


@cache
def _kinds() -> Mapping[str, Mapping[str, Sequence[str]]]:
    kinds: Mapping[str, Mapping[str, Sequence[str]]] = _LISTS["kind"]
    return kinds


@cache
def _words() -> frozenset[str]:
    return frozenset(_LISTS["beside"]).union(*(own["words"] for own in _kinds().values()))


@cache
def _nobody() -> frozenset[str]:
    return frozenset(_LISTS["nobody"])
