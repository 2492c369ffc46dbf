"""The coded dataset in formats that know types and labels, side by side."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from themawijzer.errors import ThemawijzerError
from themawijzer.output.columns import Cells, Column
from themawijzer.output.datafile import DataFile, Ending
from themawijzer.survey.responses import Responses
from themawijzer.tables.spreadsheet import MAX_COLUMNS, MAX_ROWS

FORMATS = ("csv", "sav", "xlsx", "parquet")
NAME = "responses_coded"


def chosen_formats(text: str) -> tuple[str, ...]:
    """The formats that the text names, joined by commas, in our order; raises ThemawijzerError for an unknown one."""
    names = {name.strip().lower().removeprefix(".") for name in text.split(",")} - {""}
    if not names or names - set(FORMATS):
        unknown = ", ".join(sorted(names - set(FORMATS))) or "nothing"
        raise ThemawijzerError(f"{unknown} is not a format of the coded dataset\nKnown: {', '.join(FORMATS)}.")
    return tuple(name for name in FORMATS if name in names)


def _spreadsheet(path: Path, columns: Sequence[Column], responses: Responses) -> DataFile:
    from themawijzer.output.workbook_file import Spreadsheet

    return Spreadsheet(path, columns, responses)


def _system_file(path: Path, columns: Sequence[Column], responses: Responses) -> DataFile:
    from themawijzer.output.spss_file import SystemFile

    return SystemFile(path, columns, responses)


def _parquet(path: Path, columns: Sequence[Column], _: Responses) -> DataFile:
    from themawijzer.output.parquet_file import ParquetFile

    return ParquetFile(path, columns)


# By ending; each loads its library when it is asked for.
WRITERS: dict[str, Callable[[Path, Sequence[Column], Responses], DataFile]] = {
    "xlsx": _spreadsheet,
    "sav": _system_file,
    "parquet": _parquet,
}


class TypedFiles:
    """The files `responses_coded.sav`, `.xlsx` and `.parquet`, those of them that are asked for."""

    def __init__(
        self, folder: Path, columns: Sequence[Column], responses: Responses, *, formats: Sequence[str]
    ) -> None:
        names = {f"{NAME}.{ending}": write for ending, write in WRITERS.items() if ending in formats}
        self._files = {name: write(folder / name, columns, responses) for name, write in names.items()}

    def add(self, cells: Sequence[Cells]) -> None:
        """Write rows; the cells come per column."""
        for file in self._files.values():
            file.add(cells)

    def finish(self, ending: Ending) -> Counter[str]:
        """End the files; gives, by file, how many cells are cut because the format cannot hold them whole."""
        for file in self._files.values():
            file.finish(ending)
        n_cut = {name: file.n_cut for name, file in self._files.items()}
        self._files = {}
        return Counter({name: n for name, n in n_cut.items() if n is not None})

    def abandon(self) -> None:
        """Close what was not finished, and will be deleted."""
        for file in self._files.values():
            file.abandon()
        self._files = {}


def require_room(n_rows: int, n_columns: int, formats: Sequence[str]) -> None:
    """Raise ThemawijzerError, before anything is written, where Excel cannot hold all rows and columns."""
    for n, limit, what in ((n_rows + 1, MAX_ROWS, "rows"), (n_columns, MAX_COLUMNS, "columns")):
        if "xlsx" in formats and n > limit:
            others = ",".join(known_format for known_format in FORMATS if known_format != "xlsx")
            raise ThemawijzerError(
                f"the coded dataset has {n:,} {what}, and an Excel sheet holds {limit:,}\n"
                f"Leave Excel out: --formats {others}"
            )
