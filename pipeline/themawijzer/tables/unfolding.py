"""What a file unfolds to, known before a reader fills memory with it: a small file can hold a very large table."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from zipfile import ZipFile

from themawijzer.errors import InputError
from themawijzer.tables.cells import saying
from themawijzer.tables.spreadsheet import MAX_COLUMNS, MAX_ROWS

if TYPE_CHECKING:
    from themawijzer.tables.workbook_sheet import WorkbookSheet

# Of one file or sheet when unfolded; reading takes up to three times as much. A million answers stay below it.
LARGEST_BYTES = 2**30
OBJECT_BYTES = 64  # of a cell of a workbook; its text comes on top
NUMBER_BYTES = 8  # of a cell in a column of numbers, or of one that refers to its text

_PART_BYTES, _OVERLAP_BYTES = 1 << 20, 256
# Tags of which a reader makes objects before it gives a row; Excel has 65,490 cell formats at most.
_SHARED_TEXT, _MAX_OBJECTS = b"si", 200_000
_OBJECT = re.compile(
    rb"<(?:\w+:)?(si|xf|font|fill|border|dxf|numFmt|cellStyle|definedName|sheet|Relationship|Override)[\s/>]"
)


@dataclass(frozen=True)
class Room:
    """What a file may unfold to: at most `LARGEST_BYTES`, or anything if its user says that it is large."""

    file: Path
    is_unbounded: bool = False

    def has(self, n_bytes: int) -> bool:
        """Whether the file may unfold to so many bytes."""
        return self.is_unbounded or n_bytes <= LARGEST_BYTES

    def require(self, n_bytes: int) -> None:
        """Raise InputError if so many bytes are more than the file may unfold to."""
        if not self.has(n_bytes):
            problem = f"this file unfolds to {_gigabytes(n_bytes)} or more"
            expected = f"At most {_gigabytes(LARGEST_BYTES)}, unless you know that it is right: {saying('large')}."
            raise InputError(problem, file=self.file, expected=expected)

    def require_parts(self) -> None:
        """Raise InputError if the parts of a zipped workbook are too large, or hold too many things but cells."""
        with ZipFile(self.file) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir()]
            n_bytes = sum(part.file_size for part in parts)  # no reader unpacks more than is declared
            self.require(n_bytes)
            found = Counter[bytes]()
            for part in parts:
                with archive.open(part) as content:
                    found.update(tag for (tag,) in matches(_OBJECT, content))
        self.require(n_bytes + found.pop(_SHARED_TEXT, 0) * OBJECT_BYTES)
        if found.total() > _MAX_OBJECTS and not self.is_unbounded:
            problem = f"this workbook has {found.total():,} formats, names and sheets"
            expected = f"At most {_MAX_OBJECTS:,}. Copy the answers to a new workbook, or say: {saying('large')}."
            raise InputError(problem, file=self.file, expected=expected)

    def rows(self, sheet: "WorkbookSheet") -> Iterator[Sequence[Any]]:
        """The rows of a sheet, until they are too much with what they are padded to; then InputError."""
        width = n_characters = 0
        for number, row in enumerate(sheet.rows(), start=1):
            width = max(width, len(row))
            n_characters += sum(len(cell.value) for cell in row if isinstance(cell.value, str))
            self.require_sheet(number, width)
            self.require(number * width * OBJECT_BYTES + n_characters)
            yield row

    def require_sheet(self, n_rows: int, n_columns: int) -> None:
        """Raise InputError for more rows or columns than a sheet of any program has."""
        if n_rows > MAX_ROWS or n_columns > MAX_COLUMNS:
            problem = f"this table has {n_rows:,} rows and {n_columns:,} columns, or more"
            expected = (
                f"At most {MAX_ROWS:,} rows and {MAX_COLUMNS:,} columns; save it again from the program it came from."
            )
            raise InputError(problem, file=self.file, expected=expected)


def matches(pattern: re.Pattern[bytes], content: IO[bytes]) -> Iterator[tuple[bytes, ...]]:
    """The groups of all matches, of at most 256 bytes each; what is read is never in memory as a whole."""
    kept = b""
    while part := content.read(_PART_BYTES):
        text, end = kept + part, 0
        for found in pattern.finditer(text):
            yield found.groups()
            end = found.end()
        kept = text[max(end, len(text) - _OVERLAP_BYTES) :]


def _gigabytes(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:.1f} GB"
