"""Two hundred constructed answers, half of which point at somebody: how many of either half a report may quote."""

import csv
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from themawijzer.language.anonymity import Anonymity

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
# Words of its codebook and its questions are known to name nobody, as in a survey.
KNOWN = (ROOT / "annotations/vng-panel/codebook.toml", ROOT / "surveys/vng-panel/survey.toml")


def attack() -> dict[str, str]:
    """How many identifying answers pass the filter, and how many harmless ones."""
    anonymity = Anonymity([text for path in KNOWN for text in _texts(tomllib.loads(path.read_text(encoding="utf-8")))])
    with (HERE / "quotes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    passed = [row for row in rows if anonymity.holds_of(row["text"])]
    told = {"ja": "identifying answers quoted", "nee": "harmless answers that can be quoted"}
    counts = [Counter(row["identifying"] for row in own) for own in (passed, rows)]
    return {words: f"{counts[0][said]} of {counts[1][said]}" for said, words in told.items()}


def _texts(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from _texts(part)
