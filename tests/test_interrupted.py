"""Ctrl+C ends a command in good order, wherever it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows sends no signals to one program")

# A program that a shell started in the background, such as these tests, hands down that Ctrl+C means nothing.
LISTENING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
INTERRUPTED = """
import os, signal, sys, time, types, weakref
cli = types.ModuleType("themawijzer.cli")
sys.modules["themawijzer.cli"] = cli
def main():
{body}
cli.main = main
from themawijzer.__main__ import main
main()
"""
STOPPED = "\nStopped. What was saved is kept: to go on, run the command again.\n"


@pytest.mark.parametrize(
    "body",
    [
        "    os.kill(os.getpid(), signal.SIGINT); time.sleep(9)",
        """
    try:
        os.kill(os.getpid(), signal.SIGINT); time.sleep(9)
    finally:
        os.kill(os.getpid(), signal.SIGINT)
        print("cleaned", flush=True)""",
        """
    class Gone:
        def __del__(self): os.kill(os.getpid(), signal.SIGINT); time.sleep(0)
    Gone(); time.sleep(9)""",
        """
    def serve():
        try: os.kill(os.getpid(), signal.SIGINT); time.sleep(9)
        except SystemExit: return  # as the server of the page does
    serve(); sys.exit(0)""",
    ],
)
def test_ctrl_c_ends_without_a_traceback(body: str) -> None:
    command = [sys.executable, "-c", LISTENING + INTERRUPTED.format(body=body)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, STOPPED)
    assert done.stdout == ("cleaned\n" if "cleaned" in body else "")


def test_a_program_in_the_background_of_a_shell_is_not_interrupted() -> None:
    body = "    os.kill(os.getpid(), signal.SIGINT); print('done')"
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)" + INTERRUPTED.format(body=body)
    done = subprocess.run([sys.executable, "-c", ignoring], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_a_command_that_is_interrupted_while_libraries_load_says_what_is_kept(team: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(team, tmp_path / "team"))
    before = sorted(root.rglob("*"))
    loading = (
        "import builtins, os, signal\nplain = builtins.__import__\n"
        "def load(name, *rest, **options):\n"
        "    if name == 'pandas': builtins.__import__ = plain; os.kill(os.getpid(), signal.SIGINT)\n"
        "    return plain(name, *rest, **options)\n"
        "builtins.__import__ = load\n"
        "from themawijzer.__main__ import main\nmain()"
    )
    command = [sys.executable, "-c", LISTENING + loading, "classify", "vervoer", "--root", str(root)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, STOPPED)
    assert sorted(root.rglob("*")) == before
