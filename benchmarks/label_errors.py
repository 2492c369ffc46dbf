"""`python -m benchmarks.label_errors DATA`: whether planted label errors are found, as many as expected.

Of real answers with labels, the labels of some are made wrong (a code left out, put in, or both), for two coders apart.
The second coder's labels of the first answers tell how often coders err, or nothing does; then the first coder's labels
are ranked as `agreement` does. Writes label_errors.md.
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
from themawijzer.coding.label_errors import ErrorRates, LabelError, by_probability, expected_errors, find_errors
from themawijzer.coding.numbers import Figure, Floats
from themawijzer.files import write_whole
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.classifier import CodeframeClassifier
from themawijzer.learning.features import FeatureExtractor
from themawijzer.learning.phrases import collect_phrases
from themawijzer.survey.annotations import AnsweredUnit
from themawijzer.survey.survey import Settings

HERE = Path(__file__).parent
EXPLAINED = (
    "mean of {draws} draws. Planted errors in the list that `agreement` writes of one coder, how many it expects there "
    "with its 95 % interval, and how often that holds the number found. Labels that were wrong before anything was "
    "planted count as right."
)
DATASETS = ("vu_wens_coded", "vu_net_core_sentences", "dekamer_titles")
SIZES, N_DOUBLE = (130, 300), (0, 20, 100)
SHARES, FIRST = (0.0, 0.02, 0.05, 0.1), 20


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.label_errors", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the datasets")
    parser.add_argument("--draws", type=int, default=12)
    wanted = parser.parse_args()
    silence()
    parts = [
        "# Planted label errors\n\nMade by `python -m benchmarks.label_errors DATA`: "
        + EXPLAINED.format(**vars(wanted))
    ]
    found = pd.concat([_of_dataset(name, wanted.data, wanted.draws) for name in DATASETS])
    inside = [f"{ending} {found[f'inside {ending}'].mean():.1%}" for ending in ("first", "all")]
    parts.append(f"Intervals that hold the number found, of {len(found):,}: {', '.join(inside)}.")
    parts += [f"## {name}\n\n{_table(own)}" for name, own in found.groupby("dataset", sort=False)]
    write_whole(HERE / "label_errors.md", "\n\n".join(parts) + "\n")


def _of_dataset(name: str, folder: Path, n_draws: int) -> pd.DataFrame:
    dataset = load(name, folder)
    extract = FeatureExtractor(load_tokenizer(Settings().spacy_pipeline), open_encoder(HERE / ".cache"))
    return pd.DataFrame(
        row | {"dataset": name}
        for size in SIZES
        for draw in track(range(n_draws), f"{name}, {size}")
        for row in _measured(dataset, extract, size=size, draw=draw)
    )


def _measured(dataset: Dataset, extract: FeatureExtractor, *, size: int, draw: int) -> list[dict[str, float]]:
    rng = np.random.default_rng([size, draw])
    rows = rng.permutation(len(dataset.texts))[:size]
    texts, Y = [dataset.texts[row] for row in rows], dataset.Y[rows]
    answers, groups = extract(texts), same_text(texts)
    phrases = collect_phrases(dataset.codeframe, extract, known=texts)
    found = []
    for share in SHARES:
        one, other = _planted(Y, share, rng), _planted(Y, share, rng)
        classifier = CodeframeClassifier().fit(answers, one, groups, phrases, answers.vectors)
        held_out = np.where(classifier.is_learned, classifier.held_out_.astype(np.float64), np.nan)
        for n_double in N_DOUBLE:
            listed = _listed(one, other[:n_double], held_out, dataset.codeframe.code_ids)
            is_wrong = (one != Y).any(axis=1)[[int(error.unit.respondent_id) for error in listed]]
            about = {"size": size, "planted": share, "double": n_double, "listed": len(listed)}
            found.append(about | _scored(is_wrong, listed[:FIRST], "first") | _scored(is_wrong, listed, "all"))
    return found


def _listed(one: Labels, other: Labels, held_out: Floats, codes: list[str]) -> list[LabelError]:
    """What is worth a look; both coders' answers count as such, and what they coded differently is left out."""
    same = (one[: len(other)] == other).all(axis=1)
    rows = np.setdiff1d(np.arange(len(one)), np.flatnonzero(~same))
    looks = np.where(rows < len(other), 2, 1)
    arrays = one[rows] == 1, held_out[rows], looks
    rates = ErrorRates.fit(*arrays, _ratings(one[: len(other)], other, codes), seed=0)
    whose = [(AnsweredUnit(str(row), "v", "c", ()), "one") for row in rows]
    return by_probability(find_errors(whose, *arrays[:2], codes=codes, chances=rates.chances(*arrays)))


def _scored(is_wrong: NDArray[np.bool_], listed: list[LabelError], ending: str) -> dict[str, float]:
    found = int(is_wrong[: len(listed)].sum())
    figure = expected_errors(listed)[-1] if listed else Figure(0, 0, 0)
    value, low, high = figure.numbers
    named = {"found": found, "value": value, "low": low, "high": high, "inside": low <= found <= high}
    return {f"{name} {ending}": value for name, value in named.items()}


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
    means = figures.groupby(["size", "planted", "double"]).mean(numeric_only=True).reset_index()
    lines = [
        "| answers | planted in | coded twice | listed | found in the first 20 | expected | interval | it holds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in means.to_dict("records"):
        bounds = f"{row['low first']:.1f}-{row['high first']:.1f}"
        cells = (
            row["size"],
            f"{row['planted']:.0%}",
            row["double"],
            f"{row['listed']:.1f}",
            f"{row['found first']:.1f}",
        )
        holds = f"{row['inside first']:.0%}"
        lines.append(f"| {' | '.join(map(str, cells))} | {row['value first']:.1f} | {bounds} | {holds} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
