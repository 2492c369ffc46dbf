"""`python -m dependencies` checks what is needed at run time; `python -m dependencies FILE` writes its list there."""

import sys
from pathlib import Path

from dependencies.bill_of_materials import bill_of_materials
from dependencies.licenses import problems, read_reviewed
from dependencies.locked import read_lock
from dependencies.vulnerabilities import audit

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"


def check() -> int:
    """Say what is known of licenses and vulnerabilities; 1 where something is wrong, 0 where it could not look."""
    packages, audited = read_lock(LOCK), audit(LOCK)
    wrong = problems(packages, read_reviewed())
    told = wrong or [f"Licenses: {len({package.name for package in packages})} packages, none under GPL or AGPL."]
    print(*told, audited, sep="\n")  # noqa: T201  # a tool for the screen
    return int(bool(wrong or audited.vulnerable))


def write(path: Path) -> int:
    """Write the bill of materials."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = bill_of_materials(ROOT / "pyproject.toml", read_lock(LOCK), read_reviewed())
    path.write_text(text, encoding="utf-8", newline="\n")
    print(f"Bill of materials: {path}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(write(Path(sys.argv[1])) if len(sys.argv) > 1 else check())
