"""Columns of any file as variables of SPSS: numbers, with the format, labels and missing values that they had."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa  # pyarrow ships no types
from numpy.typing import NDArray

from themawijzer.tables import arrow
from themawijzer.tables.described import Description, Values, array
from themawijzer.tables.spss import NOMINAL, Variable
from themawijzer.tables.spss_moments import spss_format_of, spss_seconds

MANY_VALUES = 24  # different whole numbers, from which a column without labels is a scale, as in SPSS itself
MOST_DECIMALS, WIDEST = 16, 40  # of a format F


def is_spss_number(values: Values, about: Description) -> bool:
    """Whether SPSS can hold the column as numbers without losing a digit."""
    kind = about.kind
    is_number = arrow.is_moment(kind) or pa.types.is_boolean(kind) or arrow.is_number(kind)
    if values.dtype == object or not is_number or (about.n_digits and not about.spss_format):
        return False
    return bool(values.dtype == np.float64 or arrow.fits_float(array(values, about)))


def spss_numbers(values: Values, about: Description) -> NDArray[np.float64]:
    """The cells as SPSS has them: numbers, truth as 1 and 0, moments in seconds; NaN where they are missing."""
    if values.dtype == np.float64:
        return np.asarray(values)
    cells = arrow.plain(array(values, about))
    return spss_seconds(cells) if arrow.is_moment(about.kind) else arrow.floats(cells)


def number_variable(name: str, label: str, values: Values, about: Description) -> Variable:
    """What SPSS keeps of a column of numbers: what its file said of it, or else what fits its values."""
    cells = spss_numbers(values, about)
    measure = about.measure or _measure(cells, about)
    return Variable(
        name=name, label=label, format=about.spss_format or _format(cells, about), measure=measure,
        width=about.width or 8, value_labels=about.value_labels, missing=about.missing,
    )  # fmt: skip


def _format(cells: NDArray[np.float64], about: Description) -> str:
    if arrow.is_moment(about.kind):
        return spss_format_of(about.kind)
    if about.n_digits:
        return f"N{about.n_digits}"
    different = np.unique(cells[np.isfinite(cells)])
    with np.errstate(over="ignore"):  # of numbers of hundreds of digits
        decimals = next((n for n in range(MOST_DECIMALS) if (np.round(different, n) == different).all()), MOST_DECIMALS)
    whole = max((len(f"{np.trunc(number):.0f}") for number in different[[0, -1]]), default=1) if len(different) else 1
    width = min(whole + (decimals + 1 if decimals else 0), WIDEST)
    return f"F{width}.{decimals}"


def _measure(cells: NDArray[np.float64], about: Description) -> str:
    different = np.unique(cells[~np.isnan(cells)])
    is_named = about.value_labels or (len(different) < MANY_VALUES and (different == np.round(different)).all())
    return NOMINAL if is_named and not arrow.is_moment(about.kind) else "scale"


def text_labels(about: Description) -> dict[str, str]:
    """The labels of values of text."""
    return {value: label for value, label in about.value_labels.items() if isinstance(value, str)}


def text_missing(about: Description) -> Sequence[tuple[Any, Any]]:
    """The values of text that are declared missing."""
    return [pair for pair in about.missing if isinstance(pair[0], str)]
