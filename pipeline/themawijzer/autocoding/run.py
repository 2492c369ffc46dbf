"""What a run was: the facts of `run.json`, and what other files tell of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from themawijzer.autocoding.audits import certificate_facts
from themawijzer.autocoding.autocoder import Autocoder
from themawijzer.autocoding.drift_watch import drift_facts
from themawijzer.coding.codings import DECIDED, SAYS_NOTHING, CodedBlock, Source, Status
from themawijzer.files import as_json, hash_of, sha256
from themawijzer.output.dataset import DatasetWriter, Format
from themawijzer.project.project import Project
from themawijzer.survey.responses import Responses


@dataclass
class Outcomes:
    """What became of the answers per question and codeframe (`v1_thema`): statuses, and who decided."""

    statuses: dict[str, Counter[Status]] = field(default_factory=dict)
    decisions: dict[str, Counter[Source]] = field(default_factory=dict)

    @property
    def decided(self) -> Counter[Source]:
        """Who decided, of all questions and codeframes together."""
        return sum(self.decisions.values(), start=Counter[Source]())

    def add(self, block: CodedBlock) -> None:
        """Count the codings of a block."""
        counts = self.statuses.setdefault(block.name, Counter())
        counts.update(coding.status for coding in block.codings)
        decided = self.decisions.setdefault(block.name, Counter())
        for coding in block.codings:
            if coding.status in DECIDED:
                decided[coding.source] += 1
            elif coding.status not in SAYS_NOTHING:
                decided[Source.NOBODY] += 1


def run_facts(coder: Autocoder, responses: Responses, style: Format, outcomes: Outcomes) -> dict[str, Any]:
    """What fixes the output, and what came out: the same input gives the same facts."""
    project, model = coder.project, coder.model
    dialect = responses.table.dialect
    return {
        "themawijzer": version("themawijzer"),
        "survey": project.folders.name,
        "input": {
            "file": responses.table.path.name.encode(errors="replace").decode(),  # which may be in another encoding
            "sha256": sha256(responses.table.path),
            "dialect": asdict(dialect) if dialect else None,
            "rows": len(responses),
        },
        "codebook": {"version": project.codebook.version, "sha256": sha256(project.folders.codebook)},
        "annotations": {"units": len(project.gold), "sha256": project.annotations_sha256},
        "settings": project.survey.settings.model_dump(),
        "model": model.learned,
        "format": asdict(style),
        "thresholds": {name: _rounded(each.thresholds_) for name, each in model.classifiers.items()},
        "certificates": {
            name: certificate_facts(each, project.codebook.codeframe(name)) for name, each in coder.certificates.items()
        },
        "drift": {codeframe: drift_facts(verdict) for codeframe, verdict in coder.watch.verdicts().items()},
        "statuses": {
            name: {status.value: counts[status] for status in Status} for name, counts in outcomes.statuses.items()
        },
        "decided": {
            name: {source.value or "nobody": counts[source] for source in Source}
            for name, counts in outcomes.decisions.items()
        },
    }


def register_files(facts: Mapping[str, Any], project: Project) -> dict[str, str]:
    """The entry for the algorithm register, as Markdown and in the fields of its standard."""
    from themawijzer.output.accountability.register import fields, render, summarize  # loads Jinja2

    register = summarize(facts, project.survey, project.codebook)
    return {"algoritmeregister.md": render(register), "algoritmeregister.json": as_json(fields(register))}


def file_facts(writer: DatasetWriter) -> dict[str, Any]:
    """What was changed for want of safety or room, and the hashes of the files."""
    return {
        "formula_cells_guarded": dict(writer.guarded),
        "cells_cut": dict(writer.cut),
        "files": writer.hashes(),
    }


def origin(facts: Mapping[str, Any]) -> dict[str, str]:
    """Where a file comes from, in few words; `run` is the hash of all that fixed it."""
    return {
        "themawijzer": facts["themawijzer"],
        "survey": facts["survey"],
        "codebook": facts["codebook"]["version"],
        "input": facts["input"]["file"],
        "run": hash_of(facts),
    }


def _rounded(thresholds: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(threshold) else round(float(threshold), 4) for threshold in thresholds]
