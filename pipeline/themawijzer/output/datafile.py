"""What a file of the coded dataset does, whatever its format."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from themawijzer.output.columns import Cells


@dataclass(frozen=True)
class Ending:
    """What is known when all rows are there, for the formats that hold it: data dictionary, shares, facts of the run.

    `advance` hears how many rows are written that had to wait for the end.
    """

    dictionary: pd.DataFrame
    shares: pd.DataFrame
    facts: Mapping[str, str]
    advance: Callable[[int], None] = lambda _: None


class DataFile(Protocol):
    """A file that gets its rows chunk by chunk.

    `n_cut` counts the cells that are cut, None in a format that holds any text.
    """

    @property
    def n_cut(self) -> int | None: ...

    def add(self, cells: Sequence[Cells]) -> None:
        """Write rows; the cells come per column."""

    def finish(self, ending: Ending) -> None:
        """End the file, whole."""

    def abandon(self) -> None:
        """Close what will be deleted."""
