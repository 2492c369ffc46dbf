"""The commands as a researcher types them, from a labelled file to a coded dataset."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import run

from themawijzer.cli.screen import counting
from themawijzer.files import sha256

COMMAND = Path(sys.executable).with_name("themawijzer")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def coded_files(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "coded/vervoer").iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def root(team: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The team's folder, with a target that it can reach."""
    folder = Path(shutil.copytree(team, tmp_path_factory.mktemp("cli") / "team"))
    survey = folder / "surveys/vervoer/survey.toml"
    survey.write_text(survey.read_text(encoding="utf-8") + "[settings]\ntarget = 0.7\n", encoding="utf-8")
    return folder


def test_three_commands_lead_from_a_labelled_file_to_a_model(root: Path) -> None:
    assert sorted(path.name for path in (root / "models/vervoer").iterdir()) == [
        "README.md",
        "codebook.toml",
        "manifest.json",
        "model.npz",
    ]
    manifest = json.loads((root / "models/vervoer/manifest.json").read_text(encoding="utf-8"))
    assert manifest["codeframes"]["thema"]["answers"] == 68
    assert manifest["codeframes"]["thema"]["positives"] == {"fiets": 32, "trein": 32}


def test_a_new_wave_is_coded_and_every_answer_is_accounted_for(root: Path) -> None:
    wave = root / "nieuw.csv"
    answers = ["meer treinen", "goede fietspaden", "n.v.t.", "", "zie boven", "=1+1 trein"]
    lines = ["respnr;antwoord", *(f"{number:03d};{answer}" for number, answer in enumerate(answers, start=7))]
    wave.write_text("\n".join(lines), encoding="cp1252")
    told = run("classify", "vervoer", "--input", wave, root=root)
    coded = rows(root / "coded/vervoer/responses_coded.csv")
    assert [row["respnr"] for row in coded] == ["007", "008", "009", "010", "011", "012"]
    assert [row["v1_thema_status"] for row in coded[2:5]] == ["no_answer", "empty", "review"]
    assert coded[5]["antwoord"] == "'=1+1 trein"
    assert "6 responses read" in told
    codings = rows(root / "coded/vervoer/codings.csv")
    assert codings[0]["evidence"].split(", ")[0] == "treinen"
    suggested = [(row["respondent_id"], row["code"], row["decision"]) for row in codings[:2]]
    assert suggested == [("007", "trein", "review"), ("008", "fiets", "review")]
    facts = json.loads((root / "coded/vervoer/run.json").read_text(encoding="utf-8"))
    assert facts["input"]["dialect"]["delimiter"] == ";"
    assert facts["formula_cells_guarded"]["responses_coded.csv"] == 1
    assert facts["files"]["codings.csv"] == sha256(root / "coded/vervoer/codings.csv")
    assert facts["format"]["formats"] == ["csv", "sav", "xlsx", "parquet"]
    assert facts["cells_cut"] == {"responses_coded.xlsx": 0, "responses_coded.sav": 0}
    assert facts["files"]["responses_coded.xlsx"] == sha256(root / "coded/vervoer/responses_coded.xlsx")


def test_only_the_formats_that_are_asked_for_are_written_and_cut_cells_are_told(root: Path) -> None:
    wave = root / "lang.csv"
    wave.write_text(f"respnr,antwoord\n001,{'trein ' * 20_000}\n", encoding="utf-8")
    told = run("classify", "vervoer", "--input", wave, "--formats", "sav,xlsx", root=root)
    files = {path.name for path in (root / "coded/vervoer").glob("responses_coded.*")}
    assert files == {"responses_coded.sav", "responses_coded.sps", "responses_coded.xlsx"}
    assert "responses_coded.xlsx: 1 cells are longer than the format holds, and end in [afgekapt]." in told
    assert "xls is not a format" in run("classify", "vervoer", "--formats", "xls", root=root, expected=1)


def test_people_outrank_the_model_and_the_same_input_gives_the_same_bytes(root: Path) -> None:
    run("classify", "vervoer", "--probabilities", root=root)
    first = coded_files(root)
    assert {row["source"] for row in rows(root / "coded/vervoer/codings.csv")} == {"person"}
    assert len(rows(root / "coded/vervoer/probabilities.csv")) == 2 * 68
    run("train", "vervoer", root=root)
    run("classify", "vervoer", "--probabilities", root=root)
    assert coded_files(root) == first


def test_a_new_wave_in_small_chunks_gives_the_same_bytes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wave = root / "golf.csv"
    answers = ["treinen rijden niet", "fiets kapot", "weet niet", "fiets mee in de trein", "iets anders", "=trein"]
    wave.write_text("respnr,antwoord\n" + "".join(f"{n},{text}\n" for n, text in enumerate(answers)))
    outputs = []
    for chunk, batch in ((5000, 2048), (5000, 2), (4, 2048), (1, 1)):
        monkeypatch.setattr("themawijzer.commands.classify.CHUNK", chunk)
        monkeypatch.setattr("themawijzer.autocoding.autocoder.BATCH", batch)
        run("classify", "vervoer", "--input", wave, "--probabilities", root=root)
        outputs.append(coded_files(root))
    assert all(own == outputs[0] for own in outputs)
    assert rows(root / "coded/vervoer/probabilities.csv")


def test_an_answer_that_reads_differently_loses_the_codes_that_people_gave_it(root: Path) -> None:
    wave = root / "anders.csv"
    wave.write_text("respnr,antwoord\n001,fietspaden\n002,meer treinen graag\n", encoding="utf-8")
    told = run("classify", "vervoer", "--input", wave, root=root)
    assert {row["respondent_id"]: row["source"] for row in rows(root / "coded/vervoer/codings.csv")} == {
        "001": "model",
        "002": "person",
    }
    assert (
        "import.csv: 67 annotations find no answer: 66 of respondents who are not in the responses, 1 of answers"
        in told
    )


def test_a_filled_in_review_file_needs_no_command(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "copy")
    folder = tmp_path / "copy/annotations/vervoer"
    wave = tmp_path / "copy/surveys/vervoer/responses.csv"
    with wave.open("a", encoding="utf-8") as file:
        file.write("901,x,zie boven,\n902,x,idem,\n903,x,zie vorige vraag,\n")
    run("classify", "vervoer", root=tmp_path / "copy")
    table = (tmp_path / "copy/coded/vervoer/review.csv").read_text(encoding="utf-8").splitlines()
    table[1] = table[1].replace("901,v1,thema,,", "901,v1,thema,fiets,")
    table[2] = table[2].replace("902,v1,thema,,", "902,v1,thema,geen,")
    (folder / "codeur-9.csv").write_text("\n".join(table).replace(",", ";"), encoding="cp1252")
    run("classify", "vervoer", root=tmp_path / "copy")
    coded = {row["respnr"]: row["v1_thema_status"] for row in rows(tmp_path / "copy/coded/vervoer/responses_coded.csv")}
    assert (coded["901"], coded["902"], coded["903"]) == ("coded", "none_applies", "review")


def test_codes_of_people_survive_excel_taking_the_zeros_off_the_ids(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "copy")
    annotations = tmp_path / "copy/annotations/vervoer/import.csv"
    stripped = [line.lstrip("0") for line in annotations.read_text(encoding="utf-8").splitlines()]
    annotations.write_text("\n".join(stripped).replace(",", ";"), encoding="cp1252")
    told = run("classify", "vervoer", root=tmp_path / "copy")
    assert {row["source"] for row in rows(tmp_path / "copy/coded/vervoer/codings.csv")} == {"person"}
    assert "find no answer" not in told


def test_codes_of_one_respondent_are_not_those_of_another_whose_id_has_zeros(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "copy")
    annotations = tmp_path / "copy/annotations/vervoer/import.csv"
    first = annotations.read_text(encoding="utf-8").splitlines()[1]
    assert first.startswith("001,v1,thema,trein,de trein is te laat,")
    text = annotations.read_text(encoding="utf-8").replace(first, first.removeprefix("00"))
    annotations.write_text(text, encoding="utf-8")
    wave = tmp_path / "golf.csv"
    for ids, sources in {("001", "1"): ["model", "person"], ("001", "2"): ["person", "model"]}.items():
        lines = ["respnr;antwoord", *(f"{each};de trein is te laat" for each in ids)]
        wave.write_text("\n".join(lines), encoding="utf-8")
        run("classify", "vervoer", "--input", wave, root=tmp_path / "copy")
        codings = rows(tmp_path / "copy/coded/vervoer/codings.csv")
        assert [(row["respondent_id"], row["source"]) for row in codings] == list(zip(ids, sources, strict=True))


def test_evaluation_says_what_it_was_measured_on(root: Path) -> None:
    told = run("evaluate", "vervoer", root=root)
    assert "68 annotated answers, all scored, because fewer than 100 of them were drawn at random; out of fold" in told
    stored = json.loads((root / "models/vervoer/evaluation.json").read_text(encoding="utf-8"))
    (figures,) = stored["evaluations"]
    assert stored["codeframes"]["thema"]["answers"] == figures["n_answers"] == 68
    for rule in ("automatic", "suggested"):
        assert f"  {rule}, the codes " in told
        micro = figures[rule]["micro_f1"]
        assert micro["low"] <= micro["value"] <= micro["high"]
    assert set(figures["baselines"]) == {"majority", "keywords"}


def test_a_changed_codebook_asks_for_retraining(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "copy")
    codebook = tmp_path / "copy/annotations/vervoer/codebook.toml"
    codebook.write_text(codebook.read_text(encoding="utf-8").replace("Trein", "Spoor"), encoding="utf-8")
    told = run("classify", "vervoer", root=tmp_path / "copy", expected=3)
    assert "the codebook has changed since it was trained" in told
    assert "Retrain: themawijzer train vervoer" in told


def test_evaluation_asks_for_retraining_when_the_annotations_have_changed(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "copy")
    annotations = tmp_path / "copy/annotations/vervoer/import.csv"
    lines = annotations.read_text(encoding="utf-8").splitlines()
    annotations.write_text("\n".join(lines[:-1]), encoding="utf-8")
    assert "the annotations or responses have changed" in run("evaluate", "vervoer", root=tmp_path / "copy", expected=3)


def test_every_bar_is_full_when_the_command_is_done(root: Path) -> None:
    found = dict(re.findall(r"^([a-z ]+?) +━.* (\d+/\d+)", run("classify", "vervoer", root=root), flags=re.MULTILINE))
    assert list(found) == ["coding answers", "writing files"]
    assert all(done == total for done, total in (each.split("/") for each in found.values()))


def test_people_see_that_a_command_works_before_there_is_something_to_count(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as in a terminal
    with counting() as (_, progress):
        step = progress("coding answers", 1)
        assert "loading" in capsys.readouterr().out
        step(1)
    told = capsys.readouterr()
    assert ("coding answers" in told.err, "loading" in told.out) == (True, False)


def test_quiet_prints_nothing_when_all_is_well(root: Path) -> None:
    assert run("classify", "vervoer", "--quiet", root=root) == ""


def test_the_installed_command_ends_with_one_message_and_an_exit_code(tmp_path: Path) -> None:
    done = subprocess.run([COMMAND, "classify", "weg", "--root", tmp_path], capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: {tmp_path}/surveys/weg: there is no survey weg\nMake one: themawijzer init\n"


def test_the_help_says_in_whole_sentences_what_each_command_does() -> None:
    environment = os.environ | {"COLUMNS": "80"}
    told = subprocess.run([COMMAND, "--help"], capture_output=True, text=True, check=True, env=environment).stdout
    from themawijzer.cli import app

    commands = told.partition("Commands:")[2].strip().splitlines()
    assert len(commands) == len(app.registered_commands)
    assert all(line.endswith(".") and not line.endswith("...") for line in commands)


def test_the_help_of_an_option_that_is_repeated_says_what_is_given() -> None:
    from typer.main import get_command

    from themawijzer.cli import app

    commands = get_command(app).commands.values()
    repeated = {option.metavar for each in commands for option in each.params if getattr(option, "multiple", False)}
    assert repeated == {"QUESTION", "CODEFRAME", "CODER", "COLUMN", "FILE", "SHEET"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["classify", "bestaat-niet"], "there is no survey bestaat-niet"),
        (["classify", "vervoer", "--input", "weg.csv"], "weg.csv"),
    ],
)
def test_an_error_is_one_message_without_a_traceback(root: Path, arguments: list[str], message: str) -> None:
    assert message in run(*arguments, root=root, expected=2)


def test_what_was_coded_is_reported_on_and_coding_anew_takes_the_report_away(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "copy")
    (tmp_path / "copy/models/vervoer/evaluation.json").unlink(missing_ok=True)  # of a test before this one
    run("classify", "vervoer", root=tmp_path / "copy")
    told = run("report", "vervoer", "--quotes-unread", root=tmp_path / "copy")
    assert "Quality per code is not in it; to measure it: themawijzer evaluate vervoer" in told
    page = tmp_path / "copy/coded/vervoer/report.html"
    assert "meer treinen graag" in page.read_text(encoding="utf-8")
    run("classify", "vervoer", root=tmp_path / "copy")
    assert not page.exists()


def test_evaluation_asks_for_retraining_when_the_responses_have_changed(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "copy")
    (responses,) = (tmp_path / "copy/surveys/vervoer").glob("responses.*")
    responses.write_text(responses.read_text(encoding="utf-8").replace("trein", "tram", 1), encoding="utf-8")
    assert "the annotations or responses have changed" in run("evaluate", "vervoer", root=tmp_path / "copy", expected=3)


def test_annotations_train_without_the_responses(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "copy")
    for responses in (tmp_path / "copy/surveys/vervoer").glob("responses.*"):
        responses.unlink()
    run("train", "vervoer", root=tmp_path / "copy")
    manifest = json.loads((tmp_path / "copy/models/vervoer/manifest.json").read_text(encoding="utf-8"))
    facts = manifest["codeframes"]["thema"]
    assert facts["pool"]["answers"] <= facts["answers"]
