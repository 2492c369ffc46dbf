"""On which processors CTranslate2 makes which hidden states."""

import hashlib
import logging
import os
import platform
import re
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy._core._multiarray_umath import __cpu_features__  # what `numpy.show_runtime` prints
from numpy.typing import NDArray

from themawijzer.errors import ThemawijzerError
from themawijzer.files import is_link, write_whole
from themawijzer.language.int8 import SETTINGS, Int8
from themawijzer.language.packed import BLOCK, WIDTH, Tensors

log = logging.getLogger(__name__)

LENGTHS = (3, 8, 33)  # in tokens; kinds of processors that differ give the same for multiples of 16
NO_AVX2 = "this processor has no AVX2"
_KIND = re.compile(r"\w+ [0-9a-f]{8}")


@cache
def kind_of_processor(folder: Path | None = None) -> str | None:
    """A name that processors share on which a text has the same states; None where `Exact` has to make them.

    What was found is kept in the folder, so that a run that makes no vectors does not load the library. Where
    CTranslate2 was not measured to be faster (arm64), it is not installed.
    """
    if not find_spec("ctranslate2"):
        return None
    place = folder and _kept_in(folder)
    if place and (kept := _read(place)):
        return kept
    try:
        kind, why = found_kind(), ""
    except (ImportError, OSError, RuntimeError, ValueError) as error:  # such as a library of the system that is missing
        kind, why = None, f"CTranslate2 does not run here ({type(error).__name__})"
    if kind is None:
        log.warning("Sentence vectors take two to three times as long as elsewhere: %s.", why or NO_AVX2)
    elif place:
        with suppress(OSError):  # without it, the next run finds out again
            write_whole(place, kind)
    return kind


def require_kind(kind: str, folder: Path | None) -> None:
    """Raise ThemawijzerError where what was kept in the folder is not true of this processor, and forget it."""
    if found_kind() != kind:
        if folder and (place := _kept_in(folder)):
            place.unlink(missing_ok=True)
        raise ThemawijzerError("this computer has another kind of processor than before\nRun the command again.")


@cache
def found_kind() -> str | None:
    """The set of instructions, and a hash of what a layer of made-up weights makes of made-up words.

    So no list of processors is kept. None where the processor has none of the instructions.
    """
    if not __cpu_features__.get("AVX2"):
        return None
    with Int8(_made_up_tensors()).reading(np.arange(64)) as states:
        found = b"".join(states(np.arange(length)[None]).tobytes() for length in LENGTHS)
    return f"{os.environ['CT2_FORCE_CPU_ISA']} {hashlib.blake2b(found, digest_size=4).hexdigest()}"


def _kept_in(folder: Path) -> Path | None:
    """The file for this machine: its name is a hash of all that may change the kind and is known at once.

    None where a link leads elsewhere.
    """
    own = {name: value for name, value in os.environ.items() if name.startswith(("CT2_", "ONEDNN_", "NPY_"))}
    features = [name for name, is_there in __cpu_features__.items() if is_there]
    system = [platform.node(), platform.machine(), platform.release(), platform.version()]
    machine = [*system, os.environ.get("PROCESSOR_IDENTIFIER", ""), version("ctranslate2")]
    name = hashlib.blake2b(
        repr([machine, features, sorted((SETTINGS | own).items())]).encode(), digest_size=8
    ).hexdigest()
    place = folder / "processors" / name
    return None if is_link(place.parent) or is_link(place) else place


def _read(place: Path) -> str:
    """What is kept there; "" where nothing that can be a kind is."""
    try:
        kept = place.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return kept if _KIND.fullmatch(kept) else ""


def _made_up_tensors() -> Tensors:
    random = np.random.default_rng(0)
    shapes = dict.fromkeys(("l0.q", "l0.k", "l0.v", "l0.ao"), (1, 1)) | {"l0.fi": (1, 4), "l0.fo": (4, 1)}
    tensors: Tensors = {"emb.pos": np.zeros(WIDTH * 512, np.float32), "emb.type": np.zeros(WIDTH, np.float32)}
    tensors |= {f"{name}.w": _blocks(random, WIDTH * k * WIDTH * m) for name, (k, m) in shapes.items()}
    tensors |= {f"{name}.b": np.zeros(WIDTH * m, np.float32) for name, (_, m) in shapes.items()}
    tensors["emb.word"] = _blocks(random, WIDTH * 64)
    for name in ("emb.ln", "l0.aln", "l0.oln"):
        tensors |= {f"{name}.w": np.ones(WIDTH, np.float32), f"{name}.b": np.zeros(WIDTH, np.float32)}
    return tensors


def _blocks(random: np.random.Generator, n_weights: int) -> NDArray[Any]:
    blocks = np.zeros(n_weights // 32, BLOCK)
    blocks["scale"], blocks["pairs"] = 0.01, random.integers(256, size=blocks["pairs"].shape, dtype=np.uint8)
    return blocks
