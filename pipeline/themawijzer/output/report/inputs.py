"""What `classify` wrote, as the report reads it."""

from dataclasses import dataclass

from pandas import DataFrame

from themawijzer.output.run_file import Run


@dataclass(frozen=True)
class Coded:
    """The tables of the coded dataset, all text, with the run and the hash of `run.json`."""

    sha256: str
    run: Run
    responses: DataFrame
    codings: DataFrame
    prevalence: DataFrame


def number(cell: str) -> float | None:
    """The number in a cell, with a decimal point or comma; None in an empty one."""
    return float(cell.replace(",", ".")) if cell else None


def count(cell: str) -> int | None:
    """The whole number in a cell; None in an empty one."""
    return int(cell) if cell else None
