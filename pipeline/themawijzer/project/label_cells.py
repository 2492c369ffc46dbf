"""The labels in the cells of a labelled file: joined by a mark, as lists, or spread over several columns."""

import ast
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from themawijzer.errors import InputError
from themawijzer.project.code_columns import NOT_DECIDED
from themawijzer.survey.codebook import whole_number
from themawijzer.survey.known_labels import UNCLEAR, KnownLabels
from themawijzer.survey.missing import declared_missing
from themawijzer.tables.cells import plain_label
from themawijzer.tables.described import label_texts
from themawijzer.tables.table import Table

SEPARATOR = "|"
# Between labels that stand alone in other cells these join; labels themselves hold the last three too.
JOINING = ("\n", "\t", "#", ";", " + ", ",")
ASKED_ABOUT = ("/", " & ", " en ")
OFTEN_SEPARATORS = frozenset({";", ",", "/"})  # asked about also where no cell tells
IN_LABELS = frozenset({" + ", ","})
TYPED = {"\n": r"\n", "\t": r"\t"}  # as an option can be typed
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_LIST = re.compile(r"\[.*\]|\{.*\}|c\(.*\)|character\(0\)", re.DOTALL)
_WITHOUT_COMMA = re.compile(r"""['"]\s+['"]""")  # ['Spoor' 'Fiets'] of NumPy, which Python reads as one label
_FLOAT = re.compile(r"(\d+)\.0")

Cells = dict[str, list[str]]  # by column
Labels = Mapping[str, list[str] | None]  # by cell; None says nothing, as an empty cell does


@dataclass(frozen=True)
class LabelCells:
    """The labels of every row, None where no cell has any; `joined_by` is what was recognized between them.

    `values` has the numbers that an SPSS file has for its labels.
    """

    labels: list[list[str] | None]
    joined_by: str | None = None
    values: dict[str, int] = field(default_factory=dict)


def read_label_cells(
    table: Table,
    columns: Sequence[str],
    separator: str | None,
    known: KnownLabels,
    *,
    empty_means_none: bool = False,
    missing: Collection[str] = (),
) -> LabelCells:
    """The labels in the columns; a value with a label has that label, which is never split.

    Values that the survey declares `missing` are no labels. An empty row has none where it `empty_means_none`; one with
    NA does not.
    Raises InputError, with row and column, where nobody can tell what stands between labels.
    """
    words = {column: label_texts(table.about(column)) for column in columns}
    cells = _without_floats({column: _filled_in(table, column, known, missing) for column in columns})
    texts = {column: own for column, own in cells.items() if not words[column]}
    labels, joined_by = _labels_of(table, texts, separator, known)
    of_values = {
        column: {cell: [words[column].get(cell, cell)] for cell in own if cell.strip()}
        for column, own in cells.items()
        if words[column]
    }
    read = [[of_values.get(column, labels).get(cell) for cell in own] for column, own in cells.items()]
    rows = [_union(row) for row in zip(*read, strict=True)]
    if empty_means_none:
        undecided = {
            row
            for column, own in cells.items()
            for row, (given, cell) in enumerate(zip(table.frame[column], own, strict=True))
            if given.strip() and not cell
        }
        rows = [[] if own is None and row not in undecided else own for row, own in enumerate(rows)]
    return LabelCells(
        labels=rows,
        joined_by=joined_by,
        values={
            label: number for own in words.values() for cell, label in own.items() if (number := whole_number(cell))
        },
    )


def more_label_columns(table: Table, columns: Sequence[str], own: Iterable[str | None]) -> list[str]:
    """Columns called as one of these but for a number, with a cell that is also in one of them."""
    given = {cell for column in columns for cell in table.frame[column]} - {""}
    stems = {_stem(column) for column in columns}
    others = [name for name in table.frame.columns if name not in {*own, *columns} and _stem(name) in stems]
    return [name for name in others if not given.isdisjoint(table.frame[name])]


def numbered_label_columns(table: Table, own: Iterable[str | None]) -> list[str]:
    """Columns called alike but for a number, which share a word: they look like labels."""
    names = [name for name in table.frame.columns if name not in {*own} and _stem(name) != name]
    words = {name: {cell for cell in table.frame[name] if any(map(str.isalpha, cell))} for name in names}
    return [
        name
        for name in names
        if any(_stem(other) == _stem(name) and words[other] & words[name] for other in names if other != name)
    ]


def _stem(name: str) -> str:
    return re.sub(r"[\s_.-]*\d+$", "", name)


def _filled_in(table: Table, column: str, known: KnownLabels, others: Collection[str]) -> list[str]:
    """The cells, empty where nobody coded the answer."""
    missing = declared_missing(table, column, others)
    empty = {
        cell
        for cell in table.frame[column].unique()
        if cell in missing or (cell.strip().lower() in NOT_DECIDED and not known.find(cell))
    }
    return ["" if cell in empty else cell for cell in table.frame[column]]


def _without_floats(cells: Cells) -> Cells:
    """Numbers without the decimals that other programs write beside missing values, where all have them or none."""
    filled = {cell for own in cells.values() for cell in own if cell.strip()}
    if not all(_FLOAT.fullmatch(cell) or cell.isdecimal() for cell in filled):
        return cells
    return {column: [_FLOAT.sub(r"\1", cell) for cell in own] for column, own in cells.items()}


def _union(row: Iterable[list[str] | None]) -> list[str] | None:
    given = [labels for labels in row if labels is not None]
    return list(dict.fromkeys(label for labels in given for label in labels)) if given else None


def _labels_of(table: Table, cells: Cells, separator: str | None, known: KnownLabels) -> tuple[Labels, str | None]:
    """The labels of every cell, and the separator that was recognized."""
    found = list(dict.fromkeys(cell for own in cells.values() for cell in own if cell.strip()))
    place = _Places(table, cells)
    if lists := _lists(found, separator, place):
        return lists, None
    if separator is not None:
        given = {typed: mark for mark, typed in TYPED.items()}.get(separator, separator)
        return {cell: _split(cell, given, known, place) or None for cell in found}, None
    if any(SEPARATOR in cell for cell in found):
        labels = {cell: _split(cell, SEPARATOR, known, place) for cell in found}
        _refuse_second_mark(labels, known, place)
        return {cell: own or None for cell, own in labels.items()}, None
    return _recognized(found, known, place, are_whole=len(cells) > 1)


@dataclass(frozen=True)
class _Places:
    table: Table
    cells: Cells

    def error(self, problem: str, cell: str, expected: str) -> InputError:
        """About the first of these cells."""
        row, column = min((own.index(cell), column) for column, own in self.cells.items() if cell in own)
        return InputError(problem, file=self.table.path, row=row + 2, column=column, expected=expected)


def _lists(cells: Sequence[str], separator: str | None, place: _Places) -> Labels:
    """The labels of cells that are lists; none where there are no lists."""
    lists = {cell: labels for cell in cells if (labels := _list_of(cell)) is not None}
    looking = [cell for cell in cells if cell not in lists and _looks_like_list(cell)]
    bare = [cell for cell in cells if cell not in lists and cell not in looking]
    are_choices = all(cell.lstrip().startswith("{") for cell in lists)  # Label Studio writes one choice alone
    if looking and separator is None:
        expected = 'A list such as ["Spoor", "Fiets"], or labels joined by |; --separator "|" where it is one label.'
        raise place.error("this looks like a list, but not of labels in quotation marks", looking[0], expected)
    if lists and separator is not None:
        raise place.error("these cells are lists, which need no separator", next(iter(lists)), "Leave --separator out.")
    if lists and bare and not are_choices:
        expected = "Write all of them as lists, or all as labels joined by |."
        raise place.error("other cells are lists of labels, and this one is not", bare[0], expected)
    return lists | {cell: [cell.strip()] for cell in bare} if lists else {}


def _looks_like_list(cell: str) -> bool:
    inner = cell.strip()[1:-1]
    return bool(_LIST.fullmatch(cell.strip())) and (not inner or any(sign in inner for sign in ",'\"{["))


def _list_of(cell: str) -> list[str] | None:
    """The labels of a list as JSON, Python, R or Label Studio writes it; None for any other cell."""
    text = cell.strip()
    if not _LIST.fullmatch(text) or _WITHOUT_COMMA.search(text):
        return None
    if text.startswith("c"):
        text = f"[{text[2:-1]}]" if text.startswith("c(") else "[]"
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, dict) and found.keys() == {"choices"}:
            found = found["choices"]
        if isinstance(found, list | set) and all(isinstance(label, str | int) for label in found):
            return [label for given in found if (label := str(given).strip())]
    return None


def _split(cell: str, separator: str, known: KnownLabels, place: _Places) -> list[str]:
    """The labels between the separators; one in quotation marks or of the codebook stays whole where it holds them."""
    pieces, labels = _pieces(cell, separator), list[str]()
    while pieces:
        joins = {n: _joined(pieces[:n], separator, known) for n in range(len(pieces), 1, -1)}
        n = next((n for n, label in joins.items() if known.find(label)), 1)
        if n > 1 and all(known.find(piece) for piece in pieces[:n]):
            problem = "this holds a label with the separator in it, of which the parts are labels too"
            raise place.error(problem, cell, UNCLEAR)
        labels.append(joins.get(n, pieces[0]))
        pieces = pieces[n:]
    return [label for given in labels if (label := _unquoted(given))]


def _joined(pieces: Sequence[str], separator: str, known: KnownLabels) -> str:
    """The text of the pieces, with a blank behind the separator where the codebook has it so."""
    text, spaced = separator.join(pieces), f"{separator.strip()} ".join(map(str.strip, pieces))
    return spaced if known.find(spaced) else text


def _pieces(cell: str, mark: str) -> list[str]:
    """What stands between the marks; those in quotation marks do not count."""
    if '"' not in cell or cell.count('"') % 2:  # such as in a 27" screen
        return cell.split(mark)
    return re.split(rf'{re.escape(mark)}(?=(?:[^"]*"[^"]*")*[^"]*$)', cell)


def _unquoted(label: str) -> str:
    quoted = _QUOTED.fullmatch(label.strip())
    return (quoted[1].replace('""', '"') if quoted else label).strip()


@dataclass(frozen=True)
class _Mark:
    """What a mark does in the cells that hold it: it joins labels of other cells in some, and may do so in others."""

    mark: str
    holding: list[str]
    joins: dict[str, list[str]]
    may_join: list[str]

    @property
    def is_sure(self) -> bool:
        return (
            self.mark in JOINING
            and bool(self.joins)
            and not self.may_join
            and (self.mark in IN_LABELS or len(self.joins) == len(self.holding))
        )

    @property
    def is_asked_about(self) -> bool:
        return bool(self.joins or self.may_join)


def _marks(cells: Sequence[str], known: KnownLabels) -> list[_Mark]:
    plain = cache(lambda text: plain_label(_unquoted(text)))
    found = []
    for mark in dict.fromkeys((*JOINING, *ASKED_ABOUT, *_other_marks(cells))):
        split = {cell: _pieces(cell, mark) for cell in cells if mark in cell and plain(cell) not in known.plain_labels}
        pieces = {cell: [piece for piece in own if plain(piece)] for cell, own in split.items() if len(own) > 1}
        keys = {cell: tuple(map(plain, own)) for cell, own in pieces.items()}
        labels = {key if len(key := keys.get(cell, ())) > 1 else (plain(cell),) for cell in cells}
        labels |= {tuple(map(plain, _pieces(label, mark))) for label in known.plain_labels}
        starts = {key[:n] for key in labels for n in range(1, len(key) + 1)}
        made = {cell: _parts(own, keys[cell], labels, starts) for cell, own in pieces.items()}
        joins = {cell: [_unquoted(mark.join(part)) for part in parts] for cell, parts in made.items() if len(parts) > 1}
        rest = [cell for cell in pieces if cell not in joins]
        n_cells = Counter(piece for key in keys.values() for piece in {*key})
        may_join = [
            cell
            for cell in rest
            if mark in JOINING
            and any((key,) in labels or (mark not in IN_LABELS and n_cells[key] > 1) for key in keys[cell])
        ]
        found.append(_Mark(mark, list(pieces), joins, may_join))
    return found


def _other_marks(cells: Sequence[str]) -> list[str]:
    """Other signs, and blanks, of which both sides are other cells."""
    whole = {*cells}
    return [
        sign[0]
        for cell in cells
        for sign in re.finditer(r"\W+", cell)
        if cell[: sign.start()] in whole and cell[sign.end() :] in whole and _is_other(sign[0])
    ]


def _is_other(sign: str) -> bool:
    return not any(mark.strip() in sign if mark.strip() else mark in sign for mark in (*JOINING, *ASKED_ABOUT))


def _parts(
    pieces: Sequence[str],
    key: tuple[str, ...],
    labels: Collection[tuple[str, ...]],
    starts: Collection[tuple[str, ...]],
) -> list[Sequence[str]]:
    """The pieces of each label that they are made of, as few as possible; none where they are not made of labels.

    `key` has the pieces as labels are compared, as `labels` and their `starts` have them.
    """
    tails: dict[int, list[Sequence[str]]] = {len(pieces): []}
    for start in reversed(range(len(pieces))):
        for stop in range(start + 1, len(pieces) + 1):
            part = key[start:stop]
            if part not in starts:
                break
            if stop in tails and part in labels and part != key:
                tails[start] = [pieces[start:stop], *tails[stop]]
                break
    return tails.get(0, [])


def _recognized(
    cells: Sequence[str], known: KnownLabels, place: _Places, *, are_whole: bool
) -> tuple[Labels, str | None]:
    """The labels of cells without a bar, and the one mark that joins labels of other cells, if any does.

    Raises InputError where a mark may join labels; with several columns, in which `are_whole`, only where others tell.
    """
    marks = _marks(cells, known)
    sure = [mark for mark in marks if mark.is_sure]
    asked = [mark for mark in marks if mark.is_asked_about]
    if len(sure) == 1 and asked == sure:
        return {cell: sure[0].joins.get(cell, [_unquoted(cell)]) for cell in cells}, sure[0].mark
    if not asked and not are_whole:
        asked = [mark for mark in marks if mark.mark in OFTEN_SEPARATORS and mark.holding]
    if asked:
        raise _unclear_mark(asked, cells, place)
    return {cell: [_unquoted(cell)] for cell in cells}, None


def _unclear_mark(asked: Sequence[_Mark], cells: Sequence[str], place: _Places) -> InputError:
    n_cells = Counter(cell for own in place.cells.values() for cell in own)
    holding = {mark.mark: dict.fromkeys(mark.holding) for mark in asked}
    by_mark = Counter[str]()
    for cell in cells:
        by_mark.update({mark: n_cells[cell] for mark, own in holding.items() if cell in own})
    likely = by_mark.most_common(1)[0][0]
    shown = {"\n": "a line end", "\t": "a tab"}
    problem = f"no cell holds the separator |, but some hold {' and '.join(shown.get(mark, mark) for mark in by_mark)}"
    expected = f'Give what stands between labels, such as --separator "{TYPED.get(likely, likely)}"; --separator '
    expected += f'"{SEPARATOR}" where such a cell is one label.'
    return place.error(problem, next(iter(holding[likely])), expected)


def _refuse_second_mark(labels: Mapping[str, list[str]], known: KnownLabels, place: _Places) -> None:
    """Raise InputError where a label beside the separator is made of other labels, joined by another mark."""
    found = list(dict.fromkeys(label for own in labels.values() for label in own))
    for mark in _marks(found, known):
        if mark.is_sure and mark.mark not in IN_LABELS:
            cell = next(cell for cell, own in labels.items() if not mark.joins.keys().isdisjoint(own))
            expected = f'Write | between all labels; or give --separator "{SEPARATOR}" where such a cell is one label.'
            raise place.error("other cells are joined by |, and this one by another mark", cell, expected)
