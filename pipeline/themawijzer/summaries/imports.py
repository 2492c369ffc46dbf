"""What came of a file that was brought in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from themawijzer.commands.import_ import Imported
    from themawijzer.project.returning import Added, TakenBack


_UNFOUND = {
    "absent": "belong to nobody in the responses; name the file that they are in with --input",
    "changed": "belong to an answer that reads differently in the responses",
    "ambiguous": "can belong to several respondents: ids differ in leading zeros or blanks, and answers are the same",
}


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
    for reason, words in _UNFOUND.items():
        if rows := [row for why, row in done.unfound if why == reason]:
            screen.print(
                f"{len(rows):,} {words} (row {rows[0]} is the first): kept, and only the model learns from them."
            )


def _tell_known(screen: Console, done: Added) -> None:
    if done.n_known:
        screen.print(f"{done.n_known:,} were there already.")
    if done.n_replaced:
        stands = "which stands; in review.csv a note makes a row new"
        screen.print(f"{done.n_replaced:,} of them were coded otherwise since, {stands}.")
