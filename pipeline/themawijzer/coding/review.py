"""What goes to people, what brings most first, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from themawijzer.coding.codings import CodedBlock, Coding, Source, Status
from themawijzer.coding.decisions import Decision, code_doubts
from themawijzer.coding.label_errors import WORTH_A_LOOK, contradicts
from themawijzer.coding.numbers import Bools, Floats
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.survey import Question

if TYPE_CHECKING:  # it loads scipy, which the page does without
    from themawijzer.coding.certification import Audit

DECIMALS = 4  # as probabilities are published: what else is in the answer's batch shows only further on
CLEAR = 0.05  # the most doubt that a code may have in an answer which goes to people for lack of proof alone


class ReviewReason(StrEnum):
    """Why a person should look, in the order in which the answers come."""

    UNCERTAIN_SHARE = "uncertain_share"  # what is decided changes a share that is not known well
    NOT_PROVEN = "not_proven"  # the model hardly doubts, but the random sample does not show that it may decide
    # Of a person's codes the model, which did not learn from the answer, contradicts what is there or what is not.
    LIKELY_SUPERFLUOUS = "likely_superfluous"  # it does not see a code that was given
    LIKELY_MISSING = "likely_missing"  # it sees a code that was not given
    LIKELY_OTHER = "likely_other"  # both
    DISPUTED = "disputed"  # coders disagree
    UNLIKE = "unlike"  # coded by the model, but unlike every annotated answer
    NOT_JUDGED = "not_judged"  # it points to another answer, is too long, or the model has not learned the codeframe
    NOT_DUTCH = "not_dutch"


LIKELY_ERRORS = (ReviewReason.LIKELY_SUPERFLUOUS, ReviewReason.LIKELY_MISSING, ReviewReason.LIKELY_OTHER)
SECOND_LOOKS = {*LIKELY_ERRORS, ReviewReason.DISPUTED, ReviewReason.UNLIKE}  # at decided answers
PLACES = {reason: place for place, reason in enumerate(ReviewReason)}
PLACES |= dict.fromkeys(LIKELY_ERRORS, PLACES[LIKELY_ERRORS[0]])  # together, the surest first


class ReviewItem(NamedTuple):
    """One answer, by its row in the responses, with the codes that it may have and those that it is about."""

    reason: ReviewReason
    gain: float
    row: int
    question: Question
    codeframe: Codeframe
    suggested: tuple[str, ...]
    about: tuple[str, ...]


class ReviewList:
    """All that goes to people, in little memory: a million items take 16 MB.

    An item is kept as its gain, its row, and the place of the first item that equals it in all else.
    """

    def __init__(self) -> None:
        self._places: dict[tuple[object, ...], int] = {}
        self._firsts: list[ReviewItem] = []
        self._parts = [np.empty(0, dtype=[("gain", "f8"), ("row", "i4"), ("place", "i4")])]

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def add(self, items: Iterable[ReviewItem]) -> None:
        """Take more items, which come after the others in the file."""
        numbers = [(item.gain, item.row, self._place(item)) for item in items]
        self._parts.append(np.array(numbers, dtype=self._parts[0].dtype))

    def by_gain(self) -> Iterator[ReviewItem]:
        """What brings most first; what brings the same in the order of the file."""
        numbers = np.concatenate(self._parts)
        ranks = np.array([PLACES[item.reason] for item in self._firsts], dtype=np.int8)[numbers["place"]]
        for i in np.lexsort((-numbers["gain"], ranks)):
            gain, row, place = numbers[i].item()
            yield self._firsts[place]._replace(gain=gain, row=row)

    def _place(self, item: ReviewItem) -> int:
        alike = item.reason, item.question.id, item.codeframe.id, item.suggested, item.about
        place = self._places.setdefault(alike, len(self._firsts))
        if place == len(self._firsts):
            self._firsts.append(item)
        return place


def uncertainty(audit: Audit) -> Floats | None:
    """The standard error of each share's correction by the random sample (k,); None with fewer than two answers."""
    if len(audit) < 2:
        return None
    residuals = audit.truth - audit.probabilities
    return np.asarray(residuals.std(axis=0, ddof=1) / np.sqrt(len(audit)))


def suggested_codes(coding: Coding, ids: Sequence[str]) -> tuple[str, ...]:
    """What the model would give, most probable first, or what people gave and dispute."""
    given = coding.assigned if coding.source is Source.MODEL else coding.decisions >= Decision.REVIEW
    candidates = given.nonzero()[0]
    if coding.probabilities is not None and len(candidates) > 1:
        candidates = candidates[np.argsort(-coding.probabilities[candidates], kind="stable")]
    return tuple(ids[position] for position in candidates.tolist())


def error_kind(is_superfluous: bool, is_missing: bool) -> ReviewReason | None:
    """In which way a person is likely wrong: with a code that the model does not see, without one that it sees."""
    if is_superfluous and is_missing:
        return ReviewReason.LIKELY_OTHER
    if is_superfluous:
        return ReviewReason.LIKELY_SUPERFLUOUS
    return ReviewReason.LIKELY_MISSING if is_missing else None


def review_items(start: int, block: CodedBlock, uncertain: Floats | None) -> list[ReviewItem]:
    """The items of a block whose first row is `start`; `uncertain` is from `uncertainty`, None: all codes equally."""
    uncertain = np.ones(len(block.codeframe.codes)) if uncertain is None else uncertain
    found = list(_items(block.once, uncertain))
    firsts = ((row, found[place]) for row, place in enumerate(block.places.tolist(), start=start))
    return [item._replace(row=row) for row, item in firsts if item is not None]


def _items(block: CodedBlock, uncertain: Floats) -> Iterator[ReviewItem | None]:
    """The item of each coding, as if in row 0."""
    doubtful, ids = code_doubts(block.predicted), block.codeframe.code_ids
    gains = doubtful * uncertain  # of settling the doubts
    settled = zip(gains.sum(axis=1).tolist(), gains.argmax(axis=1).tolist(), strict=True)
    for coding, most_doubtful, settling in zip(block.codings, doubtful.max(axis=1).tolist(), settled, strict=True):
        if (found := _reason(coding, most_doubtful)) is None:
            yield None
            continue
        gain, about = _gain(found, coding, *settling)
        suggested = _by_the_model(coding, ids) if found in LIKELY_ERRORS else suggested_codes(coding, ids)
        codes = tuple(ids[position] for position in about)
        yield ReviewItem(found, gain, 0, block.question, block.codeframe, suggested, codes)


def _reason(coding: Coding, most_doubtful: float) -> ReviewReason | None:
    if coding.status is Status.NOT_DUTCH:
        return ReviewReason.NOT_DUTCH
    if coding.status is Status.REVIEW:
        if coding.source is Source.PERSON:
            return ReviewReason.DISPUTED
        if coding.probabilities is None:
            return ReviewReason.NOT_JUDGED
        return ReviewReason.UNCERTAIN_SHARE if most_doubtful > CLEAR else ReviewReason.NOT_PROVEN
    if coding.source is Source.PERSON:
        return _likely_error(coding)
    return ReviewReason.UNLIKE if coding.is_unlike else None


def _gain(reason: ReviewReason, coding: Coding, settling: float, most: int) -> tuple[float, list[int]]:
    """What a look at an answer gains, and for which codes: `settling` by its doubts, mostly those of code `most`."""
    if reason in (ReviewReason.UNCERTAIN_SHARE, ReviewReason.NOT_PROVEN):
        return round(settling, DECIMALS), [most]
    if reason in LIKELY_ERRORS:
        return round(coding.error, DECIMALS), np.flatnonzero(_contradicted(coding)).tolist()
    return 0.0, np.flatnonzero(coding.decisions == Decision.REVIEW).tolist()


def _likely_error(coding: Coding) -> ReviewReason | None:
    if coding.error < WORTH_A_LOOK:
        return None
    is_given, contradicted = coding.decisions == Decision.YES, _contradicted(coding)
    return error_kind(bool((contradicted & is_given).any()), bool((contradicted & ~is_given).any()))


def _contradicted(coding: Coding) -> Bools:
    """The codes (k,) of which the model says the opposite of what people gave."""
    if coding.probabilities is None:
        return np.zeros(len(coding.decisions), dtype=bool)
    return contradicts(coding.decisions == Decision.YES, coding.probabilities)


def _by_the_model(coding: Coding, ids: list[str]) -> tuple[str, ...]:
    """What people gave, with the codes changed that the model contradicts."""
    contradicted = _contradicted(coding)
    return tuple(ids[position] for position in np.flatnonzero((coding.decisions == Decision.YES) ^ contradicted))
