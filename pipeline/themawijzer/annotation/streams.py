"""The streams of answers; apart from what takes time to load, because the command line offers them too."""

from enum import StrEnum


class StreamName(StrEnum):
    """Why an answer is put before a coder."""

    RANDOM = "random"  # the random sample, on which quality and shares are measured
    ACTIVE = "active"  # what nobody decided yet, what brings most first
    REVIEW = "review"  # what was decided, and may be wrong
    DOUBLE = "double"  # what another coder coded, to see whether two people agree
