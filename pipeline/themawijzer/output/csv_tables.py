"""The tables that commands write as CSV: agreement, label errors, shares, and the sample that people code."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from themawijzer.coding.advice import Judgement
from themawijzer.coding.cell_shares import Share
from themawijzer.coding.coefficients import Agreement
from themawijzer.coding.drawing import Candidate
from themawijzer.coding.label_errors import LabelError, expected_errors
from themawijzer.coding.numbers import Figure
from themawijzer.coding.review import error_kind
from themawijzer.output.dataset import Format
from themawijzer.output.labels import LABELS
from themawijzer.output.review_table import reason_in_words
from themawijzer.survey.annotations import COLUMNS, AnsweredUnit
from themawijzer.survey.codebook import NONE_APPLIES, Codebook, Codeframe
from themawijzer.tables.delimited import write_csv

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


LABEL_ERROR_COLUMNS = (
    "respondent_id", "question", "codeframe", "coder", "codes", "expected", "reason", "reason_code", "contradiction",
    "error", "expected_errors", "expected_errors_low", "expected_errors_high", "text",
)  # fmt: skip


def label_errors_frame(
    errors: Sequence[LabelError], texts: Mapping[AnsweredUnit, str], codebook: Codebook
) -> pd.DataFrame:
    """One row per annotation, with how many errors one may expect up to and including it, and the answer; all text."""
    number = Format().number
    rows = [
        (
            error.unit.respondent_id, error.unit.question, error.unit.codeframe, error.coder,
            "|".join(error.given) or NONE_APPLIES, "|".join(error.expected) or NONE_APPLIES,
            *_error_reason(error, codebook.codeframe(error.unit.codeframe).labels), number(error.contradiction),
            number(error.probability), f"{expected.value:.1f}", f"{expected.low:.0f}", f"{expected.high:.0f}",
            texts[error.unit],
        )
        for error, expected in zip(errors, expected_errors(errors), strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(LABEL_ERROR_COLUMNS), dtype=str)


def _error_reason(error: LabelError, labels: Mapping[str, str]) -> tuple[str, str]:
    seen = [labels[code] for code in error.expected if code not in error.given]
    not_seen = [labels[code] for code in error.given if code not in error.expected]
    reason = error_kind(bool(not_seen), bool(seen))
    return (reason_in_words(reason, seen=seen, not_seen=not_seen), reason.value) if reason else ("", "")


PREVALENCE_COLUMNS = (
    "per", "question", "codeframe", "code", "label", "background", "group", "base", "n", "n_audit", "n_decided",
    "raw_share", "share", "low", "high", "effective_n", "method", "refusal",
)  # fmt: skip


def prevalence_frame(shares: Iterable[Share], codebook: Codebook, min_cell: int, style: Format) -> pd.DataFrame:
    """One row per share; all text."""
    labels = {(codeframe.id, code.id): code.label for codeframe in codebook.codeframes for code in codeframe.codes}
    rows = [
        (
            share.table.per.value, share.table.question, share.table.codeframe,
            share.code, labels[share.table.codeframe, share.code],
            share.cell.background, share.cell.group, "|".join(share.table.bases),
            *map(_count, (share.n, share.n_audit, share.n_decided)),
            *(_share(figure, style) for figure in (share.raw, share.share, *share.interval)),
            _count(share.effective_n), LABELS[f"method_{share.method}"] if share.method else "",
            _refusal(share, min_cell),
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
    per, required = share.table.per, (share.n_audit or 0) + share.needed
    drawn = LABELS[f"{'one' if share.n_audit == 1 else 'more'}_{per}"]
    facts = {"n_audit": share.n_audit, "drawn": drawn, "needed": share.needed, "min_cell": min_cell}
    if share.needed and share.needed == share.n_left and required != share.n:
        return LABELS[f"rest_{'one_' * (share.needed == 1)}{per}"].format(**facts)
    wanted = LABELS["all"].format(n=required) if required == share.n else required
    return LABELS[f"{share.refusal}_{per}"].format(**facts, wanted=wanted)


def write_sample(path: Path, drawn: Iterable[Candidate], codebook_version: str, style: Format) -> None:
    """One row per answer and codeframe, in the order in which they were drawn."""
    rows = [
        {
            "respondent_id": candidate.respondent_id,
            "question": candidate.question,
            "codeframe": codeframe,
            "text": candidate.text,
            "codebook_version": codebook_version,
            "stream": "random",
        }
        for candidate in drawn
        for codeframe in candidate.codeframes
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS, dtype=str).fillna("")
    write_csv(frame, path, dialect=style.dialect)
