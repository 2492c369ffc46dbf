"""`python -m benchmarks.certainty DATA`: whether the guarantee of automatic coding holds; writes certainty.md."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track

from benchmarks.cell import machine, open_encoder, silence, versions
from benchmarks.data import Dataset, Labels, Rows, load, same_text
from benchmarks.results import PACKAGES
from themawijzer.coding.certification import Audit, Certificate, CodeVerdict, certify
from themawijzer.coding.decisions import EVEN, answer_doubt, automatic
from themawijzer.coding.numbers import Probabilities
from themawijzer.files import write_whole
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.classifier import CodeframeClassifier
from themawijzer.learning.features import FeatureExtractor
from themawijzer.learning.phrases import collect_phrases
from themawijzer.survey.survey import Settings

HERE = Path(__file__).parent
TARGETS = (0.8, 0.9, 0.95, 0.99)
# Training answers, and sizes of the audit: what leaves a rest to measure on.
SIZES = {
    "vu_wens_coded": (250, (100, 200)),
    "vu_net_core_sentences": (500, (250, 500)),
    "dekamer_titles": (500, (250, 500)),
}
N_DRAWS, N_IN_USE, N_MODELS, SEED = 500, 100, 10, 0
HELD_OUT, IN_USE = "held out", "in use"
CODE_SIZES = ((0, 25), (25, 100), (100, 1_000_000))  # positives in 1,000 answers


@dataclass(frozen=True)
class Draw:
    """An audit sample with the predictions for it, and the answers that remain."""

    probabilities: Probabilities
    truth: Labels
    rest_probabilities: Probabilities
    rest_truth: Labels


class Bench:
    """One dataset with everything that does not change between draws."""

    def __init__(self, dataset: Dataset, extract: FeatureExtractor) -> None:
        self.dataset, self.groups = dataset, same_text(dataset.texts)
        self.features = extract(dataset.texts)
        self.phrases = collect_phrases(dataset.codeframe, extract, known=dataset.texts)
        self.pool = extract.encode(sorted(set(dataset.texts)))

    def fit(self, rows: Rows) -> CodeframeClassifier:
        Y, groups = self.dataset.Y[rows], self.groups[rows]
        return CodeframeClassifier().fit(self.features.take(rows), Y, groups, self.phrases, self.pool)

    def predict(self, model: CodeframeClassifier, rows: Rows) -> Probabilities:
        return model.predict_proba(self.features.take(rows))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.certainty", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the datasets")
    parser.add_argument("--draws", type=int, default=N_DRAWS, help="audit samples that no model learns from, per size")
    parser.add_argument("--draws-in-use", type=int, default=N_IN_USE, help="audit samples with a model each")
    wanted = parser.parse_args()
    silence()
    datasets = {name: load(name, wanted.data) for name in SIZES}
    extract = FeatureExtractor(load_tokenizer(Settings().spacy_pipeline), open_encoder(HERE / ".cache"))
    n_draws = {HELD_OUT: wanted.draws, IN_USE: wanted.draws_in_use}
    figures = pd.concat([simulate(Bench(each, extract), n_draws) for each in datasets.values()])
    write_whole(HERE / "certainty.md", report(figures, datasets, n_draws))


def simulate(bench: Bench, n_draws: dict[str, int]) -> pd.DataFrame:
    """A row per draw, audit size and target for the codeframe, and one for each certified code."""
    n_train, audits = SIZES[bench.dataset.name]
    rows = []
    for way, draws in ((HELD_OUT, held_out), (IN_USE, in_use)):
        for size in audits:
            found = draws(bench, n_train, size, n_draws[way])
            for draw in track(found, f"{bench.dataset.name}, {way}, {size}", total=n_draws[way]):
                for target in TARGETS:
                    audit = Audit(draw.probabilities, draw.truth == 1, len(draw.rest_truth))
                    about = {"dataset": bench.dataset.name, "way": way, "audit": size, "target": target}
                    rows += [about | each for each in outcomes(draw, certify(audit, target), bench.dataset)]
    return pd.DataFrame(rows)


def held_out(bench: Bench, n_train: int, n_audit: int, n_draws: int) -> Iterator[Draw]:
    """The model knows none of the audit; every model serves a number of audits."""
    random = np.random.default_rng(SEED)
    for number in range(n_draws):
        if number % max(n_draws // N_MODELS, 1) == 0:
            order = random.permutation(len(bench.dataset.texts))
            model, others = bench.fit(order[:n_train]), order[n_train:]
            found, truth = bench.predict(model, others), bench.dataset.Y[others]
        mixed = random.permutation(len(others))
        audit, rest = mixed[:n_audit], mixed[n_audit:]
        yield Draw(found[audit], truth[audit], found[rest], truth[rest])


def in_use(bench: Bench, n_train: int, n_audit: int, n_draws: int) -> Iterator[Draw]:
    """As `themawijzer` does: the model learns from the audit too, and says of each answer what it would without it."""
    random = np.random.default_rng(SEED + 1)
    for _ in range(n_draws):
        order = random.permutation(len(bench.dataset.texts))
        known, rest = order[: n_train + n_audit], order[n_train + n_audit :]
        model = bench.fit(known)
        audit = model.left_out_[n_train:], bench.dataset.Y[known[n_train:]]
        yield Draw(*audit, bench.predict(model, rest), bench.dataset.Y[rest])


def outcomes(draw: Draw, certificate: Certificate, dataset: Dataset) -> Iterator[dict[str, object]]:
    """What the certificate promises, measured on the rest: first of the codeframe, then of certified codes."""
    rows = automatic(draw.rest_probabilities, certificate.limits)
    given, truth = draw.rest_probabilities[rows] >= EVEN, draw.rest_truth[rows] == 1
    hits = given & truth
    yield {
        "code": "",
        "certified": certificate.is_certified,
        "share": rows.mean(),
        "precision": ratio(hits.sum(), given.sum()),
        "completeness": ratio(hits.sum(), truth.sum()),
        "whole_set": ratio((given == truth).all(axis=1).sum(), rows.sum()),
        "attainable": attainable(draw, certificate.limits.target),
    }
    per_thousand = 1000 * dataset.Y.mean(axis=0)
    for code, verdict in enumerate(certificate.codes):
        if verdict.verdict is CodeVerdict.CERTIFIED:
            yield {
                "code": dataset.codeframe.code_ids[code],
                "certified": True,
                "size": per_thousand[code],
                "precision": ratio(hits[:, code].sum(), given[:, code].sum()),
                "completeness": ratio(hits[:, code].sum(), truth[:, code].sum()),
            }


def attainable(draw: Draw, target: float) -> float:
    """The largest share of the rest, the surest first, of which both figures reach the target."""
    surest = np.argsort(answer_doubt(draw.rest_probabilities), kind="stable")
    given, truth = draw.rest_probabilities[surest] >= EVEN, draw.rest_truth[surest] == 1
    hits, n_given, n_true = ((each).sum(axis=1).cumsum() for each in (given & truth, given, truth))
    reached = np.flatnonzero((hits >= target * n_given) & (hits >= target * n_true))
    return float((reached[-1] + 1) / len(surest)) if len(reached) else 0.0


def ratio(part: int, whole: int) -> float:
    """A share; NaN of nothing."""
    return float(part / whole) if whole else float("nan")


def missed(figures: pd.DataFrame) -> pd.Series:
    """Whether what was certified turned out below its target."""
    below = figures[["precision", "completeness"]].lt(figures["target"], axis=0).any(axis=1)
    return below & figures["certified"].astype(bool)


def report(figures: pd.DataFrame, datasets: dict[str, Dataset], n_draws: dict[str, int]) -> str:
    """The page."""
    figures = figures.assign(missed=missed(figures))
    frames, codes = figures[figures["code"] == ""], figures[figures["code"] != ""]
    hashes = "\n".join(f"| data | {name} | sha256 {each.sha256[:16]} |" for name, each in datasets.items())
    packages = ", ".join(f"{name} {found}" for name, found in versions(PACKAGES).items())
    return f"""# Does the guarantee hold?

Written by `python -m benchmarks.certainty DATA`. A random audit sample is drawn again and again; `certify` chooses the
limits on it with a confidence of 95 %, and what it promises is measured on all answers that remain. "Held out": the
model knows none of the audit ({n_draws[HELD_OUT]} audits, {N_MODELS} models). "In use": it learns from the audit
too and says of each answer what it would without it, as `themawijzer train` does ({n_draws[IN_USE]} audits, a model
each). Learned from: 250 answers of vu_wens_coded and 500 of the others, and in use from the audit as well.

| signature | | |
|---|---|---|
{hashes}
| packages | | {packages} |
| machine | | {machine()} |

## How much is coded automatically, and how well

The largest audit, in use: the share of the rest coded automatically, mean over all draws; how often it was certified at
all; then, of the certified draws, measured on the rest, precision / completeness / whole sets right. The target holds
for the first two; whole sets (every code of an answer right, and none missing) are harder.

{_table(frames.pipe(_largest), _automation)}
How much there is to certify: the largest share of the rest, the surest first, of which precision and completeness
reach the target. An audit without end would find it. Schonlau & Couper (2016), one question with one code per answer,
without a guarantee: 15 % of the answers at 0.95, 31 % at 0.90, 46 % at 0.87, 58 % at 0.82.

{_table(frames.pipe(_largest), _attainable)}
## Targets missed

The share of all draws in which precision or completeness on the rest was below the target, and of the certified ones
in brackets: at most .05 of all was promised.

{_table(frames, _misses)}
## Certified codes that missed their target

Of all code certificates in all draws; by the number of answers in 1,000 that have the code. What is promised is that no
code is certified in vain in more than .05 of the draws; where hardly any draw certifies a code, those that do are the
lucky ones, and more of them are wrong.

{_table(codes.assign(size=codes["size"].map(_size)), _code_misses, ["dataset", "way", "audit", "size"])}"""


def _largest(frames: pd.DataFrame) -> pd.DataFrame:
    largest = {name: max(audits) for name, (_, audits) in SIZES.items()}
    return frames[(frames["audit"] == frames["dataset"].map(largest)) & (frames["way"] == IN_USE)]


def _size(per_thousand: float) -> str:
    low, high = next((low, high) for low, high in CODE_SIZES if low <= per_thousand < high)
    return f"{low} or more" if high > 1000 else f"{low}–{high}"


def _table(
    figures: pd.DataFrame,
    cell: Callable[[pd.DataFrame], str],
    by: tuple[str, ...] | list[str] = ("dataset", "way", "audit"),
) -> str:
    """Groups as rows, targets as columns."""
    lines = ["| " + " | ".join(by) + " | " + " | ".join(map(str, TARGETS)) + " |"]
    lines.append("|" + "---|" * (len(by) + len(TARGETS)))
    for group, rows in figures.groupby(list(by)):
        cells = [cell(rows[rows["target"] == target]) for target in TARGETS]
        lines.append("| " + " | ".join([*map(str, group), *cells]) + " |")
    return "\n".join(lines) + "\n"


def _automation(rows: pd.DataFrame) -> str:
    certified = rows[rows["certified"].astype(bool)]
    if certified.empty:
        return "never certified"
    means = certified[["precision", "completeness", "whole_set"]].mean()
    quality = " / ".join(f"{value:.2f}" for value in means)
    return f"**{rows['share'].mean():.0%}** (certified in {len(certified) / len(rows):.0%}); {quality}"


def _attainable(rows: pd.DataFrame) -> str:
    return f"{rows['attainable'].mean():.0%}"


def _misses(rows: pd.DataFrame) -> str:
    certified = rows["certified"].sum()
    return f"{rows['missed'].mean():.3f}" + (f" ({rows['missed'].sum() / certified:.3f})" if certified else "")


def _code_misses(rows: pd.DataFrame) -> str:
    return f"{rows['missed'].mean():.3f} of {len(rows):,}" if len(rows) else "–"


if __name__ == "__main__":
    main()
