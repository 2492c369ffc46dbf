"""Which of four encodings a text file is in: UTF-8, UTF-8 with a byte-order mark, UTF-16 or Windows-1252."""

import codecs
import io
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from themawijzer.errors import InputError
from themawijzer.tables.cells import saying

BYTE_ORDER_MARK = codecs.BOM_UTF8
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_SAMPLE_BYTES = 4096
_PART_BYTES = 1 << 20  # decoded at a time, since text takes up to four times the memory of its bytes
_LINE_END = re.compile(r"\r\n|\r|\n")
# What Dutch text looks like when it is UTF-8: accented letters, quotation marks, the euro sign, emoji. Not every
# sequence that UTF-8 allows: “CAFÉ” in Windows-1252 ends in one.
_UTF8_CHARACTER = re.compile(rb"[\xc2-\xc5][\x80-\xbf]|\xe2[\x80-\x9f][\x80-\xbf]|\xf0\x9f[\x80-\xbf]{2}")
# Codecs for other things than files: names on the internet, Python source, a test.
_NOT_FOR_FILES = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
_KNOWN = "Known: utf-8, utf-16, cp1252 and Python's other text encodings."
_SAVE = "Open the file in the program it came from and save it as UTF-8"
_MEND = f"{_SAVE}, or give its encoding: {saying('encoding')}."


class Utf8(io.RawIOBase):
    """The text of a file as UTF-8 without a byte-order mark, read in parts: it may not fit in memory twice."""

    def __init__(self, path: Path, codec: str) -> None:
        self._parts, self._part = _parts(path, codec), b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as there is text, and tell how far."""
        while not self._part and (part := next(self._parts, None)) is not None:
            self._part = part.encode(errors="surrogatepass")
        found, self._part = self._part[: len(buffer)], self._part[len(buffer) :]
        buffer[: len(found)] = found
        return len(found)


def find_codec(path: Path, *, wanted: str | None = None) -> str:
    """The name of the Python codec that decodes the file; `wanted` outranks detection.

    UTF-16 without a byte-order mark comes back as "utf-16-le" or "utf-16-be".
    Raises InputError for an unknown codec, text that cannot be UTF-16, bytes it cannot decode, two encodings in one
    file, and a blank file.
    """
    with path.open("rb") as file:
        marked = _marked(file.read(_SAMPLE_BYTES))
    codec = _agreed(_codec_name(wanted, path), marked, path) if wanted else marked or _detected(path)
    try:
        is_blank = all([not part or part.isspace() for part in _parts(path, codec)])  # noqa: C419 - all are decoded
    except UnicodeDecodeError:
        raise _foreign_byte(path.read_bytes(), codec, path) from None
    if is_blank:
        raise InputError("the file is empty", file=path, expected="A header and at least one row.")
    return codec


def _parts(path: Path, codec: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(codec)()
    with path.open("rb") as file:
        while data := file.read(_PART_BYTES):
            yield decoder.decode(data)
    yield decoder.decode(b"", final=True)


def _codec_name(wanted: str, file: Path) -> str:
    try:
        "x".encode(wanted)
        name = codecs.lookup(wanted).name
    except (LookupError, ValueError):
        name = None
    if name is None or name in _NOT_FOR_FILES:
        raise InputError(f"the encoding {wanted!r} is not known", file=file, expected=_KNOWN)
    return name


def _agreed(wanted: str, marked: str | None, file: Path) -> str:
    """The byte-order mark decides which kind of UTF-8 or UTF-16 was meant; it is no part of the first column's name."""
    if marked is not None and (marked.startswith(wanted) or wanted.startswith(marked)):
        return marked
    if wanted == "utf-16":
        raise InputError("this text is not utf-16", file=file, expected=_KNOWN)
    return wanted


def _marked(sample: bytes) -> str | None:
    for mark, codec in _MARKS.items():
        if sample.startswith(mark):
            return codec
    pairs, low, high = len(sample) // 2, sample[::2].count(0), sample[1::2].count(0)
    if min(low, high) * 20 <= pairs < max(low, high) * 2:
        return "utf-16-le" if high > low else "utf-16-be"
    return None


def _detected(path: Path) -> str:
    try:
        deque(_parts(path, "utf-8"), maxlen=0)
    except UnicodeDecodeError:
        _refuse_mixed(path.read_bytes(), path)
        return "cp1252"
    return "utf-8"


def _refuse_mixed(data: bytes, file: Path) -> None:
    """Raise InputError when `data` has UTF-8 in one place and something else in another."""
    character = _UTF8_CHARACTER.search(data)
    if character is None:
        return
    try:
        foreign = len(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        foreign = error.start
    lines = _line(data[: character.start()], "utf-8"), _line(data[:foreign], "utf-8")
    problem = f"two encodings in one file: line {lines[0]} is UTF-8, line {lines[1]} is not"
    raise InputError(problem, file=file, line=max(lines), expected=_MEND)


def _foreign_byte(data: bytes, codec: str, file: Path) -> InputError:
    try:
        data.decode(codec)
    except UnicodeDecodeError as error:
        line, byte = _line(data[: error.start], codec), data[error.start]
        return InputError(f"byte 0x{byte:02X} does not exist in {codec}", file=file, line=line, expected=_MEND)
    raise AssertionError("the parts of a text cannot be decoded, but the whole can")  # pragma: no cover


def _line(before: bytes, codec: str) -> int:
    return len(_LINE_END.findall(before.decode(codec, errors="ignore"))) + 1
