"""The command line: parses, calls the plain function of the same name, and tells what came of it."""

from __future__ import annotations

import atexit
import gc
import io
import os
import signal
import sys
from pathlib import Path

from themawijzer.cli import incoming, modeling, people, results  # noqa: F401  # they add their commands, in the order of use
from themawijzer.cli.program import app
from themawijzer.errors import ThemawijzerError

TERMINATED = 128 + signal.SIGTERM
GARBAGE = 500_000  # objects between two searches for cycles: libraries make many objects, and hardly a cycle
WAIT = "20"  # 2^20 ticks of the processor: how long an idle thread of NumPy keeps a core busy, instead of 2^26


def main() -> None:
    """Run a command; an error that a user can mend becomes one message and an exit code."""
    gc.set_threshold(GARBAGE)
    atexit.register(gc.freeze)  # Python would search all that the libraries made once more, only to end
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", WAIT)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # not at once: what is half done is undone first
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console of Windows knows few characters
    try:
        app()
    except ThemawijzerError as error:
        _tell_error(str(error))
        sys.exit(error.exit_code)
    except OSError as error:
        _tell_error(f"{error.filename2 or error.filename or 'the disk'}: {error.strerror or error}")
        sys.exit(1)
    except Exception as error:  # noqa: BLE001  # a mistake of ours, told without what was in the data
        _tell_error(f"something went wrong that should not: {_place_of(error)}\nPlease report this line.")
        sys.exit(70)  # EX_SOFTWARE


def _place_of(error: Exception) -> str:
    """Kind and place of an error, without its message, which may hold an answer."""
    import traceback

    own = Path(__file__).parents[1]
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(own)]
    return " < ".join(
        [type(error).__name__, *(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[::-1])]
    )


def _tell_error(message: str) -> None:
    from rich.console import Console

    Console(stderr=True, highlight=False, soft_wrap=True).print(f"Error: {message}", markup=False, style="bold red")
