"""What Arrow arrays of any type are as text and as numbers."""

from typing import Any

import numpy as np
import pyarrow as pa  # pyarrow ships no types
import pyarrow.compute as pc
from numpy.typing import NDArray

from themawijzer.tables.cells import cell_text

Array = Any  # pa.Array or pa.ChunkedArray
EXACT_DIGITS = 15  # of a decimal number that survive in a float64


def plain(array: Array) -> Array:
    """The array with its values themselves where it has them as categories, and decimals as Arrow can handle them."""
    array = array.cast(array.type.value_type) if pa.types.is_dictionary(array.type) else array
    is_small = pa.types.is_decimal32(array.type) or pa.types.is_decimal64(array.type)
    return array.cast(pa.decimal128(array.type.precision, array.type.scale)) if is_small else array


def texts(array: Array, n_digits: int = 0) -> Array:
    """The cells as text, "" where they are null; whole numbers get zeros in front up to `n_digits`.

    Every different value is put into words once.
    """
    if isinstance(array.type, pa.BaseExtensionType):  # such as identifiers, of which Arrow makes no dictionary
        return pa.array([cell_text(value) for value in array.to_pylist()], type=pa.string())
    encoded = array if pa.types.is_dictionary(array.type) else plain(array).dictionary_encode()
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    values = encoded.dictionary
    # NumPy keeps 32-bit numbers 32-bit, so that 0.1 does not become 0.10000000149011612.
    different = values.to_numpy(zero_copy_only=False) if pa.types.is_floating(values.type) else values.to_pylist()
    words = [_padded(cell_text(value), n_digits) for value in different]
    found = pa.DictionaryArray.from_arrays(encoded.indices, pa.array(words, type=pa.string())).cast(pa.string())
    return pc.fill_null(found, "")


def _padded(text: str, n_digits: int) -> str:
    return text.zfill(n_digits) if text.isdecimal() else text


def is_text(kind: pa.DataType) -> bool:
    """Whether cells of this type are text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def is_number(kind: pa.DataType) -> bool:
    """Whether cells of this type are numbers."""
    return bool(pa.types.is_integer(kind) or is_fraction(kind))


def is_fraction(kind: pa.DataType) -> bool:
    """Whether cells of this type are numbers that may have decimals."""
    return bool(pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def is_moment(kind: pa.DataType) -> bool:
    """Whether cells of this type are dates, moments, times or durations."""
    return bool(pa.types.is_temporal(kind))


def microseconds(array: Array) -> NDArray[np.float64]:
    """Dates and moments since 1970, times of the day and durations; NaN where they are null.

    A moment in a time zone is what a clock shows there.
    """
    kind = array.type
    if pa.types.is_date(kind):
        array = array.cast(pa.timestamp("us"))
    elif pa.types.is_timestamp(kind):
        array = (
            pc.local_timestamp(array).cast(pa.timestamp("us"), safe=False)
            if kind.tz
            else array.cast(pa.timestamp("us"), safe=False)
        )
    elif pa.types.is_time(kind):
        array = array.cast(pa.time64("us"), safe=False)
    else:
        array = array.cast(pa.duration("us"), safe=False)
    return _float64(array.cast(pa.int64()))


def floats(array: Array) -> NDArray[np.float64]:
    """Numbers and truth values as float64, NaN where they are null; 0.1 in 32 bits stays 0.1.

    So does the decimal number 0.1, which Arrow casts to a neighbor of it.
    """
    array = plain(array)
    if pa.types.is_decimal(array.type) or (pa.types.is_floating(array.type) and array.type.bit_width < 64):
        return np.array([float(text or "nan") for text in texts(array).to_pylist()], dtype=np.float64)
    return _float64(array)


def _float64(array: Array) -> NDArray[np.float64]:
    return np.asarray(array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)


def fits_float(array: Array) -> bool:
    """Whether float64, which SPSS and Excel have, holds every number exactly or to all its digits."""
    kind = plain(array).type
    if pa.types.is_integer(kind) and kind.bit_width == 64 and len(array) > array.null_count:
        ends = pc.min_max(plain(array)).as_py()
        return bool(ends["min"] >= -(2**53) and ends["max"] <= 2**53)
    return not pa.types.is_decimal(kind) or kind.precision <= EXACT_DIGITS or _n_digits(plain(array)) <= EXACT_DIGITS


def _n_digits(array: Array) -> int:
    """The most digits of any of these decimal numbers."""
    numbers = [value.normalize().as_tuple() for value in array.unique().to_pylist() if value is not None]
    return max((len(number.digits) for number in numbers), default=0)
