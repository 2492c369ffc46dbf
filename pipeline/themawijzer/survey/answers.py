"""An answer and its respondent, known again after a spreadsheet saved them."""


def bare(respondent_id: str) -> str:
    """The id without outer blanks and leading zeros, which spreadsheets take off what looks like a number."""
    return respondent_id.strip().lstrip("0")


def lines_of(text: str) -> tuple[str, ...]:
    """The answer whatever ends its lines: Excel, and CSV files on their way through it, change that."""
    return tuple(text.splitlines())


def reads_as(text: str, other: str) -> bool:
    """Whether the same was typed, but for what ends the lines."""
    return text == other or lines_of(text) == lines_of(other)
