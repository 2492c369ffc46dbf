import csv
import re

import pandas as pd
import pyreadstat
import pytest
from conftest import gold_of, run

from themawijzer.commands.import_ import Labelling, import_file
from themawijzer.commands.init import init_survey
from themawijzer.errors import InputError
from themawijzer.project import returning
from themawijzer.project.labelled import LabelledColumns
from themawijzer.project.project import open_project
from themawijzer.survey.annotations import COLUMNS, Unit
from themawijzer.survey.codebook import TO_BE_FILLED_IN

RESPONSES = "nr;V1\n007;meer treinen\n8;de fiets\n9;meer treinen\n10;\n"


def put(folder, text, name="gelabeld.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.fixture
def root(tmp_path):
    init_survey(tmp_path, "proef", put(tmp_path, RESPONSES, "uitvoer.csv"), respondent_id="nr", columns=["V1"])
    return tmp_path


def bring_in(
    root, text, /, *, name="gelabeld.csv", codeframe="thema", question=None, coder="anna", stream="import", labels=(),
    coder_column=None, **columns,
):  # fmt: skip
    path = put(root, text, name)
    columns["labels"] = [labels] if isinstance(labels, str) else labels or ()
    columns["coder"] = coder_column
    labelling = Labelling(codeframe_id=codeframe, question_id=question, coder=coder, stream=stream)
    return import_file(root, "proef", path, LabelledColumns(**columns), labelling)


def contents(root):
    files = [path for path in root.rglob("*") if path.is_file() and path.parent != root and path.name != ".lock"]
    return {path: path.read_bytes() for path in files}


def refusal(root, text, /, **options):
    """What is refused; no file of the survey may have changed."""
    before = contents(root)
    with pytest.raises(InputError) as caught:
        bring_in(root, text, **options)
    assert contents(root) == before
    return caught.value


def annotations(root, coder="anna"):
    with (root / "annotations" / "proef" / f"{coder}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codes(root, coder="anna"):
    return [(row["respondent_id"], row["text"], row["codes"]) for row in annotations(root, coder)]


def codebook(root):
    return open_project(root, "proef").codebook


# Labels in one column


def test_labels_in_one_column_become_annotations_and_codes(root):
    done = bring_in(root, "nr;thema\n007;Spoor|Vaker rijden\n8;Fiets\n9;geen\n", labels="thema")
    assert codes(root) == [
        ("007", "meer treinen", "spoor|vaker_rijden"),
        ("8", "de fiets", "fiets"),
        ("9", "meer treinen", ""),
    ]
    assert (done.n_added, done.n_none, done.n_left_out, list(done.labelled.code_columns)) == (3, 1, 0, [])
    assert done.new_codes == ["fiets", "spoor", "vaker_rijden"]
    assert [(code.id, code.value, code.label, code.definition) for code in codebook(root).codeframes[0].codes] == [
        ("fiets", 1, "Fiets", TO_BE_FILLED_IN),
        ("spoor", 2, "Spoor", TO_BE_FILLED_IN),
        ("vaker_rijden", 3, "Vaker rijden", TO_BE_FILLED_IN),
    ]


def test_every_annotation_says_where_it_came_from(root):
    done = bring_in(root, "nr;thema\n8;Fiets\n", labels="thema")
    (row,) = annotations(root)
    assert list(row) == COLUMNS
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row.pop("annotated_at"))
    assert row == {
        "respondent_id": "8", "question": "v1", "codeframe": "thema", "codes": "fiets", "text": "de fiets",
        "codebook_version": "1.1.0", "stream": "import", "note": "",
    }  # fmt: skip
    assert done.annotations_file == root / "annotations" / "proef" / "anna.csv"
    assert codebook(root).version == "1.1.0"


@pytest.mark.parametrize("separator", [";", ", ", "/", "||"])
def test_labels_are_separated_by_what_is_given(root, separator):
    bring_in(root, f'nr\tthema\n8\t" Fiets {separator} Spoor{separator}"\n', labels="thema", separator=separator)
    assert codes(root) == [("8", "de fiets", "fiets|spoor")]


def test_an_empty_cell_means_that_nobody_coded_the_answer_yet(root):
    done = bring_in(root, "nr;thema\n007;\n8; | \n9;Spoor\n", labels="thema")
    assert codes(root) == [("9", "meer treinen", "spoor")]
    assert (done.n_added, done.n_none, done.n_left_out) == (1, 0, 2)


@pytest.mark.parametrize("cell", ["geen", "Geen", " GEEN |", "geen|Geen"])
def test_the_word_for_no_code_is_no_code(root, cell):
    done = bring_in(root, f"nr;thema\n007;{cell}\n9;Spoor\n", labels="thema")
    assert codes(root) == [("007", "meer treinen", ""), ("9", "meer treinen", "spoor")]
    assert (done.n_none, done.new_codes, codebook(root).codeframe("thema").code_ids) == (1, ["spoor"], ["spoor"])


def test_a_column_with_the_word_for_no_code_makes_no_code(root):
    done = bring_in(root, "nr;Spoor;Geen\n007;1;0\n8;0;1\n9;;\n")
    assert codes(root) == [("007", "meer treinen", "spoor"), ("8", "de fiets", "")]
    assert (done.n_none, done.n_left_out, done.new_codes) == (1, 1, ["spoor"])


@pytest.mark.parametrize(
    ("text", "column"), [("nr;thema\n9;Spoor\n8;Fiets|geen\n", "thema"), ("nr;Fiets;geen\n9;1;0\n8;1;1\n", None)]
)
def test_the_word_for_no_code_stands_alone(root, text, column):
    error = refusal(root, text, labels=column)
    assert (error.problem, error.row, error.column) == ("geen stands beside another label", 3, column)


@pytest.mark.parametrize(
    ("cells", "row", "found", "likely"),
    [
        (["Spoor", "Fiets;Spoor", "Spoor;Fiets"], 3, ";", ";"),
        (["Spoor, Fiets", "Wonen/zorg, Spoor", ""], 2, ", and /", ","),
        (["Wonen, zorg", "Spoor/Fiets", "Fiets/Spoor"], 3, ", and /", "/"),
    ],
)
def test_labels_that_seem_to_have_another_separator_are_refused(root, cells, row, found, likely):
    text = "nr\tthema\n" + "".join(f"{nr}\t{cell}\n" for nr, cell in zip(("007", "8", "9"), cells, strict=True))
    error = refusal(root, text, labels="thema")
    assert (error.problem, error.row, error.column) == (
        f"no cell holds the separator |, but some hold {found}",
        row,
        "thema",
    )
    assert error.expected == (
        f'Give what stands between labels, such as --separator "{likely}"; '
        '--separator "|" where such a cell is one label.'
    )


def test_a_separator_that_is_given_is_not_doubted(root):
    done = bring_in(root, "nr\tthema\n8\tWonen, zorg\n", labels="thema", separator="|")
    assert done.new_codes == ["wonen_zorg"]


def test_one_cell_with_the_usual_separator_is_enough(root):
    done = bring_in(root, "nr\tthema\n007\tSpoor|Fiets\n8\tWonen, zorg\n", labels="thema")
    assert done.new_codes == ["fiets", "spoor", "wonen_zorg"]


def test_labels_of_known_codes_are_found_by_id_and_by_label_in_any_case(root):
    bring_in(root, "nr;thema\n8;Vaker rijden\n", labels="thema")
    done = bring_in(root, "nr;thema\n007;vaker_rijden\n8;VAKER RIJDEN\n9;Vaker rijden\n", labels="thema")
    assert (done.new_codes, codebook(root).version) == ([], "1.1.0")
    assert [row["codes"] for row in annotations(root)] == ["vaker_rijden"] * 3  # that of 8 was there


def test_one_label_in_two_spellings_is_one_code(root):
    done = bring_in(root, "nr;thema\n007;Spoor\n8;spoor\n9;SPOOR|spoor\n", labels="thema")
    assert done.new_codes == ["spoor"]
    assert [row["codes"] for row in annotations(root)] == ["spoor"] * 3


# One column per code


@pytest.mark.parametrize(
    ("yes", "no"),
    [("1", "0"), ("ja", "nee"), ("Ja", ""), ("x", ""), (" X ", "0"), ("TRUE", "FALSE"), ("WAAR", "ONWAAR"), ("j", "n")],
)
def test_columns_of_yes_and_no_are_codes(root, yes, no):
    done = bring_in(root, f"nr;Spoor;Fiets!;opmerking\n007;{yes};{no};1 keer\n8;{no};{yes};\n9;{no};{no};\n")
    assert list(done.labelled.code_columns) == ["Spoor", "Fiets!"]
    none_applies = [""] if no else []  # a row without any yes or no was not coded
    assert [row["codes"] for row in annotations(root)] == ["spoor", "fiets", *none_applies]
    assert [code.label for code in codebook(root).codeframe("thema").codes] == ["Fiets!", "Spoor"]


def test_empty_columns_texts_and_ids_are_no_codes(root):
    done = bring_in(root, "id;tekst;Spoor;leeg\n1;ja;1;\n0;nee;0;\n", id="id", text="tekst")
    assert list(done.labelled.code_columns) == ["Spoor"]
    assert codes(root) == [("1", "ja", "spoor"), ("0", "nee", "")]


def test_the_surveys_own_columns_are_no_codes(root):
    bring_in(root, "nr;V1;Spoor\n1;ja;1\n0;nee;0\n")
    assert codes(root) == [("1", "ja", "spoor"), ("0", "nee", "")]


def test_a_file_without_columns_of_codes_is_refused(root):
    error = refusal(root, "nr;Spoor\n007;4\n8;7\n")
    assert (error.problem, error.row) == ("there are no columns with codes", 1)
    assert error.expected == "Give --labels-column, or one column per code with 1 (yes) and 0 (no)."


# Which answer a row is about


def test_answers_in_the_file_outrank_those_of_the_survey(root):
    bring_in(root, "nr;antwoord;thema\n007;anders getypt;Spoor\n", labels="thema", text="antwoord")
    assert codes(root) == [("007", "anders getypt", "spoor")]


def test_answers_are_taken_from_the_column_of_the_question(root):
    bring_in(root, "nr;V1;thema\nelders;uit 2019;Spoor\n", labels="thema")
    assert codes(root) == [("elders", "uit 2019", "spoor")]


def test_without_ids_a_text_leads_to_each_respondent_who_typed_it(root):
    text = "V1;thema\nmeer treinen;Spoor\nde fiets;Fiets\nmeer treinen;geen\nmeer treinen;Spoor\nonbekend;Fiets\n"
    bring_in(root, text, labels="thema")
    assert codes(root) == [
        ("007", "meer treinen", "spoor"),
        ("8", "de fiets", "fiets"),
        ("9", "meer treinen", ""),
        ("afc7850592c9:3", "meer treinen", "spoor"),
        ("433e36b005ec:1", "onbekend", "fiets"),
    ]


def test_rows_without_an_answer_are_left_out_and_counted(root):
    done = bring_in(root, "nr;thema\n10;Spoor\n8;Fiets\n", labels="thema")
    assert (done.n_added, done.n_left_out) == (1, 1)
    assert [row["respondent_id"] for row in annotations(root)] == ["8"]


def test_ids_come_from_the_column_that_is_given(root):
    bring_in(root, "nr;oud;thema\n1;8;Fiets\n", labels="thema", id="oud")
    assert codes(root) == [("8", "de fiets", "fiets")]


@pytest.mark.parametrize(
    ("text", "row", "column", "problem"),
    [
        ("nr;thema\n007;a\n8;b\n007;c\n", 4, "nr", "this respondent id also stands in row 2"),
        ("nr;thema\n007;a\n ;b\n", 3, "nr", "the respondent id is empty"),
        ("nr;thema\n8;a\n7;b\n", 3, None, "this respondent is not in the survey"),
        ("x;thema\n1;a\n", 1, None, "there are neither answers nor respondent ids"),
        ("nr;Themas\n8;a\n", 1, "thema", "this column does not exist"),
        ("nr;thema\n", None, None, "no rows"),
        ("nr;thema\n8\n", 2, None, "the row is too short"),
    ],
)
def test_a_file_that_does_not_fit_is_named_and_changes_nothing(root, text, row, column, problem):
    error = refusal(root, text, labels="thema")
    assert (error.problem, error.row, error.column) == (problem, row, column)
    assert error.file == root / "gelabeld.csv"


@pytest.mark.parametrize(("columns", "missing"), [({"id": "id"}, "id"), ({"text": "tekst"}, "tekst")])
def test_columns_that_are_given_must_exist(root, columns, missing):
    assert refusal(root, "nr;thema\n8;a\n", labels="thema", **columns).column == missing


def test_an_empty_separator_is_refused(root):
    error = refusal(root, "nr;thema\n8;a\n", labels="thema", separator="")
    assert (error.problem, error.column) == ("the separator is empty", "thema")


# Whose annotations, of what


@pytest.mark.parametrize("coder", ["../x", "a/b", "", "..", ".anna", "anna\n", "C:x"])
def test_a_coder_cannot_have_a_name_that_leads_elsewhere(root, coder):
    assert "cannot be the name" in refusal(root, "nr;thema\n8;Fiets\n", labels="thema", coder=coder).problem


def test_an_adjudicators_labels_outrank_those_of_coders(root):
    bring_in(root, "nr;thema\n8;Fiets\n", labels="thema")
    bring_in(root, "nr;thema\n8;Spoor\n", labels="thema", coder="adjudicated")
    gold = gold_of(root, Unit("8", "v1", "thema"))
    assert (gold.codes, gold.coders) == ({"spoor"}, ("adjudicated",))


@pytest.mark.parametrize(
    ("codeframe", "example"), [("Thema 2!", "thema_2"), ("../x", "x"), ("", "code"), ("x" * 41, "x" * 40)]
)
def test_a_new_codeframe_needs_an_id_that_can_be_a_column_name(root, codeframe, example):
    error = refusal(root, "nr;thema\n8;Fiets\n", labels="thema", codeframe=codeframe)
    assert error.problem == f"{codeframe!r} cannot be a codeframe's id"
    assert error.expected == f"Small letters, digits and underscores, such as {example}."


def test_a_new_codeframe_is_made_and_asked_of_the_question(root):
    bring_in(root, "nr;sector\n8;Bouw\n", labels="sector", codeframe="sector")
    project = open_project(root, "proef")
    assert project.survey.questions[0].codeframes == ["sector"]
    assert project.codebook.codeframe("sector").code_ids == ["bouw"]
    assert gold_of(root, Unit("8", "v1", "sector")).codes == {"bouw"}


@pytest.mark.parametrize(
    ("question", "problem", "expected"),
    [
        (None, "this survey has more than one question", "Give one with --question: v1, v2."),
        ("v3", "there is no question v3", "Known questions: v1, v2."),
    ],
)
def test_with_more_questions_one_must_be_given(root, question, problem, expected):
    path = root / "surveys" / "proef" / "survey.toml"
    path.write_text(path.read_text() + '\n[[question]]\nid = "v2"\ncolumn = "nr2"\ntext = "En?"\n')
    error = refusal(root, "nr;V1;thema\n8;x;Fiets\n", labels="thema", question=question)
    assert (error.problem, error.expected) == (problem, expected)


def test_labels_go_to_the_question_that_is_given(root):
    path = root / "surveys" / "proef" / "survey.toml"
    path.write_text(path.read_text() + '\n[[question]]\nid = "v2"\ncolumn = "nr2"\ntext = "En?"\n')
    put(root / "surveys" / "proef", "nr;V1;nr2\n8;een;tekst\n", "responses.csv")
    bring_in(root, "nr;nr2;thema\n8;tekst;Fiets\n", labels="thema", question="v2")
    assert [(row["question"], row["text"]) for row in annotations(root)] == [("v2", "tekst")]
    assert open_project(root, "proef").survey.questions[1].codeframes == ["thema"]


@pytest.mark.parametrize(("stream", "is_random"), [("import", False), ("random", True)])
def test_labels_are_a_random_sample_only_when_the_importer_says_so(root, stream, is_random):
    bring_in(root, "nr;thema\n8;Fiets\n", labels="thema", stream=stream)
    assert [row["stream"] for row in annotations(root)] == [stream]
    assert gold_of(root, Unit("8", "v1", "thema")).is_random is is_random


@pytest.mark.parametrize(
    ("text", "labels", "row", "column", "n"),
    [
        ("nr;thema\n007;Trein\n8;\n9;\n10;\n", "thema", 3, "thema", "2 of 4"),
        ("nr;Trein;Fiets\n007;1;0\n8;;\n", None, 3, "Trein", "1 of 2"),
    ],
)
def test_a_random_sample_of_which_part_has_no_label_is_refused_with_two_ways_out(root, text, labels, row, column, n):
    """Many tools leave blank what got no code; what was skipped is no random sample. Respondent 10 typed nothing."""
    error = refusal(root, text, labels=labels, stream="random")
    assert (error.row, error.column) == (row, column)
    assert error.problem == f"{n} rows of the random sample have an answer and an empty label"
    assert "--empty-means none" in error.expected
    assert "without --random-sample" in error.expected


@pytest.mark.parametrize("stream", ["random", "import"])
def test_an_empty_label_means_that_no_code_applies_where_the_importer_says_so(root, stream):
    done = bring_in(root, "nr;thema\n007;Trein\n8;\n10;\n", labels="thema", stream=stream, empty_means_none=True)
    assert codes(root) == [("007", "meer treinen", "trein"), ("8", "de fiets", "")]
    assert (done.n_none, done.n_left_out) == (1, 1)


def test_a_row_of_empty_columns_means_that_no_code_applies_where_the_importer_says_so(root):
    bring_in(root, "nr;Trein;Fiets\n007;1;0\n8;;\n", empty_means_none=True)
    assert codes(root) == [("007", "meer treinen", "trein"), ("8", "de fiets", "")]


# What the model coded

CODED = "nr;V1;v1_thema;v1_thema_status;v1_thema_trein;v1_thema_fiets;v1_thema_geen\n"
CODED += "007;meer treinen;Trein;coded;1;0;0\n8;de fiets;;review;;;\n9;meer treinen;Trein;coded;1;0;0\n"


def columns_of_coded(*names):
    rows = [line.split(";") for line in CODED.splitlines()]
    places = [rows[0].index(name) for name in names]
    return "\n".join(";".join(row[place] for place in places) for row in rows) + "\n"


@pytest.mark.parametrize(
    "names",
    [
        CODED.splitlines()[0].split(";"),
        ["v1_thema_geen", "v1_thema_fiets", "nr"],
        ["nr", "v1_thema_trein"],
        ["nr", "v1_thema_status", "v1_thema_fiets"],
    ],
)
@pytest.mark.parametrize("change", [str, str.upper, lambda text: text.replace(";", ",")])
def test_the_coded_dataset_is_refused_whatever_is_left_of_it(root, names, change):
    bring_in(root, "nr;thema\n8;Fiets\n9;Trein\n", labels="thema")
    error = refusal(root, change(columns_of_coded(*names)), name="hernoemd.csv", coder="codeur-2")
    assert error.problem.startswith("this column is as `themawijzer classify` writes it in the coded dataset")
    assert "review.csv" in error.expected


def test_the_coded_dataset_of_another_survey_is_refused_too(root):
    other = columns_of_coded("nr", "v1_thema", "v1_thema_status", "v1_thema_trein").replace(
        "v1_thema", "wens_onderwerp"
    )
    assert refusal(root, other).column == "wens_onderwerp_status"
    assert refusal(root, other, labels="wens_onderwerp").column == "wens_onderwerp_status"


def test_the_labels_alone_of_the_coded_dataset_are_refused_once_there_is_one(root):
    labels = "nr;v1_thema\n8;Fiets\n"
    bring_in(root, labels, labels="v1_thema")
    (root / "coded" / "proef").mkdir(parents=True)
    (root / "coded" / "proef" / "run.json").write_text("{}")
    assert refusal(root, labels, labels="v1_thema", coder="codeur-2").column == "v1_thema"


def test_a_system_file_keeps_telling_that_the_model_coded_it_when_its_variables_get_other_names(root, tmp_path):
    bring_in(root, "nr;thema\n8;Fiets\n9;Trein\n", labels="thema")
    words = {0: "niet toegekend", 1: "toegekend", 95: "een mens moet kijken", 99: "niet te beoordelen door het model"}
    frame = pd.DataFrame({"nr": ["8", "9"], "trein": [1.0, 0.0], "kort": [1.0, 0.0]})
    about = {"trein": words}
    pyreadstat.write_sav(frame, tmp_path / "a.sav", variable_value_labels=about)
    cut = ["", "", "Fiets (Thema, v1) [v1_thema_fiets]"]
    pyreadstat.write_sav(frame, tmp_path / "b.sav", column_labels=cut)
    for name, column in {"a.sav": "trein", "b.sav": "kort"}.items():
        with pytest.raises(InputError, match="the coded dataset") as caught:
            import_file(root, "proef", tmp_path / name, LabelledColumns(), Labelling("thema", coder="codeur-2"))
        assert caught.value.column == column


@pytest.mark.parametrize("kept", ["probability", "decision", "source"])
def test_the_models_codings_are_refused_whatever_is_left_of_them(root, kept):
    bring_in(root, "nr;thema\n8;Fiets\n9;Trein\n", labels="thema")
    cell = {"probability": "0,91", "decision": "auto", "source": "model"}[kept]
    for codes_column in ("code", "codes"):
        text = f"{kept};respondent_id;question;codeframe;{codes_column}\n{cell};8;v1;thema;fiets\n"
        with pytest.raises(InputError, match="these are codings of `themawijzer classify`") as caught:
            import_file(root, "proef", put(root, text), LabelledColumns(), Labelling(coder="codeur-2"))
        assert caught.value.column == kept


@pytest.mark.parametrize(
    ("header", "row", "column"),
    [
        ("respondent_id;question;codeframe;code;besluit", "8;v1;thema;fiets;auto", "besluit"),
        ("respondent_id;question;codeframe;code;bron", "8;v1;thema;fiets;model", "bron"),
        ("respondent_id;question;codeframe;code;label;evidence", "8;v1;thema;fiets;Fiets;de fiets", "evidence"),
    ],
)
def test_the_models_codings_are_refused_under_other_names(root, header, row, column):
    bring_in(root, "nr;thema\n8;Fiets\n9;Trein\n", labels="thema")
    with pytest.raises(InputError, match="these are codings of `themawijzer classify`") as caught:
        import_file(root, "proef", put(root, f"{header}\n{row}\n"), LabelledColumns(), Labelling(coder="codeur-2"))
    assert caught.value.column == column


@pytest.mark.parametrize("name", ["v1.thema.trein", "V1 thema trein"])
def test_the_coded_dataset_is_refused_with_other_signs_between_words(root, name):
    bring_in(root, "nr;thema\n8;Fiets\n9;Trein\n", labels="thema")
    assert refusal(root, columns_of_coded("nr", "v1_thema_trein").replace("v1_thema_trein", name)).column == name


def test_a_column_that_reads_as_our_statuses_tells_of_the_coded_dataset_under_any_name(root):
    text = "nr;labels;oordeel\n8;Fiets;coded\n9;;none_applies\n"
    assert refusal(root, text, labels="labels").column == "oordeel"


@pytest.mark.parametrize(
    "header", ["nr;trein;fiets", "nr;V1;thema_trein;thema_fiets", "nr;status;trein;fiets", "nr;v1_status;trein;fiets"]
)
def test_an_ordinary_file_is_not_taken_for_the_coded_dataset(root, header):
    bring_in(root, "nr;thema\n8;Fiets\n9;Trein\n", labels="thema")
    cells = {"nr": "8", "V1": "de fiets", "status": "1", "v1_status": "1"}
    row = ";".join(cells.get(name, "0") for name in header.split(";"))
    assert bring_in(root, f"{header}\n{row}\n", coder="codeur-2").n_added == 1


# What stays


def test_importing_the_same_file_twice_changes_nothing(root):
    text = "nr;thema\n007;Spoor|Vaker rijden\n8;Fiets\n9;geen\n"
    bring_in(root, text, labels="thema")
    before = contents(root)
    again = bring_in(root, text, labels="thema")
    assert contents(root) == before
    assert (again.n_added, again.n_known, again.n_replaced, again.new_codes) == (0, 3, 0, [])


def test_labels_that_were_coded_otherwise_since_do_not_come_back(root):
    for label in ("Spoor", "Fiets"):
        bring_in(root, f"nr;thema\n8;{label}\n", labels="thema")
    old = bring_in(root, "nr;thema\n8;Spoor\n", labels="thema")
    assert (old.n_added, old.n_known, old.n_replaced) == (0, 1, 1)
    assert gold_of(root, Unit("8", "v1", "thema")).codes == {"fiets"}


def test_labels_that_turn_out_to_be_a_random_sample_are_added_once_more(root):
    done = [bring_in(root, "nr;thema\n8;Fiets\n", labels="thema", stream=each) for each in ("import", "random")]
    assert [(each.n_added, each.n_random) for each in done] == [(1, 0), (1, 1)]


def test_another_import_adds_what_differs_and_changes_no_earlier_rows(root):
    first = bring_in(root, "nr;thema\n007;Spoor\n8;Fiets\n", labels="thema")
    before = first.annotations_file.read_bytes()
    files = contents(root)
    bring_in(root, "nr;thema\n007;Spoor\n8;Spoor\n", labels="thema")
    after = contents(root)
    assert after[first.annotations_file].startswith(before)
    assert {path for path in after if after[path] != files.get(path)} == {first.annotations_file}
    assert len(annotations(root)) == 3
    assert gold_of(root, Unit("8", "v1", "thema")).codes == {"spoor"}


def test_importing_the_same_texts_twice_finds_the_same_respondents(root):
    text = "V1;thema\nmeer treinen;Spoor\nmeer treinen;geen\nonbekend;Fiets\n"
    bring_in(root, text, labels="thema")
    assert bring_in(root, text, labels="thema").n_known == 3
    assert len(open_project(root, "proef").gold) == 3


def test_comments_in_both_files_survive(root):
    paths = (root / "surveys" / "proef" / "survey.toml", root / "annotations" / "proef" / "codebook.toml")
    for path in paths:
        path.write_text("# Eerst overleggen.\n" + path.read_text().replace('title = "', 'title  =  "') + "# Slot.\n")
    heads = [path.read_text().split('title  =  "')[0] for path in paths]
    bring_in(root, "nr;sector\n8;Bouw\n", labels="sector", codeframe="sector")
    for path, head in zip(paths, heads, strict=True):
        text = path.read_text()
        assert head.startswith("# Eerst overleggen.\n")
        assert text.startswith(head + 'title  =  "')
        assert "# Slot.\n" in text


def test_the_responses_are_never_written_to(root):
    path = root / "surveys" / "proef" / "responses.csv"
    bring_in(root, "V1;thema\nmeer treinen;Spoor\n", labels="thema")
    assert path.read_text() == RESPONSES


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("annotations/proef/anna.csv", "respondent_id\n8\n", "a column is missing"),
        ("annotations/proef/codebook.toml", 'titel = "x"\n', "unknown key `titel`"),
        ("surveys/proef/responses.csv", "nr;V1\n1;a\n1;b\n", "this respondent id also stands in row 2"),
    ],
)
def test_files_that_do_not_fit_are_found_before_anything_changes(root, name, content, problem):
    (root / name).write_text(content)
    error = refusal(root, "V1;thema\nde fiets;Fiets\n", labels="thema")
    assert (error.problem, error.file) == (problem, root / name)


def test_answers_that_look_like_formulas_come_back_as_typed(root):
    bring_in(root, 'nr;V1;thema\n1;"=1+1\n""x"", é";Spoor\n2;\'s avonds;geen\n', labels="thema")
    read = open_project(root, "proef").placed_annotations["anna"]
    assert [each.text for each in read] == ['=1+1\n"x", é', "'s avonds"]


def test_a_labelled_file_from_dutch_excel_is_read(root):
    done = bring_in(root, "nr;thema\r\n8;Één loket\r\n".encode("cp1252"), labels="thema")
    assert done.new_codes == ["een_loket"]


# What is told


def test_the_command_says_what_it_made_of_every_row(root):
    file = put(root, "nr;thema\n007;Spoor\n8;geen\n10;Fiets\n")
    command = ["import", "proef", file, "--codeframe", "thema", "--labels-column", "thema", "--random-sample"]
    told = run(*command, root=root).splitlines()
    assert told[:4] == [
        f"2 annotated answers added to {root}/annotations/proef/import.csv.",
        "1 answers in the file got no code, because none applies.",
        "2 answers in the file count as random sample, as you stated.",
        "1 rows without codes (`geen` = none applies) or an answer were left out.",
    ]
    assert run(*command, root=root).splitlines()[:2] == [
        f"0 annotated answers added to {root}/annotations/proef/import.csv.",
        "2 were there already.",
    ]


def test_a_separator_typed_at_the_command_is_not_doubted(root):
    file = put(root, "nr\tthema\n8\tWonen, zorg\n")
    command = ["import", "proef", file, "--codeframe", "thema", "--labels-column", "thema"]
    assert "no cell holds the separator |" in run(*command, root=root, expected=2)
    assert "wonen_zorg" in run(*command, "--separator", "|", root=root)


def test_an_import_that_is_stopped_at_the_second_coder_takes_all_back(root, monkeypatch):
    append = returning.append_annotations

    def stop_at_second(path, annotations, codebook):
        if path.stem == "bert":
            raise KeyboardInterrupt
        append(path, annotations, codebook)

    before = contents(root)
    monkeypatch.setattr(returning, "append_annotations", stop_at_second)
    with pytest.raises(KeyboardInterrupt):
        bring_in(
            root,
            "nr,labels,wie\n007,Trein,anna\n8,Fiets,bert\n",
            coder=None,
            labels="labels",
            coder_column="wie",
            long=True,
        )
    assert contents(root) == before
    open_project(root, "proef")
