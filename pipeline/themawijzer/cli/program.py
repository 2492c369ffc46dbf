"""The program that all commands belong to, and the options that several of them have."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Dutch open survey answers in, coded datasets out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: starts twice as fast
    pretty_exceptions_enable=False,
)

Survey = Annotated[str, typer.Argument(help="Name of a folder in surveys/.", show_default=False)]
Root = Annotated[Path, typer.Option(help="Folder that holds surveys/, annotations/, models/ and coded/.")]
Input = Annotated[
    list[Path] | None,
    typer.Option(
        "--input", metavar="FILE", help="File or folder with responses, if not the survey's own; repeat for more."
    ),
]
Encoding = Annotated[
    str | None, typer.Option(help="Encoding of a text or SPSS file, such as cp1252. [default: what fits]")
]
Delimiter = Annotated[
    str | None, typer.Option(help="What stands between cells of a text file, or `tab`. [default: what fits]")
]
Sheets = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SHEET", help="Sheet of a workbook; repeat for more. [default: the first that holds anything]"
    ),
]
AllSheets = Annotated[bool, typer.Option("--all-sheets", help="Read all sheets of a workbook, which have one header.")]
HeaderRows = Annotated[
    int | None,
    typer.Option(min=1, max=9, help="Rows that name the columns of a text file or sheet. [default: what fits]"),
]
Large = Annotated[
    bool, typer.Option("--large", help="Read a file that unfolds to more than 1 GB; it may take three times as much.")
]
Questions = Annotated[
    list[str] | None,
    typer.Option(metavar="QUESTION", help="Question, by id or column; repeat for more. [default: all]"),
]
Codeframes = Annotated[
    list[str] | None, typer.Option(metavar="CODEFRAME", help="Codeframe; repeat for more. [default: all]")
]
ExcelNl = Annotated[bool, typer.Option("--excel-nl", help="Semicolons and decimal commas, for Dutch Excel.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and warnings only.")]
HERE = Path()
