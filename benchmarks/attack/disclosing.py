"""Random surveys with nested background columns: what follows of few respondents from the shares that are published."""

from collections import Counter
from collections.abc import Callable

from benchmarks.attack.disclosure import derived, random_survey

MIN_CELL = 5


def attack(seed: int, is_over: Callable[[], bool]) -> dict[str, str]:
    """Figures of as many surveys as there is time for."""
    n, found = 0, Counter[str]()
    while not is_over():
        published, secrets, columns = random_survey(seed + n, min_cell=MIN_CELL)
        told = derived(published, secrets, columns, min_cell=MIN_CELL)
        n += 1
        found["surveys of which something follows"] += bool(told)
        found["groups of fewer than 5 that follow"] += len(told)
        found["shares published"] += len(published)
    return {"random surveys": f"{n:,}"} | {name: f"{count:,}" for name, count in found.items()}
