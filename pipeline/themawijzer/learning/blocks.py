"""Rows of large arrays, so many at a time that what is made of them takes little memory."""

from collections.abc import Iterator

ROWS = 256


def blocks(n: int) -> Iterator[slice]:
    """N rows from the first to the last, `ROWS` at a time."""
    return (slice(start, min(start + ROWS, n)) for start in range(0, n, ROWS))
