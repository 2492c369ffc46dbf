"""Workbooks of Excel before 2007 (.xls)."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from typing import Any

from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH
from xlrd import XLRDError, error_text_from_code, open_workbook  # xlrd ships no types
from xlrd.biffh import XL_CELL_BOOLEAN, XL_CELL_DATE, XL_CELL_ERROR, XL_CELL_NUMBER, XL_CELL_TEXT

from themawijzer.errors import InputError
from themawijzer.tables.unfolding import Room
from themawijzer.tables.workbook_sheet import ERROR, WorkbookCell, WorkbookSheet, number_cell


@contextmanager
def old_sheets(room: Room) -> Iterator[list[WorkbookSheet]]:
    """The sheets of a workbook, while it is open."""
    try:
        # Remarks about how the file is built go nowhere.
        book = open_workbook(
            file_contents=room.file.read_bytes(), formatting_info=True, logfile=StringIO(), ragged_rows=True
        )
    except XLRDError as error:
        if "encrypted" in str(error):
            expected = "Open it in Excel, remove the password, and save it as .xlsx."
            raise InputError("this workbook has a password", file=room.file, expected=expected) from None
        raise
    yield [_OldSheet(page) for page in book.sheets()]


@dataclass(frozen=True)
class _OldSheet:
    page: Any
    is_escaped: bool = False

    @property
    def title(self) -> str:
        return str(self.page.name)

    @property
    def is_visible(self) -> bool:
        return bool(self.page.visibility == 0)

    def rows(self) -> Iterable[Sequence[Any]]:
        return ([self._cell(cell) for cell in self.page.row(row)] for row in range(self.page.nrows))

    def merged(self) -> Iterable[tuple[int, int]]:
        return [(row + 1, column + 1) for row, _, column, _ in self.page.merged_cells]

    def uncomputed(self) -> None:
        """None: such files hold a value for every formula."""

    def _cell(self, cell: Any) -> WorkbookCell:
        match cell.ctype:
            case kind if kind in (XL_CELL_NUMBER, XL_CELL_DATE):
                book = self.page.book
                shown = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
                return number_cell(cell.value, shown, MAC_EPOCH if book.datemode else WINDOWS_EPOCH)
            case kind if kind == XL_CELL_ERROR:
                return WorkbookCell(error_text_from_code.get(cell.value, "#ERR!"), ERROR)
            case kind if kind == XL_CELL_BOOLEAN:
                return WorkbookCell(bool(cell.value))
            case kind if kind == XL_CELL_TEXT:
                return WorkbookCell(cell.value)
        return WorkbookCell()
