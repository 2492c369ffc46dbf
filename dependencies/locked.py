"""The packages that are pinned in a lock file."""

import re
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

_LINE = re.compile(r"(?P<name>[a-z0-9-]+)(\[[a-z0-9,-]+\])?==(?P<version>[^ ;]+)( ; (?P<marker>.+))?")


@dataclass(frozen=True, order=True)
class Locked:
    """One package in one version; `marker` says where it is for, and the hashes (SHA-256) are of its files."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def metadata(self) -> PackageMetadata | None:
        """What the package says of itself; None where it is not installed."""
        try:
            return metadata(self.name)
        except PackageNotFoundError:
            return None


def read_lock(path: Path) -> list[Locked]:
    """The packages of a lock file of uv, in its order; ValueError for a line that is no package."""
    entries = path.read_text(encoding="utf-8").replace(" \\\n", " ").splitlines()
    return [_read_entry(entry) for entry in entries]


def _read_entry(entry: str) -> Locked:
    package, *hashes = entry.split(" --hash=sha256:")
    if not (found := _LINE.fullmatch(package.strip())) or not hashes:
        raise ValueError(f"no pinned package: {entry[:60]}")
    return Locked(found["name"], found["version"], found["marker"] or "", tuple(each.strip() for each in hashes))
