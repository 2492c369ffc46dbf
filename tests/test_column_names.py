"""Columns as people call them: names that read the same, letters and numbers; and no answer in any error."""

import shutil
import tomllib
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from conftest import labelled_answers, run
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from themawijzer.commands.init import init_survey
from themawijzer.errors import InputError
from themawijzer.project.project import open_project
from themawijzer.tables.column_names import find_columns, letter
from themawijzer.tables.table import Table, read_table

NBSP = "\xa0"
FORMS = ["Id", f"Wat wenst u{NBSP}voor uw wijk?{NBSP}", "Wat wenst u voor uw wijk?2 ", "In welke gemeente woont u?\n"]


def table(*names: str, cells: str = "7", path: str = "antwoorden.xlsx") -> Table:
    return Table(path=Path(path), values=pd.DataFrame({name: [cells] for name in names}, dtype=str))


def refusal(own: Table, *wanted: str, **options: bool) -> InputError:
    with pytest.raises(InputError) as caught:
        find_columns(own, wanted, **options)
    return caught.value


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("Wat wenst u voor uw wijk?", FORMS[1]),
        ("wat wenst u  voor uw wijk?", FORMS[1]),
        ("Wat wenst u voor uw wijk?2", FORMS[2]),
        ("In welke gemeente woont u?", FORMS[3]),
        ("ID", "Id"),
        ("toelichting\r\n(optioneel)", "Toelichting (optioneel)"),
        (unicodedata.normalize("NFD", "Eén reden"), "Eén reden"),
        ("Eén reden", unicodedata.normalize("NFD", "Eén reden")),
        ('Foto\'s van "toen"', "Foto\u2019s van \u201ctoen\u201d"),
        ("wens", "\ufeffwens\u200b"),
        ("wens", "wens\t"),
        ("Straße", "STRASSE"),
    ],
)
def test_a_column_is_found_by_any_name_that_reads_the_same(asked: str, name: str) -> None:
    others = [other for other in FORMS if other != name]
    assert find_columns(table(*others, name), [asked]) == {asked: name}


def test_of_names_that_read_the_same_the_equal_one_is_meant() -> None:
    names = ["wens", "Wens", "wens "]
    assert find_columns(table(*names), names) == {name: name for name in names}


def test_several_columns_that_read_the_same_are_refused_with_their_letters() -> None:
    own = table("nr", "Wens", f"wens{NBSP}")
    error = refusal(own, "WENS", by_place=True)
    assert (error.problem, error.row, error.column) == ("columns B and C read like this name", 1, "WENS")
    assert error.expected == "Give the letter of the one that is meant, such as B."
    assert refusal(own, "WENS").expected == 'Write it as in the file: "Wens" or "wens\\u00a0".'


@pytest.mark.parametrize(("asked", "name"), [("B", "wens"), ("2", "wens"), ("AA", "k26"), ("27", "k26")])
def test_a_letter_or_a_number_is_a_column_where_none_is_called_so(asked: str, name: str) -> None:
    own = table("nr", "wens", *(f"k{number}" for number in range(2, 30)))
    assert find_columns(own, [asked], by_place=True) == {asked: name}


def test_a_name_goes_before_a_letter_and_a_number() -> None:
    own = table("b", "2", "wens", "nr")
    assert find_columns(own, ["B", "2", "C"], by_place=True) == {"B": "b", "2": "2", "C": "wens"}


@pytest.mark.parametrize("asked", ["b", "0", "-1", "5", "E", "nr ", "1.0", "²"])
def test_what_is_no_place_in_the_file_is_no_column(asked: str) -> None:
    assert refusal(table("id", "wens", "x", "y"), asked, by_place=True).problem == "this column does not exist"


def test_letters_are_taken_from_who_asks_for_a_column_and_never_from_a_file() -> None:
    assert refusal(table("nr", "wens"), "B").problem == "this column does not exist"


@given(st.integers(1, 18_000))
def test_letters_are_those_of_a_spreadsheet(place: int) -> None:
    assert letter(place) == get_column_letter(place)


# What is in an error


def test_all_columns_are_listed_with_their_letters_on_one_line() -> None:
    columns = "A Id; B Wat wenst u voor uw wijk?; C Wat wenst u voor uw wijk?2; D In welke gemeente woont u?"
    assert refusal(table(*FORMS), "xyz").expected == f"All columns: {columns}."


def test_a_long_name_is_shown_shortened() -> None:
    assert f"B {'x' * 59}…." in str(refusal(table("nr", "x" * 61), "leeftijd").expected)


@pytest.mark.parametrize(
    "text",
    [
        "1;geheim;0,5\n2;a;1\n",
        "R_1;geheim;Utrecht\nR_2;a;Drenthe\n",  # nothing but text
        "R_1;geheim;Utrecht;5\nR_2;a;Drenthe;4\n",
        "R_1;geheim;Utrecht;nvt\nR_2;a;Utrecht;4\n",  # where a name is a value too
        "R_1;geheim;2024-03-01 10:00\nR_2;a;2024-03-01 10:05\n",
    ],
)
@pytest.mark.parametrize("by_place", [True, False])
def test_no_error_names_what_may_be_an_answer(tmp_path: Path, text: str, by_place: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    error = refusal(read_table(path), "leeftijd", by_place=by_place)
    assert "geheim" not in str(error)
    assert (
        error.expected == f"Row 1 must hold the column names; this file has {text.split()[0].count(';') + 1} columns."
    )


def test_a_first_row_in_which_another_column_is_found_holds_names() -> None:
    expected = "All columns: A nr; B geheim; C x."
    assert refusal(table("nr", "geheim", "x", cells="a"), "0", "nr").expected == expected


def test_columns_by_place_do_not_make_names_of_a_respondent() -> None:
    error = refusal(table("1", "geheim", "x"), "A", "B", by_place=True)
    assert error.problem == "row 1 has a number in column A, as the rows below it"
    assert "geheim" not in str(error)


# What commands do with them


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@given(name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30))
def test_init_writes_the_name_that_is_in_the_file(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    if not name.strip() or name == "nr":
        return
    root = tmp_path_factory.mktemp("init")
    pd.DataFrame({"nr": ["1"], name: ["ja"]}).to_parquet(root / "a.parquet")
    made = init_survey(root, "proef", root / "a.parquet", "nr", columns=["B"])
    content = tomllib.loads(made.survey_file.read_text(encoding="utf-8"))
    assert content["question"][0]["column"] == name
    project = open_project(root, "proef")
    assert project.read_responses().answers(project.survey.questions[0].column, 0, 1) == ["ja"]


def test_columns_of_a_form_are_asked_for_as_they_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "forms.xlsx", tuple(FORMS), (1, "groen", "niets", "Ede"), (2, "een bank", "", "Ede"))
    asked = ["--question", "Wat wenst u voor uw wijk?", "--background", "In welke gemeente woont u?", "--question", "3"]
    told = run("init", "wijk", "--responses", path, "--respondent-id", "A", *asked, root=tmp_path)
    assert "Columns: A is Id; 3 is Wat wenst u voor uw wijk?2." in told
    survey = open_project(tmp_path, "wijk").survey
    assert survey.columns == [FORMS[0], FORMS[3], FORMS[1], FORMS[2]]
    assert [own.text for own in survey.questions] == ["Wat wenst u voor uw wijk?", "Wat wenst u voor uw wijk?2"]


@pytest.mark.parametrize("asked", ["B", "WENS ", "2"])
def test_a_question_is_given_twice_however_it_is_called(tmp_path: Path, asked: str) -> None:
    path = workbook(tmp_path / "a.xlsx", ("nr", "wens"), (1, "groen"))
    options = ["--responses", path, "--respondent-id", "nr", "--question", "wens", "--question", asked]
    assert "this question is given twice" in run("init", "wijk", *options, root=tmp_path, expected=2)


@pytest.mark.parametrize("asked", ["DE CODE", "C", "3"])
def test_labels_find_their_columns_as_people_call_them(tmp_path: Path, asked: str) -> None:
    path = workbook(tmp_path / "a.xlsx", ("Nr", f"Wat{NBSP}wenst u? "), ("01", "groen"), ("02", "bank"))
    run("init", "wijk", "--responses", path, "--respondent-id", "nr", "--question", "B", root=tmp_path)
    labels = workbook(tmp_path / "b.xlsx", ("NR ", "x", "de  Code", "wat wenst u?"), ("02", "", "Bank", "bank"))
    run("import", "wijk", labels, "--codeframe", "thema", "--labels-column", asked, root=tmp_path)
    (annotation,) = open_project(tmp_path, "wijk").stored_annotations["import"]
    assert (annotation.respondent_id, annotation.text, annotation.codes) == ("02", "bank", {"bank"})


@pytest.fixture(scope="module")
def wave(team: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The team's survey with a new wave, in which a form changed how the names of columns are written."""
    root = tmp_path_factory.mktemp("wave") / "root"
    shutil.copytree(team, root)
    survey = root / "surveys/vervoer/survey.toml"
    text = survey.read_text(encoding="utf-8").replace('respondent_id = "respnr"', 'respondent_id = "RESPNR"')
    text = text.replace("background = []", 'background = ["Provincie"]')
    survey.write_text(text, encoding="utf-8")
    rows = [(number, ("Utrecht", "Drenthe")[int(number) % 2], text) for number, text, _ in labelled_answers()]
    workbook(root / "golf.xlsx", ("RespNr", f"provincie{NBSP}", " Antwoord\n"), *rows)
    return root


def test_a_wave_with_other_spaces_and_capitals_in_its_header_is_coded_and_reported(wave: Path) -> None:
    by = ["--by", "PROVINCIE", "--formats", "csv,xlsx,sav,parquet"]
    told = run("classify", "vervoer", "--input", wave / "golf.xlsx", *by, root=wave)
    assert f"{len(labelled_answers())} responses read" in told
    coded = wave / "coded/vervoer"
    assert list(read_table(coded / "responses_coded.csv").frame)[:3] == ["RespNr", f"provincie{NBSP}", " Antwoord\n"]
    shares = read_table(coded / "prevalence.csv").frame
    assert set(shares["background"]) == {"", "Provincie"}
    assert {"Utrecht", "Drenthe"} <= set(shares["group"])
    run("report", "vervoer", root=wave)
    assert "Utrecht" in (coded / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("asked", ["ANTWOORD", "antwoord ", "C", "3", "V1"])
def test_a_question_is_named_by_id_or_column_in_every_command(wave: Path, asked: str) -> None:
    assert "v1: " in run("sample", "vervoer", "--n", "5", "--question", asked, root=wave)


def test_a_column_that_is_no_question_is_none_by_its_letter_either(wave: Path) -> None:
    told = run("sample", "vervoer", "--question", "B", root=wave, expected=2)
    assert "there is no question B\nKnown questions: v1." in told
