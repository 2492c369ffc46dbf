"""Commands that learn, measure, code and report."""

from typing import Annotated

import typer

from themawijzer.cli.program import HERE, ExcelNl, Input, Quiet, Root, Survey, app
from themawijzer.cli.screen import counting


@app.command()
def train(survey: Survey, root: Root = HERE, quiet: Quiet = False) -> None:
    """Learn from annotations; makes models/SURVEY/."""
    with counting(quiet=quiet) as (screen, progress):
        from themawijzer.commands.train import train as run
        from themawijzer.summaries.learning import summarize_training

        trained = run(root, survey, progress=progress)
    summarize_training(screen, trained)


@app.command()
def evaluate(survey: Survey, root: Root = HERE, quiet: Quiet = False) -> None:
    """Measure out of fold how good the coding is. Makes models/SURVEY/evaluation.json and two pictures."""
    with counting(quiet=quiet) as (screen, progress):
        from themawijzer.commands.evaluate import evaluate_survey
        from themawijzer.summaries.learning import summarize_evaluation

        evaluated = evaluate_survey(root, survey, progress=progress)
    summarize_evaluation(screen, evaluated)


@app.command()
def classify(
    survey: Survey,
    *,
    input_file: Input = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Background column for the values of which shares are given too; repeat for more. "
            "[default: all with at most 40 values]",
        ),
    ] = None,
    probabilities: Annotated[bool, typer.Option("--probabilities", help="Write probabilities.csv too.")] = False,
    excel_nl: ExcelNl = False,
    no_formula_guard: Annotated[
        bool, typer.Option("--no-formula-guard", help="Leave cells that a spreadsheet would run as a formula.")
    ] = False,
    formats: Annotated[
        str, typer.Option(help="Formats of the coded dataset itself, joined by commas.")
    ] = "csv,sav,xlsx,parquet",
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Code all answers of a survey; makes coded/SURVEY/."""
    with counting(quiet=quiet) as (screen, progress):
        from themawijzer.commands.classify import classify as run
        from themawijzer.output.dataset import Format
        from themawijzer.output.formats import chosen_formats
        from themawijzer.summaries.coding import summarize_coding, summarize_drift, tell_skipped

        style = Format(
            formats=chosen_formats(formats),
            for_dutch_excel=excel_nl,
            has_formula_guard=not no_formula_guard,
            has_probabilities=probabilities,
        )
        done = run(root, survey, input_file=input_file, style=style, progress=progress, by=by)
    summarize_coding(screen, done)
    summarize_drift(screen, done, survey, input_file)
    tell_skipped(screen, done.skipped, survey, input_file)


@app.command()
def discover(survey: Survey, root: Root = HERE, quiet: Quiet = False) -> None:
    """Propose new codes: groups of answers without a code. Makes coded/SURVEY/discovered.csv and .json."""
    with counting(quiet=quiet) as (screen, progress):
        from themawijzer.commands.discover import discover as run
        from themawijzer.summaries.findings import summarize_discovered

        found = run(root, survey, progress=progress)
    summarize_discovered(screen, found)
    screen.print(f"Every answer with its proposal: {root / 'coded' / survey / 'discovered.csv'}")


@app.command()
def report(
    survey: Survey,
    quotes: Annotated[
        bool, typer.Option(help="Show the quotes that a person approved in annotations/SURVEY/quotes.csv.")
    ] = True,
    quotes_unread: Annotated[
        bool, typer.Option("--quotes-unread", help="Also show quotes that nobody read: what passed the filter alone.")
    ] = False,
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Make a report of a coded survey. Makes report.html, summary.json and summary.md in coded/SURVEY/."""
    if quotes_unread and not quotes:
        raise typer.BadParameter("--no-quotes shows none of them", param_hint="--quotes-unread")
    with counting(quiet=quiet) as (screen, progress):
        from themawijzer.commands.report import report as run
        from themawijzer.output.report.quotes import Shown
        from themawijzer.summaries.findings import tell_waiting

        shown = Shown.UNREAD if quotes_unread else Shown.APPROVED if quotes else Shown.NONE
        done = run(root, survey, shown=shown, progress=progress)
    for file in done.files:
        screen.print(f"{file} ({file.stat().st_size / 1000:,.0f} kB)")
    tell_waiting(screen, done.summary.quotes, done.quotes_file)
    if not done.summary.is_evaluated:
        screen.print(f"Quality per code is not in it; to measure it: themawijzer evaluate {survey}")


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="Survey of the earlier wave.", show_default=False)],
    second: Annotated[str, typer.Argument(help="Survey of the later wave.", show_default=False)],
    question: Annotated[
        list[str] | None,
        typer.Option(
            metavar="QUESTION",
            help="Question of both waves, by id or column; as v1=v3 where these differ; repeat for more. "
            "[default: those with the same text]",
        ),
    ] = None,
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Tell what changed between two waves of a survey. Makes coded/SECOND/compare_FIRST.csv and more."""
    with counting(quiet=quiet) as (screen, progress):
        from themawijzer.commands.compare import compare_waves
        from themawijzer.summaries.findings import summarize_waves

        done = compare_waves(root, first, second, questions=question or (), progress=progress)
    summarize_waves(screen, done.waves)
    screen.print(f"All figures: {', '.join(map(str, done.files))}")
