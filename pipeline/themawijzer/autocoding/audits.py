"""Certify what may be coded automatically, on the random sample that people coded."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor
from typing import Self

import numpy as np
from numpy.typing import NDArray

from themawijzer.autocoding.trained import random_sample
from themawijzer.coding.certification import Audit, Certificate, CertificateReason, certify, withdrawn
from themawijzer.coding.decisions import EVEN, answer_doubt
from themawijzer.coding.drawing import Candidate, drawn_until
from themawijzer.coding.drift import MIN_FRESH
from themawijzer.coding.evidence import ROUNDING, hypergeometric
from themawijzer.coding.numbers import Floats, Probabilities
from themawijzer.coding.skipped import Skipped, Trait, differing
from themawijzer.language.kinds import AnswerKind
from themawijzer.learning.features import FeatureExtractor
from themawijzer.learning.store import Model, answer_keys
from themawijzer.project.project import Project
from themawijzer.survey.annotations import AnsweredUnit, Unit
from themawijzer.survey.codebook import Codeframe, raise_parents
from themawijzer.survey.no_answers import NoAnswers
from themawijzer.survey.responses import Responses
from themawijzer.survey.survey import Question

BY_CHANCE = 1 / 4_300  # as rare as a signal of drift that is none


@dataclass(frozen=True)
class AuditSample:
    """The random sample of a codeframe as an audit, and the questions whose answers it speaks for.

    `n_waiting` of its answers are to be judged again. They share codes, so that the others are no random sample. Nor
    are they where `skipped` answers are unlike them, or where it `is_of_other_base`: it has too few of the answers that
    say nothing, such as "weet niet", which count. `is_all_coded` says that people coded every answer to any question,
    random or not.
    """

    audit: Audit
    questions: frozenset[str]
    n_waiting: int = 0
    is_all_coded: bool = False
    is_of_other_base: bool = False
    skipped: Skipped | None = None

    @property
    def unbounded(self) -> Self:
        """The same sample, for any number of answers like it instead of those of one survey."""
        return replace(self, audit=replace(self.audit, n_rest=None), is_all_coded=False)

    def certify(self, target: float) -> Certificate:
        """What may be automatic at the target."""
        certificate = certify(self.audit, target)
        if self.is_all_coded and certificate.reason is CertificateReason.NO_SAMPLE:
            return withdrawn(certificate, CertificateReason.ALL_CODED)
        if self.n_waiting:
            return withdrawn(certificate, CertificateReason.WAITING)
        if self.is_of_other_base:
            return withdrawn(certificate, CertificateReason.OTHER_BASE)
        return withdrawn(certificate, CertificateReason.SKIPPED) if self.skipped else certificate


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
    skipped = find_skipped(project, model, extract, codeframe, responses=responses, located=located)
    is_of_other_base = False
    if responses is not None and not is_all_coded:
        is_of_other_base = _is_of_other_base(project, codeframe.id, responses, present)
    n_waiting = project.undecided_sample[codeframe.id]
    return AuditSample(
        audit, questions, n_waiting, is_all_coded=is_all_coded, is_of_other_base=is_of_other_base, skipped=skipped
    )


def find_skipped(
    project: Project,
    model: Model,
    extract: FeatureExtractor,
    codeframe: Codeframe,
    *,
    responses: Responses | None,
    located: Mapping[Unit, AnsweredUnit],
) -> Skipped | None:
    """The answers of the random sample that were skipped, if they are unlike those that people coded."""
    if responses is None or project.undecided_sample[codeframe.id]:
        return None
    drawn: list[Candidate] = []
    n_draw = 0
    for question in project.survey.questions:
        if codeframe.id in question.codeframes:
            offered, n_more = _offered(project, question, codeframe.id, responses, located)
            drawn += offered
            n_draw = max(n_draw, n_more)
    coded = [located.get(Unit(own.respondent_id, own.question, codeframe.id)) for own in drawn]
    is_skipped = np.array([unit is None for unit in coded], dtype=np.bool_)
    if not is_skipped.any():
        return None
    numbers = {question: number for number, question in enumerate(project.survey.question_ids)}
    traits = _traits(project, model, extract, codeframe, drawn, coded=coded)
    unlike = differing(traits, is_skipped, np.array([numbers[own.question] for own in drawn]))
    n = int(is_skipped.sum())
    return Skipped(n, len(drawn) - n, n_draw, unlike) if unlike else None


def _offered(
    project: Project, question: Question, codeframe: str, responses: Responses, located: Mapping[Unit, AnsweredUnit]
) -> tuple[list[Candidate], int]:
    """The answers of the random sample, coded as such or by nobody, and how many until the last of them are not in it.

    None where nothing was skipped, or the order of the draw says nothing, as of a sample that was drawn elsewhere: then
    about all that nobody coded stand before the last one; nor where more were skipped than coded, as when answers came
    in since.
    """
    rule, seed = question.no_answers, project.survey.settings.seed

    def unit_of(own: Candidate) -> AnsweredUnit | None:
        return located.get(Unit(own.respondent_id, question.id, codeframe))

    def is_coded(own: Candidate) -> bool:
        unit = unit_of(own)
        return unit is not None and project.gold[unit].is_random

    def everybody() -> Iterator[Candidate]:  # anew each time: a million of them need not be kept
        for own, text in zip(responses.respondent_ids, responses.cells(question.column), strict=True):
            yield Candidate(own, question.id, text, (codeframe,))

    if not (last := list(filter(is_coded, everybody()))):
        return [], 0
    drawn = drawn_until(everybody(), last, seed=seed, fits=rule.says_something)
    coded, skipped = list(filter(is_coded, drawn)), [own for own in drawn if unit_of(own) is None]
    if not skipped:
        return [], 0
    n_left = sum(unit_of(own) is None and rule.says_something(own.text) for own in everybody())
    if len(skipped) >= len(coded) or 2 * len(skipped) >= n_left:
        return [], 0
    return [*coded, *skipped], len(drawn) - len(coded)


def _traits(
    project: Project,
    model: Model,
    extract: FeatureExtractor,
    codeframe: Codeframe,
    answers: Sequence[Candidate],
    *,
    coded: Sequence[AnsweredUnit | None],
) -> dict[Trait, Floats]:
    """The traits of n answers, of which people coded some; those of the model are NaN where it is not asked."""
    texts = [own.text for own in answers]
    kinds = project.kinds.of(texts, [own.question for own in answers])
    classifier = model.classifiers[codeframe.id]
    found = np.full((len(answers), len(codeframe.codes)), np.nan, dtype=np.float32)
    asked = [row for row, kind in enumerate(kinds) if kind is AnswerKind.TEXT]
    known = [row for row in asked if coded[row] is not None]
    new = [row for row in asked if coded[row] is None]
    if known:
        found[known] = _left_out(project, model, extract, codeframe, [unit for row in known if (unit := coded[row])])
    if new:
        predicted = classifier.predict_proba(extract([texts[row] for row in new]))
        found[new] = raise_parents(predicted, codeframe.parent_positions)
    telling = found[:, ~classifier.is_constant].astype(np.float64)
    return {
        Trait.LENGTH: np.array([len(text.split()) for text in texts], dtype=np.float64),
        Trait.DOUBT: answer_doubt(telling),
        Trait.OTHER_KIND: np.array([kind is not AnswerKind.TEXT for kind in kinds], dtype=np.float64),
    }


def lacks_silent(rule: NoAnswers, drawn: Sequence[str], typed: Iterable[str]) -> bool:
    """Whether answers that count and say nothing, such as "weet niet", are too rare among those drawn from all typed.

    They are where the sample was drawn before they counted, and where whoever drew it left them out.
    """
    drawn, typed = (list(filter(rule.says_something, texts)) for texts in (drawn, typed))
    n_drawn, n_typed = (sum(map(rule.counts_silent, texts)) for texts in (drawn, typed))
    return bool(drawn) and hypergeometric(n_drawn, len(drawn), n_typed, len(typed)) < BY_CHANCE


def _is_of_other_base(
    project: Project, codeframe: str, responses: Responses, present: Collection[AnsweredUnit]
) -> bool:
    drawn: dict[str, list[str]] = {}
    for unit in present:
        if unit.codeframe == codeframe and (gold := project.gold[unit]).is_random:
            drawn.setdefault(unit.question, []).append(gold.text)
    asked = {question.id: question for question in project.survey.questions}
    return any(
        lacks_silent(asked[name].no_answers, texts, responses.cells(asked[name].column))
        for name, texts in drawn.items()
    )


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
