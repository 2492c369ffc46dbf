"""Draw a random sample of answers for people to code, on which quality and shares can be measured."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from themawijzer.coding.drawing import Candidate, draw
from themawijzer.errors import InputError
from themawijzer.language.kinds import says_something
from themawijzer.output.dataset import Format
from themawijzer.output.sample_table import write_sample
from themawijzer.project.project import Project, find_question, open_project, require_known
from themawijzer.project.returning import refuse_to_lose_codes
from themawijzer.survey.annotations import Unit
from themawijzer.survey.responses import Responses
from themawijzer.survey.survey import Question


@dataclass(frozen=True)
class Sampled:
    """Where the sample is, and per question how many answers were drawn."""

    file: Path
    n_drawn: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be coded: n answers in a file, or the survey's own, to each of these questions in these codeframes.

    No questions or codeframes means all.
    """

    n: int
    input_file: Path | None = None
    questions: Collection[str] = ()
    codeframes: Collection[str] = ()


def draw_sample(root: Path, name: str, wanted: Wanted, style: Format) -> Sampled:
    """Write `coded/<survey>/sample.csv`: n answers to each question, in all its codeframes that are wanted.

    Of answers that can be coded, and leaving out what is in the random sample already. Raises InputError for an unknown
    question or codeframe, and where codes in the file that is there would be lost.
    """
    project = open_project(root, name)
    questions, seed = wanted_questions(project, wanted), project.survey.settings.seed
    responses = project.read_responses(wanted.input_file)
    project = project.placed_in(responses)
    drawn = {
        question.id: draw(_candidates(project, question, responses), wanted.n, seed=seed, fits=says_something)
        for question in questions
    }
    answers = [candidate for candidates in drawn.values() for candidate in candidates]
    file = project.folders.coded / "sample.csv"
    refuse_to_lose_codes(file, project, responses)
    write_sample(file, answers, project.codebook.version, style)
    return Sampled(file, {question: len(candidates) for question, candidates in drawn.items()})


def wanted_questions(project: Project, wanted: Wanted) -> list[Question]:
    """The questions that are wanted, each with those of its codeframes that are."""
    survey, codeframes = project.survey, wanted.codeframes
    file = project.folders.survey / "survey.toml"
    require_known("codeframe", codeframes, project.codebook.codeframe_ids, file)
    named = {find_question(project, name).id for name in wanted.questions}
    chosen = [question for question in survey.questions if not named or question.id in named]
    narrowed = [
        question.model_copy(
            update={
                "codeframes": [
                    codeframe for codeframe in question.codeframes if not codeframes or codeframe in codeframes
                ]
            }
        )
        for question in chosen
    ]
    if not any(question.codeframes for question in narrowed):
        expected = 'Name them with each question, such as codeframes = ["thema"].'
        raise InputError("none of these questions has such a codeframe", file=file, expected=expected)
    return [question for question in narrowed if question.codeframes]


def _candidates(project: Project, question: Question, responses: Responses) -> Iterator[Candidate]:
    drawn = {unit for unit, annotated in project.locate(responses).items() if project.gold[annotated].is_random}
    for respondent_id, text in zip(responses.respondent_ids, responses.cells(question.column), strict=True):
        units = [Unit(respondent_id, question.id, codeframe) for codeframe in question.codeframes]
        codeframes = tuple(unit.codeframe for unit in units if unit not in drawn)
        if codeframes:
            yield Candidate(respondent_id, question.id, text, codeframes)
