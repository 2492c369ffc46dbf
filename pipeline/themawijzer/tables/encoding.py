"""Which encoding a text file is in: UTF-8, UTF-16, Windows-1252, or what its words show."""

import codecs
import io
import logging
import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from themawijzer.errors import InputError
from themawijzer.tables.cells import saying
from themawijzer.tables.encoding_by_words import TWICE, find_by_words, find_encoded_twice, looks_encoded_twice, once

log = logging.getLogger(__name__)
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


def find_codec(path: Path, *, wanted: str | None = None, is_ours: bool = False) -> str:
    """The name of the codec that decodes the file, Python's or one of `TWICE`; `wanted` outranks detection.

    UTF-16 without a byte-order mark comes back as "utf-16-le" or "utf-16-be". Warns of words that show that it may be
    another one. A file that `is_ours` was not encoded twice, whatever its answers look like.
    Raises InputError for an unknown codec, text that cannot be UTF-16, bytes it cannot decode, two encodings in one
    file, and a blank file.
    """
    with path.open("rb") as file:
        marked = _marked(file.read(_SAMPLE_BYTES))
    codec = _agreed(_codec_name(wanted, path), marked, path) if wanted else marked or _detected(path)
    is_blank, twice = True, set[str]()
    try:
        for part in _parts(path, codec):
            is_blank &= not part or part.isspace()
            if not (wanted or is_ours):
                twice.update(looks_encoded_twice(part))
    except UnicodeError:
        if codec in TWICE:
            raise InputError(f"this text is not {codec}", file=path, expected=_MEND) from None
        raise _foreign_byte(path.read_bytes(), codec, path) from None
    if is_blank:
        raise InputError("the file is empty", file=path, expected="A header and at least one row.")
    for name in sorted(twice):
        if _is_encoded_twice(path, name):
            return name
    if twice:
        _warn_of_words(path, codec)
    return codec


def _is_encoded_twice(path: Path, name: str) -> bool:
    try:
        deque(_parts(path, name), maxlen=0)
    except UnicodeError:
        return False
    return True


def _warn_of_words(path: Path, codec: str) -> None:
    """Warn where some words of a text were encoded twice, and others were not."""
    text = "".join(_parts(path, codec))
    if (place := find_encoded_twice(text)) is not None:
        _warn(path, len(_LINE_END.findall(text[:place])) + 1, "a word here was encoded twice, and others were not")


def _warn(path: Path, line: int, problem: str) -> None:
    log.warning("%s, line %d: %s: it reads as it stands there. %s", path, line, problem, _MEND)


def _parts(path: Path, codec: str) -> Iterator[str]:
    with path.open("rb") as file:
        inner = (_marked(file.read(_SAMPLE_BYTES)) or "utf-8") if codec in TWICE else codec
    parts = _decoded(_bytes(path), inner)
    return _decoded((once(part, codec) for part in parts), "utf-8") if codec in TWICE else parts


def _bytes(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while data := file.read(_PART_BYTES):
            yield data


def _decoded(parts: Iterable[bytes], codec: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(codec)()
    for part in parts:
        yield decoder.decode(part)
    yield decoder.decode(b"", final=True)


def _codec_name(wanted: str, file: Path) -> str:
    if wanted in TWICE:
        return wanted
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
        data = path.read_bytes()
        _refuse_mixed(data, path)
        codec, doubtful = find_by_words(data)
        if doubtful is not None:
            _warn(path, _line(data[:doubtful], codec), f"this may not be {codec}, to judge by a word here")
        return codec
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
