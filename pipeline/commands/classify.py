"""Code all answers of a survey: responses in, coded dataset out, chunk by chunk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.coding.certification import Certificate, withdrawn
from pipeline.coding.codings import DECIDED, SAYS_NOTHING, CodedBlock, Source, Status
from pipeline.coding.drift import Verdict
from pipeline.coding.prevalence import Prevalence, Refusal, refused
from pipeline.coding.review import ReviewList, review_items
from pipeline.commands.certifying import certificate_facts, samples
from pipeline.commands.coder import Coder, held_out_of
from pipeline.commands.drifting import DriftWatch, drift_facts
from pipeline.commands.loading import load_trained, n_not_learned_from
from pipeline.commands.project import Progress, Project, open_project, require_codeframes
from pipeline.commands.returning import refuse_to_lose_codes
from pipeline.errors import InputError
from pipeline.files import as_json, hash_of, sha256
from pipeline.output.datafile import Ending
from pipeline.output.dataset import DatasetWriter, Format
from pipeline.output.dictionary import data_dictionary
from pipeline.output.prevalence import prevalence_frame
from pipeline.survey.answers import bare
from pipeline.survey.gold import annotated_ids
from pipeline.survey.responses import Responses
from pipeline.survey.survey import Question

MAX_GROUPS = 500  # in a background column; more would take minutes to protect, and be too small to show
MAX_GROUPS_UNASKED = 40  # in one that nobody named
CHUNK = 5000  # rows that are in memory beside the table


@dataclass
class Tally:
    """What became of the answers per question and codeframe (`v1_thema`): statuses, and who decided."""

    statuses: dict[str, Counter[Status]] = field(default_factory=dict)
    decisions: dict[str, Counter[Source]] = field(default_factory=dict)

    @property
    def decided(self) -> Counter[Source]:
        """Who decided, of all questions and codeframes together."""
        return sum(self.decisions.values(), start=Counter[Source]())

    def add(self, block: CodedBlock) -> None:
        counts = self.statuses.setdefault(block.name, Counter())
        counts.update(coding.status for coding in block.codings)
        decided = self.decisions.setdefault(block.name, Counter())
        for coding in block.codings:
            if coding.status in DECIDED:
                decided[coding.source] += 1
            elif coding.status not in SAYS_NOTHING:
                decided[Source.NOBODY] += 1


@dataclass(frozen=True)
class Classified:
    """What came in, what became of it, and where it is."""

    folder: Path
    responses: Responses
    tally: Tally
    certificates: Mapping[str, Certificate]
    n_second_look: int
    n_newer: int
    n_changed_texts: int
    n_unknown_respondents: int
    guarded: Counter[str]
    cut: Counter[str]
    drift: dict[str, Verdict]
    not_sampled: dict[str, list[str]]


def classify(
    root: Path,
    name: str,
    *,
    input_file: Path | None,
    style: Format,
    progress: Progress,
    by: Sequence[str] | None = None,
) -> Classified:
    """Write `coded/<survey>/`; raises InputError or ModelError and leaves what is there as it was.

    `by` names the background columns by which shares are given; None stands for all that have few groups.
    """
    project = open_project(root, name)
    named = _background(project, by or ())
    responses = project.read_responses(input_file)
    require_codeframes(project.survey, project.folders)
    questions = [question for question in project.survey.questions if question.codeframes]
    columns = _few_groups(project, responses) if by is None else _with_groups(named, responses)
    review = project.folders.coded / "review.csv"
    seen = sha256(review) if review.exists() else ""
    refuse_to_lose_codes(review, project, responses)
    model, extract = load_trained(project)
    found = samples(project, model, extract, responses)
    certificates = {name: each.certify(project.survey.settings.target) for name, each in found.items()}
    watch, ids = DriftWatch(project, model), annotated_ids(project.gold, responses.cells(project.survey.respondent_id))
    coder = Coder(project, model, extract, found, certificates, held_out_of(project, model), watch, ids)
    with DatasetWriter(project.folders.coded, responses, project.codebook, style) as writer:
        tally, items, prevalence = _code_all(coder, responses, questions, columns, writer, progress)
        if drifted := [name for name in coder.drifted if certificates[name].is_certified]:
            certificates |= {name: withdrawn(certificates[name]) for name in drifted}
            coder = replace(coder, certificates=certificates, watch=DriftWatch(project, model))
            writer.restart()
            tally, items, prevalence = _code_all(coder, responses, questions, columns, writer, progress)
        facts = _run_facts(coder, responses, style, tally) | {"shares_by": columns}
        _write_rest(writer, coder, items, prevalence, facts, progress)
        if review.exists() and sha256(review) != seen:  # somebody saved it in the meantime
            refuse_to_lose_codes(review, project, responses)
    return Classified(
        folder=project.folders.coded,
        responses=responses,
        tally=tally,
        certificates=certificates,
        n_second_look=len(items) - tally.decided[Source.NOBODY],
        n_newer=sum(n_not_learned_from(project, model, codeframe) for codeframe in model.classifiers),
        n_changed_texts=len(coder.changed),
        n_unknown_respondents=_n_unknown(project, responses, questions),
        guarded=writer.guarded,
        cut=writer.cut,
        drift=coder.watch.verdicts(),
        not_sampled={
            name: [each.id for each in questions if name in each.codeframes and each.id not in sample.questions]
            for name, sample in found.items()
        },
    )


def _code_all(
    coder: Coder,
    responses: Responses,
    questions: Sequence[Question],
    columns: Sequence[str],
    writer: DatasetWriter,
    progress: Progress,
) -> tuple[Tally, ReviewList, Prevalence]:
    """Code and write chunk after chunk, and keep what is needed of all of them together."""
    tally, items, uncertain = Tally(), ReviewList(), coder.uncertain
    prevalence = Prevalence(columns, coder.project.survey.settings.min_cell)
    advance = progress("coding answers", len(responses) * len(questions))
    for start in range(0, len(responses), CHUNK):
        rows = slice(start, start + CHUNK)
        blocks = [block for question in questions for block in coder.code(question, responses, rows, advance)]
        writer.add(start, blocks)
        for block in blocks:
            tally.add(block)
            items.add(review_items(start, block, uncertain.get(block.codeframe.id)))
        background = {column: responses.answers(column, rows.start, rows.stop) for column in columns}
        unseen = [coder.as_unseen(block, responses, rows) for block in blocks]
        prevalence.add(unseen, responses.weights(rows.start, rows.stop), background)
    return tally, items, prevalence


def _write_rest(
    writer: DatasetWriter,
    coder: Coder,
    items: ReviewList,
    prevalence: Prevalence,
    facts: dict[str, Any],
    progress: Progress,
) -> None:
    """Write what has to wait until all answers are coded."""
    project, style = coder.project, writer.format
    advance = progress("writing files", len(items) + len(writer.responses) * ("sav" in style.formats))
    writer.add_review(items.by_gain(), advance=advance)
    shares = refused(prevalence.shares(), coder.drifted, Refusal.DRIFTED)
    shares = list(refused(shares, project.undecided_sample, Refusal.WAITING))
    writer.write("prevalence.csv", prevalence_frame(shares, project.codebook, prevalence.min_cell, style))
    dictionary = data_dictionary(writer.columns, project.codebook, style=style)
    writer.write("codebook.csv", dictionary)
    plain = prevalence_frame(shares, project.codebook, prevalence.min_cell, Format())
    writer.finish(Ending(dictionary, plain, _origin(facts), advance))
    for file, text in _register(facts, project).items():
        writer.write_text(file, text)
    whole = facts | _file_facts(writer)
    writer.write_text("run.json", as_json(whole | {"sha256": hash_of(whole)}))


def _n_unknown(project: Project, responses: Responses, questions: Sequence[Question]) -> int:
    """How many annotated answers to these questions are of respondents who are not among the responses."""
    asked = {question.id for question in questions}
    annotated = {bare(unit.respondent_id) for unit in project.gold}
    present = annotated.intersection(bare(each) for each in responses.cells(project.survey.respondent_id))
    return sum(unit.question in asked and bare(unit.respondent_id) not in present for unit in project.gold)


def _background(project: Project, by: Sequence[str]) -> list[str]:
    """The columns by which shares are asked for, each once; raises InputError for one that the survey does not name."""
    known = project.survey.background
    for column in by:
        if column not in known:
            listed = f"Known: {', '.join(known)}." if known else 'Name it there: background = ["..."]'
            file = project.folders.survey / "survey.toml"
            raise InputError(f"{column} is not one of the background columns", file=file, expected=listed)
    return list(dict.fromkeys(by))


def _few_groups(project: Project, responses: Responses) -> list[str]:
    frame = responses.table.frame
    return [column for column in project.survey.background if frame[column].nunique() <= MAX_GROUPS_UNASKED]


def _with_groups(columns: list[str], responses: Responses) -> list[str]:
    """The columns; raises InputError for one with so many values that shares per value say nothing."""
    for column in columns:
        if (n := responses.table.frame[column].nunique()) > MAX_GROUPS:
            expected = f"Make a column with at most {MAX_GROUPS} groups of it, such as provinces or classes of age."
            problem = f"it has {n:,} different values"
            raise InputError(problem, file=responses.table.path, row=1, column=column, expected=expected)
    return columns


def _run_facts(coder: Coder, responses: Responses, style: Format, tally: Tally) -> dict[str, Any]:
    """What fixes the output, and what came out: the same input gives the same facts."""
    project, model = coder.project, coder.model
    dialect = responses.table.dialect
    learned = {key: value for key, value in model.manifest.items() if key != "files"}
    return {
        "themawijzer": version("themawijzer"),
        "survey": project.folders.name,
        "input": {
            "file": responses.table.path.name.encode(errors="replace").decode(),  # which may be in another encoding
            "sha256": sha256(responses.table.path),
            "dialect": asdict(dialect) if dialect else None,
            "rows": len(responses),
        },
        "codebook": {"version": project.codebook.version, "sha256": sha256(project.folders.codebook)},
        "annotations": {"units": len(project.gold), "sha256": project.annotations_sha256},
        "settings": project.survey.settings.model_dump(),
        "model": learned,
        "format": asdict(style),
        "thresholds": {name: _rounded(each.thresholds_) for name, each in model.classifiers.items()},
        "certificates": {
            name: certificate_facts(each, project.codebook.codeframe(name)) for name, each in coder.certificates.items()
        },
        "drift": {codeframe: drift_facts(verdict) for codeframe, verdict in coder.watch.verdicts().items()},
        "statuses": {
            name: {status.value: counts[status] for status in Status} for name, counts in tally.statuses.items()
        },
        "decided": {
            name: {source.value or "nobody": counts[source] for source in Source}
            for name, counts in tally.decisions.items()
        },
    }


def _register(facts: Mapping[str, Any], project: Project) -> dict[str, str]:
    """The entry for the algorithm register, as Markdown and in the fields of its standard."""
    from pipeline.output.accountability.register import fields, render, summarize  # loads Jinja2

    register = summarize(facts, project.survey, project.codebook)
    return {"algoritmeregister.md": render(register), "algoritmeregister.json": as_json(fields(register))}


def _file_facts(writer: DatasetWriter) -> dict[str, Any]:
    """What was changed for want of safety or room, and the hashes of the files."""
    return {
        "formula_cells_guarded": dict(writer.guarded),
        "cells_cut": dict(writer.cut),
        "files": writer.hashes(),
    }


def _origin(facts: Mapping[str, Any]) -> dict[str, str]:
    """Where a file comes from, in few words; `run` is the hash of all that fixed it."""
    return {
        "themawijzer": facts["themawijzer"],
        "survey": facts["survey"],
        "codebook": facts["codebook"]["version"],
        "input": facts["input"]["file"],
        "run": hash_of(facts),
    }


def _rounded(thresholds: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(threshold) else round(float(threshold), 4) for threshold in thresholds]
