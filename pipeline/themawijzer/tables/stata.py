"""Stata files (.dta) in: values with their types, and what Stata says of the variables."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # pyarrow ships no types

from themawijzer.tables.cells import check_names, text_frame
from themawijzer.tables.described import Description, Values

_TYPES = {"int8": pa.int8(), "int16": pa.int16(), "int32": pa.int32(), "float": pa.float32()}  # else 64 bits


def read_stata(path: Path, *, encoding: str | None = None) -> tuple[pd.DataFrame, dict[str, Description]]:
    """The values, null where Stata has any of its missing values (. to .z), and what is said of the columns."""
    import pyreadstat

    frame, meta = pyreadstat.read_dta(path, encoding=encoding, apply_value_formats=False, output_format="pandas")
    check_names(meta.column_names, file=path)
    kinds = meta.readstat_variable_types
    texts = text_frame({name: frame[name].tolist() for name in kinds if kinds[name] == "string"}, file=path)
    values, described = dict[str, Values](), dict[str, Description]()
    for name in meta.column_names:
        values[name] = texts[name] if name in texts else _values(frame[name], kinds[name])
        described[name] = _described(name, values[name], meta)
    return pd.DataFrame(values), described


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
