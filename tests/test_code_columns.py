"""Files with a column per code: one odd cell never makes a code vanish, and nobody's silence becomes a no."""

import pandas as pd
import pyreadstat
import pytest
from conftest import run
from test_import import RESPONSES, annotations, bring_in, codebook, codes, put, refusal

from themawijzer.commands.import_ import Labelling, import_file
from themawijzer.commands.init import init_survey
from themawijzer.errors import InputError
from themawijzer.project.labelled import LabelledColumns

HEADER = "nr;Spoor;Fiets\n"


@pytest.fixture
def root(tmp_path):
    init_survey(tmp_path, "proef", put(tmp_path, RESPONSES, "uitvoer.csv"), respondent_id="nr", columns=["V1"])
    return tmp_path


def given(root):
    return {row["respondent_id"]: row["codes"] for row in annotations(root)}


def import_spss(root, frame, **about):
    pyreadstat.write_sav(pd.DataFrame(frame), root / "gelabeld.sav", **about)
    return import_file(root, "proef", root / "gelabeld.sav", LabelledColumns(), Labelling("thema", coder="anna"))


@pytest.mark.parametrize(
    ("cells", "row", "column", "problem"),
    [
        (["1;0", "9;1", "0;0"], 3, "Spoor", "this says neither yes nor no"),
        (["1;0", "0;1", "0;2"], 4, "Fiets", "this says neither yes nor no"),
        (["ja;nee", "nee;weet ik niet", "nee;ja"], 3, "Fiets", "this says neither yes nor no"),
        (["2;0", "1;1", "1;0"], 2, "Spoor", "this says neither yes nor no: of 1 and 2 nobody can tell which is yes"),
        (["1;0", "1;1", "9;2"], 4, "Fiets", "this says neither yes nor no"),
    ],
)
def test_a_cell_that_says_neither_yes_nor_no_is_named_with_a_way_out(root, cells, row, column, problem):
    text = HEADER + "".join(f"{nr};{cell}\n" for nr, cell in zip(("007", "8", "9"), cells, strict=True))
    error = refusal(root, text)
    assert (error.row, error.column, error.problem) == (row, column, problem)
    assert "name the columns that are: --code-column" in error.expected


def test_a_code_of_the_codebook_is_never_left_out(root):
    bring_in(root, HEADER + "007;1;0\n8;0;1\n")
    for header in ("spoor", "SPOOR"):
        error = refusal(root, f"nr;{header};Fiets\n007;2;0\n8;3;1\n")
        assert (error.row, error.column) == (2, header)


@pytest.mark.parametrize("word", ["NA", "null", "n/a", "#N/A", "NaN", "."])
def test_na_is_no_answer_about_a_code_and_never_a_no(root, word):
    done = bring_in(root, HEADER + f"007;1;0\n8;{word};0\n9;{word};{word}\n")
    assert codes(root) == [("007", "meer treinen", "spoor")]
    assert [(row.number, row.open_column) for row in done.undecided] == [(3, "Spoor")]
    assert (done.n_none, done.n_left_out) == (0, 1)


def test_an_empty_cell_beside_no_is_not_decided_and_without_any_no_it_is_one(root):
    done = bring_in(root, "nr;Spoor;Fiets;Bus\n007;1;;x\n8;;0;\n9;1;1;\n")
    assert given(root) == {"8": "", "9": "fiets|spoor"}
    assert [(row.number, row.open_column) for row in done.undecided] == [(2, "Fiets")]


def test_columns_of_1_and_na_only_have_their_no_in_na(root):
    bring_in(root, HEADER + "007;1;NA\n8;NA;1\n9;NA;NA\n")
    assert given(root) == {"007": "spoor", "8": "fiets"}


@pytest.mark.parametrize(("yes", "no"), [("1.0", "0.0"), ("1,0", "0,0"), ("Yes", "No"), ("genoemd", "niet genoemd")])
def test_what_statistics_and_survey_programs_write_for_yes_and_no_is_known(root, yes, no):
    bring_in(root, HEADER + f"007;{yes};{no}\n8;{no};{no}\n")
    assert given(root) == {"007": "spoor", "8": ""}


def test_a_random_sample_with_a_code_that_nobody_decided_is_refused_at_its_cell(root):
    error = refusal(root, HEADER + "007;1;0\n8;NA;0\n9;0;1\n", stream="random")
    assert (error.row, error.column) == (3, "Spoor")
    assert error.problem == "1 of 3 rows of the random sample have an answer of which not every code was decided"
    assert "import them without --random-sample" in error.expected


def test_an_empty_cell_says_no_where_that_is_stated(root):
    bring_in(root, HEADER + "007;1;0\n8;;0\n", stream="random", empty_means_none=True)
    assert given(root) == {"007": "spoor", "8": ""}


def test_na_is_not_empty_where_empty_says_no(root):
    done = bring_in(root, HEADER + "007;1;\n8;NA;NA\n9;;\n", empty_means_none=True)
    assert (given(root), done.n_left_out) == ({"007": "spoor", "9": ""}, 1)
    done = bring_in(root, "nr;thema\n007;Spoor\n8;NA\n9;\n", labels="thema", empty_means_none=True)
    assert (done.n_known, done.n_left_out) == (2, 1)


def test_columns_that_are_named_are_the_codes_and_all_others_are_told(root):
    text = "nr;Spoor;vrouw;lid;Fiets\n007;1;1;2;0\n8;0;0;1;1\n"
    done = bring_in(root, text, codes=["Spoor", "Fiets"])
    assert (list(done.labelled.code_columns), done.labelled.other_columns) == (["Spoor", "Fiets"], ["vrouw", "lid"])
    assert codebook(root).codeframe("thema").code_ids == ["fiets", "spoor"]


def test_a_column_that_is_named_must_say_yes_or_no(root):
    error = refusal(root, "nr;Spoor;lid\n007;1;2\n8;0;1\n", codes=["Spoor", "lid"])
    assert (error.row, error.column) == (2, "lid")


def test_scales_texts_and_groups_are_no_codes(root):
    text = "nr;Spoor;rapportcijfer;opmerking;leeftijd\n007;1;1;nee hoor;41\n8;0;5;;1\n9;0;3;;72\n"
    done = bring_in(root, text)
    assert (list(done.labelled.code_columns), done.labelled.other_columns) == (
        ["Spoor"],
        ["rapportcijfer", "opmerking", "leeftijd"],
    )


def test_labels_in_a_column_and_columns_of_codes_are_not_mixed(root):
    assert "in cells or above columns" in refusal(root, "nr;thema;x\n8;a;1\n", labels="thema", codes=["x"]).problem


def test_two_columns_of_one_code_are_refused(root):
    error = refusal(root, "nr;Spoor;spoor\n007;1;0\n")
    assert (error.problem, error.row) == ("columns 2 and 3 are of the same code", 1)


def test_a_code_without_a_column_is_told(root):
    bring_in(root, HEADER + "007;1;1\n")
    done = bring_in(root, "nr;Spoor;Bus\n8;1;0\n")
    assert done.absent_codes == ["fiets"]


@pytest.mark.parametrize("cells", [("Spoor", ""), ("spoor ", "NA")])
def test_a_cell_with_the_name_of_its_column_says_yes(root, cells):
    """Qualtrics, SurveyMonkey and forms write the words of what was ticked."""
    yes, no = cells
    bring_in(root, HEADER + f"007;{yes};{no}\n8;{no};FIETS\n9;;\n")
    assert given(root) == {"007": "spoor", "8": "fiets"}


@pytest.mark.parametrize("no", ["", "0"])
def test_a_column_with_the_number_of_its_code_is_refused(root, no):
    error = refusal(root, HEADER + f"007;1;{no}\n8;{no};2\n9;{no};2\n")
    assert (error.row, error.column) == (3, "Fiets")


def test_what_the_survey_declares_missing_was_not_decided(root):
    survey = root / "surveys/proef/survey.toml"
    survey.write_text(survey.read_text().replace("[[question]]", '[missing]\nvalues = ["-99"]\n\n[[question]]', 1))
    done = bring_in(root, HEADER + "007;1;0\n8;-99;1\n")
    assert (given(root), [row.number for row in done.undecided]) == ({"007": "spoor"}, [3])
    assert bring_in(root, "nr;thema\n8;-99\n9;Spoor\n", labels="thema").n_left_out == 1


# SPSS


def test_the_labels_of_values_say_which_is_yes(root):
    frame = {"nr": ["007", "8", "9"], "Spoor": [1.0, 2.0, 2.0], "Fiets": [0.0, 1.0, 0.0], "Bus": [1.0, 2.0, 1.0]}
    words = {
        "Spoor": {1: "Ja", 2: "Nee", 9: "Niet gevraagd"}, "Fiets": {0: "ja", 1: "nee"},
        "Bus": {1: "Bus", 2: "Niet genoemd"},
    }  # fmt: skip
    import_spss(root, frame, variable_value_labels=words)
    assert given(root) == {"007": "bus|fiets|spoor", "8": "", "9": "bus|fiets"}


def test_what_the_file_declares_missing_was_not_decided(root):
    frame = {"nr": ["007", "8", "9"], "Spoor": [1.0, 9.0, 0.0]}
    done = import_spss(root, frame | {"Fiets": [0.0, 1.0, 1.0]}, missing_ranges={"Spoor": [9]})
    assert given(root) == {"007": "spoor", "9": "fiets"}
    assert [row.number for row in done.undecided] == [3]


def test_variables_of_a_multiple_response_set_are_codes_with_their_labels(root):
    frame = {"nr": ["007", "8"], "v1_1": [1.0, 0.0], "v1_2": [0.0, 1.0]}
    texts = ["", "Spoor en trein", "Fiets"]
    done = import_spss(root, frame, column_labels=texts)
    assert [(code.id, code.label) for code in codebook(root).codeframe("thema").codes] == [
        ("fiets", "Fiets"), ("spoor_en_trein", "Spoor en trein"),
    ]  # fmt: skip
    assert list(done.labelled.code_columns) == ["v1_1", "v1_2"]
    assert import_spss(root, frame, column_labels=texts).n_known == 2


def test_the_question_before_the_labels_of_variables_is_no_part_of_them(root):
    texts = ["", "Wat wilt u? - Spoor en trein: vaker", "Wat wilt u? - Fiets"]
    import_spss(root, {"nr": ["007"], "v1_1": [1.0], "v1_2": [1.0]}, column_labels=texts)
    assert codebook(root).codeframe("thema").code_ids == ["fiets", "spoor_en_trein_vaker"]


def test_variables_that_share_one_label_are_called_by_their_names(root):
    import_spss(root, {"nr": ["007"], "Spoor": [1.0], "Fiets": [1.0]}, column_labels=["", "Wat wilt u?", "Wat wilt u?"])
    assert codebook(root).codeframe("thema").code_ids == ["fiets", "spoor"]


def test_a_variable_of_other_words_is_no_code_and_with_0_and_1_it_is_asked_about(root):
    frame = {"nr": ["007", "8"], "Spoor": [1.0, 0.0], "sekse": [1.0, 2.0]}
    done = import_spss(root, frame, variable_value_labels={"sekse": {1: "man", 2: "vrouw"}})
    assert done.labelled.other_columns == ["sekse"]
    frame |= {"lid": [0.0, 1.0]}
    with pytest.raises(InputError, match="do not say that 1 is yes") as caught:
        import_spss(root, frame, variable_value_labels={"sekse": {1: "man"}, "lid": {0: "elders", 1: "hier"}})
    assert caught.value.column == "lid"


def test_the_command_takes_columns_of_codes_and_tells_of_all_others(root):
    file = put(root, "nr;Spoor;Fiets;vrouw;leeftijd\n007;1;0;1;35\n8;0;NA;0;41\n")
    told = run(
        "import", "proef", file, "--codeframe", "thema", "--code-column", "Spoor", "--code-column", "Fiets", root=root
    )
    assert told.startswith("Columns with codes (--code-column names others): Spoor, Fiets.\nColumns without: vrouw, l")
    assert "1 rows in which not every code was decided (row 3, column Fiets is the first) were left out." in told
