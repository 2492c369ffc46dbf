"""Pictures as SVG: legible in print and without color, and the same bytes for the same figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

from themawijzer.files import write_whole
from themawijzer.output.labels import LABELS
from themawijzer.output.report.charts import round_top, ticks_to
from themawijzer.output.report.plain import percent, whole
from themawijzer.output.report.rendering import filled_in
from themawijzer.records.evaluation_file import Bin

WIDTH, HEIGHT, LOW = 280, 270, 60  # pixels of a panel
LEFT, RIGHT, TOP, BETWEEN, BELOW = 66, 24, 70, 26, 66  # pixels around panels
LEGEND = 22  # pixels of a line
RISKS = {"precision": "solid", "completeness": "dashed", "whole_set": "dotted"}


@dataclass(frozen=True)
class Axis:
    """One side of a panel, from `low` to `high`; `ticks` has values with what stands beside them."""

    label: str
    low: float
    high: float
    ticks: Mapping[float, str]
    is_log: bool = False

    def part(self, value: float) -> float:
        """How far along the axis the value is, from 0 to 1."""
        low, high = self.low, self.high
        return log(value / low) / log(high / low) if self.is_log else (value - low) / (high - low)


@dataclass(frozen=True)
class Curve:
    """A line in one of the styles of the template, with a `marker` (an SVG path) at each of its points.

    `label` stands at its right end, at the height (0 to 1) of `label_at`.
    """

    points: Sequence[tuple[float, float]]
    style: str
    marker: str = ""
    label: str = ""
    label_at: float = 0.0


@dataclass(frozen=True)
class Panel:
    """Lines, reliability bins with their intervals, and bars on two axes."""

    title: str
    x: Axis
    y: Axis
    lines: Sequence[Curve] = ()
    bins: Sequence[Bin] = ()
    bars: Sequence[tuple[float, float]] = ()
    width: int = WIDTH
    height: int = HEIGHT

    def across(self, value: float) -> float:
        """Pixels from the left."""
        return round(self.x.part(value) * self.width, 1)

    def down(self, value: float) -> float:
        """Pixels from the top."""
        return round((1 - self.y.part(value)) * self.height, 1)


def draw_panels(
    title: str,
    columns: Sequence[Sequence[Panel]],
    path: Path,
    *,
    legend: Mapping[str, str] | None = None,
    right: int = RIGHT,
) -> None:
    """Write panels, those of a column below each other, each with `right` pixels beside it.

    `legend` has what the styles of lines mean.
    """
    legend, placed, x = legend or {}, [], LEFT
    for column in columns:
        y = TOP + LEGEND * len(legend)
        for panel in column:
            placed.append((x, y, panel))
            y += panel.height + BETWEEN
        x += column[0].width + right + LEFT
    size = {"width": x - LEFT, "height": y - BETWEEN + BELOW}
    write_whole(path, filled_in("picture.svg.jinja", {"title": title, "legend": legend, "panels": placed, **size}))


def draw_reliability(diagrams: Mapping[str, Sequence[Bin]], path: Path) -> None:
    """One reliability diagram per codeframe, above how many probabilities there are of each size."""
    columns = [_reliability_panels(codeframe, bins) for codeframe, bins in diagrams.items()]
    draw_panels(LABELS["reliability"], columns, path, legend={"diagonal": LABELS["diagonal"]})


def _reliability_panels(codeframe: str, bins: Sequence[Bin]) -> list[Panel]:
    most = max((found.n for found in bins), default=1)
    powers = {10.0**power: whole(10**power) for power in range(len(str(most)))}
    counts = Axis("n", 0.5, 2.0 * most, powers, is_log=True)
    bars = [(found.probability, found.n) for found in bins]
    diagonal = Curve([(0, 0), (1, 1)], "diagonal")
    return [
        Panel(codeframe, _shares(""), _shares(LABELS["observed_share"]), lines=[diagonal], bins=bins),
        Panel("", _shares(LABELS["predicted_share"]), counts, bars=bars, height=LOW),
    ]


@dataclass(frozen=True)
class Risk:
    """With this `share` of the answers coded automatically, the shares that are then wrong."""

    share: float
    precision: float
    completeness: float
    whole_set: float


def draw_risk_coverage(curves: Mapping[str, Sequence[Risk]], path: Path) -> None:
    """One risk-coverage curve per codeframe (El-Yaniv & Wiener 2010)."""
    drawn = [y for risks in curves.values() for curve in _risk_curves(risks) for _, y in curve.points]
    axes = _shares(LABELS["share_automatic"]), _shares(LABELS["share_wrong"], round_top(drawn or [1.0]))
    columns = [[Panel(codeframe, *axes, lines=_risk_curves(risks))] for codeframe, risks in curves.items()]
    legend = {style: LABELS[f"wrong_{name}"] for name, style in RISKS.items()}
    draw_panels(LABELS["risk_coverage"], columns, path, legend=legend)


def _risk_curves(risks: Sequence[Risk]) -> list[Curve]:
    return [Curve([(risk.share, getattr(risk, name)) for risk in risks], style) for name, style in RISKS.items()]


def _shares(label: str, top: float = 1.0) -> Axis:
    return Axis(label, 0.0, top, {value: percent(value) for value in ticks_to(top)})
