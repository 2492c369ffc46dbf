"""Excel workbooks out, row after row: text that stays text, numbers that are numbers, and the same bytes each time.

Not by openpyxl, which on 7,655 real answers took eighteen times as long, keeps the time in the file, and leaves
control characters to its caller.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from xml.sax.saxutils import quoteattr

import numpy as np

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
MAX_CHARACTERS = 32_767  # of a cell, counted as UTF-16 does
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can tell
_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SPECIAL = re.compile("[&<>\\x00-\\x08\\x0b-\\x1f\ufffe\uffff\\ud800-\\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
_FIT = '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")  # Excel would read these again when somebody edits the cell
# The order is that of _FORMATS; the quoted one of a text style comes right after it.
HEADER, TEXT, WRAPPED, NUMBER, SHARE, TITLE = 1, 2, 4, 0, 6, 7
_TEXT_FORMAT, _SHARE_FORMAT = 49, 164
_FONTS = (
    '<fonts count="3"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><color rgb="FFFFFFFF"/><name val="Calibri"/></font>'
    '<font><b/><sz val="14"/><name val="Calibri"/></font></fonts>'
)
_FILLS = (
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FF1F3864"/><bgColor indexed="64"/></patternFill></fill>'
    "</fills>"
)


def _format(number: int, *, font: int = 0, fill: int = 0, wrap: int = 0, quoted: int = 0) -> str:
    return (
        f'<xf numFmtId="{number}" fontId="{font}" fillId="{fill}" borderId="0" xfId="0" quotePrefix="{quoted}" '
        f'applyNumberFormat="1" applyFont="1" applyFill="1" applyAlignment="1">'
        f'<alignment vertical="top" wrapText="{wrap}"/></xf>'
    )


_FORMATS = (
    _format(0),
    _format(_TEXT_FORMAT, font=1, fill=2),
    *(_format(_TEXT_FORMAT, wrap=wrap, quoted=quoted) for wrap in (0, 1) for quoted in (0, 1)),
    _format(_SHARE_FORMAT),
    _format(_TEXT_FORMAT, font=2),
)
_STYLES = (
    f'<styleSheet xmlns="{_NAMESPACE}"><numFmts count="1"><numFmt numFmtId="{_SHARE_FORMAT}" formatCode="0.0%"/>'
    f"</numFmts>{_FONTS}{_FILLS}"
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    f'<cellXfs count="{len(_FORMATS)}">{"".join(_FORMATS)}</cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True)
class SheetColumn:
    """The first cell of a column, and how wide it is, in characters."""

    name: str
    width: float


@dataclass
class Sheet:
    """One sheet, while its rows are written; `n_cut` counts cells that Excel cannot hold whole."""

    name: str
    file: IO[bytes]
    cut_mark: str
    n_rows: int = 0
    n_cut: int = 0

    def add(self, columns: Sequence[Iterable[str]], n_lines: Iterable[int] | None = None) -> None:
        """Write rows, of which the cells come per column, as XML; `n_lines` is how many lines of text each is high."""
        rows = ["".join(cells) for cells in zip(*columns, strict=True)]
        opened = repeat("<row>") if n_lines is None else (f'<row ht="{15 * n}" customHeight="1">' for n in n_lines)
        self.file.write("".join(f"{start}{row}</row>" for start, row in zip(opened, rows, strict=False)).encode())
        self.n_rows += len(rows)

    def texts(self, cells: Iterable[str], style: int = TEXT) -> list[str]:
        """Cells that Excel neither runs nor changes, whatever they look like."""
        return [self._text(cell, style) if cell else "<c/>" for cell in cells]

    def _text(self, text: str, style: int) -> str:
        if len(text) * 2 > MAX_CHARACTERS and _length(text) > MAX_CHARACTERS:
            text, self.n_cut = _head(text, MAX_CHARACTERS - len(self.cut_mark)) + self.cut_mark, self.n_cut + 1
        quoted = style in (TEXT, WRAPPED) and text.startswith(_STARTS)
        escaped = _SPECIAL.sub(_escaped, text)
        return f'<c s="{style + quoted}" t="inlineStr"><is><t xml:space="preserve">{escaped}</t></is></c>'


def number_cells(values: Iterable[float], style: int = NUMBER) -> list[str]:
    """Cells with numbers; empty for NaN."""
    start = f'<c s="{style}"><v>' if style else "<c><v>"
    return ["<c/>" if np.isnan(value) else f"{start}{value:.15g}</v></c>" for value in values]


@dataclass
class WorkbookWriter:
    """An Excel workbook that gets its sheets one after the other; on leaving it is whole.

    `cut_mark` stands at the end of text of which the rest does not fit in a cell.
    """

    path: Path
    cut_mark: str
    sheets: list[tuple[str, str]] = field(default_factory=list)
    n_cut: int = 0

    def __enter__(self) -> Self:
        self._zip = zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._write_parts()
        self._zip.close()

    @contextmanager
    def sheet(
        self, name: str, columns: Sequence[SheetColumn], *, has_header: bool = True, fits_page: bool = True
    ) -> Iterator[Sheet]:
        """A sheet of which the rows are added while this lasts; the header stays in sight and filters the rows.

        Where it `fits_page`, it is printed as wide as a page.
        """
        with self._zip.open(_entry(f"xl/worksheets/sheet{len(self.sheets) + 1}.xml"), "w", force_zip64=True) as file:
            sheet = Sheet(name, file, self.cut_mark)
            pages = _FIT * fits_page
            file.write(_opening(columns, pages, is_first=not self.sheets, has_header=has_header).encode())
            if has_header:
                sheet.add([sheet.texts([column.name], HEADER) for column in columns])
            yield sheet
            area = f"A1:{column_letters(len(columns))}{max(sheet.n_rows, 1)}"
            filters = f'<autoFilter ref="{area}"/>' if has_header else ""
            ignored = f'<ignoredErrors><ignoredError sqref="{area}" numberStoredAsText="1"/></ignoredErrors>'
            page = '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
            file.write(f"</sheetData>{filters}{page}{ignored}</worksheet>".encode())
        absolute = re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", area)
        self.sheets.append((name, absolute if has_header else ""))
        self.n_cut += sheet.n_cut

    def _write_parts(self) -> None:
        numbers = range(1, len(self.sheets) + 1)
        office = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        names = "".join(
            f'<definedName name="_xlnm._FilterDatabase" localSheetId="{place}" hidden="1">'
            f"{_SPECIAL.sub(_escaped, repr(name))}!{area}</definedName>"
            for place, (name, area) in enumerate(self.sheets)
            if area
        )
        parts = {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{office}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{office}.styles+xml"/>'
            + "".join(
                f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{office}.worksheet+xml"/>'
                for n in numbers
            )
            + "</Types>",
            "_rels/.rels": _relations({"rId1": ("officeDocument", "xl/workbook.xml")}),
            "xl/_rels/workbook.xml.rels": _relations(
                {f"rId{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in numbers}
                | {"styles": ("styles", "styles.xml")}
            ),
            "xl/workbook.xml": f'<workbook xmlns="{_NAMESPACE}" xmlns:r="{_RELATIONS}"><sheets>'
            + "".join(
                f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>'
                for n, (name, _) in zip(numbers, self.sheets, strict=True)
            )
            + f"</sheets><definedNames>{names}</definedNames></workbook>",
            "xl/styles.xml": _STYLES,
        }
        for name, content in parts.items():
            self._zip.writestr(_entry(name), _DECLARATION + content)


def column_letters(number: int) -> str:
    """What Excel calls the column, counted from 1."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _opening(columns: Sequence[SheetColumn], pages: str, *, is_first: bool, has_header: bool) -> str:
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' if has_header else ""
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{column.width:g}" customWidth="1"/>' for n, column in enumerate(columns, 1)
    )
    return (
        f'{_DECLARATION}<worksheet xmlns="{_NAMESPACE}">{pages}'
        f'<sheetViews><sheetView workbookViewId="0"{" tabSelected=" + chr(34) + "1" + chr(34) if is_first else ""}>'
        f'{pane}</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>{widths}</cols><sheetData>'
    )


def _relations(targets: dict[str, tuple[str, str]]) -> str:
    found = "".join(
        f'<Relationship Id="{key}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for key, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{found}</Relationships>'


def _escaped(found: re.Match[str]) -> str:
    return _ENTITIES.get(found[0]) or f"_x{ord(found[0]):04X}_"


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _head(text: str, length: int) -> str:
    """As much of the beginning as fits, in characters as UTF-16 counts them."""
    return text.encode("utf-16-le", "surrogatepass")[: length * 2].decode("utf-16-le", "ignore")
