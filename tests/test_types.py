"""Columns that nobody touched leave with the type, the format and the labels with which they came."""

import datetime as dt
import shutil
import subprocess
from decimal import Decimal

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from table_files import question_texts, value_labels
from test_formats import ALL, SURVEY, blocks_of_nothing, write
from test_round_trips import quick

from themawijzer.errors import InputError
from themawijzer.output.dataset import Format
from themawijzer.survey.responses import read_responses
from themawijzer.tables.cells import cell_text
from themawijzer.tables.table import read_table

STARTS = {"nr": ["01", "02"], "weging": [0.5, 1.5], "V1": ["zorg", ""], "sekse": ["m", "v"]}


def pairs(cells):
    return st.lists(cells, min_size=2, max_size=2)


def coded(folder, name, *formats):
    """The coded dataset of a file with two respondents, in these formats or all."""
    style = Format(formats=formats) if formats else ALL
    return write(folder, read_responses(SURVEY, folder / "in" / name), blocks_of_nothing(2), style)


FORMATS = [
    ("F8.2", "scale"), ("F40.16", "ordinal"), ("N6", "nominal"), ("PCT6.1", "scale"), ("DOT9.2", "scale"),
    ("DOLLAR9.2", "scale"), ("E10.3", "scale"), ("DATE11", "scale"), ("EDATE10", "scale"), ("QYR6", "ordinal"),
    ("MOYR8", "scale"), ("DATETIME23.2", "scale"), ("TIME8", "scale"), ("TIME11.2", "scale"), ("DTIME12", "scale"),
    ("MTIME8", "scale"), ("WKDAY9", "nominal"), ("MONTH9", "nominal"),
]  # fmt: skip


@quick
@given(
    look=st.sampled_from(FORMATS),
    values=pairs(st.floats(-1e15, 1e15) | st.integers(0, 2**35).map(float) | st.just(np.nan)),
    width=st.integers(1, 60), n_bytes=st.integers(1, 400), letter=st.sampled_from("xé"),
)  # fmt: skip
def test_a_variable_of_spss_leaves_as_it_came(tmp_path, look, values, width, n_bytes, letter):
    spss_format, measure = look
    text = letter * (n_bytes // len(letter.encode()))
    frame = pd.DataFrame({**STARTS, "getal": values, "tekst": [text, "b"]})
    about = {
        "variable_format": {"getal": spss_format, "weging": "F8.2"}, "variable_measure": {"getal": measure},
        "variable_value_labels": {"getal": {1.5: "anderhalf", 99.0: "weet niet"}, "tekst": {"b": "b", text: "lang"}},
        "missing_ranges": {"getal": [{"lo": 90.0, "hi": 99.0}, -1.0]}, "variable_display_width": {"getal": width},
        "column_labels": {"getal": "Een getal"},
    }  # fmt: skip
    (tmp_path / "in").mkdir(exist_ok=True)
    pyreadstat.write_sav(frame, tmp_path / "in/r.sav", **about)
    came = pyreadstat.read_sav(tmp_path / "in/r.sav", user_missing=True, disable_datetime_conversion=True)
    back = pyreadstat.read_sav(
        coded(tmp_path, "r.sav", "sav") / "responses_coded.sav", user_missing=True, disable_datetime_conversion=True
    )
    pd.testing.assert_frame_equal(came[0], back[0][list(frame.columns)], check_exact=True)
    for fact in ("original_variable_types", "variable_value_labels", "missing_ranges"):
        assert {name: getattr(back[1], fact).get(name) for name in ("getal", "tekst")} == {
            name: getattr(came[1], fact).get(name) for name in ("getal", "tekst")
        }
    for fact in ("variable_measure", "variable_display_width", "column_names_to_labels"):
        assert getattr(back[1], fact)["getal"] == getattr(came[1], fact)["getal"]


MOMENT = st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2200, 1, 1))
CELLS = {
    pa.int8(): st.integers(-128, 127),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.uint64(): st.integers(0, 2**64 - 1),
    pa.float32(): st.floats(width=32, allow_nan=False),
    pa.float64(): st.floats(allow_nan=False),
    pa.bool_(): st.booleans(),
    pa.date32(): MOMENT.map(dt.datetime.date),
    pa.timestamp("us"): MOMENT,
    pa.timestamp("ms", "Europe/Amsterdam"): st.integers(0, 2**42),
    pa.time64("us"): MOMENT.map(dt.datetime.time),
    pa.duration("us"): st.timedeltas(dt.timedelta(-999), dt.timedelta(999)),
    pa.decimal128(20, 3): st.decimals(-(10**15), 10**15, places=3, allow_nan=False),
    pa.string(): st.sampled_from(["", "a", "é"]),
    pa.large_string(): st.sampled_from(["", "a"]),
    pa.string_view(): st.sampled_from(["", "a"]),
    pa.decimal32(5, 2): st.decimals(-999, 999, places=2, allow_nan=False),
    pa.decimal64(18, 2): st.decimals(-(10**15), 10**15, places=2, allow_nan=False),
    pa.uuid(): st.uuids().map(lambda own: own.bytes),
    pa.dictionary(pa.int8(), pa.string()): st.sampled_from(["a", "b"]),
    pa.dictionary(pa.int32(), pa.int64()): st.integers(0, 5),
    pa.null(): st.none(),
}


@quick
@given(st.sampled_from(list(CELLS)).flatmap(lambda kind: st.tuples(st.just(kind), pairs(CELLS[kind] | st.none()))))
def test_a_column_of_parquet_leaves_as_it_came(tmp_path, column):
    kind, cells = column
    (tmp_path / "in").mkdir(exist_ok=True)
    pq.write_table(pa.table({**STARTS, "kolom": pa.array(cells, type=kind)}), tmp_path / "in/r.parquet")
    came = pq.read_table(tmp_path / "in/r.parquet")
    back = pq.read_table(coded(tmp_path, "r.parquet") / "responses_coded.parquet")
    assert back.select(came.column_names).equals(came)
    assert back.schema.field("kolom").type == came.schema.field("kolom").type


def test_pandas_reads_the_types_again_that_it_wrote(tmp_path):
    columns = {
        "moment": pd.to_datetime(["2024-03-01 10:00", None]),
        "aantal": pd.array([1, None], dtype="Int64"),
        "soort": pd.Categorical(["laag", "hoog"], ["laag", "hoog"], ordered=True),
        "duur": pd.to_timedelta(["26h", None]),
        "bedrag": [Decimal("1.10"), None],
        "ja": pd.array([True, None], dtype="boolean"),
        "dag": [dt.date(2024, 3, 1), None],
    }
    frame = pd.DataFrame({**STARTS, **columns})
    (tmp_path / "in").mkdir()
    frame.to_parquet(tmp_path / "in/r.parquet")
    back = pd.read_parquet(coded(tmp_path, "r.parquet") / "responses_coded.parquet")[list(frame.columns)]
    pd.testing.assert_frame_equal(back, pd.read_parquet(tmp_path / "in/r.parquet"))


DAY = MOMENT.map(lambda moment: dt.datetime(moment.year, moment.month, moment.day))
SHEET = {
    "General": st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9),
    "0.00%": st.floats(0, 1),
    "00000": st.integers(0, 99999),
    "dd-mm-yyyy": DAY,
    "[$-413]d mmmm yyyy": DAY,
    "dd-mm-yyyy hh:mm": MOMENT.map(lambda moment: moment.replace(microsecond=0)),
    "h:mm:ss": st.integers(0, 86_399).map(lambda n: dt.time(n // 3600, n // 60 % 60, n % 60)),
    "[h]:mm:ss": st.integers(0, 10**6).map(lambda n: dt.timedelta(seconds=n)),
    "@": st.text("ab0 é", min_size=1),
}


@quick
@given(
    st.sampled_from(list(SHEET)).flatmap(lambda look: st.tuples(st.just(look), pairs(SHEET[look] | st.booleans()))),
    st.booleans(),
)
def test_a_column_of_excel_leaves_as_it_came(tmp_path, column, is_mixed):
    shown, cells = column
    if not is_mixed and len({type(cell) for cell in cells}) > 1:
        cells = [cells[0], None]
    book = openpyxl.Workbook()
    book.active.append([*STARTS, "kolom"])
    for row, cell in enumerate(cells):
        book.active.append([*(values[row] for values in STARTS.values()), cell])
        if not isinstance(cell, bool):
            book.active.cell(row + 2, 5).number_format = shown
    (tmp_path / "in").mkdir(exist_ok=True)
    book.save(tmp_path / "in/r.xlsx")
    came = openpyxl.load_workbook(tmp_path / "in/r.xlsx").active["E"][1:]
    folder = coded(tmp_path, "r.xlsx", "xlsx")
    back = openpyxl.load_workbook(folder / "responses_coded.xlsx")["Gecodeerd"]
    place = [cell.value for cell in back[1]].index("kolom")
    got = [row[place] for row in back.iter_rows(min_row=2)]
    assert [(cell.value, type(cell.value)) for cell in got] == [(cell.value, type(cell.value)) for cell in came]
    if {cell.data_type for cell in came} in ({"n"}, {"d"}):
        assert {cell.number_format for cell in got if cell.value is not None} == {shown}


def test_every_format_gets_its_own_type(tmp_path):
    cells = {
        "dag": [dt.date(2024, 3, 1), None],
        "moment": [dt.datetime(2024, 3, 1, 10, 0, 5), None],
        "duur": [dt.timedelta(hours=26, minutes=5, seconds=30), None],
        "klok": [dt.time(9, 30), None],
        "ja": [True, False],
        "bedrag": [Decimal("99.99"), None],
        "groot": [2**60 + 1, None],
    }
    (tmp_path / "in").mkdir()
    pq.write_table(pa.table({**STARTS, **cells}), tmp_path / "in/r.parquet")
    folder = coded(tmp_path, "r.parquet")
    spss, about = pyreadstat.read_sav(folder / "responses_coded.sav", disable_datetime_conversion=True)
    start = dt.datetime(1582, 10, 14)
    assert spss["dag"][0] == (dt.datetime(2024, 3, 1) - start).total_seconds()
    assert spss["moment"][0] == (dt.datetime(2024, 3, 1, 10, 0, 5) - start).total_seconds()
    assert (spss["duur"][0], spss["klok"][0]) == (93_930, 34_200)
    assert spss["ja"].tolist() == [1, 0]
    assert (spss["bedrag"][0], spss["groot"][0]) == (99.99, str(2**60 + 1))
    shown = {name: about.original_variable_types[name] for name in cells}
    assert shown == {
        "dag": "EDATE10", "moment": "DATETIME20", "duur": "TIME8", "klok": "TIME8", "ja": "F1.0", "bedrag": "F5.2",
        "groot": "A19",
    }  # fmt: skip
    rows = openpyxl.load_workbook(folder / "responses_coded.xlsx")["Gecodeerd"].iter_rows(values_only=True)
    first = dict(zip(next(rows), next(rows), strict=True))
    assert {name: first[name] for name in cells} == {
        "dag": dt.datetime(2024, 3, 1), "moment": dt.datetime(2024, 3, 1, 10, 0, 5),
        "duur": dt.timedelta(hours=26, minutes=5, seconds=30), "klok": dt.time(9, 30), "ja": True, "bedrag": 99.99,
        "groot": str(2**60 + 1),
    }  # fmt: skip
    text = read_table(folder / "responses_coded.csv").frame.iloc[0]
    assert {name: text[name] for name in cells} == {
        "dag": "2024-03-01", "moment": "2024-03-01T10:00:05", "duur": "26:05:30", "klok": "09:30:00", "ja": "TRUE",
        "bedrag": "99.99", "groot": str(2**60 + 1),
    }  # fmt: skip


def test_moments_of_spss_are_moments_in_parquet_and_excel(tmp_path):
    start = dt.datetime(1582, 10, 14)
    day, moment = dt.datetime(2024, 3, 27), dt.datetime(2024, 3, 27, 10, 26, 17)
    seconds = {"dag": (day - start).total_seconds(), "moment": (moment - start).total_seconds(), "duur": 93_930.0}
    frame = pd.DataFrame({**STARTS, **{name: [value, np.nan] for name, value in seconds.items()}})
    (tmp_path / "in").mkdir()
    looks = {"dag": "DATE11", "moment": "DATETIME20", "duur": "DTIME12"}
    pyreadstat.write_sav(frame, tmp_path / "in/r.sav", variable_format=looks)
    folder = coded(tmp_path, "r.sav")
    parquet = pq.read_table(folder / "responses_coded.parquet").select(list(seconds)).to_pylist()
    assert parquet == [
        {"dag": day.date(), "moment": moment, "duur": dt.timedelta(seconds=93_930)}, dict.fromkeys(seconds)
    ]  # fmt: skip
    rows = openpyxl.load_workbook(folder / "responses_coded.xlsx")["Gecodeerd"].iter_rows(values_only=True)
    first = dict(zip(next(rows), next(rows), strict=True))
    assert [first[name] for name in seconds] == [day, moment, dt.timedelta(seconds=93_930)]


def test_a_declared_missing_value_of_a_score_leaves_as_the_number_it_is(tmp_path):
    frame = pd.DataFrame({**STARTS, "schaal": [8 / 3, 99.0]})
    (tmp_path / "in").mkdir()
    pyreadstat.write_sav(
        frame, tmp_path / "in/r.sav", variable_format={"schaal": "F8.2"}, variable_measure={"schaal": "scale"},
        missing_ranges={"schaal": [99]}, variable_value_labels={"schaal": {99: "niet te berekenen"}},
    )  # fmt: skip
    back, about = pyreadstat.read_sav(coded(tmp_path, "r.sav") / "responses_coded.sav", user_missing=True)
    assert back["schaal"].tolist() == [8 / 3, 99.0]
    assert about.missing_ranges["schaal"] == [{"lo": 99, "hi": 99}]
    assert about.variable_value_labels["schaal"] == {99: "niet te berekenen"}


@pytest.mark.parametrize("seconds", [0.1, 93_930.25, -3_661.5])
def test_a_duration_is_told_in_hours_minutes_and_seconds(seconds):
    told = {0.1: "00:00:00.1", 93_930.25: "26:05:30.25", -3_661.5: "-01:01:01.5"}
    assert cell_text(dt.timedelta(seconds=seconds)) == told[seconds]


# Variables of every kind of format, as PSPP makes them itself.
SYNTAX = """
DATA LIST LIST (",") /nr (A2) weging (F8.4) V1 (A40) sekse (F1.0) gemeente (A30) datum (EDATE10)
  tijdstip (DATETIME20) duur (TIME8) duur2 (DTIME12) maand (MOYR8) kwartaal (QYR6) schaal (F8.2) tevreden (F1.0)
  dag (WKDAY9) bedrag (DOT10.2).
BEGIN DATA
01,0.1667,groen,1,Zwolle,27.03.2024,27-MAR-2024 10:26:17,26:05:30,1 02:05:30,MAR 2024,1 Q 2024,2.66666,5,MON,1.2
02,1.5,,2,Súdwest-Fryslân,,,,,,,99,9,,
END DATA.
VARIABLE LABELS nr 'Nummer' weging 'Weegfactor' sekse 'Geslacht' schaal 'Score' gemeente 'In welke gemeente?'.
VALUE LABELS gemeente 'Súdwest-Fryslân' 'Gemeente Súdwest-Fryslân' /tevreden 1 'slecht' 9 'weet niet' /schaal 99 'nvt'.
MISSING VALUES tevreden (9) schaal (90 THRU 99).
VARIABLE LEVEL tevreden (ORDINAL) schaal weging datum tijdstip duur duur2 maand kwartaal bedrag (SCALE)
  /sekse dag gemeente nr (NOMINAL).
VARIABLE WIDTH schaal (12) gemeente (15).
SAVE OUTFILE='in/r.sav'.
"""
SHOW = """
GET FILE='{file}' /KEEP=nr weging sekse gemeente datum tijdstip duur duur2 maand kwartaal schaal tevreden dag bedrag.
DISPLAY DICTIONARY.
LIST.
"""


@pytest.mark.skipif(not shutil.which("pspp"), reason="pspp, which reads SPSS files, is not installed")
def test_pspp_shows_untouched_variables_as_it_showed_them_before(tmp_path):
    def pspp(syntax):
        (tmp_path / "do.sps").write_text(syntax, encoding="utf-8")
        command = ["pspp", "-O", "format=csv", "do.sps"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    (tmp_path / "in").mkdir()
    pspp(SYNTAX)
    coded(tmp_path, "r.sav", "sav")
    came = pspp(SHOW.format(file="in/r.sav"))
    assert "26:05:30" in came
    assert "gemeente,4,In welke gemeente?,Nominal,Input,15" in came
    assert pspp(SHOW.format(file="coded/responses_coded.sav")) == came


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not installed")
def test_haven_reads_untouched_variables_as_it_read_them_before(tmp_path):
    def r(code):
        command = ["Rscript", "-e", code]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    if r('q(status = !requireNamespace("haven", quietly = TRUE))').returncode:
        pytest.skip("haven, which reads SPSS files in R, is not installed")
    (tmp_path / "in").mkdir()
    write_in_r = """
        library(haven)
        write_sav(data.frame(
          nr = c("01", "02"), weging = c(0.5, 1.5), V1 = c("zorg", ""), sekse = c("m", "v"),
          tevreden = labelled_spss(c(1, 9), c(slecht = 1, `weet niet` = 9), na_values = 9, label = "Hoe tevreden?"),
          dag = as.Date(c("2024-03-01", NA)), moment = as.POSIXct(c("2024-03-01 10:00:05", NA), tz = "UTC"),
          duur = hms::hms(c(93930, NA)), score = c(8 / 3, NA)
        ), "in/r.sav")"""
    compare = """
        library(haven)
        own <- read_sav("in/r.sav", user_na = TRUE)
        back <- read_sav("coded/responses_coded.sav", user_na = TRUE)[names(own)]
        touched <- c("nr", "weging", "V1", "sekse")  # these get a label
        own <- own[setdiff(names(own), touched)]
        back <- back[names(own)]
        strip <- function(x) { attr(x, "display_width") <- NULL; x }
        stopifnot(identical(lapply(own, strip), lapply(back, strip)))"""
    made = r(write_in_r)
    assert made.returncode == 0, made.stderr
    coded(tmp_path, "r.sav", "sav")
    compared = r(compare)
    assert compared.returncode == 0, compared.stderr


def test_a_compressed_spss_file_is_read(tmp_path):
    frame = pd.DataFrame({**STARTS, "score": [8 / 3, np.nan]})
    (tmp_path / "in").mkdir()
    pyreadstat.write_sav(frame, tmp_path / "in/r.zsav", compress=True)
    back = pyreadstat.read_sav(coded(tmp_path, "r.zsav", "sav") / "responses_coded.sav")[0]
    pd.testing.assert_frame_equal(back[list(frame.columns)], frame)


def test_a_portable_file_is_read_with_its_formats_and_labels(tmp_path):
    frame = pd.DataFrame({"NR": ["a", "b"], "DUUR": [93_930.0, np.nan], "WENS": ["groen", ""]})
    pyreadstat.write_por(frame, tmp_path / "a.por", variable_format={"DUUR": "TIME8"}, column_labels={"WENS": "Wens?"})
    table = read_table(tmp_path / "a.por")
    assert table.frame.to_dict("list") == {"NR": ["a", "b"], "DUUR": ["26:05:30", ""], "WENS": ["groen", ""]}
    assert question_texts(table) == {"WENS": "Wens?"}
    assert table.about("DUUR").type == pa.duration("us")


def test_a_portable_file_with_letters_that_cannot_be_read_is_refused(tmp_path):
    pyreadstat.write_por(pd.DataFrame({"NR": ["cafe"]}), tmp_path / "a.por")
    content = (tmp_path / "a.por").read_bytes()
    (tmp_path / "a.por").write_bytes(content.replace(b"cafe", b"caf\xe9"))
    with pytest.raises(InputError, match=r"letters beyond plain ASCII.*\nOpen it in SPSS or PSPP, and save it as"):
        read_table(tmp_path / "a.por")


def test_a_stata_file_is_read_with_its_types_and_labels(tmp_path):
    moments = {"dag": [dt.date(2024, 3, 1), None], "moment": [dt.datetime(2024, 3, 1, 10, 0, 5), None]}
    frame = pd.DataFrame({**STARTS, **moments, "score": [1.0, "a"]})
    pyreadstat.write_dta(
        frame, tmp_path / "a.dta", column_labels={"score": "Score"}, missing_user_values={"score": ["a"]},
        variable_value_labels={"score": {1: "een", "a": "weet niet"}},
    )  # fmt: skip
    table = read_table(tmp_path / "a.dta")
    assert table.frame.drop(columns=list(STARTS)).to_dict("list") == {
        "dag": ["2024-03-01", ""],
        "moment": ["2024-03-01T10:00:05", ""],
        "score": ["1", ""],
    }
    assert (question_texts(table), value_labels(table)) == ({"score": "Score"}, {"score": {"1": "een"}})
    types = {name: str(table.about(name).type) for name in ("dag", "moment", "score")}
    assert types == {"dag": "date32[day]", "moment": "timestamp[us]", "score": "double"}


@pytest.mark.parametrize("version", [114, 117, 118])
def test_stata_files_of_all_ages_are_known(tmp_path, version):
    frame = pd.DataFrame({"nr": ["a"], "klein": np.array([0.1], dtype=np.float32)})
    frame.to_stata(tmp_path / "a.dta", write_index=False, version=version)
    assert read_table(tmp_path / "a.dta").frame.values.tolist() == [["a", "0.1"]]
