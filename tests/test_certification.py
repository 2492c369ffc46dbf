"""What may be coded automatically, on constructed audits of which the truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from themawijzer.coding.certification import Audit, Certificate, CertificateReason, CodeVerdict, certify, curve
from themawijzer.coding.decisions import automatic
from themawijzer.coding.evidence import Rate

MANY = 10**7


def audit(*groups: tuple[int, list[float], list[int]], n_rest: int = MANY) -> Audit:
    """So many answers each with these probabilities and these codes."""
    probabilities = [p for n, p, _ in groups for _ in range(n)]
    truth = [y for n, _, y in groups for _ in range(n)]
    return Audit(np.array(probabilities, dtype=np.float32), np.array(truth, dtype=bool), n_rest)


def simulated(n: int, *, seed: int, k: int = 4, sharpness: float = 1.0, n_rest: int = MANY) -> Audit:
    """Probabilities that mean what they say, at sharpness 1; overconfident above."""
    random = np.random.default_rng(seed)
    logits = random.normal(-2, 3, size=(n, k))
    truth = random.random((n, k)) < 1 / (1 + np.exp(-logits))
    return Audit((1 / (1 + np.exp(-sharpness * logits))).astype(np.float32), truth, n_rest)


def test_59_faultless_answers_certify_a_code_and_58_do_not() -> None:
    for n, verdict, reason in (
        (59, CodeVerdict.CERTIFIED, CertificateReason.MET),
        (58, None, CertificateReason.TOO_FEW),
    ):
        certificate = certify(audit((n, [0.99], [1])), 0.95)
        assert certificate.reason is reason
        if verdict:
            assert certificate.codes[0].verdict is verdict
            assert certificate.quality.precision == Rate(59, 59, 59)


def test_a_sample_too_small_to_certify_anything_condemns_nothing_either() -> None:
    """From 59 faultless answers on 0.95 can be certified; of fewer nobody knows whether more would do."""
    reasons = [certify(audit((n, [0.99], [0])), 0.95).reason for n in (1, 58, 59)]
    assert reasons == [CertificateReason.TOO_FEW, CertificateReason.TOO_FEW, CertificateReason.TOO_INACCURATE]


def test_where_all_were_right_there_were_too_few_and_not_too_many_mistakes() -> None:
    """Of 100 answers 28 have the code, all found: too few cases for 0.95, and no more than 20 answers remain."""
    found = certify(audit((28, [0.99], [1]), (72, [0.01], [0]), n_rest=20), 0.95)
    assert (found.reason, found.n_more) == (CertificateReason.TOO_FEW, None)


def test_answers_of_more_doubt_than_the_evidence_reaches_go_to_people() -> None:
    certificate = certify(audit((100, [0.99], [1]), (50, [0.6], [1]), (50, [0.6], [0])), 0.9)
    assert certificate.is_certified
    assert certificate.limits.doubt == pytest.approx(0.01, abs=1e-6)
    assert certificate.whole_set == Rate(100, 100, 100)
    assert certificate.share_automatic == 0.5
    assert automatic(np.array([[0.995], [0.6]]), certificate.limits).tolist() == [True, False]
    assert certificate.quality.recall == Rate(100, 150, 150)


@pytest.mark.parametrize(("n", "sharpness"), [(60, 1.0), (200, 1.0), (200, 3.0)])
def test_a_code_on_every_answer_changes_no_limit_and_lifts_no_figure(n: int, sharpness: float) -> None:
    """Its cases, all right, would halve the doubt of an answer with one code and prove what they do not touch."""
    without = simulated(n, seed=3, sharpness=sharpness)
    probabilities = np.hstack([without.probabilities, np.full((n, 1), (n + 1) / (n + 2), dtype=np.float32)])
    truth, constant = np.hstack([without.truth, np.ones((n, 1), dtype=bool)]), np.array([False] * 4 + [True])
    found = certify(replace(without, probabilities=probabilities, truth=truth, constant=constant), 0.9)
    expected = certify(without, 0.9)
    assert found.limits.doubt == expected.limits.doubt
    assert (found.quality, found.whole_set, found.reason) == (expected.quality, expected.whole_set, expected.reason)
    assert found.codes[:4] == expected.codes
    if found.is_certified:
        assert found.codes[4].verdict is CodeVerdict.CERTIFIED
    rows = automatic(probabilities, found.limits)
    assert rows.tolist() == automatic(without.probabilities, expected.limits).tolist()


def test_a_code_given_to_every_answer_has_to_reach_the_target_by_itself() -> None:
    sample = audit((180, [0.99, 0.9], [1, 1]), (20, [0.99, 0.9], [1, 0]))
    assert certify(replace(sample, constant=np.array([False, True])), 0.8).is_certified
    assert not certify(replace(sample, constant=np.array([False, True])), 0.95).is_certified


def test_missing_codes_count_as_much_as_wrong_ones() -> None:
    """Everything that is given is right, but a second code is never given."""
    certificate = certify(audit((100, [0.99, 0.01], [1, 0]), (100, [0.99, 0.01], [1, 1])), 0.9)
    assert certificate.reason is CertificateReason.TOO_INACCURATE
    assert certificate.limits.doubt is None
    assert certificate.n_more is None
    assert [code.verdict for code in certificate.codes] == [CodeVerdict.NOT_AUTOMATABLE] * 2


def test_a_code_with_little_evidence_is_held_by_the_pool_and_knows_how_much_more_it_needs() -> None:
    certificate = certify(audit((180, [0.99, 0.01], [1, 0]), (20, [0.01, 0.99], [0, 1])), 0.95)
    often, seldom = certificate.codes
    assert (often.verdict, often.n_more) == (CodeVerdict.CERTIFIED, 0)
    assert (seldom.verdict, seldom.quality.precision) == (CodeVerdict.POOLED, Rate(20, 20, 20))
    assert seldom.n_more is not None
    # a tenth of the answers has it: 59 of them are in 590 answers, of which 200 are there
    assert 390 <= seldom.n_more <= 470


def test_a_code_that_is_wrong_too_often_for_luck_is_blocked_and_the_rest_stands() -> None:
    found = audit((400, [0.99, 0.01], [1, 0]), (9, [0.01, 0.99], [0, 0]), (2, [0.01, 0.99], [0, 1]))
    certificate = certify(found, 0.9)
    assert certificate.is_certified
    assert certificate.limits.blocked.tolist() == [False, True]
    assert certificate.codes[1].verdict is CodeVerdict.NOT_AUTOMATABLE
    assert certificate.codes[1].quality.precision == Rate(2, 11, 11)
    assert certificate.quality.precision == Rate(400, 400, 400)
    assert automatic(np.array([[0.99, 0.01], [0.01, 0.99]], dtype=np.float32), certificate.limits).tolist() == [
        True,
        False,
    ]


def test_a_code_that_is_not_learned_is_not_automatable() -> None:
    certificate = certify(audit((98, [0.99, 0.0], [1, 0]), (2, [0.99, 0.0], [1, 1])), 0.9)
    assert [code.verdict for code in certificate.codes] == [CodeVerdict.CERTIFIED, CodeVerdict.NOT_AUTOMATABLE]
    assert (certificate.quality.completeness.n_right, certificate.quality.completeness.n) == (100, 102)


def test_without_a_random_sample_nothing_is_automatic_and_the_least_is_said() -> None:
    empty = Audit(np.empty((0, 2), dtype=np.float32), np.empty((0, 2), dtype=bool), 500)
    certificate = certify(empty, 0.95)
    assert (certificate.reason, certificate.n_more, certificate.share_automatic) == (
        CertificateReason.NO_SAMPLE,
        59,
        0.0,
    )


def test_few_answers_that_remain_need_more_evidence() -> None:
    enough = [(100, [0.99], [1]), (4, [0.99], [0])]
    assert certify(audit(*enough), 0.9).is_certified
    assert not certify(audit(*enough, n_rest=30), 0.9).is_certified


def chained(n: int, *, share_wrong: float, seed: int) -> Audit:
    """Every answer has three codes that are given with the same doubt, and are all right or all wrong."""
    random = np.random.default_rng(seed)
    right = random.random(n) >= share_wrong
    probabilities = np.repeat(random.uniform(0.9, 1, size=(n, 1)), 3, axis=1).astype(np.float32)
    return Audit(probabilities, np.repeat(right[:, None], 3, axis=1), MANY)


def test_an_answer_that_gets_more_codes_than_few_of_the_sample_goes_to_people() -> None:
    one, two, three = [0.99, 0.01, 0.01], [0.99, 0.99, 0.01], [0.99, 0.99, 0.99]
    for n_large, is_automatic in ((4, False), (5, True)):
        seen = audit((60, one, [1, 0, 0]), (60, two, [1, 1, 0]), (n_large, three, [1, 1, 1]))
        limits = certify(seen, 0.95).limits
        assert limits.n_codes == 2 + is_automatic
        assert automatic(np.array([one, two, three], dtype=np.float32), limits).tolist() == [True, True, is_automatic]


@pytest.mark.parametrize(("n_audit", "share_right"), [(60, 0.0), (200, 0.5)])
def test_rare_answers_with_many_codes_that_are_right_or_wrong_together_break_no_promise(
    n_audit: int, share_right: float
) -> None:
    """One answer in fifty gets ten codes, of which so many answers are right: of all codes, 83 % or 92 %."""
    random, missed = np.random.default_rng(0), 0
    for _ in range(100):
        is_large = random.random(3000) < 0.02
        is_wrong = is_large & (random.random(3000) >= share_right)
        given = is_large[:, None] | (np.arange(10) == 0)
        probabilities, truth = np.where(given, 0.99, 0.01).astype(np.float32), given & ~is_wrong[:, None]
        limits = certify(Audit(probabilities[:n_audit], truth[:n_audit], 3000 - n_audit), 0.95).limits
        published = given[n_audit:] & automatic(probabilities[n_audit:], limits)[:, None]
        missed += (published & ~truth[n_audit:]).sum() > 0.05 * published.sum()
    assert missed <= 5


def test_twenty_answers_with_three_codes_each_are_not_sixty_cases() -> None:
    assert certify(audit((20, [0.99] * 3, [1] * 3)), 0.95).reason is CertificateReason.TOO_FEW
    assert certify(audit((59, [0.99] * 3, [1] * 3)), 0.95).is_certified


@pytest.mark.parametrize("share_wrong", [0.11, 0.13])
def test_mistakes_that_come_together_make_no_promise_that_is_not_kept(share_wrong: float) -> None:
    """The target is missed by a little, which is where a promise is most often made in vain."""
    promised = [certify(chained(100, share_wrong=share_wrong, seed=seed), 0.9).is_certified for seed in range(200)]
    assert np.mean(promised) <= 0.05


@pytest.mark.parametrize("sharpness", [0.7, 1.0, 1.5])
def test_the_target_is_missed_in_at_most_one_draw_in_twenty(sharpness: float) -> None:
    """Whether probabilities are too cautious, right, or too sure; and there is something to miss."""
    rest = simulated(50_000, seed=1, sharpness=sharpness)
    drawn = [certify(simulated(600, seed=seed, sharpness=sharpness), 0.7) for seed in range(100, 200)]
    assert np.mean([certificate.is_certified for certificate in drawn]) > 0.3
    assert np.mean([misses(certificate, rest) for certificate in drawn]) <= 0.05


def misses(certificate: Certificate, rest: Audit) -> bool:
    target = certificate.limits.target
    rows = automatic(rest.probabilities, certificate.limits)
    given, truth = rest.probabilities[rows] >= 0.5, rest.truth[rows]
    hits = (given & truth).sum()
    return bool(hits < target * given.sum() or hits < target * truth.sum())


def test_a_limit_is_certified_only_if_it_also_holds_without_what_is_blocked() -> None:
    """Blocking takes away what was given rightly of a code, and leaves what was missed."""
    found = audit((180, [0.99, 0.01], [1, 0]), (120, [0.01, 0.99], [0, 1]), (22, [0.01, 0.01], [0, 1]))
    certificate = certify(found, 0.9)
    assert not certificate.is_certified or certificate.quality.completeness.share >= 0.9


def test_probabilities_that_are_too_sure_do_not_hide_the_answers_that_are_certain() -> None:
    certificate = certify(audit((100, [0.99], [1]), (70, [0.95], [1]), (30, [0.95], [0])), 0.9)
    assert certificate.is_certified
    assert certificate.whole_set == Rate(100, 100, 100)


def test_the_curve_goes_from_the_most_certain_answers_to_all() -> None:
    found = curve(audit((60, [0.99], [1]), (40, [0.7], [0])))
    assert [(share, quality.precision) for share, quality, _ in found] == [
        (0.6, Rate(60, 60, 60)),
        (1.0, Rate(60, 100, 100)),
    ]
    assert found[-1][2] == Rate(60, 100, 100)


def test_where_nobody_knows_how_many_remain_their_number_does_not_count() -> None:
    """What a small rest makes uncertain, or sure, is left out; the limit is that of a rest without end."""
    enough = (59, [0.99], [1])
    unknown = replace(audit(enough), n_rest=None)
    assert certify(unknown, 0.95).is_certified
    assert not certify(replace(unknown, truth=unknown.truth & (np.arange(59) > 0)[:, None]), 0.95).is_certified
    for seed in range(20):
        found = simulated(200, seed=seed)
        known, unbounded = certify(found, 0.9), certify(replace(found, n_rest=None), 0.9)
        assert known.limits.doubt == unbounded.limits.doubt
        assert (known.reason, known.whole_set) == (unbounded.reason, unbounded.whole_set)


def test_how_many_more_are_needed_is_told_where_nobody_knows_how_many_remain() -> None:
    few = audit((40, [0.99], [1]))
    assert 19 <= (certify(replace(few, n_rest=None), 0.95).n_more or 0) <= 21
