"""Workbooks of Excel since 2007 (.xlsx, .xlsm), also in the Strict form of their standard."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

from openpyxl import load_workbook  # openpyxl ships no types
from openpyxl.cell.text import Text
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring

from themawijzer.tables.unfolding import Room, matches
from themawijzer.tables.workbook_sheet import FORMULA, NUMBER, WorkbookSheet

_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_UNESCAPED = re.compile(rb"x005F_")
_MERGED = re.compile(rb'mergeCell [^>]*ref="([A-Z]+[0-9]+):')
# What Strict files call the same parts, which openpyxl does not know.
_RELATIONS = "_rels/.rels"
_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = {
    b"http://purl.oclc.org/ooxml/spreadsheetml/main": b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/officeDocument/": b"http://schemas.openxmlformats.org/officeDocument/2006/",
    b"http://purl.oclc.org/ooxml/drawingml/": b"http://schemas.openxmlformats.org/drawingml/2006/",
}


@contextmanager
def excel_sheets(room: Room) -> Iterator[list[WorkbookSheet]]:
    """The sheets of a workbook, while it is open."""
    room.require_parts()
    with _opened(room.file, data_only=True) as book:
        yield [_ExcelSheet(page, room.file) for page in book.worksheets]


@dataclass(frozen=True)
class _ExcelSheet:
    page: Any
    path: Path
    is_escaped: bool = True

    @property
    def title(self) -> str:
        return str(self.page.title)

    @property
    def is_visible(self) -> bool:
        return bool(self.page.sheet_state == "visible")

    def rows(self) -> Iterable[Sequence[Any]]:
        return self.page.rows  # type: ignore[no-any-return]

    # openpyxl's lean reader hides merged cells and formulas; the sheet's own text shows whether to look for them.
    def merged(self) -> Iterable[tuple[int, int]]:
        with self.page._get_source() as source:
            for (first,) in matches(_MERGED, source):
                column, row = coordinate_from_string(first.decode())
                yield row, column_index_from_string(column)

    def uncomputed(self) -> tuple[int, int] | None:
        with self.page._get_source() as source:
            if next(matches(_FORMULA, source), None) is None:
                return None
        with _opened(self.path, data_only=False) as book:
            for computed, written in zip(self.page.rows, book[self.title].rows, strict=True):
                for value, formula in zip(computed, written, strict=True):
                    # "" as the outcome of a formula also reads as None, but then the cell has the type "str"
                    if formula.data_type == FORMULA and value.value is None and value.data_type == NUMBER:
                        return formula.row, formula.column
        return None


@contextmanager
def _opened(path: Path, *, data_only: bool) -> Iterator[Any]:
    # The file is opened here and not by openpyxl, which leaves it open when a sheet is read half.
    with _known(path) as file, closing(load_workbook(file, read_only=True, data_only=data_only)) as book:
        strings = _strings(file)
        for page in book.worksheets:
            page.reset_dimensions()  # some programs write too small a size, and rows beyond it would be lost
            page._shared_strings = strings or page._shared_strings
        yield book


@contextmanager
def _known(path: Path) -> Iterator[IO[bytes]]:
    """The file, a Strict one with the names that openpyxl knows."""
    with path.open("rb") as file:
        with ZipFile(file) as archive:
            is_strict = _RELATIONS in archive.namelist() and _STRICT in archive.read(_RELATIONS)
            content = _transitional(archive) if is_strict else file
        yield content


def _transitional(archive: ZipFile) -> BytesIO:
    content = BytesIO()
    with ZipFile(content, "w") as plain:
        for name in archive.namelist():
            part = archive.read(name)
            if name.endswith((".xml", ".rels")):
                for strict, known in _TRANSITIONAL.items():
                    part = part.replace(strict, known)
            plain.writestr(name, part)
    return content


def _strings(file: IO[bytes]) -> list[str]:
    """The texts that all sheets share, if openpyxl would change any by unescaping too much; else none.

    `_x005F_x000D_` is the text `_x000D_`, which without its first part would stand for a carriage return.
    """
    with ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith("sharedstrings.xml")]
        if not names:
            return []
        with archive.open(names[0]) as content:
            if next(matches(_UNESCAPED, content), None) is None:
                return []
        xml = archive.read(names[0])
    return [Text.from_tree(node).content for node in fromstring(xml).iter(f"{{{SHEET_MAIN_NS}}}si")]
