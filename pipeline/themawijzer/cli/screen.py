"""Where a command tells what it does: results, progress and warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def open_screen(*, quiet: bool) -> Console:
    """Where a command tells what it does: the terminal. Warnings go to standard error, as logging does by itself."""
    from rich.console import Console

    return Console(quiet=quiet, markup=False, emoji=False, highlight=False, soft_wrap=True)


def loading(screen: Console) -> AbstractContextManager[object]:
    """What people see while libraries load and large files are read, which takes seconds."""
    return nullcontext() if screen.quiet else screen.status("loading")


@contextmanager
def bars(screen: Console) -> Iterator[Callable[[str, int], Callable[[int], None]]]:
    """Progress bars on standard error, so that the summary can be kept; until there is anything to count, `loading`."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<26}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=Console(stderr=True), disable=screen.quiet)

    with ExitStack() as until_counting:
        until_counting.enter_context(loading(screen))

        def start(what: str, total: int) -> Callable[[int], None]:
            until_counting.close()
            progress.start()
            task = progress.add_task(what, total=total)
            return lambda steps: progress.advance(task, steps)

        try:
            yield start
        finally:
            if progress.tasks:
                progress.stop()
