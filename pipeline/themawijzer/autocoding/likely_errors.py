"""Find the annotations that are probably wrong, by what the model says without having learned from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from themawijzer.coding.coefficients import Ratings
from themawijzer.coding.label_errors import LabelError, by_probability, error_rate, find_errors
from themawijzer.project.project import Project
from themawijzer.survey.annotations import ADJUDICATOR, Annotation, AnsweredUnit
from themawijzer.survey.codebook import Codeframe, raise_parents
from themawijzer.survey.gold import latest

if TYPE_CHECKING:
    from themawijzer.learning.store import Model


def likely_errors(project: Project, ratings: dict[str, Ratings]) -> list[LabelError]:
    """What coders probably got wrong, most probable first; `ratings` has per codeframe how they agree.

    Raises ModelError where there is no model of this codebook. Left out are answers on which coders disagree, as the
    model did not learn from them, and adjudicated ones, which are settled.
    """
    from themawijzer.learning.store import load_remembered  # loads spaCy, which nothing else here needs

    model = load_remembered(project.folders.model, codebook=project.codebook)
    found: list[LabelError] = []
    for codeframe in (project.codebook.codeframe(name) for name in model.classifiers if name in ratings):
        rows = [
            (unit, coder, annotation)
            for unit, by_coder in latest(project.placed_annotations).items()
            if unit.codeframe == codeframe.id and ADJUDICATOR not in by_coder
            for coder, annotation in by_coder.items()
            if _is_of_gold(unit, annotation, project)
        ]
        found += _errors_in(rows, codeframe, model, error_rate(ratings[codeframe.id]))
    return by_probability(found)


def _is_of_gold(unit: AnsweredUnit, annotation: Annotation, project: Project) -> bool:
    """Whether the annotation counts: its unit has a gold, and its codes still exist."""
    codes = project.codebook.codeframe(unit.codeframe).code_ids
    return unit in project.gold and annotation.codes <= set(codes)


def _errors_in(
    rows: list[tuple[AnsweredUnit, str, Annotation]], codeframe: Codeframe, model: Model, rate: float | None
) -> list[LabelError]:
    codes = codeframe.code_ids
    held_out = model.held_out(codeframe.id, [unit for unit, _, _ in rows])
    probabilities = raise_parents(held_out.astype(np.float64), codeframe.parent_positions)
    probabilities[:, ~model.classifiers[codeframe.id].is_learned] = np.nan
    sets = [codeframe.with_parents(annotation.codes) for _, _, annotation in rows]
    given = np.array([[code in chosen for code in codes] for chosen in sets], dtype=bool).reshape(-1, len(codes))
    whose = [(unit, coder) for unit, coder, _ in rows]
    return find_errors(whose, given, probabilities, codes=codes, rate=rate)
