"""Is this the file that its ending promises? Asked once, of the first bytes, before any reader opens it."""

import difflib
from pathlib import Path

from themawijzer.errors import InputError

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".sav", ".parquet")

_HEAD_BYTES = 1024
_MAGIC = {".xlsx": b"PK\x03\x04", ".sav": b"$FL", ".parquet": b"PAR1"}
_EXPORT = "Export the data again as CSV, Excel (.xlsx), SPSS (.sav) or Parquet."
_WEB_PAGE = ("a web page", "It may be a log-in page. Download the data again, as CSV or Excel.")
# The longer magic numbers keep a text column that happens to be called PAR1 or GIF8 from looking like a binary file.
_KINDS = {
    b"PK\x03\x04": ("an Excel workbook (.xlsx) or another zip file", "Give an Excel workbook the ending .xlsx."),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": (
        "an old Excel workbook (.xls) or one with a password",
        "Open it in Excel, remove the password if there is one, and save it as .xlsx.",
    ),
    b"$FL2@(#)": ("an SPSS file", "Give it the ending .sav."),
    b"$FL3@(#)": ("a compressed SPSS file", "Give it the ending .sav."),
    b"PAR1\x15": ("a Parquet file", "Give it the ending .parquet."),
    b"%PDF-": ("a PDF document", _EXPORT),
    b"\x89PNG\r\n": ("a PNG image", _EXPORT),
    b"\xff\xd8\xff": ("a JPEG image", _EXPORT),
    b"GIF89a": ("a GIF image", _EXPORT),
    b"{\\rtf": ("an RTF document", _EXPORT),
    b"\x1f\x8b": ("a gzip archive", "Unpack it first."),
    b"<!doctype html": _WEB_PAGE,
    b"<html": _WEB_PAGE,
}


def check_kind(path: Path) -> str:
    """Return the ending of `path`, in lower case; raise InputError when there is no such table to read."""
    _check_place(path)
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"the ending {ending!r} is not known", file=path, expected=f"Known: {', '.join(ENDINGS)}.")
    head = _head(path)
    kind = _kind(head)
    magic = _MAGIC.get(ending)
    if not (head.startswith(magic) if magic else kind is None):
        looks, advice = kind or _plain_kind(head)
        raise InputError(f"this is not {ending[1:]}: it looks like {looks}", file=path, expected=advice)
    return ending


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise InputError("this is a folder", file=path, expected="Give the file itself.")
    if not path.exists():
        raise InputError("there is no such file", file=path, expected=_nearest(path))


def _nearest(path: Path) -> str:
    if not path.parent.is_dir():
        return f"The folder {path.parent} does not exist either."
    names = [other.name for other in sorted(path.parent.iterdir()) if other.is_file()]
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.0)
    return f"Nearest in that folder: {', '.join(near)}." if near else "There is no file in that folder."


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        problem = f"the file cannot be read: {error.strerror}"
        raise InputError(problem, file=path, expected="Close it in other programs and check who may read it.") from None
    if not head:
        raise InputError("the file is empty", file=path, expected="A header and at least one row.")
    return head


def _kind(head: bytes) -> tuple[str, str] | None:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next(
        (kind for magic, kind in _KINDS.items() if head.startswith(magic) or start[: len(magic)].lower() == magic), None
    )


def _plain_kind(head: bytes) -> tuple[str, str]:
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "a file of an unknown kind", _EXPORT
    return "text", "Give it the ending .csv, or export the data again."
