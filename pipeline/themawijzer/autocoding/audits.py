"""Certify what may be coded automatically, on the random sample that people coded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor
from typing import Self

import numpy as np
from numpy.typing import NDArray

from themawijzer.autocoding.trained import random_sample
from themawijzer.coding.certification import Audit, Certificate, CertificateReason, certify, withdrawn
from themawijzer.coding.decisions import EVEN
from themawijzer.coding.drift import MIN_FRESH
from themawijzer.coding.evidence import ROUNDING
from themawijzer.coding.numbers import Probabilities
from themawijzer.learning.features import FeatureExtractor
from themawijzer.learning.store import Model, answer_keys
from themawijzer.project.project import Project
from themawijzer.survey.annotations import AnsweredUnit, Unit
from themawijzer.survey.codebook import Codeframe, raise_parents
from themawijzer.survey.responses import Responses


@dataclass(frozen=True)
class AuditSample:
    """The random sample of a codeframe as an audit, and the questions whose answers it speaks for.

    `n_waiting` of its answers are to be judged again. They share codes, so that the others are no random sample.
    `is_all_coded` says that people coded every answer to any question, random or not.
    """

    audit: Audit
    questions: frozenset[str]
    n_waiting: int = 0
    is_all_coded: bool = False

    @property
    def unbounded(self) -> Self:
        """The same sample, for any number of answers like it instead of those of one survey."""
        return replace(self, audit=replace(self.audit, n_rest=None), is_all_coded=False)

    def certify(self, target: float) -> Certificate:
        """What may be automatic at the target."""
        certificate = certify(self.audit, target)
        if self.is_all_coded and certificate.reason is CertificateReason.NO_SAMPLE:
            return withdrawn(certificate, CertificateReason.ALL_CODED)
        return withdrawn(certificate, CertificateReason.WAITING) if self.n_waiting else certificate


def audit_samples(
    project: Project,
    model: Model,
    extract: FeatureExtractor,
    responses: Responses | None,
    located: Mapping[Unit, AnsweredUnit],
) -> dict[str, AuditSample]:
    """The random sample per learned codeframe, predicted as if the model had not learned from it.

    Only answers among the responses where there are enough of those: they say more about a new wave.
    """
    return {
        codeframe: _sample(project, model, extract, codeframe, responses=responses, located=located)
        for codeframe in model.classifiers
    }


def _sample(
    project: Project,
    model: Model,
    extract: FeatureExtractor,
    codeframe_id: str,
    *,
    responses: Responses | None,
    located: Mapping[Unit, AnsweredUnit],
) -> AuditSample:
    codeframe = project.codebook.codeframe(codeframe_id)
    drawn = random_sample(project, codeframe.id)
    n_typed, present = _count_answers(project, codeframe, responses), set(located.values())
    fresh = [unit for unit in drawn if unit in present]
    n_answers = n_typed or Counter(unit.question for unit in drawn)
    units, questions = evenly_drawn(fresh if len(fresh) >= MIN_FRESH else drawn, n_answers)
    probabilities = _left_out(project, model, extract, codeframe, units)
    rules = project.survey.no_answers
    annotated = [unit for unit in present if unit.codeframe == codeframe.id]
    said = Counter(unit.question for unit in annotated if rules[unit.question].says_something(project.gold[unit].text))
    n_rest = sum(n_typed[question] - said[question] for question in questions)
    truth = _truth(project, codeframe, units, probabilities)
    is_constant = model.classifiers[codeframe.id].is_constant
    audit = Audit(probabilities, truth, n_rest if responses else None, is_constant)
    is_all_coded = responses is not None and n_typed.total() <= said.total()
    return AuditSample(audit, questions, project.undecided_sample[codeframe.id], is_all_coded)


def _count_answers(project: Project, codeframe: Codeframe, responses: Responses | None) -> Counter[str]:
    """Per question of the codeframe how many answers say something."""
    questions = [question for question in project.survey.questions if codeframe.id in question.codeframes]
    if responses is None:
        return Counter()
    return Counter({own.id: sum(map(own.no_answers.says_something, responses.cells(own.column))) for own in questions})


def evenly_drawn(
    units: Sequence[AnsweredUnit], n_answers: Mapping[str, int]
) -> tuple[list[AnsweredUnit], frozenset[str]]:
    """Units in proportion to the answers of every question, and the questions that they represent.

    Where one question was sampled more densely than another, the surplus is left out at random, by a hash. Questions
    with less than half of the highest density are left out as a whole.
    """
    counts = Counter(unit.question for unit in units)
    density = {question: counts[question] / max(n, 1) for question, n in n_answers.items()}
    least = max(density.values(), default=0) / 2
    covered = {question: share for question, share in density.items() if share and share >= least}
    left = {question: floor(min(covered.values()) * n_answers[question] + ROUNDING) for question in covered}
    kept = []
    for unit in sorted(units, key=lambda unit: answer_keys([unit._replace(lines=())])[0]):
        if left.get(unit.question, 0) > 0:
            left[unit.question] -= 1
            kept.append(unit)
    return kept, frozenset(covered)


def _truth(
    project: Project, codeframe: Codeframe, units: Sequence[AnsweredUnit], probabilities: Probabilities
) -> NDArray[np.bool_]:
    """What people say (n, k); where they disagree, the opposite of the model, as such answers are hard."""
    given = probabilities >= EVEN
    truth = np.zeros(given.shape, dtype=np.bool_)
    for row, unit in enumerate(units):
        gold = project.gold[unit]
        truth[row] = [code in gold.codes for code in codeframe.code_ids]
        is_disputed = np.array([code in gold.disputed for code in codeframe.code_ids])
        truth[row, is_disputed] = ~given[row, is_disputed]
    return truth


def _left_out(
    project: Project, model: Model, extract: FeatureExtractor, codeframe: Codeframe, units: list[AnsweredUnit]
) -> Probabilities:
    """The model's probabilities (n, k), as if it had not learned from these answers."""
    found = model.left_out(codeframe.id, units)
    new = np.flatnonzero(np.isnan(found).any(axis=1))
    if len(new):
        features = extract([project.gold[units[row]].text for row in new])
        found[new] = model.classifiers[codeframe.id].predict_proba(features)
    return np.asarray(raise_parents(found, codeframe.parent_positions))
