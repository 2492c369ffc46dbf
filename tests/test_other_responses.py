"""What `classify` finds in its folder was made of what was coded before: it is named, and kept or removed."""

import json
import shutil
from pathlib import Path

import pytest
from conftest import run

from themawijzer.output.run_file import RunInput, other_responses, read_run

WAVE = "respnr,provincie,antwoord\n901,x,meer treinen\n902,x,fietspaden\n"


@pytest.fixture
def root(team: Path, tmp_path: Path) -> Path:
    root = Path(shutil.copytree(team, tmp_path / "team"))
    run("classify", "vervoer", root=root)
    return root


@pytest.fixture
def coded(root: Path) -> Path:
    return root / "coded/vervoer"


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def put(path: Path, text: str = WAVE) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_what_was_made_of_the_own_responses_is_kept_when_a_wave_is_coded(root: Path, coded: Path) -> None:
    run("report", "vervoer", root=root)
    (coded / "sample.csv").write_text("van mensen", encoding="utf-8")
    before = files(coded)
    assert {"report.html", "discovered.json", "responses_coded.csv"} <= before.keys()
    told = run("classify", "vervoer", "--input", put(root / "golf.csv"), root=root)
    assert f"coded before, was moved to {coded / 'earlier_responses'}" in told.replace("\n", "")
    assert "Out of date" not in told
    assert (coded / "sample.csv").read_text(encoding="utf-8") == "van mensen"
    assert files(coded / "earlier_responses") == {name: own for name, own in before.items() if name != "sample.csv"}
    assert not {"report.html", "discovered.json"} & files(coded).keys()
    run("report", "vervoer", root=root)  # of the wave
    assert json.loads(files(coded)["summary.json"]) != json.loads(before["summary.json"])


def test_each_wave_has_its_own_folder_also_where_their_files_are_called_the_same(root: Path, coded: Path) -> None:
    for year in ("2025", "2026", "2027"):
        wave = put(root.parent / year / "Antwoorden (def).csv", f"{WAVE}{year},x,trein in {year}\n")
        run("classify", "vervoer", "--input", wave, root=root)
    run("classify", "vervoer", root=root)
    folders = sorted(path.name for path in coded.iterdir() if path.is_dir())
    names = ["earlier_antwoorden_def", "earlier_antwoorden_def_2", "earlier_antwoorden_def_3", "earlier_responses"]
    assert folders == names
    for name, year in zip(names, ("2025", "2026", "2027"), strict=False):
        assert f"trein in {year}" in (coded / name / "responses_coded.csv").read_text(encoding="utf-8")
    assert files(coded) == files(coded / "earlier_responses")


@pytest.mark.parametrize("place", ["surveys/vervoer/responses.csv", "golf.csv"])
def test_a_file_of_the_project_that_grew_holds_the_same_responses(root: Path, coded: Path, place: str) -> None:
    given = [] if place.startswith("surveys") else ["--input", put(root / place)]
    run("classify", "vervoer", *given, root=root)
    before = {path.name for path in coded.iterdir()}
    with (root / place).open("a", encoding="utf-8") as file:
        file.write("903,x,meer treinen" + "," * place.startswith("surveys") + "\n")  # which has labels
    run("classify", "vervoer", *given, root=root)
    assert {path.name for path in coded.iterdir()} == before


def test_a_report_that_is_out_of_date_is_named_and_kept_until_the_next(root: Path, coded: Path) -> None:
    run("report", "vervoer", root=root)
    report = files(coded)["report.html"]
    told = run("classify", "vervoer", root=root).replace("\n", " ")
    assert "Out of date, and kept with earlier_ before the name: report.html, summary.json, summary.md." in told
    assert "To make them again: themawijzer report vervoer" in told
    assert files(coded)["earlier_report.html"] == report
    assert "report.html" not in files(coded)
    assert "Out of date" not in run("classify", "vervoer", root=root)
    assert files(coded)["earlier_report.html"] == report


def test_files_of_the_dataset_that_are_not_made_again_are_named(root: Path, coded: Path) -> None:
    run("classify", "vervoer", "--probabilities", root=root)
    told = run("classify", "vervoer", "--formats", "csv,sav", root=root).replace("\n", " ")
    assert "Out of date, and removed: probabilities.csv, responses_coded.xlsx, responses_coded.parquet." in told
    assert "To make them again: --formats and --probabilities." in told
    assert not {"probabilities.csv", "responses_coded.xlsx", "responses_coded.parquet"} & files(coded).keys()


@pytest.mark.skipif("not hasattr(Path, 'symlink_to')")
def test_a_report_that_is_a_link_is_not_read(root: Path, coded: Path) -> None:
    (root.parent / "secret.txt").write_text("geheim", encoding="utf-8")
    (coded / "report.html").symlink_to(root.parent / "secret.txt")
    run("classify", "vervoer", root=root)
    assert not {"report.html", "earlier_report.html"} & {path.name for path in coded.iterdir()}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"file": "a.csv", "sha256": "1", "given": []}, ""),
        ({"file": "b.csv", "sha256": "1", "given": ["b.csv"]}, ""),  # the same bytes, wherever they are
        ({"file": "a.csv", "sha256": "2", "given": []}, ""),  # it grew
        ({"file": "b.csv", "sha256": "2", "given": []}, "b"),  # survey.toml names another file now
        ({"file": "a.csv", "sha256": "2", "given": ["./a.csv"]}, "a"),
        ({"file": "in/", "sha256": "2", "given": ["./in/a.csv", "./in/b.csv"]}, "in"),
        ({"file": "a.csv", "sha256": "2"}, "a"),  # as versions before 0.3 wrote it
        ({"file": "../../Één.csv", "sha256": "2", "given": []}, "een"),
        ({"file": 1, "sha256": "2", "given": []}, "unknown"),
        ([], "unknown"),
    ],
)
def test_responses_are_known_by_their_place_and_their_bytes(tmp_path: Path, facts: object, expected: str) -> None:
    now = RunInput("a.csv", "1", None, 2, [])
    path = put(tmp_path / "run.json", json.dumps({"input": facts}))
    assert other_responses(path, now) == expected


def test_a_run_that_cannot_be_read_is_of_other_responses(tmp_path: Path, root: Path, coded: Path) -> None:
    now = read_run(coded / "run.json").input
    assert other_responses(coded / "run.json", now) == ""
    assert other_responses(tmp_path / "run.json", now) == ""
    assert other_responses(put(tmp_path / "run.json", "{"), now) == "unknown"
