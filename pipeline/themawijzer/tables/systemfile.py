"""SPSS system files (.sav) as text, with the labels that SPSS keeps beside the numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from themawijzer.tables.cells import cell_text, check_names, text_frame

_ZERO_PADDED = re.compile(r"N([0-9]+)")

ValueLabels = dict[str, dict[str, str]]
MissingRange = tuple[float | str, float | str]


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What SPSS keeps beside the values, by column.

    The question text, the labels of the values, which columns hold text, and which values, from the first to the
    last of each pair, the researcher declared missing.
    """

    variables: dict[str, str]
    values: ValueLabels
    texts: frozenset[str]
    missing: dict[str, list[MissingRange]]


def read_system_file(path: Path, *, encoding: str | None = None) -> tuple[pd.DataFrame, Labels]:
    """Return the values as text, and what is said of them.

    Values that the researcher declared missing stay; system-missing is "".
    """
    frame, meta = pyreadstat.read_sav(
        path, encoding=encoding, apply_value_formats=False, user_missing=True, output_format="pandas"
    )
    check_names(meta.column_names, file=path)
    texts = {name: _text_function(meta.original_variable_types[name]) for name in meta.column_names}
    columns = {name: [text(value) for value in frame[name]] for name, text in texts.items()}
    labels = {name: label for name, label in meta.column_names_to_labels.items() if label}
    values = {
        name: {texts[name](value): str(label) for value, label in pairs.items()}
        for name, pairs in meta.variable_value_labels.items()
    }
    kinds = meta.readstat_variable_types
    padded = {name for name in meta.column_names if _ZERO_PADDED.fullmatch(meta.original_variable_types[name] or "")}
    declared: dict[str, list[Any]] = meta.missing_ranges
    missing = {name: [(ends["lo"], ends["hi"]) for ends in ranges] for name, ranges in declared.items()}
    about = Labels(
        variables=labels,
        values=values,
        texts=frozenset(padded | {name for name in meta.column_names if kinds[name] == "string"}),
        missing=missing,
    )
    return text_frame(columns, file=path), about


def _text_function(spss_format: str | None) -> Callable[[object], str]:
    """SPSS shows a number of format N5 as 00123."""
    padded = _ZERO_PADDED.fullmatch(spss_format or "")
    if not padded:
        return cell_text
    width = int(padded[1])
    return lambda value: cell_text(value).zfill(width) if cell_text(value) else ""
