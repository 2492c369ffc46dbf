"""`python -m benchmarks.learning_curve DATA`: whether the extrapolated learning curve tells what more answers do.

From n random answers it is predicted, as `evaluate` does, how good a model of twice as many is, and how much a sample
of that size lets be automatic; then that many are used. Writes learning_curve.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track

from benchmarks.cell import open_encoder, silence
from benchmarks.certainty import Bench
from benchmarks.data import SOURCES, Rows, load
from themawijzer.coding.certification import Audit, certified_share
from themawijzer.coding.decisions import EVEN
from themawijzer.coding.numbers import Bools
from themawijzer.files import write_whole
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.evaluation import N_FOLDS, predict_out_of_fold
from themawijzer.learning.examples import Examples
from themawijzer.learning.features import FeatureExtractor
from themawijzer.learning.learning_curve import PARTS, project
from themawijzer.survey.annotations import AnsweredUnit
from themawijzer.survey.survey import Settings

HERE = Path(__file__).parent
SIZES, TARGETS = (70, 150), (0.7, 0.8, 0.9, 0.95)
BINS = (0, 0.1, 0.3, 0.7, 0.9, 1.01)  # of the stated chance of a certificate


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning_curve", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the datasets")
    parser.add_argument("--draws", type=int, default=5)
    wanted = parser.parse_args()
    silence()
    extract = FeatureExtractor(load_tokenizer(Settings().spacy_pipeline), open_encoder(HERE / ".cache"))
    found = pd.DataFrame(
        row
        for bench in (Bench(load(name, wanted.data), extract) for name in SOURCES)
        for n in SIZES
        for draw in track(range(wanted.draws), f"{bench.dataset.name}, {n}")
        for row in _measured(bench, n, draw)
    )
    write_whole(HERE / "learning_curve.md", _report(found, wanted.draws))


def _measured(bench: Bench, n: int, draw: int) -> Iterator[dict[str, object]]:
    """A row per target: what was extrapolated from n answers, and what twice as many gave."""
    order = np.random.default_rng([n, draw]).permutation(len(bench.dataset.texts))
    known, rest = order[: 2 * n], order[2 * n :]
    model, truth = bench.fit(known), bench.dataset.Y == 1
    f1 = _micro_f1(bench.predict(model, rest) >= EVEN, truth[rest])
    parts = _parts(bench, order[:n], draw)
    now = Audit(bench.fit(order[:n]).left_out_, truth[order[:n]], len(order) - n)
    sizes = np.array(PARTS) * n * (1 - 1 / N_FOLDS)
    for target in TARGETS:
        (projected,) = project(parts, sizes, n, [n], audit=now, target=target, seed=draw)
        share = certified_share(Audit(model.left_out_, truth[known], len(rest)), target)
        yield {
            "dataset": bench.dataset.name,
            "n": n,
            "target": target,
            **_beside("f1", f1, projected.micro_f1.numbers),
            **_beside("automatic", share, projected.automatic.numbers),
            "certified": share > 0,
            "likely": projected.certified,
        }


def _parts(bench: Bench, rows: Rows, seed: int) -> list[Audit]:
    """What models of ever more of these answers say of them."""
    dataset = bench.dataset
    examples = Examples(
        codes=dataset.codeframe.code_ids,
        units=[AnsweredUnit(str(row), "v", dataset.codeframe.id, ()) for row in rows],
        texts=[dataset.texts[row] for row in rows],
        Y=dataset.Y[rows],
        groups=bench.groups[rows],
        is_random=np.ones(len(rows), dtype=bool),
        n_disagreements=0,
        n_without_text=0,
    )
    parents, features = dataset.codeframe.parent_positions, bench.features.take(rows)
    found = (
        predict_out_of_fold(features, examples, bench.phrases, bench.pool, parents=parents, seed=seed, part=part)
        for part in PARTS
    )
    return [Audit(part.probabilities, dataset.Y[rows] == 1, None) for part in found]


def _micro_f1(given: Bools, truth: Bools) -> float:
    return float(2 * (given & truth).sum() / (given.sum() + truth.sum()))


def _beside(name: str, found: float, extrapolated: list[float]) -> dict[str, float]:
    value, low, high = extrapolated
    named = {"found": found, "value": value, "low": low, "high": high, "inside": float(low <= found <= high)}
    return {f"{name} {key}": number for key, number in named.items()}


def _report(found: pd.DataFrame, n_draws: int) -> str:
    models = found[found["target"] == TARGETS[0]]
    return f"""# The learning curve

Made by `python -m benchmarks.learning_curve DATA --draws {n_draws}`. From n random answers it is extrapolated what a
model of 2n answers is like, and what is automatic when 2n random answers vouch for it; then 2n are used, and micro-F1
is measured on all other answers. Means of {n_draws} draws; behind what was found stand the extrapolated figure with its
95 % interval, and how often that held what was found. The noise and the exponents of the extrapolation were chosen on
draws like these: on other data intervals may hold less often.

## The model

Of {len(models)} intervals for micro-F1, {models["f1 inside"].mean():.1%} held.

{_table(models, ["dataset", "n"], {"micro-F1": "f1"})}
## What is automatic

Of {len(found)} intervals for the share that is automatic, {found["automatic inside"].mean():.1%} held. Certified: how
often anything was; likely: the mean of the stated chances.

{_table(found, ["dataset", "n", "target"], {"automatic": "automatic"}, ["certified", "likely"])}
## Whether the chance of a certificate is what it says

All datasets, sizes and targets, by the stated chance.

{_table(_binned(found), ["stated chance"], {}, ["draws", "likely", "certified"])}"""


def _binned(found: pd.DataFrame) -> pd.DataFrame:
    names = [f"{low:.0%} to {min(high, 1):.0%}" for low, high in pairwise(BINS)]
    bins = pd.cut(found["likely"], BINS, right=False, labels=names)
    binned = found.assign(draws=bins.map(bins.value_counts()).astype(int))
    binned["stated chance"] = bins.astype(str)
    return binned


def _table(found: pd.DataFrame, by: list[str], figures: dict[str, str], more: list[str] | None = None) -> str:
    """Groups as rows; of each figure what was found, what was extrapolated, and how often that held; then means."""
    shares = more or []
    titles = [*by, *(title for name in figures for title in (f"{name} found", "extrapolated", "held")), *shares]
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    for row in found.groupby(by).mean(numeric_only=True).reset_index().to_dict("records"):
        cells = [str(row[name]) for name in by]
        for column in figures.values():
            value, low, high = (f"{row[f'{column} {key}']:.2f}" for key in ("value", "low", "high"))
            cells += [f"{row[f'{column} found']:.2f}", f"{value} ({low}-{high})", f"{row[f'{column} inside']:.0%}"]
        cells += [f"{row[name]:.0f}" if name == "draws" else f"{row[name]:.0%}" for name in shares]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
