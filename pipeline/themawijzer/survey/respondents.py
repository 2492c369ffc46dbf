"""What respondents typed, found again after a spreadsheet changed ids and answers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

from themawijzer.survey.annotations import Annotation, Unit
from themawijzer.survey.answers import bare, reads_as
from themawijzer.survey.responses import Responses


@dataclass(frozen=True)
class Typed:
    """What respondents typed: per question the answer by id, and the ids by what is left of them without zeros."""

    answers: Mapping[str, Mapping[str, str]]
    ids: Mapping[str, list[str]]

    @classmethod
    def of(cls, responses: Responses | None) -> Typed:
        if responses is None:
            return cls({}, {})
        ids: dict[str, list[str]] = {}
        for respondent_id in responses.respondent_ids:
            ids.setdefault(bare(respondent_id.strip()), []).append(respondent_id)
        columns = {question.id: question.column for question in responses.survey.questions}
        answers = {
            question: dict(zip(responses.respondent_ids, responses.table.frame[column].tolist(), strict=True))
            for question, column in columns.items()
        }
        return cls(answers, ids)

    def unit_of(self, row: Mapping[str, str]) -> Unit:
        """The unit that a row without codes is about, with the id as it is in the responses."""
        annotation = Annotation(**dict(row) | {"codes": frozenset()})  # type: ignore[arg-type]
        return (self.find(annotation) or annotation).unit

    def knows(self, annotation: Annotation) -> bool:
        """Whether the respondent is in the responses, whatever they answered."""
        return bare(annotation.respondent_id.strip()) in self.ids

    def find(self, annotation: Annotation) -> Annotation | None:
        """The annotation with id and answer as they are in the responses; None when nobody there typed the answer.

        `7` means `007` where that one typed it, and `7` did not.
        """
        answers, own = self.answers.get(annotation.question, {}), annotation.respondent_id.strip()
        alike = [each for each in self.ids.get(bare(own), []) if _can_be(answers[each], annotation.text)]
        if own not in alike and len(alike) != 1:
            return None
        found = own if own in alike else alike[0]
        return replace(annotation, respondent_id=found, text=answers[found])


def _can_be(typed: str, returned: str) -> bool:
    """Whether a spreadsheet can have made the one of the other, or somebody deleted the column."""
    if not returned.strip() or reads_as(typed, returned):
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
