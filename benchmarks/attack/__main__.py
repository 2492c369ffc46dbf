"""`python -m benchmarks.attack`: attacks commands, files, the page and what is published, and writes attack.md."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.attack import disclosing, full_disk, fuzz, killing, probes, quoting, unfolded
from benchmarks.attack.workplace import Workplace, make_base

HERE = Path(__file__).parent
MOST_MINUTES = 15
# How much of the time each suite gets; probes, quotes and unfolded files take what they need, which is little.
SHARES = {"fuzz": 0.3, "kill": 0.35, "disk": 0.15, "disclosure": 0.15}
TITLES = {
    "fuzz": "Changed files, our own and those that come in",
    "kill": "Commands that are killed or interrupted",
    "disk": "Full disks, and two commands at once",
    "unfold": "Small files that unfold",
    "probe": "Requests that the page has to refuse",
    "disclosure": "Shares of few respondents",
    "quotes": "Quotes",
}
Found = dict[str, dict[str, str]]  # figures by suite


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attack", description=__doc__)
    parser.add_argument("--suites", nargs="+", choices=TITLES, default=list(TITLES))
    parser.add_argument("--minutes", type=float, default=MOST_MINUTES, help=f"for everything, at most {MOST_MINUTES}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--beside", type=Path, help="checkout of another version: takes half of the time")
    parser.add_argument("--facts", type=Path, help=argparse.SUPPRESS)  # of the version beside: where its figures go
    wanted = parser.parse_args()
    minutes = min(wanted.minutes, MOST_MINUTES) / (2 if wanted.beside else 1)
    if wanted.facts:
        wanted.facts.write_text(json.dumps(attacked(wanted.suites, wanted.seed, minutes)), encoding="utf-8")
        return
    versions = {"this version": attacked(wanted.suites, wanted.seed, minutes)}
    if wanted.beside:
        commit = ["git", "-C", str(wanted.beside), "rev-parse", "--short", "HEAD"]
        name = subprocess.run(commit, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
        versions = {f"version {name}": beside(wanted, minutes)} | versions
    text = report(versions, wanted.seed, minutes)
    print(text)  # noqa: T201  # a tool for the screen
    if list(wanted.suites) == list(TITLES):
        (HERE.parent / "attack.md").write_text(text, encoding="utf-8")


def attacked(suites: Sequence[str], seed: int, minutes: float) -> Found:
    """The figures of each suite."""
    run: dict[str, Callable[[Workplace, Callable[[], bool]], dict[str, str]]] = {
        "fuzz": lambda base, is_over: fuzz.attack(base, seed, is_over),
        "kill": lambda base, is_over: killing.attack(base, seed, is_over),
        "disk": lambda base, is_over: full_disk.attack(base, seed, is_over),
        "unfold": lambda base, _: unfolded.attack(base),
        "probe": lambda base, _: probes.attack(base),
        "disclosure": lambda _, is_over: disclosing.attack(seed, is_over),
        "quotes": lambda *_: quoting.attack(),
    }
    begun, found = time.monotonic(), Found()
    with tempfile.TemporaryDirectory() as folder:
        base = make_base(Path(folder) / "base")
        left = 60 * minutes - (time.monotonic() - begun)
        total = sum(SHARES.get(suite, 0) for suite in suites)
        for suite in TITLES:
            if suite in suites:
                deadline = time.monotonic() + 0.9 * left * SHARES.get(suite, 0) / (total or 1)
                found[suite] = run[suite](base, lambda deadline=deadline: time.monotonic() > deadline)  # type: ignore[misc]
                print(f"{suite}: {found[suite]}", file=sys.stderr, flush=True)  # noqa: T201
    return found


def beside(wanted: argparse.Namespace, minutes: float) -> Found:
    """The same of another version, by these suites."""
    with tempfile.TemporaryDirectory() as folder:
        facts = Path(folder) / "facts.json"
        options = ["--suites", *wanted.suites, "--seed", str(wanted.seed), "--minutes", str(minutes)]
        env = os.environ | {"PYTHONPATH": os.pathsep.join([str(wanted.beside / "pipeline"), str(HERE.parent.parent)])}
        command = [sys.executable, "-m", "benchmarks.attack", *options, "--facts", str(facts)]
        subprocess.run(command, env=env, check=True)  # noqa: S603
        found: Found = json.loads(facts.read_text(encoding="utf-8"))
    return found


def report(versions: dict[str, Found], seed: int, minutes: float) -> str:
    """The tables."""
    lines = [
        "# Attacked",
        "",
        f"Written by `python -m benchmarks.attack`: seed {seed}, {minutes:g} minutes for a version.",
    ]
    lines += [
        "Everything is made by the suites themselves, and harmless: what is changed, killed and asked are our own"
    ]
    lines += ["files, commands and page. How many runs fit depends on the machine."]
    heads = list(versions)
    for suite, title in TITLES.items():
        names = dict.fromkeys(name for found in versions.values() for name in found.get(suite, {}))
        if names:
            lines += ["", f"## {title}", "", f"| | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
            for name in names:
                cells = [found.get(suite, {}).get(name, "") for found in versions.values()]
                lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
