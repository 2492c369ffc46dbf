"""Stata files (.dta) in: values with their types, and what Stata says of the variables."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # pyarrow ships no types

from themawijzer.tables.cells import check_names, text_frame
from themawijzer.tables.described import Description, Values
from themawijzer.tables.unfolding import NUMBER_BYTES, Room

_TYPES = {"int8": pa.int8(), "int16": pa.int16(), "int32": pa.int32(), "float": pa.float32()}  # else 64 bits
_MEASURED_BYTES = 2**25  # of text at a time, at most


def read_stata(room: Room, *, encoding: str | None = None) -> tuple[pd.DataFrame, dict[str, Description]]:
    """The values, null where Stata has any of its missing values (. to .z), and what is said of the columns.

    Raises InputError for what has no `room`.
    """
    import pyreadstat

    path = room.file
    _require_room(room, encoding)
    frame, meta = pyreadstat.read_dta(path, encoding=encoding, apply_value_formats=False, output_format="pandas")
    check_names(meta.column_names, file=path)
    kinds = meta.readstat_variable_types
    texts = text_frame({name: frame[name].tolist() for name in kinds if kinds[name] == "string"}, file=path)
    values, described = dict[str, Values](), dict[str, Description]()
    for name in meta.column_names:
        values[name] = texts[name] if name in texts else _values(frame[name], kinds[name])
        described[name] = _described(name, values[name], meta)
    return pd.DataFrame(values), described


def _require_room(room: Room, encoding: str | None) -> None:
    """Raise InputError if there is no room for all rows: those with the same long text refer to one in the file."""
    import pyreadstat

    _, meta = pyreadstat.read_dta(room.file, encoding=encoding, metadataonly=True)
    n_rows = meta.number_rows or 0
    room.require(n_rows * len(meta.column_names) * NUMBER_BYTES)
    kinds, widths = meta.readstat_variable_types, meta.variable_storage_width
    long = [name for name in meta.column_names if kinds[name] == "string" and not widths[name]]
    if room.has(n_rows * len(long) * room.file.stat().st_size):
        return
    n_bytes, n_left = 0, n_rows - 1
    reader: Any = pd.read_stata(room.file, columns=long, iterator=True)
    with reader:
        reader.read(1)  # after which it has the texts that rows refer to
        n_together = max(_MEASURED_BYTES // max(map(len, reader.GSO.values()), default=1), 1)
        while n_left > 0:
            part = reader.read(n_together)
            n_left -= len(part)
            n_bytes += sum(int(part[name].str.len().sum()) for name in long)
            room.require(n_bytes)


def _values(column: Values, kind: str) -> Values:
    if not pd.api.types.is_numeric_dtype(column.dtype):  # dates and moments
        cells = pa.array(column, from_pandas=True)
    elif kind in _TYPES:
        numbers = column.to_numpy(dtype=np.float64)
        cells = pa.array(numbers, mask=np.isnan(numbers)).cast(_TYPES[kind], safe=False)
    else:
        return column.astype(np.float64)
    return pd.Series(cells, dtype=pd.ArrowDtype(cells.type))


def _described(name: str, values: Values, meta: Any) -> Description:
    arrow_type = values.dtype.pyarrow_dtype if isinstance(values.dtype, pd.ArrowDtype) else None
    labels = meta.variable_value_labels.get(name, {})
    return Description(
        type=arrow_type or (pa.string() if values.dtype == "str" else pa.float64()),
        label=meta.column_names_to_labels[name] or "",
        value_labels={float(value): str(label) for value, label in labels.items() if not isinstance(value, str)},
    )
