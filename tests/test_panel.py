"""A panel: the same respondents answer again, and what people said belongs to what was typed."""

import csv
import unicodedata
from pathlib import Path

import pytest
from conftest import run

from themawijzer.project.project import open_project
from themawijzer.survey.annotations import ADJUDICATOR, Annotation
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.gold import settle
from themawijzer.survey.respondents import Respondents, Unfound

CODES = [{"id": code, "value": n, "label": code, "definition": "d"} for n, code in enumerate(("trein", "fiets"), 1)]
CODEBOOK = Codebook.model_validate(
    {"title": "t", "version": "1.0.0", "codeframe": [{"id": "thema", "label": "Thema", "code": CODES}]}
)
N, N_SAME = 40, 4  # respondents, and those who type the same again, one of them with a blank behind it
N_FIRST, N_SECOND = 24, 10  # coded in each wave


def first(n: int) -> str:
    return f"de trein naar straat {n}" if n % 2 else f"mijn fiets in straat {n}"


def second(n: int) -> str:
    return (
        first(n) + " " * (n == 0) if n < N_SAME else f"nu de fiets bij plein {n}" if n % 3 else f"een trein, plein {n}"
    )


def write(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A survey whose first wave was coded in part, and then a sample of the second one."""
    root = tmp_path_factory.mktemp("panel")
    for name, typed in (("w1", first), ("w2", second)):
        write(root / f"{name}.csv", ["nr", "wens"], [[f"r{n}", typed(n)] for n in range(N)])
    run("init", "s", "--responses", root / "w1.csv", "--respondent-id", "nr", "--question", "wens", root=root)
    with (root / "surveys/s/survey.toml").open("a", encoding="utf-8") as file:
        file.write('\n[settings]\nencoder = "use"\n')
    labels = write(
        root / "lab.csv", ["nr", "labels"], [[f"r{n}", "trein" if n % 2 else "fiets"] for n in range(N_FIRST)]
    )
    run("import", "s", labels, "--codeframe", "thema", "--labels-column", "labels", "--random-sample", root=root)
    run("sample", "s", "--n", str(N_SECOND), "--input", root / "w2.csv", root=root)
    with (root / "coded/s/sample.csv").open(encoding="utf-8", newline="") as file:
        drawn = [row | {"codes": "fiets"} for row in csv.DictReader(file)]
    back = write(root / "terug.csv", list(drawn[0]), [list(row.values()) for row in drawn])
    run("import", "s", back, "--coder", "import", "--input", root / "w2.csv", root=root)
    return root


def test_a_sample_of_the_next_wave_is_of_what_was_not_drawn_before(root: Path) -> None:
    with (root / "terug.csv").open(encoding="utf-8", newline="") as file:
        drawn = {row["respondent_id"]: row["text"] for row in csv.DictReader(file)}
    assert len(drawn) == N_SECOND
    assert not {f"r{n}" for n in range(N_SAME)} & drawn.keys()
    assert all(second(int(nr[1:])) == text for nr, text in drawn.items())


@pytest.mark.parametrize(("wave", "n"), [("w1", N_FIRST), ("w2", N_SAME + N_SECOND)])
def test_each_wave_has_the_codes_and_the_random_sample_of_what_was_typed_in_it(root: Path, wave: str, n: int) -> None:
    project = open_project(root, "s")
    responses = project.read_responses(root / f"{wave}.csv")
    project = project.placed_in(responses)
    located = project.locate(responses)
    assert len(located) == n
    assert all(project.gold[annotated].is_random for annotated in located.values())


def test_coding_the_second_wave_takes_nothing_from_the_first(root: Path) -> None:
    assert f"learned from {N_FIRST + N_SECOND} annotated answers" in run("train", "s", root=root)
    told = run("classify", "s", root=root)
    assert f"Decided by people {N_FIRST}," in told
    assert f"import.csv: {N_SECOND} annotations find no answer: {N_SECOND} of answers that read differently" in told


@pytest.mark.parametrize("shape", ["wide", "long"])
def test_an_export_of_two_waves_comes_back_whole(root: Path, tmp_path: Path, shape: str) -> None:
    run("export", "s", "--shape", shape, root=root)
    told = run("import", "s", root / f"coded/s/annotations_{shape}.csv", root=root)
    assert f"{N_FIRST + N_SECOND} were there already." in told
    assert "coded otherwise since" not in told


def coded(respondent_id: str, text: str, *codes: str) -> Annotation:
    moment = "2026-01-02T03:04:05Z"
    return Annotation(respondent_id, "v1", "thema", frozenset(codes), text, moment, "1.0.0", "active")


TYPED = "een café\nin de wijk"
FORMS = {
    "blanks": f" {TYPED}  ",
    "line end": f"{TYPED}\r\n\n",
    "other line ends": TYPED.replace("\n", "\r\n"),
    "no-break space": f"{TYPED}\u00a0",
    "decomposed": unicodedata.normalize("NFD", TYPED),
}


@pytest.mark.parametrize("has_responses", [True, False])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_an_adjudication_of_a_text_in_another_form_still_decides(form: str, has_responses: bool) -> None:
    respondents = Respondents({"v1": {"1": TYPED}} if has_responses else {})
    said = {
        "a": [coded("1", TYPED, "trein")],
        "b": [coded("1", TYPED, "fiets")],
        ADJUDICATOR: [coded("1", form, "fiets")],
    }
    (settled,) = settle(respondents.place(said), CODEBOOK).values()
    assert (settled.codes, settled.disputed, settled.coders) == ({"fiets"}, set(), (ADJUDICATOR,))


def test_an_adjudication_of_another_text_is_reported() -> None:
    respondents = Respondents({"v1": {"1": "bus"}})
    said = {"a": [coded("1", "bus", "trein")], ADJUDICATOR: [coded("1", "de bus", "fiets")]}
    assert respondents.count_unfound(respondents.place(said)) == {ADJUDICATOR: {Unfound.CHANGED: 1}}


BOTH = {"a": [coded("007", "nee", "trein"), coded("7", "nee", "fiets")]}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"7": "nee", "007": "nee"}, {"7": {"fiets"}, "007": {"trein"}}),
        ({"7": "ja", "007": "nee"}, {"7": {"fiets"}, "007": {"trein"}}),  # 7 answered otherwise in the next wave
        ({"7": "nee", "007": "ja"}, {"7": {"fiets"}, "007": {"trein"}}),
        ({"8": "nee"}, {"7": {"fiets"}, "007": {"trein"}}),  # neither takes part in the next wave
        ({"007": "nee"}, {"007": {"fiets"}}),  # a spreadsheet took the zeros away: the later row counts
    ],
)
def test_a_respondent_7_beside_007_keeps_its_own_code(answers: dict[str, str], expected: dict[str, set[str]]) -> None:
    gold = settle(Respondents({"v1": answers}).place(BOTH), CODEBOOK)
    assert {unit.respondent_id: set(settled.codes) for unit, settled in gold.items()} == expected


def test_what_7_typed_in_an_earlier_wave_is_reported_where_007_typed_it_now() -> None:
    respondents = Respondents({"v1": {"7": "ja", "007": "nee"}})
    placed = respondents.place(BOTH)
    assert respondents.count_unfound(placed) == {"a": {Unfound.CHANGED: 1}}
    located = respondents.locate({unit: gold.text for unit, gold in settle(placed, CODEBOOK).items()})
    assert [(unit.respondent_id, answered.respondent_id) for unit, answered in located.items()] == [("007", "007")]


def test_labels_beside_texts_find_the_respondent_whatever_the_form_of_the_text(tmp_path: Path) -> None:
    write(tmp_path / "antw.csv", ["nr", "wens"], [["1", " een café "], ["2", "de bus"]])
    run("init", "s", "--responses", tmp_path / "antw.csv", "--respondent-id", "nr", "--question", "wens", root=tmp_path)
    rows = [[unicodedata.normalize("NFD", "een café"), "horeca"], ["de bus", "ov"]]
    labels = write(tmp_path / "lab.csv", ["wens", "labels"], rows)
    told = run("import", "s", labels, "--codeframe", "thema", "--labels-column", "labels", root=tmp_path)
    assert "belong to nobody" not in told
    assert {unit.respondent_id for unit in open_project(tmp_path, "s").gold} == {"1", "2"}


def test_a_coders_later_row_replaces_the_earlier_one_whatever_the_form_of_the_text() -> None:
    said = {"a": [coded("1", TYPED, "trein"), coded("1", f"{TYPED} ", "fiets")]}
    (settled,) = settle(Respondents({}).place(said), CODEBOOK).values()
    assert settled.codes == {"fiets"}
