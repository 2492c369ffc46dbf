"""The model card: what a model learned from, how good it is, what it is meant for, and where it fails.

Source: Mitchell et al. (2019), "Model cards for model reporting".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from themawijzer.coding.coefficients import Agreement
from themawijzer.output.templating import environment_of
from themawijzer.records.certificate_record import CertificateRecord
from themawijzer.records.evaluation_file import CodeScore, Evaluation, EvaluationFile
from themawijzer.records.manifest import Learned, ModelFacts
from themawijzer.survey.codebook import Codebook, Codeframe
from themawijzer.survey.survey import Survey


@dataclass(frozen=True)
class LearnedCode:
    """A code, how many answers with it were learned from, and what was measured of it, None where nothing was.

    `is_constant` if it is given to every answer. `automatic` is of the codes that are given where no person looks,
    `suggested` of those that people see.
    """

    label: str
    n: int
    is_learned: bool
    is_constant: bool
    automatic: CodeScore | None = None
    suggested: CodeScore | None = None


@dataclass(frozen=True)
class LearnedCodeframe:
    """What was learned in one codeframe; `agreement` is that of its coders on whole sets, None without two coders."""

    label: str
    n_answers: int
    n_disagreements: int
    n_without_text: int
    n_pool: int
    agreement: Agreement | None
    codes: list[LearnedCode]
    evaluation: Evaluation | None
    certificate: CertificateRecord | None


@dataclass(frozen=True)
class ModelCard:
    """The facts of the card; agreement leaves out `n_left_out` codings, which were not blind or are copies."""

    survey: Survey
    codebook: Codebook
    model: ModelFacts
    n_annotations: Mapping[str, int]
    codeframes: list[LearnedCodeframe]
    n_left_out: int

    @property
    def is_evaluated(self) -> bool:
        return any(codeframe.evaluation for codeframe in self.codeframes)


def summarize(
    survey: Survey,
    codebook: Codebook,
    model: ModelFacts,
    *,
    n_annotations: Mapping[str, int],
    agreement: Mapping[str, Sequence[Agreement]],
    n_left_out: int,
    evaluation: EvaluationFile | None,
) -> ModelCard:
    """The facts of a model's card, with its evaluation where there is one.

    `n_annotations` is by coder; `agreement` is by codeframe, that on whole sets first, and leaves out
    `n_left_out` codings.
    """
    codeframes = [
        _codeframe(
            codebook.codeframe(name), codeframe, agreement.get(name, ()), evaluation, target=survey.settings.target
        )
        for name, codeframe in model.codeframes.items()
    ]
    return ModelCard(survey, codebook, model, n_annotations, codeframes, n_left_out)


def render(card: ModelCard) -> str:
    """The card as Markdown."""
    return environment_of(__package__).get_template("model_card.md.jinja").render(card=card)


def _codeframe(
    codeframe: Codeframe,
    learned: Learned,
    agreement: Sequence[Agreement],
    evaluation: EvaluationFile | None,
    *,
    target: float,
) -> LearnedCodeframe:
    evaluations = evaluation.evaluations if evaluation else []
    measured = next((found for found in evaluations if found.codeframe == codeframe.id), None)
    certificates = evaluation.certificates.get(codeframe.id, []) if evaluation else []
    rules = [measured.automatic, measured.suggested] if measured else []
    quality = [{score.code: score for score in rule.codes} for rule in rules]
    return LearnedCodeframe(
        label=codeframe.label,
        n_answers=learned.answers,
        n_disagreements=learned.disagreements_left_out,
        n_without_text=learned.without_text_left_out,
        n_pool=learned.pool.answers,
        agreement=agreement[0] if agreement else None,
        codes=[
            LearnedCode(
                code.label,
                learned.positives[code.id],
                code.id not in learned.not_learnable,
                code.id in learned.on_every_answer,
                *(scores.get(code.id) for scores in quality),
            )
            for code in codeframe.codes
        ],
        evaluation=measured,
        certificate=next((certificate for certificate in certificates if certificate.target == target), None),
    )
