"""What coders disagree about, for one person to decide."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from themawijzer.annotation.worklist import Decisions
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
    def text(self) -> str:
        return next(iter(self.by_coder.values())).text

    @property
    def stream(self) -> Stream:
        """Of the decision: an answer that was drawn at random for anybody was drawn."""
        streams: list[Stream] = [annotation.stream for annotation in self.by_coder.values()]
        return "random" if "random" in streams else streams[0]


def disputes(decisions: Decisions, codeframes: Iterable[Codeframe]) -> list[Dispute]:
    """The units on which coders disagree and nobody decided yet, what concerns most codes first.

    What holds a retired code, and so waits for its coder, is no part of it.
    """
    frames = {codeframe.id: codeframe for codeframe in codeframes}
    shared = ((unit.codeframe, by_coder) for unit, by_coder in decisions.items() if len(by_coder) > 1)
    found = (dispute_of(by_coder, frames[codeframe]) for codeframe, by_coder in shared)
    open_ones = [dispute for dispute in found if dispute and ADJUDICATOR not in dispute.by_coder and dispute.disputed]
    return sorted(open_ones, key=lambda open_one: -len(open_one.disputed))


def dispute_of(by_coder: Mapping[str, Annotation], codeframe: Codeframe) -> Dispute | None:
    """What the coders say now; None where nobody says anything that holds."""
    known = {*codeframe.code_ids}
    in_force = {coder: annotation for coder, annotation in by_coder.items() if annotation.codes <= known}
    codes = {coder: codeframe.with_parents(annotation.codes) for coder, annotation in in_force.items()}
    return Dispute(next(iter(in_force.values())).unit, in_force, codes) if in_force else None
