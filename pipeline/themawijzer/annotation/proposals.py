"""What the last `classify` wrote for people: which answers they should see, and what it would give those."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from themawijzer.annotation.snapshot import Material, Stamp, stamp_of
from themawijzer.coding.review import SECOND_LOOKS
from themawijzer.files import sha256_of
from themawijzer.records.coded_from import CodedFrom, read_coded_from
from themawijzer.survey.annotations import Unit, reads_as
from themawijzer.survey.survey import changed_keys
from themawijzer.tables.checked_cells import require_all, require_cells, require_shares
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

    A review.csv without the columns that count, of an older version, counts as if `classify` has not been run, and so
    do both files where by `survey.toml` the answers are others than those that it coded.
    """

    folder: Path
    _read: tuple[Stamp, Material, Proposals] | None = None

    def current(self, material: Material) -> Proposals:
        """The proposals of now; raises InputError for a file that is not as `classify` wrote it."""
        review, codings, run = (self.folder / name for name in ("review.csv", "codings.csv", "run.json"))
        stamp = stamp_of([review, codings, run])
        if self._read is None or self._read[:2] != (stamp, material):
            coded_from = read_coded_from(run)
            is_of_these = not run.exists() or (coded_from is not None and _is_of(coded_from, material))
            has_same = coded_from is None or coded_from.input_sha256 == sha256_of(material.responses.table.files)
            proposals = self._propose(review, codings, material, has_same=has_same) if is_of_these else Proposals()
            self._read = stamp, material, proposals
        return self._read[2]

    def _propose(self, review: Path, codings: Path, material: Material, *, has_same: bool) -> Proposals:
        """Where the responses are not the same any more, only what `review.csv` shows to be of the answers of now."""
        suggestions = _by_model(codings, material)
        table = _table(review, NEEDED_COLUMNS)
        if table is None or not {"reason_code", "n_annotations"} <= {*table.frame}:
            return Proposals(suggestions=suggestions if has_same else {})
        require_cells(table, ["n_annotations"], str.isdecimal, "this is not a number of annotations", _mend(review))
        rows = {
            unit: row
            for unit, row in _rows(table, [*NEEDED_COLUMNS, "reason_code", "n_annotations"], material)
            if reads_as(row["text"], material.answers[unit.question][unit.respondent_id])
        }
        in_the_list = {
            unit: tuple(map(Suggestion, row["suggested"].split("|"))) for unit, row in rows.items() if row["suggested"]
        }
        suggestions = {unit: own for unit, own in suggestions.items() if has_same or unit in rows}
        return Proposals(
            is_there=True,
            undecided=[unit for unit, row in rows.items() if row["reason_code"] not in SECOND_LOOKS],
            second_looks={
                unit: int(row["n_annotations"]) for unit, row in rows.items() if row["reason_code"] in SECOND_LOOKS
            },
            reasons={unit: row["reason"] for unit, row in rows.items()},
            suggestions=in_the_list | suggestions,
        )


def _is_of(coded_from: CodedFrom, material: Material) -> bool:
    """Whether `survey.toml` says of the questions that are asked what it said when they were coded."""
    asked = {question.id: question.codeframes for question in material.survey.questions}
    coded, settings = coded_from.configuration, material.survey.settings  # by which no answer becomes another one
    same = [own.model_copy(update={"codeframes": asked[own.id]}) for own in coded.questions if own.id in asked]
    return not changed_keys(coded.model_copy(update={"questions": same, "settings": settings}), material.survey)


def _by_model(codings: Path, material: Material) -> dict[Unit, tuple[Suggestion, ...]]:
    """What the model would give, most probable first, of the units that no person decided."""
    if (table := _table(codings, CODINGS_COLUMNS)) is None:
        return {}
    require_shares(table, "probability", _mend(codings))
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
    require_all(table, columns, _mend(path))
    return table


def _mend(path: Path) -> str:
    return f"Code it: themawijzer classify {path.parent.name}"


def _rows(table: Table, columns: Sequence[str], material: Material) -> Iterator[tuple[Unit, dict[str, str]]]:
    """The rows about answers of this survey, since `classify` may have coded another file."""
    for row in zip(*(table.frame[column].tolist() for column in columns), strict=True):
        cells = dict(zip(columns, row, strict=True))
        unit = Unit(cells["respondent_id"], cells["question"], cells["codeframe"])
        if material.has(unit):
            yield unit, cells
