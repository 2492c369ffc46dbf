"""A labelled file: which labels each row has, and to whose answer they belong."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from themawijzer.errors import InputError
from themawijzer.project.code_columns import Decisions, find_code_columns, labels_of_columns, read_code_columns
from themawijzer.project.label_cells import LabelCells, more_label_columns, numbered_label_columns, read_label_cells
from themawijzer.project.project import Project
from themawijzer.survey.annotations import lines_of, reads_as
from themawijzer.survey.codebook import NONE_APPLIES, whole_number
from themawijzer.survey.known_labels import KnownLabels
from themawijzer.survey.survey import Question
from themawijzer.tables.cells import alike
from themawijzer.tables.column_names import find_columns, shown_column
from themawijzer.tables.table import Table


@dataclass(frozen=True, kw_only=True)
class LabelledColumns:
    """Where a labelled file has what: labels in cells, else one yes/no column per code, found or named in `codes`.

    Without a `separator`, labels are separated by a bar, or what joins labels of other cells; those that seem to have
    another separator are refused. An empty label is that of an answer that nobody coded, unless it `empty_means_none`:
    no code applies. In a `long` file the rows of a respondent have one answer's codes; `coder` names who gave them.
    """

    labels: Sequence[str] = ()
    codes: Sequence[str] = ()
    separator: str | None = None
    text: str | None = None
    id: str | None = None
    coder: str | None = None
    long: bool | None = None
    empty_means_none: bool = False

    @property
    def labels_column(self) -> str | None:
        """The column with the labels, where there is one."""
        return self.labels[0] if len(self.labels) == 1 else None


@dataclass(frozen=True)
class LabelledRow:
    """One labelled answer, and its row in the file; in a long file, its first one."""

    number: int
    respondent_id: str
    text: str
    labels: list[str] | None  # None where nobody coded it in full
    open_column: str | None  # of a code that was left undecided beside others that were decided
    coder: str | None  # who coded it, where the file tells


@dataclass(frozen=True, kw_only=True)
class LabelledFile:
    """What stands in a labelled file, and how it was read.

    `code_columns` are the columns of codes with their labels, and `other_columns` those that were taken for none;
    `more_columns` look as if they hold labels too. `joined_by` was recognized between labels. `values` are the numbers
    of labels, and `numbers` those that are read as the codes with that value.
    """

    rows: list[LabelledRow]
    code_columns: dict[str, str]
    other_columns: list[str]
    more_columns: list[str]
    joined_by: str | None
    values: dict[str, int]
    numbers: dict[str, str]


def read_labelled(
    table: Table, columns: LabelledColumns, project: Project, question: Question, known: KnownLabels
) -> LabelledFile:
    """What a labelled file holds; codes are known by the labels that are `known`.

    Raises InputError, with row and column, where labels contradict each other or belong to nobody's answer, and for
    what may be a code or several but does not say which.
    """
    of_survey = (name for column in project.survey.columns for name in alike(column, table.values.columns))
    missing = project.survey.missing.values or ()
    own = {columns.text, columns.id, columns.coder, *of_survey}
    _refuse_answers_as_labels(table, columns, project, question)
    if columns.labels:
        code_columns = dict[str, str]()
        cells = read_label_cells(
            table, columns.labels, columns.separator, known, empty_means_none=columns.empty_means_none, missing=missing
        )
        decisions = Decisions(cells.labels, {})
    else:
        code_columns = labels_of_columns(table, _find_code_columns(table, columns, own, known, missing), known)
        cells = LabelCells([])
        decisions = read_code_columns(table, code_columns, empty_means_no=columns.empty_means_none, missing=missing)
    rows = _rows(table, columns, decisions, project, question)
    numbers = _codes_by_number(table, columns, rows, known)
    return LabelledFile(
        rows=[replace(row, labels=_renamed(row.labels, numbers)) for row in rows] if numbers else rows,
        code_columns=code_columns,
        other_columns=[
            column for column in table.frame.columns if code_columns and column not in {*own, *code_columns}
        ],
        more_columns=more_label_columns(table, columns.labels, own),
        joined_by=cells.joined_by,
        values=cells.values,
        numbers=numbers,
    )


def _refuse_answers_as_labels(table: Table, columns: LabelledColumns, project: Project, question: Question) -> None:
    """Raise InputError for labels in the column of the answers or the ids, which would all become codes."""
    names = table.values.columns
    known = {*alike(question.column, names), *alike(project.survey.respondent_id, names), columns.text, columns.id}
    for column in (*columns.labels, *columns.codes):
        if column in known:
            problem = "this column holds the answers or who gave them, and no labels"
            expected = "Give another --labels-column or --code-column."
            raise InputError(problem, file=table.path, row=1, column=column, expected=expected)


def _renamed(labels: list[str] | None, names: Mapping[str, str]) -> list[str] | None:
    return None if labels is None else [names.get(label, label) for label in labels]


def columns_in(table: Table, columns: LabelledColumns) -> LabelledColumns:
    """The columns by their names in the table; InputError where it lacks one, or they contradict each other."""
    places = (columns.text, columns.id, columns.coder)
    names = find_columns(table, filter(None, [*places, *columns.labels, *columns.codes]), by_place=True)
    if columns.labels and columns.separator == "":
        expected = "Give what stands between labels with --separator."
        raise InputError("the separator is empty", file=table.path, column=columns.labels[0], expected=expected)
    if columns.labels and columns.codes:
        expected = "Give --labels-column for cells with labels, or --code-column for columns of yes and no."
        raise InputError("labels are in cells or above columns", file=table.path, row=1, expected=expected)
    text, respondent_id, coder = (name and names[name] for name in places)
    labels, codes = ([names[name] for name in own] for own in (columns.labels, columns.codes))
    return replace(columns, labels=labels, codes=codes, text=text, id=respondent_id, coder=coder)


def _find_code_columns(
    table: Table, columns: LabelledColumns, own: Collection[str | None], known: KnownLabels, missing: Collection[str]
) -> list[str]:
    found = find_code_columns(table, columns.codes, own, known, missing)
    if not found:
        expected = "Give --labels-column, or one column per code with 1 (yes) and 0 (no)."
        if alike := numbered_label_columns(table, own):
            options = " ".join(f'--labels-column "{shown_column(table, column)}"' for column in alike)
            expected += f" Columns that look like labels: {options}"
        raise InputError("there are no columns with codes", file=table.path, row=1, expected=expected)
    return found


def _codes_by_number(
    table: Table, columns: LabelledColumns, rows: Sequence[LabelledRow], known: KnownLabels
) -> dict[str, str]:
    """Label to code, for numbers that are no labels but values of the codebook.

    Raises InputError for a number that no code has beside one that a code has; where labels are numbers themselves,
    the others are new.
    """
    first: dict[str, LabelledRow] = {}
    for row in rows:
        for label in row.labels or ():
            first.setdefault(label, row)
    unknown = {label: number for label in first if (number := whole_number(label)) and not known.find(label)}
    if any(whole_number(code.label) for code in known.codeframe.codes):
        return {}
    by_value = {code.value: code.id for code in known.codeframe.codes}
    found = {label: by_value[number] for label, number in unknown.items() if number in by_value}
    if strangers := [label for label in unknown if found and label not in found]:
        problem = "no code has this number, though other numbers here are values of codes"
        expected = (
            f"Known: {', '.join(f'{value} ({code})' for value, code in by_value.items())}. Add it to codebook.toml."
        )
        number = first[strangers[0]].number
        raise InputError(problem, file=table.path, row=number, column=columns.labels_column, expected=expected)
    return found


def _rows(
    table: Table, columns: LabelledColumns, decisions: Decisions, project: Project, question: Question
) -> list[LabelledRow]:
    texts = _texts(table, columns, question)
    coders = _coders(table, columns)
    ids = _respondent_ids(table, columns, (texts, coders), project, question)
    if texts is None:
        texts = _texts_of_survey(table, ids, project, question)
    rows = [
        LabelledRow(
            number=row + 2,
            respondent_id=respondent_id,
            text=text,
            labels=_without_none_applies(given, table, row + 2, columns.labels_column),
            open_column=decisions.open_columns.get(row),
            coder=coder,
        )
        for row, (respondent_id, text, given, coder) in enumerate(
            zip(ids, texts, decisions.labels, coders, strict=True)
        )
    ]
    return _joined(rows, table, columns) if columns.long else rows


def _joined(rows: Iterable[LabelledRow], table: Table, columns: LabelledColumns) -> list[LabelledRow]:
    """One row for each answer and coder, with the labels of all; those that are empty say nothing beside others."""
    found: dict[tuple[str | None, str], LabelledRow] = {}
    for row in rows:
        key = row.coder, row.respondent_id
        first = found.setdefault(key, row)
        if not reads_as(first.text, row.text):
            problem = f"this respondent's answer reads otherwise in {table.row_name(first.number - 2)}"
            expected = "With --long, all rows of a respondent are about one answer."
            raise InputError(problem, file=table.path, row=row.number, expected=expected)
        if first.labels is not None and row.labels is not None and bool(first.labels) != bool(row.labels):
            problem = f"{NONE_APPLIES} stands beside another label of this answer"
            expected = f"{NONE_APPLIES} says that no code applies, and stands alone."
            column = columns.labels_column
            raise InputError(problem, file=table.path, row=row.number, column=column, expected=expected)
        labels = [own for own in (first.labels, row.labels) if own is not None]
        found[key] = replace(
            first,
            labels=list(dict.fromkeys(label for own in labels for label in own)) if labels else None,
            open_column=first.open_column or row.open_column,
        )
    return [row if row.open_column is None else replace(row, labels=None) for row in found.values()]


def _coders(table: Table, columns: LabelledColumns) -> Sequence[str | None]:
    """Who coded each row, in lower case; None where no column tells."""
    if columns.coder is None:
        return [None] * len(table.frame)
    names = [name.strip().lower() for name in table.frame[columns.coder]]
    if "" in names:
        row, expected = names.index("") + 2, "Every row names its coder."
        raise InputError("it does not say who coded", file=table.path, row=row, column=columns.coder, expected=expected)
    return names


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


def _texts(table: Table, columns: LabelledColumns, question: Question) -> list[str] | None:
    column = columns.text or _found(table, question.column)
    return table.frame[column].tolist() if column else None


def _found(table: Table, column: str) -> str | None:
    """The name of a column of the survey in the table, if it is there; InputError where several read like it."""
    return find_columns(table, [column])[column] if alike(column, table.values.columns) else None


def _respondent_ids(
    table: Table,
    columns: LabelledColumns,
    known: tuple[list[str] | None, Sequence[str | None]],
    project: Project,
    question: Question,
) -> list[str]:
    """The respondent of every row, of which the texts, if there are any, and the coders are known."""
    texts, coders = known
    if column := columns.id or _found(table, project.survey.respondent_id):
        return _ids(table, column, coders, may_repeat=bool(columns.long))
    if texts is None:
        expected = "Give --text-column or --id-column, so that labels find their answers."
        raise InputError("there are neither answers nor respondent ids", file=table.path, row=1, expected=expected)
    if columns.long:
        expected = "Give --id-column, so that rows of one answer are found."
        raise InputError("there are no respondent ids", file=table.path, row=1, expected=expected)
    return _ids_by_text(texts, coders, project, question)


def _ids_by_text(texts: list[str], coders: Sequence[str | None], project: Project, question: Question) -> list[str]:
    """Per text the next respondent who typed it; where none is left, an id made of the text, for training only."""
    responses = project.read_responses()
    respondents: dict[tuple[str, ...], list[str]] = {}
    for respondent_id, text in zip(responses.respondent_ids, responses.cells(question.column), strict=True):
        respondents.setdefault(lines_of(text), []).append(respondent_id)
    repeats, ids = Counter[tuple[str | None, tuple[str, ...]]](), []
    for text, coder in zip(texts, coders, strict=True):
        lines = lines_of(text)
        repeats[coder, lines] += 1
        n = repeats[coder, lines]
        digest = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
        own = respondents.get(lines, [])[n - 1 : n]
        ids.append(own[0] if own else f"{digest}:{n}")
    return ids


def _texts_of_survey(table: Table, ids: list[str], project: Project, question: Question) -> list[str]:
    responses = project.read_responses()
    texts = dict(zip(responses.respondent_ids, responses.cells(question.column), strict=True))
    for number, respondent_id in enumerate(ids, start=2):
        if respondent_id not in texts:
            raise InputError(
                "this respondent is not in the survey",
                file=table.path,
                row=number,
                expected="Give --text-column with the answers.",
            )
    return [texts[respondent_id] for respondent_id in ids]


def _ids(table: Table, column: str, coders: Sequence[str | None], *, may_repeat: bool) -> list[str]:
    rows: dict[tuple[str | None, str], int] = {}
    ids = table.frame[column].tolist()
    for number, key in enumerate(zip(coders, ids, strict=True), start=2):
        if not key[1].strip():
            raise InputError("the respondent id is empty", file=table.path, row=number, column=column)
        if rows.setdefault(key, number) != number and not may_repeat:
            problem = f"this respondent id also stands in {table.row_name(rows[key] - 2)}"
            expected = (
                "One row for each answer. Give --long where rows are codes of one answer, and --coder-column where "
                "they are of several coders."
            )
            raise InputError(problem, file=table.path, row=number, column=column, expected=expected)
    return ids
