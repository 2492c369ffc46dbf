"""What more random answers would do, on constructed models of which the learning curve is known."""

from dataclasses import replace

import numpy as np
import pytest

from themawijzer.coding.certification import Audit, CertificateReason, certified_share, certify
from themawijzer.learning.evaluation import OutOfFold
from themawijzer.learning.examples import Examples
from themawijzer.learning.learning_curve import MORE, PARTS, extrapolate, project
from themawijzer.records.evaluation_file import Projection

N, K = 200, 4


def judged(right: float, seed: int = 0) -> Audit:
    """N answers with one code each, of which this share is found, another one being given else."""
    truth = np.eye(K, dtype=bool)[np.random.default_rng(seed).integers(K, size=N)]
    given = truth.copy()
    wrong = np.random.default_rng(seed + 1).permutation(N)[round(right * N) :]
    given[wrong] = np.roll(truth[wrong], 1, axis=1)
    return Audit(np.where(given, 0.8, 0.05).astype(np.float32), truth, None)


def curve(exponent: float, n: float) -> float:
    return 0.9 - 1.2 / n**exponent


def projected(rights: list[float], more: int, target: float = 0.8) -> Projection:
    sizes = np.array(PARTS) * 160
    parts = [*map(judged, rights)]
    (found,) = project(parts, sizes, 200, [more], audit=parts[-1], target=target, seed=0)
    return found


@pytest.mark.parametrize("exponent", [0.25, 0.5, 1.0])
def test_a_curve_that_rises_goes_on_as_it_went(exponent: float) -> None:
    rights = [curve(exponent, part * 160) for part in PARTS]
    for more in (200, 800):
        f1 = projected(rights, more).micro_f1
        assert (f1.low or 0) <= curve(exponent, 200 + more) <= (f1.high or 0)
        assert (f1.high or 0) - (f1.low or 0) < 0.4  # benchmarks/learning_curve.md: narrower ones did not hold


def test_what_a_better_model_and_more_evidence_do_come_together() -> None:
    rising = [projected([0.5, 0.6, 0.65, 0.68], more) for more in (25, 400, 1600)]
    assert [found.micro_f1.value for found in rising] == sorted(found.micro_f1.value or 0 for found in rising)
    assert [found.certified for found in rising] == sorted(found.certified for found in rising)
    few, many = (projected([0.83] * 4, more) for more in (25, 800))
    assert few.certified < 0.5 < 0.8 < many.certified  # by evidence alone


def test_only_of_a_flat_curve_below_the_target_it_is_said_that_no_number_would_do() -> None:
    assert [projected([0.5] * 4, more).automatic.high for more in MORE] == [0] * len(MORE)
    assert projected([0.4, 0.5, 0.56, 0.6], 1600).automatic.high != 0


@pytest.mark.parametrize("right", [0.75, 0.81, 0.83, 0.9])
def test_the_chance_that_a_flat_curve_is_certified_agrees_with_the_evidence(right: float) -> None:
    certificate = certify(judged(right), 0.8)
    assert certified_share(judged(right), 0.8) == certificate.share_automatic
    chance = projected([right] * 4, 25).certified
    assert chance > 0.8 if certificate.share_automatic == 1 else chance < 0.5


def test_no_certificate_is_expected_of_fewer_answers_than_the_evidence_asks_for() -> None:
    own, by_part = examples(0.83)
    n_more = certify(judged(0.83), 0.8).n_more
    assert n_more is not None
    found = extrapolate(own, by_part, judged(0.83), target=0.8, seed=0)
    assert [one.more for one in found] == [n_more, *(size for size in MORE if size > n_more)]
    few = Audit(judged(0.83).probabilities[:0], judged(0.83).truth[:0], None)
    assert extrapolate(own, by_part, few, target=0.8, seed=0)[0].more == 14  # with no mistake at all


def examples(right: float = 0.6) -> tuple[Examples, dict[float, OutOfFold]]:
    found = judged(right)
    Y, nobody = found.truth.astype(np.int8), np.zeros((N, K), dtype=bool)
    own = Examples(list("abcd"), [], [""] * N, Y, np.arange(N), np.ones(N, dtype=bool), 0, 0)
    return own, {part: OutOfFold(found.probabilities, nobody, ~nobody, Y) for part in PARTS}


@pytest.mark.parametrize(("n_rest", "more"), [(None, [*MORE]), (120, [25, 50, 100]), (24, []), (0, [])])
def test_nothing_is_said_of_more_answers_than_remain(n_rest: int | None, more: list[int]) -> None:
    own, by_part = examples()
    audit = replace(judged(0.6), n_rest=n_rest)
    assert [found.more for found in extrapolate(own, by_part, audit, target=0.8, seed=0)] == more


def test_where_people_coded_all_no_more_answers_are_asked_for() -> None:
    certificate = certify(replace(judged(0.6), n_rest=0), 0.8)
    assert (certificate.reason, certificate.n_more) == (CertificateReason.ALL_CODED, 0)
