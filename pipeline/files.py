"""Files that are written whole or not at all, and their hashes."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import InputError

# What every file system accepts, and no path to elsewhere.
_NAME = re.compile(r"\w([\w .-]{0,48}\w)?")


def require_name(name: str, folder: Path) -> None:
    """Raise InputError unless something in the folder can be called so."""
    if not _NAME.fullmatch(name):
        expected = "A name has 1 to 50 letters, digits, - _ . or spaces, and starts and ends with a letter or digit."
        raise InputError(f"{name!r} cannot be the name of anything here", file=folder, expected=expected)


def write_whole(path: Path, text: str) -> None:
    """Write beside, then rename: a run that dies leaves the previous file as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def restored_on_error(*paths: Path) -> Iterator[None]:
    """Files that exist get their content back when what follows fails, so that it happens whole or not at all."""
    before = {path: path.read_bytes() for path in paths}
    try:
        yield
    except BaseException:
        for path, content in before.items():
            path.write_bytes(content)
        raise


def sha256(path: Path) -> str:
    """The hexadecimal hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_of(facts: object) -> str:
    """The hexadecimal hash of facts, the same for the same facts."""
    return hashlib.sha256(as_json(facts).encode()).hexdigest()


def as_json(facts: object) -> str:
    """JSON that a person can read and that is the same for the same facts."""
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
