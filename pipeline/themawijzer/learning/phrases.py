"""What the codebook itself says of its codes: material to learn from, and the keyword rule to compare with."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from themawijzer.coding.numbers import Labels
from themawijzer.language.dutch import CONJUNCTIONS, FUNCTION_WORDS
from themawijzer.language.tokens import Tokenizer
from themawijzer.learning.features import FeatureExtractor, Features
from themawijzer.survey.codebook import Code, Codeframe, raise_parents

# "Om- en bijscholing, zij-instroom (van werk naar werk)" names several things, and each alone is enough.
ALTERNATIVES = re.compile(rf"[,;:()/]|\b(?:{'|'.join(CONJUNCTIONS)})\b")
MIN_LENGTH = 3  # characters; what is shorter is what splitting left over


@dataclass(frozen=True)
class Phrases:
    """m phrases of a codeframe with k codes; `Y` is 0/1 (m, k), with the parents of each phrase's code."""

    features: Features
    Y: Labels


def collect_phrases(codeframe: Codeframe, extract: FeatureExtractor, *, known: Iterable[str]) -> Phrases:
    """The alternatives in labels and inclusions, and the examples, each with its code.

    What also stands among the `known` answers is left out, or a test answer could be learned by heart.
    """
    taken = {text.lower().strip() for text in known}
    named = [(text, code.id) for code in codeframe.codes for text in [*alternatives(code), *code.examples]]
    pairs = [(text, code) for text, code in named if text.lower().strip() not in taken]
    given = [codeframe.with_parents([code]) for _, code in pairs]
    labels = [[code in codes for code in codeframe.code_ids] for codes in given]
    Y = np.array(labels, dtype=np.int8).reshape(len(pairs), len(codeframe.codes))
    return Phrases(extract([text for text, _ in pairs]), Y)


def alternatives(code: Code) -> list[str]:
    """What a code's label and inclusions name, one thing each."""
    named = [
        part.replace("_", " ").strip() for text in [code.label, *code.include] for part in ALTERNATIVES.split(text)
    ]
    return [part for part in named if len(part) >= MIN_LENGTH]


def keyword_codes(texts: Sequence[str], codeframe: Codeframe, tokenizer: Tokenizer) -> Labels:
    """0/1 (n, k): an answer gets a code when it has all words of one alternative in its label or inclusions."""
    answers = [frozenset(word.lemma for word in words) for words in tokenizer.tokenize(texts)]
    rules = [_rules(alternatives(code), tokenizer) for code in codeframe.codes]
    found = [[any(rule <= answer for rule in rules_of_code) for rules_of_code in rules] for answer in answers]
    given = np.array(found, dtype=np.int8).reshape(len(answers), len(rules))
    return raise_parents(given, codeframe.parent_positions)


def _rules(phrases: list[str], tokenizer: Tokenizer) -> list[frozenset[str]]:
    lemmas = (frozenset(word.lemma for word in words) for words in tokenizer.tokenize(phrases))
    rules = [words - FUNCTION_WORDS for words in lemmas]
    return [rule for rule in rules if rule]
