"""Summaries of what was learned, and of how good it is."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from themawijzer.coding.certification import Certificate
from themawijzer.coding.evidence import Rate
from themawijzer.commands.evaluate import EvaluateResult
from themawijzer.commands.train import TrainResult
from themawijzer.learning.evaluation import MIN_RANDOM
from themawijzer.records.evaluation_file import Evaluation
from themawijzer.summaries.coder_agreement import figure
from themawijzer.summaries.coding import projected, tell_how_to_certify, tell_skipped, tell_unfound, why
from themawijzer.summaries.id_table import IdTable
from themawijzer.summaries.imports import tell_relabelled


def summarize_training(screen: Console, trained: TrainResult) -> None:
    """Print what was learned, and what could not be."""
    for codeframe, examples in trained.examples.items():
        line = f"{codeframe}: learned from {len(examples):,} annotated answers, {len(examples.codes)} codes"
        if examples.n_without_text:
            line += (
                f"; {examples.n_without_text} that say nothing by themselves, are too long or not in Dutch, left out"
            )
        if examples.n_disagreements:
            line += f"; {examples.n_disagreements} on which coders disagree left out"
        screen.print(line)
        if missing := trained.not_learnable[codeframe]:
            screen.print(f"  not learned, for want of answers with it or without it: {', '.join(missing)}")
        if constant := trained.on_every_answer[codeframe]:
            screen.print(
                f"  on every answer, or all but one or two: {', '.join(constant)}; given to every answer. It tells no "
                "answers apart"
            )
    for codeframe, reason in trained.skipped.items():
        screen.print(f"{codeframe}: not learned; {reason}")
    if trained.waiting.n:
        screen.print(
            f"{trained.waiting.n:,} annotations are to be judged again, since the codebook changed "
            f"(themawijzer annotate {trained.folder.name} --coder NAME); {trained.waiting.n_in_force:,} of them count "
            "meanwhile."
        )
    tell_unfound(screen, trained.unfound)
    tell_relabelled(screen, trained.relabelled)
    screen.print(f"Model: {trained.folder}")


def summarize_evaluation(screen: Console, evaluated: EvaluateResult) -> None:
    """Print how good coding is, and what is certain enough to be automatic."""
    for evaluation in evaluated.evaluations:
        _tabulate(screen, evaluation)
    projections = {evaluation.codeframe: evaluation.projection for evaluation in evaluated.evaluations}
    for codeframe, certificates in evaluated.certificates.items():
        _tabulate_certificates(screen, codeframe, certificates, evaluated.file.parent.name)
        if projection := projections[codeframe]:
            for line in projected(projection, evaluated.target):
                screen.print(f"  {line}")
        _tabulate_verdicts(screen, evaluated.codes[codeframe], certificates[evaluated.target])
    at_target = {name: certificates[evaluated.target] for name, certificates in evaluated.certificates.items()}
    tell_how_to_certify(screen, at_target, evaluated.file.parent.name)
    tell_skipped(screen, evaluated.skipped, evaluated.file.parent.name)
    screen.print(f"All figures, and what they were measured on: {evaluated.file}")
    reliability, risk_coverage = evaluated.pictures
    screen.print(f"Whether probabilities mean what they say: {reliability}")
    screen.print(f"How well the most certain answers are coded: {risk_coverage}")


def _tabulate(screen: Console, evaluation: Evaluation) -> None:
    scored = f"all scored, because fewer than {MIN_RANDOM} of them were drawn at random"
    if evaluation.is_random:
        scored = f"of which the random sample of {evaluation.n_answers:,} is scored"
    answers = f"{evaluation.n_annotated:,} annotated answers, {scored}"
    screen.print(f"{evaluation.codeframe}: {answers}; out of fold, 95% intervals")
    rules = {
        "automatic, the codes of one half or more, if no person looked at any answer": evaluation.automatic,
        "suggested, the codes that people see in answers for review, if they looked at all": evaluation.suggested,
    }
    for rule, scores in rules.items():
        screen.print(f"  {rule}")
        table = IdTable("code", "n", "precision", "recall", "F1")
        for code in scores.codes:
            name = code.code if code.is_learnable else f"{code.code} (not learnable)"
            name += " (on every answer)" * code.is_constant
            table.add_row(name, str(code.support), *map(figure, (code.precision, code.recall, code.f1)))
        table.show(screen)
        overall = {"micro-F1": scores.micro_f1, "macro-F1": scores.macro_f1, "whole set right": scores.whole_set}
        screen.print("  ".join(f"{name} {figure(score)}" for name, score in overall.items()))
        if scores.absent:
            screen.print(f"  left out of macro-F1, as they are neither there nor given: {', '.join(scores.absent)}")
    if constant := [code.code for code in evaluation.automatic.codes if code.is_constant]:
        screen.print(
            f"  on every answer, or all but one or two: {', '.join(constant)}; given to every answer, and counted in "
            "whole sets only, since it tells no answers apart"
        )
    for name, baseline in vars(evaluation.baselines).items():
        screen.print(
            f"  beside it, {name}: " + "  ".join(f"{key} {value:.2f}" for key, value in vars(baseline).items())
        )


def _tabulate_certificates(
    screen: Console, codeframe: str, certificates: Mapping[float, Certificate], survey: str
) -> None:
    n = next(iter(certificates.values())).n
    screen.print(f"{codeframe}: what is coded without a person at a target, measured on {n:,} random answers")
    titles = ("target", "automatic", "precision", "completeness", "recall", "whole set right")
    table = Table(*titles, box=None, padding=(0, 2, 0, 0))
    for target, certificate in certificates.items():
        rates = (*certificate.quality.guaranteed, certificate.quality.recall, certificate.whole_set)
        table.add_row(f"{target:.2f}", f"{certificate.share_automatic:.0%}", *map(_rate, rates))
    screen.print(table)
    by_reason: dict[str, list[str]] = {}
    for target, certificate in certificates.items():
        by_reason.setdefault(why(certificate, survey), []).append(f"{target:.2f}")
    for reason, targets in by_reason.items():
        screen.print(f"  {', '.join(targets)}: {reason}")


def _tabulate_verdicts(screen: Console, codes: Sequence[str], certificate: Certificate) -> None:
    if not certificate.is_certified:
        screen.print(f"At the target of {certificate.limits.target:.2f} no code is given automatically.")
        return
    table = IdTable("code", "verdict", "precision", "completeness", "recall", "more")
    for code, found in zip(codes, certificate.codes, strict=True):
        more = "-" if found.n_more is None else f"{found.n_more:,}"
        verdict = found.verdict.value.replace("_", " ")
        table.add_row(code, verdict, *map(_rate, (*found.quality.guaranteed, found.quality.recall)), more)
    screen.print(f"At the target of {certificate.limits.target:.2f}; more: random answers that would certify the code")
    table.show(screen)


def _rate(rate: Rate) -> str:
    return "-" if rate.share is None else f"{rate.share:.2f} ({rate.n_right}/{rate.n})"
