"""Which answers a coder is asked, and in which order."""

import csv
import os
import re
import tomllib
from importlib.resources import files

import pytest
from page import Visitor, make_survey

from themawijzer.annotation.desk import Choice
from themawijzer.annotation.streams import StreamName
from themawijzer.commands.sample import Selection, draw_sample
from themawijzer.errors import InputError
from themawijzer.output.dataset import Format
from themawijzer.survey.annotations import COLUMNS, Annotation, append_annotations


@pytest.fixture
def root(tmp_path):
    return make_survey(tmp_path)


def answers(tasks):
    return [(task.respondent_id, task.question, *task.codeframes) for task in tasks]


def save(desk, task, *codes, **notes):
    """Give the answer codes as its theme, and no other."""
    given = {"thema": frozenset(codes)}
    desk.save(task, {each: Choice(given.get(each, frozenset()), notes.get("note", "")) for each in task.codeframes})


def code(root, coder, respondent_id, question="v1", codeframe="thema", codes="ov", stream="random", at="2026-01-01"):
    desk = Visitor(root, coder).desk
    text = desk.snapshot.material.answers[question][respondent_id]
    row = Annotation(respondent_id, question, codeframe, frozenset([codes]), text, at, "1.0.0", stream)
    append_annotations(desk.journal.path, [row], desk.snapshot.material.codebook)


# The random sample


def drawn(root, n):
    file = draw_sample(root, "stad", Selection(n=n), Format()).file
    with file.open(encoding="utf-8", newline="") as rows:
        found = [(row["respondent_id"], row["question"], row["codeframe"]) for row in csv.DictReader(rows)]
    file.unlink()
    return found


def units(tasks):
    return [(task.respondent_id, task.question, codeframe) for task in tasks for codeframe in task.codeframes]


def test_the_random_stream_is_the_sample_that_the_command_draws_without_what_says_nothing(root):
    desk = Visitor(root).desk
    assert units(desk.tasks("random")) == drawn(root, 100)
    assert ("004", "v1", "thema") not in units(desk.tasks("random"))  # n.v.t.
    assert ("008", "v1", "thema") not in units(desk.tasks("random"))  # empty
    assert len(desk.tasks("random")) == 6 + 7


def test_what_is_coded_whole_by_choice_is_not_asked_again_and_the_page_says_so(root):
    visitor = Visitor(root)
    for respondent_id, question, codeframe in units(visitor.desk.tasks("random")):
        if codeframe == "thema":
            code(root, "codeur-2", respondent_id, question, stream="active")
    left = units(visitor.desk.tasks("random"))
    assert {(question, codeframe) for _, question, codeframe in left} == {("v1", "toon")}
    for respondent_id, question, codeframe in left:
        code(root, "codeur-2", respondent_id, question, codeframe, codes="boos", stream="active")
    assert visitor.desk.tasks("random") == drawn(root, 100) == []
    assert "Alle antwoorden die iets zeggen zijn gecodeerd." in visitor.get("/coderen/random").text


def test_the_sample_goes_on_where_people_ended_whoever_they_are_and_wherever_they_coded(root):
    desk = Visitor(root).desk
    first, second, *rest = desk.tasks("random")
    save(desk, first, "ov")
    code(root, "codeur-2", second.respondent_id)
    half, *left = desk.tasks("random")
    assert answers([half]) == [(second.respondent_id, "v1", "toon")]
    assert left == rest
    assert units(desk.tasks("random")) == drawn(root, 100)


def test_an_answer_that_was_coded_for_another_reason_is_still_drawn(root):
    desk = Visitor(root).desk
    before = desk.tasks("random")
    code(root, "codeur-2", before[0].respondent_id, stream="active")
    assert desk.tasks("random") == before


def test_one_question_can_be_coded_at_a_time(root):
    desk = Visitor(root).desk
    assert {task.question for task in desk.tasks("random", "v2")} == {"v2"}
    assert len(desk.tasks("random", "v2")) == 7


def test_questions_take_turns_in_rounds(tmp_path, monkeypatch):
    monkeypatch.setattr("themawijzer.annotation.queue.ROUND", 3)
    desk = Visitor(make_survey(tmp_path)).desk
    turns = [*["v1"] * 3, *["v2"] * 3] * 2 + ["v2"]
    assert [task.question for task in desk.tasks("random")] == turns
    save(desk, desk.tasks("random")[0], "ov")
    assert [task.question for task in desk.tasks("random")] == turns[1:]


def test_an_answer_that_a_coder_picked_does_not_count_as_random(root):
    desk = Visitor(root).desk
    first, second, *_ = desk.tasks("random")
    assert desk.task_of(first.answer, "random").streams == {"thema": "random", "toon": "random"}
    assert desk.task_of(second.answer, "random").streams == {"thema": "active", "toon": "active"}


def test_an_answer_that_is_coded_again_keeps_its_stream(root):
    desk = Visitor(root).desk
    first = desk.tasks("random")[0]
    code(root, "codeur-1", first.respondent_id, stream="active")
    assert desk.task_of(first.answer, "random").streams == {"thema": "active", "toon": "random"}
    code(root, "codeur-1", first.respondent_id, codeframe="toon", codes="boos")
    assert desk.task_of(first.answer, "active").streams == {"thema": "active", "toon": "random"}
    assert desk.task_of(first.answer, "review").streams == {"thema": "review", "toon": "review"}  # shows others' codes


# What classify wrote

REVIEW = [*COLUMNS, "suggested", "reason", "reason_code", "n_annotations"]
CODINGS = ["respondent_id", "question", "codeframe", "code", "label", "probability", "decision", "source", "evidence"]


def write_review(root, *rows, codings=()):
    folder = root / "coded/stad"
    folder.mkdir(parents=True, exist_ok=True)
    for name, header, cells in (("review", REVIEW, rows), ("codings", CODINGS, codings)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, restval="")
            writer.writeheader()
            writer.writerows(cells)


def review(respondent_id, question, codeframe, reason_code, text, suggested="", n_annotations=0):
    place = {"respondent_id": respondent_id, "question": question, "codeframe": codeframe}
    return place | {
        "text": text,
        "suggested": suggested,
        "reason": f"{reason_code}, in woorden",
        "reason_code": reason_code,
        "n_annotations": n_annotations,
    }


LIST = [
    review("006", "v1", "toon", "uncertain_share", 'zij zei "ja"\r\nen nee', "boos"),
    review("001", "v2", "thema", "not_proven", "de kosten"),
    review("002", "v1", "thema", "likely_superfluous", "veilige fietspaden"),
    review("006", "v1", "thema", "uncertain_share", 'zij zei "ja"\nen nee'),
    review("007", "v1", "thema", "disputed", "te druk"),
    review("005", "v1", "thema", "uncertain_share", "een ander antwoord"),
    review("900", "v1", "thema", "uncertain_share", "van een andere golf"),
    review("001", "v1", "thema", "unlike", "meer treinen"),
]  # fmt: skip


@pytest.mark.parametrize("label", ["onzeker, vooral over: Trein", "de codeurs zijn het niet eens over: Trein", ""])
def test_the_list_of_classify_is_two_streams_whatever_its_labels_say(root, label):
    write_review(root, *(row | {"reason": label} for row in LIST))
    desk = Visitor(root).desk
    assert answers(desk.tasks("active")) == [("006", "v1", "toon", "thema"), ("001", "v2", "thema")]
    assert answers(desk.tasks("review")) == [("002", "v1", "thema"), ("007", "v1", "thema"), ("001", "v1", "thema")]
    assert [task.streams["thema"] for task in desk.tasks("active")] == ["active"] * 2
    assert [task.streams["thema"] for task in desk.tasks("review")] == ["review"] * 3


@pytest.mark.parametrize("column", ["reason_code", "n_annotations"])
def test_a_list_of_an_older_version_which_lacks_a_column_is_as_good_as_none(root, column):
    write_review(root, *LIST)
    path = root / "coded/stad/review.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(column, "other"), encoding="utf-8")
    visitor = Visitor(root)
    assert visitor.desk.tasks("active") == visitor.desk.tasks("review") == []
    assert "classify" in visitor.see("/coderen/active")


def test_a_list_that_was_looked_through_is_not_called_one_that_is_not_there(root):
    assert "Meest leerzaam: nog geen lijst" in Visitor(root).see("/coderen/active")
    write_review(root, LIST[1])
    code(root, "codeur-2", "001", "v2")
    page = Visitor(root).see("/coderen/active")
    assert "Meest leerzaam: niets meer te doen" in page
    assert "Alles op deze lijst is bekeken." in page


def test_what_somebody_decided_leaves_the_list(root):
    write_review(root, *LIST)
    code(root, "codeur-2", "001", "v2")
    assert answers(Visitor(root).desk.tasks("active")) == [("006", "v1", "toon", "thema")]


@pytest.mark.parametrize("now", ["1980-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "gisteren"])
def test_a_second_look_is_one_after_the_list_was_written_whatever_the_clock_says(root, now):
    code(root, "codeur-2", "002", at="2999-01-01T00:00:00Z")
    write_review(root, *(row | {"n_annotations": int(row["respondent_id"] == "002")} for row in LIST))
    code(root, "codeur-2", "007", at=now)
    desk = Visitor(root).desk
    assert [task.respondent_id for task in desk.tasks("review")] == ["002", "001"]
    desk.clock = lambda: now
    save(desk, desk.tasks("review")[0], "ov")
    assert [task.respondent_id for task in Visitor(root).desk.tasks("review")] == ["001"]


def test_who_takes_a_second_look_back_is_asked_again(root):
    write_review(root, *LIST)
    desk = Visitor(root).desk
    save(desk, desk.tasks("review")[0], "ov")
    assert [task.respondent_id for task in desk.tasks("review")] == ["007", "001"]
    desk.undo()
    assert [task.respondent_id for task in desk.tasks("review")] == ["002", "007", "001"]


@pytest.mark.parametrize("count", ["", "-1", "1,5", "veel"])
def test_a_count_that_is_none_is_named_with_its_row(root, count):
    write_review(root, *(row | {"n_annotations": count if row["respondent_id"] == "007" else 1} for row in LIST))
    with pytest.raises(InputError, match="this is not a number of annotations") as caught:
        Visitor(root).desk.tasks("review")
    assert (caught.value.row, caught.value.column) == (6, "n_annotations")


def test_a_second_look_shows_what_was_given_and_counts_when_it_changes_nothing(root):
    code(root, "codeur-1", "002", codes="fiets")
    code(root, "codeur-2", "002", codes="trein")
    write_review(root, *(row | {"n_annotations": 2 if row["respondent_id"] == "002" else 0} for row in LIST))
    visitor = Visitor(root)
    visitor.desk.clock = lambda: "2999-01-01T00:00:00Z"
    page = visitor.see("/coderen/review")
    assert re.findall(r'value="(\w+)"[^>]* checked>', page) == ["fiets"]
    assert "Thema volgens codeur-2: Trein" in page
    visitor.post("/coderen/review/antwoord", visitor.form("/coderen/review") | {"codes-thema": "fiets"})
    assert visitor.file().endswith("002,v1,thema,fiets,veilige fietspaden,2999-01-01T00:00:00Z,1.0.0,review,\n")
    assert [task.respondent_id for task in visitor.desk.tasks("review")] == ["007", "001"]


def test_a_new_list_is_read_while_the_page_is_open(root):
    desk = Visitor(root).desk
    assert desk.tasks("active") == []
    write_review(root, *LIST)
    assert len(desk.tasks("active")) == 2


# Others who code now


def test_an_answer_that_another_coder_has_before_them_comes_last(root):
    one, two = Visitor(root), Visitor(root, "codeur-2")
    order = [task.answer for task in one.desk.tasks("random")]
    one.see("/coderen/random")
    assert [task.answer for task in two.desk.tasks("random")] == [*order[1:], order[0]]
    assert [task.answer for task in one.desk.tasks("random")] == order
    two.see("/coderen/random")
    save(one.desk, one.desk.tasks("random")[0], "ov")
    one.see("/coderen/random")
    assert [task.answer for task in two.desk.tasks("random")] == [order[1], *order[3:], order[2]]


@pytest.mark.parametrize("content", ["", "{}", "[1]", '["003"]', "\0"])
def test_what_others_have_before_them_is_a_hint_that_can_be_damaged_or_old(root, content):
    desk = Visitor(root).desk
    before = desk.tasks("random")
    (root / ".cache/coders/stad").mkdir(parents=True)
    other = root / ".cache/coders/stad/codeur-2"
    other.write_text(content)
    assert desk.tasks("random") == before
    other.write_text('["003", "v1"]')
    assert desk.tasks("random") != before
    for age in (0, 2**32):  # the clock went back since
        os.utime(other, (age, age))
        assert desk.tasks("random") == before


# A second coder


def code_all_as_second(root, share):
    survey = root / "surveys/stad/survey.toml"
    settings = f"[settings]\ndouble_share = {share}\n"
    survey.write_text(survey.read_text(encoding="utf-8").replace("[[question]]", settings + "[[question]]", 1))
    other = Visitor(root, "codeur-2").desk
    while tasks := other.tasks("random"):
        save(other, tasks[0], note="van codeur-2")
    return Visitor(root).desk


def test_a_second_coder_gets_the_share_that_is_set_in_an_order_of_its_own(root):
    desk = code_all_as_second(root, 0.5)
    tasks = desk.tasks("double")
    assert 0 < len(tasks) < 13
    assert tasks == desk.tasks("double")
    everything = {task.answer for task in Visitor(code_root(root, 1.0)).desk.tasks("double")}
    assert {task.answer for task in tasks} < everything
    assert len(everything) == 13


def code_root(root, share):
    survey = root / "surveys/stad/survey.toml"
    survey.write_text(survey.read_text(encoding="utf-8").replace("double_share = 0.5", f"double_share = {share}"))
    return root


@pytest.mark.parametrize(("share", "n"), [(0.0, 0), (1.0, 13)])
def test_no_answer_or_all_answers_can_be_coded_twice(root, share, n):
    assert len(code_all_as_second(root, share).tasks("double")) == n


def test_what_is_coded_twice_keeps_the_stream_and_leaves_the_list_for_all(root):
    desk = code_all_as_second(root, 1.0)
    task = desk.tasks("double")[0]
    save(desk, task, "ov")
    assert {each.stream for each in desk.own_decisions(task.answer).values()} == {"random"}
    assert task.answer not in [each.answer for each in desk.tasks("double")]
    assert task.answer not in [each.answer for each in Visitor(root, "codeur-3").desk.tasks("double")]
    assert Visitor(root, "codeur-2").desk.tasks("double") == []


def test_a_second_coder_does_not_see_what_the_first_or_the_model_said(root):
    desk = code_all_as_second(root, 1.0)
    task = desk.tasks("double")[0]
    text = desk.snapshot.material.answers[task.question][task.respondent_id]
    place = {"respondent_id": task.respondent_id, "question": task.question, "codeframe": "thema"}
    coding = place | {"code": "fiets", "probability": "0.9123", "source": "model", "evidence": text.split()[0]}
    write_review(root, review(*task.answer, "thema", "uncertain_share", text, "fiets"), codings=[coding])
    visitor = Visitor(root)
    address = f"antwoord?respondent={task.respondent_id}&question={task.question}"
    blind, open_eyed = (visitor.see(f"/coderen/{stream}/{address}") for stream in ("double", "review"))
    for trace in ("91%", "<mark", "uncertain_share, in woorden"):
        assert trace in open_eyed
        assert trace not in blind
    assert "van codeur-2" not in blind
    assert " checked>" not in blind.replace('id="shortcuts" checked>', "")


# Answers that are alike


def test_similar_answers_are_those_that_people_agree_on_the_most_similar_first(root):
    code(root, "codeur-2", "001", codes="trein")
    code(root, "codeur-2", "002", codes="fiets")
    code(root, "codeur-2", "007", codes="ov")
    code(root, "codeur-3", "007", codes="fiets")
    visitor = Visitor(root)
    asked = []
    visitor.desk.likeness = lambda text, others: asked.append((text, list(others))) or range(len(others))
    page = visitor.see("/coderen/random/vergelijkbaar?respondent=005&question=v1")
    assert asked == [("=1+1 trein", ["meer treinen", "veilige fietspaden"])]
    assert page.index("veilige fietspaden") < page.index("meer treinen")
    assert "<strong>Thema:</strong> Openbaar vervoer; Trein" in page
    assert "te druk" not in page
    part = visitor.get("/coderen/random/vergelijkbaar?respondent=001&question=v1", **{"X-Requested-With": "fetch"}).text
    assert "<html" not in part
    assert "veilige fietspaden" in part
    assert "meer treinen" not in part


def test_without_annotated_answers_nothing_is_loaded_to_compare_with(root):
    visitor = Visitor(root)
    visitor.desk.likeness = None
    assert "nog geen andere antwoorden" in visitor.see("/coderen/random/vergelijkbaar?respondent=001&question=v1")


def test_answers_that_mean_the_same_are_more_alike(root):
    likeness = Visitor(root).desk.likeness
    others = ["veilige fietspaden graag", "het geld is op", "meer treinen", "de kosten zijn te hoog"]
    found = likeness("betere fietsroutes", others)
    assert max(range(4), key=found.__getitem__) == 0


def test_every_stream_is_explained_in_dutch():
    page = files("themawijzer.annotation.web").joinpath("templates/streams.html").read_text("utf-8")
    names, purposes = re.findall(r"{% set \w+ = {(.*?)} %}", page, re.DOTALL)
    worksheet = files("themawijzer.output").joinpath("worksheet.toml").read_text("utf-8")
    streams = {each.value for each in StreamName}
    assert set(tomllib.loads(worksheet)["streams"]) == streams
    assert [set(re.findall(r'"(\w+)": "\w', words)) for words in (names, purposes)] == [streams, streams]
