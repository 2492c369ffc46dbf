"""The model card of a survey's model, from what is known of it."""

from collections import Counter

from themawijzer.project.coders import coder_agreements
from themawijzer.project.project import Project
from themawijzer.records.evaluation_file import EvaluationFile
from themawijzer.records.manifest import ModelFacts
from themawijzer.survey.gold import latest


def model_card(project: Project, model: ModelFacts, evaluation: EvaluationFile | None = None) -> str:
    """The card as Markdown; with quality per code where there is an evaluation."""
    from themawijzer.output.accountability.model_card import render, summarize  # loads Jinja2

    coders = Counter(coder for by_coder in latest(project.placed_annotations).values() for coder in by_coder)
    facts = summarize(
        project.survey,
        project.codebook,
        model,
        n_annotations=dict(sorted(coders.items())),
        agreement={agreed.codeframe: agreed.measured for agreed in coder_agreements(project)},
        evaluation=evaluation,
    )
    return render(facts)
