"""A server that is killed while it saves: what it confirmed is in the file, and the file is whole."""

import http.client
import multiprocessing
import random
import threading
import time
import warnings
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

import pytest
from page import HOME, make_survey

from themawijzer.annotation.journal import Journal
from themawijzer.commands.annotate import Page, open_page
from themawijzer.survey.annotations import read_annotations
from themawijzer.survey.codebook import read_codebook

ROUNDS = 100
LONG = 'lange noot met een , en een " en een é; ' * 20  # one saving is longer than a page of memory


def start(page: Page) -> multiprocessing.Process:
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=page.run, args=(lambda: None,), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of the parent are of no use to the server
        process.start()
    page.listening.close()
    return process


def save(connection: http.client.HTTPConnection, page: Page, number: int) -> None:
    """Code an answer anew, so that every saving adds two rows; raises where nobody confirms."""
    fields = {
        "csrf": page.access.csrf,
        "respondent": "001",
        "question": "v1",
        "stream-thema": "random",
        "stream-toon": "random",
        "codes-thema": ["ov", "trein"],
        "codes-toon": "geen",
        "note": f"{number} {LONG}",
    }
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"{page.access.cookie_name}={page.access.cookie}",
        "Origin": HOME.replace("5000", str(page.access.port)),
    }
    connection.request("POST", "/coderen/random/antwoord", urlencode(fields, doseq=True), headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 303, answer.status


def confirmed_until_killed(page: Page, patience: float) -> int:
    """How many savings were confirmed before the server was killed, after so many times as one of them takes."""
    process = start(page)
    connection = http.client.HTTPConnection("127.0.0.1", page.access.port, timeout=10)
    before = time.monotonic()
    save(connection, page, 0)
    threading.Timer(patience * (time.monotonic() - before), process.kill).start()
    n_confirmed = 1
    try:
        while True:
            save(connection, page, n_confirmed)
            n_confirmed += 1
    except (OSError, http.client.HTTPException):
        return n_confirmed
    finally:
        connection.close()
        process.join()


def saved(folder: Path) -> list[int]:
    """The numbers of the savings of which both rows are in the file, in its order."""
    codebook = read_codebook(folder / "codebook.toml")
    Journal(folder, "codeur-1").mend(codebook)  # as the next start does
    rows = read_annotations(folder, codebook, ["v1", "v2"])["codeur-1"]
    assert all(row.note.strip() == f"{row.note.split()[0]} {LONG}".strip() for row in rows)
    return [int(row.note.split()[0]) for row in rows if row.codeframe == "toon"]


def kill_again_and_again(root: Path, rounds: int) -> Counter[str]:
    """How many savings were confirmed, how many more were kept, and how many rows were left torn."""
    folder, chance = root / "annotations/stad", random.Random(0)  # noqa: S311  # of when, not of secrets
    counts = Counter[str]()
    for _ in range(rounds):
        confirmed = confirmed_until_killed(open_page(root, "stad", "codeur-1"), chance.uniform(0, 1))
        found = saved(folder)
        assert found[:confirmed] == list(range(confirmed))
        assert len(found) <= confirmed + 1  # the last one may be on the disk although nobody heard so
        is_torn = (folder / ".codeur-1.csv.torn").exists()
        counts.update(confirmed=confirmed, kept=len(found) - confirmed, torn=is_torn)
        for path in folder.glob("*codeur-1.csv*"):
            path.unlink()
    return counts


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork a server")
def test_a_killed_server_loses_nothing_that_it_confirmed(tmp_path):
    counts = kill_again_and_again(make_survey(tmp_path), ROUNDS)
    assert counts["confirmed"] + counts["kept"] > ROUNDS  # killed while it saved, and not before
