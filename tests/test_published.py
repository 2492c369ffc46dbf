"""The figures of an evaluation are those of the codes that `classify` publishes."""

import csv
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import labelled_answers, run
from sklearn.metrics import f1_score, recall_score

from themawijzer.autocoding.audits import AuditSample
from themawijzer.coding.certification import Certificate, CertificateReason
from themawijzer.coding.certification import certify as certify_audit
from themawijzer.coding.decisions import Limits
from themawijzer.commands.train import learnable_examples
from themawijzer.learning.classifier import split
from themawijzer.project.project import open_project


def noisy_team(root: Path) -> Path:
    """A team's labelled file in which every fourth answer has the labels of another one: nobody can be sure."""
    labelled = labelled_answers()
    others = [label for *_, label in labelled[7:] + labelled[:7]]
    rows = [
        (number, text, other if place % 4 == 0 else label)
        for place, ((number, text, label), other) in enumerate(zip(labelled, others, strict=True))
    ]
    with (root / "gelabeld.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("respnr", "antwoord", "labels"), *rows])
    options = ["--respondent-id", "respnr", "--question", "antwoord"]
    run("init", "vervoer", "--responses", root / "gelabeld.csv", *options, root=root)
    labels = ["--codeframe", "thema", "--labels-column", "labels", "--random-sample"]
    run("import", "vervoer", root / "gelabeld.csv", *labels, root=root)
    return root


def published(root: Path, *, is_automatic: bool, patch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """What `classify` writes in codings.csv of answers that no person coded, by respondent."""

    def certify(sample: AuditSample, target: float) -> Certificate:
        limits = Limits.of_all(target, sample.audit.truth.shape[1], is_automatic=is_automatic)
        return replace(certify_audit(sample.audit, target), limits=limits, reason=CertificateReason.MET)

    patch.setattr(AuditSample, "certify", certify)
    run("classify", "vervoer", root=root)
    found = defaultdict[str, set[str]](set)
    with (root / "coded/vervoer/codings.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["source"] == "model":
                assert row["decision"] == ("auto" if is_automatic else "review")
                found[row["respondent_id"]].add(row["code"])
    return found


def test_what_is_scored_is_what_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A survey is coded in halves, each by a model of the other half, as evaluation in two folds does."""
    monkeypatch.setattr("themawijzer.learning.evaluation.N_FOLDS", 2)
    root = noisy_team(tmp_path)
    run("train", "vervoer", root=root)
    run("evaluate", "vervoer", root=root)
    evaluation = json.loads((root / "models/vervoer/evaluation.json").read_text(encoding="utf-8"))["evaluations"][0]
    project = open_project(root, "vervoer")
    examples = learnable_examples(project)[0]["thema"]
    annotations = project.folders.annotations / "import.csv"
    header, *lines = annotations.read_text(encoding="utf-8").splitlines(keepends=True)
    given = {rule: np.zeros_like(examples.Y) for rule in ("automatic", "suggested")}
    for _, held_out in split(examples.groups, 2, seed=project.survey.settings.seed):
        ids = {examples.units[row].respondent_id: row for row in held_out}
        kept = [line for line in lines if line.split(",")[0] not in ids]
        annotations.write_text("".join([header, *kept]), encoding="utf-8")
        run("train", "vervoer", root=root)
        for rule, sets in given.items():
            coded = published(root, is_automatic=rule == "automatic", patch=monkeypatch)
            for respondent_id, row in ids.items():
                sets[row] = [code in coded[respondent_id] for code in examples.codes]
    assert (given["automatic"] != given["suggested"]).any(axis=1).sum() >= 10  # or swapping the rules would go unseen
    for rule, sets in given.items():
        scores = evaluation[rule]
        assert scores["micro_f1"]["value"] == pytest.approx(f1_score(examples.Y, sets, average="micro"), abs=1e-4)
        assert scores["whole_set"]["value"] == pytest.approx((sets == examples.Y).all(axis=1).mean(), abs=1e-4)
        assert [code["recall"]["value"] for code in scores["codes"]] == pytest.approx(
            recall_score(examples.Y, sets, average=None), abs=1e-4
        )
