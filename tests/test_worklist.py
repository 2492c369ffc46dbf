"""What comes back when the codebook changes, to whom, and what counts meanwhile."""

from dataclasses import replace

import pytest
from test_revision import CODEBOOK, revised, wording

from themawijzer.annotation.judging import disputes
from themawijzer.annotation.new_codes import MAX_BACK, find_hints
from themawijzer.annotation.usage import summarize_use
from themawijzer.annotation.worklist import Waiting, count_codes, waiting, work_list
from themawijzer.survey.annotations import Annotation, Unit
from themawijzer.survey.changes import Changes, read_changes
from themawijzer.survey.codebook import Code, read_codebook
from themawijzer.survey.gold import latest, settle


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "codebook.toml").write_text(CODEBOOK, encoding="utf-8")
    return tmp_path


def coded(respondent, *codes, version="1.4.2", stream="active", codeframe="thema", note=""):
    text = f"antwoord van {respondent}"
    return Annotation(
        respondent, "v1", codeframe, frozenset(codes), text, "2026-01-01T00:00:00Z", version, stream, note
    )


def unit(respondent, codeframe="thema"):
    return Unit(respondent, "v1", codeframe)


ROWS = [
    coded("1", "trein"),
    coded("2", "fiets", "trein", stream="random"),
    coded("3"),
    coded("4", "fiets"),
    coded("5", codeframe="toon"),
]


def listed(folder, coders, coder="a"):
    """Respondent, kinds of change, suggestion and whether the annotation counts meanwhile, in the order of the list."""
    codebook = read_codebook(folder / "codebook.toml")
    changes = read_changes(folder, codebook)
    found = work_list(latest(coders), codebook.codeframes, changes, coder, coders.get(coder, []))
    return [
        (each.unit.respondent_id, [change.kind for change in each.changes], set(each.suggestion), each.is_in_force)
        for each in found
    ]


def add(folder, label="Te voet"):
    return revised(folder, "add", wordings=(wording(label),))


def split(folder):
    return revised(folder, "split", codes=("trein",), wordings=(wording("Sprinter"), wording("Intercity")))


def merge(folder):
    return revised(folder, "merge", codes=("trein",), into="fiets", wordings=(wording("Trein en fiets"),))


def rename(folder):
    return revised(folder, "rename", codes=("fiets",), wordings=(wording("Rijwiel", "Fietsen en stallen."),))


def redefine(folder):
    return revised(folder, "rename", codes=("fiets",), wordings=(wording("Fiets", "Met trappers."),))


@pytest.mark.parametrize(
    ("change", "comes_back"),
    [
        (add, [("3", ["add"], set(), True)]),
        (rename, []),
        (redefine, [("2", ["redefine"], {"fiets", "trein"}, True), ("4", ["redefine"], {"fiets"}, True)]),
        (split, [("2", ["split"], {"fiets"}, False), ("1", ["split"], set(), False)]),
        (merge, [("2", ["merge"], {"fiets"}, False), ("1", ["merge"], {"fiets"}, False)]),
    ],
)
def test_what_a_change_touches_comes_back(folder, change, comes_back):
    assert listed(folder, {"a": ROWS}) == []
    change(folder)
    assert listed(folder, {"a": ROWS}) == comes_back
    assert listed(folder, {"b": ROWS}) == []


@pytest.mark.parametrize(
    ("change", "again"), [(add, ()), (redefine, ("fiets",)), (split, ("sprinter",)), (split, ()), (merge, ("fiets",))]
)
def test_who_judges_again_under_the_new_version_is_done(folder, change, again):
    before = coded("1", *({"add": [], "redefine": ["fiets"]}.get(change.__name__, ["trein"])))
    version = change(folder).version
    assert len(listed(folder, {"a": [before]})) == 1
    assert listed(folder, {"a": [before, coded("1", *again, version=version)]}) == []
    assert len(listed(folder, {"a": [before], "b": [coded("1", *again, version=version)]})) == 1
    assert listed(folder, {"a": [before], "adjudicated": [coded("1", *again, version=version)]}) == []


BUSES = Annotation(
    "6", "v1", "thema", frozenset(["ov"]), "Bussen die wachten.", "2026-01-01T00:00:00Z", "1.4.2", "random"
)
WAITING = replace(BUSES, respondent_id="7", text="wachttijden, wacht ik ooit op bussen", stream="active")
NEITHER = replace(BUSES, respondent_id="8", text="de bus is duur")
NONE_BEFORE = replace(BUSES, respondent_id="9", text="te lang wachten", codes=frozenset())


def add_waiting(folder):
    """A new code with one word in its label and one in what belongs to it; the rest tells nothing."""
    return revised(folder, "add", wordings=(replace(wording("Wachten op de"), include=("haltes",)),))


def test_for_a_new_code_answers_with_its_words_come_back_and_the_likeliest_are_first(folder):
    halts = replace(BUSES, respondent_id="10", text="Haltes waar je wacht")
    add_waiting(folder)
    rows = {"a": [NEITHER, BUSES, coded("3"), NONE_BEFORE, WAITING, halts], "b": [replace(BUSES, respondent_id="11")]}
    found = listed(folder, rows)
    assert [each[0] for each in found][-1] == "3"  # nothing tells that it may have the code, but it had none
    assert {each[0]: each[1:] for each in found} == {
        "3": (["add"], set(), True),
        "9": (["add"], set(), True),
        "6": (["add"], {"ov"}, True),
        "7": (["add"], {"ov"}, True),
        "10": (["add"], {"ov"}, True),
    }
    assert found[0][0] == "10"  # two words of the code
    assert listed(folder, rows, "b") == [("11", ["add"], {"ov"}, True)]


def test_words_of_all_codes_that_were_added_together_bring_back(folder):
    rows = [
        replace(BUSES, respondent_id="first", text="wachten is saai"),
        replace(BUSES, respondent_id="second", text="haltes zijn vies"),
        replace(BUSES, respondent_id="both", text="wachten bij haltes"),
        replace(BUSES, respondent_id="none", text="te duur"),
    ]
    revised(folder, "add", wordings=(wording("Wachten"),))
    version = revised(folder, "add", wordings=(wording("Haltes"),)).version
    codebook = read_codebook(folder / "codebook.toml")
    changes = read_changes(folder, codebook)
    ids = [code for change in changes.changes for code in change.after]
    together = changes.changes[-1].model_copy(update={"after": ids})
    found = work_list(latest({"a": rows}), codebook.codeframes, Changes(change=[together]), "a", rows)
    assert {each.unit.respondent_id: each.hints[version].words for each in found} == {
        "first": ("wachten",),
        "second": ("haltes",),
        "both": ("wachten", "haltes"),
    }


def test_no_more_answers_come_back_for_a_new_code_than_can_be_read_and_none_in_the_place_of_those_that_were(folder):
    rows = [replace(BUSES, respondent_id=str(n), text=f"wachten op bus {n} {'haltes' * (n == 70)}") for n in range(80)]
    rows += [replace(BUSES, respondent_id=f"other {n}", text=f"trein {n}") for n in range(400)]
    version = add_waiting(folder).version
    before = listed(folder, {"a": rows})
    assert len(before) == MAX_BACK
    assert before[0][0] == "70"
    again = [replace(rows[70], codebook_version=version)]
    later = [replace(BUSES, respondent_id=f"later {n}", text="haltes", codebook_version=version) for n in range(60)]
    assert listed(folder, {"a": rows + again + later}) == before[1:]


def test_a_word_that_many_answers_have_tells_nothing_of_one(folder):
    rows = [replace(BUSES, respondent_id=str(n), text=f"wachten op bus {n}") for n in range(30)]
    halts = replace(BUSES, respondent_id="halts", text="wachten bij haltes")
    add_waiting(folder)
    assert [each[0] for each in listed(folder, {"a": [*rows, halts]})] == ["halts"]
    assert len(listed(folder, {"a": rows[:10]})) == 10  # too few to tell


@pytest.mark.parametrize(
    ("word", "other", "expected"),
    [
        ("woning", "woningen", True),
        ("gelijke", "gelijkheid", True),
        ("bus", "bussen", False),
        ("ov", "ov", True),
        ("ov", "over", False),
        ("wachten", "wachttijd", True),
        ("wonen", "woning", False),
        ("werk", "werkgever", True),  # another word, which begins alike
    ],
)
def test_words_that_begin_alike_are_taken_for_the_same(word, other, expected):
    hints = find_hints(Code(id="x", value=1, label=word, definition="d"), [replace(BUSES, text=f"{other} is het")])
    assert [hint.words for hint in hints.values()] == ([(other,)] if expected else [])


def test_a_decision_of_before_comes_back_to_who_adjudicates_and_so_does_that_of_the_coder(folder):
    rows = {"a": [coded("1", "trein")], "adjudicated": [coded("1", "trein", "ov")]}
    split(folder)
    assert listed(folder, rows, "a") == [("1", ["split"], set(), False)]
    assert listed(folder, rows, "adjudicated") == [("1", ["split"], {"ov"}, False)]


def test_a_retired_code_has_to_be_judged_again_even_if_it_is_written_down_later(folder):
    version = split(folder).version
    assert listed(folder, {"a": [coded("1", "trein", version=version)]}) == [("1", ["split"], set(), False)]


def test_changes_one_after_another_are_followed(folder):
    merge(folder)
    revised(folder, "merge", codes=("fiets",), into="ov", wordings=(wording("Reizen"),))
    assert listed(folder, {"a": [coded("1", "trein")]}) == [("1", ["merge"], {"ov"}, False)]
    revised(folder, "split", codes=("ov",), wordings=(wording("Ver"), wording("Dichtbij")))
    assert listed(folder, {"a": [coded("1", "trein")]}) == [("1", ["merge"], set(), False)]


def test_a_version_that_a_spreadsheet_spoiled_counts_as_an_old_one(folder):
    add(folder)
    assert listed(folder, {"a": [coded("1", version="1-4-2002")]}) == [("1", ["add"], set(), True)]


def test_how_much_waits_is_counted_over_all_coders(folder):
    codebook = read_codebook(folder / "codebook.toml")
    coders = {"a": ROWS, "b": ROWS[:1]}
    assert waiting(coders, codebook.codeframes, read_changes(folder, codebook)) == Waiting()
    split(folder)
    add(folder)
    codebook = read_codebook(folder / "codebook.toml")
    assert waiting(coders, codebook.codeframes, read_changes(folder, codebook)) == Waiting(4, 1)
    assert count_codes(latest(coders), "thema") == {"trein": 3, "fiets": 2, "": 1}


# Gold


def test_what_holds_a_retired_code_decides_nothing_and_others_do(folder):
    split(folder)
    codebook = read_codebook(folder / "codebook.toml")
    gold = settle({"a": [coded("1", "trein"), coded("2", "trein")], "b": [coded("1", "fiets")]}, codebook)
    assert {each.respondent_id: (set(found.codes), found.coders) for each, found in gold.items()} == {
        "1": ({"fiets"}, ("b",))
    }


def test_an_answer_that_was_drawn_stays_drawn_when_it_is_judged_again(folder):
    version = split(folder).version
    rows = [coded("1", "trein", stream="random"), coded("1", "sprinter", version=version, stream="review")]
    assert settle({"a": rows}, read_codebook(folder / "codebook.toml"))[rows[0].answered].is_random


# Disagreement


def disputed(folder, **coders):
    codebook = read_codebook(folder / "codebook.toml")
    return [
        (each.unit.respondent_id, set(each.agreed), set(each.disputed), each.stream)
        for each in disputes(latest(coders), codebook.codeframes)
    ]


@pytest.mark.parametrize(
    ("coders", "found"),
    [
        ({"a": ["trein"]}, []),
        ({"a": ["trein"], "b": ["trein"]}, []),
        ({"a": ["trein"], "b": ["trein", "ov"]}, []),  # a code implies its parent
        ({"a": ["trein"], "b": ["ov"]}, [("1", {"ov"}, {"trein"}, "active")]),
        ({"a": ["trein"], "b": []}, [("1", set(), {"trein", "ov"}, "active")]),
        ({"a": ["fiets"], "b": [], "c": ["fiets"]}, [("1", set(), {"fiets"}, "active")]),
        ({"a": ["fiets"], "b": [], "adjudicated": []}, []),
        ({"a": ["oud"], "b": []}, []),
        ({"a": ["fiets"], "b": [], "adjudicated": ["oud"]}, [("1", set(), {"fiets"}, "active")]),
    ],
)
def test_what_coders_disagree_about_is_listed_until_it_is_decided(folder, coders, found):
    assert disputed(folder, **{coder: [coded("1", *codes)] for coder, codes in coders.items()}) == found


def test_what_concerns_most_codes_comes_first_and_a_drawn_answer_stays_drawn(folder):
    a = [coded("1", "fiets"), coded("2", "fiets", "ov")]
    b = [coded("1"), coded("2", stream="random")]
    assert disputed(folder, a=a, b=b) == [("2", set(), {"fiets", "ov"}, "random"), ("1", set(), {"fiets"}, "active")]


def test_codes_are_confused_where_one_coder_gives_the_one_and_another_the_other(folder):
    codeframe = read_codebook(folder / "codebook.toml").codeframe("thema")
    coders = {
        "a": [coded("1", "fiets"), coded("2", "fiets", "ov"), coded("3", "trein"), coded("4", "oud")],
        "b": [coded("1", "trein"), coded("2", "trein", "ov"), coded("3"), coded("4", "fiets")],
        "c": [coded("1", "fiets")],
        "adjudicated": [coded("1", "ov")],
    }
    use = summarize_use(settle(coders, read_codebook(folder / "codebook.toml")), coders, codeframe)
    assert {code: (each.n, each.confused) for code, each in use.items()} == {
        "ov": (2, (("fiets", 2),)),
        "trein": (0, (("fiets", 3),)),
        "fiets": (1, (("trein", 3), ("ov", 2))),
    }
    assert use["fiets"].examples == ("antwoord van 4",)
