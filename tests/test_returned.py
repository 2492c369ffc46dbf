"""What people filled in comes back, whatever their spreadsheet made of the file."""

import csv
import re
import tomllib
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from conftest import gold_of, write_annotations
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from themawijzer.commands.import_ import Labelling, import_file
from themawijzer.commands.init import init_survey
from themawijzer.errors import InputError
from themawijzer.project.labelled import LabelledColumns
from themawijzer.project.project import open_project
from themawijzer.survey.annotations import COLUMNS, Annotation, Unit
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.responses import read_responses
from themawijzer.survey.returned import read_returned, with_codes
from themawijzer.survey.survey import Survey
from themawijzer.tables.delimited import Dialect, write_csv
from themawijzer.tables.table import read_table

RESPONSES = "nr;V1\n007;méér treinen\n008;=fiets\n9;meer 🚲 graag\n010;een\n0010;twee\n11;\n"
CODEBOOK = """
title = "Proef"
version = "1.1.0"
[[codeframe]]
id = "thema"
label = "Thema"
code = [
    {id = "spoor", value = 1, label = "Spoor", definition = "d"},
    {id = "fiets", value = 2, label = "Fiets", definition = "d"},
]
"""
HEADER = [*COLUMNS, "suggested", "reason", "reason_code", "n_annotations"]


def row(respondent_id="007", codes="", text="méér treinen", **cells):
    given = {"respondent_id": respondent_id, "question": "v1", "codeframe": "thema", "codes": codes, "text": text}
    return dict.fromkeys(HEADER, "") | given | {"codebook_version": "1.1.0", "stream": "review"} | cells


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "uitvoer.csv").write_text(RESPONSES, encoding="utf-8")
    init_survey(tmp_path, "proef", tmp_path / "uitvoer.csv", respondent_id="nr", columns=["V1"])
    (tmp_path / "annotations/proef/codebook.toml").write_text(CODEBOOK, encoding="utf-8")
    return tmp_path


def put(root: Path, rows, *, name="review.csv", delimiter=",", encoding="utf-8", header=HEADER) -> Path:
    with (root / name).open("w", encoding=encoding, errors="replace", newline="") as file:
        writer = csv.DictWriter(file, header, delimiter=delimiter, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return root / name


def take(root: Path, path: Path, *, coder: str | None = "codeur-3", input_file: Path | None = None):
    (taken,) = import_file(root, "proef", path, LabelledColumns(), Labelling(coder=coder), input_file=input_file)
    return taken


def take_rows(root: Path, *rows, **options):
    return take(root, put(root, rows, **options))


def stored(root: Path, coder: str = "codeur-3"):
    return open_project(root, "proef").placed_annotations[coder]


def refusal(root: Path, *rows) -> InputError:
    with pytest.raises(InputError) as caught:
        take_rows(root, *rows)
    assert not (root / "annotations/proef/codeur-3.csv").exists()
    return caught.value


# What comes back


def test_rows_with_codes_become_annotations_and_open_rows_do_not(root):
    done = take_rows(root, row(codes="spoor"), row("008", "geen", "=fiets", note="twijfel"), row("9"), row("9", " | "))
    assert (done.n_added, done.n_open, done.unfound) == (2, 2, [])
    first, second = stored(root)
    assert (first.unit, first.codes, first.stream) == (Unit("007", "v1", "thema"), {"spoor"}, "review")
    assert (second.codes, second.note, second.codebook_version) == (set(), "twijfel", "1.1.0")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first.annotated_at)


def test_the_stream_the_version_and_the_moment_of_a_row_stay(root):
    take_rows(
        root,
        row(codes="spoor", stream="random", codebook_version="1.0.0", annotated_at="2026-03-01T10:00:00Z"),
        row("008", "fiets", "=fiets", stream="", codebook_version=""),
    )
    first, second = stored(root)
    assert (first.stream, first.codebook_version, first.annotated_at) == ("random", "1.0.0", "2026-03-01T10:00:00Z")
    assert (second.stream, second.codebook_version) == ("review", "1.1.0")


def test_who_says_the_same_again_while_the_clock_is_back_says_the_same(root):
    rows = [row(codes="spoor", annotated_at=f"{year}-03-01T10:00:00Z") for year in (2026, 1980)]
    assert take_rows(root, *rows).n_added == 2


def test_a_file_that_dutch_excel_saved_is_taken_back(root):
    excel = {"delimiter": ";", "encoding": "cp1252", "header": [*reversed(HEADER)]}
    rows = [
        row("7", " Spoor | fiets", "méér treinen", codebook_version="1-1-2000", suggested="0,9"),
        row("8", "fiets", "'=fiets"),
        row("9", "fiets", "meer ? graag"),
        row("10", "spoor", "twee"),
    ]
    done = take_rows(root, *rows, **excel)
    assert (done.n_added, done.unfound) == (4, [])
    assert [(each.respondent_id, sorted(each.codes), each.text) for each in stored(root)] == [
        ("007", ["fiets", "spoor"], "méér treinen"),
        ("008", ["fiets"], "=fiets"),
        ("9", ["fiets"], "meer 🚲 graag"),
        ("0010", ["spoor"], "twee"),
    ]
    assert {each.codebook_version for each in stored(root)} == {"1.1.0"}


def test_a_workbook_is_taken_back(root):
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    for cells in (row(7, "spoor", codebook_version="2000-01-01"), row(8, "fiets", "'=fiets")):
        book.active.append(list(cells.values()))
    book.save(root / "review.xlsx")
    assert take(root, root / "review.xlsx").n_added == 2
    assert [(each.respondent_id, each.text) for each in stored(root)] == [("007", "méér treinen"), ("008", "=fiets")]
    assert stored(root)[0].codebook_version == "1.1.0"


def test_columns_that_somebody_deleted_are_filled_in(root):
    header = ["codes", "respondent_id", "question", "codeframe"]
    assert take_rows(root, row(codes="spoor"), header=header).n_added == 1
    (only,) = stored(root)
    assert (only.text, only.stream, only.codebook_version) == ("méér treinen", "review", "1.1.0")


def test_headers_in_other_capitals_are_the_same_columns(root):
    capitals = {name: name.title() for name in HEADER}
    cells = {capitals[name]: cell for name, cell in row(codes="spoor", note="twijfel", stream="random").items()}
    assert take_rows(root, cells, header=list(capitals.values())).n_added == 1
    (only,) = stored(root)
    assert (only.codes, only.note, only.stream, only.text) == ({"spoor"}, "twijfel", "random", "méér treinen")


def test_a_list_of_an_older_version_is_taken_back_too(root):
    assert take_rows(root, row(codes="spoor"), header=[*COLUMNS, "suggested", "reason"]).n_added == 1


def test_a_column_that_is_there_twice_but_for_capitals_is_refused(root):
    with pytest.raises(InputError, match="columns 4, 14 have the same name"):
        take_rows(root, row(codes="spoor"), header=[*HEADER, "Codes"])


@pytest.mark.parametrize(
    ("typed", "returned", "is_found"),
    [
        ("meer 🚲 graag", "meer ?? graag", True),
        ("Aşk en Čapek", "Ask en Capek", True),
        ("Aşk en Čapek", "A?k en ?apek", True),
        ("een\ntwee", "een\r\ntwee", True),
        ("مرحبا " * 200, "????? " * 200, True),
        ("مرحبا " * 200, "????? " * 199 + "anders", False),
        ("wat?", "wat??", False),
        ("meer 🚲 graag", "meer auto graag", False),
        ("méér", "meer", False),
    ],
)
def test_only_what_a_spreadsheet_can_have_done_to_an_answer_is_undone(root, typed, returned, is_found):
    wave = root / "golf.csv"
    wave.write_text(f'nr;V1\n1;"{typed}"\n', encoding="utf-8", newline="")
    done = take(root, put(root, [row("1", "spoor", returned)]), input_file=wave)
    assert (done.unfound, stored(root)[0].text) == (([], typed) if is_found else ([("changed", 2)], returned))


# What stays


def test_importing_the_same_file_twice_changes_nothing(root):
    rows = [row(codes="spoor"), row("008", "geen", "=fiets"), row("9")]
    take_rows(root, *rows)
    path = root / "annotations/proef/codeur-3.csv"
    before = path.read_bytes()
    again = take_rows(root, *rows)
    assert (again.n_added, again.n_known, again.n_replaced, path.read_bytes()) == (0, 2, 0, before)


def test_rows_that_are_there_stay_to_the_letter(root):
    folder = root / "annotations/proef"
    own = put(folder, [row(codes="fiets", annotated_at="2026-01-01T00:00:00Z", reason="x")], name="codeur-3.csv")
    other = put(folder, [row(codes="fiets", annotated_at="2026-01-01T00:00:00Z")], name="codeur-1.csv")
    before = own.read_bytes().replace(b"\r\n", b"\n"), other.read_bytes()
    take_rows(root, row(codes="spoor"))
    assert own.read_bytes().startswith(before[0])
    assert other.read_bytes() == before[1]
    assert [each.codes for each in stored(root)] == [{"fiets"}, {"spoor"}]


def test_a_coder_in_other_capitals_has_one_file(root):
    take_rows(root, row(codes="spoor"))
    done = take(root, put(root, [row("008", "fiets", "=fiets")]), coder="Codeur-3")
    assert done.annotations_file == root / "annotations/proef/codeur-3.csv"
    assert [each.codes for each in stored(root)] == [{"spoor"}, {"fiets"}]


def test_an_old_file_does_not_bring_back_what_was_coded_otherwise_since(root):
    take_rows(root, row(codes="spoor"))
    take_rows(root, row(codes="fiets"))
    old = take_rows(root, row(codes="spoor"))
    assert (old.n_added, old.n_known, old.n_replaced) == (0, 1, 1)
    assert gold_of(root, Unit("007", "v1", "thema")).codes == {"fiets"}
    assert take_rows(root, row(codes="spoor", note="toch")).n_added == 1


def test_an_answer_that_is_drawn_again_counts_as_random_with_the_same_codes(root):
    take_rows(root, row(codes="spoor"))
    assert take_rows(root, row(codes="spoor", stream="random")).n_added == 1
    assert gold_of(root, Unit("007", "v1", "thema")).is_random


def test_a_row_with_another_answer_than_the_responses_is_kept_and_counted(root):
    done = take_rows(root, row("008", "fiets", "=fiets"), row(codes="spoor", text="minder treinen"))
    assert (done.n_added, done.unfound) == (2, [("changed", 3)])
    assert stored(root)[1].text == "minder treinen"


def test_a_row_of_somebody_who_is_elsewhere_is_kept_counted_and_found_with_input(root):
    wave = root / "golf.csv"
    wave.write_text("nr;V1\n0055;nieuw\n", encoding="utf-8")
    assert take_rows(root, row("55", "spoor", "nieuw")).unfound == [("absent", 2)]
    done = take(root, put(root, [row("55", "fiets", "nieuw")]), input_file=wave)
    assert (done.unfound, stored(root)[1].respondent_id) == ([], "0055")


# What does not fit


@pytest.mark.parametrize(
    ("cells", "column", "problem", "expected"),
    [
        ({"codes": "spor"}, "codes", "unknown code in codeframe thema; did you mean spoor?", "Known codes: spoor"),
        (
            {"codes": "spoor, fiets"},
            "codes",
            "unknown code in codeframe thema; several codes are joined by |",
            "Known codes: spoor, fiets. Several are",
        ),
        ({"codes": "geen|fiets"}, "codes", "unknown code in codeframe thema", "Known codes: spoor, fiets."),
        ({"codeframe": "them"}, "codeframe", "unknown codeframe", "Known codeframes: thema."),
        ({"question": "v2"}, "question", "unknown question", "Known questions: v1."),
        ({"stream": "toeval"}, "stream", "unknown stream", "Known streams: random"),
        ({"annotated_at": "gisteren"}, "annotated_at", "this is not a moment", "A moment such as 2026-03-31T14:30:00Z"),
        ({"codebook_version": "1,1"}, "codebook_version", "this is not a version", "A version such as 1.2.0"),
        ({"respondent_id": "1,23E+11"}, "respondent_id", "Excel has shortened this respondent id", "In Excel, import"),
        ({"respondent_id": "99", "text": ""}, "text", "the answer is missing", "The answer as it was typed, or"),
        ({"respondent_id": "11", "text": ""}, "text", "the answer is missing", "The answer as it was typed, or"),
    ],
)
def test_a_row_that_does_not_fit_is_named_and_nothing_is_written(root, cells, column, problem, expected):
    error = refusal(root, row("008", "fiets", "=fiets"), row(**{"codes": "spoor", "text": "geheim"} | cells))
    assert (error.file, error.row, error.column, error.problem) == (root / "review.csv", 3, column, problem)
    assert error.expected.startswith(expected)
    assert "geheim" not in str(error)


def test_one_answer_with_two_verdicts_in_one_file_is_refused(root):
    error = refusal(root, row(codes="spoor"), row("7", "fiets"))
    assert (error.problem, error.row) == ("this answer has other codes or another note in row 2", 3)
    assert take_rows(root, row(codes="spoor"), row("7", "spoor")).n_added == 1


def test_a_filled_in_file_needs_the_name_of_its_coder(root):
    path = put(root, [row(codes="spoor")])
    with pytest.raises(InputError, match="Give --coder, such as codeur-1"):
        take(root, path, coder=None)


@pytest.mark.parametrize("labelling", [{"codeframe_id": "thema"}, {"question_id": "v1"}, {"stream": "random"}])
def test_a_filled_in_file_says_itself_what_its_rows_are_about(root, labelling):
    path = put(root, [row(codes="spoor")])
    with pytest.raises(InputError, match="this is an annotation file"):
        import_file(root, "proef", path, LabelledColumns(), Labelling(coder="codeur-3", **labelling))


def test_labels_of_which_nobody_says_what_they_are_about_are_refused(root):
    path = root / "gelabeld.csv"
    path.write_text("nr;labels\n007;Spoor\n", encoding="utf-8")
    with pytest.raises(InputError, match="Give --codeframe"):
        import_file(root, "proef", path, LabelledColumns(labels=["labels"]), Labelling())


def test_a_labelled_file_is_about_its_own_answers_or_those_of_the_survey(root):
    path = root / "gelabeld.csv"
    path.write_text("nr;labels\n007;Spoor\n", encoding="utf-8")
    with pytest.raises(InputError, match="Give --text-column with the answers"):
        import_file(
            root, "proef", path, LabelledColumns(labels=["labels"]), Labelling(codeframe_id="thema"), input_file=path
        )


# Reader and writer


cell = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("=+-@'\t\r\n\",;|"), min_size=1, max_size=10
).filter(str.strip)
codes_of = st.frozensets(st.sampled_from(["spoor", "fiets"]), min_size=1)
quick = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(st.dictionaries(st.integers(1, 20), st.tuples(cell, codes_of, cell), min_size=1), st.booleans())
def test_whatever_was_filled_in_is_read_with_the_ids_and_answers_of_the_responses(tmp_path, answers, by_excel):
    question = {"id": "v1", "column": "V1", "text": "?"}
    survey = Survey.model_validate({"title": "p", "responses": "r.csv", "respondent_id": "nr", "question": [question]})
    frame = pd.DataFrame({"nr": [f"{n:04d}" for n in answers], "V1": [text for text, _, _ in answers.values()]})
    write_csv(frame, tmp_path / "r.csv")
    written = [
        Annotation(f"{n:04d}", "v1", "thema", codes, text, "2026-01-01T00:00:00Z", "1.0.0", "random", note)
        for n, (text, codes, note) in answers.items()
    ]
    write_annotations(tmp_path / "sample.csv", written)
    if by_excel:
        saved = read_table(tmp_path / "sample.csv").frame
        saved["respondent_id"] = saved["respondent_id"].str.lstrip("0")
        write_csv(saved, tmp_path / "sample.csv", dialect=Dialect(encoding="utf-8-sig", delimiter=";"))
    codebook, responses = Codebook.model_validate(tomllib.loads(CODEBOOK)), read_responses(survey, tmp_path / "r.csv")
    table = with_codes(read_table(tmp_path / "sample.csv"), codebook)
    returned = read_returned(table, codebook, responses, ["v1"])
    assert list(returned.annotations.values()) == written
    assert (returned.n_open, returned.unfound) == (0, [])


def test_what_was_withdrawn_in_a_file_of_annotations_does_not_come_back(root):
    at = {"annotated_at": "2026-01-01T00:00:00Z"}
    taken = take_rows(
        root,
        row("007", "spoor", **at),
        row("007", "fiets", **at),
        row("008", "fiets", text="=fiets", **at),
        row("7", note="ingetrokken"),  # as Excel leaves the id
        name="codeur-1.csv",
    )
    assert (taken.n_added, taken.n_open) == (1, 0)
    assert [each.respondent_id for each in stored(root)] == ["008"]
