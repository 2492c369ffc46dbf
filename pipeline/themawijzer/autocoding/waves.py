"""One survey as a wave: its answers to a question as two models see them, and as its people coded them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from themawijzer.autocoding.autocoder import by_text, held_out_of
from themawijzer.autocoding.trained import load_trained
from themawijzer.coding.comparison import Wave
from themawijzer.coding.numbers import Floats
from themawijzer.language.kinds import AnswerKind, kind_of
from themawijzer.learning.features import FeatureExtractor
from themawijzer.learning.store import Model
from themawijzer.project.project import Project
from themawijzer.survey.annotations import AnsweredUnit, Unit
from themawijzer.survey.codebook import raise_parents
from themawijzer.survey.gold import Gold
from themawijzer.survey.responses import Responses
from themawijzer.survey.survey import Question


@dataclass(frozen=True)
class WaveSurvey:
    """One of two compared surveys, with its responses and its model."""

    project: Project
    responses: Responses
    model: Model
    extract: FeatureExtractor

    @cached_property
    def located(self) -> Mapping[Unit, AnsweredUnit]:
        """Unit in the responses to the one that people annotated."""
        return self.project.locate(self.responses)

    @cached_property
    def held_out_texts(self) -> Mapping[tuple[str, str], NDArray[np.float32]]:
        return by_text(self.project, held_out_of(self.project, self.model))


@dataclass(frozen=True)
class WaveAnswers:
    """The n counted answers of a wave to a question, with their weights (n,) and what people decided of them."""

    question: Question
    texts: list[str]
    weights: Floats
    gold: list[Gold | None]

    @property
    def n_random(self) -> int:
        """How many are in the random sample."""
        return sum(gold is not None and gold.is_random for gold in self.gold)

    @property
    def n_left(self) -> int:
        """How many nobody coded."""
        return self.gold.count(None)


def open_side(project: Project) -> WaveSurvey:
    """The survey with its responses and model; raises InputError or ModelError that names what is missing."""
    return WaveSurvey(project, project.read_responses(), *load_trained(project))


def counted_answers(side: WaveSurvey, question: Question, codeframe: str) -> WaveAnswers:
    """The answers that say something by the question's base, of a weight above 0."""
    responses, ids = side.responses, side.responses.respondent_ids
    typed = responses.answers(question.column, 0, len(responses))
    annotated = [side.located.get(Unit(respondent_id, question.id, codeframe)) for respondent_id in ids]
    decided = [unit and side.project.gold[unit] for unit in annotated]
    weights = responses.weights(0, len(responses))
    says_something = question.no_answers.says_something
    rows = [row for row, text in enumerate(typed) if weights[row] > 0 and says_something(text)]
    return WaveAnswers(question, [typed[row] for row in rows], weights[rows], [decided[row] for row in rows])


def predictions(
    side: WaveSurvey, codeframe: str, codes: Sequence[str], answers: WaveAnswers, advance: Callable[[int], None]
) -> Floats:
    """What the side's model says of n answers (n, k), as if it had learned from none of them.

    0 for what is not asked of it: references, answers that are not Dutch, and codes that it has not learned.
    """
    texts, rule = answers.texts, answers.question.no_answers
    distinct = [text for text in dict.fromkeys(texts) if kind_of(text, rule) is AnswerKind.TEXT]
    advance(len(texts) - len(distinct))
    own, classifier = side.project.codebook.codeframe(codeframe), side.model.classifiers[codeframe]
    found = raise_parents(classifier.predict_proba(side.extract(distinct, advance=advance)), own.parent_positions)
    by_answer = {
        text: side.held_out_texts.get((codeframe, text.lower().strip()), probabilities)
        for text, probabilities in zip(distinct, found, strict=True)
    }
    places = [own.code_ids.index(code) for code in codes]
    rows = [by_answer.get(text, np.zeros(len(own.codes))) for text in texts]
    return np.nan_to_num(np.array(rows, dtype=np.float64).reshape(len(texts), -1)[:, places])


def wave(answers: WaveAnswers, codes: Sequence[str], by_model: tuple[Floats, Floats], place: int) -> Wave:
    """The answers as arrays; what people dispute of one is neither confirmed nor denied.

    Where people coded every answer, by chance or by choice, all of them are the sample.
    """
    confirmed = [[gold is not None and code in gold.codes for code in codes] for gold in answers.gold]
    denied = [[gold is not None and code not in gold.codes | gold.disputed for code in codes] for gold in answers.gold]
    is_audit = [not answers.n_left or (gold is not None and gold.is_random) for gold in answers.gold]
    yes, no = (np.array(matrix, bool).reshape(len(answers.texts), len(codes)) for matrix in (confirmed, denied))
    return Wave(by_model, place, yes, no, answers.weights, np.array(is_audit, bool))
