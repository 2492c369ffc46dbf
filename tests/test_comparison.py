"""The difference between two waves falls apart into real change and recoding."""

from dataclasses import replace

import numpy as np
import pytest

from themawijzer.coding.comparison import Wave, compare

PARTS = ("total", "real", "recoding")


def audited(by_model, place: int, truth: np.ndarray, is_audit: np.ndarray) -> Wave:
    """People coded the audit sample and nothing else."""
    seen = is_audit[:, None]
    return Wave((by_model[0], by_model[1]), place, truth & seen, ~truth & seen, np.ones(len(truth)), is_audit)


def wave(truth: list[int], by_model: tuple[list[float], list[float]], place: int) -> Wave:
    """Answers to one question and one code, of which every second one is audited."""
    said = tuple(np.array(each, dtype=float)[:, None] for each in by_model)
    is_audit = np.arange(len(truth)) % 2 == 0
    return audited(said, place, np.array(truth, dtype=bool)[:, None], is_audit)


def doubtful(truth: np.ndarray) -> list[float]:
    """What a model says that is right on average, and never sure: 0.2 without the code and 0.6 with it."""
    return (0.2 + 0.4 * truth).tolist()


def blocks(*numbers: tuple[int, int]) -> list[int]:
    return [value for value, times in numbers for _ in range(times)]


def test_what_both_models_see_change_is_real_change() -> None:
    """Perfect models, one standard: 100 and 200 of 400 answers have the code."""
    before, after = blocks((1, 100), (0, 300)), blocks((1, 200), (0, 200))
    found = compare(wave(before, (before, before), 0), wave(after, (after, after), 1))
    assert [float(getattr(found, part).value[0]) for part in PARTS] == pytest.approx([0.25, 0.25, 0], abs=0.01)


def test_intervals_hold_whoever_of_those_that_dispute_a_code_is_right() -> None:
    """Coders of the second wave dispute the code in 10 of the 200 audited answers, of which 100 have it."""
    before, after = blocks((1, 100), (0, 300)), blocks((1, 200), (0, 200))
    first, second = wave(before, (before, before), 0), wave(after, (after, after), 1)
    is_open = np.zeros_like(second.denied)
    is_open[np.flatnonzero(second.denied[:, 0])[:10]] = True
    absent, there = (
        compare(first, second),
        compare(first, replace(second, confirmed=second.confirmed | is_open, denied=second.denied & ~is_open)),
    )
    found = compare(first, replace(second, denied=second.denied & ~is_open))
    for part in (*PARTS, "first", "second"):
        own, one, other = (getattr(each, part) for each in (found, absent, there))
        assert own.low[0] == min(one.low[0], other.low[0])
        assert own.high[0] == max(one.high[0], other.high[0])
    assert found.second.share[0] == pytest.approx((absent.second.share[0] + there.second.share[0]) / 2)
    assert found.total.value[0] == pytest.approx(found.real.value[0] + found.recoding.value[0])
    assert found.total.value[0] == pytest.approx(found.second.share[0] - found.first.share[0])


def test_what_only_coders_and_model_of_the_second_wave_see_is_recoding() -> None:
    """The answers stay the same; of 400, 100 are coded by the first standard and 180 by the broader second one."""
    narrow, broad = blocks((1, 100), (0, 300)), blocks((1, 180), (0, 220))
    found = compare(wave(narrow, (narrow, broad), 0), wave(broad, (narrow, broad), 1))
    assert [float(getattr(found, part).value[0]) for part in PARTS] == pytest.approx([0.2, 0, 0.2], abs=0.01)
    assert found.recoding.low[0] > 0
    assert found.real.low[0] < 0 < found.real.high[0]


def test_a_model_that_doubts_sees_the_whole_of_a_change() -> None:
    """Its mean prediction moves by 0.10 where the share moves by 0.25."""
    before, after = blocks((1, 250), (0, 750)), blocks((1, 500), (0, 500))
    says = [doubtful(np.array(each)) for each in (before, after)]
    found = compare(wave(before, (says[0], says[0]), 0), wave(after, (says[1], says[1]), 1))
    assert float(found.real.value[0]) == pytest.approx(0.25, abs=0.02)


def drawn(shares: tuple[float, float], *, broader: float = 0.0, times: int = 1, n: int = 600) -> tuple[Wave, Wave]:
    """Two waves of n answers with calibrated models, of which a fifth is audited; as many codes as `times`.

    The second standard gives the code to a part `broader` of the answers that the first leaves without.
    """
    rng, waves = np.random.default_rng(1), []
    for place, share in enumerate(shares):
        narrow = rng.random((n, times)) < share
        broad = narrow | (rng.random((n, times)) < broader)
        says = [1 / (1 + np.exp(3.1 - 3 * each - 0.8 * rng.normal(size=(n, times)))) for each in (narrow, broad)]
        is_audit = np.isin(np.arange(n), rng.choice(n, n // 5, replace=False))
        waves.append(audited(says, place, (narrow, broad)[place], is_audit))
    return waves[0], waves[1]


@pytest.mark.parametrize(
    ("shares", "broader", "real", "recoding"),
    [
        ((0.20, 0.20), 0.0, 0.0, 0.0),
        ((0.05, 0.05), 0.0, 0.0, 0.0),
        ((0.20, 0.35), 0.0, 0.15, 0.0),
        ((0.20, 0.20), 0.2, 0.0, 0.16),
    ],
)
def test_nominal_intervals_hold_the_truth_of_constructed_waves(shares, broader, real, recoding) -> None:
    """Of 1,000 pairs of waves 95% would be 950, give or take 14 (two standard errors)."""
    found = compare(*drawn(shares, broader=broader, times=1000))
    for part, true in zip(PARTS, (real + recoding, real, recoding), strict=True):
        each = getattr(found, part)
        assert 930 <= ((each.low <= true) & (true <= each.high)).sum() <= 998, part
        assert each.value.mean() == pytest.approx(true, abs=0.01), part


def test_the_other_way_round_gives_the_opposite() -> None:
    first, second = drawn((0.2, 0.3), broader=0.1)
    turned = [replace(each, by_model=each.by_model[::-1], place=1 - each.place) for each in (second, first)]
    forward, backward = compare(first, second), compare(turned[0], turned[1])
    for part in PARTS:
        np.testing.assert_allclose(getattr(forward, part).value, -getattr(backward, part).value)
        np.testing.assert_allclose(getattr(forward, part).low, -getattr(backward, part).high)


def test_the_parts_add_up_and_an_answer_that_weighs_double_counts_as_two() -> None:
    first, second = drawn((0.2, 0.3))
    weighted = replace(second, weights=np.where(np.arange(600) < 300, 2.0, 1.0))
    rows = np.r_[0:300, 0:300, 300:600]
    said, arrays = (
        [each[rows] for each in second.by_model],
        (second.confirmed, second.denied, second.weights, second.is_audit),
    )
    doubled = Wave((said[0], said[1]), 1, *(each[rows] for each in arrays))
    found, alike = compare(first, weighted), compare(first, doubled)
    np.testing.assert_allclose(found.total.value, found.real.value + found.recoding.value)
    np.testing.assert_allclose(found.real.value, alike.real.value, rtol=0.02)
    assert (found.real.high - found.real.low > alike.real.high - alike.real.low).all()  # two answers say more


def test_of_a_code_that_neither_model_sees_only_the_total_is_told() -> None:
    first, second = drawn((0.2, 0.3))
    blind = [replace(each, by_model=(np.full((600, 1), 0.2), np.full((600, 1), 0.2))) for each in (first, second)]
    found = compare(blind[0], blind[1])
    assert np.isnan([found.real.value, found.recoding.low]).all()
    assert np.isfinite([found.total.value, found.total.low, found.total.high]).all()


def test_of_a_code_that_nobody_has_the_shares_are_zero() -> None:
    nothing = [0] * 200
    found = compare(wave(nothing, (nothing, nothing), 0), wave(nothing, (nothing, nothing), 1))
    assert (found.total.value[0], found.total.low[0] < 0 < found.total.high[0]) == (0, True)


def test_a_share_is_never_less_than_what_people_confirmed() -> None:
    """They gave the code to 150 of 400 answers, most of them not drawn, where model and audit see 100."""
    first, second = (wave(blocks((1, 100), (0, 300)), (blocks((1, 100), (0, 300)),) * 2, place) for place in (0, 1))
    more = second.confirmed.copy()
    more[np.flatnonzero(~second.is_audit)[-100:]] = True
    found = compare(first, replace(second, confirmed=more))
    assert float(found.first.share[0]) == pytest.approx(0.25, abs=0.01)
    assert float(found.second.share[0]) == pytest.approx(150 / 400)
    assert found.second.low[0] <= found.second.share[0] <= found.second.high[0]
