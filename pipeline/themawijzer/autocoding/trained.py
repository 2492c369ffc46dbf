"""The trained model of a survey, with the features and answers that it was trained on."""

import numpy as np

from themawijzer.language.kinds import AnswerKind, Kinds
from themawijzer.learning.examples import Examples, collect_examples
from themawijzer.learning.features import FeatureExtractor, load_extractor
from themawijzer.learning.neighbors import chosen_texts
from themawijzer.learning.store import Model, load_model, require_model
from themawijzer.project.project import Project
from themawijzer.survey.annotations import AnsweredUnit
from themawijzer.survey.responses import Responses


def extractor_of(project: Project) -> FeatureExtractor:
    """The feature extractor that the survey's settings name."""
    settings = project.survey.settings
    return load_extractor(settings.spacy_pipeline, settings.encoder, project.folders.cache)


def load_trained(project: Project) -> tuple[Model, FeatureExtractor]:
    """The survey's model and the features it was trained on; raises ModelError when they do not belong together."""
    require_model(project.folders.model)  # said at once, not after the encoder has been loaded
    extract = extractor_of(project)
    model = load_model(
        project.folders.model, codebook=project.codebook, tokenizer=extract.tokenizer.name, encoder=extract.encoder.name
    )
    return model, extract


def load_pools(project: Project, examples: dict[str, Examples], responses: Responses | None) -> dict[str, list[str]]:
    """Per codeframe a choice of the survey's answers together with all annotated ones, every text once."""
    chosen = {codeframe: _choice(responses, codeframe, project.kinds) if responses else set() for codeframe in examples}
    return {codeframe: sorted(chosen[codeframe] | set(example.texts)) for codeframe, example in examples.items()}


def random_sample(project: Project, codeframe: str) -> list[AnsweredUnit]:
    """The coded answers of the random sample that the model is asked about."""
    drawn = [unit for unit, gold in project.gold.items() if unit.codeframe == codeframe and gold.is_random]
    kinds = project.kinds.of([project.gold[unit].text for unit in drawn], [unit.question for unit in drawn])
    return [unit for unit, kind in zip(drawn, kinds, strict=True) if kind is AnswerKind.TEXT]


def n_not_learned_from(project: Project, model: Model, codeframe: str) -> int:
    """How many answers that can be learned from were annotated after the model was trained."""
    units = collect_examples(project.gold, project.codebook.codeframe(codeframe), kinds=project.kinds).units
    return int(np.isnan(model.held_out(codeframe, units)).any(axis=1).sum())


def _choice(responses: Responses, codeframe: str, kinds: Kinds) -> set[str]:
    """Of the answers to the codeframe's questions."""
    questions = [question for question in responses.survey.questions if codeframe in question.codeframes]
    answers = (answer for question in questions for answer in responses.answers(question.column, 0, len(responses)))
    return set(chosen_texts(answers, kinds, [question.id for question in questions]))
