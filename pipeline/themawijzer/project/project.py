"""What every command starts from: a survey with its codebook and annotations."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

from themawijzer.errors import InputError
from themawijzer.files import hash_of
from themawijzer.language.kinds import Kinds
from themawijzer.survey.annotations import Annotation, AnsweredUnit, Unit, coder_file, read_annotations
from themawijzer.survey.changes import Changes, read_changes
from themawijzer.survey.codebook import Codebook, read_codebook
from themawijzer.survey.configuration import line_of
from themawijzer.survey.gold import Gold, random_answers, settle
from themawijzer.survey.respondents import Respondents, Unfound
from themawijzer.survey.responses import Responses, read_responses
from themawijzer.survey.survey import Folders, Question, Survey, read_survey
from themawijzer.tables.cells import alike
from themawijzer.tables.column_names import at_place, is_place
from themawijzer.tables.joined import Files, files_of

# Called with what is being done and in how many steps; returns what is called after every step.
Progress = Callable[[str, int], Callable[[int], None]]


@dataclass(frozen=True)
class Project:
    """One survey with what people decided about it, and the kinds of its answers."""

    folders: Folders
    survey: Survey
    codebook: Codebook
    stored_annotations: Mapping[str, list[Annotation]]  # by coder, as their files have them
    kinds: Kinds
    changes: Changes
    input_responses: Responses | None = None  # those in which annotations find their answers, instead of its own

    @property
    def responses_files(self) -> list[Path]:
        """The files with the survey's own responses, if it has any yet."""
        return [path for path in files_of(self.survey.files_in(self.folders.survey)) if path.exists()]

    def read_responses(self, input_file: Files | None = None) -> Responses:
        """The responses in the file, else the survey's own; raises InputError where they do not fit."""
        if not input_file and self.own_responses is not None:
            return self.own_responses
        return read_responses(self.survey, input_file or self.survey.files_in(self.folders.survey))

    def read_any_responses(self, input_file: Files | None = None) -> Responses | None:
        """The same, or None where the survey has no responses yet: annotations are enough to learn from."""
        return self.read_responses(input_file) if input_file else self.own_responses

    def placed_in(self, responses: Responses) -> Self:
        """The project with its annotations placed in these responses instead of its own."""
        return replace(self, input_responses=responses)

    @cached_property
    def own_responses(self) -> Responses | None:
        """The survey's own responses, if it has any yet."""
        if not self.responses_files:
            return None
        responses = read_responses(self.survey, self.survey.files_in(self.folders.survey))
        for place, column in enumerate(self.survey.leave_out or ()):
            if not alike(column, responses.left_out):  # a misspelled name would publish what it means
                path = self.folders.survey / "survey.toml"
                line = line_of(path.read_text(encoding="utf-8-sig"), ("leave_out", place))
                problem = f"`leave_out` has a column that {responses.table.path} does not have"
                expected = "Write it as in row 1 of that file, or take it out."
                raise InputError(problem, file=path, line=line, column=column, expected=expected)
        return responses

    @cached_property
    def placed_annotations(self) -> Mapping[str, list[Annotation]]:
        """The annotations by coder, with the ids and answers of the responses where they find theirs."""
        responses = self.own_responses if self.input_responses is None else self.input_responses
        return _annotated(responses, self.stored_annotations).place(self.stored_annotations)

    @cached_property
    def gold(self) -> Mapping[AnsweredUnit, Gold]:
        """What people together say of each unit."""
        return settle(self.placed_annotations, self.codebook)

    def locate(self, responses: Responses | None) -> dict[Unit, AnsweredUnit]:
        """The annotated unit of every unit in the responses that has one."""
        texts = {answered: gold.text for answered, gold in self.gold.items()}
        return Respondents.of(responses, texts).locate(texts)

    def count_unfound(self, responses: Responses | None) -> dict[str, Counter[Unfound]]:
        """By coder's file, how many annotations belong to no respondent, and why."""
        placed = self.placed_annotations
        counts = _annotated(responses, placed).count_unfound(placed) if responses else {}
        return {coder_file(self.folders.annotations, coder).name: found for coder, found in counts.items()}

    @cached_property
    def n_annotations(self) -> Counter[AnsweredUnit]:
        """How often people decided about every unit."""
        return Counter(annotation.answered for rows in self.placed_annotations.values() for annotation in rows)

    @property
    def annotations_sha256(self) -> str:
        """The hash of all that people decided, and of what waits to be decided again."""
        gold = settle(self.stored_annotations, self.codebook)
        waiting = sorted(random_answers(self.stored_annotations) - gold.keys())
        facts = (
            [sorted(fact) if isinstance(fact, frozenset) else fact for fact in astuple(own)] for own in gold.values()
        )
        return hash_of([sorted(zip(gold, facts, strict=True)), waiting])

    @cached_property
    def undecided_sample(self) -> Counter[str]:
        """Per codeframe, how many random answers lost all their annotations to a change of the codebook."""
        return Counter(unit.codeframe for unit in random_answers(self.placed_annotations) if unit not in self.gold)


def open_project(root: Path, name: str) -> Project:
    """Read survey.toml, the codebook and all annotations; raises InputError for what does not fit."""
    folders = find_folders(root, name)
    codebook = read_codebook(folders.codebook)
    survey = read_survey(folders, codebook)
    annotations = read_annotations(folders.annotations, codebook, survey.question_ids)
    changes, kinds = read_changes(folders.annotations, codebook), Kinds(folders.cache / "kinds", survey.no_answers)
    return Project(folders, survey, codebook, annotations, kinds, changes)


def _annotated(responses: Responses | None, annotations: Mapping[str, Iterable[Annotation]]) -> Respondents:
    """The respondents that the annotations may belong to."""
    return Respondents.of(responses, (annotation.unit for rows in annotations.values() for annotation in rows))


def find_folders(root: Path, name: str) -> Folders:
    """The folders of a survey; raises InputError, with the known surveys, where it does not exist."""
    folders = Folders(root, name)
    if not folders.survey.is_dir():
        known = sorted(path.name for path in (root / "surveys").glob("*") if path.is_dir())
        expected = f"Known surveys: {', '.join(known)}." if known else "Make one: themawijzer init"
        raise InputError(f"there is no survey {name}", file=folders.survey, expected=expected)
    folders.sweep()
    return folders


def require_known(what: str, given: Collection[str], known: Collection[str], file: Path) -> None:
    """Raise InputError for a name that is not known; `what` is the kind of thing that has such a name."""
    for name in given:
        if name not in known:
            expected = f"Known {what}s: {', '.join(known)}." if known else f"There are no {what}s yet."
            raise InputError(f"there is no {what} {name}", file=file, expected=expected)


def find_question(project: Project, name: str) -> Question:
    """The question with this id, else the one in this column, as `find_columns` finds it, of the survey's responses.

    Raises InputError, with the known ids, for another.
    """
    questions = project.survey.questions
    by_name = {question.column: question for question in questions} | {question.id: question for question in questions}
    found = [by_name[own] for own in alike(name, by_name)] or _at_place(project, name)
    if len({question.id for question in found}) != 1:
        require_known("question", [name], project.survey.question_ids, project.folders.survey / "survey.toml")
    return found[0]


def _at_place(project: Project, name: str) -> list[Question]:
    """The question in the column with this letter or number."""
    responses = project.own_responses if is_place(name) else None
    column = at_place(name, responses.columns) if responses else None
    return [own for own in project.survey.questions if responses and responses.names[own.column] == column]


def require_codeframes(survey: Survey, folders: Folders) -> None:
    """Raise InputError unless there is a question to code."""
    if not any(question.codeframes for question in survey.questions):
        expected = 'Name them with each question, such as codeframes = ["thema"].'
        raise InputError("no question has a codeframe", file=folders.survey / "survey.toml", expected=expected)
