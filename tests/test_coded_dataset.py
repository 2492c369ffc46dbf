"""A coded dataset is of what it was made of: whatever changed since is named, with the command that mends it."""

import shutil
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from coded_survey import SURVEY, write_coded_survey
from conftest import run
from pydantic import BaseModel

import themawijzer
from themawijzer.annotation.proposals import ProposalFiles
from themawijzer.annotation.snapshot import Snapshots
from themawijzer.errors import InputError
from themawijzer.files import sha256
from themawijzer.output.run_file import read_run
from themawijzer.project.coded_dataset import read_coded
from themawijzer.project.project import Project, open_project
from themawijzer.records.manifest import read_manifest, write_manifest
from themawijzer.survey.gold import Gold, settle
from themawijzer.survey.survey import Folders, Survey

MORE = """
[dialect]
encoding = "utf-8"

[missing]
values = ["-99"]

[settings]
target = 0.9
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coded")
    survey = SURVEY.replace("\n[[question]]", MORE + "\n[[question]]", 1)
    write_coded_survey(folder, survey=survey)
    return folder


def other(value: Any) -> Any:
    """Another value than this one, of the same type where it has one."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case list():
            return [*value, "iets"]
        case _:
            return f"{value}x"


def keys_of(part: BaseModel) -> Iterator[tuple[BaseModel, list[str | int]]]:
    """A copy of the part for every key, with another value there, and the way to that key."""
    for name, about in type(part).model_fields.items():
        value, key = getattr(part, name), about.alias or name
        if isinstance(value, BaseModel):
            changed = ((copy, [key, *way]) for copy, way in keys_of(value))
        elif isinstance(value, list) and value and isinstance(value[0], BaseModel):
            changed = (
                ([*value[:place], copy, *value[place + 1 :]], [key, own.id, *way])
                for place, own in enumerate(value)
                for copy, way in keys_of(own)
            )
        else:
            changed = iter([(other(value), [key])])
        for copy, way in changed:
            yield part.model_copy(update={name: copy}), way


def named(way: list[str]) -> str:
    match way:
        case ["question", question, key]:
            return f"`{key}` of question {question}"
        case [part, key]:
            return f"`[{part}] {key}`"
    return f"`{way[0]}`"


def refusal(project: Project) -> str:
    with pytest.raises(InputError) as found:
        read_coded(project)
    assert found.value.expected == "Code it: themawijzer classify klein"
    return found.value.problem.removesuffix(" changed since the survey was coded")


@pytest.mark.filterwarnings("ignore:Pydantic serializer")  # a key may hold what no key of its type does
def test_every_key_of_survey_toml_is_one_that_the_coded_dataset_rests_on(root: Path) -> None:
    """Whatever keys there will be."""
    project = open_project(root, "klein")
    assert read_coded(project).run.configuration == Survey.model_validate(project.survey.model_dump(by_alias=True))
    told = {}
    for survey, way in keys_of(project.survey):
        told[".".join(map(str, way))] = refusal(replace(project, survey=survey))
    own_id = {"question.v1.id": "question v1 and question v1x", "question.v2.id": "question v2 and question v2x"}
    assert told == {way: own_id.get(way) or named(way.split(".")) for way in told}
    assert {"weight", "question.v2.column", "settings.min_cell", "dialect.sheet", "missing.values"} <= told.keys()


def test_questions_that_came_or_changed_places_are_named(root: Path) -> None:
    project = open_project(root, "klein")
    first, second = project.survey.questions
    third = second.model_copy(update={"id": "v3", "column": "V3"})
    for questions, told in (
        ([second, first], "the order of the questions"),
        ([first], "question v2"),
        ([first, second, third], "question v3"),
        ([third, second], "question v1 and question v3"),
    ):
        survey = project.survey.model_copy(update={"questions": questions})
        assert refusal(replace(project, survey=survey)) == told


def test_all_that_changed_is_named_together(root: Path) -> None:
    project = open_project(root, "klein")
    first, second = project.survey.questions
    questions = [first, second.model_copy(update={"column": "V3"})]
    survey = project.survey.model_copy(update={"questions": questions, "weight": None, "keep": ["V4"]})
    assert refusal(replace(project, survey=survey)) == "`weight`, `keep` and `column` of question v2"


@pytest.mark.parametrize("name", [field.name for field in fields(Gold)])
def test_whatever_people_decided_otherwise_is_noticed(root: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {"codes": frozenset({"mkb"}), "disputed": frozenset({"mkb"}), "text": "iets", "coders": ("x",)}
    value = other.get(name, False)

    def settled(*given: Any) -> dict[Any, Gold]:
        gold = settle(*given)
        unit = next(unit for unit, own in gold.items() if getattr(own, name) != value)
        return gold | {unit: replace(gold[unit], **{name: value})}

    monkeypatch.setattr("themawijzer.project.project.settle", settled)
    assert refusal(open_project(root, "klein")) == "the annotations"


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("surveys/klein/survey.toml", 'column = "V1"', 'column = "V3"', "`column` of question v1"),
        ("surveys/klein/survey.toml", 'weight = "gewicht"\n', "", "`weight`"),
        ("surveys/klein/survey.toml", 'background = ["provincie"]', "background = []", "`background`"),
        ("surveys/klein/survey.toml", '["provincie"]', '["provincie", "weg"]', "`background`"),
        ("surveys/klein/survey.toml", 'respondent_id = "nr"', 'respondent_id = "V2"', "`respondent_id`"),
        ("surveys/klein/survey.toml", "[[question]]", "settings.seed = 3\n[[question]]", "`[settings] seed`"),
        ("annotations/klein/codeur-1.csv", "random,\n19", "active,\n19", "the annotations"),
        ("annotations/klein/codebook.toml", "Over zorg", "Over zorgen", "the codebook"),
        ("models/klein/manifest.json", '"seed": 0', '"seed": 1', "the model"),
    ],
)
def test_report_discover_and_notebooks_name_what_changed(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    write_coded_survey(tmp_path)
    changed(tmp_path / file, old, new)
    whole = f"run.json: {told} changed since the survey was coded\nCode it: themawijzer classify klein"
    for command in ("report", "discover"):
        assert whole in run(command, "klein", root=tmp_path, expected=2)
    with pytest.raises(InputError, match="changed since the survey was coded"):
        _ = themawijzer.open_survey(tmp_path / "surveys/klein").codings
    assert not (tmp_path / "coded/klein/report.html").exists()


def test_what_only_looks_otherwise_asks_for_nothing(tmp_path: Path) -> None:
    write_coded_survey(tmp_path)
    changed(tmp_path / "surveys/klein/survey.toml", 'weight = "gewicht"', "weight = 'gewicht'  # van de respondent")
    run("report", "klein", root=tmp_path)


@pytest.mark.parametrize(("place", "given"), [("golf.csv", "./golf.csv"), ("../golf.csv", "golf.csv")])
def test_the_command_that_mends_it_has_the_files_that_were_coded(
    team: Path, tmp_path: Path, place: str, given: str
) -> None:
    root = Path(shutil.copytree(team, tmp_path / "root"))
    wave = root / place
    wave.write_text("respnr,antwoord\n1,de trein is vol\n2,meer fietspaden\n", encoding="utf-8")
    run("classify", "vervoer", "--input", wave, root=root)
    assert read_run(root / "coded/vervoer/run.json").input.given == [given]
    run("report", "vervoer", root=root)
    survey = root / "surveys/vervoer/survey.toml"
    survey.write_text(survey.read_text(encoding="utf-8") + "[settings]\ntarget = 0.9\n", encoding="utf-8")
    told = run("report", "vervoer", root=root, expected=2)
    assert "`[settings] target` changed since" in told
    assert "Code it: themawijzer classify vervoer --input golf.csv\n" in told
    assert ("type the full path of: golf.csv\n" in told) == (given == "golf.csv")
    run("classify", "vervoer", "--input", wave, root=root)
    run("report", "vervoer", root=root)
    wave.write_text("respnr,antwoord\n1,de trein is vol\n", encoding="utf-8")
    assert ("the responses changed" in run("report", "vervoer", root=root, expected=2 if given[0] == "." else 0)) == (
        given[0] == "."
    )


def test_a_model_that_learned_something_else_since_is_noticed(tmp_path: Path) -> None:
    write_coded_survey(tmp_path)
    folder = tmp_path / "models/klein"
    manifest = read_manifest(folder)
    learned = {name: replace(own, sha256="3" * 64) for name, own in manifest.codeframes.items()}
    write_manifest(folder, replace(manifest, codeframes=learned))
    assert refusal(open_project(tmp_path, "klein")) == "the model"


def test_the_page_suggests_nothing_for_answers_that_are_others_than_those_that_were_coded(tmp_path: Path) -> None:
    coded = write_coded_survey(tmp_path)
    own = tmp_path / "surveys/klein/responses.csv"
    shutil.copy(coded / "responses_coded.csv", own)
    coded_by = read_run(coded / "run.json")
    (coded / "run.json").write_text(
        replace(coded_by, input=replace(coded_by.input, sha256=sha256(own))).text, encoding="utf-8"
    )

    def suggested() -> int:
        material = Snapshots(Folders(tmp_path, "klein")).current().material
        return len(ProposalFiles(coded).current(material).suggestions)

    assert suggested() == 40
    survey = tmp_path / "surveys/klein/survey.toml"
    changed(survey, "[[question]]", "settings.show_background = true\n[[question]]")
    assert suggested() == 40
    changed(own, "jongeren", "ouderen")
    assert suggested() == 0
    changed(own, "ouderen", "jongeren")
    changed(survey, 'column = "V2"', 'column = "V3"')
    changed(own, "V2", "V3")
    assert suggested() == 0
