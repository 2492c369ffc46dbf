"""The view of answers that say the same, and that the coder of the page coded differently."""

from flask import Blueprint, render_template

from themawijzer.annotation.inconsistencies import find_inconsistencies
from themawijzer.annotation.web.context import the_desk

view = Blueprint("inconsistencies", __name__)

MAX_SHOWN = 50  # what remains comes when these are the same


@view.get("/wisselend")
def show() -> str:
    """Each with both codings, and all their answers to open."""
    desk = the_desk()
    found = find_inconsistencies(desk.snapshot, desk.coder)
    return render_template(
        "inconsistencies.html", found=found[:MAX_SHOWN], n=len(found), questions=desk.snapshot.material.questions
    )
