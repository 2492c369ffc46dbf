"""Certify what may be coded automatically, on the random sample that people coded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pipeline.coding.certification import Audit, Certificate
from pipeline.coding.drift import MIN_FRESH
from pipeline.coding.evidence import Rate
from pipeline.commands.loading import random_sample
from pipeline.commands.project import Project
from pipeline.language.kinds import says_something
from pipeline.learning.classifier import Probabilities
from pipeline.learning.features import FeatureExtractor
from pipeline.learning.store import Model
from pipeline.survey.annotations import Unit
from pipeline.survey.codebook import Codeframe, raise_parents
from pipeline.survey.responses import Responses

DECIMALS = 4


def audits(project: Project, model: Model, extract: FeatureExtractor, responses: Responses | None) -> dict[str, Audit]:
    """Per learned codeframe the undisputed answers of the random sample, each as if the model had not learned from it.

    Those among the responses, where there are enough: of a new wave they say more than those of the last one.
    """
    answers = _answers(responses) if responses else {}
    return {
        codeframe: _audit(project, model, extract, project.codebook.codeframe(codeframe), answers)
        for codeframe in model.classifiers
    }


def _audit(
    project: Project,
    model: Model,
    extract: FeatureExtractor,
    codeframe: Codeframe,
    answers: Mapping[str, Mapping[str, str]],
) -> Audit:
    drawn = random_sample(project, codeframe.id)
    fresh = [unit for unit in drawn if _answer(answers, unit) == project.gold[unit].text]
    units = fresh if len(fresh) >= MIN_FRESH else drawn
    truth = [[code in project.gold[unit].codes for code in codeframe.code_ids] for unit in units]
    n_answers = sum(
        len(answers.get(question.id, {}))
        for question in project.survey.questions
        if codeframe.id in question.codeframes
    )
    return Audit(
        probabilities=_held_out(project, model, extract, codeframe, units),
        truth=np.array(truth, dtype=np.bool_).reshape(len(units), len(codeframe.codes)),
        n_rest=max(n_answers - len(fresh), 0),
    )


def _held_out(
    project: Project, model: Model, extract: FeatureExtractor, codeframe: Codeframe, units: list[Unit]
) -> Probabilities:
    """What the model says of the answers (n, k); of those annotated since it was trained, what it says anyway."""
    found = model.held_out(codeframe.id, units)
    new = np.flatnonzero(np.isnan(found).any(axis=1))
    if len(new):
        features = extract([project.gold[units[row]].text for row in new])
        found[new] = model.classifiers[codeframe.id].predict_proba(features)
    return np.asarray(raise_parents(found, codeframe.parent_positions))


def _answers(responses: Responses) -> dict[str, dict[str, str]]:
    """Per question what every respondent who said something typed."""
    ids = [respondent_id.lstrip("0") for respondent_id in responses.respondent_ids]
    return {
        question.id: {
            respondent_id: answer
            for respondent_id, answer in zip(ids, responses.answers(question.column, 0, len(responses)), strict=True)
            if says_something(answer)
        }
        for question in responses.survey.questions
    }


def _answer(answers: Mapping[str, Mapping[str, str]], unit: Unit) -> str | None:
    return answers.get(unit.question, {}).get(unit.respondent_id.lstrip("0"))


def certificate_facts(certificate: Certificate, codeframe: Codeframe) -> dict[str, Any]:
    """The certificate as it is stored."""
    limits, quality = certificate.limits, certificate.quality
    codes = zip(codeframe.code_ids, certificate.codes, strict=True)
    return {
        "target": limits.target,
        "certified": certificate.is_certified,
        "reason": certificate.reason.value,
        "random_answers": certificate.n,
        "random_answers_needed": certificate.n_more,
        "limit": None if limits.doubt is None else round(limits.doubt, DECIMALS),
        "automatic": certificate.whole_set.n,
        "whole_set": _rate_facts(certificate.whole_set),
        "precision": _rate_facts(quality.precision),
        "completeness": _rate_facts(quality.completeness),
        "recall": _rate_facts(quality.recall),
        "codes": {
            code: {
                "verdict": each.verdict.value,
                "random_answers_needed": each.n_more,
                "precision": _rate_facts(each.quality.precision),
                "completeness": _rate_facts(each.quality.completeness),
                "recall": _rate_facts(each.quality.recall),
            }
            for code, each in codes
        },
    }


def _rate_facts(rate: Rate) -> dict[str, Any]:
    return {"right": rate.n_right, "of": rate.n, "at_least": round(rate.low, DECIMALS)}
