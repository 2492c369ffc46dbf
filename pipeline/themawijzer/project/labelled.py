"""A labelled file: which labels each row has, and to whose answer they belong."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from themawijzer.errors import InputError, named
from themawijzer.project.project import Project
from themawijzer.survey.annotations import lines_of
from themawijzer.survey.codebook import NONE_APPLIES
from themawijzer.survey.responses import require_columns
from themawijzer.survey.survey import Question
from themawijzer.survey.wide import GIVEN
from themawijzer.tables.table import Table

SEPARATOR = "|"
LIKELY_SEPARATORS = (SEPARATOR, ";", ",", "/")


@dataclass(frozen=True, kw_only=True)
class LabelledColumns:
    """Where a labelled file has what: labels in one column, else one yes/no column per code.

    Without a `separator`, labels are separated by a bar; those that seem to have another separator are refused. An
    empty label is that of an answer that nobody coded, unless it `empty_means_none`: no code applies.
    """

    labels: str | None = None
    separator: str | None = None
    text: str | None = None
    id: str | None = None
    empty_means_none: bool = False


@dataclass(frozen=True)
class LabelledRow:
    """One labelled answer."""

    respondent_id: str
    text: str
    labels: list[str] | None  # None where every cell for them is empty: not annotated


def check_columns(table: Table, columns: LabelledColumns) -> None:
    """Raise InputError where the table lacks a column that is named."""
    require_columns(table, filter(None, [columns.labels, columns.text, columns.id]))
    if columns.labels and columns.separator == "":
        expected = "Give what stands between labels with --separator."
        raise InputError("the separator is empty", file=table.path, column=columns.labels, expected=expected)


def find_code_columns(table: Table, columns: LabelledColumns, project: Project) -> list[str]:
    """The columns with only yes and no, other than those of the survey, of texts and of ids."""
    own = {*project.survey.columns, columns.text, columns.id}
    others = [column for column in table.frame.columns if column not in own]
    answers = {column: set(table.frame[column].str.strip().str.lower()) for column in others}
    found = [column for column, values in answers.items() if values <= set(GIVEN) and values != {""}]
    if not found:
        expected = "Give --labels-column, or one column per code with 1 (yes) and 0 (no)."
        raise InputError("there are no columns with codes", file=table.path, row=1, expected=expected)
    return found


def read_rows(
    table: Table, columns: LabelledColumns, code_columns: Sequence[str], project: Project, question: Question
) -> list[LabelledRow]:
    """The rows in the order of the file, with labels from `code_columns` or else from the column of labels.

    Raises InputError, with row and column, where labels contradict each other or belong to nobody's answer.
    """
    labels = _labels_in_columns(table, code_columns) if code_columns else _labels_in_cells(table, columns)
    texts = _texts(table, columns, question)
    if columns.empty_means_none:
        labels = [given or [] for given in labels]
    ids = _respondent_ids(table, columns, texts, project, question)
    if texts is None:
        texts = _texts_of_survey(table, ids, project, question)
    return [
        LabelledRow(respondent_id, text, _without_none_applies(given, table, number, columns.labels))
        for number, (respondent_id, text, given) in enumerate(zip(ids, texts, labels, strict=True), start=2)
    ]


def _without_none_applies(labels: list[str] | None, table: Table, number: int, column: str | None) -> list[str] | None:
    """The labels, or an empty list for `geen`, which says that no code applies."""
    if labels is None:
        return None
    codes = [label for label in labels if label.casefold() != NONE_APPLIES]
    if codes and len(codes) < len(labels):
        problem = f"{NONE_APPLIES} stands beside another label"
        expected = f"{NONE_APPLIES} says that no code applies, and stands alone."
        raise InputError(problem, file=table.path, row=number, column=column, expected=expected)
    return codes


def _labels_in_cells(table: Table, columns: LabelledColumns) -> list[list[str] | None]:
    cells = table.frame[columns.labels].tolist()
    separator = columns.separator or SEPARATOR
    found = Counter(mark for cell in cells for mark in LIKELY_SEPARATORS if mark in cell)
    if columns.separator is None and found and SEPARATOR not in found:
        likely = found.most_common(1)[0][0]
        row = next(number for number, cell in enumerate(cells, start=2) if likely in cell)
        problem = f"no cell holds the separator {SEPARATOR}, but some hold {' and '.join(found)}"
        expected = f'Give what stands between labels, such as --separator "{likely}"; --separator "{SEPARATOR}" where '
        expected += "such a cell is one label."
        raise InputError(problem, file=table.path, row=row, column=columns.labels, expected=expected)
    return [[label.strip() for label in cell.split(separator) if label.strip()] or None for cell in cells]


def _labels_in_columns(table: Table, code_columns: Sequence[str]) -> list[list[str] | None]:
    cells = table.frame[list(code_columns)].apply(lambda column: column.str.strip().str.lower())
    return [
        [column for column, cell in zip(code_columns, row, strict=True) if GIVEN[cell]] if any(row) else None
        for row in cells.itertuples(index=False, name=None)
    ]


def _texts(table: Table, columns: LabelledColumns, question: Question) -> list[str] | None:
    column = columns.text or (question.column if question.column in table.frame else None)
    return table.frame[column].tolist() if column else None


def _respondent_ids(
    table: Table, columns: LabelledColumns, texts: list[str] | None, project: Project, question: Question
) -> list[str]:
    own = project.survey.respondent_id
    column = columns.id or (own if own in table.frame else None)
    if column:
        return _unique_ids(table, column)
    if texts is None:
        expected = "Give --text-column or --id-column, so that labels find their answers."
        raise InputError("there are neither answers nor respondent ids", file=table.path, row=1, expected=expected)
    return _ids_by_text(texts, project, question)


def _ids_by_text(texts: list[str], project: Project, question: Question) -> list[str]:
    """Per text the next respondent who typed it; where none is left, an id made of the text, for training only."""
    responses = project.read_responses()
    respondents: dict[tuple[str, ...], list[str]] = {}
    for respondent_id, text in zip(responses.respondent_ids, responses.cells(question.column), strict=True):
        respondents.setdefault(lines_of(text), []).append(respondent_id)
    repeats, ids = Counter[tuple[str, ...]](), []
    for text in texts:
        lines = lines_of(text)
        repeats[lines] += 1
        digest = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
        own = respondents.get(lines, [])[repeats[lines] - 1 : repeats[lines]]
        ids.append(own[0] if own else f"{digest}:{repeats[lines]}")
    return ids


def _texts_of_survey(table: Table, ids: list[str], project: Project, question: Question) -> list[str]:
    responses = project.read_responses()
    texts = dict(zip(responses.respondent_ids, responses.cells(question.column), strict=True))
    for number, respondent_id in enumerate(ids, start=2):
        if respondent_id not in texts:
            problem = f"respondent{named(respondent_id)} is not in the survey"
            raise InputError(problem, file=table.path, row=number, expected="Give --text-column with the answers.")
    return [texts[respondent_id] for respondent_id in ids]


def _unique_ids(table: Table, column: str) -> list[str]:
    rows: dict[str, int] = {}
    for number, respondent_id in enumerate(table.frame[column], start=2):
        if not respondent_id.strip():
            raise InputError("the respondent id is empty", file=table.path, row=number, column=column)
        if respondent_id in rows:
            problem = f"this respondent id also stands in row {rows[respondent_id]}"
            raise InputError(problem, file=table.path, row=number, column=column)
        rows[respondent_id] = number
    return list(rows)
