import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from themawijzer.errors import InputError
from themawijzer.files import as_json, folder_beside, move_together, require_name, sha256, write_whole
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.configuration import line_of, read_configuration
from themawijzer.survey.survey import Folders, Survey, read_survey

SURVEY = """title = "Proef"
responses = "responses.csv"
respondent_id = "nr"

[[question]]
id = "v1"
column = "V1"
text = "Wat vindt u?"
codeframes = ["thema"]

[[question]]
id = "v2"
column = "V2"
text = "En waarom?"
"""
SETTINGS = "spacy_pipeline, encoder, seed, target, min_cell"
ID = "`id`: letters, digits and _ only, no accents, and a letter first; such as"
QUESTION_HEADING = "`question` needs the heading [[question]], with two brackets on each side"
HEADINGS = "[dialect], [missing], [settings], [[question]]"
QUESTION = "id, column, text, codeframes, base, no_answer"
CODEBOOK = Codebook.model_validate({"title": "t", "version": "1.0.0", "codeframe": [{"id": "thema", "label": "Thema"}]})


def put(folder, text):
    path = folder / "survey.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path, kind=Survey):
    with pytest.raises(InputError) as caught:
        read_configuration(path, kind)
    return caught.value


def changed(old, new, count=1):
    assert old in SURVEY
    return SURVEY.replace(old, new, count)


def test_a_survey_is_read_with_its_defaults(tmp_path):
    survey = read_configuration(put(tmp_path, SURVEY), Survey)
    assert (survey.title, survey.weight, survey.background) == ("Proef", None, [])
    assert (survey.question_ids, survey.columns) == (["v1", "v2"], ["nr", "V1", "V2"])
    assert [question.codeframes for question in survey.questions] == [["thema"], []]
    assert (survey.settings.encoder, survey.settings.seed, survey.dialect.delimiter) == ("e5-small", 0, None)


def test_weight_and_background_are_columns_that_the_responses_must_have(tmp_path):
    survey = read_configuration(put(tmp_path, 'weight = "w"\nbackground = ["p"]\n' + SURVEY), Survey)
    assert survey.columns == ["nr", "w", "p", "V1", "V2"]


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + SURVEY.encode(), SURVEY.replace("\n", "\r\n")])
def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path, text):
    assert read_configuration(put(tmp_path, text), Survey).title == "Proef"


@pytest.mark.parametrize(
    ("text", "line", "key", "known"),
    [
        (changed("respondent_id", 'titel = "x"\nrespondent_id'), 3, "titel", "title, responses, respondent_id"),
        (changed('text = "En', 'tekst = "En'), 14, "tekst", QUESTION),
        (changed('text = "En', 'text = "x"\n"tekst" = "En'), 15, "tekst", QUESTION),
        (changed("[[question]]", "[[questions]]"), 5, "questions", "dialect, missing, settings, question."),
        (SURVEY + "[settings]\nseed = 1\nsead = 2\n", 17, "sead", SETTINGS),
        (SURVEY + "[ settings ] # ik\nsead = 2\n", 16, "sead", SETTINGS),
        ("settings.seed = 1\nsettings . sead = 2\n" + SURVEY, 2, "sead", SETTINGS),
        ("settings = { seed = 1, sead = 2 }\n" + SURVEY, 1, "sead", SETTINGS),
        (SURVEY + "[setings]\nseed = 1\n", 15, "setings", "title, responses"),
        (changed('"Wat vindt u?"', '"""Wat\n[[question]]\ntekst = 3\n"""') + "tekst = 1\n", 18, "tekst", QUESTION),
        (changed('"Wat vindt u?"', "'''Wat\ntekst = \"\"\"'''") + "tekst = 1\n", 16, "tekst", QUESTION),
        (changed('"Wat vindt u?"', '"""Zo\\"""\n zei""""') + "tekst = 1\n", 16, "tekst", QUESTION),
        (changed('"Wat vindt u?"', "\"Wat # ''' \\\" zegt u?\"") + "tekst = 1\n", 15, "tekst", QUESTION),
        ("# zie \"\"\" en '''\n" + SURVEY + "tekst = 1\n", 16, "tekst", QUESTION),
        (changed('["thema"]', '[\n  "tekst = x",\n  "a\u2028b",\n]') + "tekst = 1\n", 18, "tekst", QUESTION),
    ],
)
def test_an_unknown_key_is_refused_with_its_line_and_the_known_keys(tmp_path, text, line, key, known):
    error = refusal(put(tmp_path, text))
    assert (error.problem, error.line) == (f"unknown key `{key}`", line)
    assert error.expected.startswith("Known keys: ")
    assert known in error.expected
    assert str(error).startswith(f"{tmp_path / 'survey.toml'}, line {line}: unknown key `{key}`\nKnown keys: ")


def test_the_known_keys_are_those_of_the_table_and_no_others(tmp_path):
    error = refusal(put(tmp_path, SURVEY + "tekst = 1\n"))
    assert error.expected == "Known keys: id, column, text, codeframes, base, no_answer."


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (changed('title = "Proef"\n', ""), None, "key `title` is missing"),
        (changed('column = "V2"\n', ""), 11, "key `column` is missing"),
        (changed('"v2"', "2"), 12, '`id` has to be a text in quotation marks: "…"'),
        (changed('"v2"', '"2 v"'), 12, f"{ID} v2_v"),
        (changed('"v2"', '"v-2"'), 12, f"{ID} v_2"),
        (changed('"v2"', '"v1"'), 12, "`id`: question id v1 is used twice"),
        (changed('"V2"', '"V1"'), 13, "`column`: column V1 is used twice"),
        (changed('["thema"]', '["a", "a"]'), 9, "`codeframes`: codeframe a is used twice"),
        (changed('["thema"]', '"thema"'), 9, '`codeframes` has to be a list in square brackets: ["…", "…"]'),
        (
            changed('["thema"]', '["Thema"]'),
            9,
            "`codeframes`: small letters, digits and _ only, no accents; such as thema",
        ),
        (SURVEY[: SURVEY.index("[[question]]")], None, "key `question` is missing"),
        (SURVEY + "[settings]\ntarget = 0.4\n", 16, "`target` has to be 0.5 or more"),
        (SURVEY + "[settings]\ntarget = 90\n", 16, "`target` has to be 0.999 or less"),
        (SURVEY + "[settings]\nseed = 4294967296\n", 16, "`seed` has to be less than 4294967296"),
        (
            SURVEY + '[settings]\ntarget = "0.9"\n',
            16,
            "`target` has to be a number such as 0.8, without quotation marks",
        ),
        (
            SURVEY + '[settings]\nshow_background = "true"\n',
            16,
            "`show_background` has to be true or false, without quotation marks",
        ),
        (SURVEY + "[settings]\nmin_cell = 0\n", 16, "`min_cell` has to be 1 or more"),
        (
            SURVEY + '[settings]\nseed = "0"\n',
            16,
            "`seed` has to be a whole number, without quotation marks, point or comma",
        ),
        (SURVEY + '[dialect]\ndelimiter = ";;"\n', 16, "`delimiter` has too many characters: there can be at most 1"),
        (changed('"responses.csv"', "3"), 2, '`responses` has to be a text in quotation marks: "…"'),
        (
            changed('"responses.csv"', '["a.csv", 3]'),
            2,
            'item 2 of `responses` has to be a text in quotation marks: "…"',
        ),
        (changed('"responses.csv"', '""'), 2, "`responses` is empty"),
        (SURVEY[: SURVEY.rindex("[[")].replace("[[question]]", "[question]"), 5, QUESTION_HEADING),
        (SURVEY + "[[settings]]\n", 15, "`settings` needs the heading [settings], with one bracket on each side"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_line(tmp_path, text, line, problem):
    error = refusal(put(tmp_path, text))
    assert (error.problem, error.line) == (problem, line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (changed('title = "Proef"\n', ""), 'Add above the first heading: title = "…"'),
        (changed('column = "V2"\n', ""), 'Add under this heading: column = "…"'),
        (SURVEY[: SURVEY.index("[[question]]")], "Add [[question]] and what belongs under it."),
    ],
)
def test_of_a_key_that_is_missing_it_is_told_where_it_goes(tmp_path, text, expected):
    assert refusal(put(tmp_path, text)).expected == expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (SURVEY + 'weight = "w"\n', " `weight` goes above the first heading."),
        (SURVEY + '[settings]\ncodeframes = ["thema"]\n', " `codeframes` goes under [[question]]."),
        (changed("[[question]]", "[[vraag]]"), f" Headings of this file: {HEADINGS}."),
    ],
)
def test_of_a_key_in_the_wrong_part_it_is_told_where_it_goes(tmp_path, text, hint):
    assert refusal(put(tmp_path, text)).expected.endswith(f".{hint}")


@pytest.mark.parametrize("value", ["1" * 5000, "[" * 20_000 + "]" * 20_000])
def test_toml_that_python_itself_refuses_is_refused_here_too(tmp_path, value):
    error = refusal(put(tmp_path, SURVEY + f"a = {value}\n"))
    assert error.problem == "a number is too long, or brackets are too deep"


def test_a_file_that_may_not_be_opened_says_so(tmp_path, monkeypatch):
    def denied(*args, **options):
        raise PermissionError(13, "Permission denied")

    path = put(tmp_path, SURVEY)
    monkeypatch.setattr(Path, "read_text", denied)
    error = refusal(path)
    assert error.problem == "the file cannot be read: Permission denied"
    assert error.expected == "Close it in other programs and check who may read it."


def test_a_file_that_is_not_there_says_how_to_make_it(tmp_path):
    put(tmp_path, SURVEY)
    for path in (tmp_path / "anders.toml", tmp_path / "survey.toml" / "survey.toml"):
        error = refusal(path)
        assert error.problem == "this file does not exist"
        assert "themawijzer init" in error.expected


@pytest.mark.parametrize("name", ["survey.toml.txt", "survey.toml.toml", "survey.txt", "survey.docx"])
def test_a_file_that_was_saved_with_another_ending_is_named(tmp_path, name):
    put(tmp_path, SURVEY).rename(tmp_path / name)
    error = refusal(tmp_path / "survey.toml")
    assert error.problem == f"this file does not exist, but {name} does"
    assert error.expected.startswith("Save it as plain text (UTF-8) with the name survey.toml. Windows shows")


keys = st.sampled_from(["title", "code", "text", "a_b", "x-1"])
strings = st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\"'#=[]\n\\"), max_size=12)


@st.composite
def documents(draw):
    """TOML lines, and the line of every key by its location."""
    lines, places = [], {}
    for position in range(draw(st.integers(1, 3))):
        lines.append("[[codeframe]]")
        for key in draw(st.lists(keys, unique=True)):
            places["codeframe", position, key] = len(lines) + 1
            basic = draw(strings).replace("\\", "\\\\").replace('"', '\\"')
            literal = draw(strings).replace("'", "")
            single = draw(st.sampled_from([f'"{basic}"', f"'{literal}'"])).replace("\n", "")
            several = draw(st.sampled_from([f'"""{basic}"""', f"'''{literal}'''", f"[\n{single},\n{single}]"]))
            comment = "# " + draw(strings).replace("\n", "")
            lines += f"{key} = {draw(st.sampled_from([single, several]))} {comment}".split("\n")
    return "\n".join(lines), places


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_every_key_is_found_on_its_line_whatever_the_strings_hold(document):
    text, places = document
    tomllib.loads(text)
    assert {place: line_of(text, place) for place in places} == places


# survey.toml against the codebook


@pytest.fixture
def folders(tmp_path):
    made = Folders(tmp_path, "proef")
    made.survey.mkdir(parents=True)
    return made


def test_a_survey_that_names_known_codeframes_is_read(folders):
    put(folders.survey, SURVEY)
    assert read_survey(folders, CODEBOOK).question_ids == ["v1", "v2"]


def test_a_question_cannot_name_a_codeframe_that_the_codebook_lacks(folders):
    path = put(folders.survey, SURVEY + 'codeframes = [\n  "sector",\n]\n')
    with pytest.raises(InputError) as caught:
        read_survey(folders, CODEBOOK)
    assert (caught.value.file, caught.value.line) == (path, 15)
    assert caught.value.problem == "question v2 names codeframe sector, which the codebook does not have"
    assert caught.value.expected == "Known codeframes: thema."


@pytest.mark.parametrize("key", ["encoder", "spacy_pipeline"])
@pytest.mark.parametrize(
    "name", ["models/eigen", "models/../models/eigen", "verwijzing", "../verwijzing/models", "nergens"]
)
def test_no_model_is_a_folder_of_the_project(tmp_path, key, name):
    folders = Folders(tmp_path / "project", "proef")
    folders.survey.mkdir(parents=True)
    (folders.root / "models/eigen").mkdir(parents=True)
    (tmp_path / "elders").mkdir()
    (folders.root / "verwijzing").symlink_to(tmp_path / "elders")
    (tmp_path / "verwijzing").symlink_to(folders.root)
    prefix = "sentence-transformers:" if key == "encoder" else ""
    text = SURVEY + f'[settings]\nseed = 1\n{key} = "{prefix}{{}}"\n'
    put(folders.survey, text.format(folders.root / name))
    with pytest.raises(InputError) as caught:
        read_survey(folders, CODEBOOK)
    assert (caught.value.line, caught.value.problem) == (17, f"`{key}` is a folder of this project")
    put(folders.survey, text.format(tmp_path / "elders"))
    assert str(tmp_path / "elders") in getattr(read_survey(folders, CODEBOOK).settings, key)


def test_every_folder_of_a_survey_lies_under_the_root(tmp_path):
    folders = Folders(tmp_path, "proef")
    below = [folders.survey, folders.annotations, folders.codebook, folders.model, folders.coded, folders.cache]
    assert [path.relative_to(tmp_path).as_posix() for path in below] == [
        "surveys/proef",
        "annotations/proef",
        "annotations/proef/codebook.toml",
        "models/proef",
        "coded/proef",
        ".cache",
    ]


# Files and their names

UNSAFE = ["", " ", ".", "..", "../x", "a/b", "/a", "a\\b", "-a", ".a", "a.", "a ", "a\n", "a:b", "a*", "x" * 51,
          "CON", "nul", "Aux.2024", "com1", "lpt9.x"]  # fmt: skip


@pytest.mark.parametrize("name", UNSAFE)
def test_a_survey_cannot_have_a_name_that_leads_elsewhere(tmp_path, name):
    with pytest.raises(InputError) as caught:
        Folders(tmp_path, name)
    assert caught.value.problem == "this cannot be the name of anything here"
    assert caught.value.expected.startswith("A name has 1 to 50 letters, digits, - _ . or spaces")


@pytest.mark.parametrize(
    "name", ["a", "vng-panel", "VNG 2024.1", "één_loket", "0", "x" * 50, "console", "con-1", "com"]
)
def test_ordinary_names_are_accepted(tmp_path, name):
    require_name(name, tmp_path)
    (tmp_path / name).mkdir()


def test_a_file_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "map" / "a.txt"
    write_whole(path, "één\r\n")
    write_whole(path, "twee\n")
    assert path.read_bytes() == b"twee\n"
    assert [each.name for each in path.parent.iterdir()] == ["a.txt"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "a.txt"
    write_whole(path, "oud")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "nieuw\ud800")
    assert (path.read_text(), [each.name for each in tmp_path.iterdir()]) == ("oud", ["a.txt"])


def test_a_folder_that_has_the_name_of_a_file_is_not_replaced_and_no_other_file_is(tmp_path):
    folder = tmp_path / "uit"
    (folder / "b.txt").mkdir(parents=True)
    (folder / "b.txt" / "eigen.txt").write_text("eigen")
    (folder / "a.txt").write_text("oud")
    with folder_beside(folder) as beside:
        for name in ("a.txt", "b.txt"):
            (beside / name).write_text("nieuw")
        with pytest.raises(InputError, match="a folder is in the way of the file"):
            move_together(beside, folder)
    assert ((folder / "a.txt").read_text(), (folder / "b.txt" / "eigen.txt").read_text()) == ("oud", "eigen")
    assert [each.name for each in tmp_path.iterdir()] == ["uit"]


def test_a_hash_is_the_sha_256_of_the_bytes(tmp_path):
    write_whole(tmp_path / "a.txt", "abc")
    assert sha256(tmp_path / "a.txt") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_facts_are_written_as_readable_json_in_the_order_given():
    assert as_json({"één": 1, "b": [2]}) == '{\n  "één": 1,\n  "b": [\n    2\n  ]\n}\n'
