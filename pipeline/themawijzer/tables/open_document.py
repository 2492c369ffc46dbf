"""Spreadsheets of LibreOffice and others (.ods), as the OpenDocument standard describes them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element, iterparse
from zipfile import ZipFile

from openpyxl.cell.cell import ERROR_CODES  # openpyxl ships no types

from themawijzer.errors import InputError
from themawijzer.tables.unfolding import OBJECT_BYTES, Room
from themawijzer.tables.workbook_sheet import ERROR, FORMULA, MAX_FORMAT, NUMBER, WorkbookCell, WorkbookSheet

_OFFICE, _TABLE, _TEXT, _STYLE, _NUMBER = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}"
    for name in ("office", "table", "text", "style", "datastyle")
)
_ERROR = re.compile("|".join([*map(re.escape, ERROR_CODES), r"Err:\d+"]))
_DURATION = re.compile(r"(-?)PT(\d+)H(\d+)M(\d+)(?:[.,](\d+))?S")
_TRUTH = {"of:=TRUE()": True, "of:=FALSE()": False}  # how LibreOffice saves those of an Excel workbook
_NUMBERS = ("float", "percentage", "currency")


@contextmanager
def open_document_sheets(room: Room) -> Iterator[list[WorkbookSheet]]:
    """The sheets of a spreadsheet."""
    room.require_parts()
    with ZipFile(room.file) as archive:
        names = archive.namelist()
        manifest = "META-INF/manifest.xml"
        if manifest in names and b"encryption-data" in archive.read(manifest):
            expected = "Open it in LibreOffice, remove the password and save it again."
            raise InputError("this spreadsheet has a password", file=room.file, expected=expected)
        reader = _Reader(room)
        for name in [*["styles.xml"] * ("styles.xml" in names), "content.xml"]:
            with archive.open(name) as part:
                for _, node in iterparse(part):  # noqa: S314  Expat bounds what entities become
                    reader.take(node)
    yield list(reader.sheets)


@dataclass
class _OpenSheet:
    title: str
    is_visible: bool
    cells: list[list[WorkbookCell]]
    areas: list[tuple[int, int]]
    is_escaped: bool = False

    def rows(self) -> Iterable[Sequence[WorkbookCell]]:
        return self.cells

    def merged(self) -> Iterable[tuple[int, int]]:
        return self.areas

    def uncomputed(self) -> None:
        """None: the rows show it."""


@dataclass
class _Reader:
    """Takes the parts of a spreadsheet in the order in which they end."""

    room: Room
    sheets: list[WorkbookSheet] = field(default_factory=list)
    _formats: dict[str, str] = field(default_factory=dict)  # of styles of numbers
    _cell_formats: dict[str, str] = field(default_factory=dict)  # of styles of cells
    _hidden: set[str] = field(default_factory=set)  # styles of sheets
    _columns: list[str] = field(default_factory=list)  # the formats of the columns
    _rows: list[list[WorkbookCell]] = field(default_factory=list)
    _areas: list[tuple[int, int]] = field(default_factory=list)
    _n_empty: int = 0  # rows since the last that was not
    _n_bytes: int = 0  # of what was repeated in cells and rows

    def take(self, node: Element) -> None:
        """A part with all that is in it."""
        if node.tag == f"{_STYLE}style":
            self._take_style(node)
        elif node.tag.startswith(_NUMBER) and (name := node.get(f"{_STYLE}name")):
            self._formats[name] = _number_format(node)
        elif node.tag == f"{_TABLE}table-column":
            shown = self._cell_formats.get(node.get(f"{_TABLE}default-cell-style-name", ""), "")
            n_columns = int(node.get(f"{_TABLE}number-columns-repeated", "1"))
            self.room.require_sheet(1, len(self._columns) + n_columns)
            self._columns += [shown] * n_columns
        elif node.tag == f"{_TABLE}table-row":
            self._take_row(node)
            node.clear()
        elif node.tag == f"{_TABLE}table" and (title := node.get(f"{_TABLE}name")):
            is_visible = node.get(f"{_TABLE}style-name") not in self._hidden
            self.sheets.append(_OpenSheet(title, is_visible, self._rows, self._areas))
            self._columns, self._rows, self._areas, self._n_empty = [], [], [], 0

    def _take_style(self, node: Element) -> None:
        name = node.get(f"{_STYLE}name", "")
        own, parent = node.get(f"{_STYLE}data-style-name", ""), node.get(f"{_STYLE}parent-style-name", "")
        self._cell_formats[name] = self._formats.get(own, self._cell_formats.get(parent, ""))
        if any(part.get(f"{_TABLE}display") == "false" for part in node):
            self._hidden.add(name)

    def _take_row(self, node: Element) -> None:
        n, row, n_empty = int(node.get(f"{_TABLE}number-rows-repeated", "1")), list[WorkbookCell](), 0
        default = self._cell_formats.get(node.get(f"{_TABLE}default-cell-style-name", ""))
        self._fill(sum(abs(int(part.get(f"{_TEXT}c", "1"))) for part in node.iter(f"{_TEXT}s")))
        for part in node:
            n_cells = int(part.get(f"{_TABLE}number-columns-repeated", "1"))
            place = len(row) + n_empty
            if part.tag == f"{_TABLE}table-cell" and any(
                part.get(f"{_TABLE}number-{way}-spanned", "1") != "1" for way in ("columns", "rows")
            ):
                self._areas.append((len(self._rows) + self._n_empty + 1, place + 1))
            of_column = self._columns[place] if place < len(self._columns) else ""
            style = self._cell_formats.get(part.get(f"{_TABLE}style-name", ""), default or of_column)
            cell = _cell(part, style) if part.tag == f"{_TABLE}table-cell" else WorkbookCell()
            if cell.value is None and cell.data_type == NUMBER:
                n_empty += n_cells
            else:
                self.room.require_sheet(1, len(row) + n_empty + n_cells)
                row += [WorkbookCell()] * n_empty + [cell] * n_cells
                n_empty = 0
        if row:
            self.room.require_sheet(len(self._rows) + self._n_empty + n, len(row))
            self._fill(len(row) * OBJECT_BYTES)
            self._rows += [[]] * self._n_empty + [row] * n
            self._n_empty = 0
        else:
            self._n_empty += n

    def _fill(self, n_bytes: int) -> None:
        self._n_bytes += n_bytes
        self.room.require(self._n_bytes)


def _number_format(node: Element) -> str:
    """As Excel would write it, of durations, percentages and plain numbers; "" for others."""
    if node.get(f"{_NUMBER}truncate-on-overflow") == "false":
        return "[h]:mm:ss"
    number = node.find(f"{_NUMBER}number")
    if number is None or any(part.tag == f"{_NUMBER}text" and part.text != "%" for part in node):
        return ""
    n_digits, n_decimals = (
        int(number.get(f"{_NUMBER}{name}", "0")) for name in ("min-integer-digits", "decimal-places")
    )
    is_general = n_digits < 2 and f"{_NUMBER}decimal-places" not in number.keys()  # noqa: SIM118
    if is_general or max(n_digits, n_decimals) > MAX_FORMAT:
        return ""
    decimals = f".{'0' * n_decimals}" if n_decimals else ""
    percent = "%" if node.tag.endswith("percentage-style") else ""
    return f"{'0' * max(n_digits, 1)}{decimals}{percent}"


def _cell(node: Element, number_format: str) -> WorkbookCell:
    kind, formula, text = node.get(f"{_OFFICE}value-type"), node.get(f"{_TABLE}formula"), _shown(node)
    if formula and _ERROR.fullmatch(text):
        return WorkbookCell(text, ERROR)
    if formula and kind is None and node.find(f"{_TEXT}p") is None:  # which an outcome that is empty has
        return WorkbookCell(None, FORMULA)
    if kind in _NUMBERS and formula not in _TRUTH:
        return WorkbookCell(float(node.get(f"{_OFFICE}value", "nan")), NUMBER, number_format)
    match kind:
        case "date":
            return _moment(node.get(f"{_OFFICE}date-value", ""))
        case "time":
            return _duration(node.get(f"{_OFFICE}time-value", ""), number_format)
        case "boolean":
            return WorkbookCell(node.get(f"{_OFFICE}boolean-value") == "true")
        case None:
            return WorkbookCell()
    return WorkbookCell(_TRUTH.get(formula or "", text or node.get(f"{_OFFICE}string-value", "")))


def _moment(text: str) -> WorkbookCell:
    try:
        return WorkbookCell(datetime.fromisoformat(text))
    except ValueError:  # a year before 1 or after 9999
        return WorkbookCell("#VALUE!", ERROR)


def _duration(text: str, number_format: str) -> WorkbookCell:
    """A time of the day, unless it is shown as a duration or longer than a day."""
    if not (found := _DURATION.fullmatch(text)):
        return WorkbookCell("#VALUE!", ERROR)
    sign, hours, minutes, seconds, fraction = found.groups()
    microseconds = int((fraction or "0")[:6].ljust(6, "0"))
    value = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds), microseconds=microseconds)
    if sign or number_format or value >= timedelta(days=1):
        return WorkbookCell(-value if sign else value, NUMBER, number_format)
    return WorkbookCell((datetime.min + value).time())


def _shown(node: Element) -> str:
    """The paragraphs of a cell, without remarks and pictures in it."""
    return "\n".join(_paragraph(part) for part in node if part.tag == f"{_TEXT}p")


def _paragraph(node: Element) -> str:
    if not len(node):
        return node.text or ""
    texts = [node.text or ""]
    for part in node:
        match part.tag.removeprefix(_TEXT):
            case "s":
                texts.append(" " * int(part.get(f"{_TEXT}c", "1")))
            case "tab":
                texts.append("\t")
            case "line-break":
                texts.append("\n")
            case "note" | "ruby":  # not part of the text
                pass
            case _:
                texts.append(_paragraph(part) if part.tag.startswith(_TEXT) else "")
        texts.append(part.tail or "")
    return "".join(texts)
