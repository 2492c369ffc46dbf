"""How good a model is: out-of-fold scores with intervals, beside what needs no model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from themawijzer.coding.evidence import counted, counted_f1, mean_f1
from themawijzer.coding.numbers import LEVEL, Bools, Floats, Ints, Labels, Probabilities
from themawijzer.language.encoders import Vectors
from themawijzer.learning.classifier import CodeframeClassifier, learnable, split
from themawijzer.learning.examples import Examples
from themawijzer.learning.features import Features
from themawijzer.learning.phrases import Phrases
from themawijzer.records.evaluation_file import Baseline, Baselines, Bin, CodeScore, Evaluation, RuleScores
from themawijzer.survey.codebook import Codeframe

N_FOLDS = 5
N_BINS = 15
MIN_RANDOM = 100  # below this the random stream says too little, and all annotated answers are used


@dataclass(frozen=True)
class OutOfFold:
    """Per answer and code (n, k) what a model that never saw the answer said; no parent is below its child.

    `given` marks the codes that reach their thresholds, `is_learned` those that the model had learned, and `majority`
    those of the most frequent set of codes among the answers that it learned from.
    """

    probabilities: Probabilities
    given: Bools
    is_learned: Bools
    majority: Labels


def predict_out_of_fold(
    features: Features,
    examples: Examples,
    phrases: Phrases,
    pool: Vectors,
    *,
    parents: Sequence[int],
    seed: int,
    part: float = 1.0,
    advance: Callable[[int], None] = lambda _: None,
) -> OutOfFold:
    """Predictions for every answer by a model that was trained and tuned on the other folds, or a `part` of these."""
    shape = examples.Y.shape
    given, is_learned = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    found = OutOfFold(np.zeros(shape, dtype=np.float32), given, is_learned, np.zeros(shape, dtype=np.int8))
    order = np.random.default_rng(seed).permutation(len(examples)).argsort()
    folds = [(_first(train, order, part), test) for train, test in split(examples.groups, N_FOLDS, seed=seed)]

    def predict(train: Ints, test: Ints) -> tuple[Probabilities, Bools, Bools] | None:
        """None where no code has enough answers in the fold to be learned."""
        Y = examples.Y[train]
        if not learnable(Y, phrases.Y).any():
            return None
        classifier = CodeframeClassifier().fit(features.take(train), Y, examples.groups[train], phrases, pool)
        return *classifier.predict_with_parents(features.take(test), parents), classifier.is_learned

    jobs = (delayed(predict)(*fold) for fold in folds)
    with threadpool_limits(1, user_api="blas"):  # a thread per fold, and the bits of one thread as in `learn`
        predicted = Parallel(n_jobs=-1, prefer="threads", return_as="generator")(jobs)
        for (train, test), said in zip(folds, predicted, strict=True):
            if said:  # else every code stays as it is: not learned, and never given
                found.probabilities[test], found.given[test], found.is_learned[test] = said
            found.majority[test] = _most_frequent_set(examples.Y[train])
            advance(1)
    return found


def _first(rows: Ints, order: Ints, part: float) -> Ints:
    """A part of the rows, the first in this order."""
    return np.asarray(np.sort(rows[np.argsort(order[rows])][: round(part * len(rows))]))


def evaluate(
    examples: Examples,
    out_of_fold: OutOfFold,
    codeframe: Codeframe,
    *,
    automatic: Labels,
    suggested: Labels,
    keyword: Labels,
    is_learned: Bools,
    is_constant: Bools,
) -> Evaluation:
    """The figures on the random stream where it is large enough, else on all annotated answers.

    `automatic`, `suggested` and `keyword` (n, k) are the codes that each rule gives; `is_learned` (k,) says which codes
    the model of all answers has learned, and `is_constant` (k,) which of those it gives to every answer. These count in
    whole sets, not in F1 over all codes, which they would lift without telling answers apart; nor does a code count in
    the mean over codes that is neither there nor given.

    Intervals: `counted`, `counted_f1` and `mean_f1`.
    """
    is_random, rows = scored_rows(examples)
    Y, probabilities = examples.Y[rows], out_of_fold.probabilities[rows]
    telling = np.flatnonzero(~is_constant)

    def scored(given: Labels) -> RuleScores:
        codes = _code_scores(examples.codes, Y, given[rows], is_learned, is_constant)
        return RuleScores(
            micro_f1=counted_f1(Y[:, telling], given[rows][:, telling]),
            macro_f1=mean_f1(Y[:, telling], given[rows][:, telling]),
            whole_set=counted((given[rows] == Y).all(axis=1).astype(np.int8), np.ones(len(Y), dtype=np.int8)),
            codes=codes,
        )

    def baseline(given: Labels) -> Baseline:
        figures = vars(scored((given | is_constant).astype(np.int8)))
        return Baseline(*(figures[name].value or 0.0 for name in ("micro_f1", "macro_f1", "whole_set")))

    return Evaluation(
        codeframe=codeframe.id,
        n_annotated=len(examples),
        n_answers=len(Y),
        is_random=is_random,
        automatic=scored(automatic),
        suggested=scored(suggested),
        calibration_error=expected_calibration_error(probabilities, Y),
        reliability=reliability(probabilities, Y),
        baselines=Baselines(baseline(out_of_fold.majority), baseline(keyword)),
    )


def scored_rows(examples: Examples) -> tuple[bool, Bools]:
    """Whether the random stream is large enough to score, and which answers (n,) are scored."""
    is_random = int(examples.is_random.sum()) >= MIN_RANDOM
    return is_random, examples.is_random if is_random else np.ones(len(examples), dtype=bool)


def expected_calibration_error(probabilities: Probabilities, Y: Labels) -> float:
    """Mean distance of probability and share of positives over equal-width bins, pooled over codes.

    Source: Naeini, Cooper & Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian binning".
    """
    n, total, positives = _binned(probabilities, Y)
    return float(np.abs(total - positives).sum() / max(n.sum(), 1))


def reliability(probabilities: Probabilities, Y: Labels) -> list[Bin]:
    """What the calibration error is made of, bin by bin, with Wilson intervals; empty bins are left out.

    Source: the reliability diagram of DeGroot & Fienberg (1983), "The comparison and evaluation of forecasters".
    """
    return [
        Bin(round(total / n, 4), round(positives / n, 4), *_interval(int(positives), int(n)), int(n))
        for n, total, positives in zip(*_binned(probabilities, Y), strict=True)
        if n
    ]


def _binned(probabilities: Probabilities, Y: Labels) -> tuple[Floats, ...]:
    """Per bin the number of pairs of an answer and a code, the sum of their probabilities, and of positives."""
    p, y = probabilities.ravel().astype(float), Y.ravel()
    bins = np.minimum((p * N_BINS).astype(int), N_BINS - 1)
    return tuple(
        np.bincount(bins, weights=weights, minlength=N_BINS).astype(float) for weights in (np.ones(len(p)), p, y)
    )


def _interval(positives: int, n: int) -> tuple[float, float]:
    from scipy.stats import binomtest  # a third of a second, which coding need not wait for

    interval = binomtest(positives, n).proportion_ci(confidence_level=LEVEL, method="wilson")
    # At a share of 0 or 1, rounding errors would put the share outside.
    return round(float(min(interval.low, positives / n)), 4), round(float(max(interval.high, positives / n)), 4)


def _code_scores(
    codes: Sequence[str], Y: Labels, given: Labels, is_learned: Bools, is_constant: Bools
) -> list[CodeScore]:
    return [
        CodeScore(
            code,
            support=int(Y[:, place].sum()),
            is_learnable=bool(is_learned[place]),
            is_constant=bool(is_constant[place]),
            precision=counted(Y[:, place] & given[:, place], given[:, place]),
            recall=counted(Y[:, place] & given[:, place], Y[:, place]),
            f1=counted_f1(Y[:, [place]], given[:, [place]]),
        )
        for place, code in enumerate(codes)
    ]


def _most_frequent_set(Y: Labels) -> Labels:
    sets, counts = np.unique(Y, axis=0, return_counts=True)
    return np.asarray(sets[counts.argmax()])
