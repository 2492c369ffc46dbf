"""A trained model in a notebook: texts in, codes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from themawijzer.autocoding.autocoder import UNDECIDED, codings_by_model
from themawijzer.coding.codings import DECIDED, Coding, coding_undecided
from themawijzer.errors import UnknownNameError
from themawijzer.language.kinds import AnswerKind, Kinds
from themawijzer.learning import store
from themawijzer.learning.arguments import as_texts
from themawijzer.learning.features import Features, shared_extractor, temporary_folder
from themawijzer.project.project import Progress
from themawijzer.survey.codebook import Codebook, Codeframe, raise_parents, read_codebook
from themawijzer.survey.no_answers import NoAnswers

AUTOMATIC = "auto"
CODED_COLUMNS = ("text", "codeframe", "codes", "probability", "decision", "evidence")


class TrainedModel:
    """A model that `themawijzer train` made, for texts from anywhere.

    `codebook` has what its codes mean; `certificates` has per codeframe what it may code alone.
    """

    def __init__(
        self, codebook: Codebook, model: store.Model, *, made_with: tuple[str, str], cache: Path | None
    ) -> None:
        self.codebook, self.certificates = codebook, model.certificates
        self._model, self._made_with, self._cache = model, made_with, cache

    def predict_proba(
        self,
        texts: Iterable[str],
        *,
        question: str = "",
        no_answer: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> pd.DataFrame:
        """The probability of every code: a row per text, and a column per codeframe and code.

        NaN for codes that could not be learned, and for texts that the model is not asked about: that say nothing,
        refer to another answer, are not Dutch, or have more than 32,767 characters. The text of the question tells what
        says nothing, as does `no_answer`, as in survey.toml: "nee" is an answer unless it is asked whether there is
        anything to add.
        """
        answers = as_texts(texts)
        kinds = self._kinds(answers, question, no_answer)
        asked = np.array([kind is AnswerKind.TEXT for kind in kinds], dtype=np.bool_)
        features = self._features([text for text, is_asked in zip(answers, asked, strict=True) if is_asked], progress)
        columns: dict[tuple[str, str], Any] = {}
        for name, classifier in self._model.classifiers.items():
            codeframe = self.codebook.codeframe(name)
            found = np.full((len(answers), len(codeframe.codes)), np.nan)
            if asked.any():
                found[asked] = raise_parents(classifier.predict_proba(features), codeframe.parent_positions)
            found[:, ~classifier.is_learned] = np.nan
            columns |= {(name, code): found[:, place] for place, code in enumerate(codeframe.code_ids)}
        frame = pd.DataFrame(columns, index=_index(texts))
        return frame.set_axis(pd.MultiIndex.from_tuples(columns, names=["codeframe", "code"]), axis=1)

    def code(
        self,
        texts: Iterable[str],
        *,
        codeframe: str | None = None,
        question: str = "",
        no_answer: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> pd.DataFrame:
        """The codes of every text: a row per text, and per codeframe where none is named.

        `decision` is "auto" where the model's certificate lets it code the text alone: for answers like those of its
        random sample, `target` of what it decides is right, with a confidence of 95 %, however many are asked at once.
        Else it is "review", and `codes` are suggestions for a person; or "empty", "no_answer" or "not_dutch".
        `probability` and `evidence` (the words that spoke most for it) are lists in the order of `codes`; `question`
        and `no_answer` are as for `predict_proba`.

        Raises InputError (a KeyError for a codeframe that it has not learned, else a ValueError).
        """
        known = list(self._model.classifiers)
        if codeframe is not None and codeframe not in known:
            expected = f"Known codeframes: {', '.join(known)}."
            raise UnknownNameError(f"the model has not learned {codeframe}", file="codeframe", expected=expected)
        answers = as_texts(texts)
        kinds = dict(zip(answers, self._kinds(answers, question, no_answer), strict=True))
        asked = [text for text, kind in kinds.items() if kind is AnswerKind.TEXT]
        features, frames = self._features(asked, progress), list[pd.DataFrame]()
        for name in known if codeframe is None else [codeframe]:
            meanings, classifier = self.codebook.codeframe(name), self._model.classifiers[name]
            found: dict[str, Coding] = {}
            if asked:
                limits, like = self.certificates[name].limits(meanings), np.zeros(len(asked), dtype=np.bool_)
                found = dict(zip(asked, codings_by_model(classifier, meanings, features, limits, like), strict=True))
            undecided = {kind: coding_undecided(status, len(meanings.codes)) for kind, status in UNDECIDED.items()}
            rows = [_row(text, meanings, found.get(text) or undecided[kinds[text]]) for text in answers]
            frame = pd.DataFrame(rows, columns=list(CODED_COLUMNS), index=_index(texts))
            frames.append(frame.astype(dict.fromkeys(("text", "codeframe", "decision"), str)))
        return pd.concat(frames)

    def _kinds(self, answers: Sequence[str], question: str, no_answer: Sequence[str] | None) -> list[AnswerKind]:
        codes = [code for codeframe in self.codebook.codeframes for code in codeframe.codes]
        examples = [example for code in codes for example in (*code.examples, *code.include)]
        rules = {question: NoAnswers.to(question, no_answer, examples)}
        return Kinds(_folder(self._cache) / "kinds", rules).of(answers, [question] * len(answers))

    def _features(self, texts: list[str], progress: Progress | None) -> Features:
        advance = progress("coding answers", len(texts)) if progress else lambda _: None
        return shared_extractor(*self._made_with, _folder(self._cache))(texts, advance=advance)


def load_model(
    folder: str | Path,
    *,
    encoder: str = "e5-small",
    spacy_pipeline: str = "nl_core_news_sm",
    cache: str | Path | None = None,
) -> TrainedModel:
    """The model in a folder such as `models/<survey>`, which comes with its codebook.

    `encoder` and `spacy_pipeline` are those that it was trained with; `cache` is a folder in which what is found out
    about texts is kept, else it is until the process ends. Raises ModelError where the model is missing, was changed,
    or was made with something else.
    """
    place, kept = Path(folder), None if cache is None else Path(cache)
    store.require_model(place)
    extract, codebook = shared_extractor(spacy_pipeline, encoder, _folder(kept)), read_codebook(place / "codebook.toml")
    model = store.load_model(place, codebook=codebook, tokenizer=extract.tokenizer.name, encoder=extract.encoder.name)
    return TrainedModel(codebook, model, made_with=(spacy_pipeline, encoder), cache=kept)


def _folder(cache: Path | None) -> Path:
    return cache or temporary_folder()


def _row(text: str, codeframe: Codeframe, coding: Coding) -> dict[str, Any]:
    places = np.flatnonzero(coding.assigned).tolist()
    codes = [codeframe.code_ids[place] for place in places]
    return {
        "text": text,
        "codeframe": codeframe.id,
        "codes": codes,
        "probability": [] if coding.probabilities is None else [float(coding.probabilities[place]) for place in places],
        "decision": AUTOMATIC if coding.status in DECIDED else coding.status.value,
        "evidence": [coding.evidence.get(code, "") for code in codes],
    }


def _index(texts: Iterable[str]) -> pd.Index[Any] | None:
    return texts.index if isinstance(texts, pd.Series) else None
