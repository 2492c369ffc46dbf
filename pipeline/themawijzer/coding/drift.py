"""Whether responses are still like what the model learned from: three signals, each with what was expected."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from themawijzer.coding.numbers import Bools, Floats, Probabilities

FAR_SHARE = 0.05  # of the answers that were learned from lies further from any other than what counts as far
# One in 4,300 by chance on each side: of all signals of a survey, a few dozen, hardly ever one.
STANDARD_ERRORS = 3.5
# Cohen's h: what he calls a small difference between shares, such as .10 and .17 (Cohen 1988, "Statistical power
# analysis", chapter 6). With thousands of answers a difference that means nothing is significant too.
MIN_DIFFERENCE = 0.2
MIN_FRESH = 59  # the fewest that, all of them right, show that 95% is: .95^59 < .05
MIN_ANSWERS = MIN_FRESH  # fewer are judged sooner by coding them, and one odd answer would make a difference


class Measure(StrEnum):
    """What is compared."""

    UNKNOWN_WORDS = "unknown_words"  # of an answer's words, the share that no answer had that was learned from; mean
    FAR_ANSWERS = "far_answers"  # share of the answers without a near one among those that were learned from
    PREDICTED_SHARE = "predicted_share"  # mean probability of a code


@dataclass(frozen=True)
class Signal:
    """A share that was found, and the interval in which it was to be expected; `code` is empty for all codes."""

    measure: Measure
    code: str
    expected: float
    low: float
    high: float
    found: float

    @property
    def fires(self) -> bool:
        return not self.low <= self.found <= self.high

    @property
    def size(self) -> float:
        """How far what was found lies from what was expected, as Cohen's h."""
        return float(2 * abs(np.arcsin(np.sqrt(self.found)) - np.arcsin(np.sqrt(self.expected))))


@dataclass(frozen=True)
class DriftVerdict:
    """The signals of one codeframe, from `n_answers`, and where the random sample was drawn that vouches for it.

    `n_fresh` of its answers stand in these responses, `n_elsewhere` do not.
    """

    n_answers: int
    signals: list[Signal]
    n_fresh: int
    n_elsewhere: int

    @property
    def has_drifted(self) -> bool:
        return bool(self.firing)

    @property
    def firing(self) -> dict[Measure, list[Signal]]:
        """The signals that fire, per measure, strongest first."""
        firing = sorted((signal for signal in self.signals if signal.fires), key=lambda signal: -signal.size)
        found = {measure: [signal for signal in firing if signal.measure is measure] for measure in Measure}
        return {measure: signals for measure, signals in found.items() if signals}

    @property
    def is_withdrawn(self) -> bool:
        """Whether a guarantee that rests on the random sample does not hold for these responses.

        Where enough of it was drawn from them, those answers decide. But if all of it was, it is what the others
        are compared with, and a difference tells that it is no random sample of them: they came later.
        """
        is_all_here = self.n_fresh > 0 and self.n_elsewhere == 0
        return self.has_drifted and (self.n_fresh >= MIN_FRESH) == is_all_here


@dataclass(frozen=True)
class Likeness:
    """Of n answers the number of words, how many of those are unknown, and the cosine with the nearest known answer.

    All are (n,).
    """

    n_words: NDArray[np.int64]
    n_unknown: NDArray[np.int64]
    nearest: NDArray[np.float32]

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The likeness of all answers of the parts."""
        return cls(*map(np.concatenate, zip(*(vars(part).values() for part in parts), strict=True)))


@dataclass(frozen=True)
class Reference(Likeness):
    """n answers that were learned from, each as if it had not been, with their probabilities (n, k).

    The probabilities are NaN for codes that are not learned.
    """

    probabilities: Probabilities


@dataclass
class Drift:
    """Adds up what new answers are like, chunk by chunk; memory does not grow with them."""

    reference: Reference

    def __post_init__(self) -> None:
        self._words, self._n_answers, self._n_far, self._n_predicted = _Mean(), 0, 0, 0
        self._sums = np.zeros(self.reference.probabilities.shape[1])
        self._far = np.quantile(self.reference.nearest, FAR_SHARE, method="lower")

    def add(self, likeness: Likeness, times: NDArray[np.int64]) -> None:
        """Add texts (t,) that the model alone codes, each as many `times` as it was answered."""
        self._words.add(likeness.n_unknown, likeness.n_words, times)
        self._n_answers += int(times.sum())
        self._n_far += int(times[self.is_far(likeness.nearest)].sum())

    def is_far(self, nearest: NDArray[np.float32]) -> Bools:
        """Whether answers lie further from any that was learned from than nearly all of those do from each other."""
        return np.asarray(nearest < self._far)

    def add_probabilities(self, probabilities: Probabilities) -> None:
        """Add those of m answers (m, k), also of what people coded: that they did must not move the shares."""
        self._n_predicted += len(probabilities)
        self._sums += probabilities.sum(axis=0, dtype=np.float64)

    def verdict(self, codes: Sequence[str], *, n_fresh: int, n_elsewhere: int) -> DriftVerdict:
        """What follows, for k codes; no signals where there are too few answers."""
        signals = self._signals(codes) if self._n_answers >= MIN_ANSWERS else []
        return DriftVerdict(self._n_answers, signals, n_fresh, n_elsewhere)

    def _signals(self, codes: Sequence[str]) -> list[Signal]:
        known = _Mean()
        known.add(self.reference.n_unknown, self.reference.n_words, np.ones_like(self.reference.n_words))
        error = np.sqrt(known.variance + self._words.variance)
        words = _signal(Measure.UNKNOWN_WORDS, "", known.value, self._words.value, error, has_low=False)
        n_known, n_new = len(self.reference.nearest), self._n_answers
        expected, found = float((self.reference.nearest < self._far).mean()), self._n_far / n_new
        error = _error(expected, found, n_known, n_new)
        far = _signal(Measure.FAR_ANSWERS, "", expected, found, error, has_low=False)
        return [words, far, *self._share_signals(codes)]

    def _share_signals(self, codes: Sequence[str]) -> list[Signal]:
        n_known, n_new = len(self.reference.probabilities), self._n_predicted
        expected = self.reference.probabilities.mean(axis=0, dtype=np.float64).tolist()
        found = (self._sums / n_new).tolist()
        return [
            _signal(Measure.PREDICTED_SHARE, code, before, now, _error(before, now, n_known, n_new), has_low=True)
            for code, before, now in zip(codes, expected, found, strict=True)
            if not np.isnan(before)
        ]


@dataclass
class _Mean:
    """The mean over answers of the share of their words that is unknown, and its variance.

    Each answer counts as much as any other: in a ratio of sums, one pasted letter outweighs all other answers.
    """

    _sums: Floats = field(default_factory=lambda: np.zeros(3))

    def add(self, part: NDArray[np.int64], whole: NDArray[np.int64], times: NDArray[np.int64]) -> None:
        """Add answers (n,), each so many times; those without a word tell nothing."""
        share = part / np.maximum(whole, 1)
        self._sums += np.stack([np.ones(len(share)), share, share**2]) @ (times * (whole > 0))

    @property
    def value(self) -> float:
        n, total, _ = self._sums
        return float(total / max(n, 1))

    @property
    def variance(self) -> float:
        n, _, squares = self._sums
        return float(max(squares / max(n, 1) - self.value**2, 0) / max(n, 1))


def _error(expected: float, found: float, n_known: int, n_new: int) -> float:
    """The standard error of the difference between two shares that are the same but for chance."""
    pooled = (expected * n_known + found * n_new) / (n_known + n_new)
    return float(np.sqrt(pooled * (1 - pooled) * (1 / n_known + 1 / n_new)))


def _signal(measure: Measure, code: str, expected: float, found: float, error: float, *, has_low: bool) -> Signal:
    """What differs has to be more than chance, and enough to matter."""
    middle, by_chance = np.arcsin(np.sqrt(expected)), STANDARD_ERRORS * error
    lowest = np.sin(max(middle - MIN_DIFFERENCE / 2, 0)) ** 2
    highest = np.sin(min(middle + MIN_DIFFERENCE / 2, np.pi / 2)) ** 2
    low = float(max(min(expected - by_chance, lowest), 0)) if has_low else 0.0
    return Signal(measure, code, expected, low, float(min(max(expected + by_chance, highest), 1)), found)
