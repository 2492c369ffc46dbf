"""Commands that learn, measure and code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from themawijzer.cli.program import HERE, Quiet, Root, Survey, app
from themawijzer.cli.screen import bars, open_screen
from themawijzer.summaries.coding import summarize_coding, tell_drift
from themawijzer.summaries.learning import summarize_evaluation, summarize_training


@app.command()
def train(survey: Survey, root: Root = HERE, quiet: Quiet = False) -> None:
    """Learn from annotations; makes models/SURVEY/."""
    screen = open_screen(quiet=quiet)
    with bars(screen) as progress:
        from themawijzer.commands.train import train as run

        trained = run(root, survey, progress=progress)
    summarize_training(screen, trained)


@app.command()
def evaluate(survey: Survey, root: Root = HERE, quiet: Quiet = False) -> None:
    """Measure out of fold how good the coding is. Makes models/SURVEY/evaluation.json and two pictures."""
    screen = open_screen(quiet=quiet)
    with bars(screen) as progress:
        from themawijzer.commands.evaluate import evaluate_survey

        evaluated = evaluate_survey(root, survey, progress=progress)
    summarize_evaluation(screen, evaluated)


@app.command()
def classify(
    survey: Survey,
    *,
    input_file: Annotated[
        Path | None, typer.Option("--input", help="Responses to code instead of the survey's own.")
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Background column for the values of which shares are given too; repeat for more. "
            "[default: all with at most 40 values]",
        ),
    ] = None,
    probabilities: Annotated[bool, typer.Option("--probabilities", help="Write probabilities.csv too.")] = False,
    excel_nl: Annotated[
        bool, typer.Option("--excel-nl", help="Semicolons and decimal commas, for Dutch Excel.")
    ] = False,
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
    screen = open_screen(quiet=quiet)
    with bars(screen) as progress:
        from themawijzer.commands.classify import classify as run
        from themawijzer.output.dataset import Format
        from themawijzer.output.formats import chosen_formats

        style = Format(
            formats=chosen_formats(formats),
            for_dutch_excel=excel_nl,
            has_formula_guard=not no_formula_guard,
            has_probabilities=probabilities,
        )
        done = run(root, survey, input_file=input_file, style=style, progress=progress, by=by)
    summarize_coding(screen, done)
    tell_drift(screen, done, survey, input_file)
