"""The variable by which an SPSS file weighs its cases, which pyreadstat neither reads nor writes."""

import re
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

HEADER_SIZE = 176
_LAYOUT_OFFSET, _WEIGHT_OFFSET = 64, 76  # the latter holds the place of the weight among the records of variables
_VARIABLE, _NUMBER = 2, 0
_MOST_DICTIONARY_BYTES = 1 << 26
# Of a portable file: its lines, how far its own head reaches, and the records before those of variables.
_LINE, _SIGNATURE, _MOST_HEAD_BYTES = 80, b"SPSSPORT", 1 << 13
_BASE = 30  # of numbers, which end with a slash
_TEXTS, _NUMBERS, _WEIGHT = "1236", "45", "6"


def system_weight(path: Path, numbers: Sequence[str]) -> str | None:
    """The weight that a system file declares, None where it has none; `numbers` are its numeric variables, in order."""
    with path.open("rb") as file:
        content = file.read(_MOST_DICTIONARY_BYTES)
    order = "<" if content[_LAYOUT_OFFSET] in (2, 3) else ">"
    (place,) = struct.unpack_from(f"{order}i", content, _WEIGHT_OFFSET)
    kinds = list(_kinds(content, order))
    if not 0 < place <= len(kinds) or kinds[place - 1] != _NUMBER:
        return None
    return numbers[kinds[: place - 1].count(_NUMBER)]


def declare_weight(dictionary: bytearray, number: int) -> None:
    """Write in the dictionary of a system file that its numeric variable with this place, from 0, is the weight."""
    places = [place for place, kind in enumerate(_kinds(dictionary, "<"), start=1) if kind == _NUMBER]
    struct.pack_into("<i", dictionary, _WEIGHT_OFFSET, places[number])


def _kinds(content: bytes | bytearray, order: str) -> Iterator[int]:
    """Per record of a variable whether it is a number (0), or how wide the text; -1 where a text goes on."""
    position = HEADER_SIZE
    while True:
        record, kind, has_label, n_missing = struct.unpack_from(f"{order}4i", content, position)
        if record != _VARIABLE:
            return
        yield kind
        position += 32
        if has_label:
            (size,) = struct.unpack_from(f"{order}I", content, position)
            position += 4 + -(-size // 4) * 4
        position += 8 * abs(n_missing)


def portable_weight(path: Path) -> str | None:
    """The weight that a portable file declares, None where it has none."""
    with path.open("rb") as file:
        lines = re.split(r"\r\n|\r|\n", file.read(_MOST_HEAD_BYTES).decode("latin-1"))
    text = "".join(line.ljust(_LINE) for line in lines).partition(_SIGNATURE.decode())[2][1:]  # after the version
    _, text = _text(text)  # the day, and then the time at which it was made
    _, text = _text(text)
    while text[:1] and text[0] in _TEXTS + _NUMBERS:
        record, (value, text) = text[0], (_text if text[0] in _TEXTS else _number)(text[1:])
        if record == _WEIGHT:
            return str(value)
    return None


def _number(text: str) -> tuple[int, str]:
    """The number with which the text begins, and what follows."""
    digits, _, rest = text.partition("/")
    return int(digits, _BASE), rest


def _text(text: str) -> tuple[str, str]:
    """The text with its length in front with which it begins, and what follows."""
    size, rest = _number(text)
    return rest[:size], rest[size:]
