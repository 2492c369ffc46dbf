"""The page as a browser gets it: who may see it, what is saved, and what is never shown as anything but text."""

import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from conftest import run
from page import HOME, SCRIPT, Visitor, make_survey
from test_annotations import HEADER
from werkzeug.test import Client

NEXT = "/coderen/random"
ANSWER = "/coderen/random/antwoord"


@pytest.fixture
def root(tmp_path):
    return make_survey(tmp_path)


@pytest.fixture
def visitor(root):
    return Visitor(root)


# Guards


def stranger(visitor):
    return Client(visitor.client.application)


def test_the_address_with_its_token_opens_the_page_and_drops_the_token(visitor):
    first = stranger(visitor).get(f"/?token={visitor.access.token}", base_url=HOME)
    assert (first.status_code, first.headers["Location"]) == (303, "/")
    cookie = first.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert visitor.access.token not in cookie


def test_the_address_with_which_the_browser_is_started_works_once(visitor):
    address = f"/?token={visitor.access.ticket}"
    assert stranger(visitor).get(address, base_url=HOME).status_code == 303
    assert stranger(visitor).get(address, base_url=HOME).status_code == 403
    assert stranger(visitor).get("/?token=", base_url=HOME).status_code == 403


@pytest.mark.parametrize("path", ["/", NEXT, "/static/page.css", "/static/", "/nergens", "/?token=geraden", "/?token="])
def test_who_has_no_token_sees_nothing(visitor, path):
    answer = stranger(visitor).get(path, base_url=HOME, buffered=True)
    assert answer.status_code == 403
    assert "Deze pagina is niet voor u" in answer.text


def test_there_is_no_list_of_files(visitor):
    assert visitor.get("/static/").status_code == 404
    assert visitor.get("/static/../app.py").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:5000", "127.0.0.1", "127.0.0.1:5001", "[::1]:5000"])
def test_another_host_is_refused(visitor, host):
    assert visitor.client.get(NEXT, base_url=HOME, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:5001", "https://127.0.0.1:5000"])
def test_a_form_from_elsewhere_is_refused(visitor, origin):
    fields = visitor.form(NEXT) | {"codes-thema": "geen", "codes-toon": "geen"}
    assert visitor.post(ANSWER, fields, Origin=origin).status_code == 403
    assert visitor.file() == ""


@pytest.mark.parametrize("csrf", [None, "", "geraden"])
def test_a_form_without_the_secret_of_the_page_is_refused(visitor, csrf):
    fields = visitor.form(NEXT) | {"codes-thema": "geen", "codes-toon": "geen", "csrf": csrf}
    assert visitor.post(ANSWER, {name: each for name, each in fields.items() if each is not None}).status_code == 403
    assert visitor.file() == ""


def test_a_request_that_is_too_large_is_refused(visitor):
    fields = visitor.form(NEXT) | {"note": "x" * 70_000}
    assert visitor.post(ANSWER, fields).status_code == 413
    assert visitor.file() == ""


def test_every_answer_says_what_a_browser_may_do_with_it(visitor):
    for path in (NEXT, "/static/page.css", "/nergens"):
        headers = visitor.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'; base-uri 'none'")
        assert (headers["X-Frame-Options"], headers["Cache-Control"]) == ("DENY", "no-store")


def test_an_answer_is_shown_as_text_whatever_it_holds(visitor):
    page = visitor.see(f"{ANSWER}?respondent=003&question=v1")
    assert SCRIPT not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Vervoer &lt;b&gt;in&lt;/b&gt; de stad" in page


def test_a_mistake_of_ours_is_told_without_what_was_in_the_data(visitor, monkeypatch, caplog):
    monkeypatch.setattr(type(visitor.desk), "tasks", lambda *_: {}["meer treinen"])
    answer = visitor.get(NEXT)
    assert answer.status_code == 500
    assert "Hier ging iets mis" in answer.text
    assert "KeyError test_page.py:" in caplog.text
    assert "meer treinen" not in answer.text + caplog.text


def test_a_file_that_does_not_fit_is_told_and_the_page_goes_on_when_it_is_mended(visitor, root):
    path = root / "annotations/stad/codeur-2.csv"
    path.write_text(HEADER + "001,v1,thema,fout,meer treinen,2026-01-01,1.0.0,random,\n", encoding="utf-8")
    answer = visitor.get(NEXT)
    assert answer.status_code == 503
    assert "codeur-2.csv, row 2, column codes: unknown code in codeframe thema" in answer.text
    path.unlink()
    assert visitor.get(NEXT).status_code == 200


def test_coders_see_the_background_of_who_answered_only_where_the_survey_says_so(visitor, root):
    assert "Utrecht" not in visitor.see(NEXT)
    survey = root / "surveys/stad/survey.toml"
    allowed = survey.read_text(encoding="utf-8").replace(
        "[[question]]", "[settings]\nshow_background = true\n[[question]]", 1
    )
    survey.write_text(allowed, encoding="utf-8")
    assert "<dt>provincie</dt><dd>Utrecht</dd>" in visitor.see(NEXT)


# Saving


def test_a_full_disk_is_told_and_the_answer_stays_to_be_coded(visitor, monkeypatch):
    fill_in(visitor, "001", codes_thema="ov", codes_toon="geen")
    before = visitor.file()
    with monkeypatch.context() as full:
        full.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        refused = fill_in(visitor, "002", codes_thema="fiets", codes_toon="geen")
    assert refused.status_code == 503
    assert "Er is niets opgeslagen" in refused.text
    assert visitor.file() == before
    assert fill_in(visitor, "002", codes_thema="fiets", codes_toon="geen").status_code == 303
    assert visitor.file().startswith(before + "002,v1,thema,fiets,veilige fietspaden")


def fill_in(visitor, respondent, **fields):
    """What comes of saving the answer of a respondent to the first question."""
    path = f"{ANSWER}?respondent={respondent}&question=v1"
    return visitor.post(ANSWER, visitor.form(path) | {name.replace("_", "-"): each for name, each in fields.items()})


def test_what_is_chosen_is_in_the_file_and_the_next_answer_comes(visitor):
    done = fill_in(visitor, "001", codes_thema=["trein", "ov"], codes_toon="geen", note="meer dan een\r\ntrein\0")
    assert (done.status_code, done.headers["Location"]) == (303, NEXT)
    assert visitor.file() == HEADER + (
        '001,v1,thema,ov|trein,meer treinen,2026-01-02T03:04:05Z,1.0.0,active,"meer dan een\ntrein"\n'
        '001,v1,toon,,meer treinen,2026-01-02T03:04:05Z,1.0.0,active,"meer dan een\ntrein"\n'
    )


def test_a_cache_that_cannot_be_written_in_keeps_nobody_from_coding(root):
    (root / ".cache").write_text("of another user, or on a disk to read only", encoding="utf-8")
    visitor = Visitor(root)
    assert visitor.get(NEXT).status_code == 200
    assert fill_in(visitor, "001", codes_thema="ov", codes_toon="geen").status_code == 303


def test_an_id_of_two_lines_is_found_whatever_line_end_the_browser_sends(root):
    responses = root / "surveys/stad/responses.csv"
    responses.write_text(responses.read_text(encoding="utf-8").replace("001,", '"noord\nzuid",'), encoding="utf-8")
    survey = root / "surveys/stad/survey.toml"  # which tells that this is no second row of the header
    survey.write_text(survey.read_text(encoding="utf-8") + "\n[dialect]\nheader_rows = 1\n", encoding="utf-8")
    visitor = Visitor(root)
    fields = {"codes-thema": "ov", "codes-toon": "geen", "stream-thema": "random", "stream-toon": "random"}
    form = fields | {"csrf": visitor.access.csrf, "respondent": "noord\r\nzuid", "question": "v1"}
    assert visitor.post(ANSWER, form).status_code == 303
    assert visitor.file().startswith(HEADER + '"noord\nzuid",v1,thema,ov,meer treinen,')


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"doubt": "thema"},
        {"codes_thema": "ov"},
        {"codes_thema": ["ov", "geen"], "codes_toon": "geen"},
        {"codes_thema": "fout"},
    ],
)
def test_what_is_not_filled_in_comes_back_and_nothing_is_saved(visitor, fields):
    answer = fill_in(visitor, "001", **fields, note="bewaar mij")
    assert answer.status_code == 422
    assert "Er is nog niets opgeslagen" in answer.text
    assert ">bewaar mij</textarea>" in answer.text
    assert 'value="geen" aria-keyshortcuts="0" checked' not in answer.text or "geen" in str(fields)
    assert visitor.file() == ""


def test_doubt_stands_in_the_note_of_the_codeframe_that_is_doubted(visitor):
    fill_in(visitor, "001", codes_thema="ov", codes_toon="boos", doubt="toon", note="klaagt hij?")
    fill_in(visitor, "002", codes_thema="ov", codes_toon="boos", doubt="thema")
    assert [line.rpartition(",")[2] for line in visitor.file().splitlines()[1:]] == [
        "",
        "twijfel: klaagt hij?",
        "twijfel",
        "",
    ]


def test_saving_again_what_was_saved_adds_nothing_and_a_change_adds_a_row(visitor):
    fill_in(visitor, "001", codes_thema="ov", codes_toon="geen")
    before = visitor.file()
    fill_in(visitor, "001", codes_thema="ov", codes_toon="geen")
    assert visitor.file() == before
    fill_in(visitor, "001", codes_thema="fiets", codes_toon="geen")
    assert visitor.file().removeprefix(before) == "001,v1,thema,fiets,meer treinen,2026-01-02T03:04:05Z,1.0.0,active,\n"


def test_undo_takes_back_with_rows_and_goes_back_step_by_step(visitor):
    fill_in(visitor, "001", codes_thema="ov", codes_toon="geen")
    fill_in(visitor, "001", codes_thema="fiets", codes_toon="geen")
    start = len(visitor.file())
    undo = visitor.form(NEXT)
    first = visitor.post("/coderen/random/ongedaan", undo)
    assert first.headers["Location"] == f"{ANSWER}?respondent=001&question=v1&notice=undone"
    assert visitor.file()[start:] == "001,v1,thema,ov,meer treinen,2026-01-02T03:04:05Z,1.0.0,active,\n"
    visitor.post("/coderen/random/ongedaan", undo)
    assert visitor.file()[start:].splitlines()[1:] == [
        "001,v1,thema,,meer treinen,,1.0.0,active,ingetrokken",
        "001,v1,toon,,meer treinen,,1.0.0,active,ingetrokken",
    ]
    assert visitor.desk.snapshot.stored_annotations == {"codeur-1": []}
    assert visitor.post("/coderen/random/ongedaan", undo).headers["Location"] == f"{NEXT}?notice=nothing_to_undo"


def test_what_another_tab_saved_meanwhile_is_replaced_and_the_page_says_so(visitor):
    path = f"{ANSWER}?respondent=001&question=v1"
    in_this_tab = visitor.form(path) | {"codes-thema": "fiets", "codes-toon": "geen"}
    fill_in(visitor, "001", codes_thema="ov", codes_toon="geen")
    done = visitor.post(ANSWER, in_this_tab)
    assert done.headers["Location"] == f"{NEXT}?notice=overtaken"
    assert "in een ander venster gecodeerd" in visitor.see(done.headers["Location"])
    assert [line.split(",")[3] for line in visitor.file().splitlines()[1:]] == ["ov", "", "fiets"]


def test_the_random_sample_tells_that_it_need_not_be_finished_nor_skipped_in(visitor):
    assert "Niet alles hoeft, maar sla lastige antwoorden niet over." in visitor.get(NEXT).text


def test_a_skipped_answer_comes_back_last(visitor):
    order = [task.answer for task in visitor.desk.tasks("random")]
    visitor.post("/coderen/random/overslaan", visitor.form(NEXT))
    assert [task.answer for task in visitor.desk.tasks("random")] == [*order[1:], order[0]]
    assert visitor.file() == ""


def test_back_shows_the_answer_that_was_saved_last_with_its_codes(visitor):
    fill_in(visitor, "001", codes_thema="ov", codes_toon="geen")
    page = visitor.see(NEXT)
    assert 'href="/coderen/random/antwoord?respondent=001&amp;question=v1"' in page
    saved = visitor.see(f"{ANSWER}?respondent=001&question=v1")
    assert re.findall(r'value="(\w+)"[^>]* checked>', saved) == ["ov", "geen"]


# The command


def test_the_command_shows_where_the_page_is_and_stops_when_it_is_asked_to(root):
    command = [Path(sys.executable).with_name("themawijzer"), "annotate", "stad", "--coder", "codeur-1"]
    started = subprocess.Popen(
        [*command, "--no-browser", "--root", root], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    address = re.findall(r"http://127\.0\.0\.1:\d+/\?token=\S+", started.stdout.readline())[0]
    with build_opener(HTTPCookieProcessor()).open(address, timeout=20) as answer:
        assert "&lt;script&gt;" in answer.read().decode()
    assert started.stdout.readline() == "Everything is saved at once. Stop with Ctrl+C.\n"
    started.terminate()
    assert started.communicate(timeout=20) == ("", "")
    assert started.returncode == 0


@pytest.mark.parametrize(
    ("coder", "options", "expected"),
    [("../codeur", (), "cannot be the name of anything here"), ("codeur-1", ("--port", "{taken}"), "cannot be used")],
)
def test_what_keeps_the_page_from_opening_is_told(root, coder, options, expected):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = run(
            "annotate",
            "stad",
            "--coder",
            coder,
            *(each.format(taken=port) for each in options),
            root=root,
            expected=2 if not options else 1,
        )
    assert expected in told
