"""Any tabular file that an organization hands over, read as text with nothing lost."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from themawijzer.errors import InputError
from themawijzer.tables.delimited import Dialect, read_delimited
from themawijzer.tables.filekind import check_kind

_REMEDY = "Write the file again from the program it came from."
_REMEDIES = {
    ".xlsx": "Open it in Excel and save it again as .xlsx.",
    ".sav": "Open it in SPSS and save it again, or give its encoding (cp1252 for old Windows files).",
}


@dataclass(frozen=True, kw_only=True)
class Table:
    """A file's cells, all text ("" = missing), columns and order as in the file, with a RangeIndex.

    `dialect` is None unless the file is delimited text; `sheet` is the one that was asked for. Only SPSS files have
    labels: `variable_labels` maps a column to its question text, `value_labels` a column to the label of each value,
    and `missing` a column to the pairs of values (first, last) that the researcher declared missing. `text_columns`
    hold text, however much it looks like numbers; files of other kinds than SPSS and Parquet cannot tell.
    """

    path: Path
    frame: pd.DataFrame
    sheet: str | None = None
    dialect: Dialect | None = None
    variable_labels: dict[str, str] = field(default_factory=dict)
    value_labels: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: dict[str, list[tuple[float | str, float | str]]] = field(default_factory=dict)
    text_columns: frozenset[str] = frozenset()

    @property
    def place(self) -> str:
        """The file, and the sheet that was asked for, as an error names it."""
        return f"{self.path}, sheet {self.sheet}" if self.sheet else str(self.path)


def read_table(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None, sheet: str | None = None
) -> Table:
    """Read a .csv, .tsv, .txt, .xlsx, .sav or .parquet file.

    `encoding` (delimited text and SPSS) and `delimiter` (delimited text) take the place of detection; `sheet` names a
    sheet of a workbook. Raises InputError, naming the place and the remedy, for whatever cannot be read in full.
    A header without rows is a table too.
    """
    kind = check_kind(path)
    with _named_damage(kind, path):
        return _read(kind, path, encoding=encoding, delimiter=delimiter, sheet=sheet)


def read_headers(path: Path) -> dict[str, list[str]]:
    """The first row of every sheet of a workbook that has one, by the sheet's name; nothing for other files."""
    if (kind := check_kind(path)) != ".xlsx":
        return {}
    with _named_damage(kind, path):
        from themawijzer.tables.workbook import headers

        return headers(path)


def read_whole_sheets(path: Path, sheets: Sequence[str]) -> list[Table]:
    """Sheets of a workbook of which every cell counts: merged ones, which hide all but one, are refused."""
    with _named_damage(".xlsx", path):
        from themawijzer.tables.workbook import read_whole_sheets

        frames = read_whole_sheets(path, sheets)
    return [Table(path=path, frame=frame, sheet=sheet) for sheet, frame in frames.items()]


@contextmanager
def _named_damage(kind: str, path: Path) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # nobody can list what a damaged file sets off in four libraries
        problem = f"this file cannot be read in full ({type(error).__name__})"
        raise InputError(problem, file=path, expected=_REMEDIES.get(kind, _REMEDY)) from error


def _read(kind: str, path: Path, *, encoding: str | None, delimiter: str | None, sheet: str | None) -> Table:
    match kind:
        case ".xlsx":
            from themawijzer.tables.workbook import read_workbook

            return Table(path=path, frame=read_workbook(path, sheet=sheet), sheet=sheet)
        case ".parquet":
            from themawijzer.tables.parquet import read_parquet

            frame, texts = read_parquet(path)
            return Table(path=path, frame=frame, text_columns=texts)
        case ".sav":
            from themawijzer.tables.spss import read_system_file

            frame, labels = read_system_file(path, encoding=encoding)
            return Table(path=path, frame=frame, **vars(labels))
        case _:
            frame, dialect = read_delimited(path, encoding=encoding, delimiter=delimiter)
            return Table(path=path, frame=frame, dialect=dialect)
