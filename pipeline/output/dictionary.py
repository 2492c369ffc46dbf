"""The data dictionary: what every column of every output file means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.output.columns import STATUSES, Column, Kind, spss_values
from pipeline.output.dataset import CODINGS_COLUMNS, PROBABILITIES_COLUMNS, REVIEW_COLUMNS, Format
from pipeline.output.labels import LABELS
from pipeline.output.prevalence import PREVALENCE_COLUMNS
from pipeline.output.typed import NAME
from pipeline.tables.spss import spss_names

COLUMNS = (
    "file", "column", "label", "values", "question", "codeframe", "code", "value", "definition",
    "sheet", "spss_name", "spss_values",
)  # fmt: skip
SHEETS = {"prevalence.csv": "sheet_shares", "codebook.csv": "sheet_dictionary"}


def data_dictionary(columns: Sequence[Column], style: Format) -> pd.DataFrame:
    """One row per column of every file, in the order of the files; all text.

    The columns of `responses_coded` are the same in all its formats; `sheet` names the sheet of the workbook that has
    the column too, and `spss_name` what SPSS calls it.
    """
    names = spss_names(column.name for column in columns)
    rows = [_dataset_row(column, name, style) for column, name in zip(columns, names, strict=True)]
    files = {
        "codings.csv": CODINGS_COLUMNS,
        "review.csv": REVIEW_COLUMNS,
        "prevalence.csv": PREVALENCE_COLUMNS,
        "codebook.csv": COLUMNS,
    }
    if style.has_probabilities:
        files["probabilities.csv"] = PROBABILITIES_COLUMNS
    for file, each in files.items():
        sheet = LABELS[SHEETS[file]] if file in SHEETS and "xlsx" in style.formats else ""
        rows += [_row(file, column, LABELS[column], sheet=sheet) for column in each]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=str)


def _dataset_row(column: Column, spss_name: str, style: Format) -> dict[str, str]:
    code = column.code
    about = {"code": code.id, "value": str(code.value), "definition": code.definition} if code else {}
    more = {"sheet": LABELS["sheet_data"]} if "xlsx" in style.formats else {}
    if "sav" in style.formats:
        more |= {"spss_name": spss_name, "spss_values": _listed(spss_values(column))}
    return _row(
        f"{NAME}.*", column.name, column.label, values=_values(column),
        question=column.question.id if column.question else "",
        codeframe=column.codeframe.id if column.codeframe else "", **about, **more,
    )  # fmt: skip


def _values(column: Column) -> str:
    match column.kind:
        case Kind.STATUS:
            return "; ".join(f"{status.value} = {LABELS[status.value]}" for status in STATUSES)
        case Kind.CODE:
            return LABELS["0/1"]
    return _listed(column.value_labels)


def _listed(labels: Mapping[Any, str]) -> str:
    return "; ".join(f"{value} = {text}" for value, text in labels.items())


def _row(file: str, column: str, label: str, **more: str) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {"file": file, "column": column, "label": label} | more
