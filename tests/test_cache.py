"""What is kept of texts between runs."""

import shutil
from collections.abc import Callable
from errno import ENOSPC
from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from themawijzer.errors import InputError
from themawijzer.language import kinds, pipelines
from themawijzer.language.cache import Cache, made_with
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


TOLD = "damaged, or written by an earlier version; the results are computed again."


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"0")


def turn_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 4
    path.write_bytes(content)


def reverse_values(path: Path) -> None:
    rows = np.load(path)
    rows["value"] = rows["value"][::-1].copy()
    np.save(path, rows)


def other_shape(path: Path) -> None:
    rows = np.load(path)
    np.save(path, rows[["key"]])


def take_the_place_of_another(path: Path) -> None:
    other = path.parent.with_name("other")
    Cache(other).through(["zorg", "zorg en bouw"], lambda text: [(7, 7)] * len(text))
    shutil.copyfile(next(other.glob("*.npy")), path)


def folder_in_its_place(path: Path) -> None:
    path.unlink()
    path.mkdir()


def link_to_elsewhere(path: Path) -> None:
    path.rename(path.parent.with_name("elsewhere"))
    path.symlink_to(path.parent.with_name("elsewhere"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no array"),
        lambda path: np.save(path, np.arange(3)),
        lambda path: path.write_bytes(b"PK\3\4 no archive"),
        cut_off,
        longer,
        turn_a_bit,
        reverse_values,
        other_shape,
        take_the_place_of_another,
        folder_in_its_place,
        link_to_elsewhere,
        lambda path: path.rename(path.with_name("0123456789abcdef.npy")),  # as an earlier version called it
    ],
)
def test_what_a_damaged_file_held_is_found_out_again(
    tmp_path: Path, damage: Callable[[Path], object], caplog: pytest.LogCaptureFixture
):
    folder, texts = tmp_path / "own", ["zorg", "bouw en techniek"]
    known = Cache(folder).through(texts, letters)
    (path,) = folder.glob("*.npy")
    whole = path.read_bytes()
    damage(path)
    (damaged,) = folder.iterdir()
    assert Cache(folder).through(texts, letters) == known
    assert caplog.messages == [f"{damaged} was {TOLD}"]
    assert [(own.name, own.read_bytes()) for own in folder.iterdir()] == [(path.name, whole)]
    assert Cache(folder).through(texts, lambda _: [(0, 0)]) == known
    assert caplog.messages == [f"{damaged} was {TOLD}"]


def test_of_many_damaged_files_one_line_tells(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    for text in TEXTS[:3]:
        Cache(tmp_path).through([text], letters)
    for path in tmp_path.glob("*.npy"):
        turn_a_bit(path)
    Cache(tmp_path).through(TEXTS, letters)
    assert caplog.messages == [f"3 files in {tmp_path} were {TOLD}"]


def test_a_file_that_another_encoder_made_is_not_believed(tmp_path: Path):
    Cache(tmp_path / "one").through(["zorg"], letters)
    (tmp_path / "one").rename(tmp_path / "other")
    assert Cache(tmp_path / "other").through(["zorg"], lambda _: [(0, 0)]) == [[[0, 0]]]


@pytest.mark.parametrize("linked", ["vectors", "vectors/own"])
def test_a_folder_of_the_cache_that_is_a_link_is_refused_and_nothing_behind_it_is_touched(tmp_path: Path, linked: str):
    outside = tmp_path / "outside"
    (outside / "own").mkdir(parents=True)
    for path in (outside / "figures.npy", outside / "own/figures.npy"):
        np.save(path, np.arange(3))
    link = tmp_path / ".cache" / linked
    link.parent.mkdir(parents=True)
    link.symlink_to(outside, target_is_directory=True)
    with pytest.raises(InputError, match="this is a link"):
        Cache(tmp_path / ".cache/vectors/own").through(["zorg"], letters)
    assert len(list(outside.rglob("*"))) == 3


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
    def full(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device")  # without a name, as writing does

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left") as refused:
        Cache(tmp_path).through(["zorg"], letters)
    assert Path(refused.value.filename).parent == tmp_path
    assert list(tmp_path.iterdir()) == []
