"""Which answers the model may code alone: limits with a guarantee, from a random sample that people coded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from themawijzer.coding.decisions import EVEN, Limits, answer_doubt, automatic, n_given
from themawijzer.coding.evidence import (
    RISK,
    Rate,
    binomial,
    independent,
    intraclass_correlation,
    is_below,
    least_cases,
    p_value,
)
from themawijzer.coding.numbers import Bools, Floats, Probabilities

TARGETS = (0.80, 0.90, 0.95, 0.99)  # those of Schonlau & Couper (2016), whose table ours can be laid beside
N_CANDIDATES = 100  # of how many more would do
MOST = 0.8  # of the answers that remain: who codes more than that may as well code all
ANY_NUMBER = 100_000  # answers that people could code where nobody knows how many there are
EASE = 0.005  # a p-value that leaves room for probabilities that are too sure
ENOUGH = 5  # answers with so many codes, or more; one or two may be right by luck in all of them
N_STEPS = 20  # limits that are tried; more cost power at the first and gain little at the last


LimitStep = tuple[float, Bools]


@dataclass(frozen=True)
class Audit:
    """A random sample of n answers: what the model says without having learned from them, and what people say.

    `probabilities` (n, k), of which no parent is below its child; `truth` (n, k). `n_rest` is how many answers
    remain for the model; None stands for answers like these, however many there are. `constant` (k,) marks the codes
    that the model gives to every answer, None where there are none.
    """

    probabilities: Probabilities
    truth: Bools
    n_rest: int | None
    constant: Bools | None = None

    def __len__(self) -> int:
        return len(self.truth)

    @cached_property
    def alike(self) -> tuple[float, float]:
        """The intraclass correlation of mistakes: of codes that are given, and of codes that belong there."""
        given, truth = self.probabilities[:, self.telling] >= EVEN, self.truth[:, self.telling]
        right = (given & truth).sum(axis=1)
        return intraclass_correlation(right, given.sum(axis=1)), intraclass_correlation(right, truth.sum(axis=1))

    @cached_property
    def telling(self) -> list[int]:
        """The codes that tell answers apart: those that are given to every answer would lift the figures of all."""
        is_constant = np.zeros(self.truth.shape[1], dtype=np.bool_) if self.constant is None else self.constant
        return np.flatnonzero(~is_constant).tolist()

    @cached_property
    def tested(self) -> list[list[int]]:
        """What has to reach the target: the codes that tell answers apart, together, and each that every answer has."""
        return [self.telling, *([code] for code in range(self.truth.shape[1]) if code not in self.telling)]

    @cached_property
    def telling_probabilities(self) -> Probabilities:
        return self.probabilities[:, self.telling]


class CodeVerdict(StrEnum):
    """How far the model may be trusted with one code."""

    CERTIFIED = "certified"  # by the code's own evidence
    POOLED = "pooled"  # only held by the guarantee for its codeframe
    NOT_AUTOMATABLE = "not_automatable"  # everything near it goes to review


class CertificateReason(StrEnum):
    """Why a codeframe is certified, or is not."""

    MET = "met"
    NO_SAMPLE = "no_sample"
    TOO_FEW = "too_few"
    TOO_INACCURATE = "too_inaccurate"  # the accuracy seen so far is below the target
    ALL_CODED = "all_coded"  # by people: nothing remains for the model
    DRIFTED = "drifted"  # the answers are not like those of the sample
    WAITING = "waiting"  # some of the sample are to be judged again, and without them it is none
    SKIPPED = "skipped"  # answers of the sample that nobody coded are unlike those that people did
    OTHER_BASE = "other_base"  # answers that say nothing count, and it lacks them


TO_PROVE = (CertificateReason.TOO_FEW, CertificateReason.TOO_INACCURATE)  # more answers may do


@dataclass(frozen=True)
class Quality:
    """How well answers are coded.

    `precision`: of the codes given, how many are right. `completeness`: of the codes that belong to answers coded
    automatically, how many were given. `recall`: the same of all answers.
    """

    precision: Rate
    completeness: Rate
    recall: Rate

    @property
    def guaranteed(self) -> tuple[Rate, Rate]:
        """The figures that have to reach the target."""
        return self.precision, self.completeness


@dataclass(frozen=True)
class CodeCertificate:
    """The verdict on one code, and how many random answers more would certify it at the accuracy seen so far.

    `n_more` is 0 where it is certified, and None where no number would do unless the model becomes better.
    """

    verdict: CodeVerdict
    quality: Quality
    n_more: int | None


@dataclass(frozen=True)
class Certificate:
    """What may be decided in one codeframe, the evidence for it on the n answers of the audit, and per code.

    Of the n answers, `whole_set.n` were coded automatically, `whole_set.n_right` of them without a mistake.
    `n_more` is how many random answers more would do at the accuracy seen so far; None where no number would, or nobody
    can tell. More answers make the model better too: `learning_curve` tells how much.
    """

    limits: Limits
    reason: CertificateReason
    n: int
    quality: Quality
    whole_set: Rate
    codes: list[CodeCertificate]
    n_more: int | None

    @property
    def is_certified(self) -> bool:
        return self.reason is CertificateReason.MET

    @property
    def share_automatic(self) -> float:
        return self.whole_set.n / self.n if self.n else 0.0


def certify(audit: Audit, target: float) -> Certificate:
    """The highest limit of doubt at which, with a confidence of 95 %, both precision and completeness reach `target`.

    Learn then Test (Angelopoulos, Bates, Candès, Jordan & Lei 2021) by fixed-sequence testing: limits are tried from
    the strictest one that should pass, if the probabilities are right, to ever wider ones until the first that fails,
    so that no correction for multiple tests is needed. A limit fails if either figure does (intersection-union test;
    Berger 1982). Every decision on a code is a case; codes within an answer are correlated, so they count as fewer
    independent cases (`intraclass_correlation`). A code is certified by the same tests on its own cases at that limit.
    Answers with more codes than `ENOUGH` answers of the sample have are never automatic: the sample tells too little
    of them. A code that misses the target by more than chance explains is blocked, and answers near it go to people;
    the tests must pass without them too. A code that is given to every answer is tested by itself, and no case of the
    other tests: its cases would lift both figures without telling anything about the other codes.

    Not MAPIE's `PrecisionRecallController`: it controls one of the two figures, for the codes of every answer, and
    leaves no answer to people.
    """
    nothing = _nothing(audit, target)
    if not len(audit):
        return _certificate(audit, nothing, CertificateReason.NO_SAMPLE, n_more=least_cases(target))
    steps = _from_start(audit, target)
    if limits := _proven(audit, steps, target):
        return _certificate(audit, limits, CertificateReason.MET, n_more=0)
    if audit.n_rest is not None and audit.n_rest <= 0:
        return _certificate(audit, nothing, CertificateReason.ALL_CODED, n_more=0)
    tested = _tested(audit, steps[0][1])
    found = [_n_more(quality, audit, target) for quality in tested]
    n_more = None if None in found else max(filter(None, found), default=0)
    is_below_it = len(audit) >= least_cases(target) and any(_misses(quality, target) for quality in tested)
    reason = CertificateReason.TOO_INACCURATE if is_below_it else CertificateReason.TOO_FEW
    return _certificate(audit, nothing, reason, n_more=n_more)


def certified_share(audit: Audit, target: float) -> float:
    """The share of the answers of the audit, at least one, that `certify` lets be automatic; 0 where nothing is."""
    limits = _proven(audit, _from_start(audit, target), target)
    return float(automatic(audit.probabilities, limits).mean()) if limits else 0.0


def withdrawn(certificate: Certificate, reason: CertificateReason = CertificateReason.DRIFTED) -> Certificate:
    """The certificate without its guarantee, for answers unlike those on which it was given, or another reason."""
    limits = replace(certificate.limits, doubt=None)
    codes = [replace(code, verdict=CodeVerdict.NOT_AUTOMATABLE, n_more=None) for code in certificate.codes]
    return replace(certificate, limits=limits, reason=reason, codes=codes, n_more=None)


def curve(audit: Audit) -> list[tuple[float, Quality, Rate]]:
    """With ever more of the answers coded automatically: their share, how well they are coded, and whole sets."""
    return [
        (float(rows.mean()), _quality(audit, rows, audit.telling), _whole_sets(audit, rows))
        for _, rows in _steps(audit)
    ]


def _whole_sets(audit: Audit, rows: Bools) -> Rate:
    right = ((audit.probabilities >= EVEN) == audit.truth).all(axis=1)
    return Rate.of(right & rows, rows.astype(np.int64), alike=1)


def _from_start(audit: Audit, target: float) -> list[LimitStep]:
    """The limits to try: from the strictest that should pass with ease, else the one with the best chance."""
    steps, expected = _steps(audit), list[float]()
    for place, (_, rows) in enumerate(steps):
        expected.append(_expected_p_value(audit, rows, target))
        if expected[-1] <= EASE:
            return steps[place:]
    return steps[int(np.argmin(expected)) :]


def _nothing(audit: Audit, target: float) -> Limits:
    """The limits at which no answer is automatic."""
    return replace(Limits.of_all(target, audit.truth.shape[1], is_automatic=False), constant=audit.constant)


def _proven(audit: Audit, steps: Sequence[LimitStep], target: float) -> Limits | None:
    """The limits of the last of the steps that passes, after all before it, and without the codes it blocks too."""
    passed = [*takewhile(lambda step: _p_value(audit, step[1], target) <= RISK, steps)]
    for limit, rows in reversed(passed):
        n_codes = _n_codes_seen(audit.telling_probabilities[rows])
        limits = _blocking(audit, replace(_nothing(audit, target), doubt=limit, n_codes=n_codes))
        if _p_value(audit, automatic(audit.probabilities, limits), target) <= RISK:
            return limits
    return None


def _blocking(audit: Audit, limits: Limits) -> Limits:
    """The limits with the codes blocked that are below the target; a false alarm for any code has a risk of 5 %."""
    risk, rows = RISK / (2 * len(limits.blocked)), automatic(audit.probabilities, limits)
    rates = [_quality(audit, rows, [code]).guaranteed for code in range(len(limits.blocked))]
    blocked = [any(is_below(rate, limits.target, risk=risk) for rate in both) for both in rates]
    return replace(limits, blocked=np.array(blocked))


def _n_codes_seen(probabilities: Probabilities) -> int:
    """The most codes that `ENOUGH` of the answers (n, k) get: of larger ones, nobody saw how they fare."""
    sizes = np.sort(n_given(probabilities))[::-1]
    return int(sizes[:ENOUGH][-1])


def _certificate(audit: Audit, limits: Limits, reason: CertificateReason, *, n_more: int | None) -> Certificate:
    rows = automatic(audit.probabilities, limits)
    return Certificate(
        limits=limits,
        reason=reason,
        n=len(audit),
        quality=_quality(audit, rows, audit.telling),
        whole_set=_whole_sets(audit, rows),
        codes=_codes(audit, limits),
        n_more=n_more,
    )


def _codes(audit: Audit, limits: Limits) -> list[CodeCertificate]:
    """Per code; the figures of a blocked one are those for which it is blocked."""
    rows = automatic(audit.probabilities, limits)
    before = automatic(audit.probabilities, replace(limits, blocked=np.zeros_like(limits.blocked)))
    return [
        CodeCertificate(CodeVerdict.NOT_AUTOMATABLE, _quality(audit, before, [code]), None)
        if is_blocked or limits.doubt is None or not audit.probabilities[:, code].any()  # not learned
        else _code(_quality(audit, rows, [code]), audit, limits.target)
        for code, is_blocked in enumerate(limits.blocked)
    ]


def _code(quality: Quality, audit: Audit, target: float) -> CodeCertificate:
    if all(_p(rate, audit, target) <= RISK for rate in quality.guaranteed):
        return CodeCertificate(CodeVerdict.CERTIFIED, quality, 0)
    return CodeCertificate(CodeVerdict.POOLED, quality, _n_more(quality, audit, target))


def _quality(audit: Audit, rows: Bools, codes: Sequence[int]) -> Quality:
    """Of some codes, where the answers in `rows` (n,) are coded automatically."""
    given, truth = audit.probabilities[rows][:, codes] >= EVEN, audit.truth[rows][:, codes]
    hits, n_true = (given & truth).sum(axis=1), truth.sum(axis=1)
    in_all = np.zeros(len(audit), dtype=np.int64)
    in_all[rows] = hits
    return Quality(
        precision=Rate.of(hits, given.sum(axis=1), alike=audit.alike[0]),
        completeness=Rate.of(hits, n_true, alike=audit.alike[1]),
        recall=Rate.of(in_all, audit.truth[:, codes].sum(axis=1), alike=audit.alike[1]),
    )


def _steps(audit: Audit) -> list[LimitStep]:
    """Limits of doubt, rising, each with the answers (n,) that have no more."""
    found = answer_doubt(audit.telling_probabilities)
    limits = np.unique(np.quantile(found, np.linspace(1 / N_STEPS, 1, N_STEPS), method="lower"))
    return [(float(limit), found <= limit) for limit in limits]


def _p_value(audit: Audit, rows: Bools, target: float) -> float:
    """The probability of figures as good as those of the answers in `rows` if the target is just missed."""
    return max(_p(rate, audit, target) for quality in _tested(audit, rows) for rate in quality.guaranteed)


def _tested(audit: Audit, rows: Bools) -> list[Quality]:
    return [_quality(audit, rows, codes) for codes in audit.tested]


def _expected_p_value(audit: Audit, rows: Bools, target: float) -> float:
    """The same, if the probabilities are right."""
    whole = audit.probabilities[rows].astype(np.float64)
    return max(_expected_of(whole[:, codes], audit.alike, target) for codes in audit.tested)


def _expected_of(p: Floats, alike: tuple[float, float], target: float) -> float:
    hits = np.where(p >= EVEN, p, 0).sum()
    cases = (p >= EVEN).sum(axis=1), p.sum(axis=1)
    return max(_expected(hits, *pair, target) for pair in zip(cases, alike, strict=True))


def _expected(hits: float, cases: NDArray[np.floating], alike: float, target: float) -> float:
    n = independent(cases, alike)
    return binomial((1 - min(hits / max(cases.sum(), 1e-9), 1)) * n, n, target)


def _p(rate: Rate, audit: Audit, target: float) -> float:
    return p_value(rate, target, n_rest=_n_cases(rate, audit.n_rest, len(audit)))


def _n_more(quality: Quality, audit: Audit, target: float) -> int | None:
    """About how many of the answers that remain have to be coded by people, for both figures to pass as they are."""
    if _misses(quality, target):
        return None
    most = ANY_NUMBER if audit.n_rest is None else MOST * audit.n_rest
    candidates = np.unique(np.geomspace(1, max(most, 1), N_CANDIDATES).astype(int)).tolist()
    return next((more for more in candidates if _would_pass(quality, audit, target, more)), None)


def _misses(quality: Quality, target: float) -> bool:
    """Whether a figure is no better than the target, so that more evidence of the same would not do."""
    return any(not rate.n or rate.n_right <= target * rate.n for rate in quality.guaranteed)


def _would_pass(quality: Quality, audit: Audit, target: float, more: int) -> bool:
    n_rest = None if audit.n_rest is None else audit.n_rest - more
    grown = [rate.grown(1 + more / len(audit)) for rate in quality.guaranteed]
    return all(p_value(rate, target, n_rest=_n_cases(rate, n_rest, len(audit) + more)) <= RISK for rate in grown)


def _n_cases(rate: Rate, n_rest: int | None, n: int) -> int | None:
    """How many independent cases so many answers more hold, if they are like the n of the rate."""
    return None if n_rest is None else round(rate.n_independent * n_rest / n)
