"""`python -m benchmarks.population`: how often intervals that speak for a population hold its share: population.md."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track

from benchmarks.cell import versions
from themawijzer.coding.numbers import Bools, Floats
from themawijzer.coding.prevalence import Prevalence
from themawijzer.coding.tallies import Per, ShareScope, Units
from themawijzer.files import write_whole

HERE = Path(__file__).parent
SHARES = (0.01, 0.03, 0.1, 0.3, 0.5)
SCOPE = ShareScope(Per.ANSWER, "v1", "thema", tuple(f"{share:.0%}" for share in SHARES))
SIZES = (60, 100, 300)  # of who took part
CODED = ("all", "60 at random", "all but 10")
HEAVY, MORE = 3.0, 1.3  # the weight of every second person, and how much more often they have a code


@dataclass(frozen=True)
class Situation:
    """n take part of N (None: of very many, of unknown number), and people code some of them."""

    n: int
    n_all: int | None
    coded: str
    is_weighted: bool

    @property
    def can_be(self) -> bool:
        """Whether so many can be coded, and who counts heavily are there to take part."""
        has_too_few_heavy = self.is_weighted and self.n_all == 1.25 * self.n
        return not has_too_few_heavy and (self.coded != "60 at random" or self.n > 60)


def situations() -> list[Situation]:
    """All that can be."""
    sizes = [(n, n_all) for n in SIZES for n_all in (int(1.25 * n), 2 * n, 10 * n, None)]
    found = (Situation(*size, coded, weighted) for size, coded, weighted in product(sizes, CODED, (False, True)))
    return [situation for situation in found if situation.can_be]


def measured(situation: Situation, random: np.random.Generator) -> pd.DataFrame:
    """Per code whether the interval holds its share in the population, and how wide it is."""
    size = situation.n_all or 40 * situation.n  # of very many, those who may be drawn
    is_heavy = np.arange(size) % 2 == 1
    more = np.where(is_heavy, MORE, 2 - MORE) if situation.is_weighted else np.ones(size)
    rates = more[:, None] * SHARES
    truth = random.random(rates.shape) < rates
    share = truth.mean(axis=0) if situation.n_all else rates.mean(axis=0)
    weights = np.where(is_heavy, HEAVY, 1.0) if situation.is_weighted else np.ones(size)
    took_part = random.permutation(size)[: situation.n]
    if situation.is_weighted:
        n_heavy = random.binomial(situation.n, 1 / (1 + HEAVY))
        heavy, light = (random.permutation(np.flatnonzero(rows)) for rows in (is_heavy, ~is_heavy))
        took_part = random.permutation([*heavy[:n_heavy], *light[: situation.n - n_heavy]])
    units = _units(truth[took_part], weights[took_part], situation.coded, random)
    prevalence = Prevalence([], 5, 1 - situation.n / situation.n_all if situation.n_all else 1.0)
    prevalence.add_units(SCOPE, units, np.empty((situation.n, 0), dtype=object))
    found = prevalence.shares()
    low, high = (np.array([getattr(own, end) for own in found], dtype=np.float64) for end in ("low", "high"))
    return pd.DataFrame({"share": SCOPE.codes, "holds": (low <= share) & (share <= high), "width": high - low})


def _units(truth: Bools, weights: Floats, coded: str, random: np.random.Generator) -> Units:
    """Who took part, as people and a model see them; the model's probabilities mean what they say."""
    n, rates = len(truth), np.array(SHARES)
    sight = 2 * truth + random.standard_normal(truth.shape)
    odds = rates / (1 - rates) * np.exp(2 * sight - 2)
    n_coded = {"all": n, "60 at random": 60, "all but 10": n - 10}[coded]
    is_person = np.zeros(n, dtype=np.bool_)
    is_person[random.permutation(n)[:n_coded]] = True
    is_audit = is_person & (np.cumsum(is_person) <= 50)
    if coded == "60 at random":
        is_audit = is_person
    known = np.broadcast_to(is_person[:, None], truth.shape)
    return Units(
        predicted=odds / (1 + odds),
        given=truth,
        decided=known,
        confirmed=truth & known,
        denied=~truth & known,
        weights=weights,
        in_base=np.ones(n, dtype=np.bool_),
        stratum=np.ones(n, dtype=np.intp),
        is_person=is_person,
        is_audit=is_audit,
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.population", description=__doc__)
    parser.add_argument("--draws", type=int, default=50, help="per situation")
    wanted, found = parser.parse_args(), []
    for place, situation in enumerate(track(situations())):
        random = np.random.default_rng(place)
        draws = pd.concat([measured(situation, random) for _ in range(wanted.draws)])
        found.append(draws.assign(**vars(situation)))
    write_whole(HERE / "population.md", report(pd.concat(found), wanted.draws))


def report(figures: pd.DataFrame, n_draws: int) -> str:
    """The tables, and what they were measured on."""
    packages = ", ".join(f"{name} {version}" for name, version in versions(["numpy", "scipy"]).items())
    figures["part"] = (figures["n"] / figures["n_all"]).map("{:.0%}".format).replace("nan%", "unknown")
    figures["weights"] = figures["is_weighted"].map({False: "none", True: "1 and 3"})
    return f"""# Do intervals that speak for a population hold its share?

Written by `python -m benchmarks.population --draws {n_draws}`; {packages}. It needs no data.

Constructed populations, of which {", ".join(map(str, SIZES))} people take part by chance: four in five, half
or one in ten of them all (`population_size` is set), or a part that nobody knows. People code all
answers, all but ten, or a random 60, and a model the others. With weights, every second person weighs
{HEAVY:.0f}, takes part a third as often as others, and has a code {MORE - 1:.0%} more often than the mean. In each of
{n_draws} draws the share of every code in the whole population is compared with its nominal 95% interval
(`speaks_for = "population"`). Only whole numbers of people can have a code, so that intervals of rare
ones hold their share more often than they must.

{_table(figures, ["share", "coded"])}

{_table(figures, ["part", "weights"])}

{_table(figures, ["n", "share"])}
"""


def _table(figures: pd.DataFrame, by: list[str]) -> str:
    names = {"share": "true share, about", "coded": "coded by people", "part": "of all took part", "n": "took part"}
    lines = [f"| {' | '.join(names.get(name, name) for name in by)} | intervals | hold | mean width |"]
    lines += ["|" + "---|" * (len(by) + 3)]
    for group, own in figures.groupby(by, sort=False):
        what = " | ".join(map(str, group))
        lines.append(f"| {what} | {len(own):,} | {own['holds'].mean():.1%} | {own['width'].mean() * 100:.1f} points |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
