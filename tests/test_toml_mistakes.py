"""Mistakes of people who edit a TOML file in Notepad or a word processor are told in words, with line and key."""

import pytest

from themawijzer.errors import InputError
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.configuration import read_configuration
from themawijzer.survey.survey import Survey

SURVEY = """# Uitvraag
title = "Proef"
responses = "responses.csv"
respondent_id = "nr"

[[question]]
id = "v1"
column = "V1"
text = "Wat vindt u?"
codeframes = ["thema"]

[settings]
target = 0.9
"""
CODEBOOK = """title = "Proef"
version = "1.0.0"

[[codeframe]]
id = "thema"
label = "Thema"

[[codeframe.code]]
id = "wonen"
value = 1
label = "Wonen"
definition = "Over wonen."
include = ["huis", "huur"]

[[codeframe.code]]
id = "werk"
value = 2
label = "Werk"
definition = "Over werk."
"""
STRAIGHT = 'Type straight ones, in a program such as Notepad: "…". Between them, curly ones may stay.'
INVISIBLE = "an invisible character"
DELETE = "Delete it, and type a space there if there has to be one."
TWICE = "Take one of both out."
QUOTES = 'A text stands in straight quotation marks: "…". Yes and no are true and false, in small letters.'
NUMBERS = "Write numbers as 0.9 and 40000: no comma, space or %, and no 0 in front of a whole number."
ENDS = 'A text ends in the line in which it begins: "…". One of several lines stands between """ and """.'
LISTS = 'A list stands in square brackets, with commas between its texts: ["…", "…"].'
BEHIND = "A key stands on a line of its own. Inside a text, quotation marks are written as \\\" or as '."
FORM = 'A line is a key, = and a value: title = "…". Keys have letters, digits and _ only; remarks begin with #.'
HEADINGS = "Headings are [dialect], [missing], [settings], [[question]]."
SAVE = "Save the file as UTF-8: in Notepad with Save as, Encoding."


def refusal(folder, text, kind=Survey):
    path = folder / "survey.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        read_configuration(path, kind)
    return caught.value.line, caught.value.problem, caught.value.expected


def changed(old, new):
    assert SURVEY.count(old) == 1
    return SURVEY.replace(old, new)


def curly(mark):
    return f"a curly quotation mark ({mark}), which word processors make of a straight one"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (changed('"Wat vindt u?"', "“Wat vindt u?”"), 9, f"`text`: {curly('“')}"),
        (changed('"Wat vindt u?"', "„Wat vindt u?”"), 9, f"`text`: {curly('„')}"),
        (changed('"Wat vindt u?"', "‘Wat vindt u?’"), 9, f"`text`: {curly('‘')}"),
        (changed('"Wat vindt u?"', '”Wat vindt u?"'), 9, f"`text`: {curly('”')}"),
        (changed('"Wat vindt u?"', '"Wat vindt u?”'), 9, f"`text`: {curly('”')}"),
        (changed('["thema"]', "[“thema”]"), 10, f"`codeframes`: {curly('“')}"),
        (changed('["thema"]', '["thema”, "sector"]'), 10, f"`codeframes`: {curly('”')}"),
        (changed('["thema"]', '[\n"thema",\n“sector”]'), 12, curly("“")),
        (changed("title", "“title”"), 2, curly("“")),
        (SURVEY.replace(' "', " “").replace('"\n', "”\n"), 2, f"`title`: {curly('“')}"),
    ],
)
def test_curly_quotation_marks_are_named(tmp_path, text, line, problem):
    assert refusal(tmp_path, text) == (line, problem, STRAIGHT)


def test_curly_quotation_marks_may_stand_in_a_text(tmp_path):
    path = tmp_path / "survey.toml"
    path.write_text(changed('"Wat vindt u?"', '"Wat is ‘zorg’ en “werk”?"'), encoding="utf-8")
    assert read_configuration(path, Survey).questions[0].text == "Wat is ‘zorg’ en “werk”?"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (changed("title", "\u00a0title"), 2, f"{INVISIBLE} (no-break space) in place 1 of the line"),
        (changed('= "Proef"', '=\u00a0"Proef"'), 2, f"`title`: {INVISIBLE} (no-break space) in place 8 of the line"),
        (changed('"Proef"', '"Proef"\v'), 2, f"`title`: {INVISIBLE} (control character) in place 16 of the line"),
        (changed("[settings]", "\u200b[settings]"), 12, f"{INVISIBLE} (zero width space) in place 1 of the line"),
    ],
)  # fmt: skip
def test_invisible_characters_are_named_with_their_place(tmp_path, text, line, problem):
    assert refusal(tmp_path, text) == (line, problem, DELETE)


@pytest.mark.parametrize(
    ("text", "line", "problem", "expected"),
    [
        (
            changed("text =", 'text = "x"\ntext ='),
            10,
            "`text` stands here for the second time",
            "Take one of both out.",
        ),
        (
            SURVEY + "[settings]\n",
            14,
            "the heading [settings] stands here for the second time",
            "Put all its keys under the first one.",
        ),
        *(
            (changed("0.9", number), 13, "`target` is not a number as it has to be written", NUMBERS)
            for number in ("0,9", "90%", ".9", "90 000", "09")
        ),
        (changed('"Proef"', "Proef"), 2, "`title` has a value without a quotation mark in front", QUOTES),
        (changed('"Proef"', "1.0.0"), 2, "`title` has a value without a quotation mark in front", QUOTES),
        (changed('"Proef"', 'Proef"'), 2, "`title` has a value without a quotation mark in front", QUOTES),
        (changed('["thema"]', "[thema]"), 10, "`codeframes` has a value without a quotation mark in front", QUOTES),
        (changed("0.9", "Ja"), 13, "`target` has a value without a quotation mark in front", QUOTES),
        (
            changed('"Proef"', ""),
            2,
            "`title` has no value behind =",
            'Write one, such as "…" for a text, or take the key out.',
        ),
        (changed('"Proef"', '"Proef'), 2, "`title` lacks the quotation mark at the end of a text", ENDS),
        (SURVEY + 'encoder = "e5', 14, "`encoder` lacks the quotation mark at the end of a text", ENDS),
        (changed('"Proef"', "'Proef"), 2, "`title` lacks the quotation mark at the end of a text", ENDS),
        (changed('u?"', '\nu?"'), 9, "`text` lacks the quotation mark at the end of a text", ENDS),
        (changed('"Wat vindt u?"', '"""Wat?"'), 9, "`text` lacks the quotation mark at the end of a text", ENDS),
        (changed('["thema"]', '["thema"'), 10, "the list of `codeframes` lacks its ] or a comma", LISTS),
        (SURVEY[: SURVEY.index("]\n\n[set")], 10, "the list of `codeframes` lacks its ] or a comma", LISTS),
        (changed('["thema"]', '["a"\n"b"]'), 11, "the list of `codeframes` lacks its ] or a comma", LISTS),
        (changed('["thema"]', '["a"; "b"]'), 10, "the list of `codeframes` lacks its ] or a comma", LISTS),
        (changed('"Proef"', '"Een "proef""'), 2, "`title`: something stands behind the end of its value", BEHIND),
        (changed('"Proef"', "'Zo's proef'"), 2, "`title`: something stands behind the end of its value", BEHIND),
        (changed('"Proef"', '"Proef",'), 2, "`title`: something stands behind the end of its value", BEHIND),
        (changed("title =", "title"), 2, "`title` has no = behind it", FORM),
        (changed("title =", "title:"), 2, "`title` has no = behind it", FORM),
        (changed("respondent_id", "respondent id"), 4, "this line does not begin with a key and =", FORM),
        (changed("# Uit", "// Uit"), 1, "this line does not begin with a key and =", FORM),
        (
            changed("[[question]]", "[[question]"),
            6,
            "this is no heading: it ends otherwise than it begins, or has a name that is none",
            HEADINGS,
        ),
        (
            changed("[settings]", "[settings"),
            12,
            "this is no heading: it ends otherwise than it begins, or has a name that is none",
            HEADINGS,
        ),
        (
            changed('"responses.csv"', '"C:\\Users\\an.csv"'),
            3,
            "`responses`: a backslash, which has a meaning of its own in a text",
            r"Write \\ for a backslash; in the path of a file / does as well.",
        ),
        (changed("0.9", "{ a = 1"), 13, "not valid TOML: Unclosed inline table (at line 13, column 17)", None),
    ],
)
def test_what_is_wrong_with_a_line_is_told_with_what_would_be_right(tmp_path, text, line, problem, expected):
    assert refusal(tmp_path, text) == (line, problem, expected)


TWO_BRACKETS = "`codeframe.code` needs the heading [[codeframe.code]], with two brackets on each side"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (CODEBOOK.replace("[[codeframe.code]]", "[codeframe.code]", 1), 8, TWO_BRACKETS),
        (CODEBOOK.replace("[[codeframe.code]]", "[codeframe.code]"), 8, TWO_BRACKETS),
        (
            CODEBOOK.replace("[[codeframe]]", "[codeframe]"),
            4,
            "`codeframe` needs the heading [[codeframe]], with two brackets on each side",
        ),
        (CODEBOOK + "[[code]]\n", 20, "unknown key `code`"),
        (
            "[[codeframe.code]]\nid = \"a\"\n" + CODEBOOK[CODEBOOK.index("[[codeframe]]") :],
            3,
            "what belongs under [[codeframe]] stands above it",
        ),
    ],
)  # fmt: skip
def test_headings_with_other_brackets_or_in_another_order_are_named(tmp_path, text, line, problem):
    assert refusal(tmp_path, text, Codebook)[:2] == (line, problem)


def test_no_text_of_the_file_is_told_but_keys_that_it_can_have(tmp_path):
    text = CODEBOOK + 'examples = ["""\njansen = 3\npiet schrijft\n"""\n"x"]\n'
    assert refusal(tmp_path, text, Codebook) == (24, "the list of this key lacks its ] or a comma", LISTS)
    text = CODEBOOK + "piet schrijft\n"
    assert refusal(tmp_path, text, Codebook) == (20, "this line does not begin with a key and =", FORM)


@pytest.mark.parametrize(
    ("content", "line", "problem", "expected"),
    [
        (
            changed('"Proef"', '"Eén"').encode("cp1252"),
            2,
            "the file is not saved as UTF-8: the first letter that shows it, such as é, is in this line",
            SAVE,
        ),
        *(
            (SURVEY.encode(encoding), None, "the file is saved as UTF-16, which Notepad also calls Unicode", SAVE)
            for encoding in ("utf-16", "utf-16-le", "utf-16-be")
        ),
        *(
            (content, None, "this is a document of a word processor", "Save it as plain text, in UTF-8.")
            for content in (b"PK\x03\x04\xff", b"{\\rtf1 title}", b"{\\rtf1 \xe9}", b"\xd0\xcf\x11\xe0\xa1")
        ),
    ],
)
def test_a_file_that_is_no_plain_text_in_utf_8_says_how_to_save_it(tmp_path, content, line, problem, expected):
    assert refusal(tmp_path, content) == (line, problem, expected)
