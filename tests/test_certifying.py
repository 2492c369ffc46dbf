"""Which answers of the random sample vouch for which questions."""

from themawijzer.autocoding.audits import evenly_drawn
from themawijzer.survey.annotations import AnsweredUnit


def drawn(**counts: int) -> list[AnsweredUnit]:
    return [
        AnsweredUnit(f"{number:04d}", question, "thema", ()) for question, n in counts.items() for number in range(n)
    ]


def kept(units: list[AnsweredUnit], **n_answers: int) -> tuple[dict[str, int], set[str]]:
    found, questions = evenly_drawn(units, n_answers)
    return {question: sum(unit.question == question for unit in found) for question in n_answers}, set(questions)


def test_a_sample_that_fits_the_answers_is_kept_whole() -> None:
    assert kept(drawn(v1=100, v2=50), v1=1000, v2=500) == ({"v1": 100, "v2": 50}, {"v1", "v2"})


def test_of_a_question_that_was_drawn_more_densely_the_rest_is_left_out() -> None:
    assert kept(drawn(v1=100, v2=100), v1=1000, v2=500) == ({"v1": 100, "v2": 50}, {"v1", "v2"})


def test_a_sample_of_one_question_does_not_speak_for_another() -> None:
    assert kept(drawn(v2=150), v1=400, v2=400) == ({"v1": 0, "v2": 150}, {"v2"})
    assert kept(drawn(v1=10, v2=150), v1=400, v2=400) == ({"v1": 0, "v2": 150}, {"v2"})


def test_what_is_left_out_does_not_depend_on_the_order_of_the_file() -> None:
    units = drawn(v1=100, v2=100)
    assert set(evenly_drawn(units, {"v1": 1000, "v2": 500})[0]) == set(
        evenly_drawn(units[::-1], {"v1": 1000, "v2": 500})[0]
    )


def test_without_a_sample_no_question_is_spoken_for() -> None:
    assert evenly_drawn([], {"v1": 100}) == ([], frozenset())
