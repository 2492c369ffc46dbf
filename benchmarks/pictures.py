"""Learning curves as SVG, legible without color."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.cell import METHODS
from benchmarks.data import ALL, Dataset
from benchmarks.results import METRICS, OURS, means
from themawijzer.output.pictures import Axis, Curve, Panel, draw_panels

SHOWN = ("micro_f1", "macro_f1", "whole_set")
WIDTH, HEIGHT, RIGHT = 340, 380, 130  # pixels of a panel, and of the names beside it
MARKERS = dict(  # SVG paths
    zip(
        METHODS,
        (
            "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0Z",
            "M-3-3H3V3H-3Z",
            "M0-4.5 3.5 0 0 4.5-3.5 0Z",
            "M-3-4 4 0-3 4Z",
            "M0-4 4 3H-4Z",
            "M0 4 4-3H-4Z",
            "M0-4 4-1 2.5 3.5H-2.5L-4-1Z",
            "M-1.5-4h3v2.5h2.5v3h-2.5v2.5h-3v-2.5h-2.5v-3h2.5Z",
            "M3-4-4 0 3 4Z",
            "M-3.5-3.5 3.5 3.5M3.5-3.5-3.5 3.5",
            "M0-4.5V4.5M-4.5 0H4.5",
        ),
        strict=True,
    )
)
MIN_GAP = 0.045  # of the height of a panel, between two labels


def draw(figures: pd.DataFrame, dataset: Dataset, path: Path) -> None:
    """One panel per score, over training size; the same figures give the same bytes."""
    panels = [[_panel(METRICS[metric].title, means(figures, dataset, metric), dataset)] for metric in SHOWN]
    path.parent.mkdir(parents=True, exist_ok=True)
    draw_panels(f"Learning curves of {dataset.name}", panels, path, right=RIGHT)


def _panel(title: str, table: pd.DataFrame, dataset: Dataset) -> Panel:
    sizes = [_answers(str(size), dataset) for size in table]
    top = float(np.nanmax(table.to_numpy())) * 1.05
    x = Axis("annotated answers", min(sizes) * 0.9, max(sizes) * 1.1, {n: f"{n:,}" for n in sizes}, is_log=True)
    y = Axis("", 0, top, {step / 10: f"{step / 10:.1f}" for step in range(11) if step / 10 <= top})
    ends = table.apply(lambda row: row.dropna().iloc[-1], axis=1).sort_values() / top
    places = dict(zip(ends.index, _apart(ends.tolist()), strict=True))
    curves = [
        Curve(
            [(n, float(score)) for n, score in zip(sizes, row, strict=True) if not np.isnan(score)],
            "thick" if method == OURS else "thin",
            MARKERS[str(method)],
            label=METHODS[str(method)].short,
            label_at=places[method],
        )
        for method, row in table.iterrows()
    ]
    return Panel(title, x, y, lines=curves, width=WIDTH, height=HEIGHT)


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
