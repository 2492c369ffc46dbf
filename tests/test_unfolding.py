"""Small files that unfold to more than a lowered bound; none of them is large."""

import struct
import zipfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from conftest import run
from table_files import put, refusal
from test_workbooks import binary_row, binary_workbook, excel, open_document, record, texts, wide

from themawijzer.errors import InputError
from themawijzer.exchange import members
from themawijzer.exchange.coded_texts import Keys
from themawijzer.exchange.exchanged_file import read_exchanged
from themawijzer.tables import unfolding
from themawijzer.tables.table import read_table

N_ROWS, LONG = 100, "x" * 1000  # a hundred rows share one text of a thousand characters
BOUND = 64_000


@pytest.fixture(autouse=True)
def lowered(monkeypatch):
    monkeypatch.setattr(unfolding, "LARGEST_BYTES", BOUND)


def shared_xlsx(folder):
    return excel(folder, [["nr", "wens"], *([n, LONG] for n in range(N_ROWS))])


def repeated_ods(folder):
    row = f'<table:table-row table:number-rows-repeated="{N_ROWS}">{{}}</table:table-row>'
    cell = f'<table:table-cell office:value-type="string"><text:p>{LONG}</text:p></table:table-cell>'
    return open_document(folder, ("s", [["wens"], row.format(cell)], ""))


def shared_xlsb(folder):
    number = struct.pack("<I", 1)
    rows = binary_row(0, *texts("wens")) + b"".join(binary_row(n, (7, 0, number)) for n in range(1, N_ROWS + 1))
    path = binary_workbook(folder, {("s", 0): rows})
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/SharedStrings.bin"] = record(19, b"\0" + wide("nr")) + record(19, b"\0" + wide(LONG))
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return path


def dictionary_parquet(folder):
    pq.write_table(pa.table({"wens": [LONG] * N_ROWS}), folder / "a.parquet")
    return folder / "a.parquet"


def blank_zsav(folder):
    pyreadstat.write_sav(pd.DataFrame({"wens": [" " * 999 + "x"] * N_ROWS}), folder / "a.zsav", compress=True)
    return folder / "a.zsav"


def referring_dta(folder):
    pd.DataFrame({"wens": [LONG] * N_ROWS}).to_stata(
        folder / "a.dta", version=118, convert_strl=["wens"], write_index=False
    )
    return folder / "a.dta"


@pytest.mark.parametrize(
    "made", [shared_xlsx, repeated_ods, shared_xlsb, dictionary_parquet, blank_zsav, referring_dta]
)
def test_a_text_that_stands_in_a_file_once_and_in_many_rows_is_counted_in_each(tmp_path, made):
    path = made(tmp_path)
    error = refusal(path)
    assert error.file == path
    assert "this file unfolds to" in error.problem
    assert "--large with init and import, [dialect] large in survey.toml" in error.expected
    assert len(read_table(path, large=True).values) == N_ROWS


def test_wide_columns_in_which_little_stands_are_read(tmp_path):
    cells = [LONG, *[""] * (N_ROWS - 1)]
    pyreadstat.write_sav(pd.DataFrame({"wens": cells}), tmp_path / "a.zsav", compress=True)
    pq.write_table(pa.table({"wens": cells}), tmp_path / "a.parquet")
    frame = pd.DataFrame({"wens": cells})
    frame.to_stata(tmp_path / "a.dta", version=118, convert_strl=["wens"], write_index=False)
    for name in ("a.zsav", "a.parquet", "a.dta"):
        assert read_table(tmp_path / name).frame["wens"].tolist() == cells


def test_an_spss_file_that_does_not_say_how_many_rows_it_has_is_counted(tmp_path):
    path = blank_zsav(tmp_path)
    content = bytearray(path.read_bytes())
    struct.pack_into("<i", content, 80, -1)
    path.write_bytes(content)
    assert "this file unfolds to" in refusal(path).problem


def test_a_cell_far_away_counts_all_cells_before_it(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["nr", "wens"])
    book.active.cell(row=30, column=40).value = 1
    book.save(tmp_path / "a.xlsx")
    assert "this file unfolds to" in refusal(tmp_path / "a.xlsx").problem
    book.active.move_range("AN30", cols=-38)
    book.save(tmp_path / "b.xlsx")
    assert read_table(tmp_path / "b.xlsx", header_rows=1).values.shape == (29, 2)


def test_a_sheet_that_is_not_read_is_counted_too(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["nr"])
    book.create_sheet("Ver").cell(row=30, column=40).value = 1
    book.save(tmp_path / "a.xlsx")
    assert "this file unfolds to" in refusal(tmp_path / "a.xlsx").problem


def test_a_workbook_is_refused_by_what_its_parts_are_when_they_are_unpacked(tmp_path, monkeypatch):
    path = excel(tmp_path, [["nr"], ["1"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/media/blank.txt", " " * 70_000)
    assert "this file unfolds to" in refusal(path).problem
    monkeypatch.setattr(unfolding, "_MAX_OBJECTS", 10)
    assert "formats, names and sheets" in refusal(excel(tmp_path, [["nr"], ["1"]])).problem


@pytest.mark.parametrize(
    "row",
    [
        '<table:table-row><table:table-cell office:value-type="string"><text:p><text:s text:c="70000"/></text:p>'
        "</table:table-cell></table:table-row>",
        '<table:table-row><table:table-cell table:number-columns-repeated="1100" office:value-type="float" '
        'office:value="1"/></table:table-row>',
    ],
)
def test_what_an_open_document_repeats_in_a_row_is_counted_before_it_is_made(tmp_path, row):
    assert "this file unfolds to" in refusal(open_document(tmp_path, ("s", [["a"], row], ""))).problem


def test_no_table_is_larger_than_the_largest_sheet(tmp_path):
    column = '<table:table-column table:number-columns-repeated="16385"/>'
    far = (
        binary_row(0, *texts("a"))
        + binary_row(0, *[(0, 0, b"")])
        + record(2, struct.pack("<II", 16_384, 0) + b"\0" * 4)
    )
    names = ",".join(f"c{n}" for n in range(16_385))
    for path in (
        open_document(tmp_path, ("s", [column, ["a"]], "")),
        binary_workbook(tmp_path, {("s", 0): far}),
        put(tmp_path, f"{names}\n{names}\n"),
        put(tmp_path, f'{names}\n"{names}\n', name="unclosed.csv"),
    ):
        assert "this table has 1 rows and 16,385 columns, or more" in refusal(path).problem
    late = binary_workbook(tmp_path, {("s", 0): binary_row(0, *texts("a")) + binary_row(1_048_576, *texts("a"))})
    assert "this table has 1,048,577 rows" in refusal(late, large=True).problem


def test_a_number_format_of_more_zeros_than_excel_has_pads_no_id(tmp_path):
    book = openpyxl.Workbook()
    for cell in ("nr", 7):
        book.active.append([cell])
    book.active["A2"].number_format = "0" * 256
    book.save(tmp_path / "a.xlsx")
    assert read_table(tmp_path / "a.xlsx").frame["nr"].tolist() == ["7"]


def test_init_remembers_that_a_file_is_large_and_classify_reads_it(tmp_path):
    path = shared_xlsx(tmp_path)
    asked = ["init", "groot", "--responses", path, "--respondent-id", "nr", "--question", "wens"]
    assert "unfolds to" in run(*asked, root=tmp_path, expected=2)
    run(*asked, "--large", root=tmp_path)
    assert "large = true" in (tmp_path / "surveys" / "groot" / "survey.toml").read_text()


def test_a_file_of_another_program_with_too_many_parts_is_refused_before_it_is_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr(members, "MOST_PARTS", 100)
    path = tmp_path / "a.qdpx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.qde", f"<Project>{'<a/>' * 100}</Project>")
    with pytest.raises(InputError) as caught:
        read_exchanged(path, Keys())
    assert caught.value.problem == "this has too many parts"
