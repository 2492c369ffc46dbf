"""All facts of the report, computed once; `summary.json` is this, and the other files are drawn from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from themawijzer.output.report.inputs import Coded
from themawijzer.output.report.intake import Intake, intake_of
from themawijzer.output.report.leftovers import Leftovers
from themawijzer.output.report.quality import CodeframeAgreement, CodeframeQuality, agreement_among, quality_of
from themawijzer.output.report.quotes import Quotes
from themawijzer.output.report.shares import Breakdown, ShareTable, breakdowns, share_tables
from themawijzer.output.report.together import Together, together_of
from themawijzer.output.run_file import RUN_FILE
from themawijzer.records.evaluation_file import EvaluationFile
from themawijzer.survey.annotations import ADJUDICATOR, Annotation
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.survey import Survey


@dataclass(frozen=True)
class CoderCount:
    """A person, how many answers they coded in a codeframe, and how many of those were drawn at random."""

    name: str
    is_adjudicator: bool
    n: int
    n_random: int


@dataclass(frozen=True)
class Provenance:
    """What fixed the output: versions, settings and hashes."""

    themawijzer: str
    encoder: str
    tokenizer: str
    versions: dict[str, str]
    settings: dict[str, Any]
    codebook_version: str
    sha256: dict[str, str]


@dataclass(frozen=True)
class Summary:
    """The facts, in the order of the report; quotes are None where they were not asked for."""

    survey: str
    title: str
    codebook: str
    intake: Intake
    shares: list[ShareTable]
    together: Together
    breakdowns: list[Breakdown]
    quotes: Quotes | None
    leftovers: list[Leftovers]
    quality: list[CodeframeQuality]
    is_evaluated: bool
    agreement: list[CodeframeAgreement]
    coders: list[CoderCount]
    n_annotated: int
    provenance: Provenance


def summarize(
    coded: Coded,
    survey: Survey,
    codebook: Codebook,
    *,
    annotations: Mapping[str, Iterable[Annotation]],
    quotes: Quotes | None,
    leftovers: list[Leftovers],
    evaluation: EvaluationFile | None,
) -> Summary:
    """The facts of a coded survey, with what is shown of its answers; `evaluation` is that of its model."""
    return Summary(
        survey=coded.run.survey,
        title=survey.title,
        codebook=codebook.title,
        intake=intake_of(coded, survey, codebook),
        shares=share_tables(coded, survey, codebook),
        together=together_of(coded, survey, codebook),
        breakdowns=breakdowns(coded, codebook),
        quotes=quotes,
        leftovers=leftovers,
        quality=quality_of(coded, codebook, evaluation),
        is_evaluated=evaluation is not None,
        agreement=agreement_among(annotations, codebook, seed=survey.settings.seed),
        coders=_coders(annotations),
        n_annotated=coded.run.annotations.units,
        provenance=_provenance(coded),
    )


def _coders(annotations: Mapping[str, Iterable[Annotation]]) -> list[CoderCount]:
    found = []
    for name, rows in sorted(annotations.items(), key=lambda annotation: (annotation[0] == ADJUDICATOR, annotation[0])):
        streams = {row.unit: row.stream for row in rows}
        random = [stream for stream in streams.values() if stream == "random"]
        found.append(CoderCount(name, name == ADJUDICATOR, len(streams), len(random)))
    return found


def _provenance(coded: Coded) -> Provenance:
    run = coded.run
    hashes = {RUN_FILE: coded.sha256, run.input.file: run.input.sha256}
    hashes |= {"codebook.toml": run.codebook.sha256, "annotations": run.annotations.sha256}
    return Provenance(
        themawijzer=run.themawijzer,
        encoder=run.model.encoder,
        tokenizer=run.model.tokenizer,
        versions=run.model.versions,
        settings=run.configuration.settings.model_dump(),
        codebook_version=run.codebook.version,
        sha256=hashes | run.files,
    )
