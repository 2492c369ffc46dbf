import numpy as np
import pytest

from pipeline.coding.codings import CodedBlock, Coding, Status, coding_by_model, coding_by_person, coding_undecided
from pipeline.coding.decisions import assign, decide
from pipeline.coding.review import FIRST, LAST, ReviewItem, review_items, suggested_codes
from pipeline.survey.annotations import Gold
from pipeline.survey.codebook import Codeframe
from pipeline.survey.survey import Question

QUESTION = Question(id="v3", column="V3_open", text="Welke sectoren?")
SECTOR = Codeframe.model_validate(
    {
        "id": "sector",
        "label": "Sector",
        "code": [{"id": code, "value": n, "label": code, "definition": code} for n, code in enumerate("abc", start=1)],
    }
)
THRESHOLDS = np.array([0.5, 0.4, np.nan])  # c is not learned


def by_model(*probabilities: float) -> Coding:
    p = np.array([probabilities], dtype=np.float32)
    passed = p >= THRESHOLDS
    decisions = decide(p, THRESHOLDS, given=passed, band=0.1, parents=[-1, -1, -1])
    return coding_by_model(decisions[0], assign(decisions, passed)[0], p[0], {})


def disputed() -> Coding:
    return coding_by_person(SECTOR.code_ids, Gold(frozenset("a"), frozenset("c"), "tekst", ("x", "y"), is_random=False))


def items(*codings: Coding, start: int = 0) -> list[ReviewItem]:
    return review_items(start, CodedBlock(QUESTION, SECTOR, list(codings)), THRESHOLDS)


def test_hardest_first():
    found = items(
        coding_undecided(Status.NOT_DUTCH, 3),
        by_model(0.42, 0.0, 0.0),  # .08 from its threshold
        by_model(0.51, 0.0, 0.0),  # .01
        by_model(0.9, 0.35, 0.0),  # .05
        coding_undecided(Status.REVIEW, 3),  # a reference: the model was not asked
    )
    assert [item.row for item in sorted(found, key=lambda item: item.ease)] == [4, 2, 3, 1, 0]


def test_what_lies_equally_close_to_four_decimals_keeps_the_order_of_the_file():
    found = items(by_model(0.42000001, 0.0, 0.0), by_model(0.42, 0.0, 0.0), by_model(0.4200001, 0.0, 0.0))
    assert [item.row for item in sorted(found, key=lambda item: item.ease)] == [0, 1, 2]


def test_ease_is_the_distance_of_the_least_certain_code_to_its_threshold():
    (item,) = items(by_model(0.58, 0.45, 0.0))
    assert item.ease == pytest.approx(0.05)


def test_what_coders_dispute_comes_first_and_another_language_last():
    first, last = items(disputed(), coding_undecided(Status.NOT_DUTCH, 3))
    assert (first.ease, last.ease) == (FIRST, LAST)
    assert FIRST < 0 < 1 < LAST


@pytest.mark.parametrize(
    "coding",
    [
        by_model(0.9, 0.0, 0.0),
        by_model(0.0, 0.0, 0.0),
        coding_undecided(Status.EMPTY, 3),
        coding_undecided(Status.NO_ANSWER, 3),
        coding_by_person(SECTOR.code_ids, Gold(frozenset("a"), frozenset(), "tekst", ("x",), is_random=True)),
    ],
    ids=["coded", "none applies", "empty", "no answer", "by a person"],
)
def test_what_is_settled_does_not_go_to_people(coding):
    assert items(coding) == []


def test_items_know_their_row_in_the_responses():
    found = items(by_model(0.9, 0.0, 0.0), by_model(0.5, 0.0, 0.0), by_model(0.5, 0.0, 0.0), start=5000)
    assert [(item.row, item.question.id, item.codeframe.id) for item in found] == [
        (5001, "v3", "sector"),
        (5002, "v3", "sector"),
    ]


@pytest.mark.parametrize(
    ("coding", "expected"),
    [
        (by_model(0.45, 0.9, 0.99), ("b", "a")),
        (by_model(0.55, 0.45, 0.0), ("a", "b")),
        (by_model(0.0, 0.35, 0.0), ("b",)),
        (disputed(), ("a", "c")),
        (coding_undecided(Status.REVIEW, 3), ()),
        (coding_undecided(Status.NOT_DUTCH, 3), ()),
    ],
)
def test_given_and_doubtful_codes_are_suggested_most_probable_first(coding, expected):
    assert suggested_codes(coding, SECTOR) == expected
    assert [item.suggested for item in items(coding)] == [expected]
