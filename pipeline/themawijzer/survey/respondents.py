"""Whose answer an annotation is about: one rule for commands, imports and the page.

An annotation belongs to the respondent with its id who gave the annotated answer, or else to the only respondent who
gave it and whose id differs only in leading zeros and outer blanks, which spreadsheets remove.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Self

import pandas as pd

from themawijzer.survey.annotations import Annotation, AnsweredUnit, Unit, about, bare, reads_as
from themawijzer.survey.gold import latest
from themawijzer.survey.responses import Responses


class Unfound(StrEnum):
    """Why no respondent is found for an annotation."""

    ABSENT = "absent"  # no respondent has its id
    CHANGED = "changed"  # the respondent's answer reads differently
    AMBIGUOUS = "ambiguous"  # several respondents have such an id and typed this answer


@dataclass(frozen=True)
class Respondents:
    """Who typed what: per question the answer by respondent id."""

    answers: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, responses: Responses | None, units: Iterable[Unit | AnsweredUnit] | None = None) -> Self:
        """Those of the responses; of millions only who can have these units, where they are given."""
        if responses is None:
            return cls({})
        table, survey = responses.table, responses.survey
        columns = [survey.respondent_id, *(question.column for question in survey.questions)]
        frame = pd.DataFrame({column: table.texts(column) for column in columns})
        if units is not None:
            wanted = {bare(unit.respondent_id) for unit in units}
            frame = frame[[bare(respondent_id) in wanted for respondent_id in responses.cells(survey.respondent_id)]]
        ids = frame[survey.respondent_id].tolist()
        return cls(
            {question.id: dict(zip(ids, frame[question.column].tolist(), strict=True)) for question in survey.questions}
        )

    @cached_property
    def ids(self) -> Mapping[str, list[str]]:
        """The ids, by the id without leading zeros and outer blanks."""
        found: dict[str, list[str]] = {}
        for respondent_id in next(iter(self.answers.values()), {}):
            found.setdefault(bare(respondent_id), []).append(respondent_id)
        return found

    def find(self, respondent_id: str, question: str, text: str | None) -> str | Unfound:
        """The id in the responses of who gave this answer (None: any answer) to the question, or why there is none.

        An equal id goes first; of other ids exactly one may fit.
        """
        answers, alike = self.answers.get(question, {}), self.ids.get(bare(respondent_id), [])
        fitting = [other for other in alike if other in answers and (text is None or _can_be(answers[other], text))]
        same = [other for other in (respondent_id, respondent_id.strip()) if other in fitting]
        if same or len(fitting) == 1:
            return (same or fitting)[0]
        return Unfound.AMBIGUOUS if fitting else Unfound.CHANGED if answers and alike else Unfound.ABSENT

    def restore(self, annotation: Annotation, *, needs_text: bool = True) -> tuple[Annotation, Unfound | None]:
        """The annotation with id and answer as in the responses, else unchanged, and why no respondent is found.

        Without an answer it is found by its id alone, unless it `needs_text`.
        """
        text = annotation.text if needs_text or annotation.text.strip() else None
        found = self.find(annotation.respondent_id, annotation.question, text)
        if isinstance(found, Unfound):
            return annotation, found
        return replace(annotation, respondent_id=found, text=self.answers[annotation.question][found]), None

    def place(self, annotations: Mapping[str, Iterable[Annotation]]) -> dict[str, list[Annotation]]:
        """Each coder's annotations with the ids and answers of the responses, where they find theirs.

        Of respondents who are not in the responses, `7` becomes `007` where that is the only longer id under which the
        same answer was annotated, unless one coder annotated both.
        """
        placed = self._restore_all(annotations)
        ids: dict[tuple[str, ...], dict[str, set[str]]] = {}
        for coder, rows in placed.items():
            for annotation, why in rows:
                if why is Unfound.ABSENT:
                    ids.setdefault(about(annotation), {}).setdefault(annotation.respondent_id, set()).add(coder)
        return {
            coder: [_lengthened(annotation, ids) if why is Unfound.ABSENT else annotation for annotation, why in rows]
            for coder, rows in placed.items()
        }

    def _restore_all(
        self, annotations: Mapping[str, Iterable[Annotation]]
    ) -> dict[str, list[tuple[Annotation, Unfound | None]]]:
        """What `restore` gives of each; a respondent's annotation yields to one that has the id of who is found."""
        found = {coder: [(own, *self.restore(own)) for own in rows] for coder, rows in annotations.items()}
        is_same = {
            placed.answered
            for rows in found.values()
            for own, placed, why in rows
            if why is None and placed.respondent_id == own.respondent_id.strip()
        }
        return {
            coder: [
                (own, Unfound.CHANGED)
                if placed.respondent_id != own.respondent_id.strip()
                and own.respondent_id.strip() in self.answers.get(own.question, {})
                and placed.answered in is_same
                else (placed, why)
                for own, placed, why in rows
            ]
            for coder, rows in found.items()
        }

    def locate(self, texts: Mapping[AnsweredUnit, str]) -> dict[Unit, AnsweredUnit]:
        """Unit in the responses to the annotated one that is about it; `texts` has what was annotated."""
        located: dict[Unit, AnsweredUnit] = {}
        for answered, text in texts.items():
            found = self.find(answered.respondent_id, answered.question, text)
            if not isinstance(found, Unfound):
                unit = Unit(found, answered.question, answered.codeframe)
                if unit not in located or found == answered.respondent_id:
                    located[unit] = answered
        return located

    def count_unfound(self, annotations: Mapping[str, Iterable[Annotation]]) -> dict[str, Counter[Unfound]]:
        """Coder to how many of their last annotations have no respondent, and why; only coders who have any."""
        last: dict[str, list[Annotation]] = {}
        for by_coder in latest(annotations).values():
            for coder, annotation in by_coder.items():
                last.setdefault(coder, []).append(annotation)
        found = {coder: [why for _, why in rows if why] for coder, rows in self._restore_all(last).items()}
        return {coder: Counter(reasons) for coder, reasons in sorted(found.items()) if reasons}


def _lengthened(annotation: Annotation, ids: Mapping[tuple[str, ...], Mapping[str, set[str]]]) -> Annotation:
    own, coders = annotation.respondent_id, ids[about(annotation)]
    longer = coders.keys() - {own}
    is_shortened = own == bare(own) and len(longer) == 1 and coders[own].isdisjoint(coders[min(longer)])
    return replace(annotation, respondent_id=min(longer)) if is_shortened else annotation


def _can_be(typed: str, returned: str) -> bool:
    """Whether the returned text can be the typed one after a spreadsheet saved it."""
    if reads_as(typed, returned):
        return True
    return not _is_kept(typed) and any(
        _saved(typed, fits=fits) == _saved(returned, fits=fits) for fits in (True, False)
    )


def _saved(text: str, *, fits: bool) -> str:
    """The text as Excel saves it in Windows-1252: "?" for a character that is not there, or the letter that `fits`."""
    kept = "".join(character if _is_kept(character) else _instead(character, fits=fits) for character in text)
    return re.sub(r"\?+", "?", "\n".join(kept.splitlines()))  # an emoji becomes several


def _instead(character: str, *, fits: bool) -> str:
    letter = unicodedata.normalize("NFKD", character)[0]
    return letter if fits and letter.isascii() else "?"


def _is_kept(text: str) -> bool:
    return text.encode("cp1252", "ignore").decode("cp1252") == text
