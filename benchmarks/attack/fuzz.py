"""Changed files, our own and those that come in: every command ends with an exit code that is an answer."""

import contextlib
import csv
import hashlib
import io
import json
import logging
import random
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest import mock

import pandas as pd

from benchmarks.attack.mutations import changed_bytes, changed_json, changed_rows
from benchmarks.attack.workplace import COMMANDS, NAME, OPTIONS, RIGHT, Workplace

# Which commands read which of our files.
READERS = {
    f"coded/{NAME}/run.json": ["report", "discover", "page"],
    f"coded/{NAME}/codings.csv": ["report", "discover", "page"],
    f"coded/{NAME}/prevalence.csv": ["report"],
    f"coded/{NAME}/responses_coded.csv": ["report", "discover"],
    f"coded/{NAME}/discovered.json": ["report"],
    f"coded/{NAME}/review.csv": ["page", "take back"],
    f"models/{NAME}/evaluation.json": ["report", "classify"],
    f"models/{NAME}/manifest.json": ["agreement", "report", "classify"],
    f"models/{NAME}/model.npz": ["classify"],
    f"annotations/{NAME}/codeur-1.csv": ["agreement", "page", "train"],
    f"annotations/{NAME}/codebook.toml": ["agreement", "page", "report"],
    f"surveys/{NAME}/survey.toml": ["agreement", "classify", "report"],
}
TAKE_BACK = ["import", NAME, f"coded/{NAME}/review.csv", "--coder", "codeur-9"]
PATHS = ["coderen/random", "coderen/active", "coderen/review", "coderen/double", "oordelen", "opnieuw", "codeboek"]
INPUTS = ("csv", "xlsx", "sav", "dta", "parquet")
PORT, OK, UNAVAILABLE = 5000, 200, 503


def attack(base: Workplace, seed: int, is_over: Callable[[], bool]) -> dict[str, str]:
    """Figures of as many runs as there is time for; every third changes a file that comes in."""
    chance, codes, wrong, number = random.Random(seed), Counter[str](), Counter[str](), 0  # noqa: S311
    inputs = _inputs(base.copied("inputs"))
    # Half of the changed files of ours get hashes that fit again, as somebody would make them who knows how.
    while not is_over():
        place = base.copied("fuzzed").folder
        if number % 3 == 2:
            path = place / "in" / f"a.{INPUTS[number // 3 % len(INPUTS)]}"
            path.parent.mkdir()
            path.write_bytes(changed_bytes((inputs / path.name).read_bytes(), chance))
            name, command = path.name, "init"
            end = _run(["init", "nog-een", "--responses", str(path), *OPTIONS], place)
        else:
            name = list(READERS)[number // 3 % len(READERS)]
            _change(place / name, chance)
            if chance.random() < 1 / 2:
                _seal(place, place / name)
            command = chance.choice(READERS[name])
            end = _page(place) if command == "page" else _run(_options(command, place), place)
        number += 1
        codes[end] += 1
        if end not in [f"exit code {right}" for right in RIGHT]:
            wrong[f"{command} after {Path(name).name} was changed"] += 1
    return {
        "runs": f"{codes.total():,}",
        "that ended as a bug (exit code 70, an error of the page)": f"{wrong.total():,}",
        "of which": ", ".join(wrong),
        "ends": ", ".join(f"{code}: {n:,}" for code, n in sorted(codes.items())),
    }


def _inputs(place: Workplace) -> Path:
    """The same answers in every format that comes in."""
    import pyreadstat

    frame = pd.read_csv(place.folder / "in.csv", dtype=str, keep_default_na=False)
    frame.to_csv(place.folder / "a.csv", index=False)
    frame.to_excel(place.folder / "a.xlsx", index=False)
    frame.to_parquet(place.folder / "a.parquet")
    frame.to_stata(place.folder / "a.dta", write_index=False)
    pyreadstat.write_sav(frame, str(place.folder / "a.sav"))
    return place.folder


def _options(command: str, place: Path) -> Sequence[str]:
    return (
        [part.replace("coded/", f"{place}/coded/") for part in TAKE_BACK]
        if command == "take back"
        else COMMANDS[command]
    )


def _change(path: Path, chance: random.Random) -> None:
    content = path.read_bytes()
    new = changed_bytes(content, chance)
    if chance.random() < 0.8 and path.suffix == ".json":
        new = _json(changed_json(json.loads(content), chance))
    elif chance.random() < 0.8 and path.suffix == ".csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(changed_rows(rows, chance))
        new = text.getvalue().encode()
    path.write_bytes(new)


def _json(facts: object) -> bytes:
    return (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode()


def _seal(place: Path, changed: Path) -> None:
    for path in (place / "coded" / NAME / "run.json", place / "models" / NAME / "manifest.json"):
        with contextlib.suppress(ValueError, TypeError, AttributeError, KeyError, RecursionError):  # it may be changed
            facts = json.loads(path.read_text(encoding="utf-8"))
            if changed.name in facts["files"]:
                facts["files"][changed.name] = hashlib.sha256(changed.read_bytes()).hexdigest()
            if facts.pop("sha256", None):
                facts["sha256"] = hashlib.sha256(_json(facts)).hexdigest()
            path.write_bytes(_json(facts))


def _run(options: Sequence[str], place: Path) -> str:
    """The exit code of a command, run in this process, since each new one loads libraries again."""
    from themawijzer.cli import main

    said = io.StringIO()
    with (
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        mock.patch.object(sys, "argv", ["themawijzer", *options, "--root", str(place)]),
    ):
        try:
            main()
        except SystemExit as ended:
            return f"exit code {ended.code or 0}"
        except Exception as error:  # noqa: BLE001  # whatever it is, it is a bug
            return type(error).__name__
    return "exit code 0"


def _page(place: Path) -> str:
    """How the views of the page answer: an exit code where it does not open, else the worst status of a view."""
    from werkzeug.test import Client

    from themawijzer.annotation.web.app import create_app
    from themawijzer.annotation.web.guards import Access
    from themawijzer.commands.annotate import open_desk
    from themawijzer.errors import ThemawijzerError

    try:
        desk = open_desk(place, NAME, "codeur-1")
    except ThemawijzerError as error:
        return f"exit code {error.exit_code}"
    except Exception as error:  # noqa: BLE001  # whatever it is, it is a bug
        return type(error).__name__
    access = Access(PORT)
    logging.disable()
    try:
        client = Client(create_app(desk, access))
        client.get(access.url(access.token))
        home = access.url("").partition("?")[0]
        worst = max(client.get(f"{home}{path}", buffered=True).status_code for path in PATHS)
    finally:
        logging.disable(logging.NOTSET)
        shutil.rmtree(place / ".cache" / "coders", ignore_errors=True)
    return f"page {worst}" if worst >= 500 and worst != UNAVAILABLE else "exit code 0"
