"""What comes in from Python, checked once: errors tell where something stands, never what it says."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from themawijzer.coding.numbers import Floats
from themawijzer.errors import InputValueError
from themawijzer.survey.codebook import NONE_APPLIES

MAX = float(np.finfo(np.float64).max)


def require(right: pd.DataFrame, expected: str, *, file: str, problem: str = "this cannot be") -> None:
    """Raise InputValueError, with the label of the row and the column, for the first cell that is not right."""
    wrong = ~right.to_numpy(dtype=np.bool_)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        place: dict[str, Any] = {"row": right.index[row], "column": str(right.columns[column])}
        raise InputValueError(problem, file=file, **place, expected=expected)


def as_numbers(
    frame: pd.DataFrame, expected: str, *, file: str, highest: float = MAX, unknown: "pd.Series[bool] | bool" = False
) -> Floats:
    """The numbers (n, k) of a frame, from 0 to the highest; NaN in the columns that are unknown as a whole."""
    numbers = frame.apply(pd.to_numeric, errors="coerce").astype(np.float64)
    require(((numbers >= 0) & (numbers <= highest)) | unknown, expected, file=file)
    return np.asarray(numbers)


def require_codes(codes: Iterable[Any], *, file: str) -> None:
    """Raise InputValueError for a column that is no code, or stands twice."""
    seen = set[str]()
    for code in map(str, codes):
        if code.strip().casefold() == NONE_APPLIES:
            problem = f"{NONE_APPLIES} is no code: it says that none applies"
            raise InputValueError(problem, file=file, column=code, expected="Leave the column out.")
        if code in seen:
            raise InputValueError("this code has two columns", file=file, column=code, expected="One column per code.")
        seen.add(code)


def require_order(values: Any, texts: Any, *, file: str) -> None:
    """Raise InputValueError where values with labels of their own are not in the order of a Series of texts."""
    if not isinstance(values, pd.DataFrame | pd.Series) or not isinstance(texts, pd.Series):
        return
    if not values.index.equals(texts.index) and not values.index.equals(pd.RangeIndex(len(texts))):
        problem = "its rows are not those of the texts"
        raise InputValueError(problem, file=file, expected="The same index, or none.")


def as_texts(texts: Any, *, file: str = "texts") -> list[str]:
    """The texts of a list, an array or a Series; raises InputValueError for anything else."""
    if isinstance(texts, str) or getattr(texts, "ndim", 1) != 1:
        raise InputValueError("this is not one row of texts", file=file, expected="A list, or one column.")
    found = list(texts)
    for row, text in enumerate(found):
        if not isinstance(text, str):
            label = texts.index[row] if isinstance(texts, pd.Series) else row
            problem = f"a {type(text).__name__} instead of a text"
            raise InputValueError(problem, file=file, row=label, expected='Put "" where there is no answer.')
    return [text.encode(errors="replace").decode() for text in found]  # half a character cannot be stored
