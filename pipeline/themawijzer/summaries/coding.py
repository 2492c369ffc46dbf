"""Summary of coding, and words that other summaries use."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console

from themawijzer.coding.certification import TO_PROVE, Certificate, CertificateReason
from themawijzer.coding.codings import Source, Status
from themawijzer.coding.drift import Signal
from themawijzer.coding.skipped import Skipped, Trait
from themawijzer.commands.classify import ClassifyResult
from themawijzer.files import input_option
from themawijzer.output.dataset import EARLIER
from themawijzer.records.evaluation_file import Projection
from themawijzer.summaries.coder_agreement import figure
from themawijzer.summaries.id_table import IdTable
from themawijzer.summaries.imports import counted, dialect, in_words, tell_relabelled, tell_unread
from themawijzer.survey.no_answers import MOST_READ, Unsaid
from themawijzer.survey.respondents import Unfound
from themawijzer.survey.survey import Base, Question
from themawijzer.tables.column_names import are_names
from themawijzer.tables.joined import Files

UNSAID: Mapping[str, str] = {Unsaid.SIGNS: "only signs", Unsaid.NUMBER: "a number", Unsaid.NOISE: "only keys"}
MOST_PHRASES = 10
MOST_COLUMNS = 10


def summarize_coding(screen: Console, done: ClassifyResult) -> None:
    """Print what became of the answers, and who decided."""
    source, survey_file = done.responses.table, f"surveys/{done.folder.name}/survey.toml"
    screen.print(f"{len(done.responses):,} responses read from {source.path}{dialect(source)}.")
    tell_unread(screen, source)
    table = IdTable("answers", *(status.value.replace("_", " ") for status in Status), justify="right")
    for name, counts in done.outcomes.statuses.items():
        table.add_row(name, *(f"{counts[status]:,}" for status in Status))
    table.show(screen)
    if uncoded := [own.id for own in done.responses.survey.questions if not own.codeframes]:
        screen.print(f"Not coded, as {survey_file} names no codeframes there: {', '.join(uncoded)}.")
    tell_no_answers(screen, done)
    tell_undeclared(screen, done)
    tell_unused_weight(screen, done, survey_file)
    for question_id, n in done.outcomes.too_long.items():
        if n:
            screen.print(f"{question_id}: answers of more than {MOST_READ:,} characters, left to people: {n:,}.")
    decided = done.outcomes.decided
    screen.print(
        f"Decided by people {decided[Source.PERSON]:,}, by the model {decided[Source.MODEL]:,}; "
        f"for people to decide {decided[Source.NOBODY]:,}, and to look at again {done.n_second_look:,} (review.csv)."
    )
    _tell_uncounted(screen, done, survey_file)
    if done.n_newer:
        how = f"themawijzer train {done.folder.name}"
        screen.print(f"{done.n_newer:,} annotations are newer than the model; to learn from them: {how}")
    _tell_certificates(screen, done)
    tell_how_to_certify(screen, done.certificates, done.folder.name, is_extrapolated=bool(done.projections))
    tell_unfound(screen, done.unfound)
    tell_relabelled(screen, done.relabelled)
    if n_guarded := done.guarded["responses_coded.csv"]:
        screen.print(f"{n_guarded:,} cells that a spreadsheet would run got an apostrophe in front.")
    _tell_left_out(screen, done, survey_file)
    for file, n_cut in done.cut.items():
        if n_cut:
            screen.print(f"{file}: {n_cut:,} cells are longer than the format holds, and end in [afgekapt].")
    _tell_outdated(screen, done)
    screen.print(f"Coded dataset: {done.folder}")


def _tell_uncounted(screen: Console, done: ClassifyResult, survey_file: str) -> None:
    """Print which codings by people count in no share, and how they would."""
    bases = {question.id: question.base for question in done.responses.survey.questions}
    for (question, status), n in done.outcomes.uncounted.items():
        kind = "empty answers" if status is Status.EMPTY else 'answers such as "weet niet"'
        counting = f'; they count with base = "filled_in" at question {question} in {survey_file}'
        how = counting * (status is Status.NO_ANSWER and bases[question] is Base.SUBSTANTIVE)
        screen.print(f"{question}: {n:,} codings by people are of {kind}, which count in no share{how}.")


def _tell_certificates(screen: Console, done: ClassifyResult) -> None:
    """Print per codeframe what the random sample vouches for, and what more of it would do."""
    for codeframe in done.counted:
        screen.print(f"{codeframe}: people coded all answers; shares are counted, and need no random sample.")
    for codeframe, certificate in done.certificates.items():
        if codeframe in done.counted and not certificate.is_certified:
            continue
        is_elsewhere = certificate.n > 0 and not done.drift[codeframe].n_fresh
        elsewhere = " (those random answers are of other responses)" * is_elsewhere
        screen.print(
            f"{codeframe}, target {certificate.limits.target:.2f}: {why(certificate, done.folder.name)}{elsewhere}."
        )
        if projection := done.projections.get(codeframe):
            for line in projected(projection, certificate.limits.target):
                screen.print(f"  {line}")
        if certificate.is_certified and (questions := ", ".join(done.not_sampled[codeframe])):
            screen.print(f"  not for {questions}: too few of its answers are in the sample.")


def _tell_outdated(screen: Console, done: ClassifyResult) -> None:
    """Print what was in the folder before, and where it is now, or how to make it again."""
    found = done.outdated
    if found.kept:
        screen.print(f"What was here of other responses, coded before, was moved to {found.kept}")
    if found.reports:
        screen.print(
            f"Out of date, and kept with {EARLIER} before the name: {', '.join(found.reports)}. "
            f"To make them again: themawijzer report {done.folder.name}"
        )
    if found.removed:
        names = ", ".join(found.removed)
        screen.print(f"Out of date, and removed: {names}. To make them again: --formats and --probabilities.")


def _tell_left_out(screen: Console, done: ClassifyResult, survey_file: str) -> None:
    """Print which columns are not in the coded dataset, and which of those in it look personal."""
    source = done.responses.table
    if left_out := done.responses.left_out:
        n_all = len(left_out) + len(source.values.columns)
        which = _named(left_out) * are_names(source)
        screen.print(f"Left out, as {survey_file} says, {len(left_out):,} of {n_all:,} columns{which}.")
    if done.personal:
        screen.print(f"These columns look personal, and are in the coded dataset: {in_words(done.personal, source)}.")
        if are_names(source):
            choice = json.dumps([*(done.responses.survey.leave_out or ()), *done.personal], ensure_ascii=False)
            screen.print(f"  To leave them out, write this near the top of {survey_file}: leave_out = {choice}")


def tell_no_answers(screen: Console, done: ClassifyResult) -> None:
    """Print what was taken as no answer, only in words of the lists: to any question, and to one by its own rule."""
    always, asked = Counter[str](), [own for own in done.responses.survey.questions if own.id in done.questions]
    for question in asked:
        always.update(
            {what: n for what, n in _taken(done, question).items() if what not in question.no_answers.phrases}
        )
    n_without = sum(own.without_codes for own in done.questions.values())
    without = f"; people coded {n_without:,} without a code" * bool(n_without)
    if always:
        screen.print(f"Taken as no answer: {_counts(always)}{without}.")
    for question in asked:
        own = {what: n for what, n in _taken(done, question).items() if what in question.no_answers.phrases}
        reason = "as it asks whether there is more to say" if question.no_answer is None else "as survey.toml says"
        if own:
            screen.print(f"{question.id}, {reason}: {_counts(own)}. To change it: no_answer in survey.toml.")
        if n := done.questions[question.id].declared_missing:
            screen.print(f"{question.id}: {n:,} answers that the file or survey.toml declares missing are empty.")
    for column in done.responses.survey.background:
        if n := done.responses.n_declared_missing(column):
            screen.print(f"{column}: {n:,} values that the file or survey.toml declares missing are in no group.")


def tell_undeclared(screen: Console, done: ClassifyResult) -> None:
    """Print what programs write where nobody answered, and how to have it count as empty everywhere."""
    if done.undeclared:
        values = json.dumps(list(done.undeclared), ensure_ascii=False)
        where = f"near the top of surveys/{done.folder.name}/survey.toml"
        screen.print(f"In cells of questions and background columns stands {counted(done.undeclared)}.")
        screen.print(f"  If nobody answered there, write this {where}: missing.values = {values}")


def tell_unused_weight(screen: Console, done: ClassifyResult, survey_file: str) -> None:
    """Print which weight the file declares where the survey has none, and how to use it."""
    declared = done.responses.table.declared_weights
    if declared and not done.responses.survey.weight:
        screen.print(f"The file declares the weight {declared[0]}, and {survey_file} none: nothing is weighted.")
        value = json.dumps(declared[0], ensure_ascii=False)
        screen.print(f"  To weight shares, write this near the top of {survey_file}: weight = {value}")


def _taken(done: ClassifyResult, question: Question) -> Mapping[str, int]:
    return done.questions[question.id].taken


def _counts(taken: Mapping[str, int]) -> str:
    told = [f"{UNSAID.get(what, what)} {n:,}" for what, n in Counter(taken).most_common()]
    more = f", {len(told) - MOST_PHRASES} more in run.json" * (len(told) > MOST_PHRASES)
    return ", ".join(told[:MOST_PHRASES]) + more


def _named(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - MOST_COLUMNS:,} more in codebook.csv" * (len(columns) > MOST_COLUMNS)
    return f": {', '.join(columns[:MOST_COLUMNS])}{more}"


def summarize_drift(screen: Console, done: ClassifyResult, survey: str, input_file: Files | None) -> None:
    """Print how the answers differ from those that the model learned from, and what to do about it.

    Not where answers of the random sample were skipped: what was learned from lacks those, which is the cause.
    """
    for codeframe, verdict in done.drift.items():
        if codeframe not in done.skipped and (verdict.is_withdrawn or (verdict.has_drifted and verdict.n_elsewhere)):
            found = "; ".join(map(_strongest, verdict.firing.values()))
            judged = f" The {verdict.n_fresh} of them in the random sample decide." * (not verdict.is_withdrawn)
            screen.print(f"{codeframe}: these answers differ from those that were learned from: {found}.{judged}")
    if any(verdict.is_withdrawn for codeframe, verdict in done.drift.items() if codeframe not in done.skipped):
        source = input_option(input_file)
        screen.print(
            "Nothing vouches for their coding until a fresh random sample is coded: "
            f"themawijzer sample {survey} --n 100{source}"
        )


def _strongest(signals: Sequence[Signal]) -> str:
    signal, *others = signals
    names = {"unknown_words": "unknown words", "far_answers": "answers unlike any", "predicted_share": signal.code}
    expected = f"{signal.low:.1%} to {signal.high:.1%}" if signal.low else f"{signal.high:.1%} at most"
    more = f" and {len(others)} codes more" * bool(others)
    return f"{names[signal.measure]} {signal.found:.1%} ({expected} expected){more}"


def tell_skipped(screen: Console, skipped: Mapping[str, Skipped], survey: str, input_file: Files | None = None) -> None:
    """Print how many answers of each random sample were skipped, how they differ, and how to code them."""
    for codeframe, found in skipped.items():
        listed = "; ".join(_difference(trait, *means) for trait, means in found.unlike.items())
        screen.print(
            f"{codeframe}: {found.n:,} random answers were skipped, and {found.n_coded:,} coded, of which some were "
            f"drawn later. The skipped ones differ: {listed}. Nothing vouches for codes and shares until they are "
            "coded:"
        )
        source = input_option(input_file)
        screen.print(f"  themawijzer sample {survey} --codeframe {codeframe} --n {found.n_draw}{source}")
        if not input_file:
            screen.print(f"  or on the page, which asks them first: themawijzer annotate {survey} --coder NAME")


def _difference(trait: Trait, skipped: float, coded: float) -> str:
    what, form = {
        Trait.LENGTH: (("longer", "shorter"), "{:.1f} words"),
        Trait.DOUBT: (("the model doubts more", "the model doubts less"), "{:.2f} mistakes per code expected"),
        Trait.OTHER_KIND: (('more often not Dutch, or "see above"', 'less often not Dutch, or "see above"'), "{:.0%}"),
    }[trait]
    return f"{what[skipped < coded]} ({form.format(skipped)} against {form.split()[0].format(coded)})"


def why(certificate: Certificate, survey: str) -> str:
    """Whether a codeframe is certified, and why, in words."""
    more = " to tell" if certificate.n_more is None else f"; about {certificate.n_more:,} more random answers would do"
    return {
        CertificateReason.MET: f"certified on {certificate.n:,} random answers",
        CertificateReason.NO_SAMPLE: f"not certified: no random sample has been coded (themawijzer sample {survey})",
        CertificateReason.WAITING: (
            "not certified: some of the random answers are to be judged again "
            f"(themawijzer annotate {survey} --coder NAME)"
        ),
        CertificateReason.SKIPPED: "not certified: random answers that were skipped are unlike the others (see below)",
        CertificateReason.OTHER_BASE: (
            'not certified: the random answers lack those such as "weet niet", which count by `base` or `no_answer` '
            f"in survey.toml (themawijzer sample {survey})"
        ),
        CertificateReason.DRIFTED: "certified for other answers, but not for these (see below)",
        CertificateReason.TOO_FEW: f"not certified: too few random answers ({certificate.n:,}){more}",
        CertificateReason.TOO_INACCURATE: (
            f"not certified: too many mistakes so far, on {certificate.n:,} random answers"
        ),
        CertificateReason.ALL_CODED: "people coded every answer, and nothing is left for the model",
    }[certificate.reason]


def tell_how_to_certify(
    screen: Console, certificates: Mapping[str, Certificate], survey: str, *, is_extrapolated: bool = True
) -> None:
    """Print where the target is set, and what tells how many answers would meet it, where it is not met."""
    if not any(certificate.reason in TO_PROVE for certificate in certificates.values()):
        return
    if not is_extrapolated:
        screen.print(f"What more answers would do: themawijzer evaluate {survey}")
    screen.print(f"Targets are set in surveys/{survey}/survey.toml: [settings] target")


def projected(found: Projection, target: float) -> Iterator[str]:
    """What more random answers would do to the model and to the evidence, as the learning curve goes, in words."""
    f1, automatic = found.micro_f1, found.automatic
    yield f"if people coded about {found.more:,} more random answers, as extrapolated, with 95% intervals:"
    yield f"  the model: micro-F1 {figure(f1)}"
    then = f"; automatic {automatic.value:.0%} ({automatic.low:.0%}-{automatic.high:.0%})" * bool(automatic.high)
    yield f"  the evidence: the chance that it shows the target of {target:.2f} is {_chance(found.certified)}{then}"


def _chance(share: float) -> str:
    return "below 1%" if share < 0.01 else "above 99%" if share > 0.99 else f"{share:.0%}"


def tell_unfound(screen: Console, unfound: Mapping[str, Mapping[Unfound, int]]) -> None:
    """Print, per coder's file, how many annotations find no answer in the responses, and why."""
    reasons = {
        "absent": "of respondents who are not in the responses",
        "changed": "of answers that read differently there",
        "ambiguous": "that several respondents can mean, who typed the same under such an id",
    }
    for file, counts in unfound.items():
        why_not = ", ".join(f"{n:,} {reasons[reason]}" for reason, n in sorted(counts.items()))
        screen.print(f"{file}: {sum(counts.values()):,} annotations find no answer: {why_not}.")
