"""What a command tells where a file cannot be written: which one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource")  # not on Windows

# No file may become longer than this many bytes, as on a disk that is full.
LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from themawijzer.cli import main
main()
"""


@pytest.mark.parametrize(
    ("limit", "command", "named"),
    [
        (0, "init nieuw --responses {root}/gelabeld.csv --respondent-id respnr --question antwoord", "surveys/nieuw"),
        (500, "init nieuw --responses {root}/gelabeld.csv --respondent-id respnr --question antwoord", "surveys/nieuw"),
        (
            0,
            "import vervoer {root}/gelabeld.csv --codeframe ander --labels-column labels",
            "annotations/vervoer/codebook",
        ),
        (500, "export vervoer", "coded/vervoer/annotations_wide.csv"),
        (0, "train vervoer", "models/vervoer"),
        (0, "classify vervoer --formats parquet", "coded/vervoer"),
    ],
)
def test_an_error_of_the_disk_names_what_could_not_be_written(
    team: Path, tmp_path: Path, limit: int, command: str, named: str
) -> None:
    root = Path(shutil.copytree(team, tmp_path / "team"))
    before = sorted(path for path in root.rglob("*") if path.name != ".lock" and ".cache" not in path.parts)
    arguments = [part.format(root=root) for part in command.split()]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit), *arguments, "--root", root, "--quiet"],
        capture_output=True, text=True, encoding="utf-8", env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert (done.returncode, f"Error: {root / named}" in done.stderr) == (1, True), done.stderr
    assert ".tmp" not in done.stderr
    after = sorted(path for path in root.rglob("*") if path.name != ".lock" and ".cache" not in path.parts)
    assert [path for path in after if path not in before and path.is_file()] == []
