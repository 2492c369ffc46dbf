"""Text that cannot steer the terminal on which it is printed."""

import re
from dataclasses import dataclass
from typing import Any, TextIO

# Characters that make a terminal do something, end a line, or turn the direction of what follows.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """The text with a question mark in a diamond in place of every character that steers a terminal."""
    return _STEERING.sub("\ufffd", text)


@dataclass(frozen=True)
class HarmlessStream:
    """A stream of text that nothing written to it can steer; what a file is called may come from a stranger."""

    stream: TextIO

    def write(self, text: str) -> int:
        """Write the text, made harmless."""
        return self.stream.write(harmless(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)
