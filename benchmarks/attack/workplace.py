"""A small survey to attack: made, trained, coded and reported with the commands themselves, and copied for each run."""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

NAME, NEW = "vervoer", "nieuw"
PATIENCE_S = 180
RIGHT = (0, 1, 2, 3, 130)  # 130 after Ctrl+C
OPTIONS = ["--respondent-id", "respnr", "--question", "antwoord", "--background", "provincie"]
LABELS = ["--codeframe", "thema", "--labels-column", "labels"]
ANSWERS = {
    "Trein": ["de trein is te laat", "meer treinen graag", "treinkaartje te duur", "het spoor is vol", "ns is te laat"],
    "Fiets": ["veilige fietspaden", "ruimte voor de fiets", "fietsen stallen bij het station", "fiets gestolen"],
    "Trein|Fiets": ["fiets mee in de trein", "met de fiets naar het station en dan de trein", "trein en fiets"],
    "geen": ["lekker weer vandaag", "ik werk thuis", "geen mening over vervoer hoor", "mooi kantoor"],
}
COMMANDS = {
    "init": ["init", NEW, "--responses", "in.csv", *OPTIONS],
    "import": ["import", NAME, "more.csv", *LABELS, "--coder", "nieuw-1"],
    "train": ["train", NAME],
    "evaluate": ["evaluate", NAME],
    "classify": ["classify", NAME],
    "report": ["report", NAME],
    "discover": ["discover", NAME],
    "sample": ["sample", NAME, "--n", "5"],
    "worksheet": ["worksheet", NAME, "--coder", "codeur-9", "--n", "20", "--stream", "double"],
    "export": ["export", NAME, "--shape", "qdpx"],
    "agreement": ["agreement", NAME],
}


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code (negative: the signal), and what it said."""

    code: int
    said: str


@dataclass(frozen=True)
class Running:
    """A command at work, and the file that has what it says."""

    process: subprocess.Popen[bytes]
    said: IO[bytes]

    def end(self) -> Ended:
        """Wait for it, and kill it when that takes too long."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                os.killpg(self.process.pid, signal.SIGKILL)
            time.sleep(0.01)
        with self.said:
            self.said.seek(0)
            said = self.said.read().decode("utf-8", "replace")
        return Ended(self.process.returncode, said)


@dataclass(frozen=True)
class Workplace:
    """A project folder with a temporary folder of its own."""

    folder: Path

    @property
    def temp(self) -> Path:
        """Where commands put what they name themselves."""
        return self.folder.with_name(f"{self.folder.name}-tmp")

    def start(self, options: Sequence[str], *, before: str = "") -> Running:
        """Start a command; `before` is Python that runs first in its process."""
        env = {**os.environ, "TMPDIR": str(self.temp), "COLUMNS": "200"}
        how_to = ["-c", f"{before}\nfrom themawijzer.cli import main\nmain()"] if before else ["-m", "themawijzer"]
        command = [sys.executable, *how_to, *options]
        said = TemporaryFile()  # noqa: SIM115  # `end` closes it
        how: Any = {"cwd": self.folder, "env": env, "start_new_session": True}
        return Running(subprocess.Popen(command, stdout=said, stderr=said, **how), said)  # noqa: S603

    def run(self, options: Sequence[str], *, before: str = "") -> Ended:
        """Run a command to its end."""
        return self.start(options, before=before).end()

    def files(self) -> set[str]:
        """Every file and folder."""
        return {str(path.relative_to(self.folder.parent)) for top in (self.folder, self.temp) for path in _below(top)}

    def rows(self) -> Counter[tuple[str, ...]]:
        """The rows of all annotation files."""
        found = Counter[tuple[str, ...]]()
        for path in (self.folder / "annotations").glob("*/[!.]*.csv"):
            with path.open(encoding="utf-8", newline="") as file:
                found.update((path.name, *row) for row in csv.reader(file))
        return found

    def copied(self, name: str) -> Workplace:
        """A copy under another name, which takes the place of an earlier one."""
        place = Workplace(self.folder.with_name(name))
        for path in (place.folder, place.temp):
            shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.folder, place.folder, symlinks=True)
        place.temp.mkdir()
        return place


def _below(top: Path) -> list[Path]:
    with contextlib.suppress(OSError):  # of a folder that goes while it is read
        return list(top.rglob("*"))
    return []


def make_base(folder: Path) -> Workplace:
    """The survey that is attacked."""
    base = Workplace(folder)
    base.temp.mkdir(parents=True)
    folder.mkdir()
    ends = ("", "!", " dus", " in de stad")
    texts = [(f"{text}{ending}", label) for ending in ends for label, own in ANSWERS.items() for text in own]
    rows = [(f"{number:03d}", "Utrecht", text, label) for number, (text, label) in enumerate(texts, start=1)]
    for name, own in {"in.csv": rows, "more.csv": [(*row[:3], "Iets nieuws") for row in rows]}.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("respnr", "provincie", "antwoord", "labels"), *own])
    init = ["init", NAME, "--responses", "in.csv", *OPTIONS]
    labelled = ["import", NAME, "in.csv", *LABELS, "--coder", "codeur-1", "--random-sample"]
    for options in (
        init,
        labelled,
        *(COMMANDS[name] for name in ("train", "evaluate", "classify", "discover", "report")),
    ):
        ended = base.run(options)
        if ended.code:
            raise RuntimeError(f"{options}: {ended.code}\n{ended.said}")
    return base
