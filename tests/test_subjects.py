"""What the pill of a question says."""

import pytest
from page import make_survey
from playwright.sync_api import expect
from test_page_in_browser import keys, running, serious

from themawijzer.annotation.subjects import MAX_SUBJECT, name_subjects, shorten
from themawijzer.survey.survey import Question


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wat wilt u?", "Wat wilt u?"),
        ("Hoe is de\n bus?", "Hoe is de bus?"),
        ("Met welke partners werkt uw gemeente in de regio samen?", "Partners werkt uw gemeente…"),
        ("Hoe worden projecten rond de arbeidsmarkt bij u betaald, en waarom?", "Projecten rond de arbeidsmarkt…"),
        ("Kunt u in enkele woorden aangeven waarom u niet gaat stemmen?", "Waarom u niet gaat stemmen?"),
        ("Er is veel nieuws. Wat is u het meest opgevallen in dit nieuws over politiek?", "Opgevallen in dit nieuws…"),
        ("Wat vindt u van uw huisarts (bijv. de wachtkamer, de assistente)?", "Huisarts (bijv. de wachtkamer…"),
        ("opmerkingen_over_de_bereikbaarheid_v12 toelichting", "Opmerkingen_over_de_bereikbaarh…"),
        ("Wat is het en de van u met wat er in de of het nog is?", "Wat is het en de van u met wat …"),
    ],
)
def test_a_long_question_is_shortened_to_its_subject(text, expected):
    assert shorten(text) == expected
    assert len(expected) <= MAX_SUBJECT


def test_questions_that_begin_the_same_are_told_apart_by_their_ids():
    texts = [f"Wat vindt u van de bereikbaarheid van {place}?" for place in ("het ziekenhuis", "het gemeentehuis")]
    questions = [Question(id=f"v{place}", column="a", text=text) for place, text in enumerate([*texts, "En verder?"])]
    assert name_subjects(questions) == {"v0": "v0: Bereikbaarheid…", "v1": "v1: Bereikbaarheid…", "v2": "En verder?"}


def test_the_pills_of_questions_fit_a_telephone_and_tell_the_whole_question(tmp_path, context, complaints):
    text = "Welke zorgen hebt u over het openbaar vervoer in de stad?"
    survey = make_survey(tmp_path) / "surveys/stad/survey.toml"
    survey.write_text(survey.read_text(encoding="utf-8").replace("Wat zijn uw zorgen?", text), encoding="utf-8")
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    with running(tmp_path, "codeur-1") as address:
        page.goto(address)
        pills = page.get_by_role("navigation", name="Vraag").get_by_role("link")
        assert pills.all_inner_texts() == ["Alle vragen", "Wat wilt u?", "Zorgen hebt u over het openbaar…"]
        pill = page.get_by_role("link", name=f"v2: {text}", exact=True)
        expect(pill).to_have_attribute("title", f"v2: {text}")
        pill.focus()
        keys(page, "Enter")
        expect(page.get_by_role("heading", name=text)).to_be_visible()
        box = pill.bounding_box()
        assert 0 <= box["x"] < box["x"] + box["width"] <= 390
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert serious(page) == []
