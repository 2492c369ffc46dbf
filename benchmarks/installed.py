"""A version of Themawijzer in an environment of its own, and what its work costs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parent / ".cache/environments"
INSIDE = HERE / "inside.py"
# What decides how and on how many cores matrix products are computed, and how Python runs: nothing measured gets these.
UNSET = ("OPENBLAS_", "GOTO_", "OMP_", "MKL_", "BLIS_", "NVPL_", "VECLIB_", "CT2_", "KMP_", "NPY_", "PYTHON")


@dataclass(frozen=True)
class Cost:
    """What work took, with all its threads and processes: on the clock, of the processor, and of memory at its peak."""

    seconds: float
    processor: float
    peak_mb: float


@dataclass(frozen=True)
class Installed:
    """A checkout in an environment of its own, and a folder for the surveys that it makes itself."""

    checkout: Path
    folder: Path

    @cached_property
    def environment(self) -> Path:
        """Made once for a lock file, and kept; it runs the code of the checkout as that is now."""
        made_of = [(self.checkout / name).read_bytes() for name in ("requirements.lock", "pyproject.toml")]
        made_of += [str(self.checkout).encode(), sys.version.encode()]
        folder = ENVIRONMENTS / hashlib.sha256(b"\0".join(made_of)).hexdigest()[:12]
        if not (folder / "bin/themawijzer").exists():  # which comes last
            venv.create(folder, clear=True, with_pip=True)
            install: list[str | Path] = [folder / "bin/python", "-m", "pip", "install", "--quiet"]
            told(*install, "--require-hashes", "-r", self.checkout / "requirements.lock")
            told(*install, "--no-deps", "-e", self.checkout)
        told(folder / "bin/python", "-m", "compileall", "-q", self.checkout / "pipeline")
        return folder

    @cached_property
    def facts(self) -> list[str]:
        """The version, and what it computes with."""
        return told(*self._inside("facts")).splitlines()

    @cached_property
    def name(self) -> str:
        """The version and the commit, such as 0.2.0 (110a784)."""
        commit = told("git", "-C", self.checkout, "rev-parse", "--short", "HEAD").strip()
        is_changed = told("git", "-C", self.checkout, "status", "--porcelain", "pipeline")
        return f"{self.facts[0]} ({commit}{', changed' if is_changed else ''})"

    def make(self, survey: str, responses: pd.DataFrame, labelled: pd.DataFrame, question: str) -> None:
        """A survey with a question per column but `nr`, all coded as the labelled answers to one of them are."""
        root = self.folder / survey
        root.mkdir(parents=True)
        responses.to_csv(root / "responses.csv", index=False)
        labelled[["nr", "text", "labels"]].to_csv(root / "labels.csv", index=False)
        columns = [part for column in responses.columns if column != "nr" for part in ("--question", column)]
        self.run("init", survey, "--responses", root / "responses.csv", "--respondent-id", "nr", *columns)
        how = ["--labels-column", "labels", "--text-column", "text", "--id-column", "nr", "--question", question]
        self.run("import", survey, root / "labels.csv", "--codeframe", "thema", *how)
        settings = root / "surveys" / survey / "survey.toml"
        text = settings.read_text(encoding="utf-8").replace("codeframes = []", 'codeframes = ["thema"]')
        settings.write_text(text, encoding="utf-8")
        self.run("train", survey)

    def command(self, name: str, survey: str, *arguments: str | Path) -> list[str | Path]:
        """How a command on a survey is called."""
        program = self.environment / "bin/themawijzer"
        return [program, name, survey, *arguments, "--root", self.folder / survey, "--quiet"]

    def run(self, name: str, survey: str, *arguments: str | Path) -> Cost:
        """What it costs."""
        return watched(*self.command(name, survey, *arguments))

    def first_run(self, name: str, survey: str, *arguments: str | Path) -> Cost:
        """What it costs with an empty cache."""
        self.empty_cache(survey)
        return self.run(name, survey, *arguments)

    def empty_cache(self, survey: str) -> None:
        shutil.rmtree(self.folder / survey / ".cache")

    def inside(self, work: str, *arguments: str | Path) -> Cost:
        """Work of `inside.py`, which measures its seconds itself."""
        return watched(*self._inside(work, *arguments), tells_seconds=True)

    def _inside(self, work: str, *arguments: str | Path) -> list[str | Path]:
        return [self.environment / "bin/python", "-P", INSIDE, work, *arguments]


def watched(*command: str | Path, tells_seconds: bool = False) -> Cost:
    """What a command costs; its seconds are those in the last line of its output where it tells them."""
    *lines, whole = told(sys.executable, "-P", INSIDE, "watch", *command).splitlines()
    seconds, processor, peak_mb = map(float, whole.split())
    if tells_seconds:
        seconds, processor = map(float, lines[-1].split())
    return Cost(seconds, processor, peak_mb)


def told(*command: str | Path) -> str:
    """What a command prints."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(UNSET)}
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout
