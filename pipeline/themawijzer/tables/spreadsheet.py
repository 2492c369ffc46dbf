"""Excel workbooks out, row after row: text that stays text, numbers that are numbers, and the same bytes each time."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import repeat
from math import ceil, isfinite
from pathlib import Path
from typing import Any

import numpy as np

from themawijzer.tables.cells import FORMULA_STARTS

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
MAX_CHARACTERS = 32_767  # of a cell, counted as UTF-16 does
MAX_HEIGHT = 409  # of a row, in points
LINE = 15  # points
HEADER, UPRIGHT, TITLE = "header", "upright", "title"
TEXT, WRAPPED, NUMBER, SHARE = "text", "wrapped", "number", "share"
_PAGE = 290  # characters that a printed page, A4 on its side, is wide at most: letters of about five points
_UPRIGHT_LINES = 12  # of a header with names that stand upright
_HEADER = {
    "num_format": "@", "bold": True, "font_color": "white", "bg_color": "#1F3864", "text_wrap": True,
    "valign": "bottom",
}  # fmt: skip
_STYLES: Mapping[str, Mapping[str, object]] = {
    HEADER: _HEADER,
    UPRIGHT: {**_HEADER, "rotation": 90},
    TEXT: {"num_format": "@"},
    WRAPPED: {"num_format": "@", "text_wrap": True},
    NUMBER: {},
    SHARE: {"num_format": "0.0%"},
    TITLE: {"num_format": "@", "bold": True, "font_size": 14},
}
_LACKING = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_LIKE_CODED = re.compile("_x[0-9a-fA-F]{4}_")
_SPECIAL = re.compile(f"[&<>]|{_LACKING.pattern}|{_LIKE_CODED.pattern}")
Cells = Any  # of one column: an array of numbers, or a list of text, truth values, numbers, and numbers with a format


@dataclass(frozen=True)
class SheetColumn:
    """A column's first cell, its width in characters, and the style (or number format) of the cells below."""

    name: str
    width: float
    style: str = TEXT
    is_upright: bool = False  # the name, for a column that is narrower


class WorkbookWriter:
    """An Excel workbook with the sheets in this order; `cut_mark` ends text that is too long for a cell.

    `footer` is what stands below printed pages, as Excel writes that. Until the workbook closes, its rows wait on disk.
    """

    def __init__(self, path: Path, cut_mark: str, sheets: Sequence[str] = (), footer: str = "") -> None:
        self._path, self._content = path, BytesIO()
        self._book = new_book(
            self._content, tmpdir=str(path.parent), constant_memory=True, use_zip64=True,
            default_format_properties={"valign": "top"},
        )  # fmt: skip
        self._pages = {name: self._book.add_worksheet(name) for name in sheets}
        self._sheets: list[SheetWriter] = []
        self.cut_mark, self._footer = cut_mark, footer
        self._formats: dict[tuple[str, bool], str] = {}

    def format(self, style: str, *, is_quoted: bool = False) -> str:
        """What a cell says of its format: that of a style, or a number format."""
        key = (style, is_quoted)
        if key not in self._formats:
            look = _STYLES.get(style, {"num_format": style})
            added = self._book.add_format({**look, "quote_prefix": True} if is_quoted else look)
            self._formats[key] = f' s="{added._get_xf_index()}"'
        return self._formats[key]

    def sheet(
        self, name: str, columns: Sequence[SheetColumn], *, has_header: bool = True, repeated: int = 0
    ) -> "SheetWriter":
        """A sheet; its first row is a header that stays in sight, or else a title.

        Printed, it is as few pages wide as can be read; the header and the column with the place `repeated` stand on
        each.
        """
        page = self._pages.get(name) or self._book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(9)  # A4
        page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        page.set_footer(self._footer)
        page.fit_to_pages(_n_pages([column.width for column in columns], repeated), 0)
        if has_header:
            page.freeze_panes(1, 0)
            page.repeat_rows(0)
            page.repeat_columns(repeated, repeated)
        for place, column in enumerate(columns):
            page.set_column(place, place, column.width)
        sheet = SheetWriter(page, self, [column.style for column in columns], has_header=has_header)
        looks = [UPRIGHT if column.is_upright else HEADER for column in columns]
        n_lines = max(map(_n_lines, columns)) if has_header else 1
        sheet.add(
            [[column.name] for column in columns], [n_lines], styles=looks if has_header else [TITLE] * len(columns)
        )
        self._sheets.append(sheet)
        return sheet

    def close(self) -> None:
        """Write the workbook; raises OSError if that fails."""
        for sheet in self._sheets:
            sheet.finish()
        close_book(self._book)
        self._path.write_bytes(self._content.getbuffer())

    def abandon(self) -> None:
        """Close the temporary files without making a workbook."""
        for page in self._book.worksheets():
            page.row_data_fh.close()


@dataclass
class SheetWriter:
    """One sheet, while its rows are written; `n_cut` counts cells that Excel cannot hold whole.

    They are put as they stand in the file where XlsxWriter keeps its own until the book is closed: what it does per
    cell takes several times as long.
    """

    page: Any  # XlsxWriter has no types
    book: WorkbookWriter
    styles: Sequence[str]
    has_header: bool
    n_rows: int = 0
    n_cut: int = 0

    def add(self, columns: Sequence[Cells], n_lines: Iterable[int] = repeat(1), *, styles: Sequence[str] = ()) -> None:
        """Write rows, given per column; `n_lines` are their heights, and `styles` replace those of the columns."""
        rows: list[list[str]] = [[] for _ in columns[0]]
        for place, cells in enumerate(columns):
            self._fill(rows, place, cells, (styles or self.styles)[place])
        for cells, n in zip(rows, n_lines, strict=False):
            height = f' ht="{min(n * LINE, MAX_HEIGHT)}" customHeight="1"' if n > 1 else ""
            self.n_rows += 1
            if cells or height:
                self.page.row_data_fh.write(f'<row r="{self.n_rows}"{height}>{"".join(cells)}</row>')
        for row in (0, self.n_rows - 1):  # so that the sheet knows how large it is
            self.page._check_dimensions(row, 0)
            self.page._check_dimensions(row, len(columns) - 1)

    def finish(self) -> None:
        """Filter all rows, and hide the warnings about numbers stored as text."""
        from xlsxwriter.utility import xl_range

        area = (0, 0, self.n_rows - 1, len(self.styles) - 1)
        self.page.print_area(*area)  # text that runs on beside the last column makes no pages
        if self.has_header:
            self.page.autofilter(*area)
        self.page.ignore_errors({"number_stored_as_text": xl_range(*area)})

    def _fill(self, rows: list[list[str]], place: int, cells: Cells, style: str) -> None:
        """Add the filled cells of a column to rows that come below those that are there."""
        from xlsxwriter.utility import xl_col_to_name

        name, first = xl_col_to_name(place), self.n_rows + 1
        if isinstance(cells, np.ndarray):
            filled = np.flatnonzero(~np.isnan(cells)).tolist()
        else:
            filled = [row for row, cell in enumerate(cells) if cell != ""]
        for row in filled:
            rows[row].append(f'<c r="{name}{first + row}"{self._cell(cells[row], style)}</c>')

    def _cell(self, cell: Any, style: str) -> str:
        """The rest of a cell's first tag, and what is in it."""
        match cell:
            case str():
                return self._text(cell, style)
            case bool():
                return f'{self.book.format(style)} t="b"><v>{cell:d}</v>'
            case (number, own_format):
                return f"{self.book.format(own_format)}><v>{number:.16G}</v>"
        if not isfinite(cell):  # which a sheet has only as text
            return self._text(str(cell), style)
        return f"{self.book.format(style)}><v>{cell:.16G}</v>"

    def _text(self, text: str, style: str) -> str:
        if len(text) * 2 > MAX_CHARACTERS and length(text) > MAX_CHARACTERS:
            mark = self.book.cut_mark
            text, self.n_cut = head(text, MAX_CHARACTERS - len(mark)) + mark, self.n_cut + 1
        # Without a quote prefix, Excel would run these as a formula when somebody edits the cell.
        look = self.book.format(style, is_quoted=text.startswith(FORMULA_STARTS))
        space = ' xml:space="preserve"' if text != text.strip() else ""
        return f'{look} t="inlineStr"><is><t{space}>{_escaped(text)}</t></is>'


def _n_pages(widths: Sequence[float], repeated: int) -> int:
    """How many pages a sheet is wide, of which all have the repeated column."""
    room = max(_PAGE - widths[repeated], _PAGE / 2)
    return max(1, ceil((sum(widths) - widths[repeated]) / room))


def _n_lines(column: SheetColumn) -> int:
    """How many lines the name takes in the header."""
    if column.is_upright:
        return min(ceil(len(column.name) / 2) + 1, _UPRIGHT_LINES)
    return ceil((len(column.name) + 3) / column.width)  # beside the button that filters


def _escaped(text: str) -> str:
    """The text as XML, in which Excel writes characters that XML lacks as _x0001_, and the _ of such a text as well."""
    if not _SPECIAL.search(text):
        return text
    coded = _LACKING.sub(lambda found: f"_x{ord(found[0]):04X}_", _LIKE_CODED.sub(r"_x005F\g<0>", text))
    return coded.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def new_book(content: BytesIO, *, author: str = "", **options: Any) -> Any:
    """An XlsxWriter workbook in memory, as on a full disk its ZIP file would raise errors that no caller can catch."""
    from xlsxwriter import Workbook

    book = Workbook(content, options)
    book.set_properties({"author": author, "created": datetime(1980, 1, 1)})  # of no zone: the same bytes always
    return book


def close_book(book: Any) -> None:
    """Finish the content; raises OSError if that fails."""
    from xlsxwriter.exceptions import FileCreateError

    try:
        book.close()
    except FileCreateError as error:
        raise error.args[0].with_traceback(None) from None  # a traceback would keep the unfinished ZIP file open


def length(text: str) -> int:
    """The number of characters as Excel counts them."""
    return len(text.encode("utf-16-le")) // 2


def head(text: str, n_characters: int) -> str:
    """The beginning of the text, at most so many characters as Excel counts them."""
    return text.encode("utf-16-le")[: n_characters * 2].decode("utf-16-le", "ignore")


def write_text(page: Any, row: int, place: int, text: str, style: Any) -> None:
    """Write the text literally, whatever it looks like."""
    if text.startswith("<r>") and text.endswith("</r>"):  # `write_string` would take this for XML
        page.write_rich_string(row, place, *text[:2], text[2:], style)
    else:
        page.write_string(row, place, text, style)
