"""Commands for those who read the results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.app import HERE, Quiet, Root, Survey, app
from pipeline.cli.screen import bars, loading, open_screen

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.output.discovered import Discovered


@app.command()
def discover(survey: Survey, root: Root = HERE, quiet: Quiet = False) -> None:
    """Propose new codes: groups of answers without a code. Makes coded/SURVEY/discovered.csv and .json."""
    screen = open_screen(quiet=quiet)
    with loading(screen):
        from pipeline.commands.discover import discover as run
    with bars(screen) as progress:
        found = run(root, survey, progress=progress)
    for each in found:
        _tell_discovered(screen, each)
    screen.print(f"Every answer with its proposal: {root / 'coded' / survey / 'discovered.csv'}")


def _tell_discovered(screen: Console, found: Discovered) -> None:
    from pipeline.output.discovered import MIN_TEXTS

    told = f"{found.question}_{found.codeframe}: {found.n_without_code:,} answers without a code"
    if found.is_too_few:
        screen.print(f"{told}: too few to propose codes from; {MIN_TEXTS} different ones are needed.")
        return
    screen.print(f"{told}; {len(found.proposals)} proposals, {len(found.rest):,} answers in none of them")
    for number, each in enumerate(found.proposals, start=1):
        facts = f"{len(each.members):,} answers, stability {each.stability:.2f}"
        screen.print(f"  {number}. {', '.join(each.words)} ({facts})")


@app.command()
def report(
    survey: Survey,
    quotes: Annotated[bool, typer.Option(help="Show what respondents typed, where it names nobody.")] = True,
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Make a report of a coded survey. Makes report.html, summary.json and summary.md in coded/SURVEY/."""
    screen = open_screen(quiet=quiet)
    with loading(screen):
        from pipeline.commands.report import report as run
    with bars(screen) as progress:
        done = run(root, survey, with_quotes=quotes, progress=progress)
    for file in done.files:
        screen.print(f"{file} ({file.stat().st_size / 1000:,.0f} kB)")
    if not done.summary.is_evaluated:
        screen.print(f"Quality per code is not in it; to measure it: themawijzer evaluate {survey}")
