"""The coded dataset in SPSS, Excel and Parquet, opened by others than us."""

import errno
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from test_dataset import CODEBOOK, SHARES, SURVEY, blocks_of_nothing, coded_blocks, read

from themawijzer.coding.codings import CodedBlock, Status, coding_undecided
from themawijzer.errors import InputError, ThemawijzerError
from themawijzer.files import sha256
from themawijzer.output.columns import dataset_columns
from themawijzer.output.csv_tables import prevalence_frame
from themawijzer.output.datafile import Ending
from themawijzer.output.dataset import DatasetWriter, Format
from themawijzer.output.dictionary import data_dictionary
from themawijzer.output.formats import chosen_formats, require_room
from themawijzer.output.spss_file import syntax
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.responses import Responses, read_responses
from themawijzer.survey.survey import Survey
from themawijzer.tables.spreadsheet import SheetColumn, WorkbookWriter
from themawijzer.tables.spss import Variable, cut, spss_names, write_system_file
from themawijzer.tables.table import read_table

ALL = Format(formats=("csv", "sav", "xlsx", "parquet"))
FACTS = {"themawijzer": "0.2.0", "survey": "proef", "codebook": "1.2.0", "input": "responses.csv", "run": "abc"}
HOSTILE = [
    "<script>alert(1)</script> & <b>",
    "<r></c></row>&</r>",
    "=1+1",
    '=HYPERLINK("http://x","klik")',
    "+31612345678",
    "-",
    "@jan",
    "'t kan",
    "'=1",
    "1-2-2021",
    "007",
    "1E5",
    "TRUE",
    "\u202etfel ot thgir\u202c",
    "\x01\x02\x1f\x7f",
    "_x0041_ en _x000D_",
    "een\rtwee\r\ndrie\nvier\tvijf",
    "👍🏽 é ñ ẞ 漢字",
    "\ufffe\uffff",
    "zij zei \"ja\"; nee, 'nee'",
    "   ingesprongen",
    "",
]


def write(folder: Path, responses: Responses, blocks: list[CodedBlock], style: Format = ALL, chunk: int = 0) -> Path:
    with DatasetWriter(folder / "coded", responses, CODEBOOK, style) as writer:
        n = len(responses)
        for start in range(0, n, chunk or n):
            rows = slice(start, start + (chunk or n))
            writer.add(start, [CodedBlock(each.question, each.codeframe, each.codings[rows]) for each in blocks])
        dictionary = data_dictionary(writer.columns, CODEBOOK, style=style)
        writer.write("codebook.csv", dictionary)
        writer.finish(Ending(dictionary, prevalence_frame(SHARES, CODEBOOK, 5, Format()), FACTS))
    return folder / "coded"


def answered(folder: Path, answers: list[str]) -> Responses:
    """A survey of which these are the answers."""
    rows = [f'{n:03d},1.5,"{answer.replace(chr(34), chr(34) * 2)}"' for n, answer in enumerate(answers)]
    return read(folder, "\n".join(["nr,weging,V1", *rows]) + "\n")


def sheet(path: Path, name: str) -> list[list[object]]:
    book = openpyxl.load_workbook(path)
    return [[unescape(cell) if isinstance(cell, str) else cell for cell in row] for row in book[name].values]


# Every format holds the same


def test_excel_has_text_as_text_numbers_as_numbers_and_nothing_where_nobody_decided(tmp_path):
    rows = sheet(write(tmp_path, read(tmp_path), coded_blocks()) / "responses_coded.xlsx", "Gecodeerd")
    assert rows[0] == [
        "nr", "postcode", "weging", "V1", "opmerking", "v1_sector", "v1_sector_status", "v1_sector_zorg",
        "v1_sector_bouw", "v1_sector_geen", "v1_partner", "v1_partner_status", "v1_partner_uwv", "v1_partner_geen",
    ]  # fmt: skip
    assert rows[1] == [
        "001", "0123", 0.85, 'zorg, en "bouw"', "=1+1", None, "review", None, None, None, None,
        "none_applies", None, 1,
    ]  # fmt: skip
    assert rows[2] == [
        "002", "1012", 1.2, "uwv\nen meer", "-5", None, "none_applies", 0, 0, 1, None, "none_applies", None, 1,
    ]  # fmt: skip
    assert rows[3] == ["003", None, 1, None, "'t kan", None, "empty", None, None, None, None, "empty", None, None]
    assert rows[4] == [
        "004", "9999", 0.95, "+bouw", "@jan", "Bouw", "coded", 0, 1, 0, None, "not_dutch", None, None,
    ]  # fmt: skip


def test_spss_has_numbers_with_their_labels_and_says_why_a_code_is_missing(tmp_path):
    frame, about = pyreadstat.read_sav(
        write(tmp_path, read(tmp_path), coded_blocks()) / "responses_coded.sav", user_missing=True
    )
    assert frame["nr"].tolist() == ["001", "002", "003", "004"]
    assert frame["weging"].tolist() == [0.85, 1.2, 1.0, 0.95]
    assert frame["v1_sector"].tolist() == ["", "", "", "Bouw"]
    assert frame["v1_sector_status"].tolist() == [95, 2, 96, 1]
    assert frame["v1_sector_bouw"].tolist() == [95, 0, 96, 1]
    assert frame["v1_partner_uwv"].tolist() == [99, 99, 96, 98]
    assert frame["v1_sector_geen"].tolist() == [95, 1, 96, 0]
    assert frame["v1_partner_geen"].tolist() == [1, 1, 96, 98]
    why_not = [{"lo": 95.0, "hi": 99.0}]
    assert about.missing_ranges == {
        "v1_sector_zorg": why_not, "v1_sector_bouw": why_not, "v1_sector_geen": why_not, "v1_partner_uwv": why_not,
        "v1_partner_geen": why_not,
    }  # fmt: skip
    statuses = {
        95: "een mens moet kijken",
        96: "niet ingevuld",
        97: "geen inhoudelijk antwoord (weet niet, nvt, geen mening)",
        98: "niet in het Nederlands",
    }
    assert about.variable_value_labels["v1_sector_zorg"] == {
        0: "niet toegekend", 1: "toegekend", **statuses, 99: "niet te beoordelen door het model",
    }  # fmt: skip
    assert about.variable_value_labels["v1_partner_status"] == {1: "gecodeerd", 2: "geen code past", **statuses}
    assert about.column_names_to_labels == {
        "nr": "respondent",
        "postcode": None,
        "weging": "weging",
        "V1": "Waar zet u op in?",
        "opmerking": None,
        "v1_sector": "Sector: toegekende codes, gescheiden door ; (Waar zet u op in?)",
        "v1_sector_status": "Sector: wat er met het antwoord gebeurde (Waar zet u op in?)",
        "v1_sector_zorg": "Zorg; welzijn (Sector, v1)",
        "v1_sector_bouw": "Bouw (Sector, v1)",
        "v1_sector_geen": "geen van deze codes (Sector, v1)",
        "v1_partner": "Partner: toegekende codes, gescheiden door ; (Waar zet u op in?)",
        "v1_partner_status": "Partner: wat er met het antwoord gebeurde (Waar zet u op in?)",
        "v1_partner_uwv": "UWV (Partner, v1)",
        "v1_partner_geen": "geen van deze codes (Partner, v1)",
    }
    kinds = {name: (about.variable_measure[name], about.original_variable_types[name]) for name in frame.columns}
    assert kinds["weging"] == ("scale", "F4.2")
    assert kinds["v1_sector_zorg"] == ("nominal", "F2.0")
    assert kinds["nr"] == ("nominal", "A3")
    assert about.file_label == "Proef"
    assert about.notes[-1] == "v1: Waar zet u op in?"
    assert "SPSS bewaart geen spaties aan het eind van een tekst; de andere formaten wel." in " ".join(about.notes)
    codes = pd.read_spss(tmp_path / "coded/responses_coded.sav", convert_categoricals=False)["v1_sector_bouw"]
    assert codes.isna().tolist() == [True, False, True, False]


def test_parquet_has_types_and_what_is_said_of_the_columns(tmp_path):
    path = write(tmp_path, read(tmp_path), coded_blocks()) / "responses_coded.parquet"
    frame, file = pd.read_parquet(path), pq.ParquetFile(path)
    assert {name: str(frame[name].dtype) for name in ("weging", "v1_sector_status", "v1_sector_bouw", "nr")} == {
        "weging": "float64", "v1_sector_status": "category", "v1_sector_bouw": "Int8", "nr": "str",
    }  # fmt: skip
    assert frame["v1_sector_bouw"].tolist() == [pd.NA, 0, pd.NA, 1]
    assert frame["v1_sector_status"].tolist() == ["review", "none_applies", "empty", "coded"]
    assert frame["V1"].isna().tolist() == [False, False, True, False]
    assert file.schema_arrow.field("v1_sector_bouw").metadata == {
        b"label": b"Bouw",
        b"values": b"0 = niet toegekend; 1 = toegekend; "
        b"leeg = niet beslist (ook bij een code die het model niet kan beoordelen), of het antwoord telt niet mee",
        b"question": b"v1",
        b"question_text": b"Waar zet u op in?",
        b"codeframe": b"sector",
        b"code": b"bouw",
        b"value": b"2",
        b"definition": b"Bouwen.",
    }
    assert {key: file.metadata.metadata[key] for key in (b"themawijzer", b"run")} == {
        b"themawijzer": b"0.2.0", b"run": b"abc",
    }  # fmt: skip


def test_hostile_answers_come_back_from_every_format(tmp_path):
    responses = answered(tmp_path, HOSTILE)
    typed = responses.answers("V1", 0, len(responses))
    folder = write(tmp_path, responses, blocks_of_nothing(len(HOSTILE)))
    assert [row[2] or "" for row in sheet(folder / "responses_coded.xlsx", "Gecodeerd")[1:]] == typed
    assert pd.read_parquet(folder / "responses_coded.parquet")["V1"].fillna("").tolist() == typed
    assert pyreadstat.read_sav(folder / "responses_coded.sav")[0]["V1"].tolist() == typed
    assert read_table(folder / "responses_coded.csv").frame["V1"].tolist() == typed


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    answers=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8), min_size=1, max_size=5
    )
)
@example(answers=["_x005F_", "-", "=1", "+1", "@a"])
def test_our_own_reader_gives_every_answer_back_from_every_format(tmp_path, answers):
    responses = answered(tmp_path, answers)
    typed = responses.answers("V1", 0, len(responses))
    folder = write(tmp_path, responses, blocks_of_nothing(len(answers)))
    for ending in ("xlsx", "sav", "parquet"):
        back = read_table(folder / f"responses_coded.{ending}").frame
        assert back["nr"].tolist() == responses.respondent_ids
        ends = [answer.rstrip(" ") for answer in typed] if ending == "sav" else typed  # SPSS fills text with spaces
        assert back["V1"].tolist() == ends


def test_what_no_format_holds_whole_is_cut_visibly_and_counted(tmp_path):
    long, wide = "a" * 100_000, "👍" * 20_000
    responses = answered(tmp_path, [long, wide, "kort", "b" * 32_767])
    with DatasetWriter(tmp_path / "coded", responses, CODEBOOK, ALL) as writer:
        writer.add(0, blocks_of_nothing(4))
        writer.finish(Ending(pd.DataFrame({"file": ["x"]}), pd.DataFrame({"n": ["1"]}), FACTS))
    assert writer.cut == {"responses_coded.xlsx": 2, "responses_coded.sav": 2}
    excel = [str(row[2]) for row in sheet(tmp_path / "coded/responses_coded.xlsx", "Gecodeerd")[1:]]
    assert excel[0] == "a" * 32_756 + " [afgekapt]"
    assert len(excel[1].encode("utf-16-le")) // 2 <= 32_767
    assert excel[1].endswith("👍 [afgekapt]")
    assert excel[2:] == ["kort", "b" * 32_767]
    spss = pyreadstat.read_sav(tmp_path / "coded/responses_coded.sav")[0]["V1"].tolist()
    assert [len(text.encode()) for text in spss] == [32_767, 32_767, 4, 32_767]
    assert [text[-11:] for text in spss[:2]] == [" [afgekapt]"] * 2
    assert pd.read_parquet(tmp_path / "coded/responses_coded.parquet")["V1"].tolist()[:2] == [long, wide]


@pytest.mark.parametrize("chunk", [1, 3])
def test_chunks_and_whole_tables_give_the_same_cells(tmp_path, chunk):
    whole = write(tmp_path / "a", read_into(tmp_path / "a"), coded_blocks())
    parts = write(tmp_path / "b", read_into(tmp_path / "b"), coded_blocks(), chunk=chunk)
    for ending in ("sav", "sps", "xlsx", "parquet"):
        assert (parts / f"responses_coded.{ending}").read_bytes() == (whole / f"responses_coded.{ending}").read_bytes()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.one_of(st.text("aé ", max_size=9), st.integers(0, 700).map("é".__mul__)),
            st.one_of(st.just(float("nan")), st.integers(-120, 160).map(float), st.floats(0, 1)),
            st.sampled_from([0, 1, 95]),
        ),
        min_size=1,
        max_size=9,
    ),
    size=st.integers(1, 4),
)
@example(rows=[("", float("nan"), 0)], size=1)
@example(rows=[("x" * 40, 1.0, 0)] * 2, size=1)  # eight units: no room for the mark of the last row beside them
def test_a_system_file_in_parts_is_what_pyreadstat_writes_of_the_whole(tmp_path, rows, size):
    texts, numbers, codes = zip(*rows, strict=True)
    frame = pd.DataFrame({"t": pd.Series(texts, dtype=str), "n": numbers, "c": np.array(codes, dtype=np.int8)})
    variables = [
        Variable(name="t", label="Antwoord", n_bytes=max(len(text.encode()) for text in texts)),
        Variable(name="n", label="", format="F8.2"),
        Variable(name="c", label="Code", format="F2.0", value_labels={1: "ja"}, missing=[(95, 99)]),
    ]
    parts = (frame.iloc[start : start + size] for start in range(0, len(frame), size))
    write_system_file(tmp_path / "parts.sav", variables, parts, title="Proef", note=["noot"], weight=None)
    pyreadstat.write_sav(
        frame, tmp_path / "whole.sav", file_label="Proef", column_labels=["Antwoord", None, "Code"], row_compress=True,
        note=["noot"], variable_value_labels={"c": {1: "ja"}}, missing_ranges={"c": [{"lo": 95, "hi": 99}]},
        variable_display_width={"t": 8, "n": 8, "c": 8}, variable_measure=dict.fromkeys("tnc", "nominal"),
        variable_format={"n": "F8.2", "c": "F2.0"},
    )  # fmt: skip
    ours, whole = ((tmp_path / f"{name}.sav").read_bytes() for name in ("parts", "whole"))
    assert (ours[:92], ours[109:]) == (whole[:92], whole[109:])  # between them stands the time


def read_into(folder: Path) -> Responses:
    folder.mkdir()
    return read(folder)


def test_the_same_input_gives_the_same_bytes_without_a_time_in_them(tmp_path, monkeypatch):
    first = write(tmp_path / "a", read_into(tmp_path / "a"), coded_blocks())
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    second = write(tmp_path / "b", read_into(tmp_path / "b"), coded_blocks())
    assert {path.name: sha256(path) for path in first.iterdir()} == {
        path.name: sha256(path) for path in second.iterdir()
    }
    assert (first / "responses_coded.sav").read_bytes()[84:109].endswith(b"01 Jan 0000:00:00")
    with zipfile.ZipFile(first / "responses_coded.xlsx") as book:
        assert {entry.date_time for entry in book.infolist()} == {(1980, 1, 31, 0, 0, 0)}
        assert b"1980-01-01T00:00:00Z" in book.read("docProps/core.xml")


# Excel


def test_no_cell_of_the_workbook_is_a_formula_and_those_that_look_like_one_stay_so_when_edited(tmp_path):
    folder = write(tmp_path, answered(tmp_path, HOSTILE), blocks_of_nothing(len(HOSTILE)))
    cells = list(openpyxl.load_workbook(folder / "responses_coded.xlsx")["Gecodeerd"]["C"])[1:]
    by_text = {unescape(cell.value or ""): cell for cell in cells}
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
    assert {cell.number_format for cell in cells if cell.value} == {"@"}
    assert {text for text, cell in by_text.items() if cell.quotePrefix} == {
        "=1+1", '=HYPERLINK("http://x","klik")', "+31612345678", "-", "@jan", "'t kan", "=1",
    }  # fmt: skip


def test_a_number_that_no_sheet_can_hold_is_text_in_it(tmp_path):
    book = WorkbookWriter(tmp_path / "b.xlsx", "…")
    book.sheet("A", [SheetColumn("n", 9, "number")]).add([np.array([np.inf, np.nan, 2.5, -np.inf])])
    book.close()
    rows = openpyxl.load_workbook(tmp_path / "b.xlsx")["A"].iter_rows(min_row=2, values_only=True)
    assert list(rows) == [("inf",), (None,), (2.5,), ("-inf",)]


def test_the_workbook_has_data_shares_codebook_and_an_explanation(tmp_path):
    path = write(tmp_path, read(tmp_path), coded_blocks()) / "responses_coded.xlsx"
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Lees mij", "Gecodeerd", "Aandelen", "Codeboek"]
    assert {page.title: (page.freeze_panes, page.auto_filter.ref) for page in book} == {
        "Gecodeerd": ("A2", "A1:N5"),
        "Aandelen": ("A2", "A1:R7"),
        "Codeboek": ("A2", f"A1:L{book['Codeboek'].max_row}"),
        "Lees mij": (None, None),
    }
    assert sheet(path, "Aandelen")[1] == [
        "antwoorden", "v1", "sector", "zorg", "Zorg; welzijn", None, None, "inhoudelijk", 400, 60, 310, 0.5, 0.4568,
        0.4, 0.51, 94, "geschat", None,
    ]  # fmt: skip
    assert book["Aandelen"]["M2"].number_format == "0.0%"
    texts = [str(row[0]) for row in sheet(path, "Lees mij")]
    assert texts[0] == "Proef"
    assert {"Blad Gecodeerd", "Blad Aandelen", "Blad Codeboek", *(status.value for status in Status)} <= set(texts)
    widths = [int(book["Gecodeerd"].column_dimensions[letter].width) for letter in "ADF"]  # Excel adds the borders
    assert widths == [6, 17, 36]


def test_the_workbook_is_dutch_and_its_codebook_says_what_its_columns_are_called_in_the_other_files(tmp_path):
    path = write(tmp_path, read(tmp_path), coded_blocks()) / "responses_coded.xlsx"
    assert sheet(path, "Aandelen")[0] == [
        "Aandeel van", "Vraag", "Codeerkader", "Code", "Omschrijving", "Achtergrond", "Groep", "Telt mee", "Aantal",
        "In steekproef", "Besloten", "Ongecorrigeerd aandeel", "Aandeel", "Ondergrens", "Bovengrens",
        "Effectief aantal", "Hoe bepaald", "Waarom geen aandeel",
    ]  # fmt: skip
    assert sheet(path, "Codeboek")[0] == [
        "Bestand", "Kolom", "Omschrijving", "Waarden", "Vraag", "Codeerkader", "Code", "Nummer", "Definitie", "Blad",
        "Naam in SPSS", "Waarden in SPSS",
    ]  # fmt: skip
    places = {(row[0], row[1]): row[9] for row in sheet(path, "Codeboek")}
    assert places["prevalence.csv", "low"] == "Aandelen, kolom Ondergrens"
    assert places["codebook.csv", "spss_name"] == "Codeboek, kolom Naam in SPSS"
    assert (places["responses_coded.*", "V1"], places["review.csv", "text"]) == ("Gecodeerd", None)


def test_the_workbook_prints_on_few_pages_that_each_say_what_they_are(tmp_path):
    names = [f"k{n}" for n in range(100)]
    responses = read(tmp_path, f"weging,nr,V1,{','.join(names)}\n1,1,zorg,{','.join(map(str, range(100)))}\n")
    book = openpyxl.load_workbook(write(tmp_path, responses, blocks_of_nothing(1)) / "responses_coded.xlsx")
    for page in book:
        setup = page.page_setup
        assert (setup.orientation, setup.paperSize, page.sheet_properties.pageSetUpPr.fitToPage) == (
            "landscape", 9, True,
        )  # fmt: skip
        assert (page.oddFooter.left.text, page.oddFooter.right.text) == ("Proef", "&A, pagina &P van &N")
    assert {page.title: (page.page_setup.fitToWidth or 1, page.page_setup.fitToHeight) for page in book} == {
        "Lees mij": (1, 0), "Gecodeerd": (4, 0), "Aandelen": (1, 0), "Codeboek": (1, 0),
    }  # fmt: skip
    assert {page.title: (page.print_title_rows, page.print_title_cols) for page in book} == {
        "Lees mij": (None, None), "Gecodeerd": ("$1:$1", "$B:$B"), "Aandelen": ("$1:$1", "$E:$E"),
        "Codeboek": ("$1:$1", "$B:$B"),
    }  # fmt: skip


def test_names_of_codes_stand_upright_above_narrow_columns(tmp_path):
    page = openpyxl.load_workbook(write(tmp_path, read(tmp_path), coded_blocks()) / "responses_coded.xlsx")["Gecodeerd"]
    shown = {cell.value: (cell.alignment.textRotation, page.column_dimensions[cell.column_letter]) for cell in page[1]}
    assert shown["v1_sector_zorg"][0] == 90
    assert shown["nr"][0] == 0
    assert int(shown["v1_sector_zorg"][1].width) == 5


def test_the_table_of_the_workbook_is_read_and_not_the_explanation_before_it(tmp_path):
    path = write(tmp_path, read(tmp_path), coded_blocks()) / "responses_coded.xlsx"
    assert read_table(path).frame["nr"].tolist() == ["001", "002", "003", "004"]
    book = openpyxl.load_workbook(path)
    for name in ("Gecodeerd", "Aandelen", "Codeboek"):
        del book[name]
    book.save(tmp_path / "alone.xlsx")
    with pytest.raises(InputError, match="column 2 has no name"):
        read_table(tmp_path / "alone.xlsx")


def test_a_system_file_for_which_the_disk_has_no_room_is_told_as_any_file_is(tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise pyreadstat.ReadstatError("Unable to write data")

    monkeypatch.setattr(pyreadstat, "write_sav", full)
    about = {"title": "", "note": [], "weight": None}
    with pytest.raises(OSError, match="is the disk full") as refused:
        write_system_file(tmp_path / "x.sav", [Variable(name="x", label="")], [pd.DataFrame({"x": [1.0]})], **about)
    assert refused.value.filename == str(tmp_path / "x.sav")


def test_a_workbook_for_which_the_disk_has_no_room_is_told_as_any_file_is(tmp_path, monkeypatch):
    book = WorkbookWriter(tmp_path / "x.xlsx", "")
    book.sheet("x", [SheetColumn("y", 9)])

    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    with pytest.raises(OSError, match="No space left"):
        book.close()
    book.abandon()
    assert not (tmp_path / "x.xlsx").exists()


# SPSS


def test_spss_weighs_by_the_weight(tmp_path):
    """The header counts text in units of eight bytes: nr and postcode come before it."""
    content = (write(tmp_path, read(tmp_path), coded_blocks()) / "responses_coded.sav").read_bytes()
    assert int.from_bytes(content[76:80], "little") == 3


@pytest.mark.parametrize(
    ("given_names", "expected"),
    [
        (["V1", "v1", "V1_2"], ["V1", "v1_2", "V1_2_2"]),
        (["all", "With", "to_"], ["all_1", "With_1", "to_1"]),
        (["1e vraag", "_x", "", "a b?"], ["v_1e_vraag", "v__x", "v", "a_b"]),
        (["naam.", "naam_", "é"], ["naam", "naam_2", "é"]),
        (["a" * 70, "a" * 80], ["a" * 64, "a" * 62 + "_2"]),
        (["é" * 40], ["é" * 32]),
    ],
)
def test_names_are_valid_in_spss_and_unique_whatever_their_capitals(given_names, expected):
    assert spss_names(given_names) == expected


@given(st.lists(st.text(max_size=70), max_size=6))
def test_every_name_is_valid_in_spss(names):
    found = spss_names(names)
    assert len({name.casefold() for name in found}) == len(names)
    for name in found:
        assert len(name.encode()) <= 64
        assert name[0].isalpha()
        assert not name.endswith((".", "_"))
        assert re.fullmatch(r"[\w.$#@]+", name)


def test_a_name_that_had_to_change_stands_in_the_label_and_in_the_codebook(tmp_path):
    responses = read(tmp_path, "nr,weging,V1,Wat vindt u?\n1,1,zorg,=x\n")
    folder = write(tmp_path, responses, blocks_of_nothing(1))
    _, about = pyreadstat.read_sav(folder / "responses_coded.sav")
    assert about.column_names_to_labels["Wat_vindt_u"] == "[Wat vindt u?]"
    frame = read_table(folder / "codebook.csv").frame.set_index("column")
    assert frame.loc["Wat vindt u?", "spss_name"] == "Wat_vindt_u"
    assert frame.loc["Wat vindt u?", "sheet"] == "Gecodeerd"
    assert frame.loc["v1_partner_uwv", "spss_values"].startswith("0 = niet toegekend; 1 = toegekend; 95 = een mens")


def test_what_spss_said_of_the_input_it_says_again(tmp_path):
    frame = pd.DataFrame(
        {"nr": ["01", "02"], "sekse": [1.0, 9.0], "pc": ["1012", "9999"], "weging": [0.5, 1.5], "V1": ["zorg", ""]}
    )
    (tmp_path / "in").mkdir()
    pyreadstat.write_sav(
        frame, tmp_path / "in/r.sav", column_labels={"sekse": "Wat is uw geslacht?"},
        variable_value_labels={"sekse": {1: "man", 9: "weet niet"}}, missing_ranges={"sekse": [9], "pc": ["9999"]},
    )  # fmt: skip
    responses = read_responses(SURVEY, tmp_path / "in/r.sav")
    folder = write(tmp_path, responses, blocks_of_nothing(2))
    back, about = pyreadstat.read_sav(folder / "responses_coded.sav", user_missing=True)
    assert back[["nr", "sekse", "pc", "weging", "V1"]].equals(frame)
    assert about.column_names_to_labels["sekse"] == "Wat is uw geslacht?"
    assert about.variable_value_labels["sekse"] == {1: "man", 9: "weet niet"}
    assert about.missing_ranges["sekse"] == [{"lo": 9, "hi": 9}]
    assert about.missing_ranges["pc"] == [{"lo": "9999", "hi": "9999"}]
    assert about.variable_measure["sekse"] == "nominal"


def test_syntax_makes_a_set_of_the_codes_of_each_question_and_codeframe(tmp_path):
    columns = dataset_columns(read(tmp_path), CODEBOOK)
    lines = syntax(columns, {column.name: column.name for column in columns}, SURVEY.weight).splitlines()
    assert lines[0] == "\ufeff* Encoding: UTF-8."
    assert [line for line in lines if not line.lstrip("\ufeff").startswith("*")] == [
        "GET FILE='responses_coded.sav'.",
        "WEIGHT BY weging.",
        "MRSETS",
        "  /MDGROUP NAME=$v1_sector CATEGORYLABELS=VARLABELS VALUE=1",
        "    LABEL='Sector: Waar zet u op in?'",
        "    VARIABLES=v1_sector_zorg v1_sector_bouw v1_sector_geen",
        "  /DISPLAY NAME=[$v1_sector].",
        "MRSETS",
        "  /MDGROUP NAME=$v1_partner CATEGORYLABELS=VARLABELS VALUE=1",
        "    LABEL='Partner: Waar zet u op in?'",
        "    VARIABLES=v1_partner_uwv v1_partner_geen",
        "  /DISPLAY NAME=[$v1_partner].",
    ]


def hostile_survey() -> tuple[Survey, Codebook]:
    codes = [
        {"id": f"c{n:02d}_{'x' * 30}", "value": n, "label": f"'Code' {n} = \"é\"\n.", "definition": "?"}
        for n in range(1, 41)
    ]
    codebook = {"title": "x", "version": "1.0.0", "codeframe": [{"id": "f" * 40, "label": "'t Kader'", "code": codes}]}
    question = {"id": "V" * 40, "column": "V1", "text": "Wat is 'r?\n\n" + "é'" * 200, "codeframes": ["f" * 40]}
    survey = {"title": "'t Is wat", "responses": "r.csv", "respondent_id": "nr", "question": [question]}
    return Survey.model_validate(survey), Codebook.model_validate(codebook)


def test_lines_of_syntax_are_never_longer_than_spss_reads(tmp_path):
    survey, codebook = hostile_survey()
    columns = dataset_columns(read(tmp_path, survey=survey), codebook)
    names = dict(zip([each.name for each in columns], spss_names(each.name for each in columns), strict=True))
    assert max(len(line.encode()) for line in syntax(columns, names, survey.weight).splitlines()) <= 251


@pytest.mark.skipif(not shutil.which("pspp"), reason="pspp, which reads SPSS files, is not installed")
def test_pspp_runs_the_syntax_on_the_file(tmp_path):
    survey, codebook = hostile_survey()
    responses = read(tmp_path, survey=survey)
    (question,), (codeframe,) = survey.questions, codebook.codeframes
    block = CodedBlock(question, codeframe, [coding_undecided(Status.NO_ANSWER, 40)] * 4)
    with DatasetWriter(tmp_path / "coded", responses, codebook, ALL) as writer:
        writer.add(0, [block])
        writer.finish(Ending(pd.DataFrame({"file": ["x"]}), pd.DataFrame({"n": ["1"]}), FACTS))
    more = tmp_path / "coded/more.sps"
    more.write_text("INCLUDE 'responses_coded.sps'.\nDISPLAY DICTIONARY.\nLIST.\n")
    command = ["pspp", "-O", "format=txt", "more.sps"]
    done = subprocess.run(command, cwd=tmp_path / "coded", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "error" not in done.stdout.lower() + done.stderr.lower()
    assert "warning" not in done.stdout.lower() + done.stderr.lower()
    assert "Multiple Response Sets" in done.stdout


def test_labels_are_cut_on_a_whole_character_and_one_line():
    assert cut("één\n twee", 20) == "één twee"
    assert cut("é" * 10, 9) == "ééé…"


# Which columns are numbers


def test_only_columns_of_plain_numbers_are_numbers_and_ids_stay_text(tmp_path):
    text = (
        "nr,weging,V1,jaar,lang,nul,versie,leeg,gemengd,min\n"
        '1,"0,85",5,2021,612345678901,01,1.10.2,,1,-1.5\n2,1,6,,2,02,1.2,,x,2\n'
    )
    responses = read(tmp_path, text)
    frame = pd.read_parquet(write(tmp_path, responses, blocks_of_nothing(2)) / "responses_coded.parquet")
    numbers = [name for name in text.splitlines()[0].split(",") if frame[name].dtype == np.float64]
    assert numbers == ["weging", "jaar", "min"]
    assert frame["weging"].tolist() == [0.85, 1.0]


@pytest.mark.parametrize(
    ("cells", "is_number"),
    [
        (["12.500", "980", ""], False),  # inhabitants, as Dutch Excel shows them
        (["1.234", "2.345"], False),
        (["12.500", "12500"], True),  # who writes 12500 writes no point between thousands
        (["12.500", "1.5"], True),
        (["0.125", "12.500"], True),
        (["980", "12"], True),
    ],
)
def test_points_that_may_stand_between_thousands_make_no_number(tmp_path, cells, is_number):
    rows = "".join(f"{n};1;{cell};ja\n" for n, cell in enumerate(cells))
    style = Format(formats=("parquet", "csv"), for_dutch_excel=True)
    responses = read(tmp_path, f"nr;weging;inwoners;V1\n{rows}")
    coded = write(tmp_path, responses, blocks_of_nothing(len(cells)), style)
    assert (pd.read_parquet(coded / "responses_coded.parquet")["inwoners"].dtype == np.float64) is is_number
    saved = read_table(coded / "responses_coded.csv").frame["inwoners"].tolist()
    assert saved == [cell.replace(".", ",") if is_number else cell for cell in cells]


def test_where_commas_stand_between_cells_a_point_is_a_decimal_point(tmp_path):
    responses = read(tmp_path, "nr,weging,inwoners,V1\n1,1,12.500,ja\n")
    frame = pd.read_parquet(write(tmp_path, responses, blocks_of_nothing(1)) / "responses_coded.parquet")
    assert frame["inwoners"].tolist() == [12.5]


# Limits and choices


@pytest.mark.parametrize(
    ("n_rows", "n_columns", "message"),
    [
        (1_048_576, 5, "the coded dataset has 1,048,577 rows, and an Excel sheet holds 1,048,576"),
        (5, 16_385, "the coded dataset has 16,385 columns, and an Excel sheet holds 16,384"),
    ],
)
def test_what_does_not_fit_in_excel_is_said_before_anything_is_written(n_rows, n_columns, message):
    require_room(n_rows, n_columns, ("csv", "sav", "parquet"))
    require_room(1_048_575, 16_384, ("xlsx",))
    with pytest.raises(ThemawijzerError) as caught:
        require_room(n_rows, n_columns, ("csv", "xlsx"))
    assert str(caught.value) == f"{message}\nLeave Excel out: --formats csv,sav,parquet"


def test_a_thousand_columns_and_one_row_come_back(tmp_path):
    names = [f"k{n}" for n in range(1000)]
    responses = read(tmp_path, f"nr,weging,V1,{','.join(names)}\n1,1,zorg,{','.join(map(str, range(1000)))}\n")
    folder = write(tmp_path, responses, blocks_of_nothing(1))
    for ending in ("xlsx", "sav", "parquet"):
        frame = read_table(folder / f"responses_coded.{ending}").frame
        assert frame[names].to_numpy().tolist() == [[str(n) for n in range(1000)]]


def test_only_what_is_asked_for_is_written_and_what_was_written_before_goes(tmp_path):
    write(tmp_path, read(tmp_path), coded_blocks())
    folder = write(tmp_path, read(tmp_path), coded_blocks(), Format(formats=("parquet",)))
    assert sorted(path.name for path in folder.iterdir()) == ["codebook.csv", "codings.csv", "responses_coded.parquet"]


def test_files_for_dutch_excel_and_workbooks_go_together(tmp_path):
    style = Format(formats=ALL.formats, for_dutch_excel=True)
    folder = write(tmp_path, read(tmp_path), coded_blocks(), style)
    assert (folder / "responses_coded.csv").read_text(encoding="utf-8-sig").splitlines()[1].startswith("001;0123;0,85;")
    assert sheet(folder / "responses_coded.xlsx", "Gecodeerd")[1][2] == 0.85
    assert sheet(folder / "responses_coded.xlsx", "Aandelen")[1][12] == 0.4568


def test_formats_are_named_in_any_order_and_unknown_ones_are_told():
    assert chosen_formats("xlsx, .CSV") == ("csv", "xlsx")
    with pytest.raises(ThemawijzerError, match=r"^xls is not a format .*\nKnown: csv, sav, xlsx, parquet\.$"):
        chosen_formats("csv,xls")


def test_a_run_that_starts_again_forgets_what_it_wrote(tmp_path):
    responses = read(tmp_path)
    with DatasetWriter(tmp_path / "coded", responses, CODEBOOK, ALL) as writer:
        writer.add(0, coded_blocks())
        writer.restart()
        writer.add(0, coded_blocks())
        writer.finish(Ending(pd.DataFrame({"file": ["x"]}), pd.DataFrame({"n": ["1"]}), FACTS))
    for ending in ("csv", "xlsx", "sav", "parquet"):
        assert len(read_table(tmp_path / f"coded/responses_coded.{ending}").frame) == 4


def test_a_run_that_dies_leaves_nothing_of_any_format(tmp_path):
    responses = read(tmp_path)
    with pytest.raises(AttributeError), DatasetWriter(tmp_path / "coded", responses, CODEBOOK, ALL) as writer:
        writer.add(0, [*coded_blocks(), None])
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_ranges_without_a_beginning_stay_missing(tmp_path):
    frame = pd.DataFrame({"nr": ["1", "2"], "saldo": [-5.0, 3.0], "weging": [1.0, 1.0], "V1": ["zorg", "bouw"]})
    ranges: list[object] = [{"lo": float("-inf"), "hi": -1}, 99]
    (tmp_path / "in").mkdir()
    pyreadstat.write_sav(frame, tmp_path / "in/r.sav", missing_ranges={"saldo": ranges})
    folder = write(tmp_path, read_responses(SURVEY, tmp_path / "in/r.sav"), blocks_of_nothing(2))
    _, about = pyreadstat.read_sav(folder / "responses_coded.sav", user_missing=True)
    assert about.missing_ranges["saldo"] == [{"lo": float("-inf"), "hi": -1}, {"lo": 99, "hi": 99}]
