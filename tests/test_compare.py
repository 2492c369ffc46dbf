"""Two waves are compared where they ask and mean the same, and refused where they do not."""

import csv
import re
import shutil
from pathlib import Path

import pytest
from conftest import labelled_answers, run

from themawijzer.files import sha256
from themawijzer.survey.changes import RevisionProposal, Wording
from themawijzer.survey.codebook import TO_BE_FILLED_IN
from themawijzer.survey.revision import revise


def add_wave(root: Path, name: str, rows: list[tuple[str, str, str]]) -> None:
    """A survey of which all answers are coded by people, and count as a random sample."""
    file = root / f"{name}.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("nr", "wens", "labels"), *rows])
    run("init", name, "--responses", file, "--respondent-id", "nr", "--question", "wens", root=root)
    survey = root / f"surveys/{name}/survey.toml"
    survey.write_text(survey.read_text(encoding="utf-8") + '\n[settings]\nencoder = "use"\n', encoding="utf-8")
    labels = ["--codeframe", "thema", "--labels-column", "labels", "--random-sample"]
    run("import", name, file, *labels, root=root)
    codebook = root / f"annotations/{name}/codebook.toml"
    defined = re.sub(r"NOG INVULLEN[^\"]*", "Als het antwoord daarover gaat.", codebook.read_text(encoding="utf-8"))
    codebook.write_text(defined, encoding="utf-8")
    run("train", name, root=root)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In the second wave what is about a train gets `fiets`, too, and half of the answers wish for a charging point."""
    root = tmp_path_factory.mktemp("golven")
    first = labelled_answers()
    broader = [(number, text, "Trein|Fiets" if label == "Trein" else label) for number, text, label in first]
    second = [
        (number, f"{text} en een laadpaal" if place % 2 else text, label)
        for place, (number, text, label) in enumerate(broader)
    ]
    add_wave(root, "meting1", first)
    add_wave(root, "meting2", second)
    (root / "told.txt").write_text(run("compare", "meting1", "meting2", root=root), encoding="utf-8")
    return root


@pytest.fixture
def root(compared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(compared, tmp_path / "root"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def changed(root: Path, file: str, old: str, new: str) -> None:
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_what_coders_give_more_broadly_is_recoding_and_no_real_change(compared: Path) -> None:
    root, told = compared, (compared / "told.txt").read_text(encoding="utf-8")
    bike, train = sorted(rows(root / "coded/meting2/compare_meting1.csv"), key=lambda row: row["code"])
    assert (bike["code"], train["code"]) == ("fiets", "trein")
    assert (bike["n_first"], bike["n_audit_first"], bike["n_second"]) == ("68", "68", "68")
    assert float(bike["share_first"]) == pytest.approx(32 / 68, abs=1e-4)  # all of them are coded by people
    assert float(bike["share_second"]) == pytest.approx(52 / 68, abs=1e-4)
    assert float(bike["recoding_low"]) > 0
    assert float(bike["real_change_low"]) < 0 < float(bike["real_change_high"])
    assert float(train["recoding_low"]) < 0 < float(train["recoding_high"])
    for row in (bike, train):
        parts = float(row["real_change"]) + float(row["recoding"])
        assert float(row["difference"]) == pytest.approx(parts, abs=2e-4)
    assert "v1_thema: 68 and 68 answers, of which 68 and 68 random and coded" in told
    assert re.search(r"fiets +47\.1% +76\.5% +\+29\.4 ", told)


@pytest.mark.parametrize("n_chosen", [0, 5])
def test_shares_are_those_that_classify_publishes(root: Path, n_chosen: int) -> None:
    """Thirteen answers of the second wave are left to its model, and coders dispute four."""
    path = root / "annotations/meting2/import.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)[:-13]
    chosen = [line.replace(",random,", ",import,") for line in lines[len(lines) - n_chosen :]]
    path.write_text("".join([*lines[: len(lines) - n_chosen], *chosen]), encoding="utf-8")
    other = "".join(line.replace(",fiets|trein,", ",trein,") for line in lines[:5])
    (root / "annotations/meting2/codeur-2.csv").write_text(other, encoding="utf-8")
    assert other.count(",trein,") == 4
    run("train", "meting2", root=root)
    run("classify", "meting2", root=root)
    run("compare", "meting1", "meting2", root=root)
    published = {row["code"]: row for row in rows(root / "coded/meting2/prevalence.csv") if row["per"] == "answer"}
    for row in rows(root / "coded/meting2/compare_meting1.csv"):
        assert row["share_second"] == published[row["code"]]["share"]
        assert (row["n_audit_second"], row["n_second"]) == (str(55 - n_chosen), "68")


def test_words_that_come_up_or_vanish_are_told(compared: Path) -> None:
    root, told = compared, (compared / "told.txt").read_text(encoding="utf-8")
    found = {row["word"]: row for row in rows(root / "coded/meting2/compare_meting1_words.csv")}
    assert (found["laadpaal"]["n_first"], found["laadpaal"]["n_second"]) == ("0", "34")
    assert found["laadpaal"]["kind"] == "new"
    assert float(found["laadpaal"]["z"]) > 1.96
    assert "trein" not in found
    assert "Words, new: laadpaal (0-34)" in told


def test_the_same_input_gives_the_same_bytes(root: Path) -> None:
    files = [root / "coded/meting2" / name for name in ("compare_meting1.csv", "compare_meting1_words.csv")]
    first = [sha256(file) for file in files]
    run("compare", "meting1", "meting2", root=root)
    assert [sha256(file) for file in files] == first


def test_the_data_dictionary_covers_every_column_of_every_file_that_commands_leave(root: Path) -> None:
    run("classify", "meting2", "--probabilities", root=root)
    for command in ("discover", "agreement", "sample", "export --shape wide", "export --shape long"):
        name, *options = command.split()
        run(name, "meting2", *options, root=root)
    folder = root / "coded/meting2"
    described: dict[str, list[str]] = {}
    for row in rows(folder / "codebook.csv"):
        assert row["label"] or row["file"] == "responses_coded.*"
        described.setdefault(row["file"], []).append(row["column"])
    left = {path.name: path.read_text(encoding="utf-8").splitlines()[0].split(",") for path in folder.glob("*.csv")}
    names = {"compare_meting1.csv": "compare_*.csv", "compare_meting1_words.csv": "compare_*_words.csv"}
    names |= {"responses_coded.csv": "responses_coded.*"}
    assert {names.get(name, name): header for name, header in left.items()} == described


def test_a_renamed_code_is_compared_and_a_redefined_one_named(root: Path) -> None:
    codebook = "annotations/meting2/codebook.toml"
    changed(root, codebook, 'label = "Trein"\ndefinition = "Als', 'label = "Per trein"\ndefinition = "Alleen als')
    changed(root, codebook, 'label = "Fiets"', 'label = "De fiets"')
    run("train", "meting2", root=root)
    told = run("compare", "meting1", "meting2", root=root)
    (row,) = rows(root / "coded/meting2/compare_meting1.csv")
    assert (row["code"], row["label"]) == ("fiets", "De fiets")
    assert "v1_thema, not compared: another definition: trein." in told


def sampled(root: Path, *, n_chosen: int, n_left: int) -> str:
    """What is told when 39 answers of the first wave are random, and others were chosen, or are left to its model."""
    path = root / "annotations/meting1/import.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    some = [line if number < 40 else line.replace(",random,", ",import,") for number, line in enumerate(lines)]
    path.write_text("\n".join(some[: 40 + n_chosen]) + "\n", encoding="utf-8")
    assert len(lines) == 40 + n_chosen + n_left
    run("train", "meting1", root=root)
    return run("compare", "meting1", "meting2", root=root)


def test_too_few_random_answers_give_no_figures(root: Path) -> None:
    told = sampled(root, n_chosen=0, n_left=29)
    assert "too few random answers: 11 and 0 more are needed" in told
    row, _ = rows(root / "coded/meting2/compare_meting1.csv")
    assert (row["share_first"], row["difference"], row["real_change"]) == ("", "", "")
    assert row["refusal"].endswith("nog 11 nodig in de eerste meting en 0 in de tweede")


def test_no_more_random_answers_are_needed_than_are_left(root: Path) -> None:
    assert "too few random answers: 9 and 0 more are needed" in sampled(root, n_chosen=20, n_left=9)


def test_a_wave_of_which_people_coded_everything_needs_no_random_sample(root: Path) -> None:
    told = sampled(root, n_chosen=29, n_left=0)
    assert "too few" not in told
    assert "68 and 68 answers, of which 39 and 68 random and coded; people coded all of both waves" in told
    page = (root / "coded/meting2/compare_meting1.html").read_text(encoding="utf-8")
    assert "Mensen codeerden alle antwoorden van beide metingen." in page
    found = {row["code"]: row for row in rows(root / "coded/meting2/compare_meting1.csv")}
    assert (found["fiets"]["share_first"], found["fiets"]["n_audit_first"]) == ("0.4706", "39")


def test_while_random_answers_wait_to_be_judged_again_nothing_is_compared(root: Path) -> None:
    for wave in ("meting1", "meting2"):
        folder = root / "annotations" / wave
        reworded = [Wording(label=each, definition="d") for each in ("Te laat", "Te vol")]
        split = RevisionProposal(kind="split", codeframe="thema", codes=("trein",), wordings=tuple(reworded))
        revise(folder, split, coder="codeur-1", seen=sha256(folder / "codebook.toml"))
        run("train", wave, root=root)
    told = run("compare", "meting1", "meting2", root=root)
    assert "not compared: random answers wait to be judged again: fiets" in told
    assert rows(root / "coded/meting2/compare_meting1.csv") == []


def test_questions_in_other_words_are_compared_when_they_are_paired(root: Path) -> None:
    changed(root, "surveys/meting2/survey.toml", 'text = "wens"', 'text = "Wat wenst u?"')
    told = run("compare", "meting1", "meting2", root=root, expected=2)
    assert "no question stands in both surveys" in told
    assert "else pair them: --question v1=v3" in told
    run("compare", "meting1", "meting2", "--question", "v1=wens", root=root)  # by id or column
    assert len(rows(root / "coded/meting2/compare_meting1.csv")) == 2
    told = run("compare", "meting1", "meting2", "--question", "v1=v9", root=root, expected=2)
    assert "there is no question v9" in told
    assert "Known questions: v1." in told


@pytest.mark.parametrize(
    ("names", "code", "told"),
    [
        (("meting1", "meting3"), 2, "there is no survey meting3\nKnown surveys: meting1, meting2."),
        (("meting1", "meting1"), 2, "meting1 cannot be compared with itself"),
        (("meting1", "meting2", "--question", "v1=v1=v1"), 2, "v1=v1=v1 is no pair of questions\nPair them: "),
    ],
)
def test_what_cannot_be_compared_is_refused(root: Path, names: tuple[str, ...], code: int, told: str) -> None:
    assert told in run("compare", *names, root=root, expected=code)


def test_a_wave_without_a_model_of_its_own_is_refused(root: Path) -> None:
    shutil.rmtree(root / "models/meting2")
    told = run("compare", "meting1", "meting2", root=root, expected=3)
    assert "Make one: themawijzer train meting2" in told


def test_codebooks_without_a_code_in_common_are_refused_and_the_codes_named(root: Path) -> None:
    changed(root, "annotations/meting2/codebook.toml", "Als het antwoord daarover gaat.", "Iets anders.")
    told = run("compare", "meting1", "meting2", root=root, expected=2)
    told = told.replace(str(root), "")
    books = [f"/annotations/{wave}/codebook.toml" for wave in ("meting1", "meting2")]
    assert f"Error: {books[1]}: no code means the same in both codebooks, this one and {books[0]}\n" in told
    assert "thema: another definition: " in told


def test_where_both_codebooks_lack_definitions_both_are_named(root: Path) -> None:
    books = [f"annotations/{wave}/codebook.toml" for wave in ("meting1", "meting2")]
    for book in books:
        changed(root, book, "Als het antwoord daarover gaat.", TO_BE_FILLED_IN)
    told = run("compare", "meting1", "meting2", root=root, expected=2)
    assert "thema: no definition yet: " in told
    assert f"Write the definitions in {root / books[0]} and in {root / books[1]}, the same in both.\n" in told


@pytest.mark.parametrize("wave", ["meting1", "meting2"])
def test_a_survey_that_names_no_codeframes_is_told_and_not_its_codebook(root: Path, wave: str) -> None:
    file = root / f"surveys/{wave}/survey.toml"
    changed(root, f"surveys/{wave}/survey.toml", 'codeframes = ["thema"]', "codeframes = []")
    line = file.read_text(encoding="utf-8").splitlines().index("codeframes = []") + 1
    told = run("compare", "meting1", "meting2", root=root, expected=2)
    assert f"Error: {file}, line {line}: no codeframes at v1, so no code can be compared\n" in told
    assert 'as in the other wave: codeframes = ["thema"]\n' in told


def test_questions_with_other_codeframes_are_told_with_both_files(root: Path) -> None:
    files = [root / f"surveys/{wave}/survey.toml" for wave in ("meting1", "meting2")]
    changed(root, "annotations/meting2/codebook.toml", 'id = "thema"', 'id = "onderwerp"')
    changed(root, "surveys/meting2/survey.toml", '["thema"]', '["onderwerp"]')
    annotations = root / "annotations/meting2/import.csv"
    annotations.write_text(annotations.read_text(encoding="utf-8").replace(",thema,", ",onderwerp,"), encoding="utf-8")
    (root / "annotations/meting2/changes.toml").unlink(missing_ok=True)
    told = run("compare", "meting1", "meting2", root=root, expected=2)
    assert f"question v1 has other codeframes (onderwerp) than v1 in {files[0]} (thema)\n" in told
    assert f"Error: {files[1]}, line " in told


def test_questions_to_which_other_answers_say_nothing_are_not_compared(root: Path) -> None:
    changed(root, "surveys/meting1/survey.toml", 'column = "wens"', 'column = "wens"\nno_answer = ["nee"]')
    told = run("compare", "meting1", "meting2", root=root, expected=2)
    assert re.search(
        r"other answers say nothing to v1 in .*meting1/survey.toml than to v1 in .*meting2/survey.toml", told
    )
