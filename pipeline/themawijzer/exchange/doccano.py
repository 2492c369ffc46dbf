"""doccano's exports: JSON, JSONL, and the archive with a file per user."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from themawijzer.errors import InputError
from themawijzer.exchange.coded_texts import (
    CodedProject,
    CodedText,
    Keys,
    Mark,
    OutsideCode,
    as_id,
    as_text,
    find_text_key,
    found_ids,
    moment,
    require_id_name,
)
from themawijzer.exchange.json_records import Record

_LABELS = ("label", "labels", "cats", "category", "categories")
_CODERS = ("annotator", "annotated_by")
_USUAL = ("text", "data")
EVERYBODY = "all"  # what doccano calls the file of a project in which all share one annotation


def read_doccano(path: Path, files: Mapping[str, list[tuple[str, Record]]], keys: Keys) -> CodedProject:
    """The texts with the labels of every coder; `files` holds the objects by user, "" for one who is not named.

    Raises InputError where labels are spans or numbers, and where a coder labeled one text twice.
    """
    found = [(user, place, record | _meta(record)) for user, records in files.items() for place, record in records]
    everything = [record for _, _, record in found]
    labels_key = _labels_key(path, everything, keys)
    others = [{name: value for name, value in record.items() if name != labels_key} for record in everything]
    require_id_name((name for record in others for name in record), keys, path)
    text_key = find_text_key(others, keys, _USUAL, path)
    coders = (keys.coder,) if keys.coder else _CODERS
    if keys.coder and not any(keys.coder in record for record in everything):
        expected = f"The names in this file are {', '.join(dict.fromkeys(name for own in others for name in own))}."
        raise InputError("nothing is called so", file=path, column=keys.coder, expected=expected)
    texts: dict[tuple[str, str | None], CodedText] = {}
    codes: dict[str, OutsideCode] = {}
    for user, place, record in found:
        where = f"{user}, {place}" if user else place
        coder = next((as_id(record[name]) for name in coders if record.get(name)), user)
        labels = _labels(record.get(labels_key), f"{path}, {where}", labels_key)
        codes |= {label: OutsideCode(label) for label in labels}
        text, at, note = as_text(record.get(text_key or "")), moment(record.get("updated_at")), _note(record)
        own = CodedText(
            place=where, text=text, ids=found_ids(record, keys), is_certain=keys.id is not None or text_key is None
        )
        same = texts.setdefault((as_id(record.get("id")) or where, text), own)
        if any(mark.coder == coder for mark in same.marks):
            problem = f"this text is also at {same.place}, labeled by the same coder"
            raise InputError(problem, file=f"{path}, {where}", expected="Leave one of them out.")
        same.marks.extend(Mark(coder=coder, code=code, at=at, note=note) for code in (None, *labels))
    return CodedProject(path=path, codes=codes, texts=list(texts.values()), not_taken=Counter())


def _meta(record: Record) -> Record:
    """What older versions keep apart of what came in with a text."""
    own = [value for name in ("meta", "metadata") if isinstance(value := record.get(name), dict)]
    return {name: value for part in own for name, value in part.items() if name not in record}


def _note(record: Record) -> str:
    comments = record.get("Comments")
    return " / ".join(filter(None, map(as_id, comments))) if isinstance(comments, list) else ""


def _labels_key(path: Path, records: list[Record], keys: Keys) -> str:
    names = dict.fromkeys(name for record in records for name in record)
    wanted = (keys.labels,) if keys.labels else _LABELS
    if found := next((name for name in wanted if name in names), None):
        return found
    if "entities" in names:
        raise _spans(str(path), "entities")
    if "annotations" in names:
        expected = "Export it from doccano as JSONL, with the texts of labels."
        raise InputError("labels are numbers here, not names", file=path, column="annotations", expected=expected)
    expected = f"Give one with --labels-column: {', '.join(names)}."
    raise InputError("it is not clear where the labels are", file=path, column=keys.labels, expected=expected)


def _labels(value: object, place: str, column: str) -> list[str]:
    parts = value if isinstance(value, list) else [] if value is None else [value]
    if any(isinstance(part, list | dict) for part in parts):
        raise _spans(place, column)
    texts = [part.strip() for part in parts if isinstance(part, str)]
    if len(texts) < len(parts):
        expected = "Export it again with the texts of labels."
        raise InputError("a label is no text", file=place, column=column, expected=expected)
    return list(dict.fromkeys(filter(None, texts)))


def _spans(place: str, column: str) -> InputError:
    problem = "people marked spans here, and gave whole texts no label"
    expected = "Whole answers are coded here: label them in a project for text classification."
    return InputError(problem, file=place, column=column, expected=expected)
