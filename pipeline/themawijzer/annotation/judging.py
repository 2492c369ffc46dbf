"""Deciding about answers that were coded before: what coders disagree about, and what comes back to them."""

from collections.abc import Mapping

from themawijzer.annotation.adjudication import Dispute, dispute_of, disputes
from themawijzer.annotation.desk import Choice, Desk
from themawijzer.annotation.journal import Journal
from themawijzer.annotation.snapshot import Snapshot
from themawijzer.annotation.worklist import Revisit, work_list
from themawijzer.survey.annotations import ADJUDICATOR, Annotation, Stream, Unit


def open_disputes(snapshot: Snapshot) -> list[Dispute]:
    """What coders disagree about and nobody decided yet."""
    return disputes(snapshot.decisions, snapshot.material.codebook.codeframes)


def find_dispute(snapshot: Snapshot, unit: Unit) -> Dispute | None:
    """What is said of one unit, decided or not."""
    if unit not in snapshot.decisions:
        return None
    codeframe = snapshot.material.codebook.codeframe(unit.codeframe)
    return dispute_of(snapshot.decisions[unit], codeframe)


def open_revisits(snapshot: Snapshot, coder: str) -> list[Revisit]:
    """What this coder has to judge again, and what was adjudicated, which anybody may."""
    material = snapshot.material
    if not material.changes.changes:
        return []
    frames = material.codebook.codeframes
    whose = dict.fromkeys((coder.lower(), ADJUDICATOR))
    return [revisit for name in whose for revisit in work_list(snapshot.decisions, frames, material.changes, name)]


def adjudicate(desk: Desk, dispute: Dispute, choice: Choice) -> None:
    """Append the decision to `adjudicated.csv`; it is on the disk when this returns."""
    _append(desk, ADJUDICATOR, dispute.unit, choice, dispute.stream)


def judge_again(desk: Desk, revisit: Revisit, choice: Choice) -> None:
    """Append what the coder of the annotation says now; the annotation itself stays as it is."""
    _append(desk, revisit.coder, revisit.unit, choice, revisit.annotation.stream)


def fingerprint(decided: Mapping[str, Annotation]) -> str:
    """What was decided, by coder or by codeframe, when a form was made: another person or tab may change it."""
    facts = [(name, *sorted(annotation.codes), annotation.annotated_at) for name, annotation in sorted(decided.items())]
    return "|".join(",".join(fact) for fact in facts)


def _append(desk: Desk, coder: str, unit: Unit, choice: Choice, stream: Stream) -> None:
    snapshot = desk.snapshot
    is_own = coder == desk.coder.lower()
    journal = desk.journal if is_own else Journal(snapshot.folders.annotations, coder)
    row = desk.row(unit, choice, moment=desk.clock(), stream="random" if unit in snapshot.random_units else stream)
    journal.append([row], snapshot.material.codebook)
