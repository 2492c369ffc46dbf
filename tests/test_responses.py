import pytest

from themawijzer.errors import InputError
from themawijzer.survey.responses import read_responses
from themawijzer.survey.survey import Survey

QUESTION = {"id": "v1", "column": "V1_open", "text": "Wat vindt u?"}
SURVEY = {"title": "Proef", "responses": "responses.csv", "respondent_id": "respnr", "question": [QUESTION]}


def survey(**more):
    return Survey.model_validate(SURVEY | more)


def put(folder, content):
    path = folder / "responses.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path, **more):
    with pytest.raises(InputError) as caught:
        read_responses(survey(**more), path)
    assert caught.value.file == path
    return caught.value


def test_responses_come_with_their_ids_and_answers_as_typed(tmp_path):
    path = put(tmp_path, 'respnr;V1_open;extra\n007;" ja, ""en"" ";x\n08;;y\n9;-;z\n')
    responses = read_responses(survey(), path)
    assert (len(responses), responses.respondent_ids) == (3, ["007", "08", "9"])
    assert responses.answers("V1_open", 0, 2) == [' ja, "en" ', ""]
    assert responses.answers("V1_open", 2, 99) == ["-"]
    assert list(responses.table.frame.columns) == ["respnr", "V1_open", "extra"]


@pytest.mark.parametrize("content", ["respnr;V1_open\n", "respnr;V1_open\n\n\n"])
def test_a_header_alone_is_no_survey(tmp_path, content):
    error = refusal(put(tmp_path, content))
    assert (error.problem, error.expected) == ("no rows", "A header and at least one row below it.")


@pytest.mark.parametrize(
    ("header", "column", "expected"),
    [
        (
            "respnr;V1_opn;V2_open",
            "V1_open",
            "Nearest names in the file: B V1_opn; C V2_open.\nAll columns: A respnr; B V1_opn; C V2_open.",
        ),
        ("a;b;c", "respnr", "All columns: A a; B b; C c."),
        ("1;geheim;3", "respnr", "Row 1 must hold the column names; this file has 3 columns."),
    ],
)
def test_a_missing_column_is_named_with_the_nearest_that_exist(tmp_path, header, column, expected):
    error = refusal(put(tmp_path, f"{header}\n1;2;3\n"))
    assert (error.problem, error.row, error.column) == ("this column does not exist", 1, column)
    assert error.expected == expected


@pytest.mark.parametrize("header", ["RESPNR;V1_open;x", "respnr;v1_OPEN;x", '"respnr ";"V1_open\n";x'])
def test_columns_that_read_the_same_are_found_and_keep_their_name(tmp_path, header):
    responses = read_responses(survey(), put(tmp_path, f"{header}\n1;2;3\n"))
    assert (responses.respondent_ids, responses.answers("V1_open", 0, 1)) == (["1"], ["2"])
    assert [responses.survey.respondent_id, responses.survey.questions[0].column] == list(responses.table.frame)[:2]


@pytest.mark.parametrize("setting", [{"weight": "weging"}, {"background": ["provincie", "weging"]}])
def test_weight_and_background_must_exist_too(tmp_path, setting):
    assert refusal(put(tmp_path, "respnr;V1_open;provincie\n1;2;3\n"), **setting).column == "weging"


@pytest.mark.parametrize(
    ("ids", "row", "problem"),
    [
        (["1", "2", "1", "2"], 4, "this respondent id also stands in row 2"),
        (["1", "01", "2", "01"], 5, "this respondent id also stands in row 3"),
        (["1", "", "2", ""], 3, "the respondent id is empty"),
        (["1", "2", "  "], 4, "the respondent id is empty"),
    ],
)
def test_every_respondent_has_an_id_and_one_row(tmp_path, ids, row, problem):
    rows = [f'{each};"regel een\nregel twee"\n' for each in ids]
    error = refusal(put(tmp_path, "respnr;V1_open\n" + "".join(rows)))
    assert (error.problem, error.row, error.column) == (problem, row, "respnr")


def test_ids_that_only_look_alike_are_different(tmp_path):
    path = put(tmp_path, "respnr;V1_open\n7;a\n07;b\n007;c\n")
    assert read_responses(survey(), path).respondent_ids == ["7", "07", "007"]


@pytest.mark.parametrize("weight", ["1", "0", "0.85", "0,85", " 1,5 ", ".85", ",85", "12.000"])
def test_a_weight_is_a_number_with_a_point_or_a_comma(tmp_path, weight):
    path = put(tmp_path, f"respnr;V1_open;w\n1;a;{weight}\n")
    assert read_responses(survey(weight="w"), path).answers("w", 0, 1) == [weight]


def test_weights_are_numbers_however_they_are_written_and_one_without(tmp_path):
    path = put(tmp_path, "respnr;V1_open;w\n1;a;0,85\n2;b; 1.5 \n3;c;2\n")
    assert read_responses(survey(weight="w"), path).weights(0, 99).tolist() == [0.85, 1.5, 2]
    assert read_responses(survey(), path).weights(1, 3).tolist() == [1, 1]


@pytest.mark.parametrize("weight", ["", "-1", "1.000,5", "1e3", "een", "1.", "NA", "½", "٣"])
def test_any_other_weight_is_named_by_row_and_column(tmp_path, weight):
    error = refusal(put(tmp_path, f"respnr;V1_open;w\n1;a;1\n2;b;{weight}\n3;c;x\n"), weight="w")
    problem = "this weight is not a number" if weight else "the weight is empty"
    assert (error.problem, error.row, error.column) == (problem, 3, "w")
    assert error.expected == "A weight is a number such as 0.85 or 0,85; 0 counts for nothing."


@pytest.mark.parametrize("weight", ["9" * 400, "1000000,5"])
def test_a_weight_that_would_outweigh_all_others_is_refused(tmp_path, weight):
    error = refusal(put(tmp_path, f"respnr;V1_open;w\n1;a;1000000\n2;b;{weight}\n"), weight="w")
    assert (error.problem, error.row, error.column) == ("this weight is too large", 3, "w")
    assert error.expected == "A weight is a number such as 0.85, and at most 1,000,000."


def test_the_survey_overrides_how_the_file_is_read(tmp_path):
    path = put(tmp_path, "respnr|V1_open\n1|Ã©\n".encode("cp1252"))
    assert read_responses(survey(), path).answers("V1_open", 0, 1) == ["é"]
    dialect = {"encoding": "cp1252", "delimiter": "|"}
    assert read_responses(survey(dialect=dialect), path).answers("V1_open", 0, 1) == ["Ã©"]
    assert refusal(path, dialect={"delimiter": ","}).problem == "this column does not exist"


@pytest.mark.parametrize(
    "content",
    [
        "respnr;V1_open;w\n1;geheim;1\n1;geheim;1\n",
        "respnr;V1_open;w\ngeheim;a;1\ngeheim;b;1\n",
        "respnr;V1_open;w\n1;a;geheim\n",
        "1;geheim;0,5\n2;a;1\n",
    ],
)
def test_errors_hold_nothing_that_a_respondent_wrote(tmp_path, content):
    assert "geheim" not in str(refusal(put(tmp_path, content), weight="w"))


def test_a_file_of_one_column_says_so(tmp_path):
    assert refusal(put(tmp_path, "1\n2\n")).expected == "Row 1 must hold the column names; this file has 1 column."
