"""Files that are written whole or not at all, and their hashes."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from errno import EIO
from pathlib import Path

from filelock import FileLock, Timeout

from themawijzer.errors import InputError, ThemawijzerError

# Names that every file system accepts, and no paths; Windows reserves some names for devices, with any ending.
_NAME = re.compile(r"(?!(?i:con|prn|aux|nul|com\d|lpt\d)(\.|$))\w([\w .-]{0,48}\w)?")

LOCK = ".lock"
PATIENCE_S = 10.0
MOVING = ".moving"  # exists during a move; lists the files that have no previous version
PREVIOUS = ".previous"  # keeps the previous versions until all new files are in place


def require_name(name: str, folder: Path) -> None:
    """Raise InputError unless a file or folder can have this name."""
    if not _NAME.fullmatch(name):
        expected = (
            "A name has 1 to 50 letters, digits, - _ . or spaces, and starts and ends with a letter or digit; "
            "Windows reserves con, nul and the like."
        )
        raise InputError(f"{name!r} cannot be the name of anything here", file=folder, expected=expected)


def quoted_path(path: Path) -> str:
    """A path as it has to be typed in a command."""
    return f'"{path}"' if " " in str(path) else str(path)


def input_option(given: Path | Sequence[Path] | None) -> str:
    """The option with the files that were given instead of the survey's own, as it has to be typed after a space."""
    paths = [given] if isinstance(given, Path) else given or ()
    return "".join(f" --input {quoted_path(path)}" for path in paths)


def write_whole(path: Path, text: str) -> None:
    """Write beside, then rename: a run that dies leaves the previous file as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with file_beside(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Add the path to a system error that names no file, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise
        problem = error.strerror or "cannot be written; is the disk full?"  # NumPy only counts what it wrote
        raise OSError(error.errno or EIO, problem, str(path)) from error


@contextmanager
def file_beside(path: Path) -> Iterator[Path]:
    """A path to write to; when the block ends without an error, the file there replaces the one at `path`."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with naming(path):
            yield beside
            with beside.open("r+b") as file:
                os.fsync(file.fileno())
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder that several programs write in; readers take it too, and see no half-written file.

    Raises ThemawijzerError while another program holds it. Not reentrant: a second lock in a thread waits too.
    """
    try:
        held = FileLock(folder / LOCK, timeout=PATIENCE_S).acquire()
    except Timeout:
        raise ThemawijzerError(f"{folder}: another program is writing here\nTry again when it is done.") from None
    with held:
        yield


@contextmanager
def folder_beside(folder: Path) -> Iterator[Path]:
    """A temporary folder for the files that `move_together` will move.

    An unfinished move is undone at the end, or by the next run when this one is killed.
    """
    _clear(folder)
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    beside.mkdir(parents=True)
    lock = FileLock(beside / LOCK)
    lock.acquire()
    try:
        yield beside
    finally:
        _undo_move(beside, folder)
        lock.release()
        shutil.rmtree(beside, ignore_errors=True)


def move_together(beside: Path, folder: Path, *, outdated: Collection[str] = ()) -> None:
    """Move all files from `beside` into the folder and `outdated` ones out; InputError if folders have those names."""
    new = [path.name for path in visible_files(beside)]
    for name in [*new, *outdated]:
        if (folder / name).is_dir():  # the user made it, and its content would be lost
            raise InputError("a folder is in the way of the file", file=folder / name, expected="Move or rename it.")
    (beside / PREVIOUS).mkdir()
    write_whole(beside / MOVING, "\n".join(name for name in new if not (folder / name).exists()))
    for name in dict.fromkeys([*new, *outdated]):
        if (folder / name).exists():
            (folder / name).replace(beside / PREVIOUS / name)
        if name in new:
            (beside / name).replace(folder / name)
    (beside / MOVING).unlink()  # from here on, nothing is undone


def visible_files(folder: Path) -> list[Path]:
    """The files of a folder, sorted by name, without hidden ones."""
    return sorted(folder.glob("[!.]*"))


def _undo_move(beside: Path, folder: Path) -> None:
    if not (beside / MOVING).exists():
        return
    for path in (beside / PREVIOUS).iterdir():
        path.replace(folder / path.name)
    for name in (beside / MOVING).read_text(encoding="utf-8").splitlines():
        if not (beside / name).exists():
            (folder / name).unlink(missing_ok=True)
    (beside / MOVING).unlink()


def _clear(folder: Path) -> None:
    """Undo unfinished moves of killed runs, and delete their folders."""
    name = re.compile(rf"\.{re.escape(folder.name)}\.[0-9]+")
    for beside in [path for path in folder.parent.glob(".*") if name.fullmatch(path.name)]:
        try:
            with FileLock(beside / LOCK, timeout=0):
                _undo_move(beside, folder)
        except Timeout:  # that run is still busy
            continue
        shutil.rmtree(beside)


@contextmanager
def restored_on_error(*paths: Path) -> Iterator[None]:
    """Give files their old content back when the block fails."""
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
    """The hexadecimal hash of facts that JSON can hold."""
    return hashlib.sha256(as_json(facts).encode()).hexdigest()


def as_json(facts: object) -> str:
    """Indented JSON; the same facts give the same text."""
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
