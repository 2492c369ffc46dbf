"""How good the coding is, by the evaluation and the run, and how far the coders agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from themawijzer.coding.coefficients import Agreement, Ratings, collect_ratings, measure
from themawijzer.coding.numbers import Figure
from themawijzer.output.report.inputs import Coded
from themawijzer.records.certificate_record import CertificateRecord
from themawijzer.records.evaluation_file import Evaluation, EvaluationFile, Projection, RuleScores
from themawijzer.survey.annotations import Annotation
from themawijzer.survey.codebook import Codebook, Codeframe


@dataclass(frozen=True)
class CodeFigures:
    """Of the answers given a code, the share that has it (precision); of those with it, the share found (recall)."""

    precision: Figure
    recall: Figure


@dataclass(frozen=True)
class CodeQuality:
    """How well a code is given, on `n` answers that have it: where no person looks, and as a suggestion to people.

    `verdict` is that of the run, "" where none of its codes is given automatically.
    """

    code: str
    label: str
    n: int
    automatic: CodeFigures
    suggested: CodeFigures
    verdict: str


@dataclass(frozen=True)
class Overall:
    """How well all codes together are given: F1 over all of them, the mean of their own, and whole sets right."""

    micro_f1: Figure
    macro_f1: Figure
    whole_set: Figure


@dataclass(frozen=True)
class Measured:
    """What the evaluation found, on answers that the model did not learn from, beside what needs no model."""

    n_annotated: int
    n_answers: int
    is_random: bool
    automatic: Overall
    suggested: Overall
    baselines: dict[str, Overall]
    codes: list[CodeQuality]


@dataclass(frozen=True)
class CodeframeQuality:
    """One codeframe: whether it may be coded automatically, and how well; `measured` is None before an evaluation."""

    codeframe: str
    label: str
    target: float
    is_certified: bool
    reason: str
    n_random: int
    n_automatic: int
    n_more: int | None
    projection: Projection | None
    precision: Figure
    completeness: Figure
    measured: Measured | None


def quality_of(coded: Coded, codebook: Codebook, evaluation: EvaluationFile | None) -> list[CodeframeQuality]:
    """Per codeframe that the run's model knows; `evaluation` is that of the same model."""
    measured = {found.codeframe: found for found in evaluation.evaluations} if evaluation else {}
    return [
        _codeframe(name, certificate, codebook, measured.get(name))
        for name, certificate in coded.run.certificates.items()
    ]


def _codeframe(
    name: str, certificate: CertificateRecord, codebook: Codebook, evaluation: Evaluation | None
) -> CodeframeQuality:
    return CodeframeQuality(
        codeframe=name,
        label=codebook.codeframe(name).label,
        target=certificate.target,
        is_certified=certificate.certified,
        reason=certificate.reason,
        n_random=certificate.random_answers,
        n_automatic=certificate.automatic,
        n_more=certificate.random_answers_needed,
        projection=evaluation.projection if evaluation and not certificate.certified else None,
        precision=certificate.precision.share,
        completeness=certificate.completeness.share,
        measured=_measured(evaluation, certificate, codebook) if evaluation else None,
    )


def _measured(evaluation: Evaluation, certificate: CertificateRecord, codebook: Codebook) -> Measured:
    labels = codebook.codeframe(evaluation.codeframe).labels
    verdicts = certificate.codes if certificate.certified else {}
    return Measured(
        n_annotated=evaluation.n_annotated,
        n_answers=evaluation.n_answers,
        is_random=evaluation.is_random,
        automatic=_overall(evaluation.automatic),
        suggested=_overall(evaluation.suggested),
        baselines={
            rule: Overall(*map(Figure, vars(scores).values())) for rule, scores in vars(evaluation.baselines).items()
        },
        codes=[
            CodeQuality(
                code=automatic.code,
                label=labels[automatic.code],
                n=automatic.support,
                automatic=CodeFigures(automatic.precision, automatic.recall),
                suggested=CodeFigures(suggested.precision, suggested.recall),
                verdict=verdicts[automatic.code].verdict if verdicts else "",
            )
            for automatic, suggested in zip(evaluation.automatic.codes, evaluation.suggested.codes, strict=True)
        ],
    )


def _overall(scores: RuleScores) -> Overall:
    return Overall(scores.micro_f1, scores.macro_f1, scores.whole_set)


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
    """On the whole sets of codes of `n` answers, with an alpha for sets that partly overlap; then on each code.

    `n_left_out` codings were given with those of others in sight, or are copies.
    """

    codeframe: str
    label: str
    coders: list[str]
    n: int
    n_left_out: int
    raw: Figure
    set_alpha: Figure
    codes: list[CodeAgreement]


def agreement_among(
    annotations: Mapping[str, Iterable[Annotation]], codebook: Codebook, *, seed: int
) -> list[CodeframeAgreement]:
    """Per codeframe of which two coders coded the same answers."""
    collected = [(codeframe, collect_ratings(annotations, codeframe)) for codeframe in codebook.codeframes]
    measured = [(codeframe, ratings, measure(ratings, seed=seed)) for codeframe, ratings in collected]
    return [_codeframe_agreement(codeframe, ratings, *found) for codeframe, ratings, found in measured if found]


def _codeframe_agreement(
    codeframe: Codeframe, ratings: Ratings, whole: Agreement, *codes: Agreement
) -> CodeframeAgreement:
    labels = codeframe.labels
    return CodeframeAgreement(
        codeframe=codeframe.id,
        label=codeframe.label,
        coders=list(whole.coders),
        n=whole.n,
        n_left_out=ratings.n_left_out,
        raw=whole.raw,
        set_alpha=whole.set_alpha,
        codes=[CodeAgreement(code.code, labels[code.code], code.n_given, code.raw, code.alpha) for code in codes],
    )
