"""Measure how good coding will be, on answers that the model did not learn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from themawijzer.autocoding.audits import audit_samples
from themawijzer.autocoding.cards import model_card
from themawijzer.autocoding.trained import load_pools, load_trained
from themawijzer.coding.certification import TARGETS, Audit, Certificate, curve
from themawijzer.coding.decisions import Limits, publish
from themawijzer.coding.numbers import LEVEL, Labels
from themawijzer.coding.skipped import Skipped
from themawijzer.commands.train import learnable_examples
from themawijzer.errors import ModelError
from themawijzer.files import hash_of, write_whole
from themawijzer.learning.evaluation import N_FOLDS, OutOfFold, evaluate, predict_out_of_fold
from themawijzer.learning.examples import Examples
from themawijzer.learning.features import FeatureExtractor
from themawijzer.learning.learning_curve import PARTS, extrapolate
from themawijzer.learning.phrases import collect_phrases, keyword_codes
from themawijzer.learning.store import Model
from themawijzer.output.pictures import Risk, draw_reliability, draw_risk_coverage
from themawijzer.project.project import Progress, Project, open_project
from themawijzer.records.certificate_record import CertificateRecord
from themawijzer.records.evaluation_file import EVALUATION_FILE, Evaluation, EvaluationFile, write_evaluation
from themawijzer.survey.responses import Responses


@dataclass(frozen=True)
class EvaluateResult:
    """The figures per codeframe, and where they were stored."""

    file: Path
    pictures: list[Path]
    evaluations: list[Evaluation]
    certificates: dict[str, dict[float, Certificate]]
    skipped: dict[str, Skipped]
    codes: dict[str, list[str]]
    target: float


def evaluate_survey(root: Path, name: str, *, progress: Progress) -> EvaluateResult:
    """The figures, stored with the model as `evaluation.json` and pictures.

    Raises ModelError where there is no model, or it was trained on other answers.
    """
    project = open_project(root, name)
    model, extract = load_trained(project)
    responses = project.read_any_responses()
    sampled = audit_samples(project, model, extract, responses, project.locate(responses))
    target = project.survey.settings.target
    targets = sorted({*TARGETS, target})
    certificates = {name: {share: sample.certify(share) for share in targets} for name, sample in sampled.items()}
    skipped = {name: sample.skipped for name, sample in sampled.items() if sample.skipped}
    unproven = {
        name: sample.audit
        for name, sample in sampled.items()
        if name not in skipped and not certificates[name][target].is_certified
    }
    evaluations = _evaluations(project, model, extract, responses, progress, unproven=unproven)
    folder, codeframe = project.folders.model, project.codebook.codeframe
    facts = EvaluationFile(
        **vars(model.learned),
        target=target,
        measured=f"out of fold, {N_FOLDS} folds, answers with the same text in one fold",
        known="the survey's answers without their codes, those of the fold included, as when they are coded",
        automatic="codes with a probability of one half or more, of all scored answers, as if no person looked",
        suggested="codes that people see in answers for review, of all scored answers, as if people looked at all",
        intervals=f"{LEVEL:.0%}, Clopper-Pearson for the effective number of cases; F1 and its mean follow from them",
        evaluations=evaluations,
        certificates={
            name: [CertificateRecord.from_certificate(found, codeframe(name)) for found in by_target.values()]
            for name, by_target in certificates.items()
        },
    )
    write_evaluation(folder / EVALUATION_FILE, facts)
    write_whole(folder / "README.md", model_card(project, model.learned, facts))
    pictures = [folder / "reliability.svg", folder / "risk_coverage.svg"]
    draw_reliability({evaluation.codeframe: evaluation.reliability for evaluation in evaluations}, pictures[0])
    draw_risk_coverage({name: _risks(sample.audit) for name, sample in sampled.items()}, pictures[1])
    codes = {name: project.codebook.codeframe(name).code_ids for name in certificates}
    return EvaluateResult(folder / EVALUATION_FILE, pictures, evaluations, certificates, skipped, codes, target)


def _evaluations(
    project: Project,
    model: Model,
    extract: FeatureExtractor,
    responses: Responses | None,
    progress: Progress,
    *,
    unproven: Mapping[str, Audit],
) -> list[Evaluation]:
    """The figures of every learned codeframe; of the `unproven` also what more answers would do."""
    examples, _ = learnable_examples(project)
    pools = load_pools(project, examples, responses)
    _require_same_answers(project, model, examples, pools)
    n_parts = {name: len(PARTS) if name in unproven else 1 for name in examples}
    advance = progress("evaluating", N_FOLDS * sum(n_parts.values()))
    seed, target, found = project.survey.settings.seed, project.survey.settings.target, []
    for name, example in examples.items():
        codeframe, features = project.codebook.codeframe(name), extract(example.texts)
        parents = codeframe.parent_positions
        predict = partial(
            predict_out_of_fold,
            features,
            example,
            collect_phrases(codeframe, extract, known=example.texts),
            extract.encode(pools[name]),
            parents=parents,
            seed=seed,
            advance=advance,
        )
        by_part = {part: predict(part=part) for part in PARTS[-n_parts[name] :]}
        out_of_fold = by_part[1]
        evaluation = evaluate(
            example,
            out_of_fold,
            codeframe,
            automatic=as_published(out_of_fold, target, parents, is_automatic=True),
            suggested=as_published(out_of_fold, target, parents, is_automatic=False),
            keyword=keyword_codes(example.texts, codeframe, extract.tokenizer),
            is_learned=model.classifiers[name].is_learned,
            is_constant=model.classifiers[name].is_constant,
        )
        if name in unproven:
            projections = extrapolate(example, by_part, unproven[name], target=target, seed=seed)
            evaluation = replace(evaluation, projections=projections)
        found.append(evaluation)
    return found


def as_published(found: OutOfFold, target: float, parents: Sequence[int], *, is_automatic: bool) -> Labels:
    """The codes (n, k) that would be published if no person looked at any answer, or else if one had to look at all."""
    limits = Limits.of_all(target, len(parents), is_automatic=is_automatic)
    _, assigned = publish(found.probabilities, found.given, limits, unlearned=~found.is_learned, parents=parents)
    return assigned.astype(np.int8)


def _require_same_answers(
    project: Project, model: Model, examples: Mapping[str, Examples], pools: Mapping[str, list[str]]
) -> None:
    """What is measured must be what the model's manifest says it learned from."""
    learned = {name: (codeframe.sha256, codeframe.pool.sha256) for name, codeframe in model.learned.codeframes.items()}
    if learned != {codeframe: (example.sha256, hash_of(pools[codeframe])) for codeframe, example in examples.items()}:
        raise ModelError(
            f"the annotations or responses have changed since the model in {project.folders.model} was trained\n"
            f"Retrain: themawijzer train {project.folders.name}"
        )


def _risks(audit: Audit) -> list[Risk]:
    """The error rates by the share that is coded automatically; without codes they are 0."""
    return [
        Risk(float(share), *(1 - (1.0 if rate.share is None else rate.share) for rate in (*quality.guaranteed, whole)))
        for share, quality, whole in (curve(audit) if len(audit) else [])
    ]
