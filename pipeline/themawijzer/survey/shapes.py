"""The shapes of files with annotations: the names of their columns, and long shape, with one row per code."""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from importlib.resources import files

from pandas import DataFrame

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
OWN = (*COLUMNS, "coder", "survey", "code", "suggested", "reason", "reason_code", NONE_APPLIES)
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
            problem = f"{NONE_APPLIES} stands beside a code of the same answer"
            expected = f"{NONE_APPLIES} says that no code applies, and is the only row of its answer, coder and moment."
            raise InputError(problem, file=table.place, row=codes[NONE_APPLIES] + 2, column="code", expected=expected)
    first = [min(codes.values()) for codes in found.values()]
    joined = ["|".join(filter(None, codes)) for codes in found.values()]
    return table.holding(frame.loc[first].assign(codes=joined))
