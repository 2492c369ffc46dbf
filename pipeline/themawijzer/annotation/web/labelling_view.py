"""The view in which a coder labels answers, one at a time."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from themawijzer.annotation.desk import Answer, Desk
from themawijzer.annotation.judging import fingerprint
from themawijzer.annotation.proposals import Proposals, Suggestion
from themawijzer.annotation.queue import Task
from themawijzer.annotation.sheet import AnswerSheet, Filled, is_answered, make_sheet, parts
from themawijzer.annotation.similar import find_similar
from themawijzer.annotation.streams import StreamName
from themawijzer.annotation.subjects import name_subjects
from themawijzer.annotation.web.context import the_desk, the_respondent
from themawijzer.survey.annotations import is_stream
from themawijzer.survey.codebook import NONE_APPLIES

view = Blueprint("labelling", __name__)


@view.get("/")
def start() -> Response:
    """The stream with the random sample: everything that is measured rests on it."""
    return redirect(url_for(".next_answer", stream=StreamName.RANDOM), code=303)


@view.get("/coderen/<stream>")
def next_answer(stream: str) -> str:
    """The next answer of a stream, or that there is none."""
    desk, name, only = the_desk(), _stream(stream), _question()
    tasks = desk.tasks(name, only)
    if not tasks:
        return _render("nothing_left.html", desk, name)
    own = desk.own_decisions(tasks[0].answer) if name == StreamName.REVIEW else {}
    return _show(desk, name, tasks[0], Filled.of(own))


@view.get("/coderen/<stream>/antwoord")
def this_answer(stream: str) -> str:
    """One particular answer, with what this coder decided about it."""
    desk, name = the_desk(), _stream(stream)
    answer = _answer(desk)
    own = Filled.of(desk.own_decisions(answer))
    return _show(desk, name, desk.task_of(answer, name, _question()), own)


@view.get("/coderen/<stream>/vergelijkbaar")
def similar(stream: str) -> str:
    """Annotated answers that mean about the same: a part of a page for a script, else a page."""
    desk, name = the_desk(), _stream(stream)
    answer = _answer(desk)
    found = find_similar(desk.snapshot, answer, desk.likeness)
    is_fragment = request.headers.get("X-Requested-With") == "fetch"
    return _render("similar.html", desk, name, found=found, answer=answer, is_fragment=is_fragment)


@view.post("/coderen/<stream>/antwoord")
def save(stream: str) -> Response | tuple[str, int]:
    """Save what was chosen, and go on; what is not filled in comes back with a word about it."""
    desk, name = the_desk(), _stream(stream)
    answer = _answer(desk)
    task, codebook = _task_of_form(desk, answer), desk.snapshot.material.codebook
    filled, form = _filled(task), request.form
    if not task.units or not all(
        is_answered(form.getlist(f"codes-{codeframe}"), codebook.codeframe(codeframe)) for codeframe in task.codeframes
    ):
        return _show(desk, name, task, filled, is_incomplete=True), 422
    was_overtaken = request.form.get("seen", "") != fingerprint(desk.own_decisions(answer))
    desk.save(task, {codeframe: filled.choice(codeframe) for codeframe in task.codeframes})
    return _go_on(name, notice="overtaken" if was_overtaken else None)


@view.post("/coderen/<stream>/overslaan")
def skip(stream: str) -> Response:
    """Go on; the answer comes back when the others are done."""
    desk = the_desk()
    desk.skip(_answer(desk))
    return _go_on(_stream(stream))


@view.post("/coderen/<stream>/ongedaan")
def undo(stream: str) -> Response:
    """Take back what was saved last, and show that answer."""
    name = _stream(stream)
    if (answer := the_desk().undo()) is None:
        return _go_on(name, notice="nothing_to_undo")
    return _go_on(name, notice="undone", to=".this_answer", respondent=answer[0], question=answer[1])


def _stream(name: str) -> StreamName:
    if name not in list(StreamName):
        abort(404)
    return StreamName(name)


def _question() -> str:
    """The question to which the coder keeps, "" for all."""
    only = request.values.get("only", "")
    return only if only in the_desk().snapshot.material.questions else ""


def _comes_from_inconsistencies() -> bool:
    """Whether the coder opened the answer there, and goes back to it."""
    return request.values.get("vanuit") == "wisselend"


def _answer(desk: Desk) -> Answer:
    question = request.values.get("question", "")
    respondent_id = the_respondent(question)
    if respondent_id not in desk.snapshot.material.answers.get(question, {}):
        abort(404)
    return respondent_id, question


def _task_of_form(desk: Desk, answer: Answer) -> Task:
    """The task as the page showed it, whatever was saved since in another tab."""
    asked = desk.snapshot.material.questions[answer[1]].codeframes
    streams = {codeframe: request.form.get(f"stream-{codeframe}", "") for codeframe in asked}
    return Task(*answer, {codeframe: stream for codeframe, stream in streams.items() if is_stream(stream)})


def _filled(task: Task) -> Filled:
    """What stands in the form, whether or not it can be saved."""
    given = {codeframe: request.form.getlist(f"codes-{codeframe}") for codeframe in task.codeframes}
    return Filled(
        codes={codeframe: frozenset(codes) - {NONE_APPLIES} for codeframe, codes in given.items() if codes},
        doubted=frozenset(request.form.getlist("doubt")),
        note=request.form.get("note", ""),
    )


def _show(desk: Desk, stream: StreamName, task: Task, filled: Filled, *, is_incomplete: bool = False) -> str:
    desk.show(task.answer)
    snapshot = desk.snapshot
    proposals = Proposals() if stream == StreamName.DOUBLE else desk.proposals
    sheet = make_sheet(task, snapshot, filled, proposals=proposals, shows_given=stream == StreamName.REVIEW)
    return _render(
        "labelling.html",
        desk,
        stream,
        sheet=sheet,
        parts=parts(sheet.text, _suggestions(sheet)),
        question=snapshot.material.questions[task.question],
        background=desk.background(task.respondent_id),
        seen=fingerprint(desk.own_decisions(task.answer)),
        previous=desk.previous(task.answer),
        has_suggestions=bool(_suggestions(sheet)),
        is_hidden=stream == StreamName.RANDOM,
        is_incomplete=is_incomplete,
    )


def _render(template: str, desk: Desk, stream: StreamName, **facts: object) -> str:
    return render_template(
        template,
        stream=stream,
        streams=list(StreamName),
        n_left=desk.n_left(),
        only=_question(),
        origin="wisselend" if _comes_from_inconsistencies() else "",
        questions=desk.snapshot.material.questions,
        subjects=name_subjects(desk.snapshot.material.questions.values()),
        notice=request.args.get("notice", ""),
        **facts,
    )


def _suggestions(sheet: AnswerSheet) -> list[Suggestion]:
    return [line.suggestion for section in sheet.sections for line in section.lines if line.suggestion]


def _go_on(stream: StreamName, *, notice: str | None = None, to: str = ".next_answer", **asked: Any) -> Response:
    if to == ".next_answer" and notice is None and _comes_from_inconsistencies():
        return redirect(url_for("inconsistencies.show"), code=303)
    return redirect(url_for(to, stream=stream, **asked, only=_question() or None, notice=notice), code=303)
