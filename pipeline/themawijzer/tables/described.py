"""A column as its file has it: its values, what they are, and what the file says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # pyarrow ships no types
from numpy.typing import NDArray

from themawijzer.tables import arrow
from themawijzer.tables.arrow import Array
from themawijzer.tables.cells import cell_text
from themawijzer.tables.spss_moments import moments

STRING = pa.string()
Values = Any  # a Series: text, float64 (of SPSS and Excel), Arrow's types, or objects where a sheet mixes them


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a file says of a column, in its own terms.

    `type` is what the values are. `value_labels` and `missing` (pairs of first and last value that the researcher
    declared missing) hold values as they are in the file. `n_bytes`, `spss_format`, `measure` and `width` are of SPSS,
    `number_format` of Excel; `parquet` and `pandas` are what a Parquet file and pandas in it say of the column.
    """

    type: pa.DataType = STRING
    label: str = ""
    value_labels: Mapping[Any, str] = field(default_factory=dict)
    missing: Sequence[tuple[Any, Any]] = ()
    n_bytes: int = 0
    spss_format: str = ""
    measure: str = ""
    width: int = 0
    number_format: str = ""
    n_digits: int = 0  # numbers are shown with zeros in front
    parquet: pa.Field | None = None
    pandas: Mapping[str, Any] | None = None

    @property
    def kind(self) -> pa.DataType:
        """The type of the values themselves, also where they are categories."""
        return self.type.value_type if pa.types.is_dictionary(self.type) else self.type

    @property
    def is_text(self) -> bool:
        """Whether it holds text, however much that looks like numbers."""
        return arrow.is_text(self.kind) or self.n_digits > 0


TEXT = Description()


def array(values: Values, about: Description) -> Array:
    """The values in the column's Arrow type; null where they are missing, which in text is where it is empty.

    Of a Parquet file, empty text is empty text.
    """
    if values.dtype == "str" and pa.types.is_floating(about.type):
        return pa.array(numbers(values), from_pandas=True)
    if values.dtype == "str":
        cells = values if about.parquet is not None else values.where(values != "")
        return pa.array(cells, type=pa.string(), from_pandas=True)
    if values.dtype == object:
        return pa.array(as_text(values, about).where(values.notna()), type=pa.string(), from_pandas=True)
    if isinstance(values.dtype, pd.ArrowDtype):
        return pa.array(values)
    floats = values.to_numpy(dtype=np.float64)
    return moments(floats, about.type) if arrow.is_moment(about.type) else pa.array(floats, mask=np.isnan(floats))


def numbers(cells: "pd.Series[str]") -> NDArray[np.float64]:
    """Cells of text that are numbers, NaN where they are empty; a weight may have a decimal comma."""
    return np.array([float(cell.replace(",", ".").strip() or "nan") for cell in cells.tolist()], dtype=np.float64)


def as_text(values: Values, about: Description) -> "pd.Series[str]":
    """The values as text, "" where they are missing: `cell_text` of each."""
    if values.dtype == "str":
        return pd.Series(values.fillna("") if values.hasnans else values)
    if values.dtype == object:  # True and 1 are the same for a dictionary
        return pd.Series([cell_text(value) for value in values], index=values.index, dtype=str)
    found = arrow.texts(array(values, about), about.n_digits)
    return pd.Series(found, index=values.index, dtype=str)


def label_texts(about: Description) -> dict[str, str]:
    """The labels by the text of their values."""
    if not about.value_labels:
        return {}
    values = list(about.value_labels)
    series = pd.Series(values, dtype=str if isinstance(values[0], str) else np.float64)
    return dict(zip(as_text(series, about), about.value_labels.values(), strict=True))
