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
    agreed = coder_agreements(project)
    facts = summarize(
        project.survey,
        project.codebook,
        model,
        n_annotations=dict(sorted(coders.items())),
        agreement={own.codeframe: own.measured for own in agreed},
        n_left_out=sum(own.ratings.n_left_out for own in agreed),
        evaluation=evaluation,
    )
    return render(facts)
