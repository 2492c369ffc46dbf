"""What the last `classify` wrote for people: which answers they should see, and what it would give those."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from themawijzer.annotation.snapshot import Material, Stamp, stamp_of
from themawijzer.coding.review import SECOND_LOOKS
from themawijzer.errors import InputError
from themawijzer.survey.annotations import Unit, reads_as
from themawijzer.tables.column_names import require_columns
from themawijzer.tables.table import Table, read_table

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

    `is_there` where `classify` has been run. A second look has the number of annotations that the unit had by then.
    """

    is_there: bool = False
    undecided: Sequence[Unit] = ()
    second_looks: Mapping[Unit, int] = field(default_factory=dict)
    reasons: Mapping[Unit, str] = field(default_factory=dict)
    suggestions: Mapping[Unit, tuple[Suggestion, ...]] = field(default_factory=dict)


@dataclass
class ProposalFiles:
    """`review.csv` and `codings.csv`, read when they are needed and again when they changed.

    A review.csv without the columns that count, of an older version, counts as if `classify` has not been run.
    """

    folder: Path
    _read: tuple[Stamp, Material, Proposals] | None = None

    def current(self, material: Material) -> Proposals:
        """The proposals of now; raises InputError for a file that is not as `classify` wrote it."""
        review, codings = self.folder / "review.csv", self.folder / "codings.csv"
        stamp = stamp_of([review, codings])
        if self._read is None or self._read[:2] != (stamp, material):
            self._read = stamp, material, self._propose(review, codings, material) if stamp else Proposals()
        return self._read[2]

    def _propose(self, review: Path, codings: Path, material: Material) -> Proposals:
        suggestions = _by_model(codings, material)
        table = _table(review, NEEDED_COLUMNS)
        if table is None or not {"reason_code", "n_annotations"} <= {*table.frame}:
            return Proposals(suggestions=suggestions)
        _require_counts(table, "n_annotations")
        rows = {
            unit: row
            for unit, row in _rows(table, [*NEEDED_COLUMNS, "reason_code", "n_annotations"], material)
            if reads_as(row["text"], material.answers[unit.question][unit.respondent_id])
        }
        in_the_list = {
            unit: tuple(map(Suggestion, row["suggested"].split("|"))) for unit, row in rows.items() if row["suggested"]
        }
        return Proposals(
            is_there=True,
            undecided=[unit for unit, row in rows.items() if row["reason_code"] not in SECOND_LOOKS],
            second_looks={
                unit: int(row["n_annotations"]) for unit, row in rows.items() if row["reason_code"] in SECOND_LOOKS
            },
            reasons={unit: row["reason"] for unit, row in rows.items()},
            suggestions=in_the_list | suggestions,
        )


def _by_model(codings: Path, material: Material) -> dict[Unit, tuple[Suggestion, ...]]:
    """What the model would give, most probable first, of the units that no person decided."""
    if (table := _table(codings, CODINGS_COLUMNS)) is None:
        return {}
    found: dict[Unit, list[Suggestion]] = {}
    for unit, row in _rows(table, CODINGS_COLUMNS, material):
        if row["source"] == "model":
            words = tuple(word for word in row["evidence"].split(", ") if word)
            probability = float(row["probability"].replace(",", ".")) if row["probability"] else None
            found.setdefault(unit, []).append(Suggestion(row["code"], probability, words))
    return {
        unit: tuple(sorted(suggested, key=lambda one: -(one.probability or 0))) for unit, suggested in found.items()
    }


def _table(path: Path, columns: Sequence[str]) -> Table | None:
    if not path.exists():
        return None
    table = read_table(path, is_ours=True)
    require_columns(table, columns)
    return table


def _require_counts(table: Table, column: str) -> None:
    cells = table.frame[column]
    if len(wrong := cells[~cells.str.fullmatch("[0-9]{1,9}")]):
        row, expected = table.row(int(wrong.index[0])), "A whole number, as `themawijzer classify` writes it."
        raise InputError(
            "this is not a number of annotations", file=table.place, row=row, column=column, expected=expected
        )


def _rows(table: Table, columns: Sequence[str], material: Material) -> Iterator[tuple[Unit, dict[str, str]]]:
    """The rows about answers of this survey, since `classify` may have coded another file."""
    for row in zip(*(table.frame[column].tolist() for column in columns), strict=True):
        cells = dict(zip(columns, row, strict=True))
        unit = Unit(cells["respondent_id"], cells["question"], cells["codeframe"])
        if material.has(unit):
            yield unit, cells
