"""The gold standard: what people decided about an answer together, by adjudication or else by majority."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from themawijzer.survey.annotations import ADJUDICATOR, Annotation, AnsweredUnit
from themawijzer.survey.codebook import Codebook, Codeframe


@dataclass(frozen=True, slots=True)
class Gold:
    """What people say of a unit: adjudicated, else agreed. `disputed` has the codes that they did not settle."""

    codes: frozenset[str]
    disputed: frozenset[str]
    text: str
    coders: tuple[str, ...]
    is_random: bool


def settle(annotations: Mapping[str, Iterable[Annotation]], codebook: Codebook) -> dict[AnsweredUnit, Gold]:
    """The gold of every annotated unit: adjudication, else the coders' majority code by code.

    A code on which as many coders say yes as no is disputed. Where no code has a majority, "none applies" needs one
    too: else all codes that anybody gave are disputed, for half of the coders or more gave one. The same holds for the
    codes below one that has a majority. An annotation with a retired code does not count until its coder judges the
    answer again.
    """
    random = random_answers(annotations)
    known = {codeframe.id: {*codeframe.code_ids} for codeframe in codebook.codeframes}
    in_force = {
        answered: {coder: own for coder, own in by_coder.items() if own.codes <= known[answered.codeframe]}
        for answered, by_coder in latest(annotations).items()
    }
    return {
        answered: _settle_unit(deciding, codebook, is_random=answered in random)
        for answered, deciding in in_force.items()
        if deciding
    }


def latest(annotations: Mapping[str, Iterable[Annotation]]) -> dict[AnsweredUnit, dict[str, Annotation]]:
    """The last annotation by unit and coder, of annotations that `Respondents` placed."""
    found: dict[AnsweredUnit, dict[str, Annotation]] = {}
    for coder, rows in annotations.items():
        for annotation in rows:
            found.setdefault(annotation.answered, {})[coder] = annotation
    return found


def random_answers(annotations: Mapping[str, Iterable[Annotation]]) -> set[AnsweredUnit]:
    """The answers in the random sample; they stay in it when their annotation is replaced."""
    given = (annotation for rows in annotations.values() for annotation in rows)
    return {annotation.answered for annotation in given if annotation.stream == "random"}


def _settle_unit(by_coder: Mapping[str, Annotation], codebook: Codebook, *, is_random: bool) -> Gold:
    deciding = {ADJUDICATOR: by_coder[ADJUDICATOR]} if ADJUDICATOR in by_coder else by_coder
    first = next(iter(deciding.values()))
    codeframe = codebook.codeframe(first.codeframe)
    given = [codeframe.with_parents(annotation.codes) for annotation in deciding.values()]
    votes = Counter(code for codes in given for code in codes)
    agreed = frozenset(code for code, count in votes.items() if 2 * count > len(given))
    tied = frozenset(code for code, count in votes.items() if 2 * count == len(given))
    return Gold(
        codes=agreed,
        disputed=tied | _open_below(agreed, given, codeframe),
        text=first.text,
        coders=tuple(sorted(deciding)),
        is_random=is_random,
    )


def _open_below(agreed: frozenset[str], given: Sequence[frozenset[str]], codeframe: Codeframe) -> frozenset[str]:
    """What was given below an agreed code, or below none, where neither one of these nor "none" has a majority."""
    found, everything = frozenset[str](), frozenset[str]().union(*given)
    for parent in (None, *agreed):
        own = {code for code in everything if codeframe.parents.get(code) == parent}
        if not own & agreed and 2 * sum(not own.isdisjoint(codes) for codes in given) >= len(given):
            found |= {code for code in everything if not own.isdisjoint(codeframe.with_parents([code]))}
    return found
