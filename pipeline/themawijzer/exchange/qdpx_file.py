"""Annotations as a REFI-QDA project (.qdpx), for programs for qualitative analysis.

Source: REFI-QDA, Exchange of processed data between qualitative data analysis software packages, version 1.5 (2019).
"""

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from themawijzer.exchange.coded_texts import RESPONDENT, moment
from themawijzer.exchange.guids import guid, source_guid
from themawijzer.exchange.refi_qda import NAMESPACE, ORIGIN, OURS, QUESTION
from themawijzer.files import file_beside
from themawijzer.survey.annotations import Annotation, AnsweredUnit, lines_of
from themawijzer.survey.codebook import NONE_APPLIES, TO_BE_FILLED_IN, Code, Codeframe

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # characters that XML 1.0 cannot hold
_MOMENT = (1980, 1, 1, 0, 0, 0)  # of every file in the archive: the same bytes whenever it is written
_FILE_MODE = 0o644 << 16
Answer = tuple[str, str, tuple[str, ...]]  # question, respondent id and lines


@dataclass(frozen=True)
class QdpxContent:
    """What goes in the project: the last annotation of every coder and unit, and the codeframes with its codes."""

    survey: str
    title: str
    codeframes: Sequence[Codeframe]
    annotations: Mapping[str, Sequence[Annotation]]
    none_applies: str  # what `geen` means, for those who read the codebook


def last_of(annotations: Iterable[Annotation], codeframes: Iterable[str]) -> list[Annotation]:
    """The annotations in these codeframes that no later one of the same coder replaced, in order of file."""
    wanted, last = set(codeframes), dict[AnsweredUnit, Annotation]()
    for annotation in annotations:
        if annotation.codeframe in wanted:
            last[annotation.answered] = annotation
    return list(last.values())


def write_qdpx(path: Path, content: QdpxContent) -> int:
    """Write the project, the same bytes for the same content; returns how many answers are in it.

    Every answer is a source, called after its respondent, who is a case. A coder is a user, and what they decided in
    one codeframe a selection of the whole answer with a coding per code, or with `geen` where none applies.
    """
    texts = {_answer(own): own.text for rows in content.annotations.values() for own in rows}
    project = _project(content, sorted(texts))
    with file_beside(path) as beside, zipfile.ZipFile(beside, "w") as archive:
        _add(archive, "project.qde", ET.tostring(project, encoding="utf-8", xml_declaration=True))
        for answer in sorted(texts):
            _add(archive, f"sources/{source_guid(content.survey, *answer)}.txt", _plain(texts[answer]).encode())
    return len(texts)


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _MOMENT)
    info.create_system, info.external_attr, info.compress_type = 3, _FILE_MODE, zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def _answer(annotation: Annotation) -> Answer:
    return annotation.question, annotation.respondent_id, lines_of(annotation.text)


def _plain(text: str) -> str:
    """The text with line ends of one character, so that all programs count its characters alike."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _add_to(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    """An element with those of its attributes that say something, without characters that XML cannot hold."""
    said = {name: _NO_XML.sub("", value) for name, value in attributes.items() if value}
    element = ET.SubElement(parent, tag, said)
    element.text = _NO_XML.sub("", text) or None
    return element


def _project(content: QdpxContent, answers: Sequence[Answer]) -> ET.Element:
    moments = sorted(filter(None, (moment(own.annotated_at) for rows in content.annotations.values() for own in rows)))
    project = ET.Element("Project", xmlns=NAMESPACE, name=_NO_XML.sub("", content.title), origin=ORIGIN)
    if moments:
        project.set("creationDateTime", moments[0])
        project.set("modifiedDateTime", moments[-1])
    users = _add_to(project, "Users")
    for coder in content.annotations:
        _add_to(users, "User", guid=guid(content.survey, "user", coder), name=coder)
    codes = _add_to(_add_to(project, "CodeBook"), "Codes")
    for codeframe in content.codeframes:
        _add_codeframe(codes, content, codeframe)
    variables = _add_to(project, "Variables")
    for name in (RESPONDENT, QUESTION):
        _add_to(variables, "Variable", guid=guid(content.survey, "variable", name), name=name, typeOfVariable="Text")
    _add_cases(_add_to(project, "Cases"), content, answers)
    _add_sources(_add_to(project, "Sources"), content, answers)
    return project


def _add_codeframe(codes: ET.Element, content: QdpxContent, codeframe: Codeframe) -> None:
    """A folder with the codes of the codeframe, each below its parent, and `geen`."""
    own = guid(content.survey, "codeframe", codeframe.id)
    folder = _add_to(codes, "Code", guid=own, name=codeframe.label, isCodable="false")
    waiting: list[tuple[ET.Element, Code]] = [(folder, code) for code in reversed(codeframe.codes) if not code.parent]
    while waiting:
        above, code = waiting.pop()
        definition = "" if code.definition == TO_BE_FILLED_IN else code.definition
        element = _add_code(above, content, codeframe.id, (code.id, code.label, definition))
        waiting += [(element, below) for below in reversed(codeframe.codes) if below.parent == code.id]
    _add_code(folder, content, codeframe.id, (NONE_APPLIES, NONE_APPLIES, content.none_applies))


def _add_code(above: ET.Element, content: QdpxContent, codeframe_id: str, code: tuple[str, str, str]) -> ET.Element:
    code_id, label, definition = code
    element = _add_to(
        above, "Code", guid=guid(content.survey, "code", codeframe_id, code_id), name=label, isCodable="true"
    )
    if definition:
        _add_to(element, "Description", definition)
    return element


def _add_cases(cases: ET.Element, content: QdpxContent, answers: Iterable[Answer]) -> None:
    """A case per respondent, with all sources that are theirs."""
    by_respondent: dict[str, list[Answer]] = {}
    for answer in answers:
        by_respondent.setdefault(answer[1], []).append(answer)
    for respondent_id, own in by_respondent.items():
        case = _add_to(cases, "Case", guid=guid(content.survey, "case", respondent_id), name=respondent_id)
        for answer in own:
            _add_to(case, "SourceRef", targetGUID=source_guid(content.survey, *answer))


def _add_sources(sources: ET.Element, content: QdpxContent, answers: Iterable[Answer]) -> None:
    coded: dict[Answer, list[tuple[str, Annotation]]] = {}
    for coder, rows in content.annotations.items():
        for annotation in rows:
            coded.setdefault(_answer(annotation), []).append((coder, annotation))
    n_questions = len({question for question, _, _ in coded})
    for answer in answers:
        question, respondent_id, _ = answer
        name, own = (
            f"{respondent_id} {question}" if n_questions > 1 else respondent_id,
            source_guid(content.survey, *answer),
        )
        source = _add_to(sources, "TextSource", guid=own, name=name, plainTextPath=f"internal://{own}.txt")
        for coder, annotation in coded[answer]:
            _add_selection(source, content, coder, annotation)
        for variable, value in ((RESPONDENT, respondent_id), (QUESTION, question)):
            holder = _add_to(source, "VariableValue")
            _add_to(holder, "VariableRef", targetGUID=guid(content.survey, "variable", variable))
            _add_to(holder, "TextValue", value)


def _add_selection(source: ET.Element, content: QdpxContent, coder: str, annotation: Annotation) -> None:
    """What one coder decided about an answer in one codeframe."""
    survey, codeframe_id, question, respondent_id, lines = content.survey, annotation.codeframe, *_answer(annotation)
    by = {"creatingUser": guid(survey, "user", coder), "creationDateTime": moment(annotation.annotated_at)}
    places = {"startPosition": "0", "endPosition": str(len(_plain(annotation.text)))}
    about = (coder, codeframe_id, question, respondent_id, *lines)
    selection = _add_to(
        source,
        "PlainTextSelection",
        guid=guid(survey, "selection", *about),
        name=OURS + annotation.stream,
        **places,
        **by,
    )
    if annotation.note:
        _add_to(selection, "Description", annotation.note)
    for code in sorted(annotation.codes) or [NONE_APPLIES]:
        coding = _add_to(selection, "Coding", guid=guid(survey, "coding", code, *about), **by)
        _add_to(coding, "CodeRef", targetGUID=guid(survey, "code", codeframe_id, code))
