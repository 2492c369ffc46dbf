"""What programs do to delimited text: concatenate it, leave its cells unquoted, end its lines with delimiters."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_files import cells, put, refusal

from themawijzer.summaries.imports import dialect
from themawijzer.tables import fields, quotation_marks
from themawijzer.tables.cells import guard
from themawijzer.tables.delimited import Dialect, write_csv
from themawijzer.tables.table import read_table

thorough = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


# Formulas of text


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ('="00123"', "00123"),
        ('"=""00123"""', "00123"),
        ('=""', ""),
        ('="zei ""ja"""', 'zei "ja"'),
        ('="a"&"b"', '="a"&"b"'),
        ('\'="00123"', '="00123"'),
    ],
)
def test_a_formula_that_keeps_zeros_is_read_as_its_text(tmp_path, written, typed):
    assert cells(put(tmp_path, f'="nr";v\n1;{written}\n')) == [["nr", "v"], ["1", typed]]
    frame = pd.DataFrame({"nr": ["1"], "v": [typed]})
    write_csv(frame, tmp_path / "b.csv")
    assert cells(tmp_path / "b.csv") == [["nr", "v"], ["1", typed]]


# Quotation marks that enclose nothing


@pytest.mark.parametrize("delimiter", ["\t", ";"])
@pytest.mark.parametrize(
    "answers",
    [
        ['"Fijn wonen', 'De tram is "duur"', "groen"],
        ['"Fijn" wonen', "groen", "rust"],
        ['"Fijn wonen', 'mooi "', "groen"],  # which a reader of quoted text takes for one answer
        ['"Fijn wonen', "groen", "rust"],
    ],
)
def test_an_answer_may_begin_with_a_quotation_mark_where_nothing_is_quoted(tmp_path, delimiter, answers):
    rows = [["nr", "wens", "plaats"], *[[f"{n:03}", answer, "Zwolle"] for n, answer in enumerate(answers)]]
    path = put(tmp_path, "\r\n".join(delimiter.join(row) for row in rows) + "\r\n")
    assert cells(path) == rows
    assert "quotation marks as typed" in dialect(read_table(path))


def test_files_of_our_own_always_have_quoting(tmp_path):
    path = put(tmp_path, 'nr;wens\n1;"Fijn wonen\n2;groen\n')
    assert len(read_table(path).frame) == 2
    assert refusal(path, is_ours=True).row == 2


@pytest.mark.parametrize(
    "content",
    [
        'nr,wens\n1,"Fijn\nMooi, groen"\n2,rust\n',
        'nr,wens,plaats\n1,"a\nb, c",Zwolle\n2,d,Zwolle\n',
        '"nr";"wens"\n"1";"een\ntwee;drie"\n"2";"vier"\n',
        'wens\n"een\ntwee"\n',
    ],
)
def test_cells_of_several_lines_stay_one_cell(tmp_path, content):
    records = list(csv.reader(io.StringIO(content, newline=""), delimiter=";" if ";" in content else ","))
    assert cells(put(tmp_path, content)) == records


@pytest.mark.parametrize(
    "content",
    [
        'nr;wens\n1;"ja"\n2;"zij zei "ja" dus"\n3;"nee"\n',  # all of a column is quoted
        '"nr";wens\n1;"open\n2;x\n',  # the header is
        'nr;wens\n1;"zei ""ja"""\n2;"open\n',  # a mark is doubled
        'nr;wens\n1;a\n2;"brak af',
    ],
)
def test_quoting_that_is_damaged_is_refused(tmp_path, content):
    assert "quotation mark" in refusal(put(tmp_path, content)).problem


# Lines that end with a delimiter


@pytest.mark.parametrize("header", ["nr;wens", "nr;wens;", "nr;wens;;"])
def test_a_delimiter_at_the_end_of_every_line_makes_no_column(tmp_path, header):
    n_extra = max(header.count(";") - 1, 1)
    path = put(tmp_path, f"{header}\n" + "".join(f"{n};ja{';' * n_extra}\n" for n in range(1, 4)))
    assert cells(path) == [["nr", "wens"], ["1", "ja"], ["2", "ja"], ["3", "ja"]]


@pytest.mark.parametrize(
    ("content", "row"), [("nr;wens\n1;ja;\n2;ja\n", 2), ("nr;wens\n1;ja\n2;ja;\n", 3), ("nr;wens\n1;ja;\n2;ja;x\n", 2)]
)
def test_a_delimiter_at_the_end_of_some_lines_is_refused(tmp_path, content, row):
    error = refusal(put(tmp_path, content))
    assert (error.row, error.problem) == (row, "the row is too long")


def test_a_nameless_last_column_that_holds_something_is_refused(tmp_path):
    error = refusal(put(tmp_path, "nr;wens;\n1;ja;x\n"))
    assert error.problem == "column 3 has no name"
    assert "--header-rows" in error.expected


def test_a_nameless_first_column_looks_like_row_names(tmp_path):
    error = refusal(put(tmp_path, ";nr;wens\n0;1;ja\n"))
    assert error.problem == "column 1 has no name, and looks like row names"
    assert "index=False in pandas" in error.expected


# Files put one below another


@pytest.mark.parametrize("quote", ["", '"'])
def test_byte_order_marks_and_headers_inside_a_file_are_no_answers(tmp_path, quote):
    month = f"\ufeff{quote}nr{quote};{quote}wens{quote}\r\n{quote}%s{quote};{quote}ja{quote}\r\n"
    table = read_table(put(tmp_path, month % "1" + month % "2" + "\ufeff3;x\r\n"))
    assert table.frame["nr"].tolist() == ["1", "2", "3"]
    assert dialect(table) == " (utf-8-sig, semicolon, the header again in row 3)"
    assert [table.row(place) for place in range(3)] == [2, 4, 5]


def test_a_byte_order_mark_in_an_answer_stays(tmp_path):
    frame = pd.DataFrame({"wens": ["\ufeffja", "a\n\ufeffb", "c"], "nr": ["1", "2", "\ufeff3"]})
    write_csv(frame, tmp_path / "a.csv")
    assert cells(tmp_path / "a.csv")[1:] == frame.values.tolist()


# As the csv module, and the same bytes again

text = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n") | st.sampled_from("\",;\t|=' 0"), max_size=6)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@thorough
@given(data=st.data(), delimiter=st.sampled_from(",;\t|"), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_untouched_cells_leave_with_the_bytes_that_they_came_with(tmp_path, encoding, delimiter, quoting, data):
    cell = text.filter(lambda one: not one.startswith(("\ufeff", '="')))
    if encoding == "cp1252":
        cell = cell.filter(lambda one: one.encode("cp1252", "replace").decode("cp1252") == one)
    rows = data.draw(st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=5))
    guarded, _ = guard(dict(zip(("nr", "wens", "tip"), zip(*rows, strict=True), strict=True)))

    def put_as(quoting):
        file = io.StringIO(newline="")
        lines = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator="\n")
        lines.writerows([list(guarded), *zip(*guarded.values(), strict=True)])
        return put(tmp_path, file.getvalue().encode(encoding))

    frame = read_table(put_as(quoting), encoding=encoding, delimiter=delimiter, header_rows=1).frame
    assert frame.values.tolist() == [list(row) for row in rows]
    write_csv(frame, tmp_path / "uit.csv", dialect=Dialect(encoding=encoding, delimiter=delimiter))
    assert (tmp_path / "uit.csv").read_bytes() == put_as(csv.QUOTE_MINIMAL).read_bytes()


PIECES = ["a", '"a"', '"a""b"', 'a"b', '"a\n"', '"a\r\nb"', "", '""', '"é;"', "\ufeff", "é"]


@thorough
@given(
    st.lists(st.lists(st.sampled_from(PIECES), min_size=2, max_size=2), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.integers(min_value=3, max_value=40),
)
def test_the_quick_way_reads_what_the_csv_module_reads_wherever_its_blocks_end(tmp_path, rows, newline, size):
    content = newline.join(["nr;wens", *(";".join(row) for row in rows)]) + newline
    path = put(tmp_path, content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quotation_marks, "_BLOCK_BYTES", size)
        patch.setattr(fields, "_BLOCK_BYTES", max(size, 24))
        found = cells(path, delimiter=";", header_rows=1)
    assert found == list(csv.reader(io.StringIO(content, newline=""), delimiter=";", strict=True))


@pytest.mark.parametrize("size", range(10, 40))
def test_a_line_end_inside_a_cell_stays_whole_where_a_block_ends(tmp_path, monkeypatch, size):
    monkeypatch.setattr(fields, "_BLOCK_BYTES", size)
    path = put(tmp_path, 'nr;v\r\n1;"aaaaaaaa\r\nb"\r\n')
    assert cells(path, delimiter=";") == [["nr", "v"], ["1", "aaaaaaaa\r\nb"]]
