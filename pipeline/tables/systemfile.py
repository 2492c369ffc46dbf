"""SPSS system files (.sav) as text, with the labels that SPSS keeps beside the numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyreadstat

from pipeline.tables.cells import cell_text, check_names, text_frame

_ZERO_PADDED = re.compile(r"N([0-9]+)")

ValueLabels = dict[str, dict[str, str]]


def read_system_file(path: Path, *, encoding: str | None = None) -> tuple[pd.DataFrame, dict[str, str], ValueLabels]:
    """Return the values as text, the question text by column, and the label by column and value.

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
    return text_frame(columns, file=path), labels, values


def _text_function(spss_format: str | None) -> Callable[[object], str]:
    """SPSS shows a number of format N5 as 00123."""
    padded = _ZERO_PADDED.fullmatch(spss_format or "")
    if not padded:
        return cell_text
    width = int(padded[1])
    return lambda value: cell_text(value).zfill(width) if cell_text(value) else ""
