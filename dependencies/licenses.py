"""The licenses of what is needed at run time: no GPL or AGPL, and none that nobody looked at."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from dependencies.locked import Locked

REVIEWED = Path(__file__).with_name("licenses.toml")
LONGEST = 80  # longer is the text of a license, not its name
_COPYLEFT = re.compile(r"(?<![A-Z])A?GPL|(?<!Lesser )(?<!Library )General Public License", re.IGNORECASE)
_KNOWN = re.compile(
    r"\b(0?BSD|MIT|Apache|ISC|MPL|Mozilla Public|Zope Public|ZPL|PSF|Zlib|LGPL|Lesser General Public|EUPL)(?![a-z])",
    re.IGNORECASE,
)


def read_reviewed() -> dict[str, str]:
    """Package to license, of those that say nothing that a program can read, as a person found it."""
    table = tomllib.loads(REVIEWED.read_text(encoding="utf-8"))
    return {name: entry["license"] for name, entry in table.items()}


def license_of(package: Locked, reviewed: Mapping[str, str]) -> str:
    """The license as a person found it, or as the package states it; "" where neither says."""
    if package.name in reviewed:
        return reviewed[package.name]
    if (stated := package.metadata) is None:
        return ""
    if expression := stated.get_all("License-Expression"):
        return str(expression[0])
    classified = [
        value.rsplit(" :: ", 1)[1] for value in stated.get_all("Classifier") or [] if value.startswith("License ::")
    ]
    short = "".join(stated.get_all("License") or []).strip()
    is_name = short and "\n" not in short and len(short) <= LONGEST
    return short if is_name else " OR ".join(classified)


def problems(packages: Iterable[Locked], reviewed: Mapping[str, str]) -> list[str]:
    """What is wrong with the licenses, a line per package."""
    found = []
    for package in packages:
        license_ = license_of(package, reviewed)
        if _COPYLEFT.search(license_):
            found.append(f"{package.name} {package.version} is under {license_}, which nothing may be at run time")
        elif not _KNOWN.search(license_):
            told = f"says {license_}, which is not known here" if license_ else "states no license, or is not installed"
            found.append(
                f"{package.name} {package.version} {told}: look, and write it in {REVIEWED.name} with a reason"
            )
    return found
