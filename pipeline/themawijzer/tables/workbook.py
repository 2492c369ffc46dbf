"""Excel workbooks, read as what they hold: text, numbers, dates, times, durations, and the zeros before an id."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

import pandas as pd
from openpyxl import load_workbook  # openpyxl ships no types
from openpyxl.cell.text import Text
from openpyxl.utils import get_column_letter
from openpyxl.utils.escape import unescape
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring

from themawijzer.errors import InputError, named
from themawijzer.tables.cells import alike, cell_text, saying
from themawijzer.tables.described import Description
from themawijzer.tables.parts import OtherSheet
from themawijzer.tables.sheet_columns import Padded, SheetCell, typed_columns

Page = tuple[pd.DataFrame, dict[str, Description]]  # the values of a sheet, and what its columns are
_ZEROS = re.compile(r"0+")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_MERGED_HEADER = re.compile(rb'mergeCell [^>]*ref="([A-Z]+)1:')
_MERGED = re.compile(rb'mergeCell [^>]*ref="([A-Z]+)([0-9]+):')


def read_workbook(
    path: Path, *, sheets: Sequence[str] = (), all_sheets: bool = False
) -> tuple[dict[str, Page], list[OtherSheet]]:
    """The `sheets`, or the first visible one that is not empty, or all these; by title. And the others.

    Empty rows and columns at the end are dropped. Raises InputError for an unknown sheet, an error cell, a formula
    that was never computed, and merged or empty cells in the header.
    """
    with _opened(path, data_only=True) as book:
        pages = _pick(book, sheets, path)
        chosen = pages if sheets or all_sheets else pages[:1]
        titles = {page.title for page in chosen}
        others = [other for page in book.worksheets if page.title not in titles and (other := _other(page))]
        return {page.title: _read_page(page, _xml(page), path) for page in chosen}, others


def read_whole_sheets(path: Path, sheets: Iterable[str]) -> dict[str, Page]:
    """These sheets as `read_workbook` gives one; InputError for merged cells anywhere, as they hide all but one."""
    frames = {}
    with _opened(path, data_only=True) as book:
        for sheet in sheets:
            xml = _xml(book[sheet])
            _refuse_merged(xml, f"{path}, sheet {sheet}")
            frames[sheet] = _read_page(book[sheet], xml, path)
    return frames


def headers(path: Path) -> dict[str, list[str]]:
    """The first rows of the sheets that have one, as text."""
    with _opened(path, data_only=True) as book:
        found = {page.title: next(page.values, ()) for page in book.worksheets}
    names = {title: [cell_text(value) for value in values] for title, values in found.items()}
    return {title: texts for title, texts in names.items() if any(texts)}


@contextmanager
def _opened(path: Path, *, data_only: bool) -> Iterator[Any]:
    # The file is opened here and not by openpyxl, which leaves it open when a sheet is read half.
    with path.open("rb") as file, closing(load_workbook(file, read_only=True, data_only=data_only)) as book:
        strings = _strings(file)
        for page in book.worksheets:
            page.reset_dimensions()  # some programs write too small a size, and rows beyond it would be lost
            page._shared_strings = strings or page._shared_strings
        yield book


def _strings(file: IO[bytes]) -> list[str]:
    """The texts that all sheets share, if openpyxl would change any by unescaping too much; else none.

    `_x005F_x000D_` is the text `_x000D_`, which without its first part would stand for a carriage return.
    """
    with ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith("sharedstrings.xml")]
        xml = archive.read(names[0]) if names else b""
    if b"x005F_" not in xml:
        return []
    return [Text.from_tree(node).content for node in fromstring(xml).iter(f"{{{SHEET_MAIN_NS}}}si")]


def _pick(book: Any, sheets: Sequence[str], path: Path) -> list[Any]:
    """The sheets, as people call them, or all visible ones with something in them."""
    pages = {page.title: page for page in book.worksheets}
    expected = f"Sheets: {', '.join(pages)}. Name one: {saying('sheet')}."
    found = [alike(sheet, pages) for sheet in sheets]
    for sheet, titles in zip(sheets, found, strict=True):
        if not titles:
            raise InputError(f"there is no sheet {sheet!r}", file=path, expected=expected)
    filled = (page for page in pages.values() if page.sheet_state == "visible" and _is_filled(page))
    if chosen := list(dict.fromkeys(pages[titles[0]] for titles in found)) or list(filled):
        return chosen
    raise InputError("no visible sheet has anything in it", file=path, expected=expected)


def _is_filled(page: Any) -> bool:
    return any(cell.value is not None for row in page.rows for cell in row)


def _other(page: Any) -> OtherSheet | None:
    """A sheet that is not read; None for one without anything in it."""
    n_filled = sum(any(value is not None for value in values) for values in page.values)
    return OtherSheet(page.title, n_filled - 1, page.sheet_state != "visible") if n_filled else None


def _xml(page: Any) -> bytes:
    # openpyxl's lean reader hides merged cells and formulas; the sheet's own text shows whether to look for them.
    with page._get_source() as source:
        content: bytes = source.read()
    return content


def _read_page(page: Any, xml: bytes, path: Path) -> Page:
    _refuse_merged_header(xml, path)
    if _FORMULA.search(xml):
        _refuse_uncomputed(page, path)
    rows, formats = _rows(page.rows, path)
    return typed_columns(rows, formats, file=path)


def _refuse_merged(xml: bytes, place: str) -> None:
    if merged := _MERGED.search(xml):
        column, row = merged[1].decode(), int(merged[2])
        expected = "Unmerge them, and fill in every cell for itself."
        raise InputError("merged cells", file=place, row=row, column=column, expected=expected)


def _refuse_merged_header(xml: bytes, path: Path) -> None:
    merged = _MERGED_HEADER.search(xml)
    if merged:
        expected = "Unmerge the cells of the first row and give each column one name there."
        raise InputError("merged cells in the header", file=path, row=1, column=merged[1].decode(), expected=expected)


def _refuse_uncomputed(page: Any, path: Path) -> None:
    with _opened(path, data_only=False) as book:
        for computed, written in zip(page.rows, book[page.title].rows, strict=True):
            for value, formula in zip(computed, written, strict=True):
                # "" as the outcome of a formula also reads as None, but then the cell has the type "str"
                if formula.data_type == "f" and value.value is None and value.data_type == "n":
                    expected = "Open the workbook in Excel and save it, so that formulas have values."
                    raise InputError(
                        "a formula without a value", file=path, row=formula.row, column=formula.column_letter,
                        expected=expected,
                    )  # fmt: skip


def _rows(rows: Iterable[Sequence[Any]], path: Path) -> tuple[list[list[SheetCell]], dict[int, str]]:
    """The cells as values, and by column the format of the first that is no text."""
    found, formats = list[list[SheetCell]](), dict[int, str]()
    for cells in rows:
        names = found[0] if found else []
        values = [_value(cell, names, path) for cell in cells]
        if found:  # below the header
            for place, (cell, value) in enumerate(zip(cells, values, strict=True)):
                if place not in formats and value is not None and not isinstance(value, str):
                    formats[place] = cell.number_format or ""
        found.append(values)
    return found, formats


def _value(cell: Any, names: Sequence[SheetCell], path: Path) -> SheetCell:
    value = cell.value
    if cell.data_type == "e":
        letter = get_column_letter(cell.column)
        name = named(cell_text(names[cell.column - 1])) if cell.column <= len(names) else ""
        column = f"{letter} ({name.strip()})" if name else letter
        problem = f"the cell holds the error {value}"
        raise InputError(problem, file=path, row=cell.row, column=column, expected="Mend or clear the cell in Excel.")
    if isinstance(value, str):
        return str(unescape(value))
    if cell.data_type == "n" and _ZEROS.fullmatch(cell.number_format or "") and cell_text(value).isdecimal():
        return Padded(int(value), len(cell.number_format))
    return value
