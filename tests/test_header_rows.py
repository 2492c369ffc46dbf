import csv
import io
import json

import openpyxl
import pytest
from conftest import run
from table_files import question_texts

from themawijzer.commands.init import init_survey
from themawijzer.errors import InputError
from themawijzer.project.project import open_project
from themawijzer.tables.table import read_table

ANSWERS = ["meer groen", "de bus rijdt te weinig", "betaalbaar wonen", "wat vindt u zelf?", "minder tegels"]
QUESTION = "Wat wenst u voor uw wijk?"


def as_csv(folder, rows, delimiter=","):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path = folder / "uitvoer.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def as_xlsx(folder, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([None if cell == "" else cell for cell in row])
    book.save(folder / "uitvoer.xlsx")
    return folder / "uitvoer.xlsx"


BOTH = pytest.mark.parametrize("written", [as_csv, as_xlsx])


def import_id(name):
    return json.dumps({"ImportId": name, "timeZone": "Europe/Amsterdam"}, separators=(",", ":"))


QUALTRICS = [
    ["StartDate", "ResponseId", "Q1", "Q2_TEXT"],
    ["Start Date", "Response ID", "In welke gemeente\nwoont u?", QUESTION],
    [import_id("startDate"), import_id("_recordId"), import_id("QID1"), import_id("QID2_TEXT")],
    *[["2026-03-01 10:00:00", f"R_{n}Ab", "Zwolle", answer] for n, answer in enumerate(ANSWERS)],
]
SURVEYMONKEY = [
    ["Respondent ID", "Woonplaats", QUESTION, "Welke diensten kent u?", "", ""],
    ["", "Response", "Open-Ended Response", "Loket", "Bibliotheek", "Buurtteam"],
    *[[f"1187{n}", "Zwolle", answer, "Loket", "", ""] for n, answer in enumerate(ANSWERS)],
]
LIMESURVEY = [
    ["id", "submitdate", "lastpage", "startlanguage", "G1Q1"],
    ["Antwoord-ID", "Datum ingestuurd", "Laatste pagina", "Starttaal", QUESTION],
    *[[f"{n}", "2026-03-01 10:00:00", "3", "nl", answer] for n, answer in enumerate(ANSWERS, start=1)],
]
CASTOR = [
    ["record_id", "birth_year", "wens"],
    ["Record ID", "In welk jaar bent u geboren?", QUESTION],
    *[[f"{110000 + n}", f"{1970 + n}", answer] for n, answer in enumerate(ANSWERS)],
]


@BOTH
@pytest.mark.parametrize(
    ("rows", "n_rows", "question"),
    [
        (QUALTRICS, 3, "Q2_TEXT"),
        ([QUALTRICS[0], QUALTRICS[2], *QUALTRICS[3:]], 2, "Q2_TEXT"),
        ([*QUALTRICS[:2], *QUALTRICS[3:]], 2, "Q2_TEXT"),
        ([*QUALTRICS[:2], QUALTRICS[3]], 2, "Q2_TEXT"),  # one respondent
        (SURVEYMONKEY, 2, QUESTION),
        ([row[:3] for row in SURVEYMONKEY], 2, QUESTION),
        (LIMESURVEY, 2, "G1Q1"),
        ([LIMESURVEY[1], LIMESURVEY[0], *LIMESURVEY[2:]], 2, "G1Q1"),  # a VV export
        (CASTOR, 2, "wens"),
    ],
)
def test_header_rows_of_survey_tools_are_told_from_respondents(tmp_path, written, rows, n_rows, question):
    table = read_table(written(tmp_path, rows))
    assert table.header_rows == n_rows
    assert table.frame[question].tolist() == [row[list(table.frame).index(question)] for row in rows[n_rows:]]
    assert question_texts(table).get(question, QUESTION) == QUESTION or n_rows == 2
    assert [table.row(place) for place in (0, 1)] == [n_rows + 1, n_rows + 2]


@BOTH
def test_a_second_row_tells_the_texts_of_questions_and_names_what_goes_on(tmp_path, written):
    assert question_texts(read_table(written(tmp_path, QUALTRICS)))["Q1"] == "In welke gemeente woont u?"
    table = read_table(written(tmp_path, SURVEYMONKEY))
    assert list(table.frame)[3:] == [
        "Welke diensten kent u?",
        "Welke diensten kent u?: Bibliotheek",
        "Welke diensten kent u?: Buurtteam",
    ]
    assert question_texts(table) == {"Welke diensten kent u?": "Welke diensten kent u?: Loket"}


NAMES = ["nr", "leeftijd", "wens"]


@BOTH
@pytest.mark.parametrize(
    "rows",
    [
        [["wens"], [QUESTION], ["groen"], ["rust"], ["bus"], ["tram"]],
        [["nr", "wens"], ["1", "Response"], *[[f"{n}", "ja"] for n in range(2, 8)]],
        [["nr", "wens"], ["R1", "wens?"], *[[f"R{n}", "ja"] for n in range(2, 8)]],
        [["nr", "wens"], ["abcdef", "een wens?"], *[[f"a{n}c", "ja"] for n in range(2, 8)]],  # an id without digits
        [NAMES, ["1", "leeftijd onbekend", "Wat wenst u?"], *[[f"{n}", "40", "ja"] for n in range(2, 8)]],
        [NAMES, ["jan", "onbekend", "een wens"], *[["piet", "40", "ja"]] * 5],
        [["naam", "gemeente", "wens"], ["Jan", "gemeente Zwolle", "een wens?"], *[["Piet", "Zwolle", "ja"]] * 5],
        [["mail", "wens"], ["", "een antwoord"], *[[f"a{n}@b.nl", "ja"] for n in range(2, 8)]],
        [["nr", "wens"], ["test", "een wens"], ["2", "ja"]],
        [["naam", "Wmo loket", "de Bus"], ["Jan", "Wmo-loket", "De bus"], *[["Piet", "", ""]] * 5],  # what was ticked
        [["naam", *"abcd"], ["Jan", *"ABCD"], *[["Piet", *"abcd"]] * 5],
        [["naam", "leeftijd", "inkomen"], ["Jan", "mijn leeftijd?", "inkomen?"], *[["Piet", "40", "9"]] * 5],
    ],
)
def test_a_first_respondent_is_never_taken_for_a_header(tmp_path, written, rows):
    table = read_table(written(tmp_path, rows))
    assert (table.header_rows, len(table.frame)) == (1, len(rows) - 1)


@BOTH
@pytest.mark.parametrize(
    "second",
    [["Respondentnummer", "Leeftijd", "Toelichting"], ["test", "mijn jaren?", "toelichting?"], ["test", "", QUESTION]],
)
def test_a_row_that_may_be_either_is_refused_with_the_option_that_settles_it(tmp_path, written, second):
    rows = [["nr", "jaren", "toelichting"], second, *[[f"{n}", "4", answer] for n, answer in enumerate(ANSWERS)]]
    if second[1] == "":
        rows = [[row[0], row[2]] for row in rows]
    path = written(tmp_path, rows)
    with pytest.raises(InputError) as caught:
        read_table(path)
    assert (caught.value.row, caught.value.column) == (2, "A")
    assert caught.value.expected.endswith(
        "1 or 2: --header-rows with init and import, [dialect] header_rows in survey.toml."
    )
    assert "mijn" not in str(caught.value)
    for n_rows in (1, 2):
        assert len(read_table(path, header_rows=n_rows).frame) == len(rows) - n_rows


def test_headings_with_code_and_text_in_one_row_tell_the_text(tmp_path):
    names = ["id. Response ID", "submitdate. Date submitted", "lastpage. Last page", f"G1Q1. {QUESTION}"]
    table = read_table(as_csv(tmp_path, [names, *[["1", "2026-03-01", "3", "ja"]] * 3]))
    assert (list(table.frame), question_texts(table)[names[3]]) == (names, QUESTION)


def test_labels_that_redcap_repeats_below_every_form_get_the_letter_of_their_column(tmp_path):
    names = ["Record ID", "Toelichting", "Complete?", "Toelichting", "Complete?"]
    table = read_table(as_csv(tmp_path, [names, ["1", "a", "Complete", "b", "Incomplete"]]))
    assert list(table.frame) == ["Record ID", "Toelichting (B)", "Complete? (C)", "Toelichting (D)", "Complete? (E)"]


def test_more_header_rows_than_rows_are_refused(tmp_path):
    with pytest.raises(InputError, match="there are no 3 rows for the header: the file has 2"):
        read_table(as_csv(tmp_path, [["a", "b"], ["1", "2"]]), header_rows=3)


def test_merged_cells_above_parts_of_a_question_name_them_all(tmp_path):
    path = as_xlsx(tmp_path, SURVEYMONKEY)
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("D1:F1")
    book.active.merge_cells("A1:A2")
    book.save(path)
    assert list(read_table(path).frame)[4] == "Welke diensten kent u?: Bibliotheek"
    with pytest.raises(InputError, match="merged cells in the header"):
        read_table(path, header_rows=1)


@BOTH
def test_the_header_in_the_middle_of_a_file_is_no_respondent(tmp_path, written):
    rows = [["nr", "wens"], ["1", "a"], ["2", "b"], ["nr", "wens"], ["3", "c"]]
    table = read_table(written(tmp_path, rows))
    assert (table.frame["nr"].tolist(), table.repeated_rows) == (["1", "2", "3"], [4])
    assert [table.row(place) for place in range(3)] == [2, 3, 5]


@BOTH
def test_init_says_and_keeps_how_many_header_rows_there_are(tmp_path, written):
    path = written(tmp_path, QUALTRICS)
    columns = ["--respondent-id", "ResponseId", "--question", "Q2_TEXT"]
    told = run("init", "proef", "--responses", path, *columns, root=tmp_path)
    assert told.startswith("5 responses read (")
    assert "3 header rows)" in told
    project = open_project(tmp_path, "proef")
    assert "[dialect]\nheader_rows = 3\n" in (project.folders.survey / "survey.toml").read_text(encoding="utf-8")
    assert project.survey.questions[0].text == QUESTION
    assert len(project.read_responses()) == 5


def test_rows_in_errors_are_those_that_people_see_in_the_file(tmp_path):
    rows = [*QUALTRICS, QUALTRICS[0], *QUALTRICS[1:3], QUALTRICS[4]]
    with pytest.raises(InputError) as caught:
        init_survey(tmp_path, "proef", as_csv(tmp_path, rows), "ResponseId", columns=["Q2_TEXT"])
    assert (caught.value.row, caught.value.problem) == (12, "this respondent id also stands in row 5")


def test_labels_come_from_a_file_with_header_rows(tmp_path):
    columns = ["--respondent-id", "ResponseId", "--question", "Q2_TEXT"]
    run("init", "proef", "--responses", as_csv(tmp_path, QUALTRICS), *columns, root=tmp_path)
    labels = ["code", "Code", import_id("code"), *["groen"] * len(ANSWERS)]
    path = as_csv(tmp_path, [[*row, label] for row, label in zip(QUALTRICS, labels, strict=True)])
    told = run("import", "proef", path, "--codeframe", "thema", "--labels-column", "code", root=tmp_path)
    assert "5 annotated answers added" in told
    rows = [["ResponseId", "code"], ["", "Code"], ["R_0Ab", "groen"]]
    path = as_csv(tmp_path, rows)
    given = ["--codeframe", "thema", "--labels-column", "code", "--header-rows", "2"]
    assert "1 were there already" in run("import", "proef", path, *given, root=tmp_path)
    rows = [*QUALTRICS[:4], [*QUALTRICS[4][:1], "R_9Ab", *QUALTRICS[4][2:]]]
    path = as_csv(tmp_path, [[row[1], own] for row, own in zip(rows, ["code", "c", "", "ja", "nee"], strict=True)])
    told = run("import", "proef", path, *given[:4], "--header-rows", "3", root=tmp_path, expected=2)
    assert "row 5: this respondent is not in the survey" in told


@BOTH
def test_a_wave_with_fewer_header_rows_than_the_survey_says_loses_no_respondent(tmp_path, written):
    path = written(tmp_path, [QUALTRICS[0], *QUALTRICS[3:]])
    with pytest.raises(InputError) as caught:
        read_table(path, header_rows=3)
    assert (caught.value.row, caught.value.column) == (2, "B")
    assert caught.value.problem == "this row looks like a respondent, but 3 rows are said to name the columns"


@BOTH
def test_ids_of_questions_above_unique_answers_are_no_respondent(tmp_path, written):
    rows = [[*row[:2], str(1000 + n)] for n, row in enumerate(QUALTRICS)]
    rows[0][2], rows[1][2], rows[2][2] = "Q3", "Postcode?", '{"ImportId":"QID3"}'
    for wanted in (None, 3):
        assert len(read_table(written(tmp_path, rows), header_rows=wanted).frame) == 5
