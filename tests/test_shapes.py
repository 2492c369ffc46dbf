"""Annotations go to other programs and come back, wide or long, and nothing is lost or guessed on the way."""

import csv
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import run, write_annotations
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from themawijzer.commands.export import export_annotations
from themawijzer.commands.import_ import Labelling, import_file
from themawijzer.errors import InputError
from themawijzer.output.dataset import Format
from themawijzer.project.labelled import LabelledColumns
from themawijzer.project.project import open_project
from themawijzer.survey.annotations import Annotation
from themawijzer.survey.returned import SHORTENED

SURVEY = """
title = "Proef"
responses = "responses.csv"
respondent_id = "nr"
[[question]]
id = "v1"
column = "V1"
text = "Wat?"
codeframes = ["thema", "partner"]
"""
CODEBOOK = """
title = "Proef"
version = "1.1.0"
[[codeframe]]
id = "thema"
label = "Thema"
code = [
    {id = "spoor", value = 1, label = "Meer treinen", definition = "d"},
    {id = "fiets", value = 2, label = "Fiets (en e-bike)", definition = "d"},
]
[[codeframe]]
id = "partner"
label = "Partner"
code = [
    {id = "ns", value = 1, label = "NS", definition = "d"},
    {id = "fiets", value = 2, label = "x", definition = "d"},
]
"""
CODES = {"thema": ["spoor", "fiets"], "partner": ["ns", "fiets"]}
START = datetime(2026, 1, 1, tzinfo=UTC)


def make(root: Path) -> Path:
    for name, content in {"surveys/proef/survey.toml": SURVEY, "annotations/proef/codebook.toml": CODEBOOK}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path)


def annotation(number: int, *codes: str, codeframe: str = "thema", **others: str) -> Annotation:
    moment = (START + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
    cells = {"text": f"antwoord {number}", "annotated_at": moment, "codebook_version": "1.0.0", "stream": "random"}
    cells |= {"respondent_id": f"{number:03d}", "question": "v1"}
    return Annotation(**cells | {"codeframe": codeframe, "codes": frozenset(codes)} | others)


def export(root: Path, shape: str, **options) -> Path:
    options = {"codeframes": (), "coders": (), "style": Format()} | options
    return export_annotations(root, "proef", shape=shape, **options).file


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def bring_in(root: Path, path: Path, coder: str | None = None):
    return import_file(root, "proef", path, LabelledColumns(), Labelling(coder=coder))


def take(root: Path, text: str, *, coder: str | None = "codeur-1", name: str = "anders.csv") -> list[Annotation]:
    (root / name).write_text(text, encoding="utf-8")
    bring_in(root, root / name, coder)
    return open_project(root, "proef").placed_annotations[coder or "codeur-1"]


def refusal(root: Path, text: str, *, coder: str | None = "codeur-1") -> InputError:
    with pytest.raises(InputError) as caught:
        take(root, text, coder=coder)
    assert not list((root / "annotations/proef").glob("*.csv"))
    return caught.value


# Out


def store(root: Path) -> None:
    own = [annotation(1, "spoor", "fiets"), annotation(2, note="twijfel"), annotation(1, "ns", codeframe="partner")]
    write_annotations(root / "annotations/proef/codeur-1.csv", own)
    write_annotations(root / "annotations/proef/codeur-2.csv", [annotation(1, "spoor")])


def test_long_has_a_row_for_each_code_and_one_where_none_applies(root):
    store(root)
    tail = ["antwoord 1", "2026-01-01T00:00:01Z", "1.0.0", "random", ""]
    assert rows(export(root, "long")) == [
        ["coder", "respondent_id", "question", "codeframe", "code", "text", "annotated_at", "codebook_version",
         "stream", "note"],
        ["codeur-1", "001", "v1", "thema", "fiets", *tail],
        ["codeur-1", "001", "v1", "thema", "spoor", *tail],
        ["codeur-1", "002", "v1", "thema", "geen", "antwoord 2", "2026-01-01T00:00:02Z", "1.0.0", "random", "twijfel"],
        ["codeur-1", "001", "v1", "partner", "ns", *tail],
        ["codeur-2", "001", "v1", "thema", "spoor", *tail],
    ]  # fmt: skip


def test_wide_has_a_column_for_each_code_and_one_that_says_that_none_applies(root):
    store(root)
    header, *body = rows(export(root, "wide"))
    assert header == [
        "coder", "respondent_id", "question", "codeframe", "text", "thema.spoor", "thema.fiets", "partner.ns",
        "partner.fiets", "geen", "annotated_at", "codebook_version", "stream", "note",
    ]  # fmt: skip
    assert [row[3:4] + row[5:10] for row in body] == [
        ["thema", "1", "1", "", "", "0"],
        ["thema", "0", "0", "", "", "1"],
        ["partner", "", "", "1", "0", "0"],
        ["thema", "1", "0", "", "", "0"],
    ]


@pytest.mark.parametrize("shape", ["wide", "long"])
def test_one_coder_and_one_codeframe_can_be_chosen(root, shape):
    store(root)
    told = run("export", "proef", "--shape", shape, "--codeframe", "thema", "--coder", "Codeur-2", root=root)
    assert told == f"1 rows of codeur-2: {root}/coded/proef/annotations_{shape}.csv\n"
    header, row = rows(root / f"coded/proef/annotations_{shape}.csv")
    assert (row[:4], "partner.ns" in header) == (["codeur-2", "001", "v1", "thema"], False)


@pytest.mark.parametrize(
    ("option", "known"), [("codeframe", "Known codeframes: thema, partner."), ("coder", "Known coders: codeur-1, c")]
)
def test_what_is_not_there_cannot_be_chosen(root, option, known):
    store(root)
    told = run("export", "proef", f"--{option}", "x", root=root, expected=2)
    assert f"there is no {option} x" in told
    assert known in told


def test_codes_that_somebody_added_to_an_export_are_not_overwritten(root):
    store(root)
    path = export(root, "long")
    path.write_text(path.read_text(encoding="utf-8").replace(",spoor,", ",fiets,"), encoding="utf-8")
    with pytest.raises(InputError, match="somebody filled in 2 rows that are not among the annotations yet"):
        export(root, "long")
    bring_in(root, path)
    export(root, "long")


def test_an_answer_that_was_drawn_stays_drawn_though_its_annotation_was_replaced(root):
    drawn, again = (
        annotation(1, "spoor"),
        annotation(2, "fiets", respondent_id="001", text="antwoord 1", stream="review"),
    )
    write_annotations(root / "annotations/proef/codeur-1.csv", [drawn, again])
    path = export(root, "wide")
    (root / "annotations/proef/codeur-1.csv").unlink()
    bring_in(root, path)
    (gold,) = open_project(root, "proef").gold.values()
    assert (gold.codes, gold.is_random) == ({"fiets"}, True)


# Back


cell = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("=+-@'\t\r\n\",;|"), min_size=1, max_size=8
)
typed = cell.filter(lambda text: text.strip() and not SHORTENED.fullmatch(text.strip()))


@st.composite
def histories(draw) -> dict[str, list[Annotation]]:
    """What two coders said of a few answers, now and then of one of them again."""
    respondents = draw(st.lists(st.tuples(typed, typed), min_size=1, max_size=4))
    annotations: dict[str, list[Annotation]] = {}
    for number in range(draw(st.integers(1, 6))):
        codeframe = draw(st.sampled_from(sorted(CODES)))
        codes = draw(st.frozensets(st.sampled_from(CODES[codeframe])))
        respondent_id, text = draw(st.sampled_from(respondents))
        others = {
            "stream": draw(st.sampled_from(["random", "active", "review", "import"])),
            "note": draw(cell | st.just("")),
        }
        made = annotation(number, *codes, codeframe=codeframe, respondent_id=respondent_id, text=text, **others)
        annotations.setdefault(draw(st.sampled_from(["codeur-1", "adjudicated"])), []).append(made)
    return annotations


@pytest.mark.parametrize("style", [Format(), Format(for_dutch_excel=True)], ids=["machines", "excel-nl"])
@pytest.mark.parametrize("shape", ["wide", "long"])
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(annotations=histories())
def test_what_goes_out_comes_back_the_same(shape, style, annotations):
    with tempfile.TemporaryDirectory() as folder:
        root = make(Path(folder))
        for coder, own in annotations.items():
            write_annotations(root / f"annotations/proef/{coder}.csv", own)
        path = export(root, shape, style=style)
        for coder in annotations:
            (root / f"annotations/proef/{coder}.csv").unlink()
        bring_in(root, path)
        assert open_project(root, "proef").placed_annotations == annotations
        again = export(root, shape, style=style)
        assert {done.n_added for done in bring_in(root, again)} == {0}


@pytest.mark.parametrize("word", ["model", "auto"])
def test_what_people_type_is_never_taken_for_the_models_word(root, word):
    write_annotations(root / "annotations/proef/codeur-1.csv", [annotation(1, "spoor", text=word, note=word)])
    path = export(root, "long")
    (root / "annotations/proef/codeur-1.csv").unlink()
    assert [done.n_added for done in bring_in(root, path)] == [1]


WIDE = "respondent_id,question,codeframe,text,spoor,fiets,geen\n"


@pytest.mark.parametrize(
    ("header", "cells", "codes"),
    [
        ("spoor,fiets,geen", "1,0,0", {"spoor"}),
        ("spoor,fiets,geen", "x,X,", {"spoor", "fiets"}),
        ("spoor,fiets,geen", "WAAR,ONWAAR,ONWAAR", {"spoor"}),
        ("spoor,fiets,geen", "nee,nee,ja", set()),
        ("Spoor,FIETS,Geen", " ja ,,", {"spoor"}),
        ("thema.spoor,thema.fiets,geen", "0,1,0", {"fiets"}),
        ("Meer treinen,Fiets (en e-bike),geen", "0,TRUE,FALSE", {"fiets"}),
        ('"Meer treinen\n(spoor)","Fiets (en e-bike)\n(fiets)","geen\nde rest"', "0,1,0", {"fiets"}),
    ],
)
def test_columns_of_codes_are_found_and_read_whatever_they_look_like(root, header, cells, codes):
    (only,) = take(root, f"respondent_id,question,codeframe,text,{header}\n007,v1,thema,meer,{cells}\n")
    assert (only.codes, only.text, only.stream, only.codebook_version) == (codes, "meer", "review", "1.1.0")


def test_a_row_with_neither_a_code_nor_the_mark_that_none_applies_is_open(root):
    path = root / "anders.csv"
    path.write_text(
        WIDE + "1,v1,thema,a,0,0,0\n2,v1,thema,b,,,\n3,v1,thema,c,,,1\n4,v1,thema,d,,1,\n", encoding="utf-8"
    )
    (done,) = bring_in(root, path, "codeur-1")
    assert (done.n_added, done.n_open) == (2, 2)
    assert [each.codes for each in open_project(root, "proef").placed_annotations["codeur-1"]] == [set(), {"fiets"}]


def test_rows_of_one_answer_need_not_stand_together_in_a_long_file(root):
    header = "code,respondent_id,question,codeframe,text\n"
    text = f"{header}spoor,1,v1,thema,a\ngeen,2,v1,thema,b\n FIETS ,1,v1,thema,a\n,3,v1,thema,c\n"
    assert [(each.respondent_id, each.codes) for each in take(root, text)] == [("1", {"spoor", "fiets"}), ("2", set())]


def test_rows_with_a_moment_each_are_asked_about_and_nothing_is_replaced_in_silence(root):
    """Many programs write one row per code, each with its own second."""
    header = "coder,respondent_id,question,codeframe,text,code,annotated_at,note\n"
    rows = ["spoor,2026-02-02T10:00:01Z,", "fiets,2026-02-02T10:00:02Z,twijfel"]
    text = header + "".join(f"codeur-1,1,v1,thema,a,{row}\n" for row in rows)
    error = refusal(root, text, coder=None)
    assert (error.row, error.column) == (3, "annotated_at")
    assert error.problem == "this answer has another code at another moment in row 2"
    assert "--long" in error.expected
    path = root / "anders.csv"
    (done,) = import_file(root, "proef", path, LabelledColumns(long=False), Labelling())
    assert (done.n_added, done.n_later) == (2, 1)
    (done,) = import_file(root, "proef", path, LabelledColumns(long=True), Labelling())
    *_, joined = open_project(root, "proef").placed_annotations["codeur-1"]
    assert (joined.codes, joined.annotated_at, joined.note) == ({"spoor", "fiets"}, "2026-02-02T10:00:02Z", "twijfel")
    told = run("import", "proef", path, "--no-long", root=root)
    assert "1 rows replace an earlier row of the same answer, with other codes." in told


LONG = "respondent_id,question,codeframe,text,code\n"


@pytest.mark.parametrize(
    ("text", "row", "column", "problem", "expected"),
    [
        (WIDE + "1,v1,thema,a,1,0,0\n2,v1,thema,b,1,0,1\n", 3, "geen", "geen stands beside a code", "geen says that"),
        (WIDE + "1,v1,thema,a,1,0,0\n2,v1,thema,b,2,0,0\n", 3, "spoor", "this says neither yes nor no", "x, 1, ja or"),
        (WIDE + "1,v1,sector,a,1,0,0\n", 2, "codeframe", "unknown codeframe", "Known codeframes: thema, par"),
        (WIDE + "1,v1,,a,1,0,0\n", 2, "codeframe", "unknown codeframe", "Known codeframes: thema, partner."),
        (WIDE + "1,v1,,a,,,1\n", 2, "codeframe", "unknown codeframe", "Known codeframes: thema, partner."),
        (WIDE + "1,v2,thema,a,1,0,0\n", 2, "question", "unknown question", "Known questions: v1."),
        (WIDE + ",v1,thema,a,1,0,0\n", 2, "respondent_id", "the respondent_id is empty", "Every annotation needs"),
        (WIDE + "1,v1,thema,a,1,0,0\n1,v1,thema,a,0,1,0\n", 3, "codes", "this answer has other codes", "One"),
        (
            WIDE.replace("fiets", "fietsen") + "1,v1,thema,a,1,0,0\n", 1, "fietsen",
            "unknown code in codeframe thema; did you mean fiets?", "Known codes: spoor, fiets. What else",
        ),
        (
            WIDE.replace(",geen", ",wat ik vond,geen") + "1,v1,thema,a,1,0,geheim,0\n", 1, "7",
            "unknown code in codeframe thema", "Known codes: spoor, fiets. What else",
        ),
        (
            WIDE.replace(",fiets", "") + "1,v1,thema,a,1,0\n", 1, None,
            "there is no column for code fiets of codeframe thema", "Without it nobody can tell whether",
        ),
        (
            WIDE.replace("fiets", "Meer treinen") + "1,v1,thema,a,1,0,0\n", 1, None,
            "columns 5 and 6 are of the same code, spoor", "One column for each code.",
        ),
        (
            "respondent_id,question,codeframe,text,thema.spoor,partner.ns,geen\n1,v1,partner,a,,1,\n2,v1,thema,a,1,,\n",
            1, None, "there is no column for code fiets of codeframe thema", "Without it nobody",
        ),
        (
            "respondent_id,question,codeframe,text,thema.spoor,thema.fiets,partner.ns,partner.fiets,geen\n"
            "1,v1,thema,a,1,,,,\n2,v1,partner,a,,,,1,\n3,v1,partner,a,1,,,,\n", 4, "5",
            "this code is not one of codeframe partner, which the row is about", "Codes of partner: ns, fiets.",
        ),
        (WIDE.replace(",geen", "") + "1,v1,thema,a,1,0\n", 1, None, "this file does not say which codes", "A col"),
        (LONG + "1,v1,thema,a,geen\n1,v1,thema,a,spoor\n", 2, "code", "geen stands beside a code of the", "geen"),
        (LONG + "1,v1,thema,a,spor\n", 2, "codes", "unknown code in codeframe thema", "Known"),
        (
            LONG.replace("code\n", "codes,annotated_at\n")
            + "1,v1,thema,a,spoor,2026-02-02T10:00:00Z\n1,v1,thema,a,fiets,2026-02-02T09:00:00\n", 3, "annotated_at",
            "this answer was coded again later, in row 2", "Sort the rows by annotated_at",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_named_and_nothing_is_written(root, text, row, column, problem, expected):
    error = refusal(root, text)
    assert (error.file, error.row, error.column, error.problem.startswith(problem)) == (
        root / "anders.csv", row, column, True,
    )  # fmt: skip
    assert error.expected.startswith(expected)
    assert "geheim" not in str(error)


def test_what_was_coded_with_an_older_codebook_may_lack_its_new_codes(root):
    text = "respondent_id,question,codeframe,text,spoor,geen,codebook_version\n1,v1,thema,a,1,,1.0.0\n"
    (only,) = take(root, text)
    assert (only.codes, only.codebook_version) == ({"spoor"}, "1.0.0")


def test_a_column_without_anything_in_it_and_notes_beneath_the_rows_do_no_harm(root):
    text = WIDE.replace(",geen", ",leeg,geen") + "1,v1,thema,a,1,0,,0\n,,,,,,,\nlet op: zie mail,,,,,,,\n"
    assert [each.respondent_id for each in take(root, text)] == ["1"]


@pytest.mark.parametrize("coder", ["codeur-1", None])
def test_what_the_machine_wrote_is_not_taken_for_what_a_person_gave(root, coder):
    codings = "respondent_id,question,codeframe,code,label,probability,decision,source,evidence\n"
    error = refusal(root, codings + "1,v1,thema,spoor,Spoor,0.91,yes,model,geheim\n", coder=coder)
    assert error.problem == "these are codings of `themawijzer classify`, most of them the model's"
    assert error.expected.startswith("Take a file that people filled in: review.csv")
    assert "geheim" not in str(error)


# Whose codes


CODED = "1,v1,thema,a,1,0,0"


def test_every_row_goes_to_the_coder_that_it_names(root):
    (root / "beide.csv").write_text(f"coder,{WIDE}Codeur-1,{CODED}\ncodeur-2,{CODED}\n", encoding="utf-8")
    assert [done.annotations_file.name for done in bring_in(root, root / "beide.csv")] == [
        "codeur-1.csv",
        "codeur-2.csv",
    ]
    assert {coder: len(own) for coder, own in open_project(root, "proef").placed_annotations.items()} == {
        "codeur-1": 1, "codeur-2": 1,
    }  # fmt: skip


def test_a_coder_that_is_given_outranks_the_one_in_the_file(root):
    assert len(take(root, f"coder,{WIDE}codeur-2,{CODED}\n", coder="codeur-1")) == 1


@pytest.mark.parametrize(
    ("text", "coder", "row", "problem", "expected"),
    [
        (
            f"coder,{WIDE}a,{CODED}\nb,{CODED}\n",
            "codeur-1",
            None,
            "this file has several coders",
            "Leave --coder out: ",
        ),
        (
            f"coder,{WIDE}a,{CODED}\nb,{CODED}\n,{CODED}\n",
            None,
            4,
            "it does not say who coded",
            "Each row with codes names its coder",
        ),
        (f"{WIDE}{CODED}\n", None, None, "it does not say who coded", "Give --coder, such as codeur-1."),
        (f"coder,{WIDE}../x,{CODED}\n", None, None, "this cannot be the name of anything here", "A name has 1 to"),
    ],
)
def test_codes_of_nobody_are_refused(root, text, coder, row, problem, expected):
    error = refusal(root, text, coder=coder)
    assert (error.row, error.problem) == (row, problem)
    assert error.expected.startswith(expected)


def test_a_file_about_another_survey_is_refused(root):
    error = refusal(root, f"survey,{WIDE}proef,{CODED}\nanders,{CODED}\n")
    assert (error.row, error.column, error.problem) == (3, "survey", "this is about another survey")


def test_a_labelled_file_is_not_taken_for_one_that_says_what_its_rows_are_about(root):
    error = refusal(root, "respondent,vraag,codeerkader,code,geen\n1,v1,thema,spoor,0\n")
    assert error.problem == "the labels belong to no codeframe yet"
