"""The autocoder: it codes answers as people decided and, where they did not, as the model does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from themawijzer.autocoding.audits import AuditSample
from themawijzer.autocoding.drift_watch import DriftWatch
from themawijzer.coding.certification import Certificate
from themawijzer.coding.codings import (
    SAYS_NOTHING,
    CodedBlock,
    Coding,
    Status,
    coding_by_model,
    coding_by_person,
    coding_uncounted,
    coding_undecided,
)
from themawijzer.coding.decisions import Limits, publish
from themawijzer.coding.drift import Likeness
from themawijzer.coding.review import uncertainty
from themawijzer.coding.skipped import Skipped
from themawijzer.language.kinds import AnswerKind
from themawijzer.learning.classifier import CodeframeClassifier
from themawijzer.learning.features import FeatureExtractor, Features
from themawijzer.learning.store import Model
from themawijzer.project.project import Project
from themawijzer.survey.annotations import AnsweredUnit, Unit
from themawijzer.survey.codebook import Codeframe, raise_parents
from themawijzer.survey.responses import Responses
from themawijzer.survey.survey import Question

BATCH = 1024  # texts that the model judges at once
UNDECIDED = {
    AnswerKind.EMPTY: Status.EMPTY,
    AnswerKind.NO_ANSWER: Status.NO_ANSWER,
    AnswerKind.NOT_DUTCH: Status.NOT_DUTCH,
    AnswerKind.REFERENCE: Status.REVIEW,
    AnswerKind.TOO_LONG: Status.REVIEW,
    AnswerKind.TEXT: Status.REVIEW,  # a codeframe that the model has not learned
}


@dataclass
class Autocoder:
    """Codes answers with what people decided and, where they did not, with the model."""

    project: Project
    model: Model
    extract: FeatureExtractor
    samples: Mapping[str, AuditSample]
    certificates: Mapping[str, Certificate]
    held_out: Mapping[AnsweredUnit, NDArray[np.float32]]
    errors: Mapping[AnsweredUnit, float]  # the probability that what people said is wrong
    watch: DriftWatch
    located: Mapping[Unit, AnsweredUnit]  # in the responses, to what people annotated

    def code(
        self, question: Question, responses: Responses, rows: slice, advance: Callable[[int], None]
    ) -> list[CodedBlock]:
        """One block per codeframe of the question, for these consecutive rows."""
        answers = responses.answers(question.column, rows.start, rows.stop)
        ids = responses.answers(self.project.survey.respondent_id, rows.start, rows.stop)
        distinct = list(dict.fromkeys(answers))
        kinds = dict(zip(distinct, self.project.kinds.of(distinct, [question.id] * len(distinct)), strict=True))
        texts = [answer for answer, kind in kinds.items() if kind is AnswerKind.TEXT]
        advance(len(answers) - len(texts))
        judged = self._judged(question, texts, advance)
        annotated = [row for row, respondent_id in enumerate(ids) if respondent_id in self._annotated]
        blocks = []
        for codeframe in map(self.project.codebook.codeframe, question.codeframes):
            by_model, likenesses = judged.get(codeframe.id, ([], []))
            by_text = dict(zip(texts, by_model, strict=bool(likenesses)))
            n_codes, base = len(codeframe.codes), question.base
            undecided = {kind: coding_undecided(status, n_codes, base) for kind, status in UNDECIDED.items()}
            codings = [by_text.get(answer) or undecided[kinds[answer]] for answer in answers]
            for row in annotated:
                unit, answer = Unit(ids[row], question.id, codeframe.id), answers[row]
                codings[row] = self._by_person(unit, codings[row], by_text.get(answer))
            blocks.append(CodedBlock(question, codeframe, codings))
            if likenesses:
                self.watch.add(blocks[-1], answers, texts, Likeness.joined(likenesses))
        return blocks

    @cached_property
    def _annotated(self) -> frozenset[str]:
        """The respondents of whom people annotated something."""
        return frozenset(unit.respondent_id for unit in self.located)

    @property
    def drifted(self) -> list[str]:
        """The codeframes of which the answers coded so far are unlike those that vouch for their coding."""
        return [name for name, verdict in self.watch.verdicts().items() if verdict.is_withdrawn]

    @property
    def skipped(self) -> dict[str, Skipped]:
        """The skipped answers of the random samples that are unlike the others, by codeframe."""
        return {name: sample.skipped for name, sample in self.samples.items() if sample.skipped}

    @property
    def uncertain(self) -> dict[str, NDArray[np.float64] | None]:
        """How uncertain the shares of each codeframe's codes (k,) are."""
        return {name: uncertainty(sample.audit) for name, sample in self.samples.items()}

    def as_unseen(self, block: CodedBlock, responses: Responses, rows: slice) -> CodedBlock:
        """The block of these rows with the model's predictions as if it had not learned from the text of an answer.

        Else answers with the text of a sampled one are predicted better than the sampled one, which biases shares.
        """
        answers = responses.answers(block.question.column, rows.start, rows.stop)
        name, coded = block.codeframe.id, list(zip(block.codings, answers, strict=True))
        held_out = {answer: self.held_out_texts.get((name, answer.lower().strip())) for answer in set(answers)}
        found = {(id(coding), answer): (coding, held_out[answer]) for coding, answer in coded}
        unseen = {
            key: coding if probabilities is None else replace(coding, probabilities=probabilities)
            for key, (coding, probabilities) in found.items()
        }
        return replace(block, codings=[unseen[id(coding), answer] for coding, answer in coded])

    @cached_property
    def held_out_texts(self) -> dict[tuple[str, str], NDArray[np.float32]]:
        """`held_out` by codeframe and text."""
        return by_text(self.project, self.held_out)

    def _judged(
        self, question: Question, texts: Sequence[str], advance: Callable[[int], None]
    ) -> dict[str, tuple[list[Coding], list[Likeness]]]:
        """By learned codeframe the codings of texts, and their likeness to learned ones, batch after batch."""
        learned = [codeframe for codeframe in question.codeframes if codeframe in self.model.classifiers]
        found: dict[str, tuple[list[Coding], list[Likeness]]] = {codeframe: ([], []) for codeframe in learned}
        for start in range(0, len(texts), BATCH):
            features = self.extract(texts[start : start + BATCH], advance=advance)
            for codeframe, (codings, likenesses) in found.items():
                likeness = self.model.classifiers[codeframe].likeness(features)
                codings += self._by_model(question, self.project.codebook.codeframe(codeframe), features, likeness)
                likenesses.append(likeness)
        return found

    def _by_model(
        self, question: Question, codeframe: Codeframe, features: Features, likeness: Likeness
    ) -> list[Coding]:
        limits = self.certificates[codeframe.id].limits
        if question.id not in self.samples[codeframe.id].questions:
            limits = replace(limits, doubt=None)
        is_unlike = self.watch.is_unlike(codeframe.id, likeness)
        return codings_by_model(self.model.classifiers[codeframe.id], codeframe, features, limits, is_unlike)

    def _by_person(self, unit: Unit, otherwise: Coding, by_model: Coding | None) -> Coding:
        annotated = self.located.get(unit)
        if annotated is None:
            return otherwise
        gold, codes = self.project.gold[annotated], self.project.codebook.codeframe(unit.codeframe).code_ids
        if otherwise.status in SAYS_NOTHING:  # whether or not a person saw it
            return coding_uncounted(otherwise, codes, gold) if gold.codes else otherwise
        probabilities = self.held_out.get(annotated, by_model.probabilities if by_model else None)
        return coding_by_person(codes, gold, probabilities, error=self.errors.get(annotated, 0.0))


def codings_by_model(
    classifier: CodeframeClassifier,
    codeframe: Codeframe,
    features: Features,
    limits: Limits,
    is_unlike: NDArray[np.bool_],
) -> list[Coding]:
    """The model's codings of n answers that nobody coded; `is_unlike` marks those unlike all that people coded."""
    parents, unlearned = codeframe.parent_positions, ~classifier.is_learned
    probabilities, given = classifier.predict_with_parents(features, parents)
    decisions, assigned = publish(probabilities, given, limits, unlearned=unlearned, parents=parents)
    words = classifier.contributing_words(features, assigned)
    probabilities[:, unlearned] = np.nan
    evidence = [{codeframe.code_ids[position]: found for position, found in word.items()} for word in words]
    rows = zip(decisions, assigned, probabilities, evidence, is_unlike.tolist(), strict=True)
    return [coding_by_model(*row, is_unlike=unlike) for *row, unlike in rows]


def held_out_of(project: Project, model: Model) -> dict[AnsweredUnit, NDArray[np.float32]]:
    """What the model says, without having learned from them, of the answers that it learned from."""
    found: dict[AnsweredUnit, NDArray[np.float32]] = {}
    for codeframe_id, classifier in model.classifiers.items():
        units = [unit for unit in project.gold if unit.codeframe == codeframe_id]
        said = model.held_out(codeframe_id, units)
        probabilities = raise_parents(said, project.codebook.codeframe(codeframe_id).parent_positions)
        probabilities[:, ~classifier.is_learned] = np.nan
        found |= {
            unit: probability
            for unit, probability in zip(units, probabilities, strict=True)
            if not np.isnan(probability).all()
        }
    return found


def by_text(
    project: Project, held_out: Mapping[AnsweredUnit, NDArray[np.float32]]
) -> dict[tuple[str, str], NDArray[np.float32]]:
    """What `held_out_of` gives, by codeframe and text."""
    return {
        (unit.codeframe, project.gold[unit].text.lower().strip()): probabilities
        for unit, probabilities in held_out.items()
    }
