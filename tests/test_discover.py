"""New codes are proposed from answers that have none, as the last coding left them."""

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from conftest import labelled_answers, run

from themawijzer.files import sha256

FACTS = ("summary.json", "discovered.json")
ENDS = ["", " in de stad", " voor iedereen", " elke dag", " bij ons", " met het gezin"]
FOOD = ["vers brood eten", "pannenkoeken bakken", "warme soep eten", "friet en kroketten eten", "taart bakken"]
SWIM = ["zwemmen in het zwembad", "zwemles voor kinderen", "het zwembad openen", "baantjes zwemmen", "zwemmen in zee"]
UNKNOWN = [
    (f"{text}{end}", theme) for theme, texts in (("eten", FOOD), ("zwemmen", SWIM)) for end in ENDS for text in texts
]


@pytest.fixture(scope="module")
def coded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A codebook about trains and bicycles, and sixty answers about food and swimming, some of them twice."""
    root = tmp_path_factory.mktemp("vervoer")
    labelled = [(number, text, label) for number, text, label in labelled_answers() if label != "geen"]
    new = [*UNKNOWN, *UNKNOWN[:4]]
    rows = [
        *labelled,
        *((f"9{number:02d}", text, "geen" if number % 2 else "") for number, (text, _) in enumerate(new)),
    ]
    with (root / "in.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("nr", "wens", "labels"), *rows])
    run("init", "vervoer", "--responses", root / "in.csv", "--respondent-id", "nr", "--question", "wens", root=root)
    survey = root / "surveys/vervoer/survey.toml"
    survey.write_text(survey.read_text(encoding="utf-8") + '\n[settings]\nencoder = "use"\n', encoding="utf-8")
    run("import", "vervoer", root / "in.csv", "--codeframe", "thema", "--labels-column", "labels", root=root)
    run("train", "vervoer", root=root)
    run("classify", "vervoer", root=root)
    return root


@pytest.fixture
def root(coded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(coded, tmp_path / "root"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_the_codebook_lacks_is_proposed(root: Path) -> None:
    told = run("discover", "vervoer", root=root)
    (frame,) = json.loads((root / "coded/vervoer/discovered.json").read_text(encoding="utf-8"))["codeframes"]
    assert (frame["question"], frame["codeframe"]) == ("v1", "thema")
    assert frame["n_without_code"] == sum(each["n"] for each in frame["proposals"]) + frame["n_rest"]
    words = {word for proposal in frame["proposals"] for word in proposal["words"]}
    assert {"zwembad", "zwemmen", "eten"} <= words
    assert all(0.6 <= proposal["stability"] <= 1 for proposal in frame["proposals"])
    assert f"{frame['n_without_code']} answers without a code; {len(frame['proposals'])} proposals" in told


def test_every_answer_without_a_code_has_its_row(root: Path) -> None:
    run("discover", "vervoer", root=root)
    folder = root / "coded/vervoer"
    (frame,) = json.loads((folder / "discovered.json").read_text(encoding="utf-8"))["codeframes"]
    found = rows(folder / "discovered.csv")
    counts = Counter(row["proposal"] for row in found)
    assert counts.pop("", 0) == frame["n_rest"]
    assert counts == {str(number): each["n"] for number, each in enumerate(frame["proposals"], start=1)}
    theme = {f"9{number:02d}": about for number, (_, about) in enumerate(UNKNOWN)}
    for number in counts:  # each proposal is about one thing
        own = Counter(
            theme[row["respondent_id"]] for row in found if row["proposal"] == number and row["respondent_id"] in theme
        )
        assert own.most_common(1)[0][1] >= 0.8 * own.total()
    coded = {row["nr"]: row["v1_thema_status"] for row in rows(folder / "responses_coded.csv")}
    given = {row["respondent_id"] for row in rows(folder / "codings.csv")}
    assert {row["respondent_id"] for row in found} == {
        respondent
        for respondent, status in coded.items()
        if status == "none_applies" or (status == "review" and respondent not in given)
    }


def test_the_same_input_gives_the_same_bytes(root: Path) -> None:
    folder, names = root / "coded/vervoer", ("discovered.json", "discovered.csv")
    before = {path.name: sha256(path) for path in folder.iterdir()}
    run("discover", "vervoer", root=root)
    first = [sha256(folder / name) for name in names]
    run("discover", "vervoer", root=root)
    assert [sha256(folder / name) for name in names] == first
    assert {path.name: sha256(path) for path in folder.iterdir() if path.name not in names} == before
    facts = json.loads((folder / "discovered.json").read_text(encoding="utf-8"))
    assert facts["run"] == sha256(folder / "run.json")


def test_among_few_answers_nothing_is_proposed(root: Path) -> None:
    survey, codebook = root / "surveys/vervoer/responses.csv", root / "annotations/vervoer/codebook.toml"
    lines = survey.read_text(encoding="utf-8").splitlines()
    few = [line for line in lines if not line.startswith("9")] + [line for line in lines if line.startswith("90")]
    survey.write_text("\n".join(few), encoding="utf-8")
    run("classify", "vervoer", root=root)
    told = run("discover", "vervoer", root=root)
    assert "too few to propose codes from; 20 different ones are needed" in told
    (frame,) = json.loads((root / "coded/vervoer/discovered.json").read_text(encoding="utf-8"))["codeframes"]
    assert (frame["proposals"], frame["n_rest"]) == ([], frame["n_without_code"])
    assert codebook.exists()


def facts_of(root: Path, formats: str) -> list[object]:
    """What was discovered and reported of a dataset in these formats, but for hashes."""
    folder = root / "coded/vervoer"
    run("classify", "vervoer", "--formats", formats, root=root)
    run("report", "vervoer", root=root)
    summary, found = (json.loads((folder / name).read_text(encoding="utf-8")) for name in FACTS)
    assert summary.pop("provenance")
    return [found["codeframes"], rows(folder / "discovered.csv"), summary]


def test_proposals_and_the_report_are_the_same_whichever_format_the_dataset_has(root: Path) -> None:
    hostile = ["=1+1 zwemmen", "-", "  zwemmen  ", '"zwem", zei hij', "", "weet niet", "nee\tja zwemmen"]
    path = root / "surveys/vervoer/responses.csv"
    header = list(rows(path)[0])
    with path.open("a", encoding="utf-8", newline="") as file:
        cells = [{"nr": f"8{number}", "wens": text} for number, text in enumerate(hostile)]
        csv.writer(file).writerows([row.get(name, "") for name in header] for row in cells)
    expected = facts_of(root, "csv")
    texts = {row["text"] for row in rows(root / "coded/vervoer/discovered.csv")}
    assert {"'=1+1 zwemmen", "  zwemmen  ", "nee\tja zwemmen"} <= texts
    assert facts_of(root, "parquet") == expected
    assert facts_of(root, "sav,xlsx") == expected


def test_of_a_dataset_for_spss_alone_it_is_said_what_to_do(root: Path) -> None:
    run("classify", "vervoer", "--formats", "sav", root=root)
    for command in ("discover", "report"):
        told = run(command, "vervoer", root=root, expected=2)
        assert "the coded dataset was written for SPSS only" in told
        assert "Write another format, too: themawijzer classify vervoer --formats csv,sav" in told


def test_a_file_that_was_taken_away_is_not_missed_where_another_is_there(root: Path) -> None:
    (root / "coded/vervoer/responses_coded.csv").unlink()
    run("discover", "vervoer", root=root)
    for name in ("parquet", "xlsx"):
        (root / f"coded/vervoer/responses_coded.{name}").unlink()
    told = run("discover", "vervoer", root=root, expected=2)
    assert "responses_coded.csv: this file is gone, or was changed since the survey was coded" in told


def uncoded(root: Path) -> None:
    shutil.rmtree(root / "coded")


def other_codebook(root: Path) -> None:
    path = root / "annotations/vervoer/codebook.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('label = "Trein"', 'label = "Het spoor"'), encoding="utf-8"
    )


def new_annotation(root: Path) -> None:
    path = root / "annotations/vervoer/import.csv"
    table = rows(path)
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow([*(table[0] | {"codes": "fiets"}).values()])


def saved_in_excel(root: Path) -> None:
    path = root / "coded/vervoer/responses_coded.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")


def not_ours(root: Path) -> None:
    (root / "coded/vervoer/run.json").write_text("[]", encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (uncoded, "run.json: the survey is not coded yet"),
        (other_codebook, "run.json: the codebook changed since the survey was coded"),
        (new_annotation, "run.json: the annotations changed since the survey was coded"),
        (saved_in_excel, "responses_coded.csv: this file is gone, or was changed since the survey was coded"),
        (not_ours, "run.json: this is not what `themawijzer classify` writes"),
    ],
)
def test_what_is_not_up_to_date_is_refused(root: Path, change, told: str) -> None:
    change(root)
    answer = run("discover", "vervoer", root=root, expected=2)
    assert told in answer
    assert "Code it: themawijzer classify vervoer" in answer
    assert not (root / "coded/vervoer/discovered.json").exists()


def test_a_name_that_many_answers_have_is_no_word_of_a_group(root: Path) -> None:
    names = [f"wethouder Rutgerink {text}{end}" for text in ("moet weg", "doet niets", "liegt") for end in ENDS]
    answers = [*names, *names, *(text for text, _ in UNKNOWN)]
    lines = ["nr,wens", *(f'{number},"{text}"' for number, text in enumerate(answers))]
    (root / "nieuw.csv").write_text("\n".join(lines), encoding="utf-8")
    run("classify", "vervoer", "--input", root / "nieuw.csv", "--formats", "csv", root=root)
    told = run("discover", "vervoer", root=root)
    assert "zwembad" in told
    words = " ".join(row["words"] for row in rows(root / "coded/vervoer/discovered.csv"))
    proposals = json.loads((root / "coded/vervoer/discovered.json").read_text(encoding="utf-8"))["codeframes"]
    listed = str([proposal["words"] for frame in proposals for proposal in frame["proposals"]])
    assert "rutgerink" not in (told + words + listed).lower()
