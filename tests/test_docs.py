"""The docs say what the program does: commands run, output is compared, names exist."""

import csv
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from conftest import labelled_answers, run
from pydantic.fields import FieldInfo
from typer.main import get_command

from themawijzer.annotation.streams import StreamName
from themawijzer.cli import app
from themawijzer.coding.advice import Advice
from themawijzer.coding.review import ReviewReason
from themawijzer.commands.annotate import open_desk
from themawijzer.output.run_file import Run
from themawijzer.records.certificate_record import CertificateRecord
from themawijzer.records.manifest import Manifest
from themawijzer.survey.annotations import COLUMNS
from themawijzer.survey.changes import Change, Changes, CodeLabel, Retired
from themawijzer.survey.codebook import Code, Codebook, Codeframe, read_codebook
from themawijzer.survey.configuration import Strict, read_configuration
from themawijzer.survey.survey import DialectOverride, Question, Settings, Survey

PROJECT = Path(__file__).parent.parent
DOCUMENTS = [*PROJECT.glob("*.md"), *PROJECT.glob("[a-z]*/README.md"), *PROJECT.glob("docs/*.md")]
GIT = shutil.which("git")
README, FILES, COMMANDS, MANUAL = (
    (PROJECT / name).read_text(encoding="utf-8")
    for name in ("README.md", "docs/files.md", "docs/commands.md", "docs/handleiding.md")
)


def test_the_commands_for_an_own_survey_run_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = labelled_answers()
    answers = ["nr;gemeente;wens", *(f'{number};Ede;"{text}"' for number, text, _ in rows), "900;Ede;meer treinen"]
    labels = ["nr;wens;labels", *(f'{number};"{text}";{label}' for number, text, label in rows)]
    (tmp_path / "antwoorden.csv").write_text("\n".join(answers), encoding="cp1252")
    (tmp_path / "gelabeld.csv").write_text("\n".join(labels), encoding="cp1252")
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
    for line in block.strip().splitlines():
        run(*shlex.split(line.removeprefix("$ themawijzer ")), root=tmp_path)
    assert (tmp_path / "coded/bereikbaarheid/responses_coded.csv").read_text(encoding="utf-8").count("\n") == 70


def test_the_commands_of_the_manual_run_in_order_as_people_fill_in_files_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    labels = {f"{text}{end}": label.lower() for _, text, label in labelled_answers() for end in ("", " zeker", " hoor")}
    answers = ["nr;gemeente;wens", *(f'{number};Ede;"{text}"' for number, text in enumerate(labels))]
    (tmp_path / "antwoorden.csv").write_text("\n".join(answers), encoding="utf-8")
    (codebook,) = re.findall(r"```toml\n(.*?)```", MANUAL, flags=re.DOTALL)
    lines = "".join(re.findall(r"```console\n(.*?)```", MANUAL, flags=re.DOTALL)).splitlines()
    assert {line.split()[2] for line in lines} >= {"init", "annotate", "sample", "train", "classify", "report"}
    for line in lines:
        command, survey, *rest = shlex.split(line.removeprefix("$ themawijzer "))
        if command == "import":
            fill_in(tmp_path / rest[0], labels)
        if command == "annotate":
            assert open_desk(tmp_path, survey, "codeur-1").tasks(StreamName.RANDOM)
            continue
        told = run(command, survey, *rest, root=tmp_path)
        if command == "init":
            (tmp_path / "annotations" / survey / "codebook.toml").write_text(codebook, encoding="utf-8")
            path = tmp_path / "surveys" / survey / "survey.toml"
            path.write_text(path.read_text(encoding="utf-8").replace("[]", '["thema"]'), encoding="utf-8")
    assert "report.html" in told
    assert "Quality per code is not in it" not in told


def fill_in(path: Path, labels: Mapping[str, str]) -> None:
    """What people do between two commands: the codes of every answer, or an x under each."""
    if path.suffix == ".csv":
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        table["codes"] = table["text"].map(labels)
        table.to_csv(path, index=False)
        return
    book = openpyxl.load_workbook(path)
    page = book["v1 thema"]
    headings = [re.split(r"[\n(]", str(cell.value))[0].strip().lower() for cell in page[1]]
    for row in page.iter_rows(min_row=2):
        for code in labels[str(row[headings.index("antwoord")].value)].split("|"):
            row[headings.index(code)].value = "x"
    book.save(path)


def test_the_printed_summary_is_that_of_the_sample_survey(tmp_path: Path) -> None:
    """Numbers may move with versions of the libraries; every other word is compared."""
    (tmp_path / "annotations").symlink_to(PROJECT / "annotations")
    shutil.copytree(PROJECT / "surveys", tmp_path / "surveys")
    survey = tmp_path / "surveys/vng-panel/survey.toml"
    faster = survey.read_text(encoding="utf-8").replace("[settings]", '[settings]\nencoder = "use"')  # fifteen times
    survey.write_text(faster, encoding="utf-8")
    run("train", "vng-panel", root=tmp_path)
    told = run("classify", "vng-panel", root=tmp_path)
    (shown,) = re.findall(r"<!-- output of: themawijzer classify vng-panel -->\n```\n(.*?)```", README, flags=re.DOTALL)

    def shape(text: str) -> list[str]:
        plain = text.replace(f"{tmp_path}/", "")
        known = [re.sub(r"(, target .*?): .*", r"\1", line) for line in plain.strip().splitlines()]  # may not be met
        return [re.sub(r"\d+ *|\s+", " ", line).strip() for line in known]

    assert shape(shown) == [
        line for line in shape(told) if not line.startswith(("spaCy pipeline", "coding answers", "writing files"))
    ]
    made = [*(tmp_path / "models/vng-panel").iterdir(), *(tmp_path / "coded/vng-panel").iterdir()]
    assert [path.name for path in made if f"`{path.name}`" not in FILES] == []
    for name in ("codings.csv", "review.csv", "prevalence.csv"):
        with (tmp_path / "coded/vng-panel" / name).open(encoding="utf-8") as file:
            documented = [column for columns, _ in table_under(name) for column in re.findall(r"\w+", columns)]
            assert documented == file.readline().rstrip().split(",")
    with (tmp_path / "coded/vng-panel/prevalence.csv").open(encoding="utf-8", newline="") as file:
        employers = next(row for row in csv.DictReader(file) if row["code"] == "werkgevers")
    sizes = f"noemt werkgevers (n = {employers['n']}, waarvan {employers['n_audit']} in de steekproef)"
    assert sizes in " ".join(README.split())  # the sentence that the report's figures are shown with


def test_the_notebook_in_the_docs_prints_what_it_shows(
    team: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers may move with versions of the libraries; every other word is compared."""
    shutil.copytree(team, tmp_path / "team")
    run("classify", "vervoer", root=tmp_path / "team")
    monkeypatch.chdir(tmp_path / "team")
    guide = (PROJECT / "docs/python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", guide, flags=re.DOTALL)
    assert len(blocks) == guide.count("```python") == 3

    def shape(text: str) -> list[str]:
        return re.sub(r"\d+(\.\d+)?", "0", text).split()

    for code, shown in blocks:
        capsys.readouterr()
        exec(code, {})  # noqa: S102
        assert shape(capsys.readouterr().out) == shape(shown)


def test_the_configuration_files_in_the_docs_are_valid(tmp_path: Path) -> None:
    survey, codebook = re.findall(r"```toml\n(.*?)```", FILES, flags=re.DOTALL)
    (tmp_path / "survey.toml").write_text(survey, encoding="utf-8")
    assert read_configuration(tmp_path / "survey.toml", Survey).dialect.encoding == "cp1252"
    (tmp_path / "codebook.toml").write_text(codebook, encoding="utf-8")
    assert read_codebook(tmp_path / "codebook.toml").codeframe("thema").code_ids == ["ov"]


@pytest.mark.parametrize(
    ("heading", "part"),
    [
        ("survey.toml", Survey),
        ("question", Question),
        ("dialect", DialectOverride),
        ("settings", Settings),
        ("codebook.toml", Codebook),
        ("codeframe", Codeframe),
        ("code", Code),
        ("changes.toml", Changes),
        ("change", Change),
        ("retired", Retired),
        ("label", CodeLabel),
    ],
)
def test_every_key_is_documented_with_its_default(heading: str, part: type[Strict]) -> None:
    documented = {re.sub(r"[\[\]]|codeframe\.", "", key): default for key, default, _ in table_under(heading)}
    assert documented == {field.alias or name: default_of(field) for name, field in part.model_fields.items()}


def table_under(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading of docs/files.md, without its header and without backticks."""
    (section,) = re.findall(rf"^##+ {re.escape(heading)}$(.*?)(?=^##|\Z)", FILES, flags=re.MULTILINE | re.DOTALL)
    (rows,) = re.findall(r"^\|-.*\n((?:\|.*\n)+)", section, flags=re.MULTILINE)
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in rows.splitlines()]


def default_of(field: FieldInfo) -> str:
    """As the docs write it: in TOML, and nothing for parts that have keys of their own."""
    if field.is_required():
        return "required"
    if field.default is None:
        return "none"
    return "" if isinstance(field.default, Strict) else json.dumps(field.default)


def test_every_column_of_an_annotation_file_is_documented() -> None:
    assert [name for name, _ in table_under("CODER.csv and adjudicated.csv")] == COLUMNS


@pytest.mark.parametrize(
    ("heading", "part", "more"),
    [("manifest.json", Manifest, []), ("run.json", Run, ["sha256"]), ("certificates", CertificateRecord, [])],
)
def test_every_key_of_a_record_is_documented(heading: str, part: type, more: list[str]) -> None:
    documented = [key for keys, _ in table_under(heading) for key in re.findall(r"\w+", keys)]
    assert documented == [*(field.name for field in fields(part)), *more]


def test_every_fixed_word_is_documented() -> None:
    assert [word for word, _ in table_under("reason_code")] == list(ReviewReason)
    assert [word for word, _ in table_under("agreement.csv")] == list(Advice)


def test_every_command_is_documented_once() -> None:
    commands = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    documented = re.findall(r"^\| `themawijzer ([\w-]+)` \|", COMMANDS, flags=re.MULTILINE)
    assert sorted(documented) == sorted(commands)


def test_commands_in_the_docs_have_options_that_exist() -> None:
    known = {
        name: {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        for name, command in get_command(app).commands.items()
    }
    text = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    commands = re.findall(r"(?:`|\$ |/|\\)themawijzer ([a-z-]+)([^`\n]*)", text)
    found = [(name, set(re.findall(r"--[\w-]+", options))) for name, options in commands]
    assert len(found) > 40
    assert [(name, options - known[name]) for name, options in found if options - known[name]] == []


def test_targets_in_the_docs_exist() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"^([\w-]+):", makefile, flags=re.MULTILINE))
    text = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, flags=re.MULTILINE))
    assert {"classify", "test"} <= named <= known


def test_the_readme_can_be_read_in_five_minutes() -> None:
    assert len(README.split()) < 1200


def test_every_target_that_takes_a_survey_is_documented_with_what_it_takes() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    rules = re.findall(r"^(\w+):(.*##.*\n(?:\t.*\n)+)", makefile, flags=re.MULTILINE)
    own = set(re.findall(r"^([A-Z_]+) :=", makefile, flags=re.MULTILINE))
    takes = {name: set(re.findall(r"\$\((?:or \$\(|if \$\()?([A-Z]+)[),]", rule)) - own for name, rule in rules}
    documented = {}
    for targets, arguments in re.findall(r"^\| `make (.*?)` \| (.*?) \|$", COMMANDS, flags=re.MULTILINE):
        documented |= {name: set(re.findall(r"([A-Z]+)=", arguments)) for name in targets.split("`, `")}
    assert documented.pop("language") == set()
    assert documented == {name: names for name, names in takes.items() if names & {"SURVEY", "A"}}


def test_every_target_of_the_makefile_has_its_line_of_help() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert set(phony.split()) == set(re.findall(r"^([\w.-]+):.*## \w", makefile, flags=re.MULTILINE))


def test_set_up_is_not_silent_while_it_downloads() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    installers = re.findall(r"^INSTALL := (.*)$", makefile, flags=re.MULTILINE)
    assert ["--quiet" in each or " -q" in each for each in installers] == [False, False]


def test_links_between_the_docs_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for target, anchor in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", document.read_text(encoding="utf-8")):
            found = document.parent / target if target else document
            assert found.exists(), f"{target} in {document.name}"
            assert not anchor or anchor in anchors(found), f"#{anchor} in {document.name}"


def test_every_picture_is_shown_small_enough_and_can_be_taken_again() -> None:
    pictures = sorted(PROJECT.glob("docs/pictures/*.png"))
    shown = [target for path in DOCUMENTS for target in re.findall(r"!\[\w.*?\]\((.*?)\)", path.read_text("utf-8"))]
    assert {path.name for path in pictures} == {Path(target).name for target in shown}
    assert [path.name for path in pictures if path.stat().st_size > 300_000] == []
    taken = re.findall(r'save\w*\(page, .*?"(\w+)"\)', (PROJECT / "docs/pictures.py").read_text(encoding="utf-8"))
    assert sorted(taken) == [path.stem for path in pictures]


def anchors(document: Path) -> set[str]:
    """What links to headings are called."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.skipif(GIT is None, reason="git is not installed")
def test_git_keeps_no_models_and_no_coded_surveys_but_says_what_appears_there(tmp_path: Path) -> None:
    shutil.copy(PROJECT / ".gitignore", tmp_path)
    subprocess.run([str(GIT), "init", "--quiet", str(tmp_path)], check=True)
    made = ["coded/stad/run.json", "coded/x.csv", "models/stad/README.md", "models/stad/model.npz"]
    paths = ["coded/README.md", "models/README.md", "surveys/stad/survey.toml", *made]
    ignored = subprocess.run([str(GIT), "-C", str(tmp_path), "check-ignore", *paths], capture_output=True, text=True)
    assert ignored.stdout.split() == made
    assert all((PROJECT / path).exists() for path in paths[:2])


def test_every_version_in_the_changelog_has_the_usual_parts() -> None:
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (.*)$", changelog, flags=re.MULTILINE)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ \((unreleased|\d{4}-\d\d-\d\d)\)", version) for version in versions)
    for text in re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]:
        parts = re.findall(r"^### (.*)$", text, flags=re.MULTILINE)
        assert parts == [part for part in ("Added", "Changed", "Fixed", "Removed") if part in parts]


def test_lock_files_carry_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-benchmark.lock"):
        lines = (PROJECT / name).read_text(encoding="utf-8").splitlines()
        assert all(re.match(r"\s+--hash=sha256:[0-9a-f]{64}|[\w.-]+(\[[\w-]+\])?==\S+", line) for line in lines)
