"""What others have before them, so that coders who work at once do not code the same answers."""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LASTS_S = 600  # a coder who went for lunch, or whose page was killed, holds up nobody


@dataclass(frozen=True)
class Claims:
    """One small file per coder, outside of what is kept: the answer that is on the coder's page."""

    folder: Path
    coder: str

    def claim(self, answer: tuple[str, str]) -> None:
        """Tell others that this coder has the answer (respondent id and question), and none of before.

        Where the folder cannot be written in, as one of another user, coding goes on without.
        """
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / self.coder.lower()).write_text(json.dumps(answer), encoding="utf-8")

    def of_others(self) -> list[tuple[str, str]]:
        """The answers that other coders have before them now."""
        others = [path for path in sorted(self.folder.glob("[!.]*")) if path.name != self.coder.lower()]
        return [answer for path in others if (answer := _read(path))]


def _read(path: Path) -> tuple[str, str] | None:
    try:
        is_old = time.time() - path.stat().st_mtime > LASTS_S
        respondent_id, question = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # gone or half-written at this moment: no more than a hint is lost
        return None
    return None if is_old else (str(respondent_id), str(question))
