"""Models on disk: written whole or not at all, loaded without running anything from the file."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from themawijzer.coding.model_certificate import ModelCertificate
from themawijzer.coding.numbers import Bools, Probabilities
from themawijzer.errors import InputError, ModelError
from themawijzer.files import folder_beside, replace_folder, sha256, sweep
from themawijzer.language.cache import Keys, keys_of
from themawijzer.learning.arrays import check_arrays, read_arrays
from themawijzer.learning.calibration import Calibration, Thresholds
from themawijzer.learning.classifier import CodeframeClassifier
from themawijzer.learning.familiarity import Familiarity
from themawijzer.learning.neighbors import Neighbors
from themawijzer.learning.ngrams import CharacterTfidf
from themawijzer.records.manifest import MANIFEST_FILE, Manifest, ModelFacts, read_manifest, unusable, write_manifest
from themawijzer.survey.annotations import AnsweredUnit
from themawijzer.survey.codebook import Codebook, read_codebook

# What a classifier is made of besides arrays and numbers.
PARTS = {
    "calibration_": Calibration,
    "familiarity_": Familiarity,
    "neighbors_": Neighbors,
    "rule_": Thresholds,
    "tfidf_": CharacterTfidf,
}
FILES = ("codebook.toml", "model.npz")
# A model gives other probabilities, or does not load, when one of these changes.
VERSIONED = ("themawijzer", "scipy", "numpy", "spacy", "simplemma")


@dataclass(frozen=True)
class Model:
    """One classifier per learned codeframe, what they were made from and with, and the keys of their answers.

    `keys` has per codeframe the `answer_keys` (n,) of what it learned from, in the order of `held_out_` and
    `left_out_`.
    """

    classifiers: dict[str, CodeframeClassifier]
    learned: ModelFacts
    keys: dict[str, Keys]
    certificates: dict[str, ModelCertificate]

    def held_out(self, codeframe: str, answers: Sequence[AnsweredUnit]) -> Probabilities:
        """The probabilities of answers (n, k) had neither they nor repeats been learned from; NaN if they were not."""
        return self._of(codeframe, answers, self.classifiers[codeframe].held_out_)

    def left_out(self, codeframe: str, answers: Sequence[AnsweredUnit]) -> Probabilities:
        """The leave-one-out probabilities of answers (n, k); NaN for answers not learned from."""
        return self._of(codeframe, answers, self.classifiers[codeframe].left_out_)

    def _of(self, codeframe: str, answers: Sequence[AnsweredUnit], found: Probabilities) -> Probabilities:
        keys, wanted = self.keys[codeframe], answer_keys(answers)
        order = np.argsort(keys)
        rows = order[np.searchsorted(keys, wanted, sorter=order).clip(max=len(keys) - 1)]
        return np.where((keys[rows] == wanted)[:, None], found[rows], np.float32(np.nan))

    def learned_from(self, codeframe: str, answers: Sequence[AnsweredUnit]) -> Bools:
        """Which of the answers that the codeframe's classifier learned from (n,) are among these."""
        return np.isin(self.keys[codeframe], answer_keys(answers))


def answer_keys(answers: Iterable[AnsweredUnit]) -> Keys:
    """A number per answer (n,) that names it without telling what it is and whose.

    Its text is part of it: in a panel, the same respondent answers the same question in every wave.
    """
    return keys_of("\0".join([*unit[:3], *unit.lines]) for unit in answers)


def save_model(folder: Path, model: Model, codebook_file: Path, card: str) -> None:
    """Replace the model folder, with its card; evaluations of the model that was there before go with it.

    Raises InputError for a folder with something else than a model in it.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST_FILE).exists():
        raise InputError("this folder holds something else than a model", file=folder, expected="Move it elsewhere.")
    with folder_beside(folder) as beside:
        arrays: Any = {f"{codeframe}/answers": keys for codeframe, keys in model.keys.items()}
        for codeframe, classifier in model.classifiers.items():
            arrays |= _arrays(codeframe, classifier)
        np.savez(beside / "model.npz", allow_pickle=False, **arrays)
        shutil.copyfile(codebook_file, beside / "codebook.toml")
        files = {name: sha256(beside / name) for name in FILES}
        (beside / "README.md").write_text(card, encoding="utf-8", newline="")
        write_manifest(beside, Manifest(**vars(model.learned), certificates=model.certificates, files=files))
        replace_folder(beside, folder)


def load_model(folder: Path, *, codebook: Codebook, tokenizer: str, encoder: str) -> Model:
    """The model in the folder; raises ModelError when it is missing, changed, or made for something else."""
    manifest = _checked_manifest(folder)
    made_with = {"spaCy pipeline": manifest.tokenizer, "encoder": manifest.encoder, **manifest.versions}
    for what, present in {"spaCy pipeline": tokenizer, "encoder": encoder, **versions()}.items():
        if (trained := made_with.get(what)) != present:
            raise unusable(folder, f"it was trained with {what} {trained}, and this is {present}")
    return _load(folder, manifest, codebook)


def load_remembered(folder: Path, *, codebook: Codebook) -> Model:
    """The model for what it says of the answers that it learned from, which needs nothing that it was trained with.

    Raises ModelError when it is missing, changed, or made for another codebook.
    """
    return _load(folder, _checked_manifest(folder), codebook)


def _checked_manifest(folder: Path) -> Manifest:
    require_model(folder)
    manifest = read_manifest(folder)
    for name in FILES:
        if not (folder / name).is_file() or sha256(folder / name) != manifest.files.get(name):
            raise unusable(folder, f"{name} is not the file that was saved with it")
    return manifest


def _load(folder: Path, manifest: Manifest, codebook: Codebook) -> Model:
    if read_codebook(folder / "codebook.toml") != codebook:
        raise unusable(folder, "the codebook has changed since it was trained")
    try:
        return _read_model(folder / "model.npz", manifest, codebook)
    except Exception as error:  # nobody can list what a stranger's file sets off
        raise unusable(folder, "model.npz is not the model of this version") from error


def _read_model(path: Path, manifest: Manifest, codebook: Codebook) -> Model:
    """Arrays and nothing else, so that a model folder from a stranger cannot run code."""
    found = read_arrays(path)
    codes = {name: list(learned.positives) for name, learned in manifest.codeframes.items()}
    if not found or codes != {name: codebook.codeframe(name).code_ids for name in found}:
        raise ValueError("other codeframes or codes than the manifest has")
    if manifest.certificates.keys() != codes.keys():
        raise ValueError("other codeframes than certificates")
    model = Model({}, manifest.learned, {}, manifest.certificates)
    for codeframe, arrays in found.items():
        check_arrays(arrays, len(codebook.codeframe(codeframe).codes))
        model.keys[codeframe] = arrays.pop("answers")
        model.classifiers[codeframe] = _classifier(arrays)
    return model


def _classifier(arrays: Mapping[str, NDArray[Any]]) -> CodeframeClassifier:
    classifier = CodeframeClassifier()
    for name, array in arrays.items():
        part, _, attribute = name.rpartition("/")
        owner = vars(classifier).setdefault(part, PARTS[part]()) if part else classifier
        setattr(owner, attribute, array[()])  # a number stays a number
    return classifier


def _arrays(place: str, part: object) -> Iterator[tuple[str, NDArray[Any]]]:
    """By codeframe, part and attribute, such as `thema/calibration_/mean_`."""
    for name, value in vars(part).items():
        if name in PARTS:
            yield from _arrays(f"{place}/{name}", value)
        else:
            yield f"{place}/{name}", np.asarray(value)


def require_model(folder: Path) -> None:
    """Raise ModelError where there is no model, nor one that a killed run had set aside."""
    sweep(folder.parent)
    if not (folder / MANIFEST_FILE).is_file():
        raise ModelError(f"there is no model in {folder}\nMake one: themawijzer train {folder.name}")


def versions() -> dict[str, str]:
    """Of what a model depends on."""
    return {package: version(package) for package in VERSIONED}
