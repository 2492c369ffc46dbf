"""What stands in cells of a labelled file: joined labels, lists, several columns, numbers, several rows per answer."""

import pandas as pd
import pyreadstat
import pytest
from conftest import run
from test_import import RESPONSES, annotations, bring_in, codebook, put, refusal

from themawijzer.commands.import_ import Labelling, import_file
from themawijzer.commands.init import init_survey
from themawijzer.project.labelled import LabelledColumns


@pytest.fixture
def root(tmp_path):
    init_survey(tmp_path, "proef", put(tmp_path, RESPONSES, "uitvoer.csv"), respondent_id="nr", columns=["V1"])
    return tmp_path


def cells(*contents, ids=("007", "8", "9", "a", "b", "c")):
    """A file with an answer of its own in every row, so that respondents need not be in the survey."""
    quoted = (content.replace('"', '""') for content in contents)
    return "nr,V1,thema\n" + "".join(f'{nr},antwoord,"{cell}"\n' for nr, cell in zip(ids, quoted, strict=False))


def given(root, coder="anna"):
    return [row["codes"] for row in annotations(root, coder)]


def labels(root):
    return [code.label for code in codebook(root).codeframe("thema").codes]


# Joined


@pytest.mark.parametrize("mark", ["#", "\n", "\t", " + ", ";", ", ", ","])
def test_a_mark_between_labels_that_other_cells_have_alone_joins_them(root, mark):
    done = bring_in(
        root, cells("Spoor", f"Spoor{mark}Fiets", "Fiets", f"Bus{mark}Spoor{mark}Fiets", "Bus"), labels="thema"
    )
    assert given(root) == ["spoor", "fiets|spoor", "fiets", "bus|fiets|spoor", "bus"]
    assert done.labelled.joined_by == (mark.strip() or mark if mark != " + " else mark)


def test_a_label_with_the_mark_in_it_survives(root):
    bring_in(
        root, cells("Verkeer, parkeren", "Groen", "Verkeer, parkeren, Groen", "Afval", "Groen, Afval"), labels="thema"
    )
    assert labels(root) == ["Afval", "Groen", "Verkeer, parkeren"]


@pytest.mark.parametrize(
    ("contents", "row", "mark"),
    [
        (["Spoor", "Spoor en Fiets", "Fiets"], 3, " en "),
        (["Spoor & Fiets", "Spoor", "Fiets"], 2, " & "),
        (["Spoor", "Spoor/Fiets", "Fiets"], 3, "/"),
        (["Spoor", "Fiets#Spoor"], 3, "#"),
        (["Spoor", "Fiets\nSpoor", "Bus"], 3, r"\n"),
        (["Spoor#Fiets", "Bus#Fiets"], 2, "#"),
        (["Spoor", "Spoor • Fiets", "Fiets"], 3, " • "),
        (["Spoor", "Spoor Fiets", "Fiets"], 3, " "),
    ],
)
def test_a_mark_that_may_join_labels_is_asked_about(root, contents, row, mark):
    error = refusal(root, cells(*contents), labels="thema")
    assert (error.row, error.column) == (row, "thema")
    assert f'--separator "{mark}"' in error.expected


@pytest.mark.parametrize("label", ["C#", "Bus en auto", "Groen & co", "Een\nregeleinde"])
def test_a_label_beside_which_no_other_tells_stays_whole(root, label):
    bring_in(root, cells(label, "Spoor"), labels="thema")
    assert len(labels(root)) == 2


def test_two_marks_in_one_file_are_asked_about(root):
    error = refusal(root, cells("Spoor#Fiets", "Spoor", "Fiets", "Spoor;Fiets"), labels="thema")
    assert error.problem == "no cell holds the separator |, but some hold # and ;"
    error = refusal(root, cells("Spoor|Fiets", "Spoor", "Spoor#Fiets"), labels="thema")
    assert (error.problem, error.row) == ("other cells are joined by |, and this one by another mark", 4)


@pytest.mark.parametrize(("typed", "mark"), [(r"\n", "\n"), (r"\t", "\t")])
def test_a_separator_that_no_shell_can_type_has_a_name(root, typed, mark):
    bring_in(root, cells(f"Spoor{mark}Fiets"), labels="thema", separator=typed)
    assert given(root) == ["fiets|spoor"]


def test_a_separator_never_cuts_through_a_label_of_the_codebook(root):
    bring_in(root, cells("Verkeer, parkeren en OV", "Groen"), labels="thema", separator="|")
    text = cells("Groen, Verkeer, parkeren en OV", "Verkeer, parkeren en ov, Bus", ids=("b", "c"))
    bring_in(root, text, labels="thema", separator=", ")
    assert given(root)[2:] == ["groen|verkeer_parkeren_en_ov", "bus|verkeer_parkeren_en_ov"]
    bring_in(root, cells("Groen,Verkeer,parkeren en OV", ids="d"), labels="thema", separator=",")
    assert given(root)[4:] == ["groen|verkeer_parkeren_en_ov"]


def test_a_label_in_quotation_marks_stays_whole(root):
    text = cells(
        '"Verkeer, parkeren"', '"Verkeer, parkeren", Groen', 'Groen, "zegt ""nee"", vaak"', 'scherm 27", Groen'
    )
    bring_in(root, text, labels="thema", separator=", ")
    assert labels(root) == ["Groen", "Verkeer, parkeren", 'scherm 27"', 'zegt "nee", vaak']


def test_a_label_of_which_the_parts_are_labels_too_is_refused(root):
    bring_in(root, cells("Wonen, zorg", "Wonen", "Zorg"), labels="thema", separator="|")
    error = refusal(root, cells("Wonen, zorg"), labels="thema", separator=", ")
    assert (error.row, error.column) == (2, "thema")
    assert error.problem == "this holds a label with the separator in it, of which the parts are labels too"


@pytest.mark.parametrize("word", ["NA", "null", "#N/A"])
def test_na_is_no_label(root, word):
    done = bring_in(root, cells("Spoor", word), labels="thema")
    assert (labels(root), done.n_left_out) == (["Spoor"], 1)


# Lists


@pytest.mark.parametrize(
    "contents",
    [
        ['["Spoor", "Fiets, en meer"]', '["Spoor"]', "[]"],
        ["['Spoor', 'Fiets, en meer']", "['Spoor']", "[]"],
        ['c("Spoor", "Fiets, en meer")', 'c("Spoor")', "character(0)"],
    ],
)
def test_lists_are_read_as_their_programs_write_them(root, contents):
    bring_in(root, cells(*contents), labels="thema")
    assert labels(root) == ["Fiets, en meer", "Spoor"]
    assert given(root) == ["fiets_en_meer|spoor", "spoor", ""]


def test_choices_stand_beside_single_labels(root):
    done = bring_in(root, cells('{"choices": ["Spoor", "Fiets, snel"]}', "Fiets, snel", ""), labels="thema")
    assert (given(root), done.n_left_out) == (["fiets_snel|spoor", "fiets_snel"], 1)


@pytest.mark.parametrize(
    ("contents", "row", "problem", "options"),
    [
        (['["Spoor"]', "Fiets"], 3, "other cells are lists of labels, and this one is not", {}),
        (["Fiets", "[Spoor, Fiets]"], 3, "this looks like a list, but not of labels in quotation marks", {}),
        (["['Spoor' 'Fiets']"], 2, "this looks like a list, but not of labels in quotation marks", {}),
        (["{Spoor,Fiets}"], 2, "this looks like a list, but not of labels in quotation marks", {}),
        (['[{"label": "Spoor"}]'], 2, "this looks like a list, but not of labels in quotation marks", {}),
        (['["Spoor"]'], 2, "these cells are lists, which need no separator", {"separator": ","}),
    ],
)
def test_what_is_half_a_list_is_named(root, contents, row, problem, options):
    error = refusal(root, cells(*contents), labels="thema", **options)
    assert (error.row, error.column, error.problem) == (row, "thema", problem)
    assert '--separator ","' not in error.expected


def test_a_label_in_brackets_is_no_list(root):
    bring_in(root, cells("[overig]", "Spoor"), labels="thema")
    assert labels(root) == ["Spoor", "[overig]"]


# Several columns


THREE = "nr;Code 1;Code 2;Code 3\n007;Spoor;Fiets, snel;\n8;Fiets, snel;;\n9;geen;;\n"


def test_labels_in_several_columns_are_of_one_answer(root):
    bring_in(root, THREE, labels=["Code 1", "Code 2", "Code 3"])
    assert given(root) == ["fiets_snel|spoor", "fiets_snel", ""]


def test_geen_beside_a_label_in_another_column_is_refused(root):
    error = refusal(root, "nr;C1;C2\n8;geen;Spoor\n", labels=["C1", "C2"])
    assert (error.problem, error.row, error.column) == ("geen stands beside another label", 2, None)


def test_columns_that_look_like_more_labels_are_told(root):
    done = bring_in(root, THREE, labels="Code 1", separator="|")
    assert done.labelled.more_columns == ["Code 2"]
    error = refusal(root, THREE)
    assert error.expected.endswith('--labels-column "Code 1" --labels-column "Code 2"')


# Several rows


LONG = "nr;wie;code\n007;A;Spoor\n8;A;Fiets\n007;A;Fiets\n9;A;geen\n8;B;Spoor\n007;B;\n"


def test_rows_of_one_answer_are_joined_where_that_is_stated(root):
    text = "nr;code\n007;Spoor\n8;Fiets\n007;Fiets\n9;geen\n8;\n"
    assert "--long where rows are codes of one answer" in refusal(root, text, labels="code").expected
    done = bring_in(root, text, labels="code", long=True)
    assert [(row["respondent_id"], row["codes"]) for row in annotations(root)] == [
        ("007", "fiets|spoor"), ("8", "fiets"), ("9", ""),
    ]  # fmt: skip
    assert (done.n_joined, done.n_added, done.n_none, done.n_left_out) == (2, 3, 1, 0)


def test_a_file_may_name_its_coders(root):
    done = bring_in(root, LONG, labels="code", long=True, coder=None, coder_column="wie")
    assert given(root, "a") == ["fiets|spoor", "fiets", ""]
    assert [(row["respondent_id"], row["codes"]) for row in annotations(root, "b")] == [("8", "spoor")]
    assert [added.n_added for added in (done, *done.other_coders)] == [3, 1]


def test_one_coder_has_one_row_for_each_answer_unless_it_is_long(root):
    error = refusal(root, LONG, labels="code", coder=None, coder_column="wie")
    assert (error.row, error.column) == (4, "nr")
    bring_in(root, "nr;wie;code\n8;A;Fiets\n8;B;Spoor\n", labels="code", coder=None, coder_column="wie")
    assert (given(root, "a"), given(root, "b")) == (["fiets"], ["spoor"])


def test_the_codes_of_several_coders_never_become_one_persons(root):
    text = LONG.replace("wie", "Codeur")
    error = refusal(root, text, labels="code", long=True, coder=None)
    assert (error.row, error.column) == (1, "Codeur")
    assert '--coder-column "Codeur"' in error.expected


@pytest.mark.parametrize(
    ("text", "options", "row", "problem"),
    [
        ("nr;code\n8;geen\n8;Spoor\n", {}, 3, "geen stands beside another label of this answer"),
        ("nr;V1;code\n8;een;Spoor\n8;twee;Fiets\n", {}, 3, "this respondent's answer reads otherwise in row 2"),
        ("V1;code\nde fiets;Spoor\n", {}, 1, "there are no respondent ids"),
        ("nr;wie;code\n8;A;Spoor\n8; ;Fiets\n", {"coder": None, "coder_column": "wie"}, 3, "it does not say who coded"),
        ("nr;wie;code\n8;A;Spoor\n", {"coder_column": "wie"}, None, "the file names the coders"),
    ],
)
def test_rows_that_contradict_each_other_are_named(root, text, options, row, problem):
    error = refusal(root, text, labels="code", long=True, **options)
    assert (error.row, error.problem) == (row, problem)


# Numbers


def test_codes_that_are_numbers_keep_them(root):
    text = cells("2", "17|1", "Anders", "0")
    bring_in(root, text, labels="thema")
    assert [(code.id, code.value, code.label) for code in codebook(root).codeframe("thema").codes] == [
        ("1", 1, "1"), ("2", 2, "2"), ("17", 17, "17"), ("0", 18, "0"), ("anders", 19, "Anders"),
    ]  # fmt: skip
    assert bring_in(root, text, labels="thema").n_known == 4


def test_numbers_with_decimals_beside_missing_values_are_whole(root):
    bring_in(root, "nr;c1;c2\n007;1.0;\n8;17.0;1.0\n", labels=["c1", "c2"])
    assert labels(root) == ["1", "17"]
    bring_in(root, "nr;c1\n9;1.1\n", labels="c1")
    assert labels(root) == ["1", "17", "1.1"]


def test_a_number_that_is_taken_gives_way(root):
    bring_in(root, cells("Spoor", "Fiets"), labels="thema")
    bring_in(root, cells("Bus"), labels="thema")
    assert [(code.id, code.value) for code in codebook(root).codeframe("thema").codes] == [
        ("fiets", 1), ("spoor", 2), ("bus", 3),
    ]  # fmt: skip


def test_numbers_of_the_codebook_mean_its_codes(root):
    bring_in(root, cells("Spoor", "Fiets"), labels="thema")
    done = bring_in(root, cells("1|2", "2", ids=("b", "c")), labels="thema")
    assert (given(root)[2:], done.new_codes, done.labelled.numbers) == (
        ["fiets|spoor", "spoor"], [], {"1": "fiets", "2": "spoor"},
    )  # fmt: skip
    error = refusal(root, cells("1", "3", ids=("b", "c")), labels="thema")
    assert (error.row, error.problem) == (3, "no code has this number, though other numbers here are values of codes")


def test_the_labels_of_values_are_the_labels_of_codes_with_their_numbers(root):
    frame = {"nr": ["007", "8", "9"], "c1": [17.0, 2.0, 99.0], "c2": [2.0, float("nan"), 99.0]}
    words = {2: "Fiets, snel", 17: "Spoor", 99: "Niet gevraagd"}
    pyreadstat.write_sav(pd.DataFrame(frame), root / "l.sav", variable_value_labels={"c1": words, "c2": words})
    columns = LabelledColumns(labels=["c1", "c2"])
    done = import_file(root, "proef", root / "l.sav", columns, Labelling("thema", coder="anna"))
    assert [(code.id, code.value, code.label) for code in codebook(root).codeframe("thema").codes] == [
        ("fiets_snel", 2, "Fiets, snel"), ("spoor", 17, "Spoor"),
    ]  # fmt: skip
    assert (given(root), done.n_left_out) == (["fiets_snel|spoor", "fiets_snel"], 1)
    assert import_file(root, "proef", root / "l.sav", columns, Labelling("thema", coder="anna")).n_known == 2


def test_the_command_tells_how_it_read_the_cells(root):
    file = put(root, "nr,k1,k2\n007,Spoor#Fiets,Bus\n8,Fiets,\n9,Spoor,\n8b,Bus,\n".replace("8b", "10"))
    told = run("import", "proef", file, "--codeframe", "thema", "--labels-column", "k1", root=root)
    assert told.startswith(
        "Labels in one cell are joined by '#', as other cells show, which have them alone.\n"
        "There are labels in k2 too, which were not read: repeat --labels-column to take them.\n"
    )
    file = put(root, "nr,wie,k\n8,codeur-1,1\n8,codeur-1,2\n8,codeur-2,1\n")
    told = run(
        "import", "proef", file, "--codeframe", "thema", "--labels-column", "k", "--long",
        "--coder-column", "wie", root=root,
    )  # fmt: skip
    assert told.startswith(
        "Numbers are read as the codes with that value: 1 is fiets, 2 is spoor.\n1 annotated answers added"
    )
    assert "1 annotated answers added to" in told.split("codeur-1.csv")[1]
    assert "1 rows were joined to the first of their answer." in told
