"""Workbooks, read as what they hold: text, numbers, dates, times, durations, and the zeros before an id."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl.utils import get_column_letter  # openpyxl ships no types
from openpyxl.utils.escape import unescape

from themawijzer.errors import InputError
from themawijzer.tables.cells import alike, cell_text, saying
from themawijzer.tables.described import Description
from themawijzer.tables.header_rows import SAMPLE_ROWS, find_header
from themawijzer.tables.parts import OtherSheet
from themawijzer.tables.sheet_columns import Padded, SheetCell, typed_columns
from themawijzer.tables.unfolding import Room
from themawijzer.tables.workbook_sheet import ERROR, FORMULA, MAX_FORMAT, NUMBER, WorkbookSheet

_ERROR = re.compile(r"#[A-Z0-9/]{1,9}[!?]?|Err:[0-9]{3}")
_ZEROS = re.compile(rf"0{{1,{MAX_FORMAT}}}")
# Sheets that hold no table.
_EXPLANATIONS = ("Lees mij", "Leesmij", "Leeswijzer", "Toelichting", "Read me", "Readme")


@dataclass(frozen=True, kw_only=True)
class ReadSheet:
    """What was read of a sheet, as `Table` has it."""

    values: pd.DataFrame
    described: dict[str, Description]
    header_rows: int = 1
    repeated_rows: Sequence[int] = ()


def read_workbook(
    room: Room, *, sheets: Sequence[str] = (), all_sheets: bool = False, header_rows: int | None = None
) -> tuple[dict[str, ReadSheet], list[OtherSheet]]:
    """The `sheets`, or the first visible one that is not empty, or all these; by title. And the others.

    A sheet that is called as an explanation, such as Lees mij, is no first one where there are others. `header_rows` is
    as `find_header` takes it. Empty rows and columns at the end are dropped. Raises InputError for an unknown sheet, an
    error cell, a formula that was never computed, merged or empty cells in the header, and what has no `room`.
    """
    with _opened(room) as pages:
        found = _pick(pages, sheets, room)
        chosen = found if sheets or all_sheets else found[:1]
        titles = {page.title for page in chosen}
        others = [other for page in pages if page.title not in titles and (other := _other(page, room))]
        return {page.title: _read_page(page, _placed(room, page, pages), header_rows) for page in chosen}, others


def read_whole_sheets(room: Room, sheets: Iterable[str]) -> dict[str, ReadSheet]:
    """These sheets as `read_workbook` gives one; InputError for merged cells anywhere, as they hide all but one."""
    frames = {}
    with _opened(room) as pages:
        for sheet in sheets:
            [page] = _pick(pages, [sheet], room)
            placed = _placed(room, page, pages)
            _refuse_merged(page, placed.file)
            frames[sheet] = _read_page(page, placed, 1)
    return frames


def _placed(room: Room, page: WorkbookSheet, pages: Sequence[WorkbookSheet]) -> Room:
    """The file, with the sheet where there are several, as an error names it."""
    return replace(room, file=Path(f"{room.file}, sheet {page.title}")) if len(pages) > 1 else room


def headers(room: Room) -> dict[str, list[str]]:
    """The first rows of the sheets that have one, as text."""
    with _opened(room) as pages:
        found = {page.title: next(iter(page.rows()), ()) for page in pages}
    names = {title: [cell_text(cell.value) for cell in cells] for title, cells in found.items()}
    return {title: texts for title, texts in names.items() if any(texts)}


@contextmanager
def _opened(room: Room) -> Iterator[list[WorkbookSheet]]:
    """The sheets, while the workbook is open; each kind loads its library when it is asked for."""
    match room.file.suffix.lower():
        case ".xls":
            from themawijzer.tables.old_workbook import old_sheets as opened
        case ".xlsb":
            from themawijzer.tables.binary_workbook import binary_sheets as opened
        case ".ods":
            from themawijzer.tables.open_document import open_document_sheets as opened
        case _:
            from themawijzer.tables.excel_workbook import excel_sheets as opened
    with opened(room) as pages:
        yield pages


def _pick(pages: Sequence[WorkbookSheet], sheets: Sequence[str], room: Room) -> list[WorkbookSheet]:
    """The sheets, as people call them, or all visible ones with something in them, but for explanations."""
    by_title = {page.title: page for page in pages}
    expected = f"Sheets: {', '.join(by_title)}. Name one: {saying('sheet')}."
    found = [alike(sheet, by_title) for sheet in sheets]
    for sheet, titles in zip(sheets, found, strict=True):
        if not titles:
            raise InputError(f"there is no sheet {sheet!r}", file=room.file, expected=expected)
    if sheets:
        return [by_title[title] for title in dict.fromkeys(titles[0] for titles in found)]
    if filled := [page for page in pages if page.is_visible and any(map(_is_filled, room.rows(page)))]:
        return [page for page in filled if not alike(page.title, _EXPLANATIONS)] or filled
    raise InputError("no visible sheet has anything in it", file=room.file, expected=expected)


def _is_filled(cells: Iterable[Any]) -> bool:
    return any(cell.value is not None for cell in cells)


def _other(page: WorkbookSheet, room: Room) -> OtherSheet | None:
    """A sheet that is not read; None for one without anything in it."""
    n_filled = sum(map(_is_filled, room.rows(page)))
    return OtherSheet(page.title, n_filled - 1, not page.is_visible) if n_filled else None


def _read_page(page: WorkbookSheet, room: Room, header_rows: int | None) -> ReadSheet:
    path = room.file
    rows, formats = _rows(page, room)
    if place := page.uncomputed():
        raise _uncomputed(*place, path)
    width = max(map(len, rows), default=0)
    sample = [[cell_text(cell) for cell in [*row, *[None] * (width - len(row))]] for row in rows[:SAMPLE_ROWS]]
    header = find_header(sample, wanted=header_rows, file=path)
    if header.n_rows == 1:
        _refuse_merged_header(page, path)
    top, body = rows[: header.n_rows], rows[header.n_rows :]
    repeated = {place + below for place in _repeated(body, top) for below in range(len(top))}
    body = [row for place, row in enumerate(body) if place not in repeated]
    values, described = typed_columns([header.names, *body], formats, file=path, first_row=header.n_rows + 1)
    return ReadSheet(
        values=values,
        described={name: replace(about, label=header.texts.get(name, "")) for name, about in described.items()},
        header_rows=header.n_rows,
        repeated_rows=[place + header.n_rows + 1 for place in sorted(repeated)],
    )


def _repeated(rows: Sequence[Sequence[SheetCell]], header: Sequence[Sequence[SheetCell]]) -> list[int]:
    """The places where the header stands again, as where sheets were put one below another."""
    if not header or len(header[0]) < 2:
        return []
    return [place for place, row in enumerate(rows) if row == header[0] and rows[place : place + len(header)] == header]


def _refuse_merged(page: WorkbookSheet, path: Path) -> None:
    for row, column in page.merged():
        expected = "Unmerge them, and fill in every cell for itself."
        raise InputError("merged cells", file=path, row=row, column=get_column_letter(column), expected=expected)


def _refuse_merged_header(page: WorkbookSheet, path: Path) -> None:
    for row, column in page.merged():
        if row == 1:
            expected = "Unmerge the cells of the first row and give each column one name there."
            letter = get_column_letter(column)
            raise InputError("merged cells in the header", file=path, row=1, column=letter, expected=expected)


def _uncomputed(row: int, column: int, path: Path) -> InputError:
    expected = "Open the workbook in Excel and save it, so that formulas have values."
    letter = get_column_letter(column)
    return InputError("a formula without a value", file=path, row=row, column=letter, expected=expected)


def _rows(page: WorkbookSheet, room: Room) -> tuple[list[list[SheetCell]], dict[int, str]]:
    """The cells as values, and by column the format of the first that is no text."""
    found, formats = list[list[SheetCell]](), dict[int, str]()
    is_escaped = page.is_escaped
    for number, cells in enumerate(room.rows(page), start=1):
        values = []
        for place, cell in enumerate(cells):
            if cell.data_type in (ERROR, FORMULA):
                raise _unusable(cell, number, place, room.file)
            value = _value(cell, is_escaped=is_escaped)
            # below the header
            if found and place not in formats and value is not None and not isinstance(value, str):
                formats[place] = cell.number_format or ""
            values.append(value)
        found.append(values)
    return found, formats


def _unusable(cell: Any, row: int, place: int, path: Path) -> InputError:
    if cell.data_type == FORMULA:
        return _uncomputed(row, place + 1, path)
    letter = get_column_letter(place + 1)
    value = str(cell.value)
    problem = f"the cell holds the error {value}" if _ERROR.fullmatch(value) else "the cell holds an error"
    return InputError(problem, file=path, row=row, column=letter, expected="Mend or clear the cell in Excel.")


def _value(cell: Any, *, is_escaped: bool) -> SheetCell:
    value = cell.value
    if isinstance(value, str):
        return str(unescape(value)) if is_escaped else value
    if cell.data_type == NUMBER and _ZEROS.fullmatch(cell.number_format or "") and cell_text(value).isdecimal():
        return Padded(int(value), len(cell.number_format))
    return value
