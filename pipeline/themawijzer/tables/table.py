"""Any tabular file that an organization hands over, read with nothing lost; its kind is checked first."""

import difflib
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import pandas as pd

from themawijzer.errors import InputError
from themawijzer.tables.cells import saying
from themawijzer.tables.delimited import Dialect, read_delimited
from themawijzer.tables.described import TEXT, Description, as_text
from themawijzer.tables.parts import OtherSheet, RowPlace, TablePart
from themawijzer.tables.unfolding import Room

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
ENDINGS = (".csv", ".tsv", ".txt", *WORKBOOKS, ".sav", ".zsav", ".por", ".dta", ".parquet")

_HEAD_BYTES = 1024
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SYSTEM_FILE = re.compile(rb"\$FL[23]@\(#\)")
_MAGIC = {
    **dict.fromkeys(WORKBOOKS, re.compile(_ZIP)),
    ".xls": re.compile(_OLE),
    ".sav": _SYSTEM_FILE,
    ".zsav": _SYSTEM_FILE,
    ".por": re.compile(rb"(?s).*SPSSPORT"),  # after how it writes letters
    ".dta": re.compile(rb"<stata_dta>|[\x69-\x77][\x01\x02]\x01\x00"),
    ".parquet": re.compile(rb"PAR1"),
}
_EXPORT = "Export the data again as CSV, Excel (.xlsx), SPSS (.sav) or Parquet."
_WEB_PAGE = ("a web page", "Download the data again if it is a log-in page; save a table as .xlsx from Excel.")
_PASSWORD = ("a workbook with a password", "Open it in Excel, remove the password, and save it as .xlsx.")
# Workbooks by what is in them, and the endings that they may have.
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument.spreadsheet"
_OLD_BOOK = "Workbook"
_INSIDE = {
    "xl/workbook.xml": ("an Excel workbook", (".xlsx", ".xlsm")),
    "xl/workbook.bin": ("a binary Excel workbook", (".xlsb",)),
    _OPEN_DOCUMENT: ("an OpenDocument spreadsheet", (".ods",)),
    _OLD_BOOK: ("an old Excel workbook", (".xls",)),
}
# The longer magic numbers keep a text column that happens to be called PAR1 or GIF8 from looking like a binary file.
_KINDS = {
    _ZIP: ("an Excel workbook (.xlsx) or another zip file", "Give an Excel workbook the ending .xlsx."),
    _OLE: (
        "an old Excel workbook (.xls) or one with a password",
        "Open it in Excel, remove the password if there is one, and save it as .xlsx.",
    ),
    b"$FL2@(#)": ("an SPSS file", "Give it the ending .sav."),
    b"$FL3@(#)": ("a compressed SPSS file", "Give it the ending .sav."),
    b"PAR1\x15": ("a Parquet file", "Give it the ending .parquet."),
    b"<stata_dta>": ("a Stata file", "Give it the ending .dta."),
    b"%PDF-": ("a PDF document", _EXPORT),
    b"\x89PNG\r\n": ("a PNG image", _EXPORT),
    b"\xff\xd8\xff": ("a JPEG image", _EXPORT),
    b"GIF89a": ("a GIF image", _EXPORT),
    b"{\\rtf": ("an RTF document", _EXPORT),
    b"\x1f\x8b": ("a gzip archive", "Unpack it first."),
    b"<?xml": ("an XML file", "If it is a table, open it in Excel and save it as .xlsx."),
    b"<!doctype html": _WEB_PAGE,
    b"<html": _WEB_PAGE,
}
# What libraries say of a file that is unusual, and that no user can do anything about.
_WARNINGS = (UserWarning, RuntimeWarning, FutureWarning, UnicodeWarning)
_REMEDY = "Write the file again from the program it came from."
_REMEDIES = {
    **dict.fromkeys(WORKBOOKS, "Open it in Excel and save it again as .xlsx."),
    ".sav": "Open it in SPSS and save it again, or give its encoding (cp1252 for old Windows files): "
    f"{saying('encoding')}.",
}


@dataclass(frozen=True, kw_only=True)
class Table:
    """A file's cells, columns and order as in the file, with a RangeIndex.

    `values` are as the file has them (text; numbers, moments and truth values; NaN or null where they are missing),
    and `described` tells what they are. `dialect` is None unless the file is delimited text; `sheet` is the one that
    was read of a workbook with several, of which others are `unread`. The header takes `header_rows` rows, and stands
    in the file again in `repeated_rows`. `weight` is the column by which the file weighs its rows. `parts` are those
    of tables that were joined.
    """

    path: Path
    values: pd.DataFrame
    described: Mapping[str, Description] = field(default_factory=dict)
    sheet: str | None = None
    unread: Sequence[OtherSheet] = ()
    dialect: Dialect | None = None
    header_rows: int = 1
    repeated_rows: Sequence[int] = ()
    weight: str | None = None
    parts: Sequence[TablePart] = ()

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All cells as text, "" where they are missing."""
        if (self.values.dtypes == "str").all() and not self.described:
            return self.values
        return pd.DataFrame({name: self.texts(name) for name in self.values.columns}, index=self.values.index)

    @cached_property
    def _texts(self) -> dict[str, "pd.Series[str]"]:
        return {}

    def texts(self, name: str) -> "pd.Series[str]":
        """The cells of one column as text."""
        if name not in self._texts:
            self._texts[name] = as_text(self.values[name], self.about(name))
        return self._texts[name]

    def about(self, name: str) -> Description:
        """What the file says of a column."""
        return self.described.get(name, TEXT)

    def holding(self, frame: pd.DataFrame) -> "Table":
        """The same file with other cells, all text."""
        return replace(self, values=frame)

    @property
    def sources(self) -> Sequence[TablePart]:
        """What the rows come from, in order."""
        own = TablePart(
            path=self.path,
            n_rows=len(self.values),
            sheet=self.sheet,
            unread=self.unread,
            dialect=self.dialect,
            header_rows=self.header_rows,
            repeated_rows=self.repeated_rows,
            weight=self.weight,
        )
        return self.parts or [own]

    @property
    def files(self) -> list[Path]:
        """The files that the rows come from."""
        return list(dict.fromkeys(part.path for part in self.sources))

    @property
    def declared_weights(self) -> list[str]:
        """The columns by which the files weigh their rows; one, unless they differ in that."""
        return list(dict.fromkeys(part.weight for part in self.sources if part.weight))

    @property
    def place(self) -> str:
        """The file, and the sheet where it has several, as an error names it."""
        return f"{self.path}, sheet {self.sheet}" if self.sheet else str(self.path)

    def row_name(self, row: int) -> str:
        """The row, counted from 0, in words: with its file where the table comes from several."""
        place = self.at(row)
        return f"row {place['row']}" + f" of {place['file']}" * bool(self.parts)

    def at(self, row: int) -> RowPlace:
        """The place of a row, counted from 0, as an error names it."""
        for part in self.parts:
            if row < part.n_rows:
                return {"file": part.place, "row": part.row(row)}
            row -= part.n_rows
        return {"file": self.place, "row": self.sources[0].row(row)}

    def row(self, row: int) -> int:
        """The number in its file, as a spreadsheet counts, of a row that is counted from 0."""
        return self.at(row)["row"]


def read_table(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header_rows: int | None = None,
    large: bool = False,
    is_ours: bool = False,
) -> Table:
    """Read a file with one of `ENDINGS`.

    `encoding` (delimited text and SPSS), `delimiter` (delimited text) and `header_rows`, the number of rows that name
    the columns (delimited text and workbooks), replace detection; `sheet` names a sheet of a workbook. Raises
    InputError, naming the place and the remedy, for whatever cannot be read in full. A header without rows is a table
    too, and what unfolds to more than `LARGEST_BYTES` is refused unless it is said to be `large`. Of a file that
    `is_ours` only encoding and delimiter are detected, as a spreadsheet may have changed them.
    """
    kind, room = check_kind(path), Room(path, is_unbounded=large)
    with _named_damage(kind, path):
        match kind:
            case kind if kind in WORKBOOKS:
                return read_sheets(
                    path, [sheet] if sheet else [], header_rows=1 if is_ours else header_rows, large=large
                )[0]
            case ".parquet":
                from themawijzer.tables.parquet import read_parquet

                values, described = read_parquet(room)
                return Table(path=path, values=values, described=described)
            case ".sav" | ".zsav":
                from themawijzer.tables.spss import read_system_file

                values, described, weight = read_system_file(room, encoding=encoding)
                return Table(path=path, values=values, described=described, weight=weight)
            case ".por":
                from themawijzer.tables.spss import read_portable_file

                values, described, weight = read_portable_file(path)
                return Table(path=path, values=values, described=described, weight=weight)
            case ".dta":
                from themawijzer.tables.stata import read_stata

                values, described = read_stata(room, encoding=encoding)
                return Table(path=path, values=values, described=described)
            case _:
                found = read_delimited(
                    path, encoding=encoding, delimiter=delimiter, header_rows=header_rows, is_ours=is_ours
                )
                return Table(path=path, **vars(found))


def read_sheets(
    path: Path, sheets: Sequence[str], *, all_sheets: bool = False, header_rows: int | None = None, large: bool = False
) -> list[Table]:
    """The `sheets` of a workbook, or the first visible one with anything in it, or all these."""
    kind = check_kind(path)
    with _named_damage(kind, path):
        from themawijzer.tables.workbook import read_workbook

        room = Room(path, is_unbounded=large)
        pages, unread = read_workbook(room, sheets=sheets, all_sheets=all_sheets, header_rows=header_rows)
    is_told = bool(sheets or all_sheets or unread)
    return [
        Table(path=path, sheet=sheet if is_told else None, unread=unread, **vars(page)) for sheet, page in pages.items()
    ]


def read_headers(path: Path, *, large: bool = False) -> dict[str, list[str]]:
    """The first rows of the sheets of a workbook, by the sheet's name; none for empty sheets and other files."""
    if (kind := check_kind(path)) not in WORKBOOKS:
        return {}
    with _named_damage(kind, path):
        from themawijzer.tables.workbook import headers

        return headers(Room(path, is_unbounded=large))


def read_whole_sheets(path: Path, sheets: Sequence[str], *, large: bool = False) -> list[Table]:
    """Sheets of a workbook without merged cells, of which all but one would be hidden; InputError if there are any."""
    with _named_damage(path.suffix.lower(), path):
        from themawijzer.tables.workbook import read_whole_sheets

        pages = read_whole_sheets(Room(path, is_unbounded=large), sheets)
    return [Table(path=path, sheet=sheet, **vars(page)) for sheet, page in pages.items()]


@contextmanager
def _named_damage(kind: str, path: Path) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            for category in _WARNINGS:
                warnings.simplefilter("ignore", category)
            yield
    except InputError:
        raise
    except Exception as error:  # the libraries raise all kinds of errors for damaged files
        problem = f"this file cannot be read in full ({type(error).__name__})"
        raise InputError(problem, file=path, expected=_REMEDIES.get(kind, _REMEDY)) from error


def check_kind(path: Path) -> str:
    """The ending of `path` in lower case; InputError if there is no file, or its content is of another kind."""
    if path.is_dir():
        raise InputError("this is a folder", file=path, expected="Give the file itself.")
    if not path.exists():
        raise InputError("there is no such file", file=path, expected=_nearest(path))
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"the ending {ending!r} is not known", file=path, expected=f"Known: {', '.join(ENDINGS)}.")
    head = _head(path)
    kind, endings = _workbook_kind(path, head) or (_kind(head), WORKBOOKS)
    magic = _MAGIC.get(ending)
    fits = magic.match(head) and (ending not in WORKBOOKS or ending in endings) if magic else kind is None
    if not fits:
        looks, advice = kind or _plain_kind(head)
        raise InputError(f"this is not {ending[1:]}: it looks like {looks}", file=path, expected=advice)
    return ending


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


def _workbook_kind(path: Path, head: bytes) -> tuple[tuple[str, str], Sequence[str]] | None:
    """What a workbook is, what to do, and the endings that it may have; None for files that are not known as such."""
    if head.startswith(_OLE):
        content = path.read_bytes()
        if "EncryptedPackage".encode("utf-16-le") in content:
            return _PASSWORD, ()
        parts = [_OLD_BOOK] if any(name.encode("utf-16-le") in content for name in (_OLD_BOOK, "Book")) else []
    elif head.startswith(_ZIP):
        try:
            with ZipFile(path) as archive:
                parts = archive.namelist()
                if "mimetype" in parts:
                    parts.append(archive.read("mimetype").decode("utf-8", "replace").strip())
        except BadZipFile:
            return None
    else:
        return None
    for part, (name, endings) in _INSIDE.items():
        if part in parts:
            return (f"{name} ({endings[0]})", f"Give it the ending {endings[0]}."), endings
    return None


def _kind(head: bytes) -> tuple[str, str] | None:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    fitting = (magic for magic in _KINDS if head.startswith(magic) or start[: len(magic)].lower() == magic)
    return _KINDS.get(next(fitting, b""))


def _plain_kind(head: bytes) -> tuple[str, str]:
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "a file of an unknown kind", _EXPORT
    return "text", "Give it the ending .csv, or export the data again."
