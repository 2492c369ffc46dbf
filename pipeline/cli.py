"""The command line: parses, calls the plain function of the same name, and tells what came of it."""

from __future__ import annotations

import gc
import io
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import ThemawijzerError

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.coding.certification import Certificate
    from pipeline.coding.drift import Signal
    from pipeline.coding.evidence import Rate
    from pipeline.commands.classify import Classified
    from pipeline.commands.evaluate import Evaluated
    from pipeline.commands.importing import Imported
    from pipeline.commands.returning import TakenBack
    from pipeline.commands.train import Trained
    from pipeline.learning.evaluation import Evaluation, Score
    from pipeline.tables.table import Table as SurveyTable

app = typer.Typer(
    help="Dutch open survey answers in, coded datasets out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: starts twice as fast
    pretty_exceptions_enable=False,
)

Survey = Annotated[str, typer.Argument(help="Name of a folder in surveys/.", show_default=False)]
Root = Annotated[Path, typer.Option(help="Folder that holds surveys/, annotations/, models/ and coded/.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and warnings only.")]
HERE = Path()
GARBAGE = 100_000  # objects between two searches for cycles: libraries make many objects, and hardly a cycle


class Choice(StrEnum):
    """How a sample can be drawn."""

    RANDOM = "random"


def main() -> None:
    """Run a command; an error that a user can mend becomes one message and an exit code."""
    gc.set_threshold(GARBAGE)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console of Windows knows few characters
    try:
        app()
    except ThemawijzerError as error:
        _tell_error(str(error))
        sys.exit(error.exit_code)
    except OSError as error:
        _tell_error(f"{error.filename2 or error.filename or 'the disk'}: {error.strerror or error}")
        sys.exit(1)
    except Exception as error:  # noqa: BLE001  # a mistake of ours, told without what was in the data
        _tell_error(f"something went wrong that should not: {_place_of(error)}\nPlease report this line.")
        sys.exit(70)  # EX_SOFTWARE


@app.command()
def init(
    survey: Annotated[str, typer.Argument(help="Name of the folder to make in surveys/.", show_default=False)],
    responses: Annotated[Path, typer.Option(help="File with the responses: csv, tsv, xlsx, sav or parquet.")],
    respondent_id: Annotated[str, typer.Option(help="Column that identifies the respondent.")],
    question: Annotated[list[str], typer.Option(help="Column with an open question; repeat for more.")],
    weight: Annotated[str | None, typer.Option(help="Column with the weight.")] = None,
    background: Annotated[list[str] | None, typer.Option(help="Background column; repeat for more.")] = None,
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Make the folders of a new survey from a file with responses."""
    from pipeline.commands.init import init_survey

    screen = _screen(quiet=quiet)
    made = init_survey(
        root,
        survey,
        responses,
        respondent_id=respondent_id,
        columns=question,
        weight=weight,
        background=background or (),
    )
    screen.print(f"{len(made.table.frame):,} responses read{_dialect(made.table)}.")
    screen.print(f"{made.survey_file}: check the texts of the questions and their codeframes.")
    screen.print(f"{made.codebook_file}: write the codes here, or let `themawijzer import` make them.")


@app.command("import")
def import_(
    survey: Survey,
    file: Annotated[Path, typer.Argument(help="Labelled or filled-in file: csv, tsv, xlsx, sav or parquet.")],
    codeframe: Annotated[
        str | None, typer.Option(help="Codeframe that the labels belong to; made when it is new.")
    ] = None,
    labels_column: Annotated[
        str | None, typer.Option(help="Column with the labels; without it, one 0/1 column per code.")
    ] = None,
    separator: Annotated[str, typer.Option(help="What stands between labels in one cell.")] = "|",
    text_column: Annotated[
        str | None, typer.Option(help="Column with the answers. [default: the question's column]")
    ] = None,
    id_column: Annotated[str | None, typer.Option(help="Column with the respondent. [default: the survey's]")] = None,
    question: Annotated[
        str | None, typer.Option(help="Question, by id or column. [default: the survey's only one]")
    ] = None,
    random_sample: Annotated[
        bool,
        typer.Option(
            "--random-sample",
            help="You state that these answers were drawn at random from all answers, before anybody looked at "
            "them, and none was left out: quality and shares are then measured on them.",
        ),
    ] = False,
    coder: Annotated[str | None, typer.Option(help="Whose codes these are. [default for labels: import]")] = None,
    input_file: Annotated[
        Path | None, typer.Option("--input", help="Responses that a filled-in file is about, if not the survey's own.")
    ] = None,
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Turn a labelled file into annotations, or take back review.csv or sample.csv with codes filled in."""
    from pipeline.commands.importing import Columns, Imported, Labelling, import_file

    columns = Columns(labels=labels_column, separator=separator, text=text_column, id=id_column)
    labelling = Labelling(
        codeframe_id=codeframe,
        question_id=question,
        coder=coder,
        stream="random" if random_sample else "import",
    )
    screen = _screen(quiet=quiet)
    done = import_file(root, survey, file, columns, labelling, input_file=input_file)
    if isinstance(done, Imported):
        _summarize_labels(screen, done)
    else:
        _summarize_returned(screen, done)


@app.command()
def train(survey: Survey, root: Root = HERE, quiet: Quiet = False) -> None:
    """Learn from the annotations of a survey; makes models/SURVEY/."""
    screen = _screen(quiet=quiet)
    with _loading(screen):
        from pipeline.commands.train import train as run
    with _bars(screen) as progress:
        trained = run(root, survey, progress=progress)
    _summarize_training(screen, trained)


@app.command()
def evaluate(survey: Survey, root: Root = HERE, quiet: Quiet = False) -> None:
    """Measure out of fold how good the coding is; makes models/SURVEY/evaluation.json and two pictures."""
    screen = _screen(quiet=quiet)
    with _loading(screen):
        from pipeline.commands.evaluate import evaluate_survey
    with _bars(screen) as progress:
        evaluated = evaluate_survey(root, survey, progress=progress)
    _summarize_evaluation(screen, evaluated)


@app.command()
def classify(
    survey: Survey,
    input_file: Annotated[
        Path | None, typer.Option("--input", help="Responses to code instead of the survey's own.")
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(help="Background column for the values of which shares are given too; repeat for more."),
    ] = None,
    probabilities: Annotated[bool, typer.Option("--probabilities", help="Write probabilities.csv too.")] = False,
    excel_nl: Annotated[
        bool, typer.Option("--excel-nl", help="Semicolons and decimal commas, for Dutch Excel.")
    ] = False,
    no_formula_guard: Annotated[
        bool, typer.Option("--no-formula-guard", help="Leave cells that a spreadsheet would run as a formula.")
    ] = False,
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Code all answers of a survey; makes coded/SURVEY/."""
    screen = _screen(quiet=quiet)
    with _loading(screen):
        from pipeline.commands.classify import classify as run
        from pipeline.output.dataset import Format

    style = Format(for_dutch_excel=excel_nl, has_formula_guard=not no_formula_guard, has_probabilities=probabilities)
    with _bars(screen) as progress:
        done = run(root, survey, input_file=input_file, style=style, progress=progress, by=by or ())
    _summarize_coding(screen, done)
    _tell_drift(screen, done, survey, input_file)


@app.command()
def sample(
    survey: Survey,
    n: Annotated[int, typer.Option("--n", min=1, help="Answers to draw of each question.")] = 100,
    stream: Annotated[
        Choice, typer.Option(help="How answers are chosen; random: each with the same chance.")
    ] = Choice.RANDOM,
    input_file: Annotated[
        Path | None, typer.Option("--input", help="Responses to draw from instead of the survey's own.")
    ] = None,
    question: Annotated[
        list[str] | None, typer.Option(help="Question to draw from, by id; repeat for more. [default: all]")
    ] = None,
    codeframe: Annotated[
        list[str] | None, typer.Option(help="Codeframe to code in; repeat for more. [default: all of the question]")
    ] = None,
    excel_nl: Annotated[bool, typer.Option("--excel-nl", help="Semicolons, for Dutch Excel.")] = False,
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Draw a random sample for people to code, on which quality is measured; makes coded/SURVEY/sample.csv."""
    screen = _screen(quiet=quiet)
    with _loading(screen):
        from pipeline.commands.sampling import draw_sample
        from pipeline.output.dataset import Format

    done = draw_sample(
        root,
        survey,
        n=n,
        input_file=input_file,
        questions=question or (),
        codeframes=codeframe or (),
        style=Format(for_dutch_excel=excel_nl),
    )
    for question_id, n_drawn in done.n_drawn.items():
        rest = ": all that can be coded and are not in the random sample yet" if n_drawn < n else ""
        screen.print(f"{question_id}: {n_drawn:,} answers drawn ({stream}){rest}.")
    source = f" --input {input_file}" if input_file else ""
    screen.print(f"{done.file}: fill in the codes, then: themawijzer import {survey} {done.file} --coder NAME{source}")


@app.command("install-pipeline")
def install_pipeline_() -> None:
    """Install spaCy's trained Dutch pipeline, if its address can be reached within ten seconds."""
    from pipeline.language.download import NAME, install_pipeline

    screen = _screen(quiet=False)
    refusal = install_pipeline()
    alternative = "lemmas come from simplemma instead"
    screen.print(f"{NAME} could not be installed ({refusal}); {alternative}." if refusal else f"{NAME} is installed.")


def _screen(*, quiet: bool) -> Console:
    """Where a command tells what it does: the terminal, and warnings on standard error."""
    from rich.console import Console

    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    return Console(quiet=quiet, markup=False, emoji=False, highlight=False, soft_wrap=True)


def _loading(screen: Console) -> AbstractContextManager[object]:
    """What people see while the language and learning libraries load, which takes seconds."""
    return nullcontext() if screen.quiet else screen.status("loading")


@contextmanager
def _bars(screen: Console) -> Iterator[Callable[[str, int], Callable[[int], None]]]:
    """Progress bars, one below the other, on standard error so that the summary can be kept."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<26}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bars = Progress(*columns, console=Console(stderr=True), disable=screen.quiet)

    def start(what: str, total: int) -> Callable[[int], None]:
        bars.start()
        task = bars.add_task(what, total=total)
        return lambda steps: bars.advance(task, steps)

    try:
        yield start
    finally:
        if bars.tasks:
            bars.stop()


def _summarize_labels(screen: Console, done: Imported) -> None:
    if done.code_columns:
        screen.print(f"Columns with codes: {', '.join(done.code_columns)}.")
    screen.print(f"{done.n_annotations:,} annotated answers added to {done.annotations_file}.")
    if done.n_left_out:
        screen.print(f"{done.n_left_out:,} rows without an answer, or without any 0 or 1, were left out.")
    if done.n_unknown_respondents:
        screen.print(
            f"{done.n_unknown_respondents:,} of them belong to nobody in the survey: only the model uses them."
        )
    if done.new_codes:
        screen.print(f"New codes in {done.codebook_file}, of which the definitions are to be filled in:")
        screen.print(f"  {', '.join(done.new_codes)}")


def _summarize_returned(screen: Console, done: TakenBack) -> None:
    screen.print(f"{done.n_added:,} annotations added to {done.annotations_file}; {done.n_open:,} rows are still open.")
    if done.n_known:
        screen.print(f"{done.n_known:,} were there already.")
    if done.n_replaced:
        screen.print(f"{done.n_replaced:,} of them were coded otherwise since, which stands; a note makes a row new.")
    if done.changed:
        screen.print(
            f"{len(done.changed):,} belong to an answer that reads differently in the responses (row {done.changed[0]} "
            "is the first): kept with the answer of the file, from which only the model learns."
        )
    if done.unknown:
        screen.print(
            f"{len(done.unknown):,} belong to nobody in the responses (row {done.unknown[0]} is the first): kept; "
            "name the file that they are in with --input."
        )


def _summarize_training(screen: Console, trained: Trained) -> None:
    for codeframe, examples in trained.examples.items():
        line = f"{codeframe}: learned from {len(examples):,} annotated answers, {len(examples.codes)} codes"
        screen.print(
            line
            + (f"; {examples.n_disagreements} on which coders disagree left out" if examples.n_disagreements else "")
        )
        if missing := trained.not_learnable[codeframe]:
            screen.print(f"  not learned, for want of answers with it or without it: {', '.join(missing)}")
    for codeframe, reason in trained.skipped.items():
        screen.print(f"{codeframe}: not learned; {reason}")
    screen.print(f"Model: {trained.folder}")


def _summarize_evaluation(screen: Console, evaluated: Evaluated) -> None:
    for evaluation in evaluated.evaluations:
        _tabulate(screen, evaluation)
    for codeframe, certificates in evaluated.certificates.items():
        _tabulate_certificates(screen, codeframe, certificates)
        _tabulate_verdicts(screen, evaluated.codes[codeframe], certificates[evaluated.target])
    screen.print(f"All figures, and what they were measured on: {evaluated.file}")
    reliability, risk_coverage = evaluated.pictures
    screen.print(f"Whether probabilities mean what they say: {reliability}")
    screen.print(f"How well the most certain answers are coded: {risk_coverage}")


def _tabulate(screen: Console, evaluation: Evaluation) -> None:
    from rich.table import Table

    sample = "of which the random sample" if evaluation.is_random else "not a random sample"
    of_all = f"{evaluation.n_annotated:,} annotated answers, {sample}"
    if evaluation.is_random:
        of_all += f" of {evaluation.n_answers:,} is scored"
    screen.print(f"{evaluation.codeframe}: {of_all}; out of fold, 95% intervals")
    table = Table("code", "n", "precision", "recall", "F1", box=None, padding=(0, 2, 0, 0))
    for code in evaluation.codes:
        name = code.code if code.is_learnable else f"{code.code} (not learnable)"
        table.add_row(name, str(code.support), *map(_figure, (code.precision, code.recall, code.f1)))
    screen.print(table)
    scores = {"micro-F1": evaluation.micro_f1, "macro-F1": evaluation.macro_f1, "whole set right": evaluation.whole_set}
    screen.print("  ".join(f"{name} {_figure(score)}" for name, score in scores.items()))
    for name, baseline in evaluation.baselines.items():
        screen.print(f"  beside it, {name}: " + "  ".join(f"{key} {value:.2f}" for key, value in baseline.items()))


def _tabulate_certificates(screen: Console, codeframe: str, certificates: Mapping[float, Certificate]) -> None:
    from rich.table import Table

    n = next(iter(certificates.values())).n
    screen.print(f"{codeframe}: what is coded without a person at a target, measured on {n:,} random answers")
    table = Table("target", "automatic", "precision", "completeness", "whole set right", box=None, padding=(0, 2, 0, 0))
    for target, each in certificates.items():
        rates = (*each.quality.guaranteed, each.whole_set)
        table.add_row(f"{target:.2f}", f"{each.share_automatic:.0%}", *map(_rate, rates))
    screen.print(table)
    for target, each in certificates.items():
        screen.print(f"  {target:.2f}: {_why(each)}")


def _tabulate_verdicts(screen: Console, codes: Sequence[str], certificate: Certificate) -> None:
    from rich.table import Table

    if not certificate.is_certified:
        screen.print(f"At the target of {certificate.limits.target:.2f} no code is given automatically.")
        return
    table = Table("code", "verdict", "precision", "completeness", "recall", "more", box=None, padding=(0, 2, 0, 0))
    for code, each in zip(codes, certificate.codes, strict=True):
        more = "-" if each.n_more is None else f"{each.n_more:,}"
        verdict = each.verdict.value.replace("_", " ")
        table.add_row(code, verdict, *map(_rate, (*each.quality.guaranteed, each.quality.recall)), more)
    screen.print(f"At the target of {certificate.limits.target:.2f}; more: random answers that would certify the code")
    screen.print(table)


def _rate(rate: Rate) -> str:
    return "-" if rate.share is None else f"{rate.share:.2f} ({rate.n_right}/{rate.n})"


def _why(certificate: Certificate) -> str:
    """Whether a codeframe is certified, and why, in words."""
    from pipeline.coding.certification import Reason

    more = "" if certificate.n_more is None else f"; about {certificate.n_more:,} more random answers would do"
    return {
        Reason.MET: f"certified on {certificate.n:,} random answers",
        Reason.NO_SAMPLE: "not certified: no random sample has been coded (themawijzer sample)",
        Reason.TOO_FEW: f"not certified: too few random answers ({certificate.n:,}){more}",
        Reason.TOO_INACCURATE: "not certified: not even the most certain answers are right often enough",
    }[certificate.reason]


def _figure(score: Score) -> str:
    if score.value is None:
        return "-"
    return f"{score.value:.2f} {score.low:.2f}-{score.high:.2f}"


def _summarize_coding(screen: Console, done: Classified) -> None:
    from rich.table import Column, Table

    from pipeline.coding.codings import Source, Status

    screen.print(
        f"{len(done.responses):,} responses read from {done.responses.table.path}{_dialect(done.responses.table)}."
    )
    columns = [Column(status.value.replace("_", " "), justify="right") for status in Status]
    table = Table(Column("answers", overflow="fold"), *columns, box=None, padding=(0, 2, 0, 0))
    for name, counts in done.tally.statuses.items():
        table.add_row(name, *(f"{counts[status]:,}" for status in Status))
    screen.print(table)
    decided = done.tally.decided
    screen.print(
        f"Decided by people {decided[Source.PERSON]:,}, by the model {decided[Source.MODEL]:,}; "
        f"for people to look at (review.csv) {decided[Source.NOBODY]:,}."
    )
    for codeframe, certificate in done.certificates.items():
        screen.print(f"{codeframe}, target {certificate.limits.target:.2f}: {_why(certificate)}.")
    if done.n_changed_texts:
        screen.print(f"{done.n_changed_texts:,} annotations belong to an answer that reads differently here; not used.")
    if done.n_unknown_respondents:
        screen.print(f"{done.n_unknown_respondents:,} annotations belong to nobody in this file.")
    if n_guarded := done.guarded["responses_coded.csv"]:
        screen.print(f"{n_guarded:,} cells that a spreadsheet would run got an apostrophe in front.")
    screen.print(f"Coded dataset: {done.folder}")


def _tell_drift(screen: Console, done: Classified, survey: str, input_file: Path | None) -> None:
    for codeframe, verdict in done.drift.items():
        if verdict.is_withdrawn or (verdict.has_drifted and verdict.n_elsewhere):
            found = "; ".join(map(_strongest, verdict.firing.values()))
            judged = f" The {verdict.n_fresh} of them in the random sample decide." * (not verdict.is_withdrawn)
            screen.print(f"{codeframe}: these answers differ from those that were learned from: {found}.{judged}")
    if any(verdict.is_withdrawn for verdict in done.drift.values()):
        source = f" --input {input_file}" if input_file else ""
        screen.print(
            "Nothing vouches for their coding until a fresh random sample is coded: "
            f"themawijzer sample {survey} --n 100 --stream random{source}"
        )


def _strongest(signals: Sequence[Signal]) -> str:
    signal, *others = signals
    names = {"unknown_words": "unknown words", "far_answers": "answers unlike any", "predicted_share": signal.code}
    expected = f"{signal.low:.0%} to {signal.high:.0%}" if signal.low else f"{signal.high:.0%} at most"
    more = f" and {len(others)} codes more" * bool(others)
    return f"{names[signal.measure]} {signal.found:.0%} ({expected} expected){more}"


def _dialect(table: SurveyTable) -> str:
    dialect = table.dialect
    if dialect is None:
        return ""
    delimiter = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}.get(dialect.delimiter, dialect.delimiter)
    return f" ({dialect.encoding}, {delimiter})"


def _place_of(error: Exception) -> str:
    """Kind and place of an error, without its message, which may hold an answer."""
    import traceback

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "pipeline" in Path(frame.filename).parts]
    return " < ".join([type(error).__name__, *(f"{Path(each.filename).name}:{each.lineno}" for each in frames[::-1])])


def _tell_error(message: str) -> None:
    from rich.console import Console

    Console(stderr=True, highlight=False, soft_wrap=True).print(f"Error: {message}", markup=False, style="bold red")
