"""Commands in a folder that somebody else filled: nothing in it is read but the files of surveys."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_loop import new_wave

OURS = {"surveys", "annotations", "models", "coded", ".cache"}
BAIT = [
    "sitecustomize.py", "usercustomize.py", "themawijzer.py", "numpy.py", "pandas.py", "spacy.py", "typer.py",
    "rich.py", "joblib/__init__.py", "simplemma/__init__.py", "e5-small", "use", "matplotlibrc",
    "matplotlib/matplotlibrc", "nl_core_news_sm/meta.json", "nl_core_news_sm/config.cfg", "config.cfg", "spacy.cfg",
    "nl_core_news_sm/__init__.py", ".env", ".flaskenv", "wsgi.py", "app.py", "pyproject.toml", "setup.cfg", "pip.conf",
    ".netrc", ".pdbrc", "templates/base.html", "templates/report.html.jinja", "static/page.css", "labels.toml",
    "openblas.conf", "typer.toml", "logging.conf", "pyvenv.cfg", "python311._pth", "zoneinfo/Europe/Amsterdam",
]  # fmt: skip
WATCHER = """
import json, os, runpy, signal, sys, threading, urllib.request, webbrowser

script, found, commands = sys.argv[1], open(sys.argv[2], "w"), json.load(open(sys.argv[3]))
root = os.getcwd()

def watch(event, args):
    if event in ("open", "os.listdir", "os.scandir", "ctypes.dlopen") and isinstance(args[0], (str, bytes)):
        path = os.path.abspath(os.fsdecode(args[0]))
    elif event == "import" and isinstance(args[1], str):
        path = os.path.abspath(args[1])
    elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        path = os.path.join(root, "started", str(args[0]))
    else:
        return
    is_there = os.path.lexists(path)  # or relative to a folder that is open: Python does not tell which
    if is_there and (path == root or path.startswith(root + os.sep)):
        os.write(found.fileno(), (json.dumps([sys.argv[1], event, os.path.relpath(path, root)]) + "\\n").encode())

def visit(url):
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    browser.open(url).read()
    os.kill(os.getpid(), signal.SIGTERM)

webbrowser.open = lambda url: threading.Thread(target=visit, args=[url]).start()
sys.addaudithook(watch)
for command in commands:
    sys.argv = [script, *command]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as ended:
        os.write(found.fileno(), (json.dumps([command[0], "exit", str(ended.code or 0)]) + "\\n").encode())
"""


@pytest.fixture
def folder(team, tmp_path):
    """A project in a folder with bait: files that other programs read, or Python, where they are started there."""
    root = tmp_path / "project"
    shutil.copytree(team, root)
    codebook = root / "annotations/vervoer/codebook.toml"
    text = codebook.read_text(encoding="utf-8")
    codebook.write_text(re.sub("(?m)^definition = .*$", 'definition = "d"', text), encoding="utf-8")
    for own in ("surveys", "annotations"):
        shutil.copytree(root / own / "vervoer", root / own / "later")
    for name in BAIT:
        path = root / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("raise SystemExit('this was read')\n", encoding="utf-8")
        os.utime(path, (0, time.time()))  # never read: most disks note the first time that it is
    return root


def test_no_command_reads_what_is_not_of_a_survey(folder, tmp_path):
    answers = new_wave(tmp_path, ["meer treinen", "een fiets"])
    commands = [
        ["init", "ander", "--responses", str(answers), "--respondent-id", "respnr", "--question", "antwoord"],
        ["import", "vervoer", "gelabeld.csv", "--codeframe", "thema", "--labels-column", "labels", "--random-sample"],
        *(["train", "vervoer"], ["evaluate", "vervoer"], ["classify", "vervoer", "--formats", "csv,xlsx,sav,parquet"]),
        *(["agreement", "vervoer"], ["sample", "vervoer"], ["export", "vervoer", "--shape", "qdpx"]),
        *(["worksheet", "vervoer", "--coder", "een", "--input", str(answers)], ["discover", "vervoer"]),
        *(["report", "vervoer"], ["train", "later"], ["compare", "vervoer", "later"]),
        ["annotate", "vervoer", "--coder", "een"],
    ]
    for name, text in (("watcher.py", WATCHER), ("commands.json", json.dumps(commands))):
        (tmp_path / name).write_text(text, encoding="utf-8")
    script = Path(sys.executable).with_name("themawijzer")
    done = subprocess.run(
        [sys.executable, tmp_path / "watcher.py", script, tmp_path / "found", tmp_path / "commands.json"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seen = [json.loads(line) for line in (tmp_path / "found").read_text(encoding="utf-8").splitlines()]
    ended = [(command, code) for command, event, code in seen if event == "exit"]
    assert ended == [(command[0], "0") for command in commands], done.stdout + done.stderr
    read = {(command, event, path) for command, event, path in seen if event != "exit"}
    assert ("classify", "open", "surveys/vervoer/survey.toml") in read
    assert [each for each in sorted(read) if Path(each[2]).parts[0] not in OURS and each[2] != "gelabeld.csv"] == []
    assert [name for name in BAIT if (folder / name).stat().st_atime] == []
