"""What every view and every template knows: the desk that the page is about."""

from flask import Flask, current_app, request

from themawijzer.annotation.desk import Desk
from themawijzer.annotation.inconsistencies import find_inconsistencies
from themawijzer.annotation.judging import open_disputes, open_revisits


def set_up_context(app: Flask, desk: Desk) -> None:
    """Make the page one about this desk."""
    app.extensions["desk"] = desk
    app.context_processor(
        lambda: {
            "desk": desk,
            "count_disputes": lambda: len(open_disputes(desk.snapshot)),
            "count_inconsistencies": lambda: len(find_inconsistencies(desk.snapshot, desk.coder)),
            "count_revisits": lambda: len(open_revisits(desk.snapshot, desk.coder)),
        }
    )


def the_desk() -> Desk:
    """The desk that the page is about."""
    desk: Desk = current_app.extensions["desk"]
    return desk


def the_respondent(question: str) -> str:
    """Whose answer is asked for, by the id in the responses: a browser sends lines with other ends than it got."""
    asked, known = request.values.get("respondent", ""), the_desk().snapshot.material.answers.get(question, {})
    if asked in known:
        return asked
    return next((name for name in known if name.splitlines() == asked.splitlines()), asked)
