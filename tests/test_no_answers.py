"""Which whole answers say nothing, by what was asked."""

import csv
import shutil
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from conftest import run

from themawijzer import load_model
from themawijzer.errors import InputError
from themawijzer.language.kinds import AnswerKind, Kinds
from themawijzer.survey.codebook import read_codebook
from themawijzer.survey.no_answers import NoAnswers, QuestionForm, Unsaid, says_no_answer
from themawijzer.survey.responses import read_responses
from themawijzer.survey.survey import Folders, Survey, read_survey

INVITATION, SATISFIED = NoAnswers.to("Heeft u nog opmerkingen?"), NoAnswers.to("Bent u tevreden?")
OBSTACLES, NUMBER = NoAnswers.to("Welke belemmeringen ervaart u?"), NoAnswers.to("Hoeveel auto's heeft u?")

CODEBOOK = """title = "Opmerkingen"
version = "1.0.0"
[[codeframe]]
id = "thema"
label = "Thema"
[[codeframe.code]]
id = "niets"
value = 1
label = "Niets te zeggen"
definition = "Het antwoord zegt dat er niets is."
include = ["Weet niet"]
examples = ["geen", "Nee hoor!"]
"""
SURVEY = """title = "Opmerkingen"
responses = "responses.csv"
respondent_id = "nr"
[[question]]
id = "v1"
column = "wens"
text = "Heeft u nog opmerkingen?"
codeframes = ["thema"]
"""


def survey_with(folder: Path, line: str = "") -> Survey:
    folders = Folders(folder, "klein")
    for path, text in ((folders.survey / "survey.toml", SURVEY + line), (folders.codebook, CODEBOOK)):
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return read_survey(folders, read_codebook(folders.codebook))


@pytest.mark.parametrize(
    "text",
    [
        "Heeft u nog opmerkingen?", "Heb je nog aanvullingen?", "Heeft u nog op- of aanmerkingen?",
        "Tot slot: heeft u nog opmerkingen, bijv. over het plan?", "Wilt u nog iets kwijt?", "Wilt u iets toevoegen?",
        "Wat wilt u ons nog meegeven?", "Zijn er verder nog zaken die u wilt noemen?", "Eventuele toelichting",
        "opmerkingen_v3", "Ruimte voor opmerkingen:", "Licht uw antwoord toe", "Kunt u uw antwoord toelichten?",
        "Heeft u nog iets toe te voegen?", "Overige suggesties", "Heeft u tips voor ons?",
        "Als u nog opmerkingen heeft, kunt u die hier kwijt.",
    ],
)  # fmt: skip
def test_an_invitation_to_say_more_is_known_by_its_text(text):
    assert QuestionForm.of(text) is QuestionForm.INVITATION


@pytest.mark.parametrize(
    "text",
    [
        "Bent u tevreden?", "Bent u tevreden? Licht uw antwoord toe.", "Welke belemmeringen ervaart u?",
        "Bent u tevreden over de website? Heeft u nog opmerkingen?", "Wat vindt u goed aan de wijk?", "wens",
        "Heeft u een toelichting gekregen?", "Was de toelichting duidelijk?", "Heeft u nog contact met uw buren?",
        "Kunt u toelichten welke belemmeringen u ervaart?", "Wat bent u kwijt aan huur?", "Mist u nog iets in de wijk?",
    ],
)  # fmt: skip
def test_to_another_question_no_is_an_answer(text):
    assert QuestionForm.of(text) is QuestionForm.OTHER


@pytest.mark.parametrize("answer", ["nee", "Neen.", "nee, hoor!", "GEEN", "niks", "Niets...", " nee ", "verder niets"])
def test_no_says_nothing_to_an_invitation_only(answer):
    assert not INVITATION.says_something(answer)
    assert all(asked.says_something(answer) for asked in (SATISFIED, OBSTACLES, NUMBER))


@pytest.mark.parametrize(
    "answer",
    [
        "-99", "-9", "-99,00", "NULL", "null", "#NULL!", "(null)", "#N/A", "NaN", "NA", "<NA>", "None", "nvt.", "n.v.t",
        "n.vt.", "N/A", "x", "xx", "asdf", "asdfasdf!", "qwerty", "Weet niet", "weet niet 2", "-", "?", "...",
    ],
)  # fmt: skip
def test_whatever_was_asked_these_say_nothing(answer):
    assert not any(asked.says_something(answer) for asked in (INVITATION, SATISFIED, OBSTACLES, NUMBER))


@pytest.mark.parametrize("answer", ["geen structureel geld", "nee, het is te druk", "klas", "ICT", "2030", "5G", "ja"])
def test_an_answer_with_content_says_something_whatever_was_asked(answer):
    assert all(asked.says_something(answer) for asked in (INVITATION, SATISFIED, OBSTACLES, NUMBER))


@pytest.mark.parametrize("answer", ["12", "99", "0", "999"])
def test_a_number_says_something_where_a_number_is_asked(answer):
    assert NUMBER.says_something(answer)
    assert SATISFIED.found_in(answer) is Unsaid.NUMBER


def test_a_long_row_of_keys_is_judged_at_once():
    assert SATISFIED.says_something("asdfghjkl" * 500 + "ij")


def test_the_phrases_of_a_question_replace_those_of_its_form_and_not_the_rest():
    chosen = NoAnswers.to("Heeft u nog opmerkingen?", ["Alles prima!", "-1"])
    assert chosen.found_in("alles  PRIMA") == "alles prima"
    assert chosen.says_something("nee")
    assert not any(map(chosen.says_something, ["weet niet", "NULL"]))
    assert NoAnswers.to("Bent u tevreden?", ["nee"]).found_in("Nee.") == "nee"
    assert NoAnswers.to("Heeft u nog opmerkingen?", []).says_something("geen")


def test_what_was_found_is_a_phrase_of_the_lists_and_never_what_somebody_typed():
    assert [INVITATION.found_in(answer) for answer in ("N.V.T. 7", "nee - hoor", "12 !", "fghj", "??")] == [
        "nvt", "nee hoor", Unsaid.NUMBER, Unsaid.NOISE, Unsaid.SIGNS,
    ]  # fmt: skip


def test_the_kind_of_an_answer_depends_on_its_question(tmp_path: Path):
    kinds = Kinds(tmp_path, {"v1": INVITATION, "v2": SATISFIED})
    assert kinds.of(["nee", "nee"], ["v1", "v2"]) == [AnswerKind.NO_ANSWER, AnswerKind.TEXT]


def test_an_example_of_a_code_is_an_answer(tmp_path: Path):
    said = survey_with(tmp_path).questions[0].no_answers
    assert [said.says_something(answer) for answer in ("Geen", "nee hoor", "weet niet", "nee")] == [True] * 3 + [False]


def test_a_phrase_that_is_an_example_of_a_code_is_refused_with_both_places(tmp_path: Path):
    with pytest.raises(InputError) as refused:
        survey_with(tmp_path, 'no_answer = ["niets",\n  "nee hoor"]\n')
    told = str(refused.value)
    assert all(part in told for part in ("survey.toml, line 9", "question v1", "code niets", "codebook.toml"))


@pytest.mark.parametrize("label", ["Niet gevraagd", "Weet niet / geen mening", "Weet niet, wil niet zeggen", "N.v.t."])
def test_labels_that_say_that_nobody_answered(label):
    assert says_no_answer(label)


@pytest.mark.parametrize("label", ["Overig", "Nee", "Geen opleiding", "", "Niet in een dorp"])
def test_labels_that_are_groups(label):
    assert not says_no_answer(label)


def test_answers_that_are_too_long_for_the_model_are_told_and_for_people(team: Path, tmp_path: Path):
    root = Path(shutil.copytree(team, tmp_path / "team"))
    with (root / "surveys/vervoer/responses.csv").open("a", encoding="utf-8", newline="") as file:
        file.writelines(f"09{n:02d},x,{text},\n" for n, text in enumerate(["de trein " * 120_000, "a" * 32_768]))
    told = run("classify", "vervoer", root=root)
    assert "\nv1: answers of more than 32,767 characters, left to people: 2.\n" in told
    items = pd.read_csv(root / "coded/vervoer/review.csv", dtype=str).set_index("respondent_id")
    assert items.loc[["0900", "0901"], "reason_code"].tolist() == ["not_judged", "not_judged"]
    assert "te lang" in items.loc["0900", "reason"]


def test_no_answers_are_counted_and_told_and_codes_of_people_stand(team: Path, tmp_path: Path):
    root = Path(shutil.copytree(team, tmp_path / "team"))
    responses, survey = root / "surveys/vervoer/responses.csv", root / "surveys/vervoer/survey.toml"
    with responses.open("a", encoding="utf-8", newline="") as file:
        typed = ["nee", "Geen.", "NEE!", "-99", "weet niet", "#NULL!"]
        file.writelines(f"09{n:02d},x,{text},\n" for n, text in enumerate(typed))
    filled = "respondent_id,question,codeframe,codes,text\n0900,v1,thema,Fiets,nee\n0901,v1,thema,geen,Geen.\n"
    (root / "terug.csv").write_text(filled, encoding="utf-8")
    run("import", "vervoer", root / "terug.csv", "--coder", "codeur-2", root=root)
    told = run("classify", "vervoer", root=root)
    assert "\nTaken as no answer: a number 1, weet niet 1, #null! 1.\n" in told

    asked = survey.read_text(encoding="utf-8").replace('text = "antwoord"', 'text = "Heeft u nog opmerkingen?"')
    survey.write_text(asked, encoding="utf-8")
    assert "changed since the survey was coded" in run("report", "vervoer", root=root, expected=2)
    told = run("classify", "vervoer", root=root)
    assert "#null! 1; people coded 1 without a code.\n" in told
    assert (
        "\nv1, as it asks whether there is more to say: nee 2, geen 1. To change it: no_answer in survey.toml.\n"
        in told
    )
    assert "\nv1: 1 codings by people are of answers" in told
    with (root / "coded/vervoer/responses_coded.csv").open(encoding="utf-8", newline="") as file:
        statuses = {row["respnr"]: row["v1_thema_status"] for row in csv.DictReader(file)}
    assert {statuses[f"090{n}"] for n in range(6)} == {"no_answer"}
    with (root / "coded/vervoer/codings.csv").open(encoding="utf-8", newline="") as file:
        kept = [(row["code"], row["source"]) for row in csv.DictReader(file) if row["respondent_id"] == "0900"]
    assert kept == [("fiets", "person")]

    run("report", "vervoer", root=root)
    shown = (root / "coded/vervoer/summary.md").read_text(encoding="utf-8")
    assert "Als ‘geen antwoord’ telde bij v1: nee (2), geen (1), een kort getal of een code als -99 (1)" in shown


def test_what_an_spss_file_declares_missing_is_no_answer_and_no_group(tmp_path: Path):
    frame = pd.DataFrame(
        {
            "nr": ["a", "b", "c", "d", "e"],
            "wens": ["meer bomen", "-99", "9", "gemist", "nee"],
            "wijk": [1.0, 9.0, 8.0, 97.0, None],
        }
    )
    pyreadstat.write_sav(
        frame,
        tmp_path / "a.sav",
        variable_value_labels={"wijk": {1.0: "Noord", 8.0: "Weet niet", 9.0: "Niet gevraagd"}},
        missing_ranges={"wens": ["-99", "9", "gemist"], "wijk": [9.0, {"lo": 90.0, "hi": 99.0}]},
    )
    question = {"id": "v1", "column": "wens", "text": "Wat wilt u?"}
    survey = {"title": "p", "responses": "a.sav", "respondent_id": "nr", "background": ["wijk"], "question": [question]}
    responses = read_responses(Survey.model_validate(survey), tmp_path / "a.sav")
    assert list(responses.cells("wens")) == ["meer bomen", "", "", "", "nee"]
    assert list(responses.cells("wijk")) == ["1", "", "", "", ""]
    assert (responses.n_declared_missing("wens"), responses.n_declared_missing("wijk")) == (3, 3)
    assert responses.table.frame["wens"].tolist() == frame["wens"].tolist()


def test_from_python_a_model_is_told_what_was_asked(team: Path):
    model = load_model(team / "models/vervoer")
    asked = {"question": "Heeft u nog opmerkingen?"}
    told = [model.code(["nee"], **more)["decision"].tolist() for more in ({}, asked, {"no_answer": ["Nee!"]})]
    assert told == [["review"], ["no_answer"], ["no_answer"]]
    assert model.predict_proba(["nee"], **asked).isna().all(axis=None)
