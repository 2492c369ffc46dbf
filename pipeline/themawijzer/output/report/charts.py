"""Where things stand in a chart, in percents of its width and in pixels down, so that text keeps its size on a phone.

Drawn by a template as one SVG: a picture of fixed size would shrink with its letters.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from themawijzer.coding.numbers import Figure
from themawijzer.output.report.plain import plain
from themawijzer.output.report.quality import CodeQuality
from themawijzer.output.report.shares import Breakdown, CodeShare
from themawijzer.output.wave_tables import CodeChange

LABEL_WIDTH, LABEL_LINES = 34, 3  # characters
LINE, BAR, GAP = 16, 18, 7  # pixels
TOPS = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)  # of an axis, which then has five ticks or so
N_CODES_BY_GROUP = 6
PALE, DARK = (226, 236, 246), (21, 66, 115)  # red, green and blue of the smallest and of the largest share in a map
HALF_DARK = 0.68  # above which white letters have more contrast than black ones


@dataclass(frozen=True)
class ChartMark:
    """A figure with its interval, in percents of the axis; None where there is none."""

    kind: str
    at: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ChartRow:
    """One line of a chart: what it is of, its label in lines, its top in pixels, and its marks."""

    of: object
    lines: list[str]
    y: int
    marks: list[ChartMark]

    @property
    def bar_y(self) -> int:
        """The middle of what is drawn, below the label."""
        return self.y + LINE * len(self.lines) + BAR // 2


@dataclass(frozen=True)
class Chart:
    """Rows on one axis; `ticks` has place (percent) and value."""

    rows: list[ChartRow]
    ticks: list[tuple[float, float]]
    height: int
    line: float | None = None


def share_chart(codes: Iterable[CodeShare]) -> Chart:
    """Bars of corrected shares with their intervals, and a sign where the raw share is."""
    shown = [code for code in codes if code.share is not None or code.raw is not None]
    top = round_top([value for code in shown for value in (code.share, code.high, code.raw) if value is not None])
    return _chart([(code, code.label, _share_marks(code, top)) for code in shown], top)


def group_charts(breakdown: Breakdown) -> list[tuple[CodeShare, Chart]]:
    """Of the most frequent codes a chart of its corrected share in each group, with the share in all as a line."""
    found = []
    for place, code in enumerate(breakdown.whole.codes[:N_CODES_BY_GROUP]):
        own = [(group, group.codes[place]) for group in breakdown.groups if group.codes[place].share is not None]
        if own:
            ends = [code.share, *(end for _, share in own for end in (share.share, share.high))]
            top = round_top([end for end in ends if end is not None])
            rows = [(group, group.name, _dot("dot", share.share, share.low, share.high, top)) for group, share in own]
            line = None if code.share is None else code.share / top * 100
            found.append((code, _chart(rows, top, line=line)))
    return found


def quality_chart(codes: Iterable[CodeQuality]) -> Chart:
    """Precision and recall of every code, as it is given where no person looks."""
    rows = [
        (
            code,
            code.label,
            _dot("dot", precision.value, precision.low, precision.high, 1)
            + _dot("open", recall.value, recall.low, recall.high, 1),
        )
        for code, precision, recall in ((code, code.automatic.precision, code.automatic.recall) for code in codes)
    ]
    return _chart(rows, 1)


def wave_chart(changes: Iterable[CodeChange]) -> Chart:
    """Of every difference between two waves the real part and the part by recoding, on both sides of zero."""
    shown = [(change, change.real, change.recoding) for change in changes if change.real.value is not None]
    top = round_top([abs(end) for _, *parts in shown for part in parts for end in part.numbers])
    rows = [
        (change, change.label, _part("dot", real, top) + _part("open", other, top)) for change, real, other in shown
    ]
    ticks = [(25.0 * step, top * (step - 2) / 2) for step in range(5)]
    return replace(_chart(rows, top, line=50), ticks=ticks)


def _part(kind: str, figure: Figure, top: float) -> list[ChartMark]:
    value, low, high = (number + top for number in figure.numbers)
    return _dot(kind, value, low, high, 2 * top)


def _share_marks(code: CodeShare, top: float) -> list[ChartMark]:
    raw = None if code.is_counted else code.raw
    return _dot("bar", code.share, code.low, code.high, top) + _dot("raw", raw, None, None, top)


def _dot(kind: str, at: float | None, low: float | None, high: float | None, top: float) -> list[ChartMark]:
    if at is None:
        return []
    ends = (None if end is None else round(end / top * 100, 2) for end in (low, high))
    return [ChartMark(kind, round(at / top * 100, 2), *ends)]


def round_top(values: Sequence[float]) -> float:
    """The round share at which an axis ends that holds all of the values."""
    return next((top for top in TOPS if top >= max(values, default=0)), 1.0)


def ticks_to(top: float) -> list[float]:
    """The ticks of an axis from 0 to such a share."""
    n_ticks = 4 if top in (0.2, 0.4, 0.8) else 5 if top in (0.1, 1.0) else 3
    return [top * step / n_ticks for step in range(n_ticks + 1)]


def _chart(rows: Iterable[tuple[object, str, list[ChartMark]]], top: float, *, line: float | None = None) -> Chart:
    placed, y = list[ChartRow](), 0
    for of, label, marks in rows:
        lines = broken(label, LABEL_WIDTH, LABEL_LINES)
        placed.append(ChartRow(of, lines, y, marks))
        y += LINE * len(lines) + BAR + GAP
    ticks = [(100 * value / top, value) for value in ticks_to(top)]
    return Chart(placed, ticks, y + LINE, line)


def broken(label: str, width: int, n_lines: int) -> list[str]:
    """A label in at most so many lines of so many characters; at least one."""
    return textwrap.wrap(plain(label), width, max_lines=n_lines, placeholder="…") or [""]


def shade(share: float | None, highest: float) -> str:
    """The color of a share in a map: the larger the darker, in print without color too; None is nearly white."""
    if share is None:
        return "#f3f6fa"
    return "#" + "".join(f"{round(a + (b - a) * share / highest):02x}" for a, b in zip(PALE, DARK, strict=True))


def ink(share: float | None, highest: float) -> str:
    """The color of letters that can be read on that of the share."""
    return "#fff" if share is not None and share > HALF_DARK * highest else "#000"
