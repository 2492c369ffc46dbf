"""What all Excel workbooks that we write have in common: text that stays text, and the same bytes each time."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

MAX_CHARACTERS = 32_767  # of a cell, counted as UTF-16 does
MAX_HEIGHT = 409  # of a row, in points


def new_book(content: BytesIO, *, author: str = "", **options: Any) -> Any:
    """A workbook of XlsxWriter; in memory, as it would complain past every caller of a ZIP file on a full disk."""
    from xlsxwriter import Workbook

    book = Workbook(content, options)
    book.set_properties({"author": author, "created": datetime(1980, 1, 1)})  # of no zone: the same bytes always
    return book


def close_book(book: Any) -> None:
    """Make its content whole; raises OSError where that fails."""
    from xlsxwriter.exceptions import FileCreateError

    try:
        book.close()
    except FileCreateError as error:
        raise error.args[0].with_traceback(None) from None  # which would keep the half ZIP file open


def length(text: str) -> int:
    """How many characters Excel counts in it."""
    return len(text.encode("utf-16-le")) // 2


def head(text: str, n_characters: int) -> str:
    """As much of the beginning as has no more characters, as Excel counts them."""
    return text.encode("utf-16-le")[: n_characters * 2].decode("utf-16-le", "ignore")


def write_text(page: Any, row: int, place: int, text: str, style: Any) -> None:
    """Write a cell that holds the text, whatever it looks like."""
    if text.startswith("<r>") and text.endswith("</r>"):  # which `write_string` would write as XML of its own
        page.write_rich_string(row, place, *text[:2], text[2:], style)
    else:
        page.write_string(row, place, text, style)
