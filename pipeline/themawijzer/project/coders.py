"""How far the coders of a survey agree."""

from collections import Counter
from dataclasses import dataclass, replace

from themawijzer.coding.advice import Judgement, judge
from themawijzer.coding.coefficients import Agreement, Confusion, Ratings, collect_ratings, count_confusions, measure
from themawijzer.project.project import Project
from themawijzer.survey.annotations import ADJUDICATOR
from themawijzer.survey.gold import latest


@dataclass(frozen=True)
class CoderAgreement:
    """How far the coders of one codeframe agree: all together, and in pairs where there are more than two.

    `n_for_second` answers were coded by one coder only, so that a second one can be asked.
    """

    codeframe: str
    ratings: Ratings
    measured: list[Agreement]
    pairs: list[list[Agreement]]
    judgements: list[Judgement]
    confusions: list[Confusion]
    n_for_second: int = 0


def coder_agreements(project: Project) -> list[CoderAgreement]:
    """How far coders agree in each codeframe that was annotated."""
    annotations, seed = project.placed_annotations, project.survey.settings.seed
    found = {codeframe.id: collect_ratings(annotations, codeframe) for codeframe in project.codebook.codeframes}
    said = latest(annotations)
    located = project.locate(project.own_responses).values()
    alone = Counter(unit.codeframe for unit in located if len(said[unit].keys() - {ADJUDICATOR}) == 1)
    return [
        replace(coder_agreement(codeframe, ratings, seed), n_for_second=alone[codeframe])
        for codeframe, ratings in found.items()
        if ratings.coders
    ]


def coder_agreement(codeframe: str, ratings: Ratings, seed: int) -> CoderAgreement:
    """How far the coders in these ratings agree, with advice per code."""
    measured = measure(ratings, seed=seed)
    pairs = [measure(pair, seed=seed) for pair in ratings.pairs] if len(ratings.coders) > 2 else []
    return CoderAgreement(codeframe, ratings, measured, pairs, judge(measured, ratings), count_confusions(ratings))
