"""What `python -m benchmarks.speed` measures, and how it says it; the figures themselves are in no test."""

import json
import re
import sys
import venv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import themawijzer
from benchmarks import installed
from benchmarks.installed import INSIDE, Cost, Installed, told, watched
from benchmarks.speed import STEPS, in_turns, rows


def test_figures_of_two_versions_stand_beside_each_other() -> None:
    before = [Cost(9, 20, 300), Cost(10, 21, 310), Cost(13, 30, 305)]
    now = [Cost(6, 8, 200), Cost(5, 7, 210), Cost(6.5, 10, 200)]
    assert list(rows("the encoder", [before, now])) == [
        "| the encoder | processor s | 21.00 | 8.00 | 3.00 (2.50, 3.00, 3.00) |",
        "|  | clock s | 10.00 | 6.00 | 2.00 (1.50, 2.00, 2.00) |",
        "|  | peak MB | 305 | 200 | 1.50 (1.50, 1.48, 1.52) |",
    ]


def test_versions_take_turns_and_another_one_begins_each_round() -> None:
    turns: list[str] = []

    def work(version: Any) -> Cost:
        turns.append(version.name)
        return Cost(len(turns), 0, 0)

    versions: list[Any] = [SimpleNamespace(name="before"), SimpleNamespace(name="now")]
    costs = in_turns({"work": work}, versions, 2)
    assert turns == ["before", "now", "now", "before"]
    assert [[cost.seconds for cost in own] for own in costs["work"]] == [[1, 4], [2, 3]]


def test_processor_time_and_memory_are_of_the_command_with_what_it_starts() -> None:
    held = b"x" * 200_000_000  # of this process, and not of the command
    spent = "sum(range(20_000_000)); x = b'x' * 80_000_000"
    took = watched(sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spent!r}])")
    assert held
    assert took.processor > 0.05
    assert took.seconds > 0
    assert 80 < took.peak_mb < 180


def test_work_may_tell_its_own_seconds() -> None:
    took = watched(sys.executable, "-c", "print('loaded'); print(1.5, 2.5)", tells_seconds=True)
    assert (took.seconds, took.processor) == (1.5, 2.5)


def test_nothing_that_is_measured_gets_variables_that_hold_products_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENBLAS_CORETYPE", "OMP_NUM_THREADS", "PYTHONPATH", "OF_SOMEBODY"):
        monkeypatch.setenv(name, "1")
    found = told(sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))")
    assert {name for name in json.loads(found) if name.startswith(("OPENBLAS", "OMP", "PYTHON", "OF_"))} == {
        "OF_SOMEBODY"
    }


def test_a_command_that_fails_ends_the_benchmark_and_says_why() -> None:
    with pytest.raises(SystemExit, match=r"(?s)-c .*no such survey"):
        watched(sys.executable, "-c", "import sys; sys.exit('no such survey')")


def test_an_environment_is_made_once_for_a_lock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def install(*command: Any) -> str:
        if command[-2] == "-e":
            (command[0].parent / "themawijzer").touch()
        made.append(command[3])
        return ""

    monkeypatch.setattr(installed, "ENVIRONMENTS", tmp_path / "environments")
    monkeypatch.setattr(installed, "told", install)
    monkeypatch.setattr(venv, "create", lambda folder, **_: (folder / "bin").mkdir(parents=True))
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text("numpy==2.0.0", encoding="utf-8")
    first = Installed(tmp_path, tmp_path).environment
    assert made == ["install", "install", "-q"]
    assert Installed(tmp_path, tmp_path).environment == first
    assert made[3:] == ["-q"]
    (tmp_path / "requirements.lock").write_text("numpy==2.1.0", encoding="utf-8")
    assert Installed(tmp_path, tmp_path).environment != first


def test_the_work_in_an_environment_is_measured_and_its_libraries_told(tmp_path: Path) -> None:
    (tmp_path / "texts.json").write_text(json.dumps(["meer groen", "minder regels"]), encoding="utf-8")
    took = watched(sys.executable, "-P", INSIDE, "encode", tmp_path / "texts.json", tells_seconds=True)
    assert took.processor > 0
    version, made_of = told(sys.executable, "-P", INSIDE, "facts").splitlines()
    assert version == themawijzer.__version__
    assert re.fullmatch(r"numpy \S+, .*, encoder \S+ \(.+\)", made_of)


@pytest.mark.parametrize(("name", "function"), [place for place in STEPS.values() if "importlib" not in place[0]])
def test_a_step_of_the_profile_is_a_function_of_the_package(name: str, function: str) -> None:
    files = Path(themawijzer.__file__).parent.rglob(name)
    assert any(f"def {function}(" in file.read_text(encoding="utf-8") for file in files)
