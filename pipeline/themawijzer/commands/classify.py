"""Code all answers of a survey: responses in, coded dataset out, chunk by chunk."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from themawijzer.autocoding.audits import audit_samples
from themawijzer.autocoding.autocoder import Autocoder, held_out_of
from themawijzer.autocoding.drift_watch import DriftWatch
from themawijzer.autocoding.likely_errors import likely_gold_errors
from themawijzer.autocoding.run import Outcomes, register_files, run_of, with_files
from themawijzer.autocoding.trained import load_trained, n_not_learned_from
from themawijzer.coding.cell_shares import Refusal, Share
from themawijzer.coding.certification import TO_PROVE, Certificate, withdrawn
from themawijzer.coding.codings import Source
from themawijzer.coding.drift import DriftVerdict
from themawijzer.coding.prevalence import Prevalence, refused
from themawijzer.coding.review import ReviewList, review_items
from themawijzer.coding.skipped import Skipped
from themawijzer.errors import InputError
from themawijzer.files import sha256
from themawijzer.output.csv_tables import prevalence_frame
from themawijzer.output.datafile import Ending
from themawijzer.output.dataset import DatasetWriter, Format, Outdated
from themawijzer.output.dictionary import data_dictionary
from themawijzer.output.run_file import RUN_FILE, Run, RunQuestion, other_responses
from themawijzer.project.project import Progress, Project, open_project, require_codeframes
from themawijzer.project.returning import refuse_to_lose_codes
from themawijzer.records.evaluation_file import EVALUATION_FILE, Projection, read_evaluation
from themawijzer.records.manifest import ModelFacts
from themawijzer.survey.changes import CodeLabel
from themawijzer.survey.configuration import line_of
from themawijzer.survey.missing import undeclared_missing
from themawijzer.survey.personal import personal_columns
from themawijzer.survey.respondents import Unfound
from themawijzer.survey.responses import Responses
from themawijzer.survey.survey import Question
from themawijzer.tables.cells import alike
from themawijzer.tables.column_names import at_place
from themawijzer.tables.joined import Files

CHUNK = 20_000  # rows that are in memory beside the table
MAX_GROUPS = 500  # in a background column; more take minutes to protect, and are too small to show
MAX_GROUPS_UNASKED = 40  # in one that nobody named


@dataclass(frozen=True)
class ClassifyResult:
    """What came in, what became of it, and where it is."""

    folder: Path
    responses: Responses
    outcomes: Outcomes
    questions: Mapping[str, RunQuestion]
    certificates: Mapping[str, Certificate]
    n_second_look: int
    n_newer: int
    unfound: dict[str, Counter[Unfound]]
    relabelled: list[tuple[CodeLabel, str]]
    guarded: Counter[str]
    cut: Counter[str]
    drift: dict[str, DriftVerdict]
    projections: dict[str, Projection]
    not_sampled: dict[str, list[str]]
    skipped: dict[str, Skipped]
    counted: list[str]
    personal: dict[str, str]
    undeclared: Counter[str]
    outdated: Outdated


@dataclass(frozen=True)
class CodedAnswers:
    """What is kept of all answers: what became of them, what goes to people, and shares."""

    outcomes: Outcomes
    items: ReviewList
    prevalence: Prevalence


def classify(
    root: Path,
    name: str,
    *,
    input_file: Files | None,
    style: Format,
    progress: Progress,
    by: Sequence[str] | None = None,
) -> ClassifyResult:
    """What became of the answers, written in `coded/<survey>/`; after an InputError or ModelError nothing has changed.

    What was made of other responses before is moved to a folder in it, and a report of these is kept beside.
    `by` names the background columns by which shares are given; None means all with few groups.
    """
    project = open_project(root, name)
    responses = project.read_responses(input_file)
    project = project.placed_in(responses)
    require_codeframes(project.survey, project.folders)
    _require_population(project, responses)
    columns = _grouping_columns(project, responses, by)
    review = project.folders.coded / "review.csv"
    seen = sha256(review) if review.exists() else ""
    refuse_to_lose_codes(review, project, responses)
    coder = _coder(project, responses)
    projections = _projections(project, coder.model.learned, coder.certificates)
    with DatasetWriter(project.folders.coded, responses, project.codebook, style) as writer:
        found = _code_all(coder, writer, columns, progress)
        if drifted := [name for name in coder.drifted if coder.certificates[name].is_certified]:
            certificates = {**coder.certificates, **{name: withdrawn(coder.certificates[name]) for name in drifted}}
            coder = replace(coder, certificates=certificates, watch=DriftWatch(project, coder.model))
            writer.restart()
            found = _code_all(coder, writer, columns, progress)
        run = run_of(coder, responses, style, found.outcomes, columns)
        _write_rest(writer, coder, found, run, progress)
        writer.replaces = other_responses(project.folders.coded / RUN_FILE, run.input)
        if review.exists() and sha256(review) != seen:  # somebody saved it in the meantime
            refuse_to_lose_codes(review, project, responses)
    return _classified(coder, writer, found, run, projections)


def _require_population(project: Project, responses: Responses) -> None:
    """Raise InputError where more took part than are said to be in the population."""
    n, n_all = len(responses), project.survey.settings.population_size
    if n_all is not None and n > n_all:
        path = project.folders.survey / "survey.toml"
        line = line_of(path.read_text(encoding="utf-8-sig"), ("settings", "population_size"))
        problem = f"`population_size` is {n_all:,}, and {responses.table.path} has {n:,} respondents"
        expected = f"How many could have taken part: {n:,} or more, or without the key where nobody knows."
        raise InputError(problem, file=path, line=line, expected=expected)


def _grouping_columns(project: Project, responses: Responses, by: Sequence[str] | None) -> list[str]:
    """The requested background columns, or else all with few groups.

    Raises InputError for a column that the survey does not name, or that has too many groups.
    """
    n_groups = {column: len(set(responses.cells(column))) for column in project.survey.background}
    if by is None:
        return [column for column, n in n_groups.items() if n <= MAX_GROUPS_UNASKED]
    columns = [_background(column, responses, project.survey.background) for column in by]
    for column in columns:
        if column not in n_groups:
            listed = f"Known: {', '.join(n_groups)}." if n_groups else 'Name it there: background = ["..."]'
            file = project.folders.survey / "survey.toml"
            raise InputError(f"{column} is not one of the background columns", file=file, expected=listed)
        if n_groups[column] > MAX_GROUPS:
            expected = f"Make a column with at most {MAX_GROUPS} groups of it, such as provinces or classes of age."
            problem = f"it has {n_groups[column]:,} different values"
            raise InputError(problem, file=responses.table.path, row=1, column=column, expected=expected)
    return list(dict.fromkeys(columns))


def _background(asked: str, responses: Responses, background: Sequence[str]) -> str:
    """The background column that is meant, as `survey.toml` calls it; what was asked for where that is none."""
    found = alike(asked, background) or [
        column for column in background if responses.names[column] == at_place(asked, responses.columns)
    ]
    return found[0] if len(found) == 1 else asked


def _coder(project: Project, responses: Responses) -> Autocoder:
    model, extract = load_trained(project)
    located = project.locate(responses)
    found = audit_samples(project, model, extract, responses, located)
    certificates = {name: sample.certify(project.survey.settings.target) for name, sample in found.items()}
    held_out, watch = held_out_of(project, model), DriftWatch(project, model)
    errors = likely_gold_errors(project, held_out)
    return Autocoder(project, model, extract, found, certificates, held_out, errors, watch, located)


def _code_all(coder: Autocoder, writer: DatasetWriter, columns: Sequence[str], progress: Progress) -> CodedAnswers:
    """Code and write chunk after chunk, and keep what is needed of all of them together."""
    responses, questions, uncertain = writer.responses, coder.project.survey.coded_questions, coder.uncertain
    settings = coder.project.survey.settings
    shares = Prevalence(columns, settings.min_cell, settings.part_left_out(len(responses)))
    found = CodedAnswers(Outcomes(), ReviewList(), shares)
    advance = progress("coding answers", len(responses) * len(questions))
    for start in range(0, len(responses), CHUNK):
        rows = slice(start, start + CHUNK)
        blocks = [block for question in questions for block in coder.code(question, responses, rows, advance)]
        writer.add(start, blocks)
        firsts = {block.question.id: block for block in reversed(blocks)}
        for first in firsts.values():
            found.outcomes.add_unjudged(first, responses.answers(first.question.column, rows.start, rows.stop))
        for block in blocks:
            found.outcomes.add(block)
            found.items.add(review_items(start, block, uncertain.get(block.codeframe.id)))
        background = {column: responses.answers(column, rows.start, rows.stop) for column in columns}
        unseen = [coder.as_unseen(block, responses, rows) for block in blocks]
        found.prevalence.add(unseen, responses.weights(rows.start, rows.stop), background)
    return found


def _write_rest(writer: DatasetWriter, coder: Autocoder, found: CodedAnswers, run: Run, progress: Progress) -> None:
    """Write what has to wait until all answers are coded."""
    project, style, min_cell = coder.project, writer.format, found.prevalence.min_cell
    advance = progress("writing files", len(found.items) + len(writer.responses) * ("sav" in style.formats))
    writer.add_review(found.items.by_gain(), project.n_annotations, advance=advance)
    shares = refused(found.prevalence.shares(), coder.drifted, Refusal.DRIFTED)
    shares = refused(shares, project.undecided_sample, Refusal.WAITING)
    shares = refused(shares, coder.skipped, Refusal.SKIPPED)
    other_base = [name for name, sample in coder.samples.items() if sample.is_of_other_base]
    shares = refused(shares, other_base, Refusal.OTHER_BASE)
    shares = _named(shares, writer.responses)
    writer.write("prevalence.csv", prevalence_frame(shares, project.codebook, min_cell, style))
    speaks_for = project.survey.settings.speaks_for
    left_out = writer.responses.left_out
    dictionary = data_dictionary(
        writer.columns, project.codebook, style=style, speaks_for=speaks_for, left_out=left_out
    )
    writer.write("codebook.csv", dictionary)
    plain = prevalence_frame(shares, project.codebook, min_cell, Format())
    writer.finish(Ending(dictionary, plain, run.origin, advance))
    for file, text in register_files(run, project).items():
        writer.write_text(file, text)
    writer.write_text(RUN_FILE, with_files(run, writer).text)


def _named(shares: Iterable[Share], responses: Responses) -> list[Share]:
    """The shares with groups as people call them, in the order of their values."""
    shares = list(shares)
    names = {column: responses.group_names(column) for column in {share.cell.background for share in shares} - {""}}
    cells = ((share, share.cell, names.get(share.cell.background, {})) for share in shares)
    return [replace(share, cell=replace(cell, group=own.get(cell.group, cell.group))) for share, cell, own in cells]


def _classified(
    coder: Autocoder, writer: DatasetWriter, found: CodedAnswers, run: Run, projections: dict[str, Projection]
) -> ClassifyResult:
    project, model, questions = coder.project, coder.model, coder.project.survey.coded_questions
    return ClassifyResult(
        folder=project.folders.coded,
        responses=writer.responses,
        outcomes=found.outcomes,
        questions=run.questions,
        certificates=coder.certificates,
        n_second_look=len(found.items) - found.outcomes.decided[Source.NOBODY],
        n_newer=sum(n_not_learned_from(project, model, codeframe) for codeframe in model.classifiers),
        unfound=project.count_unfound(writer.responses),
        relabelled=project.changes.new_labels(project.codebook),
        guarded=writer.guarded,
        cut=writer.cut,
        drift=coder.watch.verdicts(),
        projections=projections,
        not_sampled={
            name: [own.id for own in questions if name in own.codeframes and own.id not in sample.questions]
            for name, sample in coder.samples.items()
        },
        skipped=coder.skipped,
        personal=_unchosen(writer.responses, project),
        undeclared=_undeclared(writer.responses),
        outdated=writer.outdated,
        counted=[name for name in project.codebook.codeframe_ids if _is_counted(name, questions, found.outcomes)],
    )


def _unchosen(responses: Responses, project: Project) -> dict[str, str]:
    """The columns of the dataset that look personal, where survey.toml does not say which columns of the file stay."""
    survey = project.survey
    is_chosen = survey.leave_out is not None and responses.table.files == project.responses_files
    return {} if survey.keep is not None or is_chosen else personal_columns(responses.table, responses.survey.columns)


def _undeclared(responses: Responses) -> Counter[str]:
    """What programs write where nobody answered, in a survey that says nothing of it."""
    survey = responses.survey
    return undeclared_missing(responses.table, survey.asked_columns) if survey.missing.values is None else Counter()


def _is_counted(codeframe: str, questions: Sequence[Question], outcomes: Outcomes) -> bool:
    """Whether people decided every answer in the codeframe that says something."""
    blocks = [question.block(codeframe) for question in questions if codeframe in question.codeframes]
    decided = sum((outcomes.decisions[block] for block in blocks), start=Counter[Source]())
    return 0 < decided[Source.PERSON] == decided.total()


def _projections(project: Project, model: ModelFacts, certificates: Mapping[str, Certificate]) -> dict[str, Projection]:
    """What more random answers would do, where `evaluate` told it of this model and the target is not met."""
    found = read_evaluation(project.folders.model / EVALUATION_FILE)
    if found is None or not found.is_of(model, project.survey.settings):
        return {}
    return {
        evaluation.codeframe: evaluation.projection
        for evaluation in found.evaluations
        if evaluation.projection and certificates[evaluation.codeframe].reason in TO_PROVE
    }
