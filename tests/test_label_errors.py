"""Which annotations are probably wrong, and how many errors to expect."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from conftest import run, write_labelled_file

from themawijzer.coding.coefficients import Pattern, Ratings
from themawijzer.coding.label_errors import ErrorRates, LabelError, by_probability, expected_errors, find_errors
from themawijzer.coding.numbers import Bools
from themawijzer.output.csv_tables import label_errors_frame
from themawijzer.survey.annotations import AnsweredUnit
from themawijzer.survey.codebook import Codebook

AAP, NONE = frozenset({"aap"}), frozenset[str]()
UNITS = [AnsweredUnit(str(number), "v1", "thema", ()) for number in range(4)]
CODES = [
    {"id": name, "value": n, "label": name.title(), "definition": name}
    for n, name in enumerate(("aap", "boom"), start=1)
]
BOOK = Codebook.model_validate(
    {"title": "B", "version": "1.0.0", "codeframe": [{"id": "thema", "label": "Thema", "code": CODES}]}
)


def planted(truth: Bools, rate: float, rng: np.random.Generator) -> Bools:
    """The codes (n, k), of which a share of the rows lost one, got one, or has one for another."""
    given = truth.copy()
    for row in np.flatnonzero((rng.random(len(truth)) < rate) & ~truth.all(axis=1)):
        kind = rng.choice(["left out", "put in", "other"])
        if kind != "put in" and truth[row].any():
            given[row, rng.choice(np.flatnonzero(truth[row]))] = False
        if kind != "left out" or not truth[row].any():
            given[row, rng.choice(np.flatnonzero(~truth[row]))] = True
    return given


def coded_file(rate: float, n_double: int, seed: int, n: int = 250) -> tuple[Bools, list[LabelError]]:
    """Which rows of a constructed file are wrong, and what is listed of it.

    Of 3 % of the answers the model knows nothing, without a sign of it.
    """
    rng = np.random.default_rng([seed, n_double, int(1000 * rate)])
    probabilities = 1 / (1 + np.exp(-rng.normal(-3, 3, size=(n, 6))))
    truth = rng.random(probabilities.shape) < probabilities
    is_hard = rng.random(n) < 0.03
    truth[is_hard] = truth[rng.permutation(n)][is_hard]
    one, other = planted(truth, rate, rng), planted(truth, rate, rng)[:n_double]
    codes = list("abcdef")
    pairs = Counter((as_set(mine, codes), as_set(theirs, codes)) for mine, theirs in zip(one, other, strict=False))
    looks = np.ones(n, dtype=int)
    rates = ErrorRates.fit(one, probabilities, looks, Ratings(("a", "b"), tuple(codes), pairs), seed=0)
    whose = [(AnsweredUnit(str(row), "v1", "thema", ()), "a") for row in range(n)]
    chances = rates.chances(one, probabilities, looks)
    listed = by_probability(find_errors(whose, one, probabilities, codes=codes, chances=chances))
    return (one != truth).any(axis=1), listed


def as_set(row: Bools, codes: list[str]) -> frozenset[str]:
    return frozenset(code for code, is_given in zip(codes, row, strict=True) if is_given)


def rates_of(n: int, *, surprising: int = 0, patterns: dict[Pattern, int] | None = None) -> ErrorRates:
    """Of n answers with one code out of two, of which the model is sure; so many have the other code."""
    given = np.array([[True, False]] * (n - surprising) + [[False, True]] * surprising)
    ratings = Ratings(("a", "b"), ("aap", "boom"), patterns or {})
    return ErrorRates.fit(given, np.tile([0.99, 0.01], (n, 1)), np.ones(n, dtype=int), ratings, seed=0)


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.05, 0.1])
@pytest.mark.parametrize("n_double", [0, 25, 100])
def test_the_interval_holds_the_number_of_errors_in_nineteen_files_of_twenty(rate: float, n_double: int) -> None:
    inside = 0
    for seed in range(20):
        is_wrong, listed = coded_file(rate, n_double, seed)
        first = listed[:20]
        found = sum(is_wrong[int(error.unit.respondent_id)] for error in first)
        _, low, high = expected_errors(first)[-1].numbers if first else (0, 0, 0)
        inside += low <= found <= high
    assert inside >= 19


@pytest.mark.parametrize("n_double", [0, 25, 100])
def test_of_a_file_without_errors_few_answers_come_back(n_double: int) -> None:
    lengths = [len(coded_file(0.0, n_double, seed)[1]) for seed in range(20)]
    assert np.mean(lengths) <= 3  # of 250


def test_without_double_codings_surprising_answers_may_all_be_hard_ones() -> None:
    rates = rates_of(200, surprising=10)
    assert np.quantile(rates.shares, 0.1) == 0
    assert np.quantile(rates.shares, 0.9) == 1
    assert np.median(rates.rates) == pytest.approx(0.05, abs=0.02)


def test_coders_who_agree_were_right_and_the_surprising_answers_hard() -> None:
    agreed = rates_of(200, surprising=10, patterns={(AAP, AAP): 100})
    differed = rates_of(200, surprising=10, patterns={(AAP, AAP): 90, (AAP, NONE): 10})
    assert agreed.shares.mean() < 0.3 < 0.7 < differed.shares.mean()


def test_what_was_said_twice_is_less_likely_wrong() -> None:
    rates, given, probabilities = (
        rates_of(200, surprising=10),
        np.array([[False, True]] * 2),
        np.array([[0.9, 0.1]] * 2),
    )
    once, twice = rates.chances(given, probabilities, np.array([1, 2])).mean(axis=0)
    assert twice < once / 2


def test_only_what_the_model_contradicts_is_listed_with_what_it_would_give() -> None:
    given = np.array([[True, False], [True, False], [False, False], [True, False]])
    probabilities = np.array([[0.02, 0.9], [0.9, 0.1], [np.nan, 0.7], [0.02, 0.9]])
    chances = np.tile([0.5, 0.5, 0.25, 0.15], (10, 1))
    found = find_errors(
        zip(UNITS, ("a", "a", "b", "b"), strict=True), given, probabilities, codes=["aap", "boom"], chances=chances
    )
    assert [(error.unit, error.coder, error.given, error.expected) for error in found] == [
        (UNITS[0], "a", ("aap",), ("boom",)),
        (UNITS[2], "b", (), ("boom",)),
    ]
    assert found[0].probability == pytest.approx(0.5)
    assert found[0].contradiction == pytest.approx(0.98)


def test_rows_add_up_and_say_what_may_be_wrong() -> None:
    likely = LabelError(UNITS[0], "a", ("aap",), (), 0.9, np.full(400, 0.8))
    possible = LabelError(UNITS[1], "b", (), ("boom",), 0.99, np.full(400, 0.4))
    frame = label_errors_frame(by_probability([possible, likely]), dict(zip(UNITS, ("bos", "zoo"), strict=False)), BOOK)
    assert frame["error"].tolist() == ["0.8000", "0.4000"]
    assert frame["expected_errors"].tolist() == ["0.8", "1.2"]
    assert frame[["expected_errors_low", "expected_errors_high"]].to_numpy().tolist() == [["0", "1"], ["0", "2"]]
    assert frame["expected"].tolist() == ["geen", "boom"]
    assert frame["reason_code"].tolist() == ["likely_superfluous", "likely_missing"]
    assert frame["reason"].tolist()[1] == "misschien vergeten; het model ziet dit wel in het antwoord: Boom"
    assert frame["text"].tolist() == ["bos", "zoo"]


def test_planted_errors_come_first(tmp_path: Path) -> None:
    write_labelled_file(tmp_path / "gelabeld.csv")
    text = (tmp_path / "gelabeld.csv").read_text(encoding="utf-8")
    planted = text.replace("graag in de stad,Trein", "graag in de stad,Fiets")
    planted = planted.replace("fietspaden in de stad,Fiets", "fietspaden in de stad,Trein")
    assert planted != text
    (tmp_path / "gelabeld.csv").write_text(planted, encoding="utf-8")
    options = ["--respondent-id", "respnr", "--question", "antwoord"]
    run("init", "vervoer", "--responses", tmp_path / "gelabeld.csv", *options, root=tmp_path)
    labels = ["--codeframe", "thema", "--labels-column", "labels"]
    for coder, rows in (("codeur-1", planted), ("codeur-2", "\n".join(text.splitlines()[:30]))):
        (tmp_path / "labels.csv").write_text(rows, encoding="utf-8")
        run("import", "vervoer", tmp_path / "labels.csv", *labels, "--coder", coder, root=tmp_path)
    told = run("agreement", "vervoer", root=tmp_path)
    assert "not listed: there is no model" in told
    run("train", "vervoer", root=tmp_path)
    told = run("agreement", "vervoer", root=tmp_path)
    assert "thema: likely mistakes, by the model and 68 annotated answers" in told
    assert (
        "codeur-1: 2 annotations to look at again; 0.4 errors to be expected in the first 2 (95% interval 0-2)" in told
    )
    with (tmp_path / "coded/vervoer/label_errors.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert {(row["coder"], row["codes"], row["expected"]) for row in found[:2]} == {
        ("codeur-1", "fiets", "trein"),
        ("codeur-1", "trein", "fiets"),
    }
    assert float(found[1]["expected_errors"]) == pytest.approx(sum(float(row["error"]) for row in found[:2]), abs=0.1)
