"""The way of a label: coded, looked at by people in Excel, taken back, coded again; and what happens to a new wave."""

import csv
import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import run

from themawijzer.commands.classify import classify
from themawijzer.files import sha256
from themawijzer.output.dataset import DatasetWriter, Format
from themawijzer.output.formats import FORMATS
from themawijzer.survey.changes import RevisionProposal, Wording
from themawijzer.survey.revision import revise

DIFFERENT = ["brood van de bakker", "zwemmen met kinderen", "pannenkoeken bakken", "muziek luisteren", "schaatsen"]
RANDOM = "themawijzer sample vervoer --n 100 --input"


@pytest.fixture
def root(team: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(team, tmp_path / "team"))


def rows(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def save_as_excel_does(path: Path, table: list[dict[str, str]]) -> Path:
    """Semicolons, Windows-1252, other line ends, and no zeros in front of numbers."""
    with path.open("w", encoding="cp1252", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(table[0])
        writer.writerows([cell.lstrip("0") if cell.isdecimal() else cell for cell in row.values()] for row in table)
    return path


def new_wave(root: Path, answers: list[str]) -> Path:
    lines = ["respnr,provincie,antwoord,labels", *(f"0{n},x,{text},\n" for n, text in enumerate(answers, start=5001))]
    (root / "golf.csv").write_text("\n".join(line.strip() for line in lines), encoding="utf-8")
    return root / "golf.csv"


def test_codes_that_people_filled_in_in_excel_are_in_the_next_coded_dataset(root: Path) -> None:
    with (root / "surveys/vervoer/responses.csv").open("a", encoding="utf-8", newline="") as file:
        file.write('0901,x,"zie boven","x"\n0902,x,"idem","x"\n0903,x,"zie vraag 1","x"\n')
        file.write('0904,x,"ditto ⚡","x"\n')
    run("classify", "vervoer", root=root)
    review = rows(root / "coded/vervoer/review.csv")
    filled = {"0901": "Fiets|trein", "0902": "geen"}
    open_ids = [row["respondent_id"] for row in review]
    assert {"0901", "0902", "0903"} <= set(open_ids)
    for row in review:
        row["codes"] = filled.get(row["respondent_id"], "")
    excel = save_as_excel_does(root / "review.csv", [dict(reversed(row.items())) for row in review])
    told = run("import", "vervoer", excel, "--coder", "codeur-3", root=root)
    assert f"2 annotations added to {root}/annotations/vervoer/codeur-3.csv; {len(review) - 2} rows are still" in told
    run("classify", "vervoer", root=root)
    coded = {row["respnr"]: row for row in rows(root / "coded/vervoer/responses_coded.csv")}
    assert [coded[each]["v1_thema_status"] for each in ("0901", "0902", "0903")] == ["coded", "none_applies", "review"]
    assert (coded["0901"]["v1_thema_fiets"], coded["0901"]["v1_thema_trein"]) == ("1", "1")
    assert "2 were there already" in run("import", "vervoer", excel, "--coder", "codeur-3", root=root)


def drift(root: Path) -> dict[str, object]:
    facts = json.loads((root / "coded/vervoer/run.json").read_text(encoding="utf-8"))
    return dict(facts["drift"]["thema"])


def fires(root: Path) -> set[str]:
    return {signal["measure"] for signal in drift(root)["signals"] if signal["fires"]}


def test_the_answers_from_which_the_random_sample_was_drawn_withdraw_nothing(root: Path) -> None:
    told = run("classify", "vervoer", root=root)
    assert "differ" not in told
    assert (drift(root)["random_sample_here"], drift(root)["random_sample_elsewhere"]) == (68, 0)
    assert drift(root)["guarantee_withdrawn"] is False


def test_a_wave_like_the_answers_that_were_learned_from_withdraws_nothing(root: Path) -> None:
    answers = [row["antwoord"] for row in rows(root / "surveys/vervoer/responses.csv")]
    told = run("classify", "vervoer", "--input", new_wave(root, answers), root=root)
    assert "differ" not in told
    assert (drift(root)["answers"], drift(root)["random_sample_elsewhere"]) == (68, 68)
    assert (fires(root), drift(root)["guarantee_withdrawn"]) == (set(), False)


def test_a_wave_of_other_answers_says_so_until_a_random_sample_of_it_is_coded(root: Path) -> None:
    wave = new_wave(root, [f"{text} {number}" for number in range(28) for text in DIFFERENT])
    told = run("classify", "vervoer", "--input", wave, root=root)
    assert "thema: these answers differ from those that were learned from: unknown words" in told
    assert f"{RANDOM} {wave}" in told
    assert drift(root)["guarantee_withdrawn"] is True
    assert {"unknown_words", "far_answers"} <= fires(root)
    assert {row["decision"] for row in rows(root / "coded/vervoer/codings.csv")} <= {"review"}
    coded = rows(root / "coded/vervoer/responses_coded.csv")
    assert {row["v1_thema_status"] for row in coded} == {"review"}
    assert {row["share"] for row in rows(root / "coded/vervoer/prevalence.csv")} == {""}

    run("sample", "vervoer", "--n", 60, "--input", wave, root=root)
    drawn = [row | {"codes": "geen"} for row in rows(root / "coded/vervoer/sample.csv")]
    excel = save_as_excel_does(root / "coded/vervoer/sample.csv", drawn)
    told = run("import", "vervoer", excel, "--coder", "codeur-1", "--input", wave, root=root)
    assert "60 annotations added" in told

    told = run("classify", "vervoer", "--input", wave, root=root)
    assert (drift(root)["random_sample_here"], drift(root)["guarantee_withdrawn"]) == (60, False)
    assert "The 60 of them in the random sample decide." in told
    facts = json.loads((root / "coded/vervoer/run.json").read_text(encoding="utf-8"))
    assert facts["certificates"]["thema"]["random_answers"] == 60  # the fresh ones, from which nothing was learned yet
    assert RANDOM not in told


def test_a_panel_that_answers_otherwise_in_the_next_wave_is_judged_by_what_it_says_now(root: Path) -> None:
    survey = root / "surveys/vervoer/survey.toml"
    survey.write_text(survey.read_text(encoding="utf-8") + "[settings]\ntarget = 0.7\n", encoding="utf-8")
    own = rows(root / "surveys/vervoer/responses.csv")
    said = [
        row | {"antwoord": other["antwoord"], "labels": other["labels"]}
        for row, other in zip(own, own[1:] + own[:1], strict=True)
    ]
    wave = root / "golf.csv"
    with wave.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([own[0].keys(), *(row.values() for row in said)])
    run("sample", "vervoer", "--input", wave, root=root)
    labels = {row["respnr"]: row["labels"].lower() for row in said}
    drawn = [row | {"codes": labels[row["respondent_id"]]} for row in rows(root / "coded/vervoer/sample.csv")]
    filled_in = save_as_excel_does(root / "coded/vervoer/sample.csv", drawn)
    run("import", "vervoer", filled_in, "--coder", "import", "--input", wave, root=root)
    told = run("classify", "vervoer", "--input", wave, root=root)
    assert "68 annotations are newer than the model" in told
    facts = json.loads((root / "coded/vervoer/run.json").read_text(encoding="utf-8"))["certificates"]["thema"]
    assert (facts["random_answers"], facts["certified"]) == (68, True)


def test_a_file_whose_name_is_in_another_encoding_is_coded(root: Path) -> None:
    wave = root / os.fsdecode(b"golf \xe9\xe9n.csv")  # as a share of Windows may show it
    try:
        shutil.copy(root / "surveys/vervoer/responses.csv", wave)
    except OSError:
        pytest.skip("this system knows no such names")
    run("classify", "vervoer", "--input", wave, root=root)
    facts = json.loads((root / "coded/vervoer/run.json").read_text(encoding="utf-8"))
    assert facts["input"]["file"] == "golf ??n.csv"


def test_where_everything_was_adjudicated_there_is_no_coder_to_be_wrong(root: Path) -> None:
    folder = root / "annotations/vervoer"
    (folder / "import.csv").rename(folder / "adjudicated.csv")
    run("agreement", "vervoer", root=root)
    assert rows(root / "coded/vervoer/label_errors.csv") == []


def test_progress_comes_to_its_end(root: Path) -> None:
    left = Counter[str]()

    def progress(what: str, total: int) -> Callable[[int], None]:
        left[what] += total
        return lambda steps: left.subtract({what: steps})

    classify(root, "vervoer", input_file=None, style=Format(formats=FORMATS), progress=progress)
    assert left == {"coding answers": 0, "writing files": 0}


def test_evaluation_gives_a_reason_once_for_all_targets_that_have_it(root: Path) -> None:
    told = run("evaluate", "vervoer", root=root)
    certified, nothing_left = (line.strip() for line in told.splitlines() if line.startswith("  0."))
    assert certified == "0.80, 0.90: certified on 68 random answers"
    assert nothing_left == "0.95, 0.99: people coded every answer, and nothing is left for the model"


def test_answers_that_came_after_the_sample_was_drawn_withdraw_its_guarantee(root: Path) -> None:
    survey = root / "surveys/vervoer/survey.toml"
    survey.write_text(survey.read_text(encoding="utf-8") + "[settings]\ntarget = 0.7\n", encoding="utf-8")
    assert "certified on 68 random answers" in run("classify", "vervoer", root=root)
    with (root / "surveys/vervoer/responses.csv").open("a", encoding="utf-8", newline="") as file:
        file.writelines(f"{1000 + n},x,{DIFFERENT[n % 5]} {n},\n" for n in range(100))
    told = run("classify", "vervoer", root=root)
    assert drift(root)["guarantee_withdrawn"] is True
    assert "certified for other answers, but not for these" in told
    statuses = [row["v1_thema_status"] for row in rows(root / "coded/vervoer/responses_coded.csv")]
    assert statuses[-100:] == ["review"] * 100
    shares = rows(root / "coded/vervoer/prevalence.csv")
    assert {row["refusal"] for row in shares} == {"deze antwoorden lijken niet op de steekproef: trek er opnieuw een"}


def test_drift_does_not_depend_on_the_size_of_chunks_and_batches(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wave = new_wave(root, [f"{text} {number}" for number in range(14) for text in DIFFERENT])
    found = []
    for chunk, batch in ((5000, 2048), (9, 2048), (5000, 4)):
        monkeypatch.setattr("themawijzer.commands.classify.CHUNK", chunk)
        monkeypatch.setattr("themawijzer.autocoding.autocoder.BATCH", batch)
        run("classify", "vervoer", "--input", wave, root=root)
        found.append(drift(root))
    assert found[0] == found[1] == found[2]


def test_codes_that_are_saved_while_answers_are_coded_are_not_overwritten(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave = new_wave(root, ["zie boven", "meer treinen"])
    run("classify", "vervoer", "--input", wave, root=root)
    folder = root / "coded/vervoer"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    filled_in = before["review.csv"].replace(b"05001,v1,thema,,", b"05001,v1,thema,fiets,")
    add_review = DatasetWriter.add_review

    def save_meanwhile(writer: DatasetWriter, *items: Any, **how: Any) -> None:
        (folder / "review.csv").write_bytes(filled_in)
        add_review(writer, *items, **how)

    monkeypatch.setattr(DatasetWriter, "add_review", save_meanwhile)
    told = run("classify", "vervoer", "--input", wave, "--excel-nl", root=root, expected=2)
    assert "1 rows that are not among the annotations yet" in told
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before | {"review.csv": filled_in}
    assert [path.name for path in folder.parent.iterdir()] == ["vervoer"]


def test_a_run_that_is_asked_to_stop_leaves_nothing_half_done(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DatasetWriter, "add_review", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
    assert "Error" not in run("classify", "vervoer", root=root, expected=143)
    assert list((root / "coded").iterdir()) == []


def test_a_review_that_nobody_touched_is_not_read_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("classify", "vervoer", root=root)
    read: list[Path] = []
    monkeypatch.setattr("themawijzer.project.returning.read_shaped", lambda file: read.append(file) or [])
    run("classify", "vervoer", root=root)
    assert read == []
    review = root / "coded/vervoer/review.csv"
    review.write_bytes(review.read_bytes() + b"\n")
    run("classify", "vervoer", root=root)
    assert read == [review]


def test_codes_that_were_filled_in_but_not_imported_are_never_overwritten(root: Path) -> None:
    with (root / "surveys/vervoer/responses.csv").open("a", encoding="utf-8", newline="") as file:
        file.write('0901,x,"zie boven","x"\n')
    run("classify", "vervoer", root=root)
    path = root / "coded/vervoer/review.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("0901,v1,thema,,", "0901,v1,thema,fiets,"), encoding="utf-8"
    )
    told = run("classify", "vervoer", root=root, expected=2)
    assert "1 rows that are not among the annotations yet" in told
    assert "0901,v1,thema,fiets," in path.read_text(encoding="utf-8")
    run("import", "vervoer", path, "--coder", "codeur-3", root=root)
    run("classify", "vervoer", root=root)
    assert "0901,v1,thema" not in path.read_text(encoding="utf-8")


def test_answers_with_a_retired_code_wait_for_a_person_and_nobody_stumbles_over_them(root: Path) -> None:
    folder = root / "annotations/vervoer"
    before = (folder / "import.csv").read_bytes()
    parts = (Wording(label="Te laat", definition="vertraging"), Wording(label="Spoor", definition="ns, trein, spoor"))
    split = RevisionProposal(kind="split", codeframe="thema", codes=("trein",), wordings=parts)
    revise(folder, split, coder="codeur-1", seen=sha256(folder / "codebook.toml"))
    told = run("train", "vervoer", root=root)
    assert "32 annotations are to be judged again" in told
    assert "learned from 36 annotated answers, 3 codes" in told
    told = run("classify", "vervoer", root=root)
    assert "not certified: some of the random answers are to be judged again" in told
    assert {row["refusal"] for row in rows(root / "coded/vervoer/prevalence.csv")} == {
        "een deel van de steekproef moet opnieuw beoordeeld worden, omdat het codeboek is gewijzigd"
    }
    sources = {row["respondent_id"]: row["source"] for row in rows(root / "coded/vervoer/codings.csv")}
    assert "001" not in sources or sources["001"] != "person"
    assert sources["006"] == "person"
    labels = ["--codeframe", "thema", "--labels-column", "labels", "--random-sample"]
    assert "68 were there already" in run("import", "vervoer", root / "gelabeld.csv", *labels, root=root)
    assert "v1: 32 answers drawn" in run("sample", "vervoer", "--n", "100", root=root)
    run("export", "vervoer", "--shape", "wide", root=root)
    run("import", "vervoer", root / "coded/vervoer/annotations_wide.csv", "--coder", "import", root=root)
    assert (folder / "import.csv").read_bytes() == before
