"""`manifest.json`: what a model was made from and with."""

from __future__ import annotations

from dataclasses import dataclass

from themawijzer.records.json_file import Record


@dataclass(frozen=True)
class Pool:
    """The answers, with and without codes, that words are counted in."""

    answers: int
    sha256: str


@dataclass(frozen=True)
class Learned:
    """What was learned from in one codeframe, what was left out, and per code how many answers have it."""

    answers: int
    disagreements_left_out: int
    without_text_left_out: int
    positives: dict[str, int]
    not_learnable: list[str]
    sha256: str
    pool: Pool


@dataclass(frozen=True)
class ModelFacts(Record):
    """What a model was made from and with."""

    survey: str
    codebook_version: str
    tokenizer: str
    encoder: str
    seed: int
    codeframes: dict[str, Learned]
    versions: dict[str, str]

    def is_same_model(self, other: ModelFacts) -> bool:
        """Whether both learned the same from the same answers."""
        keys = ("codeframes", "tokenizer", "encoder", "seed")
        return all(getattr(self, key) == getattr(other, key) for key in keys)
