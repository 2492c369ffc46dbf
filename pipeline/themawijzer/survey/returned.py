"""Codes that people filled in: a file in the shape of an annotation file, as their spreadsheet saved it."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pandas import Series

from themawijzer.errors import InputError
from themawijzer.survey.annotations import (
    Annotation,
    AnsweredUnit,
    Stream,
    is_withdrawal,
    lines_of,
    now,
    numbered_rows,
    read_row,
    uncoded,
)
from themawijzer.survey.changes import NO_CHANGES, Changes
from themawijzer.survey.codebook import NONE_APPLIES, Codebook
from themawijzer.survey.known_labels import UNCLEAR, KnownLabels, known_labels
from themawijzer.survey.respondents import Respondents, Unfound
from themawijzer.survey.responses import Responses
from themawijzer.survey.shapes import in_our_names, joined_codes, version_meant
from themawijzer.survey.wide import codes_in_wide
from themawijzer.tables.column_names import require_columns
from themawijzer.tables.table import Table

UNIT_COLUMNS = ("respondent_id", "question", "codeframe")
NEEDED = (*UNIT_COLUMNS, "codes")
SHAPES = (
    "A column `codes`; or `code`, with a row for each; or one for each code, and one called `geen` for none applies."
)
# Excel shows a long number so, and saves what it shows.
SHORTENED = re.compile(r"[0-9]([.,][0-9]+)?E\+[0-9]+")
VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


@dataclass
class Returned:
    """The annotations of a file by row number, and what was noticed about other rows.

    `n_open` rows have no codes yet; of these, the rows `noted` do have a note. `n_replaced` rows have other codes than
    an earlier row of the answer. `streams` counts the streams that were given to rows without one. `unfound` has the
    rows for which no respondent is found, and why. `place` is the file, and its sheet; `last` has the row of the last
    annotation of an answer so far.
    """

    place: str
    annotations: dict[int, Annotation] = field(default_factory=dict)
    n_open: int = 0
    n_replaced: int = 0
    noted: list[int] = field(default_factory=list)
    streams: Counter[Stream] = field(default_factory=Counter)
    unfound: list[tuple[Unfound, int]] = field(default_factory=list)
    last: dict[AnsweredUnit, int] = field(default_factory=dict, repr=False)

    def withdraw(self, withdrawn: Annotation) -> None:
        """Remove the annotations of the answer; without its text, all of the respondent's."""
        own = withdrawn.answered
        gone = {answered for answered in self.last if answered == own or (not own.lines and answered[:3] == own[:3])}
        self.annotations = {row: each for row, each in self.annotations.items() if each.answered not in gone}
        self.last = {answered: row for answered, row in self.last.items() if answered not in gone}

    def put_in_stream(self, annotation: Annotation, drawn: Collection[AnsweredUnit]) -> Annotation:
        """The annotation of a row without a stream, put in the one that it must be of."""
        annotation = replace(annotation, stream="random" if annotation.answered in drawn else "review")
        self.streams[annotation.stream] += 1
        return annotation


def with_codes(table: Table, codebook: Codebook, changes: Changes = NO_CHANGES, *, long: bool | None = None) -> Table:
    """The table with the codes of a row in one cell, whatever shape they came in, and with our names.

    A file with `codes` has that shape; one with `geen` is wide, and one with `code` is long, with all codes of an
    answer or those of a moment, as `joined_codes` tells them apart. Any other stays as it is.
    """
    table = in_our_names(table)
    if "codes" in table.frame:
        return joined_codes(table.holding(table.frame.rename(columns={"codes": "code"})), long=True) if long else table
    if NONE_APPLIES in table.frame:
        return table.holding(table.frame.assign(codes=codes_in_wide(table, codebook, changes)))
    return joined_codes(table, long=long) if "code" in table.frame else table


def read_returned(
    table: Table,
    codebook: Codebook,
    responses: Responses | None,
    questions: list[str],
    drawn: Collection[AnsweredUnit] = frozenset(),
    *,
    changes: Changes = NO_CHANGES,
) -> Returned:
    """The annotations of one coder in a filled-in file `with_codes`; columns that are not there are filled in.

    A row of which `codes` is empty is still open. One without a stream is of the random sample where its answer is
    among the `drawn`, else of the review. Of rows that say when they were made a later one replaces an earlier one, as
    in an annotation file, and one that withdraws takes it back. Ids and answers that a spreadsheet changed become again
    what they are in the responses. Raises InputError with file, row and column for a row that does not fit.
    """
    require_columns(table, UNIT_COLUMNS)
    if "codes" not in table.frame:
        raise InputError("this file does not say which codes were given", file=table.place, row=1, expected=SHAPES)
    respondents, known = Respondents.of(responses), known_labels(codebook, changes)
    defaults = {"annotated_at": now(), "codebook_version": codebook.version, "stream": "review"}
    returned = Returned(table.place)
    for number, row in numbered_rows(table):
        if is_withdrawal(row):
            returned.withdraw(respondents.restore(uncoded(row), needs_text=False)[0])
        elif not row["codes"].strip(" |"):
            returned.n_open += 1
            returned.noted += [number] * bool(row["note"].strip())
        else:
            given = {column: cell for column, cell in row.items() if cell.strip() or column not in defaults}
            given["codes"] = _code_ids(row["codes"], known.get(row["codeframe"]), table, number)
            annotation = read_row(defaults | given, table, number, codebook, questions, changes=changes)
            annotation, why_unfound = respondents.restore(annotation, needs_text=False)
            returned.unfound += [(why_unfound, number)] if why_unfound else []
            annotation = _checked(annotation, table, number)
            if "stream" not in given:
                annotation = returned.put_in_stream(annotation, drawn)
            before = returned.last.get(annotation.answered)
            if before is None or _replaces(annotation, returned.annotations[before], table, (before, number), given):
                returned.n_replaced += before is not None and returned.annotations[before].codes != annotation.codes
                returned.annotations[number], returned.last[annotation.answered] = annotation, number
    return returned


def _code_ids(cell: str, known: KnownLabels | None, table: Table, number: int) -> str:
    """The cell with ids, which never have capitals, in place of labels; what is no code stays for `read_row`."""
    if known is None:
        return cell
    ids = []
    for given in cell.split("|"):
        plain = given.strip().lower()
        found = [plain] if plain in known.ids else known.find(given) if plain not in ("", NONE_APPLIES) else []
        if len(found) > 1:
            problem = f"this label is of several codes: {', '.join(found)}"
            raise InputError(problem, file=table.place, row=number, column="codes", expected=UNCLEAR)
        ids.append(found[0] if found else plain)
    return "|".join(ids)


def _replaces(
    annotation: Annotation, earlier: Annotation, table: Table, rows: tuple[int, int], given: Collection[str]
) -> bool:
    """Whether the annotation is a later one of the same answer; InputError where nobody can tell which one stands."""
    if "annotated_at" not in given:
        if _decision(earlier) == _decision(annotation):
            return False
        problem = f"this answer has other codes or another note in row {rows[0]}"
        expected = "One row for each answer and codeframe."
        raise InputError(problem, file=table.place, row=rows[1], column="codes", expected=expected)
    if _moment(annotation) < _moment(earlier) and _decision(annotation) != _decision(earlier):
        problem = f"this answer was coded again later, in row {rows[0]}"
        expected = (
            "Sort the rows by annotated_at, so that a later one replaces an earlier one. "
            "Where a clock went back, delete the row that no longer counts."
        )
        raise InputError(problem, file=table.place, row=rows[1], column="annotated_at", expected=expected)
    return True


def _moment(annotation: Annotation) -> datetime:
    moment = datetime.fromisoformat(annotation.annotated_at)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def by_coder(table: Table, given: str | None) -> dict[str, Table]:
    """The rows of each coder, in lower case: the one that is given, those of the column `coder`, or the file's own.

    Raises InputError where nobody can tell whose codes these are.
    """
    names = table.frame.get("coder", Series("", index=table.frame.index)).str.strip().str.lower()
    own = sorted(set(names) - {""})
    if given is not None or len(own) < 2:
        if len(own) > 1:
            expected = f"Leave --coder out: it holds the codes of {len(own)} people."
            raise InputError("this file has several coders", file=table.place, column="coder", expected=expected)
        return {_coder(table, next(iter(own), None) if given is None else given): table}
    if (names == "").any():
        row = table.row(int(names.index[names == ""][0]))
        expected = "Each row with codes names its coder, as the others do."
        raise InputError("it does not say who coded", file=table.place, row=row, column="coder", expected=expected)
    return {name: table.holding(table.frame[names == name]) for name in own}


def _coder(table: Table, name: str | None) -> str:
    """A worksheet is called after its coder; a browser may have added a number."""
    if name is not None:
        return name
    if called := re.fullmatch(r"worksheet_(.+?)( \(\d+\))?", table.path.stem):
        return called[1]
    raise InputError("it does not say who coded", file=table.place, expected="Give --coder, such as codeur-1.")


def one_each(parts: Iterable[Returned]) -> list[Annotation]:
    """The annotations of several sheets; InputError where two sheets disagree about an answer."""
    seen: dict[AnsweredUnit, tuple[Returned, int]] = {}
    annotations = []
    for part in parts:
        for row, annotation in part.annotations.items():
            other, before = seen.setdefault(annotation.answered, (part, row))
            if other is part:
                annotations.append(annotation)
            elif _decision(other.annotations[before]) != _decision(annotation):
                problem = f"this answer has other codes or another note in {other.place}, row {before}"
                raise InputError(problem, file=part.place, row=row, expected="One row for each answer and codeframe.")
    return annotations


def lacks_streams(table: Table) -> bool:
    """Whether rows lack a stream, in a file that is not a review list."""
    frame = table.frame
    return "suggested" not in frame and not ("stream" in frame and frame["stream"].str.strip().all())


def read_drawn(table: Table, responses: Responses | None) -> set[AnsweredUnit]:
    """The answers in a sample file, also where it has lost its column `stream`."""
    respondents = Respondents.of(responses)
    rows = [uncoded(cells) for _, cells in numbered_rows(in_our_names(table))]
    drawn = [row for row in rows if row.stream.strip() in ("random", "")]
    return {respondents.restore(row, needs_text=False)[0].answered for row in drawn}


def new_of(returned: Iterable[Annotation], known: Iterable[Annotation]) -> list[Annotation]:
    """The annotations that are not among the known ones, whenever those were made."""
    taken = {(annotation.unit, _decision(annotation)) for annotation in known}
    return [annotation for annotation in returned if (annotation.unit, _decision(annotation)) not in taken]


def _decision(annotation: Annotation) -> tuple[object, ...]:
    """What somebody decided about which answer, and why it was put before them."""
    return annotation.codes, annotation.note, lines_of(annotation.text), annotation.stream


def _checked(annotation: Annotation, table: Table, number: int) -> Annotation:
    """The annotation with the version that was meant; InputError for cells that are empty or damaged."""

    def refuse(column: str, problem: str, expected: str) -> InputError:
        return InputError(problem, file=table.place, row=number, column=column, expected=expected)

    if SHORTENED.fullmatch(annotation.respondent_id):
        expected = "In Excel, import the file with this column as text; the cell holds no more than is shown."
        raise refuse("respondent_id", "Excel has shortened this respondent id", expected)
    if not annotation.text.strip():
        expected = "The answer as it was typed, or the id of a respondent whose answer is in the responses."
        raise refuse("text", "the answer is missing", expected)
    version = version_meant(annotation.codebook_version)
    if not VERSION.fullmatch(version):
        raise refuse("codebook_version", "this is not a version", "A version such as 1.2.0, or nothing.")
    try:
        datetime.fromisoformat(annotation.annotated_at)
    except ValueError:
        expected = "A moment such as 2026-03-31T14:30:00Z, or nothing."
        raise refuse("annotated_at", "this is not a moment", expected) from None
    return replace(annotation, codebook_version=version)
