"""Ids on the screen are broken between their words only, and figures are never cut."""

import io

import pytest
from rich.console import Console

from themawijzer.summaries.id_table import IdTable

LONG = "reistijd_en_bereikbaarheid_openbaar_vervoer"


def shown(width: int, name: str = LONG) -> list[str]:
    out = io.StringIO()
    table = IdTable("code", "first", "real change", gap=1)
    table.add_row("fiets", "47.1%", "+0.0 (-16.3, 16.3)")
    table.add_row(name, "7.0%", "-10.5 (-16.8, -4.2)*")
    table.show(Console(file=out, width=width, soft_wrap=True))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_an_id_that_fits_has_one_line() -> None:
    assert shown(80) == [
        "code                                        first real change",
        "fiets                                       47.1% +0.0 (-16.3, 16.3)",
        "reistijd_en_bereikbaarheid_openbaar_vervoer 7.0%  -10.5 (-16.8, -4.2)*",
    ]


def test_a_longer_one_goes_on_after_an_underscore() -> None:
    assert shown(50) == [
        "code                   first real change",
        "fiets                  47.1% +0.0 (-16.3, 16.3)",
        "reistijd_en_           7.0%  -10.5 (-16.8, -4.2)*",
        "bereikbaarheid_",
        "openbaar_vervoer",
    ]


@pytest.mark.parametrize("width", [40, 20])
def test_an_id_of_which_no_part_fits_stands_above_its_figures(width: int) -> None:
    assert shown(width) == [
        "code",
        "  first real change",
        "fiets",
        "  47.1% +0.0 (-16.3, 16.3)",
        "reistijd_en_bereikbaarheid_openbaar_vervoer",
        "  7.0%  -10.5 (-16.8, -4.2)*",
    ]


def test_what_stands_behind_an_id_may_go_on_in_a_next_line() -> None:
    assert shown(46, "openbaar_vervoer (not learnable)")[2:] == [
        "openbaar_vervoer   7.0%  -10.5 (-16.8, -4.2)*",
        "(not learnable)",
    ]
