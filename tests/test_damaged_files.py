"""Our own files when somebody edited them and made their hashes anew: the place is named, and nothing goes wrong."""

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from coded_survey import write_coded_survey
from page import Visitor, make_survey

from themawijzer.commands.report import report
from themawijzer.errors import ThemawijzerError
from themawijzer.files import as_json, hash_of, sha256
from themawijzer.output.report import rendering
from themawijzer.output.report.quotes import Shown
from themawijzer.output.run_file import read_run
from themawijzer.records.json_file import facts_of

Rows = list[list[str]]
TABLES = ("codings.csv", "prevalence.csv", "responses_coded.csv")
WRONG = ("x", "-1", "1.5", "nan", "1e400", "0,5", "٣", "geen", "coded", " ", "")
FACTS = {"run.json": "coded/klein", "discovered.json": "coded/klein", "evaluation.json": "models/klein"}
NO_DRIFT = {
    "answers": 1, "random_sample_here": 0, "random_sample_elsewhere": 0, "guarantee_withdrawn": False, "signals": [],
}  # fmt: skip
VALUES: tuple[Any, ...] = ([], {}, "", "weg", 10**30, -1, 1.5, None)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damaged")
    write_coded_survey(folder)
    return folder


@pytest.fixture
def copied(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to damage; what takes most time and reads none of these files is done once, or left out."""
    monkeypatch.setattr("themawijzer.output.report.rendering._environment", cache(rendering._environment))
    monkeypatch.setattr("themawijzer.output.report.summary.agreement_among", lambda *_, **__: [])
    return Path(shutil.copytree(root, tmp_path / "root"))


def table_of(path: Path) -> Rows:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def write_table(path: Path, rows: Iterable[Iterable[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    seal(path.parent)


def seal(coded: Path, facts: dict[str, Any] | None = None) -> None:
    """Give run.json the hashes of the files beside it, or these facts, and its own hash; discovered.json is of it."""
    run, discovered = coded / "run.json", coded / "discovered.json"
    facts = json.loads(run.read_text(encoding="utf-8")) if facts is None else facts
    facts.pop("sha256", None)
    if isinstance(facts.get("files"), dict):
        facts["files"] = {name: sha256(coded / name) for name in facts["files"] if (coded / name).is_file()}
    run.write_text(as_json(facts | {"sha256": hash_of(facts)}), encoding="utf-8")
    found = json.loads(discovered.read_text(encoding="utf-8"))
    if isinstance(found, dict):
        discovered.write_text(as_json(found | {"run": sha256(run), "sha256": hash_of(found.get("codeframes"))}))


def told_by_report(root: Path) -> str | None:
    """The error of the report, if any; what is not ours to say is a failure."""
    try:
        report(root, "klein", shown=Shown.UNREAD, progress=lambda *_: lambda _: None)
    except ThemawijzerError as error:
        return str(error)
    return None


def test_an_unharmed_survey_has_its_report(copied: Path) -> None:
    seal(copied / "coded/klein")
    assert told_by_report(copied) is None


@pytest.mark.parametrize("name", TABLES)
def test_whatever_stands_in_a_cell_the_report_is_made_or_names_the_cell(copied: Path, name: str) -> None:
    path = copied / "coded/klein" / name
    header, *rows = table_of(path)
    for place, column in enumerate(header):
        for number in range(3):
            wrong, at = WRONG[(3 * place + number) % len(WRONG)], 7 * number % len(rows)
            changed = [[*row] for row in rows]
            changed[at][place] = wrong
            write_table(path, [header, *changed])
            told = told_by_report(copied)
            assert told is None or f"{path.parent}/" in told.split(", row ")[0], (column, wrong)
            assert told is None or "Code it: themawijzer classify klein" in told, (column, wrong)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_another_shape_is_refused_or_makes_a_report(copied: Path, name: str) -> None:
    path = copied / "coded/klein" / name
    whole = table_of(path)
    header, *rows = whole
    for place, column in enumerate(header):
        write_table(path, [[cell for at, cell in enumerate(row) if at != place] for row in whole])
        told = told_by_report(copied)
        is_needed = name != "responses_coded.csv" or column == "nr" or column[0] == "V" or column.endswith("_status")
        assert not is_needed or (told and f"{path}, row 1, column {column}: this column is missing" in told)
    for shape in ([header], [header, rows[0], *rows], [header, *rows[:3]], [header, *rows, [*rows[0][:-1], "x"]]):
        write_table(path, shape)
        told = told_by_report(copied)
        assert told is None or str(path) in told


@pytest.mark.parametrize(
    ("name", "column", "wrong", "problem"),
    [
        ("codings.csv", "respondent_id", "77", "nobody whose answers were coded"),
        ("codings.csv", "question", "v3", "no code of a question of this survey"),
        ("codings.csv", "code", "trein", "no code of a question of this survey"),
        ("codings.csv", "probability", "1.2", "no number from 0 to 1"),
        ("codings.csv", "probability", "nan", "no number from 0 to 1"),
        ("codings.csv", "decision", "yes", "none of auto, review, person"),
        ("codings.csv", "source", "jan", "none of model, person"),
        ("responses_coded.csv", "v1_thema_status", "done", "none of coded, none_applies, review, empty"),
        ("prevalence.csv", "per", "dag", "nothing that this survey has shares of"),
        ("prevalence.csv", "code", "bouw", "no code of this codeframe"),
        ("prevalence.csv", "background", "gemeente", "no background column of this survey"),
        ("prevalence.csv", "base", "some", "none of asked, filled_in, substantive"),
        ("prevalence.csv", "share", "-0.1", "no number from 0 to 1"),
        ("prevalence.csv", "n", "40.5", "no whole number"),
        ("prevalence.csv", "method", "geraden", "no way in which a share comes about"),
    ],
)
def test_a_wrong_cell_is_named_with_what_is_wrong(
    copied: Path, name: str, column: str, wrong: str, problem: str
) -> None:
    path = copied / "coded/klein" / name
    rows = table_of(path)
    rows[1][rows[0].index(column)] = wrong
    write_table(path, rows)
    place = f"{path}, row 2, column {'code' if problem.endswith('this survey') and name[0] == 'c' else column}: "
    place = place.replace("column per", "column codeframe")
    told = told_by_report(copied)
    assert told is not None
    assert told.startswith(place)
    assert problem in told


def test_what_stands_there_twice_is_named(copied: Path) -> None:
    for name in TABLES:
        path = copied / "coded/klein" / name
        before = table_of(path)
        rows = [*before, before[1]] if name != "responses_coded.csv" else [*before[:-1], before[1]]
        write_table(path, rows)
        assert f"{path}, row {len(rows)}: an earlier row has the same " in (told_by_report(copied) or "")
        write_table(path, before)


def swept(facts: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """All places in the facts; of lists and of names that are the users' own, the first."""
    parts: Iterable[tuple[str | int, Any]] = ()
    if isinstance(facts, dict):
        parts = list(facts.items())[: 2 if place and place[-1] in ("versions", "codes", "taken") else None]
    elif isinstance(facts, list):
        parts = list(enumerate(facts[:1]))
    return [found for key, part in parts for found in [(*place, key), *swept(part, (*place, key))]]


@pytest.mark.parametrize("name", FACTS)
def test_whatever_stands_in_a_record_the_report_is_made_or_names_the_file(copied: Path, name: str) -> None:
    coded, path = copied / "coded/klein", copied / FACTS[name] / name
    facts = json.loads(path.read_text(encoding="utf-8"))
    others = {own: own.read_bytes() for own in coded.iterdir()}
    for number, place in enumerate(swept(facts)[::4]):
        if place[0] in ("sha256", "run", "files"):
            continue
        changed: Any = json.loads(json.dumps(facts))
        part = changed
        for key in place[:-1]:
            part = part[key]
        part[place[-1]] = VALUES[number % len(VALUES)]
        if name == "run.json":
            seal(coded, changed)
        else:
            path.write_text(as_json(changed), encoding="utf-8")
            seal(coded)
        told = told_by_report(copied)
        assert told is None or str(path) in told, place
        for own, content in others.items():
            own.write_bytes(content)


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("statuses", lambda own: {"v9_thema": own["v1_thema"], **own}),
        ("statuses", lambda own: own | {"v1_thema": own["v1_thema"] | {"coded": 35}}),
        ("decided", lambda own: own | {"v1_thema": own["v1_thema"] | {"model": 400}}),
        ("questions", lambda own: {"v9": own["v1"], **own}),
        ("model", lambda own: own | {"codeframes": own["codeframes"] | {"plaats": own["codeframes"]["thema"]}}),
        ("certificates", lambda own: {"thema": own["thema"]}),
        ("thresholds", lambda own: own | {"thema": [0.5]}),
        ("drift", lambda own: own | {"plaats": NO_DRIFT}),
    ],
)
def test_a_run_of_another_survey_is_refused_whatever_its_hash(
    copied: Path, key: str, change: Callable[[Any], Any]
) -> None:
    coded = copied / "coded/klein"
    facts = json.loads((coded / "run.json").read_text(encoding="utf-8"))
    facts[key] = change(facts[key])
    if "v9_thema" in facts["statuses"]:
        facts["decided"]["v9_thema"] = facts["decided"]["v1_thema"]
    if key == "model":
        shutil.rmtree(copied / "models/klein")
    seal(coded, facts)
    told = told_by_report(copied)
    assert told is not None
    assert f"this is not what `themawijzer classify` writes: `{key}` is of other answers or codes" in told


def test_groups_of_a_question_that_is_not_asked_are_refused(copied: Path) -> None:
    coded = copied / "coded/klein"
    facts = json.loads((coded / "discovered.json").read_text(encoding="utf-8"))
    facts["codeframes"][0]["question"] = "v9"
    (coded / "discovered.json").write_text(as_json(facts), encoding="utf-8")
    seal(coded)
    assert "it has questions or codeframes that the survey does not have" in (told_by_report(copied) or "")


def test_an_evaluation_at_another_target_is_not_told(copied: Path) -> None:
    """It says what more answers would do to reach a target that is set no longer."""
    done = report(copied, "klein", shown=Shown.UNREAD, progress=lambda *_: lambda _: None)
    assert done.summary.is_evaluated
    survey, coded = copied / "surveys/klein/survey.toml", copied / "coded/klein"
    text = survey.read_text(encoding="utf-8")
    survey.write_text(text.replace("[[question]]", "settings.target = 0.9\n[[question]]", 1), encoding="utf-8")
    run = read_run(coded / "run.json")
    settings = run.configuration.settings.model_copy(update={"target": 0.9})
    seal(coded, facts_of(replace(run, configuration=run.configuration.model_copy(update={"settings": settings}))))
    assert not report(copied, "klein", shown=Shown.UNREAD, progress=lambda *_: lambda _: None).summary.is_evaluated


CODINGS = "respondent_id,question,codeframe,code,label,probability,decision,source,evidence\n"
REVIEW = (
    "respondent_id,question,codeframe,codes,text,annotated_at,codebook_version,stream,note,suggested,reason,"
    "reason_code,n_annotations\n"
)


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("codings.csv", CODINGS + "001,v1,thema,trein,Trein,veel,review,model,trein\n", "row 2, column probability"),
        ("codings.csv", CODINGS + "001,v1,thema,trein,Trein,nan,review,model,trein\n", "row 2, column probability"),
        ("codings.csv", CODINGS.replace(",source", "") + "\n", "row 1, column source: this column is missing"),
        ("review.csv", REVIEW + "001,v1,thema,,meer treinen,,,,,trein,,unlike,veel\n", "row 2, column n_annotations"),
        ("review.csv", "respondent_id,question\n", "row 1, column codeframe: this column is missing"),
    ],
)
def test_the_page_names_the_place_of_what_it_cannot_read(tmp_path: Path, file: str, content: str, told: str) -> None:
    make_survey(tmp_path)
    (tmp_path / "coded/stad").mkdir(parents=True)
    (tmp_path / "coded/stad" / file).write_text(content, encoding="utf-8")
    answer = Visitor(tmp_path).get("/coderen/active")
    assert answer.status_code == 503
    assert told in answer.text
    assert "themawijzer classify stad" in answer.text


@pytest.mark.parametrize(
    "claim", ["", "5", "null", "[", "[" * 100_000, "[1]", '{"a": 1, "b": 2}', '[["001"], {"v1": 2}]', '"ab"', "\ud800"]
)
def test_a_damaged_claim_of_another_coder_is_no_more_than_a_hint_lost(tmp_path: Path, claim: str) -> None:
    make_survey(tmp_path)
    folder = tmp_path / ".cache/coders/stad"
    folder.mkdir(parents=True)
    (folder / "codeur-2").write_bytes(claim.encode(errors="surrogatepass"))
    Visitor(tmp_path).see("/coderen/random")
