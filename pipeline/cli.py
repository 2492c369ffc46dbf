"""The command line: parses, calls the plain function of the same name, and tells what came of it."""

from __future__ import annotations

import gc
import io
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import ThemawijzerError
from pipeline.summaries import (
    dialect,
    summarize_coding,
    summarize_evaluation,
    summarize_labels,
    summarize_returned,
    summarize_training,
    tell_drift,
)

if TYPE_CHECKING:
    from rich.console import Console

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
TERMINATED = 128 + signal.SIGTERM
GARBAGE = 100_000  # objects between two searches for cycles: libraries make many objects, and hardly a cycle


class Choice(StrEnum):
    """How a sample can be drawn."""

    RANDOM = "random"


def main() -> None:
    """Run a command; an error that a user can mend becomes one message and an exit code."""
    gc.set_threshold(GARBAGE)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # not at once: what is half done is undone first
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
    """Make the folders of a survey from its responses."""
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
    screen.print(f"{len(made.table.frame):,} responses read{dialect(made.table)}.")
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
    separator: Annotated[
        str | None, typer.Option(help="What stands between labels in one cell. [default: |, if that fits]")
    ] = None,
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
    """Make annotations of a labelled or filled-in file. Filled in are review.csv and sample.csv, with codes."""
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
        summarize_labels(screen, done)
    else:
        summarize_returned(screen, done)


@app.command()
def train(survey: Survey, root: Root = HERE, quiet: Quiet = False) -> None:
    """Learn from annotations; makes models/SURVEY/."""
    screen = _screen(quiet=quiet)
    with _loading(screen):
        from pipeline.commands.train import train as run
    with _bars(screen) as progress:
        trained = run(root, survey, progress=progress)
    summarize_training(screen, trained)


@app.command()
def evaluate(survey: Survey, root: Root = HERE, quiet: Quiet = False) -> None:
    """Measure out of fold how good the coding is. Makes models/SURVEY/evaluation.json and two pictures."""
    screen = _screen(quiet=quiet)
    with _loading(screen):
        from pipeline.commands.evaluate import evaluate_survey
    with _bars(screen) as progress:
        evaluated = evaluate_survey(root, survey, progress=progress)
    summarize_evaluation(screen, evaluated)


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
    summarize_coding(screen, done)
    tell_drift(screen, done, survey, input_file)


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
    """Draw random answers for people to code. Quality is measured on them; makes coded/SURVEY/sample.csv."""
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
    """Install spaCy's trained Dutch pipeline. Only if its address can be reached within ten seconds."""
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


def _place_of(error: Exception) -> str:
    """Kind and place of an error, without its message, which may hold an answer."""
    import traceback

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "pipeline" in Path(frame.filename).parts]
    return " < ".join([type(error).__name__, *(f"{Path(each.filename).name}:{each.lineno}" for each in frames[::-1])])


def _tell_error(message: str) -> None:
    from rich.console import Console

    Console(stderr=True, highlight=False, soft_wrap=True).print(f"Error: {message}", markup=False, style="bold red")
