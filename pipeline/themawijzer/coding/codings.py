"""Codings: what is published of an answer, from what people said and what the model says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from themawijzer.coding.decisions import Decision, Decisions
from themawijzer.coding.numbers import Bools, Floats, Ints, Probabilities
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.gold import Gold
from themawijzer.survey.survey import Base, Question


class Status(StrEnum):
    """What became of one answer in one codeframe."""

    CODED = "coded"
    NONE_APPLIES = "none_applies"
    REVIEW = "review"
    EMPTY = "empty"
    NO_ANSWER = "no_answer"
    NOT_DUTCH = "not_dutch"


DECIDED = (Status.CODED, Status.NONE_APPLIES)
JUDGED = (*DECIDED, Status.REVIEW)  # read for codes, by people or by the model
SAYS_NOTHING = (Status.EMPTY, Status.NO_ANSWER)  # by what was typed alone, whoever looked at it


class Source(StrEnum):
    """Who decided."""

    PERSON = "person"
    MODEL = "model"
    NOBODY = ""


@dataclass(frozen=True, slots=True)
class Coding:
    """One answer in one codeframe of k codes.

    `assigned` (k,) marks the codes that people gave or whose probability passes its threshold. `probabilities` (k,)
    are the model's, held out if it learned from the answer; None where it was not asked, NaN for codes it has not
    learned. `evidence` has, per code that was given, the words that contributed most. `is_audit` marks answers of the
    random sample that people coded; `is_unlike` an answer unlike all that people coded. `error` is the probability
    that people are wrong.
    """

    status: Status
    source: Source
    decisions: Decisions
    assigned: Bools
    probabilities: Probabilities | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    is_audit: bool = False
    is_unlike: bool = False
    error: float = 0.0


@dataclass(frozen=True)
class CodedBlock:
    """The codings of one question in one codeframe, for consecutive rows of the responses."""

    question: Question
    codeframe: Codeframe
    codings: list[Coding]

    @property
    def name(self) -> str:
        """What the columns of this block begin with."""
        return self.question.block(self.codeframe.id)

    @cached_property
    def once(self) -> CodedBlock:
        """The same with every coding once: answers with the same text share theirs."""
        return replace(self, codings=list({id(coding): coding for coding in self.codings}.values()))

    @cached_property
    def places(self) -> Ints:
        """The place of the coding of each answer (n,) among those of `once`."""
        places = {id(coding): place for place, coding in enumerate(self.once.codings)}
        return np.array([places[id(coding)] for coding in self.codings], dtype=np.intp)

    @cached_property
    def times(self) -> list[int]:
        """How many answers have each of the codings of `once`."""
        counts: list[int] = np.bincount(self.places, minlength=len(self.once.codings)).tolist()
        return counts

    @cached_property
    def is_read(self) -> Bools:
        """Which answers say something (n,)."""
        return self._of_each(lambda coding: coding.status not in SAYS_NOTHING)

    @cached_property
    def is_person(self) -> Bools:
        """Which answers people decided (n,)."""
        return self._of_each(lambda coding: coding.source is Source.PERSON)

    @cached_property
    def is_audit(self) -> Bools:
        """Which answers are of the random sample, and coded by people (n,)."""
        return self._of_each(lambda coding: coding.is_audit)

    @cached_property
    def in_base(self) -> Bools:
        """Which answers shares are of (n,): by the question's base and what was typed, not by who looked at it."""
        return self.is_read | (self.question.base is Base.ASKED)

    @cached_property
    def by_people(self) -> Bools:
        """Which codes (n, k) people gave, all or some of them, also to answers that count in no share."""
        assigned = self._of_codes([coding.assigned for coding in self.once.codings], np.bool_)
        return np.asarray((assigned | (self._decisions == Decision.REVIEW)) & self.is_person[:, None])

    @cached_property
    def published(self) -> Decisions:
        """The decisions (n, k); unknown where the model leaves the answer to a person, or shares would be too low."""
        is_open = self._of_each(lambda coding: coding.status is Status.REVIEW and coding.source is Source.MODEL)
        return np.where(is_open[:, None], np.int8(Decision.UNKNOWN), self._decisions)

    @cached_property
    def predicted(self) -> Floats:
        """The probabilities (n, k); 0 for what the model was not asked and what it has not learned."""
        return np.nan_to_num(self.probabilities.astype(np.float64))

    @cached_property
    def is_predicted(self) -> Bools:
        """Of which answers there are probabilities (n,)."""
        return self._of_each(lambda coding: coding.probabilities is not None)

    @cached_property
    def probabilities(self) -> Probabilities:
        """The probabilities (n, k); NaN for what the model was not asked and what it has not learned."""
        unknown = np.full(len(self.codeframe.codes), np.nan, dtype=np.float32)
        rows = [unknown if coding.probabilities is None else coding.probabilities for coding in self.once.codings]
        return self._of_codes(rows, np.float32)

    @cached_property
    def _decisions(self) -> Decisions:
        return self._of_codes([coding.decisions for coding in self.once.codings], np.int8)

    def _of_each(self, holds: Callable[[Coding], bool]) -> Bools:
        """Of which answers it holds (n,)."""
        return np.array([holds(coding) for coding in self.once.codings], dtype=np.bool_)[self.places]

    def _of_codes(self, rows: Sequence[NDArray[Any]], kind: Any) -> NDArray[Any]:
        """Of each answer and code (n, k) what `rows` have of the codings of `once`."""
        return np.array(rows, dtype=kind).reshape(-1, len(self.codeframe.codes))[self.places]


def coding_by_person(
    codes: Sequence[str], gold: Gold, probabilities: Probabilities | None = None, *, error: float = 0.0
) -> Coding:
    """People's codes stand, whatever the model says; those they dispute are for review."""
    decisions = np.full(len(codes), Decision.NO, dtype=np.int8)
    decisions[[code in gold.codes for code in codes]] = Decision.YES
    decisions[[code in gold.disputed for code in codes]] = Decision.REVIEW
    assigned, is_audit = decisions == Decision.YES, gold.is_random
    status = _status(decisions)
    return Coding(status, Source.PERSON, decisions, assigned, probabilities, is_audit=is_audit, error=error)


def coding_uncounted(undecided: Coding, codes: Sequence[str], gold: Gold) -> Coding:
    """An answer that says nothing, with the codes that people gave it all the same."""
    return replace(undecided, source=Source.PERSON, assigned=np.array([code in gold.codes for code in codes]))


def coding_by_model(
    decisions: Decisions,
    assigned: Bools,
    probabilities: Probabilities,
    evidence: Mapping[str, str],
    *,
    is_unlike: bool = False,
) -> Coding:
    """The model's decisions for an answer that no person has coded."""
    return Coding(_status(decisions), Source.MODEL, decisions, assigned, probabilities, evidence, is_unlike=is_unlike)


def coding_undecided(status: Status, n_codes: int, base: Base = Base.SUBSTANTIVE) -> Coding:
    """An answer that neither people nor the model gave codes; where nothing counts too, it has none of them."""
    has_none = status in SAYS_NOTHING and base is Base.ASKED
    decisions = np.full(n_codes, Decision.NO if has_none else Decision.UNKNOWN, dtype=np.int8)
    return Coding(status, Source.NOBODY, decisions, decisions == Decision.YES)


def _status(decisions: Decisions) -> Status:
    found = decisions.tolist()  # of so few numbers, a list is searched sooner
    if Decision.REVIEW in found:
        return Status.REVIEW
    return Status.CODED if Decision.YES in found else Status.NONE_APPLIES
