"""Make the report of a coded survey: what was asked, answered and coded, and how sure that is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from themawijzer.files import folder_beside, move_together
from themawijzer.output.discovered import DISCOVERED_FILE, DiscoveredFile, read_discovered
from themawijzer.output.report.inputs import Coded
from themawijzer.output.report.rendering import render
from themawijzer.output.report.summary import Summary, summarize
from themawijzer.output.run_file import RUN_FILE, input_name, input_sha256, not_as_coded
from themawijzer.project import coded_dataset as dataset
from themawijzer.project.naming import anonymity_of
from themawijzer.project.project import Progress, Project, open_project
from themawijzer.records.evaluation_file import EVALUATION_FILE, read_evaluation


@dataclass(frozen=True)
class ReportResult:
    """The facts, and the files that were made of them."""

    files: list[Path]
    summary: Summary


def report(root: Path, name: str, *, with_quotes: bool, progress: Progress) -> ReportResult:
    """Write `report.html`, `summary.json` and `summary.md` in `coded/<survey>/`, all or none.

    Raises InputError where the survey was not coded, or not as the project is now.
    """
    project = open_project(root, name)
    coded = _read(project)
    discovered = _discovered(project, coded, progress)
    done = progress("making the report", 2)
    evaluation = read_evaluation(project.folders.model / EVALUATION_FILE)
    summary = summarize(
        coded,
        project.survey,
        project.codebook,
        annotations=project.stored_annotations,
        can_be_shown=_anonymous(project, coded),
        with_quotes=with_quotes,
        discovered=discovered,
        evaluation=evaluation if evaluation and evaluation.is_same_model(coded.run.model) else None,
    )
    done(1)
    folder = project.folders.coded
    with folder_beside(folder) as beside:
        contents = render(summary)
        for file, text in contents.items():
            (beside / file).write_text(text, encoding="utf-8", newline="")
        move_together(beside, folder)
    done(1)
    return ReportResult([folder / file for file in contents], summary)


def _read(project: Project) -> Coded:
    """The coded dataset; raises InputError where it is not of the present responses, settings or version."""
    read = dataset.read_coded(project)
    files, coded = project.responses_files, read.run.input
    is_other = bool(files) and coded.file == input_name(files) and coded.sha256 != input_sha256(files)
    if is_other or read.run.settings != project.survey.settings:
        problem = "the responses or the settings changed since the survey was coded"
        raise not_as_coded(project.folders.coded / RUN_FILE, problem)
    prevalence = dataset.read_part("prevalence.csv", read.run, project)
    return Coded(read.sha256, read.run, read.responses, read.codings, prevalence)


def _discovered(project: Project, coded: Coded, progress: Progress) -> DiscoveredFile:
    """What `discover` found in this run; it is asked where it did not look yet."""
    path = project.folders.coded / DISCOVERED_FILE
    if not path.exists() or read_discovered(path).run != coded.sha256:
        from themawijzer.commands.discover import discover

        discover(project.folders.root, project.folders.name, progress=progress)
    return read_discovered(path)


def _anonymous(project: Project, coded: Coded) -> Callable[[str], bool]:
    """Judges what respondents typed; the codebook's own words may be in it, and those of background groups not."""
    places = {place for column in project.survey.background for place in coded.responses[column]}
    places |= {*coded.prevalence["group"]}  # which may be called otherwise there
    return anonymity_of(project, places).holds_of
