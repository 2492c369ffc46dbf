"""Turn a labelled file into annotations, and into the codes that the codebook does not have yet."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pandas import DataFrame

from pipeline.commands.project import Project, open_project
from pipeline.commands.returning import Added, TakenBack, add_new, read_shaped, take_back
from pipeline.errors import InputError, named
from pipeline.files import locked, require_name, restored_on_error
from pipeline.survey.annotations import Annotation, Stream, now
from pipeline.survey.codebook import NONE_APPLIES, Codeframe, slug
from pipeline.survey.edits import add_codeframe_to_question, add_codes, name_codes
from pipeline.survey.responses import read_responses, require_columns, require_rows
from pipeline.survey.shapes import has_annotation_shape
from pipeline.survey.survey import Folders, Question
from pipeline.survey.wide import GIVEN
from pipeline.tables.table import Table

SEPARATOR = "|"
LIKELY_SEPARATORS = (SEPARATOR, ";", ",", "/")


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where a labelled file has what: labels in one column, else one yes/no column per code.

    Without a `separator` it is a bar, unless the labels look as if it is another.
    """

    labels: str | None = None
    separator: str | None = None
    text: str | None = None
    id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Imported(Added):
    """What was added, and what the file holds: answers to which no code applies, of a random sample, left out."""

    codebook_file: Path
    n_none: int
    n_random: int
    n_left_out: int
    n_unknown_respondents: int
    new_codes: list[str]
    code_columns: list[str]


@dataclass(frozen=True)
class _Row:
    number: int  # as in a spreadsheet
    respondent_id: str
    text: str
    labels: list[str] | None  # None where every cell for them is empty: not annotated


@dataclass(frozen=True, kw_only=True)
class Labelling:
    """What a labelled file does not say of itself: what its labels are about, whose they are, and why they are."""

    codeframe_id: str | None = None
    question_id: str | None = None
    coder: str | None = None
    stream: Stream = "import"


def import_file(
    root: Path, name: str, file: Path, columns: Columns, labelling: Labelling, *, input_file: Path | None = None
) -> Imported | list[TakenBack]:
    """Append what the file holds to `annotations/<name>/<coder>.csv`; whatever it raises, nothing has changed then.

    A file that says of every row what it is about is taken as it is; `input_file` has its responses where those are
    not the survey's own. Of any other file the labels become codes.
    """
    tables = read_shaped(file)
    table = tables[0]
    require_rows(table)
    folders = Folders(root, name)
    with locked(folders.annotations) if folders.annotations.is_dir() else nullcontext():
        project = open_project(root, name)
        if not has_annotation_shape(table.frame.columns):
            _refuse_input(table, input_file)
            return _import_labels(project, table, columns, labelling)
        _refuse_labelling(table, columns, labelling)
        return take_back(project, tables, coder=labelling.coder, input_file=input_file)


def _refuse_labelling(table: Table, columns: Columns, labelling: Labelling) -> None:
    if columns != Columns() or labelling != Labelling(coder=labelling.coder):
        problem = "this is an annotation file, which says of every row what it is about"
        expected = "Import it with --coder (and --input) only."
        raise InputError(problem, file=table.path, row=1, expected=expected)


def _refuse_input(table: Table, input_file: Path | None) -> None:
    if input_file is not None:
        expected = "Give --text-column with the answers; --input goes with a filled-in review.csv or sample.csv."
        raise InputError(
            "a labelled file has its answers in itself or in the survey", file=table.path, expected=expected
        )


def _import_labels(project: Project, table: Table, columns: Columns, labelling: Labelling) -> Imported:
    if labelling.codeframe_id is None:
        expected = "Give --codeframe; one that is new is made."
        raise InputError("the labels belong to no codeframe yet", file=table.path, expected=expected)
    codeframe_id, coder = labelling.codeframe_id, "import" if labelling.coder is None else labelling.coder
    question = _question(project, labelling.question_id)
    require_name(coder, project.folders.annotations)
    _require_codeframe_id(codeframe_id, project)
    _check_columns(table, columns)
    code_columns = [] if columns.labels else _code_columns(table, columns, project)
    rows = _rows(table, columns, code_columns, project, question)
    coded = [(row, row.labels) for row in rows if row.labels is not None and row.text.strip()]
    codeframe = _codeframe(project, codeframe_id)
    retired = project.changes.retired(codeframe_id)
    names = name_codes((label for _, labels in coded for label in labels), codeframe, retired.values())
    respondents = set(_responses(project)[project.survey.respondent_id])
    survey_file, codebook_file = project.folders.survey / "survey.toml", project.folders.codebook
    with restored_on_error(survey_file, codebook_file):
        codebook = add_codes(codebook_file, codeframe_id, names)
        add_codeframe_to_question(survey_file, question.id, codeframe_id)
        annotate = partial(_annotation, question.id, codeframe_id, codebook.version, labelling.stream)
        annotations = [annotate(row, [names[label] for label in labels]) for row, labels in coded]
        added = add_new(project, annotations, codebook, coder)
    return Imported(
        **vars(added),
        codebook_file=codebook_file,
        n_none=sum(not annotation.codes for annotation in annotations),
        n_random=sum(annotation.stream == "random" for annotation in annotations),
        n_left_out=len(rows) - len(annotations),
        n_unknown_respondents=sum(row.respondent_id not in respondents for row, _ in coded),
        new_codes=[code for code in dict.fromkeys(names.values()) if code not in {*codeframe.code_ids, *retired}],
        code_columns=code_columns,
    )


def _annotation(
    question_id: str, codeframe_id: str, version: str, stream: Stream, row: _Row, codes: list[str]
) -> Annotation:
    return Annotation(
        respondent_id=row.respondent_id,
        question=question_id,
        codeframe=codeframe_id,
        codes=frozenset(codes),
        text=row.text,
        annotated_at=now(),
        codebook_version=version,
        stream=stream,
    )


def _question(project: Project, question_id: str | None) -> Question:
    questions = {question.id: question for question in project.survey.questions}
    by_column = {question.column: question for question in project.survey.questions}
    if question_id is None and len(questions) == 1:
        return project.survey.questions[0]
    if question_id in by_column and question_id not in questions:
        return by_column[question_id]
    if question_id not in questions:
        problem = f"there is no question {question_id}" if question_id else "this survey has more than one question"
        expected = f"Give one with --question: {', '.join(questions)}."
        raise InputError(problem, file=project.folders.survey / "survey.toml", expected=expected)
    return questions[question_id]


def _require_codeframe_id(codeframe_id: str, project: Project) -> None:
    name = slug(codeframe_id)
    if codeframe_id not in (name, *project.codebook.codeframe_ids):
        expected = f"Small letters, digits and underscores, such as {name}."
        raise InputError(
            f"{codeframe_id!r} cannot be a codeframe's id", file=project.folders.codebook, expected=expected
        )


def _check_columns(table: Table, columns: Columns) -> None:
    require_columns(table, filter(None, [columns.labels, columns.text, columns.id]))
    if columns.labels and columns.separator == "":
        expected = "Give what stands between labels with --separator."
        raise InputError("the separator is empty", file=table.path, column=columns.labels, expected=expected)


def _codeframe(project: Project, codeframe_id: str) -> Codeframe:
    if codeframe_id in project.codebook.codeframe_ids:
        return project.codebook.codeframe(codeframe_id)
    return Codeframe(id=codeframe_id, label=codeframe_id)


def _code_columns(table: Table, columns: Columns, project: Project) -> list[str]:
    """The columns that hold nothing but yes and no, and are neither the survey's own nor texts or ids."""
    own = {*project.survey.columns, columns.text, columns.id}
    others = [column for column in table.frame.columns if column not in own]
    answers = {column: set(table.frame[column].str.strip().str.lower()) for column in others}
    found = [column for column, values in answers.items() if values <= set(GIVEN) and values != {""}]
    if not found:
        expected = "Give --labels-column, or one column per code with 1 (yes) and 0 (no)."
        raise InputError("there are no columns with codes", file=table.path, row=1, expected=expected)
    return found


def _rows(
    table: Table, columns: Columns, code_columns: Sequence[str], project: Project, question: Question
) -> list[_Row]:
    labels = _labels_in_columns(table, code_columns) if code_columns else _labels_in_cells(table, columns)
    texts = _texts(table, columns, question)
    ids = _respondent_ids(table, columns, texts, project, question)
    if texts is None:
        texts = _texts_of_survey(table, ids, project, question)
    return [
        _Row(number, respondent_id, text, _without_none_applies(given, table, number, columns.labels))
        for number, (respondent_id, text, given) in enumerate(zip(ids, texts, labels, strict=True), start=2)
    ]


def _without_none_applies(labels: list[str] | None, table: Table, number: int, column: str | None) -> list[str] | None:
    """Of `geen`, which says that no code applies and so stands alone, an empty list."""
    if labels is None:
        return None
    codes = [label for label in labels if label.casefold() != NONE_APPLIES]
    if codes and len(codes) < len(labels):
        expected = f"{NONE_APPLIES} says that no code applies, and stands alone."
        raise InputError(
            f"{NONE_APPLIES} stands beside another label", file=table.path, row=number, column=column, expected=expected
        )
    return codes


def _labels_in_cells(table: Table, columns: Columns) -> list[list[str] | None]:
    cells = table.frame[columns.labels].tolist()
    if columns.separator is None:
        _refuse_another_separator(cells, table, columns.labels)
    separator = columns.separator or SEPARATOR
    return [[label.strip() for label in cell.split(separator) if label.strip()] or None for cell in cells]


def _refuse_another_separator(cells: Sequence[str], table: Table, column: str | None) -> None:
    found = Counter(mark for cell in cells for mark in LIKELY_SEPARATORS if mark in cell)
    if not found or SEPARATOR in found:
        return
    likely = found.most_common(1)[0][0]
    raise InputError(
        f"no cell holds the separator {SEPARATOR}, but some hold {' and '.join(found)}",
        file=table.path,
        row=next(number for number, cell in enumerate(cells, start=2) if likely in cell),
        column=column,
        expected=f'Give what stands between labels, such as --separator "{likely}"; '
        f'--separator "{SEPARATOR}" where such a cell is one label.',
    )


def _labels_in_columns(table: Table, code_columns: Sequence[str]) -> list[list[str] | None]:
    cells = table.frame[list(code_columns)].apply(lambda column: column.str.strip().str.lower())
    return [
        [column for column, cell in zip(code_columns, row, strict=True) if GIVEN[cell]] if any(row) else None
        for row in cells.itertuples(index=False, name=None)
    ]


def _texts(table: Table, columns: Columns, question: Question) -> list[str] | None:
    column = columns.text or (question.column if question.column in table.frame else None)
    return table.frame[column].tolist() if column else None


def _respondent_ids(
    table: Table, columns: Columns, texts: list[str] | None, project: Project, question: Question
) -> list[str]:
    own = project.survey.respondent_id
    column = columns.id or (own if own in table.frame else None)
    if column:
        ids = table.frame[column].tolist()
        _require_unique(ids, table, column)
        return ids
    if texts is None:
        expected = "Give --text-column or --id-column, so that labels find their answers."
        raise InputError("there are neither answers nor respondent ids", file=table.path, row=1, expected=expected)
    return _ids_by_text(texts, project, question)


def _ids_by_text(texts: list[str], project: Project, question: Question) -> list[str]:
    """The respondent who typed the text, each once; else an id made of the text, for training only."""
    waiting: dict[str, list[str]] = {}
    responses = _responses(project)
    for respondent_id, text in zip(responses[project.survey.respondent_id], responses[question.column], strict=True):
        waiting.setdefault(text, []).append(respondent_id)
    for respondents in waiting.values():
        respondents.reverse()
    repeats = Counter[str]()
    ids = []
    for text in texts:
        repeats[text] += 1
        digest = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
        ids.append(waiting[text].pop() if waiting.get(text) else f"{digest}:{repeats[text]}")
    return ids


def _texts_of_survey(table: Table, ids: list[str], project: Project, question: Question) -> list[str]:
    responses = _responses(project)
    texts = dict(zip(responses[project.survey.respondent_id], responses[question.column], strict=True))
    for number, respondent_id in enumerate(ids, start=2):
        if respondent_id not in texts:
            problem = f"respondent{named(respondent_id)} is not in the survey"
            raise InputError(problem, file=table.path, row=number, expected="Give --text-column with the answers.")
    return [texts[respondent_id] for respondent_id in ids]


def _responses(project: Project) -> DataFrame:
    return read_responses(project.survey, project.folders.survey / project.survey.responses).table.frame


def _require_unique(ids: list[str], table: Table, column: str) -> None:
    rows: dict[str, int] = {}
    for number, respondent_id in enumerate(ids, start=2):
        if not respondent_id.strip():
            raise InputError("the respondent id is empty", file=table.path, row=number, column=column)
        if respondent_id in rows:
            problem = f"this respondent id also stands in row {rows[respondent_id]}"
            raise InputError(problem, file=table.path, row=number, column=column)
        rows[respondent_id] = number
