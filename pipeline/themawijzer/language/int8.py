"""The transformer of e5-small in numbers of 8 bits, by CTranslate2: two to three times as fast as `exact`."""

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np
from numpy._core._multiarray_umath import __cpu_features__  # what `numpy.show_runtime` prints
from numpy.typing import NDArray

from themawijzer.files import sweep, temporary_beside
from themawijzer.language.packed import BLOCK, HEADS, WIDTH, Matrix, Tensors, unpack, weights_of

log = logging.getLogger(__name__)

# The library reads them once, when it is loaded. Left alone, it takes Intel's products on processors of Intel only, so
# that these compute something else than others, and half of the registers of other makers' processors.
SETTINGS = {"CT2_USE_MKL": "0", "CT2_FORCE_CPU_ISA": "AVX512" if __cpu_features__.get("AVX512_SKX") else "AVX2"}
LENGTHS = (3, 8, 33)  # in tokens; kinds of processors that differ give the same for multiples of 16


class Int8:
    """The last hidden states of texts; their products are of whole numbers, -127 to 127 in every row.

    A text has the same states in any batch of texts of the same length, on any number of cores. On another kind of
    processor it has others: wherever rounding to 8 bits goes the other way, so does all that follows.
    """

    def __init__(self, tensors: Tensors) -> None:
        _load()
        from ctranslate2.specs import TransformerEncoderModelSpec, TransformerEncoderSpec
        from ctranslate2.specs.common_spec import Activation

        self._words = tensors["emb.word"].reshape(-1, WIDTH // 32)
        n_layers = sum(name.endswith(".fi.w") for name in tensors)
        encoder = TransformerEncoderSpec(
            n_layers, HEADS, pre_norm=False, activation=Activation.GELUTanh, layernorm_embedding=True
        )
        encoder.scale_embeddings = False
        encoder.position_encodings.encodings = tensors["emb.pos"].reshape(-1, WIDTH) + tensors["emb.type"][:WIDTH]
        _set_norm(encoder.layernorm_embedding, tensors, "emb.ln")
        for number, layer in enumerate(encoder.layer):
            name = f"l{number}."
            heads, attention = layer.self_attention.linear
            _set_linear(heads, tensors, *(f"{name}{part}" for part in "qkv"))
            _set_linear(attention, tensors, f"{name}ao")
            _set_norm(layer.self_attention.layer_norm, tensors, f"{name}aln")
            _set_linear(layer.ffn.linear_0, tensors, f"{name}fi")
            _set_linear(layer.ffn.linear_1, tensors, f"{name}fo", width=4 * WIDTH)
            _set_norm(layer.ffn.layer_norm, tensors, f"{name}oln")
        self._spec = TransformerEncoderModelSpec(encoder)
        self._set_words(np.arange(1))
        self._spec.validate()
        self._spec.optimize("int8")

    @contextmanager
    def reading(self, words: NDArray[np.intp]) -> Iterator[Callable[[NDArray[np.intp]], Matrix]]:
        """A function from the ids (n, l) of n texts of l tokens, all of them among `words`, to states (n, l, 384).

        The library gets the vectors of these words alone: all 250,000 would take a second and 100 MB.
        """
        from ctranslate2 import Encoder, StorageView

        known = np.unique(words)
        self._set_words(known)
        place = Path(gettempdir())
        sweep(place)
        with temporary_beside(place / "themawijzer") as folder:
            self._spec.save(str(folder))
            model = Encoder(str(folder), compute_type="int8", inter_threads=os.cpu_count() or 1, intra_threads=1)

        def states(ids: NDArray[np.intp]) -> Matrix:
            rows = StorageView.from_array(np.searchsorted(known, ids).astype(np.int32))
            lengths = StorageView.from_array(np.full(len(ids), ids.shape[1], dtype=np.int32))
            return np.array(model.forward_batch(rows, lengths=lengths).last_hidden_state)

        yield states

    def _set_words(self, words: NDArray[np.intp]) -> None:
        from ctranslate2.specs.common_spec import EmbeddingsSpec

        embeddings = EmbeddingsSpec()
        embeddings.weight = unpack(self._words[words])
        embeddings.validate()
        embeddings.optimize("int8")
        self._spec.encoder.embeddings = [embeddings]
        self._spec.register_vocabulary(list(map(str, words)))


@cache
def kind_of_processor() -> str | None:
    """A name that processors share on which a text has the same states; None where `Exact` has to make them.

    It is the set of instructions, and the hash of what a layer of made-up weights makes of made-up words, so that no
    list of processors is kept. Where CTranslate2 was not measured to be faster (arm64), it is not installed.
    """
    if not find_spec("ctranslate2"):
        return None
    if why := _why_not():
        log.warning("Sentence vectors take two to three times as long as elsewhere: %s.", why)
        return None
    with Int8(_made_up_tensors()).reading(np.arange(64)) as states:
        found = b"".join(states(np.arange(length)[None]).tobytes() for length in LENGTHS)
    return f"{os.environ['CT2_FORCE_CPU_ISA']} {hashlib.blake2b(found, digest_size=4).hexdigest()}"


def _why_not() -> str:
    if not __cpu_features__.get("AVX2"):
        return "this processor has no AVX2"
    try:
        _load()
    except (ImportError, OSError) as error:  # such as a library of the system that is missing
        return f"CTranslate2 cannot be loaded ({type(error).__name__})"
    return ""


def _load() -> None:
    for setting, value in SETTINGS.items():
        os.environ.setdefault(setting, value)
    import ctranslate2  # noqa: F401  # after its settings


def _made_up_tensors() -> Tensors:
    random = np.random.default_rng(0)
    shapes = dict.fromkeys(("l0.q", "l0.k", "l0.v", "l0.ao"), (1, 1)) | {"l0.fi": (1, 4), "l0.fo": (4, 1)}
    tensors: Tensors = {"emb.pos": np.zeros(WIDTH * 512, np.float32), "emb.type": np.zeros(WIDTH, np.float32)}
    tensors |= {f"{name}.w": _blocks(random, WIDTH * k * WIDTH * m) for name, (k, m) in shapes.items()}
    tensors |= {f"{name}.b": np.zeros(WIDTH * m, np.float32) for name, (_, m) in shapes.items()}
    tensors["emb.word"] = _blocks(random, WIDTH * 64)
    for name in ("emb.ln", "l0.aln", "l0.oln"):
        tensors |= {f"{name}.w": np.ones(WIDTH, np.float32), f"{name}.b": np.zeros(WIDTH, np.float32)}
    return tensors


def _blocks(random: np.random.Generator, n_weights: int) -> NDArray[Any]:
    blocks = np.zeros(n_weights // 32, BLOCK)
    blocks["scale"], blocks["pairs"] = 0.01, random.integers(256, size=blocks["pairs"].shape, dtype=np.uint8)
    return blocks


def _set_linear(linear: Any, tensors: Tensors, *names: str, width: int = WIDTH) -> None:
    linear.weight = weights_of(tensors, *names, width=width)
    linear.bias = np.concatenate([tensors[f"{name}.b"] for name in names])


def _set_norm(norm: Any, tensors: Tensors, name: str) -> None:
    norm.gamma, norm.beta = tensors[f"{name}.w"], tensors[f"{name}.b"]
