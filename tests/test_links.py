"""Names in files, and links, lead to nothing outside the folders of a survey."""

import os
import shutil
from pathlib import Path

import pytest
from conftest import run
from page import make_survey

from themawijzer.annotation.desk import Claims
from themawijzer.annotation.journal import Journal
from themawijzer.errors import InputError
from themawijzer.project.project import find_folders, open_project

pytestmark = pytest.mark.skipif(os.name == "nt", reason="on Windows links take rights that a test does not have")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that is no part of the project."""
    folder = tmp_path / "outside"
    folder.mkdir()
    for name in ("a.txt", "run.json", "codeur-1"):
        (folder / name).write_text("mine")
    return folder


def test_a_strangers_recovery_folder_deletes_and_moves_nothing_elsewhere(tmp_path: Path, outside: Path) -> None:
    root = make_survey(tmp_path / "root")
    left = root / "coded/.stad.0123abcd.tmp"
    (left / ".previous").mkdir(parents=True)
    (root / "coded/stad/run.json").parent.mkdir()
    names = ["../../../outside/a.txt", str(outside / "run.json"), "..", "", ".", "stad/..", "a/../../../outside/a.txt"]
    (left / ".moving").write_text("\n".join(names), encoding="utf-8")
    open_project(root, "stad")
    assert not left.exists()
    assert sorted(path.name for path in outside.iterdir()) == ["a.txt", "codeur-1", "run.json"]


@pytest.mark.parametrize("linked", ["", "/.previous", "/.replaced", "/.moving"])
def test_links_in_a_recovery_folder_are_not_followed(tmp_path: Path, outside: Path, linked: str) -> None:
    root = make_survey(tmp_path / "root")
    left = root / "coded" / f".stad.0123abcd.tmp{linked}"
    if linked:
        (left.parent / ".previous").mkdir(parents=True)
        (left.parent / ".moving").write_text("a.txt")
        (root / "coded/stad").mkdir(exist_ok=linked != "/.replaced")
    left.parent.mkdir(exist_ok=True)
    if left.is_dir():
        left.rmdir()
    left.unlink(missing_ok=True)
    if linked == "/.replaced":
        (root / "coded/stad").rmdir()
    left.symlink_to(outside / "a.txt" if linked == "/.moving" else outside)
    open_project(root, "stad")
    assert [(path.name, path.read_text()) for path in sorted(outside.iterdir())] == [
        (name, "mine") for name in ("a.txt", "codeur-1", "run.json")
    ]
    assert not (root / "coded/stad").is_symlink()


@pytest.mark.parametrize("folder", ["surveys/stad", "annotations/stad", "models/stad", "coded/stad"])
def test_a_folder_of_a_survey_that_is_a_link_is_refused(tmp_path: Path, outside: Path, folder: str) -> None:
    root = make_survey(tmp_path / "root")
    shutil.rmtree(root / folder, ignore_errors=True)
    (root / folder).parent.mkdir(exist_ok=True)
    (root / folder).symlink_to(outside)
    with pytest.raises(InputError, match="this is a link") as refused:
        find_folders(root, "stad")
    assert refused.value.file == root / folder
    assert f"make {root / Path(folder).parent} the link" in (refused.value.expected or "")


def test_an_import_makes_no_lock_behind_a_link(tmp_path: Path, outside: Path) -> None:
    root = make_survey(tmp_path / "root")
    shutil.rmtree(root / "annotations/stad")
    (root / "annotations/stad").symlink_to(outside)
    (root / "in.csv").write_text("nr,labels\n001,Trein\n")
    told = run("import", "stad", root / "in.csv", "--codeframe", "thema", root=root, expected=2)
    assert "this is a link" in told
    assert not (outside / ".lock").exists()


def test_the_folders_above_may_be_links_to_another_disk(tmp_path: Path) -> None:
    root, disk = make_survey(tmp_path / "root"), tmp_path / "disk"
    for name in ("surveys", "annotations"):
        shutil.move(root / name, disk / name)
    for name in ("surveys", "annotations", "models", "coded", ".cache"):
        (disk / name).mkdir(exist_ok=True, parents=True)
        (root / name).symlink_to(disk / name)
    assert open_project(root, "stad").own_responses is not None
    run("sample", "stad", root=root)
    assert (disk / "coded/stad/sample.csv").is_file()


@pytest.mark.parametrize("name", ["../../../outside/a.txt", "{outside}/a.txt", "link.txt", "links"])
def test_responses_outside_the_folder_of_the_survey_are_refused(tmp_path: Path, outside: Path, name: str) -> None:
    root = make_survey(tmp_path / "root")
    (root / "surveys/stad/link.txt").symlink_to(outside / "a.txt")
    (root / "surveys/stad/links").mkdir()
    (root / "surveys/stad/links/b.txt").symlink_to(outside / "a.txt")
    file = root / "surveys/stad/survey.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("responses.csv", name.format(outside=outside)), encoding="utf-8")
    with pytest.raises(InputError, match="is outside the folder of the survey") as refused:
        open_project(root, "stad")
    line = text.splitlines().index('responses = "responses.csv"') + 1
    assert (refused.value.file, refused.value.line) == (file, line)


def test_a_coders_file_and_a_claim_that_are_links_are_not_written_through(tmp_path: Path, outside: Path) -> None:
    root = make_survey(tmp_path / "root")
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims/codeur-1").symlink_to(outside / "codeur-1")
    Claims(tmp_path / "claims", "codeur-1").claim(("001", "v1"))
    assert (outside / "codeur-1").read_text() == "mine"
    (root / "annotations/stad/codeur-1.csv").symlink_to(outside / "a.txt")
    with pytest.raises(InputError, match="this is a link"):
        Journal(root / "annotations/stad", "codeur-1")
    assert (outside / "a.txt").read_text() == "mine"
