"""Parquet files as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa  # pyarrow ships no types
import pyarrow.parquet as pq

from themawijzer.errors import InputError
from themawijzer.tables.cells import cell_text, check_names, text_frame


def read_parquet(path: Path) -> tuple[pd.DataFrame, frozenset[str]]:
    """Return the columns as text, null is "", and which of them hold text; InputError for cells that hold a list."""
    with pq.ParquetFile(path) as file:
        content = file.read()
    check_names(content.column_names, file=path)
    for field in content.schema:
        _check_type(field, path)
    texts = frozenset(field.name for field in content.schema if not pa.types.is_primitive(field.type))
    return text_frame({name: _texts(content[name]) for name in content.column_names}, file=path), texts


def _check_type(field: Any, path: Path) -> None:
    kind = field.type
    if pa.types.is_nested(kind) or "binary" in str(kind):
        problem, expected = f"the cells are of type {kind}", "Text, numbers, truth values, dates and times."
        raise InputError(problem, file=path, column=field.name, expected=expected)


def _texts(column: Any) -> list[str]:
    # numpy keeps 32-bit numbers 32-bit, so that 0.1 does not become 0.10000000149011612
    values = column.to_numpy() if pa.types.is_floating(column.type) else column.to_pylist()
    return [cell_text(value) for value in values]
