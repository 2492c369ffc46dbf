"""Measure how far a survey's coders agree, and, where there is a model, find what they probably got wrong."""

from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from themawijzer.autocoding.likely_errors import ErrorFinder, error_finders, likely_errors
from themawijzer.coding.advice import RELIABLE, TENTATIVE
from themawijzer.coding.coefficients import N_DRAWS
from themawijzer.coding.label_errors import LabelError
from themawijzer.coding.numbers import LEVEL
from themawijzer.errors import ModelError
from themawijzer.files import as_json, hash_of, write_whole
from themawijzer.output.csv_tables import agreement_frame, agreement_rows, label_errors_frame
from themawijzer.project.coders import CoderAgreement, coder_agreements
from themawijzer.project.project import Project, open_project
from themawijzer.survey.annotations import ADJUDICATOR
from themawijzer.tables.delimited import write_csv


@dataclass(frozen=True)
class AgreementResult:
    """The figures per codeframe, and where they were stored; what `finders` found are the errors."""

    files: list[Path]
    agreed: list[CoderAgreement]
    finders: list[ErrorFinder]
    errors: list[LabelError]
    refusal: str | None  # why the model, if there is one, cannot tell of likely errors


def measure_agreement(root: Path, name: str) -> AgreementResult:
    """Write `agreement.csv`, `agreement.json` and, with a model, `label_errors.csv` in `coded/<survey>/`.

    Raises InputError for what does not fit.
    """
    project = open_project(root, name)
    agreed = coder_agreements(project)
    folder = project.folders.coded
    frame = agreement_frame(row for agreement in agreed for row in _rows(project, agreement))
    write_csv(frame, folder / "agreement.csv")
    write_whole(folder / "agreement.json", as_json(_facts(project, agreed)))
    files = [folder / "agreement.csv", folder / "agreement.json"]
    ratings = {agreement.codeframe: agreement.ratings for agreement in agreed}
    try:
        finders = error_finders(project, ratings)
    except ModelError as error:
        (folder / "label_errors.csv").unlink(missing_ok=True)  # of an earlier model
        return AgreementResult(files, agreed, [], [], str(error))
    errors = likely_errors(finders)
    texts = {unit: gold.text for unit, gold in project.gold.items()}
    write_csv(label_errors_frame(errors, texts, project.codebook), folder / "label_errors.csv")
    return AgreementResult([*files, folder / "label_errors.csv"], agreed, finders, errors, None)


def _rows(project: Project, agreed: CoderAgreement) -> list[dict[str, str]]:
    codeframe = project.codebook.codeframe(agreed.codeframe)
    rows = agreement_rows(agreed.measured, {judgement.code: judgement for judgement in agreed.judgements}, codeframe)
    return [*rows, *(row for pair in agreed.pairs for row in agreement_rows(pair, {}, codeframe))]


def _facts(project: Project, agreed: list[CoderAgreement]) -> dict[str, Any]:
    """The figures, with what they were measured on."""
    coded = {
        coder: [[*row.unit, sorted(row.codes), row.text] for row in rows]
        for coder, rows in project.placed_annotations.items()
        if coder != ADJUDICATOR
    }
    return {
        "themawijzer": version("themawijzer"),
        "survey": project.folders.name,
        "codebook_version": project.codebook.version,
        "annotations_sha256": hash_of(coded),
        "seed": project.survey.settings.seed,
        "intervals": f"{LEVEL:.0%}, percentile bootstrap over units, {N_DRAWS} draws; raw: Clopper-Pearson",
        "thresholds": {"reliable": RELIABLE, "tentative": TENTATIVE, "source": "Krippendorff (2004), section 11.4"},
        "codeframes": {agreement.codeframe: _codeframe_facts(agreement) for agreement in agreed},
    }


def _codeframe_facts(agreed: CoderAgreement) -> dict[str, Any]:
    return {
        "coders": agreed.ratings.coders,
        "units": agreed.ratings.n,
        "units_of_one_coder_left_out": agreed.ratings.n_single,
        "rows_left_out_given_where_other_codes_could_be_seen": agreed.ratings.n_seen,
        "rows_left_out_copied_from_another_coder": agreed.ratings.n_copied,
        "agreement": [asdict(figures) for figures in agreed.measured],
        "pairs": [asdict(figures) for pair in agreed.pairs for figures in pair],
        "advice": [asdict(judgement) for judgement in agreed.judgements],
        "confusions": [asdict(confusion) for confusion in agreed.confusions],
    }
