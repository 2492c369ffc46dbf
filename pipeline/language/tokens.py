"""The one text path: raw answers to words, with or without their lemmas, for training and prediction alike."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import simplemma
import spacy
from spacy import tokenizer
from spacy.lang.nl import Dutch
from spacy.language import Language
from spacy.tokens import Doc, Token
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex

from pipeline.errors import ThemawijzerError

log = logging.getLogger(__name__)

# Respondents type lists without spaces: "mbo/hbo", "zorg+bouw", "1.zorg 2.bouw", "zorg;bouw", "-zorg", "•bouw".
LIST_PREFIXES = (r"[-•·\uf0b7](?=[^\W\d_])",)
LIST_INFIXES = (
    r"(?<=[^\W\d_])[/+&](?=[^\W\d_]{3})",
    r"(?<=[^\W\d_]{3})[/+](?=[^\W\d_])",
    r"(?<=[^\W\d_]{3})\.(?=[^\W\d_]{3})",
    r"(?<=[^\W_])[;|](?=[^\W_])",
    r"(?<=^\d)[.)](?=[^\W\d_])",
    r"(?<=^\d\d)[.)](?=[^\W\d_])",
)
# spaCy's own pattern takes "1.zorg" and "zorg.bouw" for web addresses.
URL = re.compile(r"(?:https?://|www\.)\S+|(?:[\w-]+\.)+(?:nl|be|eu|nu|com|org|net)(?:[/?#]\S*)?", re.IGNORECASE)
NOT_NEEDED = ("parser", "ner", "senter", "entity_ruler", "entity_linker", "textcat", "textcat_multilabel")
NEEDED_BY_RULES_ONLY = ("tagger", "morphologizer", "attribute_ruler")
MEANINGFUL = frozenset({"eigen", "gelijk", "gelijke", "vrij", "vrije"})  # though spaCy has most of them as stop words
FALLBACK = f"blank_nl+simplemma {simplemma.__version__}"


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was typed, with its lower-case lemma."""

    text: str
    lemma: str


class Tokenizer:
    """A spaCy pipeline reduced to what coding needs: tokens and lemmas.

    `name` identifies pipeline and version; a model works only with the one it was trained with.
    """

    def __init__(self, nlp: Language, name: str) -> None:
        self.name = name
        self._nlp = nlp

    def split(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """The words of each text as they were typed, in order; white space and punctuation are left out."""
        for text in texts:
            yield [token.text for token in _kept(self._nlp.make_doc(text))]

    def tokenize(self, texts: Iterable[str]) -> Iterator[list[Word]]:
        """The same words with their lemmas, for which a trained pipeline takes far longer."""
        for doc in self._nlp.pipe(texts, batch_size=256):
            yield [Word(token.text, _lemma(token)) for token in _kept(doc)]

    def topics(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """The lemmas of each text without numbers and stop words: what it is about."""
        for doc in self._nlp.pipe(texts, batch_size=256):
            yield [_lemma(token) for token in _kept(doc) if _is_topic(token)]


def load_tokenizer(pipeline: str) -> Tokenizer:
    """Load a spaCy pipeline by package name or path; without it, a blank one with simplemma's lemmas."""
    if not spacy.util.is_package(pipeline) and not spacy.util.ensure_path(pipeline).exists():
        log.warning("spaCy pipeline %s is not installed; using spaCy's Dutch tokenizer with simplemma.", pipeline)
        return Tokenizer(_with_lemmas(Dutch(create_tokenizer=_tokenizer)), FALLBACK)
    try:
        nlp = spacy.load(pipeline, exclude=list(NOT_NEEDED))
    except Exception as error:  # noqa: BLE001  # whatever a folder or package that is no pipeline raises
        raise ThemawijzerError(f"{pipeline} cannot be loaded as a spaCy pipeline ({type(error).__name__})") from None
    nlp.tokenizer = _tokenizer(nlp, getattr(nlp.tokenizer, "rules", None))
    name = f"{nlp.meta['lang']}_{nlp.meta['name']} {nlp.meta['version']}"
    return Tokenizer(_with_lemmas(nlp), name)


def _with_lemmas(nlp: Language) -> Language:
    if not nlp.has_pipe("lemmatizer"):
        nlp.add_pipe("simplemma")
    elif nlp.get_pipe_meta("lemmatizer").factory == "trainable_lemmatizer":
        for name in NEEDED_BY_RULES_ONLY:
            if nlp.has_pipe(name):
                nlp.remove_pipe(name)
    return nlp


def _tokenizer(nlp: Language, rules: Mapping[str, Any] | None = None) -> tokenizer.Tokenizer:
    """The language's own tokenizer but for lists and web addresses; changing one loads all special cases again."""
    defaults = nlp.Defaults
    return tokenizer.Tokenizer(
        nlp.vocab,
        rules=defaults.tokenizer_exceptions if rules is None else rules,
        prefix_search=compile_prefix_regex([*(defaults.prefixes or ()), *LIST_PREFIXES]).search,
        suffix_search=compile_suffix_regex(defaults.suffixes or ()).search,
        infix_finditer=compile_infix_regex([*(defaults.infixes or ()), *LIST_INFIXES]).finditer,
        token_match=defaults.token_match,
        url_match=URL.fullmatch,
    )


@Language.component("simplemma", assigns=["token.lemma"])
def _simplemma(doc: Doc) -> Doc:
    for token in doc:
        token.lemma_ = simplemma.lemmatize(token.lower_, lang="nl")
    return doc


def _kept(doc: Doc) -> Iterator[Token]:
    return (token for token in doc if not (token.is_space or token.is_punct))


def _is_topic(token: Token) -> bool:
    return len(token) > 1 and not token.like_num and (not token.is_stop or token.lower_ in MEANINGFUL)


def _lemma(token: Token) -> str:
    if URL.fullmatch(token.text):
        return "<url>"
    # A lemma with a space in it would fall apart into two words.
    return (token.lemma_ or token.lower_).lower().replace(" ", "_")
