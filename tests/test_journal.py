"""What a coder decides is appended to a file that stays whole, whatever happened to it before."""

import multiprocessing
import sys
from pathlib import Path

import pytest
from conftest import write_annotations
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_annotations import CODEBOOK, HEADER, QUESTIONS, annotation, row

from themawijzer.annotation.journal import Journal
from themawijzer.errors import InputError, ThemawijzerError
from themawijzer.files import locked
from themawijzer.survey.annotations import append_annotations, read_annotations
from themawijzer.tables.delimited import Dialect, write_csv
from themawijzer.tables.table import read_table

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
TRICKY = st.sampled_from(
    ['zij zei "ja"', "=1+1", "'=1+1", "regel\nregel", "\r", "a\r\nb", "sep=;", '"', "🙂", "-", ";"]
)
ANNOTATIONS = st.builds(
    annotation,
    st.sampled_from(["mens", "talent", "geld"]),
    text=CELLS | TRICKY,
    note=st.just("") | CELLS | TRICKY,
    respondent_id=(CELLS | TRICKY).filter(str.strip),
)


def read(folder: Path, coder: str = "codeur-1"):
    return read_annotations(folder, CODEBOOK, QUESTIONS)[coder]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(ANNOTATIONS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_what_is_appended_reads_back_equal(tmp_path, savings):
    path = tmp_path / "codeur-1.csv"
    path.unlink(missing_ok=True)
    journal = Journal(tmp_path, "codeur-1")
    for rows in savings:
        journal.append(rows, CODEBOOK)
    assert read(tmp_path) == [each for rows in savings for each in rows]
    at_once = tmp_path.with_name("at_once.csv")
    write_annotations(at_once, [each for rows in savings for each in rows])
    assert path.read_bytes() == at_once.read_bytes()


def test_a_new_file_has_a_header_and_earlier_rows_stay_as_they_are(tmp_path):
    Journal(tmp_path, "codeur-1").append([annotation("geld", note="a")], CODEBOOK)
    before = (tmp_path / "codeur-1.csv").read_bytes()
    assert before.startswith(HEADER.encode())
    Journal(tmp_path, "CODEUR-1").append([annotation("mens")], CODEBOOK)
    after = (tmp_path / "codeur-1.csv").read_bytes()
    assert after.startswith(before)
    assert [path.name for path in tmp_path.glob("[!.]*")] == ["codeur-1.csv"]


def test_a_file_that_a_spreadsheet_saved_is_made_plain_first_and_keeps_its_columns(tmp_path):
    path = tmp_path / "codeur-1.csv"
    append_annotations(path, [annotation("geld", text="café")], CODEBOOK)
    frame = read_table(path).frame.assign(vraagteken="ja; nee")
    write_csv(frame, path, dialect=Dialect(encoding="cp1252", delimiter=";"))
    journal = Journal(tmp_path, "codeur-1")
    journal.append([annotation("mens", text="één")], CODEBOOK)
    journal.append([annotation("talent")], CODEBOOK)
    assert [each.codes for each in read(tmp_path)] == [{"geld"}, {"mens"}, {"talent"}]
    assert read_table(path).frame["vraagteken"].tolist() == ["ja; nee", "", ""]
    assert path.read_text(encoding="utf-8").startswith(HEADER.strip() + ",vraagteken\n")


@pytest.mark.parametrize(
    "torn",
    [
        b"007",
        b"007,v1,thema,geld,tekst,2026-01-01T00:00:00Z,1.0.0,rand",
        b'007,v1,thema,geld,"een ""antw',
        b'007,v1,thema,geld,"een\nant\nwoord',
        "007,v1,thema,geld,caf\u00e9".encode()[:-1],
        b"\0\0\0\0",
    ],
)
def test_a_row_that_a_crash_left_torn_is_set_aside(tmp_path, torn):
    path = tmp_path / "codeur-1.csv"
    path.write_bytes((HEADER + row(codes="geld")).encode() + torn)
    Journal(tmp_path, "codeur-1").append([annotation("mens")], CODEBOOK)
    assert [each.codes for each in read(tmp_path)] == [{"geld"}, {"mens"}]
    assert (tmp_path / ".codeur-1.csv.torn").read_bytes() == torn + b"\n"


@pytest.mark.parametrize("last", [row(codes="geld"), row(codes="geld", note='"een\nnoot"')])
def test_a_whole_row_without_line_end_is_kept(tmp_path, last):
    path = tmp_path / "codeur-1.csv"
    path.write_text(HEADER + row(codes="mens") + last.strip(), encoding="utf-8")
    Journal(tmp_path, "codeur-1").append([annotation("talent")], CODEBOOK)
    assert [each.codes for each in read(tmp_path)] == [{"mens"}, {"geld"}, {"talent"}]


@pytest.mark.parametrize("content", ["", "\0\0"])
def test_an_empty_file_begins_anew(tmp_path, content):
    (tmp_path / "codeur-1.csv").write_text(content)
    Journal(tmp_path, "codeur-1").append([annotation("mens")], CODEBOOK)
    assert [each.codes for each in read(tmp_path)] == [{"mens"}]


def test_a_quotation_mark_that_went_astray_is_an_error_and_loses_nothing(tmp_path):
    path = tmp_path / "codeur-1.csv"
    path.write_text(HEADER + row(text='"open') + row(codes="mens") + row(), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(InputError, match="quotation mark"):
        Journal(tmp_path, "codeur-1").append([annotation("mens")], CODEBOOK)
    assert path.read_bytes() == before


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    journal = Journal(tmp_path, "codeur-1")
    journal.append([annotation("geld")], CODEBOOK)
    before = journal.path.read_bytes()
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        journal.append([annotation("mens")], CODEBOOK)
    assert journal.path.read_bytes() == before


def test_a_lock_that_another_program_keeps_is_told_by_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("themawijzer.files.PATIENCE_S", 0)
    with locked(tmp_path), pytest.raises(ThemawijzerError) as caught:
        Journal(tmp_path, "codeur-1").append([annotation("geld")], CODEBOOK)
    assert str(caught.value) == f"{tmp_path}: another program is writing here\nTry again when it is done."
    assert list(tmp_path.glob("*.csv")) == []


def append_many(folder: Path, name: str) -> None:
    journal = Journal(folder, "codeur-1")
    for number in range(30):
        journal.append([annotation("geld", respondent_id=f"{name}{number}", text="lang " * 500)], CODEBOOK)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")
def test_two_processes_that_append_to_one_file_lose_nothing(tmp_path):
    fork = multiprocessing.get_context("fork")
    both = [fork.Process(target=append_many, args=(tmp_path, name)) for name in "ab"]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    ids = [each.respondent_id for each in read(tmp_path)]
    assert sorted(ids) == sorted(f"{name}{number}" for name in "ab" for number in range(30))
    assert [each for each in ids if each[0] == "a"] == [f"a{number}" for number in range(30)]
