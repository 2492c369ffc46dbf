"""A coded survey such as `classify` leaves, small enough to know every figure of, and without a model."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from themawijzer.coding.certification import CertificateReason, CodeVerdict
from themawijzer.coding.codings import Status
from themawijzer.coding.model_certificate import ModelCertificate
from themawijzer.coding.numbers import Figure
from themawijzer.files import as_json, sha256
from themawijzer.output.csv_tables import PREVALENCE_COLUMNS
from themawijzer.output.dataset import Format
from themawijzer.output.discovered import DiscoveredFile, DiscoveredRecord, GroupRecord
from themawijzer.output.run_file import Run, RunAnnotations, RunCodebook, RunInput, RunQuestion
from themawijzer.project.project import open_project
from themawijzer.records.certificate_record import CertificateRecord, CodeRecord, RateRecord
from themawijzer.records.evaluation_file import (
    Baseline,
    Baselines,
    Bin,
    CodeScore,
    Evaluation,
    EvaluationFile,
    RuleScores,
    write_evaluation,
)
from themawijzer.records.json_file import facts_of
from themawijzer.records.manifest import Learned, Manifest, ModelFacts, Pool, write_manifest

SURVEY = """
title = "Werk in de regio"
responses = "responses.csv"
respondent_id = "nr"
weight = "gewicht"
background = ["provincie"]

[[question]]
id = "v1"
column = "V1"
text = "Wat is nodig?"
codeframes = ["thema", "sector"]

[[question]]
id = "v2"
column = "V2"
text = "En wat nog meer?"
codeframes = ["thema"]
"""
CODES = {"thema": {"talent": "Talent", "mkb": "Midden- en kleinbedrijf"}, "sector": {"zorg": "Zorg", "bouw": "Bouw"}}
TALENT = [
    "jongeren vasthouden in de regio",
    "talent aantrekken en behouden",
    "studenten binden aan de stad",
    "bel Jan over talent en jongeren",
    "talent en jongeren op 06 12345678",
]
MKB = ["steun voor kleine bedrijven", "minder regels voor ondernemers", "ruimte voor de kleine ondernemer"]
BOTH = ["jongeren helpen bij kleine bedrijven", "talent voor de kleine ondernemer"]
N = 40


def answers() -> list[tuple[str, frozenset[str], frozenset[str]]]:
    """Answer to v1, its themes and its sectors: who names talent names care more often."""
    kinds = [(TALENT, {"talent"}, {"zorg"}), (MKB, {"mkb"}, {"bouw"}), (BOTH, {"talent", "mkb"}, {"zorg", "bouw"})]
    found = []
    for number in range(N):
        texts, themes, sectors = kinds[(0, 0, 1, 1, 2)[number % 5]]
        found.append((texts[number // 5 % len(texts)], frozenset(themes), frozenset(sectors)))
    return found


def write_coded_survey(
    root: Path,
    *,
    survey: str = SURVEY,
    labels: dict[str, str] | None = None,
    groups: Sequence[str] = ("Drenthe", "Zeeland"),
    delimiter: str = ",",
    answer: str = "",
) -> Path:
    """Make the folders of survey `klein` in the root; gives `coded/klein`.

    `answer` takes the place of that of respondent 20, who was coded automatically.
    """
    coded = root / "coded/klein"
    for folder in (root / "surveys/klein", root / "annotations/klein", root / "models/klein", coded):
        folder.mkdir(parents=True)
    (root / "surveys/klein/survey.toml").write_text(survey, encoding="utf-8")
    (root / "annotations/klein/codebook.toml").write_text(_codebook(labels or {}), encoding="utf-8")
    _write_annotations(root / "annotations/klein")
    tables = {"responses_coded.csv": _responses(groups, answer), "codings.csv": _codings(labels or {})}
    tables["prevalence.csv"] = _prevalence(labels or {}, groups)
    for name, rows in tables.items():
        with (coded / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=delimiter)
            decimal = str.maketrans(".", ",") if delimiter == ";" else {}
            writer.writerows([[cell.translate(decimal) if _is_number(cell) else cell for cell in row] for row in rows])
    _write_facts(root, coded, list(tables))
    return coded


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).isdigit()


def _codebook(labels: dict[str, str]) -> str:
    text = 'title = "Werk"\nversion = "1.2.0"\n'
    for frame, codes in CODES.items():
        text += f'\n[[codeframe]]\nid = "{frame}"\nlabel = {json.dumps(labels.get(frame, frame.capitalize()))}\n'
        for value, (code, label) in enumerate(codes.items(), start=1):
            shown = json.dumps(labels.get(code, label))
            text += (
                f'[[codeframe.code]]\nid = "{code}"\nvalue = {value}\nlabel = {shown}\ndefinition = "Over {code}."\n'
            )
    return text


def _write_annotations(folder: Path) -> None:
    """Two coders, who disagree about the last answer that both coded."""
    header = "respondent_id,question,codeframe,codes,text,annotated_at,codebook_version,stream,note"
    for coder, n in {"codeur-1": 20, "codeur-2": 10}.items():
        rows = [
            f"{number:02d},v1,thema,{'|'.join(sorted(themes))},{text},2026-01-05T09:00:00Z,1.2.0,random,"
            for number, (text, themes, _) in enumerate(answers()[:n])
        ]
        if coder == "codeur-2":
            rows[-1] = rows[-1].replace("mkb|talent", "mkb")
        (folder / f"{coder}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def _responses(groups: Sequence[str], answer: str) -> Iterable[list[str]]:
    columns = [f"v1_thema_{code}" for code in CODES["thema"]] + [f"v1_sector_{code}" for code in CODES["sector"]]
    yield ["nr", "provincie", "gewicht", "V1", "V2", "v1_thema_status", "v1_sector_status", "v2_thema_status", *columns]
    for number, (text, themes, sectors) in enumerate(answers()):
        given = [str(int(code in themes)) for code in CODES["thema"]] + [
            str(int(code in sectors)) for code in CODES["sector"]
        ]
        typed = answer if answer and number == 20 else text
        yield [f"{number:02d}", groups[number < 3], "1", typed, "", "coded", "coded", "empty", *given]


def _codings(labels: dict[str, str]) -> Iterable[list[str]]:
    yield ["respondent_id", "question", "codeframe", "code", "label", "probability", "decision", "source", "evidence"]
    for number, (_, themes, sectors) in enumerate(answers()):
        for frame, own in (("thema", themes), ("sector", sectors)):
            decision = "person" if number < 20 else ("auto" if number < 36 else "review")
            for code in sorted(own):
                label = labels.get(code, CODES[frame][code])
                yield [
                    f"{number:02d}",
                    "v1",
                    frame,
                    code,
                    label,
                    "",
                    decision,
                    "person" if number < 20 else "model",
                    "",
                ]


def _prevalence(labels: dict[str, str], groups: Sequence[str]) -> Iterable[list[str]]:
    yield list(PREVALENCE_COLUMNS)
    few = "9 willekeurig gekozen respondenten, 50 nodig: nog 41 te coderen, met al hun antwoorden"
    for frame, codes in CODES.items():
        for place, (code, label) in enumerate(codes.items()):
            own = [frame, code, labels.get(code, label)]
            share = [["0.3500", "0.4312", "0.3111", "0.5521"], ["0.6500", "0.6012", "0.4400", "0.7432"]][place]
            yield ["answer", "v1", *own, "", "", "substantive", "40", "20", "36", *share, "55", "geschat", ""]
            yield ["respondent", "", *own, "", "", "substantive", "40", "9", "36", share[0], "", "", "", "", "", few]
            group = ["provincie", groups[0], "substantive", "37", "9", "30"]
            yield ["respondent", "", *own, *group, share[0], "", "", "", "", "", few]
            hidden = "niet getoond: minder dan 5 respondenten, of een kleinere groep is eruit te berekenen"
            yield ["respondent", "", *own, "provincie", groups[1], "substantive", *[""] * 9, hidden]
    for code, label in CODES["thema"].items():
        yield ["answer", "v2", "thema", code, labels.get(code, label), "", "", "substantive", *[""] * 9, few]


def _write_facts(root: Path, coded: Path, tables: list[str]) -> None:
    project = open_project(root, "klein")
    learned = {
        codeframe: Learned(20, 0, 0, dict.fromkeys(codes, 9), [], [], "0" * 64, Pool(20, "0" * 64))
        for codeframe, codes in CODES.items()
    }
    versions = {"themawijzer": version("themawijzer"), "numpy": "2.0.0"}
    model = ModelFacts("klein", "1.2.0", "blank_nl", "e5-small", 0, learned, versions)
    statuses, taken = dict.fromkeys(Status, 0), {"nee": 3, "(signs)": 1}
    run = Run(
        themawijzer=version("themawijzer"),
        survey="klein",
        input=RunInput("responses.csv", "1" * 64, None, N, []),
        codebook=RunCodebook("1.2.0", sha256(project.folders.codebook)),
        annotations=RunAnnotations(len(project.gold), project.annotations_sha256),
        configuration=project.survey,
        questions={
            own.id: RunQuestion(own.no_answers.form, taken, with_codes=2, without_codes=0, declared_missing=3)
            for own in project.survey.coded_questions
        },
        model=model,
        format=Format(),
        thresholds={"thema": [0.5, 0.5], "sector": [0.5, 0.5]},
        certificates={name: _certificate(name, is_certified=name == "thema") for name in CODES},
        drift={},
        statuses={
            "v1_thema": statuses | {Status.CODED: 36, Status.REVIEW: 4},
            "v1_sector": statuses | {Status.CODED: 36, Status.REVIEW: 4},
            "v2_thema": statuses | {Status.EMPTY: N},
        },
        decided={
            "v1_thema": {"person": 20, "model": 16, "nobody": 4},
            "v1_sector": {"person": 20, "model": 16, "nobody": 4},
            "v2_thema": {"person": 0, "model": 0, "nobody": 0},
        },
        shares_by=["provincie"],
        formula_cells_guarded={},
        cells_cut={},
        files={name: sha256(coded / name) for name in tables},
    )
    (coded / "run.json").write_text(run.text, encoding="utf-8")
    certificate = ModelCertificate(["v1"], CertificateReason.MET, 20, 0, 0.95, 0.7, 2, ["bouw"], [])
    manifest = Manifest(**vars(model), certificates=dict.fromkeys(CODES, certificate), files={"model.npz": "2" * 64})
    write_manifest(root / "models/klein", manifest)
    evaluation = EvaluationFile(
        **vars(model),
        target=0.95,
        measured="out of fold",
        known="the survey's answers",
        automatic="codes of one half or more",
        suggested="codes that people see",
        intervals="95%",
        evaluations=[_evaluation("thema", ["talent", "mkb"])],
        certificates={"thema": [_certificate("thema", is_certified=True)]},
    )
    write_evaluation(root / "models/klein/evaluation.json", evaluation)
    groups = [GroupRecord(["wonen", "jan", "huizen"], 3, 0.91, ["meer huizen", "vraag het Jan"])]
    found = DiscoveredFile(sha256(coded / "run.json"), "", [DiscoveredRecord("v1", "thema", 5, 2, groups)])
    found = replace(found, sha256=found.hash_of_codeframes)
    (coded / "discovered.json").write_text(as_json(facts_of(found)), encoding="utf-8")


def _certificate(codeframe: str, *, is_certified: bool) -> CertificateRecord:
    rate, nothing = RateRecord(18, 20, 0.7), RateRecord(0, 0, 0.0)
    verdicts = {"talent": "certified", "mkb": "pooled", "zorg": "pooled", "bouw": "not_automatable"}
    return CertificateRecord(
        target=0.95,
        certified=is_certified,
        reason=CertificateReason.MET if is_certified else CertificateReason.TOO_FEW,
        random_answers=20,
        random_answers_needed=0 if is_certified else 39,
        limit=0.2 if is_certified else None,
        most_codes=2,
        automatic=15,
        whole_set=rate,
        precision=rate,
        completeness=rate if is_certified else nothing,
        recall=rate,
        codes={code: CodeRecord(CodeVerdict(verdicts[code]), None, rate, rate, rate) for code in CODES[codeframe]},
    )


def _evaluation(codeframe: str, codes: list[str]) -> Evaluation:
    return Evaluation(
        codeframe=codeframe,
        n_annotated=20,
        n_answers=20,
        is_random=True,
        automatic=_scores(codes, Figure(0.8, 0.6, 0.9)),
        suggested=_scores(codes, Figure(0.7, 0.5, 0.85)),
        calibration_error=0.05,
        reliability=[Bin(0.1, 0.12, 0.08, 0.2, 30)],
        baselines=Baselines(Baseline(0.25, 0.25, 0.25), Baseline(0.5, 0.5, 0.5)),
    )


def _scores(codes: list[str], figure: Figure) -> RuleScores:
    per_code = [
        CodeScore(
            code,
            12,
            is_learnable=True,
            is_constant=False,
            precision=figure if place == 0 else Figure(),
            recall=figure,
            f1=figure,
        )
        for place, code in enumerate(codes)
    ]
    return RuleScores(figure, figure, figure, per_code)
