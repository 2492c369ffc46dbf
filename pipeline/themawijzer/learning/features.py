"""What the classifier sees of an answer: the same function for training and prediction."""

import atexit
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Self

import numpy as np

from themawijzer.coding.numbers import Ints
from themawijzer.files import sweep, temporary_beside
from themawijzer.language.encoders import CachedEncoder, Vectors, load_encoder
from themawijzer.language.tokens import Tokenizer, load_tokenizer, plain


@dataclass(frozen=True)
class Features:
    """Of n answers: their words as typed, and their sentence vectors (n, d)."""

    words: list[list[str]]
    vectors: Vectors

    def __len__(self) -> int:
        return len(self.words)

    @property
    def texts(self) -> list[str]:
        """Per answer its words as they are compared, separated by spaces."""
        return [plain(" ".join(words)) for words in self.words]

    def take(self, rows: Ints) -> Self:
        """The features of these rows, in this order."""
        return type(self)([self.words[i] for i in rows], self.vectors[rows])

    def and_then(self, others: Self) -> Self:
        """These answers followed by others."""
        vectors = np.vstack([self.vectors, others.vectors]) if len(others) else self.vectors
        return type(self)(self.words + others.words, vectors)


@dataclass(frozen=True)
class FeatureExtractor:
    """Raw answers to features."""

    tokenizer: Tokenizer
    encoder: CachedEncoder

    def __call__(self, answers: Sequence[str], *, advance: Callable[[int], None] = lambda _: None) -> Features:
        # Words beside vectors: each uses only a part of what two cores can do.
        with ThreadPoolExecutor(1) as beside:
            words = beside.submit(self.tokenizer.split, answers)
            vectors = self.encode(answers, advance=advance)
            return Features(words.result(), vectors)

    def encode(self, answers: Sequence[str], *, advance: Callable[[int], None] = lambda _: None) -> Vectors:
        """The sentence vectors (n, d); capitals, a final stop and kinds of apostrophes do not move them."""
        return self.encoder.encode([plain(answer).strip(" .") for answer in answers], advance=advance)


def load_extractor(spacy_pipeline: str, encoder: str, folder: Path) -> FeatureExtractor:
    """The way from raw answers to features by the names of both; what it finds out is kept in the folder."""
    tokenizer = load_tokenizer(spacy_pipeline, cache=folder / "words")
    return FeatureExtractor(tokenizer, CachedEncoder(load_encoder(encoder, folder), folder / "vectors"))


shared_extractor = cache(load_extractor)  # loading takes seconds, and estimators are cloned and fitted by the dozen


@cache
def temporary_folder() -> Path:
    """A folder that is there until this process ends, or else until another one asks for its own."""
    ending, place = ExitStack(), Path(gettempdir())
    sweep(place)
    atexit.register(ending.close)
    return ending.enter_context(temporary_beside(place / "themawijzer"))
