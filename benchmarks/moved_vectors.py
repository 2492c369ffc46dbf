"""What the coding does where sentence vectors are a little different: of an engine, by chance, of a processor."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.progress import track
from threadpoolctl import threadpool_limits

from benchmarks.cell import silence
from benchmarks.certainty import SIZES, Bench
from benchmarks.data import SOURCES, load, same_text
from benchmarks.scores import accuracy, multi_label_scores
from benchmarks.transformers import ENGINES, Named, ask
from themawijzer.coding.certification import Audit, certify
from themawijzer.coding.decisions import Decisions, Limits, automatic, decide
from themawijzer.coding.numbers import Bools
from themawijzer.language.cache import keys_of
from themawijzer.language.encoders import CachedEncoder, Vectors
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.classifier import CodeframeClassifier
from themawijzer.learning.features import FeatureExtractor, Features
from themawijzer.survey.survey import Settings

EXACT, INT8 = "Exact, as it is", "Int8, as it is"
INT8S = tuple(name for name in ENGINES if name.startswith("Int8"))
NOISES = tuple(f"noise {seed}" for seed in range(4))
TARGET, N_DRAWS = 0.8, 10


class Job(NamedTuple):
    """Cells of the benchmark that one process measures; `vectors` are those of an engine, or one of `NOISES`.

    `cosine` is what they have on average with those of `Exact`.
    """

    dataset: str
    size: str
    vectors: str
    cosine: float


class Noisy(CachedEncoder):
    """Vectors of `Exact` with noise that each text has of its own; the job tells the mean cosine with those without."""

    def __init__(self, job: Job, folder: Path) -> None:
        super().__init__(Named(EXACT, _not_made), folder / "vectors")
        self._seed, self._cosine = NOISES.index(job.vectors), job.cosine

    def encode(self, texts: Sequence[str], *, advance: Callable[[int], None] = lambda _: None) -> Vectors:
        vectors = super().encode(texts, advance=advance)
        noise = [np.random.default_rng([self._seed, key]).normal(size=vectors.shape[1]) for key in keys_of(texts)]
        return with_noise(vectors, np.reshape(noise, vectors.shape), self._cosine)


@dataclass(frozen=True)
class Place:
    """Where the data are, and where vectors and words of this run are kept."""

    data: Path
    folder: Path

    def extract(self, engine: str) -> FeatureExtractor:
        """With vectors that the engine has made already."""
        return self.extract_with(CachedEncoder(Named(engine, _not_made), self.folder / "vectors"))

    def extract_with(self, encoder: CachedEncoder) -> FeatureExtractor:
        return FeatureExtractor(load_tokenizer(Settings().spacy_pipeline, cache=self.folder / "words"), encoder)


def _not_made(texts: Sequence[str]) -> Vectors:
    raise LookupError(f"there are no vectors of {len(texts)} texts")


def make_vectors(engine: str, place: Place) -> None:
    """Let an engine make the vectors of all datasets, in a process that is set up for it."""
    ask(engine, "benchmarks.moved_vectors", "make_here", str(place.data), str(place.folder))


def make_here(engine: str, data: str, folder: str) -> None:
    """The same in this process."""
    silence()
    place = Place(Path(data), Path(folder))
    encoder = CachedEncoder(Named(engine, ENGINES[engine].load()), place.folder / "vectors")
    for name in SOURCES:
        Bench(load(name, place.data), place.extract_with(encoder))


def cosines(one: Vectors, other: Vectors) -> NDArray[np.float64]:
    """Of n pairs of vectors (n, d) of length 1."""
    return np.asarray(np.einsum("nd,nd->n", one, other, dtype=np.float64))


def with_noise(vectors: Vectors, noise: NDArray[np.float64], cosine: float) -> Vectors:
    """Vectors (n, d) of length 1 with standard normal noise (n, d), scaled to that cosine on average; of length 1."""
    moved = vectors + noise * np.sqrt((cosine**-2 - 1) / vectors.shape[1])
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)


def quality(place: Place) -> pd.DataFrame:
    """Scores per cell (dataset, size, fold) and kind of vectors, with the mean cosine of these and `Exact`'s."""
    for engine in (EXACT, *INT8S):
        make_vectors(engine, place)
    jobs = []
    for dataset in (load(name, place.data) for name in SOURCES):
        exact, *others = (place.extract(engine).encode(sorted(set(dataset.texts))) for engine in (EXACT, *INT8S))
        alike = dict(zip(INT8S, (float(cosines(exact, each).mean()) for each in others), strict=True))
        alike |= {EXACT: 1.0} | dict.fromkeys(NOISES, alike[INT8])
        jobs += [Job(dataset.name, size, *kind) for size in dataset.sizes for kind in alike.items()]
    with workers() as pool:
        scores = pool.map(_score, jobs, [place] * len(jobs))
        return pd.DataFrame(row for part in track(scores, "quality", total=len(jobs)) for row in part)


def _score(job: Job, place: Place) -> list[dict[str, object]]:
    """The scores of a dataset's folds, as `Themawijzer` in methods.py has them."""
    is_noisy = job.vectors in NOISES
    extract = place.extract_with(Noisy(job, place.folder)) if is_noisy else place.extract(job.vectors)
    dataset = load(job.dataset, place.data)
    bench, rows = Bench(dataset, extract), list[dict[str, object]]()
    for fold in dataset.folds:
        train, test = dataset.rows(job.size, fold)
        pool = extract.encode(sorted({dataset.texts[i] for i in dataset.training_side(fold)}))
        groups = same_text([dataset.texts[i] for i in train])
        model = CodeframeClassifier().fit(bench.features.take(train), dataset.Y[train], groups, bench.phrases, pool)
        probabilities = bench.predict(model, test)
        given = model.given(probabilities).astype(np.int8)
        scores = multi_label_scores(dataset.Y[test], given, probabilities, dataset.Y.sum(axis=0, dtype=int))
        scores |= accuracy(dataset.Y[test], given, probabilities) if dataset.has_parts else {}
        rows.append({**job._asdict(), "fold": fold, **scores})
    return rows


def processors(place: Place) -> pd.DataFrame:
    """What differs where a model learned from the vectors of one kind of processor, and codes with those of another."""
    families = [[name for name in ENGINES if name.startswith("Exact")], [*INT8S]]
    for engine in (engine for family in families for engine in family):
        make_vectors(engine, place)
    jobs = [(name, family, number, place) for name in SIZES for family in families for number in range(N_DRAWS)]
    with workers() as pool:
        found = pool.map(_moved, *zip(*jobs, strict=True))
        return pd.DataFrame(row for part in track(found, "processors", total=len(jobs)) for row in part)


def _moved(name: str, engines: list[str], number: int, place: Place) -> list[dict[str, object]]:
    """Of one random sample what each engine's model decides with the vectors of each other."""
    dataset = load(name, place.data)
    benches = {engine: Bench(dataset, place.extract(engine)) for engine in engines}
    n_train, (*_, n_audit) = SIZES[name]
    order, rows = np.random.default_rng(number).permutation(len(dataset.texts)), list[dict[str, object]]()
    known, rest = order[: n_train + n_audit], order[n_train + n_audit :]
    for learned, bench in benches.items():
        model = bench.fit(known)
        audit = Audit(model.left_out_[n_train:], dataset.Y[known[n_train:]] == 1, len(rest), model.is_constant)
        limits = certify(audit, TARGET).limits
        decided = {used: decisions(model, each.features.take(rest), limits) for used, each in benches.items()}
        own = decided.pop(learned)
        for used, other in decided.items():
            cosine = cosines(bench.features.vectors[rest], benches[used].features.vectors[rest]).mean()
            about = {"dataset": name, "learned": learned, "used": used, "cosine": cosine}
            rows.append({**about, "automatic": own.automatic.mean(), **differing(own, other)})
    return rows


class Decided(NamedTuple):
    """Which codes are suggested (n, k), which answers are coded without people (n,), and what is decided (n, k)."""

    given: Bools
    automatic: Bools
    decisions: Decisions


def decisions(model: CodeframeClassifier, features: Features, limits: Limits) -> Decided:
    """What a model makes of answers, as in a codeframe without parents."""
    probabilities, k = model.predict_proba(features), len(model.is_learned)
    decided = decide(probabilities, limits, unlearned=~model.is_learned, parents=[-1] * k)
    return Decided(model.given(probabilities), automatic(probabilities, limits), decided)


def differing(one: Decided, other: Decided) -> dict[str, float]:
    """The share of answers with other codes, of those that went to or came from people, and of decisions."""
    return {
        "codes": (one.given != other.given).any(axis=1).mean(),
        "moved": (one.automatic != other.automatic).mean(),
        "decisions": (one.decisions != other.decisions).mean(),
    }


def workers() -> ProcessPoolExecutor:
    """A process per core, each of them with products on one core."""
    return ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn"), initializer=_on_one_core)


def _on_one_core() -> None:
    silence()
    threadpool_limits(1)
