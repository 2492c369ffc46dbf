"""One coder at work: what to code next, saving it, and taking it back."""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from statistics import median
from threading import RLock

from themawijzer.annotation.journal import Journal
from themawijzer.annotation.proposals import ProposalFiles, Proposals
from themawijzer.annotation.queue import Queue, Task
from themawijzer.annotation.similar import Similarity
from themawijzer.annotation.snapshot import Snapshot, Snapshots
from themawijzer.annotation.streams import StreamName
from themawijzer.files import make_folder, open_own
from themawijzer.survey.annotations import WITHDRAWN, Annotation, Stream, Unit, now

Answer = tuple[str, str]  # respondent id and question
PICKED: Stream = "active"  # the stream of an answer that the coder picked
CLAIM_LASTS_S = 600  # a coder who went for lunch, or whose page was killed, holds up nobody
DOUBT = "twijfel"  # what the note of a doubted decision begins with


@dataclass(frozen=True)
class Choice:
    """What a coder chose in one codeframe; no codes means that none applies."""

    codes: frozenset[str]
    note: str = ""


# What was saved at once: every new row, with what the coder had decided before, if anything.
Saving = list[tuple[Annotation, Annotation | None]]


@dataclass(frozen=True)
class Claims:
    """One small file per coder, in the cache: the answer that is on the coder's page."""

    folder: Path
    coder: str

    def claim(self, answer: tuple[str, str]) -> None:
        """Tell other coders that this coder has the answer, and no longer the one before."""
        with suppress(OSError):  # in a folder of another user, coding goes on without
            make_folder(self.folder)
            with open_own(self.folder / self.coder.lower(), "w", encoding="utf-8") as file:
                file.write(json.dumps(answer))

    def of_others(self) -> list[tuple[str, str]]:
        """The answers that other coders have before them now."""
        others = [path for path in sorted(self.folder.glob("[!.]*")) if path.name != self.coder.lower()]
        return [answer for path in others if (answer := _read_claim(path))]


@dataclass
class Desk:
    """One coder's place: reads the survey's files, and appends to the coder's own.

    `likeness` tells how alike answers are, and `clock` gives the moments that are written. What is skipped and what can
    be undone lasts as long as the desk.
    """

    coder: str
    snapshots: Snapshots
    journal: Journal
    proposal_files: ProposalFiles
    queue: Queue
    claims: Claims
    likeness: Similarity
    clock: Callable[[], str] = now
    timings: list[float] = field(default_factory=list)
    _lock: RLock = field(default_factory=RLock, repr=False)
    _skipped: dict[Answer, None] = field(default_factory=dict)
    _saved: list[Saving] = field(default_factory=list)
    _shown: dict[Answer, float] = field(default_factory=dict)

    @property
    def snapshot(self) -> Snapshot:
        return self.snapshots.current()

    @property
    def proposals(self) -> Proposals:
        return self.proposal_files.current(self.snapshot.material)

    @property
    def can_undo(self) -> bool:
        return bool(self._saved)

    def tasks(self, stream: StreamName, question: str = "") -> list[Task]:
        """The open tasks of a stream, of one question or of all; skipped ones and those of other coders come last."""
        with self._lock:
            left = self.queue.left(stream, self.snapshot, self.proposals)
            wanted = [task for task in left if task.question == question] if question else left
            later = dict.fromkeys([*self._skipped, *self.claims.of_others()])
            last = {task.answer: task for task in wanted if task.answer in later} if later else {}
            first = [task for task in wanted if task.answer not in last] if last else wanted
            return [*first, *(last[answer] for answer in later if answer in last)]

    def task_of(self, answer: Answer, stream: StreamName, question: str = "") -> Task:
        """The task of one particular answer: what is open of it in the stream, and what this coder decided before.

        What was decided before keeps its stream, but for a second look, which shows what others gave. An answer that
        the coder picked is not in the random sample, unless it is the next one there.
        """
        left = self.tasks(stream, question)
        can_be = left[:1] if stream == StreamName.RANDOM else left
        asked = dict(next((task.streams for task in can_be if task.answer == answer), {}))
        before: dict[str, Stream] = {codeframe: own.stream for codeframe, own in self.own_decisions(answer).items()}
        codeframes = self.snapshot.material.questions[answer[1]].codeframes
        streams = asked | before or dict.fromkeys(codeframes, PICKED)
        if stream == StreamName.REVIEW:
            streams = dict.fromkeys(streams, "review")
        return Task(*answer, {codeframe: streams[codeframe] for codeframe in codeframes if codeframe in streams})

    def own_decisions(self, answer: Answer) -> dict[str, Annotation]:
        """By codeframe, what this coder decided about the answer."""
        codeframes = self.snapshot.material.questions[answer[1]].codeframes
        found = {codeframe: self._own(Unit(*answer, codeframe)) for codeframe in codeframes}
        return {codeframe: own for codeframe, own in found.items() if own}

    def answers_coded(self) -> list[Answer]:
        """What this coder coded, in the order of the last decision about each."""
        rows, material = self.snapshot.placed_annotations.get(self.coder.lower(), []), self.snapshot.material
        coded = [(row.respondent_id, row.question) for row in reversed(rows) if material.is_about(row)]
        return list(dict.fromkeys(coded))[::-1]

    def previous(self, answer: Answer) -> Answer | None:
        """The answer that was decided before this one."""
        coded = self.answers_coded()
        before = coded[: coded.index(answer)] if answer in coded else coded
        return before[-1] if before else None

    def background(self, respondent_id: str) -> dict[str, str]:
        """What the survey lets coders see of who answered."""
        material = self.snapshot.material
        return material.background.get(respondent_id, {}) if material.survey.settings.show_background else {}

    def n_coded_today(self) -> int:
        """How many answers, by the day of this machine."""
        today = _day(self.clock())
        rows = self.snapshot.stored_annotations.get(self.coder.lower(), [])
        return len({(row.respondent_id, row.question) for row in rows if _day(row.annotated_at) == today})

    def show(self, answer: Answer) -> None:
        """Start the clock of an answer, unless it runs, and tell other coders."""
        self.claims.claim(answer)
        self._shown.setdefault(answer, time.monotonic())

    def skip(self, answer: Answer) -> None:
        """Let the answer come back when all others of the session have been asked."""
        with self._lock:
            self._skipped.pop(answer, None)
            self._skipped[answer] = None
            self._shown.pop(answer, None)

    def save(self, task: Task, choices: Mapping[str, Choice]) -> None:
        """Write the choices by codeframe that are new or a second look; they are on the disk when this returns."""
        with self._lock:
            codebook, moment = self.snapshot.material.codebook, self.clock()
            saving: Saving = []
            for unit in task.units:
                choice, own, stream = choices.get(unit.codeframe), self._own(unit), task.streams[unit.codeframe]
                if choice and (
                    stream == "review" or own is None or (own.codes, own.note) != (choice.codes, choice.note)
                ):
                    saving.append((self.row(unit, choice, moment=moment, stream=stream), own))
            if saving:
                self.journal.append([row for row, _ in saving], codebook)
                self._saved.append(saving)
            self._skipped.pop(task.answer, None)
            if task.answer in self._shown:
                self.timings.append(time.monotonic() - self._shown.pop(task.answer))

    def undo(self) -> Answer | None:
        """Take back what was saved last, with rows that say so; None where there is nothing to undo."""
        with self._lock:
            codebook, moment = self.snapshot.material.codebook, self.clock()
            if not self._saved or self._saved[-1][0][0].codebook_version != codebook.version:
                return None
            saving = self._saved[-1]
            self.journal.append([_taken_back(row, own, moment) for row, own in saving], codebook)
            self._saved.pop()
            return saving[0][0].respondent_id, saving[0][0].question

    def median_seconds(self) -> float | None:
        """Per answer saved since the desk was opened."""
        return median(self.timings) if self.timings else None

    def n_left(self) -> Counter[StreamName]:
        """Answers per stream."""
        return Counter({stream: len(self.queue.left(stream, self.snapshot, self.proposals)) for stream in StreamName})

    def _own(self, unit: Unit) -> Annotation | None:
        return self.snapshot.decisions.get(unit, {}).get(self.coder.lower())

    def row(self, unit: Unit, choice: Choice, *, moment: str, stream: Stream) -> Annotation:
        """The annotation that is written for a choice."""
        material = self.snapshot.material
        return Annotation(
            *unit,
            codes=choice.codes,
            text=material.answers[unit.question][unit.respondent_id],
            annotated_at=moment,
            codebook_version=material.codebook.version,
            stream=stream,
            note=choice.note,
        )


def _taken_back(row: Annotation, own: Annotation | None, moment: str) -> Annotation:
    if own:
        return replace(own, annotated_at=moment)
    return replace(row, codes=frozenset(), annotated_at="", note=WITHDRAWN)


def _day(moment: str) -> str:
    try:
        return datetime.fromisoformat(moment).astimezone().date().isoformat()
    except ValueError:
        return ""


def _read_claim(path: Path) -> tuple[str, str] | None:
    try:
        is_old = abs(time.time() - path.stat().st_mtime) > CLAIM_LASTS_S  # a clock that went back makes it future
        respondent_id, question = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, RecursionError):  # gone, half-written or no claim: only a hint is lost
        return None
    return None if is_old else (str(respondent_id), str(question))
