"""Deciding, splitting a code and judging again in a real browser, with keys and with the mouse."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from page import MOMENT, make_survey
from playwright.sync_api import BrowserContext, expect
from test_annotations import HEADER
from test_judging_page import BIKES, TRAINS, row
from test_page_in_browser import keys, running, serious


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two coders who disagree about two answers."""
    root = make_survey(tmp_path)
    folder = root / "annotations/stad"
    one = row("001", "trein", TRAINS, stream="random") + row("002", "fiets", BIKES)
    two = row("001", "ov", TRAINS) + row("002", "", BIKES)
    (folder / "codeur-1.csv").write_text(HEADER + one, encoding="utf-8")
    (folder / "codeur-2.csv").write_text(HEADER + two, encoding="utf-8")
    return root


def files(root: Path) -> dict[str, str]:
    """What people decided, and the codebook and its changes, without moments."""
    found = {path.name: path.read_text(encoding="utf-8") for path in sorted((root / "annotations/stad").glob("*.*"))}
    return {name: re.sub(r'at = "[^"]+"', 'at = ""', text) for name, text in found.items() if name[0] != "."}


def test_two_answers_are_decided_and_a_code_is_split_and_judged_again(root, context: BrowserContext, complaints):
    before = files(root)
    page = context.new_page()
    with running(root, "codeur-1") as address:
        page.goto(address)
        waiting = page.get_by_role("navigation", name="Onderdelen").get_by_role("link", name=re.compile("^Oordelen"))
        expect(waiting).to_have_accessible_name("Oordelen 2 te gaan")
        waiting.focus()
        keys(page, "Enter")
        expect(page.locator("#antwoord")).to_have_text(TRAINS)
        keys(page, "2", "Enter")
        expect(page.locator("#antwoord")).to_have_text(BIKES)
        expect(waiting).to_have_accessible_name("Oordelen 1 te gaan")
        page.get_by_label("Opmerking").fill("fiets hoort erbij")
        page.get_by_text("Fiets", exact=True).last.click()
        keys(page, "Enter")
        expect(page.get_by_role("heading", name="Oordelen: niets meer te doen")).to_be_visible()
        expect(waiting).to_have_accessible_name("Oordelen")

        page.get_by_role("link", name="Codeboek", exact=True).click()
        page.get_by_role("link", name="Splitsen van Trein").click()
        expect(page.get_by_text("2 annotaties met deze code komen terug")).to_be_visible()
        page.get_by_label("Naam").first.fill("Sprinter")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.get_by_text("Vul dit in.").first).to_be_visible()
        complaints.errors.clear()  # the browser counts an answer of 422 as an error
        expect(page.get_by_label("Naam").first).to_have_value("Sprinter")
        page.get_by_label("Wanneer krijgt").first.fill("Stopt overal.")
        page.get_by_label("Naam").last.fill("Intercity")
        page.get_by_label("Wanneer krijgt").last.fill("Stopt niet overal.")
        page.get_by_role("button", name="Splitsen").click()
        expect(page.locator("#status")).to_contain_text("Trein gesplitst in Sprinter en Intercity")

        page.get_by_role("link", name="2 annotaties wachten op u om opnieuw te beoordelen.").click()
        expect(page.get_by_text("Uw codes van toen")).to_be_visible()
        keys(page, "2", "Enter")
        expect(page.get_by_text("Besluit van toen")).to_be_visible()
        keys(page, "3", "1", "Enter")
        expect(page.get_by_role("heading", name="Opnieuw beoordelen: niets meer te doen")).to_be_visible()

    train = (
        '    { id = "trein", value = 2, label = "Trein", definition = "Over het spoor.", parent = "ov", '
        'include = ["ns"] },\n'
    )
    parts = (
        '    {id = "sprinter", value = 4, label = "Sprinter", definition = "Stopt overal.", parent = "ov"},\n'
        '    {id = "intercity", value = 5, label = "Intercity", definition = "Stopt niet overal.", parent = "ov"},\n'
    )
    assert files(root) == {
        "adjudicated.csv": HEADER
        + f"001,v1,thema,ov|trein,{TRAINS},{MOMENT},1.0.0,random,\n"
        + f"002,v1,thema,fiets,{BIKES},{MOMENT},1.0.0,active,fiets hoort erbij\n"
        + f"001,v1,thema,intercity,{TRAINS},{MOMENT},2.0.0,random,\n",
        "changes.toml": '[[change]]\nversion = "2.0.0"\nkind = "split"\ncodeframe = "thema"\nfrom = ["trein"]\n'
        'to = ["sprinter", "intercity"]\nretired = [{id = "trein", value = 2, label = "Trein"}]\n'
        'coder = "codeur-1"\nat = ""\n',
        "codebook.toml": before["codebook.toml"].replace("1.0.0", "2.0.0").replace(train, parts),
        "codeur-1.csv": before["codeur-1.csv"] + f"001,v1,thema,sprinter,{TRAINS},{MOMENT},2.0.0,random,\n",
        "codeur-2.csv": before["codeur-2.csv"],
    }


def test_a_new_code_brings_back_an_answer_with_its_words_and_says_why(root, context: BrowserContext, complaints):
    before = files(root)
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    with running(root, "codeur-1") as address:
        page.goto(address)
        page.goto(page.url.partition("/coderen")[0] + "/codeboek/thema/nieuw")
        expect(
            page.get_by_text("per codeur hoogstens 50 verschillende, met de meest waarschijnlijke vooraan")
        ).to_be_visible()
        page.get_by_label("Naam").fill("Gevaar & veiligheid")
        page.get_by_label("Wanneer krijgt").fill("Wie bang is.")
        page.get_by_label("Naam").focus()
        keys(page, "Enter")
        page.get_by_role("link", name="1 annotatie wacht op u om opnieuw te beoordelen.").focus()
        keys(page, "Enter")
        expect(page.locator("#antwoord")).to_have_text(BIKES)
        told = "Gevaar & veiligheid is nieuw, en “veilige” in dit antwoord kan daarbij horen. Past die code hier ook?"
        expect(page.locator(".why")).to_contain_text(told)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert serious(page) == []
        keys(page, "4", "Enter")
        expect(page.get_by_role("heading", name="Opnieuw beoordelen: niets meer te doen")).to_be_visible()
    again = f"002,v1,thema,fiets|gevaar_veiligheid,{BIKES},{MOMENT},1.1.0,active,\n"
    assert files(root)["codeur-1.csv"] == before["codeur-1.csv"] + again


def test_a_long_word_in_a_label_does_not_run_off_a_telephone(root, context: BrowserContext, complaints):
    path = root / "annotations/stad/codebook.toml"
    label = "Werkgeversdienstverleningsovereenkomsten"
    path.write_text(path.read_text(encoding="utf-8").replace('"Trein"', f'"{label}"'), encoding="utf-8")
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    with running(root, "codeur-1") as address:
        page.goto(address)
        page.goto(page.url.partition("/coderen")[0] + "/oordelen")
        expect(page.locator(".chips").first).to_contain_text(label)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("path", ["/oordelen", "/codeboek/thema", "/codeboek/thema/splitsen?code=trein", "/opnieuw"])
def test_the_views_are_accessible_and_fit_a_small_window(root, browser, path):
    page = browser.new_context(viewport={"width": 640, "height": 450}).new_page()
    with running(root, "codeur-1") as address:
        page.goto(address)
        if path == "/opnieuw":
            page.goto(page.url.partition("/coderen")[0] + "/codeboek/thema/splitsen?code=trein")
            for label, text in (("Naam", "Deel"), ("Wanneer krijgt", "Zo.")):
                for place in (0, 1):
                    page.get_by_label(label).nth(place).fill(f"{text} {place}")
            page.get_by_role("button", name="Splitsen").click()
            page.wait_for_url("**/codeboek/thema?*")
        page.goto(f"{page.url.split('/', 3)[0]}//{page.url.split('/', 3)[2]}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 640
        found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")] == []
