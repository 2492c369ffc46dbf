"""Somebody codes in Excel: what goes out cannot be spoiled, and what comes back is what was meant, or an error."""

import csv
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from conftest import run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_sample import CODEBOOK, SURVEY

from themawijzer.project.project import open_project
from themawijzer.tables.cells import shielded, unguard
from themawijzer.tables.form import AllowedMark, FormColumn, FormSheet, write_form
from themawijzer.tables.table import read_table

MORE = '{id = "fiets", value = 2, label = "Fiets (en e-bike)", definition = "d", include = ["bakfiets"]}'
TITLES = ["v1 thema", "v1 partner", "v2 thema"]
TYPED = [
    "=1+1",
    "-lijst",
    "@iemand",
    "+31",
    "007",
    "1-1-2026",
    "1,5",
    "WAAR",
    "'=x",
    "a\x0bb",
    "_x000D_",
    "a\r\nb",
    "🚲",
]


def make(root: Path, rows: list[tuple[str, str, str]]) -> Path:
    codebook = CODEBOOK.replace('label = "Spoor", definition = "d"}', f'label = "Spoor", definition = "d"}}, {MORE}')
    for name, content in {"surveys/proef/survey.toml": SURVEY, "annotations/proef/codebook.toml": codebook}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
    with (root / "surveys/proef/responses.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([("nr", "V1", "V2"), *rows])
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    plain = [(f"{number:03d}", f"antwoord {number}", f"iets {number}") for number in range(1, 41)]
    return make(tmp_path, [*plain, ("041", "", "weet niet")])


def worksheet(root: Path, *options: object, coder: str = "codeur-2", expected: int = 0) -> str:
    return run("worksheet", "proef", "--coder", coder, *options, root=root, expected=expected)


def path_of(root: Path, coder: str = "codeur-2") -> Path:
    return root / f"coded/proef/worksheet_{coder}.xlsx"


def column(page: Any, name: str) -> int:
    """The place of the column of which the heading begins or ends so."""
    headings = [str(cell.value) for cell in page[1]]
    return next(
        place
        for place, text in enumerate(headings, start=1)
        if text.split("\n")[0] == name or text.endswith(f"({name})")
    )


def mark(path: Path, marks: dict[tuple[str, int, str], object]) -> None:
    """Fill in cells, by sheet, row and column, as Excel would."""
    book = openpyxl.load_workbook(path)
    for (title, row, name), value in marks.items():
        book[title].cell(row, column(book[title], name)).value = value
    book.save(path)


def take(root: Path, path: Path | None = None, *options: object, expected: int = 0) -> str:
    return run("import", "proef", path or path_of(root), *options, root=root, expected=expected)


def stored(root: Path, coder: str = "codeur-2") -> list[tuple[str, str, str, set[str]]]:
    annotations = open_project(root, "proef").placed_annotations.get(coder, [])
    return [(each.respondent_id, each.question, each.codeframe, set(each.codes)) for each in annotations]


def ids(root: Path, title: str) -> list[str]:
    return [row[0] for row in openpyxl.load_workbook(path_of(root))[title].iter_rows(min_row=2, values_only=True)]


# What goes out


def test_a_workbook_has_a_sheet_for_each_question_and_codeframe_and_says_how_it_works(root):
    told = worksheet(root, "--n", 5)
    book = openpyxl.load_workbook(path_of(root))
    assert book.sheetnames == ["Lees mij", "Codeboek", *TITLES, "keuze"]
    assert [cell.value for cell in book["v1 thema"][1]] == [
        "respondent", "antwoord\n\nWat?", "Spoor\n(spoor)", "Fiets (en e-bike)\n(fiets)",
        "geen\n(geen enkele code past)", "opmerking", "question", "codeframe", "coder", "survey", "codebook_version",
        "stream",
    ]  # fmt: skip
    assert "v1: 5 answers (random).\nv2: 5 answers (random).\n" in told
    assert f"to be filled in, then: themawijzer import proef {path_of(root)}" in told
    assert [cell.value for cell in book["Codeboek"][3]] == ["Thema", "Fiets (en e-bike)", "fiets", "d", "- bakfiets"]
    assert book["v1 thema"]["D1"].comment.text == "Fiets (en e-bike)\n\nd\n\nHoort erbij:\n- bakfiets"
    manual = " ".join(str(cell.value) for row in book["Lees mij"] for cell in row)
    assert "Werkblad van codeur-2" in manual
    assert "door het lot getrokken" in manual
    assert "{" not in manual


def test_only_marks_and_notes_can_be_changed(root):
    worksheet(root, "--n", 3)
    page = openpyxl.load_workbook(path_of(root))["v1 thema"]
    unlocked = {cell.coordinate for row in page for cell in row if not cell.protection.locked}
    assert unlocked == {f"{letter}{row}" for letter in "CDEF" for row in (2, 3, 4)}
    assert (page.protection.sheet, page.protection.password, page.freeze_panes) == (True, None, "C2")
    assert [(each.min, each.max) for each in page.column_dimensions.values() if each.hidden] == [(7, 12)]  # G to L
    (rule,) = page.data_validations.dataValidation
    assert (str(rule.sqref), rule.formula1, rule.type) == ("C2:E4", "keuze!$A$1", "list")
    assert openpyxl.load_workbook(path_of(root))["keuze"].sheet_state == "veryHidden"
    assert page["B2"].alignment.wrap_text


def test_the_answers_are_those_of_the_random_sample_in_its_order(root):
    worksheet(root, "--n", 6)
    run("sample", "proef", "--n", 6, root=root)
    with (root / "coded/proef/sample.csv").open(encoding="utf-8", newline="") as file:
        sample = [(row["question"], row["codeframe"], row["respondent_id"]) for row in csv.DictReader(file)]
    assert [(*title.split(), each) for title in ("v1 thema", "v2 thema") for each in ids(root, title)] == [
        row for row in sample if row[1] == "thema"
    ]


def test_the_same_call_gives_the_same_bytes(root, monkeypatch):
    worksheet(root)
    before = path_of(root).read_bytes()
    monkeypatch.setattr("time.localtime", lambda *_: (2031, 1, 1, 0, 0, 0, 0, 1, 0))
    worksheet(root)
    assert path_of(root).read_bytes() == before


def test_no_text_becomes_a_number_a_date_or_a_formula(root):
    make(root, [(f"00{number}", text, "") for number, text in enumerate(TYPED)])
    worksheet(root, "--question", "v1")
    page = openpyxl.load_workbook(path_of(root))["v1 thema"]
    assert {cell.data_type for row in page for cell in row if cell.value is not None} == {"s"}
    frame = unguard(read_table(path_of(root), sheet="v1 thema").frame)
    typed = dict(zip(frame["respondent"], frame.iloc[:, 1], strict=True))
    expected = {f"00{number}": text for number, text in enumerate(TYPED)}
    assert typed == {each: text for each, text in expected.items() if each in typed}
    assert len(typed) >= 11  # "+31" and "1,5" say nothing, and are not drawn


@pytest.mark.parametrize("text", ["lang " * 7000, "fiets " + "🚲" * 17_497])
def test_an_answer_that_is_too_long_for_a_cell_is_named(root, text):
    make(root, [("1", "a", "b"), ("2", text, "geheim")])
    told = worksheet(root, expected=2)
    assert "a text has 35,000 characters, and a cell of Excel holds 32,767" in told
    assert "column antwoord" in told
    assert "geheim" not in told
    assert not path_of(root).exists()


def test_titles_of_sheets_are_short_and_differ(tmp_path):
    root = make(tmp_path, [("1", "a b", "c d")])
    for name in ("surveys/proef/survey.toml", "annotations/proef/codebook.toml"):
        text = (root / name).read_text(encoding="utf-8")
        (root / name).write_text(
            text.replace('"thema"', '"' + "t" * 38 + '1"').replace('"partner"', '"' + "t" * 38 + '2"')
        )
    worksheet(root)
    titles = [title for title in openpyxl.load_workbook(path_of(root)).sheetnames if title.startswith("v")]
    assert titles == ["v1 " + "t" * 28, "v1 " + "t" * 23 + " 2", "v2 " + "t" * 28]


# What comes back


def test_marked_rows_are_annotations_and_untouched_rows_are_not(root):
    worksheet(root, "--n", 4)
    (first, second, *_), (other, *_) = ids(root, "v1 thema"), ids(root, "v2 thema")
    marks = {
        ("v1 thema", 2, "spoor"): "x", ("v1 thema", 2, "fiets"): "X", ("v1 thema", 3, "geen"): "x",
        ("v1 thema", 4, "opmerking"): "twijfel", ("v2 thema", 2, "spoor"): 1, ("v1 thema", 3, "opmerking"): "zeker",
    }  # fmt: skip
    mark(path_of(root), marks)
    told = take(root)
    assert "3 annotations added" in told
    assert "9 rows are still open" in told
    assert "1 rows have a note but no codes (row 4 is the first): not taken" in told
    assert stored(root) == [
        (first, "v1", "thema", {"spoor", "fiets"}), (second, "v1", "thema", set()), (other, "v2", "thema", {"spoor"}),
    ]  # fmt: skip
    annotations = open_project(root, "proef").placed_annotations["codeur-2"]
    assert [(each.stream, each.note, each.codebook_version) for each in annotations] == [
        ("random", "", "1.0.0"), ("random", "zeker", "1.0.0"), ("random", "", "1.0.0"),
    ]  # fmt: skip
    assert "0 annotations added" in take(root)


def test_a_next_worksheet_begins_with_what_was_left_open(root):
    worksheet(root, "--n", 6, "--question", "v2")
    first = ids(root, "v2 thema")
    mark(path_of(root), {("v2 thema", row, "geen"): "x" for row in (2, 4, 6)})
    take(root)
    worksheet(root, "--n", 6, "--question", "v2")
    assert ids(root, "v2 thema")[:3] == first[1::2]
    assert not set(ids(root, "v2 thema")) & set(first[::2])


YES = {"x": "x", "X": "X", "one": "1", "ja": "ja", "waar": "WAAR", "true": "TRUE"}


@pytest.mark.parametrize("yes", YES.values(), ids=YES)
def test_a_sheet_that_dutch_excel_saved_as_csv_is_taken_back(root, yes):
    worksheet(root, "--n", 3, "--question", "v1")
    first, second, _ = ids(root, "v1 thema")
    page = openpyxl.load_workbook(path_of(root))["v1 thema"]
    rows = [[cell or "" for cell in row] for row in page.iter_rows(values_only=True)]
    no = "ONWAAR" if yes == "WAAR" else ""
    for row, marks in zip(rows[1:], ([yes, no, no], [no, no, yes], [no, no, no]), strict=True):
        row[0], row[2:5] = row[0].lstrip("0"), marks
        row[10] = "1-0-2000"  # the version, as a date
    path = root / "Map1.csv"
    with path.open("w", encoding="cp1252", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    assert "2 annotations added" in take(root, path)
    assert stored(root) == [(first, "v1", "thema", {"spoor"}), (second, "v1", "thema", set())]
    assert [each.codebook_version for each in open_project(root, "proef").placed_annotations["codeur-2"]] == [
        "1.0.0"
    ] * 2


def without(root: Path, *names: str) -> None:
    book = openpyxl.load_workbook(path_of(root))
    for page in (book[title] for title in book.sheetnames if title.startswith("v")):
        for name in names:
            page.delete_cols(column(page, name))
    book.save(path_of(root))


def test_a_sheet_without_its_header_is_refused_and_no_answer_told(root):
    worksheet(root, "--n", 2)
    book = openpyxl.load_workbook(path_of(root))
    book["v1 thema"].delete_rows(1)
    first = str(book["v1 thema"].cell(1, 2).value)
    book.save(path_of(root))
    told = take(root, expected=2)
    assert "sheet v1 thema, row 1, column codeframe: a column is missing" in told
    assert first not in told
    assert not (root / "annotations/proef/codeur-2.csv").exists()


def test_no_coder_is_called_as_what_decides_without_a_person(root):
    told = worksheet(root, coder="Model", expected=2)
    assert "no coder can be called Model" in told


@pytest.mark.parametrize(
    ("name", "options", "coder"),
    [
        ("worksheet_codeur-2.xlsx", [], "codeur-2"),
        ("terug.xlsx", [], "codeur-2"),
        ("worksheet_codeur-2.xlsx", ["--coder", "codeur-3"], "codeur-3"),
    ],
)
def test_the_workbook_says_who_coded_unless_told_otherwise(root, name, options, coder):
    worksheet(root, "--n", 2)
    mark(path_of(root), {("v1 thema", 2, "spoor"): "x"})
    path_of(root).rename(root / name)
    take(root, root / name, *options)
    assert len(stored(root, coder)) == 1


@pytest.mark.parametrize("name", ["worksheet_codeur-4.xlsx", "worksheet_codeur-4 (2).xlsx"])
def test_a_workbook_that_lost_its_coder_is_called_after_one(root, name):
    worksheet(root, "--n", 2)
    mark(path_of(root), {("v1 thema", 2, "spoor"): "x"})
    without(root, "coder")
    path_of(root).rename(root / name)
    take(root, root / name)
    assert len(stored(root, "codeur-4")) == 1


def test_a_worksheet_of_an_older_codebook_counts_as_such(root):
    worksheet(root, "--n", 2)
    mark(path_of(root), {("v1 thema", 2, "spoor"): "x"})
    path = root / "annotations/proef/codebook.toml"
    newer = path.read_text(encoding="utf-8").replace("1.0.0", "1.1.0").replace('label = "Spoor"', 'label = "Treinen"')
    new = '{id = "bus", value = 3, label = "Bus", definition = "d"}, {id = "spoor"'
    path.write_text(newer.replace('{id = "spoor"', new), encoding="utf-8")
    take(root)
    (only,) = open_project(root, "proef").placed_annotations["codeur-2"]
    assert (only.codes, only.codebook_version) == ({"spoor"}, "1.0.0")


# What cannot be meant


THEMA = "sheet v1 thema, row"


def renamed(title: str, name: str, heading: str) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        book[title].cell(1, column(book[title], name)).value = heading

    return change


def deleted(title: str, name: str) -> Callable[[Any], None]:
    return lambda book: book[title].delete_cols(column(book[title], name))


def filled(title: str, row: int, name: str, value: object) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        book[title].cell(row, column(book[title], name)).value = value

    return change


def merged(book: Any) -> None:
    book["v1 thema"].merge_cells("C2:D2")


def copied(book: Any) -> None:
    copy = book.copy_worksheet(book["v1 thema"])
    copy.cell(2, column(copy, "fiets")).value = "x"


def beneath(book: Any) -> None:
    book["v1 thema"].cell(9, column(book["v1 thema"], "spoor")).value = "x"


def removed(book: Any) -> None:
    """As if the codebook had a code when the worksheet was made that it lacks now."""
    renamed("v1 thema", "fiets", "Lopen\n(lopen)")(book)
    filled("v1 thema", 3, "lopen", "x")(book)


@pytest.mark.parametrize(
    ("change", "place", "problem", "expected"),
    [
        (filled("v1 thema", 2, "geen", "x"), f"{THEMA} 2, column geen", "geen stands beside a code", "geen"),
        (filled("v1 thema", 3, "fiets", "?"), f"{THEMA} 3, column fiets", "neither yes nor no", "x, "),
        (renamed("v1 thema", "fiets", "Fietsen"), f"{THEMA} 1", "no column for code fiets", "Without it"),
        (removed, f"{THEMA} 1", "unknown code", "Known codes: spoor, fiets."),
        (deleted("v1 thema", "fiets"), f"{THEMA} 1", "no column for code fiets", "Without it"),
        (deleted("v1 thema", "geen"), f"{THEMA} 1", "does not say which codes were given", "A column"),
        (deleted("v1 thema", "question"), f"{THEMA} 1, column question", "a column is missing", "Every"),
        (deleted("v2 thema", "respondent"), "sheet v2 thema, row 1, column respondent_id", "missing", "Every"),
        (renamed("v1 thema", "codeframe", "kader"), f"{THEMA} 1, column codeframe", "missing", "Every"),
        (merged, f"{THEMA} 2, column C", "merged cells", "Unmerge them"),
        (copied, "sheet v1 thema Copy, row 2", "other codes or another note in", "One row for each answer"),
        (beneath, f"{THEMA} 9, column codeframe", "unknown codeframe", "Known codeframes: thema, partner."),
        (filled("v1 thema", 2, "survey", "elders"), "row 2, column survey", "this is about another survey", "A file"),
        (filled("v1 thema", 2, "respondent", "1,2E+11"), "row 2, column respondent_id", "has shortened", "In Excel"),
        (filled("v1 thema", 2, "codeframe", "partner"), "row 2, column spoor", "not one of codeframe partner", "Codes"),
    ],
)  # fmt: skip
def test_a_worksheet_that_was_spoiled_is_refused_with_sheet_row_and_column(root, change, place, problem, expected):
    worksheet(root, "--n", 4)
    mark(path_of(root), {("v1 thema", 2, "spoor"): "x"})
    book = openpyxl.load_workbook(path_of(root))
    change(book)
    book.save(path_of(root))
    before = path_of(root).read_bytes()
    told = take(root, expected=2)
    assert place in told
    assert problem in told
    assert expected in told
    assert stored(root) == []
    worksheet(root, "--n", 4, expected=2)
    assert path_of(root).read_bytes() == before


def renumbered(book: Any) -> None:
    """Sorted by hand, with a note beneath the rows, an empty column and a heading without its short name."""
    page = book["v1 thema"]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]
    for number, row in enumerate(reversed(rows), start=2):
        for place, value in enumerate(row, start=1):
            page.cell(number, place).value = value
    page.cell(9, 1).value = "let op: rij 3 nog bespreken"
    page.cell(1, 13).value = "leeg"
    renamed("v1 thema", "fiets", "Fiets (en e-bike)")(book)
    book.move_sheet("v1 thema", -2)
    book["v1 partner"].sheet_state = "hidden"


def test_what_does_no_harm_is_taken_as_it_is_meant(root):
    worksheet(root, "--n", 4)
    first = ids(root, "v1 thema")[0]
    mark(path_of(root), {("v1 thema", 2, "spoor"): "x", ("v1 partner", 3, "ns"): "x"})
    book = openpyxl.load_workbook(path_of(root))
    renumbered(book)
    book.save(path_of(root))
    take(root)
    assert len(stored(root)) == 2
    assert (first, "v1", "thema", {"spoor"}) in stored(root)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("worksheet_codeur-2.numbers", None, "the ending '.numbers' is not known"),
        ("worksheet_codeur-2.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old Excel workbook (.xls)"),
        ("worksheet_codeur-2.xlsx", b"PK\x03\x04half", "this file cannot be read in full"),
        ("worksheet_codeur-2.csv", None, "it looks like an Excel workbook"),
    ],
)
def test_a_file_of_another_kind_says_what_it_is(root, name, content, told):
    worksheet(root, "--n", 2)
    path = root / name
    path.write_bytes(path_of(root).read_bytes() if content is None else content)
    assert told in take(root, path, expected=2)


def test_a_worksheet_of_another_survey_is_refused_though_ids_and_codes_are_the_same(root):
    worksheet(root, "--n", 2)
    mark(path_of(root), {("v1 thema", 2, "spoor"): "x"})
    for folder in ("surveys", "annotations"):
        (root / folder / "proef").rename(root / folder / "nieuw")
    told = run("import", "nieuw", path_of(root), root=root, expected=2)
    assert "sheet v1 thema, row 2, column survey: this is about another survey" in told


# What is not lost


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("spoor", "x", "somebody filled in 1 rows that are not among the annotations yet"),
        ("opmerking", "lastig", "row 2, column note: this row has a note but no codes"),
    ],
)
def test_a_worksheet_that_somebody_filled_in_is_not_overwritten(root, name, value, told):
    worksheet(root, "--n", 3)
    mark(path_of(root), {("v1 thema", 2, name): value})
    before = path_of(root).read_bytes()
    assert told in worksheet(root, "--n", 4, expected=2)
    assert path_of(root).read_bytes() == before
    worksheet(root, coder="codeur-3")


def test_a_worksheet_of_which_everything_was_imported_makes_place_for_the_next(root):
    worksheet(root, "--n", 3)
    mark(path_of(root), {("v1 thema", 2, "spoor"): "x"})
    take(root)
    worksheet(root, "--n", 3)
    assert "v1 thema" in openpyxl.load_workbook(path_of(root)).sheetnames


# Streams


REVIEW = [  # respondent, question, codeframe, text, reason, reason_code
    ("004", "v1", "thema", "antwoord 4", "onzeker, vooral over: Spoor", "uncertain_share"),
    ("009", "v2", "thema", "iets 9", "onzeker, vooral over: Spoor", "uncertain_share"),
    ("004", "v1", "partner", "antwoord 4", "nog niet aangetoond dat dit zonder mens goed gaat", "not_proven"),
    (
        "002",
        "v1",
        "thema",
        "antwoord 2",
        "misschien vergeten; het model ziet dit wel in het antwoord: Spoor",
        "likely_missing",
    ),
    ("001", "v1", "thema", "antwoord 1", "het model kan dit antwoord niet beoordelen", "not_judged"),
    ("003", "v1", "thema", "antwoord 3", "de codeurs zijn het niet eens over: Spoor", "disputed"),
]


def review(root: Path) -> Path:
    path = root / "coded/proef/review.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    header = ["respondent_id", "question", "codeframe", "text", "reason", "reason_code", "n_annotations"]
    others = ["codes", "annotated_at", "codebook_version", "stream", "note", "suggested"]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header + others, *([*row, 0, *[""] * 6] for row in REVIEW)])
    return path


def test_active_is_what_nobody_decided_in_the_order_of_the_list(root):
    review(root)
    told = worksheet(root, "--stream", "active", "--n", 5)
    assert {title: ids(root, title) for title in TITLES} == {
        "v1 thema": ["004", "001"], "v1 partner": ["004"], "v2 thema": ["009"],
    }  # fmt: skip
    assert "v1: 2 answers (active), all that are left." in told
    page = openpyxl.load_workbook(path_of(root))["v1 thema"]
    assert [page.cell(row, column(page, "waarom")).value for row in (1, 2)] == ["waarom", "onzeker, vooral over: Spoor"]
    mark(path_of(root), {("v1 thema", 2, "spoor"): "x"})
    take(root)
    assert {each.stream for each in open_project(root, "proef").placed_annotations["codeur-2"]} == {"active"}
    worksheet(root, "--stream", "active", "--n", 1)
    assert (ids(root, "v1 partner"), ids(root, "v2 thema")) == (["004"], ["009"])


def test_review_is_what_was_decided_and_nobody_saw_again_since(root):
    path = review(root)
    worksheet(root, "--stream", "review")
    assert ids(root, "v1 thema") == ["002", "003"]
    mark(path_of(root), {("v1 thema", 2, "geen"): "x"})
    take(root)
    worksheet(root, "--stream", "review")
    assert ids(root, "v1 thema") == ["003"]
    path.write_text(path.read_text(encoding="utf-8").replace("missing,0", "missing,1"), encoding="utf-8")  # classify
    worksheet(root, "--stream", "review")
    assert ids(root, "v1 thema") == ["002", "003"]


def test_double_is_what_one_other_coder_coded_without_how(root):
    path = root / "surveys/proef/survey.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[[q", "[settings]\ndouble_share = 1.0\n[[q", 1))
    worksheet(root, "--n", 3, "--question", "v2")
    mark(path_of(root), {("v2 thema", row, "spoor"): "x" for row in (2, 3)})
    coded = ids(root, "v2 thema")[:2]
    take(root)
    worksheet(root, "--stream", "double", coder="codeur-3")
    page = openpyxl.load_workbook(path_of(root, "codeur-3"))["v2 thema"]
    assert {page["A2"].value, page["A3"].value} == set(coded)
    assert [page.cell(2, column(page, name)).value for name in ("spoor", "stream")] == [None, "random"]
    assert "no answers are left to code (double)" in worksheet(root, "--stream", "double", expected=2)


def test_the_same_codes_as_those_of_another_coder_are_not_overwritten_before_they_are_imported(root):
    path = root / "surveys/proef/survey.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[[q", "[settings]\ndouble_share = 1.0\n[[q", 1))
    for coder, stream in (("codeur-2", "random"), ("codeur-3", "double")):
        worksheet(root, "--n", 3, "--question", "v2", "--stream", stream, coder=coder)
        mark(path_of(root, coder), {("v2 thema", 2, "spoor"): "x"})
        again = worksheet(root, "--n", 3, "--stream", stream, coder=coder, expected=2)
        assert "somebody filled in 1 rows that are not among the annotations yet" in again
        assert f"First: themawijzer import proef {path_of(root, coder)}\n" in again
        take(root, path_of(root, coder))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--stream", "active"], "no answers are left to code (active)\nFirst: themawijzer classify proef"),
        (["--question", "v9"], "there is no question v9"),
        (["--coder", "../x"], "cannot be the name of anything here"),
    ],
)
def test_what_cannot_be_chosen_is_named(root, options, told):
    assert told in worksheet(root, *options, expected=2)
    assert not (root / "coded").exists()


def test_a_file_with_spaces_in_its_name_can_be_typed_as_it_is_told(root):
    path = path_of(root, "de tweede")
    assert worksheet(root, coder="de tweede").endswith(f'then: themawijzer import proef "{path}"\n')


def test_where_nothing_is_left_no_workbook_is_made(root):
    path = review(root)
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert "no answers are left to code (review)" in worksheet(root, "--stream", "review", expected=2)
    assert not path_of(root).exists()


# Writer and reader


cell = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("=+-@'\t\r\n\",;|_x000D"), max_size=10
)
quick = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
MARK = AllowedMark(text="x", title="t", message="m")


@quick
@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=5), cell.filter(str.strip))
def test_any_text_in_a_form_reads_back(tmp_path, rows, heading):
    columns = [
        FormColumn(heading=f"{number} {heading}", cells=cells) for number, cells in enumerate(zip(*rows, strict=True))
    ]
    write_form(tmp_path / "a.xlsx", [FormSheet(title="Blad", columns=columns)], MARK)
    frame = read_table(tmp_path / "a.xlsx", sheet="Blad").frame
    height = max((place for place, row in enumerate(rows, start=1) if any(row)), default=0)
    assert [tuple(row) for row in frame.to_numpy().tolist()] == rows[:height]


@given(cell)
def test_a_shielded_text_comes_back_when_guards_are_taken_off(text):
    frame = pd.DataFrame({"a": [shielded(text)]}, dtype=str)
    assert unguard(frame)["a"].tolist() == [text]


note = st.text(alphabet="ab ,;\"'é🚲\n", max_size=8).filter(lambda text: not text or text.strip())
answers = st.dictionaries(
    st.integers(1, 50),
    st.tuples(cell, st.sampled_from([(), ("geen",), ("spoor",), ("fiets", "spoor")]), note),
    min_size=1,
    max_size=4,
)


@settings(max_examples=10)
@given(answers)
def test_whatever_is_marked_in_a_worksheet_is_what_was_coded(answers):
    typed = {f"{number:03d}": f"{text} fiets en trein" for number, (text, _, _) in answers.items()}
    meant = {f"{number:03d}": (set(codes) - {"geen"}, note) for number, (_, codes, note) in answers.items() if codes}
    with tempfile.TemporaryDirectory() as folder:
        root = make(Path(folder), [(each, shielded(text), "") for each, text in typed.items()])
        worksheet(root, "--question", "v1", "--codeframe", "thema")
        marks = {
            ("v1 thema", row, name): value
            for row, each in enumerate(ids(root, "v1 thema"), start=2)
            for name, value in [("opmerking", answers[int(each)][2]), *((code, "x") for code in answers[int(each)][1])]
        }
        mark(path_of(root), marks)
        take(root)
        found = open_project(root, "proef").placed_annotations.get("codeur-2", [])
        assert {each.respondent_id: (set(each.codes), each.note) for each in found} == meant
        assert {each.respondent_id: each.text for each in found} == {each: typed[each] for each in meant}
