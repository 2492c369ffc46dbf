import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from themawijzer.errors import InputError
from themawijzer.survey.codebook import Codebook, raise_parents, read_codebook, slug

CODEBOOK = """title = "Proef"
version = "1.0.0"

[[codeframe]]
id = "thema"
label = "Thema"

[[codeframe.code]]
id = "mens"
value = 1
label = "Mens"
definition = "Over mensen."

[[codeframe.code]]
id = "talent"
value = 2
label = "Talent"
definition = "Over talent."
parent = "mens"

[[codeframe.code]]
id = "jong"
value = 3
label = "Jong talent"
definition = "Over jongeren."
parent = "talent"

[[codeframe]]
id = "sector"
label = "Sector"

[[codeframe.code]]
id = "talent"
value = 1
label = "Uitzendbranche"
definition = "SBI 78."
"""
KEYS = "Known keys: id, value, label, definition, include, exclude, examples, parent."


def put(folder, text):
    path = folder / "codebook.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path):
    with pytest.raises(InputError) as caught:
        read_codebook(path)
    return caught.value


def changed(old, new):
    assert CODEBOOK.count(old) == 1
    return CODEBOOK.replace(old, new)


@pytest.fixture
def thema(tmp_path):
    return read_codebook(put(tmp_path, CODEBOOK)).codeframe("thema")


def test_a_codebook_is_read_in_the_order_of_the_file(tmp_path):
    codebook = read_codebook(put(tmp_path, CODEBOOK))
    assert (codebook.version, codebook.codeframe_ids) == ("1.0.0", ["thema", "sector"])
    assert [codeframe.code_ids for codeframe in codebook.codeframes] == [["mens", "talent", "jong"], ["talent"]]
    assert (codebook.codeframe("sector").codes[0].examples, codebook.codeframe("sector").codes[0].parent) == ([], None)
    with pytest.raises(KeyError):
        codebook.codeframe("partner")


def test_the_shipped_codebook_is_valid(request):
    codebook = read_codebook(request.config.rootpath / "annotations" / "vng-panel" / "codebook.toml")
    assert codebook.codeframe_ids == ["thema", "sector", "partner", "financiering"]


@pytest.mark.parametrize("text", ['title = "t"\nversion = "1.0.0"\n', CODEBOOK[: CODEBOOK.index("[[codeframe.code]]")]])
def test_a_codebook_without_codes_is_a_start(tmp_path, text):
    assert all(not codeframe.codes for codeframe in read_codebook(put(tmp_path, text)).codeframes)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (changed('id = "jong"', 'id = "mens"'), 22, "`id`: code id mens is used twice"),
        (changed("value = 3", "value = 1"), 23, "`value`: code value 1 is used twice"),
        (changed('id = "sector"', 'id = "thema"'), 29, "`id`: codeframe id thema is used twice"),
        (
            changed('parent = "talent"', 'parent = "talen"'),
            21,
            "`code`: the parent talen of code jong is not one of the codes of thema: mens, talent, jong",
        ),
        (changed('parent = "talent"', 'parent = "jong"'), 21, "`code`: code jong is its own ancestor"),
        (changed('parent = "mens"', 'parent = "jong"'), 14, "`code`: code talent is its own ancestor"),
        (changed('label = "Mens"', 'label = "Mens"\nparent = "jong"'), 8, "`code`: code mens is its own ancestor"),
        (
            changed('id = "mens"', 'id = "status"'),
            8,
            "`code`: no code can have the id status: the coded dataset has a column of that name",
        ),
        (
            changed('id = "mens"', 'id = "geen"'),
            8,
            "`code`: no code can have the id geen: it says that no code applies; take this code out, "
            "and annotations with it are read so",
        ),
        (changed('id = "jong"', 'id = "Jong"'), 22, "`id`: small letters, digits and _ only, no accents; such as jong"),
        (changed('id = "jong"', f'id = "{"j" * 41}"'), 22, "`id` has too many characters: there can be at most 40"),
        (changed("value = 3", "value = 0"), 23, "`value` has to be 1 or more"),
        (
            changed("value = 3", 'value = "3"'),
            23,
            "`value` has to be a whole number, without quotation marks, point or comma",
        ),
        (changed('"Over jongeren."', '""'), 25, "`definition` is empty"),
        (changed('definition = "SBI 78."\n', ""), 32, "key `definition` is missing"),
        (changed('"1.0.0"', '"1.0"'), 2, '`version`: three numbers with points between them, such as "1.0.0"'),
        (changed('"1.0.0"', "1.0"), 2, '`version` has to be a text in quotation marks: "…"'),
        (CODEBOOK + 'include = "x"\n', 37, '`include` has to be a list in square brackets: ["…", "…"]'),
        (
            CODEBOOK + 'include = [\n  "x",\n  3,\n]\n',
            37,
            'item 2 of `include` has to be a text in quotation marks: "…"',
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, text, line, problem):
    error = refusal(put(tmp_path, text))
    assert (error.problem, error.line, error.file) == (problem, line, tmp_path / "codebook.toml")


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        (changed('definition = "SBI 78."', 'defintion = "SBI 78."'), 36, "defintion"),
        (changed('definition = "Over talent."', 'definition = """\nid = "x"\n[[code]]\n"""\nids = 1'), 22, "ids"),
    ],
)
def test_a_misspelled_key_is_named_and_not_the_one_that_is_missing_because_of_it(tmp_path, text, line, key):
    error = refusal(put(tmp_path, text))
    assert (error.problem, error.line, error.expected) == (f"unknown key `{key}`", line, KEYS)


def test_the_names_that_python_uses_are_not_keys(tmp_path):
    error = refusal(put(tmp_path, CODEBOOK.replace("codeframe.code", "codeframe.codes")))
    assert (error.problem, error.line) == ("unknown key `codes`", 8)
    assert error.expected == "Known keys: id, label, code. Headings of this file: [[codeframe]], [[codeframe.code]]."


@pytest.mark.parametrize(
    ("codes", "closed"),
    [([], set()), (["mens"], {"mens"}), (["talent"], {"talent", "mens"}), (["jong"], {"jong", "talent", "mens"})],
)
def test_a_code_implies_its_parents(thema, codes, closed):
    assert thema.with_parents(codes) == closed


def test_parents_are_known_by_position(thema):
    assert thema.parents == {"talent": "mens", "jong": "talent"}
    assert thema.parent_positions == [-1, 0, 1]


@pytest.mark.parametrize(
    ("codes", "sentence"),
    [
        (["mens", "jong"], None),
        (["talnet"], "unknown code in codeframe thema; did you mean talent?"),
        (["zzz"], "unknown code in codeframe thema"),
        (["talent, mens"], "unknown code in codeframe thema; several codes are joined by |"),
        (["talent;mens"], "unknown code in codeframe thema; several codes are joined by |"),
        (["talent mens"], "unknown code in codeframe thema; several codes are joined by |"),
        (["zz", "mens", "xx"], "unknown code in codeframe thema"),
    ],
)
def test_unknown_codes_are_named_with_the_nearest(thema, codes, sentence):
    assert thema.unknown(codes) == sentence


def test_no_parent_is_lower_than_its_children(thema):
    matrix = np.array([[0.1, 0.2, 0.9], [0.8, 0.2, 0.1], [0.0, 0.0, 0.0]])
    raised = raise_parents(matrix, thema.parent_positions)
    assert raised.tolist() == [[0.9, 0.9, 0.9], [0.8, 0.2, 0.1], [0.0, 0.0, 0.0]]
    assert matrix[0].tolist() == [0.1, 0.2, 0.9]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Eén loket (wsp)", "een_loket_wsp"),
        ("  MKB & zzp'ers  ", "mkb_zzp_ers"),
        ("2e kans", "2e_kans"),
        ("a__b", "a_b"),
        ("???", "code"),
        ("日本", "code"),
        ("x" * 39 + " yz", "x" * 39),
        ("ĳs", "ijs"),
    ],
)
def test_a_slug_is_an_id_that_reads_as_the_label(label, expected):
    assert slug(label) == expected


@given(st.text())
def test_every_slug_is_a_valid_id(label):
    assert re.fullmatch("[a-z0-9_]{1,40}", slug(label))
    assert slug(slug(label)) == slug(label)


def test_codebooks_are_not_changed_in_place(thema):
    with pytest.raises(ValueError, match="frozen"):
        thema.label = "x"
    assert Codebook.model_validate({"title": "t", "version": "1.0.0"}).codeframes == []
