"""Certify what may be coded automatically, on the random sample that people coded."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.coding.certification import Audit, Certificate
from pipeline.coding.drift import MIN_FRESH
from pipeline.coding.evidence import Rate
from pipeline.commands.project import Project
from pipeline.learning.store import Model
from pipeline.survey.annotations import Unit
from pipeline.survey.codebook import Codeframe, raise_parents
from pipeline.survey.responses import Responses

DECIMALS = 4


def audits(project: Project, model: Model, responses: Responses | None) -> dict[str, Audit]:
    """Per learned codeframe the undisputed answers of the random sample that the model has learned from.

    Those among the responses, where there are enough: of a new wave they say more than those of the last one.
    """
    answers = _answers(responses) if responses else {}
    return {
        codeframe: _audit(project, model, project.codebook.codeframe(codeframe), answers)
        for codeframe in model.classifiers
    }


def _audit(project: Project, model: Model, codeframe: Codeframe, answers: dict[str, dict[str, str]]) -> Audit:
    gold = project.gold
    drawn = [
        unit for unit in gold if unit.codeframe == codeframe.id and gold[unit].is_random and not gold[unit].disputed
    ]
    held_out = raise_parents(model.held_out(codeframe.id, drawn), codeframe.parent_positions)
    is_known = ~np.isnan(held_out).any(axis=1)
    is_fresh = np.array([_answer(answers, unit) == gold[unit].text for unit in drawn], dtype=bool)
    if (is_known & is_fresh).sum() >= MIN_FRESH:
        is_known &= is_fresh
    truth = [[code in gold[unit].codes for code in codeframe.code_ids] for unit in drawn]
    n_answers = sum(
        len(answers.get(question.id, {}))
        for question in project.survey.questions
        if codeframe.id in question.codeframes
    )
    return Audit(
        probabilities=held_out[is_known],
        truth=np.array(truth, dtype=np.bool_).reshape(len(drawn), len(codeframe.codes))[is_known],
        n_rest=max(n_answers - int(is_fresh.sum()), 0),
    )


def _answers(responses: Responses) -> dict[str, dict[str, str]]:
    """Per question what every respondent who typed something typed."""
    ids = [respondent_id.lstrip("0") for respondent_id in responses.respondent_ids]
    return {
        question.id: {
            respondent_id: answer
            for respondent_id, answer in zip(ids, responses.answers(question.column, 0, len(responses)), strict=True)
            if answer.strip()
        }
        for question in responses.survey.questions
    }


def _answer(answers: dict[str, dict[str, str]], unit: Unit) -> str | None:
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
