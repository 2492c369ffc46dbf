"""What is wrong with a file that should be TOML, for people who edit it in Notepad or a word processor."""

import re
import unicodedata
from collections.abc import Collection
from typing import NamedTuple

CURLY = "“”„‟‘’‚‛"
DOCUMENTS = (b"PK\x03\x04", b"{\\rtf", b"\xd0\xcf\x11\xe0")  # with which .docx, .rtf and .doc begin
# What a number may look like where people do not know how TOML writes it: 0,9 and 90% and 40 000 and .5.
NUMBER = re.compile(r"[+-]?[\d.,_ ]*\d[\d.,_ ]*%?")
KEY = re.compile(r"^[ \t]*(?P<key>[\w-]+|\"[^\"\n]*\")[ \t]*=", re.MULTILINE)
HEADING = re.compile(r"^[ \t]*(?P<opening>\[{1,2})[ \t]*(?P<name>[\w.-]+)[ \t]*\]", re.MULTILINE)
FORM = 'A line is a key, = and a value: title = "…". Keys have letters, digits and _ only; remarks begin with #.'
SAVE = "Save the file as UTF-8: in Notepad with Save as, Encoding."


class Mistake(NamedTuple):
    """What is wrong in which line, counted from 1, and what would be right; nothing in it is a text of the file."""

    problem: str
    line: int | None
    expected: str | None


def find_encoding_mistake(content: bytes, at: int) -> Mistake:
    """Why the content of a file is not UTF-8; `at` is the byte that shows it."""
    if content.startswith(DOCUMENTS):
        return Mistake("this is a document of a word processor", None, "Save it as plain text, in UTF-8.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:4]:
        problem = "the file is saved as UTF-16, which Notepad also calls Unicode"
        return Mistake(problem, None, SAVE)
    problem = "the file is not saved as UTF-8: the first letter that shows it, such as é, is in this line"
    return Mistake(problem, content[:at].count(b"\n") + 1, SAVE)


def find_mistake(text: str, said: str, names: Collection[str]) -> Mistake:
    """What is wrong with a text of which tomllib `said` that it is not TOML.

    `names` are the keys and headings that such a file may have: nothing else of the text is told.
    """
    if text.startswith("{\\rtf") or "\0" in text[:4]:
        return find_encoding_mistake(text.encode(), 0)
    at = _position(text, said)
    for find in (_find_character, _find_repetition, _find_heading, _find_unclosed, _find_value, _find_statement):
        if mistake := find(text, at, said, names):
            return mistake
    return Mistake(f"not valid TOML: {said}", _line(text, at), None)


def _position(text: str, said: str) -> int:
    """Where in the text tomllib stopped; where that is its end, the end of what it holds."""
    place = re.search(r"\(at line (\d+), column (\d+)\)", said)
    if place is None:
        return len(text.rstrip())
    line, column = map(int, place.groups())
    return sum(len(each) + 1 for each in text.split("\n")[: line - 1]) + column - 1


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _around(text: str, at: int) -> str:
    """The line of this position."""
    return text[text.rfind("\n", 0, at) + 1 :].partition("\n")[0]


def _key_before(text: str, at: int, names: Collection[str]) -> tuple[str, int] | None:
    """The last key before this position, as a message names it, and its position."""
    found = list(KEY.finditer(text, 0, at))
    if not found:
        return None
    key = found[-1]["key"]  # in a text of several lines it may be part of an answer
    return (f"`{key}`" if key in names else "this key"), found[-1].start("key")


def _find_character(text: str, at: int, said: str, names: Collection[str]) -> Mistake | None:
    """Characters that word processors and web pages put in."""
    character, line = text[at : at + 1], _around(text, at)
    is_open = "Unclosed" in said or (_is_text_open(said) and line.rstrip(" \t,]")[-1:] in CURLY)
    curly = character if character and character in CURLY else next((own for own in line if own in CURLY), "") * is_open
    if curly:
        what = f"a curly quotation mark ({curly}), which word processors make of a straight one"
        expected = 'Type straight ones, in a program such as Notepad: "…". Between them, curly ones may stay.'
        return Mistake(f"{_of_line(text, at, names)}{what}", _line(text, at), expected)
    if character and character not in " \t\n" and unicodedata.category(character)[0] in "ZC":
        name = unicodedata.name(character, "control character").lower()
        column = at - text.rfind("\n", 0, at)
        problem = f"{_of_line(text, at, names)}an invisible character ({name}) in place {column} of the line"
        return Mistake(problem, _line(text, at), "Delete it, and type a space there if there has to be one.")
    if said.startswith(("Unescaped", "Invalid hex value", "Escaped character")):
        problem = f"{_of_line(text, at, names)}a backslash, which has a meaning of its own in a text"
        return Mistake(problem, _line(text, at), r"Write \\ for a backslash; in the path of a file / does as well.")
    return None


def _of_line(text: str, at: int, names: Collection[str]) -> str:
    """The key of the line of this position, as the beginning of a message."""
    found = KEY.match(_around(text, at))
    return f"`{found['key']}`: " if found and found["key"] in names else ""


def _is_text_open(said: str) -> bool:
    return said.startswith(("Illegal character", "Found invalid character", "Unterminated string", 'Expected "'))


def _find_repetition(text: str, at: int, said: str, names: Collection[str]) -> Mistake | None:
    """A key or a heading that stands twice; also because a heading of which there may be more has one bracket."""
    if not said.startswith(("Cannot ", "Duplicate ")):
        return None
    line, heading = _line(text, at), HEADING.match(_around(text, at))
    if heading is None:
        key, place = _key_before(text, at, names) or ("this key", at)
        return Mistake(f"{key} stands here for the second time", _line(text, place), "Take one of both out.")
    for found in HEADING.finditer(text):
        if found["opening"] == "[" and f"[[{found['name']}]]" in names:
            return wrong_heading(f"[[{found['name']}]]", _line(text, found.start("name")))
    if heading["opening"] == "[[":
        problem = f"what belongs under [[{heading['name']}]] stands above it"
        return Mistake(problem, line, f"Put [[{heading['name']}]] first, and below it what belongs to it.")
    problem = f"the heading [{heading['name']}] stands here for the second time"
    return Mistake(problem, line, "Put all its keys under the first one.")


def wrong_heading(heading: str, line: int | None) -> Mistake:
    """Something else where this heading should be, such as the same with another number of brackets."""
    brackets = "two brackets" if heading.startswith("[[") else "one bracket"
    return Mistake(f"`{heading.strip('[]')}` needs the heading {heading}, with {brackets} on each side", line, None)


def _find_heading(text: str, at: int, said: str, names: Collection[str]) -> Mistake | None:
    if said.startswith("Unclosed") or not _around(text, at).lstrip().startswith("["):
        return None
    problem = "this is no heading: it ends otherwise than it begins, or has a name that is none"
    return Mistake(problem, _line(text, at), f"Headings are {', '.join(name for name in names if name[0] == '[')}.")


def _find_unclosed(text: str, at: int, said: str, names: Collection[str]) -> Mistake | None:
    """A text or a list without its end."""
    if _is_text_open(said):
        opening = _opening(text, at, said)
        key, _ = _key_before(text, opening, names) or ("this line", at)
        expected = 'A text ends in the line in which it begins: "…". One of several lines stands between """ and """.'
        return Mistake(f"{key} lacks the quotation mark at the end of a text", _line(text, opening), expected)
    if not said.startswith("Unclosed array"):
        return None
    key, place = _key_before(text, at, names) or ("this line", at)
    next_line = _around(text, at)  # which was read as a part of the list, where its end is lacking
    is_next = _line(text, place) < _line(text, at) and (KEY.match(next_line) or HEADING.match(next_line))
    expected = 'A list stands in square brackets, with commas between its texts: ["…", "…"].'
    problem = f"the list of {key} lacks its ] or a comma"
    return Mistake(problem, _line(text, place if is_next else at), expected)


def _opening(text: str, at: int, said: str) -> int:
    """A position in the line where the text begins that has no end."""
    if not said.endswith("(at end of document)"):
        return at
    if said.startswith("Expected"):
        return text.rfind("'")
    return text.rfind('"""') if text.count('"""') % 2 else at


def _find_value(text: str, at: int, said: str, names: Collection[str]) -> Mistake | None:
    """A value that is none, or something behind one."""
    found = _key_before(text, at, names)
    is_none = said.startswith(("Invalid value", "Invalid date"))
    if found is None or not (is_none or said.startswith("Expected newline")):
        return None
    (key, place), line = found, _line(text, at)
    value = (text[at:] if is_none else text[place:].partition("=")[2]).partition("\n")[0].partition("#")[0].strip()
    if not value:
        return Mistake(f"{key} has no value behind =", line, 'Write one, such as "…" for a text, or take the key out.')
    if NUMBER.fullmatch(value) and value.count(".") < 2:
        expected = "Write numbers as 0.9 and 40000: no comma, space or %, and no 0 in front of a whole number."
        return Mistake(f"{key} is not a number as it has to be written", line, expected)
    if is_none or value[0] not in "\"'[":
        expected = 'A text stands in straight quotation marks: "…". Yes and no are true and false, in small letters.'
        return Mistake(f"{key} has a value without a quotation mark in front", line, expected)
    expected = "A key stands on a line of its own. Inside a text, quotation marks are written as \\\" or as '."
    return Mistake(f"{key}: something stands behind the end of its value", line, expected)


def _find_statement(text: str, at: int, said: str, names: Collection[str]) -> Mistake | None:
    if not said.startswith(("Expected '='", "Invalid statement", "Invalid initial character")):
        return None
    word = re.match(r"[ \t]*(\w+)", _around(text, at))
    if word and word[1] in names:
        return Mistake(f"`{word[1]}` has no = behind it", _line(text, at), FORM)
    return Mistake("this line does not begin with a key and =", _line(text, at), FORM)
