"""What to do about a code on which coders disagree.

Thresholds: Krippendorff (2004), "Content analysis: an introduction to its methodology", section 11.4: rely on alphas
of .800 and above, and draw no conclusions below .667. The names that Landis & Koch (1977) gave to values of kappa
("moderate", "substantial") rest on no reason that they give, and decide nothing here.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from themawijzer.coding.coefficients import Agreement, Ratings, count_confusions
from themawijzer.coding.evidence import Z

RELIABLE = 0.8
TENTATIVE = 0.667
MOST = 0.5  # of the disagreements about a code, so many are with one other code when merging is worth a thought
MIN_CONFUSIONS = 3


class Advice(StrEnum):
    """What to do about a code."""

    FINE = "fine"
    TENTATIVE = "tentative"  # good enough for tentative conclusions
    SHARPEN = "sharpen"  # its definition leaves too much open
    MERGE = "merge"  # coders mostly take it for one other code: merge them, or say where they part
    TOO_FEW = "too_few"


@dataclass(frozen=True)
class Judgement:
    """The advice about a code, the code that it is confused with, or how many more units two coders should code."""

    code: str
    advice: Advice
    other: str = ""
    n_more: int | None = None


def judge(measured: Sequence[Agreement], ratings: Ratings) -> list[Judgement]:
    """The advice about every code, in the order of the codebook; `measured` is how far all coders agree on it."""
    taken_for = _taken_for(ratings)
    sets = [(codes, times) for pattern, times in ratings.patterns.items() for codes in pattern if codes is not None]
    n = sum(times for _, times in sets)
    return [
        _judge(
            agreement,
            share=sum(times for codes, times in sets if agreement.code in codes) / n,
            other=taken_for.get(agreement.code, ""),
        )
        for agreement in measured
        if agreement.code
    ]


def _judge(measured: Agreement, *, share: float, other: str) -> Judgement:
    if measured.alpha.value is None:
        return Judgement(measured.code, Advice.TOO_FEW)
    if (n_more := n_required(share) - measured.n) > 0:
        return Judgement(measured.code, Advice.TOO_FEW, n_more=n_more)
    if measured.alpha.value >= RELIABLE:
        return Judgement(measured.code, Advice.FINE)
    if other:
        return Judgement(measured.code, Advice.MERGE, other)
    return Judgement(measured.code, Advice.TENTATIVE if measured.alpha.value >= TENTATIVE else Advice.SHARPEN)


def n_required(share: float, least: float = TENTATIVE) -> int:
    """How many units two coders have to code to tell whether alpha is below `least`, at a level of 5 %.

    `share` is that of the codings that have the code. Source: Krippendorff (2004), section 11.4.3, who has
    it from Bloch & Kraemer (1989), "2 x 2 kappa coefficients: measures of agreement or association".
    """
    return ceil(Z**2 * ((1 + least) * (3 - least) / (4 * share * (1 - share) * (1 - least)) - least))


def _taken_for(ratings: Ratings) -> dict[str, str]:
    """Code to the other code that most of the disagreements about it are with."""
    disagreements: Counter[str] = Counter()
    for said, instead, times in ratings.by_two():
        disagreements.update(dict.fromkeys(said ^ instead, times))
    taken: dict[str, str] = {}
    for confusion in count_confusions(ratings):
        for code, other in ((confusion.code, confusion.other), (confusion.other, confusion.code)):
            if code and other and confusion.n >= max(MIN_CONFUSIONS, MOST * disagreements[code]):
                taken.setdefault(code, other)
    return taken
