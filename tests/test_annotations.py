import csv
from dataclasses import replace

import pytest
from conftest import write_annotations
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from themawijzer.errors import InputError
from themawijzer.survey.annotations import COLUMNS, Annotation, AnsweredUnit, append_annotations, read_annotations
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.gold import Gold, settle
from themawijzer.survey.respondents import Respondents

HEADER = "respondent_id,question,codeframe,codes,text,annotated_at,codebook_version,stream,note\n"
UNIT = AnsweredUnit("007", "v1", "thema", ("een antwoord",))
QUESTIONS = ("v1", "v2", "v3")
CODEBOOK = Codebook.model_validate(
    {
        "title": "Proef",
        "version": "1.0.0",
        "codeframe": [
            {
                "id": "thema",
                "label": "Thema",
                "code": [
                    {"id": "mens", "value": 1, "label": "Mens", "definition": "d"},
                    {"id": "talent", "value": 2, "label": "Talent", "definition": "d", "parent": "mens"},
                    {"id": "geld", "value": 3, "label": "Geld", "definition": "d"},
                ],
            },
            {
                "id": "sector",
                "label": "Sector",
                "code": [{"id": "bouw", "value": 1, "label": "Bouw", "definition": "d"}],
            },
        ],
    }
)


def annotation(*codes, at="2026-01-01T00:00:00Z", text="een antwoord", stream="active", **others):
    place = {"respondent_id": "007", "question": "v1", "codeframe": "thema"} | others
    return Annotation(
        **place, codes=frozenset(codes), text=text, annotated_at=at, codebook_version="1.0.0", stream=stream
    )


def row(**cells):
    given = {
        "respondent_id": "007", "question": "v1", "codeframe": "thema", "codes": "geld", "text": "tekst",
        "annotated_at": "2026-01-01T00:00:00Z", "codebook_version": "1.0.0", "stream": "active", "note": "",
    }  # fmt: skip
    return ",".join((given | cells).values()) + "\n"


def put(folder, content, name="anna.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(folder):
    with pytest.raises(InputError) as caught:
        read_annotations(folder, CODEBOOK, QUESTIONS)
    return caught.value


def gold(**coders):
    return settle(Respondents({}).place(coders), CODEBOOK)


def decided(**coders):
    """The codes and the disputed codes of the one unit that all coders coded once."""
    settled = gold(**{coder: [annotation(*codes)] for coder, codes in coders.items()})
    return settled[UNIT].codes, settled[UNIT].disputed


# Reading


def test_every_file_is_a_coder_and_every_row_an_annotation(tmp_path):
    put(tmp_path, HEADER + row(codes="geld|talent", note="twijfel") + row(respondent_id="8", codes=""))
    put(tmp_path, HEADER + row(codeframe="sector", codes=" bouw | ", stream="random"), "adjudicated.csv")
    (tmp_path / "codebook.toml").write_text("")
    read = read_annotations(tmp_path, CODEBOOK, QUESTIONS)
    assert list(read) == ["adjudicated", "anna"]
    assert [each.codes for each in read["anna"]] == [{"geld", "talent"}, set()]
    assert (read["anna"][0].unit, read["anna"][0].note) == (UNIT[:3], "twijfel")
    assert (read["adjudicated"][0].codes, read["adjudicated"][0].stream) == ({"bouw"}, "random")


def test_without_a_folder_or_files_there_are_no_annotations(tmp_path):
    assert read_annotations(tmp_path, CODEBOOK, QUESTIONS) == {}
    assert read_annotations(tmp_path / "none", CODEBOOK, QUESTIONS) == {}


def test_two_files_of_one_coder_but_for_capitals_are_refused(tmp_path):
    put(tmp_path, HEADER + row(), "anna.csv")
    path = put(tmp_path, HEADER + row(), "Anna.CSV")
    error = refusal(tmp_path)
    assert {error.file, path.with_name(error.problem.split()[0])} == {path, tmp_path / "anna.csv"}
    assert error.problem.endswith("is of the same coder, but for its capitals")


def withdrawn(**cells):
    return row(**{"codes": "", "annotated_at": "", "note": "ingetrokken"} | cells)


def test_a_withdrawal_takes_back_what_the_coder_said_of_the_unit_before_and_nothing_else(tmp_path):
    put(tmp_path, HEADER + row() + row(codes="mens") + row(codeframe="sector", codes="bouw") + withdrawn())
    put(tmp_path, HEADER + row(codes="mens"), "ben.csv")
    read = read_annotations(tmp_path, CODEBOOK, QUESTIONS)
    assert [each.codeframe for each in read["anna"]] == ["sector"]
    assert [each.codes for each in read["ben"]] == [{"mens"}]
    settled = settle(read, CODEBOOK)
    assert {unit.codeframe: found.coders for unit, found in settled.items()} == {"sector": ("anna",), "thema": ("ben",)}


@pytest.mark.parametrize(
    ("last", "n_left"),
    [
        (withdrawn(respondent_id="7"), 0),  # as Excel leaves the id
        (withdrawn(respondent_id="70"), 1),
        (withdrawn(text="een ander antwoord"), 1),
        (withdrawn(note="weet niet"), 1),  # a row of review.csv with a note
        (withdrawn() + row(), 1),
        (withdrawn(codes="geld"), 2),
    ],
)
def test_a_withdrawal_is_about_its_own_answer_and_comes_before_what_follows(tmp_path, last, n_left):
    put(tmp_path, HEADER + row() + last)
    assert len(read_annotations(tmp_path, CODEBOOK, QUESTIONS)["anna"]) == n_left


def test_a_header_alone_holds_no_annotations(tmp_path):
    put(tmp_path, HEADER)
    assert read_annotations(tmp_path, CODEBOOK, QUESTIONS) == {"anna": []}


def test_the_columns_may_stand_in_another_order_with_others_between(tmp_path):
    names = ["suggested", *reversed(COLUMNS)]
    cells = dict(zip(COLUMNS, row().strip().split(","), strict=True)) | {"suggested": "talent"}
    put(tmp_path, ",".join(names) + "\n" + ",".join(cells[name] for name in names) + "\n")
    assert read_annotations(tmp_path, CODEBOOK, QUESTIONS)["anna"] == [annotation("geld", text="tekst")]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig"])
def test_a_file_as_dutch_excel_saves_it_is_read_too(tmp_path, encoding):
    text = (HEADER + row(text="één@ 'twee' € 5")).replace(",", ";").replace("@", ",").replace("\n", "\r\n")
    put(tmp_path, text.encode(encoding))
    (read,) = read_annotations(tmp_path, CODEBOOK, QUESTIONS)["anna"]
    assert (read.respondent_id, read.text, read.codes) == ("007", "één, 'twee' € 5", {"geld"})


@pytest.mark.parametrize(
    ("cells", "column", "problem", "expected"),
    [
        ({"codeframe": "them"}, "codeframe", "unknown codeframe", "Known codeframes: thema, sector."),
        (
            {"codes": "geld|talnet"},
            "codes",
            "unknown code in codeframe thema; did you mean talent?",
            "Known codes: mens, talent, geld.",
        ),
        (
            {"codes": "geld;talent"},
            "codes",
            "unknown code in codeframe thema; several codes are joined by |",
            "Known codes: mens,",
        ),
        ({"codes": "bouw"}, "codes", "unknown code in codeframe thema", "Known codes: mens, talent, geld."),
        ({"stream": "Random"}, "stream", "unknown stream", "Known streams: random, active, review, import."),
        ({"respondent_id": " "}, "respondent_id", "the respondent_id is empty", "Every annotation needs"),
        ({"question": ""}, "question", "the question is empty", "Every annotation needs"),
    ],
)
def test_a_row_that_does_not_fit_is_named_by_file_row_and_column(tmp_path, cells, column, problem, expected):
    path = put(tmp_path, HEADER + row(text='"regel een\nregel twee"') + row(**cells))
    error = refusal(tmp_path)
    assert (error.file, error.row, error.column) == (path, 3, column)
    assert error.problem.startswith(problem)
    assert error.expected.startswith(expected)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_named_beside_all_that_are_needed(tmp_path, column):
    put(tmp_path, HEADER.replace(column, "anders") + row())
    error = refusal(tmp_path)
    assert (error.problem, error.row, error.column) == ("a column is missing", 1, column)
    assert error.expected == f"An annotation file has the columns {HEADER.strip().replace(',', ', ')}."


def test_errors_hold_no_respondents_text(tmp_path):
    put(tmp_path, HEADER + row(text="geheim", codes="x", note="geheim"))
    assert "geheim" not in str(refusal(tmp_path))


# Writing


def test_a_file_is_written_as_the_format_says(tmp_path):
    write_annotations(
        tmp_path / "new" / "anna.csv",
        [annotation("talent", "geld", text='=1+1\n"ja", é', stream="random"), annotation(codeframe="sector")],
    )
    assert (tmp_path / "new" / "anna.csv").read_bytes().decode() == (
        HEADER
        + '007,v1,thema,geld|talent,"\'=1+1\n""ja"", é",2026-01-01T00:00:00Z,1.0.0,random,\n'
        + "007,v1,sector,,een antwoord,2026-01-01T00:00:00Z,1.0.0,active,\n"
    )


cell = st.text(st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("=+-@'\t\r\n\",;|"), max_size=10)
annotations = st.builds(
    Annotation,
    respondent_id=cell.filter(str.strip),
    question=st.sampled_from(["v1", "v2"]),
    codeframe=st.just("thema"),
    codes=st.frozensets(st.sampled_from(["mens", "talent", "geld"])),
    text=cell,
    annotated_at=st.just("2026-01-01T00:00:00Z"),
    codebook_version=st.just("1.0.0"),
    stream=st.sampled_from(["random", "active", "review", "import"]),
    note=cell,
)
quick = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(st.lists(annotations, max_size=4))
def test_whatever_is_written_reads_back(tmp_path, rows):
    write_annotations(tmp_path / "anna.csv", rows)
    assert read_annotations(tmp_path, CODEBOOK, QUESTIONS)["anna"] == rows


@quick
@given(st.lists(annotations, max_size=3), st.lists(annotations, max_size=3))
def test_appending_gives_the_old_rows_and_then_the_new(tmp_path, old, new):
    path = tmp_path / "anna.csv"
    write_annotations(path, old)
    before = path.read_bytes()
    append_annotations(path, new, CODEBOOK)
    assert path.read_bytes().startswith(before)
    assert read_annotations(tmp_path, CODEBOOK, QUESTIONS)["anna"] == old + new


def test_appending_makes_the_file_when_it_is_not_there(tmp_path):
    append_annotations(tmp_path / "proef" / "anna.csv", [annotation("geld")], CODEBOOK)
    assert read_annotations(tmp_path / "proef", CODEBOOK, QUESTIONS) == {"anna": [annotation("geld")]}


def test_appending_keeps_what_the_coder_typed_in_columns_of_their_own(tmp_path):
    path = put(tmp_path, "zeker," + HEADER + "nee," + row(codes="talent|geld"))
    append_annotations(path, [annotation("geld")], CODEBOOK)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(each["zeker"], each["codes"]) for each in rows] == [("nee", "talent|geld"), ("", "geld")]


def test_appending_to_a_file_that_does_not_fit_changes_nothing(tmp_path):
    path = put(tmp_path, HEADER + row(codes="x"))
    with pytest.raises(InputError):
        append_annotations(path, [annotation("geld")], CODEBOOK)
    assert path.read_text() == HEADER + row(codes="x")


# Gold


@pytest.mark.parametrize(
    ("coders", "codes", "disputed"),
    [
        ({"a": ["geld"]}, {"geld"}, set()),
        ({"a": []}, set(), set()),
        ({"a": [], "b": []}, set(), set()),
        ({"a": ["geld"], "b": ["geld"]}, {"geld"}, set()),
        ({"a": ["geld"], "b": []}, set(), {"geld"}),
        ({"a": ["geld", "mens"], "b": ["mens"]}, {"mens"}, {"geld"}),
        ({"a": ["geld"], "b": ["geld"], "c": ["mens"]}, {"geld"}, set()),
        ({"a": ["geld"], "b": ["mens"], "c": []}, set(), {"geld", "mens"}),  # two of three say that something applies
        ({"a": ["geld"], "b": ["geld"], "c": [], "d": []}, set(), {"geld"}),
        ({"a": ["talent"]}, {"talent", "mens"}, set()),
        ({"a": ["talent"], "b": ["mens"]}, {"mens"}, {"talent"}),
        ({"a": ["talent"], "b": ["mens"], "c": []}, {"mens"}, set()),
        ({"a": ["geld"], "b": ["geld"], "adjudicated": ["talent"]}, {"talent", "mens"}, set()),
        ({"a": ["geld"], "b": ["geld"], "adjudicated": []}, set(), set()),
        ({"a": ["geld"], "b": [], "adjudicated": ["geld"]}, {"geld"}, set()),
    ],
)
def test_gold_is_adjudicated_or_the_majority_code_by_code(coders, codes, disputed):
    assert decided(**coders) == (codes, disputed)


@pytest.mark.parametrize(
    ("given", "codes", "disputed"),
    [
        ("x -", "", "x"),
        ("x y", "", "x y"),
        ("x y z", "", "x y z"),  # all gave a code: "none applies" is what nobody said
        ("x y -", "", "x y"),
        ("x - -", "", ""),
        ("x,y y,z x,z", "x y z", ""),
        ("x,y y,z -", "y", ""),
        ("x y z -", "", "x y z"),
        ("x y - -", "", "x y"),
        ("x x y -", "", "x y"),
        ("x x x y", "x", ""),
        ("x,y x,y x x", "x", "y"),
        ("x - - -", "", ""),
        ("x x y y z", "", "x y z"),
        ("x y z - -", "", "x y z"),
        ("x y - - -", "", ""),
        ("x x x y z", "x", ""),
        # p1 and p2 are below p, which all gave that gave these.
        ("p1 p2", "p", "p1 p2"),
        ("p1 p2 p", "p", "p1 p2"),  # "only p" has no majority
        ("p1 p p", "p", ""),
        ("p1 p1 p2", "p p1", ""),
        ("p1 x y", "", "p p1 x y"),
        ("x,p1 x,p2 x", "p x", "p1 p2"),
        ("x,p1 x x", "x", ""),
        ("p1 p2 p p -", "p", ""),
    ],
)
def test_none_applies_needs_a_majority_as_codes_do(given, codes, disputed):
    entries = [{"id": name, "value": at, "label": name, "definition": "d"} for at, name in enumerate("xyzp", start=1)]
    entries += [{"id": f"p{at}", "value": 4 + at, "label": f"p{at}", "definition": "d", "parent": "p"} for at in (1, 2)]
    codeframe = {"id": "thema", "label": "Thema", "code": entries}
    codebook = Codebook.model_validate({"title": "Proef", "version": "1.0.0", "codeframe": [codeframe]})
    coders = {f"c{at}": [annotation(*said.strip("-").split(","))] for at, said in enumerate(given.split())}
    coders = {coder: [replace(own, codes=own.codes - {""})] for coder, (own,) in coders.items()}
    (settled,) = settle(coders, codebook).values()
    assert (settled.codes, settled.disputed) == ({*codes.split()}, {*disputed.split()})


def test_a_later_row_replaces_an_earlier_one_of_the_same_coder():
    rows = [annotation("geld"), annotation("mens", codeframe="thema")]
    assert gold(a=rows)[UNIT] == Gold(frozenset({"mens"}), frozenset(), "een antwoord", ("a",), is_random=False)
    assert gold(a=[*rows, annotation()])[UNIT].codes == set()


def test_the_later_row_is_the_one_further_down_whatever_its_date():
    rows = [annotation("geld", at="2026-02-01T00:00:00Z"), annotation("mens", at="2026-01-01T00:00:00Z")]
    assert gold(a=rows)[UNIT].codes == {"mens"}


def test_a_later_row_of_one_coder_leaves_the_others_as_they_are():
    settled = gold(a=[annotation("geld"), annotation("mens")], b=[annotation("mens")])
    assert (settled[UNIT].codes, settled[UNIT].disputed, settled[UNIT].coders) == ({"mens"}, set(), ("a", "b"))


def test_none_applies_is_gold_and_not_annotated_is_absent():
    settled = gold(a=[annotation()], b=[annotation("bouw", codeframe="sector")])
    assert {unit.codeframe: each.codes for unit, each in settled.items()} == {"thema": set(), "sector": {"bouw"}}
    assert "008" not in {unit.respondent_id for unit in settled}
    assert gold() == {}


@pytest.mark.parametrize("other", ["a", "b", "adjudicated"])
def test_what_is_said_of_a_respondents_answers_in_two_waves_stays_apart(other):
    early = annotation("geld", at="2026-01-01T00:00:00Z", text="vroeg")
    late = annotation("mens", at="2026-03-01T00:00:00Z", text="laat")
    coders = {other: [early]} | {"a": [early, late] if other == "a" else [late]}
    assert gold(**coders) == {
        early.answered: Gold(frozenset({"geld"}), frozenset(), "vroeg", (other,), is_random=False),
        late.answered: Gold(frozenset({"mens"}), frozenset(), "laat", ("a",), is_random=False),
    }


def test_a_code_that_is_gone_leaves_what_was_said_of_an_earlier_answer():
    early = annotation("geld", at="2026-01-01T00:00:00Z", text="vroeg")
    late = annotation("vervallen", at="2026-03-01T00:00:00Z", text="laat")
    assert list(gold(a=[late], b=[early])) == [early.answered]


def test_an_answer_of_which_only_the_line_ends_changed_is_the_same_answer():
    one, other = annotation("geld", stream="random", text="a\nb"), annotation("mens", text="a\r\nb")
    (settled,) = gold(a=[one], b=[other]).values()
    assert (settled.disputed, settled.is_random) == ({"geld", "mens"}, True)


@pytest.mark.parametrize(
    ("coders", "is_random"),
    [
        ({"a": ["active"], "b": ["review"]}, False),
        ({"a": ["active"], "b": ["random"]}, True),
        ({"a": ["random"], "adjudicated": ["review"]}, True),
        ({"a": ["random", "review"]}, True),
        ({"a": ["active", "import"]}, False),
    ],
)
def test_an_answer_that_was_drawn_at_random_stays_so(coders, is_random):
    rows = {coder: [annotation(stream=stream) for stream in streams] for coder, streams in coders.items()}
    assert gold(**rows)[UNIT].is_random is is_random


def test_another_answer_of_a_respondent_who_was_drawn_before_was_not_drawn():
    settled = gold(a=[annotation(stream="random", text="toen"), annotation(text="nu")])
    assert {unit.lines: found.is_random for unit, found in settled.items()} == {("toen",): True, ("nu",): False}


@pytest.mark.parametrize("typed", ["een antwoord", "een\r\nantwoord"])
def test_an_id_that_lost_its_zeros_in_excel_is_still_the_same_respondent(typed):
    saved = typed.replace("\r\n", "\n")
    settled = gold(a=[annotation("mens", text=typed)], b=[annotation("geld", respondent_id="7", text=saved)])
    (found,) = settled
    assert (found.respondent_id, settled[found].disputed) == ("007", {"mens", "geld"})


def test_respondents_whose_ids_differ_by_zeros_only_stay_apart_when_their_answers_differ():
    settled = gold(a=[annotation("mens"), annotation("talent", respondent_id="7", text="iets anders")])
    assert [unit.respondent_id for unit in settled] == ["007", "7"]
