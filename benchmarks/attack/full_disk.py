"""Disks that fill up while a command writes, and two commands at once."""

import random
from collections import Counter
from collections.abc import Callable

from benchmarks.attack.workplace import COMMANDS, Workplace

# A file may not grow beyond so many bytes, which is how a disk that fills up in the middle of it feels.
LIMITED = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))
"""
PAIRS = [
    ("classify", "classify"),
    ("train", "classify"),
    ("import", "import"),
    ("report", "classify"),
    ("train", "train"),
]


def attack(base: Workplace, seed: int, is_over: Callable[[], bool]) -> dict[str, str]:
    """Figures of as many runs as there is time for; every third is of two commands at once."""
    chance, found, number = random.Random(seed), Counter[str](), 0  # noqa: S311
    while not is_over():
        place = base.copied("disk")
        rows = place.rows()
        if number % 3 == 2:
            running = [place.start(COMMANDS[command]) for command in PAIRS[number // 3 % len(PAIRS)]]
            ended = [each.end() for each in running]
            found["pairs of commands at once"] += 1
        else:
            command = chance.choice([name for name in COMMANDS if name != "sample"])  # of which nothing is left
            limit = chance.choice([0, 100, 1000, 4096, 10_000, 50_000])
            ended = [place.run(COMMANDS[command], before=LIMITED.format(limit))]
            found["commands on a full disk"] += 1
            after = place.run(COMMANDS[command])
            found["of which the same command failed with room again"] += after.code != 0
        found["annotation rows lost"] += (rows - place.rows()).total()
        found["that ended as a bug"] += sum(each.code not in (0, 1, 2, 3) or "Traceback" in each.said for each in ended)
        number += 1
    return {name: f"{n:,}" for name, n in found.items()}
