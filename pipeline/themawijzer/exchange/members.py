"""Files in an archive, read by name only and never more of them than fits in memory."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from themawijzer.errors import InputError

LARGEST_BYTES = 2**27  # of one file when unpacked: of 200,000 coded answers a project tells less
LARGEST_TOTAL_BYTES = 2**29
MOST_PARTS = 2**23  # elements and objects in one file, each of which takes a hundred bytes when it is read


class Members:
    """The files in an open archive. Nothing is unpacked to disk, so that their paths lead nowhere."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path, self._archive, self._n_read = path, archive, 0
        self.names = [name for name in archive.namelist() if not name.endswith("/")]

    def read(self, name: str) -> bytes:
        """The bytes of one file; raises InputError where it is too large, encrypted or damaged."""
        place = f"{self.path}, {name}"
        n_bytes = self._archive.getinfo(name).file_size  # no more than is declared is unpacked
        self._n_read += n_bytes
        if n_bytes > LARGEST_BYTES or self._n_read > LARGEST_TOTAL_BYTES:
            expected = f"At most {LARGEST_BYTES // 2**20} MB per file, and {LARGEST_TOTAL_BYTES // 2**20} MB in all."
            raise InputError("this is too large when unpacked", file=place, expected=expected)
        try:
            data = self._archive.read(name)
        except (RuntimeError, NotImplementedError):
            expected = "Export it again without a password."
            raise InputError("this is encrypted", file=place, expected=expected) from None
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError) as error:
            raise InputError("this is damaged", file=place, expected="Export it again.") from error
        if sum(map(data.count, (b"<", b"{", b"["))) > MOST_PARTS:
            raise InputError("this has too many parts", file=place, expected=f"At most {MOST_PARTS:,} in one file.")
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
