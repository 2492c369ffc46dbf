"""Results per text, kept on disk, so that no run computes them again."""

import hashlib
import logging
import platform
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from themawijzer.files import file_beside

log = logging.getLogger(__name__)

Keys = NDArray[np.uint64]
Values = NDArray[Any]


class Cache:
    """Rows of numbers, one or more per text, under the hash of the text.

    The cache is a folder of NumPy files with sorted keys (m,) and values (m, ...). They are not pickles, which
    joblib's are, so that a project folder from a stranger cannot run code. No text is stored.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._keys = folder, dict[Path, Keys]()
        damaged = list[Path]()
        for path in sorted(folder.glob("*.npy")):
            try:
                self._keys[path] = np.array(_load(path)["key"])
            except (ValueError, EOFError):
                damaged.append(path)
        for path in damaged:  # not sooner: Windows deletes no file that an error still holds open
            log.warning("%s was damaged; its results are computed again.", path)
            path.unlink(missing_ok=True)

    def has(self, keys: Keys) -> NDArray[np.bool_]:
        """Which of the keys (n,) have rows."""
        found = np.zeros(len(keys), dtype=np.bool_)
        for own in self._keys.values():
            found |= own[np.searchsorted(own, keys).clip(max=len(own) - 1)] == keys
        return found

    def add(self, keys: Keys, values: Values) -> None:
        """Keep values (m, ...) under keys (m,), which are sorted; a file appears whole or not at all."""
        rows = np.empty(len(keys), dtype=[("key", "<u8"), ("value", values.dtype, values.shape[1:])])
        rows["key"], rows["value"] = keys, values
        path = self._folder / f"{hashlib.blake2b(keys.tobytes(), digest_size=8).hexdigest()}.npy"
        self._folder.mkdir(parents=True, exist_ok=True)
        with file_beside(path) as beside, beside.open("wb") as file:
            np.save(file, rows, allow_pickle=False)
        self._keys[path] = keys

    def find(self, keys: Keys) -> tuple[NDArray[np.intp], Values]:
        """The number of rows of n keys (n,), and these rows in the order of the keys."""
        n_rows, owners, found = np.zeros(len(keys), dtype=np.intp), list[NDArray[np.intp]](), list[Values]()
        for path, own in self._keys.items():  # one by one: a process can hold only so many files open
            first = np.searchsorted(own, keys)
            here = np.where(n_rows == 0, np.searchsorted(own, keys, side="right") - first, 0)
            if here.any() or not found:
                rows = np.repeat(first - here.cumsum() + here, here) + np.arange(here.sum())
                owners.append(np.repeat(np.arange(len(keys)), here))
                found.append(_values(_load(path))[rows])
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
    """The rows of a file; raises ValueError or EOFError for one that is damaged."""
    rows = np.load(path, mmap_mode="r", allow_pickle=False)
    if rows.dtype.names not in (("key", "value"), ("key", "vector")) or not len(rows):
        raise ValueError("other columns than those of a cache, or no rows")
    return np.asarray(rows)


def _values(rows: NDArray[np.void]) -> Values:
    return np.asarray(rows[list(rows.dtype.fields or ())[1]])  # called "vector" in older files
