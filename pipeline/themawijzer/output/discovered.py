"""`discovered.json` and `discovered.csv`: groups of answers without a code, proposed as new codes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from themawijzer.errors import InputError
from themawijzer.files import as_json, hash_of, write_whole
from themawijzer.records.json_file import Count, Record, Share, facts_of, record_of
from themawijzer.tables.delimited import Dialect, write_csv

DISCOVERED_FILE = "discovered.json"
DISCOVERED_TABLE = "discovered.csv"
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
        return len(self.rest) + sum(len(proposal.members) for proposal in self.proposals)

    @property
    def is_too_few(self) -> bool:
        """Whether there were too few different answers to look for groups."""
        return not self.proposals and len({member.key for member in self.rest}) < MIN_TEXTS


@dataclass(frozen=True)
class GroupRecord:
    """A `CodeProposal` in figures: `n` answers, with their typical words, and how surely the group comes back."""

    words: list[str]
    n: Count
    stability: Share
    examples: list[str]


@dataclass(frozen=True)
class DiscoveredRecord:
    """What was `Discovered` of one question in one codeframe, in figures."""

    question: str
    codeframe: str
    n_without_code: Count
    n_rest: Count
    proposals: list[GroupRecord]

    def __post_init__(self) -> None:
        if self.n_without_code != self.n_rest + sum(group.n for group in self.proposals):
            raise ValueError("the groups and the rest are not all answers without a code")


@dataclass(frozen=True)
class DiscoveredFile(Record):
    """The content of `discovered.json`.

    `run` is the hash of the `run.json` that it belongs to, `sha256` that of what was found.
    """

    run: str
    sha256: str
    codeframes: list[DiscoveredRecord]

    @property
    def hash_of_codeframes(self) -> str:
        return hash_of(facts_of(self)["codeframes"])


def read_discovered(path: Path) -> DiscoveredFile:
    """What was found; raises InputError where the file is not as it was written."""
    try:
        found = record_of(path.read_bytes(), DiscoveredFile)
    except ValueError as error:
        raise not_as_found(path, f": {error}") from None
    if found.sha256 != found.hash_of_codeframes:
        raise not_as_found(path)
    return found


def not_as_found(path: Path, how: str = "") -> InputError:
    """The error about a `discovered.json` that `discover` did not write so."""
    expected = f"Make it anew: themawijzer discover {path.parent.name}"
    return InputError(f"this file was changed since it was made{how}", file=path, expected=expected)


def write_discovered(folder: Path, run: str, found: Sequence[Discovered], dialect: Dialect) -> None:
    """Write both files; `run` is the hash of the `run.json` that they belong to."""
    rows = [row for group in found for row in _rows(group)]
    frame = pd.DataFrame(rows, columns=list(DISCOVERED_COLUMNS), dtype=str)
    write_csv(frame, folder / DISCOVERED_TABLE, dialect=dialect)
    whole = DiscoveredFile(run, "", [_record(group) for group in found])
    whole = replace(whole, sha256=whole.hash_of_codeframes)
    write_whole(folder / DISCOVERED_FILE, as_json(facts_of(whole)))


def _record(found: Discovered) -> DiscoveredRecord:
    groups = [
        GroupRecord(proposal.words, len(proposal.members), round(proposal.stability, DECIMALS), proposal.examples)
        for proposal in found.proposals
    ]
    return DiscoveredRecord(found.question, found.codeframe, found.n_without_code, len(found.rest), groups)


def _rows(found: Discovered) -> Iterator[tuple[str, ...]]:
    """A row per answer; those in no group last, without a number."""
    for number, proposal in enumerate(found.proposals, start=1):
        stability = f"{proposal.stability:.{DECIMALS}f}"
        about = str(number), ", ".join(proposal.words), str(len(proposal.members)), stability
        yield from _of_members(found, about, proposal.members)
    yield from _of_members(found, ("", "", str(len(found.rest)), ""), found.rest)


def _of_members(found: Discovered, about: tuple[str, ...], members: Iterable[Member]) -> Iterator[tuple[str, ...]]:
    for member in members:
        yield found.question, found.codeframe, *about, member.respondent_id, member.text
