"""The benchmark's own arithmetic; the peers' packages are not needed here."""

import csv
import importlib.util
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.progress import Progress

from benchmarks import cell as cells
from benchmarks.__main__ import run
from benchmarks.cell import Cell, Folders, fingerprint_of, planned, read_record
from benchmarks.data import ALL, SOURCES, Dataset, load
from benchmarks.discover import scores
from benchmarks.methods import Majority
from benchmarks.pictures import draw
from benchmarks.results import METRICS, collect, incomplete, markdown, means, with_encoding
from benchmarks.scores import accuracy, multi_label_scores
from benchmarks.shares import Predicted, in_use, measured, read, wilson
from benchmarks.training import drawn
from benchmarks.tuning import Rule
from themawijzer.language.encoders import CachedEncoder
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.features import FeatureExtractor

PROTOCOL = Path(__file__).parent.parent.parent / "shared/tools/splits.py"
TOPICS = ["trein", "fiets", "bus"]


class LengthEncoder:
    """Stands in for a real one: as many numbers as an answer has of the first letters of the topics."""

    name = "length"

    def encode(self, texts: list[str]) -> np.ndarray:
        return np.array([[text.count(topic[0]) for topic in TOPICS] for text in texts], dtype=np.float32)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    """A small constructed dataset under the name of a real one."""
    monkeypatch.setattr(cells, "load_encoder", lambda _: LengthEncoder())
    with (tmp_path / "dekamer_titles.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "labels", "split"])
        writer.writerows(
            [f"{topic}{i}", f"meer {topic} graag, nummer {i}", topic if i % 5 else f"{topic}|duur", ""]
            for topic in TOPICS
            for i in range(45)
        )
    return Folders(tmp_path, tmp_path / "cells", tmp_path / "vectors")


def measure_all(selected: list[Cell], dataset: Dataset, folders: Folders) -> None:
    with ThreadPoolExecutor(1) as executor, Progress(disable=True) as progress:
        run(selected, {dataset.name: dataset}, folders, executor, progress)


def selection(dataset: Dataset, *methods: str) -> list[Cell]:
    return [each for each in planned({dataset.name: dataset}) if each.method in methods and each.size == "50"]


def test_scores_are_those_computed_by_hand() -> None:
    Y = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 1, 0]], dtype=np.int8)
    given = np.array([[1, 0, 0], [1, 0, 0], [0, 0, 0], [1, 1, 0]], dtype=np.int8)
    probabilities = np.where(given == 1, 1.0, 0.0).astype(np.float32)
    scores = multi_label_scores(Y, given, probabilities, np.array([9, 5, 1]))
    # Code 1: 2 hits, 3 given, 2 there. Code 2: 1, 1, 2. Code 3: never.
    assert scores["micro_f1"] == pytest.approx(6 / 8)
    assert scores["macro_f1"] == pytest.approx((4 / 5 + 2 / 3 + 0) / 3)
    assert scores["whole_set"] == pytest.approx(2 / 4)
    assert scores["rare_f1"] == 0
    # One of the eight zeros is there, one of the four ones is not.
    assert scores["ece"] == pytest.approx((1 + 1) / 12)
    assert "ece" not in multi_label_scores(Y, given, None, np.array([9, 5, 1]))


def test_accuracy_takes_the_most_probable_code_and_an_empty_set_is_wrong() -> None:
    Y = np.eye(3, dtype=np.int8)
    given = np.array([[0, 0, 0], [0, 1, 0], [1, 0, 1]], dtype=np.int8)
    assert accuracy(Y, given, None) == {"accuracy": pytest.approx(1 / 3)}
    probabilities = np.array([[0.4, 0.3, 0.3], [0.2, 0.1, 0.7], [0, 0, 0.1]], dtype=np.float32)
    assert accuracy(Y, given, probabilities) == {"accuracy": pytest.approx(2 / 3)}


def test_the_rule_gives_the_nearest_code_where_answers_nearly_always_have_one() -> None:
    Y = np.array([[1, 0], [0, 1], [1, 0], [0, 1]], dtype=np.int8)
    probabilities = np.array([[0.9, 0.5], [0.2, 0.8], [0.3, 0.1], [0.1, 0.2]], dtype=np.float32)
    assert (Rule().fit(probabilities, Y).given(probabilities) == Y).all()


def test_a_learning_curve_shows_every_method_by_its_name(folders: Folders) -> None:
    dataset, scores = load("dekamer_titles", folders.data), {"micro_f1": 0.5, "macro_f1": 0.4, "whole_set": 0.3}
    figures = pd.DataFrame(
        {"dataset": dataset.name, "method": method, "size": size, "fold": 0} | scores
        for method, size in (("themawijzer", "50"), ("themawijzer", "all"), ("majority", "50"))
    )
    draw(figures, dataset, folders.cells / "curve.svg")
    drawn = (folders.cells / "curve.svg").read_text(encoding="utf-8")
    assert [drawn.count(f">{name}</text>") for name in ("Themawijzer", "majority", "50", "Micro-F1")] == [3, 3, 3, 1]


def test_answers_with_the_same_text_stay_on_one_side(folders: Folders) -> None:
    dataset = load("dekamer_titles", folders.data)
    for fold in dataset.folds:
        train, test = dataset.rows(ALL, fold)
        assert sorted([*train, *test]) == list(range(135))
        assert not {dataset.texts[i] for i in train} & {dataset.texts[i] for i in test}
    assert dataset.sizes == ["50", "100", "all"]


@pytest.mark.skipif(not PROTOCOL.exists(), reason="the protocol's own script is not here")
@pytest.mark.parametrize("name", ["vu_net_core_sentences", "dekamer_titles"])
def test_splits_are_those_of_the_protocol(name: str) -> None:
    spec = importlib.util.spec_from_file_location("splits", PROTOCOL)
    assert spec
    assert spec.loader
    splits = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(splits)
    dataset = load(name, splits.DATA)
    texts, Y, codes = splits.load(name, min_count=SOURCES[name].min_count, top=SOURCES[name].top)
    assert dataset.texts == list(texts)
    assert (dataset.Y == Y).all()
    assert [code.label for code in dataset.codeframe.codes] == [code.replace("_", " ") for code in codes]
    for size, n_train in (("200", 200), (ALL, None)):
        for fold, (train, test) in enumerate(splits.folds(texts, n_train=n_train)):
            assert [part.tolist() for part in dataset.rows(size, fold)] == [train.tolist(), test.tolist()]


@pytest.mark.skipif(not PROTOCOL.exists(), reason="the data are not here")
def test_the_data_are_read_as_the_benchmark_says() -> None:
    folder = PROTOCOL.parent.parent / "data"
    wishes, topics = load("vu_wens_coded", folder), load("sib200_nl", folder)
    assert wishes.Y.shape == (706, 18)
    assert all(len(code.include) > 1 for code in wishes.codeframe.codes)
    draws = [topics.rows("", draw) for draw in topics.folds]
    assert [len(train) for train, _ in draws] == [56] * 10
    assert {len(test) for _, test in draws} == {204}
    assert (topics.Y[draws[9][0]].sum(axis=0) == 8).all()


def test_every_method_here_learns_and_is_scored(folders: Folders) -> None:
    dataset = load("dekamer_titles", folders.data)
    selected = [each for each in selection(dataset, "themawijzer", "keywords", "majority") if each.fold == 0]
    measure_all(selected, dataset, folders)
    figures = collect(selected, {dataset.name: dataset}, folders.cells)
    assert figures["method"].tolist() == ["themawijzer", "keywords", "majority"]
    assert len(figures) == 3
    assert (figures[figures["method"] != "majority"]["micro_f1"] > 0.8).all()
    assert (figures["peak_mb"] > 0).all()


def test_a_stopped_run_goes_on_and_a_stale_cell_is_measured_again(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = load("dekamer_titles", folders.data)
    selected = selection(dataset, "majority")
    measure_all(selected[:2], dataset, folders)
    fresh = fingerprint_of(Majority, dataset.sha256)
    stale = selected[1].file(folders.cells)
    stale.write_text(stale.read_text(encoding="utf-8").replace(fresh, "of other code"), encoding="utf-8")
    measured: list[Cell] = []
    measure = cells.measure
    monkeypatch.setattr(
        "benchmarks.__main__.measure", lambda each, *rest: (measured.append(each), measure(each, *rest))
    )
    measure_all(selected, dataset, folders)
    assert measured == selected[1:]
    assert read_record(stale, fresh) is not None


def test_a_fingerprint_follows_code_data_and_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint_of(cells.Themawijzer, "data")
    assert before == fingerprint_of(cells.Themawijzer, "data")
    assert before != fingerprint_of(cells.Themawijzer, "other data")
    assert before != fingerprint_of(cells.Words, "data")
    monkeypatch.setattr(cells, "_version", lambda _: "0.0")
    assert before != fingerprint_of(cells.Themawijzer, "data")


def test_results_average_over_folds_and_mark_what_is_incomplete(folders: Folders) -> None:
    dataset = load("dekamer_titles", folders.data)
    figures = pd.DataFrame(
        [
            {"dataset": dataset.name, "method": method, "size": "50", "fold": fold, "micro_f1": value}
            for method, values in {"themawijzer": [0.5, 0.7, 0.6, 0.6], "words": [0.3, 0.5]}.items()
            for fold, value in enumerate(values)
        ]
    )
    table = means(figures, dataset, "micro_f1")
    assert table.round(6).to_dict() == {"50": {"themawijzer": 0.6, "words": 0.4}}
    assert incomplete(figures, dataset) == {("words", "50")}
    rows = markdown(table, METRICS["micro_f1"], incomplete(figures, dataset)).splitlines()
    assert re.findall(r"[\d.*†]+$", rows[2].rstrip(" |")) == ["**0.600**"]
    assert re.findall(r"[\d.*†]+$", rows[3].rstrip(" |")) == ["0.400†"]


def test_answers_per_second_count_the_vectors_of_methods_that_need_them() -> None:
    figures = pd.DataFrame({"method": ["themawijzer", "words"], "answers_per_second": [100.0, 100.0]})
    assert with_encoding(figures, 100.0)["answers_per_second"].tolist() == [50.0, 100.0]


def test_intervals_hold_the_truth_or_not() -> None:
    """A machine that finds half of what is there, and gives itself a probability of one half where it looks."""
    truth = np.array([1, 1, 0, 0] * 100, dtype=np.int8)[:, None]
    found = np.array([1, 0, 0, 0] * 100, dtype=float)[:, None]
    population = Predicted(truth, np.where(found, 1, 1 / 3), found)
    figures = measured(population, np.arange(100)).iloc[0]
    assert figures["truth"] == 0.5
    assert (figures["corrected"], figures["raw"], figures["audit"]) == (True, False, True)
    low, high = wilson(np.array([(50 + 75) / 400]), np.array([400]))
    assert figures["raw_width"] == pytest.approx((high - low).item())
    assert figures["corrected_width"] < figures["audit_width"]


def test_the_score_interval_is_wilsons() -> None:
    assert [each.item() for each in wilson(np.array([0.0]), 10)] == pytest.approx([0, 0.27753], abs=1e-5)


def test_audits_are_drawn_again_and_again_and_the_same_ones_every_time(folders: Folders) -> None:
    dataset = load("dekamer_titles", folders.data)
    extract = FeatureExtractor(load_tokenizer("nl"), CachedEncoder(LengthEncoder(), folders.vectors))
    answers = read(dataset, extract)
    assert (answers.Y[:, 3] == dataset.Y[:, :2].max(axis=1)).all()  # the two most frequent codes, taken together
    figures = in_use(answers, 2)
    assert figures.groupby("n").size().to_dict() == {20: 2 * 8, 30: 2 * 8, 50: 2 * 8}
    assert figures["truth"].round(3).tolist()[:4] == [0.333, 0.333, 0.333, 0.667]
    assert figures.equals(in_use(answers, 2))


def test_groups_are_scored_by_the_hidden_codes_that_they_hold() -> None:
    """By hand: group 0 holds two of three answers with the first code, group 1 one of each code; one answer in none."""
    truth = np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.int8)
    found = scores(np.array([0, 0, 1, 1, -1]), truth)
    assert found["found"] == 0.5
    assert found["all_in_one"] == pytest.approx(2 / 3 / 2)
    assert found["purity"] == pytest.approx((1 + 0.5) / 2)
    assert (found["proposals"], found["rest"]) == (2, 0.2)
    nothing = scores(np.full(5, -1), truth)
    assert (nothing["found"], nothing["proposals"], nothing["rest"]) == (0, 0, 1)


def test_answers_beyond_those_of_a_dataset_are_others_with_the_same_codes(folders: Folders) -> None:
    dataset = load("dekamer_titles", folders.data)
    extract = FeatureExtractor(load_tokenizer("nl_core_news_sm"), CachedEncoder(LengthEncoder(), folders.vectors))
    n = len(dataset.texts)
    lesson = drawn(dataset, extract, n + 60)
    texts = [" ".join(words) for words in lesson.answers.words]
    assert sorted(texts[:n]) == sorted(" ".join(words) for words in extract(dataset.texts).words)
    assert not {*texts[n:]} <= {*texts[:n]}
    codes = {tuple(words): tuple(own) for words, own in zip(lesson.answers.words[:n], lesson.Y[:n], strict=True)}
    for words, own in zip(lesson.answers.words[n:], lesson.Y[n:], strict=True):
        changed = [codes[known] for known in codes if sum(a != b for a, b in zip(known, words, strict=True)) <= 1]
        assert tuple(own) in changed
    assert len(np.unique(lesson.answers.vectors[n:], axis=0)) == 60
