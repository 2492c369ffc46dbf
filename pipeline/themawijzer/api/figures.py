"""What the commands tell of coders and of shares, on plain DataFrames."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from themawijzer.coding.advice import Judgement
from themawijzer.coding.coefficients import Agreement, Codes, as_ratings
from themawijzer.coding.prevalence import Prevalence
from themawijzer.coding.tallies import Per, ShareTable, Units
from themawijzer.errors import InputValueError, UnknownNameError, named
from themawijzer.output.csv_tables import FIGURES
from themawijzer.project.coders import coder_agreement
from themawijzer.project.labelled import SEPARATOR
from themawijzer.survey.annotations import ADJUDICATOR
from themawijzer.survey.codebook import NONE_APPLIES, Codeframe

BOUNDS = {"": "value", "_low": "low", "_high": "high"}
AGREEMENT_COLUMNS = (
    "code", "coders", "n", "n_given", *(name + bound for name in FIGURES for bound in BOUNDS),
    "advice", "other", "n_more",
)  # fmt: skip
SHARE_COLUMNS = (
    "background", "group", "code", "n", "n_audit", "share", "low", "high", "effective_n", "refusal", "needed",
)  # fmt: skip
HOW_CODES = f'A list or a set of codes, or text such as "bus{SEPARATOR}trein".'


def agreement(frame: pd.DataFrame, *, codeframe: Codeframe | None = None, seed: int = 0) -> pd.DataFrame:
    """How far coders agree on whole sets of codes (code "") and on each code, with 95 % intervals and advice.

    `frame` has a row per coder and answer, and the columns `coder`, `answer` (its id) and `codes`: a list or a set of
    codes, or text in which they are joined by a bar. Missing or "" means not coded yet; an empty list or "geen" that
    no code applies. Of two rows of a coder about one answer the last one counts. With a `codeframe`, its codes are
    judged in its order, and a code stands for its parent too.

    Of more than two coders, rows of every two of them follow; `coders` tells whose they are. The figures are those of
    `themawijzer agreement`: `raw`, Cohen's `kappa`, Krippendorff's `alpha`, and `set_alpha` with MASI distances.

    Raises InputError (a KeyError for a column or code that does not exist, else a ValueError).
    """
    _require_columns(frame, ("coder", "answer", "codes"))
    said = _said(frame, codeframe)
    found: dict[object, dict[str, Codes]] = {}
    for coder, answer, codes in zip(frame["coder"].astype(str), frame["answer"], said, strict=True):
        if codes is not None and coder != ADJUDICATOR:
            found.setdefault(answer, {})[coder] = codes
    coders = sorted({coder for by_coder in found.values() for coder in by_coder})
    patterns = Counter(tuple(by_coder.get(coder) for coder in coders) for by_coder in found.values())
    known = codeframe.code_ids if codeframe else sorted({code for cell in said for code in cell or ()})
    result = coder_agreement("", as_ratings(coders, known, patterns), seed)
    advice = {judgement.code: judgement for judgement in result.judgements}
    rows = [_agreement_row(figures, advice.get(figures.code)) for figures in result.measured]
    rows += [_agreement_row(figures, None) for pair in result.pairs for figures in pair]
    kinds = {name + bound: float for name in FIGURES for bound in BOUNDS} | {"n_more": "Int64"}
    return pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS)).astype(kinds)


def shares(
    frame: pd.DataFrame,
    probabilities: pd.DataFrame,
    *,
    codeframe: Codeframe | None = None,
    by: Sequence[str] = (),
    min_cell: int = 5,
) -> pd.DataFrame:
    """The share of the answers with each code, corrected by a random sample that people coded, with 95 % intervals.

    `frame` has a row per answer that says something, and the columns `codes` (what people said of it, as in
    `agreement`; missing where nobody coded it), `sample` (whether it was drawn at random to be coded) and, if answers
    do not count alike, `weight`. `probabilities` has the same index and a column per code: the model's, of answers
    that it learned from what it says without them (`AnswerClassifier.predict_unseen`). `by` names columns of `frame`
    whose groups get shares of their own; of groups with fewer than `min_cell` answers nothing is told, nor of those
    that would give them away.

    `effective_n` is the size of a simple random coded sample that would say as much. Where there are no figures,
    `refusal` says why, and `needed` how many answers more must be drawn at random and coded. The figures are those of
    `themawijzer classify` in prevalence.csv.

    Raises InputError (a KeyError for a column or code that does not exist, else a ValueError).
    """
    _require_columns(frame, ("codes", "sample", *by))
    if not frame.index.equals(probabilities.index):
        raise InputValueError("its rows are not those of the frame", file="probabilities", expected="The same index.")
    predicted = probabilities.to_numpy(dtype=np.float64)
    _require(
        frame, (np.isnan(predicted) | (np.abs(predicted - 0.5) <= 0.5)).all(axis=1), "probabilities", "From 0 to 1."
    )
    codes = tuple(map(str, probabilities.columns))
    _require(frame, frame["sample"].isin([True, False]).to_numpy(), "sample", "True or False.")
    said = _said(frame, codeframe, known=codes)
    is_person, is_audit = np.array([cell is not None for cell in said]), frame["sample"].to_numpy(dtype=np.bool_)
    _require(frame, is_person | ~is_audit, "codes", "People's codes of every answer of the sample.")
    weights = frame["weight"].to_numpy(dtype=np.float64) if "weight" in frame else np.ones(len(frame))
    _require(frame, weights >= 0, "weight", "A number of 0 or more.")
    truth = np.array([[code in (cell or ()) for code in codes] for cell in said], np.bool_).reshape(predicted.shape)
    decided = np.broadcast_to(is_person[:, None], truth.shape)
    units = Units(
        predicted=np.nan_to_num(predicted),
        given=truth,
        decided=decided,
        confirmed=truth & decided,
        denied=~truth & decided,
        weights=weights,
        stratum=(weights > 0).astype(np.intp),
        is_person=is_person,
        is_audit=is_audit,
    )
    prevalence = Prevalence(by, min_cell)
    prevalence.add_units(
        ShareTable(Per.ANSWER, "", "", codes), units, frame[list(by)].astype(str).to_numpy(dtype=object)
    )
    rows = [{**vars(share), **vars(share.cell)} for share in prevalence.shares()]
    return pd.DataFrame(rows, columns=list(SHARE_COLUMNS)).astype({"n": "Int64", "n_audit": "Int64"})


def _agreement_row(measured: Agreement, judgement: Judgement | None) -> dict[str, Any]:
    figures = {
        f"{name}{end}": getattr(getattr(measured, name), bound) for name in FIGURES for end, bound in BOUNDS.items()
    }
    advice = vars(judgement) if judgement else {"advice": "", "other": ""}
    return vars(measured) | figures | advice | {"coders": SEPARATOR.join(measured.coders)}


def _require_columns(frame: pd.DataFrame, columns: Iterable[str]) -> None:
    for column in columns:
        if column not in frame.columns:
            expected = f"Columns: {', '.join(columns)}."
            raise UnknownNameError("this column does not exist", file="frame", column=column, expected=expected)


def _require(frame: pd.DataFrame, is_right: NDArray[np.bool_], column: str, expected: str) -> None:
    if not is_right.all():
        row = frame.index[int(np.argmin(is_right))]
        raise InputValueError("this cannot be", file="frame", row=row, column=column, expected=expected)


def _said(frame: pd.DataFrame, codeframe: Codeframe | None, known: Sequence[str] | None = None) -> list[Codes | None]:
    """What people say of each row, with the parents of its codes; None where they said nothing yet."""
    whole: Callable[[Codes], Codes] = codeframe.with_parents if codeframe else frozenset
    found = []
    for row, cell in frame["codes"].items():
        codes = _codes(cell, row)
        known_here = codeframe.code_ids if codeframe else known
        if codes and known_here is not None and (strangers := sorted(codes.difference(known_here))):
            problem = (codeframe and codeframe.unknown(codes)) or f"unknown code{named(strangers[0])}"
            expected = f"Known codes: {', '.join(known_here)}."
            raise UnknownNameError(problem, file="frame", row=row, column="codes", expected=expected)
        found.append(codes if codes is None else whole(codes))
    return found


def _codes(cell: Any, row: object) -> Codes | None:
    if isinstance(cell, str):
        cell = [code.strip() for code in cell.split(SEPARATOR) if code.strip()] or None
    if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if not isinstance(cell, list | tuple | set | frozenset | np.ndarray):
        raise InputValueError("these are no codes", file="frame", row=row, column="codes", expected=HOW_CODES)
    codes = frozenset(map(str, cell))
    if NONE_APPLIES in codes and len(codes) > 1:
        expected = f"{NONE_APPLIES} says that no code applies, and stands alone."
        problem = f"{NONE_APPLIES} stands beside another label"
        raise InputValueError(problem, file="frame", row=row, column="codes", expected=expected)
    return codes - {NONE_APPLIES}
