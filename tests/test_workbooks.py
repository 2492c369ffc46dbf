"""Workbooks of all kinds, which hold the same and are to read the same."""

import datetime as dt
import shutil
import struct
import subprocess
import warnings
import zipfile
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import pandas as pd
import pyreadstat
import pytest
from table_files import refusal

from themawijzer.errors import InputError
from themawijzer.tables.table import read_headers, read_table, read_whole_sheets

URN = "urn:oasis:names:tc:opendocument:xmlns"
TRANSITIONAL = "http://schemas.openxmlformats.org"
OFFICE = shutil.which("soffice")


def placed(path, **options):
    error = refusal(path, **options)
    return error.problem, error.row, error.column


# OpenDocument


def open_document(folder, *sheets, styles="", name="a.ods"):
    """Sheets of rows of cells; a cell is text, or the attributes and the text of a cell."""
    names = " ".join(f'xmlns:{key}="{URN}:{name}:1.0"' for key, name in {
        "office": "office", "table": "table", "text": "text", "style": "style", "number": "datastyle",
    }.items())  # fmt: skip
    body = "".join(
        f"<table:table table:name={quoteattr(title)} {more}>{''.join(map(open_row, rows))}</table:table>"
        for title, rows, more in sheets
    )
    xml = (
        f"<office:document-content {names}><office:automatic-styles>{styles}</office:automatic-styles><office:body>"
        f"<office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", xml)
    return folder / name


def open_row(cells):
    if isinstance(cells, str):
        return cells
    return f"<table:table-row>{''.join(map(open_cell, cells))}</table:table-row>"


def open_cell(cell):
    if isinstance(cell, str):
        cell = ('office:value-type="string"', f"<text:p>{escape(cell)}</text:p>") if cell else ("", "")
    attributes, inside = cell
    return f"<table:table-cell {attributes}>{inside}</table:table-cell>"


def number(value, more=""):
    return f'office:value-type="float" office:value="{value}" {more}', f"<text:p>{value}</text:p>"


def moment(kind, value, more=""):
    return f'office:value-type="{kind}" office:{kind}-value="{value}" {more}', "<text:p>?</text:p>"


STYLES = """
<number:number-style style:name="N1"><number:number number:min-integer-digits="5" number:decimal-places="0"/>
</number:number-style>
<number:time-style style:name="N2" number:truncate-on-overflow="false"><number:hours/></number:time-style>
<number:percentage-style style:name="N3"><number:number number:min-integer-digits="1" number:decimal-places="1"/>
<number:text>%</number:text></number:percentage-style>
<style:style style:name="ids" style:family="table-cell" style:data-style-name="N1"/>
<style:style style:name="long" style:family="table-cell" style:data-style-name="N2"/>
<style:style style:name="part" style:family="table-cell" style:parent-style-name="of parts" style:data-style-name="N3"/>
<style:style style:name="away" style:family="table"><style:table-properties table:display="false"/></style:style>
"""


def test_an_open_document_reads_with_its_types(tmp_path):
    header = ["nr", "wens", "dag", "start", "klok", "duur", "ja", "deel", "score"]
    rows = [
        [
            number(n, 'table:style-name="ids"'), "Meer  groen", moment("date", "2026-11-28"),
            moment("date", "2026-11-28T08:05:01"), moment("time", "PT08H05M30S"),
            moment("time", f"PT2{n}H35M30S", 'table:style-name="long"'), moment("boolean", "true"),
            ('table:style-name="part" office:value-type="percentage" office:value="0.25"', "<text:p>25%</text:p>"),
            number(3.12345678901),
        ]
        for n in (5, 6)
    ]  # fmt: skip
    table = read_table(open_document(tmp_path, ("Blad", [header, *rows], ""), styles=STYLES))
    assert table.frame.iloc[1].tolist() == [
        "00006", "Meer  groen", "2026-11-28", "2026-11-28T08:05:01", "08:05:30", "26:35:30", "TRUE", "0.25",
        "3.12345678901",
    ]  # fmt: skip
    assert [str(table.about(name).type) for name in header] == [
        "double", "string", "date32[day]", "timestamp[us]", "time64[us]", "duration[us]", "bool", "double", "double",
    ]  # fmt: skip
    assert (table.about("duur").number_format, table.about("deel").number_format) == ("[h]:mm:ss", "0.0%")


def test_a_style_of_a_column_holds_for_its_cells_without_one(tmp_path):
    rows = ['<table:table-column table:default-cell-style-name="ids"/>', ["nr"], [number(7)]]
    table = read_table(open_document(tmp_path, ("Blad", rows, ""), styles=STYLES))
    assert table.frame["nr"].tolist() == ["00007"]


def test_what_an_open_document_repeats_is_read_so_often_and_its_empty_rest_is_not(tmp_path):
    rows = [
        ["a", "b", "c"],
        '<table:table-row table:number-rows-repeated="2">'
        '<table:table-cell table:number-columns-repeated="2" office:value-type="float" office:value="1"/>'
        '<table:table-cell table:number-columns-repeated="16382"/></table:table-row>',
        '<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="16384"/>'
        "</table:table-row>",
        ["x", "y", "z"],
        '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>',
    ]
    frame = read_table(open_document(tmp_path, ("Blad", rows, ""))).frame
    assert frame.to_numpy().tolist() == [["1", "1", ""]] * 2 + [["", "", ""]] * 2 + [["x", "y", "z"]]
    rows[1] = rows[1].replace('"2"', '"999999999"')
    assert "columns, or more" in refusal(open_document(tmp_path, ("Blad", rows, ""))).problem


def test_the_text_of_an_open_document_is_whole_and_has_no_remarks_of_others(tmp_path):
    inside = (
        '<office:annotation><text:p>opmerking</text:p></office:annotation><text:p>een<text:s text:c="2"/>'
        "<text:span>twee<text:tab/></text:span>drie<text:line-break/>vier</text:p><text:p>vijf</text:p>"
    )
    table = read_table(open_document(tmp_path, ("Blad", [["v"], [('office:value-type="string"', inside)]], "")))
    assert table.frame["v"].tolist() == ["een  twee\tdrie\nvier\nvijf"]


ERROR = ('table:formula="of:=1/0" office:value-type="string" office:string-value=""', "<text:p>#DIV/0!</text:p>")
OWN_ERROR = ('table:formula="of:=A" office:value-type="string" office:string-value=""', "<text:p>Err:508</text:p>")
UNCOMPUTED = ('table:formula="of:=1"', "")
MERGED = ('office:value-type="string" table:number-columns-spanned="2"', "<text:p>b</text:p>")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([["id", "som"], ["1", ERROR]], ("the cell holds the error #DIV/0!", 2, "B")),
        ([["id", "som"], ["1", OWN_ERROR]], ("the cell holds the error Err:508", 2, "B")),
        ([["id", "som"], ["1", "2"], ["1", UNCOMPUTED]], ("a formula without a value", 3, "B")),
        ([["a", MERGED, "", "c"], ["1", "2", "3", "4"]], ("merged cells in the header", 1, "B")),
        ([["id", "dag"], ["1", moment("date", "12026-01-01")]], ("the cell holds the error #VALUE!", 2, "B")),
    ],
)
def test_what_cannot_be_read_of_an_open_document_is_named_with_its_place(tmp_path, rows, told):
    assert placed(open_document(tmp_path, ("Blad", rows, ""))) == told


def test_an_answer_that_reads_like_an_error_is_an_answer(tmp_path):
    path = open_document(tmp_path, ("Blad", [["v"], ["#N/A"]], ""))
    assert read_table(path).frame["v"].tolist() == ["#N/A"]


def test_a_formula_with_an_empty_outcome_is_empty(tmp_path):
    path = open_document(tmp_path, ("Blad", [["v", "w"], [('table:formula="of:=A1"', "<text:p/>"), "x"]], ""))
    assert read_table(path).frame["v"].tolist() == [""]


def test_sheets_of_an_open_document_are_chosen_as_those_of_excel_are(tmp_path):
    sheets = [
        ("verborgen", [["a"], ["1"]], 'table:style-name="away"'), ("leeg", [], ""), ("data", [["b"], ["2"]], ""),
    ]  # fmt: skip
    path = open_document(tmp_path, *sheets, styles=STYLES)
    assert read_table(path).frame.columns.tolist() == ["b"]
    assert read_table(path, sheet="verborgen").frame.columns.tolist() == ["a"]
    assert read_headers(path) == {"verborgen": ["a"], "data": ["b"]}
    assert refusal(path, sheet="x").expected.startswith("Sheets: verborgen, leeg, data. ")
    merged = open_document(tmp_path, ("s", [["a", "b"], ["1", MERGED]], ""), name="b.ods")
    with pytest.raises(InputError, match="row 2, column B: merged cells"):
        read_whole_sheets(merged, ["s"])


def test_an_open_document_with_a_password_is_told(tmp_path):
    path = open_document(tmp_path, ("s", [["a"]], ""))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
    assert refusal(path).problem == "this spreadsheet has a password"


# Binary workbooks


def record(kind, content=b""):
    n, head = len(content), [kind & 0x7F | 0x80, kind >> 7] if kind > 0x7F else [kind]
    while n > 0x7F:
        head.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes([*head, n]) + content


def wide(text):
    return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")


def binary_row(number, *cells):
    rows = record(0, struct.pack("<I", number) + b"\0" * 13)
    return rows + b"".join(
        record(kind, struct.pack("<II", place, style) + content) for place, (kind, style, content) in enumerate(cells)
    )


def short(value):
    return 2, struct.pack("<i", value << 2 | 2)


def binary_workbook(folder, sheets, *, is_1904=False, name="a.xlsb"):
    """Sheets of the records of their rows, by name and state; styles: plain, 00000, a day, [h]:mm:ss."""
    relation = "<Relationship Id='rId{0}' Type='x/{1}' Target='{2}'/>"
    relations = [relation.format(n, "worksheet", f"worksheets/sheet{n}.bin") for n in range(1, len(sheets) + 1)]
    relations += [
        relation.format("s", "sharedStrings", "sharedStrings.bin"),
        relation.format("t", "styles", "styles.bin"),
    ]
    book = record(153, struct.pack("<III", int(is_1904), 0, 0))
    for n, (title, state) in enumerate(sheets, start=1):
        book += record(156, struct.pack("<II", state, n) + wide(f"rId{n}") + wide(title))
    styles = record(44, struct.pack("<H", 164) + wide("00000")) + record(44, struct.pack("<H", 165) + wide("[h]:mm:ss"))
    styles += record(47, struct.pack("<HH", 0, 2))  # of no cell
    styles += record(617) + b"".join(record(47, struct.pack("<HH", 0, n)) for n in (0, 164, 14, 165)) + record(618)
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", f"<R>{''.join(relations)}</R>")
        archive.writestr("xl/SharedStrings.bin", record(19, b"\0" + wide("nr")) + record(19, b"\0" + wide("wens 😀")))
        archive.writestr("xl/styles.bin", styles)
        for n, rows in enumerate(sheets.values(), start=1):
            archive.writestr(f"xl/worksheets/sheet{n}.bin", record(129) + rows + record(130))
    return folder / name


def texts(*names):
    return [(6, 0, wide(name)) for name in names]


def test_a_binary_workbook_reads_with_its_types(tmp_path):
    kind, five = short(5)
    rows = binary_row(
        0, (7, 0, struct.pack("<I", 0)), (7, 0, struct.pack("<I", 1)), *texts("dag", "duur", "ja", "prijs", "score")
    ) + binary_row(
        2, (kind, 1, five), (62, 0, b"\0" + wide("Groen _x000D_")), (*short(45000)[:1], 2, short(45000)[1]),
        (5, 3, struct.pack("<d", 26.5 / 24)), (4, 0, b"\1"), (2, 0, struct.pack("<i", 12345 << 2 | 3)),
        (9, 0, struct.pack("<d", 3.12345678901)),
    )  # fmt: skip
    table = read_table(binary_workbook(tmp_path, {("Blad", 0): rows}))
    assert table.frame.columns.tolist() == ["nr", "wens 😀", "dag", "duur", "ja", "prijs", "score"]
    assert table.frame.to_numpy().tolist() == [
        [""] * 7,
        ["00005", "Groen _x000D_", "2023-03-15", "26:30:00", "TRUE", "123.45", "3.12345678901"],
    ]
    table = read_table(binary_workbook(tmp_path, {("Blad", 0): rows}, is_1904=True))
    assert table.frame["dag"].tolist() == ["", "2027-03-16"]


def test_what_cannot_be_read_of_a_binary_workbook_is_named_with_its_place(tmp_path):
    rows = binary_row(0, *texts("id", "som")) + binary_row(1, *texts("1"), (11, 0, b"\x07" + b"\0" * 6))
    assert placed(binary_workbook(tmp_path, {("s", 0): rows})) == ("the cell holds the error #DIV/0!", 2, "B")
    merged = binary_row(0, *texts("id", "som", "c")) + record(176, struct.pack("<IIII", 0, 0, 1, 2))
    assert placed(binary_workbook(tmp_path, {("s", 0): merged})) == ("merged cells in the header", 1, "B")


def test_sheets_of_a_binary_workbook_are_chosen_as_those_of_excel_are(tmp_path):
    sheets = {(name, state): binary_row(0, *texts(name)) for name, state in (("weg", 1), ("b", 0), ("c", 2))}
    path = binary_workbook(tmp_path, sheets)
    assert read_headers(path) == {"weg": ["weg"], "b": ["b"], "c": ["c"]}
    assert read_table(path).frame.columns.tolist() == ["b"]
    assert read_table(path, sheet="c").frame.columns.tolist() == ["c"]


# Workbooks before 2007


def old_record(kind, form="", *values):
    content = struct.pack(f"<{form}", *values)
    return struct.pack("<HH", kind, len(content)) + content


def old_text(row, place, text):
    return old_record(0x204, f"HHHHB{len(text)}s", row, place, 0, len(text), 0, text.encode("latin-1"))


def old_workbook(folder, cells, name="a.xls"):
    """A workbook with one sheet, in the smallest container that holds it; styles: plain, 00000, a day, [h]:mm:ss."""
    formats = [(164, b"00000"), (165, b"[h]:mm:ss")]
    before = old_record(0x809, "HHHHII", 0x600, 5, 0, 0, 0, 0x600)
    after = b"".join(old_record(0x41E, f"HHB{len(text)}s", n, len(text), 0, text) for n, text in formats)
    after += b"".join(old_record(0xE0, "HHHBBBBIIH", 0, n, 0, 0, 0, 0, 0, 0, 0, 0) for n in (0, 164, 14, 165))
    after += old_record(0x0A)
    size = len(before) + len(old_record(0x85, "IBBBB4s", 0, 0, 0, 4, 0, b"Blad")) + len(after)
    book = before + old_record(0x85, "IBBBB4s", size, 0, 0, 4, 0, b"Blad") + after
    book += old_record(0x809, "HHHHII", 0x600, 0x10, 0, 0, 0, 0x600) + cells + old_record(0x0A)
    book = book.ljust(-(-max(len(book), 4096) // 512) * 512, b"\0")
    n = len(book) // 512
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIiIiI", 0, 1, 1, 0, 4096, -2, 0, -2, 0) + struct.pack("<109i", 0, *[-1] * 108)
    table = struct.pack("<128i", -3, -2, *range(3, 2 + n), -2, *[-1] * (126 - n))
    entry = "<64sHBBiii16sIQQiII"
    names = [(b"Root Entry", 5, 1, -2, 0), (b"Workbook", 2, -1, 2, len(book))]
    folders = b"".join(
        struct.pack(
            entry, title.decode().encode("utf-16-le"), 2 * len(title) + 2, kind, 1, -1, -1, child, b"", 0, 0, 0, start,
            length, 0,
        )
        for title, kind, child, start, length in names
    )  # fmt: skip
    (folder / name).write_bytes(head + table + folders.ljust(512, b"\0") + book)
    return folder / name


def test_an_old_workbook_reads_with_its_types(tmp_path):
    pytest.importorskip("xlrd")
    names = b"".join(old_text(0, place, name) for place, name in enumerate(["nr", "wens", "dag", "duur", "ja"]))
    cells = names + old_text(1, 1, "caf\xe9 _x000D_") + old_record(0x205, "HHHBB", 1, 4, 0, 1, 0)
    for place, style, value in ((0, 1, 5), (2, 2, 45000), (3, 3, 26.5 / 24)):
        cells += old_record(0x203, "HHHd", 1, place, style, value)
    table = read_table(old_workbook(tmp_path, cells))
    assert table.frame.to_numpy().tolist() == [["00005", "café _x000D_", "2023-03-15", "26:30:00", "TRUE"]]
    error = old_workbook(tmp_path, cells + old_record(0x205, "HHHBB", 2, 1, 0, 0x2A, 1))
    assert placed(error) == ("the cell holds the error #N/A", 3, "B")
    merged = old_workbook(tmp_path, cells + old_record(0xE5, "HHHHH", 1, 0, 0, 2, 3))
    assert placed(merged) == ("merged cells in the header", 1, "C")


# Excel since 2007


def excel(folder, rows, name="a.xlsx"):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / name)
    return folder / name


def changed(path, replace):
    """The workbook with other parts: `replace` gets the name and the content of each."""
    with zipfile.ZipFile(path) as book:
        parts = {name: replace(name, book.read(name).decode()) for name in book.namelist()}
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return path


def strict(_, content):
    content = content.replace(f"{TRANSITIONAL}/spreadsheetml/2006/", "http://purl.oclc.org/ooxml/spreadsheetml/")
    return content.replace(f"{TRANSITIONAL}/officeDocument/2006/", "http://purl.oclc.org/ooxml/officeDocument/")


def test_strict_open_xml_reads_as_what_it_holds(tmp_path):
    rows = [["nr", "dag", "duur"], ["00001", dt.date(2026, 11, 28), dt.timedelta(hours=26, minutes=35)]]
    path = changed(excel(tmp_path, rows), strict)
    moment = lambda name, content: content.replace('t="n"><v>46354</v>', 't="d"><v>2026-11-28</v>')  # noqa: E731
    for own in (path, changed(path, moment)):
        assert read_table(own).frame.to_numpy().tolist() == [["00001", "2026-11-28", "26:35:00"]]


def test_a_workbook_with_macros_reads_as_one_without(tmp_path):
    assert read_table(excel(tmp_path, [["a"], [1]], "a.xlsm")).frame["a"].tolist() == ["1"]


# Endings


@pytest.mark.parametrize("ending", [".csv", ".xls", ".ods", ".xlsb", ".sav"])
def test_a_workbook_with_another_ending_is_told_its_own(tmp_path, ending):
    error = refusal(excel(tmp_path, [["a"]]).rename(tmp_path / f"b{ending}"))
    assert error.problem == f"this is not {ending[1:]}: it looks like an Excel workbook (.xlsx)"
    assert error.expected == "Give it the ending .xlsx."


def test_other_workbooks_with_another_ending_are_told_theirs(tmp_path):
    paths = [open_document(tmp_path, ("s", [["a"]], "")), binary_workbook(tmp_path, {}), old_workbook(tmp_path, b"")]
    told = [refusal(path.rename(path.with_suffix(".xlsx"))).problem.partition("like ")[2] for path in paths]
    assert told == [
        "an OpenDocument spreadsheet (.ods)", "a binary Excel workbook (.xlsb)", "an old Excel workbook (.xls)",
    ]  # fmt: skip


@pytest.mark.parametrize("ending", ["xlsx", "xls", "xlsb"])
def test_a_workbook_with_a_password_is_told(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000 + "EncryptedPackage".encode("utf-16-le"))
    error = refusal(path)
    assert error.problem == f"this is not {ending}: it looks like a workbook with a password"
    assert error.expected == "Open it in Excel, remove the password, and save it as .xlsx."


# Warnings of libraries


def test_no_warning_of_a_library_reaches_the_user(tmp_path, monkeypatch):
    plain = lambda name, content: content if "styles" not in name else content.replace("cellStyle ", "x ")  # noqa: E731
    unstyled = changed(excel(tmp_path, [["a"], [1]]), plain)
    pyreadstat.write_sav(pd.DataFrame({"a": ["1"]}), tmp_path / "a.sav")
    read = pyreadstat.read_sav

    def read_sav(*args, **options):
        warnings.warn("something about the file", RuntimeWarning, stacklevel=1)
        return read(*args, **options)

    monkeypatch.setattr(pyreadstat, "read_sav", read_sav)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert [read_table(path).frame["a"].tolist() for path in (unstyled, tmp_path / "a.sav")] == [["1"], ["1"]]
        assert read_headers(unstyled) == {"Sheet": ["a"]}
    assert told == []
    with pytest.warns(UserWarning, match="no default style"):
        openpyxl.load_workbook(unstyled)


# What an office program writes


@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")
@pytest.mark.parametrize("ending", ["ods", "xls", "xlsx"])
def test_what_libreoffice_writes_reads_the_same_in_every_format(tmp_path, ending):
    if ending == "xls":
        pytest.importorskip("xlrd")
    rows = [
        [n, f"Meer  groen &\n <b> é{n}", dt.date(2026, 1, n), dt.datetime(2026, 1, n, 8, 5, n), dt.time(8, n),
         dt.timedelta(hours=26, minutes=n), n % 2 == 0, n / 4, f"0{n}", None, 3.12345678901 * n]
        for n in range(1, 5)
    ]  # fmt: skip
    path = excel(tmp_path, [list("abcdefghijk"), *rows])
    book = openpyxl.load_workbook(path)
    for row in range(2, 6):
        for column, shown in (("A", "00000"), ("F", "[h]:mm:ss"), ("H", "0.0%")):
            book.active[f"{column}{row}"].number_format = shown
    book.save(path)
    (tmp_path / "out").mkdir()
    command = [OFFICE, f"-env:UserInstallation=file://{tmp_path}/user", "--headless", "--convert-to", ending]
    subprocess.run([*command, "--outdir", tmp_path / "out", path], check=True, capture_output=True, timeout=120)
    before, after = read_table(path), read_table(tmp_path / f"out/a.{ending}")
    assert after.frame.to_numpy().tolist() == before.frame.to_numpy().tolist()
    assert [after.about(name).type for name in "abcdefghijk"] == [before.about(name).type for name in "abcdefghijk"]
    assert after.frame["a"].tolist() == ["00001", "00002", "00003", "00004"]
