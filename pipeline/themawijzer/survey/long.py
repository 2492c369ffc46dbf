"""Annotations in long shape: one row per coder, answer, codeframe and code."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from pandas import DataFrame

from themawijzer.errors import InputError
from themawijzer.survey.annotations import Annotation
from themawijzer.survey.codebook import NONE_APPLIES
from themawijzer.survey.shapes import DESCRIBED, lasting
from themawijzer.tables.table import Table

COLUMNS = [
    "coder", "respondent_id", "question", "codeframe", "code", "text", "annotated_at", "codebook_version", "stream",
    "note",
]  # fmt: skip


def long_frame(annotations: Mapping[str, Iterable[Annotation]], codeframes: Collection[str]) -> DataFrame:
    """The coders' annotations in these codeframes; an answer to which no code applies has one row with code `geen`."""
    rows = [
        cells | {"code": code}
        for cells, codes in lasting(annotations)
        if cells["codeframe"] in codeframes
        for code in sorted(codes) or [NONE_APPLIES]
    ]
    return DataFrame(rows, columns=COLUMNS, dtype=str)


def joined_codes(table: Table) -> Table:
    """The table with one row, the first, for all that are alike but for their code, and all codes in one cell.

    Raises InputError where `geen`, which says that no code applies, is one of several.
    """
    frame = table.frame
    alike = frame[[column for column in ("coder", *DESCRIBED) if column in frame]]
    found: dict[tuple[str, ...], dict[str, int]] = {}
    for row, key, cell in zip(
        frame.index, alike.itertuples(index=False, name=None), frame["code"].str.strip().str.lower(), strict=True
    ):
        found.setdefault(key, {}).setdefault(cell, row)
    for codes in found.values():
        if NONE_APPLIES in codes and len(codes.keys() - {""}) > 1:
            _refuse_both(table, codes[NONE_APPLIES])
    first = [min(codes.values()) for codes in found.values()]
    joined = ["|".join(filter(None, codes)) for codes in found.values()]
    return replace(table, frame=frame.loc[first].assign(codes=joined))


def _refuse_both(table: Table, row: int) -> None:
    problem = f"{NONE_APPLIES} stands beside a code of the same answer"
    expected = f"{NONE_APPLIES} says that no code applies, and is the only row of its answer, coder and moment."
    raise InputError(problem, file=table.place, row=row + 2, column="code", expected=expected)
