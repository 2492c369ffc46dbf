"""`manifest.json`: what a model was made from and with."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from themawijzer.coding.model_certificate import ModelCertificate
from themawijzer.errors import ModelError
from themawijzer.files import as_json
from themawijzer.records.json_file import Count, Record, facts_of, record_of

MANIFEST_FILE = "manifest.json"


@dataclass(frozen=True)
class Pool:
    """The answers, with and without codes, that words are counted in."""

    answers: Count
    sha256: str


@dataclass(frozen=True)
class Learned:
    """What was learned from in one codeframe, what was left out, and per code how many answers have it.

    `on_every_answer` are codes that all of them have, or all but one or two: they are given to every answer.
    """

    answers: Count
    disagreements_left_out: Count
    without_text_left_out: Count
    positives: dict[str, Count]
    not_learnable: list[str]
    on_every_answer: list[str]
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


@dataclass(frozen=True)
class Manifest(ModelFacts):
    """The same, with what the model may code alone in each codeframe, and the hashes of its files."""

    certificates: dict[str, ModelCertificate]
    files: dict[str, str]

    @property
    def learned(self) -> ModelFacts:
        return ModelFacts(*(getattr(self, field.name) for field in fields(ModelFacts)))


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the model in the folder; raises ModelError where it is not as it was saved."""
    try:
        return record_of((folder / MANIFEST_FILE).read_bytes(), Manifest)
    except ValueError as error:
        raise unusable(folder, f"{MANIFEST_FILE} is not that of a model: {error}") from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it beside the files that it has the hashes of."""
    (folder / MANIFEST_FILE).write_text(as_json(facts_of(manifest)), encoding="utf-8", newline="")


def unusable(folder: Path, reason: str) -> ModelError:
    """The error about a model that has to be trained anew."""
    return ModelError(f"the model in {folder} cannot be used: {reason}\nRetrain: themawijzer train {folder.name}")
