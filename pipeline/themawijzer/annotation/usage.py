"""How a codeframe is used: how often each code is given, with examples, and which codes coders take for each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from themawijzer.annotation.worklist import Decisions
from themawijzer.survey.annotations import ADJUDICATOR, Annotation, Unit
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.gold import Gold

N_EXAMPLES = 3
MIN_EXAMPLE, MAX_EXAMPLE = 12, 160  # characters: long enough to say something, short enough to read in passing


@dataclass(frozen=True)
class Use:
    """Of one code: on how many answers people settled it, a few short ones, and the codes it is confused with."""

    n: int
    examples: tuple[str, ...]
    confused: tuple[tuple[str, int], ...]


def summarize_use(gold: Mapping[Unit, Gold], decisions: Decisions, codeframe: Codeframe) -> dict[str, Use]:
    """Per code of the codeframe, with how often two coders gave the one and the other code to the same answer."""
    own = {unit: each for unit, each in gold.items() if unit.codeframe == codeframe.id}
    counts = Counter(code for each in own.values() for code in each.codes)
    pairs = confusions(decisions, codeframe)
    return {code: Use(counts[code], _examples(own, code), tuple(_partners(pairs, code))) for code in codeframe.code_ids}


def confusions(decisions: Decisions, codeframe: Codeframe) -> Counter[tuple[str, str]]:
    """Pairs of codes to the number of pairs of coders of whom one gave the first where the other gave the second."""
    found: Counter[tuple[str, str]] = Counter()
    for unit, by_coder in decisions.items():
        if unit.codeframe == codeframe.id:
            coders = [each for coder, each in sorted(by_coder.items()) if coder != ADJUDICATOR]
            for one, other in combinations(coders, 2):
                found.update(_exchanged(one, other, codeframe))
    return found


def _exchanged(one: Annotation, other: Annotation, codeframe: Codeframe) -> set[tuple[str, str]]:
    known = {*codeframe.code_ids}
    mine, theirs = (one.codes - other.codes) & known, (other.codes - one.codes) & known
    return {(min(a, b), max(a, b)) for a in mine for b in theirs}


def _partners(pairs: Counter[tuple[str, str]], code: str) -> list[tuple[str, int]]:
    with_it = [((b if a == code else a), n) for (a, b), n in pairs.items() if code in (a, b)]
    return sorted(with_it, key=lambda pair: (-pair[1], pair[0]))


def _examples(gold: Mapping[Unit, Gold], code: str) -> tuple[str, ...]:
    """Those with the fewest other codes, of these the shortest."""
    fitting = {
        each.text: (len(each.codes), len(each.text), each.text)
        for each in gold.values()
        if code in each.codes and MIN_EXAMPLE <= len(each.text) <= MAX_EXAMPLE
    }
    return tuple(sorted(fitting, key=fitting.__getitem__)[:N_EXAMPLES])
