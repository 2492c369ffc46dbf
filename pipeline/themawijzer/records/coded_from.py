"""What `run.json` says that the last coding was made from: enough for the page, which reads no more of it."""

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from themawijzer.files import hash_of
from themawijzer.survey.survey import Survey


@dataclass(frozen=True)
class CodedFrom:
    """What `survey.toml` said by then, and the hash of the responses."""

    configuration: Survey
    input_sha256: str


def read_coded_from(path: Path) -> CodedFrom | None:
    """What it was made from; None where the file is of another version, or not as `classify` wrote it."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        if facts.pop("sha256") != hash_of(facts):
            return None
        configuration = Survey.model_validate_json(json.dumps(facts["configuration"]))
        return CodedFrom(configuration, str(facts["input"]["sha256"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, ValidationError):
        return None
