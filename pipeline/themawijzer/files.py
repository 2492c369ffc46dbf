"""Files that are written whole or not at all, as private as their folder, and their hashes."""

import hashlib
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import EIO
from itertools import count
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from themawijzer.errors import InputError, ThemawijzerError

# Names that every file system accepts, and no paths; Windows reserves some names for devices, with any ending.
_NAME = re.compile(r"(?!(?i:con|prn|aux|nul|com\d|lpt\d)(\.|$))\w([\w .-]{0,48}\w)?")

LOCK = ".lock"
PATIENCE_S = 10.0
# A temporary folder beside what is made in it: its owner holds the lock in it for as long as it lives.
_TEMPORARY = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}\.tmp")
NEW = "new"  # what is made, in a temporary folder
MOVING = ".moving"  # there during a move; lists the files that have no previous version
PREVIOUS = ".previous"  # keeps the previous versions until all new files are in place
REPLACED = ".replaced"  # the previous folder, until the new one is in its place


def require_name(name: str, folder: Path) -> None:
    """Raise InputError unless a file or folder can have this name."""
    if not _NAME.fullmatch(name):
        expected = (
            "A name has 1 to 50 letters, digits, - _ . or spaces, and starts and ends with a letter or digit; "
            "Windows reserves con, nul and the like."
        )
        raise InputError("this cannot be the name of anything here", file=folder, expected=expected)


def quoted_path(path: Path) -> str:
    """A path as it has to be typed in a command."""
    return f'"{path}"' if " " in str(path) else str(path)


def input_option(given: Path | Sequence[Path] | None) -> str:
    """The option with the files that were given instead of the survey's own, as it has to be typed after a space."""
    paths = [given] if isinstance(given, Path) else given or ()
    return "".join(f" --input {quoted_path(path)}" for path in paths)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are not there, for this user alone; one that is there stays as it is.

    In a folder that hands its group down (setgid), what is made is the group's too.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):  # another program made it at this moment; what is no folder fails below
        folder.mkdir(mode=0o700)
        if (above := folder.parent.stat().st_mode) & stat.S_ISGID:
            folder.chmod(_private_mode(above))


def _private_mode(mode: int) -> int:
    """What a folder that has this mode is to have: others have no part in it, nor the group unless that is on purpose.

    A folder is shared on purpose where its group may do more than others, who may do nothing, or gets what is new in it
    (setgid). 0755 and 0775 are what programs make when nobody asks.
    """
    is_shared = mode & stat.S_ISGID or (mode & stat.S_IRWXG and not mode & stat.S_IRWXO)
    return 0o700 | mode & 0o2070 if is_shared else 0o700


def make_as_private(path: Path, folder: Path) -> None:
    """Let those read a new file or folder who may read what is in `folder`, and nobody else."""
    about = folder.stat()
    mode = _private_mode(about.st_mode)
    if mode & stat.S_IRWXG and hasattr(os, "chown"):
        with suppress(OSError):  # without this group, the file is the user's alone
            os.chown(path, -1, about.st_gid)
    path.chmod(mode if path.is_dir() else mode & 0o666)


def is_link(path: Path) -> bool:
    """Whether the path leads elsewhere: a link, or what Windows calls a junction."""
    return path.is_symlink() or getattr(os.path, "isjunction", lambda _: False)(path)


def open_own(path: Path, mode: str, **how: Any) -> IO[Any]:
    """Open a file for writing that this user alone may read if it is new; raises OSError for a link."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)

    return open(path, mode, opener=opener, **how)  # Path.open takes no opener


def write_whole(path: Path, text: str) -> None:
    """Write beside, then rename: a run that dies leaves the previous file as it was."""
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
    """An empty file to write in; when the block ends without an error, it replaces the one at `path`."""
    make_folder(path.parent)
    with naming(path), temporary_beside(path) as folder:
        beside = folder / NEW
        open_own(beside, "xb").close()
        yield beside
        with beside.open("r+b") as file:
            os.fsync(file.fileno())
        make_as_private(beside, path.parent)
        beside.replace(path)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder that several programs write in; readers take it too, and see no half-written file.

    Raises ThemawijzerError while another program holds it. Not reentrant: a second lock in a thread waits too.
    """
    mode = _private_mode(folder.stat().st_mode) & 0o666
    try:
        held = FileLock(folder / LOCK, timeout=PATIENCE_S, mode=mode).acquire()
    except Timeout:
        raise ThemawijzerError(f"{folder}: another program is writing here\nTry again when it is done.") from None
    with held:
        yield


@contextmanager
def temporary_beside(path: Path) -> Iterator[Path]:
    """A folder beside `path` for this user alone, until the block ends.

    When this run is killed, the next one deletes it (`sweep`). A system error about what is made in it names what that
    was to become.
    """
    folder, lock = _locked_beside(path)
    try:
        with naming(path):
            yield folder
    except OSError as error:
        made, new = Path(os.fsdecode(error.filename2 or error.filename)), folder / NEW
        if not made.is_relative_to(new):
            raise
        raise OSError(error.errno, error.strerror, str(path / made.relative_to(new))) from error
    finally:
        try:
            _undo(folder, path)
        finally:
            lock.release()
        _delete(folder)


def _locked_beside(path: Path) -> tuple[Path, FileLock]:
    while True:
        folder = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        except OSError as error:  # the folder is read-only: the name of what is in it would tell nothing
            raise OSError(error.errno, error.strerror, str(path.parent)) from None
        lock = FileLock(folder / LOCK, mode=0o600)
        with suppress(Timeout, FileNotFoundError):  # `sweep` was there before the lock was
            lock.acquire(timeout=0)
            return folder, lock


@contextmanager
def folder_beside(folder: Path) -> Iterator[Path]:
    """A folder for the files that `move_together` or `replace_folder` will move.

    An unfinished move is undone at the end, or by the next run when this one is killed.
    """
    make_folder(folder.parent)
    sweep(folder.parent)
    with temporary_beside(folder) as temporary:
        (temporary / NEW).mkdir(mode=0o700)
        yield temporary / NEW


def move_together(beside: Path, folder: Path, *, outdated: Collection[str] = (), kept: Path | None = None) -> None:
    """Move all files from `beside` into the folder and `outdated` ones out; InputError if folders have those names.

    What goes, and what is replaced, is deleted, or becomes the folder `kept`, which is not there yet.
    """
    new = [path.name for path in visible_files(beside)]
    for name in [*new, *outdated]:
        if (folder / name).is_dir():  # the user made it, and its content would be lost
            raise InputError("a folder is in the way of the file", file=folder / name, expected="Move or rename it.")
    for name in new:
        make_as_private(beside / name, folder)
    moving, previous = beside.with_name(MOVING), beside.with_name(PREVIOUS)
    previous.mkdir(mode=0o700)
    write_whole(moving, "\n".join(name for name in new if not _is_there(folder / name)))
    for name in dict.fromkeys([*new, *outdated]):
        if _is_there(folder / name):
            (folder / name).replace(previous / name)
        if name in new:
            (beside / name).replace(folder / name)
    if kept is not None:
        make_as_private(previous, folder)
        previous.rename(kept)  # `_undo`, which needs it, does nothing from here on
    moving.unlink()  # from here on, nothing is undone


def replace_folder(beside: Path, folder: Path) -> None:
    """Put `beside` in the place of the folder, which is deleted; who may read that may read this."""
    is_handed_down = folder.parent.stat().st_mode & stat.S_ISGID
    like = folder if folder.exists() else folder.parent if is_handed_down else beside.parent
    for path in [beside, *beside.rglob("*")]:
        make_as_private(path, like)
    if folder.exists():
        folder.chmod(folder.stat().st_mode | stat.S_IRWXU)  # a folder that is read-only cannot be moved
        folder.rename(beside.with_name(REPLACED))
    beside.rename(folder)


def free_place(path: Path) -> Path:
    """The path, or with the first number from 2 behind it that no file or folder has there."""
    places = (path.with_name(f"{path.name}_{number}") for number in count(2))
    return path if not _is_there(path) else next(place for place in places if not _is_there(place))


def _is_there(path: Path) -> bool:
    return path.exists() or is_link(path)


def visible_files(folder: Path) -> list[Path]:
    """The files of a folder, sorted by name, without hidden ones."""
    return sorted(folder.glob("[!.]*"))


def _undo(temporary: Path, path: Path) -> None:
    """Undo a move to `path` that did not come to its end; what is there may be a stranger's, and leads nowhere else."""
    replaced, moving, previous = (temporary / name for name in (REPLACED, MOVING, PREVIOUS))
    if replaced.is_dir() and not is_link(replaced) and not _is_there(path):
        replaced.rename(path)
    if not moving.is_file() or not previous.is_dir() or any(map(is_link, (moving, previous, path))):
        return
    for own in [own for own in previous.iterdir() if own.is_file() or is_link(own)]:
        own.replace(path / own.name)
    for name in moving.read_text(encoding="utf-8").splitlines():
        is_new = _NAME.fullmatch(name) and not (temporary / NEW / name).exists()
        if is_new and not (path / name).is_dir():
            (path / name).unlink(missing_ok=True)
    moving.unlink()


def sweep(*folders: Path) -> None:
    """Undo what killed runs left half-done in the folders, and delete their temporary folders.

    A folder whose lock is held has a living owner, on this machine or another; where a lock cannot be had, it stays.
    """
    for folder in folders:
        for temporary in folder.glob(".*.tmp"):
            found = _TEMPORARY.fullmatch(temporary.name)
            if found and temporary.is_dir() and not is_link(temporary):
                with suppress(Timeout, OSError, NotImplementedError):
                    with FileLock(temporary / LOCK, timeout=0, mode=0o600):
                        _undo(temporary, folder / found["name"])
                    _delete(temporary)


def _delete(folder: Path) -> None:
    """Delete a folder, also what is read-only in it; what does not go now goes another time."""
    for place, _, names in os.walk(folder):  # which follows no links
        for path in (Path(place), *(Path(place, name) for name in names)):
            if not is_link(path):
                with suppress(OSError):
                    path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def restored_on_error(*paths: Path) -> Iterator[None]:
    """Give files their old content back when the block fails, and take away those that were not there."""
    before = {path: path.read_bytes() if path.exists() else None for path in paths}
    try:
        yield
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            elif not path.exists() or path.read_bytes() != content:
                with file_beside(path) as beside:
                    beside.write_bytes(content)
        raise


def sha256(path: Path) -> str:
    """The hexadecimal hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of(paths: Sequence[Path]) -> str:
    """The hash of the file, or of the hashes of several."""
    hashes = [sha256(path) for path in paths]
    return hash_of(hashes) if len(hashes) > 1 else hashes[0]


def hash_of(facts: object) -> str:
    """The hexadecimal hash of facts that JSON can hold."""
    return hashlib.sha256(as_json(facts).encode()).hexdigest()


def as_json(facts: object) -> str:
    """Indented JSON; the same facts give the same text."""
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
