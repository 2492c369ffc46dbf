import numpy as np
import pytest

from themawijzer.coding.codings import CodedBlock, Source, Status, coding_by_model, coding_by_person, coding_undecided
from themawijzer.coding.decisions import Decision
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.gold import Gold
from themawijzer.survey.survey import Question

UNKNOWN, NO, REVIEW, YES = Decision.UNKNOWN, Decision.NO, Decision.REVIEW, Decision.YES
CODES = ["zorg", "bouw", "ict"]


def gold(codes=(), disputed=(), *, is_random=False):
    return Gold(frozenset(codes), frozenset(disputed), "tekst", ("a", "b"), is_random=is_random)


def by_model(*decisions):
    row = np.array(decisions, dtype=np.int8)
    return coding_by_model(row, row == YES, np.full(len(row), 0.5, dtype=np.float32), {"zorg": "verpleging"})


def block(*codings):
    codes = [{"id": code, "value": n, "label": code, "definition": code} for n, code in enumerate(CODES, start=1)]
    sector = Codeframe.model_validate({"id": "sector", "label": "Sector", "code": codes})
    return CodedBlock(Question(id="v3", column="V3_open", text="Welke sectoren?"), sector, list(codings))


@pytest.mark.parametrize(
    ("codes", "disputed", "decisions", "assigned", "status"),
    [
        (["bouw"], [], [NO, YES, NO], [False, True, False], Status.CODED),
        (["ict", "zorg"], [], [YES, NO, YES], [True, False, True], Status.CODED),
        ([], [], [NO, NO, NO], [False, False, False], Status.NONE_APPLIES),
        (["zorg"], ["bouw"], [YES, REVIEW, NO], [True, False, False], Status.REVIEW),
        ([], ["bouw", "ict"], [NO, REVIEW, REVIEW], [False, False, False], Status.REVIEW),
    ],
)
def test_peoples_codes_stand_and_what_they_dispute_is_for_review(codes, disputed, decisions, assigned, status):
    coding = coding_by_person(CODES, gold(codes, disputed))
    assert coding.decisions.tolist() == decisions
    assert coding.assigned.tolist() == assigned
    assert coding.status is status
    assert coding.source is Source.PERSON
    assert coding.probabilities is None
    assert coding.evidence == {}


@pytest.mark.parametrize(
    ("decisions", "status"),
    [
        ([NO, NO, NO], Status.NONE_APPLIES),
        ([NO, UNKNOWN, NO], Status.NONE_APPLIES),
        ([YES, NO, NO], Status.CODED),
        ([YES, UNKNOWN, NO], Status.CODED),
        ([YES, REVIEW, NO], Status.REVIEW),
        ([UNKNOWN, REVIEW, NO], Status.REVIEW),
    ],
)
def test_one_doubtful_code_sends_the_models_answer_to_review(decisions, status):
    coding = by_model(*decisions)
    assert coding.status is status
    assert coding.source is Source.MODEL
    assert coding.decisions.tolist() == decisions
    assert coding.evidence == {"zorg": "verpleging"}


def test_nothing_is_published_of_an_answer_that_the_model_leaves_to_a_person():
    codings = [by_model(REVIEW, NO, NO), by_model(YES, NO, UNKNOWN), coding_by_person(CODES, gold(["zorg"], ["bouw"]))]
    assert block(*codings).published.tolist() == [[UNKNOWN] * 3, [YES, NO, UNKNOWN], [YES, REVIEW, NO]]
    assert block().published.shape == (0, 3)


def test_what_the_model_cannot_tell_counts_as_no_probability():
    probabilities = np.array([0.5, 0.25, np.nan], dtype=np.float32)
    known = coding_by_model(np.array([NO, NO, UNKNOWN]), probabilities > 1, probabilities, {})
    asked = block(known, coding_undecided(Status.NO_ANSWER, 3))
    assert asked.predicted.tolist() == [[0.5, 0.25, 0], [0, 0, 0]]
    assert block().predicted.shape == (0, 3)


@pytest.mark.parametrize("status", [Status.EMPTY, Status.NO_ANSWER, Status.NOT_DUTCH, Status.REVIEW])
def test_what_nobody_coded_has_no_code_and_no_source(status):
    coding = coding_undecided(status, 3)
    assert coding.status is status
    assert coding.source is Source.NOBODY
    assert coding.decisions.tolist() == [UNKNOWN] * 3
    assert coding.assigned.tolist() == [False] * 3
    assert coding.probabilities is None


def test_statuses_and_sources_are_the_words_of_the_file_format():
    assert [status.value for status in Status] == [
        "coded", "none_applies", "review", "empty", "no_answer", "not_dutch",
    ]  # fmt: skip
    assert [source.value for source in Source] == ["person", "model", ""]


def test_a_block_is_named_after_its_question_and_codeframe():
    assert block().name == "v3_sector"


def test_answers_that_share_a_coding_get_what_each_would_get_alone():
    shared, other = by_model(NO, REVIEW, NO), by_model(YES, NO, NO)
    person = coding_by_person(CODES, gold(["bouw"], ["ict"], is_random=True))
    nothing = coding_undecided(Status.EMPTY, 3)
    codings = [shared, person, shared, nothing, other, nothing, shared]
    whole = block(*codings)
    assert whole.once.codings == [shared, person, nothing, other]
    assert whole.places.tolist() == [0, 1, 0, 2, 3, 2, 0]
    assert whole.times == [3, 1, 2, 1]
    for name in ("is_read", "is_person", "is_audit", "is_predicted", "by_people", "published", "predicted"):
        alone = np.concatenate([getattr(block(coding), name) for coding in codings])
        assert getattr(whole, name).tolist() == alone.tolist()
    assert np.array_equal(whole.probabilities[3], np.full(3, np.nan), equal_nan=True)
