"""Whose answer an annotation is, asked on every road: the rule itself, import, classify and the page."""

import csv
import shutil
from pathlib import Path

import pytest
from conftest import run, write_annotations

from themawijzer.annotation.snapshot import Snapshots
from themawijzer.commands.annotate import open_desk
from themawijzer.project.project import open_project
from themawijzer.survey.annotations import Annotation, Unit
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.gold import latest, settle
from themawijzer.survey.respondents import Respondents, Unfound

NOBODY = ""
CODES = [{"id": code, "value": n, "label": code, "definition": "d"} for n, code in enumerate(("trein", "fiets"), 1)]
CODEBOOK = Codebook.model_validate(
    {"title": "t", "version": "1.0.0", "codeframe": [{"id": "thema", "label": "Thema", "code": CODES}]}
)
# What each respondent typed, the id that was annotated with "bus", and whose answer that is.
CASES = {
    "two can be meant": ({"007": "bus", "0007": "bus"}, "7", NOBODY),
    "one can be meant": ({"007": "bus", "08": "bus"}, "7", "007"),
    "a zero more": ({"007": "bus"}, "0007", "007"),
    "the same id typed something else": ({"7": "trein", "007": "bus"}, "7", "007"),
    "a blank in front": ({" 7": "bus"}, "7", " 7"),
    "a zero less": ({"007": "bus"}, "07", "007"),
    "the same id goes first": ({"7": "bus", "007": "bus"}, "7", "7"),
    "it reads differently now": ({"007": "trein"}, "007", NOBODY),
    "nobody has the id": ({"008": "bus"}, "7", NOBODY),
}
UNFOUND = {
    "two can be meant": Unfound.AMBIGUOUS,
    "it reads differently now": Unfound.CHANGED,
    "nobody has the id": Unfound.ABSENT,
}


@pytest.mark.parametrize("name", CASES)
def test_an_annotation_finds_whoever_typed_it(name: str) -> None:
    answers, annotated, expected = CASES[name]
    found = Respondents({"v1": answers}).find(annotated, "v1", "bus")
    assert found == (expected or UNFOUND[name])


def place(name: str, respondent_id: str) -> str:
    """The id in a survey of all cases: with 7 and 8 replaced by numbers of the case's own."""
    number = 700 + 10 * list(CASES).index(name)
    return respondent_id.replace("7", str(number)).replace("8", str(number + 1))


def text(name: str, typed: str) -> str:
    """What is typed there, which no other case has."""
    return f"{typed} van {name}"


@pytest.fixture
def root(tmp_path: Path, team: Path) -> Path:
    """The team's survey with the respondents of all cases."""
    shutil.copytree(team, tmp_path / "team")
    path = tmp_path / "team/surveys/vervoer/responses.csv"
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [place(name, respondent_id), "Utrecht", text(name, typed), ""]
            for name, (answers, _, _) in CASES.items()
            for respondent_id, typed in answers.items()
        )
    return tmp_path / "team"


def annotate(root: Path) -> None:
    """A coder gave `trein` in every case."""
    codes, moment = frozenset({"trein"}), "2026-01-02T03:04:05Z"
    write_annotations(
        root / "annotations/vervoer/codeur-9.csv",
        (
            Annotation(place(name, annotated), "v1", "thema", codes, text(name, "bus"), moment, "1.0.0", "active")
            for name, (_, annotated, _) in CASES.items()
        ),
    )


def expected_ids() -> set[str]:
    return {place(name, expected) for name, (_, _, expected) in CASES.items() if expected}


def coded(respondent_id: str, code: str, text: str = "bus", moment: str = "2026-01-02T03:04:05Z") -> Annotation:
    return Annotation(respondent_id, "v1", "thema", frozenset({code}), text, moment, "1.0.0", "active")


@pytest.mark.parametrize(
    ("ids", "annotations", "expected"),
    [
        (["7", "007"], {"a": [coded("7", "trein"), coded("007", "fiets")]}, {"7": {"a"}, "007": {"a"}}),
        (["007"], {"a": [coded("07", "trein")], "b": [coded("0007", "trein")]}, {"007": {"a", "b"}}),
        (["007", "0007"], {"a": [coded("7", "trein")], "b": [coded("007", "trein")]}, {"007": {"b"}}),
        (["007"], {"a": [coded("007", "trein"), coded("007", "fiets", "trein")]}, {"007": {"a"}}),
    ],
    ids=["two respondents", "two ids that changed", "one of two is ambiguous", "a later wave"],
)
def test_coders_are_together_about_who_typed_it_and_apart_about_others(
    ids: list[str], annotations: dict[str, list[Annotation]], expected: dict[str, set[str]]
) -> None:
    respondents = Respondents({"v1": dict.fromkeys(ids, "bus")})
    placed = respondents.place(annotations)
    gold = settle(placed, CODEBOOK)
    located = respondents.locate({answered: found.text for answered, found in gold.items()})
    assert {unit.respondent_id: set(gold[answered].coders) for unit, answered in located.items()} == expected
    assert {
        answered: set(by_coder) for answered, by_coder in latest(placed).items() if answered in located.values()
    } == {located[Unit(respondent_id, "v1", "thema")]: coders for respondent_id, coders in expected.items()}


def test_classify_gives_the_codes_to_the_same_respondents_and_tells_of_the_others(root: Path) -> None:
    annotate(root)
    told = [run("train", "vervoer", root=root), run("classify", "vervoer", root=root)]
    with (root / "coded/vervoer/codings.csv").open(encoding="utf-8", newline="") as file:
        coded = {row["respondent_id"] for row in csv.DictReader(file) if row["source"] == "person"}
    cases = {place(name, respondent_id) for name, (answers, _, _) in CASES.items() for respondent_id in answers}
    assert coded & cases == expected_ids()
    for output in told:
        assert (
            "codeur-9.csv: 3 annotations find no answer: 1 of respondents who are not in the responses, 1 that several "
            "respondents can mean, who typed the same under such an id, 1 of answers that read differently there."
        ) in " ".join(output.split())


def test_an_import_gives_the_codes_to_the_same_respondents(root: Path) -> None:
    returned = root / "terug.csv"
    with returned.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["respondent_id", "question", "codeframe", "codes", "text"])
        for name, (_, annotated, _) in CASES.items():
            writer.writerow([place(name, annotated), "v1", "thema", "trein", text(name, "bus")])
    run("import", "vervoer", returned, "--coder", "codeur-9", root=root)
    ids = {annotation.respondent_id for annotation in open_project(root, "vervoer").placed_annotations["codeur-9"]}
    nobody = {place(name, annotated) for name, (_, annotated, expected) in CASES.items() if not expected}
    assert ids == expected_ids() | nobody


def test_the_page_gives_the_codes_to_the_same_respondents_and_tells_of_the_others(root: Path) -> None:
    annotate(root)
    snapshot = Snapshots(open_project(root, "vervoer").folders).current()
    own = {unit.respondent_id for unit, by_coder in snapshot.decisions.items() if "codeur-9" in by_coder}
    assert own == expected_ids()
    assert snapshot.unfound == {"codeur-9.csv": dict.fromkeys(Unfound, 1)}
    assert open_desk(root, "vervoer", "codeur-9").snapshot.unfound == snapshot.unfound
