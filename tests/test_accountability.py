"""The model card and the entry for the algorithm register: their facts, and their text as it is read.

After a change of a template: python tests/test_accountability.py writes the texts anew; read them before they are kept.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import run

from themawijzer.coding.certification import CertificateReason
from themawijzer.coding.codings import Status
from themawijzer.coding.coefficients import Agreement
from themawijzer.coding.numbers import Figure
from themawijzer.output.accountability import model_card, register
from themawijzer.output.dataset import Format
from themawijzer.output.run_file import Run, RunAnnotations, RunCodebook, RunDrift, RunInput
from themawijzer.records.certificate_record import CertificateRecord, RateRecord
from themawijzer.records.evaluation_file import Baseline, Baselines, CodeScore, Evaluation, EvaluationFile, RuleScores
from themawijzer.records.manifest import Learned, ModelFacts, Pool
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.survey import Survey

GOLDEN = Path(__file__).parent / "golden"
SURVEY = Survey.model_validate(
    {
        "title": "Vervoer | proef",
        "responses": "antwoorden.csv",
        "respondent_id": "nr",
        "weight": "weging",
        "background": ["gemeente"],
        "question": [
            {"id": "v1", "column": "V1", "text": "Wat wenst u?", "codeframes": ["thema"]},
            {"id": "v2", "column": "V2", "text": "Anders?"},
        ],
    }
)
CODES = [
    {"id": code, "value": n, "label": label, "definition": "d"}
    for n, (code, label) in enumerate([("trein", "Trein"), ("fiets", "Fiets")], start=1)
]
CODEBOOK = Codebook.model_validate(
    {"title": "Vervoer", "version": "1.2.0", "codeframe": [{"id": "thema", "label": "Thema", "code": CODES}]}
)
VERSIONS = {"themawijzer": "0.2.0", "numpy": "2.4.6"}
LEARNED = Learned(1200, 3, 4, {"trein": 80, "fiets": 2}, ["fiets"], [], "a" * 64, Pool(2000, "b" * 64))
MODEL = ModelFacts("vervoer", "1.2.0", "blank_nl+simplemma 2.0.0", "e5-small", 0, {"thema": LEARNED}, VERSIONS)


def scores(value: float) -> RuleScores:
    score = Figure(value, 0.65, 0.9)
    codes = [
        CodeScore("trein", 80, is_learnable=True, is_constant=False, precision=score, recall=score, f1=score),
        CodeScore("fiets", 2, is_learnable=False, is_constant=False, precision=Figure(), recall=Figure(), f1=Figure()),
    ]
    return RuleScores(score, score, score, codes)


RATE = RateRecord(140, 150, 0.9)
CERTIFICATE = CertificateRecord(
    target=0.95,
    certified=True,
    reason=CertificateReason.MET,
    random_answers=150,
    random_answers_needed=0,
    limit=0.2,
    most_codes=2,
    automatic=100,
    whole_set=RATE,
    precision=RATE,
    completeness=RATE,
    recall=RATE,
    codes={},
)
EVALUATION = EvaluationFile(
    **vars(MODEL),
    target=0.95,
    measured="out of fold",
    known="the survey's answers",
    automatic="codes of one half or more",
    suggested="codes that people see",
    intervals="95%",
    evaluations=[
        Evaluation(
            codeframe="thema",
            n_annotated=1200,
            n_answers=150,
            is_random=True,
            automatic=scores(0.8),
            suggested=scores(0.7),
            calibration_error=0.05,
            reliability=[],
            baselines=Baselines(Baseline(0.25, 0.25, 0.25), Baseline(0.5, 0.5, 0.5)),
        )
    ],
    certificates={"thema": [replace(CERTIFICATE, certified=False)]},
)
RUN = Run(
    themawijzer="0.2.0",
    survey="vervoer",
    input=RunInput("antwoorden.csv", "c" * 64, None, 3000, []),
    codebook=RunCodebook("1.2.0", "d" * 64),
    annotations=RunAnnotations(1207, "e" * 64),
    configuration=SURVEY,
    questions={},
    model=MODEL,
    format=Format(),
    thresholds={},
    certificates={"thema": CERTIFICATE},
    drift={"thema": RunDrift(1100, 0, 150, guarantee_withdrawn=False, signals=[])},
    statuses={"v1_thema": dict.fromkeys(Status, 0)},
    decided={"v1_thema": {"person": 1200, "model": 900, "nobody": 800}},
    shares_by=[],
    formula_cells_guarded={},
    cells_cut={},
    files={},
)
FIGURE = Figure(0.9, 0.85, 0.95)
AGREED = [Agreement("", ("codeur-1", "codeur-2"), 60, 50, FIGURE, FIGURE, FIGURE, FIGURE)]


def card(evaluation: EvaluationFile | None, agreement: list[Agreement] = AGREED) -> model_card.ModelCard:
    coders = {"adjudicated": 9, "codeur-1": 1000, "codeur-2": 260}
    return model_card.summarize(
        SURVEY,
        CODEBOOK,
        MODEL,
        n_annotations=coders,
        agreement={"thema": agreement},
        n_left_out=1200,
        evaluation=evaluation,
    )


def texts() -> dict[str, str]:
    entry = register.summarize(RUN, SURVEY, CODEBOOK)
    return {
        "model_card_trained.md": model_card.render(card(None)),
        "model_card_evaluated.md": model_card.render(card(EVALUATION)),
        "algoritmeregister.md": register.render(entry),
        "algoritmeregister.json": json.dumps(register.fields(entry), indent=2, ensure_ascii=False) + "\n",
    }


@pytest.mark.parametrize("name", sorted(texts()))
def test_the_text_is_the_one_that_was_read_and_kept(name: str) -> None:
    assert texts()[name] == (GOLDEN / name).read_text(encoding="utf-8")


def test_the_card_has_what_was_learned_and_what_was_measured() -> None:
    (trained,), (evaluated,) = card(None).codeframes, card(EVALUATION).codeframes
    assert [(code.label, code.n, code.is_learned, code.automatic, code.suggested) for code in trained.codes] == [
        ("Trein", 80, True, None, None),
        ("Fiets", 2, False, None, None),
    ]
    assert (card(None).is_evaluated, card(EVALUATION).is_evaluated) == (False, True)
    (measured,) = EVALUATION.evaluations
    assert evaluated.codes[0].automatic == measured.automatic.codes[0]
    assert evaluated.codes[0].suggested == measured.suggested.codes[0]
    assert evaluated.certificate == EVALUATION.certificates["thema"][0]
    assert card(None, []).codeframes[0].agreement is None


def test_the_card_says_how_many_answers_go_without_a_person_and_how_they_fare() -> None:
    certificate = replace(CERTIFICATE, automatic=31, precision=RateRecord(38, 40, 0.9))
    text = model_card.render(card(replace(EVALUATION, certificates={"thema": [certificate]})))
    assert "aangetoond (op 150 willekeurige antwoorden). Van die antwoorden gaan er 31 zonder mens; " in text
    assert "daarbij kloppen 38 van de 40 gegeven codes." in text


def test_the_entry_counts_who_decided() -> None:
    entry = register.summarize(RUN, SURVEY, CODEBOOK)
    assert (entry.by_person, entry.by_model, entry.by_nobody) == (1200, 900, 800)
    assert entry.codeframes == [register.CertifiedCodeframe("Thema", True, False, 150, 2)]


def test_the_entry_says_that_answers_have_drifted() -> None:
    certificates = {"thema": replace(CERTIFICATE, certified=False, reason=CertificateReason.DRIFTED)}
    drift = {"thema": replace(RUN.drift["thema"], guarantee_withdrawn=True)}
    run = replace(RUN, certificates=certificates, drift=drift)
    text = register.fields(register.summarize(run, SURVEY, CODEBOOK))["human_intervention"]
    assert "Thema: de antwoorden lijken niet op de steekproef, dus beslissen mensen." in text


def test_every_field_of_the_standard_is_there_and_has_the_room_that_it_gives() -> None:
    many = [{"id": f"v{n}", "column": f"V{n}", "text": "w" * 500, "codeframes": ["thema"]} for n in range(60)]
    long = Survey.model_validate(SURVEY.model_dump(by_alias=True) | {"title": "t" * 400, "question": many})
    found = register.fields(replace(register.summarize(RUN, SURVEY, CODEBOOK), survey=long))
    assert list(found) == list(register.FIELDS)
    for name, most in register.FIELDS.items():
        assert most is None or len(found[name]) <= most, name
        assert isinstance(found[name], list) == (name in register.LISTS)
    assert "IN TE VULLEN: hoe en wanneer de antwoorden zijn verzameld" in found["source_data"]


def test_what_only_people_know_is_marked() -> None:
    found = register.fields(register.summarize(RUN, SURVEY, CODEBOOK))
    open_fields = {name for name, text in found.items() if "IN TE VULLEN" in str(text)}
    assert open_fields >= {
        "organization",
        "status",
        "contact_email",
        "publication_category",
        "lawful_basis",
        "provider",
    }
    assert {"name", "methods_and_models", "standard_version", "lang"}.isdisjoint(open_fields)


def test_what_stands_in_a_survey_is_no_markup() -> None:
    hostile = SURVEY.model_copy(update={"title": "<script>x</script> [a](b)\n# kop"})
    text = register.render(replace(register.summarize(RUN, SURVEY, CODEBOOK), survey=hostile))
    assert "<script>" not in text
    assert "\n# kop" not in text
    assert "\\[a\\](b)" in text


def test_training_evaluating_and_coding_write_them(team: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(team, tmp_path / "team"))
    written, coded = root / "models/vervoer/README.md", root / "coded/vervoer"
    first = written.read_bytes()
    assert "Nog niet gemeten" in first.decode()
    run("train", "vervoer", root=root)
    assert written.read_bytes() == first
    run("evaluate", "vervoer", root=root)
    assert "Gemeten op antwoorden waarvan het model niet leerde" in written.read_text(encoding="utf-8")
    run("classify", "vervoer", root=root)
    entry = json.loads((coded / "algoritmeregister.json").read_text(encoding="utf-8"))
    assert list(entry) == list(register.FIELDS)
    assert entry["source_data"].startswith(
        "Antwoorden van 68 respondenten uit het bestand responses.csv, op 1 open vraag"
    )
    assert (coded / "algoritmeregister.md").read_text(encoding="utf-8").startswith("# Algoritmeregister: ")
    files = json.loads((coded / "run.json").read_text(encoding="utf-8"))["files"]
    assert {"algoritmeregister.md", "algoritmeregister.json"} <= set(files)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for file, text in texts().items():
        (GOLDEN / file).write_text(text, encoding="utf-8", newline="")
