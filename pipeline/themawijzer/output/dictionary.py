"""The data dictionary: what every column of every output file means."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from themawijzer.output.columns import STATUSES, Column, ColumnKind, spss_values
from themawijzer.output.csv_tables import AGREEMENT_COLUMNS, LABEL_ERROR_COLUMNS, PREVALENCE_COLUMNS
from themawijzer.output.dataset import CODINGS_COLUMNS, PROBABILITIES_COLUMNS, Format
from themawijzer.output.discovered import DISCOVERED_COLUMNS
from themawijzer.output.formats import NAME
from themawijzer.output.labels import LABELS
from themawijzer.output.review_table import REVIEW_COLUMNS
from themawijzer.output.wave_tables import CHANGE_COLUMNS, WORD_COLUMNS
from themawijzer.survey.annotations import COLUMNS as ANNOTATION_COLUMNS
from themawijzer.survey.codebook import Code, Codebook, Codeframe
from themawijzer.survey.shapes import LONG_COLUMNS
from themawijzer.survey.survey import SpeaksFor
from themawijzer.survey.wide import wide_frame
from themawijzer.tables.spss import spss_names

COLUMNS = (
    "file", "column", "label", "values", "question", "codeframe", "code", "value", "definition",
    "sheet", "spss_name", "spss_values",
)  # fmt: skip
WIDE = "annotations_wide.csv"
LATER: dict[str, Sequence[str]] = {  # of other commands than `classify`, whether or not they ran
    "sample.csv": ANNOTATION_COLUMNS,
    "annotations_long.csv": LONG_COLUMNS,
    "agreement.csv": AGREEMENT_COLUMNS,
    "label_errors.csv": LABEL_ERROR_COLUMNS,
    "discovered.csv": DISCOVERED_COLUMNS,
    "compare_*.csv": CHANGE_COLUMNS,
    "compare_*_words.csv": WORD_COLUMNS,
}
SHEETS = {"prevalence.csv": "sheet_shares", "codebook.csv": "sheet_dictionary"}


def data_dictionary(
    columns: Sequence[Column],
    codebook: Codebook,
    *,
    style: Format,
    speaks_for: SpeaksFor = SpeaksFor.RESPONDENTS,
    left_out: Sequence[str] = (),
) -> pd.DataFrame:
    """One row per column of every file, in the order of the files; all text.

    The columns of `responses_coded` are the same in all its formats; `sheet` names the sheet of the workbook that has
    the column too, and `spss_name` what SPSS calls it. Columns of the input that no file has are last.
    """
    names = spss_names(column.name for column in columns)
    rows = [_dataset_row(column, name, style) for column, name in zip(columns, names, strict=True)]
    files: dict[str, Sequence[str]] = {
        "codings.csv": CODINGS_COLUMNS,
        "review.csv": REVIEW_COLUMNS,
        "prevalence.csv": PREVALENCE_COLUMNS,
        "codebook.csv": COLUMNS,
    }
    if style.has_probabilities:
        files["probabilities.csv"] = PROBABILITIES_COLUMNS
    for file, names_of_columns in (files | LATER).items():
        sheet = LABELS[SHEETS[file]] if file in SHEETS and "xlsx" in style.formats else None
        whose = {"low": f"low_{speaks_for}"} if file == "prevalence.csv" else {}
        rows += [
            _row(file, column, _label(file, whose.get(column, column)), sheet=_in_sheet(sheet, column))
            for column in names_of_columns
        ]
    rows += _wide_rows(codebook)
    rows += [_row(LABELS["input_file"], column, LABELS["left_out"]) for column in left_out]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=str)


def _in_sheet(sheet: str | None, column: str) -> str:
    return LABELS["sheet_column"].format(sheet=sheet, heading=LABELS[f"heading {column}"]) if sheet else ""


def _label(file: str, column: str) -> str:
    """What the column means in this file; a bound of an interval is called after its figure."""
    if label := LABELS.get(f"{file} {column}", LABELS.get(column)):
        return label
    figure, _, bound = column.rpartition("_")
    name = LABELS[bound]
    return f"{_label(file, figure)}: {name}"


def _wide_rows(codebook: Codebook) -> list[dict[str, str]]:
    codes = {
        f"{codeframe.id}.{code.id}": (codeframe, code) for codeframe in codebook.codeframes for code in codeframe.codes
    }
    return [
        _code_row(column, *codes[column]) if column in codes else _row(WIDE, column, _label(WIDE, column))
        for column in wide_frame({}, codebook.codeframes).columns
    ]


def _code_row(column: str, codeframe: Codeframe, code: Code) -> dict[str, str]:
    return _row(
        WIDE, column, code.label, values=LABELS[f"{WIDE} 0/1"], codeframe=codeframe.id, code=code.id,
        value=str(code.value), definition=code.definition,
    )  # fmt: skip


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
        case ColumnKind.STATUS:
            return "; ".join(f"{status.value} = {LABELS[status.value]}" for status in STATUSES)
        case ColumnKind.CODE:
            return LABELS["0/1"]
    return _listed(column.value_labels)


def _listed(labels: Mapping[Any, str]) -> str:
    return "; ".join(f"{value} = {text}" for value, text in labels.items())


def _row(file: str, column: str, label: str, **more: str) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {"file": file, "column": column, "label": label} | more
