"""GUIDs that are the same for the same thing whenever it is written, so that what comes back is recognized."""

import uuid
from collections.abc import Sequence

_OURS = uuid.uuid5(uuid.NAMESPACE_DNS, "themawijzer")


def source_guid(survey: str, question: str, respondent_id: str, lines: Sequence[str]) -> str:
    """The GUID of the answer of a respondent to a question."""
    return guid(survey, "source", question, respondent_id, *lines)


def guid(survey: str, kind: str, *parts: str) -> str:
    """The GUID of a thing of a survey, in lower case."""
    return str(uuid.uuid5(_OURS, "\n".join((survey, kind, *parts))))
