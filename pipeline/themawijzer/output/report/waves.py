"""Two waves beside each other, as a page for people."""

from __future__ import annotations

from themawijzer.output.labels import LABELS
from themawijzer.output.report.charts import wave_chart
from themawijzer.output.report.rendering import filled_in
from themawijzer.output.wave_tables import Waves
from themawijzer.survey.comparability import Obstacle

# Of `labels.toml`, by why a code is not compared.
OBSTACLES = {obstacle: LABELS[f"waves_{obstacle.name.lower()}"] for obstacle in Obstacle}


def render_waves(waves: Waves) -> str:
    """The page, self-contained and in Dutch."""
    return filled_in("waves.html.jinja", {"waves": waves, "wave_chart": wave_chart, "obstacles": OBSTACLES})
