"""The classifier of one codeframe, on texts in which everybody can see what it has to learn."""

import numpy as np
import pytest
from conftest import labelled_answers
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from themawijzer.language.encoders import CachedEncoder
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning import classifier as classifier_module
from themawijzer.learning.calibration import Calibration, Thresholds, _with_rivals, promised_f1
from themawijzer.learning.classifier import CodeframeClassifier, learnable, split
from themawijzer.learning.evaluation import expected_calibration_error
from themawijzer.learning.examples import learn
from themawijzer.learning.features import FeatureExtractor, Features
from themawijzer.learning.phrases import Phrases, collect_phrases
from themawijzer.survey.codebook import Code, Codeframe

CODES = ["Trein", "Fiets"]


class LetterEncoder:
    """Counts letters: enough of a sentence vector to test what surrounds it."""

    name = "letters"

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        alphabet = "abcdefghijklmnopqrstuvwxyz"
        return np.array([[text.count(letter) for letter in alphabet] for text in texts], dtype=np.float32)


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> FeatureExtractor:
    encoder = CachedEncoder(LetterEncoder(), tmp_path_factory.mktemp("cache"))
    return FeatureExtractor(load_tokenizer("nl_core_news_sm"), encoder)


def examples() -> tuple[list[str], NDArray[np.int8], NDArray[np.intp]]:
    rows = labelled_answers()
    Y = np.array([[code in labels.split("|") for code in CODES] for _, _, labels in rows], dtype=np.int8)
    return [text for _, text, _ in rows], Y, np.arange(len(rows), dtype=np.intp)


def fit(
    features: Features, Y: NDArray[np.int8], groups: NDArray[np.intp], phrases: Phrases | None = None
) -> CodeframeClassifier:
    none = Phrases(Features([], features.vectors[:0]), Y[:0])
    return CodeframeClassifier().fit(features, Y, groups, phrases or none, features.vectors)


def test_answers_get_the_codes_of_answers_like_them(extract: FeatureExtractor) -> None:
    texts, Y, groups = examples()
    classifier = fit(extract(texts), Y, groups)
    probabilities = classifier.predict_proba(
        extract(["treinen te duur", "fietspad kapot", "fiets in de trein", "mooi weer"])
    )
    assert classifier.given(probabilities).tolist() == [[True, False], [False, True], [True, True], [False, False]]


def test_the_same_examples_give_the_same_model(extract: FeatureExtractor) -> None:
    texts, Y, groups = examples()
    one, two = (fit(extract(texts), Y, groups) for _ in range(2))
    np.testing.assert_array_equal(one.predict_proba(extract(texts)), two.predict_proba(extract(texts)))


def test_the_same_examples_give_the_same_model_on_any_number_of_threads(extract: FeatureExtractor) -> None:
    """So many that LAPACK has work for several."""
    letters = np.random.default_rng(0).choice(list("abcdefghijklmnopqrstuvwxyz"), size=(1000, 8))
    texts = ["".join(row) for row in letters]
    Y = np.array([["a" in text, "b" in text] for text in texts], dtype=np.int8)
    models = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads, user_api="blas"):
            models.append(learn(texts, Y, extract, codeframe=None, pool=texts))
    one, two = models
    for name in ("dual_", "text_coef_", "held_out_", "anchors_", "thresholds_"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_the_probability_of_an_answer_does_not_depend_on_its_neighbors(extract: FeatureExtractor) -> None:
    texts, Y, groups = examples()
    classifier = fit(extract(texts), Y, groups)
    together = classifier.predict_proba(extract(texts))
    alone = np.vstack([classifier.predict_proba(extract([text])) for text in texts[:10]])
    np.testing.assert_allclose(together[:10], alone, atol=1e-5)


@pytest.mark.parametrize("n_positives", [0, 1, 2])
def test_a_code_with_too_few_examples_and_no_words_is_never_given(extract: FeatureExtractor, n_positives: int) -> None:
    texts, Y, groups = examples()
    rare = np.zeros((len(Y), 1), dtype=np.int8)
    rare[:n_positives] = 1
    with_rare = np.hstack([Y, rare])
    classifier = fit(extract(texts), with_rare, groups)
    probabilities = classifier.predict_proba(extract(texts))
    assert np.isnan(classifier.thresholds_).tolist() == [False, False, True]
    assert not classifier.given(probabilities)[:, 2].any()
    assert (probabilities[:, 2] == 0).all()


def test_a_code_that_nobody_gave_yet_is_learned_from_its_words_in_the_codebook(extract: FeatureExtractor) -> None:
    texts, Y, groups = examples()
    phrases = Phrases(extract(["steppen", "deelsteps"]), np.array([[0, 0, 1], [0, 0, 1]], dtype=np.int8))
    with_new = np.hstack([Y, np.zeros((len(Y), 1), dtype=np.int8)])
    classifier = fit(extract(texts), with_new, groups, phrases)
    probabilities = classifier.predict_proba(extract(["meer steppen", "de trein is te laat"]))
    assert classifier.is_learned.tolist() == [True, True, True]
    assert 0 < probabilities[1, 2] < 0.02
    assert probabilities[0, 2] > 5 * probabilities[1, 2]


def test_words_in_the_codebook_alone_teach_nothing(extract: FeatureExtractor) -> None:
    named = np.array([[1, 0, 0], [0, 1, 0]], dtype=np.int8)
    Y = np.zeros((20, 3), dtype=np.int8)
    Y[:2] = 1
    assert learnable(Y, named).tolist() == [False, False, False]
    Y[:3, 0] = 1
    assert learnable(Y, named).tolist() == [True, True, False]
    Y[:, 1] = 1  # everybody: nothing to tell apart
    assert learnable(Y, named).tolist() == [True, False, False]


@pytest.mark.parametrize("n_without", [0, 1, 2])
def test_a_code_on_every_answer_or_nearly_is_given_to_every_answer(extract: FeatureExtractor, n_without: int) -> None:
    texts, Y, groups = examples()
    parent = np.ones((len(Y), 1), dtype=np.int8)
    parent[:n_without] = 0
    classifier = fit(extract(texts), np.hstack([Y, parent]), groups)
    probabilities = classifier.predict_proba(extract(texts))
    assert classifier.is_constant.tolist() == [False, False, True]
    assert classifier.is_learned.all()
    assert classifier.given(probabilities)[:, 2].all()
    n = len(Y)
    for said in (probabilities, classifier.held_out_, classifier.left_out_):
        assert said[:, 2] == pytest.approx((n - n_without + 1) / (n + 2))
    without = fit(extract(texts), Y, groups)
    np.testing.assert_array_equal(without.predict_proba(extract(texts)), probabilities[:, :2])


def test_it_works_from_two_codes_and_twenty_answers(extract: FeatureExtractor) -> None:
    texts, Y, groups = examples()
    rows = np.arange(0, 60, 3)
    classifier = fit(extract([texts[row] for row in rows]), Y[rows], groups[rows])
    assert (classifier.given(classifier.predict_proba(extract(texts))) == Y).mean() > 0.8


def test_many_answers_are_learned_in_parts_that_together_say_nearly_the_same(
    extract: FeatureExtractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, Y, groups = examples()
    new = extract(["treinen te duur", "fietspad kapot", "fiets in de trein", "mooi weer"])
    phrases = Phrases(extract(["openbaar vervoer"]), np.array([[1, 0]], dtype=np.int8))
    together = fit(extract(texts), Y, groups, phrases)
    monkeypatch.setattr(classifier_module, "MAX_TOGETHER", len(texts) // 2 + 5)
    apart = fit(extract(texts), Y, groups, phrases)
    assert len(apart.dual_) == len(together.dual_) == len(texts) + 1
    assert apart.given(apart.predict_proba(new)).tolist() == [
        [True, False],
        [False, True],
        [True, True],
        [False, False],
    ]
    difference = np.abs(apart.predict_proba(new) - together.predict_proba(new)).max()
    assert 1e-4 < difference < 0.2
    assert 1e-4 < np.abs(apart.held_out_ - together.held_out_).mean() < 0.1


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_smoothings_it_keeps_the_one_that_promises_most(
    extract: FeatureExtractor, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    texts, Y, groups = examples()
    features, promised = extract(texts), {}
    for smoothing in classifier_module.SMOOTHINGS:
        monkeypatch.setattr(classifier_module, "SMOOTHINGS", [smoothing])
        promised[smoothing] = promised_f1(fit(features, Y, groups).held_out_, Y)
    monkeypatch.setattr(classifier_module, "SMOOTHINGS", [*promised][first:] + [*promised][:first])
    classifier = fit(features, Y, groups)
    best = max(promised, key=lambda smoothing: promised[smoothing])
    assert len(set(promised.values())) == 2
    assert classifier.neighbors_.pull_ == best.pull
    assert promised_f1(classifier.held_out_, Y) == promised[best]


def test_the_promised_f1_is_half_of_probabilities_and_half_of_codes() -> None:
    """At the threshold that gives the first two of four: (0.9 + 1) / 2 + (0.7 + 0) / 2 hits of 1.95 that are there."""
    probabilities, Y = np.array([[0.9, 0.7], [0.2, 0.1]], dtype=np.float32), np.array([[1, 0], [0, 1]], dtype=np.int8)
    assert promised_f1(probabilities, Y) == pytest.approx(2 * 1.3 / (2 + 1.95))


def test_an_answers_own_label_does_not_show_in_what_is_held_out_of_it(extract: FeatureExtractor) -> None:
    texts, Y, groups = examples()
    features, flipped = extract(texts), Y.copy()
    flipped[0] = 1 - flipped[0]
    before, after = fit(features, Y, groups), fit(features, flipped, groups)
    seen = np.abs(before.predict_proba(features)[0] - after.predict_proba(features)[0])
    held_out = np.abs(before.held_out_[0] - after.held_out_[0])
    assert (seen > 0.05).all()
    assert (held_out < 0.02).all()


def test_what_is_left_out_of_an_answer_knows_its_repeats_and_what_is_held_out_does_not(
    extract: FeatureExtractor,
) -> None:
    """The last answer repeats the first, and people gave both a code that nothing in the text speaks for."""
    texts, Y, _ = examples()
    texts, Y = [*texts, "niets bijzonders", "niets bijzonders"], np.vstack([Y, [[1, 1], [1, 1]]]).astype(np.int8)
    groups = np.array([*range(len(texts) - 1), len(texts) - 2], dtype=np.intp)
    classifier = fit(extract(texts), Y, groups)
    assert (classifier.left_out_[-1] > classifier.held_out_[-1]).all()
    assert classifier.left_out_[-1, 0] > classifier.held_out_[-1, 0] + 0.5
    np.testing.assert_allclose(classifier.left_out_[:-2], classifier.held_out_[:-2], atol=1e-6)


def test_evidence_is_the_words_that_spoke_for_the_code(extract: FeatureExtractor) -> None:
    texts, Y, groups = examples()
    classifier = fit(extract(texts), Y, groups)
    features = extract(["Mijn Fiets mag niet in de trein", ""])
    wanted = np.array([[True, True], [True, False]])
    trein, fiets = classifier.contributing_words(features, wanted)[0].values()
    assert (trein.split(", ")[0], fiets.split(", ")[0]) == ("trein", "Fiets")
    assert classifier.contributing_words(features, wanted)[1] == {0: ""}


def test_an_answer_typed_on_a_phone_gets_the_same_codes_with_evidence_as_typed(extract: FeatureExtractor) -> None:
    texts, Y, _ = examples()
    classifier = fit(extract([*texts, *["fietser's pad"] * 3]), np.vstack([Y, [[0, 1]] * 3]), np.arange(len(Y) + 3))
    features = extract(["Fietser's pad", "Fietser’s pad"])
    assert (classifier.predict_proba(features)[0] == classifier.predict_proba(features)[1]).all()
    assert (classifier.likeness(features).n_unknown == 0).all()
    evidence = classifier.contributing_words(features, np.ones((2, 2), dtype=bool))
    assert [words[1].split(", ")[0] for words in evidence] == ["Fietser's", "Fietser’s"]


def test_answers_with_the_same_text_stay_on_one_side_of_every_fold() -> None:
    groups = np.repeat(np.arange(20), 3).astype(np.intp)
    for train, test in split(groups, 5, seed=0):
        assert not set(groups[train]) & set(groups[test])


def test_folds_are_those_of_scikit_learn() -> None:
    groups = np.random.default_rng(0).integers(0, 30, 100).astype(np.intp)
    theirs = GroupKFold(n_splits=5, shuffle=True, random_state=7).split(groups, groups=groups)
    for ours, other in zip(split(groups, 5, seed=7), theirs, strict=True):
        for own, rows in zip(ours, other, strict=True):
            np.testing.assert_array_equal(own, rows)


def test_calibrated_probabilities_mean_what_they_say() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(-1, 2, size=(3000, 4))
    Y = (rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(np.int8)
    scores = logits / 7 + 0.3  # on another scale, as scores are
    probabilities = Calibration().fit(scores[:2000], Y[:2000]).predict_proba(scores[2000:])
    assert expected_calibration_error(probabilities, Y[2000:]) < 0.03


def test_calibration_goes_on_until_no_code_is_better_off_elsewhere() -> None:
    """At the optimum the penalty on a code's intercept weighs against what is left of its mistakes."""
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(3000, 30))
    Y = (rng.random(scores.shape) < 1 / (1 + np.exp(np.linspace(2, 6, 30) - 2 * scores))).astype(np.int8)
    found = Calibration().fit(scores, Y)
    left = (Y - found.predict_proba(scores)).sum(axis=0)
    own = found.intercepts_ - found.intercepts_.mean()
    np.testing.assert_allclose(left - left.mean(), own / (10 * 0.3**2), atol=0.5)


@pytest.mark.parametrize(("n", "k", "steepness"), [(20, 1, 2), (60, 3, 100), (800, 12, 1), (40, 5, 0)])
def test_calibration_is_the_logistic_regression_of_scikit_learn(n: int, k: int, steepness: float) -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(n, k))
    Y = (rng.random((n, k)) < expit(steepness * scores - np.arange(k))).astype(np.int8)
    found = Calibration().fit(scores, Y)
    logits = ((_with_rivals(scores) - found.mean_) / found.scale_).reshape(n, k, 2)
    design = np.dstack([logits, np.tile(0.3 * np.eye(k), (n, 1, 1))]).reshape(n * k, -1)
    model = LogisticRegression(C=10.0, solver="newton-cholesky").fit(design, Y.ravel())
    np.testing.assert_allclose(found.coef_, model.coef_[0][:2], atol=1e-8)
    np.testing.assert_allclose(found.intercepts_, model.intercept_[0] + 0.3 * model.coef_[0][2:], atol=1e-8)


def test_a_single_code_has_no_rivals() -> None:
    scores = np.linspace(-1, 1, 50)[:, None]
    probabilities = Calibration().fit(scores, (scores > 0).astype(np.int8)).predict_proba(scores)
    assert (np.diff(probabilities[:, 0]) > 0).all()


def test_expected_calibration_error_by_hand() -> None:
    probabilities = np.array([[0.9], [0.9], [0.1], [0.1]], dtype=np.float32)
    assert expected_calibration_error(probabilities, np.array([[1], [0], [0], [0]])) == pytest.approx(0.25, abs=1e-6)


def test_a_threshold_lies_in_the_middle_of_what_separates() -> None:
    probabilities = np.repeat([[0.2], [0.8]], 200, axis=0).astype(np.float32)
    rule = Thresholds().fit(probabilities, (probabilities > 0.5).astype(np.int8))
    assert rule.values_ == pytest.approx([0.5], abs=0.05)


def test_a_threshold_has_the_highest_f1_that_is_expected() -> None:
    probabilities = np.linspace(0, 1, 4000, dtype=np.float32)[:, None]
    Y = (np.random.default_rng(0).random((4000, 1)) < probabilities).astype(np.int8)
    # Expected F1 is (1 - t^2) / (1.5 - t), which is highest where t^2 - 3t + 1 is 0.
    assert Thresholds().fit(probabilities, Y).values_ == pytest.approx([0.382], abs=0.03)


def test_labels_that_stray_from_their_probabilities_move_a_threshold_little() -> None:
    probabilities = np.linspace(0, 1, 1000, dtype=np.float32)[:, None]
    rule = Thresholds().fit(probabilities, (probabilities > 0.8).astype(np.int8))
    assert rule.values_ == pytest.approx([0.45], abs=0.05)  # the labels alone would say 0.8


@pytest.mark.parametrize(("share_without_code", "given"), [(0.0, [[False, True]]), (0.5, [[False, False]])])
def test_the_nearest_code_is_given_where_answers_always_have_one(
    share_without_code: float, given: list[list[bool]]
) -> None:
    rng = np.random.default_rng(0)
    Y = np.eye(2, dtype=np.int8)[rng.integers(0, 2, 400)]
    Y[: int(400 * share_without_code)] = 0
    probabilities = np.where(Y == 1, 0.3, 0.1) + rng.normal(0, 0.1, Y.shape)
    rule = Thresholds().fit(probabilities.clip(0.01, 0.99).astype(np.float32), Y)
    below = (rule.values_ * [0.3, 0.7]).astype(np.float32)[None]
    assert rule.given(below).tolist() == given


CODEFRAME = Codeframe(
    id="thema",
    label="Thema",
    code=[
        Code(id="ov", value=1, label="Openbaar_vervoer", definition="x", include=["trein, bus (en tram)"]),
        Code(id="trein", value=2, label="Trein", definition="x", examples=["de trein naar zee"], parent="ov"),
    ],
)


def test_phrases_are_what_the_codebook_names_one_thing_each(extract: FeatureExtractor) -> None:
    phrases = collect_phrases(CODEFRAME, extract, known=[])
    assert phrases.features.texts == ["openbaar vervoer", "trein", "bus", "tram", "trein", "de trein naar zee"]
    assert phrases.Y.tolist() == [[1, 0], [1, 0], [1, 0], [1, 0], [1, 1], [1, 1]]


def test_a_word_of_the_codebook_is_known_before_anybody_annotated_it(extract: FeatureExtractor) -> None:
    texts, Y, groups = examples()
    bike = Code(id="fiets", value=1, label="Fiets", definition="x", include=["bakfietsen, steppen"])
    train = Code(id="trein", value=2, label="Trein", definition="x")
    phrases = collect_phrases(Codeframe(id="thema", label="Thema", code=[train, bike]), extract, known=[])
    new = extract(["steppen"])
    with_codebook = fit(extract(texts), Y, groups, phrases).predict_proba(new)
    without = fit(extract(texts), Y, groups).predict_proba(new)
    assert with_codebook[0, 1] > 2 * without[0, 1]
