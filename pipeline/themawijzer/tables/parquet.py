"""Parquet files in, as text, and out, chunk by chunk, with types and descriptions of the columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # pyarrow ships no types
import pyarrow.parquet as pq
from numpy.typing import NDArray

from themawijzer.errors import InputError
from themawijzer.tables.cells import cell_text, check_names, text_frame

GROUP_ROWS = 50_000  # written together, so that the bytes do not depend on the chunks that came in


def read_parquet(path: Path) -> tuple[pd.DataFrame, frozenset[str]]:
    """The columns as text (null is ""), and which of them hold text; InputError for lists or binary data."""
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


@dataclass(frozen=True, kw_only=True)
class TypedColumn:
    """A column's pandas type (`str`, `float64`, `Int8`, or a CategoricalDtype), and its metadata."""

    name: str
    type: Any
    about: Mapping[str, str]


class ParquetWriter:
    """A Parquet file that gets its rows chunk by chunk."""

    def __init__(self, path: Path, columns: Sequence[TypedColumn]) -> None:
        empty = pd.DataFrame({column.name: pd.Series([], dtype=column.type) for column in columns})
        schema = pa.Schema.from_pandas(empty, preserve_index=False)  # holds the pandas types
        for place, column in enumerate(columns):
            kind = pa.string() if column.type is str else schema.field(place).type
            about = {key: value for key, value in column.about.items() if value}
            schema = schema.set(place, pa.field(column.name, kind, metadata=about or None))
        self.schema = schema
        self._waiting = schema.empty_table()
        self._writer = pq.ParquetWriter(path, schema)

    def add(self, arrays: Sequence[Any]) -> None:
        """Write rows; the cells come per column."""
        new = pa.Table.from_arrays(list(arrays), schema=self.schema)
        self._waiting = pa.concat_tables([self._waiting, new])
        while self._waiting.num_rows >= GROUP_ROWS:
            self._write(self._waiting.slice(0, GROUP_ROWS))
            self._waiting = self._waiting.slice(GROUP_ROWS)

    def close(self, about: Mapping[str, str] | None = None) -> None:
        """End the file, with facts about it as metadata."""
        self._write(self._waiting)
        if about:
            self._writer.add_key_value_metadata(about)
        self._writer.close()

    def abandon(self) -> None:
        """Close a file that will be deleted."""
        self._writer.close()

    def _write(self, rows: Any) -> None:
        if rows.num_rows:
            self._writer.write_table(rows.combine_chunks())


def text_array(cells: "pd.Series[str]") -> Any:
    """Text; null where it is empty."""
    return pa.array(cells.where(cells != ""), type=pa.string(), from_pandas=True)


def number_array(values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
    """Numbers; null where they are missing."""
    return pa.array(values, mask=missing)


def category_array(places: NDArray[np.int8], categories: Sequence[str]) -> Any:
    """Categories, by their place in the list."""
    return pa.DictionaryArray.from_arrays(pa.array(places), pa.array(categories, type=pa.string()))
