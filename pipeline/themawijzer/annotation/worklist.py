"""What comes back to a coder since the codebook changed: annotations stay as they are until a person judges anew."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from themawijzer.annotation.new_codes import Hint, find_hints
from themawijzer.survey.annotations import ADJUDICATOR, Annotation, AnsweredUnit, Unit
from themawijzer.survey.changes import Change, Changes
from themawijzer.survey.codebook import Codeframe, version_number
from themawijzer.survey.gold import latest

# What each coder last said of a unit.
Decisions = Mapping[Unit, Mapping[str, Annotation]] | Mapping[AnsweredUnit, Mapping[str, Annotation]]
# By codeframe and the version in which codes were added, what hints at those, by answer.
Hints = Mapping[tuple[str, str], Mapping[str, Hint]]


@dataclass(frozen=True)
class Revisit:
    """An annotation to judge again, because of these changes; `suggestion` is for a person to confirm.

    `hints` are the words of new codes that stand in the answer, by the version in which the code was added.
    """

    unit: Unit
    coder: str
    annotation: Annotation
    changes: tuple[Change, ...]
    suggestion: frozenset[str]
    hints: Mapping[str, Hint] = field(default_factory=dict)

    @property
    def is_in_force(self) -> bool:
        """Whether it counts meanwhile: what holds a retired code does not."""
        return not any(change.retired for change in self.changes)

    @property
    def likelihood(self) -> float:
        """The higher, the likelier it has a new code."""
        return max((hint.score for hint in self.hints.values()), default=0)


@dataclass(frozen=True)
class Waiting:
    """How many annotations are to be judged again, and how many of them count meanwhile."""

    n: int = 0
    n_in_force: int = 0


def work_list(
    decisions: Decisions,
    codeframes: Iterable[Codeframe],
    changes: Changes,
    coder: str,
    annotations: Iterable[Annotation],
) -> list[Revisit]:
    """A coder's annotations to judge again, those that do not count meanwhile first.

    Then come those that most likely have a new code, and the random sample. `annotations` are all that the coder made.
    """
    by_id = {codeframe.id: codeframe for codeframe in codeframes}
    hints = _hints(by_id, changes, list(annotations))
    found = [
        Revisit(own.unit, coder, own, because, suggest(own, by_id[own.codeframe], changes), _own(own, because, hints))
        for by_coder in decisions.values()
        if (own := by_coder.get(coder)) and (because := tuple(_open_changes(own, by_coder, changes, hints)))
    ]
    return sorted(found, key=lambda each: (each.is_in_force, -each.likelihood, each.annotation.stream != "random"))


def waiting(
    annotations: Mapping[str, Sequence[Annotation]], codeframes: Iterable[Codeframe], changes: Changes
) -> Waiting:
    """Of all coders together, by their placed annotations."""
    if not changes.changes:
        return Waiting()
    decisions, codeframes = latest(annotations), list(codeframes)
    lists = (work_list(decisions, codeframes, changes, coder, rows) for coder, rows in annotations.items())
    found = [revisit for revisits in lists for revisit in revisits]
    return Waiting(len(found), sum(revisit.is_in_force for revisit in found))


def touches(change: Change, annotation: Annotation, hints: Hints) -> bool:
    """Whether a person has to judge the annotation again because of the change.

    A retired code always has to be. Other annotations only when they are older than the change: for a new code those
    without codes and those of answers with words of it, and those with the code for a redefined one.
    """
    if annotation.codeframe != change.codeframe:
        return False
    if change.retired:
        return bool(annotation.codes & change.retired_ids)
    if not _is_older(annotation, change):
        return False
    if change.kind == "add":
        return not annotation.codes or annotation.text in hints.get((change.codeframe, change.version), {})
    return change.kind == "redefine" and change.before[0] in annotation.codes


def suggest(annotation: Annotation, codeframe: Codeframe, changes: Changes) -> frozenset[str]:
    """The codes that are there still, and those into which others were merged; a split code suggests nothing."""
    followed = [changes.successors(codeframe.id, code) for code in annotation.codes]
    return frozenset(codes[0] for codes in followed if len(codes) == 1) & {*codeframe.code_ids}


def count_codes(decisions: Decisions, codeframe_id: str) -> Counter[str]:
    """How many annotations hold each code, retired ones too; "" counts those to which none applied."""
    rows = (own for unit, decision in decisions.items() if unit.codeframe == codeframe_id for own in decision.values())
    return Counter(code for own in rows for code in own.codes or [""])


def _hints(codeframes: Mapping[str, Codeframe], changes: Changes, annotations: Sequence[Annotation]) -> Hints:
    """Of codes that are there still, in annotations that are older, whatever the coder said since: no more come."""
    found: dict[tuple[str, str], dict[str, Hint]] = {}
    for change in changes.changes:
        if change.kind == "add" and (codeframe := codeframes.get(change.codeframe)):
            older = [own for own in annotations if own.codeframe == codeframe.id and _is_older(own, change)]
            by_text = found.setdefault((codeframe.id, change.version), {})
            for code in (code for code in codeframe.codes if code.id in change.after):
                for text, hint in find_hints(code, older).items():
                    by_text[text] = by_text[text].joined(hint) if text in by_text else hint
    return found


def _own(own: Annotation, because: Iterable[Change], hints: Hints) -> dict[str, Hint]:
    found = ((change.version, hints.get((change.codeframe, change.version), {}).get(own.text)) for change in because)
    return {version: hint for version, hint in found if hint}


def _is_older(annotation: Annotation, change: Change) -> bool:
    return version_number(annotation.codebook_version) < version_number(change.version)


def _open_changes(
    own: Annotation, by_coder: Mapping[str, Annotation], changes: Changes, hints: Hints
) -> Iterator[Change]:
    """Those that touch the annotation, but for what was adjudicated since."""
    verdict = by_coder.get(ADJUDICATOR, own)
    settled_in = () if verdict is own else version_number(verdict.codebook_version)
    for change in changes.changes:
        is_settled = settled_in >= version_number(change.version) and not touches(change, verdict, hints)
        if touches(change, own, hints) and not is_settled:
            yield change
