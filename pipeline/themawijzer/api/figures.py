"""What the commands tell of coders and of shares, on plain DataFrames."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_list_like, is_scalar

from themawijzer.coding.advice import Judgement
from themawijzer.coding.cell_shares import Share
from themawijzer.coding.coefficients import Agreement, Codes, as_ratings
from themawijzer.coding.prevalence import Prevalence
from themawijzer.coding.tallies import Per, ShareScope, Units
from themawijzer.errors import InputValueError, UnknownNameError
from themawijzer.learning.arguments import as_numbers, require, require_codes
from themawijzer.output.csv_tables import FIGURES
from themawijzer.project.coders import coder_agreement
from themawijzer.project.label_cells import SEPARATOR
from themawijzer.survey.annotations import ADJUDICATOR
from themawijzer.survey.codebook import NONE_APPLIES, Codeframe

BOUNDS = {"": "value", "_low": "low", "_high": "high"}
AGREEMENT_COLUMNS = (
    "code", "coders", "n", "n_given", *(name + bound for name in FIGURES for bound in BOUNDS),
    "advice", "other", "n_more",
)  # fmt: skip
AGREEMENT_KINDS: dict[str, Any] = (
    dict.fromkeys(("code", "coders", "advice", "other"), str)
    | {"n": int, "n_given": int, "n_more": "Int64"}
    | {name + bound: float for name in FIGURES for bound in BOUNDS}
)
SHARE_COLUMNS = (
    "background", "group", "code", "n", "n_audit", "share", "low", "high", "effective_n", "method", "refusal",
    "needed",
)  # fmt: skip
SHARE_KINDS: dict[str, Any] = (
    dict.fromkeys(("background", "group", "code"), str)
    | dict.fromkeys(("n", "n_audit", "needed"), "Int64")
    | dict.fromkeys(("share", "low", "high", "effective_n"), float)
)
PROBABILITIES = (
    "A probability for every answer, also for those that people coded (predict_unseen); "
    "NaN only for a code that could not be learned."
)
IS_CODE = re.compile(rf"\s*[^{SEPARATOR}\s][^{SEPARATOR}]*")
HOW_CODES = f'A list or a set of codes, or text such as "bus{SEPARATOR}trein".'


def agreement(frame: pd.DataFrame, *, codeframe: Codeframe | None = None, seed: int = 0) -> pd.DataFrame:
    """How far coders agree on whole sets of codes (code "") and on each code, with 95 % intervals and advice.

    `frame` has a row per coder and answer, and the columns `coder`, `answer` (its id) and `codes`: a list or a set of
    codes, or text in which they are joined by a bar. Missing or "" means not coded yet; an empty list or "geen" that
    no code applies. Of two rows of a coder about one answer the last one counts. With a `codeframe`, its codes are
    judged in its order, and a code stands for its parent too.

    Of more than two coders, rows of every two of them follow; `coders` tells whose they are. Where no answer was coded
    twice, the result is empty. The figures are those of `themawijzer agreement`: `raw`, Cohen's `kappa`, Krippendorff's
    `alpha`, and `set_alpha` with MASI distances.

    Raises InputError (a KeyError for a column or code that does not exist, else a ValueError).
    """
    _require_columns(frame, ("coder", "answer", "codes"))
    _require_ids(frame, "coder")
    _require_ids(frame, "answer")
    said = _said(frame, codeframe.code_ids if codeframe else None, codeframe)
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
    return pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS), dtype=object).astype(AGREEMENT_KINDS)


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

    `effective_n` is the size of a simple random coded sample that would say as much. `method` is "counted" where people
    coded every answer: the share is exact, and `low` and `high` are the same; else "estimated". Where there are no
    figures, `refusal` says why, and `needed` how many answers more must be drawn at random and coded, all that are left
    at most. The figures are those of `themawijzer classify` in prevalence.csv.

    Raises InputError (a KeyError for a column or code that does not exist, else a ValueError).
    """
    by = [by] if isinstance(by, str) else list(by)
    _require_columns(frame, ("codes", "sample", *by))
    if not frame.index.equals(probabilities.index):
        raise InputValueError("its rows are not those of the frame", file="probabilities", expected="The same index.")
    require_codes(probabilities.columns, file="probabilities")
    codes = tuple(map(str, probabilities.columns))
    if codeframe and (problem := codeframe.unknown(codes)):
        raise UnknownNameError(problem, file="probabilities", expected=f"Known codes: {', '.join(codeframe.code_ids)}.")
    predicted = as_numbers(
        probabilities, PROBABILITIES, file="probabilities", highest=1, unknown=probabilities.isna().all()
    )
    require(frame[["sample"]].isin([True, False]), "True or False.", file="frame")
    said = _said(frame, codes, codeframe)
    is_person = np.array([cell is not None for cell in said], dtype=np.bool_)
    is_audit = frame["sample"].to_numpy(dtype=np.bool_)
    right = pd.DataFrame({"codes": is_person | ~is_audit}, index=frame.index)
    require(right, "People's codes of every answer of the sample.", file="frame")
    weight = frame[["weight"]] if "weight" in frame else pd.DataFrame(1.0, index=frame.index, columns=["weight"])
    weights = as_numbers(weight, "A number of 0 or more.", file="frame")[:, 0]
    truth = np.array([[code in (cell or ()) for code in codes] for cell in said], np.bool_).reshape(predicted.shape)
    decided = np.broadcast_to(is_person[:, None], truth.shape)
    units = Units(
        predicted=np.nan_to_num(predicted),
        given=truth,
        decided=decided,
        confirmed=truth & decided,
        denied=~truth & decided,
        weights=weights,
        in_base=weights > 0,
        stratum=(weights > 0).astype(np.intp),
        is_person=is_person,
        is_audit=is_audit,
    )
    prevalence = Prevalence(by, min_cell)
    groups = frame[by].convert_dtypes().astype("string").fillna("").to_numpy(dtype=object)  # 1, not 1.0, beside gaps
    prevalence.add_units(ShareScope(Per.ANSWER, "", "", codes), units, groups)
    told = prevalence.shares() if len(frame) else []
    rows = [_share_row(share) for share in told]
    return pd.DataFrame(rows, columns=list(SHARE_COLUMNS), dtype=object).astype(SHARE_KINDS)


def _share_row(share: Share) -> dict[str, Any]:
    words = {"method": share.method and share.method.value, "refusal": share.refusal and share.refusal.value}
    return vars(share) | vars(share.cell) | words


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
        if list(frame.columns).count(column) > 1:
            raise InputValueError("there are two of this column", file="frame", column=column)


def _require_ids(frame: pd.DataFrame, column: str) -> None:
    ids = frame[column].tolist()
    right = [is_scalar(id_) and pd.notna(id_) and str(id_).strip() and type(id_) is type(ids[0]) for id_ in ids]
    require(pd.DataFrame({column: right}, index=frame.index), "An id, of one type in all rows.", file="frame")


def _said(frame: pd.DataFrame, known: Sequence[str] | None, codeframe: Codeframe | None) -> list[Codes | None]:
    """What people say of each row, with the parents of its codes; None where they said nothing yet."""
    whole: Callable[[Codes], Codes] = codeframe.with_parents if codeframe else frozenset
    found = []
    for row, cell in frame["codes"].items():
        codes = _codes(cell, row)
        if codes and known is not None and not codes.issubset(known):
            problem = (codeframe and codeframe.unknown(codes)) or "unknown code"
            expected = f"Known codes: {', '.join(known)}."
            raise UnknownNameError(problem, file="frame", row=row, column="codes", expected=expected)
        found.append(codes if codes is None else whole(codes))
    return found


def _codes(cell: Any, row: object) -> Codes | None:
    if isinstance(cell, str):
        cell = [code for code in cell.split(SEPARATOR) if code.strip()] or None
    if is_scalar(cell) and pd.isna(cell):
        return None
    place: dict[str, Any] = {"file": "frame", "row": row, "column": "codes"}
    if not is_list_like(cell) or isinstance(cell, dict):
        raise InputValueError("these are no codes", **place, expected=HOW_CODES)
    if not all(is_scalar(code) and pd.notna(code) and IS_CODE.fullmatch(str(code)) for code in cell):
        raise InputValueError("a code is missing, empty or several in one", **place, expected=HOW_CODES)
    codes = frozenset(str(code).strip() for code in cell)
    given = frozenset(code for code in codes if code.casefold() != NONE_APPLIES)
    if given and given != codes:
        expected = f"{NONE_APPLIES} says that no code applies, and stands alone."
        raise InputValueError(f"{NONE_APPLIES} stands beside another label", **place, expected=expected)
    return given
