"""Errors with their facts and exit codes; the command line prints their messages."""

import re
from pathlib import Path


def named(value: str) -> str:
    """A key or heading of our own files after a space if it looks like an id, else "". A cell is never named."""
    return f" {value}" if re.fullmatch(r"[\w-]{1,40}", value) else ""


class ThemawijzerError(Exception):
    """An error that the user can solve. The message never holds a respondent's text."""

    exit_code = 1


class InputError(ThemawijzerError):
    """A file that cannot be used as it is: what is wrong, where, and what would be right.

    `row` counts as a spreadsheet does (the header is row 1), `line` counts lines of a text file. From Python `file` is
    the argument, and `row` the label of the row.
    """

    exit_code = 2

    def __init__(
        self,
        problem: str,
        *,
        file: Path | str,
        row: object = None,
        line: int | None = None,
        column: str | None = None,
        expected: str | None = None,
    ) -> None:
        self.problem, self.file, self.row, self.line, self.column = problem, Path(file), row, line, column
        self.expected = expected
        places = {"row": row, "line": line, "column": column}
        where = ", ".join([str(file), *(f"{name} {value}" for name, value in places.items() if value is not None)])
        super().__init__(f"{where}: {problem}" + (f"\n{expected}" if expected else ""))


class InputValueError(InputError, ValueError):
    """An argument from Python that cannot be used as it is."""


class UnknownNameError(InputError, KeyError):
    """An unknown name from Python: of a column, a code or a codeframe."""

    __str__ = Exception.__str__  # a KeyError shows its message in quotes, on one line


class ModelError(ThemawijzerError):
    """A model that is missing, damaged, or made for another survey, codebook or version."""

    exit_code = 3
