import csv
from collections import Counter
from pathlib import Path

import pytest

from themawijzer.language.kinds import AnswerKind, kind_of
from themawijzer.survey.no_answers import ANY_QUESTION

REAL_ANSWERS = Path(__file__).parents[2] / "shared" / "data" / "vu_open_answers.csv"


@pytest.mark.parametrize("answer", ["", " ", "\n", "\t \r\n", "\u00a0"])
def test_nothing_typed_is_empty(answer):
    assert kind_of(answer, ANY_QUESTION) is AnswerKind.EMPTY


@pytest.mark.parametrize(
    "answer",
    [
        "n.v.t.", "NVT", "nvt", "N.v.t", "n/v/t", "Niet van toepassing.", "geen idee!!", "Geen idee...",
        "weet niet", "Weet ik niet.", "weet ik nog niet", "weten we nog niet", "nog geen idee", "geen mening",
        "Geen commentaar", "geen opmerkingen", "ONBEKEND", "idk", "-", "--", "?", "?????", "...", "/", '"', "x",
        "xxxxxx", "Xxx xxx", "12", "99", "👍",
    ],
)  # fmt: skip
def test_no_answer(answer):
    assert kind_of(answer, ANY_QUESTION) is AnswerKind.NO_ANSWER


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("de trein " * 3640, AnswerKind.TEXT),  # 32,760 characters
        ("de trein " * 3641, AnswerKind.TOO_LONG),
        ("de trein is te duur " * 60_000, AnswerKind.TOO_LONG),
        ("a" * 1_200_000, AnswerKind.TOO_LONG),
        ("-" * 1_200_000, AnswerKind.TOO_LONG),
        (" " * 1_200_000, AnswerKind.EMPTY),
    ],
    ids=["longest", "longer", "words", "one word", "signs", "blanks"],
)
def test_what_is_longer_than_a_cell_of_excel_is_for_people(answer, kind):
    assert kind_of(answer, ANY_QUESTION) is kind


@pytest.mark.parametrize(
    "answer",
    [
        "zie boven", "Zie vorige vraag", "idem", "Idem.", "ZIE HIERBOVEN", "zie antwoord 2", "zie antwoord op vraag 3",
        "Zie mijn antwoord op de vorige vraag.", "zie V1", "zie punt 3", "zie eerdere antwoorden", "idem als hierboven",
        "hetzelfde als bij vraag 1", "zelfde als vorige", "zie bijlage", "zie de toelichting bij vraag 2",
    ],
)  # fmt: skip
def test_a_reference_to_another_answer(answer):
    assert kind_of(answer, ANY_QUESTION) is AnswerKind.REFERENCE


@pytest.mark.parametrize(
    "answer",
    [
        "We work together with the university and several employers in the region",
        "There is no structural funding for these projects",
        "our municipality mainly focuses on health care and technology",
        "We do not have enough staff",
        "Attracting talent to the region, affordable homes for young workers and lifelong learning at all levels",
        "Wir arbeiten mit den Arbeitgebern in der Region zusammen",
        "Es fehlt an qualifizierten Fachkräften in der Pflege",
        "Nous travaillons avec les employeurs de la région",
        "Bölgedeki işverenlerle birlikte çalışıyoruz ve gençlere yardım ediyoruz",
        "Wy wurkje gear mei de oare gemeenten yn de regio",
        "Der is net genôch jild foar it wurk yn de soarch",
        "De gemeente moat mear dwaan foar de jongerein yn Fryslân",
        "Gearwurking mei it ûnderwiis is wichtich",
    ],
)
def test_another_language(answer):
    assert kind_of(answer, ANY_QUESTION) is AnswerKind.NOT_DUTCH


@pytest.mark.parametrize(
    "answer",
    [
        "Geen", "geen", "nee", "niets", "ja", "samenwerking", "Techniek", "ict ict", "mbo/hbo", "n.v.t. voor ons",
        "Geen structureel geld", "geen idee hoe we dit moeten betalen", "weet niet of de provincie nog meedoet",
        "zie boven, plus meer geld", "zie het rijk als partner", "idem voor de bouw", "zie beleidsplan", "24 uurszorg",
    ],
)  # fmt: skip
def test_a_short_answer_with_content_is_text(answer):
    assert kind_of(answer, ANY_QUESTION) is AnswerKind.TEXT


@pytest.mark.parametrize(
    "answer",
    [
        "WSP en RMT", "RMT en WSP en UWV", "UWV, SBB en RMT", "WSP, RMT, UWV, SBB, ROC", "uwv vno-ncw roc fnv rmt",
        "ESF en EFRO", "ESF en JTF", "EFRO JTF ESF+", "Participatiewet, WSW, Wajong", "mkb mkb mkb",
        "human capital agenda en triple helix", "Human Capital Agenda", "social return on investment",
        "public private partnership", "Brainport, Food Valley, Health Valley", "Just Transition Fund",
        "high tech systems & materials", "hotspot high tech systems and materials", "MKB deal & Startups in Residence",
        "learning community hybride docenten", "skills paspoort en skillsgericht matchen", "skills, skills, skills",
        "green deal, city deal, regio deal", "jobcoaching jobcarving jobcrafting", "AI en robotica", "agri en food",
        "Noaberschap en saamhorigheid", "Umdat we te wainig luu hebbe", "Fryslân: samenwerking gemeenten",
        "financiering uit Fonds voor Fryslân", "gmeente wrkt samen met uwv", "ik denk dat t wel goed zit zo",
        "structurele middelen ipv projectgeld", "economic board weinig concreets", "wonen verbindt én schuurt",
    ],
)  # fmt: skip
def test_jargon_abbreviations_and_dialect_are_text(answer):
    assert kind_of(answer, ANY_QUESTION) is AnswerKind.TEXT


def test_of_real_answers_hardly_any_is_taken_for_another_language():
    if not REAL_ANSWERS.is_file():
        pytest.skip(f"no real answers at {REAL_ANSWERS}")
    with REAL_ANSWERS.open(encoding="utf-8", newline="") as file:
        kinds = Counter(kind_of(row["text"], ANY_QUESTION) for row in csv.DictReader(file))
    assert kinds.total() == 7655
    assert kinds[AnswerKind.NOT_DUTCH] <= 0.002 * kinds.total()
    assert 0.03 < kinds[AnswerKind.NO_ANSWER] / kinds.total() < 0.10
