"""Where the rows of a table come from: files, and sheets of workbooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from themawijzer.tables.delimited import Dialect


class RowPlace(TypedDict):
    """A row as an error names it: the file, with the sheet where that needs to be told, and the number of the row."""

    file: str
    row: int


@dataclass(frozen=True)
class OtherSheet:
    """A sheet that was not read: how many rows with anything it has below the first, and whether it is hidden."""

    title: str
    n_rows: int
    is_hidden: bool


@dataclass(frozen=True, kw_only=True)
class TablePart:
    """Rows of a table that come from one file, and there from one sheet, with the sheets that were not read.

    `sheet` is None where the file has only one. `dialect` is that of a text file. The header takes `header_rows` rows,
    and stands in the file again in `repeated_rows`. `weight` is the column that an SPSS file declares to be the weight.
    """

    path: Path
    n_rows: int
    sheet: str | None = None
    unread: Sequence[OtherSheet] = ()
    dialect: Dialect | None = None
    header_rows: int = 1
    repeated_rows: Sequence[int] = ()
    weight: str | None = None

    def row(self, place: int) -> int:
        """The number in the file, as a spreadsheet counts, of the row with this place in the part."""
        row = place + self.header_rows + 1
        for repeated in self.repeated_rows:
            row += repeated <= row
        return row

    @property
    def place(self) -> str:
        """The file and the sheet as an error names them."""
        return f"{self.path}, sheet {self.sheet}" if self.sheet else str(self.path)
