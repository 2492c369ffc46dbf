"""The command line: parses options, calls the function of the command, and shows its result."""

import atexit
import gc
import io
import logging
import os
import signal
import sys
import warnings
from pathlib import Path

import themawijzer
from themawijzer.cli import incoming, people, processing  # noqa: F401  # they add their commands, in the order of use
from themawijzer.cli.harmless import HarmlessStream
from themawijzer.cli.program import app
from themawijzer.errors import ThemawijzerError

TERMINATED = 128 + signal.SIGTERM
GARBAGE = 500_000  # objects between two searches for cycles: libraries make many objects, and hardly a cycle
WAIT = "20"  # an idle thread of NumPy keeps a core busy for 2^20 ticks of the processor, instead of 2^26


def main() -> None:
    """Run a command; an error becomes one message and an exit code."""
    gc.set_threshold(GARBAGE)
    atexit.register(gc.freeze)  # else Python searches all objects for cycles once more before it ends
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", WAIT)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # so that half-written files are cleaned up
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # the Windows console has few characters
    _keep_libraries_quiet()
    sys.stdout, sys.stderr = HarmlessStream(sys.stdout), HarmlessStream(sys.stderr)
    try:
        app()
    except ThemawijzerError as error:
        _tell_error(str(error))
        sys.exit(error.exit_code)
    except OSError as error:
        _tell_error(f"{error.filename2 or error.filename or 'the disk'}: {error.strerror or error}")
        sys.exit(1)
    except Exception as error:  # noqa: BLE001  # a bug, reported without anything from the data
        _tell_error(f"something went wrong that should not: {_place_of(error)}\nPlease report this line.")
        sys.exit(70)  # EX_SOFTWARE


def _keep_libraries_quiet() -> None:
    """Show no warning of a library, of which users know nothing; Python's option -W shows them all the same."""
    if sys.warnoptions:
        return
    warnings.showwarning = lambda *_, **__: None  # filters stay as they are: tests make errors of warnings
    if logging.lastResort:
        logging.lastResort.addFilter(_is_ours)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] == themawijzer.__name__


def _place_of(error: Exception) -> str:
    """The type and place of an error, without its message, which may contain an answer."""
    import traceback

    own = Path(__file__).parents[1]
    calls = [call for call in traceback.extract_tb(error.__traceback__) if Path(call.filename).is_relative_to(own)]
    places = [f"{Path(call.filename).name}:{call.lineno}" for call in reversed(calls)]
    return " < ".join([type(error).__name__, *places])


def _tell_error(message: str) -> None:
    from themawijzer.cli.terminal import Terminal

    Terminal(stderr=True, highlight=False, soft_wrap=True).print(f"Error: {message}", markup=False, style="bold red")
