"""Which answers a coder is asked, stream by stream, and in which order."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import zip_longest

from themawijzer.annotation.proposals import Proposals
from themawijzer.annotation.snapshot import Material, Snapshot
from themawijzer.annotation.streams import StreamName
from themawijzer.coding.drawing import Candidate, draw
from themawijzer.survey.annotations import ADJUDICATOR, Stream, Unit

ROUND = 10  # random answers to one question before the next: a coder keeps one question in mind, and all grow evenly


@dataclass(frozen=True)
class Task:
    """One answer to be coded in several codeframes at once, because it has to be read only once.

    `streams` has for each of these codeframes the stream as the annotation will have it.
    """

    respondent_id: str
    question: str
    streams: Mapping[str, Stream]

    @property
    def codeframes(self) -> tuple[str, ...]:
        return tuple(self.streams)

    @property
    def units(self) -> list[Unit]:
        return [Unit(self.respondent_id, self.question, codeframe) for codeframe in self.codeframes]

    @property
    def answer(self) -> tuple[str, str]:
        return self.respondent_id, self.question


@dataclass
class Queue:
    """What is left for one coder; of what another one coded, the `double_share`, else that of the survey."""

    coder: str
    double_share: float | None = None
    _drawn: tuple[Material, Mapping[tuple[str, str], Task]] | None = field(default=None, repr=False)
    _left: dict[StreamName, tuple[Snapshot, Proposals, list[Task]]] = field(default_factory=dict, repr=False)

    def left(self, stream: StreamName, snapshot: Snapshot, proposals: Proposals) -> list[Task]:
        """All tasks of a stream that are open, the next one first; found once for what did not change."""
        known = self._left.get(stream)
        if known is None or known[0] is not snapshot or known[1] is not proposals:
            known = self._left[stream] = snapshot, proposals, self._find(stream, snapshot, proposals)
        return known[2]

    def _find(self, stream: StreamName, snapshot: Snapshot, proposals: Proposals) -> list[Task]:
        match stream:
            case StreamName.RANDOM:
                return self._random(snapshot)
            case StreamName.ACTIVE:
                return _gathered((unit for unit in proposals.undecided if unit not in snapshot.decisions), "active")
            case StreamName.REVIEW:
                return _gathered(self._second_looks(snapshot, proposals), "review")
            case StreamName.DOUBLE:
                return self._double(snapshot)

    def _random(self, snapshot: Snapshot) -> list[Task]:
        """In the order of `themawijzer sample`, a round per question, without what anybody coded as such.

        Of a question and codeframe of which people coded every answer nothing is asked.
        """
        material, drawn = snapshot.material, self._draw(snapshot.material)
        touched = {(unit.respondent_id, unit.question) for unit in snapshot.random_units}
        left = {
            question.id: [name for name in question.codeframes if _is_left(question.id, name, drawn.values(), snapshot)]
            for question in material.questions.values()
        }
        whole = {name for name, question in material.questions.items() if left[name] == question.codeframes}
        tasks = (
            task
            if task.question in whole and answer not in touched
            else _open(task, left[task.question], snapshot.random_units)
            for answer, task in drawn.items()
        )
        return [task for task in tasks if task.streams]

    def _draw(self, material: Material) -> Mapping[tuple[str, str], Task]:
        """All that can be drawn in random order, a round per question; it stays as long as the answers do."""
        if self._drawn is None or self._drawn[0] is not material:
            drawn = [_draw_all(*question, material) for question in material.answers.items()]
            rounds = ([candidate[at : at + ROUND] for at in range(0, len(candidate), ROUND)] for candidate in drawn)
            turns = (turn for together in zip_longest(*rounds, fillvalue=()) for turn in together)
            self._drawn = material, {task.answer: task for turn in turns for task in turn}
        return self._drawn[1]

    def _second_looks(self, snapshot: Snapshot, proposals: Proposals) -> Iterator[Unit]:
        """What the last `classify` wanted a person to see again, and nobody saw since."""
        for unit, n_before in proposals.second_looks.items():
            if snapshot.n_annotations[unit] <= n_before:  # counted, since a clock may go back
                yield unit

    def _double(self, snapshot: Snapshot) -> list[Task]:
        """A set share of what one other coder coded; the order says nothing about who coded it when.

        The stream is that of the other coder, but for a second look: who codes double does not see earlier codes.
        """
        settings, streams = snapshot.material.survey.settings, dict[tuple[str, str], dict[str, Stream]]()
        for unit, by_coder in snapshot.decisions.items():
            coders = set(by_coder) - {ADJUDICATOR}
            if len(coders) == 1 and self.coder not in coders:
                first = by_coder[coders.pop()]
                streams.setdefault((unit.respondent_id, unit.question), {})[unit.codeframe] = (
                    "active" if first.stream == "review" else first.stream
                )
        places = {answer: _place(answer, settings.seed) for answer in streams}
        share = settings.double_share if self.double_share is None else self.double_share
        chosen = [answer for answer in streams if places[answer] < share]
        return [Task(*answer, streams[answer]) for answer in sorted(chosen, key=places.__getitem__)]


def _draw_all(question_id: str, answers: Mapping[str, str], material: Material) -> Sequence[Task]:
    question = material.questions[question_id]
    codeframes, fits = tuple(question.codeframes), question.no_answers.says_something
    candidates = (Candidate(respondent_id, question_id, text, codeframes) for respondent_id, text in answers.items())
    drawn = draw(candidates, len(answers), seed=material.survey.settings.seed, fits=fits)
    streams: dict[str, Stream] = dict.fromkeys(codeframes, "random")
    return [Task(candidate.respondent_id, question_id, streams) for candidate in drawn]


def _is_left(question: str, codeframe: str, tasks: Iterable[Task], snapshot: Snapshot) -> bool:
    """Whether nobody coded some of the answers to the question."""
    own = (task for task in tasks if task.question == question)
    return any(Unit(task.respondent_id, question, codeframe) not in snapshot.decisions for task in own)


def _open(task: Task, codeframes: Collection[str], done: Collection[Unit]) -> Task:
    units = (unit for unit in task.units if unit.codeframe in codeframes and unit not in done)
    return replace(task, streams={unit.codeframe: "random" for unit in units})


def _gathered(units: Iterable[Unit], stream: Stream) -> list[Task]:
    """One task per answer, where the first of its units stands."""
    streams: dict[tuple[str, str], dict[str, Stream]] = {}
    for unit in units:
        streams.setdefault((unit.respondent_id, unit.question), {})[unit.codeframe] = stream
    return [Task(*answer, found) for answer, found in streams.items()]


def _place(answer: tuple[str, str], seed: int) -> float:
    """Where an answer stands between 0 and 1, by chance that the seed fixes."""
    key = b"double" + seed.to_bytes(4, "little")
    return int.from_bytes(blake2b("\0".join(answer).encode(), key=key, digest_size=8).digest(), "big") / 2**64
