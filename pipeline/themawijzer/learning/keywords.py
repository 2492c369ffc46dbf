"""The keyword rule: what a team would get without learning, from the codebook alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from themawijzer.coding.numbers import Labels
from themawijzer.language.dutch import FUNCTION_WORDS
from themawijzer.language.tokens import Tokenizer, Word
from themawijzer.learning.phrases import alternatives
from themawijzer.survey.codebook import Codeframe, raise_parents


def keyword_codes(texts: Sequence[str], codeframe: Codeframe, tokenizer: Tokenizer) -> Labels:
    """0/1 (n, k): an answer gets a code when it has all words of one alternative in its label or inclusions."""
    answers = [frozenset(word.lemma for word in words) for words in tokenizer.tokenize(texts)]
    rules = [_rules(alternatives(code), tokenizer) for code in codeframe.codes]
    found = [[any(rule <= answer for rule in rules_of_code) for rules_of_code in rules] for answer in answers]
    given = np.array(found, dtype=np.int8).reshape(len(answers), len(rules))
    return raise_parents(given, codeframe.parent_positions)


def _rules(phrases: list[str], tokenizer: Tokenizer) -> list[frozenset[str]]:
    rules = [_content(words) for words in tokenizer.tokenize(phrases)]
    return [rule for rule in rules if rule]


def _content(words: list[Word]) -> frozenset[str]:
    return frozenset(word.lemma for word in words) - FUNCTION_WORDS
