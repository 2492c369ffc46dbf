"""How good the coding is: per code what the evaluation measured, and what the run was certified for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from themawijzer.coding.coefficients import Figure
from themawijzer.output.report.inputs import Coded
from themawijzer.records.certificate_record import CertificateRecord
from themawijzer.records.json_file import facts_of
from themawijzer.survey.codebook import Codebook


@dataclass(frozen=True)
class CodeQuality:
    """Of the answers given the code, the share that has it (precision); of those with it, the share found (recall).

    On `n` answers that have it. `verdict` is that of the run, "" where none of its codes is given automatically.
    """

    code: str
    label: str
    n: int
    precision: Figure
    recall: Figure
    verdict: str


@dataclass(frozen=True)
class Measured:
    """What the evaluation found, on answers that the model did not learn from, beside what needs no model."""

    n_annotated: int
    n_answers: int
    is_random: bool
    micro_f1: Figure
    whole_set: Figure
    baselines: dict[str, float]
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
    n_more: int | None
    precision: Figure
    completeness: Figure
    measured: Measured | None


def quality_of(coded: Coded, codebook: Codebook, evaluation: Mapping[str, Any] | None) -> list[CodeframeQuality]:
    """Per codeframe that the run's model knows; `evaluation` is that of the same model."""
    measured = {each["codeframe"]: each for each in evaluation["evaluations"]} if evaluation else {}
    return [
        _codeframe(name, certificate, codebook, measured.get(name))
        for name, certificate in coded.run.certificates.items()
    ]


def is_of(evaluation: Mapping[str, Any], coded: Coded) -> bool:
    """Whether the evaluation measured the model that coded."""
    model = facts_of(coded.run.model)
    return all(evaluation.get(key) == model[key] for key in ("codeframes", "tokenizer", "encoder", "seed"))


def _codeframe(
    name: str, certificate: CertificateRecord, codebook: Codebook, evaluation: Mapping[str, Any] | None
) -> CodeframeQuality:
    return CodeframeQuality(
        codeframe=name,
        label=codebook.codeframe(name).label,
        target=certificate.target,
        is_certified=certificate.certified,
        reason=certificate.reason,
        n_random=certificate.random_answers,
        n_more=certificate.random_answers_needed,
        precision=certificate.precision.share,
        completeness=certificate.completeness.share,
        measured=_measured(evaluation, certificate, codebook) if evaluation else None,
    )


def _measured(evaluation: Mapping[str, Any], certificate: CertificateRecord, codebook: Codebook) -> Measured:
    labels = codebook.codeframe(evaluation["codeframe"]).labels
    verdicts = certificate.codes if certificate.certified else {}
    return Measured(
        n_annotated=evaluation["n_annotated"],
        n_answers=evaluation["n_answers"],
        is_random=evaluation["is_random"],
        micro_f1=Figure(**evaluation["micro_f1"]),
        whole_set=Figure(**evaluation["whole_set"]),
        baselines={name: scores["micro_f1"] for name, scores in evaluation["baselines"].items()},
        codes=[
            CodeQuality(
                code=each["code"],
                label=labels[each["code"]],
                n=each["support"],
                precision=Figure(**each["precision"]),
                recall=Figure(**each["recall"]),
                verdict=verdicts[each["code"]].verdict if verdicts else "",
            )
            for each in evaluation["codes"]
        ],
    )
