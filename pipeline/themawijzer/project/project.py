"""What every command starts from: a survey with its codebook and annotations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from themawijzer.errors import InputError
from themawijzer.files import hash_of
from themawijzer.language.kinds import Kinds
from themawijzer.survey.annotations import Annotation, Unit, coder_file, read_annotations
from themawijzer.survey.changes import Changes, read_changes
from themawijzer.survey.codebook import Codebook, read_codebook
from themawijzer.survey.gold import Gold, latest, random_answers, settle
from themawijzer.survey.respondents import Respondents, Unfound
from themawijzer.survey.responses import Responses, read_responses
from themawijzer.survey.survey import Folders, Question, Survey, read_survey

# Hears what is being done, and how many steps that takes; gives back what hears of every step.
Progress = Callable[[str, int], Callable[[int], None]]


@dataclass(frozen=True)
class Project:
    """One survey with what people decided about it, and the kinds of its answers."""

    folders: Folders
    survey: Survey
    codebook: Codebook
    annotations: Mapping[str, list[Annotation]]
    gold: Mapping[Unit, Gold]
    kinds: Kinds
    changes: Changes

    @property
    def responses_file(self) -> Path:
        """Where the survey's own responses are, if it has any yet."""
        return self.folders.survey / self.survey.responses

    def read_responses(self, input_file: Path | None = None) -> Responses:
        """The responses in the file, or else the survey's own; raises InputError where they do not fit."""
        return read_responses(self.survey, input_file or self.responses_file)

    def read_any_responses(self, input_file: Path | None = None) -> Responses | None:
        """The same; None where the survey has none of its own: annotations are enough to learn from."""
        has_any = input_file is not None or self.responses_file.exists()
        return self.read_responses(input_file) if has_any else None

    def locate(self, responses: Responses | None) -> dict[Unit, Unit]:
        """Unit in the responses to the annotated one that is about it."""
        return Respondents.of(responses, self.gold).locate({unit: gold.text for unit, gold in self.gold.items()})

    def count_unfound(self, responses: Responses | None) -> dict[str, Counter[Unfound]]:
        """The coders' files to how many of their annotations are nobody's among the responses, and why."""
        units = (annotation.unit for rows in self.annotations.values() for annotation in rows)
        counts = Respondents.of(responses, units).count_unfound(self.annotations) if responses else {}
        return {coder_file(self.folders.annotations, coder).name: found for coder, found in counts.items()}

    def with_texts(self, units: Iterable[Unit]) -> list[tuple[Unit, str]]:
        """The units, of which people coded all, with what was answered."""
        return [(unit, self.gold[unit].text) for unit in units]

    @property
    def annotations_sha256(self) -> str:
        """The hash of all that people decided."""
        units = sorted(self.gold.items(), key=str)
        return hash_of([[*unit, sorted(gold.codes), sorted(gold.disputed), gold.text] for unit, gold in units])

    @cached_property
    def undecided_sample(self) -> Counter[str]:
        """Per codeframe how many random answers nobody's codes hold of any more, since the codebook changed."""
        random = {unit for unit, _ in random_answers(self.annotations)}
        return Counter(unit.codeframe for unit in latest(self.annotations) if unit in random and unit not in self.gold)


def open_project(root: Path, name: str) -> Project:
    """Read survey.toml, the codebook and all annotations; raises InputError for what does not fit."""
    folders = find_folders(root, name)
    codebook = read_codebook(folders.codebook)
    survey = read_survey(folders, codebook)
    annotations = read_annotations(folders.annotations, codebook, survey.question_ids)
    gold, kinds = settle(annotations, codebook), Kinds(folders.cache / "kinds")
    changes = read_changes(folders.annotations, codebook)
    return Project(folders, survey, codebook, annotations, gold, kinds, changes)


def find_folders(root: Path, name: str) -> Folders:
    """The folders of a survey that is there; raises InputError, with the known ones, for another."""
    folders = Folders(root, name)
    if not folders.survey.is_dir():
        known = sorted(path.name for path in (root / "surveys").glob("*") if path.is_dir())
        expected = f"Known surveys: {', '.join(known)}." if known else "Make one: themawijzer init"
        raise InputError(f"there is no survey {name}", file=folders.survey, expected=expected)
    return folders


def require_known(what: str, given: Collection[str], known: Collection[str], file: Path) -> None:
    """Raise InputError for what is asked by a name that nothing has; `what` is the kind of thing."""
    for each in given:
        if each not in known:
            expected = f"Known {what}s: {', '.join(known)}." if known else f"There are no {what}s yet."
            raise InputError(f"there is no {what} {each}", file=file, expected=expected)


def find_question(project: Project, name: str) -> Question:
    """The question with this id, else the one in this column; raises InputError, with the known ones, for another."""
    questions = project.survey.questions
    found = [each for each in questions if each.id == name] or [each for each in questions if each.column == name]
    if not found:
        expected = f"Known questions: {', '.join(project.survey.question_ids)}."
        raise InputError(f"there is no question {name}", file=project.folders.survey / "survey.toml", expected=expected)
    return found[0]


def require_codeframes(survey: Survey, folders: Folders) -> None:
    """Raise InputError unless there is a question to code."""
    if not any(question.codeframes for question in survey.questions):
        expected = 'Name them with each question, such as codeframes = ["thema"].'
        raise InputError("no question has a codeframe", file=folders.survey / "survey.toml", expected=expected)
