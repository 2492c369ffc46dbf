"""What the last `classify` wrote for people: which answers they should see, and what it would give those."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pandas import DataFrame

from themawijzer.annotation.snapshot import Material, Stamp, stamp_of
from themawijzer.survey.annotations import Unit
from themawijzer.survey.answers import reads_as
from themawijzer.survey.responses import require_columns
from themawijzer.tables.table import read_table

NEEDED_COLUMNS = ("respondent_id", "question", "codeframe", "text", "suggested", "reason")
CODINGS_COLUMNS = ("respondent_id", "question", "codeframe", "code", "probability", "source", "evidence")


@dataclass(frozen=True)
class Suggestion:
    """One code that the model would give: how probable it is, and the words of the answer that say so."""

    code: str
    probability: float | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposals:
    """Units by why people should see them, in the order of review.csv, with the reason and the model's codes.

    `written_at` is when, in seconds; 0 where `classify` has not been run.
    """

    written_at: float = 0.0
    undecided: Sequence[Unit] = ()
    second_looks: Sequence[Unit] = ()
    reasons: Mapping[Unit, str] = field(default_factory=dict)
    suggestions: Mapping[Unit, tuple[Suggestion, ...]] = field(default_factory=dict)


@dataclass
class ProposalFiles:
    """`review.csv` and `codings.csv`, read when they are needed and again when they changed.

    `is_second_look` tells of a reason whether it is about an answer that was decided already.
    """

    folder: Path
    is_second_look: Callable[[str], bool]
    _read: tuple[Stamp, Material, Proposals] | None = None

    def current(self, material: Material) -> Proposals:
        """Raises InputError for a file that is not as `classify` wrote it."""
        review, codings = self.folder / "review.csv", self.folder / "codings.csv"
        stamp = stamp_of([review, codings])
        if self._read is None or self._read[:2] != (stamp, material):
            self._read = stamp, material, self._propose(review, codings, material) if stamp else Proposals()
        return self._read[2]

    def _propose(self, review: Path, codings: Path, material: Material) -> Proposals:
        reasons, suggestions = dict[Unit, str](), dict[Unit, tuple[Suggestion, ...]]()
        for unit, row in _rows(review, NEEDED_COLUMNS, material):
            if reads_as(row["text"], material.answers[unit.question][unit.respondent_id]):
                reasons[unit] = row["reason"]
                suggestions[unit] = tuple(Suggestion(code) for code in row["suggested"].split("|") if code)
        return Proposals(
            written_at=review.stat().st_mtime if review.exists() else 0.0,
            undecided=[unit for unit, reason in reasons.items() if not self.is_second_look(reason)],
            second_looks=[unit for unit, reason in reasons.items() if self.is_second_look(reason)],
            reasons=reasons,
            suggestions=suggestions | _by_model(codings, material),
        )


def _by_model(codings: Path, material: Material) -> dict[Unit, tuple[Suggestion, ...]]:
    """What the model would give, most probable first, of the units that no person decided."""
    found: dict[Unit, list[Suggestion]] = {}
    for unit, row in _rows(codings, CODINGS_COLUMNS, material):
        if row["source"] == "model":
            words = tuple(word for word in row["evidence"].split(", ") if word)
            probability = float(row["probability"].replace(",", ".")) if row["probability"] else None
            found.setdefault(unit, []).append(Suggestion(row["code"], probability, words))
    return {unit: tuple(sorted(each, key=lambda one: -(one.probability or 0))) for unit, each in found.items()}


def _rows(path: Path, columns: Sequence[str], material: Material) -> list[tuple[Unit, dict[str, str]]]:
    """The rows about answers of this survey, since `classify` may have coded another file."""
    if not path.exists():
        return []
    table = read_table(path)
    require_columns(table, columns)
    found = [
        (Unit(row["respondent_id"], row["question"], row["codeframe"]), row) for row in _dicts(table.frame, columns)
    ]
    return [(unit, row) for unit, row in found if material.has(unit)]


def _dicts(frame: DataFrame, columns: Sequence[str]) -> list[dict[str, str]]:
    cells = zip(*(frame[column].tolist() for column in columns), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in cells]
