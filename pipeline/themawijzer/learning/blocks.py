"""Rows of large arrays: so many at a time that what is made of them takes little memory, or a choice of them."""

from collections.abc import Iterator

import numpy as np

from themawijzer.coding.numbers import Ints

ROWS = 256


def blocks(n: int, rows: int = ROWS) -> Iterator[slice]:
    """N rows from the first to the last, so many at a time."""
    return (slice(start, min(start + rows, n)) for start in range(0, n, rows))


def even_choice(n: int, most: int) -> Ints:
    """At most so many of n rows, at equal distances."""
    return np.unique(np.linspace(0, max(n - 1, 0), min(n, most)).astype(np.intp))
