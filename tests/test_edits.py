import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from themawijzer.errors import InputError
from themawijzer.survey.codebook import TO_BE_FILLED_IN, read_codebook
from themawijzer.survey.configuration import read_configuration
from themawijzer.survey.edits import add_codeframe_to_question, add_codes, name_codes
from themawijzer.survey.survey import Survey

CODEBOOK = """# Van ons allemaal.
title = "Proef"  # werktitel
version = "1.4.2"

[[codeframe]]
id = "thema"
label = "Thema"

# Talent eerst.
[[codeframe.code]]
id = "talent"
value = 7
label = "Benutten van talent"
definition = '''
Eerste regel
tweede regel'''
include = [
    "zij-instroom",  # na overleg
]

# Vanaf hier de sectoren.
[[codeframe]]
id = "sector"
label = "Sector"

[[codeframe.code]]
id = "bouw"
value = 1
label = "Bouw"
definition = "SBI F."  # 41 tot en met 43
"""
SURVEY = """# Van ons allemaal.
title = "Proef"
responses = "responses.csv"
respondent_id = "nr"

[[question]]
id = "v1"
column = "V1"  # eerste
text = "Wat?"

# De tweede.
[[question]]
id = "v2"
column = "V2"
text = "En?"
codeframes = [
    "thema",  # altijd
]

[settings]
seed = 3  # vast
"""


def put(folder, text, name="codebook.toml"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def lines_kept(before, after):
    """Every line of the one text is still in the other, in the same order."""
    rest = iter(after.splitlines())
    return all(line in rest for line in before.splitlines() if line.strip() and not line.startswith("version"))


@pytest.fixture
def thema(tmp_path):
    return read_codebook(put(tmp_path, CODEBOOK)).codeframe("thema")


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["talent"], {"talent": "talent"}),
        (["Talent", "BENUTTEN van talent"], {"BENUTTEN van talent": "talent", "Talent": "talent"}),
        (["Eén loket", "MKB"], {"Eén loket": "een_loket", "MKB": "mkb"}),
        (["Bouw", "bouw", "BOUW"], {"BOUW": "bouw", "Bouw": "bouw", "bouw": "bouw"}),
        (["C+", "C-"], {"C+": "c", "C-": "c_2"}),
        (["Talent!"], {"Talent!": "talent_2"}),
        (["Status"], {"Status": "status_2"}),
        (["x" * 50, "x" * 51], {"x" * 50: "x" * 40, "x" * 51: "x" * 36 + "_2"}),
        ([], {}),
    ],
)
def test_a_label_gets_the_code_it_names_or_a_new_id(thema, labels, names):
    assert name_codes(labels, thema) == names


def test_new_codes_come_after_the_others_with_a_definition_to_fill_in(tmp_path):
    path = put(tmp_path, CODEBOOK)
    codebook = add_codes(path, "thema", {"Talent": "talent", "MKB": "mkb", "Eén loket": "een_loket"})
    assert codebook == read_codebook(path)
    codes = [(code.id, code.value, code.label, code.definition) for code in codebook.codeframe("thema").codes]
    assert codes[1:] == [("een_loket", 8, "Eén loket", TO_BE_FILLED_IN), ("mkb", 9, "MKB", TO_BE_FILLED_IN)]
    assert (codes[0][:2], codebook.version) == (("talent", 7), "1.5.0")
    assert codebook.codeframe("sector").code_ids == ["bouw"]


@pytest.mark.parametrize("codeframe", ["thema", "sector", "partner"])
def test_what_people_wrote_in_the_codebook_stays(tmp_path, codeframe):
    path = put(tmp_path, CODEBOOK)
    add_codes(path, codeframe, {"Nieuw": "nieuw"})
    after = path.read_text(encoding="utf-8")
    assert lines_kept(CODEBOOK, after)
    assert after.count(TO_BE_FILLED_IN) == 1


def test_labels_that_share_a_code_make_it_once(tmp_path):
    codebook = add_codes(put(tmp_path, CODEBOOK), "sector", {"Zorg": "zorg", "zorg": "zorg", "ZORG": "zorg"})
    assert [(code.id, code.label) for code in codebook.codeframe("sector").codes] == [
        ("bouw", "Bouw"),
        ("zorg", "ZORG"),
    ]


def test_a_codebook_that_has_all_codes_is_not_touched(tmp_path):
    path = put(tmp_path, CODEBOOK.replace("\n", "\r\n"))
    assert add_codes(path, "sector", {"Bouw": "bouw"}).version == "1.4.2"
    assert path.read_bytes() == CODEBOOK.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("names", [{}, {"Gemeente": "gemeente"}])
def test_a_new_codeframe_is_added_at_the_end(tmp_path, names):
    codebook = add_codes(put(tmp_path, CODEBOOK), "partner", names)
    assert (codebook.codeframe_ids, codebook.version) == (["thema", "sector", "partner"], "1.5.0")
    assert codebook.codeframe("partner").label == "Partner"
    assert [(code.id, code.value) for code in codebook.codeframe("partner").codes] == [
        (code, 1) for code in names.values()
    ]


@pytest.mark.parametrize(
    "text",
    [
        'title = "t"\nversion = "0.9.0"\n',
        'title = "t"\nversion = "0.9.0"\n\n[[codeframe]]\nid = "thema"\nlabel = "Thema"\n',
        'title = "t"\nversion = "0.9.0"\ncodeframe = []\n',
        'title = "t"\nversion = "0.9.0"\ncodeframe = [{ id = "thema", label = "Thema" }]\n',
        'title = "t"\nversion = "0.9.0"\ncodeframe = [{ id = "thema", label = "Thema", code = [] }]\n',
        'title = "t"\nversion = "0.9.0"\n[[codeframe]]\nid = "thema"\nlabel = "Thema"\ncode = [\n'
        '    { id = "a", value = 1, label = "A", definition = "d" },\n]\n',
    ],
)
def test_codes_can_be_added_however_the_toml_is_written(tmp_path, text):
    path = put(tmp_path, text)
    before = [code for codeframe in read_codebook(path).codeframes for code in codeframe.code_ids]
    first = add_codes(path, "thema", {"Nieuw": "nieuw"})
    second = add_codes(path, "thema", {"Nog een": "nog_een"})
    assert first.codeframe("thema").code_ids == [*before, "nieuw"]
    assert second.codeframe("thema").code_ids == [*before, "nieuw", "nog_een"]
    assert second.version == "0.11.0"


def test_an_invalid_codebook_is_refused_and_stays(tmp_path):
    path = put(tmp_path, CODEBOOK.replace("value = 7", "value = 0"))
    with pytest.raises(InputError):
        add_codes(path, "thema", {"Nieuw": "nieuw"})
    assert path.read_text(encoding="utf-8") == CODEBOOK.replace("value = 7", "value = 0")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=12).map(str.strip).filter(bool), max_size=5))
def test_labels_keep_their_codes_when_they_are_named_again(tmp_path, labels):
    path = put(tmp_path, CODEBOOK)
    names = name_codes(labels, read_codebook(path).codeframe("thema"))
    codebook = add_codes(path, "thema", names)
    assert name_codes(labels, codebook.codeframe("thema")) == names
    tidy = {" ".join(unicodedata.normalize("NFC", label).split()) for label in labels}
    assert {code.label for code in codebook.codeframe("thema").codes} <= {*tidy, "Benutten van talent"}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["a", "A", "a 2", "a_2", "A 2", "a!", "status", "talent", "Talent "]), max_size=6))
def test_labels_that_look_alike_keep_their_codes_too(tmp_path, labels):
    path = put(tmp_path, CODEBOOK)
    names = name_codes(labels, read_codebook(path).codeframe("thema"))
    assert name_codes(labels, add_codes(path, "thema", names).codeframe("thema")) == names


# survey.toml


@pytest.mark.parametrize(
    ("question", "codeframe", "codeframes"),
    [
        ("v1", "thema", [["thema"], ["thema"]]),
        ("v2", "sector", [[], ["thema", "sector"]]),
        ("v1", "sector", [["sector"], ["thema"]]),
    ],
)
def test_a_question_gets_a_codeframe_and_the_rest_stays(tmp_path, question, codeframe, codeframes):
    path = put(tmp_path, SURVEY, "survey.toml")
    add_codeframe_to_question(path, question, codeframe)
    survey = read_configuration(path, Survey)
    assert [each.codeframes for each in survey.questions] == codeframes
    assert survey.settings.seed == 3
    assert lines_kept(SURVEY, path.read_text(encoding="utf-8"))


def test_a_question_that_has_the_codeframe_is_not_touched(tmp_path):
    path = put(tmp_path, SURVEY.replace("\n", "\r\n"), "survey.toml")
    add_codeframe_to_question(path, "v2", "thema")
    assert path.read_bytes() == SURVEY.replace("\n", "\r\n").encode()


def test_a_question_in_an_inline_table_gets_its_codeframe(tmp_path):
    start = SURVEY[: SURVEY.index("[[question]]")]
    path = put(tmp_path, start + 'question = [{ id = "v1", column = "V1", text = "Wat?" }]\n', "survey.toml")
    add_codeframe_to_question(path, "v1", "thema")
    assert read_configuration(path, Survey).questions[0].codeframes == ["thema"]
