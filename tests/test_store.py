"""A model folder is whole, unchanged and meant for this survey, or it is refused."""

import json
from dataclasses import asdict
from errno import EACCES
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from numpy.typing import NDArray

from themawijzer.coding.certification import CertificateReason
from themawijzer.coding.model_certificate import ModelCertificate
from themawijzer.errors import InputError, ModelError
from themawijzer.files import sha256
from themawijzer.learning.classifier import CodeframeClassifier
from themawijzer.learning.features import Features
from themawijzer.learning.phrases import Phrases
from themawijzer.learning.store import Model, answer_keys, load_model, save_model, versions
from themawijzer.records.manifest import Learned, ModelFacts, Pool
from themawijzer.survey.annotations import AnsweredUnit, lines_of
from themawijzer.survey.codebook import Codebook, read_codebook

CODEBOOK = """
title = "Test"
version = "1.0.0"
[[codeframe]]
id = "thema"
label = "Thema"
code = [
    {id = "aap", value = 1, label = "Aap", definition = "d"},
    {id = "boom", value = 2, label = "Boom", definition = "d"},
]
"""
NO_PHRASES = Phrases(Features([], np.empty((0, 3), dtype=np.float32)), np.empty((0, 2), dtype=np.int8))
CARD = "# Modelkaart\n"
MANIFEST: dict[str, str] = {"tokenizer": "woorden 1", "encoder": "vectoren 1"}
LEARNED = Learned(40, 0, 0, {"aap": 20, "boom": 20}, [], [], "0", Pool(40, "0"))
FACTS = ModelFacts("enquete", "1.0.0", "woorden 1", "vectoren 1", 0, {"thema": LEARNED}, versions())
CERTIFICATES = {"thema": ModelCertificate(["v1"], CertificateReason.TOO_FEW, 9, 50, 0.95, None, None, [], [])}
ANSWERS = [AnsweredUnit(f"{number:03d}", "v1", "thema", (f"aap {number:03d}",)) for number in range(40)]
KEYS = {"thema": answer_keys(ANSWERS)}


def model_of(classifier: CodeframeClassifier) -> Model:
    return Model({"thema": classifier}, FACTS, KEYS, CERTIFICATES)


def features(texts: list[str]) -> Features:
    words = [text.split() for text in texts]
    vectors = [[text.count("a"), text.count("b"), len(text)] for text in texts]
    return Features(words, np.array(vectors, dtype=np.float32))


@pytest.fixture
def classifier() -> CodeframeClassifier:
    texts = [f"{word} {number}" for number in range(10) for word in ("aap", "boom", "aap boom", "iets")]
    Y = np.array([["aap" in text, "boom" in text] for text in texts], dtype=np.int8)
    answers = features(texts)
    return CodeframeClassifier().fit(answers, Y, np.arange(len(texts)), NO_PHRASES, answers.vectors)


@pytest.fixture
def folder(tmp_path: Path, classifier: CodeframeClassifier) -> Path:
    (tmp_path / "codebook.toml").write_text(CODEBOOK, encoding="utf-8")
    save_model(tmp_path / "models" / "enquete", model_of(classifier), tmp_path / "codebook.toml", CARD)
    return tmp_path / "models" / "enquete"


def load(folder: Path, *, codebook: Codebook | None = None, **present: str) -> Model:
    known = codebook or read_codebook(folder.parent.parent / "codebook.toml")
    return load_model(folder, codebook=known, **(MANIFEST | present))


def test_a_loaded_model_predicts_as_the_saved_one(folder: Path, classifier: CodeframeClassifier) -> None:
    new = features(["aap", "boom in het bos", "niets"])
    loaded = load(folder).classifiers["thema"]
    np.testing.assert_array_equal(loaded.predict_proba(new), classifier.predict_proba(new))
    np.testing.assert_array_equal(loaded.thresholds_, classifier.thresholds_)
    assert loaded.given(loaded.predict_proba(new))[0].tolist() == [True, False]


def test_answers_that_were_learned_from_get_what_the_model_says_without_them(
    folder: Path, classifier: CodeframeClassifier
) -> None:
    new, known = load(folder).held_out("thema", [AnsweredUnit("new", "v1", "thema", ("aap 007",)), ANSWERS[7]])
    assert np.isnan(new).all()
    np.testing.assert_array_equal(known, classifier.held_out_[7])


def test_another_answer_of_the_same_respondent_is_not_one_that_was_learned_from(
    folder: Path, classifier: CodeframeClassifier
) -> None:
    model = load(folder)
    next_wave = [ANSWERS[7]._replace(lines=("boom",))]
    with_other_line_ends = [ANSWERS[7]._replace(lines=lines_of("aap 007\r\n"))]
    assert np.isnan(model.held_out("thema", next_wave)).all()
    assert np.isnan(model.left_out("thema", next_wave)).all()
    assert model.learned_from("thema", next_wave).sum() == 0
    np.testing.assert_array_equal(model.held_out("thema", with_other_line_ends), classifier.held_out_[[7]])


def test_saving_replaces_the_whole_folder_and_leaves_nothing_beside_it(
    folder: Path, classifier: CodeframeClassifier
) -> None:
    (folder / "evaluation.json").write_text("{}")
    save_model(folder, model_of(classifier), folder.parent.parent / "codebook.toml", CARD)
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md",
        "codebook.toml",
        "manifest.json",
        "model.npz",
    ]
    assert [path.name for path in folder.parent.iterdir()] == ["enquete"]


def test_a_failing_save_leaves_the_previous_model(folder: Path, classifier: CodeframeClassifier) -> None:
    before = sha256(folder / "model.npz")
    with pytest.raises(FileNotFoundError):
        save_model(folder, model_of(classifier), folder / "no-such-codebook.toml", CARD)
    assert sha256(folder / "model.npz") == before
    assert [path.name for path in folder.parent.iterdir()] == ["enquete"]


def test_what_a_killed_save_left_is_in_nobodys_way(folder: Path, classifier: CodeframeClassifier) -> None:
    (folder.parent / ".enquete.0123abcd.tmp" / "new" / "model.npz").mkdir(parents=True)
    save_model(folder, model_of(classifier), folder.parent.parent / "codebook.toml", CARD)
    assert [path.name for path in folder.parent.iterdir()] == ["enquete"]


def test_a_model_that_a_killed_save_set_aside_outlives_one_that_fails(
    folder: Path, classifier: CodeframeClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sha256(folder / "model.npz")
    killed = folder.parent / ".enquete.0123abcd.tmp"
    killed.mkdir()
    folder.rename(killed / ".replaced")
    rename = Path.rename

    def fail_on_new(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise PermissionError(EACCES, "Permission denied", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail_on_new)
    with pytest.raises(PermissionError):
        save_model(folder, model_of(classifier), folder.parent.parent / "codebook.toml", CARD)
    assert sha256(folder / "model.npz") == before
    assert [path.name for path in folder.parent.iterdir()] == ["enquete"]


def test_a_model_that_a_killed_save_set_aside_is_loaded(folder: Path) -> None:
    killed = folder.parent / ".enquete.0123abcd.tmp"
    killed.mkdir()
    folder.rename(killed / ".replaced")
    assert load(folder).classifiers.keys() == {"thema"}
    assert [path.name for path in folder.parent.iterdir()] == ["enquete"]


def test_a_model_folder_that_is_read_only_is_replaced(folder: Path, classifier: CodeframeClassifier) -> None:
    for path in (*folder.iterdir(), folder):
        path.chmod(path.stat().st_mode & ~0o222)
    for _ in range(2):
        save_model(folder, model_of(classifier), folder.parent.parent / "codebook.toml", CARD)
        assert [path.name for path in folder.parent.iterdir()] == ["enquete"]
        assert folder.stat().st_mode & 0o700 == 0o700


def test_a_folder_that_holds_something_else_is_not_replaced_by_a_model(
    tmp_path: Path, classifier: CodeframeClassifier
) -> None:
    (tmp_path / "Documents").mkdir()
    (tmp_path / "Documents/letter.txt").write_text("my own")
    with pytest.raises(InputError, match="something else than a model"):
        save_model(tmp_path / "Documents", model_of(classifier), tmp_path / "codebook.toml", CARD)
    assert (tmp_path / "Documents/letter.txt").read_text() == "my own"


@pytest.mark.parametrize(
    ("present", "reason"),
    [
        ({"tokenizer": "woorden 2"}, "it was trained with spaCy pipeline woorden 1, and this is woorden 2"),
        ({"encoder": "vectoren 2"}, "it was trained with encoder vectoren 1, and this is vectoren 2"),
    ],
)
def test_a_model_made_with_something_else_is_refused(folder: Path, present: dict[str, str], reason: str) -> None:
    with pytest.raises(ModelError) as caught:
        load(folder, **present)
    assert reason in str(caught.value)
    assert "Retrain: themawijzer train enquete" in str(caught.value)


def test_another_codebook_is_refused_but_another_comment_is_not(folder: Path) -> None:
    path = folder.parent / "other.toml"
    path.write_text("# opmerking\n" + CODEBOOK, encoding="utf-8")
    load(folder, codebook=read_codebook(path))
    path.write_text(CODEBOOK.replace("Thema", "Onderwerp"), encoding="utf-8")
    with pytest.raises(ModelError, match="the codebook has changed since it was trained"):
        load(folder, codebook=read_codebook(path))


@pytest.mark.parametrize("name", ["model.npz", "codebook.toml"])
def test_a_changed_or_missing_file_is_refused(folder: Path, name: str) -> None:
    with (folder / name).open("ab") as file:
        file.write(b"\n")
    with pytest.raises(ModelError, match=f"{name} is not the file that was saved with it"):
        load(folder)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"{name} is not the file that was saved with it"):
        load(folder)


def test_no_model_says_how_to_make_one(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ModelError, match="Make one: themawijzer train leeg"):
        load_model(tmp_path / "leeg", codebook=read_codebook(tmp_path / "codebook.toml"), **MANIFEST)


def change_manifest(folder: Path, **facts: object) -> None:
    """The hash of the arrays is adjusted too, as a stranger would."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["model.npz"] = sha256(folder / "model.npz")
    (folder / "manifest.json").write_text(json.dumps(manifest | facts), encoding="utf-8")


def arrays_of(folder: Path) -> dict[str, Any]:
    with np.load(folder / "model.npz") as arrays:
        return dict(arrays)


def refuses_arrays(folder: Path) -> bool:
    change_manifest(folder)
    with pytest.raises(ModelError, match=r"cannot be used: model\.npz is not the model of this version"):
        load(folder)
    return True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("thema/dual_", np.array([Path("x")])),
        ("thema/no_part_/mean_", np.zeros(2)),
        ("thema/__class__", np.zeros(2)),
        ("thema/predict_proba", np.zeros(2)),
        ("thema/calibration_/predict_proba", np.zeros(2)),
        ("partner/keys", np.zeros(2, dtype=np.uint64)),
        ("thema/keys", np.zeros(39, dtype=np.uint64)),
        ("thema/keys", np.zeros(40)),
        ("thema/held_out_", np.full((40, 2), 1.1)),
        ("thema/held_out_", np.full((40, 2), np.nan)),
        ("thema/held_out_", np.zeros((40, 3))),
        ("thema/held_out_", np.zeros((0, 2))),
        ("thema/thresholds_", np.full(3, 0.5)),
        ("thema/thresholds_", np.full(2, np.nan)),
        ("thema/learned_", np.array([1, 0])),
        ("thema/learned_", np.array([0, 2])),
        ("thema/text_coef_", np.zeros((3, 2))),
        ("thema/tfidf_/ngrams_", np.zeros(3, dtype=np.uint8)),
        ("thema/tfidf_/ngrams_", np.full(3, 255, dtype=np.uint8)),
        ("thema/neighbors_/scale_", np.zeros(3, dtype=np.float32)),
        ("thema/neighbors_/pull_", np.array(1.5)),
        ("thema/familiarity_/n_unknown_", np.full(40, 99)),
        ("thema/calibration_/intercepts_", np.array(0.0)),
        ("thema/left_out_", np.full((40, 2), 1.1)),
        ("thema/rule_/floor_", np.array(2.0)),
        ("thema/rule_/values_", np.array([0.0, 0.5])),
    ],
)
def test_a_model_with_an_array_that_no_model_has_is_refused(folder: Path, name: str, value: NDArray[Any]) -> None:
    np.savez(folder / "model.npz", **arrays_of(folder) | {name: value})
    assert refuses_arrays(folder)


def test_a_model_without_one_of_its_arrays_is_refused(folder: Path) -> None:
    arrays = arrays_of(folder)
    for name in arrays:
        np.savez(folder / "model.npz", **{other: arrays[other] for other in arrays if other != name})
        assert refuses_arrays(folder)


def test_a_model_without_arrays_is_refused(folder: Path) -> None:
    for content in (b"", b"PK\5\6" + bytes(18)):
        (folder / "model.npz").write_bytes(content)
        assert refuses_arrays(folder)


def test_arrays_that_are_larger_than_their_file_are_refused_unread(folder: Path) -> None:
    with ZipFile(folder / "model.npz", "w") as archive, archive.open("thema/dual_.npy", "w") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    assert refuses_arrays(folder)
    np.savez_compressed(folder / "model.npz", **{"thema/dual_": np.zeros(10**6)})
    assert refuses_arrays(folder)


@pytest.mark.parametrize("codeframes", [{}, {"partner": asdict(LEARNED)}])
def test_a_model_of_other_codeframes_than_its_manifest_has_is_refused(folder: Path, codeframes: object) -> None:
    change_manifest(folder, codeframes=codeframes)
    with pytest.raises(ModelError, match=r"model\.npz is not the model of this version"):
        load(folder)


def test_a_codeframe_that_is_not_in_the_codebook_is_refused(folder: Path) -> None:
    arrays = {name.replace("thema", "partner"): array for name, array in arrays_of(folder).items()}
    np.savez(folder / "model.npz", **arrays)
    change_manifest(folder, codeframes={"partner": asdict(LEARNED)})
    assert refuses_arrays(folder)


@pytest.mark.parametrize(
    "facts",
    [{"versions": []}, {"files": None}, {"encoder": 1}, {"codeframes": ["thema"]}, {"codeframes": {"thema": 1}}],
)
def test_a_manifest_of_another_shape_is_refused(folder: Path, facts: dict[str, object]) -> None:
    change_manifest(folder, **facts)
    with pytest.raises(ModelError, match=r"cannot be used: manifest\.json is not that of a model"):
        load(folder)


def test_a_model_made_with_another_scipy_is_refused(folder: Path) -> None:
    versions = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["versions"]
    change_manifest(folder, versions=versions | {"scipy": "0.1"})
    with pytest.raises(ModelError, match=r"it was trained with scipy 0\.1, and this is"):
        load(folder)


def test_the_same_model_is_the_same_file(folder: Path, classifier: CodeframeClassifier) -> None:
    before = sha256(folder / "model.npz")
    save_model(folder, model_of(classifier), folder.parent.parent / "codebook.toml", CARD)
    assert sha256(folder / "model.npz") == before


def test_a_broken_manifest_is_refused(folder: Path) -> None:
    (folder / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match=r"manifest\.json is not that of a model: Invalid JSON"):
        load(folder)


def test_a_manifest_of_other_codes_or_certificates_is_refused(folder: Path) -> None:
    whole = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for facts in ({"codeframes": {"thema": asdict(LEARNED) | {"positives": {"aap": 20}}}}, {"certificates": {}}):
        change_manifest(folder, **(whole | facts))
        with pytest.raises(ModelError, match="cannot be used"):
            load(folder)
