"""The one text path: raw answers to words, with or without their lemmas, for training and prediction alike."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from themawijzer.errors import ThemawijzerError
from themawijzer.language.cache import Cache, made_with
from themawijzer.language.dutch import APOSTROPHES, MEANINGFUL, URL
from themawijzer.survey import no_answers
from themawijzer.survey.no_answers import MOST_READ

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

log = logging.getLogger(__name__)

FALLBACK = f"blank_nl+simplemma {version('simplemma')}"
NOWHERE = (0, 0)  # stands for the words of a text without words


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was typed, with its lower-case lemma."""

    text: str
    lemma: str


def plain(text: str) -> str:
    """The text as it is compared: in lower case, with one apostrophe for the signs that stand for it."""
    return text.lower().translate(APOSTROPHES)


class Tokenizer:
    """A spaCy pipeline reduced to what coding needs: tokens and lemmas.

    `name` identifies pipeline and version; a model works only with the one it was trained with. The `pipeline` (None: a
    blank one) is loaded at the first text that is not in the cache.
    """

    def __init__(self, pipeline: str | None, name: str, cache: Cache | None) -> None:
        self.name = name
        self._pipeline = pipeline
        self._cache = cache

    @cached_property
    def _nlp(self) -> Language:
        from themawijzer.language.pipelines import blank_pipeline, load_pipeline

        return load_pipeline(self._pipeline) if self._pipeline else blank_pipeline()

    def split(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of each text as they were typed, in order; white space and punctuation are left out.

        Of a text of more than `MOST_READ` characters, those of its first part.
        """
        places = self._cache.through(texts, self._places) if self._cache else [self._places(text) for text in texts]
        return [[text[start:end] for start, end in place if end] for text, place in zip(texts, places, strict=True)]

    def tokenize(self, texts: Iterable[str]) -> Iterator[list[Word]]:
        """The same words with their lemmas; with a trained pipeline this takes far longer than `split`."""
        for doc, text in self._nlp.pipe(((_read(text), text) for text in texts), as_tuples=True, batch_size=256):
            yield [Word(text[token.idx : token.idx + len(token)], _lemma(token)) for token in _kept(doc)]

    def topics(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """The lemmas of each text without numbers and stop words: what it is about."""
        for doc in self._nlp.pipe(map(_read, texts), batch_size=256):
            yield [_lemma(token) for token in _kept(doc) if _is_topic(token)]

    def _places(self, text: str) -> list[tuple[int, int]]:
        """Where each word begins and ends; at least one row."""
        words = _kept(self._nlp.make_doc(_read(text)))
        return [(token.idx, token.idx + len(token)) for token in words] or [NOWHERE]


def load_tokenizer(pipeline: str, *, cache: Path | None = None) -> Tokenizer:
    """A spaCy pipeline by package name or full path; without it, a blank one with simplemma's lemmas.

    The places of words are kept in the folder `cache` until tokenizer or code change.
    """
    folder = _folder(pipeline)
    if folder is None:
        log.warning("spaCy pipeline %s is not installed; using spaCy's Dutch tokenizer with simplemma.", pipeline)
        return Tokenizer(None, FALLBACK, _cached(cache, []))
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        name = f"{meta['lang']}_{meta['name']} {meta['version']}"
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ThemawijzerError(f"{pipeline} cannot be loaded as a spaCy pipeline ({type(error).__name__})") from None
    return Tokenizer(pipeline, name, _cached(cache, [folder / "meta.json", *folder.glob("tokenizer")]))


def _folder(pipeline: str) -> Path | None:
    """The folder of the pipeline; None if it is neither an installed package nor a full path.

    A folder that is called like the package, in whatever folder somebody works, is not meant.
    """
    try:
        distribution(pipeline)
    except (PackageNotFoundError, ValueError):
        return Path(pipeline) if Path(pipeline).is_absolute() and Path(pipeline).exists() else None
    spec = find_spec(pipeline)
    package = Path(spec.origin if spec and spec.origin else pipeline).parent
    return next((path.parent for path in package.glob(f"{pipeline}-*/meta.json")), package)


def _cached(cache: Path | None, own: list[Path]) -> Cache | None:
    here = Path(__file__)
    sources = [here, here.with_name("pipelines.py"), here.with_name("dutch.py"), Path(no_answers.__file__), *own]
    return Cache(cache / made_with(*sources, packages=["spacy"])) if cache else None


def _read(text: str) -> str:
    """What the pipeline reads of a text, in which every word has its place in the text."""
    return text[:MOST_READ].translate(APOSTROPHES)


def _kept(doc: Doc) -> Iterator[Token]:
    return (token for token in doc if not (token.is_space or token.is_punct))


def _is_topic(token: Token) -> bool:
    lemma = _lemma(token)
    is_stop = token.is_stop or token.vocab[lemma].is_stop  # the lemma of "'s" in "'s zomers" is "de"
    return len(token) > 1 and not token.like_num and (not is_stop or not MEANINGFUL.isdisjoint((token.lower_, lemma)))


def _lemma(token: Token) -> str:
    if URL.fullmatch(token.text):
        return "<url>"
    return (token.lemma_ or token.lower_).lower()
