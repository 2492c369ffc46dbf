"""The terminal, which nothing that is shown can steer."""

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from themawijzer.cli.harmless import HarmlessStream, harmless


class Terminal(Console):
    """A console whose own colors and progress pass, and no control characters of the texts that it shows."""

    def __init__(self, *, stderr: bool = False, **how: Any) -> None:
        stream = sys.stderr if stderr else sys.stdout
        super().__init__(file=stream.stream if isinstance(stream, HarmlessStream) else stream, **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The parts of what is shown, in which only those that the console makes itself steer the terminal."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=harmless(segment.text))
