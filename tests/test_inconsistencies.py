"""Answers that say the same, and that one coder coded differently: found, shown, opened and mended."""

import re

import pytest
from page import MOMENT, Visitor, make_survey
from playwright.sync_api import BrowserContext, expect
from test_annotations import HEADER
from test_page_in_browser import file, keys, running, serious

from themawijzer.annotation.inconsistencies import find_inconsistencies

ANSWERS = ["Meer treinen!", "meer  treinen", "MEER TREINEN", "Meer bussen", "meer bussen.", "?", "!", "fietspad"]


def row(respondent_id, codes, codeframe="thema", question="v1", **changed):
    text = changed.get("text", ANSWERS[int(respondent_id) - 1])
    return f"{respondent_id},{question},{codeframe},{codes},{text},{MOMENT},1.0.0,random,\n"


@pytest.fixture
def root(tmp_path):
    """Eight respondents, of whom three and two said the same to the first question."""
    root = make_survey(tmp_path)
    lines = [f"{place:03d},Utrecht,{text},meer treinen" for place, text in enumerate(ANSWERS, start=1)]
    (root / "surveys/stad/responses.csv").write_text(
        "\n".join(["nr,provincie,wens,zorg", *lines, ""]), encoding="utf-8"
    )
    return root


def write(root, *rows, coder="codeur-1"):
    (root / f"annotations/stad/{coder}.csv").write_text(HEADER + "".join(rows), encoding="utf-8")


def found(root, coder="codeur-1"):
    return [
        (each.question, each.codeframe.id, [[own.respondent_id for own in rows] for rows in each.codings.values()])
        for each in find_inconsistencies(Visitor(root, coder).desk.snapshot, coder)
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("001", "ov"), row("002", "ov"), row("003", "fiets")], [("v1", "thema", [["003"], ["001", "002"]])]),
        ([row("001", "ov"), row("002", "")], [("v1", "thema", [["001"], ["002"]])]),
        ([row("001", "trein"), row("002", "ov|trein")], []),  # a code implies its parent
        ([row("001", "ov"), row("002", "boos", "toon")], []),  # another codeframe
        ([row("001", "ov"), row("002", "fiets", question="v2", text="meer treinen")], []),  # another question
        ([row("001", "ov"), row("004", "fiets")], []),  # other words
        ([row("006", "ov"), row("007", "fiets")], []),  # no words
        ([row("001", "ov"), row("002", "fiets"), row("002", "ov")], []),  # the last decision counts
    ],
)
def test_equal_answers_with_different_codes_of_one_coder_are_found(root, rows, expected):
    write(root, *rows)
    assert found(root) == expected


def test_what_two_coders_gave_differently_is_for_judging_and_no_inconsistency(root):
    write(root, row("001", "ov"))
    write(root, row("002", "fiets"), coder="codeur-2")
    assert (found(root), found(root, "codeur-2")) == ([], [])
    assert "Wisselend gecodeerd: niets gevonden" in Visitor(root).see("/wisselend")


def test_what_was_adjudicated_is_no_inconsistency(root):
    write(root, row("001", "ov"), row("002", "fiets"), row("003", "fiets"))
    write(root, row("001", "fiets"), coder="adjudicated")
    assert found(root) == []
    write(root, row("003", "fiets"), coder="adjudicated")
    assert found(root) == [("v1", "thema", [["001"], ["002"]])]


def test_what_can_be_coded_no_more_is_no_inconsistency(root):
    write(root, row("001", "boos", "toon"), row("002", "", "toon"))
    assert len(found(root)) == 1
    survey = root / "surveys/stad/survey.toml"
    survey.write_text(survey.read_text(encoding="utf-8").replace('["thema", "toon"]', '["thema"]'), encoding="utf-8")
    assert found(root) == []


def test_most_answers_come_first_and_all_of_them_can_be_opened(root):
    write(root, row("004", "ov"), row("005", "fiets"), row("001", "ov"), row("002", "fiets"), row("003", "ov"))
    page = Visitor(root).see("/wisselend")
    assert re.findall(r"respondent=(\d+)&amp;question=v1&amp;vanuit=wisselend", page) == [
        "002",
        "001",
        "003",
        "004",
        "005",
    ]


def test_an_inconsistency_is_opened_and_mended_with_keys_alone(root, context: BrowserContext, complaints):
    write(root, row("001", "ov"), row("002", "ov"), row("003", "fiets"))
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    with running(root, "codeur-1") as address:
        page.goto(address)
        link = page.get_by_role("link", name="Wisselend gecodeerd")
        expect(link).to_have_accessible_name("Wisselend gecodeerd 1")
        link.focus()
        keys(page, "Enter")
        expect(page.locator(".coders .chips")).to_have_text([re.compile("Fiets"), re.compile("Openbaar vervoer")])
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert serious(page) == []
        page.get_by_role("link", name="MEER TREINEN", exact=True).focus()
        keys(page, "Enter")
        expect(page.locator("#antwoord")).to_have_text("MEER TREINEN")
        keys(page, "3", "1", "Enter")
        expect(page.get_by_role("heading", name="Wisselend gecodeerd: niets gevonden")).to_be_visible()
        expect(link).to_have_accessible_name("Wisselend gecodeerd")
    assert file(root) == HEADER + row("001", "ov") + row("002", "ov") + row("003", "fiets") + row("003", "ov")
