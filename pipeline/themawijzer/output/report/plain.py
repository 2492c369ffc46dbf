"""Text and figures in the form in which a page shows them."""

import re
import unicodedata
from math import ceil, floor

MAX_CHARACTERS = 1000
HALF = 1e-9  # added, so that halves go up as people round, whatever the last bit of a number is
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})  # control, direction, and what is no character


def plain(text: str) -> str:
    """The text in one line, without what is invisible or turns its direction, and no longer than can be read."""
    start = text[: 5 * MAX_CHARACTERS]
    seen = "".join(" " if unicodedata.category(character) in INVISIBLE else character for character in start)
    line = re.sub(r"\s+", " ", seen)
    return line if len(line) <= MAX_CHARACTERS else line[: MAX_CHARACTERS - 1] + "…"


def percent(share: float | None) -> str:
    """A share in whole percents; "<1%" where it rounds to 0 and is not 0."""
    if share is None:
        return "–"
    rounded = f"{share * 100 + HALF:.0f}%"
    return "<1%" if rounded == "0%" and share > 0 else rounded


def points(difference: float) -> str:
    """A difference between shares in percentage points, with its sign and a decimal comma."""
    rounded = f"{100 * difference:+.1f}".replace(".", ",").replace("-", "−")
    return rounded if rounded[1:] != "0,0" else "0,0"


def interval(low: float | None, high: float | None) -> str:
    """An interval in whole percents; rounded outward where it would seem to have no width."""
    if low is None or high is None:
        return ""
    first, last = f"{low * 100 + HALF:.0f}", f"{high * 100 + HALF:.0f}"
    if first == last and low < high:
        first, last = str(floor(low * 100)), str(ceil(high * 100))
    return f"{first}–{last}%"


def decimal(value: float | None, digits: int = 2) -> str:
    """A number with a decimal comma."""
    return "–" if value is None else f"{value + HALF:.{digits}f}".replace(".", ",")


def whole(value: int | None) -> str:
    """A whole number with a point between thousands."""
    return "–" if value is None else f"{value:,}".replace(",", ".")


def cell(text: str) -> str:
    """The text in a table of Markdown, in which nothing of it is markup."""
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{character}" if character in "\\`*_{}[]#|~" else character for character in escaped)
