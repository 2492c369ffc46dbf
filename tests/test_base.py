"""Which answers shares are of: decided once per question, and the same whoever looked at them."""

import csv
import json
from pathlib import Path

import numpy as np
import pyreadstat
import pytest
from conftest import labelled_answers, run

from themawijzer.coding.cell_shares import Refusal, Share
from themawijzer.coding.codings import CodedBlock, Coding, Status, coding_by_person, coding_uncounted, coding_undecided
from themawijzer.coding.prevalence import Prevalence
from themawijzer.coding.tallies import Per
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.gold import Gold
from themawijzer.survey.survey import Base, Question

CODES = ["groen", "weet_niet"]
CODEFRAME = Codeframe.model_validate(
    {
        "id": "thema",
        "label": "Thema",
        "code": [{"id": code, "value": n, "label": code, "definition": "?"} for n, code in enumerate(CODES, start=1)],
    }
)
N_UNSURE, N_EMPTY = 12, 8


def question(base: Base, id_: str = "v1") -> Question:
    return Question(id=id_, column=id_, text="?", codeframes=["thema"], base=base)


def gold(*codes: str) -> Gold:
    return Gold(frozenset(codes), frozenset(), "x", ("codeur-1",), is_random=True)


def coded(*codes: str) -> Coding:
    return coding_by_person(CODES, gold(*codes))


def nothing(status: Status, base: Base, *codes: str) -> Coding:
    undecided = coding_undecided(status, len(CODES), base)
    return coding_uncounted(undecided, CODES, gold(*codes)) if codes else undecided


def shares_of(*blocks: CodedBlock) -> dict[tuple[Per, str], Share]:
    prevalence = Prevalence([], 5)
    prevalence.add(blocks, np.ones(len(blocks[0].codings)), {})
    return {(share.table.per, share.code): share for share in prevalence.shares()}


def test_codes_of_people_on_answers_outside_the_base_count_in_no_share() -> None:
    base = Base.SUBSTANTIVE
    codings = [coded("groen")] * 20 + [coded()] * 40
    codings += [nothing(Status.NO_ANSWER, base, "weet_niet")] * 10 + [nothing(Status.NO_ANSWER, base)] * 30
    shares = shares_of(CodedBlock(question(base), CODEFRAME, codings))
    assert (shares[Per.ANSWER, "groen"].n, shares[Per.ANSWER, "groen"].share) == (60, pytest.approx(1 / 3))
    unsure = shares[Per.ANSWER, "weet_niet"]
    assert (unsure.raw, unsure.share, unsure.refusal) == (None, None, Refusal.OUTSIDE_BASE)


def test_a_code_of_counted_answers_that_nobody_gave_has_a_share_of_nothing() -> None:
    block = CodedBlock(question(Base.SUBSTANTIVE), CODEFRAME, [coded("groen")] * 20 + [coded()] * 40)
    assert shares_of(block)[Per.ANSWER, "weet_niet"].share == 0


def test_of_everybody_who_was_asked_the_empty_ones_have_no_code() -> None:
    base = Base.ASKED
    codings = [coded("groen")] * 20 + [coded()] * 40 + [nothing(Status.EMPTY, base)] * 20
    share = shares_of(CodedBlock(question(base), CODEFRAME, codings))[Per.ANSWER, "groen"]
    assert (share.n, share.n_audit, share.n_decided) == (80, 60, 80)
    assert (share.share, share.raw) == (pytest.approx(0.25), pytest.approx(0.25))


def test_what_is_unknown_of_a_part_is_unknown_of_the_whole_in_proportion() -> None:
    base = Base.ASKED
    open_ = coding_undecided(Status.REVIEW, len(CODES))
    said = [coded("groen")] * 30 + [coded()] * 30 + [open_] * 140
    filled = shares_of(CodedBlock(question(Base.FILLED_IN), CODEFRAME, said))[Per.ANSWER, "groen"]
    asked = shares_of(CodedBlock(question(base), CODEFRAME, said + [nothing(Status.EMPTY, base)] * 50))
    found = asked[Per.ANSWER, "groen"]
    assert [found.share, found.low, found.high] == pytest.approx(
        [0.8 * (figure or 0) for figure in (filled.share, filled.low, filled.high)]
    )


def test_a_respondent_counts_where_any_answer_does() -> None:
    silent, empty = nothing(Status.NO_ANSWER, Base.SUBSTANTIVE, "weet_niet"), nothing(Status.EMPTY, Base.FILLED_IN)
    first = [coded("groen")] * 30 + [silent] * 30 + [silent] * 30
    second = [empty] * 30 + [coded()] * 30 + [empty] * 30
    blocks = (
        CodedBlock(question(Base.SUBSTANTIVE, "v1"), CODEFRAME, first),
        CodedBlock(question(Base.FILLED_IN, "v2"), CODEFRAME, second),
    )
    share = shares_of(*blocks)[Per.RESPONDENT, "groen"]
    assert (share.n, share.share, share.table.bases) == (60, 0.5, (Base.FILLED_IN, Base.SUBSTANTIVE))


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """68 answers with codes, 12 times "weet niet" and 8 that are empty; people coded half of those, at random."""
    folder = tmp_path_factory.mktemp("base")
    said = labelled_answers() + [(f"8{n:02d}", "weet niet", "Weet niet") for n in range(N_UNSURE)]
    with (folder / "antwoorden.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [(number, text) for number, text, _ in said] + [(f"9{n:02d}", "") for n in range(N_EMPTY)]
        csv.writer(file).writerows([["nr", "wens"], *rows])
    with (folder / "codes.csv").open("w", encoding="utf-8", newline="") as file:
        known = [row for place, row in enumerate(said) if place % 4]
        csv.writer(file).writerows([["nr", "labels"], *((number, labels) for number, _, labels in known)])
    options = ["--responses", folder / "antwoorden.csv", "--respondent-id", "nr", "--question", "wens"]
    run("init", "s", *options, root=folder)
    labels = ["--codeframe", "thema", "--labels-column", "labels", "--random-sample"]
    run("import", "s", folder / "codes.csv", *labels, root=folder)
    return folder


def classified(root: Path, base: Base) -> tuple[str, dict[str, dict[str, str]]]:
    """What `classify` tells, and the shares of answers by code."""
    file = root / "surveys/s/survey.toml"
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("base")]
    file.write_text("\n".join([*lines, f'base = "{base}"']), encoding="utf-8")
    run("train", "s", root=root)
    told = run("classify", "s", "--formats", "csv,sav", root=root)
    with (root / "coded/s/prevalence.csv").open(encoding="utf-8", newline="") as prevalence:
        return told, {row["code"]: row for row in csv.DictReader(prevalence) if row["per"] == "answer"}


def test_answers_that_say_nothing_are_outside_the_base_whoever_coded_them(survey: Path) -> None:
    told, shares = classified(survey, Base.SUBSTANTIVE)
    assert 'v1: 9 codings by people are of answers such as "weet niet", which count in no share' in told
    assert 'they count with base = "filled_in" at question v1 in surveys/s/survey.toml' in " ".join(told.split())
    assert (shares["trein"]["base"], shares["trein"]["n"]) == ("substantive", "68")
    unsure = shares["weet_niet"]
    assert [unsure[column] for column in ("n_decided", "raw_share", "share", "low", "high")] == [""] * 5
    assert unsure["refusal"].startswith("mensen gaven deze code alleen aan antwoorden die niet meetellen")
    with (survey / "coded/s/responses_coded.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["wens"] == "weet niet"]
    assert {row["v1_thema_status"] for row in rows} == {"no_answer"}
    assert {row["v1_thema_weet_niet"] for row in rows} == {""}
    assert [row["v1_thema"] for row in rows].count("Weet niet") == 9  # what people said stays in the dataset
    run("report", "s", root=survey)
    table = json.loads((survey / "coded/s/summary.json").read_text(encoding="utf-8"))["shares"][0]
    assert (table["n"], table["among"]) == (68, "inhoudelijke antwoorden")
    assert "n = 68 inhoudelijke antwoorden" in (survey / "coded/s/report.html").read_text(encoding="utf-8")


def test_filled_in_answers_are_drawn_learned_and_counted_like_others(survey: Path) -> None:
    told, shares = classified(survey, Base.FILLED_IN)
    assert "count in no share" not in told
    assert (shares["weet_niet"]["base"], shares["weet_niet"]["n"]) == ("filled_in", "80")
    assert float(shares["weet_niet"]["share"]) == pytest.approx(N_UNSURE / 80, abs=0.02)
    run("sample", "s", "--n", 100, root=survey)
    drawn = (survey / "coded/s/sample.csv").read_text(encoding="utf-8")
    assert drawn.count("weet niet") == 3


def test_of_everybody_who_was_asked_the_sets_of_spss_hold_all(survey: Path) -> None:
    _, shares = classified(survey, Base.ASKED)
    assert (shares["trein"]["base"], shares["trein"]["n"]) == ("asked", "88")
    assert float(shares["weet_niet"]["share"]) == pytest.approx(N_UNSURE / 88, abs=0.02)
    frame, _ = pyreadstat.read_sav(survey / "coded/s/responses_coded.sav", user_missing=True)
    assert frame.loc[frame["wens"] == "", "v1_thema_geen"].tolist() == [1] * N_EMPTY
    assert frame.loc[frame["wens"] == "", "v1_thema_trein"].tolist() == [0] * N_EMPTY


def test_a_set_of_spss_has_answers_without_a_code_in_its_base(survey: Path) -> None:
    classified(survey, Base.SUBSTANTIVE)
    lines = (survey / "coded/s/responses_coded.sps").read_text(encoding="utf-8-sig").splitlines()
    names = next(line for line in lines if "VARIABLES=" in line).split("=")[1].split()
    frame, _ = pyreadstat.read_sav(survey / "coded/s/responses_coded.sav", user_missing=True)
    in_base = (frame[names] == 1).any(axis=1)  # how SPSS counts who is in a set of dichotomies
    decided = frame["v1_thema_status"].isin([1, 2])
    assert in_base.tolist() == decided.tolist()
    assert (frame["v1_thema_status"] == 2).sum() == 12


def test_the_report_of_another_base_than_was_coded_asks_to_code_again(survey: Path) -> None:
    classified(survey, Base.SUBSTANTIVE)
    file = survey / "surveys/s/survey.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("substantive", "asked"), encoding="utf-8")
    assert "changed since the survey was coded" in run("report", "s", root=survey, expected=2)


def test_a_base_that_does_not_exist_is_refused_with_those_that_do(survey: Path) -> None:
    file = survey / "surveys/s/survey.toml"
    before = file.read_text(encoding="utf-8")
    lines = [line for line in before.splitlines() if not line.startswith("base")]
    file.write_text("\n".join([*lines, 'base = "alles"']), encoding="utf-8")
    told = " ".join(run("classify", "s", root=survey, expected=2).split())
    file.write_text(before, encoding="utf-8")
    assert f'line {len(lines) + 1}: `base` has to be "asked", "filled_in" or "substantive"' in told


def test_phrases_that_are_no_answer_and_count_as_one_are_refused_with_both_keys(survey: Path) -> None:
    file = survey / "surveys/s/survey.toml"
    before = file.read_text(encoding="utf-8")
    lines = [line for line in before.splitlines() if not line.startswith("base")]
    file.write_text("\n".join([*lines, 'base = "filled_in"', 'no_answer = ["nee"]']), encoding="utf-8")
    told = " ".join(run("classify", "s", root=survey, expected=2).split())
    file.write_text(before, encoding="utf-8")
    assert f"line {len(lines) + 2}" in told
    assert '`no_answer`: these answers count all the same, by base = "filled_in" of question v1' in told


def draw_and_code(root: Path, n: int, truth: dict[str, str]) -> None:
    run("sample", "s", "--n", n, root=root)
    file = root / "coded/s/sample.csv"
    with file.open(encoding="utf-8", newline="") as sample:
        rows = list(csv.DictReader(sample))
    with file.open("w", encoding="utf-8", newline="") as sample:
        writer = csv.DictWriter(sample, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"codes": truth[row["respondent_id"]]} for row in rows)
    run("import", "s", file, "--coder", "codeur-1", root=root)


def test_a_sample_that_was_drawn_before_answers_counted_vouches_for_nothing(tmp_path: Path) -> None:
    """68 answers have codes, and 40 say "weet niet": none of them was drawn while they did not count."""
    said = labelled_answers() + [(f"8{n:02d}", "weet niet", "geen") for n in range(40)]
    truth = {number: labels.lower() for number, _, labels in said}
    for name, rows in {"antwoorden": said, "codes": said[:16]}.items():
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["nr", "wens", "labels"], *rows])
    options = ["--responses", tmp_path / "antwoorden.csv", "--respondent-id", "nr", "--question", "wens"]
    run("init", "s", *options, root=tmp_path)
    run("import", "s", tmp_path / "codes.csv", "--codeframe", "thema", "--labels-column", "labels", root=tmp_path)
    draw_and_code(tmp_path, 52, truth)
    told, shares = classified(tmp_path, Base.SUBSTANTIVE)
    assert "the random answers lack" not in told
    assert shares["trein"]["share"]
    told, shares = classified(tmp_path, Base.FILLED_IN)
    assert 'not certified: the random answers lack those such as "weet niet"' in " ".join(told.split())
    assert "by the model 0;" in told
    assert shares["trein"]["share"] == ""
    assert shares["trein"]["refusal"].startswith("in de steekproef ontbreken antwoorden zoals ‘weet niet’")
    draw_and_code(tmp_path, 40, truth)
    told, shares = classified(tmp_path, Base.FILLED_IN)
    assert "the random answers lack" not in told
    n_train = sum("Trein" in labels for _, _, labels in said)
    assert float(shares["trein"]["low"]) <= n_train / len(said) <= float(shares["trein"]["high"])
