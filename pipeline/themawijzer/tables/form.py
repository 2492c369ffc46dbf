"""Excel workbooks that people fill in: given cells are locked text, and only the cells to fill in are open."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from io import BytesIO
from pathlib import Path
from typing import Any

from themawijzer.errors import InputError
from themawijzer.files import file_beside
from themawijzer.tables.spreadsheet import MAX_CHARACTERS, MAX_HEIGHT, close_book, length, new_book, write_text

NARROW = 6  # columns as narrow as this one have their heading upright
LINE, UPRIGHT = 15.5, 190  # heights in points: of a line, and of upright headings
_CHOICES, _AUTHOR = "keuze", "Themawijzer"
_CELL = {"num_format": "@", "text_wrap": True, "valign": "top", "align": "left", "border": 1, "border_color": "#D0D5DB"}
_HEADING = {**_CELL, "bold": True, "valign": "bottom", "bg_color": "#E8EDF3"}
_ALLOWED = {"objects": True, "scenarios": True, "format_columns": True, "format_rows": True, "autofilter": True}


class CellUse(Enum):
    """What people do with the cells of a column."""

    READ = auto()
    NAME = auto()  # read it first
    MARK = auto()  # choose the mark, or leave it empty
    MARK_ALONE = auto()  # the same, where no other mark is
    WRITE = auto()
    HIDDEN = auto()


MARKS = (CellUse.MARK, CellUse.MARK_ALONE)
_OPEN = {**_CELL, "locked": False}
# Formats of cells by use, of headings, and of rows that are done or contradict themselves.
_LOOKS: Mapping[CellUse | str, Mapping[str, object]] = {
    CellUse.READ: _CELL,
    CellUse.NAME: {**_CELL, "bold": True},
    **{kind: {**_OPEN, "align": "center"} for kind in MARKS},
    CellUse.WRITE: _OPEN,
    CellUse.HIDDEN: _CELL,
    "heading": _HEADING,
    "upright": {**_HEADING, "align": "center", "rotation": 90},
    "done": {"bg_color": "#E3F1E3"},
    "wrong": {"bg_color": "#F8C9C4"},
}
Formats = Mapping[CellUse | str, Any]


@dataclass(frozen=True, kw_only=True)
class FormColumn:
    """A column with its cells; `hint` is shown when the mouse is on its heading."""

    heading: str
    cells: Sequence[str]
    kind: CellUse = CellUse.READ
    width: float = 12  # in characters
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class FormSheet:
    """A sheet of columns, of which the first `n_fixed` stay in view."""

    title: str
    columns: Sequence[FormColumn]
    n_fixed: int = 0


@dataclass(frozen=True, kw_only=True)
class AllowedMark:
    """The mark that a cell accepts, and the message for people who type something else."""

    text: str
    title: str
    message: str


def write_form(path: Path, sheets: Sequence[FormSheet], mark: AllowedMark) -> None:
    """Write the workbook; it appears whole or not at all. Raises InputError for a text that no cell can hold."""
    _refuse_long_texts(path, sheets)
    content = BytesIO()
    book = new_book(content, author=_AUTHOR, in_memory=True)
    formats = {of: book.add_format(look) for of, look in _LOOKS.items()}
    for sheet in sheets:
        page = book.add_worksheet(sheet.title)
        for place, column in enumerate(sheet.columns):
            _fill(page, place, column, formats)
        _ask(page, sheet, mark, formats)
        _lay_out(page, sheet)
    choices = book.add_worksheet(_CHOICES)  # on a sheet, because a list inside the rule would refuse capitals
    choices.write_string("A1", mark.text)
    choices.very_hidden()
    close_book(book)
    with file_beside(path) as beside:
        beside.write_bytes(content.getbuffer())


def _refuse_long_texts(path: Path, sheets: Sequence[FormSheet]) -> None:
    for column in (column for sheet in sheets for column in sheet.columns):
        for row, text in enumerate([column.heading, *column.cells], start=1):
            if length(text) > MAX_CHARACTERS:
                problem = f"a text has {length(text):,} characters, and a cell of Excel holds {MAX_CHARACTERS:,}"
                expected = "Leave it out of the responses, or use files in CSV."
                name = column.heading.splitlines()[0]
                raise InputError(problem, file=path, row=row, column=name, expected=expected)


def _fill(page: Any, place: int, column: FormColumn, formats: Formats) -> None:
    page.set_column(place, place, column.width, None, {"hidden": column.kind is CellUse.HIDDEN})
    write_text(page, 0, place, column.heading, formats["upright" if column.width <= NARROW else "heading"])
    if column.hint:
        page.write_comment(0, place, column.hint, {"author": _AUTHOR, "height": 260, "width": 420})
    for row, text in enumerate(column.cells, start=1):
        if text:
            write_text(page, row, place, text, formats[column.kind])
        else:
            page.write_blank(row, place, None, formats[column.kind])


def _ask(page: Any, sheet: FormSheet, mark: AllowedMark, formats: Formats) -> None:
    """Let people choose marks from a list, and color rows that are done or contradict themselves."""
    from xlsxwriter.utility import xl_col_to_name

    marks = [place for place, column in enumerate(sheet.columns) if column.kind in MARKS]
    if not marks:
        return
    rule = {"validate": "list", "source": f"={_CHOICES}!$A$1", "error_title": mark.title, "error_message": mark.message}
    n_rows = len(sheet.columns[0].cells)
    page.data_validation(1, marks[0], n_rows, marks[-1], rule)
    rows = (1, 0, n_rows, marks[-1])
    n_marks = f"COUNTA(${xl_col_to_name(marks[0])}2:${xl_col_to_name(marks[-1])}2)"
    for place in marks:
        if sheet.columns[place].kind is CellUse.MARK_ALONE:
            both = f'=AND(${xl_col_to_name(place)}2<>"",{n_marks}>1)'
            wrong = {"type": "formula", "criteria": both, "format": formats["wrong"], "stop_if_true": True}
            page.conditional_format(*rows, wrong)
    page.conditional_format(*rows, {"type": "formula", "criteria": f"={n_marks}>0", "format": formats["done"]})


def _lay_out(page: Any, sheet: FormSheet) -> None:
    page.freeze_panes(1, sheet.n_fixed)
    page.hide_gridlines(2)
    page.protect("", _ALLOWED)
    is_upright = any(column.width <= NARROW for column in sheet.columns)
    headings = [column.heading for column in sheet.columns]
    page.set_row(0, UPRIGHT if is_upright else _height(headings, sheet.columns))
    for row, texts in enumerate(zip(*(column.cells for column in sheet.columns), strict=True), start=1):
        page.set_row(row, _height(texts, sheet.columns))
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _height(texts: Sequence[str], columns: Sequence[FormColumn]) -> float:
    """The height that shows all lines, since not every program fits rows by itself."""
    n_lines = max(
        sum(len(textwrap.wrap(line, int(column.width * 1.2))) or 1 for line in text.splitlines())
        for text, column in zip(texts, columns, strict=True)
        if column.kind is not CellUse.HIDDEN and column.width > NARROW
    )
    return min(max(n_lines, 1) * LINE + 3, MAX_HEIGHT)
