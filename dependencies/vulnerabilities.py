"""Known vulnerabilities of what is needed at run time, as pip-audit finds them at the Python Package Index."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError
from urllib.request import urlopen

PROBE = "https://pypi.org/pypi/pip/24.0/json"  # a version, as pip-audit asks it: some registries know names only
PATIENCE_S = 5  # for one answer
PROBE_S = 9  # for the first one, however many addresses there are to try
LONGEST_S = 120  # for all together


@dataclass(frozen=True)
class Audit:
    """Of how many packages the vulnerabilities were looked up, and what was found; `unseen` were not, and why."""

    n_looked_up: int = 0
    vulnerable: tuple[str, ...] = ()
    unseen: tuple[str, ...] = field(default=(), repr=False)
    why: str = ""

    def __str__(self) -> str:
        lines = [f"Vulnerable: {one}" for one in self.vulnerable]
        if self.n_looked_up:
            found = f"{len(self.vulnerable)} known" if self.vulnerable else "none known"
            lines.append(f"Vulnerabilities: {self.n_looked_up} packages looked up, {found}.")
        if self.why:
            lines.append(
                f"Vulnerabilities NOT CHECKED: {self.why}. This says nothing about them; look again elsewhere."
            )
        return "\n".join(lines)


def audit(lock: Path) -> Audit:
    """What is known of the packages of a lock file that are for this system."""
    if why := why_silent():
        return Audit(why=f"the Python Package Index does not answer ({why})")
    service = ["--vulnerability-service", "pypi", "--timeout", str(PATIENCE_S)]
    command = [sys.executable, "-m", "pip_audit", "-r", str(lock), "--disable-pip", *service, "--format", "json"]
    try:
        done = subprocess.run(  # noqa: S603
            [*command, "--progress-spinner", "off"], capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Audit(why=f"the service did not answer within {LONGEST_S} seconds")
    return read_answer(done.stdout)


def why_silent(url: str = PROBE) -> str:
    """Why the service does not answer, or "". In a thread, because looking up a name can't be interrupted."""
    told: list[str] = []

    def ask() -> None:
        try:
            with urlopen(url, timeout=PATIENCE_S):  # noqa: S310  # a fixed address
                told.append("")
        except (OSError, HTTPException) as error:
            told.append(str(error if isinstance(error, HTTPError) else getattr(error, "reason", error)))

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PROBE_S)
    return told[0] if told else f"not within {PROBE_S} seconds"


def read_answer(text: str) -> Audit:
    """What pip-audit wrote as JSON; anything else means that it could not look."""
    try:
        packages = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Audit(why="the service cannot be reached")
    seen = [package for package in packages if "skip_reason" not in package]
    unseen = tuple(package["name"] for package in packages if "skip_reason" in package)
    vulnerable = tuple(_told(package, found) for package in seen for found in package["vulns"])
    why = ""
    if unseen or not seen:
        why = (
            f"{len(unseen)} of {len(packages)} packages, of which the service says nothing ({', '.join(unseen[:3])} …)"
        )
    return Audit(len(seen), vulnerable, unseen, why)


def _told(package: dict[str, str], found: dict[str, list[str]]) -> str:
    mended = ", ".join(found["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {found['id']}, mended in {mended}"
