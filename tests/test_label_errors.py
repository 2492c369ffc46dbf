"""Which annotations are probably wrong, and how many errors to expect."""

import csv
from pathlib import Path

import numpy as np
import pytest
from conftest import run, write_labelled_file

from themawijzer.coding.coefficients import Ratings
from themawijzer.coding.label_errors import LabelError, by_probability, error_probabilities, error_rate, find_errors
from themawijzer.output.csv_tables import label_errors_frame
from themawijzer.survey.annotations import Unit

AAP, NONE = frozenset({"aap"}), frozenset[str]()
UNITS = [Unit(str(number), "v1", "thema") for number in range(3)]


def test_the_rate_of_errors_is_half_of_what_coders_disagree_on() -> None:
    both = Ratings(("a", "b"), ("aap", "boom"), {(AAP, AAP): 80, (AAP, NONE): 20})
    assert error_rate(both) == pytest.approx(20.5 / 201 / 2)
    assert error_rate(Ratings(("a",), ("aap", "boom"), {}, n_single=9)) is None


@pytest.mark.parametrize(
    ("probability", "rate", "wrong"),
    [
        (0.5, 0.01, 0.01),  # a model that knows nothing leaves what is known of coders
        (0.99, 0.01, 0.5),  # the model says 99 to 1 that it is there, coders' record 99 to 1 that it is not
        (1.0, 0.01, 1.0),
        (0.0, 0.01, 0.0),
    ],
)
def test_the_probability_of_an_error_weighs_the_model_against_the_coders_record(
    probability: float, rate: float, wrong: float
) -> None:
    found = error_probabilities(np.array([[False]]), np.array([[probability]]), rate)
    assert found.item() == pytest.approx(wrong)
    mirrored = error_probabilities(np.array([[True]]), np.array([[1 - probability]]), rate)
    assert mirrored.item() == pytest.approx(wrong)


def test_as_many_errors_are_found_as_were_expected_where_model_and_coders_are_what_they_say() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.beta(0.3, 0.3, size=(20_000, 1))
    truth = rng.random(probabilities.shape) < probabilities
    given = truth ^ (rng.random(truth.shape) < 0.05)
    wrong = error_probabilities(given, probabilities, 0.05)[:, 0]
    first = np.argsort(-wrong)[:500]
    assert (given != truth)[first].sum() == pytest.approx(wrong[first].sum(), rel=0.05)
    assert wrong.mean() == pytest.approx(0.05, rel=0.1)


def test_only_what_the_model_contradicts_is_listed_with_what_it_would_give() -> None:
    given = np.array([[True, False], [True, False], [False, False]])
    probabilities = np.array([[0.02, 0.9], [0.9, 0.1], [np.nan, 0.7]])
    found = find_errors(
        zip(UNITS, ("a", "a", "b"), strict=True), given, probabilities, codes=["aap", "boom"], rate=0.02
    )
    assert [(error.unit, error.coder, error.given, error.expected) for error in found] == [
        (UNITS[0], "a", ("aap",), ("boom",)),
        (UNITS[2], "b", (), ("boom",)),
    ]
    assert found[0].probability == pytest.approx(0.5)
    assert found[0].contradiction == pytest.approx(0.98)


def test_rows_add_up_and_come_in_order_also_where_the_probability_is_not_known() -> None:
    likely, possible = (LabelError(UNITS[0], "a", ("aap",), (), each, 0.9) for each in (0.8, 0.4))
    unknown = LabelError(UNITS[1], "b", (), ("aap",), None, 0.99)
    frame = label_errors_frame(by_probability([unknown, possible, likely]), {UNITS[0]: "bos", UNITS[1]: "zoo"})
    assert frame["error"].tolist() == ["0.8000", "0.4000", ""]
    assert frame["expected_errors"].tolist() == ["0.8", "1.2", ""]
    assert frame["expected"].tolist() == ["geen", "geen", "aap"]
    assert frame["text"].tolist() == ["bos", "bos", "zoo"]


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
    assert "codeur-1: the model contradicts" in told
    assert "errors to be expected in the first" in told
    with (tmp_path / "coded/vervoer/label_errors.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert {(row["coder"], row["codes"], row["expected"]) for row in found[:2]} == {
        ("codeur-1", "fiets", "trein"),
        ("codeur-1", "trein", "fiets"),
    }
    assert float(found[1]["expected_errors"]) == pytest.approx(sum(float(row["error"]) for row in found[:2]), abs=0.1)
