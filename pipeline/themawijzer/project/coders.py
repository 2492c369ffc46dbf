"""How far the coders of a survey agree."""

from __future__ import annotations

from dataclasses import dataclass

from themawijzer.coding.advice import Judgement, judge
from themawijzer.coding.coefficients import Agreement, Ratings, collect_ratings, measure
from themawijzer.coding.confusions import Confusion, count_confusions
from themawijzer.project.project import Project


@dataclass(frozen=True)
class CoderAgreement:
    """How far the coders of one codeframe agree: all of them, and every two of more than two."""

    codeframe: str
    ratings: Ratings
    measured: list[Agreement]
    pairs: list[list[Agreement]]
    judgements: list[Judgement]
    confusions: list[Confusion]


def agreement_of(project: Project) -> list[CoderAgreement]:
    """How far coders agree in each codeframe that was annotated."""
    found = [
        (codeframe.id, collect_ratings(project.annotations, codeframe)) for codeframe in project.codebook.codeframes
    ]
    return [agreed(codeframe, ratings, project.survey.settings.seed) for codeframe, ratings in found if ratings.coders]


def agreed(codeframe: str, ratings: Ratings, seed: int) -> CoderAgreement:
    """How far the coders in these ratings agree, with what to do about it."""
    measured = measure(ratings, seed=seed)
    pairs = [measure(pair, seed=seed) for pair in ratings.pairs] if len(ratings.coders) > 2 else []
    return CoderAgreement(codeframe, ratings, measured, pairs, judge(measured, ratings), count_confusions(ratings))
