"""How a codeframe is used: how often each code is given, with examples, and which codes coders take for each other."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from themawijzer.coding.coefficients import Confusion, collect_ratings, count_confusions
from themawijzer.survey.annotations import Annotation, AnsweredUnit
from themawijzer.survey.codebook import Codeframe
from themawijzer.survey.gold import Gold

N_EXAMPLES = 3
MIN_EXAMPLE, MAX_EXAMPLE = 12, 160  # characters: long enough to say something, short enough to read in passing


@dataclass(frozen=True)
class Use:
    """Of one code: on how many answers people agree on it, a few short ones, and the codes it is confused with."""

    n: int
    examples: tuple[str, ...]
    confused: tuple[tuple[str, int], ...]


def summarize_use(
    gold: Mapping[AnsweredUnit, Gold], annotations: Mapping[str, Iterable[Annotation]], codeframe: Codeframe
) -> dict[str, Use]:
    """Per code of the codeframe, with how often two coders gave the one and the other code to the same answer."""
    own = {unit: settled for unit, settled in gold.items() if unit.codeframe == codeframe.id}
    counts = Counter(code for settled in own.values() for code in settled.codes)
    confusions = count_confusions(collect_ratings(annotations, codeframe))
    return {code: Use(counts[code], _examples(own, code), _confused(confusions, code)) for code in codeframe.code_ids}


def _confused(confusions: Iterable[Confusion], code: str) -> tuple[tuple[str, int], ...]:
    """The codes that were given instead of this one, or it instead of them; most often first."""
    pairs = [
        ({confusion.code, confusion.other} - {code}, confusion.n)
        for confusion in confusions
        if code in (confusion.code, confusion.other)
    ]
    return tuple((other, n) for (other,), n in pairs if other)


def _examples(gold: Mapping[AnsweredUnit, Gold], code: str) -> tuple[str, ...]:
    """The answers with the fewest other codes, shortest first."""
    fitting = {
        settled.text: (len(settled.codes), len(settled.text), settled.text)
        for settled in gold.values()
        if code in settled.codes and MIN_EXAMPLE <= len(settled.text) <= MAX_EXAMPLE
    }
    return tuple(sorted(fitting, key=fitting.__getitem__)[:N_EXAMPLES])
