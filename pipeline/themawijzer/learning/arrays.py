"""The arrays of a stored model: nothing of the file is run, or believed before it is checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
# What a classifier consists of: the kind of each array, as NumPy has it, and its axes. Those are n answers, k codes,
# l learned codes, t texts (answers and phrases), m character n-grams, b bytes, d dimensions of vectors, p answers
# of the pool, r answers that others are compared with, and w words.
LAYOUT = {
    "answers": ("u", "n"),
    "learned_": ("i", "l"),
    "dual_": ("f", "tl"),
    "anchors_": ("f", "td"),
    "text_coef_": ("f", "ml"),
    "held_out_": ("f", "nk"),
    "left_out_": ("f", "nk"),
    "thresholds_": ("f", "k"),
    "constant_": ("f", "k"),
    "tfidf_/ngrams_": ("u", "b"),
    "tfidf_/idf_": ("f", "m"),
    "neighbors_/mean_": ("f", "d"),
    "neighbors_/scale_": ("f", "d"),
    "neighbors_/pool_": ("f", "pd"),
    "neighbors_/pull_": ("f", ""),
    "familiarity_/vectors_": ("f", "rd"),
    "familiarity_/known_": ("u", "w"),
    "familiarity_/n_words_": ("i", "n"),
    "familiarity_/n_unknown_": ("i", "n"),
    "familiarity_/nearest_": ("f", "n"),
    "calibration_/mean_": ("f", "2"),
    "calibration_/scale_": ("f", "2"),
    "calibration_/coef_": ("f", "2"),
    "calibration_/intercepts_": ("f", "l"),
    "rule_/values_": ("f", "l"),
    "rule_/floor_": ("f", ""),
}
# Of those, what must lie from 0 to 1.
PROBABILITIES = ("constant_", "held_out_", "left_out_", "rule_/floor_", "neighbors_/pull_")


def read_arrays(path: Path) -> dict[str, dict[str, Array]]:
    """By codeframe and by name in the layout; takes no more memory than the file, whatever sizes it declares.

    Raises ValueError, BadZipFile or another error for what is no archive of arrays as NumPy's `savez` writes it.
    """
    arrays: dict[str, dict[str, Array]] = {}
    with ZipFile(path) as archive:
        members = archive.infolist()
        is_packed = any(member.compress_type != ZIP_STORED for member in members)
        if is_packed or sum(member.file_size for member in members) > path.stat().st_size:
            raise ValueError("it unpacks to more than it is")
        for member in members:
            codeframe, _, name = member.filename.removesuffix(".npy").partition("/")
            arrays.setdefault(codeframe, {})[name] = _read_array(archive, member.filename)
    return arrays


def _read_array(archive: ZipFile, name: str) -> Array:
    with archive.open(name) as file:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError("an array in another format")
        shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(file)
        return np.frombuffer(file.read(), dtype).reshape(shape, order="F" if is_fortran else "C")


def check_arrays(arrays: Mapping[str, Array], n_codes: int) -> None:
    """Raise ValueError unless these are the arrays of a classifier of so many codes, with values that it can have."""
    if arrays.keys() != LAYOUT.keys():
        raise ValueError("other arrays than those of a classifier")
    sizes = {"k": n_codes, "2": 2}
    for name, (kind, axes) in LAYOUT.items():
        array = arrays[name]
        if array.dtype.kind != kind or array.ndim != len(axes):
            raise ValueError(f"{name} is not what it is in a classifier")
        if any(sizes.setdefault(axis, size) != size for axis, size in zip(axes, array.shape, strict=True)):
            raise ValueError(f"{name} has another size than other arrays")
        if kind == "f" and name != "thresholds_" and not np.isfinite(array).all():
            raise ValueError(f"{name} has something else than numbers")
    if not all(size for axis, size in sizes.items() if axis != "w"):
        raise ValueError("nothing was learned")
    if not _has_possible_values(arrays, n_codes):
        raise ValueError("values that no classifier has")


def _has_possible_values(arrays: Mapping[str, Array], n_codes: int) -> bool:
    learned, thresholds, values = arrays["learned_"], arrays["thresholds_"], arrays["rule_/values_"]
    n_words, n_unknown = arrays["familiarity_/n_words_"], arrays["familiarity_/n_unknown_"]
    ngrams = arrays["tfidf_/ngrams_"].tobytes().decode().split("\n")
    return bool(
        np.array_equal(learned, np.flatnonzero(np.isin(np.arange(n_codes), learned)))
        and np.array_equal(learned, np.flatnonzero(~np.isnan(thresholds)))
        and np.array_equal(thresholds[learned], values)
        and not arrays["constant_"][learned].any()
        and all(((arrays[name] >= 0) & (arrays[name] <= 1)).all() for name in PROBABILITIES)
        and ((values > 0) & (values <= 1)).all()
        and all((arrays[f"{part}/scale_"] > 0).all() for part in ("calibration_", "neighbors_"))
        and ((n_unknown >= 0) & (n_unknown <= n_words)).all()
        and len(set(ngrams)) == len(ngrams) == len(arrays["tfidf_/idf_"])
    )
