"""Parquet files in, and out, chunk by chunk, with types and descriptions of the columns."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # pyarrow ships no types
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from themawijzer.errors import InputError
from themawijzer.tables.arrow import is_text, plain
from themawijzer.tables.cells import check_names, check_texts
from themawijzer.tables.described import Description
from themawijzer.tables.unfolding import NUMBER_BYTES, Room

GROUP_ROWS = 50_000  # written together, so that the bytes do not depend on the chunks that came in


def read_parquet(room: Room) -> tuple[pd.DataFrame, dict[str, Description]]:
    """The columns, text as str and all else in Arrow's types, and what is said of them.

    Raises InputError for lists or binary data, and for what has no `room`.
    """
    path = room.file
    with pq.ParquetFile(path) as file:
        _require_room(file, room)
        content = file.read()
    check_names(content.column_names, file=path)
    for field in content.schema:
        _check_type(field, path)
    about_pandas = {own["field_name"]: own for own in (content.schema.pandas_metadata or {}).get("columns", ())}
    described = {field.name: _described(field, about_pandas) for field in content.schema}
    columns = {name: _values(content[name]) for name in content.column_names}
    for place, values in enumerate(columns.values(), start=1):
        if values.dtype == "str":
            check_texts(values, place, file=path)
    return pd.DataFrame(columns), described


def _require_room(file: pq.ParquetFile, room: Room) -> None:
    """Raise InputError if there is no room for all rows: a text that stands in the file once may be in each of them."""
    about = file.metadata
    room.require_sheet(1, about.num_columns)
    room.require(about.num_rows * about.num_columns * NUMBER_BYTES)
    chunks = [
        about.row_group(group).column(place)
        for group in range(about.num_row_groups)
        for place in range(about.num_columns)
    ]
    room.require(sum(chunk.total_uncompressed_size for chunk in chunks))
    texts = [chunk for chunk in chunks if chunk.physical_type == "BYTE_ARRAY"]
    if room.has(sum(chunk.num_values * chunk.total_uncompressed_size for chunk in texts)):
        return
    names, n_bytes = sorted({chunk.path_in_schema for chunk in texts}), 0
    with pq.ParquetFile(room.file, read_dictionary=names) as folded:
        for batch in folded.iter_batches(columns=names):
            for column in batch.columns:
                lengths = pc.binary_length(column.dictionary if pa.types.is_dictionary(column.type) else column)
                taken = pc.take(lengths, column.indices) if pa.types.is_dictionary(column.type) else lengths
                n_bytes += pc.sum(taken).as_py() or 0
            room.require(n_bytes)


def _described(field: Any, about_pandas: Mapping[str, Any]) -> Description:
    return Description(type=field.type, parquet=field, pandas=about_pandas.get(field.name))


def _values(column: Any) -> "pd.Series[Any]":
    if is_text(column.type):
        column.validate(full=True)  # that it is UTF-8
        return pd.Series(column.cast(pa.large_string()), dtype="str")
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        pc.min_max(plain(column)).as_py()  # raises for what no calendar has
    return pd.Series(column, dtype=pd.ArrowDtype(column.type))


def _check_type(field: Any, path: Path) -> None:
    kind = field.type
    if pa.types.is_nested(kind) or "binary" in str(kind):
        problem, expected = f"the cells are of type {kind}", "Text, numbers, truth values, dates and times."
        raise InputError(problem, file=path, column=field.name, expected=expected)


@dataclass(frozen=True, kw_only=True)
class TypedColumn:
    """A column's type (Arrow's, or pandas' `Int8` or a CategoricalDtype), its metadata, and what pandas said of it."""

    name: str
    type: Any
    about: Mapping[str, str]
    pandas: Mapping[str, Any] | None = None


class ParquetWriter:
    """A Parquet file that gets its rows chunk by chunk."""

    def __init__(self, path: Path, columns: Sequence[TypedColumn]) -> None:
        empty = {column.name: _empty(column.type) for column in columns}
        schema = pa.Schema.from_pandas(pd.DataFrame(empty), preserve_index=False)  # holds the pandas types
        for place, column in enumerate(columns):
            kind = column.type if isinstance(column.type, pa.DataType) else schema.field(place).type
            about = {key: value for key, value in column.about.items() if value}
            schema = schema.set(place, pa.field(column.name, kind, metadata=about or None))
        self.schema = schema.with_metadata(_pandas_metadata(schema, columns))
        self._waiting = self.schema.empty_table()
        self._writer = pq.ParquetWriter(path, self.schema)

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


def _empty(kind: Any) -> "pd.Series[Any]":
    values = pa.chunked_array([], type=kind).to_pandas() if isinstance(kind, pa.DataType) else []
    return pd.Series(values, dtype=None if isinstance(kind, pa.DataType) else kind)


def _pandas_metadata(schema: Any, columns: Sequence[TypedColumn]) -> dict[bytes, bytes]:
    """The types by which pandas reads the columns: those that it noted itself, where a column comes from pandas."""
    own = json.loads(schema.metadata[b"pandas"])
    noted = {column.name: column.pandas for column in columns if column.pandas}
    own["columns"] = [noted.get(entry["field_name"], entry) for entry in own["columns"]]
    return {**schema.metadata, b"pandas": json.dumps(own).encode()}


def number_array(values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
    """Numbers; null where they are missing."""
    return pa.array(values, mask=missing)


def category_array(places: NDArray[np.int8], categories: Sequence[str]) -> Any:
    """Categories, by their place in the list."""
    return pa.DictionaryArray.from_arrays(pa.array(places), pa.array(categories, type=pa.string()))
