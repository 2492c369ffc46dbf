"""What libraries have to say is never shown by a command."""

import subprocess
import sys

import pytest

SAYING = """
import logging, sys, threading, warnings
from themawijzer.cli import main, processing
from themawijzer.cli.program import app

def say():
    warnings.warn("Workbook contains no default style")
    warnings.warn("this is deprecated", FutureWarning)
    logging.getLogger("library").error("a line of a library")
    logging.getLogger("themawijzer.language").warning("a line of ours")

@app.command()
def tell():
    say()
    thread = threading.Thread(target=say)
    thread.start()
    thread.join()

sys.argv = ["themawijzer", "tell"]
main()
"""


@pytest.mark.parametrize(("options", "is_shown"), [([], False), (["-W", "always"], True)])
def test_warnings_of_libraries_are_shown_only_to_who_asks_python_for_them(options: list[str], is_shown: bool) -> None:
    done = subprocess.run(
        [sys.executable, *options, "-c", SAYING], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    said = ["no default style" in done.stderr, "deprecated" in done.stderr, "of a library" in done.stderr]
    assert (said, done.stderr.count("a line of ours")) == ([is_shown] * 3, 2)
