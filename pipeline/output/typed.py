"""The coded dataset in formats that know types and labels, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.errors import ThemawijzerError
from pipeline.output.columns import Cells, Column
from pipeline.survey.responses import Responses
from pipeline.tables.spreadsheet import MAX_COLUMNS, MAX_ROWS

if TYPE_CHECKING:
    from pipeline.output.parquet import ParquetFile
    from pipeline.output.spreadsheet import Spreadsheet
    from pipeline.output.spss import SystemFile

FORMATS = ("csv", "sav", "xlsx", "parquet")
NAME = "responses_coded"


def chosen_formats(text: str) -> tuple[str, ...]:
    """The formats that the text names, joined by commas, in our order; raises ThemawijzerError for an unknown one."""
    names = {name.strip().lower().removeprefix(".") for name in text.split(",")} - {""}
    if not names or names - set(FORMATS):
        unknown = ", ".join(sorted(names - set(FORMATS))) or "nothing"
        raise ThemawijzerError(f"{unknown} is not a format of the coded dataset\nKnown: {', '.join(FORMATS)}.")
    return tuple(name for name in FORMATS if name in names)


class TypedFiles:
    """The files `responses_coded.sav`, `.xlsx` and `.parquet`, those of them that are asked for."""

    def __init__(
        self, folder: Path, columns: Sequence[Column], responses: Responses, *, formats: Sequence[str]
    ) -> None:
        self.folder, self.columns, self.survey = folder, columns, responses.survey
        self._spreadsheet: Spreadsheet | None = None
        self._system_file: SystemFile | None = None
        self._parquet: ParquetFile | None = None
        if "xlsx" in formats:
            from pipeline.output.spreadsheet import Spreadsheet

            self._spreadsheet = Spreadsheet(folder / f"{NAME}.xlsx", columns, responses)
        if "sav" in formats:
            from pipeline.output.spss import SystemFile

            self._system_file = SystemFile(folder / f"{NAME}.sav", columns, responses)
        if "parquet" in formats:
            from pipeline.output.parquet import ParquetFile

            self._parquet = ParquetFile(folder / f"{NAME}.parquet", columns)

    def add(self, cells: Sequence[Cells]) -> None:
        """Write rows; the cells come per column."""
        for file in (self._spreadsheet, self._system_file, self._parquet):
            if file:
                file.add(cells)

    def finish(
        self, dictionary: pd.DataFrame, shares: pd.DataFrame, facts: Mapping[str, str], advance: Callable[[int], None]
    ) -> Counter[str]:
        """End the files; gives, by file, how many cells are cut because the format cannot hold them whole.

        `advance` hears how many rows are written that had to wait for the end.
        """
        n_cut: Counter[str] = Counter()
        if self._spreadsheet:
            self._spreadsheet.finish(dictionary, shares, facts)
            n_cut[f"{NAME}.xlsx"] = self._spreadsheet.n_cut
        if self._system_file:
            from pipeline.output.spss import syntax

            self._system_file.finish(advance)
            n_cut[f"{NAME}.sav"] = self._system_file.n_cut
            text = syntax(self.columns, self._system_file.names, self.survey)
            (self.folder / f"{NAME}.sps").write_text(text, encoding="utf-8", newline="\r\n")
        if self._parquet:
            self._parquet.finish(facts)
        self._spreadsheet = self._system_file = self._parquet = None
        return n_cut

    def abandon(self) -> None:
        """Close what was not finished, and will be deleted."""
        for file in (self._spreadsheet, self._parquet):
            if file:
                file.abandon()
        self._spreadsheet = self._system_file = self._parquet = None


def require_room(n_rows: int, n_columns: int, formats: Sequence[str]) -> None:
    """Raise ThemawijzerError, before anything is written, where Excel cannot hold all rows and columns."""
    for n, limit, what in ((n_rows + 1, MAX_ROWS, "rows"), (n_columns, MAX_COLUMNS, "columns")):
        if "xlsx" in formats and n > limit:
            others = ",".join(each for each in FORMATS if each != "xlsx")
            raise ThemawijzerError(
                f"the coded dataset has {n:,} {what}, and an Excel sheet holds {limit:,}\n"
                f"Leave Excel out: --formats {others}"
            )
