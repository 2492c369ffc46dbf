"""How many rows the header of a table has, as survey tools write one to three; a respondent is never taken for one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from themawijzer.errors import InputError
from themawijzer.tables.cells import letter, saying

SAMPLE_ROWS = 200  # by which the header is told from respondents
_MIN_ROWS = 3  # below a doubtful row, to know what a column holds
_SIGNS_ALONE = 4  # that make the second row doubtful where no column has numbers, moments or ids
_IMPORT_ID = re.compile(r"""\{\s*["']ImportId["']\s*:.*\}\s*""", re.DOTALL)  # Qualtrics
_QUALTRICS = {"StartDate", "EndDate", "IPAddress", "RecordedDate", "ResponseId", "ResponseID", "UserLanguage"}
# SurveyMonkey, below a question without parts.
_NO_PARTS = {"response", "open-ended response", "open-ended comment", "open antwoord", "antwoord", "respons"}
# LimeSurvey's own columns; its VV export has codes below texts.
_LIMESURVEY = {"submitdate", "lastpage", "startlanguage", "startdate", "datestamp", "ipaddr", "refurl", "token"}
_MOMENTS = {"submitdate", "startdate", "datestamp"}
_CODE_AND_TEXT = re.compile(r"([A-Za-z]\w*(?:\[\w+\])*)\. (?=\S)")  # LimeSurvey's headings in one row
_REDCAP = "Complete?"  # below each form of a label export
_VALUE = re.compile(r"[-+]?[0-9][0-9.,%]*|[0-9][0-9\s:./T+,-]*(Z|[AaPp][Mm])?")  # a number, or a date or time
_NAME_OF_IDS = re.compile(r"(?i)\b(id|nr|no|code)\b|nummer|number|respondent|record")
_DIGITS = re.compile(r"[0-9]")

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Header:
    """The names of the columns, the rows that these take, and by name what it says more: texts of questions."""

    n_rows: int
    names: list[str]
    texts: dict[str, str] = field(default_factory=dict)


def find_header(rows: Rows, *, wanted: int | None, file: Path) -> Header:
    """The header of a table of which `rows` are the first, all of the same width; `wanted` replaces detection.

    Raises InputError where the second row may be header or respondent, where a respondent would be lost, and for a
    header without end.
    """
    n_rows = wanted or _count(rows, file)
    if n_rows > len(rows):
        problem = f"there are no {n_rows} rows for the header: the file has {len(rows)}"
        raise InputError(problem, file=file, expected=f"The number of rows that name columns: {saying('header_rows')}.")
    if wanted:
        _refuse_to_lose(rows, n_rows, file)
    if n_rows == 1:
        return _one_row(list(rows[0]) if rows else [])
    first, *more = rows[:n_rows]
    if _has_codes(more[0]) and not _has_codes(first):
        first, more[0] = more[0], first
    names = _filled_up(first, more[0])
    texts = {name: text for place, name in enumerate(names) if (text := _text(place, first, more)) not in ("", name)}
    return Header(n_rows=n_rows, names=names, texts=texts)


def _refuse_to_lose(rows: Rows, n_rows: int, file: Path) -> None:
    """Raise InputError where a row of a header that somebody gave has an id as respondents have it."""
    for place, cells in enumerate(zip(*rows[n_rows:], strict=True)):
        if len(cells) < _MIN_ROWS or not _are_ids(cells):
            continue
        for number, row in enumerate(rows[1:n_rows], start=2):
            if row[place] not in cells and _shape(row[place]) in set(map(_shape, cells)):
                problem = f"this row looks like a respondent, but {n_rows} rows are said to name the columns"
                expected = f"Say how many do: {saying('header_rows')}."
                column = letter(place + 1)
                raise InputError(problem, file=file, row=number, column=column, expected=expected)


def _count(rows: Rows, file: Path) -> int:
    for n_rows in (2, 3):
        if len(rows) >= n_rows and _has_import_ids(rows[n_rows - 1]):
            return n_rows
    if len(rows) < 3:
        return 1
    if _is_below_questions(rows) or _repeats_names(rows) or _is_of_limesurvey(rows):
        return 2
    verdict, column = _judge(rows)
    if verdict is None:
        problem = "this row may belong to the header, or be a respondent whose cells are unlike those below"
        expected = f"Say how many rows the header has, 1 or 2: {saying('header_rows')}."
        raise InputError(problem, file=file, row=2, column=letter(column + 1), expected=expected)
    return 2 if verdict else 1


def _has_import_ids(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell.strip()]
    return sum(_IMPORT_ID.fullmatch(cell.strip()) is not None for cell in filled) * 2 > len(filled)


def _is_below_questions(rows: Rows) -> bool:
    """Whether the second row has parts of questions, and nothing where all others have something of their own."""
    first, second, *others = rows
    columns = [[row[place].strip() for row in others] for place in range(len(first))]
    nobody = [
        bool(name.strip()) and not part.strip() and all(cells) and len(set(cells)) == len(cells)
        for name, part, cells in zip(first, second, columns, strict=True)
    ]
    has_parts = any(part.strip().casefold() in _NO_PARTS for part in second)
    continues = any(part.strip() and not name.strip() for name, part in zip(first, second, strict=True))
    return (nobody[0] and has_parts) or (any(nobody) and continues)


def _repeats_names(rows: Rows) -> bool:
    """Whether the second row has Qualtrics' own names in words, as "Start Date" below StartDate."""
    pairs = [(name, cell) for name, cell in zip(*rows[:2], strict=True) if name in _QUALTRICS and name != cell]
    return sum(_letters(name) == _letters(cell) for name, cell in pairs) > 1


def _is_of_limesurvey(rows: Rows) -> bool:
    """Whether one of two rows has LimeSurvey's codes, and the other texts where respondents have moments."""
    if _has_codes(rows[1]):
        return not _has_codes(rows[0])
    moments = [cell for name, cell in zip(*rows[:2], strict=True) if name in _MOMENTS and cell.strip()]
    return _has_codes(rows[0]) and bool(moments) and not any(map(_DIGITS.search, moments))


def _judge(rows: Rows) -> tuple[bool | None, int]:
    """Whether the second row belongs to the header; None where that is doubtful, by the column with that place.

    What speaks for it are words above nothing but numbers, moments or ids, which one respondent in a thousand may have
    too, and a cell that holds the name of its column or asks a question, where answers do not.
    """
    first, second, *others = rows
    words, n_echoes, n_questions, unlike = list[str](), 0, 0, list[int]()
    for place, (name, cell) in enumerate(zip(first, map(str.strip, second), strict=True)):
        cells = [row[place].strip() for row in others if row[place].strip()]
        n_echoes += _echoes(name, cell) and not any(_echoes(name, other) for other in cells)
        n_questions += _is_question(cell, cells)
        is_word = len(cell.split()) == 1 and not _DIGITS.search(cell)
        if len(cells) < _MIN_ROWS or not (_are_values(cells) or (_are_ids(cells) and not is_word)):
            continue  # an id of letters only may be one by chance
        if not any(map(str.isalpha, cell)) or (len(cell.split()) == 1 and not is_word):
            return False, place  # what a respondent has there, or left empty
        words.append(cell)
        if len(set(cells)) == len(others):
            unlike.append(place)
    n_signs = n_echoes + n_questions
    if not unlike:
        return (None if not words and n_questions > 1 and n_signs >= _SIGNS_ALONE else False), 0
    is_sure = len(set(words)) > 1 and n_signs > 1 and all(map(str.strip, second))
    names_ids = any(_NAME_OF_IDS.search(second[place]) for place in unlike)
    return (True if is_sure and names_ids else None), unlike[0]


def _are_values(cells: Sequence[str]) -> bool:
    return all(_VALUE.fullmatch(cell) for cell in cells)


def _are_ids(cells: Sequence[str]) -> bool:
    return len(set(cells)) == len(cells) and all(_DIGITS.search(cell) and len(cell.split()) == 1 for cell in cells)


def _shape(cell: str) -> str:
    """The cell with 9 for digits and a for letters: ids of one kind have few shapes."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"[0-9]+", "9", cell))


def _echoes(name: str, cell: str) -> bool:
    plain_name, plain_cell = _letters(name), _letters(cell)
    return len(plain_name) > 2 and plain_name in plain_cell


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _is_question(cell: str, others: Sequence[str]) -> bool:
    return cell.endswith("?") and sum(other.endswith("?") for other in others) * 10 < len(others)


def _has_codes(row: Sequence[str]) -> bool:
    return len(_LIMESURVEY.intersection(row)) > 1


def _filled_up(first: Sequence[str], parts: Sequence[str]) -> list[str]:
    """The names in the first row, and where that is empty, as below a question with parts, one made of both."""
    names, question = list[str](), ""
    for name, part in zip(first, parts, strict=True):
        question = name.strip() or question
        names.append(name if name.strip() else ": ".join(filter(None, [question, part.strip()])))
    return with_letters(names)


def with_letters(names: Sequence[str]) -> list[str]:
    """The names, those that several columns have with the letter of the column in brackets."""
    return [
        f"{name} ({letter(place)})" if names.count(name) > 1 and name.strip() else name
        for place, name in enumerate(names, start=1)
    ]


def _text(place: int, first: Sequence[str], more: Rows) -> str:
    """What the rows below the first say of the column; nothing where its name says that already."""
    question = first[place].strip()
    below = [" ".join(row[place].split()) for row in more if not _IMPORT_ID.fullmatch(row[place].strip())]
    text = next((text for text in below if text and text.casefold() not in _NO_PARTS), "")
    has_parts = place + 1 < len(first) and not first[place + 1].strip()
    if not question or not text:
        return ""
    return f"{question}: {text}" if has_parts else text


def _one_row(names: list[str]) -> Header:
    """Of a header in one row, with what LimeSurvey and REDCap write there."""
    found = [_CODE_AND_TEXT.match(name) for name in names]
    if _has_codes([match[1] for match in found if match]):
        texts = {name: name[match.end() :] for name, match in zip(names, found, strict=True) if match}
        return Header(n_rows=1, names=names, texts=texts)
    return Header(n_rows=1, names=with_letters(names) if names.count(_REDCAP) > 1 else names)
