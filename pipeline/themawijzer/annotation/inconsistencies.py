"""Answers that say the same, to which one coder gave different codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from themawijzer.annotation.snapshot import Snapshot
from themawijzer.survey.annotations import ADJUDICATOR, Annotation
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.no_answers import fold


@dataclass(frozen=True)
class Inconsistency:
    """What one coder gave to answers to a question that are equal but for capitals, punctuation and spaces.

    `codings` has the annotations by their codes and the parents of those, what was given least often first.
    """

    question: str
    codeframe: Codeframe
    codings: Mapping[frozenset[str], Sequence[Annotation]]


def find_inconsistencies(snapshot: Snapshot, coder: str) -> list[Inconsistency]:
    """Those of a coder, most answers first, among answers that can be coded still and that nobody adjudicated.

    Annotations with a retired code, which come back anyway, are left out.
    """
    known = {codeframe.id: {*codeframe.code_ids} for codeframe in snapshot.material.codebook.codeframes}
    codeframes = {codeframe.id: codeframe for codeframe in snapshot.material.codebook.codeframes}
    same: dict[tuple[str, str, str], dict[frozenset[str], list[Annotation]]] = {}
    for unit, by_coder in snapshot.decisions.items():
        if ADJUDICATOR in by_coder or not snapshot.material.has(unit):
            continue
        own = by_coder.get(coder.lower())
        if own and (text := _fold(own.text)) and own.codes <= known[unit.codeframe]:
            codes = codeframes[unit.codeframe].with_parents(own.codes)
            same.setdefault((unit.question, unit.codeframe, text), {}).setdefault(codes, []).append(own)
    found = [
        Inconsistency(question, codeframes[codeframe], dict(sorted(codings.items(), key=lambda pair: len(pair[1]))))
        for (question, codeframe, _), codings in same.items()
        if len(codings) > 1
    ]
    return sorted(found, key=lambda each: -sum(map(len, each.codings.values())))


_fold = lru_cache(maxsize=100_000)(fold)  # every page counts them
