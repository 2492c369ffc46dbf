"""Scores with intervals, against scikit-learn and by hand."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_recall_fscore_support

from themawijzer.coding.evidence import counted, counted_f1, mean_f1
from themawijzer.coding.numbers import Figure
from themawijzer.commands.evaluate import as_published
from themawijzer.language.kinds import Kinds
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.evaluation import (
    OutOfFold,
    evaluate,
    expected_calibration_error,
    predict_out_of_fold,
    reliability,
)
from themawijzer.learning.examples import Examples, collect_examples
from themawijzer.learning.features import Features
from themawijzer.learning.phrases import Phrases, keyword_codes
from themawijzer.output.labels import LABELS
from themawijzer.output.pictures import Risk, draw_reliability, draw_risk_coverage
from themawijzer.records.evaluation_file import Bin, Evaluation
from themawijzer.survey.annotations import AnsweredUnit
from themawijzer.survey.codebook import Code, Codeframe
from themawijzer.survey.gold import Gold

CODES = ["a", "b", "c"]
LEARNED = np.array([True, True, True])
CODEFRAME = Codeframe(
    id="thema",
    label="Thema",
    code=[Code(id=code, value=value, label=code, definition=code) for value, code in enumerate(CODES, start=1)],
)


def examples(Y: np.ndarray, *, n_random: int = 0) -> Examples:
    n = len(Y)
    return Examples(
        codes=CODES,
        units=[AnsweredUnit(str(i), "v1", "thema", (str(i),)) for i in range(n)],
        texts=[str(i) for i in range(n)],
        Y=Y,
        groups=np.arange(n),
        is_random=np.arange(n) < n_random,
        n_disagreements=0,
        n_without_text=0,
    )


def flipped(Y: np.ndarray, *, errors: float) -> np.ndarray:
    return np.where(np.random.default_rng(1).random(Y.shape) < errors, 1 - Y, Y).astype(np.int8)


def evaluated(
    Y: np.ndarray,
    given: np.ndarray,
    *,
    suggested: np.ndarray | None = None,
    n_random: int = 0,
    learned: Any = LEARNED,
    constant: str = "",
) -> Evaluation:
    """Where the codes `given` are automatic, and are suggested too unless others are."""
    none = np.zeros_like(Y)
    return evaluate(
        examples(Y, n_random=n_random),
        OutOfFold(given.astype(np.float32), given == 1, np.ones(Y.shape, dtype=np.bool_), none),
        CODEFRAME,
        automatic=given,
        suggested=given if suggested is None else suggested,
        keyword=none,
        is_learned=learned,
        is_constant=np.isin(CODES, constant),
    )


def labels(n: int) -> np.ndarray:
    return (np.random.default_rng(0).random((n, 3)) < [0.5, 0.2, 0.1]).astype(np.int8)


def test_figures_of_each_rule_are_those_of_scikit_learn() -> None:
    Y = labels(300)
    automatic, suggested = flipped(Y, errors=0.1), flipped(Y, errors=0.3)
    figures = evaluated(Y, automatic, suggested=suggested)
    for scores, given in ((figures.automatic, automatic), (figures.suggested, suggested)):
        precision, recall, f1, support = precision_recall_fscore_support(Y, given)
        assert [code.precision.value for code in scores.codes] == pytest.approx(precision, abs=1e-4)
        assert [code.recall.value for code in scores.codes] == pytest.approx(recall, abs=1e-4)
        assert [code.f1.value for code in scores.codes] == pytest.approx(f1, abs=1e-4)
        assert [code.support for code in scores.codes] == support.tolist()
        assert scores.micro_f1.value == pytest.approx(f1_score(Y, given, average="micro"), abs=1e-4)
        assert scores.macro_f1.value == pytest.approx(f1.mean(), abs=1e-4)
        assert scores.whole_set.value == pytest.approx((given == Y).all(axis=1).mean(), abs=1e-4)


def test_an_interval_is_as_wide_as_a_binomial_one() -> None:
    Y = labels(400)
    share = evaluated(Y, flipped(Y, errors=0.1)).automatic.whole_set
    assert share.value is not None
    assert share.low is not None
    assert share.high is not None
    expected = 2 * 1.96 * np.sqrt(share.value * (1 - share.value) / 400)
    assert share.high - share.low == pytest.approx(expected, rel=0.15)


def test_only_the_random_stream_counts_where_it_is_large_enough() -> None:
    Y = labels(300)
    given = flipped(Y, errors=0.1)
    small, large = (evaluated(Y, given, n_random=n) for n in (99, 100))
    assert (small.is_random, small.n_answers) == (False, 300)
    assert (large.is_random, large.n_answers) == (True, 100)
    assert large.automatic.whole_set.value == pytest.approx((given == Y).all(axis=1)[:100].mean(), abs=1e-4)


def test_a_code_that_is_never_given_has_no_precision() -> None:
    Y = labels(50)
    scores = evaluated(Y, np.zeros_like(Y)).automatic
    assert scores.codes[0].precision.value is None
    assert scores.codes[0].recall.value == 0


def test_a_code_that_the_model_has_not_learned_is_reported_as_not_learnable() -> None:
    Y, learned = labels(50), np.array([True, True, False])
    scores = evaluated(Y, flipped(Y, errors=0.1), learned=learned).automatic
    assert [code.is_learnable for code in scores.codes] == [True, True, False]


def test_every_interval_holds_its_figure_and_knows_how_little_few_answers_tell() -> None:
    """Sixty answers, all right: a bootstrap took the codes that a draw misses for mistakes."""
    Y = labels(60)
    right = evaluated(Y, Y).automatic
    for figure in (right.micro_f1, right.macro_f1, right.whole_set, *(code.f1 for code in right.codes)):
        assert figure.value == figure.high == 1
        assert figure.low is not None
        assert 0.5 < figure.low < 1
    assert right.whole_set.low == pytest.approx(0.025 ** (1 / 60), abs=1e-4)  # Clopper & Pearson
    for errors in (0.02, 0.1, 0.4, 0.9):
        scores = evaluated(Y, flipped(Y, errors=errors)).automatic
        figures = [scores.micro_f1, scores.macro_f1, scores.whole_set]
        figures += [figure for code in scores.codes for figure in (code.precision, code.recall, code.f1)]
        for value, low, high in (figure.numbers for figure in figures if figure.value is not None):
            assert 0 <= low <= value <= high <= 1


def test_a_code_that_is_neither_there_nor_given_is_left_out_of_the_mean_and_named() -> None:
    Y = labels(60)
    Y[:, 2] = 0
    scores = evaluated(Y, Y).automatic
    assert scores.absent == ["c"]
    assert scores.macro_f1.value == 1
    assert scores.codes[2].f1.numbers == scores.codes[2].precision.numbers == []


def test_a_code_on_every_answer_counts_in_whole_sets_and_lifts_no_other_figure() -> None:
    Y = labels(60)
    without = evaluated(Y, flipped(Y, errors=0.2), constant="")
    Y[:, 2] = 1
    given = flipped(Y, errors=0.2)
    given[:, 2] = 1
    with_it = evaluated(Y, given, constant="c")
    assert with_it.automatic.codes[2].f1.value == 1
    assert [code.is_constant for code in with_it.automatic.codes] == [False, False, True]
    assert with_it.automatic.micro_f1.value == pytest.approx(
        f1_score(Y[:, :2], given[:, :2], average="micro"), abs=1e-4
    )
    assert with_it.automatic.whole_set.value == pytest.approx((given == Y).all(axis=1).mean(), abs=1e-4)
    assert with_it.baselines.keywords.micro_f1 == without.baselines.keywords.micro_f1 == 0


def test_intervals_hold_the_truth_in_nineteen_of_twenty_samples() -> None:
    """Answers with one to three codes, of which mistakes come together; few answers, and so many that errors count."""
    rng = np.random.default_rng(2)

    def sample(n: int) -> tuple[np.ndarray, np.ndarray]:
        Y = (rng.random((n, 6)) < [0.5, 0.3, 0.2, 0.15, 0.1, 0.05]).astype(np.int8)
        errors = rng.beta(0.4, 3.6, (n, 1))  # one in ten, but not of every answer
        return Y, np.where(rng.random(Y.shape) < errors * np.where(Y == 1, 1, 0.4), 1 - Y, Y).astype(np.int8)

    def figures(Y: np.ndarray, given: np.ndarray) -> list[Figure]:
        whole = counted((given == Y).all(axis=1).astype(int), np.ones(len(Y), dtype=int))
        return [counted_f1(Y, given), mean_f1(Y, given), whole]

    true = [figure.value or 0 for figure in figures(*sample(200_000))]
    for n in (40, 300):
        found = [figures(*sample(n)) for _ in range(300)]
        for place, value in enumerate(true):
            covered = [(one[place].low or 0) <= value <= (one[place].high or 0) for one in found]
            assert np.mean(covered) >= 0.93, (n, place)


def test_automatic_codes_are_those_of_one_half_and_suggestions_those_at_the_thresholds() -> None:
    """The thresholds are 0.2 for the first code and 0.7 for the second, which has the third for a child."""
    probabilities = np.array([[0.3, 0.0, 0.0], [0.1, 0.6, 0.6], [0.9, 0.8, 0.5], [0.3, 0.4, 0.4]], dtype=np.float32)
    given = probabilities >= [0.2, 0.7, 0.9]
    found = OutOfFold(probabilities, given, np.ones(given.shape, dtype=np.bool_), given.astype(np.int8))
    automatic, suggested = (as_published(found, 0.9, [-1, -1, 1], is_automatic=each) for each in (True, False))
    assert automatic.tolist() == [[0, 0, 0], [0, 1, 1], [1, 1, 1], [0, 0, 0]]
    assert suggested.tolist() == [[1, 0, 0], [0, 0, 0], [1, 1, 0], [1, 0, 0]]


def test_a_code_that_a_fold_did_not_learn_is_not_given_there() -> None:
    probabilities = np.full((2, 1), 0.9, dtype=np.float32)
    found = OutOfFold(probabilities, probabilities > 0.5, np.array([[True], [False]]), np.zeros((2, 1), dtype=np.int8))
    for is_automatic in (True, False):
        assert as_published(found, 0.9, [-1], is_automatic=is_automatic).tolist() == [[1], [0]]


def gold(codes: set[str], *, disputed: frozenset[str] = frozenset(), text: str = "antwoord") -> Gold:
    return Gold(codes=frozenset(codes), disputed=disputed, text=text, coders=("codeur-1",), is_random=False)


def test_disagreements_are_counted_and_left_out_of_training(tmp_path: Path) -> None:
    answers = {
        AnsweredUnit("2", "v1", "thema", ()): gold({"a", "b"}, text="Twee "),
        AnsweredUnit("1", "v1", "thema", ()): gold(set(), text="een"),
        AnsweredUnit("5", "v1", "thema", ()): gold(set(), text="weet niet"),
        AnsweredUnit("3", "v1", "thema", ()): gold({"a"}, disputed=frozenset({"b"})),
        AnsweredUnit("4", "v1", "thema", ()): gold({"c"}, text="twee"),
        AnsweredUnit("1", "v1", "sector", ()): gold({"a"}),
    }
    found = collect_examples(answers, CODEFRAME, kinds=Kinds(tmp_path, {}))
    assert [unit.respondent_id for unit in found.units] == ["1", "2", "4"]
    assert found.Y.tolist() == [[0, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert found.groups[1] == found.groups[2] != found.groups[0]
    assert (found.n_disagreements, found.n_without_text) == (1, 1)
    assert found.support == {"a": 1, "b": 1, "c": 1}


def test_a_fold_never_learns_from_an_answer_it_predicts() -> None:
    """Labels are noise, so whoever predicts them better than chance has seen them."""
    rng = np.random.default_rng(0)
    texts = [f"antwoord {i // 2}" for i in range(200)]  # every text twice
    Y = np.repeat((rng.random((100, 3)) < 0.5).astype(np.int8), 2, axis=0)
    groups = np.repeat(np.arange(100), 2)
    every = Examples(
        CODES, [AnsweredUnit(str(i), "v1", "thema", (str(i),)) for i in range(200)], texts, Y, groups, groups < 0, 0, 0
    )
    vectors = np.repeat(rng.normal(size=(100, 8)), 2, axis=0).astype(np.float32)
    features = Features([[text] for text in texts], vectors)
    phrases = Phrases(Features([], vectors[:0]), Y[:0])
    found = predict_out_of_fold(features, every, phrases, vectors, parents=[-1, -1, 0], seed=0)
    assert abs((found.given[:, 1] == Y[:, 1]).mean() - 0.5) < 0.15
    for said in (found.given, found.probabilities):
        assert (said[:, 0] >= said[:, 2]).all()  # a code implies its parent


def test_the_keyword_rule_gives_parents_too() -> None:
    nature = Code(id="natuur", value=1, label="Groene ruimte", definition="x")
    tree = Code(id="boom", value=2, label="Boom", definition="x", parent="natuur")
    codeframe = Codeframe(id="thema", label="Thema", code=[nature, tree])
    tokenizer = load_tokenizer("nl_core_news_sm")
    texts = ["een boom", "groene ruimte", "ruimte"]
    assert keyword_codes(texts, codeframe, tokenizer).tolist() == [[1, 1], [1, 0], [0, 0]]


def test_reliability_by_hand() -> None:
    """Four pairs near 0.1, of which one is there; two at 1, both there."""
    probabilities = np.array([[0.07, 0.1], [0.12, 0.11], [1.0, 1.0]], dtype=np.float32)
    Y = np.array([[0, 1], [0, 0], [1, 1]], dtype=np.int8)
    low, high = reliability(probabilities, Y)
    assert (low.n, low.probability, low.share) == (4, 0.1, 0.25)
    assert (low.low, low.high) == (0.0456, 0.6994)  # Wilson's interval of 1 in 4
    assert (high.n, high.probability, high.share) == (2, 1.0, 1.0)
    assert expected_calibration_error(probabilities, Y) == pytest.approx(4 / 6 * 0.15, abs=1e-6)


def read_picture(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Its texts, and its dots."""
    found = list(ElementTree.parse(path).iter())  # noqa: S314  # our own file
    texts = [str(each.text) for each in found if each.tag.endswith("}text") and each.text]
    return texts, [each.attrib for each in found if each.tag.endswith("}circle")]


def test_a_picture_stands_on_its_own_with_its_title_axes_and_points(tmp_path: Path) -> None:
    draw_reliability({"thema": [Bin(0.25, 0.5, 0.1, 0.9, 1200)], "<b>": []}, tmp_path / "kansen.svg")
    texts, dots = read_picture(tmp_path / "kansen.svg")
    assert {"Kloppen de kansen?", "thema", "<b>", LABELS["observed_share"], "kans volgens het model"} <= {*texts}
    assert {"20%", "100%", "1.000"} <= {*texts}
    assert [(dot["cx"], dot["cy"]) for dot in dots] == [("70.0", "135.0")]
    draw_risk_coverage({"thema": [Risk(0.5, 0.1, 0.2, 0.3), Risk(1.0, 0.1, 0.2, 0.37)]}, tmp_path / "fouten.svg")
    texts, dots = read_picture(tmp_path / "fouten.svg")
    assert {"Hoeveel gaat vanzelf, en hoe goed?", "antwoorden met een fout", "aandeel fout", "40%"} <= {*texts}


def test_the_picture_of_reliability_is_the_same_for_the_same_figures(tmp_path: Path) -> None:
    points = [Bin(0.1, 0.2, 0.1, 0.3, 40), Bin(0.9, 1.0, 0.8, 1.0, 10)]
    for name in ("een.svg", "twee.svg"):
        draw_reliability({"thema": points, "sector": points}, tmp_path / name)
    one, two = ((tmp_path / name).read_bytes() for name in ("een.svg", "twee.svg"))
    assert one == two
    assert LABELS["reliability"].encode() in one
