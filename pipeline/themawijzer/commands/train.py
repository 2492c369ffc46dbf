"""Learn from the annotations: examples, features, one classifier per codeframe, a saved model."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from themawijzer.annotation.worklist import Waiting, waiting
from themawijzer.autocoding.audits import audit_samples
from themawijzer.autocoding.cards import model_card
from themawijzer.autocoding.trained import extractor_of, load_pools
from themawijzer.coding.model_certificate import ModelCertificate
from themawijzer.coding.numbers import Bools
from themawijzer.errors import InputError
from themawijzer.files import hash_of
from themawijzer.learning.classifier import CodeframeClassifier
from themawijzer.learning.examples import MIN_ANSWERS, Examples, collect_examples, learn
from themawijzer.learning.store import Model, answer_keys, save_model, versions
from themawijzer.project.project import Progress, Project, open_project
from themawijzer.records.manifest import Learned, ModelFacts, Pool
from themawijzer.survey.changes import CodeLabel
from themawijzer.survey.respondents import Unfound

MIN_TEXTS = 5  # one for every fold of the evaluation


@dataclass(frozen=True)
class TrainResult:
    """What was learned, per codeframe, and what could not be."""

    folder: Path
    examples: dict[str, Examples]
    not_learnable: dict[str, list[str]]
    on_every_answer: dict[str, list[str]]
    skipped: dict[str, str]
    waiting: Waiting
    unfound: dict[str, Counter[Unfound]]
    relabelled: list[tuple[CodeLabel, str]]


def train(root: Path, name: str, *, progress: Progress) -> TrainResult:
    """Train and save the model of a survey; raises InputError when nothing can be learned from it."""
    project = open_project(root, name)
    examples, skipped = learnable_examples(project)
    responses = project.read_any_responses()
    pools = load_pools(project, examples, responses)
    extract = extractor_of(project)
    advance = progress("reading answers", sum(map(len, pools.values())))
    for pool in pools.values():
        extract.encode(pool, advance=advance)  # the slow part; they are kept
    advance = progress("learning", len(examples))
    classifiers = {}
    for codeframe, example in examples.items():
        meanings = project.codebook.codeframe(codeframe)
        classifiers[codeframe] = learn(example.texts, example.Y, extract, codeframe=meanings, pool=pools[codeframe])
        advance(1)
    learned = ModelFacts(
        survey=project.folders.name,
        codebook_version=project.codebook.version,
        tokenizer=extract.tokenizer.name,
        encoder=extract.encoder.name,
        seed=project.survey.settings.seed,
        codeframes={name: _learned(own, classifiers[name], pools[name]) for name, own in examples.items()},
        versions=versions(),
    )
    keys = {codeframe: answer_keys(example.units) for codeframe, example in examples.items()}
    model = Model(classifiers, learned, keys, {})
    samples = audit_samples(project, model, extract, responses, project.locate(responses))
    target = project.survey.settings.target
    certificates = {  # for use anywhere; `classify` certifies anew, for the survey that it codes
        name: ModelCertificate.of(sample.unbounded.certify(target), project.codebook.codeframe(name), sample.questions)
        for name, sample in samples.items()
    }
    model = replace(model, certificates=certificates)
    save_model(project.folders.model, model, project.folders.codebook, model_card(project, learned))
    not_learnable = {codeframe: facts.not_learnable for codeframe, facts in learned.codeframes.items()}
    constant = {codeframe: facts.on_every_answer for codeframe, facts in learned.codeframes.items()}
    to_judge = waiting(project.placed_annotations, project.codebook.codeframes, project.changes)
    unfound = project.count_unfound(responses)
    relabelled = project.changes.new_labels(project.codebook)
    return TrainResult(project.folders.model, examples, not_learnable, constant, skipped, to_judge, unfound, relabelled)


def learnable_examples(project: Project) -> tuple[dict[str, Examples], dict[str, str]]:
    """Per codeframe its examples, and per codeframe that cannot be learned the reason."""
    examples: dict[str, Examples] = {}
    skipped: dict[str, str] = {}
    for codeframe in project.codebook.codeframes:
        found = collect_examples(project.gold, codeframe, kinds=project.kinds)
        if len(found) < MIN_ANSWERS:
            skipped[codeframe.id] = f"{len(found)} annotated answers; {MIN_ANSWERS} are needed"
        elif len(set(found.groups.tolist())) < MIN_TEXTS:
            skipped[codeframe.id] = f"fewer than {MIN_TEXTS} different answers"
        elif not found.learnable.any():
            skipped[codeframe.id] = "no code has enough annotated answers with it, and without it"
        else:
            examples[codeframe.id] = found
    if not examples:
        reasons = "; ".join(f"{codeframe}: {reason}" for codeframe, reason in skipped.items())
        name = project.folders.name
        how = (
            f"Code answers: themawijzer annotate {name} --coder NAME; or bring codes in: themawijzer import {name} FILE"
        )
        raise InputError(
            "nothing can be learned yet",
            file=project.folders.annotations,
            expected="\n".join(filter(None, [reasons, how])),
        )
    return examples, skipped


def _learned(examples: Examples, classifier: CodeframeClassifier, pool: list[str]) -> Learned:
    def marked(marks: Bools) -> list[str]:
        return [code for code, is_marked in zip(examples.codes, marks, strict=True) if is_marked]

    return Learned(
        answers=len(examples),
        disagreements_left_out=examples.n_disagreements,
        without_text_left_out=examples.n_without_text,
        positives=examples.support,
        not_learnable=marked(~classifier.is_learned),
        on_every_answer=marked(classifier.is_constant),
        sha256=examples.sha256,
        pool=Pool(len(pool), hash_of(pool)),
    )
