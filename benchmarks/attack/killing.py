"""Commands that are killed or interrupted at a random moment: what is lost, and what stays behind."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable

from benchmarks.attack.workplace import COMMANDS, RIGHT, Workplace

KNOWN = {".lock", ".cache", ".gitignore"}  # hidden files that belong there
SIGNALS = {"SIGKILL": [signal.SIGKILL], "SIGINT": [signal.SIGINT], "SIGINT twice": [signal.SIGINT, signal.SIGINT]}
AGAIN = {"evaluate": "agreement"}  # what comes after a command that was stopped; else the same once more


def attack(base: Workplace, seed: int, is_over: Callable[[], bool]) -> dict[str, str]:
    """Figures of as many runs as there is time for."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell, which commands inherit
        signal.signal(signal.SIGINT, signal.default_int_handler)
    chance, lasts, found = random.Random(seed), dict[str, float](), Counter[str]()  # noqa: S311
    refused = set[str]()  # commands that have nothing to do in the survey as it is
    while not is_over():
        command = chance.choice(list(COMMANDS))
        if command not in lasts:
            begun = time.monotonic()
            refused |= {command} if base.copied("timed").run(COMMANDS[command]).code else set()
            lasts[command] = time.monotonic() - begun
        place = base.copied("killed")
        before, rows = place.files(), place.rows()
        how = chance.choice(list(SIGNALS))
        running = place.start(COMMANDS[command])
        _wait(place, running.process, chance, lasts[command])
        for number in SIGNALS[how]:
            _send(running.process, number)
            time.sleep(chance.choice([0, 0.01, 0.1]))
        stopped = running.end()
        after = place.run(COMMANDS[AGAIN.get(command, command)])
        left = [path for path in place.files() - before if is_leftover(path)]
        found["runs"] += 1
        found["annotation rows lost"] += (rows - place.rows()).total()
        found["runs that left files behind after the next command"] += bool(left)
        found["runs after which the next command failed"] += (
            stopped.code != 0 and after.code != 0 and AGAIN.get(command, command) not in refused
        )
        found["tracebacks"] += "Traceback" in stopped.said + after.said
        found["wrong exit codes"] += after.code not in RIGHT
    return {name: f"{n:,}" for name, n in found.items()}


def _wait(place: Workplace, process: "subprocess.Popen[bytes]", chance: random.Random, lasts: float) -> None:
    """Until a random moment, or, which is where it may hurt, until files appear or go."""
    if chance.random() < 1 / 3:
        time.sleep(chance.uniform(0, lasts))
        return
    n_changes, before, begun = chance.choice([1, 1, 2, 3, 6, 10]), place.files(), time.monotonic()
    while process.poll() is None and n_changes and time.monotonic() - begun < 2 * lasts + 5:
        now = place.files()
        n_changes -= now != before
        before = now
    time.sleep(chance.choice([0, 0.001, 0.01]))


def _send(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def is_leftover(path: str) -> bool:
    """Whether a path, from the folder in which workplaces are, is of a file that no finished command leaves."""
    top, *parts = path.split("/")
    hidden = [part for part in parts if part.startswith(".") and part not in KNOWN]
    return bool(hidden) or top.endswith("-tmp") or path.endswith(".tmp")
