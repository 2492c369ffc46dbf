"""Which respondent an annotation is about, after a spreadsheet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from pipeline.survey.annotations import Gold, Unit


def unit_in_gold(unit: Unit, gold: Mapping[Unit, Gold], respondent_ids: Collection[str]) -> Unit:
    """The unit as people annotated it: `7` is `007` too, as Excel leaves an id, unless a respondent is called `7`."""
    shortened = unit.respondent_id.lstrip("0")
    return unit if unit in gold or shortened in respondent_ids else replace(unit, respondent_id=shortened)
