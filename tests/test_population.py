"""Intervals that speak for all who could have taken part."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import run
from hypothesis import given, settings
from hypothesis import strategies as st

from themawijzer.coding.cell_shares import Method, Share
from themawijzer.coding.estimation import binomial_interval
from themawijzer.coding.prevalence import Prevalence
from themawijzer.coding.tallies import Per, ShareScope, Units

SCOPE = ShareScope(Per.ANSWER, "v1", "thema", ("a",))


def share(
    n_with: int, n: int, left_out: float | None, *, n_coded: int = 0, weights: list[float] | None = None
) -> Share:
    """Of n people of whom the first have the code; `n_coded` of them were coded, at random, or else all."""
    truth = np.arange(n)[:, None] < n_with
    known = np.broadcast_to(np.arange(n)[:, None] % n < (n_coded or n), truth.shape)
    if n_coded:
        known = np.random.default_rng(0).permutation(known)
    units = Units(
        predicted=np.full(truth.shape, n_with / n),
        given=truth,
        decided=known,
        confirmed=truth & known,
        denied=~truth & known,
        weights=np.array(weights) if weights else np.ones(n),
        in_base=np.ones(n, dtype=np.bool_),
        stratum=np.ones(n, dtype=np.intp),
        is_person=known[:, 0],
        is_audit=known[:, 0],
    )
    prevalence = Prevalence([], 5, left_out)
    prevalence.add_units(SCOPE, units, np.empty((n, 0), dtype=object))
    (found,) = prevalence.shares()
    return found


def test_a_count_of_respondents_has_no_interval_and_one_of_a_population_has() -> None:
    assert share(4, 76, None).interval == (None, None)
    found = share(4, 76, 1.0)
    assert (found.method, found.share) == (Method.COUNTED, 4 / 76)
    assert found.interval == pytest.approx((0.0145, 0.1293), abs=1e-4)  # Clopper-Pearson, as in any table
    assert found.effective_n == pytest.approx(76)


def test_who_is_in_a_small_population_is_counted_exactly() -> None:
    low, high = share(4, 76, 1 - 76 / 80).interval
    assert (low, high) == pytest.approx((4 / 80, 6 / 80))  # of the 4 others, 3 or more with it would be too much chance


def test_where_everybody_took_part_there_is_nothing_to_add() -> None:
    assert share(4, 76, 0.0).interval == (None, None)
    assert share(60, 200, 0.0, n_coded=80).interval == share(60, 200, None, n_coded=80).interval


def test_unequal_weights_widen_an_interval_by_their_design_effect() -> None:
    weights = [1.0, 3.0] * 50
    found = share(50, 100, 1.0, weights=weights)
    n_effective = sum(weights) ** 2 / sum(weight**2 for weight in weights)
    assert n_effective == pytest.approx(80)
    assert found.interval == pytest.approx(binomial_interval(found.share or 0, n_effective))


@settings(max_examples=20, deadline=None)
@given(n=st.integers(60, 300), part=st.floats(0.01, 0.99), rate=st.floats(0, 1), is_known=st.booleans())
def test_an_interval_for_a_population_holds_that_of_those_who_took_part(
    n: int, part: float, rate: float, is_known: bool
) -> None:
    left_out = 1 - part if is_known else 1.0
    own, wider = (share(int(rate * n), n, whom, n_coded=60) for whom in (None, left_out))
    assert wider.low <= own.low <= own.share == wider.share <= own.high <= wider.high
    assert wider.effective_n <= own.effective_n + 1e-9
    assert share(int(rate * n), n, left_out).low <= share(int(rate * n), n, None).low


@pytest.fixture(scope="module")
def survey(team: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(team, tmp_path_factory.mktemp("population") / "team"))


def classified(root: Path, chosen: str, *, expected: int = 0) -> str:
    file = root / "surveys/vervoer/survey.toml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before + "\n[settings]\n" + chosen, encoding="utf-8")
    try:
        return " ".join(run("classify", "vervoer", root=root, expected=expected).split())
    finally:
        if expected:
            file.write_text(before, encoding="utf-8")


def test_a_population_smaller_than_its_respondents_is_refused_with_both_places(survey: Path) -> None:
    told = classified(survey, 'speaks_for = "population"\npopulation_size = 50', expected=2)
    assert "survey.toml, line" in told
    assert "`population_size` is 50, and" in told
    assert "responses.csv has 68 respondents" in told


def test_a_population_for_which_nothing_speaks_is_refused(survey: Path) -> None:
    told = classified(survey, "population_size = 500", expected=2)
    assert '`population_size`: shares do not speak for the population: that takes speaks_for = "population"' in told
    assert 'has to be "respondents" or "population"' in classified(survey, 'speaks_for = "allen"', expected=2)


def test_the_report_says_on_its_first_page_for_whom_figures_speak(survey: Path) -> None:
    run("classify", "vervoer", root=survey)
    run("report", "vervoer", root=survey)
    page = survey / "coded/vervoer/report.html"
    assert "De cijfers gaan over de 68 respondenten zelf" in page.read_text(encoding="utf-8")
    classified(survey, 'speaks_for = "population"\npopulation_size = 500')
    run("report", "vervoer", root=survey)
    text = page.read_text(encoding="utf-8")
    assert (
        "gaan over allen die hadden kunnen antwoorden (500), alsof wie meedeed door loting uit hen is gekozen" in text
    )
    assert "zit er niet in" not in text.split("<h2")[2]
    with (survey / "coded/vervoer/prevalence.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["method"] for row in rows} == {"geteld (volledig)"}
    assert all(float(row["low"]) < float(row["share"]) < float(row["high"]) for row in rows)
    assert "over allen die hadden kunnen meedoen" in (survey / "coded/vervoer/codebook.csv").read_text(encoding="utf-8")
