"""How far coders agree: what the literature computed, what others compute, and what is advised."""

import csv
import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import run, write_annotations
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import masi_distance

from themawijzer.coding.advice import Advice, Judgement, judge, n_required
from themawijzer.coding.coefficients import (
    Confusion,
    Ratings,
    cohens_kappa,
    collect_ratings,
    count_confusions,
    krippendorffs_alpha,
    masi_distances,
    measure,
    raw_agreement,
)
from themawijzer.coding.numbers import Figure
from themawijzer.survey.annotations import Annotation
from themawijzer.survey.codebook import Codebook, Codeframe

CODES = ("aap", "boom", "cent")
Said = Sequence[str | None]


def codeframe(*, parent: str | None = None) -> Codeframe:
    codes = [{"id": code, "value": place, "label": code, "definition": "d"} for place, code in enumerate(CODES, 1)]
    codes[1] |= {"parent": parent} if parent else {}
    frame = {"id": "thema", "label": "Thema", "code": codes}
    return Codebook.model_validate({"title": "t", "version": "1.0.0", "codeframe": [frame]}).codeframe("thema")


def annotation(number: int, codes: str, *, text: str = "t", **more: str) -> Annotation:
    chosen = frozenset(filter(None, codes.split("|")))
    rest = {"annotated_at": "2026-01-01T00:00:00Z", "codebook_version": "1.0.0", "stream": "random"} | more
    return Annotation(f"{number:03d}", "v1", "thema", chosen, text, **rest)  # type: ignore[arg-type]


def ratings(*coders: Said) -> Ratings:
    """What each coder said of unit after unit: codes joined by a bar, None where the coder said nothing."""
    annotations = {
        f"codeur-{number}": [annotation(unit, codes) for unit, codes in enumerate(said) if codes is not None]
        for number, said in enumerate(coders, start=1)
    }
    return collect_ratings(annotations, codeframe())


# Krippendorff (2011), "Computing Krippendorff's alpha-reliability", example C: four observers, twelve units.
OBSERVERS = ["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."]


def test_alpha_with_missing_values_is_that_of_krippendorff() -> None:
    units = list(zip(*(observer.split() for observer in OBSERVERS), strict=True))[:-1]  # the last has one value only
    counts = np.array([[unit.count(value) for value in "12345"] for unit in units], dtype=float)
    (alpha,) = krippendorffs_alpha(counts, 1 - np.eye(5), np.ones((1, len(units))))
    assert alpha == pytest.approx(0.743, abs=0.0005)


def test_kappa_is_that_of_a_table_worked_out_by_hand() -> None:
    """Two judges of fifty proposals, 20 twice yes, 15 twice no, 5 and 10 otherwise: agreed .70, by chance .50."""
    first = np.array([[1, 0]] * 25 + [[0, 1]] * 25, dtype=float)
    second = np.array([[1, 0]] * 20 + [[0, 1]] * 5 + [[1, 0]] * 10 + [[0, 1]] * 15, dtype=float)
    draws = np.ones((1, 50))
    assert cohens_kappa(first, second, draws).tolist() == pytest.approx([0.4])
    assert np.average(raw_agreement(first + second), weights=draws[0]) == pytest.approx(0.7)


def test_distances_of_sets_are_those_of_passonneau() -> None:
    sets = [frozenset("ab"), frozenset("a"), frozenset("bc"), frozenset("d"), frozenset()]
    assert masi_distances(sets)[0].tolist() == pytest.approx([0, 1 - 2 / 3 / 2, 1 - 1 / 3 / 3, 1, 1])
    assert masi_distances(sets)[4].tolist() == [1, 1, 1, 1, 0]


CODE_SETS = st.sampled_from(
    ["aap", "boom", "cent", "aap|boom", "boom|cent", "aap|boom|cent"]
)  # NLTK knows no empty set


@settings(max_examples=50)
@given(st.lists(st.tuples(CODE_SETS, CODE_SETS, st.none() | CODE_SETS), min_size=2, max_size=12))
def test_coefficients_are_those_of_nltk(units: list[tuple[str, str, str | None]]) -> None:
    three = ratings(*zip(*units, strict=True))
    if len({codes for unit in units for codes in unit if codes}) < 2:
        assert measure(three, seed=0)[0].alpha == Figure()  # NLTK divides by zero
        return
    whole, *per_code = measure(three, seed=0)
    triples = [
        (str(c), u, frozenset(codes.split("|")))
        for u, unit in enumerate(units)
        for c, codes in enumerate(unit)
        if codes
    ]
    assert whole.alpha.value == pytest.approx(AnnotationTask(triples).alpha(), abs=1e-4)
    assert whole.set_alpha.value == pytest.approx(AnnotationTask(triples, distance=masi_distance).alpha(), abs=1e-4)
    for code, ours in zip(CODES, per_code, strict=True):
        if ours.alpha.value is not None:
            theirs = AnnotationTask([(coder, unit, code in codes) for coder, unit, codes in triples]).alpha()
            assert ours.alpha.value == pytest.approx(theirs, abs=1e-4)
    whole, *_ = measure(three.of(["codeur-1", "codeur-2"]), seed=0)
    if whole.kappa.value is not None:
        assert whole.kappa.value == pytest.approx(
            AnnotationTask([each for each in triples if each[0] != "2"]).kappa(), abs=1e-4
        )


def test_only_the_last_annotation_of_each_coder_counts_and_an_adjudicator_is_no_coder() -> None:
    first = [annotation(1, "aap"), annotation(1, "boom"), annotation(2, "aap")]
    rows = {"codeur-1": first, "codeur-2": [annotation(1, "boom")], "adjudicated": [annotation(2, "boom")]}
    found = collect_ratings(rows, codeframe())
    boom = frozenset({"boom"})
    assert found == Ratings(("codeur-1", "codeur-2"), CODES, {(boom, boom): 1}, n_single=1)


def test_coders_who_saw_other_words_did_not_code_the_same() -> None:
    rows = {"codeur-1": [annotation(1, "aap")], "codeur-2": [annotation(1, "aap", text="anders")]}
    found = collect_ratings(rows, codeframe())
    assert (found.n, found.n_single) == (0, 2)
    assert measure(found, seed=0) == []


def test_what_holds_a_retired_code_counts_for_nothing() -> None:
    rows = {"codeur-1": [annotation(1, "aap|oud")], "codeur-2": [annotation(1, "aap")]}
    found = collect_ratings(rows, codeframe())
    assert (found.n, found.n_single) == (0, 1)


def test_a_code_counts_as_its_parent_too() -> None:
    rows = {"codeur-1": [annotation(1, "boom")], "codeur-2": [annotation(1, "aap|boom")]}
    (pattern,) = collect_ratings(rows, codeframe(parent="aap")).patterns
    assert pattern == (frozenset({"aap", "boom"}), frozenset({"aap", "boom"}))


def test_the_interval_is_that_of_a_bootstrap_over_single_units() -> None:
    one, other = ["aap"] * 40 + ["boom"] * 60, ["aap"] * 30 + ["boom"] * 70
    (whole, *_) = measure(ratings(one, other), seed=1)
    same = np.array([1.0] * 30 + [0.0] * 10 + [1.0] * 60)
    drawn = np.random.default_rng(2).choice(same, size=(4000, 100)).mean(axis=1)
    assert (whole.raw.value, whole.n, whole.n_given) == (0.9, 100, 100)
    # The exact interval of Clopper & Pearson for 90 of 100, which a bootstrap over units comes near.
    assert [whole.raw.low, whole.raw.high] == pytest.approx([0.8238, 0.9510], abs=1e-4)
    assert [whole.raw.low, whole.raw.high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]).tolist(), abs=0.02)
    by_chance = 1 - 2 * (70 * 130 / (200 * 199))  # of alpha, hardly changed from draw to draw
    near = [1 - (1 - end) / (1 - by_chance) for end in np.quantile(drawn, [0.025, 0.975])]
    assert [whole.alpha.low, whole.alpha.high] == pytest.approx(near, abs=0.03)


def test_an_interval_holds_its_figure_and_there_is_none_where_a_bootstrap_cannot_tell() -> None:
    said = ["aap"] * 30 + ["boom"] * 29 + ["cent"]
    (whole, aap, boom, cent) = measure(ratings(said, said), seed=1)
    for figures in (whole, aap, boom, cent):  # nobody disagreed: no draw can either
        assert figures.alpha == figures.kappa == Figure(1.0)
        assert figures.raw.numbers == [1.0, pytest.approx(0.025 ** (1 / 60), abs=1e-4), 1.0]
    *_, cent = measure(ratings(said, ["aap"] * 30 + ["boom"] * 30), seed=1)
    assert (cent.alpha.value, cent.alpha.low) == (0.0, None)  # given once: a third of the draws is without it
    *_, boom, _ = measure(ratings(said, ["aap"] * 31 + ["boom"] * 28 + ["cent"]), seed=1)
    value, low, high = boom.alpha.numbers
    assert low < value < 1 == high


def test_the_same_annotations_give_the_same_figures() -> None:
    said = ["aap", "boom", "", "aap|boom"] * 5
    assert measure(ratings(said, said[::-1]), seed=3) == measure(ratings(said, said[::-1]), seed=3)


def test_confusions_count_what_one_gave_where_another_gave_something_else() -> None:
    found = count_confusions(ratings(["aap", "aap", "boom|cent", "cent", ""], ["boom", "boom", "aap|cent", "", "cent"]))
    assert found == [Confusion("aap", "boom", 3), Confusion("cent", "", 2)]


# z^2 ((1 + a)(3 - a) / (4 p (1 - p)(1 - a)) - a); tables of it count codings, two per unit: 81 and 139 for p = 1/4.
@pytest.mark.parametrize(("share", "least", "n"), [(0.25, 0.667, 41), (0.25, 0.8, 70), (0.5, 0.8, 52)])
def test_units_that_are_needed_are_those_of_the_published_table(share: float, least: float, n: int) -> None:
    assert n_required(share, least) == n


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (["aap"] * 30 + [""] * 30, ["aap"] * 30 + [""] * 30, Judgement("aap", Advice.FINE)),
        (["aap"] * 30 + [""] * 30, ["aap"] * 25 + [""] * 35, Judgement("aap", Advice.FINE)),
        (["aap"] * 30 + [""] * 30, ["aap"] * 22 + [""] * 38, Judgement("aap", Advice.TENTATIVE)),
        (["aap"] * 30 + [""] * 30, ["aap"] * 15 + [""] * 45, Judgement("aap", Advice.SHARPEN)),
        (["aap"] * 30 + [""] * 30, ["aap"] * 15 + ["boom"] * 10 + [""] * 35, Judgement("aap", Advice.MERGE, "boom")),
        (["aap"] * 2 + [""] * 30, ["aap"] * 2 + [""] * 30, Judgement("aap", Advice.TOO_FEW, n_more=102)),
        ([""] * 30, [""] * 30, Judgement("aap", Advice.TOO_FEW)),
    ],
)
def test_the_advice_follows_from_alpha_and_from_what_a_code_is_taken_for(
    one: Said, other: Said, expected: Judgement
) -> None:
    both = ratings(one, other)
    assert judge(measure(both, seed=0), both)[0] == expected


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A survey with three coders; the third coded a part."""
    (tmp_path / "surveys/vervoer").mkdir(parents=True)
    (tmp_path / "annotations/vervoer").mkdir(parents=True)
    question = '[[question]]\nid = "v1"\ncolumn = "V1"\ntext = "?"\ncodeframes = ["thema"]\n'
    survey = f'title = "t"\nresponses = "r.csv"\nrespondent_id = "nr"\n{question}'
    (tmp_path / "surveys/vervoer/survey.toml").write_text(survey, encoding="utf-8")
    codes = [
        f'[[codeframe.code]]\nid = "{code}"\nvalue = {n}\nlabel = "De {code}"\ndefinition = "d"\n'
        for n, code in enumerate(CODES, 1)
    ]
    codebook = 'title = "t"\nversion = "1.0.0"\n[[codeframe]]\nid = "thema"\nlabel = "Thema"\n' + "".join(codes)
    (tmp_path / "annotations/vervoer/codebook.toml").write_text(codebook, encoding="utf-8")
    return tmp_path


def write_coder(root: Path, coder: str, said: Said) -> None:
    rows = [annotation(unit, codes) for unit, codes in enumerate(said) if codes is not None]
    write_annotations(root / f"annotations/vervoer/{coder}.csv", rows)


def test_the_command_tells_and_stores_how_far_coders_agree(root: Path) -> None:
    write_coder(root, "codeur-1", ["aap"] * 30 + [""] * 30 + ["cent"])
    write_coder(root, "codeur-2", ["aap"] * 15 + ["boom"] * 10 + [""] * 35)
    write_coder(root, "codeur-3", ["aap"] * 30)
    told = run("agreement", "vervoer", root=root)
    assert "thema: 60 answers of two coders or more (codeur-1, codeur-2, codeur-3); 1 that one coder coded" in told
    assert "merge with boom?" in told
    assert "codeur-1 and codeur-3: 30 answers, alpha -" in told
    facts = json.loads((root / "coded/vervoer/agreement.json").read_text(encoding="utf-8"))
    assert facts["codeframes"]["thema"]["confusions"][0] == {"code": "aap", "other": "boom", "n": 20}
    with (root / "coded/vervoer/agreement.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["code"], row["coders"].count("codeur"), row["n"]) for row in rows[:5]] == [
        ("", 3, "60"), ("aap", 3, "60"), ("boom", 3, "60"), ("cent", 3, "60"), ("", 2, "60"),
    ]  # fmt: skip
    assert rows[1]["advice"] == "samenvoegen met De boom, of in de definities zeggen waar de grens ligt"
    assert {row["kappa"] for row in rows[:4]} == {""}
    before = (root / "coded/vervoer/agreement.json").read_bytes()
    run("agreement", "vervoer", root=root)
    assert (root / "coded/vervoer/agreement.json").read_bytes() == before


def test_with_one_coder_there_is_nothing_to_measure_yet(root: Path) -> None:
    write_coder(root, "codeur-1", ["aap"] * 3)
    told = run("agreement", "vervoer", root=root)
    assert "thema: 0 answers of two coders or more (codeur-1); 3 that one coder coded left out" in told
    assert "no answer in the responses has one coder only" in told


def test_the_command_that_is_advised_gives_as_many_answers_as_it_asks_for(root: Path) -> None:
    """Whatever the share that the page mixes in by itself, which is a tenth here."""
    answers = "".join(f"{number:03d},t\n" for number in range(63))
    (root / "surveys/vervoer/r.csv").write_text(f"nr,V1\n{answers}", encoding="utf-8")
    for coders, n in ((["codeur-1"], 50), (["codeur-1", "codeur-2"], 31)):
        for coder, rows in zip(coders, (63, 3), strict=False):
            write_coder(root, coder, ["aap", "boom", ""][: min(rows, 3)] + ["aap"] * (rows - 3))
        told = " ".join(run("agreement", "vervoer", root=root).split())
        (command,) = re.findall(r"themawijzer (worksheet .*?--n \d+)", told)
        assert command == f"worksheet vervoer --coder NAME --stream double --codeframe thema --n {n}"
        made = run(*command.replace("NAME", "codeur-3" if n == 50 else "codeur-4").split(), root=root)
        assert f"v1: {n} answers (double)" in made


def test_what_is_left_out_is_told_with_its_reason(root: Path) -> None:
    """Two looked at the same answers; the second one in second looks, and once in a copy of the first one's row."""
    times = [f"2026-01-01T00:00:{unit:02d}Z" for unit in range(6)]
    first = [annotation(unit, "aap", annotated_at=times[unit]) for unit in range(6)]
    seen = [annotation(unit, "aap", annotated_at=f"2026-01-02T00:00:{unit:02d}Z", stream="review") for unit in (1, 2)]
    for coder, rows in {"codeur-1": first, "codeur-2": [first[0], *seen]}.items():
        write_annotations(root / f"annotations/vervoer/{coder}.csv", rows)
    told = " ".join(run("agreement", "vervoer", root=root).split())
    assert "thema: 0 answers of two coders or more" in told
    assert "2 rows left out: given in a second look, where codes of another coder can be seen" in told
    assert "1 rows left out: the same as another coder's, to the second: copied" in told
    facts = json.loads((root / "coded/vervoer/agreement.json").read_text(encoding="utf-8"))["codeframes"]["thema"]
    assert facts["rows_left_out_given_where_other_codes_could_be_seen"] == 2
    assert facts["rows_left_out_copied_from_another_coder"] == 1


def test_what_is_advised_where_nothing_was_coded_is_a_whole_command(root: Path) -> None:
    (root / "surveys/vervoer/r.csv").write_text("nr,V1\n001,t\n", encoding="utf-8")
    told = " ".join(run("train", "vervoer", root=root, expected=2).split())
    assert (
        "Code answers: themawijzer annotate vervoer --coder NAME; or bring codes in: themawijzer import vervoer" in told
    )
