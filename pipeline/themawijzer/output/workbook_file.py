"""The coded dataset as an Excel workbook: what is what, the data, the shares and the data dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from themawijzer.coding.codings import Status
from themawijzer.output.columns import STATUS_TEXTS, Cells, Column, ColumnKind
from themawijzer.output.datafile import Ending
from themawijzer.output.labels import LABELS
from themawijzer.survey.responses import Responses
from themawijzer.tables.arrow import is_moment
from themawijzer.tables.cells import alike
from themawijzer.tables.described import numbers
from themawijzer.tables.sheet_columns import is_sheet_number, sheet_cells, sheet_format, sheet_numbers
from themawijzer.tables.spreadsheet import NUMBER, SHARE, TEXT, WRAPPED, SheetColumn, WorkbookWriter
from themawijzer.tables.table import Table

COUNTS = ("value", "n", "n_audit", "n_decided", "effective_n")
SHARES = ("raw_share", "share", "low", "high")
WORDS, NAMES = ("per", "base"), ("column", "label")
RUNS_ON = "refusal"  # beside the last column on the screen; else every row would be five lines high
NARROW, WIDEST, LONGEST = 9, 34, 60  # characters: of columns of figures, of text that wraps and of text that does not
CODE_WIDTH = 5
WIDTHS = {"file": 20, "column": 26, "code": 18, "spss_name": 18, "group": 24, "refusal": 30}  # at most
SHEETS = [LABELS[f"sheet_{name}"] for name in ("read_me", "data", "shares", "dictionary")]
CODES = np.array([0, 1, *[np.nan] * 98])  # what is shown, by the value of the code


class Spreadsheet:
    """`responses_coded.xlsx`; the data are written chunk by chunk, and the sheets beside them at the end."""

    def __init__(self, path: Path, columns: Sequence[Column], responses: Responses) -> None:
        self.columns, self.responses = columns, responses
        table = responses.table
        self._numbers = {
            column.name
            for column in columns
            if column.kind is ColumnKind.GIVEN and is_sheet_number(table.values[column.name], column.about)
        }
        survey = responses.survey
        footer = LABELS["footer"].format(title=survey.title[:100].replace("&", "&&"))
        self._book = WorkbookWriter(path, LABELS["cut"], SHEETS, footer)
        looks = [
            SheetColumn(column.name, _width(column, table), self._style(column), column.kind is ColumnKind.CODE)
            for column in columns
        ]
        names = [column.name for column in columns]
        place = names.index(alike(survey.respondent_id, names)[0])
        self._data = self._book.sheet(LABELS["sheet_data"], looks, repeated=place)

    @property
    def n_cut(self) -> int:
        return self._data.n_cut

    def add(self, cells: Sequence[Cells]) -> None:
        """Write rows; the cells come per column."""
        self._data.add([self._shown(column, cell) for column, cell in zip(self.columns, cells, strict=True)])

    def finish(self, ending: Ending) -> None:
        """Write the other sheets and end the file."""
        self._add_frame(LABELS["sheet_shares"], ending.shares)
        self._add_frame(LABELS["sheet_dictionary"], ending.dictionary)
        n_left_out = len(self.responses.left_out)
        own = {"title": self.responses.survey.title, "n_cut": self.n_cut, "n_left_out": n_left_out}
        n_input = n_left_out + len(self.responses.table.values.columns)
        text = LABELS["read_me"].format_map({**ending.facts, **own, "n_input": n_input})
        title, *lines = text.strip().splitlines()
        columns = [SheetColumn(title, 28, WRAPPED), SheetColumn("", 100, WRAPPED)]
        heads, _, rests = zip(*(line.partition(" | ") for line in lines), strict=True)
        sheet = self._book.sheet(LABELS["sheet_read_me"], columns, has_header=False)
        sheet.add([heads, rests], [_n_lines(rest, columns[1].width) for rest in rests])
        self._book.close()

    def abandon(self) -> None:
        """Close what will be deleted."""
        self._book.abandon()

    def _style(self, column: Column) -> str:
        if column.kind is ColumnKind.GIVEN:
            return (sheet_format(column.about) or NUMBER) if column.name in self._numbers else TEXT
        return NUMBER if column.kind is ColumnKind.CODE else TEXT

    def _shown(self, column: Column, cells: Cells) -> Cells:
        match column.kind:
            case ColumnKind.CODE:
                return CODES[cells]
            case ColumnKind.STATUS:
                return STATUS_TEXTS[cells].tolist()
            case ColumnKind.GIVEN if column.name in self._numbers:
                return sheet_numbers(cells, column.about)
            case ColumnKind.GIVEN:
                return sheet_cells(cells, column.about)
        return cells.tolist()

    def _add_frame(self, name: str, frame: pd.DataFrame) -> None:
        shown = frame.assign(**{column: frame[column].map(_in_dutch) for column in WORDS if column in frame})
        columns = [_frame_column(column, shown[column]) for column in frame.columns]
        parts = [(shown[column], look) for column, look in zip(shown, columns, strict=True)]
        lines = [[_n_lines(cell, look.width) for cell in own] for own, look in parts if look.style == WRAPPED]
        lines.append([1] * len(frame))
        cells = [own.tolist() if look.style in (WRAPPED, TEXT) else numbers(own) for own, look in parts]
        place = next((place for place, column in enumerate(frame) if column in NAMES), 0)
        sheet = self._book.sheet(name, columns, repeated=place)
        sheet.add(cells, map(max, zip(*lines, strict=True)))


def _in_dutch(words: str) -> str:
    """Fixed words of `prevalence.csv`, joined by |, in Dutch."""
    return "|".join(LABELS[f"word {word}"] for word in words.split("|")) if words else ""


def _frame_column(name: str, cells: pd.Series[str]) -> SheetColumn:
    heading, is_text = LABELS[f"heading {name}"], name not in COUNTS + SHARES
    widest = int(cells.str.len().max()) + 2 if is_text and not cells.empty else 0
    longest_word = max(map(len, heading.split()))
    width = max(longest_word + 3, NARROW, min(widest, WIDTHS.get(name, WIDEST)))
    style = TEXT if name == RUNS_ON else WRAPPED if is_text else SHARE if name in SHARES else NUMBER
    return SheetColumn(heading, width, style)


def _n_lines(text: str, width: float) -> int:
    """How many lines the text takes, about."""
    return sum(max(1, -(-len(line) // int(width))) for line in text.split("\n"))


def _width(column: Column, table: Table) -> float:
    """Wide enough for most names, the button that filters, and most of what is below it."""
    name = min(len(column.name) + 4, WIDEST)
    match column.kind:
        case ColumnKind.CODE:
            return CODE_WIDTH
        case ColumnKind.STATUS:
            return max(name, max(len(status.value) for status in Status) + 2)
        case ColumnKind.TEXT:
            return max(name, 36)
        case ColumnKind.GIVEN if column.about.is_text:
            return max(name, min(int(table.texts(column.name).str.len().max()) + 2, LONGEST))
        case ColumnKind.GIVEN if is_moment(column.about.type):
            return max(name, len(sheet_format(column.about)) + 2)
    return max(name, NARROW)
