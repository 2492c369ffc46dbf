"""Learning curves as SVG, legible without color."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from benchmarks.cell import METHODS
from benchmarks.data import ALL, Dataset
from benchmarks.results import METRICS, OURS, means

SHOWN = ("micro_f1", "macro_f1", "whole_set")
MARKERS = dict(zip(METHODS, "osD^vPXd<x+", strict=True))
MIN_GAP = 0.045  # of the height of a panel, between two labels


def draw(figures: pd.DataFrame, dataset: Dataset, path: Path) -> None:
    """One panel per score, over training size; the same dataset and figures give the same bytes."""
    tables = {metric: means(figures, dataset, metric) for metric in SHOWN}
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": dataset.name, "font.size": 9}):
        figure = Figure(figsize=(15, 5.2), layout="constrained")
        for panel, (metric, table) in zip(figure.subplots(1, len(SHOWN)), tables.items(), strict=True):
            _draw_panel(panel, table, dataset)
            panel.set_title(METRICS[metric].title, loc="left")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None})


def _draw_panel(panel: Any, table: pd.DataFrame, dataset: Dataset) -> None:
    sizes = [_answers(str(size), dataset) for size in table]
    for method, row in table.iterrows():
        color, width = ("black", 2.5) if method == OURS else ("0.45", 1)
        panel.plot(sizes, row, marker=MARKERS[str(method)], markersize=5, color=color, linewidth=width)
    top = float(np.nanmax(table.to_numpy())) * 1.05
    panel.set(xscale="log", ylim=(0, top), xlim=(min(sizes) * 0.9, max(sizes) * 1.1), xlabel="annotated answers")
    panel.set_xticks(sizes, [f"{size:,}" for size in sizes])
    panel.minorticks_off()
    panel.grid(axis="y", color="0.9")
    panel.spines[["top", "right"]].set_visible(False)
    _label(panel, table, top)


def _label(panel: Any, table: pd.DataFrame, top: float) -> None:
    """Names at the ends of the lines, moved apart where lines end together."""
    ends = table.apply(lambda row: row.dropna().iloc[-1], axis=1).sort_values() / top
    for (method, end), at in zip(ends.items(), _apart(ends.tolist()), strict=True):
        panel.annotate(
            METHODS[str(method)].short,
            xy=(1, end),
            xytext=(1.06, at),
            xycoords="axes fraction",
            va="center",
            weight="bold" if method == OURS else "normal",
            arrowprops={"arrowstyle": "-", "color": "0.7", "linewidth": 0.5},
            annotation_clip=False,
        )


def _apart(heights: list[float]) -> list[float]:
    """Rising heights, moved up and then down until none is nearer to the next than the gap, and none above 1."""
    places = heights.copy()
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + MIN_GAP)
    limit = 1.0
    for i in reversed(range(len(places))):
        places[i] = limit = min(places[i], limit)
        limit -= MIN_GAP
    return places


def _answers(size: str, dataset: Dataset) -> int:
    return min(len(dataset.rows(ALL, fold)[0]) for fold in dataset.folds) if size == ALL else int(size)
