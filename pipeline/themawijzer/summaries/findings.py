"""Summaries of findings: proposals of codes, and what changed between waves."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from themawijzer.coding.numbers import Figure
from themawijzer.output.discovered import MIN_TEXTS, Discovered
from themawijzer.output.quotes_file import APPROVED
from themawijzer.output.report.quotes import Quotes
from themawijzer.output.wave_tables import Waves, WaveSection
from themawijzer.summaries.id_table import IdTable
from themawijzer.survey.comparability import tell_obstacles

MAX_WORDS = 12  # on the screen, of each kind


def summarize_discovered(screen: Console, discovered: Iterable[Discovered]) -> None:
    """Print, per question and codeframe, the groups of answers without a code."""
    for found in discovered:
        told = f"{found.question}_{found.codeframe}: {found.n_without_code:,} answers without a code"
        if found.is_too_few:
            screen.print(f"{told}: too few to propose codes from; {MIN_TEXTS} different ones are needed.")
            continue
        screen.print(f"{told}; {len(found.proposals)} proposals, {len(found.rest):,} answers in none of them")
        for number, proposal in enumerate(found.proposals, start=1):
            facts = f"{len(proposal.members):,} answers, stability {proposal.stability:.2f}"
            screen.print(f"  {number}. {', '.join(proposal.words) or 'no words but names'} ({facts})")


def tell_waiting(screen: Console, quotes: Quotes | None, file: Path) -> None:
    """Print how many quotes wait for a person, and how that person approves them."""
    if quotes and not quotes.are_read:
        screen.print("Nobody has read all quotes in it: approve them before you publish it.")
    if quotes and quotes.n_waiting:
        how = f"ja or nee in the column {APPROVED} of {file}, then the report again"
        screen.print(f"{quotes.n_waiting:,} quotes wait for somebody who approves them: {how}")


def summarize_waves(screen: Console, waves: Waves) -> None:
    """Print what changed, and what could not be compared."""
    for section in waves.sections:
        _tell_section(screen, section, waves.names)
    for kind in ("new", "more", "less", "vanished"):
        if words := [f"{word.word} ({word.n[0]}-{word.n[1]})" for word in waves.words if word.kind == kind]:
            screen.print(f"Words, {kind}: {', '.join(words[:MAX_WORDS])}{' ...' * (len(words) > MAX_WORDS)}")
    for name, questions in zip(waves.names, waves.questions_left_out, strict=True):
        if questions:
            listed = ", ".join(questions)
            screen.print(f"Questions of {name} that the other wave does not have, by their text: {listed}.")


def _tell_section(screen: Console, section: WaveSection, surveys: tuple[str, str]) -> None:
    if section.codes:
        n, n_audit = ([getattr(size, what) for size in section.codes[0].sizes] for what in ("n", "n_audit"))
        random = f"{n_audit[0]:,} and {n_audit[1]:,} random and coded"
        counted = [size.is_counted for size in section.codes[0].sizes]
        if any(counted):
            which = "both waves" if all(counted) else "the first wave" if counted[0] else "the second wave"
            random += f"; people coded all of {which}"
        screen.print(f"{section.name}: {n[0]:,} and {n[1]:,} answers, of which {random}")
        _tabulate_changes(screen, section, surveys)
    if section.left_out:
        screen.print(f"{section.name}, not compared: {tell_obstacles(section.left_out)}.")


def _tabulate_changes(screen: Console, section: WaveSection, surveys: tuple[str, str]) -> None:
    changes, needed = section.codes, [size.needed for size in section.codes[0].sizes]
    if any(needed):
        screen.print(f"  too few random answers: {needed[0]:,} and {needed[1]:,} more are needed. To draw them:")
        for survey, question, n in zip(surveys, section.questions, needed, strict=True):
            if n:
                how = f"--question {question} --codeframe {section.codeframe} --n {n}"
                screen.print(f"  themawijzer sample {survey} {how}")
        return
    table = IdTable("code", "first", "second", "difference", "real change", "recoding", gap=1)
    for change in changes:
        shares = ("-" if share.value is None else f"{share.value:.1%}" for share in change.shares)
        table.add_row(change.code, *shares, *map(_points, (change.difference, change.real, change.recoding)))
    table.show(screen)
    screen.print("  difference = real change + recoding, in percentage points with 95% intervals; * not by chance")


def _points(figure: Figure) -> str:
    if figure.value is None:
        return "not seen"
    value, low, high = (100 * number for number in figure.numbers)
    return f"{value:+.1f} ({low:.1f}, {high:.1f}){'*' * figure.is_certain}"
