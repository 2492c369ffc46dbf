"""`prevalence.csv`: shares with their intervals, or why there are none."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from themawijzer.coding.prevalence import Share
from themawijzer.output.dataset import Format
from themawijzer.output.labels import LABELS
from themawijzer.survey.codebook import Codebook

PREVALENCE_COLUMNS = (
    "per", "question", "codeframe", "code", "label", "background", "group", "n", "n_audit", "n_decided",
    "raw_share", "share", "low", "high", "effective_n", "refusal",
)  # fmt: skip


def prevalence_frame(shares: Iterable[Share], codebook: Codebook, min_cell: int, style: Format) -> pd.DataFrame:
    """One row per share; all text."""
    labels = {(frame.id, code.id): code.label for frame in codebook.codeframes for code in frame.codes}
    rows = [
        (
            share.table.per.value, share.table.question, share.table.codeframe,
            share.code, labels[share.table.codeframe, share.code],
            share.cell.background, share.cell.group, *map(_count, (share.n, share.n_audit, share.n_decided)),
            *(_share(figure, style) for figure in (share.raw, share.share, share.low, share.high)),
            _count(share.effective_n), _refusal(share, min_cell),
        )
        for share in shares
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(PREVALENCE_COLUMNS), dtype=str)


def _count(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def _share(value: float | None, style: Format) -> str:
    return style.number(np.nan if value is None else value)


def _refusal(share: Share, min_cell: int) -> str:
    if share.refusal is None:
        return ""
    required = (share.n_audit or 0) + share.needed
    wanted = LABELS["all"].format(n=required) if required == share.n else required
    facts = {"n_audit": share.n_audit, "wanted": wanted, "needed": share.needed, "min_cell": min_cell}
    return LABELS[f"{share.refusal}_{share.table.per}"].format(**facts)
