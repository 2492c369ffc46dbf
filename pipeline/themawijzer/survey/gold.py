"""The gold: what people say of an answer together, adjudicated or else by majority."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from themawijzer.survey.annotations import ADJUDICATOR, Annotation, Unit, about
from themawijzer.survey.answers import bare, lines_of
from themawijzer.survey.codebook import Codebook


@dataclass(frozen=True, slots=True)
class Gold:
    """What people say of a unit: adjudicated, else agreed. `disputed` has the codes without a majority."""

    codes: frozenset[str]
    disputed: frozenset[str]
    text: str
    coders: tuple[str, ...]
    is_random: bool


def settle(annotations: Mapping[str, Iterable[Annotation]], codebook: Codebook) -> dict[Unit, Gold]:
    """The gold of every annotated unit: adjudication, else the coders' majority code by code.

    A code on which as many coders say yes as no is disputed. What holds a retired code decides nothing until its
    coder judges the answer again, and what was said of an earlier answer of the respondent decides nothing anymore.
    """
    random, known = random_answers(annotations), known_codes(codebook)
    in_force = {
        unit: {coder: each for coder, each in _of_last(by_coder).items() if each.codes <= known[unit.codeframe]}
        for unit, by_coder in latest(annotations).items()
    }
    return {unit: _settle_unit(unit, deciding, codebook, random) for unit, deciding in in_force.items() if deciding}


def latest(annotations: Mapping[str, Iterable[Annotation]]) -> dict[Unit, dict[str, Annotation]]:
    """Of every unit the last annotation of each of its coders."""
    found: dict[Unit, dict[str, Annotation]] = {}
    for unit, coder, annotation in _by_unit(annotations):
        found.setdefault(unit, {})[coder] = annotation
    return found


def _of_last(by_coder: Mapping[str, Annotation]) -> Mapping[str, Annotation]:
    """What coders say of the answer that was coded last; in a panel's next wave it is another one."""
    if len(by_coder) == 1:
        return by_coder
    text = lines_of(max(by_coder.values(), key=lambda annotation: annotation.annotated_at).text)
    return {coder: each for coder, each in by_coder.items() if lines_of(each.text) == text}


def random_answers(annotations: Mapping[str, Iterable[Annotation]]) -> set[tuple[Unit, tuple[str, ...]]]:
    """What was drawn at random, with the lines of its text: it stays drawn when its annotation is replaced."""
    return {(unit, lines_of(each.text)) for unit, _, each in _by_unit(annotations) if each.stream == "random"}


def known_codes(codebook: Codebook) -> dict[str, frozenset[str]]:
    """Codeframe to the codes that it has now."""
    return {codeframe.id: frozenset(codeframe.code_ids) for codeframe in codebook.codeframes}


def _by_unit(annotations: Mapping[str, Iterable[Annotation]]) -> Iterator[tuple[Unit, str, Annotation]]:
    full_ids = _full_ids(annotation for rows in annotations.values() for annotation in rows)
    for coder, rows in annotations.items():
        for annotation in rows:
            yield (
                annotation.unit._replace(respondent_id=_full_id(annotation.respondent_id, full_ids[about(annotation)])),
                coder,
                annotation,
            )


def _full_ids(annotations: Iterable[Annotation]) -> dict[tuple[str, ...], set[str]]:
    """Per answer the ids that it was annotated under: Excel takes the zeros off the front of one."""
    found: dict[tuple[str, ...], set[str]] = {}
    for annotation in annotations:
        found.setdefault(about(annotation), set()).add(annotation.respondent_id)
    return found


def _full_id(respondent_id: str, ids: Collection[str]) -> str:
    """`7` means `007` where that is the only longer id under which the same answer was annotated."""
    longer = [other for other in ids if other != respondent_id]
    return longer[0] if respondent_id == bare(respondent_id) and len(longer) == 1 else respondent_id


def _settle_unit(
    unit: Unit, by_coder: Mapping[str, Annotation], codebook: Codebook, random: Collection[tuple[Unit, tuple[str, ...]]]
) -> Gold:
    deciding = {ADJUDICATOR: by_coder[ADJUDICATOR]} if ADJUDICATOR in by_coder else by_coder
    last = max(deciding.values(), key=lambda annotation: annotation.annotated_at)
    with_parents = codebook.codeframe(last.codeframe).with_parents
    votes = Counter(code for annotation in deciding.values() for code in with_parents(annotation.codes))
    return Gold(
        codes=frozenset(code for code, count in votes.items() if 2 * count > len(deciding)),
        disputed=frozenset(code for code, count in votes.items() if 2 * count == len(deciding)),
        text=last.text,
        coders=tuple(sorted(deciding)),
        is_random=(unit, lines_of(last.text)) in random,
    )
