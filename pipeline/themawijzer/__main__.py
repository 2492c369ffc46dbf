"""The program. Ctrl+C ends it in good order wherever it is, also while libraries load, which takes seconds."""

import os
import signal
import sys
import threading
from time import monotonic
from typing import Any

STOPPED = 128 + signal.SIGINT
CLEANING_S = 2.0  # so long a command may take to clean up; who presses again later ends it at once


class Interrupt:
    """What Ctrl+C does: the command ends as after an error, and takes away what it made halfway."""

    def __init__(self) -> None:
        self.since: float | None = None

    def __call__(self, *_: object) -> None:
        """Leave the command, unless it is left already: who presses twice stops no cleaning up."""
        if self.since is None:
            self.since = monotonic()
            sys.exit(STOPPED)
        if monotonic() - self.since > CLEANING_S:
            os._exit(STOPPED)

    def come_back(self, unraisable: Any) -> None:
        """Interrupt again, a moment later, where Python could not leave and would show a traceback."""
        if not isinstance(unraisable.exc_value, SystemExit):
            sys.__unraisablehook__(unraisable)
            return
        self.since = None
        threading.Timer(0.05, signal.raise_signal, [signal.SIGINT]).start()


def main() -> None:
    """Run a command; when it was interrupted, say so and what is kept."""
    interrupt = Interrupt()
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as in the background of a shell
        signal.signal(signal.SIGINT, interrupt)
    sys.unraisablehook = interrupt.come_back
    try:
        from themawijzer.cli import main as run

        run()
    finally:
        if interrupt.since is not None:
            print("\nStopped. What was saved is kept: to go on, run the command again.", file=sys.stderr)  # noqa: T201
            sys.exit(STOPPED)
        interrupt.since = -CLEANING_S  # there is nothing to clean up any more


if __name__ == "__main__":
    main()
