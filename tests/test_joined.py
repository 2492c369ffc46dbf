"""Sheets of a workbook, and files, of the same columns as one table; and what is said of those that were not read."""

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyreadstat
import pytest
from conftest import labelled_answers, run
from table_files import value_labels

from themawijzer.errors import InputError
from themawijzer.files import sha256
from themawijzer.project.project import open_project
from themawijzer.tables.joined import read_joined
from themawijzer.tables.table import Table, read_table

Rows = list[tuple[Any, ...]]
HEADER = ("nr", "wens")
JANUARY: Rows = [HEADER, ("01", "meer groen"), ("02", "een bank")]
FEBRUARY: Rows = [("Wens ", "NR"), ("schone straten", "03")]


def workbook(path: Path, *, hidden: tuple[str, ...] = (), **sheets: Rows) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
        page.sheet_state = "hidden" if title in hidden else "visible"
    book.save(path)
    return path


def cells(table: Table) -> dict[str, list[str]]:
    return {name: table.frame[name].tolist() for name in table.frame}


def refusal(*paths: Path, **options: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read_joined(paths, **options)
    return caught.value


# Sheets


def test_sheets_of_the_same_columns_are_one_table_with_a_column_for_the_sheet(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Januari=JANUARY, Februari=FEBRUARY)
    table = read_joined([path], all_sheets=True)
    assert cells(table) == {
        "nr": ["01", "02", "03"],
        "wens": ["meer groen", "een bank", "schone straten"],
        "blad": ["Januari", "Januari", "Februari"],
    }
    assert [(part.sheet, part.n_rows) for part in table.sources] == [("Januari", 2), ("Februari", 1)]
    assert (table.path, table.unread) == (path, ())


def test_sheets_are_read_as_they_are_named_in_that_order(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Januari=JANUARY, Februari=FEBRUARY, Maart=[HEADER, ("04", "x")])
    table = read_joined([path], sheet=["maart", "Januari "])
    assert cells(table)["blad"] == ["Maart", "Januari", "Januari"]
    assert cells(read_joined([path], sheet="Februari")) == {"Wens ": ["schone straten"], "NR": ["03"]}


def test_a_column_that_the_sheets_call_blad_is_left_as_it_is(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Een=[("nr", "Blad"), ("1", "eik")], Twee=[("nr", "Blad"), ("2", "beuk")])
    assert cells(read_joined([path], all_sheets=True)) == {"nr": ["1", "2"], "Blad": ["eik", "beuk"]}


def test_one_sheet_alone_says_nothing_of_sheets(tmp_path: Path) -> None:
    table = read_joined([workbook(tmp_path / "a.xlsx", Blad1=JANUARY, Blad2=[])])
    assert (table.sheet, table.unread, table.place) == (None, [], str(tmp_path / "a.xlsx"))


def test_what_was_not_read_is_known_with_its_rows(tmp_path: Path) -> None:
    sheets: dict[str, Rows] = {"Januari": JANUARY, "Februari": FEBRUARY, "Lijst": [("a",), ("b",), (None,), ("c",)]}
    path = workbook(tmp_path / "a.xlsx", hidden=("Lijst",), Leeg=[], **sheets)
    table = read_table(path)
    assert table.sheet == "Januari"
    assert [(own.title, own.n_rows, own.is_hidden) for own in table.unread] == [
        ("Februari", 1, False),
        ("Lijst", 2, True),
    ]
    assert [own.title for own in read_joined([path], all_sheets=True).sources[0].unread] == ["Lijst"]


@pytest.mark.parametrize("sheet", ["Maart", ["Januari", "Maart"]])
def test_a_sheet_that_is_not_there_is_named_beside_those_that_are(tmp_path: Path, sheet: str | list[str]) -> None:
    error = refusal(workbook(tmp_path / "a.xlsx", Januari=JANUARY, Februari=FEBRUARY), sheet=sheet)
    assert error.problem == "there is no sheet 'Maart'"
    assert str(error.expected).startswith(
        "Sheets: Januari, Februari. Name one: --sheet with init and import, [dialect]"
    )


@pytest.mark.parametrize(
    ("rows", "problem", "column"),
    [
        ([("nr", "opmerking"), ("3", "x")], "there is no column such as this one of", "wens"),
        ([("nr", "wens", "leeftijd"), ("3", "x", 4)], "does not have this column", "leeftijd"),
        ([("nr", "Wens", "wens "), ("3", "x", "y")], "several columns read like this one of", "wens"),
        ([("4", "geheim"), ("5", "x")], "there is no column such as this one of", "nr"),
    ],
)
def test_a_sheet_with_other_columns_is_refused(tmp_path: Path, rows: Rows, problem: str, column: str | None) -> None:
    path = workbook(tmp_path / "a.xlsx", Januari=JANUARY, Februari=rows)
    error = refusal(path, all_sheets=True)
    assert problem in error.problem
    assert f"{path}, sheet Januari" in error.problem
    assert (str(error.file), error.row, error.column) == (f"{path}, sheet Februari", 1, column)
    assert "geheim" not in str(error)


def test_an_error_in_a_cell_names_the_sheet(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Januari=JANUARY, Februari=[HEADER, ("03", "#N/A")])
    error = refusal(path, all_sheets=True)
    assert (str(error.file), error.row, error.problem) == (
        f"{path}, sheet Februari", 2, "the cell holds the error #N/A",
    )  # fmt: skip


def test_what_may_be_an_answer_is_not_named_where_files_have_no_header(tmp_path: Path) -> None:
    one = text(tmp_path / "a.csv", "ja,geheim,Ede", "nee,groen,Ede")
    two = text(tmp_path / "b.csv", "ja,ook geheim,Ede", "nee,bank,Ede")
    error = refusal(one, two)
    assert (error.file, error.column) == (two, "B")
    assert "geheim" not in str(error)


# Types


def test_types_that_are_the_same_stay_and_other_ones_become_text(tmp_path: Path) -> None:
    day = dt.datetime(2026, 3, 1, tzinfo=None)
    header = ("nr", "datum", "cijfer", "score", "leeg", "gemengd")
    one: Rows = [header, ("1", day, 7, 1.5, None, 3)]
    two: Rows = [header, ("2", day, 8, None, "x", "drie"), ("3", None, None, None, None, None)]
    table = read_joined([workbook(tmp_path / "a.xlsx", Een=one, Twee=two)], all_sheets=True)
    types = {name: str(table.about(name).type) for name in header}
    assert types == {
        "nr": "string", "datum": "date32[day]", "cijfer": "double", "score": "double", "leeg": "string",
        "gemengd": "string",
    }  # fmt: skip
    assert cells(table) == {
        "nr": ["1", "2", "3"],
        "datum": ["2026-03-01", "2026-03-01", ""],
        "cijfer": ["7", "8", ""],
        "score": ["1.5", "", ""],
        "leeg": ["", "x", ""],
        "gemengd": ["3", "drie", ""],
        "blad": ["Een", "Twee", "Twee"],
    }


# Commands


def options(*extra: str) -> list[str]:
    return ["--respondent-id", "nr", "--question", "wens", *extra]


def test_init_says_which_sheets_it_read_and_which_not_and_survey_toml_remembers(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Januari=JANUARY, Februari=FEBRUARY)
    told = run("init", "een", "--responses", path, *options(), root=tmp_path)
    assert "2 responses read (sheet Januari).\nNot read of a.xlsx: Februari (1 row). To read them: --sheet or" in told
    told = run("init", "twee", "--responses", path, *options("--sheet", "februari"), root=tmp_path)
    assert "1 responses read (sheet Februari).\nNot read of a.xlsx: Januari (2 rows)." in told
    told = run("init", "alle", "--responses", path, *options("--all-sheets", "--background", "blad"), root=tmp_path)
    assert "3 responses read (Januari: 2; Februari: 1)." in told
    assert "Not read" not in told
    surveys = {name: open_project(tmp_path, name).survey for name in ("een", "twee", "alle")}
    assert [(own.dialect.sheet, own.dialect.all_sheets) for own in surveys.values()] == [
        (None, False), ("februari", False), (None, True),
    ]  # fmt: skip
    assert {name: len(open_project(tmp_path, name).read_responses()) for name in surveys} == {
        "een": 2, "twee": 1, "alle": 3,
    }  # fmt: skip


def test_a_respondent_in_two_sheets_is_named_with_both(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Januari=JANUARY, Februari=[HEADER, ("04", "x"), ("02", "y")])
    told = run("init", "alle", "--responses", path, *options("--all-sheets"), root=tmp_path, expected=2)
    assert (
        f"{path}, sheet Februari, row 3, column nr: this respondent id also stands in row 3 of {path}, sheet " in told
    )


def test_sheets_are_named_or_read_all(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Januari=JANUARY, Februari=FEBRUARY)
    both = options("--all-sheets", "--sheet", "Januari")
    assert "give the sheets to read" in run("init", "alle", "--responses", path, *both, root=tmp_path, expected=2)
    run("init", "alle", "--responses", path, *options("--sheet", "Januari"), root=tmp_path)
    survey = tmp_path / "surveys/alle/survey.toml"
    survey.write_text(survey.read_text().replace("[dialect]", "[dialect]\nall_sheets = true"), encoding="utf-8")
    told = run("sample", "alle", root=tmp_path, expected=2)
    assert "`sheet`: `all_sheets` beside it reads them all" in told


def test_a_coded_dataset_of_several_sheets_says_so(team: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(team, root)
    rows = [(number, "Utrecht", text) for number, text, _ in labelled_answers()]
    header = ("respnr", "provincie", "antwoord")
    path = workbook(root / "golf.xlsx", A=[header, *rows[:30]], B=[header, *rows[30:]], C=[("uitleg",)])
    told = run("classify", "vervoer", "--input", path, root=root)
    assert (
        f"30 responses read from {path} (sheet A).\nNot read of golf.xlsx: B ({len(rows) - 30} rows), C (0 rows)."
        in told
    )
    survey = root / "surveys/vervoer/survey.toml"
    survey.write_text(survey.read_text() + '\n[dialect]\nsheet = ["A", "B"]\n', encoding="utf-8")
    told = run("classify", "vervoer", "--input", path, root=root)
    assert f"{len(rows)} responses read from {path} (A: 30; B: {len(rows) - 30}).\nNot read of golf.xlsx: C" in told
    facts = json.loads((root / "coded/vervoer/run.json").read_text(encoding="utf-8"))["input"]
    assert (facts["file"], facts["rows"]) == ("golf.xlsx", len(rows))
    assert facts["parts"] == [
        {"file": "golf.xlsx", "sheet": sheet, "sha256": sha256(path), "rows": n}
        for sheet, n in (("A", 30), ("B", len(rows) - 30))
    ]
    assert read_table(root / "coded/vervoer/responses_coded.csv").frame["blad"].tolist() == ["A"] * 30 + ["B"] * (
        len(rows) - 30
    )
    run("report", "vervoer", root=root)


def test_labels_come_from_the_sheet_that_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Januari=JANUARY)
    run("init", "een", "--responses", path, *options(), root=tmp_path)
    labels = workbook(tmp_path / "b.xlsx", Uitleg=[("Lees dit",)], Codes=[("nr", "code"), ("01", "Groen")])
    asked = ["--codeframe", "thema", "--labels-column", "code"]
    told = run("import", "een", labels, *asked, "--sheet", "Codes", root=tmp_path)
    assert "1 row read (sheet Codes).\nNot read of b.xlsx: Uitleg (0 rows)." in told
    assert [own.codes for own in open_project(tmp_path, "een").stored_annotations["import"]] == [{"groen"}]


# Files


def text(path: Path, *lines: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def monthly(folder: Path) -> list[Path]:
    """Files of three kinds with the same columns, in another order."""
    one = text(folder / "jan.csv", "nr,wens,score", "01,meer groen,7", "02,een bank,8")
    two = text(folder / "feb.tsv", "Wens\tnr\tscore", "schone straten\t03\t9")
    three = workbook(folder / "mrt 2026.xlsx", Blad1=[("score", "nr", "wens"), (10, "04", "licht")])
    return [one, two, three]


def test_files_of_several_kinds_are_one_table(tmp_path: Path) -> None:
    files = monthly(tmp_path / "in")
    table = read_joined(files)
    assert cells(table) == {
        "nr": ["01", "02", "03", "04"],
        "wens": ["meer groen", "een bank", "schone straten", "licht"],
        "score": ["7", "8", "9", "10"],
    }
    assert (table.path, table.files) == (tmp_path / "in", files)
    assert [(part.n_rows, part.dialect and part.dialect.delimiter) for part in table.sources] == [
        (2, ","), (1, "\t"), (1, None),
    ]  # fmt: skip


def test_a_folder_is_read_by_the_names_of_its_files_without_hidden_ones(tmp_path: Path) -> None:
    monthly(tmp_path / "in")
    for name in (".DS_Store", "~$mrt 2026.xlsx"):
        text(tmp_path / "in" / name, "x")
    assert cells(read_joined(tmp_path / "in"))["nr"] == ["03", "01", "02", "04"]


def test_a_folder_in_which_something_else_stands_is_refused(tmp_path: Path) -> None:
    monthly(tmp_path / "in")
    other = text(tmp_path / "in/leesmij.docx", "x")
    assert (refusal(tmp_path / "in").problem, refusal(tmp_path / "in").file) == (
        "the ending '.docx' is not known",
        other,
    )
    (tmp_path / "leeg").mkdir()
    assert refusal(tmp_path / "leeg").problem == "there is no file in this folder"


@pytest.mark.parametrize("how", ["repeated", "together", "folder"])
def test_init_copies_all_files_and_reads_what_is_added_to_them(tmp_path: Path, how: str) -> None:
    files = [str(path) for path in monthly(tmp_path / "in")]
    given = {
        "repeated": [part for file in files for part in ("--responses", file)],
        "together": ["--responses", *files],
        "folder": ["--responses", str(tmp_path / "in")],
    }[how]
    told = run("init", "wijk", *given, *options(), root=tmp_path)
    listed = (
        "jan.csv: 2; feb.tsv: 1; mrt 2026.xlsx: 1" if how != "folder" else "feb.tsv: 1; jan.csv: 2; mrt 2026.xlsx: 1"
    )
    assert f"4 responses read ({listed})." in told
    copies = tmp_path / "surveys/wijk/responses"
    assert sorted(path.name for path in copies.iterdir()) == ["feb.tsv", "jan.csv", "mrt_2026.xlsx"]
    project = open_project(tmp_path, "wijk")
    assert project.survey.responses == "responses"
    assert len(project.read_responses()) == 4
    text(copies / "apr.csv", "nr,wens,score", "05,bomen,6")
    assert open_project(tmp_path, "wijk").read_responses().respondent_ids == ["05", "03", "01", "02", "04"]


def test_files_that_are_called_the_same_are_all_copied(tmp_path: Path) -> None:
    one = text(tmp_path / "jan/export.csv", "nr,wens", "1,groen")
    two = text(tmp_path / "feb/export.csv", "nr,wens", "2,bank")
    run("init", "wijk", "--responses", one, two, *options(), root=tmp_path)
    names = sorted(path.name for path in (tmp_path / "surveys/wijk/responses").iterdir())
    assert names == ["001_export.csv", "002_export.csv"]
    assert open_project(tmp_path, "wijk").read_responses().respondent_ids == ["1", "2"]


def test_survey_toml_may_list_files(tmp_path: Path) -> None:
    one = text(tmp_path / "jan.csv", "nr,wens", "1,groen")
    run("init", "wijk", "--responses", one, *options(), root=tmp_path)
    survey = tmp_path / "surveys/wijk/survey.toml"
    survey.write_text(survey.read_text().replace('"responses.csv"', '["responses.csv", "feb.csv"]'), encoding="utf-8")
    text(survey.with_name("feb.csv"), "nr,wens", "2,bank")
    assert open_project(tmp_path, "wijk").read_responses().respondent_ids == ["1", "2"]


@pytest.mark.parametrize(
    ("lines", "row", "problem"),
    [
        (["nr,wens", "3,x", "1,y"], 3, "this respondent id also stands in row 2 of "),
        (["nr,wens", ",x"], 2, "the respondent id is empty"),
        (["nr,opmerking", "3,x"], 1, "there is no column such as this one of "),
        (["nr,wens", "3,x,y"], 2, "the row is too long"),
    ],
)
def test_errors_name_the_file_and_its_row(tmp_path: Path, lines: list[str], row: int, problem: str) -> None:
    one = text(tmp_path / "jan.csv", "nr,wens", "1,groen", "2,bank")
    two = text(tmp_path / "feb.csv", *lines)
    told = run("init", "wijk", "--responses", one, two, *options(), root=tmp_path, expected=2)
    assert f"{two}, row {row}" in told
    assert problem in told
    assert not (tmp_path / "surveys/wijk").exists()


def test_a_wave_in_several_files_is_coded_as_one_and_the_report_knows_when_a_file_changed(
    team: Path, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    shutil.copytree(team, root)
    rows = [f'{number},"{answer}"' for number, answer, _ in labelled_answers()]
    one, two = (
        text(root / "in" / name, "respnr,antwoord", *part)
        for name, part in (("a.csv", rows[:30]), ("b.csv", rows[30:]))
    )
    told = run("classify", "vervoer", "--input", one, "--input", two, root=root)
    assert f"{len(rows)} responses read from {root / 'in'} (a.csv: 30; b.csv: {len(rows) - 30})." in told
    apart = (root / "coded/vervoer/run.json").read_text(encoding="utf-8")
    run("classify", "vervoer", "--input", root / "in", root=root)
    assert (root / "coded/vervoer/run.json").read_text(encoding="utf-8") == apart
    facts = json.loads(apart)["input"]
    assert (facts["file"], [part["sha256"] for part in facts["parts"]]) == ("in/", [sha256(one), sha256(two)])
    survey = root / "surveys/vervoer"
    (survey / "in").mkdir()
    for path in (one, two):
        shutil.copy(path, survey / "in")
    toml = survey / "survey.toml"
    toml.write_text(toml.read_text().replace('"responses.csv"', '"in"'), encoding="utf-8")
    assert "`responses` changed" in run("report", "vervoer", root=root, expected=2)
    run("classify", "vervoer", root=root)
    run("report", "vervoer", root=root)
    text(survey / "in/b.csv", "respnr,antwoord", *rows[30:], "900,de trein")
    assert "the responses changed" in run("report", "vervoer", root=root, expected=2)


# Declarations


def saved(path: Path, values: list[float], **declared: Any) -> Path:
    frame = pd.DataFrame({"nr": [f"{path.stem}{row}" for row in range(len(values))], "score": values})
    pyreadstat.write_sav(frame, path, **declared)
    return path


def test_value_labels_of_two_files_come_together_and_contradictions_are_refused(tmp_path: Path) -> None:
    one = saved(tmp_path / "a.sav", [1, 2], variable_value_labels={"score": {1: "ja"}})
    two = saved(tmp_path / "b.sav", [2, 9], variable_value_labels={"score": {1: "ja", 2: "nee"}})
    assert value_labels(read_joined([one, two]))["score"] == {"1": "ja", "2": "nee"}
    other = saved(tmp_path / "c.sav", [1], variable_value_labels={"score": {1: "nee"}})
    error = refusal(one, other)
    assert (error.problem, error.file, error.column) == (
        "values of this column have other labels than elsewhere", other, "score",
    )  # fmt: skip
    missing = saved(tmp_path / "d.sav", [9], missing_ranges={"score": [9]})
    assert refusal(one, missing).problem == "other values of this column are declared missing than elsewhere"


def test_labels_of_all_sheets_name_the_sheet_of_a_row_that_does_not_fit(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Januari=JANUARY, Februari=[HEADER, ("03", "x")])
    run("init", "alle", "--responses", path, *options("--all-sheets"), root=tmp_path)
    header = ("nr", "code")
    asked = ["--codeframe", "thema", "--labels-column", "code", "--all-sheets"]
    one, two, three = ([header, ("01", "Groen"), ("02", "Bank")], [header, ("03", "Bank")], [header, ("09", "Bank")])
    labels = workbook(tmp_path / "b.xlsx", Een=one, Twee=two)
    assert "3 rows read (Een: 2; Twee: 1)." in run("import", "alle", labels, *asked, root=tmp_path)
    labels = workbook(tmp_path / "c.xlsx", Een=one, Twee=three)
    told = run("import", "alle", labels, *asked, root=tmp_path, expected=2)
    assert f"{labels}, sheet Twee, row 2: this respondent is not in the survey" in told
    labels = workbook(tmp_path / "d.xlsx", Een=one, Twee=one)
    told = run("import", "alle", labels, *asked, root=tmp_path, expected=2)
    assert f"sheet Twee, row 2, column nr: this respondent id also stands in row 2 of {labels}, sheet Een" in told
