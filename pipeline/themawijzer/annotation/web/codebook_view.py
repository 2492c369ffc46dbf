"""The view of the codebook: how each code is used, and the forms with which people change it."""

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from themawijzer.annotation.judging import open_disputes, open_revisits
from themawijzer.annotation.new_codes import MAX_BACK
from themawijzer.annotation.usage import summarize_use
from themawijzer.annotation.web.context import the_desk
from themawijzer.annotation.worklist import count_codes
from themawijzer.files import sha256
from themawijzer.survey.changes import LISTS, ChangeKind, RevisionProposal, Wording, tidy
from themawijzer.survey.codebook import TO_BE_FILLED_IN, Code, Codeframe
from themawijzer.survey.gold import settle
from themawijzer.survey.revision import Problem, RefusedError, revise

view = Blueprint("codebook", __name__)

KINDS: Mapping[str, ChangeKind] = {"nieuw": "add", "verwoorden": "rename", "splitsen": "split", "samenvoegen": "merge"}
MAX_PARTS = 12


@view.get("/codeboek")
def start() -> Response:
    """The first codeframe."""
    ids = the_desk().snapshot.material.codebook.codeframe_ids
    if not ids:
        abort(404)
    return redirect(url_for(".show", codeframe_id=ids[0]), code=303)


@view.get("/codeboek/<codeframe_id>")
def show(codeframe_id: str) -> str:
    """How the codes of a codeframe are used, and what changed in it."""
    desk, snapshot, codeframe = the_desk(), the_desk().snapshot, _codeframe(codeframe_id)
    material = snapshot.material
    gold = settle(snapshot.placed_annotations, material.codebook)
    return render_template(
        "codebook.html",
        codeframe=codeframe,
        codebook=material.codebook,
        use=summarize_use(gold, snapshot.placed_annotations, codeframe),
        labels=material.changes.labels(codeframe),
        changes=[change for change in reversed(material.changes.changes) if change.codeframe == codeframe.id],
        made=request.args.get("versie", ""),
        n_disputes=len(open_disputes(snapshot)),
        n_revisits=len(open_revisits(snapshot, desk.coder)),
        to_be_filled_in=TO_BE_FILLED_IN,
    )


@view.get("/codeboek/<codeframe_id>/<kind>")
def form(codeframe_id: str, kind: str) -> str:
    """The form for one kind of change, with how many annotations come back."""
    codeframe = _codeframe(codeframe_id)
    code = _code(codeframe, kind)
    fields: MultiDict[str, str] = MultiDict()
    if kind in ("verwoorden", "samenvoegen") and code:
        wording = Wording.of(code)
        fields.update({"label-0": wording.label, "definition-0": wording.definition})
        fields.update({f"{name}-0": "\n".join(getattr(wording, name)) for name in LISTS})
    return _show_form(codeframe, kind, fields, n_parts=2 if kind == "splitsen" else 1)


@view.post("/codeboek/<codeframe_id>/<kind>")
def change(codeframe_id: str, kind: str) -> Response | tuple[str, int]:
    """Write the next version of the codebook; what is refused comes back with a message beside its field."""
    desk, codeframe = the_desk(), _codeframe(codeframe_id)
    _require_kind(kind)
    n_parts = _n_parts(kind)
    if "meer" in request.form:
        return _show_form(codeframe, kind, request.form, n_parts=min(n_parts + 1, MAX_PARTS)), 200
    try:
        proposal = _proposal(codeframe, kind, n_parts)
        made = revise(desk.snapshot.folders.annotations, proposal, coder=desk.coder, seen=request.form.get("seen", ""))
    except RefusedError as refused:
        shown = _codeframe(codeframe_id)  # as it is now
        status = 409 if Problem.MEANWHILE in refused.problems.values() else 422
        return _show_form(shown, kind, request.form, n_parts=n_parts, problems=refused.problems), status
    return redirect(url_for(".show", codeframe_id=codeframe_id, versie=made.version), code=303)


def _codeframe(codeframe_id: str) -> Codeframe:
    codebook = the_desk().snapshot.material.codebook
    if codeframe_id not in codebook.codeframe_ids:
        abort(404)
    return codebook.codeframe(codeframe_id)


def _require_kind(kind: str) -> None:
    if kind not in KINDS:
        abort(404)


def _code(codeframe: Codeframe, kind: str) -> Code | None:
    """The code that the form is about; None for a new one, and for one that is gone since the form was made."""
    _require_kind(kind)
    code_id = request.values.get("code", "")
    found = next((code for code in codeframe.codes if code.id == code_id), None)
    if found is None and kind != "nieuw" and request.method == "GET":
        abort(404)
    return found


def _n_parts(kind: str) -> int:
    given = request.form.get("parts", "")
    return min(max(int(given), 2), MAX_PARTS) if kind == "splitsen" and given.isdecimal() and len(given) < 3 else 1


def _proposal(codeframe: Codeframe, kind: str, n_parts: int) -> RevisionProposal:
    form, code = request.form, request.form.get("code", "")
    wordings = [_wording(place) for place in range(n_parts)]
    if kind == "splitsen":  # what was left open altogether is no part
        wordings = wordings[:2] + [wording for wording in wordings[2:] if wording.label or wording.definition]
    others = tuple(other for other in form.getlist("codes") if other != code)
    return RevisionProposal(
        kind=KINDS[kind],
        codeframe=codeframe.id,
        wordings=tuple(wordings),
        codes={"nieuw": (), "samenvoegen": others}.get(kind, (code,)),
        into=code if kind == "samenvoegen" else "",
        is_clearer="clearer" in form,
    )


def _wording(place: int) -> Wording:
    form = request.form
    lists = {name: _lines(form.get(f"{name}-{place}", "")) for name in LISTS}
    label = " ".join(tidy(form.get(f"label-{place}", "")).split())
    return Wording(label=label, definition=tidy(form.get(f"definition-{place}", "")), **lists)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in tidy(text).splitlines() if line.strip())


def _show_form(
    codeframe: Codeframe,
    kind: str,
    fields: MultiDict[str, str],
    *,
    n_parts: int,
    problems: Mapping[str, Problem] | None = None,
) -> str:
    snapshot = the_desk().snapshot
    code_id = request.values.get("code", "")
    return render_template(
        "revision.html",
        codeframe=codeframe,
        kind=kind,
        code=_code(codeframe, kind),
        code_id=code_id,
        labels=snapshot.material.changes.labels(codeframe),
        fields=fields,
        chosen=fields.getlist("codes"),
        n_parts=n_parts,
        can_grow=kind == "splitsen" and n_parts < MAX_PARTS,
        problems=problems or {},
        counts=count_codes(snapshot.decisions, codeframe.id),
        version=snapshot.material.codebook.version,
        seen=sha256(snapshot.folders.codebook),
        max_back=MAX_BACK,
    )
