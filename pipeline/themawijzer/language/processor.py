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
from themawijzer.files import write_whole
from themawijzer.language.int8 import Int8, load
from themawijzer.language.packed import BLOCK, WIDTH, Tensors

log = logging.getLogger(__name__)

LENGTHS = (3, 8, 33)  # in tokens; kinds of processors that differ give the same for multiples of 16
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
    if place and place.is_file() and _KIND.fullmatch(kept := place.read_text(encoding="utf-8", errors="replace")):
        return kept
    if why := _why_not():
        log.warning("Sentence vectors take two to three times as long as elsewhere: %s.", why)
        return None
    kind = found_kind()
    if place:
        with suppress(OSError):  # without it, the next run finds out again
            write_whole(place, kind)
    return kind


def require_kind(kind: str, folder: Path | None) -> None:
    """Raise ThemawijzerError where what was kept in the folder is not true of this processor, and forget it."""
    if found_kind() != kind:
        if folder:
            _kept_in(folder).unlink(missing_ok=True)
        raise ThemawijzerError("this computer has another kind of processor than before\nRun the command again.")


@cache
def found_kind() -> str:
    """The set of instructions, and a hash of what a layer of made-up weights makes of made-up words.

    So no list of processors is kept.
    """
    with Int8(_made_up_tensors()).reading(np.arange(64)) as states:
        found = b"".join(states(np.arange(length)[None]).tobytes() for length in LENGTHS)
    return f"{os.environ['CT2_FORCE_CPU_ISA']} {hashlib.blake2b(found, digest_size=4).hexdigest()}"


def _kept_in(folder: Path) -> Path:
    """The file for this machine: its name is a hash of all that may change the kind and is known at once."""
    settings = sorted(item for item in os.environ.items() if item[0].startswith(("CT2_", "ONEDNN_", "NPY_")))
    features = [name for name, is_there in __cpu_features__.items() if is_there]
    about = [platform.node(), platform.platform(), platform.processor(), version("ctranslate2"), features, settings]
    return folder / "processors" / hashlib.blake2b(repr(about).encode(), digest_size=8).hexdigest()


def _why_not() -> str:
    if not __cpu_features__.get("AVX2"):
        return "this processor has no AVX2"
    try:
        load()
    except (ImportError, OSError) as error:  # such as a library of the system that is missing
        return f"CTranslate2 cannot be loaded ({type(error).__name__})"
    return ""


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
