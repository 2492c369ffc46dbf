"""A model that train made, as a notebook uses it."""

import csv
import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import run
from test_answer_classifier import many

from themawijzer import InputError, ModelError, load_model, open_survey, shares
from themawijzer.api.trained_model import TrainedModel

TARGET = 0.9
SURE = "de trein bergzicht"
OTHERS = ["mijn fiets duinlaan", "", "weet niet", "This is an answer in English, is it not?", "zie boven"]


def make_survey(root: Path, n: int, *options: str) -> Path:
    """A survey of which people coded n answers and one is left; gives the folder of its model."""
    texts, Y = many(n)
    with (root / "codes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["nr", "antwoord", "labels"])
        writer.writerows(
            [number, text, ("Trein", "Fiets")[row[1]]] for number, (text, row) in enumerate(zip(texts, Y, strict=True))
        )
    answers = (root / "codes.csv").read_text(encoding="utf-8") + f"900,{SURE},\n"
    (root / "answers.csv").write_text(answers, encoding="utf-8")
    own = ["--respondent-id", "nr", "--question", "antwoord"]
    run("init", "vervoer", "--responses", root / "answers.csv", *own, root=root)
    how = ["--codeframe", "thema", "--labels-column", "labels", *options]
    run("import", "vervoer", root / "codes.csv", *how, root=root)
    with (root / "surveys/vervoer/survey.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[settings]\nencoder = "use"\ntarget = {TARGET}\n')
    run("train", "vervoer", root=root)
    return root / "models/vervoer"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_survey(tmp_path_factory.mktemp("certified"), 150, "--random-sample")


@pytest.fixture(scope="module")
def model(folder: Path) -> TrainedModel:
    return load_model(folder, encoder="use")


def test_texts_get_codes_with_their_probability_decision_and_evidence(model: TrainedModel) -> None:
    found = model.code([SURE, *OTHERS])
    assert found.columns.tolist() == ["text", "codeframe", "codes", "probability", "decision", "evidence"]
    assert found["codes"].tolist() == [["trein"], ["fiets"], [], [], [], []]
    assert found["decision"].tolist() == ["auto", "auto", "empty", "no_answer", "not_dutch", "review"]
    assert [len(probabilities) for probabilities in found["probability"]] == [1, 1, 0, 0, 0, 0]
    assert found.loc[0, "probability"][0] > 0.9
    assert [words[0].split(", ")[0] for words in found["evidence"] if words] == ["trein", "fiets"]


@pytest.mark.parametrize("text", [SURE, "de trein en mijn fiets", "iets heel anders"])
def test_a_text_gets_the_same_decision_however_many_are_asked(model: TrainedModel, text: str) -> None:
    (alone,) = model.code([text])["decision"]
    assert alone == ("auto" if text == SURE else "review")
    with_nine = model.code([text, *many(9)[0]])["decision"]
    assert with_nine[0] == alone
    assert set(model.code([text] * 500)["decision"]) == {alone}


def test_a_certificate_goes_with_the_model(model: TrainedModel) -> None:
    certificate = model.certificates["thema"]
    assert certificate.reason == "met"
    assert certificate.questions == ["v1"]
    assert certificate.random_answers == 150
    assert certificate.target == TARGET


def test_it_says_what_classify_writes(model: TrainedModel, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder.parent.parent, tmp_path / "copy")
    run("classify", "vervoer", root=tmp_path / "copy")
    with (tmp_path / "copy/coded/vervoer/codings.csv").open(encoding="utf-8", newline="") as file:
        (written,) = (row for row in csv.DictReader(file) if row["respondent_id"] == "900")
    found = model.code([SURE]).explode(["codes", "probability", "evidence"]).loc[0]
    assert [found["codes"], found["evidence"]] == [written["code"], written["evidence"]]
    assert f"{found['probability']:.4f}" == written["probability"]
    assert found["decision"] == written["decision"] == "auto"
    facts = json.loads((tmp_path / "copy/coded/vervoer/run.json").read_text(encoding="utf-8"))
    assert "certificates" not in facts["model"]  # classify has its own, of the survey that it coded


def test_without_a_random_sample_nothing_is_coded_automatically(tmp_path: Path) -> None:
    model = load_model(make_survey(tmp_path, 60), encoder="use")
    assert model.certificates["thema"].reason == "no_sample"
    found = model.code([SURE, *many(20)[0]])
    assert set(found["decision"]) == {"review"}
    assert found.loc[0, "codes"] == ["trein"]  # a suggestion


def test_probabilities_have_a_column_per_code_and_the_rows_of_the_texts(model: TrainedModel) -> None:
    texts = pd.Series([SURE, "weet niet", "mijn fiets duinlaan"], index=["a", "b", "c"])
    found = model.predict_proba(texts)
    assert sorted(found.columns) == [("thema", "fiets"), ("thema", "trein")]
    assert found.index.tolist() == ["a", "b", "c"]
    assert (found["thema"].loc[["a", "c"], "trein"] > 0.5).tolist() == [True, False]
    assert found.loc["b"].isna().all()
    coded = model.code(texts, codeframe="thema")
    assert coded.index.tolist() == ["a", "b", "c"]
    assert coded.loc["a", "probability"] == pytest.approx([found.loc["a", ("thema", "trein")]])
    assert model.predict_proba([]).shape == (0, 2)
    assert len(model.code([])) == 0


def test_no_texts_give_a_table_of_the_same_types(model: TrainedModel) -> None:
    assert model.code([]).dtypes.equals(model.code([SURE]).dtypes)
    assert model.predict_proba([]).dtypes.equals(model.predict_proba([SURE]).dtypes)


def test_half_a_character_does_no_harm(model: TrainedModel) -> None:
    assert model.code([f"{SURE} \ud800"]).loc[0, "codes"] == ["trein"]


def test_a_model_can_be_pickled_for_another_process(model: TrainedModel) -> None:
    expected = model.code([SURE, *OTHERS])
    stored = pickle.dumps(model)
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer).code(sys.argv[1:])['codes'].tolist())"
    done = subprocess.run([sys.executable, "-c", code, SURE, *OTHERS], input=stored, capture_output=True, check=True)
    assert done.stdout.decode().strip() == str(expected["codes"].tolist())


def test_progress_is_told(model: TrainedModel) -> None:
    told: list[object] = []

    def progress(what: str, total: int) -> object:
        told.append((what, total))
        return told.append

    model.code(["een nieuwe trein", "nog een fiets", ""], progress=progress)
    assert told[0] == ("coding answers", 2)
    assert sum(told[1:]) == 2


def test_what_cannot_be_coded_is_refused(model: TrainedModel, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyError, match=r"the model has not learned sector\nKnown codeframes: thema\."):
        model.code([SURE], codeframe="sector")
    with pytest.raises(ValueError, match="texts, row 1: a float instead of a text"):
        model.code(pd.Series([SURE, np.nan]))
    with pytest.raises(ValueError, match="encoder: unknown encoder bert"):
        load_model(folder, encoder="bert")
    with pytest.raises(ModelError, match="there is no model"):
        load_model(tmp_path)
    with pytest.raises(ModelError, match="it was trained with encoder use"):
        load_model(folder)


@pytest.fixture(scope="module")
def coded(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the survey that classify has coded, with all probabilities; gives the root."""
    root = tmp_path_factory.mktemp("coded") / "copy"
    shutil.copytree(folder.parent.parent, root)
    run("classify", "vervoer", "--probabilities", root=root)
    return root


def test_a_survey_opens_as_data_frames(coded: Path) -> None:
    survey = open_survey(coded / "surveys/vervoer")
    assert survey.responses.columns.tolist() == ["nr", "antwoord", "labels"]
    assert len(survey.responses) == len(survey.coded) == 151
    assert sorted(survey.codebook["code"]) == ["fiets", "trein"]
    assert survey.codebook.columns[:3].tolist() == ["codeframe", "code", "value"]
    assert survey.gold.loc[0, "codes"] in (["trein"], ["fiets"])
    assert survey.gold["sample"].all()
    assert len(survey.gold) == 150
    assert survey.codings.query("respondent_id == '900'")["code"].tolist() == ["trein"]
    assert survey.codeframe("thema").id == "thema"


def test_a_survey_opens_from_within_its_folder(coded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(coded / "surveys/vervoer")
    assert len(open_survey(".").responses) == 151


def test_opening_a_survey_and_changing_what_it_gives_changes_no_file(coded: Path) -> None:
    before = {path: path.read_bytes() for path in coded.rglob("*") if path.is_file()}
    survey = open_survey(str(coded / "surveys/vervoer"))
    for frame in (survey.responses, survey.codebook, survey.gold, survey.coded, survey.codings):
        del frame[frame.columns[0]]
    assert {path: path.read_bytes() for path in coded.rglob("*") if path.is_file()} == before


def test_shares_are_those_of_classify(coded: Path) -> None:
    survey = open_survey(coded / "surveys/vervoer")
    told = pd.read_csv(coded / "coded/vervoer/probabilities.csv", dtype={"respondent_id": str})
    probabilities = told.pivot_table(index="respondent_id", columns="code", values="probability")
    said = survey.gold.set_index("respondent_id")[["codes", "sample"]].reindex(probabilities.index)
    said["sample"] = said["sample"].eq(True)
    found = shares(said, probabilities).set_index("code")
    written = pd.read_csv(coded / "coded/vervoer/prevalence.csv").query("per == 'answer'").set_index("code")
    for column in ("n", "n_audit", "share", "low", "high"):
        assert found[column].astype(float).to_dict() == pytest.approx(written[column].to_dict(), abs=1e-4)


def test_a_survey_that_is_not_there_is_refused(coded: Path, folder: Path) -> None:
    with pytest.raises(InputError, match=r"there is no survey wonen\nKnown surveys: vervoer"):
        open_survey(coded / "surveys/wonen")
    with pytest.raises(ValueError, match="this is not the folder of a survey"):
        open_survey(coded)
    with pytest.raises(KeyError, match=r"there is no codeframe sector\nKnown codeframes: thema"):
        open_survey(coded / "surveys/vervoer").codeframe("sector")
    with pytest.raises(InputError, match="the survey is not coded yet"):
        _ = open_survey(folder.parent.parent / "surveys/vervoer").coded
