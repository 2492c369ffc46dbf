"""Summary of how far coders agree."""

from rich.console import Console

from themawijzer.coding.advice import Judgement
from themawijzer.coding.label_errors import expected_errors
from themawijzer.coding.numbers import Figure
from themawijzer.commands.agreement import AgreementResult
from themawijzer.project.coders import CoderAgreement
from themawijzer.summaries.id_table import IdTable

MAX_ERRORS = 20  # as many as one checks at a sitting
MAX_CONFUSIONS = 5  # on the screen; agreement.json has all
N_FIRST = 50  # answers for a second coder, where no answer has two yet
EXPLAINED = {"tentative", "too_few"}  # advice that takes a word of explanation


def summarize_agreement(screen: Console, measured: AgreementResult) -> None:
    """Print how far coders agree, which codes they confuse, and what to do about it."""
    for agreed in measured.agreed:
        n, n_single, coders = agreed.ratings.n, agreed.ratings.n_single, ", ".join(agreed.ratings.coders)
        left_out = f"; {n_single:,} that one coder coded left out" * bool(n_single)
        screen.print(f"{agreed.codeframe}: {n:,} answers of two coders or more ({coders}){left_out}")
        _tell_left_out(screen, agreed)
        if n:
            _tabulate_agreement(screen, agreed)
        _advise_second(screen, agreed, measured.files[0].parent.name)
    if any(judgement.advice in EXPLAINED for agreed in measured.agreed for judgement in agreed.judgements):
        screen.print("tentative: good enough for tentative conclusions; more: answers of two coders that would tell")
    _tell_errors(screen, measured)
    screen.print(f"All figures, and what they were measured on: {', '.join(map(str, measured.files))}")


def _tell_left_out(screen: Console, agreed: CoderAgreement) -> None:
    why = {
        "given in a second look, where codes of another coder can be seen": agreed.ratings.n_seen,
        "the same as another coder's, to the second: copied": agreed.ratings.n_copied,
    }
    for reason, n in why.items():
        if n:
            screen.print(f"  {n:,} rows left out: {reason}")


def _advise_second(screen: Console, agreed: CoderAgreement, survey: str) -> None:
    """Say how to get the answers of two coders that are wanting, as far as there are any of one coder."""
    wanted = max((judgement.n_more or 0 for judgement in agreed.judgements), default=0) if agreed.ratings.n else N_FIRST
    if not wanted:
        return
    if n := min(wanted, agreed.n_for_second):
        how = f"themawijzer worksheet {survey} --coder NAME --stream double --codeframe {agreed.codeframe} --n {n}"
        screen.print(f"  to let a second coder code {n:,} answers of another one: {how}")
    else:
        screen.print("  a second coder can code nothing now: no answer in the responses has one coder only")


def _tell_errors(screen: Console, measured: AgreementResult) -> None:
    if measured.refusal:
        screen.print(f"Annotations that are probably wrong are not listed: {measured.refusal}")
        return
    for finder in measured.finders:
        doubles = f"{finder.rates.n_double:,} pairs of codings of one answer"
        if not finder.rates.n_double:
            doubles = "none that were coded twice, so it cannot tell mistakes from hard answers"
        screen.print(
            f"{finder.codeframe.id}: likely mistakes, by the model and {finder.rates.n:,} annotated answers, {doubles}"
        )
    if not measured.errors:
        screen.print("No annotation is likely enough to be wrong to look at it again.")
    for coder in sorted({error.coder for error in measured.errors}):
        own = [error for error in measured.errors if error.coder == coder]
        first = expected_errors(own[:MAX_ERRORS])[-1]
        screen.print(
            f"{coder}: {len(own):,} annotations to look at again; {first.value:.1f} errors to be expected in the first "
            f"{len(own[:MAX_ERRORS])} (95% interval {first.low:.0f}-{first.high:.0f})"
        )


def _tabulate_agreement(screen: Console, agreed: CoderAgreement) -> None:
    table = IdTable("code", "given", "raw", "kappa", "alpha", "advice")
    advice = {judgement.code: _advice(judgement) for judgement in agreed.judgements}
    for figures in agreed.measured:
        raw, kappa = ("-" if one.value is None else f"{one.value:.2f}" for one in (figures.raw, figures.kappa))
        name, alpha = figures.code or "(whole set)", figure(figures.alpha)
        table.add_row(name, f"{figures.n_given:,}", raw, kappa, alpha, advice.get(figures.code, ""))
    table.show(screen)
    screen.print(f"  sets that share codes count in part (MASI): alpha {figure(agreed.measured[0].set_alpha)}")
    for whole, *_ in agreed.pairs:
        screen.print(f"  {' and '.join(whole.coders)}: {whole.n:,} answers, alpha {figure(whole.alpha)}")
    confusions = agreed.confusions[:MAX_CONFUSIONS]
    told = [f"{confusion.code} / {confusion.other or 'nothing'} {confusion.n:,}" for confusion in confusions]
    screen.print(f"  confused most: {', '.join(told)}" if told else "  nothing was confused")


def _advice(judgement: Judgement) -> str:
    more = "" if judgement.n_more is None else f" ({judgement.n_more:,} more)"
    return {
        "fine": "fine",
        "tentative": "tentative",
        "sharpen": "sharpen definition",
        "merge": f"merge with {judgement.other}?",
        "too_few": f"too few{more}",
    }[judgement.advice]


def figure(found: Figure) -> str:
    """A figure with its interval; a dash where it is not defined."""
    if found.value is None:
        return "-"
    return f"{found.value:.2f}" + ("" if found.low is None else f" {found.low:.2f}-{found.high:.2f}")
