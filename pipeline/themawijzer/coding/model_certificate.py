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
    that it may not give. `random_answers` were coded by people, and so many more are needed at the
    accuracy seen so far (None: no number would do).
    """

    questions: list[str]
    reason: CertificateReason
    random_answers: int
    random_answers_needed: int | None
    target: float
    limit: float | None
    most_codes: int | None
    blocked: list[str]

    @classmethod
    def of(cls, certificate: Certificate, codeframe: Codeframe, questions: Collection[str]) -> Self:
        """As it is stored; the limit is not rounded, so that it stays the one that was tested."""
        limits = certificate.limits
        return cls(
            questions=sorted(questions),
            reason=certificate.reason,
            random_answers=certificate.n,
            random_answers_needed=certificate.n_more,
            target=limits.target,
            limit=limits.doubt,
            most_codes=limits.n_codes,
            blocked=[code for code, is_blocked in zip(codeframe.code_ids, limits.blocked, strict=True) if is_blocked],
        )

    def limits(self, codeframe: Codeframe) -> Limits:
        """The limits as `decide` takes them."""
        return Limits(self.target, self.limit, np.isin(codeframe.code_ids, self.blocked), self.most_codes)
