"""Units: the answers to a question, or the respondents by all that they answered, as plain arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from themawijzer.coding.codings import SAYS_NOTHING, CodedBlock, Source
from themawijzer.coding.decisions import Decision
from themawijzer.coding.numbers import Bools, Floats, Ints


class Per(StrEnum):
    """What is counted."""

    ANSWER = "answer"
    RESPONDENT = "respondent"


@dataclass(frozen=True)
class ShareTable:
    """What shares are of: the answers to a question, or the respondents (question "") by all that they answered."""

    per: Per
    question: str
    codeframe: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Units:
    """m units: what the machine and people said of k codes (m, k), and what is known of each unit (m,).

    `stratum` tells which of the table's questions were answered, as a sum of powers of two; 0 is not in the
    population, which consists of the answers that say something, of respondents with a weight above 0. What people
    `confirmed` or `denied` is certain, whatever else is decided.
    """

    predicted: Floats
    given: Bools
    decided: Bools
    confirmed: Bools
    denied: Bools
    weights: Floats
    stratum: Ints
    is_person: Bools
    is_audit: Bools

    def __len__(self) -> int:
        return len(self.weights)

    def take(self, rows: Bools) -> Units:
        """The units of these rows (m,)."""
        return Units(**{name: values[rows] for name, values in vars(self).items()})


def tables(blocks: Sequence[CodedBlock]) -> Iterator[tuple[ShareTable, list[CodedBlock]]]:
    """What shares can be of, with the blocks that tell: each question and codeframe, then each codeframe."""
    by_codeframe: dict[str, list[CodedBlock]] = {}
    for block in blocks:
        by_codeframe.setdefault(block.codeframe.id, []).append(block)
        yield ShareTable(Per.ANSWER, block.question.id, block.codeframe.id, tuple(block.codeframe.code_ids)), [block]
    for codeframe, own in by_codeframe.items():
        yield ShareTable(Per.RESPONDENT, "", codeframe, tuple(own[0].codeframe.code_ids)), own


def collect_units(blocks: Sequence[CodedBlock], weights: Floats) -> Units:
    """The respondents (m,) by their answers in these blocks, which are of one codeframe; with one block, its answers.

    A respondent has a code that any of the answers has: the model says so with 1 - prod(1 - f), and people where all
    of the answers are in the audit sample. One yes of a person is certain, and so is a no on all of the answers.
    Decided is who is decided on every answer: were one yes enough, those who have the code would be counted sooner.
    """
    asked = np.array([[coding.status not in SAYS_NOTHING for coding in block.codings] for block in blocks])
    asked &= weights > 0
    decisions = np.array([block.published for block in blocks])
    predicted = np.array([block.predicted for block in blocks])
    is_person = np.array([[coding.source is Source.PERSON for coding in block.codings] for block in blocks])
    is_audit = np.array([[coding.is_audit for coding in block.codings] for block in blocks])
    yes, no = (decisions == Decision.YES) & asked[..., None], (decisions == Decision.NO) | ~asked[..., None]
    # From 2^63 on a number of NumPy's would be negative, or 0, and who answered that question would be gone.
    powers = np.array([2**place for place in range(len(blocks))], dtype=np.int64 if len(blocks) < 64 else object)
    return Units(
        predicted=1 - (1 - predicted * asked[..., None]).prod(axis=0),
        given=yes.any(axis=0),
        decided=(yes | no).all(axis=0),
        confirmed=(yes & is_person[..., None]).any(axis=0),
        denied=(no & (is_person | ~asked)[..., None]).all(axis=0),
        weights=weights,
        stratum=(asked * powers[:, None]).sum(axis=0),
        is_person=(is_person | ~asked).all(axis=0),
        is_audit=(is_audit | ~asked).all(axis=0),
    )
