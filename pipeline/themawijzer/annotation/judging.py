"""Deciding about answers that were coded before: what coders disagree about, and what comes back to them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from themawijzer.annotation.desk import Choice, Desk
from themawijzer.annotation.journal import Journal
from themawijzer.annotation.snapshot import Snapshot
from themawijzer.annotation.worklist import Decisions, Revisit, work_list
from themawijzer.survey.annotations import ADJUDICATOR, Annotation, Stream, Unit
from themawijzer.survey.codebook import Codeframe


@dataclass(frozen=True)
class Dispute:
    """One answer in one codeframe, with what each coder says of it; codes with their parents."""

    unit: Unit
    by_coder: Mapping[str, Annotation]
    codes: Mapping[str, frozenset[str]]

    @property
    def agreed(self) -> frozenset[str]:
        """What every coder gave."""
        return frozenset.intersection(*self.codes.values())

    @property
    def disputed(self) -> frozenset[str]:
        """What some gave and others did not."""
        return frozenset.union(*self.codes.values()) - self.agreed

    @property
    def stream(self) -> Stream:
        """The stream of the decision: random where any coder got the answer in the random sample."""
        streams: list[Stream] = [annotation.stream for annotation in self.by_coder.values()]
        return "random" if "random" in streams else streams[0]


def open_disputes(snapshot: Snapshot) -> list[Dispute]:
    """What coders disagree about and nobody decided yet."""
    return disputes(snapshot.decisions, snapshot.material.codebook.codeframes)


def find_dispute(snapshot: Snapshot, unit: Unit) -> Dispute | None:
    """What is said of one unit, decided or not."""
    codeframe = snapshot.material.codebook.codeframe(unit.codeframe)
    return dispute_of(snapshot.decisions.get(unit, {}), codeframe)


def disputes(decisions: Decisions, codeframes: Iterable[Codeframe]) -> list[Dispute]:
    """The undecided units on which coders disagree, those with most disputed codes first."""
    by_id = {codeframe.id: codeframe for codeframe in codeframes}
    shared = (
        (unit.codeframe, by_coder)
        for unit, by_coder in decisions.items()
        if len({annotation.codes for annotation in by_coder.values()}) > 1
    )
    found = (dispute_of(by_coder, by_id[codeframe]) for codeframe, by_coder in shared)
    open_ones = [dispute for dispute in found if dispute and ADJUDICATOR not in dispute.by_coder and dispute.disputed]
    return sorted(open_ones, key=lambda open_one: -len(open_one.disputed))


def dispute_of(by_coder: Mapping[str, Annotation], codeframe: Codeframe) -> Dispute | None:
    """The annotations in force, which have no retired code; None where there are none."""
    known = {*codeframe.code_ids}
    in_force = {coder: annotation for coder, annotation in by_coder.items() if annotation.codes <= known}
    codes = {coder: codeframe.with_parents(annotation.codes) for coder, annotation in in_force.items()}
    return Dispute(next(iter(in_force.values())).unit, in_force, codes) if in_force else None


def open_revisits(snapshot: Snapshot, coder: str) -> list[Revisit]:
    """What this coder has to judge again, and what was adjudicated, which anybody may."""
    changes, codeframes = snapshot.material.changes, snapshot.material.codebook.codeframes
    if not changes.changes:
        return []
    whose = dict.fromkeys((coder.lower(), ADJUDICATOR))
    made = snapshot.placed_annotations
    return [
        revisit
        for name in whose
        for revisit in work_list(snapshot.decisions, codeframes, changes, name, made.get(name, ()))
    ]


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
    if unit in snapshot.random_units and (coder == ADJUDICATOR or stream != "review"):  # what was seen stays seen
        stream = "random"
    row = desk.row(unit, choice, moment=desk.clock(), stream=stream)
    journal.append([row], snapshot.material.codebook)
