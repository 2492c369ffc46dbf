import numpy as np
import pytest

from themawijzer.coding.cell_shares import MIN_AUDIT, Method, Refusal, Share
from themawijzer.coding.codings import CodedBlock, Coding, Status, coding_by_model, coding_by_person, coding_undecided
from themawijzer.coding.decisions import Decision
from themawijzer.coding.prevalence import Prevalence
from themawijzer.coding.tallies import Cell, Per, collect_units
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.gold import Gold
from themawijzer.survey.survey import Question

SECTOR = Codeframe.model_validate(
    {
        "id": "sector",
        "label": "Sector",
        "code": [
            {"id": code, "value": n, "label": code, "definition": code} for n, code in enumerate(["zorg", "bouw"], 1)
        ],
    }
)
V1, V2 = (Question(id=name, column=name.upper(), text="?", codeframes=["sector"]) for name in ("v1", "v2"))
EMPTY, NO_ANSWER, NOT_DUTCH = (
    coding_undecided(status, 2) for status in (Status.EMPTY, Status.NO_ANSWER, Status.NOT_DUTCH)
)


def by_model(zorg: float, bouw: float = 0.0) -> Coding:
    """Given from 0.6 on, not given up to 0.4, and between them for people."""
    probabilities = np.array([zorg, bouw], dtype=np.float32)
    decisions = np.select([probabilities >= 0.6, probabilities <= 0.4], [Decision.YES, Decision.NO], Decision.REVIEW)
    return coding_by_model(decisions.astype(np.int8), decisions == Decision.YES, probabilities, {})


def by_person(*codes: str, zorg: float = 0.0, is_random: bool = True, disputed: str = "") -> Coding:
    gold = Gold(frozenset(codes), frozenset(filter(None, [disputed])), "tekst", ("codeur-1",), is_random)
    return coding_by_person(SECTOR.code_ids, gold, np.array([zorg, 0], dtype=np.float32))


def shares(
    codings: list[Coding], *others: list[Coding], weights: list[float] | None = None, chunk: int = 10**6, **groups
):
    """Of answers to v1 (and to v2), with a background column where groups are named."""
    found = Prevalence(list(groups), min_cell=5)
    for start in range(0, len(codings), chunk):
        rows = slice(start, start + chunk)
        blocks = [
            CodedBlock(question, SECTOR, answers[rows])
            for question, answers in zip((V1, V2), (codings, *others), strict=False)
        ]
        ones = np.ones(len(blocks[0].codings))
        found.add(blocks, np.array(weights[rows]) if weights else ones, {k: v[rows] for k, v in groups.items()})
    return found.shares()


def one(found: list[Share], per: Per = Per.ANSWER, code: str = "zorg", group: str = "", question: str = "v1") -> Share:
    wanted = (per, question if per is Per.ANSWER else "", code, group)
    (share,) = [s for s in found if (s.table.per, s.table.question, s.code, s.cell.group) == wanted]
    return share


AUDIT = [by_person("zorg", zorg=0.5)] * 20 + [by_person(zorg=0.1)] * 40
REST = [by_model(0.9)] * 100 + [by_model(0.1)] * 300 + [by_model(0.5)] * 20


# What is counted


def test_answers_that_are_empty_or_say_nothing_are_not_in_the_population():
    share = one(shares([*AUDIT, *REST, EMPTY, NO_ANSWER, NOT_DUTCH]))
    assert (share.n, share.n_audit) == (481, 60)


def test_the_raw_share_is_that_of_what_the_machine_and_people_decided():
    share = one(shares([*AUDIT, *REST]))
    assert (share.n, share.n_decided, share.raw) == (480, 60 + 400, pytest.approx((20 + 100) / (60 + 400)))


def test_the_raw_share_of_fewer_decided_answers_than_a_cell_needs_is_not_told():
    few, enough = (one(shares([by_model(0.5)] * 9 + [by_model(0.9)] * n)) for n in (4, 5))
    assert (few.n_decided, few.raw) == (None, None)
    assert (enough.n_decided, enough.raw) == (5, 1)


def test_the_corrected_share_is_the_mean_prediction_plus_the_mean_residual_of_the_audit():
    share = one(shares([*AUDIT, *REST]))
    predicted = (20 * 0.5 + 40 * 0.1 + 100 * 0.9 + 300 * 0.1 + 20 * 0.5) / 480
    assert share.share == pytest.approx(predicted + 20 / 60 - (20 * 0.5 + 40 * 0.1) / 60)  # the slope is cut at 1
    assert share.low < share.share < share.high
    assert share.effective_n > 60
    assert (share.refusal, share.needed) == (None, 0)


def test_what_the_model_was_not_asked_or_has_not_learned_counts_as_predicted_absent():
    unlearned = [by_model(float("nan"), float("nan"))] * 20
    unasked = [NOT_DUTCH] * 20
    audit = [by_person("bouw"), *[by_person()] * 59]
    share = one(shares([*audit, *unlearned, *unasked]), code="bouw")
    assert share.share == pytest.approx(1 / 60)


def test_the_interval_holds_the_share_whoever_of_those_that_dispute_a_code_is_right():
    def found(*disputed: Coding) -> Share:
        return one(shares([*AUDIT, *REST, *disputed]))

    yes, no, open_ = by_person("zorg", zorg=0.5), by_person(zorg=0.5), by_person(zorg=0.5, disputed="zorg")
    absent, there, unknown = found(*[no] * 6), found(*[yes] * 6), found(*[open_] * 6)
    assert (unknown.n, unknown.n_audit) == (486, 66)
    assert (unknown.low, unknown.high) == pytest.approx((absent.low, there.high), abs=0.002)  # but for the slope
    assert unknown.share == pytest.approx((absent.share + there.share) / 2, abs=0.002)
    assert unknown.effective_n < min(absent.effective_n, there.effective_n)


def test_what_coders_agree_on_counts_in_an_answer_of_which_they_dispute_another_code():
    agreed = one(shares([*AUDIT, *REST, by_person("zorg")]))
    assert one(shares([*AUDIT, *REST, by_person("zorg", disputed="bouw")])) == agreed


def test_shares_are_weighted():
    weights = [2.0] * 20 + [1.0] * 40 + [1.0] * 420
    share = one(shares([*AUDIT, *REST], weights=weights))
    assert share.raw == pytest.approx((2 * 20 + 100) / (2 * 20 + 40 + 400))
    predicted = (2 * 20 * 0.5 + 40 * 0.1 + 100 * 0.9 + 300 * 0.1 + 20 * 0.5) / 500
    assert share.share == pytest.approx(predicted + 40 / 80 - (2 * 20 * 0.5 + 40 * 0.1) / 80)


def test_who_has_no_weight_is_not_in_the_population():
    weights = [1.0] * 480 + [0.0] * 10
    assert one(shares([*AUDIT, *REST, *[by_model(0.9)] * 10], weights=weights)) == one(shares([*AUDIT, *REST]))


@pytest.mark.parametrize("chunk", [1, 7, 100])
def test_chunks_give_the_same_shares(chunk):
    provinces = (["Utrecht", "Drenthe", "Zeeland"] * 160)[:480]
    whole = shares([*AUDIT, *REST], provincie=provinces)
    parts = shares([*AUDIT, *REST], provincie=provinces, chunk=chunk)
    for expected, found in zip(whole, parts, strict=True):
        assert (found.table, found.code, found.cell, found.n) == (
            expected.table,
            expected.code,
            expected.cell,
            expected.n,
        )
        assert found.high == pytest.approx(expected.high, abs=1e-9)


# What is certain

NEARLY_ALL = [by_person("zorg", zorg=0.5)] * 11 + [by_person(zorg=0.1)] * 90 + [by_model(0.01)] * 6
UNCODED = ["stad"] * 2 + ["dorp"] * 6


def test_an_interval_holds_no_share_that_the_codes_of_people_rule_out():
    share = one(shares(NEARLY_ALL))
    assert (share.low, share.share) == (pytest.approx(11 / 107), pytest.approx(11 / 107))
    assert 11 / 107 < share.high < 17 / 107
    nay = [by_person("zorg", zorg=0.9)] * 90 + [by_person(zorg=0.5)] * 11 + [by_model(0.99)] * 6
    assert one(shares(nay)).high == pytest.approx(1 - 11 / 107)


def test_what_is_certain_is_weighted():
    share = one(shares(NEARLY_ALL, weights=[2.0] * 11 + [1.0] * 96))
    assert share.low == pytest.approx(22 / 118)


def test_what_people_coded_of_answers_that_they_chose_is_certain_too():
    chosen = [by_person("zorg", is_random=False)] * 40
    share = one(shares([*[by_person()] * 60, *chosen]))
    assert (share.n_audit, share.share, share.low) == (60, pytest.approx(0.4), pytest.approx(0.4))


def test_of_an_answer_only_the_disputed_codes_are_uncertain():
    disputed = [by_person("bouw", disputed="zorg", is_random=False)] * 40
    found = shares([*[by_person()] * 60, *disputed])
    assert one(found).low == 0
    assert one(found, code="bouw").low == pytest.approx(0.4)


def test_what_is_certain_of_a_group_is_not_used_where_it_would_give_away_few_of_another():
    """All but two of the 99 in the town are coded and 4 of the 10 in the village, which the difference would show."""
    yes, no = by_person("zorg", zorg=0.5), by_person(zorg=0.1)

    def found(n_yes: int, n_no: int) -> list[Share]:
        """In the town 11 more have it; in the village so many, beside six of whom nobody decided."""
        coded = [yes] * 11 + [no] * 86 + [yes] * n_yes + [no] * n_no + [by_model(0.01)] * 12
        return shares(coded, grootte=["stad"] * 97 + ["dorp"] * (n_yes + n_no) + ["stad"] * 6 + ["dorp"] * 6)

    few, enough = found(4, 6), found(5, 5)
    assert one(few).low == pytest.approx(15 / 119)
    assert 0 < one(few, group="stad").low < 11 / 103
    assert one(enough, group="stad").low == pytest.approx(11 / 103)


def test_of_a_group_of_which_people_coded_nearly_all_no_share_is_told_where_few_have_the_code():
    """It would be a number of people but for a little: 3 of 60, and of 4 nobody knows."""
    coded = [by_person("zorg", zorg=0.4)] * 3 + [by_person(zorg=0.1)] * 53 + [by_model(0.01)] * 4
    found = shares([*coded, *AUDIT, *REST], grootte=["dorp"] * 60 + ["stad"] * 480)
    assert [one(found, group=group).refusal for group in ("dorp", "")] == [Refusal.SMALL_COUNT, None]


def test_what_a_fully_coded_group_tells_gives_away_few_of_another_neither():
    """The share in the town would be exact: all less it is the village, where few have the code."""
    yes, no = by_person("zorg", zorg=0.5), by_person(zorg=0.1)
    groups = ["stad"] * 97 + ["dorp"] * 20
    found = shares([yes] * 11 + [no] * 86 + [yes] * 4 + [no] * 16, grootte=groups)
    assert [one(found, group=group).refusal for group in ("stad", "dorp")] == [Refusal.SMALL_COUNT] * 2
    assert [one(found, group=group).raw for group in ("stad", "dorp")] == [None, None]
    assert (one(found).share, one(found).n_decided) == (pytest.approx(15 / 117), 117)
    found = shares([yes] * 11 + [no] * 86 + [yes] * 5 + [no] * 15, grootte=groups)
    assert [one(found, group=group).share for group in ("", "stad", "dorp")] == pytest.approx([16 / 117, 11 / 97, 0.25])


def test_a_weighted_share_that_reads_as_few_is_not_told_of_a_group():
    """Five have the code, who weigh as much as two of twenty; all less the town are five."""
    weights = [0.4] * 5 + [1.0] * 18 + [1.0] * 40
    coded = [*chosen("zorg", n=5), *chosen(n=18), *chosen("zorg", n=20), *chosen(n=20)]
    found = shares(coded, weights=weights, grootte=["dorp"] * 23 + ["stad"] * 40)
    assert [one(found, group=group).refusal for group in ("dorp", "stad", "")] == [Refusal.SMALL_COUNT, None, None]


# When there is no share


def test_an_audit_that_is_too_small_is_refused_with_the_number_that_is_lacking():
    share = one(shares([*AUDIT[:30], *REST]))
    assert (share.refusal, share.needed, share.n_audit) == (Refusal.TOO_FEW, MIN_AUDIT - 30, 30)
    assert (share.share, share.low, share.high, share.effective_n) == (None, None, None, None)
    assert share.raw == pytest.approx((20 + 100) / (30 + 400))


def test_answers_that_people_chose_to_code_are_no_audit():
    chosen = [by_person("zorg", is_random=False)] * 60
    share = one(shares([*chosen, *AUDIT[:10], *REST]))
    assert (share.refusal, share.needed, share.n_audit) == (Refusal.NOT_RANDOM, MIN_AUDIT - 10, 10)


def test_of_a_small_population_no_more_can_be_asked_than_all():
    share = one(shares([*AUDIT[:10], *REST[:2]]))
    assert (share.refusal, share.needed) == (Refusal.TOO_FEW, 2)
    share = one(shares(AUDIT[:10]))
    assert (share.refusal, share.share, share.low, share.high) == (None, 1, pytest.approx(1), 1)


def test_a_question_that_nobody_answered_says_so():
    share = one(shares([EMPTY] * 20))
    assert (share.refusal, share.n, share.raw) == (Refusal.SMALL_CELL, None, None)


# What people counted


def chosen(*codes: str, n: int, **how) -> list[Coding]:
    return [by_person(*codes, is_random=False, **how)] * n


def test_a_complete_count_needs_no_sample_and_is_exact():
    """Of 134 answers 95 were imported and 39 came back from the review list: nothing is left to draw."""
    found = shares([*chosen("zorg", n=41), *chosen("bouw", n=54), *chosen(n=39)])
    for per in Per:
        share = one(found, per)
        assert (share.share, share.interval, share.method) == (pytest.approx(41 / 134), (None, None), Method.COUNTED)
        assert (share.n, share.n_audit, share.n_left, share.needed, share.refusal) == (134, 0, 0, 0, None)
        assert share.effective_n == 134
    assert one(found, code="bouw").share == pytest.approx(54 / 134)


def test_a_complete_count_is_weighted_and_of_every_group_of_which_all_is_coded():
    weights, groups = [3.0] * 20 + [1.0] * 60, ["stad"] * 40 + ["dorp"] * 40
    found = shares([*chosen("zorg", n=20), *chosen(n=50), *[by_model(0.9)] * 10], weights=weights, grootte=groups)
    town, village, all_ = (one(found, group=group) for group in ("stad", "dorp", ""))
    assert (town.share, town.method) == (pytest.approx(60 / 80), Method.COUNTED)
    assert [(share.share, share.refusal, share.needed) for share in (village, all_)] == [
        (None, Refusal.TOO_FEW, 10),
        (None, Refusal.NOT_RANDOM, 10),
    ]


def test_where_coders_dispute_a_code_of_a_complete_count_the_share_lies_between_what_is_certain():
    found = shares([*chosen("zorg", n=40), *chosen(n=50), *chosen("bouw", n=10, disputed="zorg")])
    share = one(found)
    assert (share.low, share.high) == (pytest.approx(0.4), pytest.approx(0.5))
    assert (share.share, share.method) == (pytest.approx(0.45), Method.DISPUTED)
    assert one(found, code="bouw").method is Method.COUNTED


def test_of_a_small_group_that_was_counted_nothing_is_told():
    found = shares([*chosen("zorg", n=4), *chosen(n=60)], grootte=["dorp"] * 4 + ["stad"] * 60)
    assert {one(found, group=group).refusal for group in ("dorp", "stad")} == {Refusal.SMALL_CELL}


def test_no_more_random_answers_are_asked_for_than_are_left():
    share = one(shares([*chosen("zorg", n=90), *[by_person()] * 14, *[by_model(0.5)] * 30]))
    assert (share.needed, share.n_left, share.refusal) == (30, 30, Refusal.NOT_RANDOM)


def test_respondents_of_whom_all_was_coded_need_no_sample_beside_those_of_whom_it_was_not():
    """Of who answered both questions everything is coded, by choice; of the others 60 at random."""
    first = [*chosen("zorg", n=30), *chosen(n=10), *[by_person("zorg")] * 20, *[by_person()] * 40]
    second = [*chosen(n=40), *[EMPTY] * 160]
    share = one(shares([*first, *[by_model(0.0)] * 100], second), Per.RESPONDENT)
    assert (share.refusal, share.n, share.n_audit, share.n_left) == (None, 200, 60, 100)
    assert share.share == pytest.approx((30 + 160 / 3) / 200, abs=1e-6)
    assert 50 / 200 < share.low < share.share < share.high < 150 / 200


# What people nearly counted

SAMPLED = [by_person("zorg", zorg=0.3)] * 1 + [by_person(zorg=0.1)] * 59


def test_with_few_left_the_interval_is_exact():
    """60 of 76 at random, of which 1 has the code: 4 of 76 cannot be excluded, which a normal approximation does."""
    share = one(shares([*SAMPLED, *[by_model(0.1)] * 16]))
    assert (share.low, share.high) == (pytest.approx(1 / 76), pytest.approx(4 / 76))
    assert share.method is Method.ESTIMATED


def test_an_interval_is_never_narrower_than_what_one_answer_changes():
    """All but one are coded, and the sample and the model are sure that the last one is as the others."""
    for weights in ([1.0] * 120, [1.0] * 119 + [7.0]):
        share = one(shares([*[by_person(zorg=0.0)] * 60, *chosen("zorg", n=59), by_model(0.001)], weights=weights))
        unit = weights[-1] / sum(weights)
        assert (share.low, share.high) == (pytest.approx(59 / sum(weights)), pytest.approx(59 / sum(weights) + unit))
        assert share.share == pytest.approx(share.low, abs=0.01)


def test_what_was_chosen_is_counted_and_only_the_rest_is_estimated():
    """The sample has fewer than it should; of the 4 that are left the model expects none."""
    share = one(shares([*[by_person(zorg=0.0)] * 50, *chosen("zorg", n=46), *[by_model(0.0)] * 4]))
    assert share.share == pytest.approx(0.46)


@pytest.mark.parametrize("n_left", [60, 40, 20, 5, 1])
@pytest.mark.parametrize("weight", [1.0, 3.0])
def test_the_interval_goes_to_the_count_as_less_is_left(n_left: int, weight: float):
    coded = [by_person("zorg", zorg=0.4)] * 30 + [by_person(zorg=0.1)] * 90
    weights = [weight] * 30 + [1.0] * (90 + n_left)
    share = one(shares([*coded, *[by_model(0.2)] * n_left], weights=weights))
    assert 1 / sum(weights) - 1e-9 <= share.high - share.low <= n_left / sum(weights) + 1e-9
    assert 30 * weight / sum(weights) <= share.low <= share.share <= share.high


# By background


def test_a_group_is_corrected_by_its_own_audited_answers():
    groups = ["stad"] * 60 + ["dorp"] * 60 + ["stad"] * 420 + ["dorp"] * 420
    denied = [by_person(zorg=0.5)] * 20 + [by_person(zorg=0.1)] * 40
    found = shares([*AUDIT, *denied, *REST, *REST], grootte=groups)
    town, village, both = (one(found, group=group) for group in ("stad", "dorp", ""))
    assert town.cell == Cell("grootte", "stad")
    assert village.n == town.n == 480
    assert both.n == 960
    assert village.share < both.share < town.share
    assert town.share + village.share == pytest.approx(2 * both.share)
    assert town.share - village.share == pytest.approx(20 / 60)


def test_a_group_with_too_few_audited_answers_is_refused_alone():
    groups = ["stad"] * 50 + ["dorp"] * 10 + ["stad"] * 200 + ["dorp"] * 220
    found = shares([*AUDIT, *REST], grootte=groups)
    assert one(found).refusal is None
    assert one(found, group="stad").refusal is None
    assert (one(found, group="dorp").refusal, one(found, group="dorp").needed) == (Refusal.TOO_FEW, 40)


def test_a_question_that_few_answered_takes_no_shares_of_other_questions_along():
    found = shares([*AUDIT, *REST], [*[by_person("zorg")] * 3, *[EMPTY] * 477])
    assert [one(found, question=question).refusal for question in ("v1", "v2")] == [None, Refusal.SMALL_CELL]


def test_groups_of_few_respondents_are_hidden_with_those_that_would_give_them_away():
    groups = ["Utrecht"] * 4 + ["Drenthe"] * 6 + [""] * 470
    found = shares([*AUDIT, *REST], provincie=groups)
    for group in ("Utrecht", "Drenthe"):
        share = one(found, group=group)
        assert share == Share(share.table, "zorg", Cell("provincie", group), refusal=Refusal.SMALL_CELL)
    assert [s.cell for s in found if s.code == "zorg" and s.table.per is Per.ANSWER] == [
        Cell(),
        Cell("provincie", ""),
        Cell("provincie", "Drenthe"),
        Cell("provincie", "Utrecht"),
    ]


def test_no_raw_share_is_told_from_which_that_of_few_decided_answers_could_be_computed():
    """Of Drenthe 3 answers are decided, which are all of the decided ones less those of Utrecht and Zeeland."""
    yes, no = by_model(0.9), by_model(0.1)
    decided, undecided = [*[yes] * 10, *[no] * 20, *[yes] * 5, *[no] * 5, *[yes] * 3], [by_model(0.5)] * 7
    groups = ["Utrecht"] * 30 + ["Zeeland"] * 10 + ["Drenthe"] * 10
    found = shares([*decided, *undecided], provincie=groups)
    assert {s.cell.group: s.n for s in found if s.code == "zorg" and s.table.per is Per.ANSWER} == {
        "": 50, "Drenthe": 10, "Utrecht": 30, "Zeeland": 10,
    }  # fmt: skip
    assert {s.cell.group: s.n_decided for s in found if s.code == "zorg" and s.table.per is Per.ANSWER} == {
        "": 43, "Drenthe": None, "Utrecht": 30, "Zeeland": None,
    }  # fmt: skip
    assert all((s.raw is None) is (s.n_decided is None) for s in found)


# Per respondent


def test_with_one_question_respondents_are_its_answers():
    found = shares([*AUDIT, *REST])
    answer, respondent = one(found), one(found, Per.RESPONDENT)
    assert respondent.share == answer.share
    assert (respondent.n, respondent.raw, respondent.high) == (answer.n, answer.raw, answer.high)


def test_a_respondent_has_a_code_that_any_answer_has():
    first = [by_model(0.5), by_model(0.9), by_model(0.1), by_person("zorg", zorg=0.2), EMPTY, EMPTY]
    second = [by_model(0.2), by_model(0.5), EMPTY, by_person(zorg=0.1), by_person(zorg=0.3), NO_ANSWER]
    units = collect_units([CodedBlock(V1, SECTOR, first), CodedBlock(V2, SECTOR, second)], np.ones(6))
    assert units.predicted[:, 0] == pytest.approx([0.6, 0.95, 0.1, 0.28, 0.3, 0], abs=1e-6)
    assert units.given[:, 0].tolist() == [False, True, False, True, False, False]
    assert units.decided[:, 0].tolist() == [False, False, True, True, True, True]
    assert units.confirmed[:, 0].tolist() == [False, False, False, True, False, False]
    assert units.denied[:, 0].tolist() == [False, False, False, False, True, True]
    assert units.stratum.tolist() == [3, 3, 1, 3, 2, 0]
    assert units.is_audit[:5].tolist() == [False, False, False, True, True]


def test_the_raw_share_of_respondents_is_of_those_decided_on_every_answer():
    """Half of them have the code in an answer that is decided, and 1 of 5 of whom everything is."""
    decided = [by_model(0.9)] * 20 + [by_model(0.1)] * 80
    first = [*decided, *[by_model(0.9)] * 80, *[by_model(0.5)] * 20]
    found = shares(first, [*[by_model(0.1)] * 100, *[by_model(0.5)] * 100])
    share = one(found, Per.RESPONDENT)
    assert (share.n, share.n_decided, share.raw) == (200, 100, pytest.approx(0.2))


def test_respondents_are_strata_by_the_questions_that_they_answered():
    """Of those who answered both questions few are audited in both, but they weigh as many as they are."""
    both = [by_person("zorg", zorg=0)] * 10 + [by_model(0)] * 90
    first = [by_person(zorg=0)] * 50 + [by_model(0)] * 50
    found = shares([*both, *first], [*both, *[EMPTY] * 100])
    share = one(found, Per.RESPONDENT)
    assert (share.n, share.n_audit) == (200, 60)
    assert share.share == pytest.approx(0.5)
    assert one(found).share == pytest.approx(10 / 60)  # of answers to v1 the audit is one sample


def test_nobody_is_lost_among_more_questions_than_a_number_of_the_machine_has_bits():
    questions = [Question(id=f"v{place}", column=f"V{place}", text="?", codeframes=["sector"]) for place in range(70)]
    answers = [[by_person() if row // 5 == place else EMPTY for row in range(350)] for place in range(70)]
    found = Prevalence([], min_cell=5)
    found.add([CodedBlock(*each) for each in zip(questions, [SECTOR] * 70, answers, strict=True)], np.ones(350), {})
    share = one(found.shares(), Per.RESPONDENT)
    assert (share.n, share.n_audit, share.share) == (350, 350, 0)


def test_every_stratum_needs_respondents_whose_answers_are_all_audited():
    both = [by_person("zorg")] * 3 + [by_model(0)] * 90
    first = [by_person()] * 60 + [by_model(0)] * 50
    share = one(shares([*both, *first], [*both, *[EMPTY] * 110]), Per.RESPONDENT)
    assert (share.refusal, share.needed) == (Refusal.TOO_FEW, 7)


def test_an_answer_that_one_question_has_of_chosen_ones_takes_the_respondent_out_of_the_audit():
    chosen = by_person("zorg", is_random=False)
    share = one(shares([*AUDIT, *REST], [chosen] * 60 + [EMPTY] * 420), Per.RESPONDENT)
    assert (share.n_audit, share.refusal) == (0, Refusal.NOT_RANDOM)


def test_of_a_respondent_one_yes_of_a_person_is_certain_and_a_no_only_to_all_answers():
    yes, no = by_person("zorg"), by_person()
    first = [yes, no, no, no, yes, by_model(0.9)]
    second = [by_model(0.1), by_model(0.1), no, EMPTY, no, yes]
    units = collect_units([CodedBlock(V1, SECTOR, first), CodedBlock(V2, SECTOR, second)], np.ones(6))
    assert units.confirmed[:, 0].tolist() == [True, False, False, False, True, True]
    assert units.denied[:, 0].tolist() == [False, False, True, True, False, False]


def test_a_group_that_is_hidden_in_one_question_is_hidden_in_all_or_they_would_give_it_away():
    """Whoever is at the office answered v1 only: among respondents they are the same people as among its answers."""
    group = ["klein"] * 8 + ["kantoor"] * 20 + ["rest"] * 372
    v1 = [by_person("zorg")] * 3 + [EMPTY] * 5 + [by_person("zorg")] * 20 + [by_person()] * 372
    v2 = [by_person("bouw")] * 8 + [EMPTY] * 20 + [by_person()] * 372
    found = shares(v1, v2, regio=group)
    hidden = {(s.table.per, s.table.question, s.cell.group) for s in found if s.refusal is Refusal.SMALL_CELL}
    assert hidden >= {(Per.ANSWER, "v1", "klein"), (Per.ANSWER, "v1", "kantoor")}
    assert hidden >= {(Per.RESPONDENT, "", "klein"), (Per.RESPONDENT, "", "kantoor"), (Per.ANSWER, "v2", "klein")}
