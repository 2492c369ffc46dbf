"""What comes back to a coder since the codebook changed: annotations stay as they are until a person judges anew."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from themawijzer.survey.annotations import ADJUDICATOR, Annotation, AnsweredUnit, Unit
from themawijzer.survey.changes import Change, Changes
from themawijzer.survey.codebook import Codeframe, version_number

# What each coder last said of a unit.
Decisions = Mapping[Unit, Mapping[str, Annotation]] | Mapping[AnsweredUnit, Mapping[str, Annotation]]


@dataclass(frozen=True)
class Revisit:
    """An annotation to judge again, because of these changes; `suggestion` is for a person to confirm."""

    unit: Unit
    coder: str
    annotation: Annotation
    changes: tuple[Change, ...]
    suggestion: frozenset[str]

    @property
    def is_in_force(self) -> bool:
        """Whether it counts meanwhile: what holds a retired code does not."""
        return not any(change.retired for change in self.changes)


@dataclass(frozen=True)
class Waiting:
    """How many annotations are to be judged again, and how many of them count meanwhile."""

    n: int = 0
    n_in_force: int = 0


def work_list(decisions: Decisions, codeframes: Iterable[Codeframe], changes: Changes, coder: str) -> list[Revisit]:
    """A coder's annotations to judge again: those that do not count meanwhile first, then the random sample."""
    by_id = {codeframe.id: codeframe for codeframe in codeframes}
    found = [
        Revisit(own.unit, coder, own, because, suggest(own, by_id[own.codeframe], changes))
        for by_coder in decisions.values()
        if (own := by_coder.get(coder)) and (because := tuple(_open_changes(own, by_coder, changes)))
    ]
    return sorted(found, key=lambda revisit: (revisit.is_in_force, revisit.annotation.stream != "random"))


def waiting(decisions: Decisions, codeframes: Iterable[Codeframe], changes: Changes) -> Waiting:
    """Of all coders together."""
    if not changes.changes:
        return Waiting()
    coders, codeframes = {coder for by_coder in decisions.values() for coder in by_coder}, list(codeframes)
    found = [revisit for coder in coders for revisit in work_list(decisions, codeframes, changes, coder)]
    return Waiting(len(found), sum(revisit.is_in_force for revisit in found))


def touches(change: Change, annotation: Annotation) -> bool:
    """Whether a person has to judge the annotation again because of the change.

    A retired code always has to be. Other annotations only when they are older than the change: those without codes
    for a new code, and those with the code for a redefined one.
    """
    if annotation.codeframe != change.codeframe:
        return False
    if change.retired:
        return bool(annotation.codes & change.retired_ids)
    if version_number(annotation.codebook_version) >= version_number(change.version):
        return False
    if change.kind == "add":
        return not annotation.codes
    return change.kind == "redefine" and change.before[0] in annotation.codes


def suggest(annotation: Annotation, codeframe: Codeframe, changes: Changes) -> frozenset[str]:
    """The codes that are there still, and those into which others were merged; a split code suggests nothing."""
    followed = [changes.successors(codeframe.id, code) for code in annotation.codes]
    return frozenset(codes[0] for codes in followed if len(codes) == 1) & {*codeframe.code_ids}


def count_codes(decisions: Decisions, codeframe_id: str) -> Counter[str]:
    """How many annotations hold each code, retired ones too; "" counts those to which none applied."""
    rows = (own for unit, decision in decisions.items() if unit.codeframe == codeframe_id for own in decision.values())
    return Counter(code for own in rows for code in own.codes or [""])


def _open_changes(own: Annotation, by_coder: Mapping[str, Annotation], changes: Changes) -> Iterator[Change]:
    """Those that touch the annotation, but for what was adjudicated since."""
    verdict = by_coder.get(ADJUDICATOR, own)
    settled_in = () if verdict is own else version_number(verdict.codebook_version)
    for change in changes.changes:
        is_settled = settled_in >= version_number(change.version) and not touches(change, verdict)
        if touches(change, own) and not is_settled:
            yield change
