"""Results per text, kept on disk, so that no run computes them again."""

import hashlib
import io
import logging
import platform
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from themawijzer.errors import InputError
from themawijzer.files import file_beside, is_link

log = logging.getLogger(__name__)

Keys = NDArray[np.uint64]
Values = NDArray[Any]
PART_BYTES = 2**20
_NAME = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}\.npy")  # a hash of the keys, and the checksum


class Cache:
    """Rows of numbers, one or more per text, under the hash of the text.

    The cache is a folder of NumPy files with sorted keys (m,) and values (m, ...). They are not pickles, which
    joblib's are, so that a project folder from a stranger cannot run code. No text is stored.

    The name of a file has the checksum of its content, and the file is read against it before anything in it is
    believed. What is damaged, or was written by a version without checksums, is deleted, and found out again.
    """

    def __init__(self, folder: Path) -> None:
        for place in (folder.parent, folder):
            if is_link(place):
                expected = f"Delete it; to keep what it holds elsewhere, make {folder.parent.parent} the link."
                raise InputError("this is a link, and files in it would be deleted", file=place, expected=expected)
        self._folder, self._keys, self._checked = folder, dict[Path, Keys](), set[Path]()
        self._drop([path for path in sorted(folder.glob("*.npy")) if not self._open(path)])

    def has(self, keys: Keys) -> NDArray[np.bool_]:
        """Which of the keys (n,) have rows."""
        found, damaged = np.zeros(len(keys), dtype=np.bool_), list[Path]()
        for path, own in self._keys.items():
            here = own[np.searchsorted(own, keys).clip(max=len(own) - 1)] == keys
            if here.any() and not self._is_whole(path):
                damaged.append(path)
            else:
                found |= here
        self._drop(damaged)
        return found

    def add(self, keys: Keys, values: Values) -> None:
        """Keep values (m, ...) under keys (m,), which are sorted; a file appears whole or not at all."""
        rows = np.empty(len(keys), dtype=[("key", "<u8"), ("value", values.dtype, values.shape[1:])])
        rows["key"], rows["value"] = keys, values
        content = io.BytesIO()
        np.save(content, rows, allow_pickle=False)
        name = hashlib.blake2b(keys.tobytes(), digest_size=8).hexdigest()
        path = self._folder / f"{name}-{self._checksum(content)}.npy"
        with file_beside(path) as beside:
            beside.write_bytes(content.getbuffer())
        self._keys[path] = keys
        self._checked.add(path)

    def find(self, keys: Keys) -> tuple[NDArray[np.intp], Values]:
        """The number of rows of n keys (n,) that it `has`, and these rows in the order of the keys."""
        n_rows, owners, found = np.zeros(len(keys), dtype=np.intp), list[NDArray[np.intp]](), list[Values]()
        for path, own in self._keys.items():  # one by one: a process can hold only so many files open
            first = np.searchsorted(own, keys)
            here = np.where(n_rows == 0, np.searchsorted(own, keys, side="right") - first, 0)
            if here.any() or (not found and self._is_whole(path)):
                rows = np.repeat(first - here.cumsum() + here, here) + np.arange(here.sum())
                owners.append(np.repeat(np.arange(len(keys)), here))
                found.append(np.asarray(_load(path)["value"])[rows])
                n_rows += here
        if not found:
            return n_rows, np.empty((0, 0), dtype=np.float32)
        return n_rows, np.concatenate(found)[np.argsort(np.concatenate(owners), kind="stable")]

    def through(self, texts: Sequence[str], compute: Callable[[str], Sequence[Any]]) -> list[list[Any]]:
        """The rows of n texts, at least one per text; `compute` gives those of a text that the cache lacks."""
        keys = keys_of(texts)
        distinct, first = np.unique(keys, return_index=True)
        new = np.flatnonzero(~self.has(distinct))
        if len(new):
            found = [compute(texts[i]) for i in first[new]]
            rows = np.concatenate([np.asarray(row_values, dtype=np.int32) for row_values in found])
            self.add(np.repeat(distinct[new], [len(row_values) for row_values in found]), rows)
        n_rows, values = self.find(keys)
        rows, ends = values.tolist(), n_rows.cumsum().tolist()
        return [rows[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def _open(self, path: Path) -> bool:
        """Take in the keys of a file; False where it has none, or no name that a checksum can be."""
        if not _NAME.fullmatch(path.name) or is_link(path):
            return False
        try:
            keys = np.array(_load(path)["key"])
            is_sorted = (
                keys.dtype == np.uint64 and keys.ndim == 1 and len(keys) > 0 and bool((keys[1:] >= keys[:-1]).all())
            )
        except Exception:  # noqa: BLE001  # nobody can list what a damaged file sets off
            return False
        if is_sorted:
            self._keys[path] = keys
        return is_sorted

    def _is_whole(self, path: Path) -> bool:
        """Whether the content has its checksum, which is looked at once."""
        if path not in self._checked:
            try:
                with path.open("rb") as file:
                    if self._checksum(file) != path.stem.rpartition("-")[2]:
                        return False
            except OSError:
                return False
            self._checked.add(path)
        return True

    def _checksum(self, file: IO[bytes]) -> str:
        """Of the content and of the folder: a file of another encoder is no better than a damaged one.

        CRC-32 takes a fifth of the time of a hash, and finds damage as well; it does not keep forgers out.
        """
        file.seek(0)
        checksum = crc32(self._folder.name.encode())
        while part := file.read(PART_BYTES):
            checksum = crc32(part, checksum)
        return f"{checksum:08x}"

    def _drop(self, damaged: Sequence[Path]) -> None:
        """Delete files, so that what they held is found out again."""
        if not damaged:
            return
        what = f"{damaged[0]} was" if len(damaged) == 1 else f"{len(damaged)} files in {self._folder} were"
        log.warning("%s damaged, or written by an earlier version; the results are computed again.", what)
        for path in damaged:
            self._keys.pop(path, None)
            with suppress(OSError):  # it is not read either where it cannot be deleted
                if path.is_dir() and not is_link(path):
                    shutil.rmtree(path)
                else:
                    path.unlink()


def keys_of(texts: Iterable[str]) -> Keys:
    """The hashes (n,) of n texts, from which no text can be read."""
    digests = (hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
    return np.frombuffer(b"".join(digests), dtype="<u8")


def made_with(*sources: Path, packages: Sequence[str]) -> str:
    """A name that changes when the source files, the packages or Python change."""
    versions = [platform.python_version(), *(f"{package} {version(package)}" for package in packages)]
    parts = [*(path.read_bytes() for path in sources), *(text.encode() for text in versions)]
    return hashlib.blake2b(b"\0".join(parts), digest_size=8).hexdigest()


def _load(path: Path) -> NDArray[np.void]:
    return np.asarray(np.lib.format.open_memmap(path, mode="r"))  # of a pickle or an archive it reads nothing
