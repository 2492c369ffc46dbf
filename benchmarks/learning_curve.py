"""`python -m benchmarks.learning_curve DATA`: whether the extrapolated learning curve tells what more answers do.

From n random answers it is predicted, as `evaluate` does, how good a model of twice as many is, and how much a sample
of that size lets be automatic; then that many are used. Writes learning_curve.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track

from benchmarks.cell import open_encoder, silence
from benchmarks.certainty import Bench
from benchmarks.data import Rows, load
from themawijzer.coding.certification import Audit, certify
from themawijzer.coding.decisions import EVEN
from themawijzer.files import write_whole
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.evaluation import predict_out_of_fold
from themawijzer.learning.examples import Examples
from themawijzer.learning.features import FeatureExtractor
from themawijzer.learning.learning_curve import PARTS, extrapolate
from themawijzer.records.evaluation_file import Projection
from themawijzer.survey.annotations import AnsweredUnit
from themawijzer.survey.survey import Settings

HERE = Path(__file__).parent
DATASETS = ("vu_wens_coded",)
SIZES, TARGET = (70, 150), 0.8
FIGURES = {"micro-F1": "f1", "automatic": "automatic"}
EXPLAINED = (
    "mean of {draws} draws. From n random answers: micro-F1 of a model of 2n, and the share that is automatic at a "
    "target of 0.80 when 2n random answers vouch for it. Behind each figure that was found stand the extrapolated "
    "one with its 95 % interval, and how often that held what was found. Last, how often anything was "
    "certified, and how likely that was thought."
)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning_curve", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the datasets")
    parser.add_argument("--draws", type=int, default=10)
    wanted = parser.parse_args()
    silence()
    extract = FeatureExtractor(load_tokenizer(Settings().spacy_pipeline), open_encoder(HERE / ".cache"))
    benches = [Bench(load(name, wanted.data), extract) for name in DATASETS]
    found = pd.DataFrame(
        _measured(bench, n, draw)
        for bench in benches
        for n in SIZES
        for draw in track(range(wanted.draws), f"{bench.dataset.name}, {n}")
    )
    write_whole(HERE / "learning_curve.md", _report(found, EXPLAINED.format(**vars(wanted))))


def _measured(bench: Bench, n: int, draw: int) -> dict[str, object]:
    order = np.random.default_rng([n, draw]).permutation(len(bench.dataset.texts))
    projected = _projected(bench, order[:n], len(order) - n, draw)
    known, rest = order[: 2 * n], order[2 * n :]
    model, truth = bench.fit(known), bench.dataset.Y == 1
    given = bench.predict(model, rest) >= EVEN
    f1 = 2 * (given & truth[rest]).sum() / (given.sum() + truth[rest].sum())
    share = certify(Audit(model.left_out_, truth[known], len(rest)), TARGET).share_automatic
    return {
        "dataset": bench.dataset.name,
        "n": n,
        **_beside("f1", float(f1), projected.micro_f1.numbers),
        **_beside("automatic", share, projected.automatic.numbers),
        "certified": share > 0,
        "likely": projected.certified,
    }


def _projected(bench: Bench, rows: Rows, n_rest: int, seed: int) -> Projection:
    """For as many answers more as there are."""
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
    parents = dataset.codeframe.parent_positions
    by_part = {
        part: predict_out_of_fold(
            bench.features.take(rows), examples, bench.phrases, bench.pool, parents=parents, seed=seed, part=part
        )
        for part in PARTS
    }
    audit = Audit(by_part[1].probabilities, dataset.Y[rows] == 1, n_rest)
    (projection,) = extrapolate(examples, by_part, audit, target=TARGET, seed=seed, more=(len(rows),))
    return projection


def _beside(name: str, found: float, extrapolated: list[float]) -> dict[str, float]:
    value, low, high = extrapolated
    named = {"found": found, "value": value, "low": low, "high": high, "inside": float(low <= found <= high)}
    return {f"{name} {key}": number for key, number in named.items()}


def _report(found: pd.DataFrame, explained: str) -> str:
    inside = [f"{name} {found[f'{column} inside'].mean():.1%}" for name, column in FIGURES.items()]
    lines = [
        "| answers | n | "
        + " | ".join(f"{name} found | extrapolated | held" for name in FIGURES)
        + " | certified | likely |",
        "|---|---|" + "---|" * (3 * len(FIGURES) + 2),
    ]
    for row in found.groupby(["dataset", "n"], sort=False).mean(numeric_only=True).reset_index().to_dict("records"):
        cells = [row["dataset"], str(row["n"])]
        for column in FIGURES.values():
            value, low, high = (f"{row[f'{column} {key}']:.2f}" for key in ("value", "low", "high"))
            cells += [f"{row[f'{column} found']:.2f}", f"{value} ({low}-{high})", f"{row[f'{column} inside']:.0%}"]
        lines.append(f"| {' | '.join(cells)} | {row['certified']:.0%} | {row['likely']:.0%} |")
    table = "\n".join(lines)
    head = f"# The learning curve\n\nMade by `python -m benchmarks.learning_curve DATA`: {explained}"
    return f"{head}\n\nIntervals that held, of {len(found):,} draws: {', '.join(inside)}.\n\n{table}\n"


if __name__ == "__main__":
    main()
