"""Write the workbook in which a coder codes with Excel."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from themawijzer.annotation.proposals import ProposalFiles, Proposals
from themawijzer.annotation.queue import Queue
from themawijzer.annotation.snapshot import Material, Snapshot
from themawijzer.annotation.streams import StreamName
from themawijzer.commands.sample import Selection, wanted_questions
from themawijzer.errors import InputError
from themawijzer.output.worksheet_form import Asked, Worksheet, write_worksheet
from themawijzer.project.project import open_project
from themawijzer.project.returning import refuse_to_lose_codes
from themawijzer.survey.annotations import require_coder


@dataclass(frozen=True)
class WorksheetResult:
    """Where the worksheet is, and per question how many answers are in it."""

    file: Path
    n_chosen: dict[str, int]


def make_worksheet(root: Path, name: str, wanted: Selection, *, coder: str, stream: StreamName) -> WorksheetResult:
    """Write `coded/<survey>/worksheet_<coder>.xlsx` with as many answers as are wanted, or all that are left.

    Which ones, and in which order, is what the page would ask. Raises InputError where nothing is left to code, and
    where marks in the workbook that is there would be lost.
    """
    project = open_project(root, name)
    require_coder(coder, project.folders.annotations)
    questions = wanted_questions(project, wanted)
    responses = project.read_responses(wanted.input_file)
    survey = project.survey.model_copy(update={"questions": questions})
    snapshot = Snapshot(project.folders, Material(survey, project.codebook, responses), project.stored_annotations)
    proposals = ProposalFiles(project.folders.coded).current(snapshot.material)
    queue = Queue(coder.lower(), double_share=1.0)  # who asks for answers gets them; the page mixes in a share
    asked = _ask(queue, stream, snapshot, proposals)
    chosen = [
        row for question in questions for row in [own for own in asked if own.question == question.id][: wanted.n]
    ]
    file = project.folders.coded / f"worksheet_{coder}.xlsx"
    if not chosen:
        if stream in (StreamName.RANDOM, StreamName.ACTIVE) and not queue.left(StreamName.RANDOM, snapshot, proposals):
            expected = f"Nothing is left: shares are counted, by themawijzer classify {name}"
            raise InputError("people coded all answers that say something", file=file, expected=expected)
        needs_list = stream in (StreamName.ACTIVE, StreamName.REVIEW) and not proposals.is_there
        others = [other for other in StreamName if other != stream and queue.left(other, snapshot, proposals)]
        expected = f"Left for {coder}: {' or '.join(f'--stream {other}' for other in others) or 'nothing'}."
        expected = f"First: themawijzer classify {name}" if needs_list else expected
        raise InputError(f"no answers are left to code ({stream})", file=file, expected=expected)
    refuse_to_lose_codes(file, project, responses)
    form = Worksheet(name=name, survey=survey, codebook=project.codebook, coder=coder, answers=chosen, why=stream)
    write_worksheet(file, form)
    n_chosen = Counter(row.question for row in chosen)
    return WorksheetResult(file, {question.id: n_chosen[question.id] for question in questions})


def _ask(queue: Queue, stream: StreamName, snapshot: Snapshot, proposals: Proposals) -> list[Asked]:
    answers, is_listed = snapshot.material.answers, stream in (StreamName.ACTIVE, StreamName.REVIEW)
    reasons = proposals.reasons if is_listed else {}
    return [
        Asked(
            respondent_id=task.respondent_id,
            question=task.question,
            text=answers[task.question][task.respondent_id],
            streams=task.streams,
            reasons={unit.codeframe: reasons.get(unit, "") for unit in task.units},
        )
        for task in queue.left(stream, snapshot, proposals)
    ]
