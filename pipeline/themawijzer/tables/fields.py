"""The cells of delimited text: quickly where every row is as it should be, else row by row, to tell which is not."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa  # pyarrow ships no types
import pyarrow.compute as pc

from themawijzer.errors import InputError
from themawijzer.tables.cells import EXPORT_AGAIN, check_names, flaw, letter, saying
from themawijzer.tables.encoding import Utf8
from themawijzer.tables.quotation_marks import Marks, find_marks, lines_have, stand_for_themselves, without_marks
from themawijzer.tables.unfolding import Room

# The csv module's own limit of 131,072 is too low for some transcripts; without a limit, a quotation mark that is never
# closed would read the rest of a large file into memory.
_CELL_CHARACTERS = 10_000_000
csv.field_size_limit(_CELL_CHARACTERS)
_BLOCK_BYTES = 1 << 22  # that Arrow reads at once; a row has to fit in
_BATCH_ROWS = 10_000


@dataclass(frozen=True, kw_only=True)
class Fields:
    """A text file, and how its cells are parted; without `has_quoting`, quotation marks stand for themselves.

    The text begins after `n_skipped` bytes, or is one that was mended in memory.
    """

    path: Path
    codec: str
    delimiter: str
    n_skipped: int = 0
    mended: bytes | None = None
    has_quoting: bool = True

    def open(self) -> BinaryIO:
        """The text as UTF-8."""
        if self.mended is not None:
            return io.BytesIO(self.mended)
        text = io.BufferedReader(Utf8(self.path, self.codec), _BLOCK_BYTES)
        text.read(self.n_skipped)
        return text

    def rows(self) -> Iterator[list[str]]:
        """The cells row by row; InputError for quotation marks that do not fit."""
        row = 0
        try:
            for cells in csv.reader(
                io.TextIOWrapper(self.open(), "utf-8", "surrogatepass", newline=""),
                delimiter=self.delimiter,
                quoting=csv.QUOTE_MINIMAL if self.has_quoting else csv.QUOTE_NONE,
                strict=True,
            ):
                yield cells
                row += 1
        except csv.Error:
            problem = "a quotation mark opens a cell here and is not closed, or one inside the cell is not doubled"
            expected = 'A cell in quotation marks ends with one, and those inside it are doubled: "zij zei ""ja""".'
            raise InputError(problem, file=self.path, row=row + 1, expected=expected) from None


def read_fields(fields: Fields, *, is_ours: bool = False) -> tuple[pa.Table, Fields]:
    """All rows, the header too, and how they were read; columns are called by their place.

    Empty columns at the end are left out. Text that `is_ours` is written with quoting. Raises InputError for a row that
    has not as many cells as the first.
    """
    marks = find_marks(fields.open(), fields.delimiter)
    if marks.has_byte_order_mark:
        fields = replace(fields, mended=without_marks(fields.open().read(), fields.delimiter))
        marks = find_marks(fields.open(), fields.delimiter)
    unquoted = replace(fields, has_quoting=False)
    may_be_unquoted = marks.has_quotes and not is_ours
    try:
        table = _read(fields, marks)
    except InputError:
        if not (may_be_unquoted and _is_unquoted(unquoted, marks, is_readable=False)):
            raise
        fields = unquoted
    else:
        if may_be_unquoted and table.num_rows < marks.n_lines and _is_unquoted(unquoted, marks, is_readable=True):
            fields = unquoted
    return _without_empty_end(table if fields.has_quoting else _read(fields, marks)), fields


def _is_unquoted(fields: Fields, marks: Marks, *, is_readable: bool) -> bool:
    width = _width(fields)
    if width < 2 or not lines_have(fields.open(), fields.delimiter, width - 1, marks):
        return False
    return stand_for_themselves(fields.open().read(), fields.delimiter, is_readable=is_readable)


def _width(fields: Fields) -> int:
    return len(next(fields.rows(), []))


def _read(fields: Fields, marks: Marks) -> pa.Table:
    table = None
    if not marks.has_nul and (not fields.has_quoting or marks.all_enclose or marks.none_encloses):
        has_quoting = fields.has_quoting and not marks.none_encloses
        table = _read_quickly(replace(fields, has_quoting=has_quoting), marks.end)
    return pa.Table.from_batches(_batches(fields)) if table is None else table


def _read_quickly(fields: Fields, end: int) -> pa.Table | None:
    """The table as Arrow reads it up to this byte; None where it may not be as it should."""
    from pyarrow import csv as arrow_csv

    if not (width := _width(fields)):
        return None
    Room(fields.path).require_sheet(1, width)
    names = [str(place) for place in range(width)]
    try:
        table = arrow_csv.read_csv(
            pa.PythonFile(_Until(fields.open(), end), mode="r"),
            # more threads only take more memory here
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=_BLOCK_BYTES),
            parse_options=arrow_csv.ParseOptions(
                delimiter=fields.delimiter,
                quote_char='"' if fields.has_quoting else False,
                newlines_in_values=fields.has_quoting,
                ignore_empty_lines=False,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return None if width > 1 and _may_have_empty_lines(table) else table


class _Until:
    r"""A file of which only the beginning is read, in parts that do not end between "\r" and "\n".

    Where a block ends there, pyarrow 26.0.1 loses the "\n", also one inside a cell.
    """

    closed = False

    def __init__(self, file: BinaryIO, end: int) -> None:
        self._file, self._n_left, self._held = file, end, b""

    def read(self, size: int) -> bytes:
        """The next bytes, at most so many."""
        part = self._file.read(min(size - len(self._held), self._n_left))
        self._n_left -= len(part)
        part, self._held = self._held + part, b""
        if len(part) > 1 and part.endswith(b"\r"):
            part, self._held = part[:-1], b"\r"
        return part

    def close(self) -> None:
        """The file is read once."""
        self.closed = True


def _may_have_empty_lines(table: pa.Table) -> bool:
    """Whether all cells of a row are empty, as those of an empty line are for Arrow."""
    is_empty = pc.equal(table[0], "")
    for column in table.columns[1:]:
        if not pc.any(is_empty).as_py():
            return False
        is_empty = pc.and_(is_empty, pc.equal(column, ""))
    return bool(pc.any(is_empty).as_py())


def _batches(fields: Fields) -> Iterator[pa.RecordBatch]:
    rows = _checked(fields)
    while batch := list(islice(rows, _BATCH_ROWS)):
        columns = [pa.array(cells, type=pa.large_string()) for cells in zip(*batch, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, names=[str(place) for place in range(len(columns))])


def _checked(fields: Fields) -> Iterator[list[str]]:
    """The rows, all with as many cells as the first, or with one more where it is empty in all of them.

    Raises InputError at the first row with another number of cells, or with a character that no file can hold.
    """
    rows = fields.rows()
    first = next(rows, [])
    if not first:
        check_names([], file=fields.path)
    Room(fields.path).require_sheet(1, len(first))
    yield first
    last, width, ends_empty = 1, len(first), None
    for row, cells in enumerate(rows, start=2):
        if not cells:
            continue
        if width > 1 and row > last + 1:
            raise _ragged(fields, row=last + 1, width=width, found=0)
        if ends_empty is None:
            ends_empty = len(cells) == width + 1 and not cells[-1]
        if len(cells) != width + ends_empty or (ends_empty and cells[-1]):
            raise _ragged(
                fields, row=2 if ends_empty else row, width=width, found=width + 1 if ends_empty else len(cells)
            )
        if found := flaw("".join(cells)):
            position = next(number for number, cell in enumerate(cells, start=1) if flaw(cell))
            raise InputError(found, file=fields.path, row=row, column=letter(position), expected=EXPORT_AGAIN)
        yield from ([""] for _ in range(last + 1, row))  # empty lines in a file with one column
        yield cells[:width]
        last = row


def _ragged(fields: Fields, *, row: int, width: int, found: int) -> InputError:
    problem = "the row is empty" if not found else f"the row is too {'long' if found > width else 'short'}"
    delimiter = {"\t": "a tab", " ": "a space"}.get(fields.delimiter, f"“{fields.delimiter}”")
    hint = f"A cell that holds {delimiter} or a line end stands in quotation marks; is {delimiter} the delimiter? "
    hint += f"Else give it: {saying('delimiter')}."
    expected = f"{width} field{'s' * (width > 1)} as in the header; found {found}. {hint}"
    return InputError(problem, file=fields.path, row=row, expected=expected)


def _without_empty_end(table: pa.Table) -> pa.Table:
    """The table without the columns at its end in which nothing stands, as after a delimiter that ends each line."""
    width = table.num_columns
    while width > 1 and not pc.any(pc.not_equal(table[width - 1], "")).as_py():
        width -= 1
    return table.select(range(width))
