"""Which answers a coder is asked, stream by stream, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from itertools import zip_longest

from pipeline.annotation.proposals import Proposals
from pipeline.annotation.snapshot import Material, Snapshot
from pipeline.coding.sample import Candidate, draw
from pipeline.survey.annotations import ADJUDICATOR, Annotation, Stream, Unit

ROUND = 10  # random answers to one question before the next: a coder keeps one question in mind, and all grow evenly


class StreamName(StrEnum):
    """Why an answer is put before a coder."""

    RANDOM = "random"  # the random sample, on which quality and shares are measured
    ACTIVE = "active"  # what nobody decided yet, what brings most first
    REVIEW = "review"  # what was decided, and may be wrong
    DOUBLE = "double"  # what another coder coded, to see whether two people agree


@dataclass(frozen=True)
class Task:
    """One answer to be coded in these codeframes at once, because it has to be read only once."""

    respondent_id: str
    question: str
    codeframes: tuple[str, ...]
    stream: Stream  # as the annotation will have it

    @property
    def units(self) -> list[Unit]:
        return [Unit(self.respondent_id, self.question, codeframe) for codeframe in self.codeframes]

    @property
    def answer(self) -> tuple[str, str]:
        return self.respondent_id, self.question


@dataclass
class Queue:
    """What is left for one coder. `fits` tells which answers can be drawn; `proposals` are the model's."""

    coder: str
    fits: Callable[[str], bool]
    _orders: tuple[Material, Mapping[str, list[str]]] | None = field(default=None, repr=False)

    def left(self, stream: StreamName, snapshot: Snapshot, proposals: Proposals) -> list[Task]:
        """All tasks of a stream that are open, the next one first."""
        match stream:
            case StreamName.RANDOM:
                return self._random(snapshot)
            case StreamName.ACTIVE:
                return list(_gathered(self._undecided(snapshot, proposals), "active"))
            case StreamName.REVIEW:
                return list(_gathered(self._second_looks(snapshot, proposals), "review"))
            case StreamName.DOUBLE:
                return self._double(snapshot)

    def _random(self, snapshot: Snapshot) -> list[Task]:
        """In the order of `themawijzer sample`, a round per question, without what anybody coded as such."""
        open_tasks = []
        for question_id, order in self._drawn(snapshot.material).items():
            codeframes = snapshot.material.questions[question_id].codeframes
            tasks = (_open_task(respondent_id, question_id, codeframes, snapshot) for respondent_id in order)
            open_tasks.append([task for task in tasks if task.codeframes])
        rounds = ([tasks[at : at + ROUND] for at in range(0, len(tasks), ROUND)] for tasks in open_tasks)
        return [task for together in zip_longest(*rounds, fillvalue=()) for tasks in together for task in tasks]

    def _drawn(self, material: Material) -> Mapping[str, list[str]]:
        """Per question the respondents in random order; the same one as long as the answers are."""
        if self._orders is None or self._orders[0] is not material:
            seed = material.survey.settings.seed
            orders = {
                question_id: [each.respondent_id for each in _draw_all(question_id, answers, seed, self.fits)]
                for question_id, answers in material.answers.items()
            }
            self._orders = material, orders
        return self._orders[1]

    def _undecided(self, snapshot: Snapshot, proposals: Proposals) -> Iterator[Unit]:
        return (unit for unit in proposals.undecided if unit not in snapshot.decisions)

    def _second_looks(self, snapshot: Snapshot, proposals: Proposals) -> Iterator[Unit]:
        """What the last `classify` wanted a person to see again, and nobody saw since."""
        for unit in proposals.second_looks:
            seen = (_seconds(each.annotated_at) for each in snapshot.decisions.get(unit, {}).values())
            if max(seen, default=0.0) < proposals.written_at:
                yield unit

    def _double(self, snapshot: Snapshot) -> list[Task]:
        """A set share of what one other coder coded; the order says nothing about who coded it when."""
        settings, tasks = snapshot.material.survey.settings, dict[tuple[str, str], list[tuple[Unit, Annotation]]]()
        for unit, by_coder in snapshot.decisions.items():
            coders = set(by_coder) - {ADJUDICATOR}
            if len(coders) == 1 and self.coder not in coders:
                tasks.setdefault((unit.respondent_id, unit.question), []).append((unit, by_coder[coders.pop()]))
        places = {answer: _place(answer, settings.seed) for answer in tasks}
        chosen = sorted((answer for answer in tasks if places[answer] < settings.double_share), key=places.__getitem__)
        return [
            Task(*answer, tuple(unit.codeframe for unit, _ in tasks[answer]), tasks[answer][0][1].stream)
            for answer in chosen
        ]


def _draw_all(
    question_id: str, answers: Mapping[str, str], seed: int, fits: Callable[[str], bool]
) -> Sequence[Candidate]:
    candidates = (Candidate(each, question_id, text, ()) for each, text in answers.items())
    return draw(candidates, len(answers), seed=seed, fits=fits)


def _open_task(respondent_id: str, question_id: str, codeframes: Iterable[str], snapshot: Snapshot) -> Task:
    units = (Unit(respondent_id, question_id, codeframe) for codeframe in codeframes)
    left = tuple(unit.codeframe for unit in units if unit not in snapshot.random_units)
    return Task(respondent_id, question_id, left, "random")


def _seconds(moment: str) -> float:
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:  # nobody knows when
        return 0.0


def _gathered(units: Iterable[Unit], stream: Stream) -> Iterator[Task]:
    """One task per answer, where the first of its units stands."""
    codeframes: dict[tuple[str, str], list[str]] = {}
    for unit in units:
        codeframes.setdefault((unit.respondent_id, unit.question), []).append(unit.codeframe)
    return (Task(*answer, tuple(found), stream) for answer, found in codeframes.items())


def _place(answer: tuple[str, str], seed: int) -> float:
    """Where an answer stands between 0 and 1, by chance that the seed fixes."""
    key = b"double" + seed.to_bytes(4, "little")
    return int.from_bytes(blake2b("\0".join(answer).encode(), key=key, digest_size=8).digest(), "big") / 2**64
