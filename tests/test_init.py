from types import SimpleNamespace

import pandas as pd
import pyreadstat
import pytest
from conftest import run

from themawijzer.commands import init
from themawijzer.commands.init import init_survey
from themawijzer.errors import InputError
from themawijzer.project.project import open_project
from themawijzer.survey.codebook import read_codebook
from themawijzer.survey.responses import read_responses

RESPONSES = "nr;V1;V2;weging;provincie\n007;ja;waarom niet;1,5;Utrecht\n8;;geen idee;0,5;Drenthe\n"


def put(folder, text=RESPONSES, name="uitvoer.csv"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def make(root, responses, name="proef", **options):
    return init_survey(root, name, responses, **{"respondent_id": "nr", "columns": ["V1"]} | options)


def refusal(root, responses, name="proef", **options):
    """What is refused; nothing may have been made."""
    before = sorted(root.rglob("*"))
    with pytest.raises(InputError) as caught:
        make(root, responses, name, **options)
    assert sorted(root.rglob("*")) == before
    return caught.value


def test_a_survey_is_made_from_a_file_with_responses(tmp_path):
    path = put(tmp_path)
    made = make(tmp_path, path, columns=["V1", "V2"], weight="weging", background=["provincie"])
    comment, content = made.survey_file.read_text(encoding="utf-8").split("\n\n", 1)
    assert 'no_answer = ["nee"]' in comment
    assert all(line.startswith("# ") for line in comment.splitlines())
    assert content == (
        'title = "proef"\nresponses = "responses.csv"\nrespondent_id = "nr"\nweight = "weging"\n'
        'background = ["provincie"]\n\n'
        '[[question]]\nid = "v1"\ncolumn = "V1"\ntext = "V1"\ncodeframes = []\n\n'
        '[[question]]\nid = "v2"\ncolumn = "V2"\ntext = "V2"\ncodeframes = []\n\n'
        "# [settings]\n"
        "# target = 0.95  # welk deel goed moet zijn waar geen mens kijkt\n"
    )
    assert made.codebook_file.read_text(encoding="utf-8").startswith('title = "proef"\nversion = "1.0.0"\n\n# Zo ziet')
    assert (tmp_path / "surveys" / "proef" / "responses.csv").read_bytes() == path.read_bytes()
    assert made.table.dialect.delimiter == ";"


def test_what_was_made_can_be_opened_and_read(tmp_path):
    make(tmp_path, put(tmp_path), weight="weging")
    project = open_project(tmp_path, "proef")
    responses = read_responses(project.survey, project.folders.survey / project.survey.responses)
    assert (responses.respondent_ids, responses.answers("V1", 0, 2)) == (["007", "8"], ["ja", ""])
    assert (project.placed_annotations, project.gold, project.codebook.codeframe_ids) == ({}, {}, [])


def test_column_names_are_written_so_that_they_read_back(tmp_path):
    name = 'Wat vindt u van "alles";\n\\ en [waarom] # é?'
    text = RESPONSES.replace("V1", '"' + name.replace('"', '""') + '"')
    make(tmp_path, put(tmp_path, text), columns=[name])
    assert open_project(tmp_path, "proef").survey.questions[0].column == name


def test_the_text_of_a_question_comes_from_spss(tmp_path):
    frame = pd.DataFrame({"nr": ["1"], "V1": ["ja"], "V2": ["nee"]})
    pyreadstat.write_sav(frame, tmp_path / "a.SAV", column_labels=["", "Wat vindt u?", ""])
    made = make(tmp_path, tmp_path / "a.SAV", columns=["V1", "V2"])
    survey = open_project(tmp_path, "proef").survey
    assert [question.text for question in survey.questions] == ["Wat vindt u?", "V2"]
    assert (made.survey_file.parent / "responses.sav").exists()


@pytest.mark.parametrize(
    ("options", "column", "problem"),
    [
        ({"respondent_id": "id"}, "id", "this column does not exist"),
        ({"columns": ["V1", "V3"]}, "V3", "this column does not exist"),
        ({"weight": "gewicht"}, "gewicht", "this column does not exist"),
        ({"weight": "provincie"}, "provincie", "this weight is not a number"),
        ({"background": ["regio"]}, "regio", "this column does not exist"),
        ({"respondent_id": "V1"}, "V1", "the respondent id is empty"),
        ({"columns": ["V1", "V2", "V1"]}, "V1", "this question is given twice"),
    ],
)
def test_nothing_is_made_when_the_columns_do_not_fit(tmp_path, options, column, problem):
    path = put(tmp_path)
    error = refusal(tmp_path, path, **options)
    assert (error.problem, error.file, error.column) == (problem, path, column)


@pytest.mark.parametrize(
    ("text", "row", "problem"),
    [
        ("nr;V1\n1;a\n1;b\n", 3, "this respondent id also stands in row 2"),
        ("nr;V1\n1;a;b\n", 2, "the row is too long"),
        ("nr;V1\n", None, "no rows"),
        ("", None, "the file is empty"),
    ],
)
def test_nothing_is_made_when_the_file_does_not_fit_and_the_error_names_the_users_file(tmp_path, text, row, problem):
    path = put(tmp_path, text)
    error = refusal(tmp_path, path)
    assert (error.problem, error.file, error.row) == (problem, path, row)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["annotate", "proef", "--coder", "codeur-1"], "survey.toml: no question has a codeframe\nName them with each"),
        (["classify", "proef"], "survey.toml: no question has a codeframe\nName them with each"),
        (["sample", "proef", "--codeframe", "thema"], "there is no codeframe thema\nThere are no codeframes yet."),
    ],
)
def test_a_survey_without_codeframes_cannot_be_coded(tmp_path, command, told):
    make(tmp_path, put(tmp_path))
    assert told in run(*command, root=tmp_path, expected=2)


def test_the_example_in_a_new_codebook_is_one_without_its_hashes(tmp_path):
    made = make(tmp_path, put(tmp_path))
    head, _, example = made.codebook_file.read_text(encoding="utf-8").partition("#\n")
    made.codebook_file.write_text(head + example.replace("# ", "").replace("#", ""), encoding="utf-8")
    codeframe = read_codebook(made.codebook_file).codeframe("thema")
    assert (codeframe.code_ids, codeframe.parents) == (["ov", "trein"], {"trein": "ov"})


def test_a_file_that_is_not_there_makes_nothing(tmp_path):
    assert refusal(tmp_path, tmp_path / "a.csv").problem == "there is no such file"


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "/x/y", ".x", "a\nb"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    root = tmp_path / "project"
    root.mkdir()
    assert "cannot be the name" in refusal(root, put(tmp_path), name).problem
    assert sorted(path.name for path in tmp_path.iterdir()) == ["project", "uitvoer.csv"]


def test_a_name_with_spaces_which_make_cannot_work_with_is_refused(tmp_path):
    error = refusal(tmp_path, put(tmp_path), "Mijn survey 2")
    assert error.problem == "'Mijn survey 2' has spaces, and make knows no files with spaces in their names"
    assert error.expected == "A name such as Mijn_survey_2."


@pytest.mark.parametrize("folder", ["surveys", "annotations"])
def test_a_survey_that_exists_is_left_alone(tmp_path, folder):
    (tmp_path / folder / "proef").mkdir(parents=True)
    error = refusal(tmp_path, put(tmp_path))
    assert (error.problem, error.file) == ("this folder exists already", tmp_path / folder / "proef")


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_half_a_survey_is_taken_away_again(tmp_path, monkeypatch, failure):
    def fail(**_):
        raise failure

    path = put(tmp_path)
    monkeypatch.setattr(init, "EXAMPLE", SimpleNamespace(read_text=fail))  # read when survey.toml is there already
    with pytest.raises(type(failure)):
        make(tmp_path, path)
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]
    assert not (tmp_path / "surveys" / "proef").exists()


# Opening


def test_a_survey_that_is_not_there_is_named_beside_those_that_are(tmp_path):
    with pytest.raises(InputError, match="there is no survey proef\nMake one: themawijzer init"):
        open_project(tmp_path, "proef")
    make(tmp_path, put(tmp_path), "b")
    make(tmp_path, put(tmp_path), "a")
    with pytest.raises(InputError, match=r"there is no survey proef\nKnown surveys: a, b\."):
        open_project(tmp_path, "proef")


@pytest.mark.parametrize("name", ["", "..", "../proef", "proef/"])
def test_a_survey_outside_the_folder_cannot_be_opened(tmp_path, name):
    make(tmp_path, put(tmp_path))
    with pytest.raises(InputError, match="cannot be the name"):
        open_project(tmp_path, name)


def test_a_survey_without_a_codebook_says_which_file_is_missing(tmp_path):
    made = make(tmp_path, put(tmp_path))
    made.codebook_file.unlink()
    with pytest.raises(InputError) as caught:
        open_project(tmp_path, "proef")
    assert (caught.value.file, caught.value.problem) == (made.codebook_file, "this file does not exist")


def test_how_a_file_is_to_be_read_is_given_to_init_and_import_and_kept_in_the_survey(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("nr|V1\n1|Súdwest; Fryslân\n2|ja, prima\n".encode("cp850"))
    columns = ["--respondent-id", "nr", "--question", "V1"]
    given = ["--encoding", "cp850", "--delimiter"]
    told = run("init", "proef", "--responses", path, *columns, *given, "|", root=tmp_path)
    assert told.startswith("2 responses read (cp850, bar).")
    project = open_project(tmp_path, "proef")
    written = (project.folders.survey / "survey.toml").read_text(encoding="utf-8")
    assert '[dialect]\nencoding = "cp850"\ndelimiter = "|"\n' in written
    assert project.read_responses().answers("V1", 0, 2) == ["Súdwest; Fryslân", "ja, prima"]
    path.write_bytes("nr\tV1\tcode\n1\tSúdwest; Fryslân\tplaats\n".encode("cp850"))
    labels = ["--codeframe", "thema", "--labels-column", "code"]
    assert "1 annotated answers added" in run("import", "proef", path, *labels, *given, "tab", root=tmp_path)


def test_a_delimiter_is_one_character_or_a_word(tmp_path):
    columns = ["--respondent-id", "nr", "--question", "V1", "--delimiter", "komma"]
    told = run("init", "proef", "--responses", put(tmp_path), *columns, root=tmp_path, expected=2)
    assert "one character, such as ; or ," in told


def test_an_error_advises_options_that_exist(tmp_path):
    path = tmp_path / "a.csv"
    for content, option in [(b"nr;V1\n1;\x81\xc2\xa0\n2;\xe9", "encoding"), (b"nr;V1\n1;2;3\n", "delimiter")]:
        path.write_bytes(content)
        advice = refusal(tmp_path, path).expected
        assert f"--{option} with init and import, [dialect] {option} in survey.toml" in advice
