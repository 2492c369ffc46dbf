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
from waitress import create_server

from pipeline.annotation.web.app import create_app
from pipeline.annotation.web.guards import Access
from pipeline.annotation.web.server import listen
from pipeline.commands.annotate import open_desk


@pytest.fixture
def root(tmp_path):
    return make_survey(tmp_path)


@contextmanager
def running(root: Path, coder: str) -> Iterator[str]:
    """The address of the page of a coder, whose clock stands still."""
    desk = open_desk(root, "stad", coder)
    desk.clock = lambda: MOMENT
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
    """Keys, of which Enter saves and waits for the next page."""
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


def row(respondent_id, question, codeframe, codes, text, note="", stream="random", at=MOMENT):
    return f"{respondent_id},{question},{codeframe},{codes},{text},{at},1.0.0,{stream},{note}\n"


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


@pytest.mark.parametrize("path", ["/coderen/random", "/coderen/active", "/coderen/random?keys"])
def test_people_who_see_or_hear_the_page_otherwise_can_use_it(root, context: BrowserContext, complaints, path):
    page = context.new_page()
    with running(root, "codeur-1") as address:
        page.goto(address)
        page.goto(re.sub(r"/\?.*", path, address))
        if path.endswith("keys"):
            keys(page, "1", "s", "t", "Escape", "?")
        found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1024, 768), (640, 450), (390, 844)])
def test_nothing_runs_off_the_page_at_any_width(root, browser, width, height):
    """A window of 1280 pixels at 200 % is one of 640."""
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    with running(root, "codeur-1") as address:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Naar de inhoud"
    page.context.close()


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
