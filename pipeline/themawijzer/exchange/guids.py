"""GUIDs that are the same for the same thing whenever it is written, so that what comes back is recognized."""

import uuid

_OURS = uuid.uuid5(uuid.NAMESPACE_DNS, "themawijzer")


def guid(survey: str, kind: str, *parts: str) -> str:
    """The GUID of a thing of a survey, in lower case."""
    return str(uuid.uuid5(_OURS, "\n".join((survey, kind, *parts))))
