"""The screen on which a command shows its results and progress; warnings go to standard error, as logging does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def open_screen(*, quiet: bool = False) -> Console:
    """The terminal, to which nothing is printed when quiet."""
    from themawijzer.cli.terminal import Terminal

    return Terminal(quiet=quiet, markup=False, emoji=False, highlight=False, soft_wrap=True)


@contextmanager
def loading(*, quiet: bool = False) -> Iterator[Console]:
    """The screen, with a sign of life while libraries load and large files are read, which takes seconds."""
    screen = open_screen(quiet=quiet)
    with nullcontext() if quiet else screen.status("loading"):
        yield screen


@contextmanager
def counting(*, quiet: bool = False) -> Iterator[tuple[Console, Callable[[str, int], Callable[[int], None]]]]:
    """The screen and progress bars; the sign of life of `loading` until the first bar.

    Bars go to standard error, so that the summary can be kept in a file.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from themawijzer.cli.terminal import Terminal

    columns = (TextColumn("{task.description:<26}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=Terminal(stderr=True), disable=quiet)

    with ExitStack() as until_counting:
        screen = until_counting.enter_context(loading(quiet=quiet))

        def start(what: str, total: int) -> Callable[[int], None]:
            until_counting.close()
            progress.start()
            task = progress.add_task(what, total=total)
            return lambda steps: progress.advance(task, steps)

        try:
            yield screen, start
        finally:
            if progress.tasks:
                progress.stop()
