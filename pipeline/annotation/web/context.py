"""What every view and every template knows: the desk that the page is about."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app

from pipeline.annotation.desk import Desk
from pipeline.annotation.judging import open_revisits


def set_up_context(app: Flask, desk: Desk) -> None:
    """Make the page one about this desk."""
    app.extensions["desk"] = desk
    app.context_processor(_of_every_page)


def the_desk() -> Desk:
    """The desk that the page is about."""
    desk: Desk = current_app.extensions["desk"]
    return desk


def _of_every_page() -> dict[str, Any]:
    desk = the_desk()
    return {"desk": desk, "count_revisits": lambda: len(open_revisits(desk.snapshot, desk.coder))}
