import csv
import datetime as dt
import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_files import cells, put, question_texts, refusal, value_labels

from themawijzer.errors import InputError
from themawijzer.tables.cells import guard, unguard
from themawijzer.tables.delimited import Dialect, write_csv
from themawijzer.tables.table import read_table

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252"]
DELIMITERS = [",", ";", "\t", "|"]
SHARED = Path(__file__).parent.parent.parent / "shared" / "data"

thorough = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def workbook(folder, rows, *, name="survey.xlsx", formats=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cell, number_format in formats:
        book.active[cell].number_format = number_format
    book.save(folder / name)
    return folder / name


def with_sheet_xml(path, old, new):
    """Excel writes what openpyxl cannot: change the sheet's XML."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert old in sheet
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(old, new)
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return path


# What stays as it was typed


@pytest.mark.parametrize(
    "typed", ["00123", " x ", "1,5", "NA", "null", "None", "nan", "1.0", "TRUE", "N/A", "-5", "'s avonds", "1e5", "-"]
)
def test_a_cell_stays_as_it_was_typed(tmp_path, typed):
    assert cells(put(tmp_path, f"id;cel\n1;{typed}\n")) == [["id", "cel"], ["1", typed]]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_inside_a_cell_are_kept(tmp_path, newline):
    path = put(tmp_path, f'id,tekst{newline}1,"een{newline}twee"{newline}')
    assert cells(path) == [["id", "tekst"], ["1", f"een{newline}twee"]]


def test_every_column_is_text_and_rows_are_numbered_from_zero(tmp_path):
    frame = read_table(put(tmp_path, "id,n\n1,2\n3,\n")).frame
    assert frame.index.equals(pd.RangeIndex(2))
    assert all(type(cell) is str for row in frame.values for cell in row)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("antwoord\nja\nnee\n", [["antwoord"], ["ja"], ["nee"]]),
        ("antwoord\nja, maar\nnee; nooit\n", [["antwoord"], ["ja, maar"], ["nee; nooit"]]),
        ("antwoord\nja\n\nnee\n\n\n", [["antwoord"], ["ja"], [""], ["nee"]]),
        ('antwoord\nja\n""\n\n', [["antwoord"], ["ja"], [""]]),
    ],
)
def test_one_column_is_a_table_too(tmp_path, content, expected):
    assert cells(put(tmp_path, content)) == expected


def test_empty_lines_at_the_end_are_skipped(tmp_path):
    assert cells(put(tmp_path, "id;v\r\n1;\r\n;\r\n\r\n\r\n")) == [["id", "v"], ["1", ""], ["", ""]]


# Delimiters


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("id;v\n1;goed, maar duur\n", ";"),
        ("score, totaal;n\n7,5;3\n8,2;4\n", ";"),
        ('id,"Wat vindt u; kort gezegd?"\n1,"a; b\nc; d\ne; f"\n', ","),
        ("id;Wonen, werken en zorg?;En, kort?\n1;a;b\n2;c, d, e;f\n", ";"),
        ("id;codes\n1;a|b\n2;c|d\n", ";"),
        ("id,codes|x\n1,a|b\n2,c|d\n", ","),
        ("id\tv\n1\ta, b; c\n", "\t"),
        ("id|v\n1|a, b; c\n", "|"),
        ("id,v\n1,'s avonds\n2,zo'n\n", ","),
        ("antwoord\nja\n", ","),
    ],
)
def test_the_delimiter_is_the_one_that_fits_the_header(tmp_path, content, delimiter):
    assert read_table(put(tmp_path, content)).dialect == Dialect(delimiter=delimiter)


@pytest.mark.parametrize("directive", ["sep=;", "SEP=;"])
def test_excels_first_line_is_obeyed_and_skipped(tmp_path, directive):
    path = put(tmp_path, f"{directive}\r\nid;v\r\n1;a,b\r\n2;c\r\n")
    assert cells(path) == [["id", "v"], ["1", "a,b"], ["2", "c"]]
    assert refusal(put(tmp_path, f"{directive}\r\nid;v\r\n1\r\n")).row == 2


def test_a_given_delimiter_takes_the_place_of_detection(tmp_path):
    assert cells(put(tmp_path, "a;b,c\n1;2,3\n"), delimiter=",") == [["a;b", "c"], ["1;2", "3"]]
    assert refusal(put(tmp_path, "a\n1\n"), delimiter=";;").expected == "One of , ; | or a tab."


@pytest.mark.parametrize("name", ["vu_open_answers.csv", "dekamer_titles.csv"])
@pytest.mark.parametrize("columns", [[1], [0, 1], [0, 1, 2]])
@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_the_delimiter_of_real_answers_is_found(tmp_path, name, columns, delimiter):
    if not (SHARED / name).exists():
        pytest.skip("the shared data are not here")
    with (SHARED / name).open(encoding="utf-8", newline="") as file:
        rows = [[row[column] for column in columns] for _, row in zip(range(1500), csv.reader(file), strict=False)]
    for place, row in enumerate(rows[1:]):
        text = 0 if columns == [1] else 1
        row[text] = row[text].replace(" ", ['\r\n"', ", ", "; ", " "][place % 4], 2)
    frame = pd.DataFrame(rows[1:], columns=rows[0])
    write_csv(frame, tmp_path / "real.csv", dialect=Dialect(delimiter=delimiter))
    table = read_table(tmp_path / "real.csv")
    assert len(columns) == 1 or table.dialect == Dialect(delimiter=delimiter)
    assert [list(table.frame.columns), *table.frame.values.tolist()] == rows


# Encodings


@pytest.mark.parametrize(
    ("codec", "mark", "encoding"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8-sig", b"", "utf-8-sig"),
        ("utf-16", b"", "utf-16"),
        ("utf-16-le", b"\xff\xfe", "utf-16"),
        ("utf-16-be", b"\xfe\xff", "utf-16"),
        ("utf-16-le", b"", "utf-16"),
        ("utf-16-be", b"", "utf-16"),
        ("cp1252", b"", "cp1252"),
    ],
)
def test_the_encoding_is_found(tmp_path, codec, mark, encoding):
    path = put(tmp_path, mark + "één;prijs\n‘café’;€ 5\n".encode(codec))
    table = read_table(path)
    assert table.dialect == Dialect(encoding=encoding, delimiter=";")
    assert cells(path) == [["één", "prijs"], ["‘café’", "€ 5"]]
    assert cells(path, encoding=codec) == [["één", "prijs"], ["‘café’", "€ 5"]]


def test_capitals_in_curly_quotes_are_windows_1252_and_not_half_utf_8(tmp_path):
    assert cells(put(tmp_path, "id;v\n1;“CAFÉ” één\n".encode("cp1252")))[1] == ["1", "“CAFÉ” één"]


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        ("id;v\n1;é\n2;".encode() + b"\xe9\n", 3, "two encodings in one file: line 2 is UTF-8, line 3 is not"),
        (b"id;v\n1;\xe9\n2;\xc3\xa9\n", 3, "two encodings in one file: line 3 is UTF-8, line 2 is not"),
        (b"id;v\n1;x\n2;\xe9\xe2\x82\xac\n", 3, "two encodings in one file: line 3 is UTF-8, line 3 is not"),
        (b"id;v\r1;\xe9\r2;\x81\r", 3, "byte 0x81 does not exist in cp1252"),
    ],
)
def test_bytes_that_fit_no_single_encoding_are_named_by_line(tmp_path, content, line, problem):
    error = refusal(put(tmp_path, content))
    assert (error.line, error.problem) == (line, problem)
    assert "save it as UTF-8" in error.expected


def test_a_given_encoding_takes_the_place_of_detection(tmp_path):
    path = put(tmp_path, "id;v\n1;Ã©\n".encode("cp1252"))
    assert cells(path) == [["id", "v"], ["1", "é"]]
    assert cells(path, encoding="windows-1252") == [["id", "v"], ["1", "Ã©"]]
    assert refusal(put(tmp_path, b"id;v\n1;\xe9\n"), encoding="utf-8").line == 2


@pytest.mark.parametrize(
    ("encoding", "problem"),
    [
        *[
            (name, f"the encoding {name!r} is not known")
            for name in ("klingon", "undefined", "punycode", "idna", "unicode_escape", "base64", "a\0")
        ],
        ("utf-16", "this text is not utf-16"),
        ("UTF16", "this text is not utf-16"),
    ],
)
def test_an_encoding_that_cannot_be_meant_is_refused_with_the_known_ones(tmp_path, encoding, problem):
    for mark in (b"", b"\xef\xbb\xbf"):
        error = refusal(put(tmp_path, mark + b"id;v\n1;a-b\n2;x\n"), encoding=encoding)
        assert error.problem == problem
        assert error.expected == "Known: utf-8, utf-16, cp1252 and Python's other text encodings."


def test_nul_characters_are_named_by_row(tmp_path):
    error = refusal(put(tmp_path, 'id,v\n1,"a\nb"\n2,c\0d\n'))
    assert (error.problem, error.row) == ("a NUL character", 3)


HALF = "half of a character (a lone surrogate)"


@pytest.mark.parametrize(("written", "problem"), [("geheim_x0000_", "a NUL character"), ("_xD800_geheim", HALF)])
def test_what_no_file_can_hold_is_named_by_row_and_column_in_a_workbook(tmp_path, written, problem):
    error = refusal(workbook(tmp_path, [["id", "v"], ["1", "a"], ["2", written]]))
    assert (error.problem, error.row, error.column) == (problem, 3, "B")
    assert "geheim" not in str(error)
    error = refusal(workbook(tmp_path, [["id", written], ["1", "a"]]))
    assert (error.problem, error.row, error.column) == (f"the name of column 2 has {problem}", 1, None)


def test_what_no_file_can_hold_is_named_by_row_and_column_in_parquet_and_text(tmp_path):
    pq.write_table(pa.table({"id": ["1", "2"], "v": ["a", "geheim\0"]}), tmp_path / "a.parquet")
    for path, options, problem in (
        (tmp_path / "a.parquet", {}, "a NUL character"),
        (put(tmp_path, "id,v\n1,a\n2,geheim\0\n", "a.csv"), {}, "a NUL character"),
        (put(tmp_path, "id,v\n1,a\n2,geheim+2AA-\n", "b.csv"), {"encoding": "utf-7"}, HALF),
    ):
        error = refusal(path, **options)
        assert (error.problem, error.row, error.column) == (problem, 3, "B")
        assert "geheim" not in str(error)


def test_what_no_file_can_hold_is_named_by_row_and_column_in_spss_files(tmp_path, monkeypatch):
    pyreadstat.write_sav(pd.DataFrame({"v": ["a", "b"]}), tmp_path / "a.sav")
    frame, meta = pyreadstat.read_sav(tmp_path / "a.sav")
    damaged = frame.astype(object).replace("b", "geheim\0")
    monkeypatch.setattr(pyreadstat, "read_sav", lambda *args, **options: (damaged, meta))
    error = refusal(tmp_path / "a.sav")
    assert (error.problem, error.row, error.column) == ("a NUL character", 3, "A")


# Files that do not fit their ending, or are not there


@pytest.mark.parametrize(
    ("start", "looks"),
    [
        (b"PK\x03\x04", "an Excel workbook (.xlsx) or another zip file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls) or one with a password"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"%PDF-1.7", "a PDF document"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"$FL2@(#) SPSS", "an SPSS file"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE HTML>", "a web page"),
    ],
)
def test_a_csv_that_is_something_else_says_what(tmp_path, start, looks):
    assert refusal(put(tmp_path, start + b"\0" * 20)).problem == f"this is not csv: it looks like {looks}"


@pytest.mark.parametrize("ending", ["xlsx", "sav", "parquet"])
@pytest.mark.parametrize(
    ("content", "looks"),
    [
        (b"id;v\n1;a\n", "text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls) or one with a password"),
        (b"\x00\x01\x02", "a file of an unknown kind"),
    ],
)
def test_other_endings_promise_a_format_too(tmp_path, ending, content, looks):
    error = refusal(put(tmp_path, content, f"survey.{ending}"))
    assert error.problem == f"this is not {ending}: it looks like {looks}"


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"$FL2@(#)", b"PAR1"])
def test_a_damaged_file_is_refused(tmp_path, start):
    ending = {b"P": "xlsx", b"$": "sav"}[start[:1]] if start != b"PAR1" else "parquet"
    assert "expected" in vars(refusal(put(tmp_path, start + b"x" * 200, f"survey.{ending}")))


SPSS = (
    "Open it in SPSS and save it again, or give its encoding (cp1252 for old Windows files): "
    "--encoding with init and import, [dialect] encoding in survey.toml."
)
PARQUET = "Write the file again from the program it came from."
EXCEL = "Open it in Excel and save it again as .xlsx."


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (b"</sheetData>", b"</sheetDa", "ParseError"),
        (b'<c r="A2" t="n">', b'<c r="A2" s="99" t="n">', "IndexError"),
        (b"<v>1</v>", b"<v>1x</v>", "ValueError"),
    ],
)
def test_a_workbook_with_a_damaged_sheet_is_refused(tmp_path, old, new, kind):
    error = refusal(with_sheet_xml(workbook(tmp_path, [["id", "v"], [1, "a"]]), old, new))
    assert (error.problem, error.expected) == (f"this file cannot be read in full ({kind})", EXCEL)


def test_a_workbook_of_which_half_came_in_is_refused(tmp_path):
    content = workbook(tmp_path, [["id", "v"], [1, "a"]]).read_bytes()
    error = refusal(put(tmp_path, content[: len(content) // 2], "half.xlsx"))
    assert (error.problem, error.expected) == ("this file cannot be read in full (BadZipFile)", EXCEL)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([6_000_000], pa.int32()).cast(pa.date32()),
        pa.array([2**62], pa.int64()).cast(pa.timestamp("us")),
        pa.array([1], pa.int64()).cast(pa.timestamp("us", "Mars/Base")),
        pa.array([b"\xff"]).view(pa.string()),
    ],
    ids=["date", "timestamp", "zone", "utf-8"],
)
def test_parquet_cells_that_python_cannot_hold_are_refused(tmp_path, values):
    pq.write_table(pa.table({"v": values}), tmp_path / "a.parquet")
    error = refusal(tmp_path / "a.parquet")
    assert error.problem.startswith("this file cannot be read in full (")
    assert error.expected == PARQUET


def test_a_time_in_an_spss_file_that_no_calendar_has_stays_a_number(tmp_path):
    frame = pd.DataFrame({"t": [1e18]})
    pyreadstat.write_sav(frame, tmp_path / "a.sav", variable_format={"t": "DATETIME20"})
    table = read_table(tmp_path / "a.sav")
    assert table.values["t"].tolist() == [1e18]
    assert table.frame["t"].tolist() == ["1000000000000000000"]


def test_a_column_may_be_called_par1(tmp_path):
    assert cells(put(tmp_path, "PAR1;b\n1;2\n")) == [["PAR1", "b"], ["1", "2"]]


def test_an_unknown_ending_lists_the_known_ones(tmp_path):
    expected = "Known: .csv, .tsv, .txt, .xlsx, .xlsm, .xlsb, .xls, .ods, .sav, .zsav, .por, .dta, .parquet."
    assert refusal(put(tmp_path, "x", "a.doc")).expected == expected


def test_a_missing_file_names_its_nearest_neighbors(tmp_path):
    put(tmp_path, "x", "responses.csv")
    error = refusal(tmp_path / "response.csv")
    assert (error.problem, error.expected) == ("there is no such file", "Nearest in that folder: responses.csv.")
    assert "does not exist either" in refusal(tmp_path / "map" / "a.csv").expected
    assert refusal(tmp_path).problem == "this is a folder"


def test_a_file_that_may_not_be_opened_says_so(tmp_path, monkeypatch):
    def denied(*args, **options):
        raise PermissionError(13, "Permission denied")

    path = put(tmp_path, "id\n1\n")
    monkeypatch.setattr(Path, "open", denied)
    assert refusal(path).problem == "the file cannot be read: Permission denied"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "the file is empty"),
        (" \r\n\t\n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        ("\nid;v\n1;2\n", "the first row is empty"),
        ("id;;v\n1;2;3\n", "column 2 has no name"),
        ("id;v; v;v\n1;2;3;4\n", "columns 2, 4 have the same name"),
    ],
)
def test_a_table_has_named_columns(tmp_path, content, problem):
    assert refusal(put(tmp_path, content)).problem == problem


@pytest.mark.parametrize(
    ("content", "column"),
    [
        ("1;mijn geheim;mijn geheim\n", None),
        ("1;geheim;geheim\n", None),
        ("1;mijn geheim\n2;a\0\n", "B"),
        ("1;geheim\n2;a\0\n", "B"),
    ],
)
def test_a_column_name_that_may_be_an_answer_is_not_repeated(tmp_path, content, column):
    error = refusal(put(tmp_path, content))
    assert error.column == column
    assert "geheim" not in str(error)


@pytest.mark.parametrize(
    ("content", "row", "expected"),
    [
        ("a;b;c\n1;2;3\n1;2\n", 3, "3 fields as in the header; found 2."),
        ('a;b\n1;"x\ny\nz"\n1;2;3\n', 3, "2 fields as in the header; found 3."),
        ("a;b\n1;2\n\n3;4\n", 3, "2 fields as in the header; found 0."),
        ('a;b\n1;2\n3;"open\n4;5;6\n', 3, "A cell in quotation marks ends with one"),
        ('a;b\n1;"zij zei "ja" en"\n', 2, "A cell in quotation marks ends with one"),
        ('a;b\n1;2\n3;"' + "x;y\n" * 40_000, 3, "A cell in quotation marks ends with one"),
        pytest.param(
            'a;b\n1;2\n3;"' + "x;y\n" * 2_600_000, 3, "A cell in quotation marks ends with one", id="more than a cell"
        ),
    ],
)
def test_a_row_that_does_not_fit_is_named_as_a_spreadsheet_counts(tmp_path, content, row, expected):
    error = refusal(put(tmp_path, content))
    assert error.row == row
    assert error.expected.startswith(expected)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_cell_may_hold_a_whole_transcript(tmp_path, quote):
    long = "zij zei: ja " * 100_000
    assert cells(put(tmp_path, f"id;v\n1;{quote}{long}{quote}\n2;x\n")) == [["id", "v"], ["1", long], ["2", "x"]]


def test_messages_hold_no_respondents_text(tmp_path):
    for content in ('a;b\n1;"geheim', "a;b\n1;geheim;2\n", b"a;b\ngeheim\x81;\xe9\n", "a;b\n1;geheim\0\n"):
        assert "geheim" not in str(refusal(put(tmp_path, content)))


@pytest.mark.parametrize("content", ["id;v\n", "id;v", "id;v\r\n\r\n\r\n"])
def test_a_header_alone_is_a_table_without_rows(tmp_path, content):
    assert cells(put(tmp_path, content)) == [["id", "v"]]


def test_a_sheet_with_a_header_alone_is_a_table_without_rows(tmp_path):
    assert cells(workbook(tmp_path, [["id", "v"]])) == [["id", "v"]]


# Formula guard

GUARDED = [
    ("=1+1", "'=1+1"),
    ("+31 6", "'+31 6"),
    ("- punt", "'- punt"),
    ("@a", "'@a"),
    ("\tx", "'\tx"),
    ("\rx", "'\rx"),
    ("'=1", "''=1"),
    ("''@", "'''@"),
    ("--", "'--"),
    ("meer zorg;=1+1", "meer zorg;'=1+1"),
    ("ja,@b;-1+1", "ja,'@b;'-1+1"),
    ("a;'=1", "a;''=1"),
    ('a;"=1+1;b', "a;\"'=1+1;b"),
    ("a\n=1\r\n+2\tb\t=c", "a\n'=1\r\n'+2\tb\t'=c"),
    ("een\n- SOM (A1)\n- A1", "een\n'- SOM (A1)\n'- A1"),
    ("50,- (a|b)", "50,'- (a|b)"),
    ("a;- bus", "a;'- bus"),
    ("a\n- bus&", "a\n'- bus&"),
    (',"-', ",\"'-"),
    ("a;b 50,-", "a;b 50,'-"),
    ("=a,=b 50,-", "'=a,'=b 50,-"),
    *[(text, text) for text in ("een\n- meer bomen\r\n- bus, trein", "50,- per maand", "€ 50,-", "50,-.")],
    *[(text, text) for text in ("a ;-)", "a;\r\nb", "a\n\tb")],
    *[(text, text) for text in ("-5", "-1,5", "+31", "-0.3", "-1.234,50", "-", "'s avonds", "'-5", "", "a=1", "'")],
]


@pytest.mark.parametrize(("typed", "guarded"), GUARDED)
def test_only_what_excel_would_run_gets_an_apostrophe(typed, guarded):
    columns, count = guard({"v": ["x", typed]})
    assert columns == {"v": ["x", guarded]}
    assert count == (typed != guarded)
    assert unguard(pd.DataFrame(columns))["v"].tolist() == ["x", typed]


def test_guarding_leaves_what_it_was_given_alone():
    columns = {"v": ["=1"]}
    assert guard(columns)[0] == {"v": ["'=1"]}
    assert columns == {"v": ["=1"]}


@pytest.mark.parametrize(("typed", "guarded"), [pair for pair in GUARDED if pair[0].strip()])
def test_column_names_are_guarded_and_counted_as_cells_are(tmp_path, typed, guarded):
    columns, count = guard({"id": ["=1"], typed: ["x"]})
    assert (list(columns), count) == (["id", guarded], 1 + (typed != guarded))
    write_csv(pd.DataFrame({"id": ["=1"], typed: ["x"]}), tmp_path / "a.csv")
    assert cells(tmp_path / "a.csv") == [["id", typed], ["=1", "x"]]


def test_names_that_differ_by_a_guard_only_are_the_same_name(tmp_path):
    error = refusal(put(tmp_path, "id,=1,'=1\n1,2,3\n"))
    assert (error.problem, error.row, error.column) == ("columns 2, 3 have the same name", 1, None)


def test_only_delimited_files_are_unguarded(tmp_path):
    assert cells(put(tmp_path, "id,v\n1,'=1\n")) == [["id", "v"], ["1", "=1"]]
    assert cells(workbook(tmp_path, [["'=v"], ["'=1"]])) == [["'=v"], ["'=1"]]


@thorough
@given(st.lists(st.text(alphabet="'=+-@\t\r0,. x"), min_size=1))
def test_unguard_undoes_guard(texts):
    assert unguard(pd.DataFrame(guard({"v": texts})[0]))["v"].tolist() == texts


INERT = re.compile(r"-?|[+-][0-9.,]*[0-9]|-[.?!,;\t].*", re.DOTALL)  # as "50,-" ends, and what stands in the next cells


@thorough
@given(
    st.lists(st.text(alphabet="'\"=+-@\t\r\n01,;.x|(", max_size=8), min_size=1, max_size=5),
    st.sampled_from([Dialect(), Dialect(encoding="utf-8-sig", delimiter=";")]),
)
def test_no_cell_begins_as_a_formula_under_either_delimiter(tmp_path, texts, dialect):
    ids, path = [f"{place}" for place in range(len(texts))], tmp_path / "a.csv"
    columns = {"nr": ids, "v": texts, "w": texts[::-1]}
    write_csv(pd.DataFrame(columns, dtype=str), path, dialect=dialect)
    assert {name: read_table(path).frame[name].tolist() for name in columns} == columns
    for delimiter in ",;":
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = [cell for row in csv.reader(file, delimiter=delimiter) for cell in row]
        assert [cell for cell in found if cell[:1] in tuple("=+-@") and not INERT.fullmatch(cell)] == []


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice, which opens CSV, is not installed")
@pytest.mark.parametrize(("dialect", "other"), [(Dialect(), ";"), (Dialect(encoding="utf-8-sig", delimiter=";"), ",")])
def test_a_spreadsheet_that_takes_another_delimiter_runs_nothing(tmp_path, dialect, other):
    formulas = ["meer zorg;=1+1", "a,=1+1,b", "a;-1+1;b", 'a;"=1+1;b', 'a,"=1+1,b', "a\n=1+1"]
    texts = [*formulas, "a\n- een\n- twee", "50,- per maand"]
    frame = pd.DataFrame({"nr": list("12345678"), "v": texts, "w": "x"}, dtype=str)
    write_csv(frame, tmp_path / "a.csv", dialect=dialect)
    how = f"CSV:{ord(other)},34,76,1,,1043,false,false,false,false,false,-1,true"  # Dutch, and formulas are run
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = ["soffice", "--headless", home, f"--infilter={how}", "--convert-to", "fods", "--outdir", tmp_path / "b"]
    subprocess.run([*command, tmp_path / "a.csv"], check=True, capture_output=True)
    opened = (tmp_path / "b/a.fods").read_text(encoding="utf-8")
    assert ("zorg" in opened, re.findall('table:formula="([^"]*)"', opened)) == (True, [])


# Writing and reading again


def test_a_written_file_quotes_only_what_needs_it(tmp_path):
    frame = pd.DataFrame({"id": ["01", "2", ""], "v": ['zei "ja"', "a, b\r\n", " x"]})
    write_csv(frame, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == b'id,v\n01,"zei ""ja"""\n2,"a, b\r\n"\n, x\n'
    write_csv(frame[["id"]], tmp_path / "a.csv", dialect=Dialect(encoding="utf-16"))
    assert (tmp_path / "a.csv").read_bytes().decode("utf-16") == 'id\n01\n2\n""\n'
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = put(tmp_path, "old")
    with pytest.raises(InputError) as caught:
        write_csv(pd.DataFrame({"v": ["a", "ŝ"]}), path, dialect=Dialect(encoding="cp1252"))
    assert (caught.value.row, path.read_text(), [each.name for each in tmp_path.iterdir()]) == (
        3,
        "old",
        ["survey.csv"],
    )


@st.composite
def frames(draw, encoding="utf-8", extra="\r\n\",;\t|='- "):
    characters = st.characters(codec="utf-8" if encoding.startswith("utf") else encoding, exclude_characters="\0")
    text = st.text(alphabet=st.one_of(characters, st.sampled_from(extra)), max_size=8)
    names = draw(st.lists(text.filter(str.strip), min_size=1, max_size=4, unique=True))
    rows = draw(st.lists(st.lists(text, min_size=len(names), max_size=len(names)), min_size=1, max_size=5))
    return pd.DataFrame(rows, columns=names)


@pytest.mark.parametrize("encoding", ENCODINGS)
@thorough
@given(data=st.data(), delimiter=st.sampled_from(DELIMITERS))
def test_any_text_comes_back_as_it_was_written(tmp_path, encoding, delimiter, data):
    frame, dialect = data.draw(frames(encoding)), Dialect(encoding=encoding, delimiter=delimiter)
    write_csv(frame, tmp_path / "a.csv", dialect=dialect)
    assert cells(tmp_path / "a.csv", encoding=encoding, delimiter=delimiter) == [
        list(frame.columns),
        *frame.values.tolist(),
    ]


@thorough
@given(
    encoding=st.sampled_from(ENCODINGS),
    delimiter=st.sampled_from(DELIMITERS),
    rows=st.lists(st.lists(st.text(alphabet="aé€ .,'\n"), min_size=2, max_size=2), min_size=1, max_size=5),
)
def test_ordinary_text_comes_back_without_being_told_the_dialect(tmp_path, encoding, delimiter, rows):
    frame = pd.DataFrame([["respnr", "één"], *rows], columns=["respnr", "Wat vindt u, kort; van één|twee?"])
    write_csv(frame, tmp_path / "a.csv", dialect=Dialect(encoding=encoding, delimiter=delimiter))
    table = read_table(tmp_path / "a.csv")
    assert table.dialect == Dialect(encoding=encoding, delimiter=delimiter)
    assert table.frame.values.tolist() == frame.values.tolist()


FIELDS = ["", "a", " ", ' "a"', 'a"b', '""', '"a"', '"a\r\nb"', '"\r"', '"\n\n"', '"a,"""', '"\ufeff"', "\ufeff", "NA"]


@thorough
@given(
    st.lists(st.tuples(st.sampled_from(FIELDS), st.sampled_from(FIELDS)), min_size=1),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_a_file_is_read_as_the_csv_module_reads_it(tmp_path, rows, newline, ends_with_newline):
    content = newline.join(["x,y", *(",".join(row) for row in rows)]) + newline * ends_with_newline
    records = list(csv.reader(io.StringIO(content, newline=""), strict=True))
    assert cells(put(tmp_path, content), delimiter=",") == records


# Excel


def test_excel_cells_read_as_excel_shows_them(tmp_path):
    path = workbook(
        tmp_path,
        [
            ["id", "n", "f", "b", "dag", "tijdstip", "tekst"],
            [123, 3.0, 0.1, True, dt.date(2024, 5, 6), dt.datetime(2024, 5, 6, 7, 8, 9), "007"],
            [-7, 10**12, 2.5, False, None, dt.time(7, 8), "NA"],
        ],
        formats=[("A2", "00000"), ("A3", "0")],
    )
    assert cells(path)[1:] == [
        ["00123", "3", "0.1", "TRUE", "2024-05-06", "2024-05-06T07:08:09", "007"],
        ["-7", "1000000000000", "2.5", "FALSE", "", "07:08:00", "NA"],
    ]
    assert read_table(path).dialect is None


def test_empty_excel_rows_and_columns_at_the_end_are_dropped(tmp_path):
    path = workbook(tmp_path, [["a", "b", None], [None, None, None], ["1", None, ""], [None, None], ["", ""]])
    assert cells(path) == [["a", "b"], ["", ""], ["1", ""]]


def test_rows_beyond_the_size_that_the_sheet_claims_are_read(tmp_path):
    path = workbook(tmp_path, [["a", "b"], ["1", "2"], ["3", "4"]])
    assert cells(with_sheet_xml(path, b'ref="A1:B3"', b'ref="A1"')) == [["a", "b"], ["1", "2"], ["3", "4"]]


def test_carriage_returns_that_excel_wrote_as_codes_are_read(tmp_path):
    path = workbook(tmp_path, [["a"], ["x_x000D_\ny"], ["_x005F_x000D_"]])
    assert cells(path) == [["a"], ["x\r\ny"], ["_x000D_"]]


def test_a_header_that_may_be_an_answer_is_not_told_with_an_error_cell(tmp_path):
    assert refusal(workbook(tmp_path, [["wat ik vind", "b"], ["#N/A", 2]])).column == "A"


def test_an_error_cell_is_named_by_row_and_column(tmp_path):
    error = refusal(workbook(tmp_path, [["id", "som"], [1, 2], [2, "#N/A"]]))
    assert (error.row, error.column, error.problem) == (3, "B", "the cell holds the error #N/A")


def test_a_formula_that_was_never_computed_is_refused(tmp_path):
    error = refusal(workbook(tmp_path, [["id", "som"], [1, "=A2+1"]]))
    assert (error.row, error.column, error.problem) == (2, "B", "a formula without a value")


@pytest.mark.parametrize(
    ("written", "text"),
    [(b'<c r="B2"><f>A2+1</f><v>2</v></c>', "2"), (b'<c r="B2" t="str"><f>IF(A2,"")</f><v></v></c>', "")],
)
def test_a_formula_with_a_value_reads_as_its_value(tmp_path, written, text):
    path = workbook(tmp_path, [["id", "som"], [1, 777]])
    assert cells(with_sheet_xml(path, b'<c r="B2" t="n"><v>777</v></c>', written)) == [["id", "som"], ["1", text]]


def test_a_header_of_merged_or_empty_cells_is_refused(tmp_path):
    path = workbook(tmp_path, [["a", "b", "c"], [1, 2, 3]])
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("B1:C1")
    book.save(path)
    assert (refusal(path).problem, refusal(path).column) == ("merged cells in the header", "B")
    assert refusal(workbook(tmp_path, [["a", None, "c"], [1, 2, 3]])).problem == "column 2 has no name"


def test_the_first_visible_sheet_with_something_in_it_is_read_unless_told(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "leeg"
    for name in ("verborgen", "data", "nog een"):
        book.create_sheet(name).append(["naam"])
        book[name].append([name])
    book["verborgen"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    assert cells(tmp_path / "a.xlsx") == [["naam"], ["data"]]
    assert cells(tmp_path / "a.xlsx", sheet="verborgen") == [["naam"], ["verborgen"]]
    expected = "Sheets: leeg, verborgen, data, nog een. Name one: --sheet with init and import, [dialect] sheet in "
    assert refusal(tmp_path / "a.xlsx", sheet="Blad1").expected == f"{expected}survey.toml."


def test_an_empty_workbook_is_refused(tmp_path):
    assert refusal(workbook(tmp_path, [])).problem == "no visible sheet has anything in it"


# SPSS


def test_an_spss_file_reads_as_text_with_its_labels(tmp_path):
    frame = pd.DataFrame(
        {
            "id": [5.0, 12.0],
            "v1": [1.0, None],
            "w": [0.5, 99.0],
            "open": ["ja, é", ""],
            "dag": [dt.date(2024, 5, 6), None],
        }
    )
    pyreadstat.write_sav(
        frame,
        tmp_path / "a.sav",
        column_labels=["", "Vindt u dat?", "", "Waarom?", ""],
        variable_value_labels={"v1": {1.0: "ja", 2.0: "nee"}, "w": {99.0: "weet niet"}},
        missing_ranges={"w": [99.0]},
        variable_format={"id": "N4"},
    )
    table = read_table(tmp_path / "a.sav")
    assert cells(tmp_path / "a.sav") == [
        ["id", "v1", "w", "open", "dag"],
        ["0005", "1", "0.5", "ja, é", "2024-05-06"],
        ["0012", "", "99", "", ""],
    ]
    assert question_texts(table) == {"v1": "Vindt u dat?", "open": "Waarom?"}
    assert value_labels(table) == {"v1": {"1": "ja", "2": "nee"}, "w": {"99": "weet niet"}}


# Parquet


def test_a_parquet_file_reads_as_text(tmp_path):
    columns = {
        "id": pa.array(["007", None]),
        "n": pa.array([1, None], pa.int64()),
        "groot": pa.array([2**62 + 1, None], pa.int64()),
        "f": pa.array([0.1, 2.0], pa.float32()),
        "b": pa.array([True, None]),
        "t": pa.array([dt.datetime(2024, 5, 6, 7, 8), None], pa.timestamp("ns")),
        "d": pa.array([dt.date(2024, 5, 6), None]),
        "c": pa.array(["ja", None]).dictionary_encode(),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert cells(tmp_path / "a.parquet") == [
        list(columns),
        ["007", "1", "4611686018427387905", "0.1", "TRUE", "2024-05-06T07:08:00", "2024-05-06", "ja"],
        ["", "", "", "2", "", "", "", ""],
    ]


@pytest.mark.parametrize("value", [[["a"]], [{"a": 1}], [b"a"]])
def test_parquet_cells_that_are_not_one_value_are_refused(tmp_path, value):
    pq.write_table(pa.table({"v": value}), tmp_path / "a.parquet")
    assert refusal(tmp_path / "a.parquet").column == "v"
