"""A certificate as files hold it."""

from dataclasses import dataclass
from typing import Self

from themawijzer.coding.certification import Certificate, CertificateReason, CodeVerdict, Quality
from themawijzer.coding.evidence import Rate
from themawijzer.coding.numbers import Figure
from themawijzer.records.json_file import Count, Share
from themawijzer.survey.codebook import Codeframe

DECIMALS = 4


@dataclass(frozen=True)
class RateRecord:
    """How many are right, of how many, and the lower bound (95% confidence) of the share that is right."""

    right: Count
    of: Count
    at_least: Share

    def __post_init__(self) -> None:
        if self.right > self.of:
            raise ValueError("more are right than there are")

    @classmethod
    def from_rate(cls, rate: Rate) -> Self:
        """The record of a rate, rounded."""
        return cls(rate.n_right, rate.n, round(rate.low, DECIMALS))

    @property
    def share(self) -> Figure:
        """The share that is right, with the lower end of its interval only."""
        return Figure(round(self.right / self.of, DECIMALS), self.at_least) if self.of else Figure()


@dataclass(frozen=True)
class CodeRecord:
    """The verdict on one code, and how many random answers more would certify it (None: they will not help)."""

    verdict: CodeVerdict
    random_answers_needed: Count | None
    precision: RateRecord
    completeness: RateRecord
    recall: RateRecord


@dataclass(frozen=True)
class CertificateRecord:
    """What may be automatic in one codeframe, on how many random answers that rests, and per code."""

    target: Share
    certified: bool
    reason: CertificateReason
    random_answers: Count
    random_answers_needed: Count | None
    limit: float | None
    most_codes: Count | None
    automatic: Count
    whole_set: RateRecord
    precision: RateRecord
    completeness: RateRecord
    recall: RateRecord
    codes: dict[str, CodeRecord]

    @classmethod
    def from_certificate(cls, certificate: Certificate, codeframe: Codeframe) -> Self:
        """The record of a certificate, rounded, with the codes by their ids."""
        limits = certificate.limits
        return cls(
            target=limits.target,
            certified=certificate.is_certified,
            reason=certificate.reason,
            random_answers=certificate.n,
            random_answers_needed=certificate.n_more,
            limit=None if limits.doubt is None else round(limits.doubt, DECIMALS),
            most_codes=limits.n_codes,
            automatic=certificate.whole_set.n,
            whole_set=RateRecord.from_rate(certificate.whole_set),
            **_rates(certificate.quality),
            codes={
                code: CodeRecord(found.verdict, found.n_more, **_rates(found.quality))
                for code, found in zip(codeframe.code_ids, certificate.codes, strict=True)
            },
        )


def _rates(quality: Quality) -> dict[str, RateRecord]:
    return {name: RateRecord.from_rate(rate) for name, rate in vars(quality).items()}
