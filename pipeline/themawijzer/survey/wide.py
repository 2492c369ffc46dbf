"""Annotations in wide shape: one row per coder, answer and codeframe, with one column per code."""

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from themawijzer.errors import InputError, named
from themawijzer.survey.annotations import Annotation
from themawijzer.survey.changes import Changes
from themawijzer.survey.codebook import NONE_APPLIES, Codebook, Codeframe
from themawijzer.survey.known_labels import UNCLEAR, KnownLabels, known_labels
from themawijzer.survey.shapes import OWN, lasting, version_meant
from themawijzer.tables.table import Table

YES = ("1", "ja", "j", "x", "true", "waar")
NO = ("0", "nee", "n", "", "false", "onwaar")
GIVEN = dict.fromkeys(YES, True) | dict.fromkeys(NO, False)
BEFORE, AFTER = (
    ["coder", "respondent_id", "question", "codeframe", "text"],
    ["annotated_at", "codebook_version", "stream", "note"],
)

Columns = Mapping[str, Mapping[str, str]]  # by codeframe, the column of each code


def wide_frame(annotations: Mapping[str, Iterable[Annotation]], codeframes: Sequence[Codeframe]) -> DataFrame:
    """The coders' annotations in these codeframes: 0 or 1 for each code, and for `geen`, which says that none applies.

    A column is called `codeframe.code`; it is empty in rows about another codeframe.
    """
    given = lasting(annotations)
    ids = {codeframe.id: [*codeframe.code_ids, *_retired(given, codeframe)] for codeframe in codeframes}
    rows = [
        cells
        | {_name(codeframe, code): str(int(code in codes)) for code in ids[codeframe]}
        | {NONE_APPLIES: str(int(not codes))}
        for cells, codes in given
        if (codeframe := cells["codeframe"]) in ids
    ]
    marks = [_name(codeframe, code) for codeframe, codes in ids.items() for code in codes]
    return DataFrame(rows, columns=[*BEFORE, *marks, NONE_APPLIES, *AFTER], dtype=str).fillna("")


def _retired(given: Iterable[tuple[Mapping[str, str], frozenset[str]]], codeframe: Codeframe) -> list[str]:
    """The codes that were given in the codeframe and are no longer in it."""
    own = (codes for cells, codes in given if cells["codeframe"] == codeframe.id)
    return sorted(frozenset().union(*own) - {*codeframe.code_ids})


def _name(codeframe: str, code: str) -> str:
    return f"{codeframe}.{code}"


def codes_in_wide(table: Table, codebook: Codebook, changes: Changes) -> list[str]:
    """The codes of every row, as a cell of an annotation file holds them; "" where the row was left open.

    A column of a code is called by the code's id, with or without the codeframe before it or a label, or by a label
    that `KnownLabels` finds. Raises InputError for an unknown column that holds something, for a code that has no
    column in a row of this version of the codebook, for what is neither yes nor no, and for `geen` beside a code.
    """
    columns = _code_columns(table, changes.with_retired(codebook), known_labels(codebook, changes))
    names = list(dict.fromkeys(name for own in columns.values() for name in own.values()))
    marked = np.array([_is_marked(table, name) for name in names], dtype=bool).reshape(len(names), -1).T
    none_applies = _is_marked(table, NONE_APPLIES)
    _refuse_both(table, marked, none_applies)
    codes = {codeframe: {name: code for code, name in own.items()} for codeframe, own in columns.items()}
    cells = [NONE_APPLIES if none else "" for none in none_applies]
    for row in np.flatnonzero(marked.any(axis=1)).tolist():
        given = [names[place] for place in np.flatnonzero(marked[row])]
        cells[row] = "|".join(_row_codes(table, row, given, codes))
    _require_all(table, columns, codebook, [bool(cell) for cell in cells])
    return cells


def _row_codes(table: Table, row: int, given: Sequence[str], codes: Mapping[str, Mapping[str, str]]) -> list[str]:
    codeframe = table.frame["codeframe"].iloc[row].strip()
    own = codes.get(codeframe)
    if own is None:  # whoever reads the row says what is wrong with it
        return ["?"]
    if strangers := [name for name in given if name not in own]:
        problem = f"this code is not one of codeframe {codeframe}, which the row is about"
        raise _refusal(table, problem, row, strangers[0], f"Codes of {codeframe}: {', '.join(own.values())}.")
    return [own[name] for name in given]


def _code_columns(table: Table, codebook: Codebook, known: Mapping[str, KnownLabels]) -> Columns:
    present = set(table.frame["codeframe"].str.strip())
    codeframes = [codeframe for codeframe in codebook.codeframes if codeframe.id in present] or codebook.codeframes
    columns: dict[str, dict[str, str]] = {codeframe.id: {} for codeframe in codeframes}
    for name in table.frame.columns.drop(list(OWN), errors="ignore"):
        meant = {codeframe.id: codes for codeframe in codeframes if (codes := _codes_called(name, known[codeframe.id]))}
        found = {codeframe_id: codes[0] for codeframe_id, codes in meant.items()}
        if not found and table.frame[name].str.strip().any():
            raise _unknown(table, name, codeframes)
        for codeframe_id, code in found.items():
            if len(meant[codeframe_id]) > 1:
                problem = f"this label is of several codes of {codeframe_id}: {', '.join(meant[codeframe_id])}"
                raise InputError(problem, file=table.place, row=1, column=_place(table, name), expected=UNCLEAR)
            if other := columns[codeframe_id].get(code):
                problem = f"columns {_number(table, other)} and {_number(table, name)} are of the same code, {code}"
                raise InputError(problem, file=table.place, row=1, expected="One column for each code.")
            columns[codeframe_id][code] = name
    return columns


def _number(table: Table, name: str) -> int:
    return list(table.frame.columns).index(name) + 1


def _codes_called(name: str, known: KnownLabels) -> list[str]:
    """The codes that a column can be called by: `codeframe.id`, `id`, a label, `Label (id)`, or an earlier label."""
    plain = _plain(name)
    in_brackets = re.fullmatch(r".*\(([a-z0-9_]+)\)", plain)
    own_id = plain.removeprefix(f"{known.codeframe.id}.")
    if own_id in known.ids:
        return [own_id]
    if found := known.now(name):
        return found
    return [in_brackets[1]] if in_brackets and in_brackets[1] in known.ids else known.before(name)


def _plain(name: str) -> str:
    return " ".join(name.lower().split())


def _unknown(table: Table, name: str, codeframes: Sequence[Codeframe]) -> InputError:
    known = ", ".join(
        _name(codeframe.id, code) if len(codeframes) > 1 else code
        for codeframe in codeframes
        for code in codeframe.code_ids
    )
    several = "this column is no code of the codebook"
    problem = (codeframes[0].unknown([_plain(name)]) or several) if len(codeframes) == 1 else several
    expected = f"Known codes: {known}. What else there is to say goes in the column `note` (opmerking)."
    return InputError(problem, file=table.place, row=1, column=_place(table, name), expected=expected)


def _is_marked(table: Table, name: str) -> NDArray[np.bool_]:
    cells = table.frame[name].str.strip().str.lower()
    strange = ~cells.isin(list(GIVEN)).to_numpy(dtype=bool)
    if strange.any():
        expected = "x, 1, ja or WAAR for yes; nothing, 0, nee or ONWAAR for no."
        raise _refusal(table, "this says neither yes nor no", int(strange.argmax()), name, expected)
    return cells.isin(list(YES)).to_numpy(dtype=bool)


def _refuse_both(table: Table, marked: NDArray[np.bool_], none_applies: NDArray[np.bool_]) -> None:
    both = none_applies & marked.any(axis=1)
    if both.any():
        expected = f"{NONE_APPLIES} says that no code applies: take away either that or the codes."
        raise _refusal(table, f"{NONE_APPLIES} stands beside a code", int(both.argmax()), NONE_APPLIES, expected)


def _require_all(table: Table, columns: Columns, codebook: Codebook, is_filled: Sequence[bool]) -> None:
    """Refuse a file without a column for a code of this version: who did not see a code did not say no to it."""
    filled = table.frame[is_filled].reindex(columns=["codeframe", "codebook_version"], fill_value="")
    is_current = filled["codebook_version"].map(version_meant).isin(["", codebook.version])
    current = set(filled["codeframe"][is_current].str.strip())
    for codeframe_id in (column for column in columns if column in current):
        missing = [code for code in codebook.codeframe(codeframe_id).code_ids if code not in columns[codeframe_id]]
        if missing:
            problem = f"there is no column for code {missing[0]} of codeframe {codeframe_id}"
            expected = "Without it nobody can tell whether the coder would have given that code; put it back."
            raise InputError(problem, file=table.place, row=1, expected=expected)


def _refusal(table: Table, problem: str, row: int, name: str, expected: str) -> InputError:
    number = table.row(int(table.frame.index[row]))
    return InputError(problem, file=table.place, row=number, column=_place(table, name), expected=expected)


def _place(table: Table, name: str) -> str:
    """How to find the column: by its code or name, else by its number."""
    in_brackets = re.fullmatch(r"(?s).*\(([a-z0-9_]+)\)\s*", name)
    return in_brackets[1] if in_brackets else named(name).strip() or str(_number(table, name))
