"""spaCy pipelines that split Dutch answers and find lemmas. They take a second to load, so `tokens` avoids it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import spacy
from spacy import tokenizer
from spacy.lang.nl import Dutch
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex

from themawijzer.errors import ThemawijzerError
from themawijzer.language.dutch import URL
from themawijzer.language.lemmas import lemma_of, whole

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
NOT_NEEDED = ("parser", "ner", "senter", "entity_ruler", "entity_linker", "textcat", "textcat_multilabel")
NEEDED_BY_RULES_ONLY = ("tagger", "morphologizer", "attribute_ruler")


@cache  # loading its special cases takes half a second
def blank_pipeline() -> Language:
    """SpaCy's Dutch tokenizer with simplemma's lemmas."""
    return _with_lemmas(Dutch(create_tokenizer=_tokenizer))


def load_pipeline(pipeline: str) -> Language:
    """A trained pipeline by package name or path, reduced to what lemmas need."""
    try:
        nlp = spacy.load(pipeline, exclude=list(NOT_NEEDED))
    except Exception as error:  # noqa: BLE001  # whatever a folder or package that is no pipeline raises
        raise ThemawijzerError(f"{pipeline} cannot be loaded as a spaCy pipeline ({type(error).__name__})") from None
    nlp.tokenizer = _tokenizer(nlp, getattr(nlp.tokenizer, "rules", None))
    return _with_lemmas(nlp)


def _with_lemmas(nlp: Language) -> Language:
    if not nlp.has_pipe("lemmatizer"):
        nlp.add_pipe("simplemma")
        return nlp
    if nlp.get_pipe_meta("lemmatizer").factory == "trainable_lemmatizer":
        for name in NEEDED_BY_RULES_ONLY:
            if nlp.has_pipe(name):
                nlp.remove_pipe(name)
    nlp.add_pipe("whole_lemmas")
    return nlp


def _tokenizer(nlp: Language, rules: Mapping[str, Any] | None = None) -> tokenizer.Tokenizer:
    """The language's own tokenizer with rules for lists and web addresses; changing one in place takes longer."""
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
        token.lemma_ = lemma_of(token.lower_)
    return doc


@Language.component("whole_lemmas", requires=["token.lemma"], assigns=["token.lemma"])
def _whole_lemmas(doc: Doc) -> Doc:
    for token in doc:
        token.lemma_ = whole(token.lower_, token.lemma_.lower())
    return doc
