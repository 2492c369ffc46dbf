"""Tables on the screen of which the rows are called by ids, such as codes."""

import re
from typing import Literal

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment, Segments
from rich.table import Column, Table
from rich.text import Text

WIDER_THAN_ANY_TABLE = 1000  # characters


class IdTable:
    """Rows of figures that are never cut, by ids that go on in a next line only after a `_` or a space.

    Where not even the longest part of an id fits beside the figures, each id has a line of its own above them.
    """

    def __init__(self, title: str, *titles: str, gap: int = 2, justify: Literal["left", "right"] = "left") -> None:
        self._names, self._gap = [title], gap
        columns = [Column(each, justify=justify, no_wrap=True) for each in titles]
        self._figures, self._all = (
            Table(*first, *(column.copy() for column in columns), box=None, padding=(0, gap, 0, 0))
            for first in ([], [Column(title)])
        )

    def add_row(self, name: str, *figures: str) -> None:
        """Add the figures of what has this name."""
        self._names.append(name)
        self._figures.add_row(*figures)
        self._all.add_row(_Name(name), *figures)

    def show(self, screen: Console) -> None:
        """Print the table."""
        wide = screen.options.update_width(WIDER_THAN_ANY_TABLE)
        longest = max(cell_len(part) for name in self._names for part in _parts(name))
        if longest + self._gap + Measurement.get(screen, wide, self._figures).maximum <= screen.width:
            screen.print(self._all)
            return
        for name, line in zip(self._names, screen.render_lines(self._figures, wide, pad=False), strict=True):
            screen.print(name)
            screen.print(Segments([Segment("  "), *line, Segment.line()]))


def _parts(name: str) -> list[str]:
    return re.findall(r"[^_ ]*[_ ]*", name)


class _Name:
    """A name that is as narrow as its longest part, and is broken between parts only."""

    def __init__(self, name: str) -> None:
        self._parts = _parts(name)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(max(map(cell_len, self._parts)), sum(map(cell_len, self._parts)))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = [""]
        for part in self._parts:
            if cell_len(lines[-1] + part) > options.max_width:
                lines.append("")
            lines[-1] += part
        yield Text("\n".join(lines), no_wrap=True)
