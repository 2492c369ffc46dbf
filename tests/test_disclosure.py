"""What somebody who knows everything but the codes finds out from the shares that are published."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.attack.disclosure import Derived, Secrets, derived, random_survey
from themawijzer.output.csv_tables import PREVALENCE_COLUMNS

TABLE = ("answer", "v1", "thema")
WIJK = ["Oost"] * 20 + ["West"] * 20 + ["Zuid"] * 30
DEEL = ["stad"] * 39 + ["land"] * 31
HAS = [place % 3 == 0 for place in range(70)]


def attacked(groups: list[str], has: list[bool]) -> list[Derived]:
    """What follows where of all and of these groups the share of what is decided is published, and no other."""
    values, codes = np.array([WIJK, DEEL], dtype=object).T, np.array(has)[:, None]
    rows = []
    for column, group in [("", ""), *(("wijk" if name in WIJK else "deel", name) for name in groups)]:
        own = [has[place] for place in range(70) if not column or group in values[place]]
        share = f"{sum(own) / len(own):.4f}"
        told = ("code", "code", column, group, "substantive", len(own), 0, len(own), share, "", "", "", "", "", "")
        rows.append((*TABLE, *map(str, told)))
    prevalence = pd.DataFrame(rows, columns=list(PREVALENCE_COLUMNS), dtype=str)
    none = np.zeros_like(codes)
    return derived(prevalence, {TABLE: Secrets(values, codes, ~codes, none, none)}, ["wijk", "deel"], min_cell=5)


def test_the_attacker_finds_nothing_in_large_groups_that_nest():
    assert attacked(["Oost", "Zuid"], HAS) == []


@pytest.mark.parametrize(
    ("groups", "has", "found"),
    [
        (["Oost"], [True] * 4 + [False] * 16 + HAS[20:], ("published", "has", 20, 4)),
        (["Oost"], [True] * 20 + HAS[20:], ("published", "lacks", 20, 0)),
        (["Zuid", "stad"], HAS, ("sum", "has", 1, 1)),  # who is in West, and not in the city
        (["Zuid", "stad"], HAS, ("alone", "", 1, 1)),
    ],
)
def test_the_attacker_finds(groups: list[str], has: list[bool], found: tuple[str, str, int, int]):
    assert found in [(one.how, one.side, one.n, one.count) for one in attacked(groups, has)]


def test_the_attacker_finds_what_bounds_leave_no_choice():
    """All 20 in Oost and all but 14 of those in the city less them have it: 33 of 39, and so on."""
    one_more = [False] * 20 + [True] * 19 + [False] + [True] * 10 + [False] * 20
    assert "bound" in {found.how for found in attacked(["Oost", "stad"], one_more)}


@pytest.mark.parametrize("seed", range(100))
def test_nothing_follows_from_the_shares_of_a_survey(seed: int):
    published, secrets, columns = random_survey(seed)
    assert derived(published, secrets, columns, min_cell=5) == []
