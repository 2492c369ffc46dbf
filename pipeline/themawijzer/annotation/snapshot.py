"""What the page knows at one moment: the survey, its answers, and what every coder decided so far."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import RLock

from themawijzer.files import locked
from themawijzer.survey.annotations import Annotation, Unit, coder_file, coder_files, read_coder
from themawijzer.survey.changes import NO_CHANGES, Changes, read_changes
from themawijzer.survey.codebook import Codebook, read_codebook
from themawijzer.survey.respondents import Respondents, Unfound
from themawijzer.survey.responses import Responses, read_responses
from themawijzer.survey.survey import Folders, Question, Survey, read_survey
from themawijzer.tables.joined import files_of

Stamp = tuple[tuple[str, int, int], ...]  # names, sizes and times of files


@dataclass(frozen=True)
class Material:
    """What is coded, and in which codes."""

    survey: Survey
    codebook: Codebook
    responses: Responses
    changes: Changes = NO_CHANGES

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Those that are coded, by id."""
        return {question.id: question for question in self.survey.coded_questions}

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
        """Per respondent what is known of them, by column, as people call it."""
        names = {column: self.responses.group_names(column) for column in self.survey.background}
        columns = ([own.get(cell, cell) for cell in self.responses.cells(column)] for column, own in names.items())
        rows = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
        return dict(zip(self.responses.respondent_ids, rows, strict=bool(names)))

    def has(self, unit: Unit) -> bool:
        """Whether the unit is asked in this survey, of a respondent who is in the responses."""
        question = self.questions.get(unit.question)
        is_asked = question is not None and unit.codeframe in question.codeframes
        return is_asked and unit.respondent_id in self.answers[unit.question]

    def is_about(self, annotation: Annotation) -> bool:
        """Whether the annotation, as it was placed, is about an answer in the responses."""
        typed = self.respondents.answers.get(annotation.question, {}).get(annotation.respondent_id)
        return annotation.question in self.questions and typed == annotation.text

    @cached_property
    def respondents(self) -> Respondents:
        """Whose answers annotations can be."""
        return Respondents.of(self.responses)


@dataclass(frozen=True)
class Snapshot:
    """The files as they were read together; a change of one of them gives another snapshot."""

    folders: Folders
    material: Material
    stored_annotations: Mapping[str, list[Annotation]]

    @cached_property
    def placed_annotations(self) -> Mapping[str, list[Annotation]]:
        """Each coder's annotations, with the ids and answers of the responses where they find theirs."""
        return self.material.respondents.place(self.stored_annotations)

    @cached_property
    def decisions(self) -> dict[Unit, dict[str, Annotation]]:
        """What each coder last said of every unit, about the answer as the responses have it now."""
        found: dict[Unit, dict[str, Annotation]] = {}
        for coder, unit, annotation in self._located:
            found.setdefault(unit, {})[coder] = annotation
        return found

    @cached_property
    def n_annotations(self) -> Counter[Unit]:
        """How often people decided about every unit, about the answer as the responses have it now."""
        return Counter(unit for _, unit, _ in self._located)

    @cached_property
    def unfound(self) -> dict[str, Counter[Unfound]]:
        """The coders' files to how many of their annotations are nobody's, and why."""
        counts = self.material.respondents.count_unfound(self.placed_annotations)
        return {coder_file(self.folders.annotations, coder).name: found for coder, found in counts.items()}

    @cached_property
    def random_units(self) -> set[Unit]:
        """Those in the random sample: one that was drawn stays drawn when its annotation is replaced."""
        return {unit for _, unit, annotation in self._located if annotation.stream == "random"}

    @cached_property
    def _located(self) -> list[tuple[str, Unit, Annotation]]:
        by_coder = ((coder, annotation) for coder, rows in self.placed_annotations.items() for annotation in rows)
        return [(coder, own.unit, own) for coder, own in by_coder if self.material.is_about(own)]


@dataclass
class Snapshots:
    """The latest snapshot of a survey: files are read again when they changed, and only then."""

    folders: Folders
    _lock: RLock = field(default_factory=RLock)
    _stamp: Stamp = ()
    _files: dict[Path, tuple[Stamp, list[Annotation]]] = field(default_factory=dict, repr=False)
    _latest: Snapshot | None = field(default=None, repr=False)

    def current(self) -> Snapshot:
        """Raises InputError where a file does not fit, ThemawijzerError when another program keeps the lock."""
        with self._lock, locked(self.folders.annotations):
            material = self._latest.material if self._latest else None
            if material is None or self._stamp_material(material) != self._stamp:
                material = self._read_material()
                self._stamp, self._files = self._stamp_material(material), {}
            annotations = {
                coder: self._read_coder(path, material) for coder, path in coder_files(self.folders.annotations).items()
            }
            if self._latest is None or self._latest.material is not material or not _same(annotations, self._latest):
                self._latest = Snapshot(self.folders, material, annotations)
            return self._latest

    def _read_material(self) -> Material:
        codebook = read_codebook(self.folders.codebook)
        survey = read_survey(self.folders, codebook)
        responses = read_responses(survey, survey.files_in(self.folders.survey))
        return Material(survey, codebook, responses, read_changes(self.folders.annotations, codebook))

    def _read_coder(self, path: Path, material: Material) -> list[Annotation]:
        stamp = stamp_of([path])
        if path not in self._files or self._files[path][0] != stamp:
            self._files[path] = stamp, read_coder(path, material.codebook, material.survey.question_ids)
        return self._files[path][1]

    def _stamp_material(self, material: Material) -> Stamp:
        responses = files_of(material.survey.files_in(self.folders.survey))
        return stamp_of([self.folders.survey / "survey.toml", self.folders.codebook, *responses])


def _same(annotations: Mapping[str, list[Annotation]], snapshot: Snapshot) -> bool:
    """Whether no file was read again, came or went."""
    before = snapshot.stored_annotations
    return annotations.keys() == before.keys() and all(annotations[coder] is before[coder] for coder in before)


def stamp_of(paths: Iterable[Path]) -> Stamp:
    """What changes when one of the files does."""
    return tuple((path.name, (found := path.stat()).st_size, found.st_mtime_ns) for path in paths if path.exists())
