"""The views in which people decide, judge again and change the codebook, as a browser gets them."""

import re

import pytest
from conftest import run
from page import MOMENT, SCRIPT, Visitor, make_survey
from test_annotations import HEADER

from themawijzer.survey.codebook import read_codebook

TRAINS, BIKES = "meer treinen", "veilige fietspaden"


def row(respondent_id, codes, text, *, stream="active", version="1.0.0", note="", codeframe="thema", at=MOMENT):
    return f"{respondent_id},v1,{codeframe},{codes},{text},{at},{version},{stream},{note}\n"


@pytest.fixture
def root(tmp_path):
    """Two coders who disagree about two answers, and agree about one."""
    root = make_survey(tmp_path)
    folder = root / "annotations/stad"
    one = row("001", "trein", TRAINS, stream="random") + row("002", "fiets", BIKES, note="fiets!")
    two = row("001", "ov", TRAINS) + row("002", "", BIKES)
    agreed = row("003", "", SCRIPT)
    (folder / "codeur-1.csv").write_text(HEADER + one + agreed, encoding="utf-8")
    (folder / "codeur-2.csv").write_text(HEADER + two + agreed, encoding="utf-8")
    return root


@pytest.fixture
def visitor(root):
    return Visitor(root)


def file(root, name="adjudicated.csv"):
    path = root / "annotations/stad" / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def codebook(root):
    return read_codebook(root / "annotations/stad/codebook.toml")


def checked(page):
    return re.findall(r'value="(\w+)"[^>]* checked', page)


def sent(visitor, path, **fields):
    """What comes of the form on a page."""
    form = visitor.form(path) | {name.replace("_", "-"): value for name, value in fields.items()}
    return visitor.post(re.search(r'<form method="post"[^>]*action="([^"]+)"', visitor.see(path))[1], form)


# Deciding


def test_only_what_coders_disagree_about_is_put_before_who_decides(visitor):
    page = visitor.see("/oordelen")
    assert "nog 2" in page
    assert TRAINS in page
    assert checked(page) == ["ov"]
    page = visitor.see("/oordelen?plaats=1")
    assert BIKES in page
    assert "“fiets!”" in page
    assert checked(page) == []


def test_a_decision_is_in_the_file_and_the_next_one_comes(visitor, root):
    done = sent(visitor, "/oordelen", codes_thema=["ov", "trein"], note="over het spoor")
    assert (done.status_code, done.headers["Location"].partition("?")[0]) == (303, "/oordelen")
    page = visitor.see(done.headers["Location"])
    assert "Besloten en opgeslagen." in page
    assert BIKES in page
    sent(visitor, "/oordelen", codes_thema="geen")
    assert file(root) == HEADER + (
        f"001,v1,thema,ov|trein,{TRAINS},{MOMENT},1.0.0,random,over het spoor\n"
        f"002,v1,thema,,{BIKES},{MOMENT},1.0.0,active,\n"
    )
    assert "niets meer te doen" in visitor.see("/oordelen")


@pytest.mark.parametrize("codes", [[], ["fout"], ["ov", "geen"]])
def test_a_decision_without_codes_of_the_codebook_is_not_saved(visitor, root, codes):
    answer = sent(visitor, "/oordelen", codes_thema=codes, note="bewaar mij")
    assert answer.status_code == 422
    assert "bewaar mij" in answer.text
    assert file(root) == ""


def test_a_decision_can_be_changed_and_the_first_one_stays_in_the_file(visitor, root):
    place = sent(visitor, "/oordelen", codes_thema="geen").headers["Location"]
    again = re.search(r'href="(/oordelen/antwoord[^"]+)"', visitor.see(place))[1].replace("&amp;", "&")
    assert checked(visitor.see(again)) == ["geen"]
    sent(visitor, again, codes_thema="ov")
    assert [line.split(",")[3] for line in file(root).splitlines()[1:]] == ["", "ov"]


def test_what_somebody_else_decided_meanwhile_is_shown_first(visitor, root):
    form = visitor.form("/oordelen") | {"codes-thema": "trein"}
    sent(Visitor(root, "codeur-2"), "/oordelen", codes_thema="ov")
    answer = visitor.post("/oordelen/antwoord", form)
    assert answer.status_code == 409
    assert "intussen iets anders vastgelegd" in answer.text
    assert checked(answer.text) == ["trein"]
    assert len(file(root).splitlines()) == 2


@pytest.mark.parametrize("place", ["-1", "x", "99", "²", "1" * 20])
def test_a_place_that_is_not_there_shows_another(visitor, place):
    assert visitor.get(f"/oordelen?plaats={place}").status_code == 200


@pytest.mark.parametrize("path", ["/oordelen/antwoord", "/oordelen/antwoord?respondent=001&question=v1&codeframe=x",
                                  "/codeboek/x", "/codeboek/thema/x", "/codeboek/thema/splitsen?code=x"])  # fmt: skip
def test_what_is_not_there_is_not_found(visitor, path):
    assert visitor.get(path).status_code == 404


# The codebook


def test_a_code_shows_how_it_is_used(visitor):
    sent(visitor, "/oordelen", codes_thema=["trein"])
    page = visitor.see("/codeboek/thema")
    assert re.findall(r"(\d+) (?:antwoord|antwoorden) · <code>(\w+)</code>", page) == [
        ("1", "ov"),
        ("1", "trein"),
        ("0", "fiets"),
    ]
    assert f"“{TRAINS}”" in page
    assert "Fietsen &amp; stallen." in page


def test_the_page_counts_what_coders_confuse_as_the_command_does(visitor, root):
    said = {"codeur-1": ["trein", "trein"], "codeur-2": ["fiets", "fiets"], "codeur-3": ["fiets", ""]}
    for coder, codes in said.items():
        rows = (row(f"10{place}", code, "iets") for place, code in enumerate(codes))
        (root / f"annotations/stad/{coder}.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
    told = run("agreement", "stad", root=root)
    assert "ov / fiets 3, trein / fiets 3," in told
    parts = visitor.see("/codeboek/thema").split("<h2>")[1:]
    found = {part.partition("<")[0]: re.findall(r'<li>(.+?) <span class="count">(\d+)×', part) for part in parts}
    assert found == {
        "Openbaar vervoer": [("Fiets", "3")],
        "Trein": [("Fiets", "3")],
        "Fiets": [("Openbaar vervoer", "3"), ("Trein", "3")],
    }


SPLIT = {"label_0": "Sprinter", "definition_0": "Stopt overal.", "label_1": "Intercity", "definition_1": "Stopt niet."}


def test_a_split_code_comes_back_to_its_coder_and_to_nobody_else(visitor, root):
    before = file(root, "codeur-1.csv"), file(root, "codeur-2.csv")
    assert "<strong>1</strong> annotatie met deze code" in visitor.see("/codeboek/thema/splitsen?code=trein")
    done = sent(visitor, "/codeboek/thema/splitsen?code=trein", **SPLIT, include_1=" snel \r\n\r\nver ")
    assert done.headers["Location"] == "/codeboek/thema?versie=2.0.0"
    page = visitor.see(done.headers["Location"])
    assert "<strong>Trein</strong> gesplitst in <strong>Sprinter</strong> en <strong>Intercity</strong>" in page
    codes = codebook(root).codeframe("thema").codes
    assert [(code.id, code.parent, code.include) for code in codes] == [
        ("ov", None, []), ("sprinter", "ov", []), ("intercity", "ov", ["snel", "ver"]), ("fiets", None, []),
    ]  # fmt: skip
    assert (file(root, "codeur-1.csv"), file(root, "codeur-2.csv")) == before
    assert "niets meer te doen" in Visitor(root, "codeur-2").see("/opnieuw")
    page = visitor.see("/opnieuw")
    assert "is gesplitst in" in page
    assert checked(page) == []


def test_what_comes_back_is_judged_again_in_the_file_of_its_coder_and_stays_random(visitor, root):
    sent(visitor, "/codeboek/thema/splitsen?code=trein", **SPLIT)
    before = file(root, "codeur-1.csv")
    assert sent(visitor, "/opnieuw", codes_thema=[]).status_code == 422
    assert sent(visitor, "/opnieuw", codes_thema="sprinter").status_code == 303
    again = f"001,v1,thema,sprinter,{TRAINS},{MOMENT},2.0.0,random,\n"
    assert file(root, "codeur-1.csv") == before + again
    assert "niets meer te doen" in visitor.see("/opnieuw")


def test_a_merged_code_is_proposed_and_not_given_by_itself(visitor, root):
    path = "/codeboek/thema/samenvoegen?code=ov"
    assert "1 annotatie komt terug" in visitor.see(path)
    sent(visitor, path, codes="trein", label_0="OV", definition_0="Alles met een dienstregeling.")
    before = file(root, "codeur-1.csv")
    page = visitor.see("/opnieuw")
    assert checked(page) == ["ov"]
    sent(visitor, "/opnieuw", codes_thema=checked(page))
    assert file(root, "codeur-1.csv") == before + f"001,v1,thema,ov,{TRAINS},{MOMENT},2.0.0,random,\n"


def test_for_a_new_code_the_answers_come_back_to_which_none_applied_and_confirming_is_enough(visitor, root):
    assert "<strong>3</strong> annotaties" in visitor.see("/codeboek/thema/nieuw")
    sent(visitor, "/codeboek/thema/nieuw", label_0="Te voet", definition_0="Lopen.")
    page = visitor.see("/opnieuw")
    assert (checked(page), "Telt intussen gewoon mee." in page) == (["geen"], True)
    before = file(root, "codeur-1.csv")
    sent(visitor, "/opnieuw", codes_thema="geen")
    assert file(root, "codeur-1.csv") == before + row("003", "", SCRIPT, version="1.1.0")


def test_an_adjudicated_decision_comes_back_to_whoever_decides(visitor, root):
    sent(visitor, "/oordelen", codes_thema="trein")
    sent(visitor, "/codeboek/thema/splitsen?code=trein", **SPLIT)
    other = Visitor(root, "codeur-2")
    assert "Besluit van toen" in other.see("/opnieuw")
    before = file(root)
    sent(other, "/opnieuw", codes_thema="intercity")
    assert file(root) == before + f"001,v1,thema,intercity,{TRAINS},{MOMENT},2.0.0,random,\n"
    assert "niets meer te doen" in visitor.see("/opnieuw")


def test_an_answer_that_was_judged_again_in_another_window_is_not_saved_twice(visitor, root):
    sent(visitor, "/codeboek/thema/splitsen?code=trein", **SPLIT)
    form = visitor.form("/opnieuw")
    sent(visitor, "/opnieuw", codes_thema="sprinter")
    before = file(root, "codeur-1.csv")
    done = visitor.post("/opnieuw", form | {"codes-thema": "intercity"})
    assert "melding=overtaken" in done.headers["Location"]
    assert file(root, "codeur-1.csv") == before


@pytest.mark.parametrize(
    ("path", "fields", "messages"),
    [
        ("/codeboek/thema/nieuw", {}, ["Vul dit in.", "Vul dit in."]),
        ("/codeboek/thema/nieuw", {"label_0": "fiets", "definition_0": "d"}, ["Een andere code heet al zo."]),
        ("/codeboek/thema/splitsen?code=fiets", SPLIT | {"label_1": "sprinter"}, ["Deze naam staat hierboven al."]),
        ("/codeboek/thema/verwoorden?code=fiets",
         {"label_0": "Fiets", "definition_0": "Fietsen & stallen.", "exclude_0": "bromfiets: ov"},
         ["Er is niets gewijzigd."]),
        ("/codeboek/thema/samenvoegen?code=fiets",
         {"label_0": "Fiets", "definition_0": "d"}, ["Kies ten minste één code."]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_beside_the_field_and_nothing_is_lost(visitor, root, path, fields, messages):
    before = file(root, "codebook.toml")
    answer = sent(visitor, path, **fields)
    assert answer.status_code == 422
    assert re.findall(r'<span class="wrong"[^>]*>([^<]+)<', answer.text) == messages
    assert all(str(value).replace("&", "&amp;") in answer.text for value in fields.values())
    assert file(root, "codebook.toml") == before


def test_new_words_bring_annotations_back_unless_they_mean_the_same(visitor, root):
    path = "/codeboek/thema/verwoorden?code=fiets"
    sent(visitor, path, label_0="Fiets", definition_0="Wie trapt.", clearer="on")
    assert "niets meer te doen" in visitor.see("/opnieuw")
    sent(visitor, path, label_0="Fiets", definition_0="Wie fietst of stalt.")
    assert "betekent nu iets anders" in visitor.see("/opnieuw")
    assert codebook(root).version == "1.0.2"


def test_more_parts_can_be_asked_for_and_parts_that_stay_empty_are_none(visitor, root):
    form = visitor.form("/codeboek/thema/splitsen?code=fiets") | {name.replace("_", "-"): SPLIT[name] for name in SPLIT}
    more = visitor.post("/codeboek/thema/splitsen", form | {"meer": "1"})
    assert 'name="label-2"' in more.text
    assert 'value="Intercity"' in more.text
    visitor.post("/codeboek/thema/splitsen", form | {"parts": "3", "label-2": "", "definition-2": ""})
    assert codebook(root).codeframe("thema").code_ids == ["ov", "trein", "sprinter", "intercity"]


def test_who_is_second_is_told_that_the_codebook_changed_and_keeps_what_was_typed(visitor, root):
    path = "/codeboek/thema/splitsen"
    form = visitor.form(f"{path}?code=trein") | {name.replace("_", "-"): SPLIT[name] for name in SPLIT}
    other = Visitor(root, "codeur-2")
    sent(other, "/codeboek/toon/nieuw", label_0="Blij", definition_0="Is tevreden.")
    answer = visitor.post(path, form)
    assert answer.status_code == 409
    assert "intussen gewijzigd (het is nu versie 1.1.0)" in answer.text
    assert 'value="Sprinter"' in answer.text
    again = form | {"seen": re.search(r'name="seen" value="(\w+)"', answer.text)[1]}
    assert visitor.post(path, again).status_code == 303
    assert codebook(root).version == "2.0.0"
    late = visitor.post(path, again)
    assert late.status_code == 409
    assert "deze code bestaat niet meer" in late.text


def test_what_people_type_is_shown_as_text(visitor):
    sent(visitor, "/codeboek/thema/nieuw", label_0=SCRIPT, definition_0=SCRIPT, include_0=SCRIPT)
    for path in ("/codeboek/thema", "/opnieuw", "/oordelen"):
        assert SCRIPT not in visitor.see(path)
    assert "&lt;script&gt;" in visitor.see("/codeboek/thema")
