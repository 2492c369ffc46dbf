"""The certificate that goes with a model: what it may code alone, whoever asks and however much."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import numpy as np

from themawijzer.coding.certification import Certificate, CertificateReason
from themawijzer.coding.decisions import Limits
from themawijzer.survey.codebook import Codeframe


@dataclass(frozen=True)
class ModelCertificate:
    """What a model may code alone in a codeframe, of answers like those of its random sample to these questions.

    `limit` is the most doubt that such an answer may have, None where there is no guarantee; `blocked` has the codes
    that it may not give, `on_every_answer` those that it gives to all. `random_answers` were coded by people, and so
    many more are needed at the accuracy seen so far (None: no number would do).
    """

    questions: list[str]
    reason: CertificateReason
    random_answers: int
    random_answers_needed: int | None
    target: float
    limit: float | None
    most_codes: int | None
    blocked: list[str]
    on_every_answer: list[str]

    @classmethod
    def of(cls, certificate: Certificate, codeframe: Codeframe, questions: Collection[str]) -> Self:
        """As it is stored; the limit is not rounded, so that it stays the one that was tested."""
        limits = certificate.limits
        none = np.zeros_like(limits.blocked)
        blocked, constant = (
            [code for code, is_marked in zip(codeframe.code_ids, marks, strict=True) if is_marked]
            for marks in (limits.blocked, none if limits.constant is None else limits.constant)
        )
        return cls(
            questions=sorted(questions),
            reason=certificate.reason,
            random_answers=certificate.n,
            random_answers_needed=certificate.n_more,
            target=limits.target,
            limit=limits.doubt,
            most_codes=limits.n_codes,
            blocked=blocked,
            on_every_answer=constant,
        )

    def limits(self, codeframe: Codeframe) -> Limits:
        """The limits as `decide` takes them."""
        blocked, constant = (np.isin(codeframe.code_ids, codes) for codes in (self.blocked, self.on_every_answer))
        return Limits(self.target, self.limit, blocked, self.most_codes, constant)
