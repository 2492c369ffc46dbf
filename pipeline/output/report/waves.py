"""Two waves beside each other, as a page for people."""

from __future__ import annotations

from pipeline.output.comparison import Waves
from pipeline.output.labels import LABELS
from pipeline.output.report.charts import wave_chart
from pipeline.output.report.rendering import filled_in
from pipeline.survey.comparability import Obstacle

# Of `labels.toml`, by why a code is not compared.
OBSTACLES = {obstacle: LABELS[f"waves_{obstacle.name.lower()}"] for obstacle in Obstacle}


def render_waves(waves: Waves) -> str:
    """The page, self-contained and in Dutch."""
    return filled_in("waves.html.jinja", {"waves": waves, "wave_chart": wave_chart, "obstacles": OBSTACLES})
