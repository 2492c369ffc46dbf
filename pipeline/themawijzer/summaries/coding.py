"""What became of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from themawijzer.files import quoted_path
from themawijzer.summaries.words import dialect, tell_unfound, why

if TYPE_CHECKING:
    from rich.console import Console

    from themawijzer.coding.drift import Signal
    from themawijzer.commands.classify import Classified


def summarize_coding(screen: Console, done: Classified) -> None:
    """What became of the answers, and who decided."""
    from rich.table import Column, Table

    from themawijzer.coding.codings import Source, Status

    screen.print(
        f"{len(done.responses):,} responses read from {done.responses.table.path}{dialect(done.responses.table)}."
    )
    columns = [Column(status.value.replace("_", " "), justify="right") for status in Status]
    table = Table(Column("answers", overflow="fold"), *columns, box=None, padding=(0, 2, 0, 0))
    for name, counts in done.outcomes.statuses.items():
        table.add_row(name, *(f"{counts[status]:,}" for status in Status))
    screen.print(table)
    decided = done.outcomes.decided
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
        is_elsewhere = certificate.n and not done.drift[codeframe].n_fresh
        elsewhere = " (those random answers are of other responses)" * bool(is_elsewhere)
        screen.print(f"{codeframe}, target {certificate.limits.target:.2f}: {why(certificate)}{elsewhere}.")
        if certificate.is_certified and done.not_sampled[codeframe]:
            screen.print(
                f"  not for {', '.join(done.not_sampled[codeframe])}: too few of its answers are in the sample."
            )
    tell_unfound(screen, done.unfound)
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
        source = f" --input {quoted_path(input_file)}" if input_file else ""
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
