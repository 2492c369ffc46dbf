"""What tables from any file have in common: named columns, and cells of text that Excel runs no formula from."""

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd

from themawijzer.errors import InputError

# A formula, or one that was guarded before. Signed numbers and a lone "-" do nothing in Excel and stay as typed.
_FORMULA = re.compile(r"'*(?!-\Z|[+-][0-9.,]*[0-9]\Z)[=+\-@\t\r]")
# The same inside a text, where a cell begins for a program that takes another delimiter: `meer zorg;=1+1` is two cells
# of a file with commas in Dutch Excel. Before it stand the delimiter, a quotation mark, which is doubled there and so
# encloses nothing, and the apostrophes of earlier guards. Nothing runs, nor can next cells make it a formula, where a
# line is a list item ("- meer bomen"), a comma stands in a price ("50,- per maand") or a mouth follows (";-)").
_WORDS = r"[+-] [^\W\d_]{2,}(?!\w)[^(|!\[;\t\r\n]*+(?:(?=[;\t\r\n])|(?<=[\w.?)])\Z)"
_PRICE = r"-(?:[.?!](?=[,;\s])|(?=[,;\t\r\n]))"
_PRICE_AT_THE_END = re.compile(r"[^\";\t\r\n]*,'*(-)[.?!]?")  # where no quotation mark closes the cell
_INNER_FORMULA = re.compile(
    rf"""(?:[;\t]|[\r\n](?!"?'*{_WORDS})|,(?!"?'*(?:{_WORDS}|{_PRICE})))"?('*)(?=[=@]|[+-](?!\)))"""
)
_GUARDED_INSIDE = r"""[;,\t\r\n]"?'+[=@+-]"""
_FORMULA_OF_TEXT = re.compile(r'="((?:[^"]|"")*)"')
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")
NUL = "a NUL character"
TYPED_BY_WORD = str.maketrans("\u2018\u2019\u201c\u201d\u2010\u2013", "''\"\"--")  # in place of ' " and -
_NO_ROW_NAMES = "Write the file without them (index=False in pandas, row.names=FALSE in R), or name the column."
EXPORT_AGAIN = "Export the file again, or remove these characters in the program it came from."


def cell_text(value: object) -> str:
    """The text of a cell; "" when it is missing.

    Numbers are as short as they can be with a decimal point ("1", "2.5"), dates and times ISO 8601 (a date alone when
    the time is midnight), durations hours:minutes:seconds, truth values TRUE and FALSE.
    """
    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT:
        return ""
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | np.floating):
        return _number_text(value)
    if isinstance(value, dt.date | dt.time):
        return _moment_text(value)
    if isinstance(value, dt.timedelta):
        return _duration_text(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def text_frame(columns: Mapping[str, Sequence[str]], *, file: Path, first_row: int = 2) -> pd.DataFrame:
    """A DataFrame of text columns in the given order.

    Raises InputError, naming row and the letter of the column, for a character that `flaw` finds.
    """
    for position, cells in enumerate(columns.values(), start=1):
        for row, cell in enumerate(cells, start=first_row):
            if found := flaw(cell):
                raise InputError(found, file=file, row=row, column=letter(position), expected=EXPORT_AGAIN)
    return pd.DataFrame(dict(columns), dtype=str)


def check_texts(cells: "pd.Series[str]", position: int, *, file: Path) -> None:
    """Raise InputError for a NUL character in a column, which counts from 1; Arrow's text has no lone surrogates."""
    found = cells.str.contains("\0", regex=False, na=False)
    if found.any():
        row = int(found.argmax())
        raise InputError(NUL, file=file, row=row + 2, column=letter(position), expected=EXPORT_AGAIN)


def saying(name: str) -> str:
    """Where a user says how a file is to be read, as advice in an error: the option, and the key of `[dialect]`."""
    return f"--{name.replace('_', '-')} with init and import, [dialect] {name} in survey.toml"


def letter(place: int) -> str:
    """What spreadsheets call the column with this number, from 1: 4 is D."""
    rest, last = divmod(place - 1, 26)
    return (letter(rest) if rest else "") + chr(ord("A") + last)


def flaw(text: str) -> str | None:
    """What keeps the text from being written to a file and read again, or None."""
    if "\0" in text:
        return NUL
    try:
        text.encode()  # far cheaper than a search for surrogates
    except UnicodeEncodeError:
        return "half of a character (a lone surrogate)"
    return None


def check_names(names: Sequence[str], *, file: Path) -> None:
    """Raise InputError unless every column has a name of its own; columns are counted from 1."""
    if not names:
        raise InputError("the first row is empty", file=file, row=1, expected="The first row holds the column names.")
    for position, name in enumerate(names, start=1):
        if not name.strip():
            problem = f"column {position} has no name"
            if position == 1 and all(other.strip() for other in names[1:]):
                problem, expected = f"{problem}, and looks like row names", _NO_ROW_NAMES
                raise InputError(problem, file=file, row=1, expected=expected)
            expected = f"Name every column once; where the header has more rows: {saying('header_rows')}."
            raise InputError(problem, file=file, row=1, expected=expected)
        if found := flaw(name):
            problem = f"the name of column {position} has {found}"
            raise InputError(problem, file=file, row=1, expected=EXPORT_AGAIN)
    for name, count in Counter(names).items():
        if count > 1:  # without a header, the name is an answer
            places = ", ".join(str(place) for place, other in enumerate(names, start=1) if other == name)
            problem = f"columns {places} have the same name"
            raise InputError(problem, file=file, row=1, expected="Name every column once.")


def plain_label(label: str) -> str:
    """What two labels or names share that read the same, whatever their Unicode form, capitals, spaces and quotes."""
    if label.isascii():  # which the other forms leave as it is, and far faster
        return " ".join(label.casefold().split())
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).casefold())
    shown = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return " ".join(shown.translate(TYPED_BY_WORD).split())


def alike(name: str, names: Collection[str]) -> list[str]:
    """Those of the names that are meant: the same one, else all that read the same.

    Unicode form, capitals, kinds of spaces, line ends, outer blanks and kinds of quotation marks make no difference.
    """
    if name in names:
        return [name]
    plain = plain_label(name)
    return [other for other in names if plain_label(other) == plain]


def guard(columns: Mapping[str, Sequence[str]]) -> tuple[dict[str, Sequence[str]], int]:
    """Columns of cells, with an apostrophe before what Excel would run as a formula, and how many cells got one.

    That is the beginning of a cell, and what is one for a program that takes another delimiter. Column names are cells
    too. `unguard` undoes it exactly: a formula that already had apostrophes in front gets one more.
    """
    found, count = dict[str, Sequence[str]](), 0
    for name, cells in columns.items():
        guarded = {cell: new for cell in set(cells) if (new := _guarded(cell)) != cell}
        if guarded:
            count += sum(cell in guarded for cell in cells)
            cells = [guarded.get(cell, cell) for cell in cells]
        found[_guarded(name)] = cells
        count += _guarded(name) != name
    return found, count


def unguard(frame: pd.DataFrame) -> pd.DataFrame:
    """The text frame with one apostrophe less in front of guarded formulas.

    Two columns of a frame that did not come from `guard` may get the same name.
    """
    names = [_unguarded(name) for name in frame.columns]
    return _changed(frame, r"\A'", _unguarded).set_axis(names, axis="columns")


def typed_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """The text frame with all its cells `as_typed`."""
    return _changed(frame, r"""\A(?:'|=")""", as_typed)


def as_typed(cell: str) -> str:
    """What was typed in a cell of a text file: not guarded, and 00123 of the formula ="00123" that keeps its zeros."""
    if text := _FORMULA_OF_TEXT.fullmatch(cell):
        return text[1].replace('""', '"')
    return _unguarded(cell)


def _guarded(cell: str) -> str:
    if cell.startswith(FORMULA_STARTS) and _FORMULA.match(cell):
        cell = f"'{cell}"
    if "=" in cell or "-" in cell or "+" in cell or "@" in cell:  # far cheaper than to search each text
        return _inside(cell, lambda found: f"{found[0]}'")
    return cell


def _unguarded(cell: str) -> str:
    if cell.startswith("'") and _FORMULA.match(cell):
        cell = cell[1:]
    return _inside(cell, lambda found: found[0][:-1] if found[1] else found[0])


def _inside(cell: str, change: Callable[[re.Match[str]], str]) -> str:
    """The cell with what stands before formulas inside it changed."""
    price = _PRICE_AT_THE_END.fullmatch(cell)
    place = price.start(1) if price else -1
    return _INNER_FORMULA.sub(lambda found: found[0] if found.end() == place else change(found), cell)


def _changed(frame: pd.DataFrame, starts: str, change: Callable[[str], str]) -> pd.DataFrame:
    """The frame with the cells changed that start so, or have a guard inside; these are few."""
    plain, pattern = frame.copy(deep=False), f"{starts}|{_GUARDED_INSIDE}"
    for place in range(frame.shape[1]):
        cells = frame.iloc[:, place]
        found = cells[cells.str.contains(pattern, regex=True)].unique()
        if changed := {cell: new for cell in found if (new := change(cell)) != cell}:
            typed = [changed.get(cell, cell) for cell in cells]
            plain.isetitem(place, pd.Series(typed, index=cells.index, dtype=str).array)
    return plain


def shielded(text: str) -> str:
    """The text for a workbook, where no text is run: as it is, unless `unguard` would take an apostrophe off it."""
    if text.startswith("'") and _FORMULA.match(text):
        text = f"'{text}"
    return _inside(text, lambda found: f"{found[0]}'" if found[1] else found[0])


def _number_text(value: float | np.floating) -> str:
    if not np.isfinite(value):
        return "" if np.isnan(value) else str(value)
    return np.format_float_positional(value, trim="-")


def _moment_text(value: dt.date | dt.time) -> str:
    if isinstance(value, dt.datetime) and value.tzinfo is None and value.time() == dt.time.min:
        return value.date().isoformat()
    return value.isoformat()


def _duration_text(value: dt.timedelta) -> str:
    """Such as 26:05:30, with a fraction of a second where there is one."""
    sign, value = ("-", -value) if value < dt.timedelta() else ("", value)
    minutes, rest = divmod(value, dt.timedelta(minutes=1))
    fraction = f".{rest.microseconds:06d}".rstrip("0").rstrip(".")
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{rest.seconds:02d}{fraction}"
