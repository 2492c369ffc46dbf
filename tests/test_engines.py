"""The arithmetic of the benchmark of engines; what they compute is measured, not tested."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.engines import mean_row, moved, with_section
from benchmarks.inside import tell
from benchmarks.moved_vectors import EXACT, INT8, NOISES, Decided, Job, Noisy, cosines, differing, with_noise
from benchmarks.transformers import ENGINES, Named, ask
from themawijzer.language.encoders import CachedEncoder


def unit(n: int, d: int) -> np.ndarray:
    vectors = np.random.default_rng(0).normal(size=(n, d)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_noise_has_the_cosine_that_is_wanted() -> None:
    vectors = unit(500, 384)
    moved = with_noise(vectors, np.random.default_rng(1).normal(size=(500, 384)), 0.99)
    assert np.linalg.norm(moved, axis=1) == pytest.approx(np.ones(500))
    assert cosines(vectors, moved).mean() == pytest.approx(0.99, abs=1e-4)


def test_a_text_has_the_same_noise_wherever_it_stands(tmp_path: Path) -> None:
    texts = ["trein", "fiets", "bus"]
    made = Named(EXACT, lambda asked: unit(3, 384)[[texts.index(text) for text in asked]])
    CachedEncoder(made, tmp_path / "vectors").encode(texts)
    first, other = (Noisy(Job("dekamer_titles", "50", noise, 0.9), tmp_path) for noise in NOISES[:2])
    assert (first.encode(texts)[::-1] == first.encode(texts[::-1])).all()
    assert (first.encode(texts) != other.encode(texts)).all()
    assert first.encode([]).shape == (0, 384)
    with pytest.raises(LookupError, match="no vectors of 1 texts"):
        first.encode(["tram"])


def test_a_cell_is_marked_where_it_moved_further_to_the_worse_than_by_any_noise() -> None:
    noises = dict(zip(NOISES, (0.49, 0.5, 0.51, 0.5), strict=True))
    scores = {
        "micro_f1": {EXACT: 0.5, INT8: 0.48, **noises},
        "macro_f1": {EXACT: 0.5, INT8: 0.49, **noises},
        "whole_set": {EXACT: 0.5, INT8: 0.6, **noises},
        "ece": {EXACT: 0.5, INT8: 0.52, **noises},
    }
    table = pd.DataFrame(scores).assign(accuracy=np.nan, cosine=0.999)
    assert list(map(str, moved(table).values())) == [
        "0.5000 **-0.0200** (-0.0100 to +0.0100)",
        "0.5000 -0.0100 (-0.0100 to +0.0100)",
        "0.5000 +0.1000 (-0.0100 to +0.0100)",
        "–",
        "0.5000 **+0.0200** (-0.0100 to +0.0100)",
    ]
    assert (
        mean_row(INT8, table, [table, table])
        == f"| {INT8} | 0.9990 | -0.0200 | -0.0100 | +0.1000 | +nan | +0.0200 | 2 |"
    )


def test_what_is_decided_otherwise_is_counted_by_answer_and_by_code() -> None:
    one = Decided(np.eye(2, dtype=bool), np.array([True, True]), np.array([[2, 0], [0, 2]], dtype=np.int8))
    other = Decided(np.ones((2, 2), dtype=bool), np.array([True, False]), np.array([[2, 0], [1, 1]], dtype=np.int8))
    assert differing(one, one) == {"codes": 0, "moved": 0, "decisions": 0}
    assert differing(one, other) == {"codes": 1, "moved": 0.5, "decisions": 0.5}
    assert differing(one, one._replace(decisions=other.decisions)) == {"codes": 0, "moved": 0, "decisions": 0.5}


def test_an_engine_is_compared_on_its_own_kind_of_processor() -> None:
    assert {name: ENGINES[name].exact for name in ENGINES if name.startswith("Int8")} == {
        "Int8, as it is": "Exact, as it is",
        "Int8, AVX-512 without VNNI": "Exact, as it is",
        "Int8, AVX2 with VNNI": "Exact, AVX2",
        "Int8, AVX2": "Exact, AVX2",
    }


def test_a_process_gets_the_variables_of_its_kind() -> None:
    asked = [ask(name, __name__, "tell_variable") for name in ("Int8, AVX2 with VNNI", "Exact, AVX2")]
    assert asked == ["Int8, AVX2 with VNNI: AVX2_VNNI\n", "Exact, AVX2: AVX2\n"]


def tell_variable(engine: str) -> None:
    tell(f"{engine}: {os.environ['ONEDNN_MAX_CPU_ISA']}")


def test_parts_of_the_page_are_replaced_one_by_one() -> None:
    page = with_section("# Engines\n", "Another kind of processor", "much")
    page = with_section(page, "What engines cost", "a lot\n\n| a |\n")
    assert page == "# Engines\n\n## What engines cost\n\na lot\n\n| a |\n\n## Another kind of processor\n\nmuch\n"
    assert with_section(page, "What engines cost", "little") == page.replace("a lot\n\n| a |", "little")
