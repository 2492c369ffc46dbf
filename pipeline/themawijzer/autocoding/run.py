"""The facts of a run for `run.json`, and the entry for the algorithm register that is made of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from themawijzer.autocoding.autocoder import Autocoder
from themawijzer.autocoding.drift_watch import drift_facts
from themawijzer.coding.codings import DECIDED, SAYS_NOTHING, CodedBlock, Source, Status
from themawijzer.files import as_json, sha256, sha256_of
from themawijzer.output.dataset import DatasetWriter, Format
from themawijzer.output.run_file import Run, RunAnnotations, RunCodebook, RunInput, RunPart, RunQuestion, input_name
from themawijzer.project.project import Project
from themawijzer.records.certificate_record import CertificateRecord
from themawijzer.survey.no_answers import MOST_READ
from themawijzer.survey.responses import Responses
from themawijzer.survey.survey import Question


@dataclass
class Outcomes:
    """Counts of statuses and of who decided, per question and codeframe (`v1_thema`).

    `uncounted` has per question how many codings of people are of answers with a status that shares are not of.
    Per question (id) also what was taken as no answer, by the phrase, and how many answers are left to people because
    they are too long for the model.
    """

    statuses: dict[str, Counter[Status]] = field(default_factory=dict)
    decisions: dict[str, Counter[Source]] = field(default_factory=dict)
    uncounted: Counter[tuple[str, Status]] = field(default_factory=Counter)
    no_answers: dict[str, Counter[str]] = field(default_factory=dict)
    too_long: Counter[str] = field(default_factory=Counter)

    @property
    def decided(self) -> Counter[Source]:
        """Who decided, of all questions and codeframes together."""
        return sum(self.decisions.values(), start=Counter[Source]())

    def add(self, block: CodedBlock) -> None:
        """Count the codings of a block."""
        counts = self.statuses.setdefault(block.name, Counter())
        decided = self.decisions.setdefault(block.name, Counter())
        for coding, n in zip(block.once.codings, block.times, strict=True):
            counts[coding.status] += n
            if coding.status in DECIDED:
                decided[coding.source] += n
            elif coding.status not in SAYS_NOTHING:
                decided[Source.NOBODY] += n
            elif coding.source is Source.PERSON:
                self.uncounted[block.question.id, coding.status] += n

    def add_unjudged(self, block: CodedBlock, answers: Sequence[str]) -> None:
        """Count what says nothing, and what is too long, among the answers that the block is of."""
        rule, found = block.question.no_answers, self.no_answers.setdefault(block.question.id, Counter())
        coded = list(zip(block.codings, answers, strict=True))
        found.update(rule.found_in(answer) or "" for coding, answer in coded if coding.status is Status.NO_ANSWER)
        long = [coding for coding, answer in coded if len(answer) > MOST_READ]
        self.too_long[block.question.id] += sum(coding.status is Status.REVIEW for coding in long)


def run_of(coder: Autocoder, responses: Responses, style: Format, outcomes: Outcomes, shares_by: Sequence[str]) -> Run:
    """What determines the output, and what came out; its files are added by `with_files`."""
    project, model = coder.project, coder.model
    return Run(
        themawijzer=version("themawijzer"),
        survey=project.folders.name,
        input=_input(responses, project),
        codebook=RunCodebook(project.codebook.version, sha256(project.folders.codebook)),
        annotations=RunAnnotations(len(project.gold), project.annotations_sha256),
        configuration=project.survey,
        questions={own.id: _question(own, coder, responses, outcomes) for own in project.survey.coded_questions},
        model=model.learned,
        format=style,
        thresholds={name: _rounded(classifier.thresholds_) for name, classifier in model.classifiers.items()},
        certificates={
            name: CertificateRecord.from_certificate(certificate, project.codebook.codeframe(name))
            for name, certificate in coder.certificates.items()
        },
        drift={codeframe: drift_facts(verdict) for codeframe, verdict in coder.watch.verdicts().items()},
        statuses={name: {status: counts[status] for status in Status} for name, counts in outcomes.statuses.items()},
        decided={
            name: {source.value or "nobody": counts[source] for source in Source}
            for name, counts in outcomes.decisions.items()
        },
        shares_by=list(shares_by),
        formula_cells_guarded={},
        cells_cut={},
        files={},
    )


def _input(responses: Responses, project: Project) -> RunInput:
    table = responses.table
    parts = [RunPart(input_name([own.path]), own.sheet, sha256(own.path), own.n_rows) for own in table.sources]
    return RunInput(
        file=input_name(table.files),
        sha256=sha256_of(table.files),
        dialect=table.dialect,
        rows=len(responses),
        left_out=list(responses.left_out),
        parts=parts if len(parts) > 1 or parts[0].sheet else [],
        given=[] if table.files == project.responses_files else [_given(path, project) for path in table.files],
    )


def _given(path: Path, project: Project) -> str:
    """The file as `RunInput` names it; the folders of elsewhere may tell whose machine it is."""
    place, root = path.resolve(), project.folders.root.resolve()
    named = f"./{place.relative_to(root).as_posix()}" if place.is_relative_to(root) else place.name
    return named.encode(errors="replace").decode()  # it may be in another encoding


def _question(question: Question, coder: Autocoder, responses: Responses, outcomes: Outcomes) -> RunQuestion:
    has_codes: dict[str, bool] = {}  # by respondent, in any codeframe
    for unit, annotated in coder.located.items():
        gold = coder.project.gold[annotated]
        if unit.question == question.id and gold.text.strip() and not question.no_answers.says_something(gold.text):
            has_codes[unit.respondent_id] = has_codes.get(unit.respondent_id, False) or bool(gold.codes | gold.disputed)
    return RunQuestion(
        form=question.no_answers.form,
        taken=dict(outcomes.no_answers[question.id].most_common()),
        with_codes=sum(has_codes.values()),
        without_codes=len(has_codes) - sum(has_codes.values()),
        declared_missing=responses.n_declared_missing(question.column),
    )


def with_files(run: Run, writer: DatasetWriter) -> Run:
    """The run with the hashes of its files, and the number of guarded and shortened cells."""
    return replace(run, formula_cells_guarded=writer.guarded, cells_cut=writer.cut, files=writer.hashes())


def register_files(run: Run, project: Project) -> dict[str, str]:
    """The entry for the algorithm register, as Markdown and in the fields of its standard."""
    from themawijzer.output.accountability.register import fields, render, summarize  # loads Jinja2

    register = summarize(run, project.survey, project.codebook)
    return {"algoritmeregister.md": render(register), "algoritmeregister.json": as_json(fields(register))}


def _rounded(thresholds: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(threshold) else round(float(threshold), 4) for threshold in thresholds]
