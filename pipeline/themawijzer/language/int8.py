"""The transformer of e5-small in numbers of 8 bits, by CTranslate2: two to three times as fast as `exact`."""

import io
import json
import os
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy._core._multiarray_umath import __cpu_features__  # what `numpy.show_runtime` prints
from numpy.typing import NDArray

from themawijzer.language.packed import HEADS, WIDTH, Matrix, Tensors, unpack, weights_of

# The library reads them once, when it is loaded. Left alone, it takes Intel's products on processors of Intel only, so
# that these compute something else than others, and half of the registers of other makers' processors.
SETTINGS = {"CT2_USE_MKL": "0", "CT2_FORCE_CPU_ISA": "AVX512" if __cpu_features__.get("AVX512_SKX") else "AVX2"}
# The form of its files, which later versions read too: the library's `ModelSpec.save` writes the same.
FORM, KIND, REVISION = 6, "TransformerEncoderSpec", 1
TYPES = {"float32": 0, "int8": 1, "int16": 2}
CONFIGURATION = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "layer_norm_epsilon": 1e-12}
GELU_TANH = 1
PARTS = {"self_attention/linear_1": "ao", "ffn/linear_0": "fi", "ffn/linear_1": "fo"}
NORMS = {"self_attention/layer_norm": "aln", "ffn/layer_norm": "oln"}

Variables = dict[str, NDArray[Any]]


class Int8:
    """The last hidden states of texts; their products are of whole numbers, -127 to 127 in every row.

    A text has the same states in any batch of texts of the same length, on any number of cores. On another kind of
    processor it has others: wherever rounding to 8 bits goes the other way, so does all that follows.
    """

    def __init__(self, tensors: Tensors) -> None:
        self._words = tensors["emb.word"].reshape(-1, WIDTH // 32)
        positions = tensors["emb.pos"].reshape(-1, WIDTH) + tensors["emb.type"][:WIDTH]
        numbers = {"activation": GELU_TANH, "embeddings_merge": 0, "scale_embeddings": 0, "pre_norm": 0}
        self._variables: Variables = {name: np.array(number, np.int8) for name, number in numbers.items()}
        self._variables |= {"num_heads": np.array(HEADS, np.int16), "position_encodings/encodings": positions}
        self._variables |= _norm(tensors, "emb.ln", "layernorm_embedding")
        for number in range(sum(name.endswith(".fi.w") for name in tensors)):
            old, new = f"l{number}.", f"layer_{number}/"
            self._variables |= _linear(tensors, [f"{old}{part}" for part in "qkv"], f"{new}self_attention/linear_0")
            for place, name in PARTS.items():
                self._variables |= _linear(tensors, [f"{old}{name}"], f"{new}{place}")
            for place, name in NORMS.items():
                self._variables |= _norm(tensors, f"{old}{name}", f"{new}{place}")

    @contextmanager
    def reading(self, words: NDArray[np.intp]) -> Iterator[Callable[[NDArray[np.intp]], Matrix]]:
        """A function from the ids (n, l) of n texts of l tokens, all of them among `words`, to states (n, l, 384).

        The library gets the vectors of these words alone: all 250,000 would take a second and 100 MB.
        """
        for setting, value in SETTINGS.items():
            os.environ.setdefault(setting, value)
        from ctranslate2 import Encoder, StorageView

        known = np.unique(words)
        variables = self._variables | _rows("embeddings_0/weight", unpack(self._words[known]))
        files = {
            "model.bin": _serialized(variables),
            "config.json": json.dumps(CONFIGURATION).encode(),
            "vocabulary.json": json.dumps(list(map(str, known))).encode(),
        }
        n_cores = os.cpu_count() or 1
        model = Encoder("e5-small", compute_type="int8", inter_threads=n_cores, intra_threads=1, files=files)

        def states(ids: NDArray[np.intp]) -> Matrix:
            rows = StorageView.from_array(np.searchsorted(known, ids).astype(np.int32))
            lengths = StorageView.from_array(np.full(len(ids), ids.shape[1], dtype=np.int32))
            return np.array(model.forward_batch(rows, lengths=lengths).last_hidden_state)

        yield states


def _linear(tensors: Tensors, names: list[str], place: str) -> Variables:
    width = 4 * WIDTH if names[0].endswith("fo") else WIDTH
    bias = np.concatenate([tensors[f"{name}.b"] for name in names])
    return {f"{place}/bias": bias, **_rows(f"{place}/weight", weights_of(tensors, *names, width=width))}


def _norm(tensors: Tensors, name: str, place: str) -> Variables:
    return {f"{place}/gamma": tensors[f"{name}.w"], f"{place}/beta": tensors[f"{name}.b"]}


def _rows(name: str, weights: Matrix) -> Variables:
    """Weights (m, k) as whole numbers, and what to divide each row by."""
    largest = np.abs(weights).max(axis=1)
    scale = np.float32(127) / np.where(largest > 0, largest, np.float32(1))
    return {name: np.rint(weights * scale[:, None]).astype(np.int8), f"{name}_scale": scale}


def _serialized(variables: Mapping[str, NDArray[Any]]) -> bytes:
    content = io.BytesIO()
    content.write(struct.pack("<I", FORM) + _string(KIND) + struct.pack("<II", REVISION, len(variables)))
    for name, values in variables.items():
        shape = struct.pack(f"<B{values.ndim}I", values.ndim, *values.shape)
        about = struct.pack("<BI", TYPES[values.dtype.name], values.nbytes)
        content.write(_string(f"encoder/{name}") + shape + about + values.tobytes())
    content.write(struct.pack("<I", 0))  # variables that share their values
    return content.getvalue()


def _string(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"
