"""The facts as a page for people, and as Markdown."""

from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from jinja2 import Environment, select_autoescape
from markupsafe import Markup

from themawijzer.files import as_json
from themawijzer.output.labels import LABELS
from themawijzer.output.report.charts import broken, group_charts, ink, quality_chart, shade, share_chart, wave_chart
from themawijzer.output.report.plain import plain
from themawijzer.output.report.summary import Summary
from themawijzer.output.templating import environment_of
from themawijzer.output.wave_tables import Waves
from themawijzer.survey.comparability import Obstacle

# Of `labels.toml`, by why a code is not compared.
OBSTACLES = {obstacle: LABELS[f"waves_{obstacle.name.lower()}"] for obstacle in Obstacle}
CHARTS = {"share_chart": share_chart, "group_charts": group_charts, "quality_chart": quality_chart}


def render(summary: Summary) -> dict[str, str]:
    """File name to content: the page, and what else is made of the same facts."""
    names = {"summary": summary, **CHARTS}
    return {
        "report.html": filled_in("report.html.jinja", names),
        "summary.json": as_json(asdict(summary)),
        "summary.md": filled_in("summary.md.jinja", names),
    }


def render_waves(waves: Waves) -> str:
    """The page, self-contained and in Dutch."""
    return filled_in("waves.html.jinja", {"waves": waves, "wave_chart": wave_chart, "obstacles": OBSTACLES})


def filled_in(template: str, names: Mapping[str, object]) -> str:
    """A template with these names, and with the style sheet of all pages as `css`."""
    css = files("themawijzer.output.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    return _environment().get_template(template).render({**names, "css": Markup(css)})  # noqa: S704  # our own file


def _environment() -> Environment:
    """Whatever stands in the facts is made plain before it is escaped, so that no template can forget it."""
    escape = select_autoescape(["html.jinja", "svg.jinja"])
    environment = environment_of("themawijzer.output.report", autoescape=escape, finalize=_plain)
    environment.filters |= {"lines": broken, "shade": shade, "ink": ink}
    return environment


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
