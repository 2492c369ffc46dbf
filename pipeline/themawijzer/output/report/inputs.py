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
