"""`python -m benchmarks.training DATA`: what training costs, and what learning in parts loses; writes training.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag
from threadpoolctl import threadpool_limits

from benchmarks import WERE_SET
from benchmarks.cell import open_encoder, silence
from benchmarks.data import ALL, Dataset, Labels, Rows, load, same_text
from benchmarks.installed import UNSET, Cost, Installed
from benchmarks.speed import processor, table
from themawijzer.files import write_whole
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning import classifier
from themawijzer.learning.features import FeatureExtractor, Features
from themawijzer.learning.phrases import Phrases, collect_phrases
from themawijzer.survey.survey import Settings

HERE = Path(__file__).parent
SIZES, N_ROUNDS = [1000, 3000, 5000, 10_000, 30_000], 3
MANY = 3000  # more are measured in one round
MOST_BESIDE = 10_000  # by the versions beside; 0.2.0 would take 35 GB for 30,000
NOISE = 0.1  # of a vector's length, where an answer is drawn again
PARTS = [10_000, 5000, 4000, 3000]


@dataclass(frozen=True)
class Lesson:
    """n annotated answers with codes Y (n, k), the codebook's phrases, and the sentence vectors of all answers."""

    answers: Features
    Y: Labels
    groups: Rows
    phrases: Phrases
    pool: NDArray[np.float32]

    def write(self, folder: Path) -> Path:
        """For processes of other versions: words in JSON, arrays as NumPy has them."""
        folder.mkdir()
        words = {"answers": self.answers.words, "phrases": self.phrases.features.words}
        (folder / "words.json").write_text(json.dumps(words), encoding="utf-8")
        arrays: Any = {"answers": self.answers.vectors, "phrases": self.phrases.features.vectors, "pool": self.pool}
        np.savez(folder / "arrays.npz", Y=self.Y, named=self.phrases.Y, groups=self.groups, **arrays)
        return folder

    def fit(self) -> classifier.CodeframeClassifier:
        fitted = classifier.CodeframeClassifier()
        return fitted.fit(self.answers, self.Y, self.groups, self.phrases, self.pool)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the datasets")
    parser.add_argument("--beside", nargs="+", type=Path, default=[], help="checkouts of versions to run in turns with")
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    parser.add_argument("--rounds", type=int, default=N_ROUNDS)
    wanted = parser.parse_args()
    silence()
    extract = FeatureExtractor(load_tokenizer(Settings().spacy_pipeline), open_encoder(HERE / ".cache"))
    paraphrases, titles = (load(name, wanted.data) for name in ("vu_net_core_sentences", "dekamer_titles"))
    load_before = os.getloadavg()[0]
    with TemporaryDirectory() as folder:
        checkouts = enumerate([*wanted.beside, HERE.parent])
        versions = [Installed(each.resolve(), Path(folder) / str(number)) for number, each in checkouts]
        lessons = {n: drawn(paraphrases, extract, n).write(Path(folder) / str(n)) for n in wanted.sizes}
        costs = {n: in_turns(lesson, versions, n, wanted.rounds) for n, lesson in lessons.items()}
        lines = [*heading(paraphrases, titles, versions, (load_before, os.getloadavg()[0])), *of_costs(versions, costs)]
    lines += of_parts([paraphrases, titles], extract)
    write_whole(HERE / "training.md", "\n".join(lines) + "\n")


def drawn(dataset: Dataset, extract: FeatureExtractor, n: int) -> Lesson:
    """N answers; those beyond the dataset's are drawn again, with a word that changed and noise on the vector."""
    random = np.random.default_rng(0)
    order = random.permutation(len(dataset.texts))
    rows = np.append(order, random.choice(order, max(n - len(order), 0)))[:n]
    features = extract([dataset.texts[row] for row in rows])
    for row in range(len(order), n):
        words, other = features.words[row], features.words[random.integers(len(order))]
        if words and other:
            words[random.integers(len(words))] = other[random.integers(len(other))]
    noise = random.normal(size=features.vectors[len(order) :].shape) / np.sqrt(features.vectors.shape[1])
    features.vectors[len(order) :] += NOISE * np.linalg.norm(features.vectors[0]) * noise.astype(np.float32)
    phrases = collect_phrases(dataset.codeframe, extract, known=dataset.texts)
    groups = same_text([" ".join(words) for words in features.words])
    return Lesson(features, dataset.Y[rows], groups, phrases, extract.encode(sorted(set(dataset.texts))))


def in_turns(lesson: Path, versions: Sequence[Installed], n: int, n_rounds: int) -> list[list[Cost]]:
    """Per version what learning costs in each round; without those that it is too much for."""
    costs: list[list[Cost]] = [[] for _ in versions]
    for number in range(n_rounds if n <= MANY else 1):
        for i in range(len(versions))[:: -1 if number % 2 else 1]:
            if n <= MOST_BESIDE or i == len(versions) - 1:
                costs[i].append(versions[i].inside("learn", lesson))
                print(f"{versions[i].name}, {n}: {costs[i][-1]}", file=sys.stderr, flush=True)  # noqa: T201
    return costs


def heading(
    dataset: Dataset, other: Dataset, versions: Sequence[Installed], loads: tuple[float, float]
) -> Iterator[str]:
    """What was measured on what."""
    yield "# What training costs\n"
    yield f"Written by `python -m benchmarks.training DATA`: {dataset.name} (sha256 {dataset.sha256[:16]},"
    yield f"{len(dataset.texts):,} answers, {dataset.Y.shape[1]} codes), {other.name} (sha256 {other.sha256[:16]}).\n"
    yield from (f"- {version.name}: {version.facts[1]}." for version in versions)
    unset = ", ".join(f"`{name}`" for name in sorted(WERE_SET) if name.startswith(UNSET))
    yield f"- Python {platform.python_version()} on {processor()}; load {loads[0]:.1f} before, {loads[1]:.1f} after."
    yield f"- Variables that were set, and that nothing measured got: {unset or 'none'}."


def of_costs(versions: Sequence[Installed], costs: dict[int, list[list[Cost]]]) -> Iterator[str]:
    """The table, and how cost grows."""
    yield "\n## Cost\n"
    yield "One codeframe is learned from words and sentence vectors that are there, in a process of its own, on one"
    yield "thread of matrix products. The peak is that of the whole process, with Python, libraries and the data."
    yield "Answers beyond those of the dataset are drawn again, with one word that changed and noise on the vector:"
    yield "such data prove cost, not quality. Medians; a ratio is that of the first version to the last.\n"
    everywhere = {f"{n:,} answers": each for n, each in costs.items() if all(each)}
    yield from table(versions, everywhere)
    alone = {f"{n:,} answers": each[-1:] for n, each in costs.items() if not all(each)}
    if alone:
        yield "\nToo much for the versions beside:\n"
        yield from table(versions[-1:], alone)
    for (n, first), (more, last) in pairwise((n, each[-1]) for n, each in costs.items()):
        time, memory = (median(_of(last, name)) / median(_of(first, name)) for name in ("processor", "peak_mb"))
        grows = f"processor time grows {time:.1f} times, and the peak {memory:.1f} times"
        yield f"\nFrom {n:,} to {more:,} answers, {grows}."


def _of(costs: Sequence[Cost], name: str) -> list[float]:
    return [getattr(each, name) for each in costs]


def of_parts(datasets: Sequence[Dataset], extract: FeatureExtractor) -> Iterator[str]:
    """What a committee loses against one regression of all answers, on real ones."""
    folds = datasets[0].folds
    found = [list(micro_f1s(datasets, extract, fold)) for fold in folds]
    n = mean(sum(len(each.rows(ALL, fold)[0]) for each in datasets) for fold in folds)
    yield "\n## Quality\n"
    yield f"Both datasets as one, with the codes of both: {n:,.0f} answers to learn from, mean of {len(folds)} folds."
    yield "As many answers as the first row allows are learned from at once, which is exact regression.\n"
    yield "| answers learned from at once | micro-F1 | lost | in each fold |\n|--:|--:|--:|---|"
    for most, *values in zip(PARTS, *found, strict=True):
        lost = [first[0] - value for first, value in zip(found, values, strict=True)]
        yield f"| {most:,} | {mean(values):.4f} | {mean(lost):.4f} | {', '.join(f'{each:.4f}' for each in lost)} |"


def micro_f1s(datasets: Sequence[Dataset], extract: FeatureExtractor, fold: int) -> Iterator[float]:
    """On the test side of a fold, for each of `PARTS`."""
    rows = [each.rows(ALL, fold) for each in datasets]
    (train, Y), (test, truth) = (_side(datasets, [own[side] for own in rows]) for side in (0, 1))
    named = [collect_phrases(each.codeframe, extract, known=each.texts) for each in datasets]
    phrases = Phrases(named[0].features.and_then(named[1].features), block_diag(*(each.Y for each in named)))
    lesson = Lesson(extract(train), Y, same_text(train), phrases, extract.encode(sorted(set(train))))
    answers = extract(test)
    for most in PARTS:
        classifier.MAX_TOGETHER = most
        with threadpool_limits(1, user_api="blas"):
            fitted = lesson.fit()
        given = fitted.given(fitted.predict_proba(answers))
        yield float(2 * (given & (truth == 1)).sum() / (given.sum() + truth.sum()))


def _side(datasets: Sequence[Dataset], rows: Sequence[Rows]) -> tuple[list[str], Labels]:
    """The texts of the rows of each dataset, and which of the codes of all of them they have."""
    texts = [each.texts[row] for each, own in zip(datasets, rows, strict=True) for row in own]
    return texts, block_diag(*(each.Y[own] for each, own in zip(datasets, rows, strict=True)))


if __name__ == "__main__":
    main()
