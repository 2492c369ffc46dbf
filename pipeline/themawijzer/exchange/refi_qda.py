"""REFI-QDA projects (.qdpx) of MAXQDA, ATLAS.ti, NVivo, QualCoder and others: codes, texts, and who coded what.

Source: REFI-QDA, Exchange of processed data between qualitative data analysis software packages, version 1.5 (2019).
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import NoReturn
from xml.etree import ElementTree as ET

from themawijzer.errors import InputError
from themawijzer.exchange.coded_texts import (
    CodedProject,
    CodedText,
    Keys,
    Mark,
    OutsideCode,
    found_ids,
    moment,
    require_id_name,
)
from themawijzer.exchange.members import Members, read_archive

NAMESPACE = "urn:QDA-XML:project:1.0"
ORIGIN = "Themawijzer"  # what we call ourselves in a project
QUESTION = "question"  # the variable of our sources beside that of the respondent
OURS = "themawijzer:"  # before the stream, in the name of a selection that we wrote
_INTERNAL = "internal://"
_USERS = ("creatingUser", "modifyingUser")
_NO_TEXT = ("PictureSelection", "AudioSelection", "VideoSelection", "TranscriptSelection", "PDFSelection")
_BY_NAME = 3  # a selection that is called as its text begins says more than one that ends between words


def read_refi_qda(path: Path, keys: Keys) -> CodedProject:
    """Every text source with its codings; raises InputError for what is no project, or lies outside the file."""
    with read_archive(path) as archive:
        project = _parse(path, archive)
        require_id_name((own.get("name") or "" for own in project.iterfind("Variables/Variable")), keys, path)
        reader = _Reader(path, archive, project, keys)
        sources = [*enumerate(_text_sources(project), start=1)]
        texts = [reader.text(number, source) for number, source in sources if not reader.leaves_out(source)]
    reader.not_taken["codings of pictures, sound, film or parts of a page"] += sum(
        len(_all(selection, "Coding")) for kind in _NO_TEXT for selection in project.iter(kind)
    )
    if not texts:
        expected = "Answers are text sources. Export the project with its documents."
        raise InputError("this project holds no texts", file=path, expected=expected)
    return CodedProject(path=path, codes=reader.codes, texts=texts, not_taken=reader.not_taken)


def written_by(path: Path) -> str:
    """The program that wrote a project last; "" where it does not say. Raises InputError for what is no project."""
    with read_archive(path) as archive:
        return _parse(path, archive).get("origin") or ""


class _NoDoctype(ET.TreeBuilder):
    """Builds elements without their namespaces, and refuses declarations by which a small file becomes a large one."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def start(self, tag: str, attrs: dict[str, str]) -> ET.Element:
        return super().start(tag.rpartition("}")[2], attrs)

    def end(self, tag: str) -> ET.Element:
        return super().end(tag.rpartition("}")[2])

    def doctype(self, *_: str) -> NoReturn:
        expected = "Export it again; no program for qualitative analysis writes one."
        raise InputError("this project has a document type declaration", file=self._path, expected=expected)


def _parse(path: Path, archive: Members) -> ET.Element:
    found = [name for name in archive.names if name.lower().endswith(".qde")]
    if len(found) != 1:
        expected = "A REFI-QDA project holds one project.qde. Choose REFI-QDA project where you export."
        raise InputError(f"this holds {len(found)} files of a REFI-QDA project", file=path, expected=expected)
    place = path / found[0]
    parser = ET.XMLParser(target=_NoDoctype(place))  # noqa: S314  # without declarations nothing can grow or lead outside
    try:
        parser.feed(archive.read(found[0]))
        project: ET.Element = parser.close()
    except (ET.ParseError, ValueError, LookupError) as error:
        line = error.position[0] if isinstance(error, ET.ParseError) else None
        raise InputError("this is no XML", file=place, line=line, expected="Export the project again.") from None
    if project.tag != "Project":
        expected = "Export a project, not only a codebook."
        raise InputError("this is no REFI-QDA project", file=place, expected=expected)
    return project


def _text_sources(project: ET.Element) -> Iterator[ET.Element]:
    """The text sources, and the text of PDF documents, of which text is coded likewise."""
    for sources in _all(project, "Sources"):
        for source in sources:
            if source.tag == "TextSource":
                yield source
            elif source.tag == "PDFSource":
                yield from _all(source, "Representation")


def _all(element: ET.Element, tag: str) -> list[ET.Element]:
    return element.findall(tag)


def _guid(text: str | None) -> str:
    """A GUID as all are compared: programs differ in capitals and braces."""
    return (text or "").strip().strip("{}").lower()


def _target(element: ET.Element, tag: str) -> list[str]:
    return [_guid(found.get("targetGUID")) for found in _all(element, tag)]


@dataclass
class _Case:
    """A respondent as the project has them."""

    name: str
    ids: tuple[str, ...]


@dataclass
class _Places:
    """What cases are about: whole sources, and selections in them."""

    by_source: dict[str, list[_Case]] = field(default_factory=dict)
    by_selection: dict[str, list[_Case]] = field(default_factory=dict)
    by_guid: dict[str, _Case] = field(default_factory=dict)


class _Reader:
    """What a text source refers to: users, codes, cases and files in the archive."""

    def __init__(self, path: Path, archive: Members, project: ET.Element, keys: Keys) -> None:
        self._path, self._archive, self._keys = path, archive, keys
        self._files = {PurePosixPath(name).name.lower(): name for name in archive.names}
        self._users = _users(project.iterfind("Users/User"))
        variables = project.iterfind("Variables/Variable")
        self._variables = {_guid(own.get("guid")): own.get("name") or "" for own in variables}
        self.codes = _codes(path, project)
        self._cases = self._find_cases(project)
        self.not_taken = Counter[str]()

    def leaves_out(self, source: ET.Element) -> bool:
        """Whether a source has neither its text in the project nor codings; those are counted."""
        is_inside = source.find("PlainTextContent") is not None or (source.get("plainTextPath") or "").startswith(
            _INTERNAL
        )
        is_left = not is_inside and next(source.iter("Coding"), None) is None
        self.not_taken["sources without codings whose text is not in the project"] += is_left
        return is_left

    def text(self, number: int, source: ET.Element) -> CodedText:
        """One source with its marks; places are counted in Unicode code points of its text."""
        name = (source.get("name") or "").strip()
        text = self._content(number, source)
        selections = _all(source, "PlainTextSelection")
        spans = _spans(text, selections)
        variables = self._values(source)
        own = self._cases.by_source.get(_guid(source.get("guid")), [])
        cases = [*own, *self._cases_of_codings(_all(source, "Coding"))]
        marks, parts = self._marks(source, None), []
        for selection, span in zip(selections, spans, strict=True):
            if span is None:
                self.not_taken["codings outside their text"] += len(_all(selection, "Coding"))
                continue
            marks += self._marks(selection, span)
            inside = [
                *self._cases.by_selection.get(_guid(selection.get("guid")), []),
                *self._cases_of_codings(_all(selection, "Coding")),
            ]
            parts += [(span, found) for case in inside for found in (*case.ids, case.name)]
        ids = [*found_ids(variables, self._keys), *(found for case in cases for found in (*case.ids, case.name)), name]
        return CodedText(
            place=f"source {number}",
            guid=_guid(source.get("guid")),
            text=text,
            ids=tuple(dict.fromkeys(filter(None, (*ids, PurePosixPath(name).stem)))),
            marks=marks,
            question=variables.get(QUESTION, ""),
            named_parts=parts,
        )

    def _content(self, number: int, source: ET.Element) -> str:
        content, path = source.find("PlainTextContent"), source.get("plainTextPath") or ""
        place = f"{self._path}, source {number}"
        if content is not None:
            return content.text or ""
        if not path.startswith(_INTERNAL):
            expected = "Export the project with its documents inside, not beside it."
            raise InputError("the text of this source is not in the project", file=place, expected=expected)
        member = self._files.get(PurePosixPath(path.removeprefix(_INTERNAL)).name.lower())
        if member is None:
            raise InputError("the text of this source is missing", file=place, expected="Export the project again.")
        try:
            return self._archive.read(member).decode("utf-8-sig")
        except UnicodeDecodeError:
            expected = "REFI-QDA prescribes UTF-8. Export the project again."
            raise InputError("the text of this source is not UTF-8", file=place, expected=expected) from None

    def _marks(self, holder: ET.Element, span: tuple[int, int] | None) -> list[Mark]:
        """What was coded of a selection, or of a whole source."""
        note, name = (holder.findtext("Description") or "").strip() if span else "", holder.get("name") or ""
        found = []
        for coding in _all(holder, "Coding"):
            for code in _target(coding, "CodeRef"):
                if code in self._cases.by_guid:  # NVivo codes the text of a case by the case
                    continue
                if code not in self.codes:
                    self.not_taken["codings with a code that the codebook of the project lacks"] += 1
                    continue
                users = (coding.get("creatingUser"), *(holder.get(name) for name in _USERS if span))
                found.append(
                    Mark(
                        coder=self._user(next(filter(None, users), "")),
                        code=code,
                        at=moment(coding.get("creationDateTime") or (span and holder.get("creationDateTime"))),
                        span=span,
                        note=note,
                        stream=name.removeprefix(OURS) if name.startswith(OURS) else "",
                    )
                )
        return found

    def _user(self, guid: str) -> str:
        """The name of a user; the only one where a coding names nobody."""
        if guid:
            return self._users.get(_guid(guid)) or _guid(guid)
        return next(iter(self._users.values())) if len(self._users) == 1 else ""

    def _values(self, holder: ET.Element) -> dict[str, str]:
        """The variables of a source or a case, by name."""
        return {
            self._variables.get(guid, ""): (value.text or "").strip()
            for own in _all(holder, "VariableValue")
            for guid in _target(own, "VariableRef")
            for value in own
            if value.tag != "VariableRef"
        }

    def _find_cases(self, project: ET.Element) -> _Places:
        places = _Places()
        for element in project.iterfind("Cases/Case"):
            case = _Case((element.get("name") or "").strip(), found_ids(self._values(element), self._keys))
            places.by_guid[_guid(element.get("guid"))] = case
            for guid in _target(element, "SourceRef"):
                places.by_source.setdefault(guid, []).append(case)
            for guid in _target(element, "SelectionRef"):
                places.by_selection.setdefault(guid, []).append(case)
        return places

    def _cases_of_codings(self, codings: Iterable[ET.Element]) -> list[_Case]:
        by_guid = self._cases.by_guid
        return [by_guid[guid] for coding in codings for guid in _target(coding, "CodeRef") if guid in by_guid]


def _users(elements: Iterable[ET.Element]) -> dict[str, str]:
    """The name of every user; of several with one name, those after the first get a number."""
    users: dict[str, str] = {}
    taken = Counter[str]()
    for element in elements:
        name = (element.get("name") or element.get("id") or "").strip()
        taken[name.casefold()] += 1
        n_same = taken[name.casefold()]
        users[_guid(element.get("guid"))] = f"{name} {n_same}" if n_same > 1 else name
    return users


def _codes(path: Path, project: ET.Element) -> dict[str, OutsideCode]:
    """The codes by GUID, in the order of the file."""
    codes: dict[str, OutsideCode] = {}
    waiting: list[tuple[ET.Element, str | None]] = []
    waiting += [(element, None) for element in reversed(project.findall("CodeBook/Codes/Code"))]
    while waiting:
        element, parent = waiting.pop()
        guid, definition = _guid(element.get("guid")), " ".join((element.findtext("Description") or "").split())
        if guid in codes:
            raise InputError("two codes have the same GUID", file=path, expected="Export the project again.")
        is_folder = (element.get("isCodable") or "true").lower() in ("false", "0")
        codes[guid] = OutsideCode((element.get("name") or "").strip(), definition, parent, is_folder)
        waiting += [(below, guid) for below in reversed(_all(element, "Code"))]
    return codes


def _spans(text: str, selections: list[ET.Element]) -> list[tuple[int, int] | None]:
    """Where every selection is in the text, None for one outside it.

    The standard counts Unicode code points. Some programs count UTF-16 units, and some the two characters of a line end
    in Windows as one: where that makes a difference, most selections begin and end between words in only one way.
    """
    given = [(_place(selection.get("startPosition")), _place(selection.get("endPosition"))) for selection in selections]
    names = [selection.get("name") or "" for selection in selections]
    ways = [[_located(places, ends) for ends in given] for places in _ways_to_count(text)]
    return max(ways, key=lambda spans: _plausibility(text, spans, names))  # of equals the first, the standard's


def _place(value: str | None) -> int:
    return int(value) if value and re.fullmatch(r"\s*\d{1,12}\s*", value) else -1


def _ways_to_count(text: str) -> Iterator[list[int]]:
    """Per way of counting, the number of every character, and that of the end of the text."""
    yield list(range(len(text) + 1))
    has_wide, has_pairs = any(ord(character) > 0xFFFF for character in text), "\r\n" in text
    for counts_wide, joins_pairs in ((has_wide, False), (False, has_pairs), (has_wide, has_pairs)):
        if counts_wide or joins_pairs:
            widths = (
                0 if joins_pairs and text[at : at + 2] == "\r\n" else 1 + (counts_wide and ord(text[at]) > 0xFFFF)
                for at in range(len(text))
            )
            yield [*accumulate(widths, initial=0)]


def _located(numbers: list[int], ends: tuple[int, int]) -> tuple[int, int] | None:
    start, end = ends
    if start < 0 or not start <= end <= numbers[-1] or not numbers[-1]:
        return None
    return bisect_right(numbers, start) - 1, bisect_right(numbers, end) - 1


def _plausibility(text: str, spans: Iterable[tuple[int, int] | None], names: Iterable[str]) -> int:
    """How many ends of selections are between words, and how many selections are called as their text begins."""
    points = 0
    for span, name in zip(spans, names, strict=True):
        if span is not None:
            points += sum(not text[max(at - 1, 0) : at + 1].isalnum() or at in (0, len(text)) for at in span)
            shown = name.rstrip(".…").split()
            points += _BY_NAME * bool(shown and " ".join(text[slice(*span)].split()).startswith(" ".join(shown)))
    return points
