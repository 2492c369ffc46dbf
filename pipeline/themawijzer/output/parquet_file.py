"""The coded dataset as a Parquet file, with types and with what is said of the columns."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # pyarrow ships no types

from themawijzer.output.columns import MISSING, STATUS_VALUES, STATUSES, Cells, Column, ColumnKind
from themawijzer.output.datafile import Ending
from themawijzer.output.labels import LABELS
from themawijzer.tables.described import array
from themawijzer.tables.parquet import ParquetWriter, TypedColumn, category_array, number_array

TYPES = {
    ColumnKind.TEXT: pa.string(),
    ColumnKind.STATUS: pd.CategoricalDtype([status.value for status in STATUSES]),
    ColumnKind.CODE: "Int8",
}
PLACES = np.full(100, -1, dtype=np.int8)
PLACES[list(STATUS_VALUES.values())] = [STATUSES.index(status) for status in STATUS_VALUES]


class ParquetFile:
    """`responses_coded.parquet`, written chunk by chunk."""

    n_cut = None

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.columns = columns
        typed = [
            TypedColumn(name=column.name, type=_type(column), about=_about(column), pandas=column.about.pandas)
            for column in columns
        ]
        self._writer = ParquetWriter(path, typed)

    def add(self, cells: Sequence[Cells]) -> None:
        """Write rows; the cells come per column."""
        self._writer.add([_array(column, cell) for column, cell in zip(self.columns, cells, strict=True)])

    def finish(self, ending: Ending) -> None:
        """End the file, with facts about the run in it."""
        self._writer.close(ending.facts)

    def abandon(self) -> None:
        """Close what will be deleted."""
        self._writer.abandon()


def _type(column: Column) -> Any:
    """The type that the column has in the Parquet file that it comes from, where it comes from one."""
    if column.kind is not ColumnKind.GIVEN:
        return TYPES[column.kind]
    return column.about.type if column.about.parquet is None else column.about.parquet.type


def _array(column: Column, cells: Cells) -> Any:
    match column.kind:
        case ColumnKind.CODE:
            return number_array(cells, cells >= MISSING.start)
        case ColumnKind.STATUS:
            return category_array(PLACES[cells], [status.value for status in STATUSES])
    return array(cells, column.about).cast(_type(column))


def _about(column: Column) -> dict[str, str]:
    """What the metadata of a column says, by the names that columns of the data dictionary have."""
    values = "; ".join(f"{value} = {label}" for value, label in column.value_labels.items())
    noted = column.about.parquet.metadata if column.about.parquet is not None else None
    return {
        **{key.decode(): value.decode() for key, value in (noted or {}).items()},
        "label": column.label,
        "values": LABELS["0/1"] if column.kind is ColumnKind.CODE else values,
        "question": column.question.id if column.question else "",
        "question_text": column.question.text if column.question else "",
        "codeframe": column.codeframe.id if column.codeframe else "",
        "code": column.code.id if column.code else "",
        "value": str(column.code.value) if column.code else "",
        "definition": column.code.definition if column.code else "",
    }
