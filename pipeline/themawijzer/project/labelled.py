"""A labelled file: which labels each row has, and to whose answer they belong."""

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from themawijzer.errors import InputError, named
from themawijzer.project.code_columns import Decisions, find_code_columns, labels_of_columns, read_code_columns
from themawijzer.project.project import Project
from themawijzer.survey.annotations import lines_of
from themawijzer.survey.codebook import NONE_APPLIES
from themawijzer.survey.known_labels import KnownLabels
from themawijzer.survey.survey import Question
from themawijzer.tables.column_names import alike, find_columns
from themawijzer.tables.table import Table

SEPARATOR = "|"
LIKELY_SEPARATORS = (SEPARATOR, ";", ",", "/")


@dataclass(frozen=True, kw_only=True)
class LabelledColumns:
    """Where a labelled file has what: labels in one column, else one yes/no column per code, found or named in `codes`.

    Without a `separator`, labels are separated by a bar; those that seem to have another separator are refused. An
    empty label is that of an answer that nobody coded, unless it `empty_means_none`: no code applies.
    """

    labels: str | None = None
    codes: Sequence[str] = ()
    separator: str | None = None
    text: str | None = None
    id: str | None = None
    empty_means_none: bool = False


@dataclass(frozen=True)
class LabelledRow:
    """One labelled answer, and its row in the file."""

    number: int
    respondent_id: str
    text: str
    labels: list[str] | None  # None where nobody coded it in full
    open_column: str | None  # of a code that was left undecided beside others that were decided


@dataclass(frozen=True, kw_only=True)
class LabelledFile:
    """The rows in the order of the file, the columns of codes with their labels, and those that were taken for none."""

    rows: list[LabelledRow]
    code_columns: dict[str, str]
    other_columns: list[str]


def read_labelled(
    table: Table, columns: LabelledColumns, project: Project, question: Question, known: KnownLabels
) -> LabelledFile:
    """What a labelled file holds; columns of codes are known by the labels that are `known`.

    Raises InputError, with row and column, where labels contradict each other or belong to nobody's answer, and for
    what may be a code but says neither yes nor no.
    """
    of_survey = (name for column in project.survey.columns for name in alike(column, table.values.columns))
    own = {columns.text, columns.id, *of_survey}
    code_columns = dict[str, str]()
    if columns.labels:
        decisions = Decisions(_labels_in_cells(table, columns), {})
    else:
        code_columns = labels_of_columns(table, _find_code_columns(table, columns, own, known), known)
        decisions = read_code_columns(table, code_columns, empty_means_no=columns.empty_means_none)
    return LabelledFile(
        rows=_rows(table, columns, decisions, project, question),
        code_columns=code_columns,
        other_columns=[
            column for column in table.frame.columns if code_columns and column not in {*own, *code_columns}
        ],
    )


def columns_in(table: Table, columns: LabelledColumns) -> LabelledColumns:
    """The columns by their names in the table; InputError where it lacks one, or they contradict each other."""
    places = (columns.labels, columns.text, columns.id)
    names = find_columns(table, filter(None, [*places, *columns.codes]), by_place=True)
    if columns.labels and columns.separator == "":
        expected = "Give what stands between labels with --separator."
        raise InputError("the separator is empty", file=table.path, column=columns.labels, expected=expected)
    if columns.labels and columns.codes:
        expected = "Give --labels-column for cells with labels, or --code-column for columns of yes and no."
        raise InputError("the labels are in one column or in several", file=table.path, row=1, expected=expected)
    labels, text, respondent_id = (name and names[name] for name in places)
    codes = [names[name] for name in columns.codes]
    return replace(columns, labels=labels, codes=codes, text=text, id=respondent_id)


def _find_code_columns(
    table: Table, columns: LabelledColumns, own: Collection[str | None], known: KnownLabels
) -> list[str]:
    found = find_code_columns(table, columns.codes, own, known)
    if not found:
        expected = "Give --labels-column, or one column per code with 1 (yes) and 0 (no)."
        raise InputError("there are no columns with codes", file=table.path, row=1, expected=expected)
    return found


def _rows(
    table: Table, columns: LabelledColumns, decisions: Decisions, project: Project, question: Question
) -> list[LabelledRow]:
    texts = _texts(table, columns, question)
    labels = decisions.labels
    if columns.empty_means_none:
        labels = [
            [] if given is None and row not in decisions.open_columns else given for row, given in enumerate(labels)
        ]
    ids = _respondent_ids(table, columns, texts, project, question)
    if texts is None:
        texts = _texts_of_survey(table, ids, project, question)
    return [
        LabelledRow(
            number=row + 2,
            respondent_id=respondent_id,
            text=text,
            labels=_without_none_applies(given, table, row + 2, columns.labels),
            open_column=decisions.open_columns.get(row),
        )
        for row, (respondent_id, text, given) in enumerate(zip(ids, texts, labels, strict=True))
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


def _texts(table: Table, columns: LabelledColumns, question: Question) -> list[str] | None:
    column = columns.text or _found(table, question.column)
    return table.frame[column].tolist() if column else None


def _found(table: Table, column: str) -> str | None:
    """The name of a column of the survey in the table, if it is there; InputError where several read like it."""
    return find_columns(table, [column])[column] if alike(column, table.values.columns) else None


def _respondent_ids(
    table: Table, columns: LabelledColumns, texts: list[str] | None, project: Project, question: Question
) -> list[str]:
    if column := columns.id or _found(table, project.survey.respondent_id):
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
