"""Pictures as SVG: legible in print and without color, and the same bytes for the same figures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from pipeline.files import write_whole
from pipeline.learning.evaluation import Evaluation
from pipeline.output.labels import LABELS

STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "themawijzer", "font.size": 10}


def draw_reliability(evaluations: Sequence[Evaluation], path: Path) -> None:
    """One reliability diagram per codeframe, above how many probabilities there are of each size."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.5 * len(evaluations), 5.5), layout="constrained")
        panels = figure.subplots(2, len(evaluations), sharex=True, squeeze=False, height_ratios=[4, 1])
        for (diagram, counts), evaluation in zip(panels.T, evaluations, strict=True):
            _draw_diagram(diagram, evaluation)
            _draw_counts(counts, evaluation)
        panels[0, 0].set_ylabel(LABELS["observed_share"])
        panels[1, 0].set_ylabel("n")
        figure.suptitle(LABELS["reliability"], ha="left", x=0.02, weight="bold")
        figure.supxlabel(LABELS["predicted_share"])
        _save(figure, path)


def _draw_diagram(panel: Any, evaluation: Evaluation) -> None:
    bins = evaluation.reliability
    shares = [each.share.value for each in bins]
    below = [(each.share.value or 0) - (each.share.low or 0) for each in bins]
    above = [(each.share.high or 0) - (each.share.value or 0) for each in bins]
    panel.plot([0, 1], [0, 1], color="0.6", linewidth=1, linestyle="--", label=LABELS["diagonal"])
    panel.errorbar([each.probability for each in bins], shares, (below, above), fmt="o", color="black", capsize=2)
    panel.set(xlim=(0, 1), ylim=(0, 1), title=evaluation.codeframe)
    panel.legend(frameon=False, loc="upper left")
    panel.spines[["top", "right"]].set_visible(False)


def _draw_counts(panel: Any, evaluation: Evaluation) -> None:
    bins = evaluation.reliability
    panel.bar([each.probability for each in bins], [each.n for each in bins], width=0.04, color="0.6")
    panel.set(yscale="log")
    panel.minorticks_off()
    panel.spines[["top", "right"]].set_visible(False)


def _save(figure: Figure, path: Path) -> None:
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    write_whole(path, drawn.getvalue())
