"""Commands for those who read the results."""

from __future__ import annotations

from typing import Annotated

import typer

from themawijzer.cli.program import HERE, Quiet, Root, Survey, app
from themawijzer.cli.screen import bars, open_screen
from themawijzer.summaries.findings import summarize_discovered, summarize_waves


@app.command()
def discover(survey: Survey, root: Root = HERE, quiet: Quiet = False) -> None:
    """Propose new codes: groups of answers without a code. Makes coded/SURVEY/discovered.csv and .json."""
    screen = open_screen(quiet=quiet)
    with bars(screen) as progress:
        from themawijzer.commands.discover import discover as run

        found = run(root, survey, progress=progress)
    summarize_discovered(screen, found)
    screen.print(f"Every answer with its proposal: {root / 'coded' / survey / 'discovered.csv'}")


@app.command()
def report(
    survey: Survey,
    quotes: Annotated[bool, typer.Option(help="Show what respondents typed, where it names nobody.")] = True,
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Make a report of a coded survey. Makes report.html, summary.json and summary.md in coded/SURVEY/."""
    screen = open_screen(quiet=quiet)
    with bars(screen) as progress:
        from themawijzer.commands.report import report as run

        done = run(root, survey, with_quotes=quotes, progress=progress)
    for file in done.files:
        screen.print(f"{file} ({file.stat().st_size / 1000:,.0f} kB)")
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
    screen = open_screen(quiet=quiet)
    with bars(screen) as progress:
        from themawijzer.commands.compare import compare_waves

        done = compare_waves(root, first, second, questions=question or (), progress=progress)
    summarize_waves(screen, done.waves)
    screen.print(f"All figures: {', '.join(map(str, done.files))}")
