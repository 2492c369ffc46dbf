"""A sample on which quality can be measured: uniform, without replacement, blind, the same again and extendable."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from conftest import run

from themawijzer.coding.drawing import Candidate, draw
from themawijzer.survey.annotations import COLUMNS

CODEBOOK = """
title = "Proef"
version = "1.0.0"
[[codeframe]]
id = "thema"
label = "Thema"
code = [{id = "spoor", value = 1, label = "Spoor", definition = "d"}]
[[codeframe]]
id = "partner"
label = "Partner"
code = [{id = "ns", value = 1, label = "NS", definition = "d"}]
"""
SURVEY = """
title = "Proef"
responses = "responses.csv"
respondent_id = "nr"
[[question]]
id = "v1"
column = "V1"
text = "Wat?"
codeframes = ["thema", "partner"]
[[question]]
id = "v2"
column = "V2"
text = "En verder?"
codeframes = ["thema"]
"""


def candidates(n: int) -> list[Candidate]:
    return [Candidate(str(number), "v1", f"antwoord {number}", ("thema",)) for number in range(n)]


def ids(drawn: list[Candidate]) -> list[str]:
    return [candidate.respondent_id for candidate in drawn]


def any_text(text: str) -> bool:
    return True


# The draw


def test_every_answer_has_the_same_chance():
    """300 draws of 10 from 50: each is expected 60 times, with a standard deviation of 6.9."""
    counts = Counter(each for seed in range(300) for each in ids(draw(candidates(50), 10, seed=seed, fits=any_text)))
    assert len(counts) == 50
    assert (min(counts.values()), max(counts.values())) == (43, 80)
    assert sum((count - 60) ** 2 for count in counts.values()) / (60 * 0.8) == pytest.approx(49, abs=20)  # chi-square


def test_a_larger_draw_begins_with_a_smaller_one_and_nobody_is_drawn_twice():
    small, large = (ids(draw(candidates(200), n, seed=0, fits=any_text)) for n in (20, 200))
    assert large[:20] == small
    assert sorted(large, key=int) == [str(number) for number in range(200)]


def test_the_draw_depends_on_the_seed_and_not_on_the_order_of_the_file():
    first = ids(draw(candidates(200), 20, seed=0, fits=any_text))
    assert ids(draw(candidates(200)[::-1], 20, seed=0, fits=any_text)) == first
    assert ids(draw(candidates(200), 20, seed=1, fits=any_text)) != first


def test_an_answer_that_does_not_fit_gives_its_place_to_the_next():
    everybody = ids(draw(candidates(50), 50, seed=0, fits=any_text))
    fitting = ids(draw(candidates(50), 5, seed=0, fits=lambda text: int(text.split()[1]) % 2 == 0))
    assert fitting == [each for each in everybody if int(each) % 2 == 0][:5]


# The command


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lines = ["nr;V1;V2", *(f"{number:03d};antwoord {number};iets {number}" for number in range(1, 41))]
    for name, content in {
        "surveys/proef/survey.toml": SURVEY,
        "surveys/proef/responses.csv": "\n".join([*lines, "041;;weet niet", "042;nvt;"]),
        "annotations/proef/codebook.toml": CODEBOOK,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def sample(root: Path, *options: object, expected: int = 0) -> str:
    return run("sample", "proef", *options, root=root, expected=expected)


def rows(root: Path, name: str = "coded/proef/sample.csv") -> list[dict[str, str]]:
    with (root / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fill_in(root: Path, codes: str, *, every: int = 1) -> None:
    filled = [row | {"codes": codes} if number % every == 0 else row for number, row in enumerate(rows(root))]
    with (root / "coded/proef/sample.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(filled)


def take_in(root: Path) -> str:
    return run("import", "proef", root / "coded/proef/sample.csv", "--coder", "codeur-1", root=root)


def test_n_answers_of_every_question_are_drawn_each_in_all_codeframes_of_its_question(root):
    told = sample(root, "--n", 5)
    drawn = rows(root)
    assert [(row["question"], row["codeframe"]) for row in drawn] == [
        *[("v1", "thema"), ("v1", "partner")] * 5,
        *[("v2", "thema")] * 5,
    ]
    assert len({(row["question"], row["respondent_id"]) for row in drawn}) == 10
    assert "v1: 5 answers drawn at random." in told


def test_the_file_is_an_annotation_file_without_codes_or_suggestions(root):
    sample(root, "--n", 1, "--question", "v2")
    (row,) = rows(root)
    assert list(row) == COLUMNS
    number = int(row["respondent_id"])
    assert row == dict.fromkeys(COLUMNS, "") | {
        "respondent_id": f"{number:03d}", "question": "v2", "codeframe": "thema", "text": f"iets {number}",
        "codebook_version": "1.0.0", "stream": "random",
    }  # fmt: skip


def test_only_answers_that_can_be_coded_are_drawn(root):
    told = sample(root, "--n", 50)
    assert Counter(row["question"] for row in rows(root)) == {"v1": 80, "v2": 40}
    assert "v2: 40 answers drawn at random: all that can be coded and are not in the random sample yet." in told


def test_of_what_people_coded_whole_nothing_is_drawn(root):
    """By their own choice; of the codeframe that is not coded whole the answers are still drawn."""
    sample(root, "--n", 50)
    kept = [row | {"stream": "active", "codes": "geen"} for row in rows(root) if row["codeframe"] == "thema"]
    with (root / "annotations/proef/codeur-1.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(kept)
    (root / "coded/proef/sample.csv").unlink()
    told = sample(root, "--n", 50)
    assert {(row["question"], row["codeframe"]) for row in rows(root)} == {("v1", "partner")}
    assert "v2: people coded all its answers; its shares are counted, and need no sample." in told


def test_the_same_call_gives_the_same_bytes_and_a_larger_draw_goes_on_from_there(root):
    outputs = []
    for n in (5, 5, 10):
        sample(root, "--n", n, "--question", "v2")
        outputs.append((root / "coded/proef/sample.csv").read_bytes())
    assert outputs[0] == outputs[1]
    assert outputs[2].startswith(outputs[0])


def test_what_was_coded_at_random_is_not_drawn_again_and_what_was_left_open_comes_first(root):
    sample(root, "--n", 6, "--question", "v2")
    first = [row["respondent_id"] for row in rows(root)]
    fill_in(root, "geen", every=2)
    take_in(root)
    sample(root, "--n", 6, "--question", "v2")
    second = [row["respondent_id"] for row in rows(root)]
    assert second[:3] == first[1::2]
    assert not set(second) & set(first[::2])


def test_a_codeframe_that_was_coded_already_is_not_asked_again(root):
    sample(root, "--n", 4, "--question", "v1", "--codeframe", "thema")
    first = [row["respondent_id"] for row in rows(root)]
    fill_in(root, "spoor")
    take_in(root)
    sample(root, "--n", 4, "--question", "v1")
    assert [(row["respondent_id"], row["codeframe"]) for row in rows(root)] == [(each, "partner") for each in first]


def test_codes_that_nobody_imported_are_not_overwritten(root):
    sample(root, "--n", 4, "--question", "v2")
    fill_in(root, "spoor", every=2)
    before = (root / "coded/proef/sample.csv").read_bytes()
    told = sample(root, "--n", 8, expected=2)
    assert "somebody filled in 2 rows that are not among the annotations yet" in told
    assert "themawijzer import proef" in told
    assert (root / "coded/proef/sample.csv").read_bytes() == before
    take_in(root)
    sample(root, "--n", 8)


def test_a_sample_of_a_new_wave_holds_its_answers_though_the_ids_are_those_of_the_survey(root):
    sample(root, "--n", 40, "--question", "v2")
    fill_in(root, "geen")
    take_in(root)
    wave = root / "golf.csv"
    wave.write_text("nr;V1;V2\n001;a;nieuw\n002;b;iets 2\n", encoding="utf-8")
    sample(root, "--input", wave, "--question", "v2")
    assert [(row["respondent_id"], row["text"]) for row in rows(root)] == [("001", "nieuw")]


def test_a_sample_for_dutch_excel_opens_in_it_and_comes_back(root):
    sample(root, "--n", 3, "--question", "v2", "--excel-nl")
    path = root / "coded/proef/sample.csv"
    text = path.read_bytes().decode("utf-8-sig")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfrespondent_id;question;codeframe;codes")
    path.write_bytes(text.replace("thema;;", "thema;spoor;").replace("\n0", "\n").encode("cp1252"))
    assert "3 annotations added" in take_in(root)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--question", "v9"], "there is no question v9\nKnown questions: v1, v2."),
        (["--codeframe", "x"], "there is no codeframe x\nKnown codeframes: thema, partner."),
        (["--question", "v2", "--codeframe", "partner"], "none of these questions has such a codeframe"),
    ],
)
def test_what_cannot_be_drawn_from_is_named(root, options, message):
    assert message in sample(root, *options, expected=2)


def test_a_question_has_the_name_of_its_column_too(root):
    sample(root, "--n", 2, "--question", "V2")
    assert [row["question"] for row in rows(root)] == ["v2", "v2"]


def test_drawing_needs_no_model(root):
    sample(root)
    assert not (root / "models").exists()


def test_an_answer_with_a_formula_is_guarded_and_comes_back_as_typed(root):
    wave = root / "golf.csv"
    wave.write_text("nr;V1;V2\n1;a;=1+1 spoor\n", encoding="utf-8")
    sample(root, "--input", wave, "--question", "v2")
    assert rows(root)[0]["text"] == "'=1+1 spoor"
    fill_in(root, "spoor")
    run("import", "proef", root / "coded/proef/sample.csv", "--coder", "codeur-1", "--input", wave, root=root)
    assert rows(root, "annotations/proef/codeur-1.csv")[0]["text"] == "'=1+1 spoor"
    sample(root, "--input", wave, "--question", "v2")
    assert rows(root) == []


def test_a_sample_file_that_is_damaged_is_not_overwritten(root):
    sample(root, "--n", 2)
    (root / "coded/proef/sample.csv").write_text("codes\nspoor\n")
    assert "row 1, column respondent_id: without this column nobody can tell whether codes" in sample(root, expected=2)
    assert (root / "coded/proef/sample.csv").read_text() == "codes\nspoor\n"


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ("Codes", "somebody filled in 2 rows that are not among the annotations yet"),
        ("mijn codes", "column codes: without this column nobody can tell whether codes were filled in"),
    ],
)
def test_codes_under_another_heading_are_not_overwritten(root, codes, told):
    sample(root, "--n", 2, "--question", "v2")
    fill_in(root, "spoor")
    path = root / "coded/proef/sample.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",codes,", f",{codes},"), encoding="utf-8")
    before = path.read_bytes()
    assert told in sample(root, "--n", 3, expected=2)
    assert path.read_bytes() == before


def test_a_file_of_which_the_header_is_gone_is_not_overwritten(root):
    path = root / "coded/proef/sample.csv"
    path.parent.mkdir(parents=True)
    path.write_text("001,v2,thema,spoor,iets 1\n", encoding="utf-8")
    assert "Move the file elsewhere" in sample(root, expected=2)
    assert path.read_text(encoding="utf-8") == "001,v2,thema,spoor,iets 1\n"


def bring_back(root: Path, name: str, *more: str) -> Path:
    """The sample with codes, as somebody brings it back who deleted a column and may have added others."""
    drawn = rows(root)
    columns = [column for column in COLUMNS if column != "stream"] + list(more)
    with (root / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(row | {"codes": "spoor", "respondent_id": row["respondent_id"].lstrip("0")} for row in drawn)
    return root / name


@pytest.mark.parametrize("name", ["terug.csv", "coded/proef/sample.csv"])
def test_a_sample_without_the_column_stream_is_still_random(root, name):
    sample(root, "--n", 3, "--question", "v2")
    drawn = rows(root)
    told = run("import", "proef", bring_back(root, name), "--coder", "codeur-1", root=root)
    assert [row["stream"] for row in rows(root, "annotations/proef/codeur-1.csv")] == ["random"] * 3
    assert "do not say why they were coded (`stream`), 3 as random count." in told
    sample(root, "--n", 3, "--question", "v2")
    assert not {row["respondent_id"] for row in rows(root)} & {row["respondent_id"] for row in drawn}


def test_what_was_not_drawn_or_was_coded_with_suggestions_does_not_become_random(root):
    sample(root, "--n", 3, "--question", "v2")
    back = bring_back(root, "terug.csv")
    sample(root, "--n", 2, "--question", "v2")
    told = run("import", "proef", back, "--coder", "codeur-1", root=root)
    assert "2 as random and 1 as review count." in told
    suggested = bring_back(root, "met.csv", "suggested")
    assert "2 as review count." in run("import", "proef", suggested, "--coder", "codeur-2", root=root)


def test_who_was_not_drawn_can_be_drawn_though_another_id_differs_by_zeros_only(root):
    wave = root / "golf.csv"
    wave.write_text("nr;V1;V2\n7;a;iets 7\n", encoding="utf-8")
    sample(root, "--input", wave, "--question", "v2")
    fill_in(root, "spoor")
    run("import", "proef", root / "coded/proef/sample.csv", "--coder", "codeur-1", "--input", wave, root=root)
    wave.write_text("nr;V1;V2\n7;a;iets 7\n007;a;iets 7\n", encoding="utf-8")
    sample(root, "--input", wave, "--question", "v2")
    assert [row["respondent_id"] for row in rows(root)] == ["007"]
