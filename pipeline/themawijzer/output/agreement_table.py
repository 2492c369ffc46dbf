"""`agreement.csv`: how far coders agree, per codeframe and code, with what to do about each code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from themawijzer.coding.advice import Judgement
from themawijzer.coding.coefficients import Agreement
from themawijzer.coding.numbers import Figure
from themawijzer.output.dataset import Format
from themawijzer.output.labels import LABELS
from themawijzer.survey.codebook import Codeframe

FIGURES = ("raw", "kappa", "alpha", "set_alpha")
AGREEMENT_COLUMNS = (
    "codeframe", "code", "label", "coders", "n", "n_given",
    *(f"{figure}{bound}" for figure in FIGURES for bound in ("", "_low", "_high")), "advice",
)  # fmt: skip


def agreement_rows(
    measured: Iterable[Agreement], judgements: Mapping[str, Judgement], codeframe: Codeframe
) -> list[dict[str, str]]:
    """One row per code, after one without a code for the codeframe as a whole; advice where it is judged."""
    labels = {"": codeframe.label} | codeframe.labels
    return [
        {
            "codeframe": codeframe.id,
            "code": agreement.code,
            "label": labels[agreement.code],
            "coders": "|".join(agreement.coders),
            "n": str(agreement.n),
            "n_given": str(agreement.n_given),
            **{f"{name}{bound}": cell for name in FIGURES for bound, cell in _cells(getattr(agreement, name))},
            "advice": _advice(judgements[agreement.code], labels) if agreement.code in judgements else "",
        }
        for agreement in measured
    ]


def agreement_frame(rows: Iterable[Mapping[str, str]]) -> pd.DataFrame:
    """The rows as a table; all text."""
    return pd.DataFrame(list(rows), columns=list(AGREEMENT_COLUMNS), dtype=str)


def _cells(figure: Figure) -> Iterable[tuple[str, str]]:
    bounds = {"": figure.value, "_low": figure.low, "_high": figure.high}
    return [(bound, "" if value is None else Format().number(value)) for bound, value in bounds.items()]


def _advice(judgement: Judgement, labels: Mapping[str, str]) -> str:
    key = f"advice_{judgement.advice.value}{'_never' * (judgement.advice == 'too_few' and judgement.n_more is None)}"
    return LABELS[key].format(other=labels.get(judgement.other), n_more=judgement.n_more)
