"""Quotes wait in `quotes.csv` until a person approves them; what people decided is never lost."""

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from coded_survey import write_coded_survey
from conftest import run

from themawijzer.commands.report import report
from themawijzer.errors import InputError
from themawijzer.output.quotes_file import APPROVED, QUOTE_COLUMNS, Quotable, read_approval
from themawijzer.output.report.quotes import Shown
from themawijzer.project.project import open_project
from themawijzer.survey.annotations import require_coder

TEXT = "jongeren vasthouden in de regio"  # in each codeframe typical of a code
TYPED = ("jongeren", "ondernemer", "meer huizen", "talent aantrekken")  # what no code is called
OUTPUT = ("report.html", "summary.json", "summary.md")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_coded_survey(tmp_path)
    made(tmp_path)
    return tmp_path


def made(root: Path, shown: Shown = Shown.APPROVED) -> str:
    """The page, Markdown and JSON together."""
    report(root, "klein", shown=shown, progress=lambda *_: lambda _: None)
    return "".join((root / "coded/klein" / name).read_text(encoding="utf-8") for name in OUTPUT)


def quotes_file(root: Path) -> Path:
    return root / "annotations/klein/quotes.csv"


def rows(root: Path) -> list[dict[str, str]]:
    with quotes_file(root).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def decide(root: Path, said: Mapping[tuple[str, str], str], **more: str) -> None:
    """Fill in `akkoord` by code and text, as a spreadsheet saves it; the first row also gets the cells in `more`."""
    table = [{**row, APPROVED: said.get((row["code"], row["text"]), row[APPROVED])} for row in rows(root)]
    put(root, [{**table[0], **more}, *({**row, **dict.fromkeys(more, "")} for row in table[1:])])


def put(root: Path, table: Sequence[Mapping[str, str]]) -> None:
    with quotes_file(root).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(table)


def test_nothing_that_respondents_typed_is_shown_before_a_person_approves_it(root: Path) -> None:
    told = made(root)
    assert not any(words in told for words in TYPED)
    assert "Er is nog geen citaat goedgekeurd" in told
    assert "annotations/klein/quotes.csv" in told
    assert {row[APPROVED] for row in rows(root)} == {""}
    assert quotes_file(root).read_bytes().startswith(b"\xef\xbb\xbfquestion;codeframe;")  # Dutch Excel shows columns
    assert ("v1", "thema", "talent", "Talent", TEXT) in [tuple(row.values())[:5] for row in rows(root)]


def test_only_what_is_approved_is_shown(root: Path) -> None:
    decide(root, {("talent", TEXT): "ja"})
    told = made(root)
    assert TEXT in told
    assert not any(words in told for words in TYPED[1:])
    quotes = json.loads((root / "coded/klein/summary.json").read_text(encoding="utf-8"))["quotes"]
    shown = {code["code"]: code["quotes"] for frame in quotes["codeframes"] for code in frame["codes"]}
    assert shown == {"talent": [{"question": "v1", "text": TEXT}], "mkb": [], "zorg": [], "bouw": []}
    assert quotes["n_waiting"] == len(rows(root)) - 1


def test_an_example_of_a_group_without_a_code_is_approved_as_quotes_are(root: Path) -> None:
    assert "meer huizen" not in made(root)
    decide(root, {("", "meer huizen"): "ja"})
    assert made(root).count("meer huizen") == 2  # on the page and in the JSON file


def test_what_was_refused_is_shown_nowhere_and_another_answer_takes_its_place(root: Path) -> None:
    before = {row["text"] for row in rows(root) if row["code"] == "mkb"}
    refused = sorted(before)[0]
    decide(root, {("mkb", refused): "nee", ("bouw", refused): "ja"})
    assert refused not in made(root, Shown.UNREAD)
    assert (refused, "nee") in [(row["text"], row[APPROVED]) for row in rows(root)]
    open_ones = {row["text"] for row in rows(root) if row["code"] == "mkb" and not row[APPROVED]}
    assert refused not in open_ones
    assert before - {refused} <= open_ones


def test_decisions_outlive_the_coded_dataset(root: Path) -> None:
    decide(
        root, {("talent", TEXT): "ja", ("mkb", "minder regels voor ondernemers"): "nee"}, toelichting="gelezen door an"
    )
    made(root)
    decided = [row for row in rows(root) if row[APPROVED]]
    shutil.rmtree(root / "coded")
    for folder in ("surveys/klein", "models/klein"):
        shutil.rmtree(root / folder)
    kept = quotes_file(root).read_bytes()
    shutil.rmtree(root / "annotations")
    write_coded_survey(root)
    quotes_file(root).write_bytes(kept)
    assert TEXT in made(root)
    assert [row for row in rows(root) if row[APPROVED]] == decided
    assert "gelezen door an" in {row["toelichting"] for row in rows(root)}


def test_a_decision_on_an_answer_that_is_no_candidate_now_stays_and_is_not_shown(root: Path) -> None:
    row = {**rows(root)[0], "text": "een antwoord van een vorige keer", APPROVED: "ja"}
    put(root, [*rows(root), row])
    assert "vorige keer" not in made(root)
    assert rows(root)[-1] == row


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(";", "utf-8-sig"), (";", "cp1252"), (",", "utf-8"), ("\t", "utf-16")]
)
@pytest.mark.parametrize(("yes", "no"), [("JA", "NEE"), ("ja ", "n"), ("x", "0"), ("X", "Nee"), ("WAAR", "ONWAAR")])
def test_what_excel_made_of_it_is_read(tmp_path: Path, delimiter: str, encoding: str, yes: str, no: str) -> None:
    quote = dict(zip(QUOTE_COLUMNS, ("v1", "thema", "talent", "Talent", "één; of ‘twee’", yes), strict=True))
    other = {**quote, "text": "+ meer", APPROVED: no}
    lines = [QUOTE_COLUMNS, *(tuple(row.values()) for row in (quote, other, {**quote, "text": "open", APPROVED: ""}))]
    with (tmp_path / "quotes.csv").open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(lines)
    approval = read_approval(tmp_path)
    asked = [Quotable("v1", "thema", "talent", text) for text in ("één; of ‘twee’", "+ meer", "open")]
    assert [approval.holds_of(each) for each in asked] == [True, False, False]
    assert [approval.refuses(each.text) for each in asked] == [False, True, False]


def test_another_word_is_an_error_with_its_place_and_without_the_answer(root: Path) -> None:
    decide(root, {("talent", TEXT): "mwah"})
    number = 2 + [row[APPROVED] for row in rows(root)].index("mwah")
    before = quotes_file(root).read_bytes()
    with pytest.raises(
        InputError, match=rf"quotes\.csv, row {number}, column akkoord: this is neither ja nor nee"
    ) as error:
        made(root)
    assert "mwah" not in str(error.value)
    assert TEXT not in str(error.value)
    assert quotes_file(root).read_bytes() == before


def test_two_decisions_about_one_quote_are_an_error(root: Path) -> None:
    row = rows(root)[0]
    put(root, [{**row, APPROVED: "ja"}, {**row, APPROVED: "nee"}])
    with pytest.raises(InputError, match="row 3, column akkoord: this quote has another decision in row 2"):
        made(root)


def test_the_same_decisions_give_the_same_bytes(root: Path) -> None:
    decide(root, {("talent", TEXT): "ja"})
    told, file = made(root), quotes_file(root).read_bytes()
    assert (made(root), quotes_file(root).read_bytes()) == (told, file)


def test_unread_quotes_are_called_so(root: Path) -> None:
    told = run("report", "klein", "--quotes-unread", root=root)
    assert "quotes wait for somebody who approves them: ja or nee in the column akkoord of" in " ".join(told.split())
    page = (root / "coded/klein/report.html").read_text(encoding="utf-8")
    assert "Niet nagelezen" in page
    assert TEXT in page


def test_without_quotes_none_are_put_before_people_either(root: Path) -> None:
    quotes_file(root).unlink()
    assert not any(words in made(root, Shown.NONE) for words in TYPED)
    assert not quotes_file(root).exists()


def test_no_coder_is_called_as_the_file_of_quotes(root: Path) -> None:
    assert "quotes" not in open_project(root, "klein").stored_annotations
    with pytest.raises(InputError, match="no coder can be called Quotes"):
        require_coder("Quotes", root / "annotations/klein")
