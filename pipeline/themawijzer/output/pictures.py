"""Pictures as SVG: legible in print and without color, and the same bytes for the same figures."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from themawijzer.files import write_whole
from themawijzer.output.labels import LABELS

STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "themawijzer",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}

RISK_STYLES: dict[str, dict[str, Any]] = {
    "whole_set": {"linestyle": ":", "linewidth": 1.5},
    "completeness": {"linestyle": "--", "linewidth": 1.5},
    "precision": {"linestyle": "-", "linewidth": 1.5},
}


@dataclass(frozen=True)
class Point:
    """Of the n times that a probability was about `x`, the share `y` in which it came true, with its interval."""

    x: float
    y: float
    low: float
    high: float
    n: int


def draw_reliability(diagrams: Mapping[str, Sequence[Point]], path: Path) -> None:
    """One reliability diagram per codeframe, above how many probabilities there are of each size."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.5 * len(diagrams), 5.5), layout="constrained")
        panels = figure.subplots(2, len(diagrams), sharex=True, squeeze=False, height_ratios=[4, 1])
        for (diagram, counts), (codeframe, points) in zip(panels.T, diagrams.items(), strict=True):
            _draw_diagram(diagram, points)
            diagram.set_title(codeframe)
            _draw_counts(counts, points)
        panels[0, 0].set_ylabel(LABELS["observed_share"])
        panels[1, 0].set_ylabel("n")
        figure.suptitle(LABELS["reliability"], ha="left", x=0.02, weight="bold")
        figure.supxlabel(LABELS["predicted_share"])
        _save(figure, path)


def _draw_diagram(panel: Any, points: Sequence[Point]) -> None:
    reach = [point.y - point.low for point in points], [point.high - point.y for point in points]
    panel.plot([0, 1], [0, 1], color="0.6", linewidth=1, linestyle="--", label=LABELS["diagonal"])
    panel.errorbar([point.x for point in points], [point.y for point in points], reach, fmt="o", color="0", capsize=2)
    panel.set(xlim=(0, 1), ylim=(0, 1))
    panel.legend(frameon=False, loc="upper left")


def _draw_counts(panel: Any, points: Sequence[Point]) -> None:
    panel.bar([point.x for point in points], [point.n for point in points], width=0.04, color="0.6")
    panel.set(yscale="log")
    panel.minorticks_off()


@dataclass(frozen=True)
class Risk:
    """With this `share` of the answers coded automatically, the shares that are then wrong."""

    share: float
    precision: float
    completeness: float
    whole_set: float


def draw_risk_coverage(curves: Mapping[str, Sequence[Risk]], path: Path) -> None:
    """One risk-coverage curve per codeframe (El-Yaniv & Wiener 2010)."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(max(4.5 * len(curves), 8), 4.5), layout="constrained")
        panels = figure.subplots(1, len(curves), sharey=True, squeeze=False)[0]
        for panel, (codeframe, risks) in zip(panels, curves.items(), strict=True):
            for figure_name, style in RISK_STYLES.items():
                x, y = [risk.share for risk in risks], [getattr(risk, figure_name) for risk in risks]
                panel.plot(x, y, color="0", label=LABELS[f"wrong_{figure_name}"], **style)
            panel.set(xlim=(0, 1), ylim=(0, None), title=codeframe)
            panel.grid(axis="y", color="0.9")
        panels[0].set_ylabel(LABELS["share_wrong"])
        figure.legend(*panels[0].get_legend_handles_labels(), frameon=False, loc="outside upper right", ncols=3)
        figure.suptitle(LABELS["risk_coverage"], ha="left", x=0.02, weight="bold")
        figure.supxlabel(LABELS["share_automatic"])
        _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    write_whole(path, drawn.getvalue())
