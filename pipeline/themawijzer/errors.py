"""What can go wrong, as facts: the command line turns them into one message and an exit code."""

import re
from pathlib import Path


def named(value: str) -> str:
    """The value with a space before it where it can be an id, else nothing: it may be an answer."""
    return f" {value}" if re.fullmatch(r"[\w-]{1,40}", value) else ""


class ThemawijzerError(Exception):
    """Anything a user can mend. The message never holds a respondent's text."""

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
    """A name from Python that nothing has: a column, a code, a codeframe."""

    __str__ = Exception.__str__  # a KeyError shows its message in quotes, on one line


class ModelError(ThemawijzerError):
    """A model that is missing, was changed, or was made for something else."""

    exit_code = 3
