"""The page about two waves: what it says of which figures, and that everybody can read it."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import Complaints
from playwright.sync_api import BrowserContext, Page

from themawijzer.coding.numbers import Figure
from themawijzer.output.report.charts import wave_chart
from themawijzer.output.report.plain import points
from themawijzer.output.report.rendering import render_waves
from themawijzer.output.wave_tables import CodeChange, Sizes, Waves, WaveSection, WordChange
from themawijzer.survey.comparability import Obstacle

HOSTILE = '</td><script>alert(1)</script>"&' + "\u202e" + "woord " * 400
ENOUGH, TOO_FEW = (Sizes(676, 349, 0), Sizes(665, 321, 0)), (Sizes(676, 20, 30), Sizes(665, 321, 0))
IDS = ("v1", "v3")
SHARES = (Figure(0.054, 0.03, 0.08), Figure(0.099, 0.07, 0.13))
BROADER = CodeChange(
    IDS, "thema", "migratie", "Migratie", ENOUGH, SHARES, Figure(0.045, 0.011, 0.079), Figure(0.01, -0.023, 0.042),
    Figure(0.035, 0.011, 0.06),
)  # fmt: skip
GROWN = CodeChange(
    IDS, "thema", "wonen", HOSTILE, ENOUGH, SHARES, Figure(0.045, 0.011, 0.079), Figure(0.05, 0.02, 0.08),
    Figure(-0.005, -0.03, 0.02),
)  # fmt: skip
UNSEEN = CodeChange(IDS, "thema", "mobiliteit", "Mobiliteit", ENOUGH, SHARES, Figure(0.045, 0.011, 0.079))
WORDS = [WordChange(IDS, "corona", (0, 81), 5.57), WordChange(IDS, HOSTILE, (40, 0), -4.2)]


def waves(*codes: CodeChange, words: list[WordChange] = WORDS) -> Waves:
    section = WaveSection(IDS, "Wat wenst u?", "thema", "Thema", list(codes), {"zorg": Obstacle.OTHER_DEFINITION})
    return Waves(("m1", "m2"), ("Meting 2021", "Meting 2024"), [section], words, (["v2"], []))


def opened(context: BrowserContext, folder: Path, page: str, *, width: int = 1280) -> Page:
    file = folder / "compare.html"
    file.write_text(page, encoding="utf-8")
    shown = context.new_page()
    shown.set_viewport_size({"width": width, "height": 900})
    shown.goto(file.as_uri())
    return shown


def test_only_what_is_certain_is_said_to_have_changed(tmp_path: Path, context: BrowserContext) -> None:
    page = opened(context, tmp_path, render_waves(waves(BROADER)))
    (lead,) = page.locator(".lead").all_inner_texts()
    assert lead == (
        "Van geen enkele code is aangetoond dat het aandeel echt veranderde. "
        "Anders gecodeerd: Migratie (+3,5 procentpunt)."
    )
    cells = page.locator("tbody").first.locator("td").all_inner_texts()
    assert cells == ["5%", "10%", "+4,5 +1,1 tot +7,9", "+1,0 −2,3 tot +4,2", "+3,5 +1,1 tot +6,0"]
    assert page.locator("tbody strong").all_inner_texts() == ["+4,5", "+3,5"]
    assert page.locator("svg .axis").all_text_contents() == ["−10,0", "−5,0", "0,0", "+5,0", "+10,0"]


def test_what_could_not_be_compared_is_named_with_its_reason(tmp_path: Path, context: BrowserContext) -> None:
    text = opened(context, tmp_path, render_waves(waves(BROADER, UNSEEN))).inner_text("main")
    assert "zorg (heeft een andere definitie)." in text
    assert "Mobiliteit: het model van geen van beide metingen herkent deze code goed genoeg" in text
    assert "niet in dezelfde woorden stelt: m1: v2." in text


def test_without_enough_random_answers_no_figure_is_shown(tmp_path: Path, context: BrowserContext) -> None:
    refused = CodeChange(IDS, "thema", "wonen", "Wonen", TOO_FEW)
    page = opened(context, tmp_path, render_waves(waves(refused, words=[])))
    assert "nog 30 nodig in de eerste meting en 0 in de tweede." in page.inner_text("main")
    assert "Bij geen enkel woord is het verschil groter" in page.inner_text("main")
    assert page.locator("table, svg").count() == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_hostile_labels_break_nothing(
    tmp_path: Path, context: BrowserContext, complaints: Complaints, width: int
) -> None:
    page = opened(context, tmp_path, render_waves(waves(BROADER, GROWN, UNSEEN)), width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    assert complaints == Complaints()


def test_the_chart_has_nothing_in_the_middle() -> None:
    """Ends at most 0.08 from nothing: the axis goes from -0.1 to 0.1, and +0.035 stands at 67.5 % of it."""
    chart = wave_chart([BROADER, GROWN, UNSEEN])
    assert [value for _, value in chart.ticks] == [-0.1, -0.05, 0.0, 0.05, 0.1]
    assert chart.line == 50
    assert [(mark.kind, mark.at) for mark in chart.rows[0].marks] == [("dot", 55.0), ("open", 67.5)]
    assert len(chart.rows) == 2


@pytest.mark.parametrize(
    ("difference", "shown"), [(0.0351, "+3,5"), (-0.1, "−10,0"), (-0.0001, "0,0"), (0.0004, "0,0")]
)
def test_a_difference_is_told_in_points(difference: float, shown: str) -> None:
    assert points(difference) == shown
