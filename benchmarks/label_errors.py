"""`python -m benchmarks.label_errors DATA`: whether planted label errors are found, as many as expected.

Of real answers with labels, the labels of some are made wrong (a code left out, put in, or both), for two coders apart.
From what they disagree on in the first answers follows how often coders err; then the first coder's labels are ranked.
Writes label_errors.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.progress import track

from benchmarks.cell import open_encoder, silence
from benchmarks.data import Dataset, Labels, load, same_text
from themawijzer.coding.coefficients import Ratings
from themawijzer.coding.label_errors import error_probabilities, error_rate
from themawijzer.files import write_whole
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.classifier import CodeframeClassifier
from themawijzer.learning.features import FeatureExtractor, Features
from themawijzer.learning.phrases import collect_phrases
from themawijzer.survey.survey import Settings

HERE = Path(__file__).parent
DATASETS = ("vu_wens_coded", "vu_net_core_sentences", "dekamer_titles")
N_ANSWERS, N_DOUBLE = 800, 150
SHARES, FIRST = (0.0, 0.02, 0.05, 0.1), (10, 20, 40, 80)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.label_errors", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the datasets")
    parser.add_argument("--draws", type=int, default=10)
    wanted = parser.parse_args()
    silence()
    parts = [
        "# Planted label errors\n\nMade by `python -m benchmarks.label_errors DATA`. Mean of "
        f"{wanted.draws} draws of {N_ANSWERS} answers (or all), of which {N_DOUBLE} were coded twice. Planted errors "
        "in the first rows of `label_errors.csv` / how many were expected there / in as many rows at random. Labels "
        "that were wrong before anything was planted count as expected, and not as found."
    ]
    for name in DATASETS:
        dataset = load(name, wanted.data)
        extract = FeatureExtractor(load_tokenizer(Settings().spacy_pipeline), open_encoder(HERE / ".cache"))
        features = extract(dataset.texts)
        rows = [
            row | {"draw": draw}
            for draw in track(range(wanted.draws), name)
            for row in _measured(dataset, features, extract, draw)
        ]
        parts.append(f"## {name}\n\n{_table(pd.DataFrame(rows))}")
    write_whole(HERE / "label_errors.md", "\n\n".join(parts) + "\n")


def _measured(dataset: Dataset, features: Features, extract: FeatureExtractor, draw: int) -> list[dict[str, float]]:
    rng = np.random.default_rng(draw)
    rows = rng.permutation(len(dataset.texts))[:N_ANSWERS]
    answers, Y = features.take(rows), dataset.Y[rows]
    groups = same_text([dataset.texts[row] for row in rows])
    phrases = collect_phrases(dataset.codeframe, extract, known=[dataset.texts[row] for row in rows])
    found = []
    for share in SHARES:
        one, other = _planted(Y, share, rng), _planted(Y, share, rng)
        rate = error_rate(_ratings(one[:N_DOUBLE], other[:N_DOUBLE], dataset.codeframe.code_ids)) or 0.0
        held_out = CodeframeClassifier().fit(answers, one, groups, phrases, answers.vectors).held_out_
        wrong = error_probabilities(one == 1, held_out.astype(np.float64), rate).max(axis=1)
        ranked, is_wrong = np.argsort(-wrong, kind="stable"), (one != Y).any(axis=1)
        found += [
            {
                "planted": share,
                "first": first,
                "found": int(is_wrong[ranked[:first]].sum()),
                "expected": float(wrong[ranked[:first]].sum()),
                "random": first * float(is_wrong.mean()),
            }
            for first in FIRST
        ]
    return found


def _planted(Y: Labels, share: float, rng: np.random.Generator) -> Labels:
    """The labels (n, k), of which a share of the rows lost a code, got one by how frequent codes are, or both."""
    planted, frequency = Y.copy(), Y.mean(axis=0)
    for row in np.flatnonzero(rng.random(len(Y)) < share):
        has, lacks = np.flatnonzero(Y[row]), np.flatnonzero(Y[row] == 0)
        kind = rng.choice(["swap", "miss", "add"])
        if kind != "add" and len(has):
            planted[row, rng.choice(has)] = 0
        if kind != "miss" or not len(has):
            planted[row, rng.choice(lacks, p=frequency[lacks] / frequency[lacks].sum())] = 1
    return planted


def _ratings(one: Labels, other: Labels, codes: list[str]) -> Ratings:
    pairs = [(_set(first, codes), _set(second, codes)) for first, second in zip(one, other, strict=True)]
    return Ratings(("one", "other"), tuple(codes), {pair: pairs.count(pair) for pair in pairs})


def _set(row: NDArray[np.int8], codes: list[str]) -> frozenset[str]:
    return frozenset(code for code, given in zip(codes, row, strict=True) if given)


def _table(figures: pd.DataFrame) -> str:
    means = figures.groupby(["planted", "first"]).mean()
    head = "| planted in | " + " | ".join(f"first {first}" for first in FIRST) + " |\n|---|" + "---|" * len(FIRST)
    lines = [head]
    for share in SHARES:
        of_share = means.loc[share]
        cells = [
            " / ".join(f"{of_share[column][first]:.1f}" for column in ("found", "expected", "random"))
            for first in FIRST
        ]
        lines.append(f"| {share:.0%} of the answers | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
