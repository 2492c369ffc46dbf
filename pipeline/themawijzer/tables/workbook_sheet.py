"""What sheets of any kind of workbook have in common."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from openpyxl.styles.numbers import is_date_format, is_timedelta_format  # openpyxl ships no types
from openpyxl.utils.datetime import from_excel

from themawijzer.tables.sheet_columns import SheetCell

ERROR, FORMULA, NUMBER = "e", "f", "n"
MAX_FORMAT = 255  # characters of a number format


class WorkbookCell(NamedTuple):
    """A cell as openpyxl gives it; `data_type` is ERROR, FORMULA (one without a value) or anything else."""

    value: SheetCell = None
    data_type: str = NUMBER
    number_format: str | None = None


class WorkbookSheet(Protocol):
    """A sheet, read when it is asked for; rows and columns count from 1."""

    @property
    def title(self) -> str: ...

    @property
    def is_visible(self) -> bool: ...

    @property
    def is_escaped(self) -> bool:
        """Whether texts have codes such as _x000D_ for what XML cannot hold."""

    def rows(self) -> Iterable[Sequence[Any]]:
        """The rows from the first; the cells have what `WorkbookCell` has."""

    def merged(self) -> Iterable[tuple[int, int]]:
        """The first row and column of the areas of merged cells."""

    def uncomputed(self) -> tuple[int, int] | None:
        """The row and column of a formula without a value, where the rows do not show it."""


def number_cell(value: float, number_format: str, epoch: datetime) -> WorkbookCell:
    """A number, or the moment or duration as which Excel shows it; an error where there is no such day."""
    if not is_date_format(number_format):
        return WorkbookCell(value, NUMBER, number_format)
    try:
        moment = from_excel(value, epoch, timedelta=is_timedelta_format(number_format))
    except (OverflowError, ValueError):
        return WorkbookCell("#VALUE!", ERROR)
    return WorkbookCell(moment, NUMBER, number_format)
