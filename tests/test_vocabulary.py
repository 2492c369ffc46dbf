"""Words that come up or vanish between two waves are told where the evidence is, and by chance as rarely as stated."""

import numpy as np
import pytest
from scipy.stats import fisher_exact, norm

from themawijzer.learning.vocabulary import Shift, shifted_words

N_USUAL, LENGTH = 60, 12

Answer = frozenset[str]


def usual(n: int, rng: np.random.Generator) -> list[Answer]:
    """Answers of twelve words, which are as frequent as Zipf's law says."""
    chance = 1 / np.arange(1, N_USUAL + 1)
    return [frozenset(rng.choice(N_USUAL, LENGTH, p=chance / chance.sum()).astype(str)) for _ in range(n)]


def with_word(answers: list[Answer], n: int, word: str = "deelscooter") -> list[Answer]:
    return [answer | {word} if place < n else answer for place, answer in enumerate(answers)]


@pytest.fixture
def waves() -> tuple[list[Answer], list[Answer]]:
    rng = np.random.default_rng(1)
    return usual(90, rng), usual(130, rng)


@pytest.mark.parametrize("n", [15, 40])
def test_a_word_that_no_answer_had_before_is_told(waves: tuple[list[Answer], list[Answer]], n: int) -> None:
    first, second = waves
    more = with_word(second, n)
    ((found,),) = shifted_words([(first, more)], least=5)
    assert (found.word, found.n_first, found.n_second) == ("deelscooter", 0, n)
    assert found.z > 3
    assert shifted_words([(more, first)], least=5) == [[Shift("deelscooter", n, 0, -found.z)]]


def test_a_word_that_a_few_answers_have_is_not_told(waves: tuple[list[Answer], list[Answer]]) -> None:
    first, second = waves
    assert shifted_words([(first, with_word(second, 6))], least=5) == [[]]


def test_z_is_that_of_the_exact_test() -> None:
    first, second = [frozenset("a")] * 3 + [frozenset("b")] * 97, [frozenset("a")] * 25 + [frozenset("b")] * 75
    found = {shift.word: shift.z for shift in shifted_words([(first, second)], least=5)[0]}
    p = fisher_exact([[25, 75], [3, 97]], alternative="greater").pvalue
    assert found["a"] == pytest.approx(-found["b"])
    assert norm.sf(found["a"]) == pytest.approx(p)


def test_the_words_of_all_questions_are_judged_together() -> None:
    """p is 0.0029: enough for one word among two, and too little among eighteen."""
    one = [frozenset("a")] * 10, with_word([frozenset("a")] * 20, 12)
    others = [frozenset(map(str, range(16)))] * 30
    assert [shift.word for shift in shifted_words([one], least=5)[0]] == ["deelscooter"]
    assert shifted_words([one, (others, others)], least=5) == [[], []]


def test_where_nothing_changed_a_word_is_told_in_one_of_twenty_comparisons_at_most() -> None:
    rng = np.random.default_rng(0)
    told = [bool(shifted_words([(usual(60, rng), usual(90, rng))], least=5)[0]) for _ in range(300)]
    assert np.mean(told) <= 0.05


@pytest.mark.parametrize("empty", [([], []), ([frozenset("a")] * 9, [])])
def test_without_answers_no_word_is_told(empty: tuple[list[Answer], list[Answer]]) -> None:
    assert shifted_words([empty], least=5) == [[]]
    assert shifted_words([], least=5) == []
