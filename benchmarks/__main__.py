"""`python -m benchmarks DATA`: measures what is not measured yet, and writes results.md and its pictures."""

from __future__ import annotations

import argparse
import os
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks.cell import (
    METHODS,
    Cell,
    Folders,
    encoder_fingerprint,
    fingerprint_of,
    measure,
    measure_encoder,
    open_encoder,
    planned,
    read_record,
    silence,
)
from benchmarks.data import SHOTS, SIZES, SOURCES, Dataset, load
from benchmarks.regressions import package_vectors
from benchmarks.results import write_results
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.features import FeatureExtractor
from themawijzer.learning.phrases import collect_phrases
from themawijzer.survey.survey import Settings

HERE = Path(__file__).parent


def main() -> None:
    """The command."""
    wanted = _arguments()
    folders = Folders(wanted.data, HERE / "cells", HERE / ".cache")
    datasets = {name: load(name, wanted.data) for name in SOURCES}
    cells = planned(datasets)
    selected = [cell for cell in cells if _is_wanted(cell, wanted)]
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"  # threads that wait for each other would count as work
    # One process per cell, forked from one in which the libraries are loaded and nothing else happened.
    context = get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.__main__"])
    pool = ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1, initializer=silence)
    with pool as executor, _progress() as progress:
        _warm_up(datasets, folders, progress)
        run(selected, datasets, folders, executor, progress)
    write_results(HERE, cells, datasets, folders)


def run(
    cells: list[Cell], datasets: dict[str, Dataset], folders: Folders, executor: Executor, progress: Progress
) -> None:
    """Measure the cells that are not measured yet, one at a time; what is finished stays when this is stopped."""
    bar = progress.add_task("measuring", total=len(cells) + 1)
    expected = encoder_fingerprint()
    if not read_record(folders.cells / "encoder.json", expected):
        texts = next(iter(datasets.values())).texts
        executor.submit(measure_encoder, texts, folders.cells / "encoder.json", expected).result()
    progress.advance(bar)
    for cell in cells:
        progress.update(bar, description=f"{cell.dataset} {cell.size} {cell.method}")
        expected = fingerprint_of(METHODS[cell.method], datasets[cell.dataset].sha256)
        if not read_record(cell.file(folders.cells), expected):
            executor.submit(measure, cell, folders, expected).result()
        progress.advance(bar)


def _warm_up(datasets: dict[str, Dataset], folders: Folders, progress: Progress) -> None:
    """Make all sentence vectors, so that no cell is timed while it makes them."""
    bar = progress.add_task("sentence vectors", total=2 * sum(len(dataset.texts) for dataset in datasets.values()))
    extract = FeatureExtractor(load_tokenizer(Settings().spacy_pipeline), open_encoder(folders.vectors))
    for dataset in datasets.values():
        extract.encode(dataset.texts, advance=lambda n: progress.advance(bar, n))
        package_vectors().encode(dataset.texts, advance=lambda n: progress.advance(bar, n))
        collect_phrases(dataset.codeframe, extract, known=dataset.texts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the datasets")
    parser.add_argument("--datasets", nargs="+", choices=SOURCES, default=list(SOURCES))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--sizes", nargs="+", choices=[*SIZES, SHOTS], default=[*SIZES, SHOTS])
    parser.add_argument("--folds", nargs="+", type=int, default=list(range(10)))
    return parser.parse_args()


def _is_wanted(cell: Cell, wanted: argparse.Namespace) -> bool:
    return (
        cell.dataset in wanted.datasets
        and cell.method in wanted.methods
        and cell.size in wanted.sizes
        and cell.fold in wanted.folds
    )


def _progress() -> Progress:
    columns = BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    return Progress(TextColumn("{task.description}"), *columns)


if __name__ == "__main__":
    main()
