"""Make the report of a coded survey: what was asked, answered and coded, and how sure that is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from themawijzer.files import folder_beside, move_together
from themawijzer.output.discovered import DISCOVERED_FILE, DiscoveredFile, not_as_found, read_discovered
from themawijzer.output.quotes_file import Approval, Quotable, read_approval, write_quotes
from themawijzer.output.report.inputs import Coded
from themawijzer.output.report.leftovers import leftovers_of
from themawijzer.output.report.quotes import Candidates, Quotes, Shown, choose_quotes
from themawijzer.output.report.rendering import render
from themawijzer.output.report.summary import Summary, summarize
from themawijzer.project import coded_dataset as dataset
from themawijzer.project.naming import anonymity_of
from themawijzer.project.project import Progress, Project, open_project
from themawijzer.records.evaluation_file import EVALUATION_FILE, read_evaluation
from themawijzer.survey.annotations import QUOTES_FILE


@dataclass(frozen=True)
class ReportResult:
    """The facts, and the files that were made of them."""

    files: list[Path]
    summary: Summary
    quotes_file: Path


def report(root: Path, name: str, *, shown: Shown, progress: Progress) -> ReportResult:
    """Write `report.html`, `summary.json` and `summary.md` in `coded/<survey>/`, all or none.

    Unless no quotes are shown, the candidates are written in `annotations/<survey>/quotes.csv`, for people to approve.
    Raises InputError where the survey was not coded, or not as the project is now, and for what is no decision there.
    """
    project = open_project(root, name)
    coded = _read(project)
    discovered = _discovered(project, coded, progress)
    done = progress("making the report", 2)
    approval = read_approval(project.folders.annotations)
    candidates = _candidates(project, coded, discovered, approval)
    seen = candidates.only(_is_shown(shown, approval))
    n_waiting = sum(not approval.holds_of(quote) for quote, _ in candidates)
    evaluation = read_evaluation(project.folders.model / EVALUATION_FILE)
    summary = summarize(
        coded,
        project.survey,
        project.codebook,
        annotations=project.stored_annotations,
        quotes=None if shown is Shown.NONE else Quotes(shown is Shown.APPROVED, n_waiting, seen.quotes),
        leftovers=seen.leftovers,
        evaluation=evaluation if evaluation and evaluation.is_of(coded.run.model, project.survey.settings) else None,
    )
    done(1)
    folder = project.folders.coded
    with folder_beside(folder) as beside:
        contents = render(summary)
        for file, text in contents.items():
            (beside / file).write_text(text, encoding="utf-8", newline="")
        move_together(beside, folder)
    if shown is not Shown.NONE:
        write_quotes(project.folders.annotations, candidates, approval)
    done(1)
    return ReportResult([folder / file for file in contents], summary, project.folders.annotations / QUOTES_FILE)


def _read(project: Project) -> Coded:
    """The coded dataset; raises InputError where it is missing or outdated, or cannot be read back."""
    read = dataset.read_coded(project)
    return Coded(read.sha256, read.run, read.responses, read.codings, dataset.read_prevalence(read.run, project))


def _discovered(project: Project, coded: Coded, progress: Progress) -> DiscoveredFile:
    """What `discover` found in this run; it is asked where it did not look yet."""
    path = project.folders.coded / DISCOVERED_FILE
    if not path.exists() or read_discovered(path).run != coded.sha256:
        from themawijzer.commands.discover import discover

        discover(project.folders.root, project.folders.name, progress=progress)
    found = read_discovered(path)
    asked = {(question.id, codeframe.id) for question, codeframe in dataset.coded_blocks(project)}
    if not {(own.question, own.codeframe) for own in found.codeframes} <= asked:
        raise not_as_found(path, ": it has questions or codeframes that the survey does not have")
    return found


def _candidates(project: Project, coded: Coded, discovered: DiscoveredFile, approval: Approval) -> Candidates:
    can_be_shown = _anonymous(project, coded)
    quotes = choose_quotes(coded, project.survey, project.codebook, can_be_shown, approval)
    return Candidates(quotes, leftovers_of(discovered, project.codebook, can_be_shown, approval))


def _is_shown(shown: Shown, approval: Approval) -> Callable[[Quotable], bool]:
    match shown:
        case Shown.APPROVED:
            return approval.holds_of
        case Shown.UNREAD:
            return lambda _: True
        case Shown.NONE:
            return lambda _: False


def _anonymous(project: Project, coded: Coded) -> Callable[[str], bool]:
    """Judges what respondents typed; the codebook's own words may be in it, and those of background groups not."""
    places = {place for column in project.survey.background for place in coded.responses[column]}
    places |= {*coded.prevalence["group"]}  # which may be called otherwise there
    return anonymity_of(project, places).holds_of
