import csv
import json
import shutil

import openpyxl
import pyarrow.parquet as pq
import pyreadstat
import pytest
from conftest import labelled_answers, run

import themawijzer
from themawijzer.errors import InputError
from themawijzer.files import sha256
from themawijzer.survey.configuration import check_configuration
from themawijzer.survey.responses import read_responses
from themawijzer.survey.survey import Survey

SURVEY = """title = "Proef"
responses = "r.csv"
respondent_id = "nr"
background = ["wijk"]
{more}
[[question]]
id = "v1"
column = "wens"
text = "Wat wenst u?"
"""
RESPONSES = "nr,wijk,E-mail,wens,duur\n1,Noord,a@b.nl,meer bomen,12\n2,Zuid,c@d.nl,,9\n"


def read(folder, more):
    path = folder / "r.csv"
    path.write_text(RESPONSES, encoding="utf-8")
    return read_responses(check_configuration(SURVEY.format(more=more), Survey, folder / "survey.toml"), path)


@pytest.mark.parametrize(
    ("more", "stays", "left_out"),
    [
        ("", ["nr", "wijk", "E-mail", "wens", "duur"], []),
        ('leave_out = ["E-mail"]', ["nr", "wijk", "wens", "duur"], ["E-mail"]),
        ("leave_out = []", ["nr", "wijk", "E-mail", "wens", "duur"], []),
        ('leave_out = ["e\u2010MAIL "]', ["nr", "wijk", "wens", "duur"], ["E-mail"]),
        ('keep = ["duur"]', ["nr", "wijk", "wens", "duur"], ["E-mail"]),
        ('keep = [" Duur"]', ["nr", "wijk", "wens", "duur"], ["E-mail"]),
        ("keep = []", ["nr", "wijk", "wens"], ["E-mail", "duur"]),
    ],
)
def test_the_survey_says_which_other_columns_stay(tmp_path, more, stays, left_out):
    responses = read(tmp_path, more)
    assert (list(responses.table.frame.columns), list(responses.left_out)) == (stays, left_out)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ('keep = ["duur"]\nleave_out = ["E-mail"]', "line 6: `leave_out`: `keep` names the only other columns"),
        ('leave_out = ["duur",\n"wijk"]', "line 5: `leave_out`: wijk is the respondent id, the weight, a background"),
        ('leave_out = ["wens"]', "line 5: `leave_out`: wens is the respondent id"),
        ('keep = ["leeftijd"]', "row 1, column leeftijd: this column does not exist"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(tmp_path, more, problem):
    with pytest.raises(InputError) as caught:
        read(tmp_path, more)
    assert problem in str(caught.value)


@pytest.fixture(scope="module")
def coded(tmp_path_factory):
    """A survey of which the e-mail addresses were left out, coded in all formats."""
    root = tmp_path_factory.mktemp("left_out")
    with (root / "r.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [(number, f"geheim{number}@b.nl", "geheim", text, label) for number, text, label in labelled_answers()]
        csv.writer(file).writerows([("nr", "E-mail", "intern", "wens", "labels"), *rows])
    run("init", "s", "--responses", root / "r.csv", "--respondent-id", "nr", "--question", "wens", root=root)
    run("import", "s", root / "r.csv", "--codeframe", "thema", "--labels-column", "labels", root=root)
    choose(root, 'leave_out = ["intern", "E-mail"]')
    run("train", "s", root=root)
    return root, run("classify", "s", "--formats", "csv,xlsx,sav,parquet", "--probabilities", root=root)


def choose(root, choice):
    path = root / "surveys/s/survey.toml"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("leave_out")]
    path.write_text("\n".join([choice, *lines]), encoding="utf-8")


def test_what_is_left_out_is_in_no_format_and_in_no_other_file(coded):
    root, _ = coded
    own = ["nr", "wens", "labels"]
    folder = root / "coded/s"
    with (folder / "responses_coded.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file))[:4] == [*own, "v1_thema"]
    assert pq.read_table(folder / "responses_coded.parquet").column_names[:4] == [*own, "v1_thema"]
    _, about = pyreadstat.read_sav(folder / "responses_coded.sav", metadataonly=True)
    assert about.column_names[:4] == [*own, "v1_thema"]
    book = openpyxl.load_workbook(folder / "responses_coded.xlsx")
    assert [cell.value for cell in book["Gecodeerd"][1]][:4] == [*own, "v1_thema"]
    run("report", "s", root=root)
    run("worksheet", "s", "--coder", "codeur-1", "--n", "5", "--stream", "double", root=root)
    run("export", "s", "--shape", "long", root=root)
    for path in folder.iterdir():
        assert b"geheim" not in path.read_bytes(), path.name
    assert list(themawijzer.open_survey(root / "surveys/s").responses.columns) == own
    assert list(themawijzer.open_survey(root / "surveys/s").coded.columns)[:4] == [*own, "v1_thema"]


def test_what_is_left_out_is_told(coded):
    root, told = coded
    assert "\nLeft out, as surveys/s/survey.toml says, 2 of 5 columns: E-mail, intern.\n" in told
    facts = json.loads((root / "coded/s/run.json").read_text(encoding="utf-8"))
    assert facts["input"]["left_out"] == ["E-mail", "intern"]
    assert [facts["configuration"][key] for key in ("keep", "leave_out")] == [None, ["intern", "E-mail"]]
    with (root / "coded/s/codebook.csv").open(encoding="utf-8", newline="") as file:
        *_, first, second = [(row["file"], row["column"], row["label"]) for row in csv.DictReader(file)]
    about = "weggelaten: staat in geen uitvoerbestand (keep of leave_out in survey.toml)"
    assert (first, second) == (("(invoerbestand)", "E-mail", about), ("(invoerbestand)", "intern", about))
    book = openpyxl.load_workbook(root / "coded/s/responses_coded.xlsx")
    told = [row[1].value for row in book["Lees mij"] if row[0].value == "Weggelaten"]
    assert told == [
        "2 van de 5 kolommen van het invoerbestand staan hier niet (keep of leave_out in survey.toml). "
        "Welke dat zijn, staat onderaan in Codeboek."
    ]


def test_a_misspelled_column_publishes_nothing(coded, tmp_path):
    root = shutil.copytree(coded[0], tmp_path / "own")
    before = sha256(root / "coded/s/run.json")
    choose(root, 'leave_out = ["intern",\n  "Email"]')
    told = run("classify", "s", root=root, expected=2)
    assert "survey.toml, line 1, column Email: `leave_out` has a column that" in told
    assert "Write it as in row 1 of that file, or take it out." in told
    assert sha256(root / "coded/s/run.json") == before


def test_a_later_file_may_lack_what_would_be_left_out_and_the_report_sees_another_choice(coded, tmp_path):
    root = shutil.copytree(coded[0], tmp_path / "own")
    choose(root, 'leave_out = ["intern", "E-mail"]')
    (root / "later.csv").write_text("nr,wens,E-mail\n901,de bus is te laat,x@y.nl\n", encoding="utf-8")
    told = run("classify", "s", "--input", root / "later.csv", root=root)
    assert "\nLeft out, as surveys/s/survey.toml says, 1 of 3 columns: E-mail.\n" in told
    choose(root, "keep = []")
    told = run("report", "s", root=root, expected=2)
    assert "run.json: `keep` and `leave_out` changed since the survey was coded" in told
    assert "Code it: themawijzer classify s --input later.csv" in told
