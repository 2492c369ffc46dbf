"""The classifier of texts in the tools of scikit-learn."""

import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from conftest import labelled_answers
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks

from themawijzer import AnswerClassifier, InputError, ModelError
from themawijzer.survey.codebook import Codeframe, read_codebook

CODES = ["Trein", "Fiets"]
NEW = ["treinen te duur", "fietspad kapot", "fiets in de trein", "mooi weer"]
HAVE = [[1, 0], [0, 1], [1, 1], [0, 0]]


def texts() -> list[str]:
    return [text for _, text, _ in labelled_answers()]


def labels() -> pd.DataFrame:
    given = [labels.split("|") for *_, labels in labelled_answers()]
    return pd.DataFrame({code: [int(code in labels) for labels in given] for code in CODES})


def codeframe(*codes: tuple[str, str | None]) -> Codeframe:
    listed = [
        {"id": code, "value": value, "label": code.title(), "definition": "x", "parent": parent}
        for value, (code, parent) in enumerate(codes, start=1)
    ]
    return Codeframe.model_validate({"id": "thema", "label": "Thema", "code": listed})


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def classifier(cache: Path) -> AnswerClassifier:
    return AnswerClassifier(encoder="use", cache=cache)


def test_what_was_fitted_with_other_vectors_is_refused(classifier: AnswerClassifier) -> None:
    saved = pickle.loads(pickle.dumps(classifier.fit(texts(), labels())))  # noqa: S301
    assert saved.predict(NEW).tolist() == HAVE
    saved.made_with_ = "blank_nl, e5-small (AVX2 0123abcd)"
    for method in (saved.predict, saved.predict_proba, saved.decide, saved.predict_unseen):
        with pytest.raises(
            ModelError, match=r"it was fitted with blank_nl, e5-small \(AVX2 0123abcd\), and this is .*use"
        ):
            method(NEW)


def test_answers_get_the_codes_of_answers_like_them(classifier: AnswerClassifier) -> None:
    assert classifier.fit(texts(), labels()) is classifier
    assert classifier.classes_.tolist() == CODES
    assert classifier.predict(NEW).tolist() == HAVE
    probabilities = classifier.predict_proba(NEW)
    assert probabilities.shape == (4, 2)
    assert ((probabilities >= 0.5) == np.array(HAVE)).all()
    assert classifier.score(NEW, np.array(HAVE)) == 1


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series])
def test_texts_come_in_any_shape_of_one_row(classifier: AnswerClassifier, kind: type) -> None:
    expected = classifier.fit(texts(), labels()).predict_proba(NEW)
    found = classifier.fit(kind(texts()), labels().to_numpy())
    assert (found.predict_proba(kind(NEW)) == expected).all()
    assert found.classes_.tolist() == [0, 1]


def test_it_is_cloned_and_stored_as_other_estimators_are(classifier: AnswerClassifier) -> None:
    other = clone(classifier.set_params(target=0.9, codeframe=codeframe(("a", None)), unlabelled=NEW))
    assert other.get_params()["target"] == 0.9
    assert other.get_params()["codeframe"] == classifier.codeframe
    assert is_classifier(other)
    fitted = other.set_params(codeframe=None).fit(texts(), labels())
    assert (pickle.loads(pickle.dumps(fitted)).predict(NEW) == fitted.predict(NEW)).all()  # noqa: S301


@pytest.mark.parametrize(
    "check",
    [
        "estimator_cloneable",
        "estimator_repr",
        "estimator_tags_renamed",
        "get_params_invariance",
        "mixin_order",
        "no_attributes_set_in_init",
        "parameters_default_constructible",
        "set_params",
        "valid_tag_types",
    ],
)
def test_it_passes_the_checks_of_scikit_learn_that_need_no_numbers(classifier: AnswerClassifier, check: str) -> None:
    getattr(estimator_checks, f"check_{check}")("AnswerClassifier", classifier)


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_it_predicts_out_of_fold(classifier: AnswerClassifier, method: str, n_jobs: int) -> None:
    import joblib

    with joblib.parallel_backend("threading"):
        found = cross_val_predict(classifier, texts(), labels(), cv=3, method=method, n_jobs=n_jobs)
    assert found.shape == (68, 2)
    assert ((found >= 0.5) == labels().to_numpy()).mean() > 0.8


def test_it_stands_at_the_end_of_a_pipeline(cache: Path) -> None:
    stripped = FunctionTransformer(lambda answers: [answer.strip("!") for answer in answers])
    pipeline = Pipeline([("strip", stripped), ("code", AnswerClassifier(encoder="use", cache=cache))])
    sample = np.ones(68, bool)
    assert pipeline.fit(texts(), labels(), code__random_sample=sample).predict(NEW).tolist() == HAVE
    assert cross_val_score(pipeline, texts(), labels(), cv=2, scoring="f1_micro").min() > 0.7


def test_its_settings_are_searched(cache: Path) -> None:
    grid = {"unlabelled": [None, NEW], "target": [0.9]}
    found = GridSearchCV(AnswerClassifier(encoder="use", cache=cache), grid, cv=2, scoring="f1_micro")
    found.fit(texts(), labels(), random_sample=np.ones(68, bool))
    assert found.best_score_ > 0.7
    assert found.predict(NEW).tolist() == HAVE


def test_a_codeframe_teaches_by_its_phrases_and_gives_parents(cache: Path) -> None:
    frame = codeframe(("trein", "ov"), ("ov", None), ("fiets", None))
    Y = labels().set_axis(["trein", "fiets"], axis=1).assign(ov=0)[["fiets", "trein", "ov"]]
    found = AnswerClassifier(frame, encoder="use", cache=cache).fit(texts(), Y)
    assert found.classes_.tolist() == ["fiets", "trein", "ov"]  # the order of the columns
    assert found.predict(NEW).tolist() == [[0, 1, 1], [1, 0, 0], [1, 1, 1], [0, 0, 0]]
    assert len(found.model_.anchors_) > 68  # phrases were learned too


def test_it_learns_as_train_does(team: Path) -> None:
    from themawijzer.autocoding.trained import load_pools, load_trained
    from themawijzer.commands.train import learnable_examples
    from themawijzer.project.project import open_project

    project = open_project(team, "vervoer")
    examples, _ = learnable_examples(project)
    model, extract = load_trained(project)
    frame = read_codebook(team / "annotations/vervoer/codebook.toml").codeframe("thema")
    unlabelled = load_pools(project, examples, project.read_any_responses())["thema"]
    classifier = AnswerClassifier(frame, unlabelled=unlabelled, cache=team / ".cache")
    found = classifier.fit(examples["thema"].texts, pd.DataFrame(examples["thema"].Y, columns=frame.code_ids))
    expected = model.classifiers["thema"].predict_proba(extract(NEW))
    assert (found.predict_proba(NEW) == expected).all()


def many(n: int) -> tuple[list[str], NDArray[np.int8]]:
    """Answers of which everybody sees what they are about, each with words of its own."""
    words = [f"{first}{last}" for first in ("berg", "zand", "water", "bos", "duin", "heide") for last in WORDS]
    about = [("de trein {}", [1, 0]), ("mijn fiets {}", [0, 1])]
    rows = [(about[place % 2][0].format(words[place % len(words)]), about[place % 2][1]) for place in range(n)]
    return [text for text, _ in rows], np.array([Y for _, Y in rows], dtype=np.int8)


WORDS = ["weg", "pad", "dorp", "veld", "huis", "brug", "kant", "laan", "hof", "plein", "poort", "straat", "zicht"]


def test_it_decides_alone_what_a_random_sample_vouches_for(classifier: AnswerClassifier) -> None:
    answers, Y = many(150)
    classifier.set_params(target=0.9).fit(answers, Y, random_sample=np.arange(150) < 120)
    assert classifier.certificate_.is_certified
    assert classifier.certificate_.n == 120
    asked = pd.Series(["de trein bergzicht", "mijn fiets duinlaan"], index=[7, 9])
    found = classifier.decide(asked)
    assert found.to_numpy().tolist() == [["yes", "no"], ["no", "yes"]]
    assert found.index.tolist() == [7, 9]
    assert found.columns.tolist() == [0, 1]
    assert classifier.decide(["de trein " * 4000]).to_numpy().tolist() == [["review", "review"]]  # 36,000 characters
    assert classifier.decide(["de trein " * 120_000]).to_numpy().tolist() == [["review", "review"]]


def test_what_a_sample_does_not_vouch_for_is_for_review(classifier: AnswerClassifier) -> None:
    answers, Y = many(150)
    few = classifier.fit(answers, Y, random_sample=np.arange(150) < 20)
    assert set(few.decide(NEW).to_numpy().ravel()) == {"review"}


@pytest.mark.parametrize("copies", [10, 500])
def test_a_decision_does_not_depend_on_how_many_are_asked(classifier: AnswerClassifier, copies: int) -> None:
    answers, Y = many(150)
    classifier.set_params(target=0.9).fit(answers, Y, random_sample=np.ones(150))
    for text in ("de trein bergzicht", "iets anders"):
        assert (classifier.decide([text] * copies) == classifier.decide([text]).loc[0]).all(axis=None)


def test_of_learned_texts_it_tells_what_it_would_have_said_without(classifier: AnswerClassifier) -> None:
    classifier.fit(texts(), labels())
    found = classifier.predict_unseen([*texts()[:3], *NEW])
    assert (found[:3] == classifier.held_out_[:3]).all()
    assert found[3:] == pytest.approx(classifier.predict_proba(NEW), abs=1e-5)


def test_decisions_need_a_random_sample(classifier: AnswerClassifier) -> None:
    with pytest.raises(NotFittedError):
        classifier.decide(NEW)
    with pytest.raises(ModelError, match="random_sample"):
        classifier.fit(texts(), labels()).decide(NEW)


@pytest.mark.parametrize(
    ("X", "y", "kind", "message"),
    [
        ("de trein", [[1]], ValueError, "texts: this is not one row of texts"),
        ([["de trein"]], [[1]], ValueError, "texts, row 0: a list instead of a text"),
        (["trein", None], [[1], [0]], ValueError, "texts, row 1: a NoneType instead of a text"),
        (["trein"] * 3, [[1], [0]], ValueError, r"Y: its shape is \(2, 1\)"),
        (["trein"] * 3, [1, 0, 1], ValueError, r"Y: its shape is \(3,\)"),
        (["trein"] * 3, [[1], [2], [0]], ValueError, "Y, row 1, column 0: something else than 0 and 1"),
        (["trein"] * 3, [[1], [1], [0]], ValueError, "Y: no code can be learned"),
        (texts(), labels(), KeyError, "Y: unknown code in codeframe thema"),
    ],
)
def test_what_cannot_be_learned_is_refused(
    classifier: AnswerClassifier, X: Sequence[str], y: object, kind: type[Exception], message: str
) -> None:
    if kind is KeyError:
        classifier.set_params(codeframe=codeframe(("trein", None), ("fiets", None)))
    with pytest.raises(InputError, match=message) as refusal:
        classifier.fit(X, y)
    assert isinstance(refusal.value, kind)


def labelled(index: Sequence[object]) -> tuple[pd.Series, pd.DataFrame]:
    return pd.Series(texts(), index=index), labels().set_axis(index)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda Y: Y.assign(geen=0),
            "Y, column geen: geen is no code: it says that none applies\nLeave the column out",
        ),
        (lambda Y: pd.concat([Y, Y["Fiets"]], axis=1), "Y, column Fiets: this code has two columns"),
        (lambda Y: Y.iloc[::-1], "Y: its rows are not those of the texts"),
        (lambda Y: Y.astype(float).replace({"Fiets": {1: np.nan}}), "Y, row r.*, column Fiets: something else than 0"),
        (lambda Y: Y.astype("Int64").replace({"Fiets": {1: pd.NA}}), "Y, row r.*, column Fiets: something else than 0"),
        (lambda Y: [{"Jan"}] * len(Y), r"Y: its shape is \(68,\)\n68 rows, and a column per code, as MultiLabelB"),
        (lambda Y: [["Jan"], ["Piet", "Kees"]] * 34, r"Y: its shape is \(68,\)\n.*get_dummies"),
    ],
)
def test_labels_that_cannot_be_are_refused(classifier: AnswerClassifier, spoil: object, message: str) -> None:
    X, Y = labelled([f"r{place}" for place in range(68)])
    with pytest.raises(ValueError, match=message):
        classifier.fit(X, spoil(Y))


def test_labels_and_a_sample_have_the_order_of_the_texts(classifier: AnswerClassifier) -> None:
    X, Y = labelled(np.arange(68)[::-1])
    expected = classifier.fit(texts(), labels()).predict_proba(NEW)
    assert (classifier.fit(X, Y).predict_proba(NEW) == expected).all()
    assert (classifier.fit(X, labels()).predict_proba(NEW) == expected).all()  # no index of its own
    assert (classifier.fit(X, sp.csr_array(Y.to_numpy())).predict_proba(NEW) == expected).all()
    with pytest.raises(ValueError, match="random_sample: its rows are not those of the texts"):
        classifier.fit(X, Y, random_sample=pd.Series(True, index=X.index[::-1][1:].append(X.index[:1])))


def test_an_array_of_labels_has_the_codes_of_the_codeframe(classifier: AnswerClassifier) -> None:
    classifier.set_params(codeframe=codeframe(("trein", None), ("fiets", None)))
    assert classifier.fit(texts(), labels().to_numpy()).classes_.tolist() == ["trein", "fiets"]


def test_it_tells_which_codes_it_could_not_learn(classifier: AnswerClassifier) -> None:
    fitted = classifier.fit(texts(), labels().assign(Bus=0))
    assert fitted.is_learned_.tolist() == [True, True, False]
    assert (fitted.predict_proba(NEW)[:, 2] == 0).all()


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series])
def test_more_answers_come_in_any_shape_and_are_not_shown(classifier: AnswerClassifier, kind: type) -> None:
    expected = classifier.set_params(unlabelled=NEW).fit(texts(), labels()).predict_proba(NEW)
    found = classifier.set_params(unlabelled=kind(NEW)).fit(texts(), labels())
    assert (found.predict_proba(NEW) == expected).all()
    assert "mooi weer" not in repr(found)
    assert "mooi weer" not in str(found._repr_mimebundle_())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"unlabelled": "de trein"}, "unlabelled: this is not one row of texts"),
        ({"unlabelled": ["de trein", None]}, "unlabelled, row 1: a NoneType instead of a text"),
        ({"encoder": "bert"}, "encoder: unknown encoder bert\nKnown encoders"),
        ({"target": 80}, "target: this is no share\nBetween 0 and 1"),
        ({"target": "0.8"}, "target: this is no share"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    classifier: AnswerClassifier, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        classifier.set_params(**settings).fit(texts(), labels())


def test_a_text_is_named_by_its_label(classifier: AnswerClassifier) -> None:
    X, Y = labelled([f"r{place}" for place in range(68)])
    with pytest.raises(ValueError, match="texts, row r4: a float instead of a text"):
        classifier.fit(X.where(X.index != "r4"), Y)


def test_half_a_character_does_no_harm(classifier: AnswerClassifier) -> None:
    assert classifier.fit(texts(), labels()).predict(["de trein \ud800 is te laat"]).tolist() == [[1, 0]]


@pytest.mark.parametrize("sample", [[True], np.full(68, 2), np.ones((68, 1))])
def test_a_sample_is_a_mark_per_text(classifier: AnswerClassifier, sample: object) -> None:
    with pytest.raises(ValueError, match="random_sample: this does not mark texts"):
        classifier.fit(texts(), labels(), random_sample=sample)
