"""`python -m benchmarks.nearly_counted`: intervals of shares where people coded much or nearly all, by simulation.

Writes nearly_counted.md. Needs no data.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track
from scipy.special import expit

from benchmarks.cell import versions
from benchmarks.data import Rows
from themawijzer.coding.cell_shares import MIN_AUDIT
from themawijzer.coding.estimation import FEW_LEFT, AuditedUnits, Population, estimate, tuned_slope
from themawijzer.coding.numbers import Bools, Floats
from themawijzer.coding.prevalence import Prevalence
from themawijzer.coding.tallies import Per, ShareScope, Units
from themawijzer.files import write_whole

HERE = Path(__file__).parent
SIZES, CODED = (60, 100, 200, 500), (0.3, 0.5, 0.7, 0.8, 0.9, 0.98)
AT_RANDOM, CHOSEN, WEIGHTED = "at random", "half chosen after it", "at random, weighted"
SHARES = np.repeat([0.01, 0.02, 0.05, 0.10, 0.25, 0.50], 3)
SIGNAL = np.tile([2.5, 2.5, 0.0], 6)  # how much an answer tells the model: of every third code nothing
OVERCONFIDENCE, NOISE = 1.3, 0.7  # of the model, on the scale of log odds
SPREAD_OF_WEIGHTS = 0.5  # of their logarithm: a design effect of about 1.3


@dataclass(frozen=True)
class Simulated:
    """N answers and k codes: the truth and what a model says (N, k), weights, and what was drawn and coded (N,)."""

    truth: Bools
    predicted: Floats
    weights: Floats
    is_sample: Bools
    is_coded: Bools

    @property
    def share(self) -> Floats:
        """The true shares (k,)."""
        return np.asarray(self.weights @ self.truth / self.weights.sum())


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nearly_counted", description=__doc__)
    parser.add_argument("--draws", type=int, default=40, help="surveys of every size and kind")
    wanted = parser.parse_args()
    figures = pd.concat(list(simulate(wanted.draws)))
    write_whole(HERE / "nearly_counted.md", report(figures, wanted.draws))


def simulate(n_draws: int) -> Iterator[pd.DataFrame]:
    """Of every survey its codes, and what is published of them."""
    plan = [
        (kind, N, coded)
        for kind, N, coded in product((AT_RANDOM, CHOSEN, WEIGHTED), SIZES, CODED)
        if _n_sample(kind, round(N * coded)) >= MIN_AUDIT
    ]
    for kind, N, coded in track(plan, "surveys"):
        for draw in range(n_draws):
            survey = drawn(np.random.default_rng([draw, N, round(100 * coded), len(kind)]), kind, N, round(N * coded))
            yield measured(survey).assign(kind=kind, N=N, coded=coded, expected=SHARES)


def drawn(rng: np.random.Generator, kind: str, N: int, n_coded: int) -> Simulated:
    """A survey of which people coded some; the chosen ones are those on which the model doubts most."""
    odds = _intercepts() + SIGNAL * rng.normal(size=(N, len(SHARES)))
    truth = rng.random(odds.shape) < expit(odds)
    predicted = expit(OVERCONFIDENCE * odds + NOISE * rng.normal(size=odds.shape))
    weights = np.exp(SPREAD_OF_WEIGHTS * rng.normal(size=N)) if kind == WEIGHTED else np.ones(N)
    is_sample = np.zeros(N, dtype=np.bool_)
    is_sample[rng.permutation(N)[: _n_sample(kind, n_coded)]] = True
    doubt = (predicted * (1 - predicted)).sum(axis=1)
    order: Rows = np.lexsort([-doubt, ~is_sample])
    is_coded = np.zeros(N, dtype=np.bool_)
    is_coded[order[:n_coded]] = True
    return Simulated(truth, predicted, weights, is_sample, is_coded)


def measured(survey: Simulated) -> pd.DataFrame:
    """Per code whether intervals hold its true share, how wide they are in answers, and how far off the share is."""
    N, truth, known = len(survey.weights), survey.share, survey.is_coded[:, None]
    units = Units(
        predicted=survey.predicted,
        given=survey.truth,
        decided=np.broadcast_to(known, survey.truth.shape),
        confirmed=survey.truth & known,
        denied=~survey.truth & known,
        weights=survey.weights,
        in_base=np.ones(N, dtype=np.bool_),
        stratum=np.ones(N, dtype=np.intp),
        is_person=survey.is_coded,
        is_audit=survey.is_sample,
    )
    prevalence = Prevalence([], min_cell=5)
    codes = tuple(map(str, range(len(SHARES))))
    prevalence.add_units(ShareScope(Per.ANSWER, "", "", codes), units, np.empty((N, 0), dtype=object))
    shares = prevalence.shares()
    own = {name: np.array([getattr(share, name) for share in shares], float) for name in ("share", "low", "high")}
    low, high = _score_interval(survey, units)
    figures = {"published": (own["low"], own["high"]), "score": (low, high)}
    found = {name: (low - 1e-9 <= truth) & (truth <= high + 1e-9) for name, (low, high) in figures.items()}
    widths = {f"{name}_width": N * (high - low) for name, (low, high) in figures.items()}
    left = int((~survey.is_coded).sum())
    return pd.DataFrame({**found, **widths, "error": N * np.abs(own["share"] - truth), "left": left})


def _score_interval(survey: Simulated, units: Units) -> tuple[Floats, Floats]:
    """That of the difference estimator alone, cut off where people's codes rule shares out (themawijzer 0.2.0)."""
    rows, weight = survey.is_sample, survey.weights.sum()
    sample = AuditedUnits(
        survey.truth[rows], survey.predicted[rows], survey.weights[rows], np.zeros(rows.sum(), np.intp)
    )
    whole = [Population.of(survey.predicted, survey.weights)]
    found = estimate(sample, whole, tuned_slope(sample, whole))
    least, most = survey.weights @ units.confirmed / weight, 1 - survey.weights @ units.denied / weight
    return np.clip(found.low, least, most), np.clip(found.high, least, most)


def report(figures: pd.DataFrame, n_draws: int) -> str:
    """The tables, and what they were measured on."""
    figures = figures.assign(left_is=np.where(figures["left"] <= FEW_LEFT, f"at most {FEW_LEFT}", f"over {FEW_LEFT}"))
    packages = ", ".join(f"{name} {version}" for name, version in versions(["numpy", "scipy"]).items())
    margin = 196 * np.sqrt(0.95 * 0.05 / (n_draws * len(SHARES)))
    parts = [
        f"""# Do intervals hold the truth where people coded nearly everything?

Written by `python -m benchmarks.nearly_counted --draws {n_draws}`; {packages}.

Simulated surveys of which people coded a part, with true shares of 1 to 50 %. The model is overconfident, and of every
third code it knows nothing. All that was coded was drawn at random; or half of it was, and the other half chosen
afterwards, where the model doubts most; or answers have weights. Surveys with fewer than {MIN_AUDIT} random answers
publish no share. How often a nominal 95 % interval holds the true share, and its mean width in answers:

- *published*: as in `prevalence.csv`. With at most {FEW_LEFT} answers left, and no weights, the exact (hypergeometric)
  interval; else the score interval with a continuity correction. Both as far as people's codes leave it possible, and
  no narrower than one answer;
- *score interval*: as in version 0.2.0, without the continuity correction.

Where counts are this small, an interval that holds the truth often enough holds it too often: one answer more or less
is several percent of probability. The chosen half makes intervals wider: only the random half tells of what is left.
Per row of the first table {n_draws * len(SHARES):,} intervals, which leaves a margin of {margin:.1f} points or more:
codes of one survey share its luck.""",
        _table(figures, ["kind", "N", "coded"], ["what people coded", "answers", "coded"]),
        _table(figures, ["kind", "left_is", "expected"], ["what people coded", "left to code", "true share"]),
    ]
    return "\n\n".join(parts) + "\n"


def _table(figures: pd.DataFrame, by: list[str], titles: list[str]) -> str:
    lines = [
        f"| {' | '.join(titles)} | published | score interval | width, published | width, score | error of the share |",
        "|---|---|---|" + "---:|" * 5,
    ]
    for group, own in figures.groupby(by, sort=False):
        names = [f"{each:.0%}" if isinstance(each, float) else str(each) for each in group]
        held = [f"{own[name].mean():.1%}" for name in ("published", "score")]
        sizes = [f"{own[name].mean():.1f}" for name in ("published_width", "score_width", "error")]
        lines.append(f"| {' | '.join([*names, *held, *sizes])} |")
    return "\n".join(lines)


def _n_sample(kind: str, n_coded: int) -> int:
    return max(n_coded // 2, min(n_coded, MIN_AUDIT)) if kind == CHOSEN else n_coded


@cache
def _intercepts() -> Floats:
    """With which log odds (k,) the expected shares are those that are wanted."""
    z = np.random.default_rng(0).normal(size=(4000, 1))
    low, high = np.full(len(SHARES), -20.0), np.full(len(SHARES), 20.0)
    for _ in range(40):
        middle = (low + high) / 2
        is_low = expit(middle + SIGNAL * z).mean(axis=0) < SHARES
        low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
    return low


if __name__ == "__main__":
    main()
