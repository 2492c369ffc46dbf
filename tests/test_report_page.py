"""The report in a real browser: nothing is asked of elsewhere, everybody can read it, hostile text breaks nothing."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import Complaints
from coded_survey import SURVEY, write_coded_survey
from conftest import run
from playwright.sync_api import BrowserContext, Page

HOSTILE = "<script>alert(1)</script>\u202e\u0007\"'&|=1+1" + "x" * 100_000


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("report")
    coded = write_coded_survey(root)
    run("report", "klein", "--quiet", "--quotes-unread", root=root)
    return coded / "report.html"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels, question, groups and an answer of the worst kind."""
    root = tmp_path_factory.mktemp("hostile")
    survey = SURVEY.replace("Wat is nodig?", r"<b>Wat</b> is nodig?\u202E").replace(
        "Werk in", r"</title><script>x</script>\u202E"
    )
    labels = {"talent": HOSTILE, "mkb": "<img src=x onerror=alert(1)>", "thema": '"><svg onload=alert(1)>'}
    coded = write_coded_survey(root, survey=survey, labels=labels, groups=(HOSTILE, "Zeeland"), answer=HOSTILE)
    run("report", "klein", "--quiet", "--quotes-unread", root=root)
    return coded / "report.html"


def opened(context: BrowserContext, path: Path, *, width: int = 1280) -> Page:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("kind", ["report", "hostile"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_needs_nobody_and_scrolls_one_way(
    request: pytest.FixtureRequest, context: BrowserContext, complaints: Complaints, kind: str, width: int
) -> None:
    page = opened(context, request.getfixturevalue(kind), width=width)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert complaints == Complaints()


def test_axe_finds_nothing_serious(context: BrowserContext, complaints: Complaints, report: Path) -> None:
    page = opened(context, report)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")] == []
    assert complaints == Complaints()


def test_every_link_leads_somewhere_and_every_id_is_there_once(context: BrowserContext, report: Path) -> None:
    page = opened(context, report)
    ids = page.eval_on_selector_all("[id]", "all => all.map(each => each.id)")
    assert len(ids) == len(set(ids))
    links = page.eval_on_selector_all("a", "all => all.map(each => each.getAttribute('href'))")
    assert len(links) == 8
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_every_picture_has_a_name_and_every_table_a_caption_and_headers(context: BrowserContext, report: Path) -> None:
    page = opened(context, report)
    named = page.eval_on_selector_all(
        "svg[role=img]",
        "all => all.map(each => each.getAttribute('aria-labelledby').split(' ')"
        ".every(id => document.getElementById(id).textContent.trim()))",
    )
    assert len(named) == 5
    assert all(named)
    assert page.locator("svg:not([role=img]):not([aria-hidden]):not(svg svg)").count() == 0
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("th:not([scope])").count() == 0


def test_pairs_that_go_together_are_marked_without_color_too(context: BrowserContext, report: Path) -> None:
    page = opened(context, report)
    cells = page.eval_on_selector_all("svg.map text[text-anchor=middle]", "all => all.map(each => each.textContent)")
    assert cells == ["100*", "33", "33", "100*"]


def test_headings_go_down_one_step_at_a_time(context: BrowserContext, report: Path) -> None:
    levels = opened(context, report).eval_on_selector_all("h1, h2, h3, h4", "all => all.map(each => +each.tagName[1])")
    assert levels[0] == 1
    assert levels.count(2) == 7
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_hostile_text_stays_text(hostile: Path) -> None:
    page = hostile.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert not re.search(r"[\u202e\u0007]", page)
    assert len(page) < 3_000_000


def test_it_prints_on_a4(context: BrowserContext, report: Path, tmp_path: Path) -> None:
    opened(context, report).pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    pdf = (tmp_path / "report.pdf").read_bytes()
    assert set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)) == {(b"594.95996", b"841.91998")}


def test_it_is_one_file_that_refers_to_nothing_else(report: Path) -> None:
    page = report.read_text(encoding="utf-8")
    assert not re.search(r"https?://|@import|url\(|<script|<link rel=\"stylesheet|src=", page)
    assert len(page) < 3_000_000
