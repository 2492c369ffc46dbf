"""Files in an archive, read by name only and never more of them than fits in memory."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from themawijzer.errors import InputError

LARGEST_BYTES = 2**29  # of one file when unpacked: half a gigabyte of answers is more than any survey has
LARGEST_TOTAL_BYTES = 2**30


class Members:
    """The files in an open archive. Nothing is unpacked to disk, so that their paths lead nowhere."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path, self._archive, self._n_read = path, archive, 0
        self.names = [name for name in archive.namelist() if not name.endswith("/")]

    def read(self, name: str) -> bytes:
        """The bytes of one file; raises InputError where it is too large, encrypted or damaged."""
        place = f"{self.path}, {name}"
        try:
            with self._archive.open(name) as file:
                data = file.read(LARGEST_BYTES + 1)
        except (RuntimeError, NotImplementedError):
            expected = "Export it again without a password."
            raise InputError("this is encrypted", file=place, expected=expected) from None
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError) as error:
            raise InputError("this is damaged", file=place, expected="Export it again.") from error
        self._n_read += len(data)
        if len(data) > LARGEST_BYTES or self._n_read > LARGEST_TOTAL_BYTES:
            expected = f"At most {LARGEST_BYTES // 2**20} MB per file, and {LARGEST_TOTAL_BYTES // 2**20} MB in all."
            raise InputError("this is too large when unpacked", file=place, expected=expected)
        return data


@contextmanager
def read_archive(path: Path) -> Iterator[Members]:
    """The files in a zip archive; raises InputError where it is none."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        expected = "Export it again, and do not unpack or rename it."
        raise InputError(f"this is no {path.suffix.lower()} file", file=path, expected=expected) from None
    with archive:
        yield Members(path, archive)
