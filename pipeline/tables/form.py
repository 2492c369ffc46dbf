"""Excel workbooks that people fill in: what is there is text and locked, and only what they are asked is open."""

from __future__ import annotations

import datetime as dt
import io
import re
import textwrap
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from pipeline.errors import InputError
from pipeline.files import file_beside

MOST_CHARACTERS = 32_767  # in a cell
NARROW = 6  # columns as narrow as this one have their heading upright
LINE, HIGHEST, UPRIGHT = 15.5, 409, 190  # heights in points: of a line, of what a row can be, of upright headings
EPOCH = dt.datetime(1980, 1, 1)  # the earliest moment that a zip file can hold: the same form gives the same bytes
# What XML cannot hold or changes, and what reads as if it stood for that.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_CHOICES, _FONT = "keuze", "Calibri"
_GREY, _HEAD, _DONE, _WRONG = "D0D5DB", "E8EDF3", "E3F1E3", "F8C9C4"
_LINE = Side(style="thin", color=_GREY)
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


class Kind(Enum):
    """What people do with the cells of a column."""

    READ = auto()
    NAME = auto()  # read it first
    MARK = auto()  # choose the mark, or leave it empty
    MARK_ALONE = auto()  # the same, where no other mark is
    WRITE = auto()
    HIDDEN = auto()


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column with its cells; `hint` is shown when the mouse is on its heading."""

    heading: str
    cells: Sequence[str]
    kind: Kind = Kind.READ
    width: float = 12  # in characters
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet of columns, of which the first `n_fixed` stay in view."""

    title: str
    columns: Sequence[Column]
    n_fixed: int = 0


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What may stand in a cell to be marked, and what people read who type something else."""

    text: str
    title: str
    message: str


def write_form(path: Path, sheets: Sequence[Sheet], mark: Mark) -> None:
    """Write the workbook; it appears whole or not at all. Raises InputError for a text that no cell can hold."""
    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        page = book.create_sheet(sheet.title)
        for place, column in enumerate(sheet.columns, start=1):
            _fill(page, place, column, path)
        _ask(page, sheet, mark)
        _lay_out(page, sheet)
    choices = book.create_sheet(_CHOICES)  # a list of its own, because one in a rule would refuse capitals
    choices["A1"], choices.sheet_state = mark.text, "veryHidden"
    _save(book, path)


def _fill(page: Any, place: int, column: Column, path: Path) -> None:
    is_open = column.kind in (Kind.MARK, Kind.MARK_ALONE, Kind.WRITE)
    is_mark = column.kind in (Kind.MARK, Kind.MARK_ALONE)
    alignment = Alignment(wrap_text=True, vertical="top", horizontal="center" if is_mark else "left")
    font, protection = Font(_FONT, 11, bold=column.kind is Kind.NAME), Protection(locked=not is_open)
    model = page.cell(2, place)
    model.number_format, model.alignment, model.protection = "@", alignment, protection
    model.border, model.font = _BORDER, font
    for row, text in enumerate(column.cells, start=2):
        cell = page.cell(row, place)
        cell._style = model._style  # five assignments for every cell take three times as long
        if text:
            cell.value, cell.data_type = _safe(text, path, row, column.heading), "s"
    letter = page.column_dimensions[get_column_letter(place)]
    letter.width, letter.hidden = column.width, column.kind is Kind.HIDDEN
    _head(page.cell(1, place), column, path)


def _head(cell: Any, column: Column, path: Path) -> None:
    is_upright = column.width <= NARROW
    cell.value, cell.data_type = _safe(column.heading, path, 1, column.heading), "s"
    cell.font, cell.border, cell.number_format = Font(_FONT, 11, bold=True), _BORDER, "@"
    cell.fill = PatternFill("solid", start_color=_HEAD)
    cell.alignment = Alignment(
        wrap_text=True, vertical="bottom", horizontal="center" if is_upright else "left",
        text_rotation=90 if is_upright else 0,
    )  # fmt: skip
    if column.hint:
        cell.comment = Comment(column.hint, "Themawijzer", height=260, width=420)


def _safe(text: str, path: Path, row: int, heading: str) -> str:
    """The text as a workbook can hold it: `unescape` gives it back."""
    safe = _UNSAFE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    if len(safe) > MOST_CHARACTERS:
        problem = f"a text has {len(safe):,} characters, and a cell of Excel holds {MOST_CHARACTERS:,}"
        expected = "Leave it out of the responses, or use files in CSV."
        raise InputError(problem, file=path, row=row, column=heading.splitlines()[0], expected=expected)
    return safe


def _ask(page: Any, sheet: Sheet, mark: Mark) -> None:
    """Let cells be marked from a list, and show which rows are done and which contradict themselves."""
    kinds = [column.kind for column in sheet.columns]
    n_rows = len(sheet.columns[0].cells) + 1
    marks = [place for place, kind in enumerate(kinds, start=1) if kind in (Kind.MARK, Kind.MARK_ALONE)]
    if not marks:
        return
    first, last = get_column_letter(marks[0]), get_column_letter(marks[-1])
    rule = DataValidation("list", formula1=f"{_CHOICES}!$A$1", allow_blank=True, showErrorMessage=True)
    rule.errorTitle, rule.error = mark.title, mark.message
    rule.add(f"{first}2:{last}{n_rows}")
    page.add_data_validation(rule)
    row = f"A2:{last}{n_rows}"
    alone = [get_column_letter(place) for place in marks if kinds[place - 1] is Kind.MARK_ALONE]
    for letter in alone:
        both = f'AND(${letter}2<>"",COUNTA(${first}2:${last}2)>1)'
        page.conditional_formatting.add(row, FormulaRule([both], fill=_solid(_WRONG), stopIfTrue=True))
    done = f"COUNTA(${first}2:${last}2)>0"
    page.conditional_formatting.add(row, FormulaRule([done], fill=_solid(_DONE)))


def _solid(color: str) -> PatternFill:
    return PatternFill("solid", start_color=color, end_color=color)


def _lay_out(page: Any, sheet: Sheet) -> None:
    page.freeze_panes = page.cell(2, sheet.n_fixed + 1)
    page.sheet_view.showGridLines = False
    for row, texts in enumerate(zip(*(column.cells for column in sheet.columns), strict=True), start=2):
        page.row_dimensions[row].height = _height(texts, sheet.columns)
    is_upright = any(column.width <= NARROW for column in sheet.columns)
    headings = [column.heading for column in sheet.columns]
    page.row_dimensions[1].height = UPRIGHT if is_upright else _height(headings, sheet.columns)
    page.protection.sheet = True
    page.protection.formatColumns = page.protection.formatRows = page.protection.autoFilter = False  # allowed
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.page_setup.fitToHeight, page.sheet_properties.pageSetUpPr.fitToPage = 0, True
    page.print_title_rows = "1:1"


def _height(texts: Sequence[str], columns: Sequence[Column]) -> float:
    """High enough for all lines, since not every program fits the rows itself."""
    n_lines = max(
        sum(len(textwrap.wrap(line, int(column.width * 1.2))) or 1 for line in text.splitlines())
        for text, column in zip(texts, columns, strict=True)
        if column.kind is not Kind.HIDDEN and column.width > NARROW
    )
    return min(max(n_lines, 1) * LINE + 3, HIGHEST)


def _save(book: Any, path: Path) -> None:
    book.properties.creator, book.properties.created = "Themawijzer", EPOCH
    buffer = io.BytesIO()
    book.save(buffer)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        file_beside(path) as beside,
        zipfile.ZipFile(buffer) as written,
        zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as timeless,
    ):
        for name in written.namelist():
            content = _MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z", written.read(name))
            timeless.writestr(zipfile.ZipInfo(name, EPOCH.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
