"""What another program wrote, or ours, reads back: files in other formats, and those in which people code."""

from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from themawijzer.coding.drawing import Candidate
from themawijzer.coding.review import ReviewItem, ReviewReason
from themawijzer.output.csv_tables import write_sample
from themawijzer.output.dataset import DatasetWriter, Format
from themawijzer.survey.annotations import Unit
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.responses import check_responses
from themawijzer.survey.returned import SHORTENED, read_returned, with_codes
from themawijzer.survey.survey import Survey
from themawijzer.tables.cells import guard, unguard
from themawijzer.tables.delimited import columns_of
from themawijzer.tables.table import Table, read_table

quick = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
text = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("=+-@'\t\r\n\",;|0"), max_size=10
)
filled = text.filter(str.strip)


@st.composite
def frames(draw, cell=text, name=filled):
    names = draw(st.lists(name, min_size=1, max_size=4, unique_by=str.lower))
    rows = draw(st.lists(st.lists(cell, min_size=len(names), max_size=len(names)), min_size=1, max_size=4))
    return pd.DataFrame(rows, columns=names, dtype=str)


# Formats of other programs


@quick
@given(frames())
def test_text_in_a_parquet_file_reads_back(tmp_path, frame):
    frame.to_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(read_table(tmp_path / "a.parquet").frame, frame, check_dtype=False)


# Excel itself escapes what XML cannot hold; what openpyxl does not is left out here.
excel_text = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]) | st.sampled_from("=+-@'\t\n\",;|0"),
    max_size=10,
)


@quick
@given(frames(excel_text.filter(lambda cell: not cell.startswith("=")), excel_text.filter(str.strip)))
def test_text_in_a_workbook_reads_back(tmp_path, frame):
    book = openpyxl.Workbook()
    for row, cells in enumerate([list(frame.columns), *frame.to_numpy().tolist()], start=1):
        for place, cell in enumerate(cells, start=1):
            book.active.cell(row, place).value = cell or None
            book.active.cell(row, place).data_type = "s"
    book.save(tmp_path / "a.xlsx")
    height = max((row for row, cells in enumerate(frame.to_numpy().tolist(), start=1) if any(cells)), default=0)
    assert read_table(tmp_path / "a.xlsx").frame.to_numpy().tolist() == frame.head(height).to_numpy().tolist()


# SPSS pads text with spaces, and has no other text that ends so.
spss_text = text.map(lambda cell: cell.rstrip(" "))
spss_names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,20}", fullmatch=True).filter(
    lambda name: name.upper() not in {"ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"}
)


@quick
@given(frames(spss_text, spss_names))
def test_text_in_an_spss_file_reads_back(tmp_path, frame):
    pyreadstat.write_sav(frame, tmp_path / "a.sav")
    assert read_table(tmp_path / "a.sav").frame.to_numpy().tolist() == frame.to_numpy().tolist()


@given(frames())
def test_guards_come_off_as_they_went_on_also_those_of_names(frame):
    pd.testing.assert_frame_equal(unguard(pd.DataFrame(guard(columns_of(frame))[0])), frame)


# Files in which people code


CODES = [
    {"id": code, "value": value, "label": code, "definition": "d"} for value, code in enumerate(("a", "b"), start=1)
]
CODEBOOK = Codebook.model_validate(
    {"title": "p", "version": "1.0.0", "codeframe": [{"id": "thema", "label": "Thema", "code": CODES}]}
)
QUESTION = {"id": "v1", "column": "V1", "text": "?", "codeframes": ["thema"]}
SURVEY = Survey.model_validate({"title": "p", "responses": "r.csv", "respondent_id": "nr", "question": [QUESTION]})
STYLES = pytest.mark.parametrize("style", [Format(), Format(for_dutch_excel=True)], ids=["machines", "excel-nl"])
answers = st.dictionaries(
    filled.filter(lambda cell: not SHORTENED.fullmatch(cell.strip())), filled, min_size=1, max_size=4
)


def fill_in(path: Path, codes: str) -> list[tuple[Unit, str, str]]:
    """What comes back when all rows get these codes: unit, answer and stream."""
    table = with_codes(read_table(path), CODEBOOK)
    table.frame["codes"] = codes
    returned = read_returned(table, CODEBOOK, None, ["v1"])
    assert all(each.codes == set(codes.split("|")) - {"geen"} for each in returned.annotations.values())
    return [(each.unit, each.text, each.stream) for each in returned.annotations.values()]


@STYLES
@quick
@given(answers, st.sampled_from(["a", "a|b", "geen"]))
def test_a_sample_comes_back_with_the_answers_that_were_drawn(tmp_path, style, answers, codes):
    drawn = [Candidate(respondent_id, "v1", text, ("thema",)) for respondent_id, text in answers.items()]
    write_sample(tmp_path / "sample.csv", drawn, "1.0.0", style)
    assert fill_in(tmp_path / "sample.csv", codes) == [
        (Unit(each.respondent_id, "v1", "thema"), each.text, "random") for each in drawn
    ]


@STYLES
@quick
@given(answers, st.sampled_from(["a", "a|b", "geen"]))
def test_a_review_comes_back_with_the_answers_that_were_on_the_list(tmp_path, style, answers, codes):
    frame = pd.DataFrame({"nr": answers.keys(), "V1": answers.values()}, dtype=str)
    responses = check_responses(SURVEY, Table(path=tmp_path / "r.csv", values=frame))
    question, codeframe = SURVEY.questions[0], CODEBOOK.codeframes[0]
    items = [ReviewItem(ReviewReason.UNLIKE, 0.0, row, question, codeframe, ("a",), ()) for row in range(len(frame))]
    with DatasetWriter(tmp_path / "coded", responses, CODEBOOK, style) as writer:
        writer.add_review(items, {})
    assert fill_in(tmp_path / "coded/review.csv", codes) == [
        (Unit(respondent_id, "v1", "thema"), text, "review") for respondent_id, text in answers.items()
    ]
