"""Tables of the same columns as one: the sheets of a workbook, and several files."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from themawijzer.errors import InputError
from themawijzer.files import visible_files
from themawijzer.tables.cells import alike, letter, saying
from themawijzer.tables.column_names import are_names
from themawijzer.tables.delimited import Dialect
from themawijzer.tables.described import TEXT, Description, Values, as_text
from themawijzer.tables.table import WORKBOOKS, Table, read_sheets, read_table

SHEET_COLUMN = "blad"  # with the sheet of each row, where several were read
Files = Path | Sequence[Path]  # a file, a folder with files, or several of these
Called = tuple[Table, str]  # a table with the name of a column in it


def files_of(given: Files) -> list[Path]:
    """The files, with those of a folder by name; hidden ones, and those that Excel keeps while it works, are not."""
    paths = [given] if isinstance(given, Path) else given
    found = [visible_files(path) if path.is_dir() else [path] for path in paths]
    return [path for own in found for path in own if not path.name.startswith("~$")]


def read_joined(
    given: Files,
    *,
    sheet: str | Sequence[str] | None = None,
    all_sheets: bool = False,
    header_rows: int | None = None,
    large: bool = False,
    **how: Any,
) -> Table:
    """The files as one table; of workbooks the `sheet` or sheets, or all visible ones with anything in them.

    `how` is that of `read_table`. A column `blad` has the sheet of each row where several were asked for, unless the
    files have such a column. Raises InputError for what cannot be read or joined.
    """
    sheets = [sheet] if isinstance(sheet, str) else list(sheet or ())
    tables = list[Table]()
    for path in files_of(given):
        if path.suffix.lower() in WORKBOOKS:
            tables += read_sheets(path, sheets, all_sheets=all_sheets, header_rows=header_rows, large=large)
        else:
            tables.append(read_table(path, header_rows=header_rows, large=large, **how))
    if not tables:
        folder = given if isinstance(given, Path) else given[0]
        raise InputError("there is no file in this folder", file=folder, expected="Put the files to read in it.")
    table = joined(tables)
    return _with_sheets(table) if all_sheets or len(sheets) > 1 else table


def joined(tables: Sequence[Table]) -> Table:
    """The rows of all tables, in order, with the columns of the first, in which the others may have another order.

    A column that is of another type elsewhere is text. Raises InputError where the columns are not the same, or two
    files say other things of a column: other labels of its values, or other values that are missing.
    """
    first, *others = tables
    if not others:
        return first
    names = [_names_in(first, table) for table in tables]
    values, described = dict[str, Values](), dict[str, Description]()
    for column in first.values.columns:
        values[column], described[column] = _stacked(
            [(table, called[column]) for table, called in zip(tables, names, strict=True)]
        )
    is_one_file = len({table.path for table in tables}) == 1
    return Table(
        path=first.path if is_one_file else first.path.parent,
        values=pd.DataFrame(values),
        described={} if all(about == TEXT for about in described.values()) else described,
        dialect=_dialect(tables),
        parts=[part for table in tables for part in table.sources],
    )


def _with_sheets(table: Table) -> Table:
    cells = [part.sheet or "" for part in table.sources for _ in range(part.n_rows)]
    if not any(cells) or alike(SHEET_COLUMN, table.values.columns):
        return table
    return replace(table, values=table.values.assign(**{SHEET_COLUMN: pd.Series(cells, dtype=str)}))


def _names_in(first: Table, table: Table) -> dict[str, str]:
    """The names of the columns in the table by those in the first; InputError unless it has the same columns."""
    columns, own = list(first.values.columns), list(table.values.columns)
    found = {column: alike(column, own) for column in columns}
    for place, (column, names) in enumerate(found.items(), start=1):
        if len(names) != 1:
            problem = f"{'several columns read like' if names else 'there is no column such as'} this one"
            problem += f" of {first.place}"
            raise _other_columns(table, column if are_names(first) else letter(place), problem)
    for place, name in enumerate(own, start=1):
        if [name] not in found.values():
            column = name if are_names(first) else letter(place)
            raise _other_columns(table, column, f"{first.place} does not have this column")
    return {column: names[0] for column, names in found.items()}


def _other_columns(table: Table, column: str, problem: str) -> InputError:
    expected = "Files and sheets that are read together have the same columns, in any order. To read only some sheets: "
    expected += f"{saying('sheet')}."
    return InputError(problem, file=table.place, row=1, column=column, expected=expected)


def _stacked(own: Sequence[Called]) -> tuple[Values, Description]:
    """The cells of a column in all tables, one below another, and what the files say of it together."""
    parts = [(table.values[name], table.about(name)) for table, name in own]
    filled = [(values, about) for values, about in parts if not _is_empty(values)] or parts[:1]
    about = _together(own, filled[0][1])
    if len({(said.type, said.n_digits, values.dtype) for values, said in filled}) > 1:
        texts = [as_text(values, said) for values, said in parts]
        return pd.concat(texts, ignore_index=True), Description(label=about.label)
    dtype = filled[0][0].dtype
    cells = [values if values.dtype == dtype else pd.Series(None, values.index, dtype) for values, _ in parts]
    return pd.concat(cells, ignore_index=True), about


def _is_empty(values: Values) -> bool:
    return bool((values.isna() | (values == "")).all() if values.dtype == "str" else values.isna().all())


def _together(own: Sequence[Called], about: Description) -> Description:
    """What the files say of a column: `about`, of the first that has anything in it, with the value labels of all."""
    labels = dict(about.value_labels)
    for table, name in own:
        other = table.about(name)
        if any(labels.get(value, label) != label for value, label in other.value_labels.items()):
            raise _contradiction(table, name, "values of this column have other labels than elsewhere")
        if about.spss_format and other.spss_format and list(other.missing) != list(about.missing):
            raise _contradiction(table, name, "other values of this column are declared missing than elsewhere")
        labels |= other.value_labels
    n_bytes, width = (max(getattr(table.about(name), part) for table, name in own) for part in ("n_bytes", "width"))
    return replace(about, value_labels=labels, n_bytes=n_bytes, width=width)


def _contradiction(table: Table, name: str, problem: str) -> InputError:
    expected = "Give all files the same declarations in the program they came from."
    return InputError(problem, file=table.place, column=name, expected=expected)


def _dialect(tables: Iterable[Table]) -> Dialect | None:
    """Of text files that of the first, or the first without commas, in which numbers may be grouped the Dutch way."""
    found = [table.dialect for table in tables if table.dialect]
    return next((dialect for dialect in found if dialect.delimiter != ","), found[0] if found else None)
