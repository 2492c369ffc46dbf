"""What a notebook imports from themawijzer itself."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import themawijzer
from themawijzer import InputError, agreement, shares
from themawijzer.coding.advice import judge
from themawijzer.coding.coefficients import collect_ratings, measure
from themawijzer.survey.annotations import Annotation
from themawijzer.survey.codebook import Codeframe

CODEFRAME = Codeframe.model_validate(
    {
        "id": "vervoer",
        "label": "Vervoer",
        "code": [
            {"id": "ov", "value": 1, "label": "Openbaar vervoer", "definition": "x"},
            {"id": "trein", "value": 2, "label": "Trein", "definition": "x", "parent": "ov"},
            {"id": "fiets", "value": 3, "label": "Fiets", "definition": "x"},
        ],
    }
)
HEAVY = ["numpy", "pandas", "spacy", "sklearn", "scipy", "pydantic", "joblib"]


def test_importing_themawijzer_loads_nothing_that_is_heavy() -> None:
    code = f"import sys, themawijzer; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_importing_themawijzer_takes_less_than_a_tenth_of_a_second() -> None:
    code = "import time; start = time.perf_counter(); import themawijzer; print(time.perf_counter() - start)"
    times = [subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(3)]
    assert min(map(float, times)) < 0.1  # the fastest: others may keep the machine busy


def test_every_public_name_is_there_and_documented() -> None:
    assert {*themawijzer.__all__, "__version__"} <= set(dir(themawijzer))
    assert all(getattr(themawijzer, name).__doc__ for name in themawijzer.__all__)
    assert themawijzer.__version__.count(".") >= 2
    with pytest.raises(AttributeError, match="no attribute 'predict'"):
        themawijzer.predict  # noqa: B018


def coded(coders: int = 2, seed: int = 0) -> pd.DataFrame:
    """What coders, who mostly agree, said of 80 answers."""
    rng = np.random.default_rng(seed)
    rows = []
    for answer in range(80):
        truth = set(rng.choice(["ov", "trein", "fiets"], rng.integers(0, 3), replace=False).tolist())
        for coder in range(1, coders + 1):
            codes = truth ^ ({"fiets"} if rng.random() < 0.1 else set())
            rows.append((f"codeur-{coder}", answer, codes))
    return pd.DataFrame(rows, columns=["coder", "answer", "codes"])


@pytest.mark.parametrize("coders", [2, 3])
def test_agreement_has_the_figures_of_the_command(coders: int) -> None:
    frame = coded(coders)
    annotations: dict[str, list[Annotation]] = {}
    for coder, answer, codes in frame.itertuples(index=False):
        said = Annotation(f"{answer:02d}", "v1", "vervoer", frozenset(codes), "bus", "2026-01-01", "1.0.0", "random")
        annotations.setdefault(coder, []).append(said)
    ratings = collect_ratings(annotations, CODEFRAME)
    measured = measure(ratings, seed=3)
    found = agreement(frame, codeframe=CODEFRAME, seed=3)
    assert found["code"].tolist()[:4] == ["", "ov", "trein", "fiets"]
    assert len(found) == 4 * (1 if coders == 2 else 4)
    for expected, row in zip(measured, found.to_dict("records"), strict=False):
        assert row["n"] == expected.n == 80
        assert row["n_given"] == expected.n_given
        for name in ("raw", "kappa", "alpha", "set_alpha"):
            figure = getattr(expected, name)
            own = [None if np.isnan(row[f"{name}{end}"]) else row[f"{name}{end}"] for end in ("", "_low", "_high")]
            assert own == [figure.value, figure.low, figure.high]
    assert found["advice"].tolist()[1:4] == [each.advice for each in judge(measured, ratings)]


def test_codes_may_be_lists_sets_or_joined_by_a_bar() -> None:
    frame = coded()
    joined = frame.assign(codes=["|".join(sorted(codes)) or "geen" for codes in frame["codes"]])
    listed = frame.assign(codes=[[*codes] for codes in frame["codes"]])
    assert agreement(joined).equals(agreement(frame))
    assert agreement(joined.replace("geen", "Geen")).equals(agreement(frame))  # as `import` reads it
    assert agreement(listed).equals(agreement(frame))


def test_of_two_rows_about_one_answer_the_last_counts_and_open_ones_do_not() -> None:
    frame = coded()
    first = frame.iloc[:10].assign(codes="fiets|ov")
    not_yet = pd.DataFrame({"coder": "codeur-3", "answer": range(80), "codes": ["", None] * 40})
    assert agreement(pd.concat([first, frame, not_yet])).equals(agreement(frame))


def test_agreement_of_one_coder_is_an_empty_table() -> None:
    found = agreement(coded(1))
    assert len(found) == 0
    assert "alpha_low" in found


def answers(n: int = 400, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A model that says 0.7 where the code is there and 0.2 where it is not, and a random sample of 100 answers."""
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.3
    said = [(["fiets"] if given else []) if place < 100 else None for place, given in enumerate(truth)]
    frame = pd.DataFrame({"codes": said, "sample": np.arange(n) < 100, "wijk": ["Noord"] * (n - 3) + ["Zuid"] * 3})
    return frame, pd.DataFrame({"fiets": np.where(truth, 0.7, 0.2), "trein": 0.0})


def test_shares_are_corrected_by_what_people_said() -> None:
    frame, probabilities = answers()
    found = shares(frame, probabilities).set_index("code")
    assert probabilities["fiets"].mean() == pytest.approx(0.34, abs=0.03)
    truth = (probabilities["fiets"] > 0.5).mean()
    assert found.loc["fiets", "low"] < truth < found.loc["fiets", "high"]
    assert found.loc["fiets", "share"] == pytest.approx(truth, abs=0.02)
    assert found.loc["fiets", ["n", "n_audit", "needed"]].tolist() == [400, 100, 0]
    assert found.loc["trein", "share"] == 0


def test_a_weight_moves_shares() -> None:
    frame, probabilities = answers()
    heavy = frame.assign(weight=np.where(probabilities["fiets"] > 0.5, 3.0, 1.0))
    plain, weighted = (shares(each, probabilities).loc[0, "share"] for each in (frame, heavy))
    assert weighted == pytest.approx(3 * plain / (1 + 2 * plain), abs=0.03)


def test_small_groups_are_not_told_of_and_small_samples_give_no_figures() -> None:
    frame, probabilities = answers()
    by_group = shares(frame, probabilities, by=["wijk"])
    assert by_group.query("background == 'wijk'")["refusal"].tolist() == ["small_cell"] * 4
    few = shares(frame.assign(sample=np.arange(400) < 20), probabilities)
    assert few["refusal"].tolist() == ["not_random"] * 2
    assert few["needed"].tolist() == [30, 30]
    assert few["share"].isna().all()


def test_background_that_is_missing_is_a_group_and_numbers_keep_their_looks() -> None:
    frame, probabilities = answers()
    place = np.arange(400)
    lacking = frame.assign(
        year=np.where(place % 4, place % 4, np.nan), town=[None if n % 2 else "Ede" for n in place], kind=pd.NA
    )
    found = shares(lacking, probabilities, by=["year", "town", "kind"]).groupby("background")["group"].unique()
    groups = {background: list(values) for background, values in found.items()}
    assert groups == {"": [""], "year": ["", "1", "2", "3"], "town": ["", "Ede"], "kind": [""]}
    assert shares(frame, probabilities, by="wijk").equals(shares(frame, probabilities, by=["wijk"]))


def test_a_code_that_could_not_be_learned_has_the_share_of_the_sample() -> None:
    frame, probabilities = answers()
    found = shares(frame, probabilities.assign(fiets=np.nan)).loc[0]
    assert found["share"] == pytest.approx(sum(map(bool, frame["codes"][:100])) / 100)
    assert found["low"] < found["share"] < found["high"]


def test_where_people_coded_all_that_is_what_effective_n_tells() -> None:
    frame, probabilities = answers()
    said = [["fiets"] if high else [] for high in probabilities["fiets"] > 0.5]
    found = shares(frame.assign(codes=pd.Series(said)), probabilities).loc[0]
    assert found[["low", "high"]].tolist() == pytest.approx([found["share"]] * 2)
    assert (found["effective_n"], found["method"]) == (400, "counted")


def test_the_types_of_a_result_do_not_depend_on_what_is_in_it() -> None:
    frame, probabilities = answers()
    whole = shares(frame, probabilities)
    refused = shares(frame.assign(sample=False), probabilities)
    nothing = shares(frame[:0], probabilities[:0])
    assert whole.dtypes.equals(refused.dtypes)
    assert whole.dtypes.equals(nothing.dtypes)
    assert whole["refusal"].tolist() == [None, None]
    assert [type(refusal) for refusal in refused["refusal"]] == [str, str]
    assert refused["share"].round(2).isna().all()
    assert len(nothing) == 0
    assert agreement(coded()).dtypes.equals(agreement(coded()[:0]).dtypes)


def with_cell(frame: pd.DataFrame, column: str, value: object, row: int = 2) -> pd.DataFrame:
    """The frame, whose rows get labels, with another value in one cell."""
    cells = frame[column].astype(object).tolist()
    cells[row] = value
    labels = [f"r{place}" for place in range(len(frame))]
    return frame.assign(**{column: pd.Series(cells, dtype=object, index=frame.index)}).set_axis(labels)


@pytest.mark.parametrize("value", [np.nan, None, -0.1, 1.1, np.inf, "Jan de Vries"])
def test_a_probability_that_is_none_is_refused_with_its_place(value: object) -> None:
    frame, probabilities = answers()
    spoiled = with_cell(probabilities, "fiets", value)
    with pytest.raises(
        ValueError, match=r"probabilities, row r2, column fiets: .*\nA probability for every answer"
    ) as no:
        shares(frame.set_axis(spoiled.index), spoiled)
    assert "Vries" not in str(no.value)


@pytest.mark.parametrize("value", [np.nan, None, -1, np.inf, "1,5", "Jan"])
def test_a_weight_that_is_none_is_refused_with_its_place(value: object) -> None:
    frame, probabilities = answers()
    spoiled = with_cell(frame.assign(weight=1.0), "weight", value)
    with pytest.raises(InputError, match="frame, row r2, column weight: this cannot be\nA number of 0 or more") as no:
        shares(spoiled, probabilities.set_axis(spoiled.index))
    assert "Jan" not in str(no.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["fiets", "geen"], "probabilities, column geen: geen is no code: it says that none applies\nLeave the column"),
        (["fiets", "fiets"], "probabilities, column fiets: this code has two columns"),
        (["fiets", "bus"], "probabilities: unknown code in codeframe vervoer"),
        (["trein", "ov"], "frame, row .*, column codes: unknown code\nKnown codes: trein, ov"),
    ],
)
def test_a_column_of_probabilities_is_of_a_code(columns: list[str], message: str) -> None:
    frame, probabilities = answers()
    with pytest.raises(InputError, match=message):
        shares(frame, probabilities.set_axis(columns, axis=1), codeframe=CODEFRAME)


@pytest.mark.parametrize("cell", [["ov", None], ["ov", ""], ["ov|trein"], [["ov"]], ("ov", np.nan), {"ov": 1}, 3, True])
def test_a_list_with_something_that_is_no_code_is_refused_with_its_place(cell: object) -> None:
    with pytest.raises(ValueError, match="frame, row r2, column codes: "):
        agreement(with_cell(coded(), "codes", cell))


def test_blanks_around_codes_and_kinds_of_lists_and_of_nothing_make_no_difference() -> None:
    frame = coded()
    spaced = frame.assign(codes=[pd.Series([f" {code} " for code in codes]) for codes in frame["codes"]])
    assert agreement(spaced).equals(agreement(frame))
    nothing = [agreement(with_cell(frame, "codes", value)) for value in (None, pd.NaT, pd.NA, np.float32("nan"), " ")]
    assert all(found.equals(nothing[0]) for found in nothing)


@pytest.mark.parametrize("column", ["coder", "answer"])
@pytest.mark.parametrize("value", [None, np.nan, pd.NA, " ", ["a"], 1.5])
def test_an_id_that_is_missing_or_of_another_type_is_refused_with_its_place(column: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"frame, row r2, column {column}: this cannot be\nAn id"):
        agreement(with_cell(coded(), column, value))
    as_text = with_cell(coded().astype({"answer": str}), "answer", 1)
    with pytest.raises(ValueError, match="frame, row r2, column answer"):
        agreement(as_text)


BAD = {
    "no column": (lambda frame: frame.drop(columns="codes"), KeyError, "frame, column codes: this column does not"),
    "code": (lambda frame: frame.assign(codes=[["fits"]] * 400), KeyError, "row 0, column codes: unknown code"),
    "number": (lambda frame: frame.assign(codes=3), ValueError, "row 0, column codes: these are no codes"),
    "geen": (lambda frame: frame.assign(codes="geen|fiets"), ValueError, "geen stands beside another label"),
    "weight": (lambda frame: frame.assign(weight=-1), ValueError, "row 0, column weight"),
    "sample": (lambda frame: frame.assign(sample=None), ValueError, "row 0, column sample"),
    "not coded": (lambda frame: frame.assign(sample=True), ValueError, "row 100, column codes"),
    "twice": (lambda frame: pd.concat([frame, frame[["codes"]]], axis=1), ValueError, "column codes: there are two"),
    "rows": (lambda frame: frame.iloc[:10], ValueError, "its rows are not those of the frame"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_is_refused_with_its_place(case: str) -> None:
    spoil, kind, message = BAD[case]
    frame, probabilities = answers()
    with pytest.raises(InputError, match=message) as refusal:
        shares(spoil(frame), probabilities)
    assert isinstance(refusal.value, kind)
    assert not str(refusal.value).startswith("'")  # as a KeyError shows itself


def test_a_code_that_a_codeframe_lacks_is_refused_with_the_nearest() -> None:
    with pytest.raises(KeyError, match="unknown code in codeframe vervoer; did you mean fiets"):
        agreement(coded().assign(codes="fits"), codeframe=CODEFRAME)
