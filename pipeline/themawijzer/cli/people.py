"""Commands for those who code and judge."""

from enum import StrEnum
from typing import Annotated

import typer

from themawijzer.annotation.streams import StreamName
from themawijzer.cli.program import HERE, Codeframes, ExcelNl, Input, Questions, Quiet, Root, Survey, app
from themawijzer.cli.screen import loading
from themawijzer.files import input_option, quoted_path

Coder = Annotated[str, typer.Option(help="Who codes, such as codeur-1; has a file of that name.")]
N = Annotated[int, typer.Option("--n", min=1, help="Answers to each question.")]


class Shape(StrEnum):
    """What has a row in an export."""

    WIDE = "wide"
    LONG = "long"
    QDPX = "qdpx"


@app.command()
def export(
    survey: Survey,
    *,
    shape: Annotated[
        Shape,
        typer.Option(
            help="wide: a row per answer, a column per code; long: a row per answer and code; qdpx: a REFI-QDA project "
            "for MAXQDA, ATLAS.ti, NVivo or QualCoder, with a source per answer."
        ),
    ] = Shape.WIDE,
    codeframe: Codeframes = None,
    coder: Annotated[
        list[str] | None, typer.Option(metavar="CODER", help="Coder; repeat for more. [default: all]")
    ] = None,
    excel_nl: ExcelNl = False,
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Write annotations for other programs.

    Makes annotations_SHAPE.csv or annotations.qdpx in coded/SURVEY/, which import takes back.
    """
    with loading(quiet=quiet) as screen:
        from themawijzer.commands.export import export_annotations
        from themawijzer.output.dataset import Format

        style = Format(for_dutch_excel=excel_nl)
        done = export_annotations(
            root, survey, shape=shape.value, codeframes=codeframe or (), coders=coder or (), style=style
        )
    kind = "answers" if shape is Shape.QDPX else "rows"
    screen.print(f"{done.n_rows:,} {kind} of {', '.join(done.coders) or 'no coder'}: {done.file}")


@app.command()
def sample(
    survey: Survey,
    *,
    n: N = 100,
    input_file: Input = None,
    question: Questions = None,
    codeframe: Codeframes = None,
    excel_nl: ExcelNl = False,
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Draw random answers for people to code. Quality is measured on them; makes coded/SURVEY/sample.csv."""
    with loading(quiet=quiet) as screen:
        from themawijzer.commands.sample import Selection, draw_sample
        from themawijzer.output.dataset import Format

        wanted = Selection(n, input_file, question or (), codeframe or ())
        done = draw_sample(root, survey, wanted, Format(for_dutch_excel=excel_nl))
    for question_id, n_drawn in done.n_drawn.items():
        n_left = done.n_left[question_id]
        if not n_left:
            screen.print(f"{question_id}: people coded all its answers; its shares are counted, and need no sample.")
            continue
        rest = ": all that can be coded and are not in the random sample yet" if n_drawn < n else ""
        screen.print(f"{question_id}: {n_drawn:,} answers drawn at random{rest}.")
        if n_left < n_drawn:
            screen.print(
                f"  Nobody coded {n_left:,} of its answers; code those instead (review.csv), and it is counted."
            )
    source = input_option(input_file)
    back = f"themawijzer import {survey} {quoted_path(done.file)} --coder NAME{source}"
    if any(done.n_drawn.values()):
        screen.print(f"{done.file}: fill in the codes, then: {back}")


@app.command()
def annotate(
    survey: Survey,
    *,
    coder: Coder,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0: any that is free.")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only show the address of the page.")] = False,
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Open the page on which a coder labels answers. Every decision is saved at once."""
    import webbrowser

    with loading() as screen:
        from themawijzer.commands.annotate import open_page
        from themawijzer.summaries.imports import tell_relabelled

        page = open_page(root, survey, coder, port=port)

    def tell() -> None:
        tell_relabelled(screen, page.relabelled)
        screen.print(f"The page of {coder}: {page.access.url(page.access.token)}")
        if not quiet:
            screen.print("Everything is saved at once. Stop with Ctrl+C.")
        if not no_browser:
            webbrowser.open(page.access.url(page.access.ticket))

    page.run(tell)


@app.command()
def worksheet(
    survey: Survey,
    *,
    coder: Coder,
    n: N = 100,
    stream: Annotated[
        StreamName,
        typer.Option(
            help="random: the next of the random sample; active: what nobody decided yet, what brings most first; "
            "review: what was coded and may be wrong; double: what one other coder coded."
        ),
    ] = StreamName.RANDOM,
    input_file: Input = None,
    question: Questions = None,
    codeframe: Codeframes = None,
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Write an Excel workbook in which a coder codes. Makes coded/SURVEY/worksheet_CODER.xlsx, for import."""
    with loading(quiet=quiet) as screen:
        from themawijzer.commands.sample import Selection
        from themawijzer.commands.worksheet import make_worksheet

        wanted = Selection(n, input_file, question or (), codeframe or ())
        done = make_worksheet(root, survey, wanted, coder=coder, stream=stream)
    for question_id, n_chosen in done.n_chosen.items():
        screen.print(f"{question_id}: {n_chosen:,} answers ({stream}){', all that are left' * (n_chosen < n)}.")
    source = input_option(input_file)
    screen.print(f"{done.file}: to be filled in, then: themawijzer import {survey} {quoted_path(done.file)}{source}")


@app.command()
def agreement(survey: Survey, root: Root = HERE, quiet: Quiet = False) -> None:
    """Measure how far coders agree. Makes agreement.csv and agreement.json in coded/SURVEY/."""
    with loading(quiet=quiet) as screen:
        from themawijzer.commands.agreement import measure_agreement
        from themawijzer.summaries.coder_agreement import summarize_agreement

        measured = measure_agreement(root, survey)
    summarize_agreement(screen, measured)
