"""Peers that are trained step by step: fastText and spaCy."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from benchmarks.data import Labels
from benchmarks.methods import Probabilistic, Task
from benchmarks.scores import Probabilities
from benchmarks.tuning import Model, Rule

DEV_SHARE = 5  # one in five training answers


class FastTextModel:
    """One-vs-all fastText on words and parts of words, as scikit-learn would have it.

    The learning rate is that of fastText's own tutorial. A hash table of 100,000 rows instead of two million
    holds every part of these words and spares 400 MB; one thread, because with more no two runs are alike.
    """

    def __init__(self, n_updates: int) -> None:
        self._n_updates = n_updates

    def fit(self, X: Sequence[str], y: Labels) -> Self:
        import floret

        self._n_codes = y.shape[1]
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
            file.writelines(f"{_labels(codes)} {_line(text)}\n" for text, codes in zip(X, y, strict=True))
            file.flush()
            self._model = floret.train_supervised(
                file.name,
                mode="fasttext",
                loss="ova",
                lr=1.0,
                epoch=max(self._n_updates // len(X), 5),
                dim=50,
                minn=3,
                maxn=6,
                bucket=100_000,
                thread=1,
                verbose=0,
            )
        return self

    def predict_proba(self, X: Sequence[str]) -> Probabilities:
        probabilities = np.zeros((len(X), self._n_codes), dtype=np.float32)
        for row, text in enumerate(X):
            # Not the method for lists: with NumPy 2 it gives all labels the probability of the first.
            for probability, label in self._model.f.predict(f"{_line(text)}\n", -1, 0.0, "strict"):
                probabilities[row, int(label.removeprefix("__label__"))] = probability
        return probabilities


class FastText(Probabilistic):
    """fastText (Joulin et al. 2017), by the fork that installs beside our language identification."""

    name = "fastText, one-vs-all, with character n-grams"
    short = "fastText"
    parts = (FastTextModel,)
    packages = ("floret",)

    def candidates(self) -> list[Callable[[], Model]]:
        """Few epochs and many: the best number falls with the number of answers."""
        return [partial(FastTextModel, n_updates) for n_updates in (20_000, 60_000)]


class SpacyTextcat(Probabilistic):
    """What spaCy's quickstart makes for `textcat_multilabel` in Dutch, trained by `spacy train`.

    One in five training answers is the dev set: for early stopping and for the thresholds. Steps are fewer and
    larger than in the quickstart, and the hash table smaller: in a trial with 200 answers
    that was slightly worse than the quickstart's own settings (.297 and .314 micro-F1), in a tenth of the time.
    """

    name = "spaCy textcat_multilabel"
    short = "spaCy"
    packages = ("spacy",)
    settings: ClassVar[dict[str, Any]] = {
        "training.optimizer.learn_rate": 0.01,
        "training.eval_frequency": 50,
        "training.patience": 300,
        "training.max_steps": 3000,
        "components.textcat_multilabel.model.length": 16384,
    }

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        import spacy
        import spacy.cli.train  # not timed

        self._blank = spacy.blank("nl")

    def _fit(self, texts: Sequence[str], Y: Labels) -> None:
        n_dev = len(texts) // DEV_SHARE
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            self._write(texts[:n_dev], Y[:n_dev], folder / "dev.spacy")
            self._write(texts[n_dev:], Y[n_dev:], folder / "train.spacy")
            self._train(folder)
        self._rule = Rule().fit(self._predict_proba(texts[:n_dev]), Y[:n_dev])

    def _write(self, texts: Sequence[str], Y: Labels, path: Path) -> None:
        from spacy.tokens import DocBin

        docs = [self._blank.make_doc(text) for text in texts]
        for doc, codes in zip(docs, Y, strict=True):
            doc.cats = {str(code): float(has) for code, has in enumerate(codes)}
        DocBin(docs=docs).to_disk(path)

    def _train(self, folder: Path) -> None:
        from spacy import load
        from spacy.cli.init_config import init_config
        from spacy.cli.train import train

        config = init_config(lang="nl", pipeline=["textcat_multilabel"], optimize="efficiency", silent=True)
        config.to_disk(folder / "config.cfg")
        paths = {f"paths.{part}": str(folder / f"{part}.spacy") for part in ("train", "dev")}
        with contextlib.redirect_stdout(io.StringIO()):
            train(folder / "config.cfg", folder, overrides=paths | self.settings)
        self._nlp = load(folder / "model-best")

    def _predict_proba(self, texts: Sequence[str]) -> Probabilities:
        found = [[doc.cats[str(code)] for code in range(len(self._learned))] for doc in self._nlp.pipe(texts)]
        return np.array(found, dtype=np.float32)


def _labels(codes: Labels) -> str:
    return " ".join(f"__label__{code}" for code in np.flatnonzero(codes))


def _line(text: str) -> str:
    return " ".join(text.lower().split())
