"""What people read when a command is done: its results in words and tables on the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.coding.advice import Judgement
    from pipeline.coding.agreement import Figure
    from pipeline.coding.certification import Certificate
    from pipeline.coding.drift import Signal
    from pipeline.coding.evidence import Rate
    from pipeline.commands.agreement import Agreed, Measured
    from pipeline.commands.classify import Classified
    from pipeline.commands.evaluate import Evaluated
    from pipeline.commands.importing import Imported
    from pipeline.commands.returning import Added, TakenBack
    from pipeline.commands.train import Trained
    from pipeline.learning.evaluation import Evaluation, Score
    from pipeline.tables.table import Table as SurveyTable

MAX_ERRORS = 20  # as many as one checks at a sitting
MAX_CONFUSIONS = 5  # on the screen; agreement.json has all


def summarize_labels(screen: Console, done: Imported) -> None:
    """What came of a labelled file."""
    if done.code_columns:
        screen.print(f"Columns with codes: {', '.join(done.code_columns)}.")
    screen.print(f"{done.n_added:,} annotated answers added to {done.annotations_file}.")
    _tell_known(screen, done)
    if done.n_none:
        screen.print(f"{done.n_none:,} answers in the file got no code, because none applies.")
    if done.n_random:
        screen.print(f"{done.n_random:,} answers in the file count as random sample, as you stated.")
    if done.n_left_out:
        screen.print(f"{done.n_left_out:,} rows without codes (`geen` = none applies) or an answer were left out.")
    if done.n_unknown_respondents:
        screen.print(f"{done.n_unknown_respondents:,} belong to nobody in the survey: only the model uses them.")
    if done.new_codes:
        screen.print(f"New codes in {done.codebook_file}, of which the definitions are to be filled in:")
        screen.print(f"  {', '.join(done.new_codes)}")


def summarize_returned(screen: Console, taken: Sequence[TakenBack]) -> None:
    """What came of a file in which people filled in codes, coder by coder."""
    for done in taken:
        _tell_returned(screen, done)


def _tell_returned(screen: Console, done: TakenBack) -> None:
    screen.print(f"{done.n_added:,} annotations added to {done.annotations_file}; {done.n_open:,} rows are still open.")
    _tell_known(screen, done)
    if done.streams:
        counts = " and ".join(f"{count:,} as {stream}" for stream, count in sorted(done.streams.items()))
        screen.print(f"Of the rows with codes that do not say why they were coded (`stream`), {counts} count.")
    if done.noted:
        screen.print(
            f"{len(done.noted):,} rows have a note but no codes (row {done.noted[0]} is the first): not taken, and "
            "still open."
        )
    if done.changed:
        screen.print(
            f"{len(done.changed):,} belong to an answer that reads differently in the responses (row {done.changed[0]} "
            "is the first): kept with the answer of the file, from which only the model learns."
        )
    if done.unknown:
        screen.print(
            f"{len(done.unknown):,} belong to nobody in the responses (row {done.unknown[0]} is the first): kept; "
            "name the file that they are in with --input."
        )


def _tell_known(screen: Console, done: Added) -> None:
    if done.n_known:
        screen.print(f"{done.n_known:,} were there already.")
    if done.n_replaced:
        stands = "which stands; in review.csv a note makes a row new"
        screen.print(f"{done.n_replaced:,} of them were coded otherwise since, {stands}.")


def summarize_training(screen: Console, trained: Trained) -> None:
    """What was learned, and what could not be."""
    for codeframe, examples in trained.examples.items():
        line = f"{codeframe}: learned from {len(examples):,} annotated answers, {len(examples.codes)} codes"
        if examples.n_without_text:
            line += f"; {examples.n_without_text} that say nothing by themselves, or not in Dutch, left out"
        screen.print(
            line
            + (f"; {examples.n_disagreements} on which coders disagree left out" if examples.n_disagreements else "")
        )
        if missing := trained.not_learnable[codeframe]:
            screen.print(f"  not learned, for want of answers with it or without it: {', '.join(missing)}")
    for codeframe, reason in trained.skipped.items():
        screen.print(f"{codeframe}: not learned; {reason}")
    if trained.waiting.n:
        screen.print(
            f"{trained.waiting.n:,} annotations are to be judged again, since the codebook changed "
            f"(themawijzer annotate); {trained.waiting.n_in_force:,} of them count meanwhile."
        )
    screen.print(f"Model: {trained.folder}")


def summarize_evaluation(screen: Console, evaluated: Evaluated) -> None:
    """How good coding is, and what is certain enough to be automatic."""
    for evaluation in evaluated.evaluations:
        _tabulate(screen, evaluation)
    for codeframe, certificates in evaluated.certificates.items():
        _tabulate_certificates(screen, codeframe, certificates)
        _tabulate_verdicts(screen, evaluated.codes[codeframe], certificates[evaluated.target])
    screen.print(f"All figures, and what they were measured on: {evaluated.file}")
    reliability, risk_coverage = evaluated.pictures
    screen.print(f"Whether probabilities mean what they say: {reliability}")
    screen.print(f"How well the most certain answers are coded: {risk_coverage}")


def _tabulate(screen: Console, evaluation: Evaluation) -> None:
    from rich.table import Table

    from pipeline.learning.evaluation import MIN_RANDOM

    of_all = f"{evaluation.n_annotated:,} annotated answers, "
    of_all += (
        f"of which the random sample of {evaluation.n_answers:,} is scored"
        if evaluation.is_random
        else f"all scored, because fewer than {MIN_RANDOM} of them were drawn at random"
    )
    screen.print(f"{evaluation.codeframe}: {of_all}; out of fold, 95% intervals")
    table = Table("code", "n", "precision", "recall", "F1", box=None, padding=(0, 2, 0, 0))
    for code in evaluation.codes:
        name = code.code if code.is_learnable else f"{code.code} (not learnable)"
        table.add_row(name, str(code.support), *map(_figure, (code.precision, code.recall, code.f1)))
    screen.print(table)
    scores = {"micro-F1": evaluation.micro_f1, "macro-F1": evaluation.macro_f1, "whole set right": evaluation.whole_set}
    screen.print("  ".join(f"{name} {_figure(score)}" for name, score in scores.items()))
    for name, baseline in evaluation.baselines.items():
        screen.print(f"  beside it, {name}: " + "  ".join(f"{key} {value:.2f}" for key, value in baseline.items()))


def _tabulate_certificates(screen: Console, codeframe: str, certificates: Mapping[float, Certificate]) -> None:
    from rich.table import Table

    n = next(iter(certificates.values())).n
    screen.print(f"{codeframe}: what is coded without a person at a target, measured on {n:,} random answers")
    titles = ("target", "automatic", "precision", "completeness", "recall", "whole set right")
    table = Table(*titles, box=None, padding=(0, 2, 0, 0))
    for target, each in certificates.items():
        rates = (*each.quality.guaranteed, each.quality.recall, each.whole_set)
        table.add_row(f"{target:.2f}", f"{each.share_automatic:.0%}", *map(_rate, rates))
    screen.print(table)
    for target, each in certificates.items():
        screen.print(f"  {target:.2f}: {_why(each)}")


def _tabulate_verdicts(screen: Console, codes: Sequence[str], certificate: Certificate) -> None:
    from rich.table import Table

    if not certificate.is_certified:
        screen.print(f"At the target of {certificate.limits.target:.2f} no code is given automatically.")
        return
    table = Table("code", "verdict", "precision", "completeness", "recall", "more", box=None, padding=(0, 2, 0, 0))
    for code, each in zip(codes, certificate.codes, strict=True):
        more = "-" if each.n_more is None else f"{each.n_more:,}"
        verdict = each.verdict.value.replace("_", " ")
        table.add_row(code, verdict, *map(_rate, (*each.quality.guaranteed, each.quality.recall)), more)
    screen.print(f"At the target of {certificate.limits.target:.2f}; more: random answers that would certify the code")
    screen.print(table)


def _rate(rate: Rate) -> str:
    return "-" if rate.share is None else f"{rate.share:.2f} ({rate.n_right}/{rate.n})"


def _why(certificate: Certificate) -> str:
    """Whether a codeframe is certified, and why, in words."""
    from pipeline.coding.certification import Reason

    more = "" if certificate.n_more is None else f"; about {certificate.n_more:,} more random answers would do"
    return {
        Reason.MET: f"certified on {certificate.n:,} random answers",
        Reason.NO_SAMPLE: "not certified: no random sample has been coded (themawijzer sample)",
        Reason.WAITING: "not certified: some of the random answers are to be judged again (themawijzer annotate)",
        Reason.DRIFTED: "certified for other answers, but not for these (see below)",
        Reason.TOO_FEW: f"not certified: too few random answers ({certificate.n:,}){more}",
        Reason.TOO_INACCURATE: (
            f"not certified: judging by {certificate.n:,} random answers, more would hardly help; "
            "lower the target, or code by hand"
        ),
    }[certificate.reason]


def _figure(score: Score | Figure) -> str:
    if score.value is None:
        return "-"
    return f"{score.value:.2f} {score.low:.2f}-{score.high:.2f}"


def summarize_agreement(screen: Console, measured: Measured) -> None:
    """How far coders agree, what they confuse, and what to do about it."""
    for agreed in measured.agreed:
        n, n_single = agreed.ratings.n, agreed.ratings.n_single
        left_out = f"; {n_single:,} that one coder coded left out" * bool(n_single)
        screen.print(
            f"{agreed.codeframe}: {n:,} answers of two coders or more ({', '.join(agreed.ratings.coders)})" + left_out
        )
        if n:
            _tabulate_agreement(screen, agreed)
    if not any(agreed.ratings.n for agreed in measured.agreed):
        screen.print(
            "To tell how far coders agree, let a second one code a part: themawijzer worksheet --stream double"
        )
    if {each.advice.value for agreed in measured.agreed for each in agreed.judgements} & {"tentative", "too_few"}:
        screen.print("tentative: good enough for tentative conclusions; more: answers of two coders that would tell")
    _tell_errors(screen, measured)
    screen.print(f"All figures, and what they were measured on: {', '.join(map(str, measured.files))}")


def _tell_errors(screen: Console, measured: Measured) -> None:
    if measured.refusal:
        screen.print(f"Annotations that are probably wrong are not listed: {measured.refusal}")
        return
    if not measured.errors:
        screen.print("The model contradicts no annotation.")
    for coder in sorted({error.coder for error in measured.errors}):
        own = [error for error in measured.errors if error.coder == coder]
        known = [error.probability for error in own if error.probability is not None]
        expected = f": {sum(known[:MAX_ERRORS]):.1f} errors to be expected in the first {len(known[:MAX_ERRORS])}"
        screen.print(f"{coder}: the model contradicts {len(own):,} annotations{expected * bool(known)}")


def _tabulate_agreement(screen: Console, agreed: Agreed) -> None:
    from rich.table import Table

    table = Table("code", "given", "raw", "kappa", "alpha", "advice", box=None, padding=(0, 2, 0, 0))
    advice = {each.code: _advice(each) for each in agreed.judgements}
    for each in agreed.measured:
        figures = (_agreement_figure(each.raw), _agreement_figure(each.kappa), _figure(each.alpha))
        table.add_row(each.code or "(whole set)", f"{each.n_given:,}", *figures, advice.get(each.code, ""))
    screen.print(table)
    screen.print(f"  sets that share codes count in part (MASI): alpha {_figure(agreed.measured[0].set_alpha)}")
    for whole, *_ in agreed.pairs:
        screen.print(f"  {' and '.join(whole.coders)}: {whole.n:,} answers, alpha {_figure(whole.alpha)}")
    told = [f"{each.code} / {each.other or 'nothing'} {each.n:,}" for each in agreed.confusions[:MAX_CONFUSIONS]]
    screen.print(f"  confused most: {', '.join(told)}" if told else "  nothing was confused")


def _agreement_figure(figure: Figure) -> str:
    return "-" if figure.value is None else f"{figure.value:.2f}"


def _advice(judgement: Judgement) -> str:
    more = "" if judgement.n_more is None else f" ({judgement.n_more:,} more)"
    return {
        "fine": "fine",
        "tentative": "tentative",
        "sharpen": "sharpen definition",
        "merge": f"merge with {judgement.other}?",
        "too_few": f"too few{more}",
    }[judgement.advice]


def summarize_coding(screen: Console, done: Classified) -> None:
    """What became of the answers, and who decided."""
    from rich.table import Column, Table

    from pipeline.coding.codings import Source, Status

    screen.print(
        f"{len(done.responses):,} responses read from {done.responses.table.path}{dialect(done.responses.table)}."
    )
    columns = [Column(status.value.replace("_", " "), justify="right") for status in Status]
    table = Table(Column("answers", overflow="fold"), *columns, box=None, padding=(0, 2, 0, 0))
    for name, counts in done.tally.statuses.items():
        table.add_row(name, *(f"{counts[status]:,}" for status in Status))
    screen.print(table)
    decided = done.tally.decided
    screen.print(
        f"Decided by people {decided[Source.PERSON]:,}, by the model {decided[Source.MODEL]:,}; "
        f"for people to decide {decided[Source.NOBODY]:,}, and to look at again {done.n_second_look:,} (review.csv)."
    )
    if done.n_newer:
        screen.print(
            f"{done.n_newer:,} annotations are newer than the model; to learn from them: "
            f"themawijzer train {done.folder.name}"
        )
    for codeframe, certificate in done.certificates.items():
        elsewhere = ", all of other responses" * bool(certificate.n and not done.drift[codeframe].n_fresh)
        screen.print(f"{codeframe}, target {certificate.limits.target:.2f}: {_why(certificate)}{elsewhere}.")
        if certificate.is_certified and done.not_sampled[codeframe]:
            screen.print(
                f"  not for {', '.join(done.not_sampled[codeframe])}: too few of its answers are in the sample."
            )
    if done.n_changed_texts:
        screen.print(f"{done.n_changed_texts:,} annotations belong to an answer that reads differently here; not used.")
    if done.n_unknown_respondents:
        screen.print(f"{done.n_unknown_respondents:,} annotations are about other respondents than those in this file.")
    if n_guarded := done.guarded["responses_coded.csv"]:
        screen.print(f"{n_guarded:,} cells that a spreadsheet would run got an apostrophe in front.")
    for file, n_cut in done.cut.items():
        if n_cut:
            screen.print(f"{file}: {n_cut:,} cells are longer than the format holds, and end in [afgekapt].")
    screen.print(f"Coded dataset: {done.folder}")


def tell_drift(screen: Console, done: Classified, survey: str, input_file: Path | None) -> None:
    """How the answers differ from those that were learned from, and what to do about it."""
    for codeframe, verdict in done.drift.items():
        if verdict.is_withdrawn or (verdict.has_drifted and verdict.n_elsewhere):
            found = "; ".join(map(_strongest, verdict.firing.values()))
            judged = f" The {verdict.n_fresh} of them in the random sample decide." * (not verdict.is_withdrawn)
            screen.print(f"{codeframe}: these answers differ from those that were learned from: {found}.{judged}")
    if any(verdict.is_withdrawn for verdict in done.drift.values()):
        source = f" --input {input_file}" if input_file else ""
        screen.print(
            "Nothing vouches for their coding until a fresh random sample is coded: "
            f"themawijzer sample {survey} --n 100 --stream random{source}"
        )


def _strongest(signals: Sequence[Signal]) -> str:
    signal, *others = signals
    names = {"unknown_words": "unknown words", "far_answers": "answers unlike any", "predicted_share": signal.code}
    expected = f"{signal.low:.1%} to {signal.high:.1%}" if signal.low else f"{signal.high:.1%} at most"
    more = f" and {len(others)} codes more" * bool(others)
    return f"{names[signal.measure]} {signal.found:.1%} ({expected} expected){more}"


def dialect(table: SurveyTable) -> str:
    """How a text file was read, in brackets; nothing for other files."""
    dialect = table.dialect
    if dialect is None:
        return ""
    delimiter = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}.get(dialect.delimiter, dialect.delimiter)
    return f" ({dialect.encoding}, {delimiter})"
