"""What `classify` proposed to people, as far as it wrote that down."""

from __future__ import annotations

from themawijzer.annotation.proposals import ProposalFiles
from themawijzer.output.labels import LABELS
from themawijzer.survey.survey import Folders

# Reasons of review.csv that are about answers which were decided already; what follows may be codes.
SECOND_LOOKS = tuple(LABELS[f"reason_{reason}"].split("{")[0] for reason in ("likely_error", "disputed", "unlike"))


def proposal_files(folders: Folders) -> ProposalFiles:
    """The files of the survey with the answers that people should see, and what the model would give those."""
    return ProposalFiles(folders.coded, lambda reason: reason.startswith(SECOND_LOOKS))
