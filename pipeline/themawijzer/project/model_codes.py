"""Files that hold the model's codes, which no import may take for a person's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pandas import Series

from themawijzer.coding.codings import Status
from themawijzer.errors import InputError
from themawijzer.output.columns import STATUS_VALUES
from themawijzer.output.labels import LABELS
from themawijzer.output.run_file import RUN_FILE
from themawijzer.project.project import Project
from themawijzer.survey.codebook import NONE_APPLIES, slug
from themawijzer.survey.shapes import HEADINGS
from themawijzer.tables.spss import spss_names
from themawijzer.tables.table import Table

_STATUS = "_status"
_STATUS_CELLS = {status.value for status in STATUS_VALUES} | {str(value) for value in STATUS_VALUES.values()}
# What a column of `codings.csv` or `probabilities.csv` holds that no person's file has.
_MODEL_CELLS = {
    "probability": re.compile(r"[01]?[.,]\d+|[01]"),
    "decision": re.compile(r"auto|review|person|empty|no_answer|not_dutch"),
    "source": re.compile(r"model|person"),
}
# Whatever a column is called: words for which no person's file has a use, with one that only the model gives.
_MODEL_WORDS = (
    ({"auto", "review", "person", "empty", "no_answer", "not_dutch"}, "auto"),
    ({"model", "person"}, "model"),
)
_TYPED = {*("text", "note"), HEADINGS["text"], HEADINGS["note"]}  # in which people may type any word
_CUT_NAME = re.compile(r"\[([^\]]+)\]\s*$")  # of a variable label: what the column was called before SPSS cut its name


def refuse_model_codes(table: Table, project: Project, labels_columns: Sequence[str] = ()) -> None:
    """Raise InputError for a table that `themawijzer classify` wrote, whatever program saved it since.

    The coded dataset is known by the names of its columns, or by what SPSS keeps beside them; codings and probabilities
    by what stands in them. `labels_columns` are those that the user takes the labels from.
    """
    back = "Take a file that people filled in: review.csv, sample.csv, a worksheet or an export of annotations."
    if column := next(_of_codings(table), None):
        problem = "these are codings of `themawijzer classify`, most of them the model's"
        raise InputError(problem, file=table.place, row=1, column=column, expected=back)
    if column := next(_of_dataset(table, project, labels_columns), None):
        problem = "this column is as `themawijzer classify` writes it in the coded dataset, with the model's codes"
        expected = f"{back} Where people gave all these codes, call the columns otherwise, such as by the code alone."
        raise InputError(problem, file=table.place, row=1, column=column, expected=expected)


def _of_codings(table: Table) -> Iterator[str]:
    """The columns that tell of the model, in a file with a row or a cell of codes."""
    names = {name.strip().casefold(): name for name in table.frame.columns}
    if "codeframe" in names and {"code", "codes", NONE_APPLIES} & names.keys():
        told = {names[name]: pattern for name, pattern in _MODEL_CELLS.items() if name in names}
        yield from (name for name, pattern in told.items() if _holds(table.frame[name], pattern))
        if {"code", "label", "evidence"} <= names.keys():
            yield names["evidence"]
        others = [name for plain, name in names.items() if plain not in _TYPED]
        found = ((name, {*table.frame[name].str.strip().str.casefold()} - {""}) for name in others)
        yield from (name for name, cells in found for words, word in _MODEL_WORDS if word in cells <= words)


def _holds(cells: Series[str], pattern: re.Pattern[str]) -> bool:
    filled = cells.str.strip()[lambda own: own != ""]
    return bool(len(filled) and filled.str.fullmatch(pattern).all())


def _of_dataset(table: Table, project: Project, labels_columns: Sequence[str]) -> Iterator[str]:
    """The columns that the coded dataset has of a question in a codeframe."""
    blocks = {
        question.block(codeframe.id): codeframe
        for question in project.survey.questions
        for codeframe in project.changes.with_retired(project.codebook).codeframes
    }
    parts = [
        f"{block}_{part}"
        for block, codeframe in blocks.items()
        for part in ("status", *codeframe.code_ids, NONE_APPLIES)
    ]
    own = {slug(name) for name in (*parts, *spss_names(parts))}  # R and SPSS write others signs between words
    names = {name: _CUT_NAME.search(table.about(name).label) for name in table.frame.columns}
    original = {name: (found[1] if found else name).strip().casefold() for name, found in names.items()}
    for name, called in original.items():
        if slug(called) in own or _is_status(table, name, called, {*original.values()}) or _is_labelled(table, name):
            yield name
    # A researcher's own column may be called so too, until there is a coded dataset.
    if (project.folders.coded / RUN_FILE).exists():
        yield from blocks.keys() & set(labels_columns)


def _is_status(table: Table, name: str, called: str, others: set[str]) -> bool:
    """Whether this is the status of a column beside it, also in a survey with other questions, or reads as one."""
    block, cells = called.removesuffix(_STATUS), {*table.frame[name].str.strip()} - {""}
    has_block = block != called and (block in others or f"{block}_{NONE_APPLIES}" in others)
    return cells <= _STATUS_CELLS and (has_block or {Status.CODED.value, Status.NONE_APPLIES.value} <= cells)


def _is_labelled(table: Table, name: str) -> bool:
    """Whether the values have the words that the coded dataset gives them for SPSS."""
    words = {*table.about(name).value_labels.values()}
    return {LABELS["given"], LABELS["not_given"], LABELS["not_judged"]} <= words
