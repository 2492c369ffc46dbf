"""`evaluation.json`: how good a model is, on answers that it did not learn from."""

import json
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from themawijzer.coding.numbers import Figure
from themawijzer.errors import InputError
from themawijzer.files import as_json, write_whole
from themawijzer.records.certificate_record import CertificateRecord
from themawijzer.records.json_file import Count, Share, facts_of, record_of
from themawijzer.records.manifest import ModelFacts
from themawijzer.survey.survey import Settings

EVALUATION_FILE = "evaluation.json"
LIKELY = 0.5  # that so many random answers would do


def _is_share(figure: Figure) -> Figure:
    if not all(0 <= number <= 1 for number in figure.numbers):
        raise ValueError("a share is from 0 to 1")
    return figure


ShareFigure = Annotated[Figure, AfterValidator(_is_share)]


@dataclass(frozen=True)
class CodeScore:
    """How well one code is found, of which `support` answers have it; `is_constant` if every answer is given it."""

    code: str
    support: Count
    is_learnable: bool
    is_constant: bool
    precision: ShareFigure
    recall: ShareFigure
    f1: ShareFigure


@dataclass(frozen=True)
class RuleScores:
    """How well one rule gives codes to the answers that are scored, over all codes and per code.

    F1 over all codes leaves out those that every answer is given, and the mean of codes those that are `absent`.
    """

    micro_f1: ShareFigure
    macro_f1: ShareFigure
    whole_set: ShareFigure
    codes: list[CodeScore]

    @property
    def absent(self) -> list[str]:
        """The codes that no answer has and none was given."""
        return [score.code for score in self.codes if score.f1.value is None]


@dataclass(frozen=True)
class Bin:
    """Of the n pairs of an answer and a code with about this probability, the share in which the code was there."""

    probability: Share
    share: Share
    low: Share
    high: Share
    n: Count


@dataclass(frozen=True)
class Baseline:
    """The scores, over all codes, of a rule that needs no model."""

    micro_f1: Share
    macro_f1: Share
    whole_set: Share


@dataclass(frozen=True)
class Baselines:
    """The scores of the most frequent set of codes, and of the codebook's keywords."""

    majority: Baseline
    keywords: Baseline


@dataclass(frozen=True)
class Projection:
    """What `more` random answers would do to micro-F1 of automatic codes and to the share that could be automatic.

    Both are medians with their 95 % interval; `certified` is the probability that any could be.
    """

    more: Count
    micro_f1: ShareFigure
    automatic: ShareFigure
    certified: Share


@dataclass(frozen=True)
class Evaluation:
    """All figures of one codeframe, with what they were measured on.

    `automatic` scores the codes of a probability of one half or more, as published where no person looks; `suggested`
    those that people get to see in answers for review. Both on all scored answers. `projections` has what more random
    answers would do; it is empty where the target is met.
    """

    codeframe: str
    n_annotated: Count
    n_answers: Count
    is_random: bool
    automatic: RuleScores
    suggested: RuleScores
    calibration_error: Share
    reliability: list[Bin]
    baselines: Baselines
    projections: list[Projection] = field(default_factory=list)

    @property
    def projection(self) -> Projection | None:
        """The one to tell: of the fewest answers that will likely do, else of the most."""
        likely = [found for found in self.projections if found.certified >= LIKELY]
        return next(iter(likely or self.projections[-1:]), None)


@dataclass(frozen=True, kw_only=True)
class EvaluationFile(ModelFacts):
    """The content of `evaluation.json`: the model, how it was measured, and what was found per codeframe.

    `target` is the one that was set, and `certificates` has what may be automatic at several, by codeframe.
    """

    target: float
    measured: str
    known: str
    automatic: str
    suggested: str
    intervals: str
    evaluations: list[Evaluation]
    certificates: dict[str, list[CertificateRecord]]

    def __post_init__(self) -> None:
        for evaluation in self.evaluations:
            learned = self.codeframes.get(evaluation.codeframe)
            for scores in (evaluation.automatic, evaluation.suggested):
                if learned is None or [score.code for score in scores.codes] != list(learned.positives):
                    raise ValueError("the codes in `evaluations` are not those in `codeframes`")

    def is_of(self, model: ModelFacts, settings: Settings) -> bool:
        """Whether it is of this model, and says what that does at the target of now."""
        return self.is_same_model(model) and self.target == settings.target


def read_evaluation(path: Path) -> EvaluationFile | None:
    """What was measured; None where nothing was, or by another version with other keys.

    Raises InputError where the file is not as `evaluate` writes it.
    """
    if not path.exists():
        return None
    content = path.read_bytes()
    try:
        return record_of(content, EvaluationFile)
    except ValueError as error:
        if _is_of_another_version(content):
            return None
        problem = f"this file was changed since the model was evaluated: {error}"
        expected = f"Make it anew: themawijzer evaluate {path.parent.name}"
        raise InputError(problem, file=path, expected=expected) from None


def _is_of_another_version(content: bytes) -> bool:
    try:
        made_by = json.loads(content)["versions"]["themawijzer"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return isinstance(made_by, str) and made_by != version("themawijzer")


def write_evaluation(path: Path, evaluation: EvaluationFile) -> None:
    """Write it whole or not at all."""
    write_whole(path, as_json(facts_of(evaluation)))
