import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from themawijzer.coding.certification import Audit
from themawijzer.coding.codings import CodedBlock, Coding, Status, coding_by_model, coding_by_person, coding_undecided
from themawijzer.coding.decisions import Limits, assign, decide
from themawijzer.coding.review import ReviewItem, ReviewList, ReviewReason, review_items, suggested_codes, uncertainty
from themawijzer.output.review_table import reason_in_words
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.gold import Gold
from themawijzer.survey.survey import Question

QUESTION = Question(id="v3", column="V3_open", text="Welke sectoren?")
SECTOR = Codeframe.model_validate(
    {
        "id": "sector",
        "label": "Sector",
        "code": [{"id": code, "value": n, "label": code, "definition": code} for n, code in enumerate("abc", start=1)],
    }
)
LABELS_OF = {"a": "Aap", "b": "Boom"}
LIMITS = Limits(0.9, 0.05, np.zeros(3, dtype=bool))
UNLEARNED = np.array([False, False, True])  # c is not learned


def by_model(*probabilities: float, is_unlike: bool = False) -> Coding:
    p = np.array([probabilities], dtype=np.float32)
    decisions = decide(p, LIMITS, unlearned=UNLEARNED, parents=[-1, -1, -1])
    p[0, 2] = np.nan
    return coding_by_model(decisions[0], assign(decisions, p >= 0.5)[0], p[0], {}, is_unlike=is_unlike)


def by_person(codes: str, *probabilities: float, disputed: str = "", error: float = 0.5) -> Coding:
    gold = Gold(frozenset(codes), frozenset(disputed), "tekst", ("x", "y"), is_random=False)
    known = np.array(probabilities, dtype=np.float32) if probabilities else None
    return coding_by_person(SECTOR.code_ids, gold, known, error=error)


def items(*codings: Coding, start: int = 0, uncertain: NDArray[np.float64] | None = None) -> list[ReviewItem]:
    return review_items(start, CodedBlock(QUESTION, SECTOR, list(codings)), uncertain)


def by_gain(*parts: list[ReviewItem]) -> list[ReviewItem]:
    listed = ReviewList()
    for part in parts:
        listed.add(part)
    return list(listed.by_gain())


def test_what_brings_most_comes_first() -> None:
    found = items(
        coding_undecided(Status.NOT_DUTCH, 3),
        by_model(0.4, 0.0, 0.0),
        by_person("a", disputed="c"),
        by_model(0.5, 0.4, 0.0),  # more doubt
        by_model(0.99, 0.0, 0.0, is_unlike=True),
        coding_undecided(Status.REVIEW, 3),  # a reference: the model was not asked
        by_person("a", 0.05, 0.1, 0.0),
    )
    assert [(item.row, item.reason) for item in by_gain(found)] == [
        (3, ReviewReason.UNCERTAIN_SHARE),
        (1, ReviewReason.UNCERTAIN_SHARE),
        (6, ReviewReason.LIKELY_SUPERFLUOUS),
        (2, ReviewReason.DISPUTED),
        (4, ReviewReason.UNLIKE),
        (5, ReviewReason.NOT_JUDGED),
        (0, ReviewReason.NOT_DUTCH),
    ]


def test_an_answer_without_doubt_goes_to_people_for_lack_of_proof_only() -> None:
    unproven = replace(LIMITS, doubt=None)
    p = np.array([[0.99, 0.01, 0.0]], dtype=np.float32)
    decisions = decide(p, unproven, unlearned=UNLEARNED, parents=[-1, -1, -1])
    (item,) = items(coding_by_model(decisions[0], assign(decisions, p >= 0.5)[0], p[0], {}))
    assert (item.reason, item.suggested) == (ReviewReason.NOT_PROVEN, ("a",))


def test_doubt_counts_for_more_where_the_share_is_uncertain() -> None:
    codings = by_model(0.4, 0.0, 0.0), by_model(0.0, 0.3, 0.0)
    assert [item.row for item in by_gain(items(*codings))] == [0, 1]
    found = by_gain(items(*codings, uncertain=np.array([0.01, 0.05, 0.0])))
    assert [(item.row, item.about) for item in found] == [(1, ("b",)), (0, ("a",))]


def test_what_brings_the_same_to_four_decimals_keeps_the_order_of_the_file() -> None:
    found = items(by_model(0.42, 0.0, 0.0), by_model(0.42000001, 0.0, 0.0), by_model(0.4200001, 0.0, 0.0))
    assert [item.row for item in by_gain(found)] == [0, 1, 2]


def test_what_comes_in_parts_is_one_list_of_whole_items() -> None:
    first = items(by_model(0.4, 0.0, 0.0), by_person("a", disputed="c"))
    second = items(by_model(0.0, 0.45, 0.0), by_model(0.4, 0.0, 0.0), start=2)
    assert by_gain(first, second) == [second[0], first[0], second[1], first[1]]
    assert by_gain() == []


def test_an_item_takes_sixteen_bytes() -> None:
    listed, part = ReviewList(), items(*[by_model(0.4, 0.0, 0.0)] * 1000)
    tracemalloc.start()
    for _ in range(100):
        listed.add(part)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(listed) == 100_000
    assert kept / len(listed) < 20


@pytest.mark.parametrize(
    ("codes", "probabilities", "reason", "about", "suggested", "words"),
    [
        (
            "a",
            (0.05, 0.1),
            "likely_superfluous",
            "a",
            "",
            "misschien te veel gegeven; het model ziet dit niet in het antwoord: Aap",
        ),
        (
            "a",
            (0.99, 0.95),
            "likely_missing",
            "b",
            "ab",
            "misschien vergeten; het model ziet dit wel in het antwoord: Boom",
        ),
        (
            "",
            (0.5, 0.92),
            "likely_missing",
            "b",
            "b",
            "misschien vergeten; het model ziet dit wel in het antwoord: Boom",
        ),
        (
            "ab",
            (0.02, 0.03),
            "likely_superfluous",
            "ab",
            "",
            "misschien te veel gegeven; het model ziet dit niet in het antwoord: Aap; Boom",
        ),
        (
            "a",
            (0.02, 0.97),
            "likely_other",
            "ab",
            "b",
            "misschien een andere code bedoeld; het model ziet niet: Aap, maar wel: Boom",
        ),
    ],
)
def test_a_likely_error_says_whether_the_model_misses_a_code_or_sees_one_too_many(
    codes: str, probabilities: tuple[float, float], reason: str, about: str, suggested: str, words: str
) -> None:
    (item,) = items(by_person(codes, *probabilities, float("nan")))
    assert (item.reason, item.about, item.suggested) == (reason, tuple(about), tuple(suggested))
    seen, not_seen = (
        [LABELS_OF[code] for code in about if (code in suggested) is is_seen] for is_seen in (True, False)
    )
    assert reason_in_words(item.reason, seen=seen, not_seen=not_seen) == words


def test_the_surest_contradiction_comes_first() -> None:
    several = ((0.08, 0.0, 0.3), (0.99, 0.95, 0.5), (0.01, 0.0, 0.7))
    found = items(*(by_person("a", *p, 0.0, error=error) for *p, error in several))
    assert [item.row for item in by_gain(found)] == [2, 1, 0]


@pytest.mark.parametrize(
    "coding",
    [
        by_model(0.99, 0.0, 0.0),
        by_model(0.0, 0.0, 0.0),
        coding_undecided(Status.EMPTY, 3),
        coding_undecided(Status.NO_ANSWER, 3),
        by_person("a"),
        by_person("a", 0.2, 0.8, 0.0, error=0.15),
    ],
    ids=["coded", "none applies", "empty", "no answer", "by a person", "by a person whom the model doubts"],
)
def test_what_is_settled_does_not_go_to_people(coding: Coding) -> None:
    assert items(coding) == []


def test_items_know_their_row_in_the_responses() -> None:
    found = items(by_model(0.99, 0.0, 0.0), by_model(0.5, 0.0, 0.0), by_model(0.5, 0.0, 0.0), start=5000)
    assert [(item.row, item.question.id, item.codeframe.id) for item in found] == [
        (5001, "v3", "sector"),
        (5002, "v3", "sector"),
    ]


@pytest.mark.parametrize(
    ("coding", "expected"),
    [
        (by_model(0.55, 0.9, 0.0), ("b", "a")),
        (by_model(0.6, 0.02, 0.0), ("a",)),
        (by_model(0.4, 0.3, 0.0), ()),
        (by_person("a", disputed="c"), ("a", "c")),
        (coding_undecided(Status.REVIEW, 3), ()),
        (coding_undecided(Status.NOT_DUTCH, 3), ()),
    ],
)
def test_what_would_be_given_is_suggested_most_probable_first(coding: Coding, expected: tuple[str, ...]) -> None:
    assert suggested_codes(coding, SECTOR.code_ids) == expected
    assert [item.suggested for item in items(coding)] == [expected]


def test_a_share_is_as_uncertain_as_its_correction() -> None:
    truth = np.array([[1, 1], [0, 1], [1, 1], [0, 1]], dtype=bool)
    probabilities = np.array([[0.5, 1.0]] * 4, dtype=np.float32)
    assert uncertainty(Audit(probabilities, truth, 10)) == pytest.approx([np.sqrt(1 / 3) / 2, 0])
    assert uncertainty(Audit(probabilities[:1], truth[:1], 10)) is None
