"""`python inside.py WORK ARGUMENT...`: what is measured or asked in an environment, for `benchmarks.installed`."""

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.metadata import entry_points, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PACKAGES = ("numpy", "scipy", "spacy", "scikit-learn")
SIDE, N_PRODUCTS = 1536, 64


def watch(*command: str) -> None:
    """Seconds on the clock, processor seconds and peak MB of a command, with all processes that it starts.

    A process inherits the peak of what starts it, so that has to be small: this, and not the benchmark.
    """
    import resource

    begun = time.perf_counter()
    failed = os.spawnv(os.P_WAIT, command[0], command)  # noqa: S606
    seconds, used = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    tell(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10))
    sys.exit(failed)


def encode(texts: str) -> None:
    """Seconds of encoding the texts of a JSON file as the commands do, by a model that is loaded."""
    read, encoders = json.loads(Path(texts).read_text(encoding="utf-8")), _encoders()
    encoder = encoders.load_encoder("e5-small")
    encoder.encode(read[:8])
    with TemporaryDirectory() as folder:
        _time(lambda: encoders.CachedEncoder(encoder, Path(folder)).encode(read))


def multiply() -> None:
    """Seconds of products of float32 matrices, one to a core: threads that share a product wait for each other."""
    import numpy as np
    from threadpoolctl import threadpool_limits

    square = np.ones((SIDE, SIDE), dtype=np.float32)
    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as threads:
        _time(lambda: list(threads.map(lambda _: (square @ square)[0, 0], range(N_PRODUCTS))))


def learn(folder: str) -> None:
    """Seconds of learning what `benchmarks.training` wrote in the folder, on one thread of matrix products."""
    import numpy as np
    from threadpoolctl import threadpool_limits

    names = ("features", "phrases", "classifier")
    features, phrases, classifier = (_module(f"learning.{name}") for name in names)
    words = json.loads((Path(folder) / "words.json").read_text(encoding="utf-8"))
    arrays = dict(np.load(Path(folder) / "arrays.npz"))
    answers, named = (features.Features(words[kind], arrays[kind]) for kind in ("answers", "phrases"))
    phrases = phrases.Phrases(named, arrays["named"])
    with threadpool_limits(1, user_api="blas"):
        fit = classifier.CodeframeClassifier().fit
        _time(lambda: fit(answers, arrays["Y"], arrays["groups"], phrases, arrays["pool"]))


def facts() -> None:
    """The version, and what decides how fast it is: packages, libraries of products with their kernels, encoder."""
    from threadpoolctl import threadpool_info

    encoder = _encoders().load_encoder("e5-small")
    encoder.encode(["een antwoord"])
    tell(version("themawijzer"))
    kernels = [each for each in threadpool_info() if "architecture" in each]
    said = [f"{name} {version(name)}" for name in PACKAGES]
    said += [f"{each['internal_api']} {each['version']} (kernel {each['architecture']})" for each in kernels]
    tell(", ".join([*said, f"encoder {encoder.name}"]))


def _encoders() -> Any:
    return _module("language.encoders")


def _module(name: str) -> Any:
    """A module of the package in which the command is, whatever that is called."""
    (command,) = entry_points(group="console_scripts", name="themawijzer")
    return import_module(f"{command.module.partition('.')[0]}.{name}")


def _time(work: Callable[[], object]) -> None:
    """Tell the seconds on the clock and those of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    tell(time.perf_counter() - clock, time.process_time() - processor)


def tell(*figures: object) -> None:
    """A line of the output."""
    print(*figures, flush=True)  # noqa: T201  # the benchmark reads it


if __name__ == "__main__":
    {each.__name__: each for each in (watch, encode, multiply, learn, facts)}[sys.argv[1]](*sys.argv[2:])
