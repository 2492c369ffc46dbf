"""Draw a random sample of answers for people to code, on which quality and shares can be measured."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from themawijzer.coding.drawing import Candidate, draw
from themawijzer.errors import InputError
from themawijzer.output.csv_tables import write_sample
from themawijzer.output.dataset import Format
from themawijzer.project.project import Project, find_question, open_project, require_known
from themawijzer.project.returning import refuse_to_lose_codes
from themawijzer.survey.annotations import Unit
from themawijzer.survey.responses import Responses
from themawijzer.survey.survey import Question
from themawijzer.tables.joined import Files


@dataclass(frozen=True)
class SampleResult:
    """Where the sample is, and per question how many answers were drawn, and how many people did not code yet."""

    file: Path
    n_drawn: dict[str, int]
    n_left: dict[str, int]


@dataclass(frozen=True)
class Selection:
    """What is to be coded: n answers to each question, in these codeframes; no questions or codeframes means all."""

    n: int
    input_file: Files | None = None
    questions: Collection[str] = ()
    codeframes: Collection[str] = ()


def draw_sample(root: Path, name: str, wanted: Selection, style: Format) -> SampleResult:
    """Write `coded/<survey>/sample.csv`: random answers that can be coded and are not in the random sample yet.

    Of a question and codeframe of which people coded every answer nothing is drawn: its shares are counted.
    Raises InputError for an unknown question or codeframe, and where codes in the present file would be lost.
    """
    project = open_project(root, name)
    questions, seed = wanted_questions(project, wanted), project.survey.settings.seed
    responses = project.read_responses(wanted.input_file)
    project = project.placed_in(responses)
    left = {question.id: _left(project, question, responses) for question in questions}
    drawn = {
        own.id: draw(_candidates(project, own, responses), wanted.n, seed=seed, fits=own.no_answers.says_something)
        for own, _ in left.values()
    }
    answers = [candidate for candidates in drawn.values() for candidate in candidates]
    file = project.folders.coded / "sample.csv"
    refuse_to_lose_codes(file, project, responses)
    write_sample(file, answers, project.codebook.version, style)
    n_drawn = {question: len(candidates) for question, candidates in drawn.items()}
    return SampleResult(file, n_drawn, {question: n for question, (_, n) in left.items()})


def wanted_questions(project: Project, wanted: Selection) -> list[Question]:
    """The wanted questions, each with only the wanted ones of its codeframes."""
    file = project.folders.survey / "survey.toml"
    require_known("codeframe", wanted.codeframes, project.codebook.codeframe_ids, file)
    named = {find_question(project, name).id for name in wanted.questions}
    chosen = []
    for question in project.survey.questions:
        names = [name for name in question.codeframes if not wanted.codeframes or name in wanted.codeframes]
        if names and (not named or question.id in named):
            chosen.append(question.model_copy(update={"codeframes": names}))
    if not chosen:
        expected = 'Name them with each question, such as codeframes = ["thema"].'
        raise InputError("none of these questions has such a codeframe", file=file, expected=expected)
    return chosen


def _left(project: Project, question: Question, responses: Responses) -> tuple[Question, int]:
    """The question with only those of its codeframes in which people did not code all that says something.

    And of how many answers some codeframe is left to code.
    """
    coded, texts = project.locate(responses).keys(), responses.cells(question.column)
    ids = [
        respondent_id
        for respondent_id, text in zip(responses.respondent_ids, texts, strict=True)
        if question.no_answers.says_something(text)
    ]
    left = {name: {own for own in ids if Unit(own, question.id, name) not in coded} for name in question.codeframes}
    own = question.model_copy(update={"codeframes": [name for name, those in left.items() if those]})
    return own, len(set().union(*left.values()))


def _candidates(project: Project, question: Question, responses: Responses) -> Iterator[Candidate]:
    drawn = {unit for unit, annotated in project.locate(responses).items() if project.gold[annotated].is_random}
    for respondent_id, text in zip(responses.respondent_ids, responses.cells(question.column), strict=True):
        units = [Unit(respondent_id, question.id, codeframe) for codeframe in question.codeframes]
        codeframes = tuple(unit.codeframe for unit in units if unit not in drawn)
        if codeframes:
            yield Candidate(respondent_id, question.id, text, codeframes)
