import csv
import tomllib
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
from conftest import labelled_answers, run

from themawijzer.annotation.snapshot import Snapshots
from themawijzer.output.datafile import Ending
from themawijzer.output.dataset import DatasetWriter, Format
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.configuration import check_configuration
from themawijzer.survey.missing import undeclared_missing
from themawijzer.survey.responses import check_responses, read_responses
from themawijzer.survey.survey import Folders, Survey
from themawijzer.tables.described import Description
from themawijzer.tables.table import Table

SURVEY = """title = "Proef"
responses = "r.csv"
respondent_id = "nr"
background = ["wijk"]
missing.values = ["-99", "NULL", "Niet ingevuld"]
[[question]]
id = "v1"
column = "wens"
text = "Wat wenst u?"
"""


def table(described=None, **columns):
    return Table(path=Path("r.csv"), values=pd.DataFrame(columns, dtype=str), described=described or {})


def test_values_of_the_survey_are_no_answers_and_no_groups():
    survey = check_configuration(SURVEY, Survey, Path("survey.toml"))
    wens = ["meer bomen", " -99 ", "null", "NULL", "Niet ingevuld", "-99 euro"]
    wijk = ["Noord", "NULL", "-99", "null", "", "Zuid"]
    nr = ["-99", "NULL", "3", "4", "5", "6"]
    responses = check_responses(survey, table(nr=nr, wijk=wijk, wens=wens))
    assert list(responses.cells("wens")) == ["meer bomen", "", "null", "", "", "-99 euro"]
    assert list(responses.cells("wijk")) == ["Noord", "", "", "null", "", "Zuid"]
    assert responses.respondent_ids == nr
    assert (responses.n_declared_missing("wens"), responses.n_declared_missing("wijk")) == (3, 2)
    assert responses.table.texts("wens").tolist() == wens
    says_something = survey.questions[0].no_answers.says_something
    assert list(map(says_something, ["Niet ingevuld", "niet ingevuld", "meer bomen"])) == [False, True, True]


@pytest.mark.parametrize("base", ["filled_in", "asked"])
def test_they_are_no_answers_where_weet_niet_is_one(base):
    survey = check_configuration(f'{SURVEY}base = "{base}"\n', Survey, Path("survey.toml"))
    says_something = survey.questions[0].no_answers.says_something
    assert list(map(says_something, ["Niet ingevuld", "NULL", "weet niet"])) == [False, False, True]


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["NULL", "bus", "null", "#NULL!", "-99", "NULL"], {"NULL": 2, "null": 1, "#NULL!": 1, "-99": 1}),
        (["1", "2", "-99", "-99", "5"], {"-99": 2}),
        (["1", "-66", "-77", "-98", "-999", " -66 "], {"-66": 2, "-77": 1, "-98": 1, "-999": 1}),
        (["1", "2", "-99", "5"], {}),  # once is chance
        (["12", "-99", "-99", "-3"], {}),  # a number like others
        (["-2", "-1", "0", "-1", "-2"], {}),  # a scale
        (["-11", "-11", "4"], {}),
        (["geen", "nee", "nee", "99", "99", "n.v.t."], {}),
    ],
)
def test_what_programs_write_where_nobody_answered_is_recognized(cells, found):
    assert undeclared_missing(table(wens=cells), ["wens"]) == found


def test_a_code_that_is_a_number_in_one_column_is_one_everywhere():
    responses = table(saldo=["-99", "-3", "7"], wens=["-99", "-99", "NULL"], x=["-99", "NULL", "NULL"])
    assert undeclared_missing(responses, ["saldo", "wens"]) == {}
    assert undeclared_missing(responses, ["saldo", "x"]) == {"NULL": 2}


def test_what_a_file_declares_is_not_declared_again():
    declared = {"wens": Description(missing=[("-99", "-99")])}
    assert undeclared_missing(table(declared, wens=["-99", "-99", "bus"]), ["wens"]) == {}


def test_init_writes_them_and_classify_counts_them_or_names_them(tmp_path):
    path = tmp_path / "in.csv"
    rows = [(number, "Noord", text, label) for number, text, label in labelled_answers()]
    rows += [
        (f"9{n}", wijk, wens, "") for n, (wijk, wens) in enumerate([("-99", "NULL"), ("-99", "NULL"), ("Zuid", "-77")])
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("nr", "wijk", "wens", "labels"), *rows])
    options = ["--respondent-id", "nr", "--question", "wens", "--background", "wijk"]
    told = run("init", "s", "--responses", path, *options, root=tmp_path)
    survey = tmp_path / "surveys/s/survey.toml"
    assert f"\nCount as no answer, by [missing] in {survey}: -99 (2), NULL (2), -77 (1).\n" in told
    assert tomllib.loads(survey.read_text(encoding="utf-8"))["missing"] == {"values": ["-99", "NULL", "-77"]}

    run("import", "s", path, "--codeframe", "thema", "--labels-column", "labels", root=tmp_path)
    run("train", "s", root=tmp_path)
    told = run("classify", "s", root=tmp_path)
    assert "\nv1: 3 answers that the file or survey.toml declares missing are empty.\n" in told
    assert "\nwijk: 2 values that the file or survey.toml declares missing are in no group.\n" in told
    assert "Taken as no answer" not in told
    with (tmp_path / "coded/s/responses_coded.csv").open(encoding="utf-8", newline="") as file:
        found = {row["nr"]: (row["wijk"], row["wens"], row["v1_thema_status"]) for row in csv.DictReader(file)}
    assert found["90"] == ("-99", "NULL", "empty")
    groups = pd.read_csv(tmp_path / "coded/s/prevalence.csv", dtype=str)["group"]
    assert set(groups.dropna()) == {"Noord"}
    with (tmp_path / "coded/s/review.csv").open(encoding="utf-8", newline="") as file:
        assert not {row["respondent_id"] for row in csv.DictReader(file)} & {"90", "91", "92"}
    run("report", "s", root=tmp_path)
    shown = (tmp_path / "coded/s/summary.md").read_text(encoding="utf-8")
    assert "Volgens het bestand of survey.toml ontbreken er 3." in shown

    whole = survey.read_text(encoding="utf-8")
    start, stop = whole.index("[missing]"), whole.index("[[question]]")
    survey.write_text(whole[:start] + whole[stop:], encoding="utf-8")
    assert "`[missing] values` changed since the survey was coded" in run("report", "s", root=tmp_path, expected=2)
    told = run("classify", "s", root=tmp_path)
    where = "near the top of surveys/s/survey.toml"
    assert "\nIn cells of questions and background columns stands -99 (2), NULL (2), -77 (1).\n" in told
    remedy = 'missing.values = ["-99", "NULL", "-77"]'
    assert f"\n  If nobody answered there, write this {where}: {remedy}\n" in told
    survey.write_text(f"{remedy}\n{survey.read_text(encoding='utf-8')}", encoding="utf-8")
    assert "v1: 3 answers that the file or" in run("classify", "s", root=tmp_path)


def test_groups_are_called_by_their_labels_and_no_two_the_same():
    labels = {1.0: "Noord", 2.0: "Zuid", 3.0: "Zuid", 4.0: "", 9.0: "weet niet"}
    described = {"wijk": Description(type=pa.float64(), value_labels=labels)}
    values = pd.DataFrame({"nr": ["a", "b", "c", "d", "e"], "wens": "x"}).assign(wijk=[1.0, 2.0, 3.0, 4.0, 10.0])
    survey = check_configuration(SURVEY, Survey, Path("survey.toml"))
    responses = check_responses(survey, Table(path=Path("r.sav"), values=values, described=described))
    assert responses.group_names("wijk") == {"1": "Noord", "2": "Zuid (2)", "3": "Zuid (3)"}
    assert responses.group_names("wens") == {}


def test_people_read_labels_of_groups_and_the_dataset_keeps_the_values(tmp_path):
    answers = labelled_answers()
    frame = pd.DataFrame(answers, columns=["nr", "wens", "labels"])
    frame["wijk"] = [[10.0, 2.0, 9.0][n % 3] for n in range(len(frame))]
    frame["tip"] = "bel vaker"  # to a question without codes
    labels = {2.0: "zeer ontevreden", 10.0: "zeer tevreden", 9.0: "weet niet"}
    pyreadstat.write_sav(frame, tmp_path / "in.sav", variable_value_labels={"wijk": labels})
    frame.to_csv(tmp_path / "labels.csv", index=False)
    options = ["--respondent-id", "nr", "--question", "wens", "--question", "tip", "--background", "wijk"]
    run("init", "s", "--responses", tmp_path / "in.sav", *options, root=tmp_path)
    how = ["--codeframe", "thema", "--labels-column", "labels", "--question", "v1"]
    run("import", "s", tmp_path / "labels.csv", *how, root=tmp_path)
    run("train", "s", root=tmp_path)
    told = run("classify", "s", root=tmp_path)
    assert "\nNot coded, as surveys/s/survey.toml names no codeframes there: v2.\n" in told
    shares = pd.read_csv(tmp_path / "coded/s/prevalence.csv", dtype=str, keep_default_na=False)
    groups = shares[shares["background"] == "wijk"]["group"]
    assert list(dict.fromkeys(groups)) == ["", "zeer ontevreden", "zeer tevreden"]  # as 2 and 10 go
    with (tmp_path / "coded/s/responses_coded.csv").open(encoding="utf-8", newline="") as file:
        assert {row["wijk"] for row in csv.DictReader(file)} == {"2", "9", "10"}
    run("report", "s", root=tmp_path)
    assert "zeer ontevreden" in (tmp_path / "coded/s/summary.md").read_text(encoding="utf-8")
    background = Snapshots(Folders(tmp_path, "s")).current().material.background
    assert [background[number]["wijk"] for number in ("001", "002", "003")] == ["zeer tevreden", "zeer ontevreden", ""]


@pytest.mark.parametrize(
    ("cells", "missing"),
    [
        (["1", "2", "-99", "-88"], [(-99, -99), (-88, -88)]),
        (["1", "-99", "-88", "-77", "-66"], [(-99, -66)]),
        (["-80", "-99", "-88", "-77", "-66"], []),  # SPSS can say it in no way
        (["1", "2"], []),
        (["Noord", "-99"], []),  # text
    ],
)
def test_the_spss_file_declares_numbers_of_the_background_missing(tmp_path, cells, missing):
    values = 'missing.values = ["-99", "-88", "-77", "-66", "NULL"]'
    toml = SURVEY.replace('missing.values = ["-99", "NULL", "Niet ingevuld"]', values)
    path = tmp_path / "r.csv"
    rows = "".join(f"{n},{cell},-99,bos\n" for n, cell in enumerate(cells))
    path.write_text(f"nr,wijk,ander,wens\n{rows}", encoding="utf-8")
    responses = read_responses(check_configuration(toml, Survey, Path("survey.toml")), path)
    codebook, style = Codebook.model_validate({"title": "t", "version": "1.0.0"}), Format(formats=("sav",))
    with DatasetWriter(tmp_path / "coded", responses, codebook, style) as writer:
        writer.add(0, [])
        writer.finish(Ending(pd.DataFrame(), pd.DataFrame(), {}))
    frame, about = pyreadstat.read_sav(tmp_path / "coded/responses_coded.sav", user_missing=True)
    found = [(ends["lo"], ends["hi"]) for ends in about.missing_ranges.get("wijk", [])]
    assert (found, "ander" in about.missing_ranges) == (missing, False)
    assert frame["wijk"].tolist() == [float(cell) if missing or "Noord" not in cells else cell for cell in cells]
