"""The shapes of files with annotations: the names of their columns, and long shape, with one row per code."""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from importlib.resources import files

from pandas import DataFrame, Series

from themawijzer.errors import InputError
from themawijzer.survey.annotations import COLUMNS, Annotation, is_stream
from themawijzer.survey.codebook import NONE_APPLIES
from themawijzer.tables.cells import check_names, plain_label
from themawijzer.tables.table import Table

HEADINGS: dict[str, str] = tomllib.loads(files("themawijzer.survey").joinpath("headings.toml").read_text("utf-8"))
SHAPE = frozenset({"respondent_id", "question", "codeframe"})  # no labelled file has these three
DESCRIBED = [column for column in COLUMNS if column != "codes"]
LONG_COLUMNS = ["coder", *("code" if column == "codes" else column for column in COLUMNS)]
# No column of a code is called so.
OWN = (*COLUMNS, "coder", "survey", "code", "suggested", "reason", "reason_code", "n_annotations", NONE_APPLIES)
# Version 1.2.0, which Dutch Excel takes for a day of the year 2000: in a CSV file, and in a workbook.
VERSION_AS_DATE = (re.compile(r"(?P<major>\d+)-(?P<minor>\d+)-20(?P<patch>\d\d)"),
                   re.compile(r"20(?P<patch>\d\d)-(?P<minor>\d+)-(?P<major>\d+)"))  # fmt: skip


def has_annotation_shape(names: Iterable[str]) -> bool:
    """Whether columns with these names tell which answer and codeframe every row is about."""
    return _own_names(names).keys() >= SHAPE


def lost_columns(names: Collection[str]) -> list[str]:
    """The columns of `SHAPE` that are missing from a file that had them, as its other columns show.

    A row of values in place of the header, known by its stream, shows it too.
    """
    own, is_row = _own_names(names).keys(), any(is_stream(name) for name in names)
    return sorted(SHAPE - own) if is_row or own & {*SHAPE, NONE_APPLIES} else []


def in_our_names(table: Table) -> Table:
    """The table with our columns called as in an annotation file, whatever language and capitals they are in.

    InputError for two that would have the same name.
    """
    own = {name: ours for ours, names in _own_names(table.frame.columns).items() for name in names}
    frame = table.frame.rename(columns=own)
    check_names(list(frame.columns), file=table.path)
    return table.holding(frame)


def _own_names(names: Iterable[str]) -> dict[str, list[str]]:
    """Our names to those that stand for them: a Dutch heading only where there is no column of our own name."""
    plain = {name: plain_label("".join(name.strip().splitlines()[:1])) for name in names}
    found = {ours: [name for name in plain if plain[name] == ours] for ours in OWN}
    dutch = {ours: [name for name in plain if plain[name] == heading] for ours, heading in HEADINGS.items()}
    return {ours: found[ours] or dutch.get(ours, []) for ours in OWN if found[ours] or dutch.get(ours)}


def version_meant(cell: str) -> str:
    """The version of the codebook that a cell holds, also where Excel took it for a date."""
    for pattern in VERSION_AS_DATE:
        if date := pattern.fullmatch(cell.strip()):
            return ".".join(str(int(date[part])) for part in ("major", "minor", "patch"))
    return cell.strip()


def lasting(annotations: Mapping[str, Iterable[Annotation]]) -> list[tuple[dict[str, str], frozenset[str]]]:
    """The cells of every annotation, with its coder and without its codes, and its codes.

    What a coder replaced without a change of time or note is left out: the later row stands.
    """
    rows: dict[tuple[str, ...], frozenset[str]] = {}
    for coder, own in annotations.items():
        for annotation in own:
            key = (coder, *(str(getattr(annotation, column)) for column in DESCRIBED))
            rows.pop(key, None)
            rows[key] = annotation.codes
    return [(dict(zip(("coder", *DESCRIBED), key, strict=True)), codes) for key, codes in rows.items()]


def long_frame(annotations: Mapping[str, Iterable[Annotation]], codeframes: Collection[str]) -> DataFrame:
    """The coders' annotations in these codeframes; an answer to which no code applies has one row with code `geen`."""
    rows = [
        cells | {"code": code}
        for cells, codes in lasting(annotations)
        if cells["codeframe"] in codeframes
        for code in sorted(codes) or [NONE_APPLIES]
    ]
    return DataFrame(rows, columns=LONG_COLUMNS, dtype=str)


def joined_codes(table: Table, *, long: bool | None = None) -> Table:
    """The table with one row, the first, for all that are alike but for their code, and all codes in one cell.

    A later moment is another annotation, which replaces the earlier one; in a `long` file it is not, and the last
    moment stands. Raises InputError where nobody can tell which, and where `geen`, which says that no code applies, is
    one of several.
    """
    frame = table.frame
    columns = [column for column in ("coder", *DESCRIBED) if column in frame]
    if long:
        columns = [column for column in columns if column not in ("annotated_at", "note")]
    elif long is None and not set(LONG_COLUMNS) <= set(frame.columns):  # not as we write it, moment by moment
        _refuse_moments(table)
    alike = frame[columns]
    found: dict[tuple[str, ...], dict[str, int]] = {}
    for row, key, cell in zip(
        frame.index, alike.itertuples(index=False, name=None), frame["code"].str.strip().str.lower(), strict=True
    ):
        found.setdefault(key, {}).setdefault(cell, row)
    for codes in found.values():
        if NONE_APPLIES in codes and len(codes.keys() - {""}) > 1:
            problem = f"{NONE_APPLIES} stands beside a code of the same answer"
            expected = f"{NONE_APPLIES} says that no code applies, and is the only row of its answer, coder and moment."
            raise InputError(
                problem, file=table.place, row=table.row(codes[NONE_APPLIES]), column="code", expected=expected
            )
    first = [min(codes.values()) for codes in found.values()]
    joined = frame.loc[first].assign(codes=["|".join(filter(None, codes)) for codes in found.values()])
    if long:
        rows = frame.groupby(columns, sort=False)
        own = [column for column in ("annotated_at", "note") if column in frame]
        parts = {column: rows[column].agg(_last if column == "annotated_at" else _all) for column in own}
        joined = joined.assign(**{column: cells.tolist() for column, cells in parts.items()})
    return table.holding(joined)


def _last(cells: "Series[str]") -> str:
    return str(cells.iloc[-1])


def _all(cells: "Series[str]") -> str:
    return "; ".join(dict.fromkeys(filter(None, cells.str.strip())))


def _refuse_moments(table: Table) -> None:
    """Raise InputError where an answer has another code at another moment."""
    if "annotated_at" not in table.frame:
        return
    first: dict[tuple[str, ...], tuple[int, str, str]] = {}
    own = [column for column in ("coder", *sorted(SHAPE), "text") if column in table.frame]
    cells = (table.frame[column].str.strip() for column in (*own, "code", "annotated_at"))
    for row, (*key, code, moment) in enumerate(zip(*cells, strict=True), start=2):
        before, of, at = first.setdefault(tuple(key), (row, code, moment))
        if code and of != code and at != moment:
            problem = f"this answer has another code at another moment in row {before}"
            expected = "Give --long where both are codes of the answer, or --no-long where the later one replaces it."
            raise InputError(problem, file=table.place, row=row, column="annotated_at", expected=expected)
