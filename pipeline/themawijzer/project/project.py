"""What every command starts from: a survey with its codebook and annotations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from themawijzer.errors import InputError
from themawijzer.files import hash_of
from themawijzer.language.kinds import Kinds
from themawijzer.survey.annotations import Annotation, AnsweredUnit, Unit, coder_file, read_annotations
from themawijzer.survey.changes import Changes, read_changes
from themawijzer.survey.codebook import Codebook, read_codebook
from themawijzer.survey.gold import Gold, random_answers, settle
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
    as_typed: Mapping[str, list[Annotation]]  # as the coders' files have them
    kinds: Kinds
    changes: Changes
    input_responses: Responses | None = None  # those in which annotations find their answers, instead of its own

    @property
    def responses_file(self) -> Path:
        """Where the survey's own responses are, if it has any yet."""
        return self.folders.survey / self.survey.responses

    def read_responses(self, input_file: Path | None = None) -> Responses:
        """The responses in the file, or else the survey's own; raises InputError where they do not fit."""
        if input_file is None and self.own_responses is not None:
            return self.own_responses
        return read_responses(self.survey, input_file or self.responses_file)

    def read_any_responses(self, input_file: Path | None = None) -> Responses | None:
        """The same; None where the survey has none of its own: annotations are enough to learn from."""
        return self.own_responses if input_file is None else self.read_responses(input_file)

    def placed_in(self, responses: Responses) -> Project:
        """The project with annotations that find their answers in these responses."""
        return replace(self, input_responses=responses)

    @cached_property
    def own_responses(self) -> Responses | None:
        """The survey's own responses, if it has any yet."""
        return read_responses(self.survey, self.responses_file) if self.responses_file.exists() else None

    @cached_property
    def annotations(self) -> Mapping[str, list[Annotation]]:
        """Coder to annotations, with the ids and answers of the responses where they find theirs."""
        responses = self.own_responses if self.input_responses is None else self.input_responses
        return _annotated(responses, self.as_typed).place(self.as_typed)

    @cached_property
    def gold(self) -> Mapping[AnsweredUnit, Gold]:
        """What people say together of each unit."""
        return settle(self.annotations, self.codebook)

    def locate(self, responses: Responses | None) -> dict[Unit, AnsweredUnit]:
        """Unit in the responses to the annotated one that is about it."""
        texts = {answered: gold.text for answered, gold in self.gold.items()}
        return Respondents.of(responses, texts).locate(texts)

    def count_unfound(self, responses: Responses | None) -> dict[str, Counter[Unfound]]:
        """The coders' files to how many of their annotations are nobody's among the responses, and why."""
        counts = _annotated(responses, self.annotations).count_unfound(self.annotations) if responses else {}
        return {coder_file(self.folders.annotations, coder).name: found for coder, found in counts.items()}

    @property
    def annotations_sha256(self) -> str:
        """The hash of all that people decided."""
        settled = sorted(settle(self.as_typed, self.codebook).items(), key=str)
        return hash_of([[*unit[:3], sorted(gold.codes), sorted(gold.disputed), gold.text] for unit, gold in settled])

    @cached_property
    def undecided_sample(self) -> Counter[str]:
        """Per codeframe how many random answers nobody's codes hold of any more, since the codebook changed."""
        return Counter(answered.codeframe for answered in random_answers(self.annotations) if answered not in self.gold)


def open_project(root: Path, name: str) -> Project:
    """Read survey.toml, the codebook and all annotations; raises InputError for what does not fit."""
    folders = find_folders(root, name)
    codebook = read_codebook(folders.codebook)
    survey = read_survey(folders, codebook)
    annotations = read_annotations(folders.annotations, codebook, survey.question_ids)
    changes, kinds = read_changes(folders.annotations, codebook), Kinds(folders.cache / "kinds")
    return Project(folders, survey, codebook, annotations, kinds, changes)


def _annotated(responses: Responses | None, annotations: Mapping[str, Iterable[Annotation]]) -> Respondents:
    """The respondents whom annotations can be about."""
    return Respondents.of(responses, (annotation.unit for rows in annotations.values() for annotation in rows))


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
    for asked in given:
        if asked not in known:
            expected = f"Known {what}s: {', '.join(known)}." if known else f"There are no {what}s yet."
            raise InputError(f"there is no {what} {asked}", file=file, expected=expected)


def find_question(project: Project, name: str) -> Question:
    """The question with this id, else the one in this column; raises InputError, with the known ones, for another."""
    questions = project.survey.questions
    found = [question for question in questions if question.id == name] or [
        question for question in questions if question.column == name
    ]
    if not found:
        expected = f"Known questions: {', '.join(project.survey.question_ids)}."
        raise InputError(f"there is no question {name}", file=project.folders.survey / "survey.toml", expected=expected)
    return found[0]


def require_codeframes(survey: Survey, folders: Folders) -> None:
    """Raise InputError unless there is a question to code."""
    if not any(question.codeframes for question in survey.questions):
        expected = 'Name them with each question, such as codeframes = ["thema"].'
        raise InputError("no question has a codeframe", file=folders.survey / "survey.toml", expected=expected)
