"""The file in which people code a sample: an annotation file without codes, and without anybody's suggestions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from themawijzer.coding.drawing import Candidate
from themawijzer.output.dataset import Format
from themawijzer.survey.annotations import COLUMNS
from themawijzer.tables.delimited import write_csv


def write_sample(path: Path, drawn: Iterable[Candidate], codebook_version: str, style: Format) -> None:
    """One row per answer and codeframe, in the order in which they were drawn."""
    rows = [
        {
            "respondent_id": candidate.respondent_id,
            "question": candidate.question,
            "codeframe": codeframe,
            "text": candidate.text,
            "codebook_version": codebook_version,
            "stream": "random",
        }
        for candidate in drawn
        for codeframe in candidate.codeframes
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS, dtype=str).fillna("")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv(frame, path, dialect=style.dialect)
