"""Labels that were renamed, on every road by which labels come in: ids stay, and nothing moves without a word."""

import csv
import unicodedata
from pathlib import Path

import pytest
from conftest import run

from themawijzer.commands.annotate import open_page
from themawijzer.files import sha256
from themawijzer.project.project import open_project
from themawijzer.survey.changes import Changes, CodeLabel, RevisionProposal, Wording, read_changes
from themawijzer.survey.codebook import Codebook, Codeframe, read_codebook
from themawijzer.survey.edits import add_codes, name_codes
from themawijzer.survey.known_labels import KnownLabels
from themawijzer.survey.revision import revise
from themawijzer.tables.cells import plain_label

ANSWERS = "nr,wens\n" + "".join(f"r{n},antwoord {n}\n" for n in range(6))
GROEN, WONEN = "Groen in de wijk", "Betaalbaar wonen"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A survey of which three answers were imported with labels."""
    (tmp_path / "antw.csv").write_text(ANSWERS, encoding="utf-8")
    run("init", "s", "--responses", tmp_path / "antw.csv", "--respondent-id", "nr", "--question", "wens", root=tmp_path)
    bring_in(tmp_path, {"r0": GROEN, "r1": f"{GROEN}|{WONEN}", "r2": "geen"})
    return tmp_path


def bring_in(root: Path, labels: dict[str, str], *, expected: int = 0) -> str:
    """What is told when a file with these labels is imported."""
    with (root / "lab.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["nr", "labels"], *labels.items()])
    how = ["--codeframe", "thema", "--labels-column", "labels"]
    return run("import", "s", root / "lab.csv", *how, root=root, expected=expected)


def relabel(root: Path, **labels: str) -> None:
    """Edit codebook.toml by hand: other labels for these codes."""
    path = root / "annotations/s/codebook.toml"
    text = path.read_text(encoding="utf-8")
    for code, label in labels.items():
        before = read_codebook(path).codeframe("thema").code(code).label
        place = text.index(f'id = "{code}"')
        text = text[:place] + text[place:].replace(f'"{before}"', f'"{label}"', 1)
    path.write_text(text, encoding="utf-8")


def gold(root: Path) -> dict[str, set[str]]:
    return {unit.respondent_id: {*settled.codes} for unit, settled in open_project(root, "s").gold.items()}


def ids(root: Path) -> list[str]:
    return sorted(open_project(root, "s").codebook.codeframe("thema").code_ids)


BOTH = ["betaalbaar_wonen", "groen_in_de_wijk"]


@pytest.mark.parametrize("is_remembered", [True, False], ids=["remembered", "of an older version"])
def test_an_import_after_a_rename_by_hand_finds_the_codes_that_there_are(root: Path, is_remembered: bool) -> None:
    if not is_remembered:  # as 0.2.0 left it; the id was made of the label
        (root / "annotations/s/changes.toml").unlink()
    relabel(root, groen_in_de_wijk="Natuur en bomen")
    told = bring_in(root, {"r0": GROEN, "r1": f"{GROEN}|{WONEN}", "r2": "geen", "r3": GROEN, "r4": "Natuur en bomen"})
    assert "2 annotated answers added" in told
    assert "3 were there already." in told
    assert f"The label '{GROEN}' is read as groen_in_de_wijk, which is called 'Natuur en bomen' now." in told
    assert "New codes" not in told
    assert ids(root) == BOTH
    assert gold(root) == {
        "r0": {"groen_in_de_wijk"}, "r1": {*BOTH}, "r2": set(), "r3": {"groen_in_de_wijk"}, "r4": {"groen_in_de_wijk"},
    }  # fmt: skip


def test_a_label_that_was_renamed_twice_is_still_known(root: Path) -> None:
    relabel(root, groen_in_de_wijk="Natuur")
    bring_in(root, {"r3": "Natuur"})
    relabel(root, groen_in_de_wijk="Bomen")
    bring_in(root, {"r4": "Natuur", "r5": GROEN})
    assert ids(root) == BOTH
    assert {gold(root)[nr].pop() for nr in ("r3", "r4", "r5")} == {"groen_in_de_wijk"}


def test_what_got_another_label_by_hand_is_told_once_it_is_noticed(root: Path) -> None:
    line = f"codebook.toml calls thema.groen_in_de_wijk 'Natuur', no longer '{GROEN}': what was coded keeps the code."
    relabel(root, groen_in_de_wijk="Natuur", betaalbaar_wonen="betaalbaar  WONEN")
    assert line in bring_in(root, {"r3": "Natuur"})
    assert "codebook.toml calls" not in bring_in(root, {"r4": "Natuur"})


def test_the_page_remembers_the_labels_under_which_people_code(root: Path) -> None:
    (root / "annotations/s/changes.toml").unlink()
    first = open_page(root, "s", "codeur-1")
    relabel(root, groen_in_de_wijk="Natuur")
    second = open_page(root, "s", "codeur-1")
    assert [[(own.label, label) for own, label in page.relabelled] for page in (first, second)] == [
        [], [(GROEN, "Natuur")],
    ]  # fmt: skip
    for page in (first, second):
        page.listening.close()


def rename_on_the_page(root: Path, code: str, label: str) -> None:
    folder = root / "annotations/s"
    proposal = RevisionProposal(
        kind="rename", codeframe="thema", codes=(code,), wordings=(Wording(label=label, definition="d"),)
    )
    revise(folder, proposal, coder="codeur-1", seen=sha256(folder / "codebook.toml"))


def test_labels_that_the_page_renamed_are_remembered_beside_the_changes(root: Path) -> None:
    rename_on_the_page(root, "groen_in_de_wijk", "Natuur")
    rename_on_the_page(root, "groen_in_de_wijk", "Bomen")
    changes = read_changes(root / "annotations/s", open_project(root, "s").codebook)
    assert [own.label for own in changes.code_labels if own.code == "groen_in_de_wijk"] == [GROEN, "Natuur", "Bomen"]
    assert [change.after for change in changes.changes] == [["groen_in_de_wijk"]] * 2
    assert "codebook.toml calls" not in bring_in(root, {"r4": "Natuur", "r5": GROEN})
    assert ids(root) == BOTH


def test_labels_that_changed_places_are_read_as_they_are_now_and_that_is_told(root: Path) -> None:
    relabel(root, groen_in_de_wijk="x", betaalbaar_wonen=GROEN)
    relabel(root, groen_in_de_wijk=WONEN)
    told = bring_in(root, {"r3": GROEN})
    assert f"'{GROEN}' is read as betaalbaar_wonen, which has that label now; groen_in_de_wijk had it before." in told
    assert f"codebook.toml calls thema.groen_in_de_wijk '{WONEN}', no longer '{GROEN}'" in told
    assert (gold(root)["r0"], gold(root)["r3"], ids(root)) == ({"groen_in_de_wijk"}, {"betaalbaar_wonen"}, BOTH)


def test_a_label_of_two_codes_is_refused_with_its_place(root: Path) -> None:
    relabel(root, betaalbaar_wonen=GROEN)
    told = bring_in(root, {"r3": "geen", "r4": GROEN}, expected=2)
    assert "row 3" in told
    assert "labels" in told
    assert "this label is of several codes: betaalbaar_wonen, groen_in_de_wijk" in told
    assert "give these codes other labels in codebook.toml" in told
    assert "r3" not in gold(root)


def test_other_codes_for_answers_that_the_coder_had_coded_are_counted(root: Path) -> None:
    told = bring_in(root, {"r0": WONEN, "r1": f"{WONEN}|{GROEN}", "r3": WONEN})
    assert "2 annotated answers added" in told
    assert "1 of them give other codes to an answer that the coder had coded: these count." in told
    assert "give other codes" not in bring_in(root, {"r4": WONEN})


FORMS = [
    "één loket",
    "ÉÉN LOKET",
    unicodedata.normalize("NFD", "Één loket"),
    "  Één   loket ",
    "Één\u00a0loket",
    "Één\u202floket",
    "\ufeffÉén loket",
    "Één lo\u00adket",
]


@pytest.mark.parametrize("form", FORMS, ids=ascii)
def test_a_label_in_another_form_is_the_same_label(form: str) -> None:
    codes = [{"id": "een", "value": 1, "label": "Één loket", "definition": "d"}]
    codeframe = Codeframe.model_validate({"id": "thema", "label": "Thema", "code": codes})
    assert plain_label(form) == "één loket"
    assert name_codes([form], codeframe) == {form: "een"}
    assert name_codes([form, "Één loket"], Codeframe(id="thema", label="T")) == dict.fromkeys(
        [form, "Één loket"], "een_loket"
    )


def test_quotation_marks_and_hyphens_as_word_types_them_are_those_of_the_keyboard() -> None:
    assert plain_label("Foto\u2019s van \u201ctoen\u201d, half\u2010om") == plain_label('foto\'s van "toen", half-om')


def test_a_new_label_is_written_composed_and_without_stray_spaces(tmp_path: Path) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text('title = "t"\nversion = "1.0.0"\n', encoding="utf-8")
    label = unicodedata.normalize("NFD", " Één\u00a0 loket")
    codebook = add_codes(path, "thema", {label: "een_loket"})
    assert codebook.codeframe("thema").labels == {"een_loket": "Één loket"}


def test_labels_that_only_an_id_joins_stay_two_codes() -> None:
    codes = [{"id": "c", "value": 1, "label": "C", "definition": "d"}]
    codeframe = Codeframe.model_validate({"id": "taal", "label": "Taal", "code": codes})
    assert name_codes(["C++", "c"], codeframe) == {"C++": "c_2", "c": "c"}


CODES = [
    {"id": "groen", "value": 1, "label": "Natuur en bomen", "definition": "d"},
    {"id": "wonen", "value": 2, "label": "Wonen", "definition": "d"},
]
CODEBOOK = Codebook.model_validate(
    {"title": "t", "version": "1.0.0", "codeframe": [{"id": "thema", "label": "Thema", "code": CODES}]}
)


@pytest.mark.parametrize(
    ("label", "codes"),
    [
        ("GROEN", ["groen"]),
        ("natuur en  bomen", ["groen"]),
        ("Parken", ["groen"]),  # what it was called
        ("Wonen", ["wonen"]),
        ("Huizen", []),
    ],
)
def test_one_rule_finds_ids_labels_of_today_and_earlier_ones(label: str, codes: list[str]) -> None:
    remembered = [CodeLabel(codeframe="thema", code="groen", label="Parken")]
    remembered += [CodeLabel(codeframe="thema", code="groen", label="Wonen")]  # which another code has now
    remembered += [CodeLabel(codeframe="thema", code="gone", label="Huizen")]  # of a code that was never written
    known = KnownLabels(CODEBOOK.codeframe("thema"), Changes(label=remembered))
    assert known.find(label) == codes


SHAPES = {
    "labels": "respondent_id,question,codeframe,codes,text\nr3,v1,thema,{label},antwoord 3\n",
    "long": "respondent_id,question,codeframe,code,text,coder\nr3,v1,thema,{label},antwoord 3,anna\n",
    "wide": "respondent_id,question,codeframe,{label},Betaalbaar wonen,geen,text\nr3,v1,thema,x,,,antwoord 3\n",
    "columns": "nr,{label},Betaalbaar wonen\nr3,1,0\n",
    "worksheet": 'respondent_id,question,codeframe,"{label}\n(groen_in_de_wijk)",Betaalbaar wonen,geen,text\n'
    "r3,v1,thema,x,,,antwoord 3\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_road_reads_an_earlier_label_as_the_code_that_had_it(root: Path, shape: str) -> None:
    relabel(root, groen_in_de_wijk="Natuur en bomen")
    path = root / "terug.csv"
    path.write_text(SHAPES[shape].format(label=GROEN.upper()), encoding="utf-8")
    how = ["--codeframe", "thema"] if shape == "columns" else []
    told = run("import", "s", path, "--coder", "anna", *how, root=root)
    assert gold(root)["r3"] == {"groen_in_de_wijk"}
    assert ids(root) == BOTH
    if shape != "worksheet":  # which has the id beside the label
        assert f"'{GROEN.upper()}' is read as groen_in_de_wijk, which is called 'Natuur en bomen' now." in told
