"""Which of four encodings a text file is in: UTF-8, UTF-8 with a byte-order mark, UTF-16 or Windows-1252."""

import codecs
import re
from pathlib import Path

from themawijzer.errors import InputError
from themawijzer.tables.cells import saying

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_SAMPLE_BYTES = 4096
_LINE_END = re.compile(r"\r\n|\r|\n")
# What Dutch text looks like when it is UTF-8: accented letters, quotation marks, the euro sign, emoji. Not every
# sequence that UTF-8 allows: “CAFÉ” in Windows-1252 ends in one.
_UTF8_CHARACTER = re.compile(rb"[\xc2-\xc5][\x80-\xbf]|\xe2[\x80-\x9f][\x80-\xbf]|\xf0\x9f[\x80-\xbf]{2}")
# Codecs for other things than files: names on the internet, Python source, a test.
_NOT_FOR_FILES = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
_KNOWN = "Known: utf-8, utf-16, cp1252 and Python's other text encodings."
_SAVE = "Open the file in the program it came from and save it as UTF-8"
_MEND = f"{_SAVE}, or give its encoding: {saying('encoding')}."


def find_codec(data: bytes, *, file: Path, wanted: str | None = None) -> str:
    """The name of the Python codec that decodes `data`; `wanted` outranks detection.

    UTF-16 without a byte-order mark comes back as "utf-16-le" or "utf-16-be".
    Raises InputError for an unknown codec, text that cannot be UTF-16, bytes it cannot decode, two encodings in one
    file, and a blank file.
    """
    codec = _agreed(_codec_name(wanted, file), _marked(data), file) if wanted else _detected(data, file)
    text = _decode(data, codec, file)
    if not text or text.isspace():
        raise InputError("the file is empty", file=file, expected="A header and at least one row.")
    return codec


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


def _marked(data: bytes) -> str | None:
    for mark, codec in _MARKS.items():
        if data.startswith(mark):
            return codec
    sample = data[:_SAMPLE_BYTES]
    pairs, low, high = len(sample) // 2, sample[::2].count(0), sample[1::2].count(0)
    if min(low, high) * 20 <= pairs < max(low, high) * 2:
        return "utf-16-le" if high > low else "utf-16-be"
    return None


def _detected(data: bytes, file: Path) -> str:
    if marked := _marked(data):
        return marked
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_mixed(data, error.start, file)
        return "cp1252"
    return "utf-8"


def _refuse_mixed(data: bytes, foreign: int, file: Path) -> None:
    """Raise InputError when `data` has UTF-8 in one place and, at byte `foreign`, something else."""
    character = _UTF8_CHARACTER.search(data)
    if character is None:
        return
    lines = _line(data[: character.start()], "utf-8"), _line(data[:foreign], "utf-8")
    problem = f"two encodings in one file: line {lines[0]} is UTF-8, line {lines[1]} is not"
    raise InputError(problem, file=file, line=max(lines), expected=_MEND)


def _decode(data: bytes, codec: str, file: Path) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        line, byte = _line(data[: error.start], codec), data[error.start]
        raise InputError(f"byte 0x{byte:02X} does not exist in {codec}", file=file, line=line, expected=_MEND) from None


def _line(before: bytes, codec: str) -> int:
    return len(_LINE_END.findall(before.decode(codec, errors="ignore"))) + 1
