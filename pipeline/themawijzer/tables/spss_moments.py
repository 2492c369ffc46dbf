"""The dates, times and durations of SPSS, which are numbers of seconds with a format: as Arrow's types and back."""

import re

import numpy as np
import pyarrow as pa  # pyarrow ships no types
from numpy.typing import NDArray

from themawijzer.tables.arrow import Array, microseconds

_DATES = ("DATE", "ADATE", "EDATE", "SDATE", "JDATE", "QYR", "MOYR", "WKYR")
_MOMENTS = ("DATETIME", "YMDHMS")
_DURATIONS = ("TIME", "DTIME", "MTIME")
_DAY = 86_400
_EPOCH = 141_428 * _DAY  # from 14 October 1582, where SPSS counts from, to 1970
_FIRST, _LAST = -62_135_596_800, 253_402_300_800  # of the years 1 to 9999, which calendars of other programs hold
_LONGEST = 2**53 / 1e6  # seconds, of which every microsecond is a number of its own
_FORMATS = {"date": "EDATE10", "timestamp": "DATETIME20", "time": "TIME8", "duration": "TIME8"}


def type_of_moments(values: NDArray[np.float64], spss_format: str) -> pa.DataType | None:
    """The Arrow type that holds all values of this format; None for numbers, and for what no calendar has."""
    name = re.sub(r"[0-9.]", "", spss_format)
    seconds = values[~np.isnan(values)]
    if name in _DURATIONS:
        return pa.duration("us") if (np.abs(seconds) < _LONGEST).all() else None
    if name not in (*_DATES, *_MOMENTS) or not ((seconds >= _FIRST + _EPOCH) & (seconds < _LAST + _EPOCH)).all():
        return None
    is_midnight = (seconds % _DAY == 0).all()
    return pa.date32() if name in _DATES and is_midnight else pa.timestamp("us")


def moments(values: NDArray[np.float64], kind: pa.DataType) -> Array:
    """Seconds of SPSS as an Arrow array of this type; null where they are missing."""
    missing = np.isnan(values)
    seconds = np.where(missing, 0, values)
    if pa.types.is_duration(kind):
        return pa.array(np.rint(seconds * 1e6).astype(np.int64), mask=missing).cast(kind)
    since_1970 = seconds - _EPOCH
    if pa.types.is_date(kind):
        return pa.array((since_1970 // _DAY).astype(np.int32), mask=missing).cast(kind)
    return pa.array(np.rint(since_1970 * 1e6).astype(np.int64), mask=missing).cast(kind)


def spss_seconds(array: Array) -> NDArray[np.float64]:
    """Dates, moments (as clocks show them in their time zone), times and durations in seconds, as SPSS has them."""
    seconds = microseconds(array) / 1e6
    return seconds + _EPOCH if pa.types.is_date(array.type) or pa.types.is_timestamp(array.type) else seconds


def spss_format_of(kind: pa.DataType) -> str:
    """The format in which SPSS shows dates, moments, times and durations of this type."""
    return next(own for name, own in _FORMATS.items() if str(kind).startswith(name))
