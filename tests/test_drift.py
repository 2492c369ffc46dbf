"""Whether new answers are like those that were learned from, in figures that can be checked by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from themawijzer.coding.drift import MIN_ANSWERS, Drift, DriftVerdict, Likeness, Measure, Reference, Signal
from themawijzer.learning.familiarity import Familiarity
from themawijzer.learning.features import Features

CODES = ["spoor", "fiets"]
WORDS, FAR, SHARE = Measure.UNKNOWN_WORDS, Measure.FAR_ANSWERS, Measure.PREDICTED_SHARE


def reference(n: int = 200) -> Reference:
    """Of 200 answers of 5 words one word in ten is unknown; cosines .60, .601 … .799; shares .10 and .50."""
    unknown = np.array([1, 0] * (n // 2))
    probabilities = np.tile(np.array([[0.05, 0.4], [0.15, 0.6]], dtype=np.float32), (n // 2, 1))
    return Reference(np.full(n, 5), unknown, (0.6 + 0.2 * np.arange(n) / n).astype(np.float32), probabilities)


def verdict(
    n: int = 2000,
    *,
    unknown: float = 0.1,
    far: float = 0.05,
    shares: tuple[float, float] = (0.1, 0.5),
    n_fresh: int = 0,
    n_elsewhere: int = 200,
    known: Reference | None = None,
    chunk: int = 10**6,
) -> DriftVerdict:
    """Of n new answers of 10 words with these shares of unknown words, far answers and codes."""
    drift = Drift(known or reference())
    n_words = np.full(n, 10)
    n_unknown = np.full(n, round(10 * unknown))
    nearest = np.where(np.arange(n) < far * n, 0.5, 0.9).astype(np.float32)
    probabilities = np.tile(np.array(shares, dtype=np.float32), (n, 1))
    for start in range(0, n, chunk):
        part = slice(start, start + chunk)
        drift.add(Likeness(n_words[part], n_unknown[part], nearest[part]), np.ones_like(n_words[part]))
        drift.add_probabilities(probabilities[part])
    return drift.verdict(CODES, n_fresh=n_fresh, n_elsewhere=n_elsewhere)


def fired(found: DriftVerdict) -> list[str]:
    return [signal.code or signal.measure.value for signal in found.signals if signal.fires]


# The three signals


def test_answers_like_those_that_were_learned_from_give_no_signal():
    found = verdict()
    assert fired(found) == []
    assert [(signal.measure, signal.code) for signal in found.signals] == [
        (WORDS, ""), (FAR, ""), (SHARE, "spoor"), (SHARE, "fiets"),
    ]  # fmt: skip
    assert [signal.expected for signal in found.signals] == pytest.approx([0.1, 0.045, 0.1, 0.5])
    assert [signal.found for signal in found.signals] == pytest.approx([0.1, 0.05, 0.1, 0.5])


@pytest.mark.parametrize(
    ("difference", "signals"),
    [
        ({"unknown": 0.3}, ["unknown_words"]),
        ({"far": 0.2}, ["far_answers"]),
        ({"shares": (0.3, 0.5)}, ["spoor"]),
        ({"shares": (0.1, 0.3)}, ["fiets"]),
        ({"shares": (0.3, 0.3), "far": 0.2, "unknown": 0.3}, ["unknown_words", "far_answers", "spoor", "fiets"]),
    ],
)
def test_each_difference_gives_its_own_signal(difference, signals):
    assert fired(verdict(**difference)) == signals


def test_answers_that_are_nearer_or_have_fewer_unknown_words_give_no_signal():
    assert fired(verdict(unknown=0, far=0)) == []


def test_a_signal_says_what_was_expected():
    """The limit of .50 by chance: 3.5 * (.25 * (1/200 + 1/2000))^.5 = .130; as a small difference: .0993."""
    signal = verdict(shares=(0.1, 0.5)).signals[3]
    assert (signal.low, signal.high) == pytest.approx((0.5 - 0.1298, 0.5 + 0.1298), abs=1e-4)


def test_a_difference_without_meaning_gives_no_signal_however_many_answers_there_are():
    """With 100,000 answers on each side .55 is 20 standard errors from .50; but Cohen's h is .10."""
    found = verdict(100_000, shares=(0.12, 0.55), known=reference(100_000), far=0.08)
    assert fired(found) == []
    assert found.signals[3].high == pytest.approx(np.sin(np.pi / 4 + 0.1) ** 2)
    assert found.signals[3].size == pytest.approx(0.1002, abs=1e-4)


def test_a_large_difference_that_may_be_chance_gives_no_signal():
    assert fired(verdict(MIN_ANSWERS, far=0.12, shares=(0.2, 0.65))) == []


def test_too_few_answers_give_no_signals_at_all():
    assert verdict(MIN_ANSWERS - 1, unknown=1, far=1).signals == []
    assert fired(verdict(MIN_ANSWERS, unknown=1, far=1)) == ["unknown_words", "far_answers"]


def test_a_code_that_is_not_learned_gives_no_signal():
    known = reference()
    known.probabilities[:, 0] = np.nan
    found = verdict(shares=(float("nan"), 0.9), known=known)
    assert [signal.code for signal in found.signals if signal.measure is SHARE] == ["fiets"]
    assert fired(found) == ["fiets"]


def test_chunks_give_what_the_whole_gives():
    whole, chunked = (verdict(500, unknown=0.3, far=0.2, chunk=chunk) for chunk in (500, 7))
    assert [signal.found for signal in chunked.signals] == pytest.approx([signal.found for signal in whole.signals])
    assert [signal.high for signal in chunked.signals] == pytest.approx([signal.high for signal in whole.signals])


def test_an_answer_that_was_given_ten_times_counts_ten_times():
    drift = Drift(reference())
    drift.add(Likeness(np.array([4, 4]), np.array([2, 0]), np.array([0.5, 0.9], dtype=np.float32)), np.array([90, 10]))
    drift.add_probabilities(np.full((100, 2), 0.5, dtype=np.float32))
    words, far, *_ = drift.verdict(CODES, n_fresh=0, n_elsewhere=0).signals
    assert (words.found, far.found) == pytest.approx((0.45, 0.9))


def test_no_single_answer_decides_however_long_it_is():
    """Of the words of all answers together nine in ten are unknown, but of the words of an answer one in ten is."""
    drift = Drift(reference())
    n_words, n_unknown = np.array([10, 5_000]), np.array([1, 5_000])
    nearest = np.array([0.9, 0.5], dtype=np.float32)
    drift.add(Likeness(n_words, n_unknown, nearest), np.array([MIN_ANSWERS - 1, 1]))
    drift.add_probabilities(np.full((MIN_ANSWERS, 2), [0.1, 0.5], dtype=np.float32))
    found = drift.verdict(CODES, n_fresh=0, n_elsewhere=200)
    assert found.signals[0].found == pytest.approx((0.1 * (MIN_ANSWERS - 1) + 1) / MIN_ANSWERS)
    assert fired(found) == []


def test_samples_of_the_same_answers_hardly_ever_fire_and_one_of_other_answers_does():
    """Lengths as of survey answers, a few of them very long; the words of the others are unknown twice as often."""
    rng = np.random.default_rng(0)

    def sample(n: int, unknown: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        n_words = np.ceil(rng.lognormal(2, 1, n)).astype(np.int64)
        return n_words, rng.binomial(n_words, rng.beta(4 * unknown, 4 * (1 - unknown), n))

    def fires(unknown: float) -> bool:
        n_known, n_new = (sample(n, share) for n, share in ((200, 0.2), (400, unknown)))
        same = np.full((200, 1), 0.5, dtype=np.float32)
        drift = Drift(Reference(*n_known, same[:, 0], same))
        drift.add(Likeness(*n_new, np.full(400, 0.5, dtype=np.float32)), np.ones(400, dtype=np.int64))
        drift.add_probabilities(np.full((400, 1), 0.5, dtype=np.float32))
        return drift.verdict(["spoor"], n_fresh=0, n_elsewhere=200).has_drifted

    assert sum(fires(0.2) for _ in range(500)) <= 1
    assert sum(fires(0.4) for _ in range(200)) >= 190


def test_what_fires_is_ordered_by_its_size():
    signals = [Signal(SHARE, code, 0.5, 0.4, 0.6, found) for code, found in zip("abc", (0.7, 0.05, 0.5), strict=True)]
    assert {
        measure: [each.code for each in found] for measure, found in DriftVerdict(99, signals, 0, 9).firing.items()
    } == {SHARE: ["b", "a"]}


# What follows for a guarantee


@pytest.mark.parametrize(
    ("unknown", "n_fresh", "n_elsewhere", "has_drifted", "is_withdrawn"),
    [
        (0.1, 0, 200, False, False),
        (0.3, 0, 200, True, True),
        (0.3, 58, 200, True, True),
        (0.3, 59, 200, True, False),  # a fresh random sample decides
        (0.3, 30, 0, True, False),  # the random sample was drawn from these answers
        (0.3, 0, 0, True, True),  # nothing was drawn at random
    ],
)
def test_a_guarantee_is_withdrawn_unless_the_random_sample_is_of_these_answers(
    unknown, n_fresh, n_elsewhere, has_drifted, is_withdrawn
):
    found = verdict(unknown=unknown, n_fresh=n_fresh, n_elsewhere=n_elsewhere)
    assert (found.has_drifted, found.is_withdrawn) == (has_drifted, is_withdrawn)


# Familiarity


def features(*texts: str) -> tuple[Features, NDArray[np.float32]]:
    """Vectors of the letters a, b and c."""
    counts = np.array([[text.count(letter) for letter in "abc"] for text in texts], dtype=np.float32)
    vectors = counts / np.linalg.norm(counts, axis=1, keepdims=True)
    return Features([text.split() for text in texts], vectors), vectors


def test_each_known_answer_is_seen_as_if_it_were_new():
    own = Familiarity().fit(*features("a b a", "A c", "b b", "ab")).own
    assert own.n_words.tolist() == [3, 2, 2, 1]
    assert own.n_unknown.tolist() == [0, 1, 0, 1]  # "a" stands in the first and the second, whatever its capitals
    np.testing.assert_allclose(own.nearest, [0.94868, 0, 0.70711, 0.94868], atol=1e-5)


def test_the_nearest_is_another_answer_wherever_it_stands(monkeypatch):
    monkeypatch.setattr("themawijzer.learning.blocks.ROWS", 2)
    own = Familiarity().fit(*features("a b a", "A c", "b b", "ab", "c c")).own
    np.testing.assert_allclose(own.nearest, [0.94868, 1, 0.70711, 0.94868, 1], atol=1e-5)


def test_of_many_known_answers_an_even_choice_is_compared_with(monkeypatch):
    monkeypatch.setattr("themawijzer.learning.familiarity.MAX_COMPARED", 3)
    familiarity = Familiarity().fit(*features("a b a", "b b", "ab", "c c", "A c"))
    assert len(familiarity.vectors_) == 3  # the first, the third and the last
    np.testing.assert_allclose(familiarity.own.nearest, [0.94868, 0.70711, 0.94868, 1, 0], atol=1e-5)
    assert familiarity.own.n_words.tolist() == [3, 2, 1, 2, 2]


def test_an_answer_that_somebody_else_typed_too_is_familiar():
    own = Familiarity().fit(*features("ab c", "ab c", "b")).own
    assert own.n_unknown.tolist() == [0, 0, 1]
    assert own.nearest.tolist()[:2] == [1, 1]


def test_new_answers_are_compared_with_all_known_ones():
    familiarity = Familiarity().fit(*features("a b a", "a c", "b b"))
    found = familiarity.of(*features("a abc abc", "c"))
    assert (found.n_words.tolist(), found.n_unknown.tolist()) == ([3, 1], [2, 0])
    np.testing.assert_allclose(found.nearest, [0.86772, 0.70711], atol=1e-5)


def test_what_is_kept_of_words_does_not_show_them():
    familiarity = Familiarity().fit(*features("aa bb", "cc"))
    assert (familiarity.known_.dtype, len(familiarity.known_)) == (np.uint64, 3)


def test_unknown_words_are_expected_as_often_as_they_are_found_in_answers_of_the_same_kind():
    """Words as frequent as in a language (Zipf); 300 answers known and 3,000 new ones, of ten words each."""
    draws = np.random.default_rng(0).zipf(1.2, size=(3300, 10))
    words = [[str(number) for number in row] for row in draws]
    nowhere = np.ones((3300, 1), dtype=np.float32)
    known, new = (Features(part, nowhere[: len(part)]) for part in (words[:300], words[300:]))
    familiarity = Familiarity().fit(known, known.vectors)
    expected = familiarity.own.n_unknown.sum() / familiarity.own.n_words.sum()
    likeness = familiarity.of(new, new.vectors)
    assert expected == pytest.approx(0.3, abs=0.05)
    assert likeness.n_unknown.sum() / likeness.n_words.sum() == pytest.approx(expected, abs=0.02)
