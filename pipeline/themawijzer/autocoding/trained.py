"""What takes seconds to load: responses, the way from answers to features, and the model trained with it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from themawijzer.language.encoders import CachedEncoder, load_encoder
from themawijzer.language.kinds import AnswerKind, Kinds
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.examples import Examples, collect_examples
from themawijzer.learning.features import FeatureExtractor
from themawijzer.learning.neighbors import spread
from themawijzer.learning.store import Model, load_model, require_model
from themawijzer.project.project import Project
from themawijzer.survey.annotations import Unit
from themawijzer.survey.responses import Responses


def load_extractor(project: Project) -> FeatureExtractor:
    """The way from raw answers to features that the survey's settings name."""
    settings, cache = project.survey.settings, project.folders.cache
    encoder = CachedEncoder(load_encoder(settings.encoder), cache / "vectors")
    return FeatureExtractor(load_tokenizer(settings.spacy_pipeline, cache=cache / "words"), encoder)


def load_trained(project: Project) -> tuple[Model, FeatureExtractor]:
    """The survey's model and the features it was trained on; raises ModelError when they do not belong together."""
    require_model(project.folders.model)  # said at once, not after the encoder has been loaded
    extract = load_extractor(project)
    model = load_model(
        project.folders.model,
        codebook=project.codebook,
        tokenizer=extract.tokenizer.name,
        encoder=extract.encoder.name,
    )
    return model, extract


def load_pools(project: Project, examples: dict[str, Examples]) -> dict[str, list[str]]:
    """Per codeframe what the survey's answers look like: a choice of them, and the annotated ones, each text once.

    A survey that has annotations and no responses yet has only the annotated ones.
    """
    responses = project.read_any_responses()
    chosen = {codeframe: _choice(responses, codeframe, project.kinds) if responses else set() for codeframe in examples}
    return {codeframe: sorted(chosen[codeframe] | set(each.texts)) for codeframe, each in examples.items()}


def random_sample(project: Project, codeframe: str) -> list[Unit]:
    """The answers that were drawn at random and coded, without those that the model is not asked about."""
    drawn = [unit for unit, gold in project.gold.items() if unit.codeframe == codeframe and gold.is_random]
    kinds = project.kinds.of([project.gold[unit].text for unit in drawn])
    return [unit for unit, kind in zip(drawn, kinds, strict=True) if kind is AnswerKind.TEXT]


def n_not_learned_from(project: Project, model: Model, codeframe: str) -> int:
    """How many answers that can be learned from were annotated after the model was trained."""
    units = collect_examples(project.gold, project.codebook.codeframe(codeframe), kinds=project.kinds).units
    return int(np.isnan(model.held_out(codeframe, project.with_texts(units))).any(axis=1).sum())


def _choice(responses: Responses, codeframe: str, kinds: Kinds) -> set[str]:
    """Of the answers to the codeframe's questions."""
    columns = [question.column for question in responses.survey.questions if codeframe in question.codeframes]
    answers = (answer for column in columns for answer in responses.answers(column, 0, len(responses)))
    return set(chosen_texts(answers, kinds))


def chosen_texts(answers: Iterable[str], kinds: Kinds) -> list[str]:
    """An even choice of the different answers, as many as `Neighbors` remembers, that can be coded."""
    texts = sorted(set(answers))
    chosen = [texts[row] for row in spread(len(texts))]
    return [text for text, kind in zip(chosen, kinds.of(chosen), strict=True) if kind is AnswerKind.TEXT]
