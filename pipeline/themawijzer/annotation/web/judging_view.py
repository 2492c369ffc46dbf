"""The views in which people decide what coders disagree about, and judge again what the codebook changed."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from themawijzer.annotation.desk import Choice
from themawijzer.annotation.judging import (
    Dispute,
    adjudicate,
    find_dispute,
    fingerprint,
    judge_again,
    open_disputes,
    open_revisits,
)
from themawijzer.annotation.proposals import Proposals
from themawijzer.annotation.queue import Task
from themawijzer.annotation.sheet import Filled, is_answered, make_sheet, tidy_note
from themawijzer.annotation.web.context import the_desk, the_respondent
from themawijzer.annotation.worklist import Revisit
from themawijzer.survey.annotations import ADJUDICATOR, Stream, Unit
from themawijzer.survey.codebook import NONE_APPLIES, Codeframe

view = Blueprint("judging", __name__)

DECIDED = ("respondent", "question", "codeframe")  # a unit in an address


@view.get("/oordelen")
def next_dispute() -> str:
    """The next answer that coders disagree about, or that there is none."""
    found = open_disputes(the_desk().snapshot)
    if not found:
        return _render("agreed.html", decided=_decided())
    place = _place(found)
    return _show_dispute(found[place], place=place, n=len(found))


@view.get("/oordelen/antwoord")
def this_dispute() -> str:
    """One particular answer, with what was decided about it."""
    return _show_dispute(_dispute(), n=len(open_disputes(the_desk().snapshot)))


@view.post("/oordelen/antwoord")
def decide() -> Response | tuple[str, int]:
    """Save the decision, and go on; what somebody else decided meanwhile is shown first."""
    desk, dispute = the_desk(), _dispute()
    n = len(open_disputes(desk.snapshot))
    choice = _choice(dispute.unit)
    if choice is None:
        return _show_dispute(dispute, _entered(dispute.unit), n=n, is_incomplete=True), 422
    if request.form.get("seen", "") != fingerprint(dispute.by_coder):
        return _show_dispute(dispute, choice, n=n, is_overtaken=True), 409
    adjudicate(desk, dispute, choice)
    decided: dict[str, Any] = dict(zip(DECIDED, dispute.unit, strict=True))
    return redirect(url_for(".next_dispute", plaats=_place(range(n)) or None, **decided), code=303)


@view.get("/opnieuw")
def next_revisit() -> str:
    """The next annotation to judge again, or that there is none."""
    desk = the_desk()
    found = open_revisits(desk.snapshot, desk.coder)
    if not found:
        return _render("nothing_back.html")
    place = _place(found)
    return _show_revisit(found[place], place=place, n=len(found))


@view.post("/opnieuw")
def confirm() -> Response | tuple[str, int]:
    """Save what the coder says now, and go on; an answer that left the list meanwhile is not saved again."""
    desk, unit, coder = the_desk(), _unit(), request.form.get("coder", "")
    found = open_revisits(desk.snapshot, desk.coder)
    revisit = next((open_one for open_one in found if (open_one.unit, open_one.coder) == (unit, coder)), None)
    place = _place(range(len(found)))
    if revisit is None or request.form.get("seen", "") != _seen(revisit):
        return redirect(url_for(".next_revisit", plaats=place or None, melding="overtaken"), code=303)
    choice = _choice(unit)
    if choice is None:
        return _show_revisit(revisit, _entered(unit), place=place, n=len(found), is_incomplete=True), 422
    judge_again(desk, revisit, choice)
    return redirect(url_for(".next_revisit", plaats=place or None), code=303)


def _place(found: Sequence[object]) -> int:
    """Which of the list is shown: those before it were skipped."""
    place = request.values.get("plaats", "")
    return int(place) % len(found) if place.isascii() and place.isdecimal() and len(place) < 9 and found else 0


def _unit() -> Unit:
    question = request.values.get("question", "")
    unit = Unit(the_respondent(question), question, request.values.get("codeframe", ""))
    if not the_desk().snapshot.material.has(unit):
        abort(404)
    return unit


def _dispute() -> Dispute:
    dispute = find_dispute(the_desk().snapshot, _unit())
    if dispute is None:
        abort(404)
    return dispute


def _decided() -> Unit | None:
    """What was decided last, so that it can be changed."""
    return _unit() if all(name in request.args for name in DECIDED) else None


def _codeframe(unit: Unit) -> Codeframe:
    return the_desk().snapshot.material.codebook.codeframe(unit.codeframe)


def _entered(unit: Unit) -> Choice:
    codes = frozenset(request.form.getlist(f"codes-{unit.codeframe}")) - {NONE_APPLIES}
    return Choice(codes & {*_codeframe(unit).code_ids}, tidy_note(request.form.get("note", "")))


def _choice(unit: Unit) -> Choice | None:
    """What was chosen; None where that is nothing, or is not in the codebook anymore."""
    is_complete = is_answered(request.form.getlist(f"codes-{unit.codeframe}"), _codeframe(unit))
    return _entered(unit) if is_complete else None


def _show_dispute(dispute: Dispute, entered: Choice | None = None, *, place: int = 0, **facts: object) -> str:
    """With the codes on which all agree, or those that were decided, chosen already."""
    verdict = dispute.by_coder.get(ADJUDICATOR)
    start = Choice(verdict.codes, verdict.note) if verdict else Choice(dispute.agreed)
    code_ids = _codeframe(dispute.unit).code_ids
    others = {coder: annotation for coder, annotation in dispute.by_coder.items() if coder != ADJUDICATOR}
    is_prefilled = bool(entered or verdict or dispute.agreed)
    return _render_sheet(
        "dispute.html",
        dispute.unit,
        entered or start,
        dispute.stream,
        is_prefilled=is_prefilled,
        dispute=dispute,
        others=others,
        givers={code: [coder for coder in others if code in dispute.codes[coder]] for code in code_ids},
        verdict=verdict,
        decided=None if request.endpoint == "judging.this_dispute" else _decided(),
        seen=fingerprint(dispute.by_coder),
        place=place,
        **facts,
    )


def _show_revisit(revisit: Revisit, entered: Choice | None = None, **facts: object) -> str:
    """With the suggestion chosen already, for the coder to confirm."""
    own = revisit.annotation
    start = Choice(revisit.suggestion, own.note)
    is_prefilled = bool(entered or revisit.suggestion or not own.codes)
    return _render_sheet(
        "revisit.html",
        revisit.unit,
        entered or start,
        own.stream,
        is_prefilled=is_prefilled,
        revisit=revisit,
        new={code for change in revisit.changes for code in change.after if change.kind in ("add", "split")},
        labels=the_desk().snapshot.material.changes.labels(_codeframe(revisit.unit)),
        seen=_seen(revisit),
        **facts,
    )


def _render_sheet(
    template: str, unit: Unit, choice: Choice, stream: Stream, *, is_prefilled: bool, **facts: object
) -> str:
    snapshot = the_desk().snapshot
    task = Task(unit.respondent_id, unit.question, {unit.codeframe: stream})
    filled = Filled({unit.codeframe: choice.codes} if is_prefilled else {}, note=choice.note)
    sheet = make_sheet(task, snapshot, filled, proposals=Proposals())  # people decide here without the model
    return _render(
        template,
        unit=unit,
        sheet=sheet,
        section=sheet.sections[0],
        question=snapshot.material.questions[unit.question],
        **facts,
    )


def _render(template: str, **facts: object) -> str:
    return render_template(template, notice=request.args.get("melding", ""), **facts)


def _seen(revisit: Revisit) -> str:
    return fingerprint({revisit.coder: revisit.annotation})
