"""The multi-label classifier of one codeframe."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from themawijzer.coding.drift import Likeness
from themawijzer.coding.numbers import Bools, Ints, Labels, Probabilities
from themawijzer.language.encoders import Vectors
from themawijzer.language.tokens import plain
from themawijzer.learning.calibration import Calibration, Thresholds, promised_f1
from themawijzer.learning.familiarity import Familiarity
from themawijzer.learning.features import Features
from themawijzer.learning.kernel import Kernel, scores_of
from themawijzer.learning.neighbors import Neighbors
from themawijzer.learning.ngrams import CharacterTfidf
from themawijzer.learning.phrases import Phrases
from themawijzer.learning.ridge import Committee, parts
from themawijzer.survey.codebook import raise_parents

MIN_POSITIVES = 3
MIN_NEGATIVES = 3
MIN_SPREAD = 20  # answers from which on one or two without a code are too few to learn where it is absent
TEXT_WEIGHT = 0.4  # where sentence vectors have 1
MAX_TOGETHER = 10_000  # answers that one regression learns from, in 0.4 GB; several know less than one of all answers
MAX_WORDS = 3  # of evidence per code
MIN_SHARE = 0.2  # of the strongest word's contribution; below it stand words like "en" and "met"


class Smoothing(NamedTuple):
    """How far vectors are drawn towards their neighbors, and how much scores are kept from single answers."""

    pull: float
    ridge: float


SMOOTHINGS = Smoothing(pull=0.2, ridge=0.2), Smoothing(pull=0.4, ridge=0.6)


class _Learned(NamedTuple):
    neighbors: Neighbors
    anchors: Vectors
    committee: Committee
    calibration: Calibration

    @property
    def held_out(self) -> Probabilities:
        return self.calibration.predict_proba(self.committee.held_out_)


class CodeframeClassifier:
    """A probability for each of k codes, and the threshold at which it counts as given.

    Kernel ridge regression on the sum of two kernels: the cosine of TF-IDF character n-grams of the words, and
    ((1 + cosine) / 2)^2 of the sentence vectors as `Neighbors` gives them. Calibration and thresholds are fitted on the
    scores that the answers would have had, had they not been learned from (`KernelRidge`), so that no answers have to
    be set apart for them; `evaluation` measures on answers of which the text was not seen either. The phrases of the
    codebook are learned from like answers, but nothing is fitted on their scores.

    With few answers per code smoother scores are better: of `SMOOTHINGS` it keeps the one with the highest expected
    micro-F1 on those scores.

    `held_out_` (n, k) are the probabilities of the training answers at those scores. `familiarity_` tells how much
    other answers resemble them.

    A code with fewer than three positives is learned from the codebook's phrases alone, if it has any. Codes that are
    not `learnable` have threshold NaN. Those of them that are `is_on_every_answer` are given to every answer, with a
    probability by the rule of succession (Laplace 1774): (positives + 1) / (n + 2). The others have probability 0.
    Up to `MAX_TOGETHER` training answers, memory grows with their square (3,000 take 36 MB beside what is kept of
    them), and time with the third power. More are learned by a `Committee` of regressions on at most as many each:
    memory stays, and time grows with their number. Repeats of one text stay together: m of them take 20 m^2 bytes for
    a moment, when they are left out, and more than `MAX_TOGETHER` a regression of their own, that weighs as much.
    """

    def fit(self, answers: Features, Y: Labels, groups: Ints, phrases: Phrases, pool: Vectors) -> Self:
        """Learn from n answers with their codes Y (n, k), and from the codebook's phrases.

        `groups` (n,) numbers answers with the same text alike; `pool` (p, d) are the sentence vectors of the
        survey's answers, coded or not.
        """
        self.learned_ = np.flatnonzero(learnable(Y, phrases.Y))
        features, n = answers.and_then(phrases.features), len(answers)
        self.constant_ = np.where(is_on_every_answer(Y), (Y.sum(axis=0, dtype=np.int64) + 1) / (n + 2), 0.0)
        truth = np.vstack([Y, phrases.Y])[:, self.learned_]
        self.tfidf_ = CharacterTfidf().fit(features.texts)
        text, known = self._text(features), Neighbors().fit(pool)
        neighbors = [known.pulling(smoothing.pull) for smoothing in SMOOTHINGS]
        vectors = [each.transform(features.vectors) for each in neighbors]
        committees = _committees(text, vectors, truth, groups)
        calibrations = [Calibration().fit(each.held_out_, truth[:n]) for each in committees]
        learned = map(_Learned, neighbors, vectors, committees, calibrations)
        best = max(learned, key=lambda each: promised_f1(each.held_out, truth[:n]))
        self.neighbors_, self.anchors_, self.calibration_ = best.neighbors, best.anchors, best.calibration
        self.dual_ = best.committee.dual_
        self.text_coef_ = np.asarray(text.T @ self.dual_, dtype=np.float32)
        self.rule_ = Thresholds().fit(best.held_out, truth[:n])
        self.thresholds_ = np.full(Y.shape[1], np.nan)
        self.thresholds_[self.learned_] = self.rule_.values_
        self.held_out_ = self._spread(best.held_out)
        self.left_out_ = self._spread(best.calibration.predict_proba(best.committee.left_out_))
        self.familiarity_ = Familiarity().fit(answers, known.standardized(answers.vectors))
        return self

    def predict_proba(self, features: Features) -> Probabilities:
        """The probability of each code for each answer (n, k); 0 for what is not learned."""
        vectors = self.neighbors_.transform(features.vectors)
        scores = scores_of(self._text(features), vectors, self.text_coef_, self.anchors_, self.dual_)
        return self._spread(self.calibration_.predict_proba(scores))

    @property
    def is_learned(self) -> Bools:
        """For each code (k,) whether it is ever given."""
        return np.asarray(np.isfinite(self.thresholds_) | self.is_constant)

    @property
    def is_constant(self) -> Bools:
        """For each code (k,) whether it is given to every answer, since it was on every one that was learned from."""
        return np.asarray(self.constant_ > 0)

    def given(self, probabilities: Probabilities) -> Bools:
        """Which codes count as given (n, k) at these probabilities (n, k)."""
        given = np.zeros(probabilities.shape, dtype=np.bool_)
        given[:, self.learned_] = self.rule_.given(probabilities[:, self.learned_])
        given[:, self.is_constant] = True
        return given

    def predict_with_parents(self, features: Features, parents: Sequence[int]) -> tuple[Probabilities, Bools]:
        """The probability of each code, and whether it counts as given, both (n, k); no parent is below its child."""
        probabilities = raise_parents(self.predict_proba(features), parents)
        return probabilities, raise_parents(self.given(probabilities), parents)

    def likeness(self, features: Features) -> Likeness:
        """How much answers resemble those that were learned from.

        On vectors that are not drawn towards their neighbors: those would all look familiar.
        """
        return self.familiarity_.of(features, self.neighbors_.standardized(features.vectors))

    def contributing_words(self, features: Features, wanted: Bools) -> list[dict[int, str]]:
        """For each answer, and each code that is wanted of it (n, k), the words that spoke most for the code.

        A word's contribution is what the characters in it add to the score.
        """
        distinct = sorted({plain(word) for words in features.words for word in words})
        contributions = dict(zip(distinct, self._contributions(distinct), strict=True))
        return [
            {code: _strongest(words, contributions, code) for code in codes.nonzero()[0].tolist()}
            for words, codes in zip(features.words, wanted, strict=True)
        ]

    def _contributions(self, words: list[str]) -> NDArray[np.float32]:
        """Of each plain word (w, k)."""
        contributions = np.zeros((len(words), len(self.thresholds_)), dtype=np.float32)
        if words:
            counts = self.tfidf_.counts(words).multiply(self.tfidf_.idf_)
            contributions[:, self.learned_] = counts.tocsr() @ self.text_coef_
        return contributions

    def _text(self, features: Features) -> Any:
        """The TF-IDF of character n-grams (n, m), a sparse matrix whose dot products are the text kernel."""
        return self.tfidf_.transform(features.texts) * np.float32(np.sqrt(TEXT_WEIGHT))

    def _spread(self, probabilities: Probabilities) -> Probabilities:
        """Of the learned codes (n, l) to all (n, k)."""
        whole = np.tile(self.constant_.astype(np.float32), (len(probabilities), 1))
        whole[:, self.learned_] = probabilities
        return whole


def learnable(Y: Labels, named: Labels) -> Bools:
    """For each code (k,) whether it can be learned from the codes Y (n, k) of answers and `named` (m, k) of phrases.

    A code needs enough answers or a phrase that names it, and answers without it. Phrases alone do not suffice: scores
    can only be calibrated if at least one code has enough answers.
    """
    positives = Y.sum(axis=0, dtype=np.int64)
    is_enough, is_all = positives >= MIN_POSITIVES, (positives == len(Y)) | is_on_every_answer(Y)
    return np.asarray((is_enough | named.any(axis=0)) & ~is_all & (is_enough & ~is_all).any(), dtype=np.bool_)


def is_on_every_answer(Y: Labels) -> Bools:
    """For each code (k,) whether all n answers (n, k) have it, or so many that too few are left to tell it by."""
    n_without = len(Y) - Y.sum(axis=0, dtype=np.int64)
    least = np.where(n_without == 0, MIN_POSITIVES, MIN_SPREAD)
    return np.asarray((n_without < MIN_NEGATIVES) & (len(Y) >= least))


def split(groups: Ints, n_folds: int, *, seed: int) -> Iterator[tuple[Ints, Ints]]:
    """Train and test rows of each fold, as scikit-learn's GroupKFold shuffles them; a group stays on one side."""
    shuffled = np.random.RandomState(seed).permutation(np.unique(groups))
    for fold in np.array_split(shuffled, n_folds):
        is_test = np.isin(groups, fold)
        yield np.flatnonzero(~is_test), np.flatnonzero(is_test)


def _committees(text: Any, vectors: Sequence[Vectors], Y: Labels, groups: Ints) -> list[Committee]:
    """One for each of `SMOOTHINGS`, with its vectors (t, d); of the t texts, answers come first, phrases after them."""
    n, members = len(groups), parts(groups, MAX_TOGETHER)
    committees = [Committee(Y, groups, len(members)) for _ in SMOOTHINGS]
    for answers in members:
        rows, others = np.append(answers, np.arange(n, len(Y))), np.setdiff1d(np.arange(n), answers)
        kernel = Kernel(text[rows])
        for smoothing, own, committee in zip(SMOOTHINGS, vectors, committees, strict=True):
            dual = committee.add(smoothing.ridge, kernel.with_vectors(own[rows]), rows).dual_
            committee.hear(scores_of(text[others], own[others], text[rows].T @ dual, own[rows], dual), others)
        del kernel  # before there is a next one
    return committees


def _strongest(words: list[str], contributions: Mapping[str, NDArray[np.float32]], code: int) -> str:
    typed = {plain(word): word for word in reversed(words)}
    ranked = sorted(typed, key=lambda word: -contributions[word][code])
    least = MIN_SHARE * contributions[ranked[0]][code] if ranked else 0
    helpful = [word for word in ranked[:MAX_WORDS] if contributions[word][code] > max(least, 0)]
    return ", ".join(typed[word] for word in helpful)
