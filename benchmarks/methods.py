"""What a method is; ours, and those that need no scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from benchmarks.data import Labels, same_text
from benchmarks.scores import Probabilities
from benchmarks.tuning import Model, Tuned
from themawijzer.language.encoders import CachedEncoder
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.classifier import CodeframeClassifier
from themawijzer.learning.features import FeatureExtractor
from themawijzer.learning.phrases import collect_phrases, keyword_codes
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.survey import Settings

Predicted = tuple[Probabilities | None, Labels]
MIN_POSITIVES = 3  # a code with fewer counts as never predicted, whatever the method


@dataclass(frozen=True)
class Task:
    """What a method may know besides its training answers.

    `answers` are all of the dataset: ours learns no phrase of the codebook that is also an answer. `unlabelled` are
    those of the training side, drawn or not.
    """

    codeframe: Codeframe
    answers: Sequence[str]
    unlabelled: Sequence[str]
    encoder: Callable[[], CachedEncoder]


class Peer:
    """A method: learns from answers, and says of others which codes they have.

    `parts`, `packages` and `folders` are what its figures depend on besides its own source. What it loads, it
    loads in `__init__`, which is not timed.
    """

    name: ClassVar[str]
    short: ClassVar[str]  # in pictures
    parts: ClassVar[tuple[type, ...]] = ()
    packages: ClassVar[tuple[str, ...]] = ()
    folders: ClassVar[tuple[str, ...]] = ()
    encodes: ClassVar[bool] = False
    needs_one_code: ClassVar[bool] = False  # for every answer, not several and not none

    def __init__(self, task: Task) -> None:
        self._task = task

    def fit(self, texts: Sequence[str], Y: Labels) -> Self:
        """Learn from n answers with codes Y (n, k)."""
        raise NotImplementedError

    def predict(self, texts: Sequence[str]) -> Predicted:
        """Of n answers the probability of each code, where there is one, and which codes count as given (n, k)."""
        raise NotImplementedError


class Themawijzer(Peer):
    """Ours, as `themawijzer train` and `classify` use it."""

    name = "Themawijzer"
    short = "Themawijzer"
    packages = ("scikit-learn", "numpy", "spacy", "simplemma")
    folders = ("pipeline/themawijzer/language", "pipeline/themawijzer/learning")
    encodes = True

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._extract = FeatureExtractor(load_tokenizer(Settings().spacy_pipeline), task.encoder())

    def fit(self, texts: Sequence[str], Y: Labels) -> Self:
        phrases = collect_phrases(self._task.codeframe, self._extract, known=self._task.answers)
        pool = self._extract.encode(sorted(set(self._task.unlabelled)))
        self._classifier = CodeframeClassifier().fit(self._extract(texts), Y, same_text(texts), phrases, pool)
        return self

    def predict(self, texts: Sequence[str]) -> Predicted:
        probabilities = self._classifier.predict_proba(self._extract(texts))
        return probabilities, self._classifier.given(probabilities).astype(np.int8)


class Majority(Peer):
    """The most frequent set, for every answer."""

    name = "majority"
    short = "majority"

    def fit(self, texts: Sequence[str], Y: Labels) -> Self:  # noqa: ARG002  # the same whatever they say
        sets, counts = np.unique(Y, axis=0, return_counts=True)
        self._set = sets[counts.argmax()]
        return self

    def predict(self, texts: Sequence[str]) -> Predicted:
        return None, np.tile(self._set, (len(texts), 1))


class Keywords(Peer):
    """What the codebook names, looked for in the answer; learns nothing."""

    name = "keyword rules from the codebook"
    short = "keywords"
    packages = ("spacy", "simplemma")
    folders = ("pipeline/themawijzer/language", "pipeline/themawijzer/learning")

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._tokenizer = load_tokenizer(Settings().spacy_pipeline)

    def fit(self, texts: Sequence[str], Y: Labels) -> Self:  # noqa: ARG002  # nothing to learn
        return self

    def predict(self, texts: Sequence[str]) -> Predicted:
        return None, keyword_codes(texts, self._task.codeframe, self._tokenizer)


class Probabilistic(Peer):
    """A method that gives probabilities, on the codes which have enough positives to be learned."""

    packages: ClassVar[tuple[str, ...]] = ("scikit-learn", "numpy")

    def fit(self, texts: Sequence[str], Y: Labels) -> Self:
        positives = Y.sum(axis=0, dtype=np.int64)
        self._n_codes, self._learned = len(positives), np.flatnonzero(positives >= MIN_POSITIVES)
        self._fit(texts, Y[:, self._learned])
        return self

    def predict(self, texts: Sequence[str]) -> Predicted:
        probabilities = np.zeros((len(texts), self._n_codes), dtype=np.float32)
        given = np.zeros(probabilities.shape, dtype=np.int8)
        probabilities[:, self._learned] = found = self._predict_proba(texts)
        given[:, self._learned] = self._rule.given(found)
        return probabilities, given

    def _fit(self, texts: Sequence[str], Y: Labels) -> None:
        self._tuned = Tuned(self.candidates()).fit(texts, Y)
        self._rule = self._tuned.rule_

    def _predict_proba(self, texts: Sequence[str]) -> Probabilities:
        return self._tuned.predict_proba(texts)

    def candidates(self) -> list[Callable[[], Model]]:
        """What to choose from, out of fold."""
        raise NotImplementedError
