"""A REFI-QDA project that we write holds what every coder decided, and comes back as it was."""

import csv
import shutil
import zipfile
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from conftest import run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from themawijzer.commands.export import export_annotations
from themawijzer.commands.import_ import Labelling, import_file
from themawijzer.commands.init import init_survey
from themawijzer.errors import InputError
from themawijzer.output.dataset import Format
from themawijzer.project.labelled import LabelledColumns
from themawijzer.project.project import open_project
from themawijzer.survey.annotations import Annotation, append_annotations, coder_file, lines_of
from themawijzer.survey.codebook import read_codebook

CODEBOOK = """title = "Proef"
version = "1.2.0"
[[codeframe]]
id = "thema"
label = "Thema’s & meer"
[[codeframe.code]]
id = "spoor"
value = 1
label = "Spoor <trein>"
definition = "Gaat over treinen."
parent = "vervoer"
[[codeframe.code]]
id = "vervoer"
value = 2
label = "Vervoer"
definition = "NOG INVULLEN: wanneer krijgt een antwoord deze code?"
[[codeframe]]
id = "toon"
label = "Toon"
[[codeframe.code]]
id = "boos"
value = 1
label = "Vervoer"
definition = "Klinkt boos."
"""
CHANGES = """[[change]]
version = "1.2.0"
kind = "merge"
codeframe = "thema"
from = ["bus", "spoor"]
to = ["spoor"]
retired = [{ id = "bus", value = 3, label = "Bus" }]
coder = "codeur-1"
at = "2026-01-01T00:00:00Z"
"""
TEXTS = {"007": "meer treinen", "8": "\U0001f600 de fiets\r\nen\x01 de bus ", "9": "meer treinen", "10": "vol & laat"}


def make(root):
    with (root / "uitvoer.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [["nr", "V1", "V2"], *([key, text, f"omdat {key}"] for key, text in TEXTS.items())]
        csv.writer(file, delimiter=";").writerows(rows)
    init_survey(root, "proef", root / "uitvoer.csv", respondent_id="nr", columns=["V1", "V2"])
    (root / "annotations/proef/codebook.toml").write_text(CODEBOOK, encoding="utf-8")
    (root / "annotations/proef/changes.toml").write_text(CHANGES, encoding="utf-8")
    return root


@pytest.fixture
def root(tmp_path):
    return make(tmp_path)


def annotated(nr, *codes, codeframe="thema", question="v1", stream="active", note="", day=1, text=None):
    own = TEXTS[nr] if question == "v1" else f"omdat {nr}"
    text, moment = own if text is None else text, f"2026-03-0{day}T10:00:00Z"
    return Annotation(nr, question, codeframe, frozenset(codes), text, moment, "1.1.0", stream, note)


GIVEN = {
    "Codeur-1": [
        annotated("007", "vervoer"),
        annotated("007", "spoor", stream="random", note="twijfel: <a> & b", day=2),  # replaces the row above
        annotated("8", stream="random"),
        annotated("8", "boos", codeframe="toon"),
        annotated("9", "bus", "vervoer"),  # bus is retired
        annotated("10", "spoor", text="wat in een vorige meting stond"),
        annotated("10", question="v2", codeframe="toon"),
    ],
    "codeur-2": [annotated("007", "vervoer", stream="random"), annotated("9")],
    "adjudicated": [annotated("9", "spoor", stream="review")],
}


def store(root, annotations):
    codebook = read_codebook(root / "annotations/proef/codebook.toml")
    for coder, own in annotations.items():
        append_annotations(coder_file(root / "annotations/proef", coder), own, codebook)
    return root


def export(root, **options):
    options = {"codeframes": (), "coders": (), "style": Format()} | options
    return export_annotations(root, "proef", shape="qdpx", **options).file


def bring_back(root, path, **options):
    return import_file(root, "proef", path, LabelledColumns(), Labelling(**options))


def last(root):
    """What every coder decided last, but for the version that they saw and characters that XML lacks."""
    found = {}
    for coder, own in open_project(root, "proef").stored_annotations.items():
        for row in own:
            plain = replace(
                row, codebook_version="", note=" ".join(row.note.split()), text="\n".join(lines_of(row.text))
            )
            found[coder, row.answered] = plain
    return found


def test_what_was_exported_adds_nothing_where_it_came_from(root):
    store(root, GIVEN)
    before = {path: path.read_bytes() for path in root.rglob("*.csv")}
    done = bring_back(root, export(root))
    assert [own.n_added for own in done.coders] == [0, 0, 0]
    assert (done.new_codes, done.not_taken.total()) == ([], 0)
    assert {path: path.read_bytes() for path in root.rglob("*.csv")} == before


def test_what_was_exported_comes_in_elsewhere_as_it_was(root, tmp_path_factory):
    path = export(store(root, GIVEN))
    other = make(tmp_path_factory.mktemp("elders"))
    bring_back(other, path)
    assert last(other) == last(root)
    assert len(last(other)) == 9


def test_what_was_exported_makes_the_codebook_where_there_is_none(root, tmp_path):
    path = export(store(root, GIVEN), codeframes=["thema"])
    other = tmp_path / "elders"
    other.mkdir()
    shutil.copy(root / "uitvoer.csv", other)
    init_survey(other, "ander", other / "uitvoer.csv", respondent_id="nr", columns=["V1", "V2"])
    import_file(other, "ander", path, LabelledColumns(), Labelling("thema", "v1"))
    codeframe = open_project(other, "ander").codebook.codeframe("thema")
    assert [(code.id, code.label, code.parent) for code in codeframe.codes] == [
        ("bus", "Bus", None),
        ("spoor_trein", "Spoor <trein>", "vervoer"),
        ("vervoer", "Vervoer", None),
    ]
    stored = open_project(other, "ander").stored_annotations
    assert {own.respondent_id: sorted(own.codes) for own in stored["codeur-2"]} == {"007": ["vervoer"], "9": []}


answers = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([*TEXTS]), st.frozensets(st.sampled_from(["spoor", "vervoer"])),
            st.sampled_from(["codeur-1", "codeur-2"]), st.sampled_from(["random", "active", "review", "import"]),
            st.none() | answers.filter(str.strip), st.text("ab <&é\n\"'", max_size=5),
        ),
        min_size=1,
    )
)  # fmt: skip
def test_any_annotations_come_back_as_they_were(rows, tmp_path_factory):
    root, other = (make(tmp_path_factory.mktemp(name)) for name in ("hier", "daar"))
    made = {}
    for nr, codes, coder, stream, text, note in rows:
        made.setdefault(coder, []).append(annotated(nr, *codes, stream=stream, note=note.strip(), text=text))
    bring_back(other, export(store(root, made)))
    assert last(other) == last(root)


def test_the_same_annotations_give_the_same_bytes(root, tmp_path_factory):
    first = export(store(root, GIVEN)).read_bytes()
    assert export(store(make(tmp_path_factory.mktemp("elders")), GIVEN)).read_bytes() == first


def test_the_project_is_as_programs_for_qualitative_analysis_expect_it(root):
    path = export(store(root, GIVEN), coders=["codeur-2"], codeframes=["thema"])
    with zipfile.ZipFile(path) as archive:
        project = ET.fromstring(archive.read("project.qde"))  # noqa: S314  # our own
        names = archive.namelist()
        texts = {name: archive.read(name).decode() for name in names[1:]}
    own = "{urn:QDA-XML:project:1.0}"
    assert [user.get("name") for user in project.iter(f"{own}User")] == ["codeur-2"]
    assert [(code.get("name"), code.get("isCodable")) for code in project.iter(f"{own}Code")] == [
        ("Thema’s & meer", "false"),
        ("Vervoer", "true"),
        ("Spoor <trein>", "true"),
        ("geen", "true"),
    ]
    assert [code.text for code in project.iter(f"{own}Description")] == ["Gaat over treinen.", "geen code past"]
    sources = project.findall(f"{own}Sources/{own}TextSource")
    assert [source.get("name") for source in sources] == ["007", "9"]
    assert [texts[source.get("plainTextPath").replace("internal://", "sources/")] for source in sources] == [
        "meer treinen"
    ] * 2
    selection = sources[0].find(f"{own}PlainTextSelection")
    assert (selection.get("startPosition"), selection.get("endPosition")) == ("0", "12")
    assert selection.get("creationDateTime") == "2026-03-01T10:00:00Z"
    assert [case.get("name") for case in project.iter(f"{own}Case")] == ["007", "9"]


def test_a_project_that_another_program_saved_is_not_overwritten(root):
    path = export(store(root, GIVEN))
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data.replace(b'origin="Themawijzer"', b'origin="MAXQDA"'))
    with pytest.raises(InputError, match="another program wrote this project"):
        export(root)


def test_streams_that_another_program_lost_are_those_of_the_coder(root):
    path = export(store(root, GIVEN))
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data.replace(b"themawijzer:", b"").replace(b"twijfel", b"zeker"))
    done = bring_back(root, path)
    assert [own.n_added for own in done.coders] == [1, 0, 0]  # the note that was changed there
    assert [row.stream for row in open_project(root, "proef").stored_annotations["codeur-1"]][-1] == "random"


def test_without_annotations_there_is_no_project(root):
    assert "there are no annotations yet" in run("export", "proef", "--shape", "qdpx", root=root, expected=2)
    told = run("export", "proef", "--shape", "qdpx", root=store(root, GIVEN))
    assert "5 answers of adjudicated, Codeur-1, codeur-2" in told
