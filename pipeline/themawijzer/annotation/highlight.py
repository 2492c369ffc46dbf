"""Where the words stand in an answer that made the model suggest a code."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from themawijzer.annotation.proposals import Suggestion


class Part(NamedTuple):
    """A piece of an answer, and the codes that it is evidence for."""

    text: str
    codes: tuple[str, ...]


def parts(text: str, suggestions: Iterable[Suggestion]) -> list[Part]:
    """The whole text in pieces; a word is evidence wherever it stands as a word of its own."""
    codes: dict[str, list[str]] = {}
    for suggestion in suggestions:
        for word in suggestion.evidence:
            codes.setdefault(word.lower(), []).append(suggestion.code)
    if not codes:
        return [Part(text, ())]
    words = "|".join(re.escape(word) for word in sorted(codes, key=len, reverse=True))
    pieces = re.split(rf"(?<!\w)({words})(?!\w)", text, flags=re.IGNORECASE)
    found = (Part(piece, tuple(codes.get(piece.lower(), ())) if odd % 2 else ()) for odd, piece in enumerate(pieces))
    return [part for part in found if part.text]
