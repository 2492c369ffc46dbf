"""How far the coders agree, on what at least two of them coded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from themawijzer.coding.coefficients import Agreement, collect_ratings, measure
from themawijzer.coding.numbers import Figure
from themawijzer.survey.annotations import Annotation
from themawijzer.survey.codebook import Codebook, Codeframe


@dataclass(frozen=True)
class CodeAgreement:
    """On one code, which coders gave `n_given` of the answers: the share of pairs of coders who agree, and alpha."""

    code: str
    label: str
    n_given: int
    raw: Figure
    alpha: Figure


@dataclass(frozen=True)
class CodeframeAgreement:
    """On the whole sets of codes of `n` answers, with an alpha for sets that partly overlap; then on each code."""

    codeframe: str
    label: str
    coders: list[str]
    n: int
    raw: Figure
    set_alpha: Figure
    codes: list[CodeAgreement]


def agreement_among(
    annotations: Mapping[str, Iterable[Annotation]], codebook: Codebook, *, seed: int
) -> list[CodeframeAgreement]:
    """Per codeframe of which two coders coded the same answers."""
    measured = [(frame, measure(collect_ratings(annotations, frame), seed=seed)) for frame in codebook.codeframes]
    return [_codeframe(frame, *found) for frame, found in measured if found]


def _codeframe(codeframe: Codeframe, whole: Agreement, *codes: Agreement) -> CodeframeAgreement:
    labels = codeframe.labels
    return CodeframeAgreement(
        codeframe=codeframe.id,
        label=codeframe.label,
        coders=list(whole.coders),
        n=whole.n,
        raw=whole.raw,
        set_alpha=whole.set_alpha,
        codes=[CodeAgreement(code.code, labels[code.code], code.n_given, code.raw, code.alpha) for code in codes],
    )
