"""What was asked, how many answered, and who coded it."""

from dataclasses import dataclass

from themawijzer.coding.codings import SAYS_NOTHING, Source, Status
from themawijzer.output.labels import LABELS
from themawijzer.output.report.inputs import Coded
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.no_answers import Unsaid
from themawijzer.survey.survey import Base, Question, Survey

UNSAID: dict[str, str] = {unsaid: LABELS[f"unsaid_{unsaid.name.lower()}"] for unsaid in Unsaid}


@dataclass(frozen=True)
class DecidedCounts:
    """How many answers to a question, coded in one codeframe, were decided by whom."""

    codeframe: str
    label: str
    by_person: int
    by_model: int
    open: int

    @property
    def n(self) -> int:
        return self.by_person + self.by_model + self.open


@dataclass(frozen=True)
class QuestionIntake:
    """A question, and how many of the respondents gave it an answer that says something.

    `taken` has how many typed what says nothing, by phrase or kind; `with_codes` more have codes from people.
    """

    id: str
    column: str
    text: str
    base: Base
    answered: int
    empty: int
    no_answer: int
    not_dutch: int
    taken: dict[str, int]
    with_codes: int
    declared_missing: int
    codings: list[DecidedCounts]

    @property
    def tells_no_answers(self) -> bool:
        """Whether anything is to be said of what was taken as no answer."""
        return bool(self.taken or self.with_codes or self.declared_missing)


@dataclass(frozen=True)
class Intake:
    """The responses that were coded; one coding is an answer coded in one codeframe."""

    file: str
    respondents: int
    weight: str | None
    background: list[str]
    questions: list[QuestionIntake]
    by_person: int
    by_model: int
    open: int


def intake_of(coded: Coded, survey: Survey, codebook: Codebook) -> Intake:
    """From the counts of the run."""
    questions = [_question(coded, question, codebook) for question in survey.coded_questions]
    codings = [coding for question in questions for coding in question.codings]
    return Intake(
        file=coded.run.input.file,
        respondents=coded.run.input.rows,
        weight=survey.weight,
        background=list(survey.background),
        questions=questions,
        by_person=sum(coding.by_person for coding in codings),
        by_model=sum(coding.by_model for coding in codings),
        open=sum(coding.open for coding in codings),
    )


def _question(coded: Coded, question: Question, codebook: Codebook) -> QuestionIntake:
    statuses = coded.run.statuses[question.block(question.codeframes[0])]
    rule = coded.run.questions[question.id]
    codings = [_coding(coded, question.block(codeframe), codeframe, codebook) for codeframe in question.codeframes]
    return QuestionIntake(
        id=question.id,
        column=question.column,
        text=question.text,
        base=question.base,
        answered=coded.run.input.rows - sum(statuses[status] for status in SAYS_NOTHING),
        empty=statuses[Status.EMPTY],
        no_answer=statuses[Status.NO_ANSWER],
        not_dutch=statuses[Status.NOT_DUTCH],
        taken={UNSAID.get(phrase, phrase): n for phrase, n in rule.taken.items()},
        with_codes=rule.with_codes,
        declared_missing=rule.declared_missing,
        codings=codings,
    )


def _coding(coded: Coded, name: str, codeframe: str, codebook: Codebook) -> DecidedCounts:
    decided = coded.run.decided[name]
    counts = (decided[source] for source in (Source.PERSON, Source.MODEL, "nobody"))
    return DecidedCounts(codeframe, codebook.codeframe(codeframe).label, *counts)
