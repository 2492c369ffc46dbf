"""What quotation marks in delimited text do: enclose a cell, or stand for themselves."""

import re
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from themawijzer.tables.encoding import BYTE_ORDER_MARK

_BLOCK_BYTES = 1 << 22  # looked at together, so that places of characters take little memory
_QUOTE, _LINE_ENDS = ord('"'), (ord("\n"), ord("\r"))
_SHAPE = [(re.compile(rb"[0-9]+"), b"9"), (re.compile(rb"[A-Za-z\x80-\xff]+"), b"a")]
_TAIL = 4096  # of a block, in which its last character is that ends no line
_MAX_SHAPES = 3  # of the cells of a column that is no free text


@dataclass
class Marks:
    """Which characters a text has that decide how it is read: found by `find_marks`.

    `all_enclose`: every quotation mark opens or closes a cell, or is one of two that stand for one inside it.
    `none_encloses`: no quotation mark stands where a cell begins. `end` is where the last line ends that is not empty.
    """

    has_quotes: bool = False
    has_nul: bool = False
    has_byte_order_mark: bool = False
    all_enclose: bool = True
    none_encloses: bool = True
    n_lines: int = 0
    end: int = 0


def find_marks(text: BinaryIO, delimiter: str) -> Marks:
    """The marks of a text as UTF-8, read in blocks."""
    marks, n_quotes, start = Marks(), 0, 0
    borders, ends = np.zeros(256, dtype=bool), np.zeros(256, dtype=bool)
    ends[list(_LINE_ENDS)] = True
    borders[[_QUOTE, ord(delimiter), *_LINE_ENDS]] = True
    before = b"\n"
    block = text.read(_BLOCK_BYTES)
    while block:
        after = text.read(_BLOCK_BYTES)
        cells = np.frombuffer(b"".join([before, block, after[:1] or b"\n"]), dtype=np.uint8)
        found = np.flatnonzero(cells[1:-1] == _QUOTE) + 1
        opening, closing = found[n_quotes % 2 :: 2], found[1 - n_quotes % 2 :: 2]
        n_quotes += len(found)
        marks.all_enclose &= bool(borders[cells[opening - 1]].all() and borders[cells[closing + 1]].all())
        begins = cells[found - 1]
        marks.none_encloses &= not bool((borders[begins] & (begins != _QUOTE)).any())
        marks.has_nul |= b"\0" in block
        marks.has_byte_order_mark |= BYTE_ORDER_MARK in b"".join([before, block, after[:2]])
        marks.n_lines += block.count(b"\n")
        filled = np.flatnonzero(~ends[cells[1:-1]][::-1][:_TAIL])
        if len(filled):
            marks.end = start + len(block) - int(filled[0])
        start += len(block)
        before, block = block[-1:], after
    marks.has_quotes = n_quotes > 0
    marks.all_enclose &= n_quotes % 2 == 0
    return marks


def stand_for_themselves(text: bytes, delimiter: str, *, is_readable: bool) -> bool:
    """Whether a text of which all `lines_have` cells for all columns was written without quoting.

    An answer may then begin with a quotation mark. Where the text `is_readable` with quoting too, lines that it takes
    for the inside of a cell have to look like rows as well: the same kinds of numbers or ids. Where it is not, no
    program may have enclosed cells in quotation marks: in the header, in most rows of a column, or with marks inside
    that are doubled; and the text may not break off in a cell that is open.
    """
    lines = re.split(b"\r\n|\r|\n", text.rstrip(b"\r\n"))
    rows = [line.split(delimiter.encode()) for line in lines]
    if is_readable:
        return _look_alike(rows)
    breaks_off = not text.endswith((b"\r", b"\n")) and lines[-1].count(b'"') % 2 == 1
    return not breaks_off and not _is_enclosing(rows)


def lines_have(text: BinaryIO, delimiter: str, n_delimiters: int, marks: Marks) -> bool:
    """Whether every line has this number of delimiters, which cells of several lines do not leave so."""
    line_end = _LINE_ENDS[0] if marks.n_lines else _LINE_ENDS[1]
    n_open, n_left = 0, marks.end  # delimiters of the line that goes on in the next block, and bytes
    while block := text.read(min(_BLOCK_BYTES, n_left)):
        n_left -= len(block)
        cells = np.frombuffer(block, dtype=np.uint8)
        ends, delimiters = np.flatnonzero(cells == line_end), np.flatnonzero(cells == ord(delimiter))
        if len(ends):
            counts: NDArray[np.int64] = np.diff(np.searchsorted(delimiters, ends), prepend=-n_open)
            if not (counts == n_delimiters).all():
                return False
            n_open = int((delimiters > ends[-1]).sum())
        else:
            n_open += len(delimiters)
    return n_open == n_delimiters


def _look_alike(rows: list[list[bytes]]) -> bool:
    """Whether lines inside what would be a cell are of the same kinds as other lines, in a column that has few."""
    inside, is_open = list[bool](), False
    for row in rows:
        inside.append(is_open)
        is_open ^= sum(cell.count(b'"') for cell in row) % 2 == 1
    for column in zip(*rows, strict=True):
        shapes = [_shape(cell) for cell in column]
        usual = {shape for shape, is_inside in zip(shapes[1:], inside[1:], strict=True) if not is_inside}
        hidden = {shape for shape, is_inside in zip(shapes, inside, strict=True) if is_inside}
        if len(usual) <= _MAX_SHAPES and hidden and hidden <= usual and any(b"9" in shape for shape in usual):
            return True
    return False


def _shape(cell: bytes) -> bytes:
    for characters, sign in _SHAPE:
        cell = characters.sub(sign, cell)
    return cell


def _is_enclosing(rows: list[list[bytes]]) -> bool:
    header, *others = rows
    if any(cell.startswith(b'"') for cell in header):
        return True
    for column in zip(*others, strict=True):
        filled = [cell for cell in column if cell]
        enclosed = [cell for cell in filled if len(cell) > 1 and cell.startswith(b'"') and cell.endswith(b'"')]
        if any(b'""' in cell[1:-1] for cell in enclosed) or len(enclosed) * 2 > len(filled):
            return True
    return False


def without_marks(text: bytes, delimiter: str) -> bytes:
    """The text without byte order marks where a line begins, as where files were put one after another.

    A mark that is a whole cell stays, as does one inside quotation marks.
    """
    pattern = re.compile(b"(?<=[\r\n])" + BYTE_ORDER_MARK + b"(?=[^\r\n" + re.escape(delimiter.encode()) + b"])")
    parts, start, n_quotes = list[bytes](), 0, 0
    for found in pattern.finditer(text):
        n_quotes += text.count(b'"', start, found.start())
        parts.append(text[start : found.start() if n_quotes % 2 == 0 else found.end()])
        start = found.end()
    return b"".join([*parts, text[start:]])
