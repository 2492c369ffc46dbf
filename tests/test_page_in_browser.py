"""The page in a real browser: coding with keys alone, two coders at once, and people who see it otherwise."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from page import MOMENT, SCRIPT, make_survey
from playwright.sync_api import BrowserContext, Page, expect
from test_annotations import HEADER
from test_queue import review, write_review
from waitress import create_server

from themawijzer.annotation.similar import Similarity
from themawijzer.annotation.web.app import create_app, listen
from themawijzer.annotation.web.guards import Access
from themawijzer.commands.annotate import open_desk
from themawijzer.survey.annotations import Annotation, append_annotations
from themawijzer.survey.codebook import read_codebook


@pytest.fixture
def root(tmp_path):
    return make_survey(tmp_path)


@contextmanager
def running(root: Path, coder: str, likeness: Similarity | None = None) -> Iterator[str]:
    """The address of the page of a coder, whose clock stands still."""
    desk = open_desk(root, "stad", coder)
    desk.clock = lambda: MOMENT
    desk.likeness = likeness or desk.likeness
    listening = listen(0)
    access = Access(listening.getsockname()[1])
    server = create_server(create_app(desk, access), sockets=[listening], threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield access.url(access.token)
    finally:
        server.trigger.pull_trigger(lambda: [each.close() for each in list(server._map.values())])
        thread.join(10)
        server.task_dispatcher.shutdown()
        assert not thread.is_alive()


def keys(page: Page, *pressed: str) -> None:
    """Keys, of which Enter saves and waits for the next page, when the page listens to them."""
    page.wait_for_load_state()
    for key in pressed:
        if key in ("Enter", "ArrowLeft", "ArrowRight", "u"):
            with page.expect_navigation():
                page.keyboard.press(key)
        else:
            page.keyboard.press(key)


def file(root: Path, coder: str = "codeur-1") -> str:
    return (root / f"annotations/stad/{coder}.csv").read_text(encoding="utf-8")


def shown(page: Page) -> str:
    return page.locator("#antwoord").inner_text()


def checked(page: Page) -> list[str]:
    return page.eval_on_selector_all("#sheet input:checked", "boxes => boxes.map(box => box.value)")


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe finds that keeps people from using the page, with where."""
    found = [each for each in Axe().run(page).response["violations"] if each["impact"] in ("serious", "critical")]
    return [(each["id"], each["nodes"][0]["html"]) for each in found]


def row(respondent_id, question, codeframe, codes, text, note="", stream="random", at=MOMENT):
    return f"{respondent_id},{question},{codeframe},{codes},{text},{at},1.0.0,{stream},{note}\n"


def test_what_a_code_means_stands_beside_the_codes_not_below_them(root, context: BrowserContext):
    page = context.new_page()
    with running(root, "codeur-1") as address:
        page.goto(address)
        with page.expect_navigation():
            page.get_by_role("link", name="v2").click()  # coded in one codeframe
        page.keyboard.press("1")
        frame, meaning = (page.locator(each).bounding_box() for each in (".frame", "#explain"))
    assert frame
    assert meaning
    assert meaning["x"] > frame["x"] + frame["width"]
    assert meaning["y"] == frame["y"]


def test_ten_answers_are_coded_with_keys_alone(root, context: BrowserContext, complaints):
    page = context.new_page()
    with running(root, "codeur-1") as address:
        page.goto(address)
        assert "token" not in page.url
        assert shown(page) == SCRIPT
        keys(page, "1", "4", "Enter")
        assert shown(page) == "te druk"
        keys(page, "0", "0", "Enter")
        assert shown(page) == 'zij zei "ja"\nen nee'
        keys(page, "1", "2", "1", "0", "t")  # doubt goes with the frame of the last choice, and asks for a note
        page.keyboard.type("welke; trein?")
        keys(page, "Enter")
        keys(page, "3")
        page.reload()
        assert (shown(page), checked(page)) == ("=1+1 trein", [])
        page.keyboard.press("Enter")  # nothing is chosen yet
        expect(page.locator("#missing")).to_be_visible()
        page.keyboard.press("/")
        page.keyboard.type("spoor")
        page.keyboard.press("Enter")
        assert checked(page) == ["trein"]
        keys(page, "0", "Enter")
        assert shown(page) == "meer treinen"
        keys(page, "ArrowRight")
        assert shown(page) == "veilige fietspaden"
        keys(page, "3", "4", "Enter", "u")
        assert (shown(page), checked(page)) == ("veilige fietspaden", [])
        keys(page, "3", "0", "Enter")
        assert shown(page) == "het spoor"
        keys(page, "2", "Enter", "ArrowLeft")
        assert (shown(page), checked(page)) == ("het spoor", ["trein"])
        keys(page, "1", "Enter", "0", "Enter", "1", "Enter", "3", "Enter", "0", "Enter")
        assert "vandaag" in page.locator(".who").inner_text()
    assert file(root) == HEADER + (
        row("003", "v1", "thema", "ov", SCRIPT)
        + row("003", "v1", "toon", "boos", SCRIPT)
        + row("007", "v1", "thema", "", "te druk")
        + row("007", "v1", "toon", "", "te druk")
        + row("006", "v1", "thema", "trein", '"zij zei ""ja""\nen nee"')
        + row("006", "v1", "toon", "", '"zij zei ""ja""\nen nee"', "twijfel: welke; trein?")
        + row("005", "v1", "thema", "trein", "'=1+1 trein")
        + row("005", "v1", "toon", "", "'=1+1 trein")
        + row("002", "v1", "thema", "fiets", "veilige fietspaden")
        + row("002", "v1", "toon", "boos", "veilige fietspaden")
        + row("002", "v1", "thema", "", "veilige fietspaden", "ingetrokken", at="")
        + row("002", "v1", "toon", "", "veilige fietspaden", "ingetrokken", at="")
        + row("002", "v1", "thema", "fiets", "veilige fietspaden")
        + row("002", "v1", "toon", "", "veilige fietspaden")
        + row("004", "v2", "thema", "trein", "het spoor")
        + row("004", "v2", "thema", "ov|trein", "het spoor")
        + row("006", "v2", "thema", "", "lawaai")
        + row("008", "v2", "thema", "ov", "drukte")
        + row("002", "v2", "thema", "fiets", "gevaarlijk")
        + row("001", "v2", "thema", "", "de kosten")
    )


def test_a_search_without_hits_says_so_and_how_to_go_back(root, context: BrowserContext, complaints):
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    with running(root, "codeur-1") as address:
        page.goto(address)
        told, lines = page.locator("#no-hits"), page.locator(".line[data-depth]:visible")
        keys(page, "/")
        page.keyboard.type("spoor")
        expect(told).to_be_hidden()
        page.keyboard.type("zzz<b>")
        expect(told).to_contain_text("Geen code of uitleg met “spoorzzz<b>”.")
        expect(lines).to_have_count(0)
        expect(page.locator("#explain")).to_be_hidden()
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.keyboard.press("Enter")  # chooses nothing, and leaves what is said
        expect(told).to_be_visible()
        page.keyboard.press("Escape")
        expect(told).to_be_hidden()
        expect(lines).to_have_count(4)
        keys(page, "/")
        page.keyboard.type("zzz")
        keys(page, "Tab")
        page.keyboard.press("Enter")
        expect(lines).to_have_count(4)
        keys(page, "1")
        assert checked(page) == ["ov"]


def test_two_coders_work_at_once_each_in_a_file_of_their_own(root, browser):
    with running(root, "codeur-1") as one, running(root, "codeur-2") as two:
        first, second = (browser.new_context().new_page() for _ in range(2))
        first.goto(one)
        second.goto(two)
        assert (shown(first), shown(second)) == (SCRIPT, "te druk")  # not both the same
        keys(first, "1", "4", "Enter")
        assert shown(first) == 'zij zei "ja"\nen nee'
        keys(second, "3", "0", "Enter")
        assert shown(second) == "=1+1 trein"
        keys(first, "0", "0", "Enter")
        assert shown(first) == "meer treinen"
        for page in (first, second):
            page.context.close()
    quoted = '"zij zei ""ja""\nen nee"'
    assert file(root, "codeur-1") == HEADER + (
        row("003", "v1", "thema", "ov", SCRIPT)
        + row("003", "v1", "toon", "boos", SCRIPT)
        + row("006", "v1", "thema", "", quoted)
        + row("006", "v1", "toon", "", quoted)
    )
    assert file(root, "codeur-2") == HEADER + (
        row("007", "v1", "thema", "fiets", "te druk") + row("007", "v1", "toon", "", "te druk")
    )


def write_coding(root: Path) -> None:
    """What `classify` says of two answers, of which one is for a person to decide."""
    codings = [
        {"respondent_id": nr, "question": "v1", "codeframe": "thema", "code": "trein", "probability": "0.7312"}
        | {"source": "model", "evidence": evidence}
        for nr, evidence in (("001", "treinen"), ("003", "alert"))
    ]
    asked = review("001", "v1", "thema", "onzeker, vooral over: Trein", "meer treinen", "trein")
    write_review(root, asked, codings=codings)


def test_suggestions_are_hidden_in_the_random_sample_until_asked_for_and_each_time_again(
    root, context: BrowserContext, complaints
):
    write_coding(root)
    page = context.new_page()
    with running(root, "codeur-1") as address:
        page.goto(address)
        suggestion = page.locator(".chance")
        assert shown(page) == SCRIPT
        expect(suggestion).to_be_hidden()
        page.keyboard.press("s")
        expect(suggestion).to_have_text(re.compile("73%"))
        page.reload()
        expect(suggestion).to_be_hidden()
        page.goto(re.sub(r"/\?.*", "/coderen/active", address))
        expect(suggestion).to_be_visible()
        assert page.locator("mark").all_inner_texts() == ["treinen"]
        page.keyboard.press("s")
        page.reload()
        expect(suggestion).to_be_hidden()  # here the choice is kept


def test_a_search_for_similar_answers_holds_up_nothing_else(root, context: BrowserContext, complaints):
    append_annotations(
        root / "annotations/stad/codeur-2.csv",
        [Annotation("002", "v1", "thema", frozenset(["fiets"]), "veilige fietspaden", MOMENT, "1.0.0", "active")],
        read_codebook(root / "annotations/stad/codebook.toml"),
    )
    found = threading.Event()
    page, other = context.new_page(), context.new_page()
    with running(root, "codeur-1", lambda _, others: found.wait(20) and [1.0] * len(others)) as address:
        page.goto(address)
        page.keyboard.press("v")
        expect(page.locator("#similar")).to_have_text("Zoeken…")
        other.goto(page.url)
        keys(other, "1", "4", "Enter")
        assert shown(other) == "te druk"
        found.set()
        expect(page.locator("#similar")).to_contain_text("veilige fietspaden")
        expect(page.locator("#similar")).to_contain_text("Thema: Fiets")


def test_two_tabs_of_one_coder_do_not_overwrite_each_other_unseen(root, context: BrowserContext, complaints):
    one, two = context.new_page(), context.new_page()
    with running(root, "codeur-1") as address:
        one.goto(address)
        two.goto(one.url)
        keys(one, "1", "4", "Enter")
        keys(two, "3", "4", "Enter")
        expect(two.locator("#status")).to_contain_text("in een ander venster gecodeerd")
    assert file(root) == HEADER + (
        row("003", "v1", "thema", "ov", SCRIPT)
        + row("003", "v1", "toon", "boos", SCRIPT)
        + row("003", "v1", "thema", "fiets", SCRIPT)
    )


def test_all_of_it_works_without_a_script_too(root, browser):
    page = browser.new_context(java_script_enabled=False).new_page()
    with running(root, "codeur-1") as address:
        page.goto(address)
        page.get_by_role("button", name="Opslaan en volgende").click()
        expect(page.get_by_role("alert")).to_contain_text("nog niets opgeslagen")
        page.get_by_label("Fiets").check(force=True)
        page.get_by_label("Geen code past").last.check(force=True)
        page.get_by_role("button", name="Opslaan en volgende").click()
        page.get_by_role("link", name="Terug").click()
        assert page.locator("input:checked").count() == 2 + 1  # and the keys, which are on
        page.get_by_role("button", name="Ongedaan maken").click()
        page.get_by_role("button", name="Overslaan").click()
    assert file(root).count("ingetrokken") == 2
    page.context.close()


def test_people_who_see_or_hear_the_page_otherwise_can_use_it(root, context: BrowserContext, complaints):
    write_coding(root)
    page = context.new_page()
    with running(root, "codeur-1") as address:
        page.goto(address)
        for stream, pressed in (("random", "1st"), ("active", ""), ("review", ""), ("random", "?")):
            page.goto(re.sub(r"/\?.*", f"/coderen/{stream}", address))
            keys(page, *pressed)
            assert serious(page) == []


def test_nothing_runs_off_the_page_at_any_width(root, context: BrowserContext, complaints):
    """A window of 1280 pixels at 200 % is one of 640."""
    page = context.new_page()
    with running(root, "codeur-1") as address:
        page.goto(address)
        for width, height in ((1280, 720), (1024, 768), (640, 450), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Naar de inhoud"


def test_letters_do_nothing_for_those_who_turn_that_off(root, context: BrowserContext, complaints):
    page = context.new_page()
    with running(root, "codeur-1") as address:
        page.goto(address)
        page.keyboard.press("?")
        page.get_by_label("sneltoetsen").uncheck()
        page.get_by_role("button", name="Sluiten").click()
        keys(page, "1", "t")
        assert checked(page) == []
        page.get_by_label("Fiets").press("Space")
        assert checked(page) == ["fiets"]
