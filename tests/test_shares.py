"""Shares as an analyst gets them: from a survey with a random sample to prevalence.csv."""

import csv
import json
from pathlib import Path

import pytest
from conftest import labelled_answers, run

from themawijzer.coding.prevalence import Prevalence

PROVINCES = ["Utrecht"] * 50 + ["Drenthe"] * 40 + ["Limburg"] * 8 + ["Zeeland"] * 4
REASONS = {
    "HIDDEN": '"niet getoond: minder dan 5 respondenten, of een kleinere groep is eruit te berekenen"',
    "FEW_ANSWERS": '"18 willekeurig gekozen antwoorden, alle 40 nodig: nog 22 te coderen"',
    "FEW_PERSONS": ('"18 willekeurig gekozen respondenten, alle 40 nodig: nog 22 te coderen, met al hun antwoorden"'),
}
GOLDEN = """
per,question,codeframe,code,label,background,group,base,n,n_audit,n_decided,raw_share,share,low,high,effective_n,method,refusal
answer,v1,thema,fiets,Fiets,,,substantive,102,68,68,0.4706,0.4695,0.4543,0.4852,101,geschat,
answer,v1,thema,trein,Trein,,,substantive,102,68,68,0.4706,0.4704,0.4549,0.4865,101,geschat,
answer,v1,thema,fiets,Fiets,provincie,Drenthe,substantive,40,18,18,0.4444,,,,,,FEW_ANSWERS
answer,v1,thema,trein,Trein,provincie,Drenthe,substantive,40,18,18,0.3889,,,,,,FEW_ANSWERS
answer,v1,thema,fiets,Fiets,provincie,Limburg,substantive,,,,,,,,,,HIDDEN
answer,v1,thema,trein,Trein,provincie,Limburg,substantive,,,,,,,,,,HIDDEN
answer,v1,thema,fiets,Fiets,provincie,Utrecht,substantive,50,50,50,0.4800,0.4800,,,50,geteld (volledig),
answer,v1,thema,trein,Trein,provincie,Utrecht,substantive,50,50,50,0.5000,0.5000,,,50,geteld (volledig),
answer,v1,thema,fiets,Fiets,provincie,Zeeland,substantive,,,,,,,,,,HIDDEN
answer,v1,thema,trein,Trein,provincie,Zeeland,substantive,,,,,,,,,,HIDDEN
respondent,,thema,fiets,Fiets,,,substantive,102,68,68,0.4706,0.4695,0.4543,0.4852,101,geschat,
respondent,,thema,trein,Trein,,,substantive,102,68,68,0.4706,0.4704,0.4549,0.4865,101,geschat,
respondent,,thema,fiets,Fiets,provincie,Drenthe,substantive,40,18,18,0.4444,,,,,,FEW_PERSONS
respondent,,thema,trein,Trein,provincie,Drenthe,substantive,40,18,18,0.3889,,,,,,FEW_PERSONS
respondent,,thema,fiets,Fiets,provincie,Limburg,substantive,,,,,,,,,,HIDDEN
respondent,,thema,trein,Trein,provincie,Limburg,substantive,,,,,,,,,,HIDDEN
respondent,,thema,fiets,Fiets,provincie,Utrecht,substantive,50,50,50,0.4800,0.4800,,,50,geteld (volledig),
respondent,,thema,trein,Trein,provincie,Utrecht,substantive,50,50,50,0.5000,0.5000,,,50,geteld (volledig),
respondent,,thema,fiets,Fiets,provincie,Zeeland,substantive,,,,,,,,,,HIDDEN
respondent,,thema,trein,Trein,provincie,Zeeland,substantive,,,,,,,,,,HIDDEN
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """102 respondents, of whom 68 are drawn at random and coded by people; every third of the others repeats one."""
    folder = tmp_path_factory.mktemp("shares")
    coded = labelled_answers()
    others = [text if place % 3 == 0 else f"{text} echt" for place, (_, text, _) in enumerate(coded[:34])]
    answers = [*(text for _, text, _ in coded), *others]
    with (folder / "antwoorden.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["respnr", "provincie", "weging", "antwoord"])
        for number, (province, text) in enumerate(zip(PROVINCES, answers, strict=True), start=1):
            writer.writerow([f"{number:03d}", province, "1,5" if number % 2 else "0,5", text])
    with (folder / "codes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["respnr", "antwoord", "labels"], *coded])
    how = ["--respondent-id", "respnr", "--question", "antwoord", "--background", "provincie", "--weight", "weging"]
    run("init", "vervoer", "--responses", folder / "antwoorden.csv", *how, root=folder)
    run("import", "vervoer", folder / "codes.csv", "--codeframe", "thema", "--labels-column", "labels", root=folder)
    with (folder / "surveys/vervoer/survey.toml").open("a", encoding="utf-8") as file:
        file.write('\n[settings]\nencoder = "use"\n')
    return folder


def classified(root: Path, stream: str, *options: str) -> list[dict[str, str]]:
    """The shares when people's codes came from this stream."""
    (annotations,) = (root / "annotations/vervoer").glob("*.csv")
    text = annotations.read_text(encoding="utf-8")
    annotations.write_text(text.replace(",import,", f",{stream},").replace(",random,", f",{stream},"), encoding="utf-8")
    run("train", "vervoer", root=root)
    run("classify", "vervoer", *options, root=root)
    with (root / "coded/vervoer/prevalence.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_random_sample_gives_shares_with_intervals(root: Path) -> None:
    """Figures may move a little with versions of the libraries; all else is compared as it stands."""
    found = classified(root, "random", "--by", "provincie")
    golden = GOLDEN.strip()
    for name, reason in REASONS.items():
        golden = golden.replace(name, reason)
    expected = list(csv.DictReader(golden.splitlines()))
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        for name, value in wanted.items():
            is_figure = name in ("raw_share", "share", "low", "high") and value
            assert float(row[name]) == pytest.approx(float(value), abs=0.03) if is_figure else row[name] == value


def test_answers_that_people_chose_give_no_corrected_shares(root: Path) -> None:
    found = classified(root, "active")
    by_group = {row["group"]: row for row in found if row["per"] == "answer"}
    assert [by_group[group]["share"] for group in ("", "Drenthe")] == ["", ""]
    assert by_group["Utrecht"]["method"] == "geteld (volledig)"  # people coded all of them
    assert {row["background"] for row in found} == {"", "provincie"}  # without being asked for
    assert found[0]["refusal"] == (
        "0 willekeurig gekozen antwoorden, te weinig om te schatten; codeer ook de 34 antwoorden die nog niemand "
        "codeerde, dan is het aandeel geteld"
    )
    assert float(found[0]["raw_share"]) > 0.3


def test_an_answer_that_reads_as_an_audited_one_is_predicted_as_unseen_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the model has learned by heart would be predicted better than the sample that measures it."""
    seen = []
    add = Prevalence.add
    monkeypatch.setattr(Prevalence, "add", lambda self, blocks, *rest: (seen.extend(blocks), add(self, blocks, *rest)))
    classified(root, "random", "--probabilities")
    (block,) = seen
    repeated = block.codings[68]  # the first of the others, which reads as the first that was coded
    assert repeated.probabilities.tolist() == block.codings[0].probabilities.tolist()
    published = (root / "coded/vervoer/probabilities.csv").read_text(encoding="utf-8")
    assert f"069,v1,thema,trein,{repeated.probabilities[1]:.4f}" not in published


def test_shares_by_a_column_that_is_no_background_name_those_that_are(root: Path) -> None:
    told = run("classify", "vervoer", "--by", "regio", root=root, expected=2)
    assert "regio is not one of the background columns\nKnown: provincie." in told


def test_a_column_with_many_values_gives_shares_only_when_it_is_asked_for(root: Path) -> None:
    (responses,) = (root / "surveys/vervoer").glob("responses.*")
    with responses.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    with responses.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table[0])
        writer.writeheader()
        writer.writerows(row | {"provincie": f"gemeente {place}"} for place, row in enumerate(table))
    assert {row["background"] for row in classified(root, "random")} == {""}
    assert {row["background"] for row in classified(root, "random", "--by", "provincie")} == {"", "provincie"}


def test_the_run_tells_who_decided_per_question_and_codeframe(root: Path) -> None:
    classified(root, "random")
    facts = json.loads((root / "coded/vervoer/run.json").read_text(encoding="utf-8"))
    (decided,) = facts["decided"].values()
    assert decided["person"] == 68
    assert sum(decided.values()) == sum(facts["statuses"]["v1_thema"].values())


def test_a_survey_of_which_people_coded_everything_has_exact_shares_and_asks_for_nothing_more(tmp_path: Path) -> None:
    """95 of 134 answers were imported, and 39 came back from review.csv; none was drawn at random."""
    known = [(text, label) for _, text, label in labelled_answers()]
    known = [*known, *((f"{text}, denk ik", label) for text, label in known)][:134]
    answers = [(f"{number:03d}", text, label) for number, (text, label) in enumerate(known)]
    with (tmp_path / "antwoorden.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("nr", "wens"), *(answer[:2] for answer in answers)])
    with (tmp_path / "codes.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("nr", "wens", "labels"), *answers[:95]])
    how = ["--responses", tmp_path / "antwoorden.csv", "--respondent-id", "nr", "--question", "wens"]
    run("init", "s", *how, root=tmp_path)
    labels = ["--codeframe", "thema", "--labels-column", "labels"]
    run("import", "s", tmp_path / "codes.csv", *labels, root=tmp_path)
    with (tmp_path / "surveys/s/survey.toml").open("a", encoding="utf-8") as file:
        file.write('\n[settings]\nencoder = "use"\n')
    run("train", "s", root=tmp_path)
    run("classify", "s", root=tmp_path)
    told = run("sample", "s", root=tmp_path)
    assert "Nobody coded 39 of its answers; code those instead (review.csv), and it is counted." in told
    review = tmp_path / "coded/s/review.csv"
    with review.open(encoding="utf-8", newline="") as file:
        left = {row["respondent_id"]: row for row in csv.DictReader(file) if row["reason_code"] == "not_proven"}
    with review.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    said = {number: label.lower() for number, _, label in answers[95:]}
    assert len(left) <= len(said) == 39
    with review.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row | {"codes": said.get(row["respondent_id"], row["codes"])} for row in rows)
    run("import", "s", review, "--coder", "codeur-1", root=tmp_path)

    told = run("classify", "s", root=tmp_path)
    assert "thema: people coded all answers; shares are counted, and need no random sample." in told
    assert "sample)" not in told
    with (tmp_path / "coded/s/prevalence.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    for row in found:
        count = sum(row["label"] in label.split("|") for _, _, label in answers)
        assert float(row["share"]) == pytest.approx(count / 134, abs=5e-5)
        figures = [row[name] for name in ("n", "n_decided", "low", "high", "method", "refusal")]
        assert figures == ["134", "134", "", "", "geteld (volledig)", ""]
    told = run("sample", "s", root=tmp_path)
    assert told == "v1: people coded all its answers; its shares are counted, and need no sample.\n"
    for stream in ("random", "active"):
        refused = run("worksheet", "s", "--coder", "codeur-2", "--stream", stream, root=tmp_path, expected=2)
        assert "people coded all answers that say something" in refused
    run("train", "s", root=tmp_path)
    told = run("evaluate", "s", root=tmp_path)
    assert "people coded every answer, and nothing is left for the model" in told
    assert "themawijzer sample" not in told
    assert "the model changed since the survey was coded" in run("report", "s", root=tmp_path, expected=2)
    run("classify", "s", root=tmp_path)
    run("report", "s", root=tmp_path)
    report = (tmp_path / "coded/s/report.html").read_text(encoding="utf-8")
    assert "geteld (volledig)" in report
    assert "geen steekproef" not in report
    assert "verschilschatter" not in report
