"""The classifier of one codeframe as scikit-learn has classifiers: texts in, codes out."""

from collections.abc import Iterable, Sequence
from copy import copy
from pathlib import Path
from threading import Lock
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from themawijzer.coding.certification import Audit, Certificate, certify
from themawijzer.coding.decisions import EVEN, Decision, automatic, decide
from themawijzer.coding.numbers import Bools, Labels, Probabilities
from themawijzer.errors import InputValueError, ModelError, UnknownNameError
from themawijzer.language.cache import keys_of
from themawijzer.language.kinds import Kinds
from themawijzer.learning.arguments import as_texts, require, require_codes, require_order
from themawijzer.learning.classifier import learnable
from themawijzer.learning.examples import learn
from themawijzer.learning.features import FeatureExtractor, shared_extractor, temporary_folder
from themawijzer.learning.neighbors import chosen_texts
from themawijzer.survey.codebook import Codeframe, raise_parents
from themawijzer.survey.no_answers import MOST_READ

_EXTRACTING = Lock()  # what is found out about texts is kept in files that threads share


class AnswerClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Learns which of k codes answers have, from n answers that people coded: a scikit-learn classifier of texts.

    It can be cloned, put in a `Pipeline`, and used by `cross_val_predict` and `GridSearchCV`. `themawijzer train`
    learns with the same code.

    `codeframe`: what the codes mean, as in a codebook; it learns from the labels, inclusions and examples too, and
    gives a code's parent with it. `encoder` and `spacy_pipeline`: as in survey.toml. `unlabelled`: more answers to
    the same question, which tell what is alike. `target`: the share that has to be right where no person looks.
    `cache`: a folder in which sentence vectors are kept; else they are until the process ends.

    Once fitted, `classes_` (k,) has the codes, `held_out_` (n, k) the probabilities that it would have given each
    answer had it not learned its text, `is_learned_` (k,) which codes could be learned, and `certificate_` what
    `decide` rests on. A code that every text has, or all but one or two, is given to every text.
    """

    def __init__(
        self,
        codeframe: Codeframe | None = None,
        *,
        encoder: str = "e5-small",
        spacy_pipeline: str = "nl_core_news_sm",
        unlabelled: Sequence[str] | None = None,
        target: float = 0.95,
        cache: str | Path | None = None,
    ) -> None:
        self.codeframe = codeframe
        self.encoder = encoder
        self.spacy_pipeline = spacy_pipeline
        self.unlabelled = unlabelled
        self.target = target
        self.cache = cache

    def fit(self, X: Iterable[str], y: Any, *, random_sample: ArrayLike | None = None) -> Self:
        """Learn from n texts X and which codes they have: y (n, k) of 0 and 1, best a DataFrame with a column per code.

        `random_sample` (n,) marks the texts that were drawn at random from all answers; on those it is found out
        which others it may code alone. Raises InputError, which is a ValueError, or a KeyError for unknown codes.
        """
        texts = as_texts(X)
        codes, Y = _as_labels(y, X, len(texts), self.codeframe)
        drawn = None if random_sample is None else _as_marks(random_sample, X, len(texts))
        if not isinstance(self.target, int | float) or not 0 < self.target < 1:
            raise InputValueError("this is no share", file="target", expected="Between 0 and 1, such as 0.95.")
        codeframe = self.codeframe and _in_order(self.codeframe, codes)
        parents = codeframe.parent_positions if codeframe else [-1] * len(codes)
        Y = raise_parents(Y, parents)
        if not learnable(Y, Y[:0]).any():
            raise InputValueError("no code can be learned", file="Y", expected="Some have 3 texts with it, or more.")
        unlabelled = [] if self.unlabelled is None else as_texts(self.unlabelled, file="unlabelled")
        with _EXTRACTING:
            pool = sorted({*chosen_texts(unlabelled, Kinds(self._folder / "kinds", {}), [""]), *texts})
            self.model_ = learn(texts, Y, self._extract, codeframe=codeframe, pool=pool)
            self.made_with_ = self._made_with
        self.classes_, self.parents_, self.is_learned_ = np.array(codes), parents, self.model_.is_learned
        self.held_out_ = raise_parents(self.model_.held_out_, parents)
        self.learned_ = _keys(texts)
        self.certificate_ = None if drawn is None else self._certify(Y, drawn)
        return self

    def predict_proba(self, X: Iterable[str]) -> Probabilities:
        """The probability that each text has each code (n, k); 0 for codes that could not be learned.

        Of a text of more than 32,767 characters the first part is read. Raises ModelError where it was fitted with
        other sentence vectors or words, as on another kind of processor.
        """
        check_is_fitted(self)
        with _EXTRACTING:
            if self.made_with_ != (present := self._made_with):
                raise ModelError(f"it was fitted with {self.made_with_}, and this is {present}\nFit it here.")
            features = self._extract(as_texts(X))
        return np.asarray(raise_parents(self.model_.predict_proba(features), self.parents_))

    def predict_unseen(self, X: Iterable[str]) -> Probabilities:
        """The same (n, k), but as if it had not learned the texts that it learned: what `shares` corrects."""
        texts = as_texts(X)
        found, keys = self.predict_proba(texts), _keys(texts)
        order = np.argsort(self.learned_)
        rows = order[np.searchsorted(self.learned_, keys, sorter=order).clip(max=len(order) - 1)]
        return np.where((self.learned_[rows] == keys)[:, None], self.held_out_[rows], found)

    def predict(self, X: Iterable[str]) -> Labels:
        """Which codes each text has, as 0 and 1 (n, k): those with a probability of one half or more."""
        return (self.predict_proba(X) >= EVEN).astype(np.int8)

    def decide(self, X: Iterable[str]) -> pd.DataFrame:
        """Per text and code "yes", "no", or "review" where a person has to look.

        Of what is decided, `target` is right, in the codes that are given and in those that belong there, with a
        confidence of 95 %, for texts like those of the random sample. Without enough of it, all is for review, and a
        text of more than 32,767 characters always is. Raises ModelError where it was fitted without a random sample.
        """
        texts = as_texts(X)
        probabilities = self.predict_proba(texts)
        if self.certificate_ is None:
            raise ModelError(
                "nothing vouches for decisions\nFit with random_sample, which marks texts drawn at random."
            )
        limits, unlearned = self.certificate_.limits, ~self.model_.is_learned
        decisions = decide(probabilities, limits, unlearned=unlearned, parents=self.parents_)
        is_read = np.array([len(text) <= MOST_READ for text in texts], dtype=np.bool_)
        is_automatic = (automatic(probabilities, limits) & is_read)[:, None]
        words = np.full(decisions.shape, "review", dtype=object)
        words[is_automatic & (decisions == Decision.YES)] = "yes"
        words[is_automatic & (decisions == Decision.NO)] = "no"
        return pd.DataFrame(words, columns=self.classes_, index=X.index if isinstance(X, pd.Series) else None)

    @property
    def _folder(self) -> Path:
        return temporary_folder() if self.cache is None else Path(self.cache)

    @property
    def _extract(self) -> FeatureExtractor:
        return shared_extractor(self.spacy_pipeline, self.encoder, self._folder)

    @property
    def _made_with(self) -> str:
        return f"{self._extract.tokenizer.name}, {self._extract.encoder.name}"

    def _certify(self, Y: Labels, rows: Bools) -> Certificate:
        left_out = raise_parents(self.model_.left_out_, self.parents_)
        return certify(Audit(left_out[rows], Y[rows] == 1, None, self.model_.is_constant), self.target)

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        return str(super(AnswerClassifier, self._without_answers()).__repr__(N_CHAR_MAX))

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return super(AnswerClassifier, self._without_answers())._repr_mimebundle_(**kwargs)

    def _without_answers(self) -> Self:
        """The same to look at, but for what respondents said."""
        shown = copy(self)
        shown.unlabelled = None if self.unlabelled is None else ["..."]
        return shown

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.one_d_array, tags.input_tags.two_d_array = True, True, False
        tags.target_tags.multi_output, tags.target_tags.two_d_labels = True, True
        tags.target_tags.single_output = False
        tags.classifier_tags.multi_class, tags.classifier_tags.multi_label = False, True
        return tags


def _keys(texts: Iterable[str]) -> NDArray[np.uint64]:
    return keys_of(text.lower().strip() for text in texts)


def _as_labels(y: Any, X: Any, n: int, codeframe: Codeframe | None) -> tuple[list[Any], Labels]:
    """The k codes, and which of n texts have them (n, k); an array, which names none, has those of the codeframe."""
    if not isinstance(y, pd.DataFrame):
        y = np.asarray(y.toarray() if hasattr(y, "toarray") else y, dtype=object)
    if y.ndim != 2 or len(y) != n or not y.shape[1]:
        expected = f'{n} rows, and a column per code, as MultiLabelBinarizer and str.get_dummies("|") make them.'
        raise InputValueError(f"its shape is {y.shape}", file="Y", expected=expected)
    require_order(y, X, file="Y")
    Y = y if isinstance(y, pd.DataFrame) else pd.DataFrame(y, index=X.index if isinstance(X, pd.Series) else None)
    require_codes(Y.columns, file="Y")
    require(Y.isin([0, 1]), "0 or 1 for every text and code.", file="Y", problem="something else than 0 and 1")
    codes: list[Any] = list(Y.columns)
    if codeframe and codes == list(range(len(codeframe.codes))):
        codes = codeframe.code_ids
    return codes, Y.to_numpy(dtype=np.int8)


def _as_marks(random_sample: ArrayLike, X: Any, n: int) -> Bools:
    require_order(random_sample, X, file="random_sample")
    drawn = np.asarray(random_sample)
    if drawn.shape != (n,) or not pd.Series(drawn).isin([0, 1]).all():
        raise InputValueError("this does not mark texts", file="random_sample", expected="True or False per text.")
    return drawn.astype(np.bool_)


def _in_order(codeframe: Codeframe, codes: Sequence[Any]) -> Codeframe:
    """The codeframe with its codes in this order."""
    if set(codes) != set(codeframe.code_ids):
        problem = codeframe.unknown(map(str, codes)) or f"it has not all codes of codeframe {codeframe.id}"
        raise UnknownNameError(problem, file="Y", expected=f"Columns: {', '.join(codeframe.code_ids)}.")
    return codeframe.model_copy(update={"codes": sorted(codeframe.codes, key=lambda code: codes.index(code.id))})
