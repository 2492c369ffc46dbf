"""What all commands share: the program that they belong to, and the options that mean the same in each."""

from __future__ import annotations

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
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and warnings only.")]
HERE = Path()
