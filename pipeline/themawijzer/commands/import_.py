"""Turn a labelled file into annotations, and into the codes that the codebook does not have yet."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from themawijzer.errors import InputError
from themawijzer.exchange.coded_texts import Keys
from themawijzer.exchange.exchanged_file import is_exchanged
from themawijzer.files import locked
from themawijzer.project.exchanged import ExchangedResult, WantedCodings, take_in
from themawijzer.project.labelled import LabelledColumns, LabelledFile, LabelledRow, columns_in, read_labelled
from themawijzer.project.model_codes import refuse_model_codes
from themawijzer.project.project import Project, find_question, open_project
from themawijzer.project.returning import ImportResult, ReturnedResult, add_new, all_or_nothing, read_shaped, take_back
from themawijzer.survey.annotations import Annotation, Stream, now, require_coder
from themawijzer.survey.codebook import Codeframe, slug
from themawijzer.survey.edits import CodeNotes, add_codeframe_to_question, add_codes, name_codes
from themawijzer.survey.known_labels import UNCLEAR, KnownLabels
from themawijzer.survey.responses import require_rows
from themawijzer.survey.shapes import has_annotation_shape
from themawijzer.survey.survey import DETECTED, DialectOverride, Folders, Question
from themawijzer.tables.cells import plain_label
from themawijzer.tables.column_names import no_answer_named
from themawijzer.tables.joined import Files
from themawijzer.tables.table import Table

# What files call the column that says who coded.
CODERS = frozenset({"coder", "codeur", "codeerder", "coderer", "annotator", "annotateur", "rater", "beoordelaar"})


@dataclass(frozen=True, kw_only=True)
class LabelledResult(ImportResult):
    """What was added, with counts of the answers without codes, of a random sample, and left out.

    What is inherited is of the first coder, and `other_coders` is of those whom the file names besides. `undecided` are
    the rows that were left out though some of their codes were decided, and `n_joined` those that were joined to the
    first of their answer. `absent_codes` of the codebook had no column.
    """

    other_coders: list[ImportResult]
    codebook_file: Path
    n_none: int
    n_random: int
    n_left_out: int
    undecided: list[LabelledRow]
    n_unknown_respondents: int
    new_codes: list[str]
    n_joined: int
    labelled: LabelledFile
    absent_codes: list[str]
    table: Table


@dataclass(frozen=True)
class Labelling:
    """What a labelled file does not say itself: codeframe, question, coder, and why it was coded."""

    codeframe_id: str | None = None
    question_id: str | None = None
    coder: str | None = None
    stream: Stream = "import"


def import_file(
    root: Path,
    name: str,
    file: Path,
    columns: LabelledColumns,
    labelling: Labelling,
    *,
    input_file: Files | None = None,
    dialect: DialectOverride = DETECTED,
) -> LabelledResult | ExchangedResult | list[ReturnedResult]:
    """What was appended to `annotations/<name>/<coder>.csv`; after an error nothing has changed.

    A file of another coding program says who coded what. An annotation file, of which `input_file` may have the
    responses, is taken as it is; else labels become codes. `dialect` says how to read the file where detection is not
    wanted.
    """
    folders = Folders(root, name)
    folders.sweep()
    if is_exchanged(file):
        given: dict[str, object] = {"--separator": columns.separator, "--code-column": columns.codes}
        given |= {"--long": columns.long, "--input": input_file or None}
        given |= {"--encoding": dialect.encoding, "--delimiter": dialect.delimiter}
        given |= {"--header-rows": dialect.header_rows, "--large": dialect.large or None}
        given |= {"--sheet": dialect.sheet, "--all-sheets": dialect.all_sheets or None}
        _refuse_options(file, given | {"a second --labels-column": tuple(columns.labels[1:])})
        with locked(folders.annotations) if folders.annotations.is_dir() else nullcontext():
            return _import_exchanged(open_project(root, name), file, columns, labelling)
    tables = read_shaped(file, dialect)
    table = tables[0]
    require_rows(table)
    with locked(folders.annotations) if folders.annotations.is_dir() else nullcontext():
        project = open_project(root, name)
        is_labelled = not has_annotation_shape(table.values.columns)
        asked = [*filter(None, (columns.text, columns.id, columns.coder)), *columns.labels, *columns.codes]
        columns = columns_in(table, columns) if is_labelled else columns
        for own in tables:
            refuse_model_codes(own, project, columns.labels)
        if is_labelled:
            _refuse_input(table, input_file)
            with no_answer_named(table, asked), _placed(table):
                return _import_labels(project, table, columns, labelling)
        _refuse_labelling(table, columns, labelling)
        return take_back(project, tables, coder=labelling.coder, input_file=input_file, long=columns.long)


@contextmanager
def _placed(table: Table) -> Iterator[None]:
    """Let errors that count rows from 2 name the row as its file has it, with the sheet that it comes from."""
    try:
        yield
    except InputError as error:
        if error.file not in (table.path, Path(table.place)) or not isinstance(error.row, int) or error.row == 1:
            raise
        place = table.at(error.row - 2)
        raise InputError(error.problem, **place, column=error.column, expected=error.expected) from None


def _refuse_options(file: Path, options: Mapping[str, object]) -> None:
    """Raise InputError for the first option that was given and goes with tables only."""
    for option, given in options.items():
        if given not in (None, ()):
            raise InputError(f"{option} goes with tables", file=file, expected=f"Leave {option} out.")


def _import_exchanged(project: Project, file: Path, columns: LabelledColumns, labelling: Labelling) -> ExchangedResult:
    if labelling.codeframe_id is not None:
        _require_codeframe_id(labelling.codeframe_id, project)
    is_clear = labelling.question_id is not None or len(project.survey.questions) == 1
    question = _question(project, labelling.question_id) if is_clear else None
    wanted = WantedCodings(
        keys=Keys(
            text=columns.text,
            id=columns.id,
            labels=columns.labels_column,
            coder=columns.coder,
            question_column=question.column if question else "",
            id_column=project.survey.respondent_id,
        ),
        codeframe_id=labelling.codeframe_id,
        question=question,
        coder=labelling.coder,
        stream=labelling.stream,
        empty_means_none=columns.empty_means_none,
    )
    return take_in(project, file, wanted)


def _refuse_labelling(table: Table, columns: LabelledColumns, labelling: Labelling) -> None:
    if columns != LabelledColumns(long=columns.long) or labelling != Labelling(coder=labelling.coder):
        problem = "this is an annotation file, which says of every row what it is about"
        expected = "Import it with --coder (and --input, --long) only."
        raise InputError(problem, file=table.path, row=1, expected=expected)


def _refuse_input(table: Table, input_file: Files | None) -> None:
    if input_file:
        expected = "Give --text-column with the answers; --input goes with a filled-in review.csv or sample.csv."
        problem = "a labelled file has its answers in itself or in the survey"
        raise InputError(problem, file=table.path, expected=expected)


def _import_labels(project: Project, table: Table, columns: LabelledColumns, labelling: Labelling) -> LabelledResult:
    if labelling.codeframe_id is None:
        expected = "Give --codeframe; one that is new is made."
        raise InputError("the labels belong to no codeframe yet", file=table.path, expected=expected)
    codeframe_id, question = labelling.codeframe_id, _question(project, labelling.question_id)
    coder = _coder(project, table, columns, labelling)
    _require_codeframe_id(codeframe_id, project)
    is_known = codeframe_id in project.codebook.codeframe_ids
    codeframe = project.codebook.codeframe(codeframe_id) if is_known else Codeframe(id=codeframe_id, label=codeframe_id)
    known = KnownLabels(codeframe, project.changes)
    labelled = read_labelled(table, columns, project, question, known)
    if labelling.stream == "random":
        _refuse_unlabelled(table, labelled, question, columns.labels_column)
    coded = [(row, row.labels) for row in labelled.rows if row.labels is not None and row.text.strip()]
    _require_clear(table, columns, labelled.rows, known)
    names = name_codes((label for _, labels in coded for label in labels), codeframe, project.changes)
    coders = dict.fromkeys(row.coder or coder for row, _ in coded) or {coder: None}
    for name in coders:
        require_coder(name, project.folders.annotations)
    told = {names[label]: CodeNotes(value=value) for label, value in labelled.values.items() if label in names}
    respondents = set(project.read_responses().respondent_ids)
    survey_file, codebook_file = project.folders.survey / "survey.toml", project.folders.codebook
    with all_or_nothing(project, coders):
        codebook = add_codes(codebook_file, codeframe_id, names, told=told)
        add_codeframe_to_question(survey_file, question.id, codeframe_id)
        annotations = [
            Annotation(
                respondent_id=row.respondent_id,
                question=question.id,
                codeframe=codeframe_id,
                codes=frozenset(names[label] for label in labels),
                text=row.text,
                annotated_at=now(),
                codebook_version=codebook.version,
                stream=labelling.stream,
            )
            for row, labels in coded
        ]
        by_coder = {name: list[Annotation]() for name in coders}
        for (row, _), annotation in zip(coded, annotations, strict=True):
            by_coder[row.coder or coder].append(annotation)
        earlier = known.tell_earlier(names)
        added, *others = (
            add_new(project, own, codebook, name, earlier_labels=earlier) for name, own in by_coder.items()
        )
    return LabelledResult(
        **vars(added),
        other_coders=others,
        codebook_file=codebook_file,
        n_none=sum(not annotation.codes for annotation in annotations),
        n_random=len(annotations) if labelling.stream == "random" else 0,
        n_left_out=sum(row.open_column is None for row in labelled.rows) - len(annotations),
        undecided=[row for row in labelled.rows if row.open_column is not None],
        n_unknown_respondents=sum(row.respondent_id not in respondents for row, _ in coded),
        new_codes=[code for code in dict.fromkeys(names.values()) if code not in known.ids],
        n_joined=len(table.frame) - len(labelled.rows),
        labelled=labelled,
        absent_codes=_absent_codes(labelled, known),
        table=table,
    )


def _coder(project: Project, table: Table, columns: LabelledColumns, labelling: Labelling) -> str:
    """Whose all rows are that name no coder; InputError where the file and the options contradict each other."""
    if columns.coder and labelling.coder is not None:
        expected = "Leave --coder out, or --coder-column."
        raise InputError("the file names the coders", file=table.path, column=columns.coder, expected=expected)
    if columns.long and columns.coder is None and labelling.coder is None:
        _refuse_coders(table)
    coder = "import" if labelling.coder is None else labelling.coder
    require_coder(coder, project.folders.annotations)
    return coder


def _refuse_coders(table: Table) -> None:
    """Raise InputError where a column seems to say who coded, whose rows would become one person's."""
    for name in table.values.columns:
        if plain_label(name) in CODERS:
            expected = f'Give --coder-column "{name}"; or --coder where all rows are of one coder.'
            raise InputError("this seems to say who coded", file=table.path, row=1, column=name, expected=expected)


def _absent_codes(labelled: LabelledFile, known: KnownLabels) -> list[str]:
    """The codes of the codebook without a column, in a file that has columns of codes."""
    present = {code for label in labelled.code_columns.values() for code in known.find(label)}
    return [code for code in known.codeframe.code_ids if present and code not in present]


def _require_clear(table: Table, columns: LabelledColumns, rows: Sequence[LabelledRow], known: KnownLabels) -> None:
    """Raise InputError for a label that several codes have."""
    seen = dict[str, int]()
    for row in rows:
        for label in row.labels or ():
            seen.setdefault(label, row.number)
    for label, number in seen.items():
        if len(codes := known.find(label)) > 1:
            place, column = (number, columns.labels_column) if columns.labels else (1, label)
            problem = f"this label is of several codes: {', '.join(codes)}"
            raise InputError(problem, file=table.path, row=place, column=column, expected=UNCLEAR)


def _refuse_unlabelled(table: Table, labelled: LabelledFile, question: Question, labels_column: str | None) -> None:
    """Raise InputError where answers that say something have no label: what is left out makes it no random sample."""
    is_answer = question.no_answers.says_something
    left_out = [row for row in labelled.rows if row.labels is None and is_answer(row.text)]
    if not left_out:
        return
    first, of = left_out[0], f"{len(left_out):,} of {len(labelled.rows):,} rows of the random sample"
    if first.open_column is not None:
        problem = f"{of} have an answer of which not every code was decided"
        expected = (
            "Fill in 1 or 0; or give --empty-means none where an empty cell says no. Else these rows are no random "
            "sample: import them without --random-sample, which leaves them out."
        )
    else:
        problem = f"{of} have an answer and an empty label"
        expected = (
            "Give --empty-means none where an empty label says that no code applies. Where it says that the answer was "
            "not coded, these rows are no random sample: import them without --random-sample. Rows of answers that "
            "were not drawn do not belong in the file."
        )
    column = first.open_column or labels_column or next(iter(labelled.code_columns))
    raise InputError(problem, file=table.path, row=first.number, column=column, expected=expected)


def _question(project: Project, name: str | None) -> Question:
    first, *others = project.survey.questions
    if name is None and others:
        expected = f"Give one with --question: {', '.join(project.survey.question_ids)}."
        problem = "this survey has more than one question"
        raise InputError(problem, file=project.folders.survey / "survey.toml", expected=expected)
    return find_question(project, name) if name is not None else first


def _require_codeframe_id(codeframe_id: str, project: Project) -> None:
    name = slug(codeframe_id)
    if codeframe_id not in (name, *project.codebook.codeframe_ids):
        expected = f"Small letters, digits and underscores, such as {name}."
        problem = f"{codeframe_id!r} cannot be a codeframe's id"
        raise InputError(problem, file=project.folders.codebook, expected=expected)
