"""What is kept of texts between runs."""

from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from themawijzer.language import kinds, pipelines
from themawijzer.language.cache import Cache, keys_of, made_with
from themawijzer.language.kinds import AnswerKind, Kinds
from themawijzer.language.tokens import load_tokenizer

NOT_INSTALLED = "nl_this_is_not_installed"
TEXTS = ["Zorg/bouw 👍 en 1.techniek!", "", " \n", "-", "é" * 3, "zorg", "Zorg", "n.v.t. (zie VNG.nl)", "zorg"]


def letters(text: str) -> list[tuple[int, int]]:
    """A row per letter, one row at least."""
    return [(ord(letter), len(text)) for letter in text] or [(0, 0)]


@settings(max_examples=30)
@given(st.lists(st.lists(st.text(alphabet="abé\0\n", max_size=3), max_size=8), max_size=4))
def test_whatever_is_kept_each_text_has_its_own_rows(tmp_path_factory: pytest.TempPathFactory, runs: list[list[str]]):
    folder = tmp_path_factory.mktemp("cache")
    for texts in runs:
        assert Cache(folder).through(texts, letters) == [[list(row) for row in letters(text)] for text in texts]


def test_a_text_is_asked_about_once_in_all_runs(tmp_path: Path):
    asked: list[str] = []

    def remembered(text: str) -> list[tuple[int, int]]:
        asked.append(text)
        return letters(text)

    Cache(tmp_path).through(["zorg", "bouw", "zorg"], remembered)
    Cache(tmp_path).through(["bouw", "techniek", "zorg"], remembered)
    assert sorted(asked) == ["bouw", "techniek", "zorg"]


def test_a_text_that_two_runs_found_out_at_once_has_its_rows_once(tmp_path: Path):
    one, other = Cache(tmp_path), Cache(tmp_path)
    one.through(["zorg", "bouw"], letters)
    other.through(["zorg"], letters)
    assert len(list(tmp_path.glob("*.npy"))) == 2
    assert Cache(tmp_path).through(["zorg"], letters) == [[[122, 4], [111, 4], [114, 4], [103, 4]]]


def test_vectors_that_an_earlier_version_kept_are_read(tmp_path: Path):
    rows = np.zeros(1, dtype=[("key", "<u8"), ("vector", "<f4", (2,))])
    rows["key"], rows["vector"] = keys_of(["zorg"]), [[1, 2]]
    np.save(tmp_path / "a.npy", rows)
    assert Cache(tmp_path).find(keys_of(["zorg"]))[1].tolist() == [[1, 2]]


@pytest.mark.parametrize("content", [b"", b"no array", np.arange(3), "cut off"])
def test_what_a_damaged_file_held_is_found_out_again(
    tmp_path: Path, content: bytes | str, caplog: pytest.LogCaptureFixture
):
    known = Cache(tmp_path).through(["zorg"], letters)
    (path,) = tmp_path.glob("*.npy")
    if isinstance(content, np.ndarray):
        np.save(path, content)
    else:
        path.write_bytes(path.read_bytes()[:-1] if content == "cut off" else content)
    assert Cache(tmp_path).through(["zorg"], letters) == known
    assert caplog.messages == [f"{path} was damaged; its results are computed again."]
    assert Cache(tmp_path).has(keys_of(["zorg"])).all()


def test_what_was_made_otherwise_has_another_name(tmp_path: Path):
    source = tmp_path / "made.py"
    source.write_text("1")
    names = [made_with(source, packages=["numpy"]), made_with(source, packages=["numpy", "spacy"])]
    source.write_text("2")
    names.append(made_with(source, packages=["numpy"]))
    assert len(set(names)) == 3
    assert names[-1] == made_with(source, packages=["numpy"])


def test_known_texts_have_the_same_words_without_a_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    words = load_tokenizer(NOT_INSTALLED).split(TEXTS)
    assert words[0] == ["Zorg", "bouw", "👍", "en", "1", "techniek"]
    assert load_tokenizer(NOT_INSTALLED, cache=tmp_path).split(TEXTS) == words
    monkeypatch.setattr(pipelines, "blank_pipeline", None)
    assert load_tokenizer(NOT_INSTALLED, cache=tmp_path).split(TEXTS[::-1]) == words[::-1]


def test_pipelines_with_other_rules_do_not_share_words(tmp_path: Path):
    nlp = spacy.blank("nl")
    nlp.to_disk(tmp_path / "own")
    assert load_tokenizer(str(tmp_path / "own"), cache=tmp_path / "cache").split(["zorgbouw"]) == [["zorgbouw"]]
    nlp.tokenizer.add_special_case("zorgbouw", [{"ORTH": "zorg"}, {"ORTH": "bouw"}])
    nlp.to_disk(tmp_path / "own")
    assert load_tokenizer(str(tmp_path / "own"), cache=tmp_path / "cache").split(["zorgbouw"]) == [["zorg", "bouw"]]


def test_known_answers_are_of_the_same_kind_without_a_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    answers = ["zorg", "", "weet niet", "zie boven", "There is no structural funding for these projects", "zorg"]
    expected = [
        AnswerKind.TEXT,
        AnswerKind.EMPTY,
        AnswerKind.NO_ANSWER,
        AnswerKind.REFERENCE,
        AnswerKind.NOT_DUTCH,
        AnswerKind.TEXT,
    ]
    assert Kinds(tmp_path, {}).of(answers, ["v1"] * 6) == expected
    monkeypatch.setattr(kinds, "_kind_of_text", None)
    assert Kinds(tmp_path, {}).of(answers[::-1], ["v1"] * 6) == expected[::-1]


def test_no_word_of_a_respondent_is_stored(tmp_path: Path):
    load_tokenizer(NOT_INSTALLED, cache=tmp_path).split(["mijn buurman jan"])
    Kinds(tmp_path, {}).of(["mijn buurman jan"], ["v1"])
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*.npy"))
    assert stored.count(b"NUMPY") == 2
    assert b"buurman" not in stored


def test_a_full_disk_is_told_by_the_file_that_could_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise OSError("119 requested and 26 written")  # as NumPy does, without a number

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OSError, match="is the disk full") as refused:
        Cache(tmp_path).through(["zorg"], letters)
    assert Path(refused.value.filename).parent == tmp_path
    assert list(tmp_path.iterdir()) == []
