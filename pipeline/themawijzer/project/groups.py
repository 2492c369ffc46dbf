"""The background columns by the values of which shares are given."""

from __future__ import annotations

from collections.abc import Sequence

from themawijzer.errors import InputError
from themawijzer.project.project import Project
from themawijzer.survey.responses import Responses

MAX_GROUPS = 500  # in a background column; more would take minutes to protect, and be too small to show
MAX_GROUPS_UNASKED = 40  # in one that nobody named


def grouping_columns(project: Project, responses: Responses, by: Sequence[str] | None) -> list[str]:
    """The columns that are asked for, each once, or all that have few groups.

    Raises InputError for one that the survey does not name, or with so many values that shares per value say nothing.
    """
    n_groups = {column: responses.table.frame[column].nunique() for column in project.survey.background}
    if by is None:
        return [column for column, n in n_groups.items() if n <= MAX_GROUPS_UNASKED]
    for column in by:
        if column not in n_groups:
            listed = f"Known: {', '.join(n_groups)}." if n_groups else 'Name it there: background = ["..."]'
            file = project.folders.survey / "survey.toml"
            raise InputError(f"{column} is not one of the background columns", file=file, expected=listed)
        if n_groups[column] > MAX_GROUPS:
            expected = f"Make a column with at most {MAX_GROUPS} groups of it, such as provinces or classes of age."
            problem = f"it has {n_groups[column]:,} different values"
            raise InputError(problem, file=responses.table.path, row=1, column=column, expected=expected)
    return list(dict.fromkeys(by))
