"""Write the workbook in which a coder codes with Excel."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from themawijzer.annotation.proposals import ProposalFiles, Proposals
from themawijzer.annotation.queue import Queue
from themawijzer.annotation.snapshot import Material, Snapshot
from themawijzer.annotation.streams import StreamName
from themawijzer.commands.sample import Wanted, wanted_questions
from themawijzer.errors import InputError
from themawijzer.language.kinds import says_something
from themawijzer.output.worksheet_form import Asked, Worksheet, write_worksheet
from themawijzer.project.project import open_project
from themawijzer.project.returning import refuse_to_lose_codes
from themawijzer.survey.annotations import require_coder


@dataclass(frozen=True)
class Made:
    """Where the worksheet is, and per question how many answers are in it."""

    file: Path
    n_chosen: dict[str, int]


def make_worksheet(root: Path, name: str, wanted: Wanted, *, coder: str, stream: StreamName) -> Made:
    """Write `coded/<survey>/worksheet_<coder>.xlsx` with as many answers as are wanted, or all that are left.

    Which ones, and in which order, is what the page would ask. Raises InputError where nothing is left to code, and
    where marks in the workbook that is there would be lost.
    """
    project = open_project(root, name)
    require_coder(coder, project.folders.annotations)
    questions = wanted_questions(project, wanted)
    responses = project.read_responses(wanted.input_file)
    survey = project.survey.model_copy(update={"questions": questions})
    snapshot = Snapshot(project.folders, Material(survey, project.codebook, responses), project.as_typed)
    proposals = ProposalFiles(project.folders.coded).current(snapshot.material)
    asked = _ask(Queue(coder.lower(), says_something), stream, snapshot, proposals)
    chosen = [
        chosen_row
        for question in questions
        for chosen_row in islice((row for row in asked if row.question == question.id), wanted.n)
    ]
    file = project.folders.coded / f"worksheet_{coder}.xlsx"
    if not chosen:
        needs_list = stream in (StreamName.ACTIVE, StreamName.REVIEW) and not proposals.written_at
        expected = f"First: themawijzer classify {name}" if needs_list else "Try another --stream or --question."
        raise InputError(f"no answers are left to code ({stream})", file=file, expected=expected)
    refuse_to_lose_codes(file, project, responses)
    write_worksheet(
        file, Worksheet(name=name, survey=survey, codebook=project.codebook, coder=coder, answers=chosen, why=stream)
    )
    return Made(file, {question.id: sum(row.question == question.id for row in chosen) for question in questions})


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
