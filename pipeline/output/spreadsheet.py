"""The coded dataset as an Excel workbook: the data, the data dictionary, the shares, and what is what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.coding.codings import Status
from pipeline.output.columns import STATUS_VALUES, STATUSES, Cells, Column, Kind, numbers
from pipeline.output.labels import LABELS
from pipeline.survey.responses import Responses
from pipeline.tables.spreadsheet import (
    SHARE,
    TITLE,
    WRAPPED,
    Sheet,
    SheetColumn,
    WorkbookWriter,
    number_cells,
)

COUNTS = ("value", "n", "n_audit", "n_decided", "effective_n")
SHARES = ("raw_share", "share", "low", "high")
NARROW, WIDEST = 9, 60
CODE_CELLS = np.array(["<c><v>0</v></c>", "<c><v>1</v></c>", *["<c/>"] * 98], dtype=object)


class Spreadsheet:
    """`responses_coded.xlsx`; the sheet with the data is written first, chunk by chunk."""

    def __init__(self, path: Path, columns: Sequence[Column], responses: Responses) -> None:
        self.columns, self.survey = columns, responses.survey
        self._book = WorkbookWriter(path, LABELS["cut"]).__enter__()
        widths = [SheetColumn(column.name, _width(column, responses.table.frame)) for column in columns]
        self._opening = self._book.sheet(LABELS["sheet_data"], widths, fits_page=False)
        self._data: Sheet = self._opening.__enter__()
        texts = self._data.texts([LABELS_OF_STATUS.get(value, "") for value in range(100)])
        self._status_cells = np.array(texts, dtype=object)

    @property
    def n_cut(self) -> int:
        return self._data.n_cut

    def add(self, cells: Sequence[Cells]) -> None:
        """Write rows; the cells come per column."""
        self._data.add([self._xml(column, each) for column, each in zip(self.columns, cells, strict=True)])

    def finish(self, dictionary: pd.DataFrame, shares: pd.DataFrame, facts: Mapping[str, str]) -> None:
        """Write the other sheets and end the file."""
        self._opening.__exit__(None, None, None)
        self._add_frame(LABELS["sheet_shares"], shares)
        self._add_frame(LABELS["sheet_dictionary"], dictionary)
        text = LABELS["read_me"].format_map({**facts, "title": self.survey.title, "n_cut": self.n_cut})
        columns = [SheetColumn("", 28), SheetColumn("", 100)]
        with self._book.sheet(LABELS["sheet_read_me"], columns, has_header=False) as sheet:
            for number, line in enumerate(text.strip().splitlines()):
                head, _, rest = line.partition(" | ")
                cells = [sheet.texts([head], WRAPPED if number else TITLE), sheet.texts([rest], WRAPPED)]
                sheet.add(cells, [_n_lines(rest, columns[1].width)])
        self._book.__exit__(None, None, None)

    def abandon(self) -> None:
        """Close what will be deleted."""
        self._opening.__exit__(None, None, None)
        self._book.__exit__(None, None, None)

    def _xml(self, column: Column, cells: Cells) -> list[str]:
        match column.kind:
            case Kind.CODE:
                return list(CODE_CELLS[cells].tolist())
            case Kind.STATUS:
                return list(self._status_cells[cells].tolist())
            case Kind.NUMBER:
                return number_cells(numbers(cells).tolist())
        return self._data.texts(cells.tolist())

    def _add_frame(self, name: str, frame: pd.DataFrame) -> None:
        columns = [SheetColumn(column, _frame_width(column, frame[column])) for column in frame.columns]
        lines = [[_n_lines(cell, column.width) for cell in frame[column.name].tolist()] for column in columns]
        with self._book.sheet(name, columns) as sheet:
            cells = [_frame_cells(sheet, column, frame[column]) for column in frame.columns]
            sheet.add(cells, map(max, zip(*lines, strict=True)))


LABELS_OF_STATUS = {STATUS_VALUES[status]: status.value for status in STATUSES}


def _frame_cells(sheet: Sheet, column: str, cells: pd.Series[str]) -> list[str]:
    if column in COUNTS:
        return number_cells(numbers(cells).tolist())
    if column in SHARES:
        return number_cells(numbers(cells).tolist(), SHARE)
    return sheet.texts(cells.tolist(), WRAPPED)


def _frame_width(name: str, cells: pd.Series[str]) -> float:
    widest = 0 if name in COUNTS + SHARES or cells.empty else int(cells.str.len().max()) + 2
    return max(len(name) + 4, NARROW, min(widest, WIDEST))


def _n_lines(text: str, width: float) -> int:
    """How many lines the text takes, about."""
    return sum(max(1, -(-len(line) // int(width))) for line in text.split("\n"))


def _width(column: Column, frame: pd.DataFrame) -> float:
    """Wide enough for the name and the button that filters, and for most of what is below it."""
    name = len(column.name) + 4
    match column.kind:
        case Kind.STATUS:
            return max(name, max(len(status.value) for status in Status) + 2)
        case Kind.TEXT if column.name not in frame.columns:
            return max(name, 36)
        case Kind.TEXT:
            return max(name, min(int(frame[column.name].str.len().max()) + 2, 60))
    return max(name, NARROW)
