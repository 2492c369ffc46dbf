"""Answers of the random sample that were skipped: where they are unlike the others, nothing vouches."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import BIKE, TRAIN, run

from themawijzer.coding.drawing import Candidate, draw, drawn_until
from themawijzer.coding.skipped import Trait, differing

N, N_DRAWN = 240, 110
ENDS = [
    "",
    " dus",
    " in de stad",
    " en dat weet iedereen die hier wel eens in de spits op pad moet",
]  # one in four is long


def answers() -> list[tuple[str, str, str]]:
    """Respondent id, answer and code: half about trains, half about bikes, and of both a quarter long."""
    found = []
    for number in range(N):
        texts, code = ((TRAIN, "Trein"), (BIKE, "Fiets"))[number % 2]
        text = f"{texts[number // 2 % 5]}{ENDS[number // 10 % 4]} {number // 40}"
        found.append((f"{number + 1:03d}", text, code))
    return found


def is_long(text: str) -> bool:
    return len(text.split()) > 10


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A survey of which a random sample was drawn, that nobody coded yet."""
    folder = tmp_path_factory.mktemp("skipped")
    with (folder / "antwoorden.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["respnr", "antwoord"], *([number, text] for number, text, _ in answers())])
    how = ["--respondent-id", "respnr", "--question", "antwoord"]
    run("init", "vervoer", "--responses", folder / "antwoorden.csv", *how, root=folder)
    with (folder / "codes.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["respnr", "antwoord", "labels"], *answers()[:2]])
    labels = ["--codeframe", "thema", "--labels-column", "labels"]
    run("import", "vervoer", folder / "codes.csv", *labels, root=folder)
    with (folder / "surveys/vervoer/survey.toml").open("a", encoding="utf-8") as file:
        file.write('\n[settings]\nencoder = "use"\ntarget = 0.8\n')
    run("sample", "vervoer", "--n", N_DRAWN, root=folder)
    return folder


def sample(root: Path) -> list[dict[str, str]]:
    with (root / "coded/vervoer/sample.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def code(root: Path, *, skips: Callable[[int, str], bool]) -> None:
    """Fill in the sample but for answers that somebody skips, by number and text, and bring it in."""
    rows, known = sample(root), {number: label.lower() for number, _, label in answers()}
    for number, row in enumerate(rows):
        row["codes"] = "" if skips(number, row["text"]) else known[row["respondent_id"]]
    with (root / "coded/vervoer/sample.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    run("import", "vervoer", root / "coded/vervoer/sample.csv", "--coder", "codeur-1", root=root)


def classified(root: Path) -> str:
    run("train", "vervoer", root=root)
    return run("classify", "vervoer", root=root)


def refusals(root: Path) -> set[str]:
    with (root / "coded/vervoer/prevalence.csv").open(encoding="utf-8", newline="") as file:
        return {row["refusal"] for row in csv.DictReader(file)}


@pytest.fixture
def root(drawn: Path, tmp_path: Path) -> Path:
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_where_all_long_answers_were_skipped_nothing_is_certified_until_they_are_coded(root: Path) -> None:
    """What was skipped at the end of the sample was perhaps never reached, and is not counted."""
    lengths = [is_long(row["text"]) for row in sample(root)]
    n = sum(lengths[: N_DRAWN - lengths[::-1].index(False)])
    code(root, skips=lambda _, text: is_long(text))
    told = classified(root)
    assert "thema, target 0.80: not certified: random answers that were skipped are unlike the others" in told
    assert (
        f"thema: {n} random answers were skipped, and {N_DRAWN - sum(lengths)} coded, of which some were drawn" in told
    )
    assert "The skipped ones differ: longer (18.5 words against 5.9)" in told.replace("\n", " ")
    assert "fresh random sample" not in told
    assert refusals(root) == {
        "in de steekproef zijn antwoorden overgeslagen die anders zijn dan de gecodeerde: codeer ze alsnog"
    }
    run("report", "vervoer", root=root)
    page = (root / "coded/vervoer/report.html").read_text(encoding="utf-8")
    assert "in de steekproef zijn antwoorden overgeslagen die anders zijn dan de gecodeerde. Codeer ze alsnog." in page
    (command,) = (line.strip() for line in told.splitlines() if line.startswith("  themawijzer sample"))
    run(*command.split()[1:], root=root)
    assert [is_long(row["text"]) for row in sample(root)] == [True] * n
    code(root, skips=lambda *_: False)
    assert "were skipped" not in classified(root)
    assert refusals(root) == {""}


def test_answers_that_were_skipped_whatever_they_say_withdraw_nothing(root: Path) -> None:
    code(root, skips=lambda number, _: number % 4 == 0)
    told = classified(root)
    assert "certified on 82 random answers" in told
    assert "were skipped" not in told
    assert refusals(root) == {""}


# The draw


def test_what_is_drawn_until_the_last_coded_answer_is_the_beginning_of_the_draw() -> None:
    candidates = [Candidate(str(number), "v1", f"antwoord {number}", ("thema",)) for number in range(50)]
    fits = lambda text: not text.endswith("7")  # noqa: E731
    begin = draw(candidates, 20, seed=3, fits=fits)
    found = drawn_until(candidates, [begin[4], begin[-1]], seed=3, fits=fits)
    assert sorted(found, key=begin.index) == begin
    assert drawn_until(candidates, [], seed=3, fits=fits) == []


# The test


def found(
    lengths: list[float], skipped: list[int], questions: list[int] | None = None
) -> dict[Trait, tuple[float, float]]:
    is_skipped = np.isin(np.arange(len(lengths)), skipped)
    question = np.array(questions or [0] * len(lengths))
    same = np.ones(len(lengths))
    return differing({Trait.LENGTH: np.array(lengths, dtype=float), Trait.OTHER_KIND: same}, is_skipped, question)


def test_answers_that_differ_in_one_trait_are_found_by_that_one() -> None:
    assert found([*range(40)], [36, 37, 38, 39]) == {Trait.LENGTH: (37.5, 17.5)}
    assert found([*range(40)], [1, 12, 24, 37]) == {}


def test_one_skipped_answer_of_a_few_says_nothing_and_one_of_many_does() -> None:
    """The longest of 20 is skipped by chance once in 20 times, and so is the shortest."""
    assert found([*range(20)], [19]) == {}
    assert found([*range(100)], [99]) == {Trait.LENGTH: (99, 49)}


def test_a_question_with_longer_answers_of_which_more_were_skipped_is_no_difference() -> None:
    lengths = [*range(50), *range(100, 150)]
    skipped = [10, 39, *range(54, 100, 5)]
    assert found(lengths, skipped, [0] * 50 + [1] * 50) == {}
    assert found(lengths, skipped) == {Trait.LENGTH: (109.5, pytest.approx(69.73, abs=0.01))}


def test_answers_without_a_value_say_nothing() -> None:
    assert found([*range(36), *[np.nan] * 4], [36, 37, 38, 39]) == {}


def test_samples_with_answers_skipped_by_chance_fire_in_at_most_one_of_twenty(monkeypatch: pytest.MonkeyPatch) -> None:
    """300 samples of 60 to 160 answers, of which 2 to 40 are skipped, with three traits that go together."""
    monkeypatch.setattr("themawijzer.coding.skipped.N_SHUFFLES", 199)  # as exact, and ten times as fast
    rng = np.random.default_rng(5)
    fired = 0
    for _ in range(300):
        n, share = int(rng.integers(60, 161)), rng.uniform(0.03, 0.25)
        length = np.round(rng.lognormal(2, 0.8, n)) + 1
        doubt = rng.beta(1, 4, n) + length / 50
        other = (rng.random(n) < 0.04).astype(float)
        traits = {Trait.LENGTH: length, Trait.DOUBT: doubt, Trait.OTHER_KIND: other}
        fired += bool(differing(traits, rng.permutation(n) < max(2, share * n), rng.integers(0, 2, n)))
    assert fired / 300 == pytest.approx(0.05, abs=0.025)
