"""Excel workbooks out, row after row: text that stays text, numbers that are numbers, and the same bytes each time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from io import BytesIO
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
MAX_CHARACTERS = 32_767  # of a cell, counted as UTF-16 does
ROWS = 1000  # whose XML is in memory together
LINE, MAX_HEIGHT = 15, 408.75  # of a row, in points
_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")  # Excel would read these again when somebody edits the cell
# What XML cannot hold, or Excel would read as such a character: it writes them as _x001F_.
_CONTROL, _LIKE_CONTROL = re.compile("[\0-\x08\x0b-\x1f\ufffe\uffff]"), re.compile("_(?=x[0-9a-fA-F]{4}_)")
_SPECIAL = re.compile(rf"[&<>]|^\s|\s\Z|{_CONTROL.pattern}|{_LIKE_CONTROL.pattern}")
HEADER, TEXT, WRAPPED, NUMBER, SHARE, TITLE = "header", "text", "wrapped", "number", "share", "title"
_STYLES: Mapping[str, Mapping[str, object]] = {
    HEADER: {"num_format": "@", "bold": True, "font_color": "white", "bg_color": "#1F3864"},
    TEXT: {"num_format": "@"},
    WRAPPED: {"num_format": "@", "text_wrap": True},
    NUMBER: {},
    SHARE: {"num_format": "0.0%"},
    TITLE: {"num_format": "@", "bold": True, "font_size": 14},
}
Cells = Any  # of one column: a sequence of text, or an array of numbers
_OPTIONS = {"constant_memory": True, "use_zip64": True, "default_format_properties": {"valign": "top"}}


@dataclass(frozen=True)
class SheetColumn:
    """The first cell of a column, how wide it is, in characters, and the style of what is below."""

    name: str
    width: float
    style: str = TEXT


class WorkbookWriter:
    """An Excel workbook; `cut_mark` stands at the end of text of which the rest does not fit in a cell.

    Until it is closed, its rows are in files beside it.
    """

    def __init__(self, path: Path, cut_mark: str) -> None:
        from xlsxwriter import Workbook

        self._path, self._content = path, BytesIO()  # on a full disk, a ZIP file would complain past every caller
        self._book = Workbook(self._content, {**_OPTIONS, "tmpdir": str(path.parent)})
        self._book.set_properties({"created": datetime(1980, 1, 1)})  # of no zone: the same bytes always
        self._sheets: list[Sheet] = []
        self.cut_mark = cut_mark
        self.plain, self.quoted = (
            {name: self._style({**style, **more}) for name, style in _STYLES.items()}
            for more in ({}, {"quote_prefix": True})
        )

    def sheet(
        self, name: str, columns: Sequence[SheetColumn], *, has_header: bool = True, fits_page: bool = True
    ) -> Sheet:
        """A sheet to add rows to; the header stays in sight and filters the rows, and without it, there is a title.

        Where it `fits_page`, it is printed as wide as a page.
        """
        page = self._book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(9)  # A4
        if fits_page:
            page.fit_to_pages(1, 0)
        if has_header:
            page.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            page.set_column(place, place, column.width)
        sheet = Sheet(page, self, [column.style for column in columns], has_header=has_header)
        sheet.add([[column.name] for column in columns], style=HEADER if has_header else TITLE)
        self._sheets.append(sheet)
        return sheet

    def _style(self, style: Mapping[str, object]) -> int:
        """The number by which cells name it, given here so that it does not depend on which cell comes first."""
        return int(self._book.add_format(style)._get_xf_index())

    def close(self) -> None:
        """Make it whole; raises OSError where that fails."""
        from xlsxwriter.exceptions import FileCreateError

        for sheet in self._sheets:
            sheet.finish()
        try:
            self._book.close()
        except FileCreateError as error:
            raise error.args[0].with_traceback(None) from None  # which would keep the half ZIP file open
        self._path.write_bytes(self._content.getbuffer())

    def abandon(self) -> None:
        """Close the files of rows, of which nothing will be made."""
        for page in self._book.worksheets():
            page.row_data_fh.close()


@dataclass
class Sheet:
    """One sheet, while its rows are written; `n_cut` counts cells that Excel cannot hold whole.

    It writes the XML of its rows itself, and passes over empty cells a column at a time: XlsxWriter, which writes all
    else, asks of every cell what it is, and takes five times as long.
    """

    page: Any  # XlsxWriter has no types
    book: WorkbookWriter
    styles: Sequence[str]
    has_header: bool
    n_rows: int = 0
    n_cut: int = 0

    def add(self, columns: Sequence[Cells], n_lines: Iterable[int] = repeat(1), *, style: str = "") -> None:
        """Write rows, of which the cells come per column; `n_lines` is how many lines of text each is high.

        Nothing is written for "" and NaN. Another style than the columns have can be given.
        """
        heights = map(_height, n_lines)
        for start in range(0, len(columns[0]), ROWS):
            rows = self._rows([cells[start : start + ROWS] for cells in columns], style)
            for number, (cells, height) in enumerate(zip(rows, heights, strict=False), start=self.n_rows + 1):
                if cells:
                    self.page.row_data_fh.write(f'<row r="{number}"{height}>{"".join(cells)}</row>')
            self.n_rows += len(rows)

    def finish(self) -> None:
        """Filter all rows, and leave out the warnings about numbers that are text."""
        from xlsxwriter.utility import xl_range

        area = (0, 0, self.n_rows - 1, len(self.styles) - 1)
        self.page.dim_rowmin, self.page.dim_colmin, self.page.dim_rowmax, self.page.dim_colmax = area
        if self.has_header:
            self.page.autofilter(*area)
        self.page.ignore_errors({"number_stored_as_text": xl_range(*area)})

    def _rows(self, columns: Sequence[Cells], style: str) -> list[list[str]]:
        """The XML of the cells of each row that are not empty."""
        from xlsxwriter.utility import xl_col_to_name

        rows: list[list[str]] = [[] for _ in columns[0]]
        for place, cells in enumerate(columns):
            add = self._add_numbers if isinstance(cells, np.ndarray) else self._add_texts
            add(rows, cells, xl_col_to_name(place), style or self.styles[place])
        return rows

    def _add_numbers(self, rows: list[list[str]], numbers: NDArray[np.float64], letters: str, style: str) -> None:
        index = self.book.plain[style]
        for row in np.flatnonzero(~np.isnan(numbers)).tolist():
            rows[row].append(f'<c r="{letters}{self.n_rows + row + 1}" s="{index}"><v>{numbers[row]:.16G}</v></c>')

    def _add_texts(self, rows: list[list[str]], texts: Sequence[str], letters: str, style: str) -> None:
        plain, quoted = self.book.plain[style], self.book.quoted[style]
        for row, text in enumerate(texts):
            if text:
                index = quoted if text.startswith(_STARTS) else plain
                start = f'<c r="{letters}{self.n_rows + row + 1}" s="{index}" t="inlineStr"><is>'
                rows[row].append(f"{start}{self._xml(text)}</is></c>")

    def _xml(self, text: str) -> str:
        if len(text) * 2 > MAX_CHARACTERS and _length(text) > MAX_CHARACTERS:
            mark = self.book.cut_mark
            text, self.n_cut = _head(text, MAX_CHARACTERS - len(mark)) + mark, self.n_cut + 1
        if not _SPECIAL.search(text):
            return f"<t>{text}</t>"
        text = _CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", _LIKE_CONTROL.sub("_x005F_", text))
        space = ' xml:space="preserve"' if text != text.strip() else ""
        return f"<t{space}>{escape(text, quote=False)}</t>"


def _height(n_lines: int) -> str:
    return f' ht="{min(n_lines * LINE, MAX_HEIGHT)}" customHeight="1"' if n_lines > 1 else ""


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _head(text: str, length: int) -> str:
    """As much of the beginning as fits, in characters as UTF-16 counts them."""
    return text.encode("utf-16-le")[: length * 2].decode("utf-16-le", "ignore")
