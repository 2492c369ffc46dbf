"""Binary workbooks of Excel since 2007 (.xlsb), record by record as [MS-XLSB] describes them.

Libraries for them give neither errors nor number formats: error cells would be empty, and ids would lose their zeros.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from struct import pack, unpack_from
from zipfile import ZipFile

from openpyxl.cell.cell import ERROR_CODES  # openpyxl ships no types
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH
from openpyxl.xml.functions import fromstring

from themawijzer.tables.unfolding import OBJECT_BYTES, Room
from themawijzer.tables.workbook_sheet import ERROR, WorkbookCell, WorkbookSheet, number_cell

# Kinds of records.
_ROW, _SHARED_TEXT, _FORMAT, _STYLE, _BOOK, _SHEET, _MERGED, _STYLES, _NO_STYLES = (
    0,
    19,
    44,
    47,
    153,
    156,
    176,
    617,
    618,
)
_SHORT, _ERROR, _BOOL, _REAL, _TEXT, _SHARED, _RICH = 2, (3, 11), (4, 10), (5, 9), (6, 8), 7, 62  # of cells
_ERRORS = dict(zip((0x00, 0x07, 0x0F, 0x17, 0x1D, 0x24, 0x2A), ERROR_CODES, strict=True))
_MAIN, _RELATIONS = "xl/workbook.bin", "xl/_rels/workbook.bin.rels"


@contextmanager
def binary_sheets(room: Room) -> Iterator[list[WorkbookSheet]]:
    """The sheets of a workbook, while it is open."""
    room.require_parts()
    with ZipFile(room.file) as archive:
        relations = {node.get("Id"): node for node in fromstring(_read(archive, _RELATIONS))}
        parts = {node.get("Type").rpartition("/")[2]: _part(node.get("Target")) for node in relations.values()}
        texts = _shared_texts(archive, parts.get("sharedStrings"), room)
        formats = _formats(archive, parts.get("styles"))
        epoch, sheets = WINDOWS_EPOCH, list[WorkbookSheet]()
        for kind, own in _records(archive, _MAIN):
            if kind == _BOOK and own[0] & 1:
                epoch = MAC_EPOCH
            if kind == _SHEET:
                relation = _text(own, 8)
                node = relations[relation]
                if node.get("Type").endswith("/worksheet"):  # others are charts
                    content, title = _read(archive, _part(node.get("Target"))), _text(own, 12 + 2 * len(relation))
                    sheets.append(_BinarySheet(title, own[0] == 0, content, texts, formats, epoch, room))
        yield sheets


@dataclass(frozen=True)
class _BinarySheet:
    title: str
    is_visible: bool
    content: bytes
    texts: Sequence[str]
    formats: Sequence[str]
    epoch: datetime
    room: Room
    is_escaped: bool = False

    def rows(self) -> Iterable[Sequence[WorkbookCell]]:
        row, n_rows = list[WorkbookCell](), 0
        for kind, own in _split(self.content):
            if kind == _ROW:
                (number,) = unpack_from("<I", own)
                if n_rows:
                    yield row
                yield from repeat([], number - n_rows)
                row, n_rows = [], number + 1
            elif (cell := self._cell(kind, own)) is not None:
                (place,) = unpack_from("<I", own)
                self.room.require_sheet(n_rows, place + 1)
                row += [WorkbookCell()] * (place - len(row))
                row.append(cell)
        yield row

    def merged(self) -> Iterable[tuple[int, int]]:
        for kind, own in _split(self.content):
            if kind == _MERGED:
                row, _, column = unpack_from("<III", own)
                yield row + 1, column + 1

    def uncomputed(self) -> None:
        """None: such files hold a value for every formula."""

    def _cell(self, kind: int, own: bytes) -> WorkbookCell | None:
        """The cell in a record; None for other records, and for cells without content."""
        if kind == _SHORT or kind in _REAL:
            number = _short(own) if kind == _SHORT else unpack_from("<d", own, 8)[0]
            return number_cell(number, self.formats[int.from_bytes(own[4:7], "little")], self.epoch)
        if kind == _SHARED:
            return WorkbookCell(self.texts[unpack_from("<I", own, 8)[0]])
        if kind in _TEXT or kind == _RICH:
            return WorkbookCell(_text(own, 9 if kind == _RICH else 8))
        if kind in _BOOL:
            return WorkbookCell(bool(own[8]))
        return WorkbookCell(_ERRORS.get(own[8], "#ERROR!"), ERROR) if kind in _ERROR else None


def _shared_texts(archive: ZipFile, part: str | None, room: Room) -> list[str]:
    found, n_bytes = list[str](), 0
    for kind, own in _records(archive, part):
        if kind == _SHARED_TEXT:
            found.append(_text(own, 1))
            n_bytes += OBJECT_BYTES + len(found[-1])
            room.require(n_bytes)
    return found


def _formats(archive: ZipFile, part: str | None) -> list[str]:
    """The number formats of the styles."""
    known, found, is_style = dict(BUILTIN_FORMATS), list[str](), False
    for kind, own in _records(archive, part):
        if kind == _FORMAT:
            known[unpack_from("<H", own)[0]] = _text(own, 2)
        elif kind in (_STYLES, _NO_STYLES):
            is_style = kind == _STYLES
        elif kind == _STYLE and is_style:
            found.append(known.get(unpack_from("<H", own, 2)[0], ""))
    return found


def _part(target: str) -> str:
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _records(archive: ZipFile, part: str | None) -> Iterable[tuple[int, bytes]]:
    return _split(_read(archive, part)) if part else ()


def _read(archive: ZipFile, part: str) -> bytes:
    """A part, whatever the capitals of its name."""
    names = {name.lower(): name for name in archive.namelist()}
    return archive.read(names[part.lower()])


def _split(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The records, each its kind and content."""
    place = 0
    while place < len(content):
        kind, place = _length(content, place, 2)
        size, place = _length(content, place, 4)
        yield kind, content[place : place + size]
        place += size


def _length(content: bytes, place: int, n_bytes: int) -> tuple[int, int]:
    """A number of at most so many bytes of seven bits, the lowest first, and the place after it."""
    number = 0
    for shift in range(0, 7 * n_bytes, 7):
        byte = content[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
    return number, place


def _short(own: bytes) -> float:
    """A number in four bytes: whole, or the first half of a float; in hundredths if the lowest bit says so."""
    (bits,) = unpack_from("<i", own, 8)
    number: float = bits >> 2 if bits & 2 else unpack_from("<d", pack("<ii", 0, bits & ~3))[0]
    return number / 100 if bits & 1 else number


def _text(own: bytes, place: int) -> str:
    (n,) = unpack_from("<I", own, place)
    return own[place + 4 : place + 4 + 2 * n].decode("utf-16-le", "surrogatepass")
