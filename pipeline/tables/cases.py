"""Rows of an SPSS system file, packed.

A row is a line of units of eight bytes: one for a number, and for text as many as its widest cell takes. Eight codes of
a byte say what the next eight units are; those that no code can stand for follow as they are. The last row is marked.
Source: PSPP developers' guide, "Data Record".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.uint8]
Units = NDArray[np.uint64]
UNIT = 8  # bytes, and codes
END, AS_IT_IS, SPACES, MISSING = 252, 253, 254, 255
ZERO, LOWEST, HIGHEST = 100, -99, 151  # the code of 0, and the whole numbers that have a code
SEGMENT, FILLED, COUNTED = 256, 255, 252  # bytes of long text: it is cut after 255, but gets room as if after 252
TOGETHER = 2**18  # units that are packed at a time


def packed(frame: pd.DataFrame, n_bytes: Mapping[str, int], *, is_last: bool) -> bytes:
    """The rows of a frame; `n_bytes` has its columns of text, with the most bytes that a cell of theirs has."""
    step = max(1, TOGETHER // sum(n_units(n_bytes.get(name)) for name in frame.columns))
    starts = range(0, len(frame), step)
    parts = (frame.iloc[start : start + step] for start in starts)
    return b"".join(
        _packed(part, n_bytes, is_last=is_last and start == starts[-1])
        for start, part in zip(starts, parts, strict=True)
    )


def n_units(n_bytes: int | None) -> int:
    """Of text of at most so many bytes, or of a number."""
    if n_bytes is None:
        return 1
    n_full = max(0, -(-n_bytes // COUNTED) - 1) if n_bytes > FILLED else 0
    return n_full * SEGMENT // UNIT + max(1, -(-(n_bytes - n_full * COUNTED) // UNIT))


def _packed(frame: pd.DataFrame, n_bytes: Mapping[str, int], *, is_last: bool) -> bytes:
    columns = [
        _text(frame[name].tolist(), n_bytes[name]) if name in n_bytes else _number(frame[name])
        for name in frame.columns
    ]
    codes, units = (np.hstack(each) for each in zip(*columns, strict=True))
    n_rows, width = units.shape
    shape = n_rows, width // UNIT + 1, UNIT  # a row of eight units still has room for the mark
    all_codes, all_units = (np.zeros((n_rows, shape[1] * UNIT), dtype=each.dtype) for each in (codes, units))
    all_codes[:, :width], all_units[:, :width] = codes, units
    if is_last:
        all_codes[-1, width] = END
    follows = np.dstack([np.ones(shape[:2], dtype=np.bool_), (all_codes == AS_IT_IS).reshape(shape)])
    return bytes(np.dstack([all_codes.view("<u8"), all_units.reshape(shape)])[follows])


def _number(cells: pd.Series[Any]) -> tuple[Codes, Units]:
    """Codes and units (n, 1)."""
    values = cells.to_numpy(dtype="<f8")
    has_code = (values >= LOWEST) & (values <= HIGHEST) & (values == np.trunc(values))
    codes = np.where(np.isnan(values), MISSING, np.where(has_code, values + ZERO, AS_IT_IS)).astype(np.uint8)
    return codes[:, None], values.view("<u8")[:, None]


def _text(cells: Sequence[str], n_bytes: int) -> tuple[Codes, Units]:
    """Codes and units (n, u)."""
    size = n_units(n_bytes) * UNIT
    content = b"".join(_segments(cell.encode())[:size].ljust(size) for cell in cells)
    units = np.frombuffer(content, dtype="<u8").reshape(len(cells), -1)
    is_empty = units == int.from_bytes(b" " * UNIT, "little")
    return np.where(is_empty, np.uint8(SPACES), np.uint8(AS_IT_IS)), units


def _segments(text: bytes) -> bytes:
    if len(text) <= FILLED:
        return text
    return b"".join(text[start : start + FILLED].ljust(SEGMENT) for start in range(0, len(text), FILLED))
