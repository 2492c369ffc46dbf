"""A coder's file while somebody codes: every decision is on the disk before the page says so."""

import csv
import io
import os
from collections.abc import Collection
from pathlib import Path

from themawijzer.annotation.snapshot import Stamp, stamp_of
from themawijzer.files import file_beside, locked, make_as_private, open_own
from themawijzer.survey.annotations import COLUMNS, Annotation, append_annotations, as_frame, coder_file
from themawijzer.survey.codebook import Codebook
from themawijzer.tables.cells import guard
from themawijzer.tables.delimited import Dialect, columns_of, csv_lines
from themawijzer.tables.table import read_table


class Journal:
    """Appends to `annotations/<survey>/<coder>.csv`, under the lock of the folder."""

    def __init__(self, folder: Path, coder: str) -> None:
        self.path = coder_file(folder, coder)
        self._folder = folder
        self._left: Stamp | None = None  # the file as this journal left it
        self._columns = COLUMNS

    def append(self, annotations: Collection[Annotation], codebook: Codebook) -> None:
        """Add rows; they are on the disk when this returns, and not in the file when it raises.

        Raises InputError for a file that cannot be read, OSError where the disk is full, ThemawijzerError when
        another program keeps the lock.
        """
        with locked(self._folder):
            self._mend(codebook)
            frame = as_frame(annotations).reindex(columns=self._columns, fill_value="")
            lines = list(csv_lines(guard(columns_of(frame))[0], Dialect()))[1:]
            _append(self.path, "".join(lines).encode())
            self._left = stamp_of([self.path])

    def mend(self, codebook: Codebook) -> None:
        """Make the file one to which rows can be added, unless it is as this journal left it.

        A new file gets its header, one that a spreadsheet saved becomes UTF-8 with commas again, and a row that a
        crash left half-written, which was never confirmed, moves to a file beside it.
        """
        with locked(self._folder):
            self._mend(codebook)

    def _mend(self, codebook: Codebook) -> None:
        if self._left != stamp_of([self.path]):
            self._columns = _mended(self.path, codebook)
            self._left = stamp_of([self.path])


def _mended(path: Path, codebook: Codebook) -> list[str]:
    """The columns of the file, to which rows can be added now."""
    data = path.read_bytes() if path.exists() else b""
    if not data.strip(b"\0"):
        with file_beside(path) as beside:  # there whole or not at all
            beside.write_bytes(next(csv_lines(columns_of(as_frame([])), Dialect())).encode())
        _sync(path.parent)
        return COLUMNS
    end = _end_of_rows(data)
    columns = _plain_columns(data[:end])
    if columns is None:
        append_annotations(path, [], codebook)
        _sync(path)
        return _plain_columns(path.read_bytes()) or COLUMNS
    if data[end:]:
        _mend_end(path, data[:end], data[end:], len(columns))
    return columns


def _end_of_rows(data: bytes) -> int:
    """Where the last row ends that has a line end: one that does not stand in quotation marks."""
    end = offset = 0
    in_quotes = False
    for line in io.BytesIO(data):
        offset += len(line)
        in_quotes ^= line.count(b'"') % 2 == 1
        if line.endswith(b"\n") and not in_quotes:
            end = offset
    return end


def _plain_columns(data: bytes) -> list[str] | None:
    """The columns of a file that is as we write it; None for one in another encoding or with another delimiter."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    columns = next(csv.reader(io.StringIO(text, newline="")), [])
    is_ours = text.startswith(",".join(columns) + "\n") and set(columns) >= set(COLUMNS)
    return columns if is_ours else None


def _mend_end(path: Path, rows: bytes, rest: bytes, width: int) -> None:
    """Give the last row its line end; a row that is not whole moves to a hidden file, from which nobody reads."""
    text = rest.decode(errors="replace")
    if any(_widths(line) == [width] for line in text.split("\n")[1:]):  # a quotation mark went astray far above
        read_table(path, is_ours=True)  # which says where
    if text.count('"') % 2 == 0 and _widths(text) == [width] and "\0" not in text:
        _append(path, b"\n")
        return
    torn = path.with_name(f".{path.name}.torn")
    is_new = not torn.exists()
    with open_own(torn, "ab") as aside:
        aside.write(rest + b"\n")
    if is_new:
        make_as_private(torn, path.parent)
    os.truncate(path, len(rows))
    _sync(path)


def _widths(text: str) -> list[int]:
    return [len(row) for row in csv.reader(io.StringIO(text, newline=""))]


def _append(path: Path, data: bytes) -> None:
    with open_own(path, "ab", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        try:
            while data:
                data = data[file.write(data) :]
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), size)
            raise


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():  # Windows has no such thing
        return
    number = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(number)
    finally:
        os.close(number)
