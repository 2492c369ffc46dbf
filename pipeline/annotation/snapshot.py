"""What the page knows at one moment: the survey, its answers, and what every coder decided so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import RLock

from pipeline.annotation.journal import lock_of
from pipeline.survey.annotations import Annotation, Unit, read_annotations
from pipeline.survey.codebook import Codebook, read_codebook
from pipeline.survey.responses import Responses, read_responses
from pipeline.survey.survey import Folders, Question, Survey, read_survey

Stamp = tuple[tuple[str, int, int], ...]  # names, sizes and times of files


@dataclass(frozen=True)
class Material:
    """What is coded, and in which codes."""

    survey: Survey
    codebook: Codebook
    responses: Responses

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Those that are coded, by id."""
        return {question.id: question for question in self.survey.questions if question.codeframes}

    @cached_property
    def answers(self) -> dict[str, dict[str, str]]:
        """Per question that is coded, what each respondent typed."""
        ids = self.responses.respondent_ids
        return {
            question.id: dict(zip(ids, self.responses.answers(question.column, 0, len(ids)), strict=True))
            for question in self.questions.values()
        }

    @cached_property
    def background(self) -> dict[str, dict[str, str]]:
        """Per respondent what is known of them, by column."""
        columns = self.survey.background
        cells = zip(*(self.responses.table.frame[column].tolist() for column in columns), strict=True)
        rows = (dict(zip(columns, row, strict=True)) for row in cells)
        return dict(zip(self.responses.respondent_ids, rows, strict=bool(columns)))

    def has(self, unit: Unit) -> bool:
        """Whether the unit is asked in this survey, of a respondent who is in the responses."""
        question = self.questions.get(unit.question)
        is_asked = question is not None and unit.codeframe in question.codeframes
        return is_asked and unit.respondent_id in self.answers[unit.question]

    def unit_of(self, annotation: Annotation) -> Unit | None:
        """The unit that was coded; None when nobody typed that answer, or not anymore.

        Excel takes zeros off the front of an id: `7` is `007` too, unless a respondent is called `7`.
        """
        answers, own = self.answers.get(annotation.question, {}), annotation.respondent_id
        alike = [own] if own in answers else self._ids_without_zeros.get(own.lstrip("0"), [])
        same = [each for each in alike if answers.get(each, "").splitlines() == annotation.text.splitlines()]
        return Unit(same[0], annotation.question, annotation.codeframe) if len(same) == 1 else None

    @cached_property
    def _ids_without_zeros(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for each in self.responses.respondent_ids:
            found.setdefault(each.lstrip("0"), []).append(each)
        return found


@dataclass(frozen=True)
class Snapshot:
    """The files as they were read together; a change of one of them gives another snapshot."""

    folders: Folders
    material: Material
    annotations: Mapping[str, list[Annotation]]

    @cached_property
    def decisions(self) -> dict[Unit, dict[str, Annotation]]:
        """What each coder last said of every unit, about the answer as the responses have it now."""
        found: dict[Unit, dict[str, Annotation]] = {}
        for coder, rows in self.annotations.items():
            for annotation in rows:
                if unit := self.material.unit_of(annotation):
                    found.setdefault(unit, {})[coder] = annotation
        return found

    @cached_property
    def random_units(self) -> set[Unit]:
        """Those in the random sample: one that was drawn stays drawn when its annotation is replaced."""
        drawn = (each for rows in self.annotations.values() for each in rows if each.stream == "random")
        return {unit for annotation in drawn if (unit := self.material.unit_of(annotation))}


@dataclass
class Snapshots:
    """The latest snapshot of a survey: files are read again when they changed, and only then."""

    folders: Folders
    _lock: RLock = field(default_factory=RLock)
    _stamps: tuple[Stamp, Stamp] = ((), ())
    _latest: Snapshot | None = None

    def current(self) -> Snapshot:
        """Raises InputError where a file does not fit, Timeout when another program keeps the lock."""
        with self._lock, lock_of(self.folders.annotations):
            material = self._latest.material if self._latest else None
            if material is None or self._stamp_material(material) != self._stamps[0]:
                material = self._read_material()
            return self._with_annotations(material)

    def _read_material(self) -> Material:
        codebook = read_codebook(self.folders.codebook)
        survey = read_survey(self.folders, codebook)
        return Material(survey, codebook, read_responses(survey, self.folders.survey / survey.responses))

    def _with_annotations(self, material: Material) -> Snapshot:
        stamps = self._stamp_material(material), stamp_of(sorted(self.folders.annotations.glob("*.csv")))
        if self._latest is None or stamps != self._stamps:
            questions = material.survey.question_ids
            annotations = read_annotations(self.folders.annotations, material.codebook, questions)
            self._latest = Snapshot(self.folders, material, annotations)
            self._stamps = stamps
        return self._latest

    def _stamp_material(self, material: Material) -> Stamp:
        responses = self.folders.survey / material.survey.responses
        return stamp_of([self.folders.survey / "survey.toml", self.folders.codebook, responses])


def stamp_of(paths: Iterable[Path]) -> Stamp:
    """What changes when one of the files does."""
    return tuple((path.name, (found := path.stat()).st_size, found.st_mtime_ns) for path in paths if path.exists())
