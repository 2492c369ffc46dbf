"""Annotated answers as training data: one set of examples per codeframe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from themawijzer.coding.numbers import Bools, Ints, Labels
from themawijzer.files import hash_of
from themawijzer.language.kinds import AnswerKind, Kinds
from themawijzer.learning.classifier import CodeframeClassifier, learnable
from themawijzer.learning.features import FeatureExtractor
from themawijzer.learning.phrases import Phrases, collect_phrases
from themawijzer.survey.annotations import AnsweredUnit
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.gold import Gold

MIN_ANSWERS = 20


@dataclass(frozen=True)
class Examples:
    """n annotated answers of one codeframe with k codes.

    `Y` is a 0/1 array (n, k); `groups` (n,) gives answers with the same text the same number, so that
    they stay on one side of every split; `is_random` (n,) marks the answers of the random stream.
    """

    codes: list[str]
    units: list[AnsweredUnit]
    texts: list[str]
    Y: Labels
    groups: Ints
    is_random: Bools
    n_disagreements: int
    n_without_text: int

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def learnable(self) -> Bools:
        """For each code (k,) whether enough answers have it, and not all: without the codebook's phrases."""
        return learnable(self.Y, self.Y[:0])

    @property
    def support(self) -> dict[str, int]:
        """How many answers have each code."""
        return dict(zip(self.codes, self.Y.sum(axis=0, dtype=int).tolist(), strict=True))

    @property
    def sha256(self) -> str:
        """The hash of everything that can be learned from: codes, texts and who has which."""
        return hash_of([self.codes, self.texts, self.Y.tolist()])


def collect_examples(gold: Mapping[AnsweredUnit, Gold], codeframe: Codeframe, *, kinds: Kinds) -> Examples:
    """The settled annotations of a codeframe, ordered by unit.

    Left out and counted: disagreements, and answers that never go to the model ("weet niet", "zie boven").
    """
    own = sorted(
        (unit for unit in gold if unit.codeframe == codeframe.id),
        key=lambda unit: (unit.question, unit.respondent_id, unit.lines),
    )
    agreed = [unit for unit in own if not gold[unit].disputed]
    judged = kinds.of([gold[unit].text for unit in agreed], [unit.question for unit in agreed])
    settled = [unit for unit, kind in zip(agreed, judged, strict=True) if kind is AnswerKind.TEXT]
    codes = codeframe.code_ids
    texts = [gold[unit].text for unit in settled]
    labels = [[code in gold[unit].codes for code in codes] for unit in settled]
    return Examples(
        codes=codes,
        units=settled,
        texts=texts,
        Y=np.array(labels, dtype=np.int8).reshape(len(settled), len(codes)),
        groups=same_text(texts),
        is_random=np.array([gold[unit].is_random for unit in settled], dtype=bool),
        n_disagreements=len(own) - len(agreed),
        n_without_text=len(agreed) - len(settled),
    )


def same_text(texts: Sequence[str]) -> Ints:
    """A number for each of n texts (n,): the same for the same text, whatever its capitals."""
    return np.unique([text.lower().strip() for text in texts], return_inverse=True)[1].astype(np.intp)


def learn(
    texts: Sequence[str], Y: Labels, extract: FeatureExtractor, *, codeframe: Codeframe | None, pool: Sequence[str]
) -> CodeframeClassifier:
    """What n texts with their codes Y (n, k) teach, with the phrases of the codeframe.

    `pool` has the different answers of the survey, coded or not, the texts among them. On one thread, since the last
    bits of a factorization depend on their number; Apple's Accelerate, unlike OpenBLAS and MKL, cannot be held to it.
    """
    phrases = collect_phrases(codeframe, extract, known=texts) if codeframe else Phrases(extract([]), Y[:0])
    features, vectors = extract(texts), extract.encode(pool)
    with threadpool_limits(1, user_api="blas"):
        return CodeframeClassifier().fit(features, Y, same_text(texts), phrases, vectors)
