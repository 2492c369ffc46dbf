"""Find the annotations that are probably wrong, by what the model says without having learned from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from themawijzer.coding.coefficients import Ratings, collect_ratings
from themawijzer.coding.label_errors import MOST_LOOKS, ErrorRates, LabelError, by_probability, find_errors
from themawijzer.coding.numbers import Bools, Floats, Ints, Probabilities
from themawijzer.project.project import Project
from themawijzer.survey.annotations import ADJUDICATOR, AnsweredUnit
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.gold import latest


@dataclass(frozen=True)
class ErrorFinder:
    """Finds errors in one codeframe, of which `held_out` has what the model says and `ratings` how coders agree.

    Left out are answers on which coders disagree, as the model did not learn from them, and adjudicated ones, which
    are settled.
    """

    project: Project
    codeframe: Codeframe
    held_out: Mapping[AnsweredUnit, Probabilities]
    ratings: Ratings

    @cached_property
    def rates(self) -> ErrorRates:
        """What is known of how often people were wrong."""
        return ErrorRates.fit(*self._arrays(self._gold), self.ratings, seed=self.project.survey.settings.seed)

    @property
    def errors(self) -> list[LabelError]:
        """What coders probably got wrong, in no order."""
        found = [
            (unit, coder, annotation.codes)
            for unit, by_coder in latest(self.project.placed_annotations).items()
            if unit in self._units
            for coder, annotation in by_coder.items()
            if annotation.codes <= {*self.codeframe.code_ids}
        ]
        arrays = self._arrays([(unit, self.codeframe.with_parents(codes)) for unit, _, codes in found])
        whose = [(unit, coder) for unit, coder, _ in found]
        return find_errors(whose, *arrays[:2], codes=self.codeframe.code_ids, chances=self.rates.chances(*arrays))

    @property
    def of_gold(self) -> dict[AnsweredUnit, float]:
        """The probability that what people say of a unit together is wrong."""
        chances = self.rates.chances(*self._arrays(self._gold)).mean(axis=0).tolist()
        return dict(zip(self._units, chances, strict=True))

    @cached_property
    def _units(self) -> dict[AnsweredUnit, Probabilities]:
        gold = self.project.gold
        return {
            unit: probabilities
            for unit, probabilities in self.held_out.items()
            if unit.codeframe == self.codeframe.id and not gold[unit].disputed and ADJUDICATOR not in gold[unit].coders
        }

    @property
    def _gold(self) -> list[tuple[AnsweredUnit, frozenset[str]]]:
        return [(unit, self.project.gold[unit].codes) for unit in self._units]

    @cached_property
    def _looks(self) -> Counter[tuple[AnsweredUnit, frozenset[str]]]:
        """How often somebody gave a unit these codes, their parents included."""
        rows = (row for own in self.project.placed_annotations.values() for row in own)
        return Counter((row.answered, self.codeframe.with_parents(row.codes)) for row in rows)

    def _arrays(self, said: Sequence[tuple[AnsweredUnit, frozenset[str]]]) -> tuple[Bools, Floats, Ints]:
        """What was given and what the model says (n, k), and how often it was said (n,)."""
        codes = self.codeframe.code_ids
        given = np.array([[code in chosen for code in codes] for _, chosen in said], dtype=bool)
        probabilities = np.array([self._units[unit] for unit, _ in said], dtype=np.float64)
        looks = np.clip([self._looks[one] for one in said], 1, MOST_LOOKS).astype(np.intp)
        return given.reshape(-1, len(codes)), probabilities.reshape(-1, len(codes)), looks


def error_finders(project: Project, ratings: Mapping[str, Ratings]) -> list[ErrorFinder]:
    """One per learned codeframe of those in `ratings`; raises ModelError where there is no model of this codebook."""
    # They load spaCy, which nothing else here needs.
    from themawijzer.autocoding.autocoder import held_out_of
    from themawijzer.learning.store import load_remembered

    model = load_remembered(project.folders.model, codebook=project.codebook)
    held_out = held_out_of(project, model)
    return [
        ErrorFinder(project, project.codebook.codeframe(name), held_out, ratings[name])
        for name in model.classifiers
        if name in ratings
    ]


def likely_gold_errors(project: Project, held_out: Mapping[AnsweredUnit, Probabilities]) -> dict[AnsweredUnit, float]:
    """The probability that what people say of a unit together is wrong, of the units in `held_out`."""
    found: dict[AnsweredUnit, float] = {}
    for codeframe in project.codebook.codeframes:
        ratings = collect_ratings(project.placed_annotations, codeframe)
        finder = ErrorFinder(project, codeframe, held_out, ratings)
        found |= finder.of_gold
    return found


def likely_errors(finders: Sequence[ErrorFinder]) -> list[LabelError]:
    """What coders probably got wrong, most probable first."""
    return by_probability(error for finder in finders for error in finder.errors)
