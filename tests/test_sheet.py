"""What a coder sees of an answer, and what becomes of a note."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page import Visitor, make_survey
from test_annotations import CODEBOOK, QUESTIONS, annotation

from themawijzer.annotation.journal import Journal
from themawijzer.annotation.proposals import Suggestion
from themawijzer.annotation.sheet import KEYS, MAX_NOTE, Filled, Part, make_sheet, parts, tidy_note, written_note
from themawijzer.survey.annotations import read_annotations

ANY_TEXT = st.text(st.characters(), max_size=40) | st.sampled_from(["a\r\nb", "\0x\0", "\ud800", "\x85\u2028", " "])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY_TEXT, st.booleans())
def test_a_note_can_be_written_whatever_somebody_typed(tmp_path, typed, is_doubted):
    (tmp_path / "codeur-1.csv").unlink(missing_ok=True)
    note = written_note(typed, is_doubted=is_doubted)
    Journal(tmp_path, "codeur-1").append([annotation("geld", note=note)], CODEBOOK)
    assert read_annotations(tmp_path, CODEBOOK, QUESTIONS)["codeur-1"][0].note == note
    assert tidy_note(tidy_note(typed)) == tidy_note(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  kan ook sector zijn \r\n\r\n", "kan ook sector zijn"),
        ("één 🚲\r\nregel \r\ntwee", "één 🚲\nregel\ntwee"),
        ("a\0b\x07c", "abc"),
        ("=1+1", "=1+1"),
        ("x" * 2000, "x" * MAX_NOTE),
    ],
)
def test_a_note_keeps_its_words_and_lines(typed, kept):
    assert tidy_note(typed) == kept


def filled(**notes):
    return Filled.of(
        {codeframe: annotation("geld", codeframe=codeframe, note=note) for codeframe, note in notes.items()}
    )


@pytest.mark.parametrize(
    ("notes", "doubted", "note"),
    [
        ({"thema": "", "toon": ""}, set(), ""),
        ({"thema": "twijfel", "toon": "x"}, {"thema"}, "x"),
        ({"thema": "twijfel: waarom", "toon": ""}, {"thema"}, "waarom"),
        ({"thema": "zelfde", "toon": "zelfde"}, set(), "zelfde"),
        ({"thema": "twijfel: een", "toon": "twijfel: twee"}, {"thema", "toon"}, "een; twee"),
    ],
)
def test_a_sheet_comes_back_as_it_was_filled_in(notes, doubted, note):
    assert (filled(**notes).doubted, filled(**notes).note) == (doubted, note)
    assert [filled(**notes).choice(each).note.partition(":")[0] == "twijfel" for each in notes] == [
        each in doubted for each in notes
    ]


def test_every_code_has_a_key_of_its_own_as_long_as_there_are_keys(tmp_path):
    visitor = Visitor(make_survey(tmp_path))
    many = "\n".join(
        f'    {{ id = "c{n}", value = {n}, label = "Code {n}", definition = "d" }},' for n in range(10, 45)
    )
    path = tmp_path / "annotations/stad/codebook.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("code = [\n", f"code = [\n{many}\n", 1), encoding="utf-8")
    desk = visitor.desk
    sheet = make_sheet(desk.tasks("random")[0], desk.snapshot, Filled(), proposals=desk.proposals)
    keys = [line.key for section in sheet.sections for line in section.lines]
    assert "".join(keys) == KEYS
    assert keys[len(KEYS) :] == [""] * (35 + 3 + 1 - len(KEYS))
    assert not set(KEYS) & set("0istuv")  # these do something else


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=5), max_size=4))
def test_a_text_in_parts_is_the_text(text, words):
    found = parts(text, [Suggestion("a", 0.5, tuple(words))])
    assert "".join(part.text for part in found) == text


def test_words_that_made_the_model_suggest_a_code_are_parts_wherever_they_stand():
    suggestions = [Suggestion("trein", 0.9, ("ns", "te laat")), Suggestion("ov", 0.8, ("ns",))]
    assert parts("NS is te laat, onse ns!", suggestions) == [
        Part("NS", ("trein", "ov")),
        Part(" is ", ()),
        Part("te laat", ("trein",)),
        Part(", onse ", ()),
        Part("ns", ("trein", "ov")),
        Part("!", ()),
    ]
