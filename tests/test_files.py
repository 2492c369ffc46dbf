"""Who may read what is written, and what a killed run leaves to the next one."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import run, write_labelled_file
from filelock import FileLock
from page import make_survey

from themawijzer.commands.annotate import open_desk
from themawijzer.commands.init import init_survey
from themawijzer.files import (
    file_beside,
    folder_beside,
    make_folder,
    move_together,
    replace_folder,
    restored_on_error,
    temporary_beside,
    write_whole,
)
from themawijzer.learning.features import temporary_folder
from themawijzer.project.project import find_folders
from themawijzer.survey.codebook import read_codebook
from themawijzer.survey.survey import Folders

posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes, and signals")
pytestmark = posix_only


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def open_to_others(folder: Path) -> list[str]:
    return [f"{path.relative_to(folder)} {mode(path):o}" for path in folder.rglob("*") if mode(path) & 0o077]


# Who may read it


def test_what_the_commands_write_is_for_this_user_alone(team: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(team, tmp_path / "team"))
    for file in (tmp_path / "one.csv", tmp_path / "two.csv", root / "gelabeld.csv"):
        write_labelled_file(file)
        file.chmod(0o600)
    (tmp_path / "two.csv").write_text("respnr,provincie,antwoord,labels\nx1,Utrecht,de trein,Trein\n", encoding="utf-8")
    (tmp_path / "two.csv").chmod(0o600)
    both = ["--responses", tmp_path / "one.csv", "--responses", tmp_path / "two.csv"]
    run("init", "nieuw", *both, "--respondent-id", "respnr", "--question", "antwoord", root=root)
    for command in ("classify", "report", "discover", "agreement", "sample"):
        run(command, "vervoer", root=root)
    for shape in ("wide", "long", "qdpx"):
        run("export", "vervoer", "--shape", shape, root=root)
    run("worksheet", "vervoer", "--coder", "codeur-1", "--stream", "double", root=root)
    desk = open_desk(root, "vervoer", "codeur-1")
    desk.show(("001", "v1"))
    desk.journal.mend(read_codebook(root / "annotations/vervoer/codebook.toml"))
    assert len(list(root.rglob("*"))) > 50
    assert open_to_others(root) == []


@pytest.mark.parametrize(
    ("folder_mode", "file_mode"),
    [
        (0o700, 0o600),
        (0o755, 0o600),  # as programs make folders when nobody asks
        (0o775, 0o600),
        (0o750, 0o640),
        (0o770, 0o660),
        (0o2770, 0o660),
        (0o2775, 0o660),
    ],
)
def test_a_file_is_as_private_as_its_folder(tmp_path: Path, folder_mode: int, file_mode: int) -> None:
    folder = tmp_path / "uit"
    folder.mkdir()
    folder.chmod(folder_mode)
    write_whole(folder / "a.txt", "a")
    with folder_beside(folder) as beside:
        (beside / "b.txt").write_text("b")
        move_together(beside, folder)
    assert [oct(mode(folder / name)) for name in ("a.txt", "b.txt")] == [oct(file_mode)] * 2
    assert mode(folder) == folder_mode


def test_a_folder_is_for_this_user_alone_unless_the_one_above_hands_its_group_down(tmp_path: Path) -> None:
    make_folder(tmp_path / "one/two")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o2775)
    make_folder(tmp_path / "shared/three/four")
    made = [mode(tmp_path / name) for name in ("one", "one/two", "shared/three", "shared/three/four")]
    assert made == [0o700, 0o700, 0o2770, 0o2770]


@pytest.mark.parametrize(("before", "after"), [(None, 0o700), (0o755, 0o700), (0o2770, 0o2770), (0o500, 0o700)])
def test_a_folder_that_is_replaced_is_read_by_those_who_read_the_one_before(
    tmp_path: Path, before: int | None, after: int
) -> None:
    folder = tmp_path / "model"
    if before is not None:
        folder.mkdir()
        (folder / "old.txt").write_text("old")
        folder.chmod(before)
    with folder_beside(folder) as beside:
        (beside / "in").mkdir()
        (beside / "in/new.txt").write_text("new")
        replace_folder(beside, folder)
    assert [mode(path) for path in (folder, folder / "in", folder / "in/new.txt")] == [after, after, after & 0o666]
    assert [path.name for path in folder.iterdir()] == ["in"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


# What killed runs leave

KILLED = """
import os, signal, sys
from pathlib import Path
from themawijzer.files import file_beside, folder_beside, temporary_beside
with {what} as beside:
    path = beside if beside.is_file() else beside / "answers.csv"
    path.write_text("an answer")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def kill_in(what: str) -> None:
    assert subprocess.run([sys.executable, "-c", KILLED.format(what=what)]).returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    "what",
    [
        "file_beside(Path({root!r}, 'annotations/stad/codebook.toml'))",
        "file_beside(Path({root!r}, 'surveys/stad/survey.toml'))",
        "file_beside(Path({root!r}, 'coded/stad/sample.csv'))",
        "file_beside(Path({root!r}, 'models/stad/README.md'))",
        "file_beside(Path({root!r}, '.cache/vectors/e5/a.npy'))",
        "folder_beside(Path({root!r}, 'coded/stad'))",
        "folder_beside(Path({root!r}, 'models/stad'))",
        "folder_beside(Path({root!r}, 'surveys/other'))",
    ],
)
def test_the_next_command_takes_away_what_a_killed_one_left(tmp_path: Path, what: str) -> None:
    root = make_survey(tmp_path)
    before = {path for path in root.rglob("*") if path.is_file()}
    kill_in(what.format(root=str(root)))
    assert any("answer" in path.read_text() for path in root.rglob("*") if path.is_file() and path not in before)
    find_folders(root, "stad")
    assert {path for path in root.rglob("*") if path.is_file()} == before
    assert list(root.rglob("*.tmp")) == []


def test_what_a_living_command_is_making_stays(tmp_path: Path) -> None:
    root = make_survey(tmp_path)
    with file_beside(root / "coded/stad/sample.csv") as beside, folder_beside(root / "models/stad") as folder:
        find_folders(root, "stad")
        beside.write_text("a")
        assert folder.is_dir()
    assert (root / "coded/stad/sample.csv").read_text() == "a"


def test_a_killed_program_that_used_the_library_leaves_nothing_to_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("themawijzer.learning.features.gettempdir", lambda: str(tmp_path))
    kill_in(f"temporary_beside(Path({str(tmp_path / 'themawijzer')!r}))")
    assert len(list(tmp_path.iterdir())) == 1
    made = temporary_folder.__wrapped__()
    assert list(tmp_path.iterdir()) == [made]
    assert mode(made) == 0o700


def test_a_temporary_folder_that_is_swept_before_it_is_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire, swept = FileLock.acquire, list[Path]()

    def too_late(lock: FileLock, *arguments: object, **options: object) -> object:
        if not swept:
            swept.append(Path(lock.lock_file).parent)
            shutil.rmtree(swept[0])
            raise FileNotFoundError
        return acquire(lock, *arguments, **options)

    monkeypatch.setattr(FileLock, "acquire", too_late)
    with temporary_beside(tmp_path / "a") as folder:
        assert folder.is_dir()
        assert folder != swept[0]


def at_every_moment(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]
) -> list[Path]:
    """Copies of the folder as it was before each of the changes that `do` made in it."""
    moments = tmp_path / "moments"

    def kept(change: Callable[..., object]) -> Callable[..., object]:
        def keep_and_change(*arguments: object, **options: object) -> object:
            shutil.copytree(folder, moments / f"{len(list(moments.glob('*'))):03d}", symlinks=True)
            return change(*arguments, **options)

        return keep_and_change

    with monkeypatch.context() as patch:
        for name in ("mkdir", "rename", "replace"):
            patch.setattr(Path, name, kept(getattr(Path, name)))
        do()
    return sorted(moments.iterdir())


def test_a_survey_can_be_made_again_after_init_was_killed_at_any_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(root: Path) -> None:
        init_survey(root, "proef", tmp_path / "in.csv", "nr", columns=["wens"])

    (tmp_path / "in.csv").write_text("nr,wens\n1,meer treinen\n2,fietspad\n", encoding="utf-8")
    root = tmp_path / "root"
    root.mkdir()
    moments = at_every_moment(tmp_path, root, monkeypatch, lambda: make(root))
    whole = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
    assert len(moments) > 10
    for moment in moments:
        make(moment)
        assert sorted(str(path.relative_to(moment)) for path in moment.rglob("*")) == whole


def test_files_are_as_before_when_something_fails_also_those_that_were_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")

    def change() -> None:
        with restored_on_error(tmp_path / "a.txt", tmp_path / "b.txt"):
            write_whole(tmp_path / "a.txt", "new")
            write_whole(tmp_path / "b.txt", "new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        change()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "old")]


def test_folders_that_are_there_are_no_survey_of_anybody(tmp_path: Path) -> None:
    Folders(tmp_path, "proef").sweep()
    assert list(tmp_path.iterdir()) == []
