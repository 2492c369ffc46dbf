"""What the codebook itself says of its codes, as short texts: training material that needs no annotator."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from themawijzer.coding.numbers import Labels
from themawijzer.language.dutch import CONJUNCTIONS
from themawijzer.learning.features import FeatureExtractor, Features
from themawijzer.survey.codebook import Code, Codeframe

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
