"""`discovered.json` and `discovered.csv`: groups of answers without a code, proposed as new codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from themawijzer.files import as_json, hash_of, write_whole
from themawijzer.tables.delimited import Dialect, write_csv

DISCOVERED_COLUMNS = ("question", "codeframe", "proposal", "words", "n", "stability", "respondent_id", "text")
DECIMALS = 2
MIN_TEXTS = 20  # different answers; among fewer, groups are chance


@dataclass(frozen=True)
class Member:
    """One answer."""

    respondent_id: str
    text: str

    @property
    def key(self) -> str:
        """The same for answers that the sentence vectors do not tell apart."""
        return self.text.lower().strip(" .")


@dataclass(frozen=True)
class CodeProposal:
    """A group of answers, with its typical words, how surely it comes back (0 to 1), and its most central answers."""

    words: list[str]
    stability: float
    examples: list[str]
    members: list[Member]


@dataclass(frozen=True)
class Discovered:
    """What the answers without a code of one question in one codeframe have in common; the largest group first."""

    question: str
    codeframe: str
    proposals: list[CodeProposal]
    rest: list[Member]

    @property
    def n_without_code(self) -> int:
        return len(self.rest) + sum(len(each.members) for each in self.proposals)

    @property
    def is_too_few(self) -> bool:
        """Whether there were too few different answers to look for groups."""
        return not self.proposals and len({each.key for each in self.rest}) < MIN_TEXTS


def write_discovered(folder: Path, run: str, found: Sequence[Discovered], dialect: Dialect) -> None:
    """Write both files; `run` is the hash of the `run.json` that they belong to, `sha256` that of what was found."""
    rows = [row for each in found for row in _rows(each)]
    frame = pd.DataFrame(rows, columns=list(DISCOVERED_COLUMNS), dtype=str)
    write_csv(frame, folder / "discovered.csv", dialect=dialect)
    codeframes = [_facts(each) for each in found]
    facts = {"run": run, "sha256": hash_of(codeframes), "codeframes": codeframes}
    write_whole(folder / "discovered.json", as_json(facts))


def _facts(found: Discovered) -> dict[str, Any]:
    return {
        "question": found.question,
        "codeframe": found.codeframe,
        "n_without_code": found.n_without_code,
        "n_rest": len(found.rest),
        "proposals": [
            {
                "words": each.words,
                "n": len(each.members),
                "stability": round(each.stability, DECIMALS),
                "examples": each.examples,
            }
            for each in found.proposals
        ],
    }


def _rows(found: Discovered) -> Iterator[tuple[str, ...]]:
    """A row per answer; those in no group last, without a number."""
    for number, each in enumerate(found.proposals, start=1):
        about = (str(number), ", ".join(each.words), str(len(each.members)), f"{each.stability:.{DECIMALS}f}")
        yield from _of_members(found, about, each.members)
    yield from _of_members(found, ("", "", str(len(found.rest)), ""), found.rest)


def _of_members(found: Discovered, about: tuple[str, ...], members: Iterable[Member]) -> Iterator[tuple[str, ...]]:
    for member in members:
        yield found.question, found.codeframe, *about, member.respondent_id, member.text
