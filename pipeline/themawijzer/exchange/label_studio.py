"""Label Studio's exports JSON and JSON-MIN: who chose what at every task."""

from collections import Counter
from collections.abc import Iterable, Mapping
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

_OF_ANNOTATION = {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"}
_CANCELED = "annotations that their coder skipped or canceled"
_PREDICTED = "predictions of a model"
_OLDER = "annotations that the same coder replaced by a later one"
_CHOSEN = ("choices", "taxonomy")
Choice = tuple[str, ...]  # the names from the control to what was chosen, as a taxonomy nests them


def is_label_studio(record: Record) -> bool:
    """Whether Label Studio wrote this object, in full or as JSON-MIN."""
    return _is_full(record) or "annotation_id" in record


def read_label_studio(path: Path, records: list[tuple[str, Record]], keys: Keys) -> CodedProject:
    """The tasks with the choices of every coder; the controls are folders of codes.

    Raises InputError where people marked spans instead of choosing, and where it is not clear what they chose in.
    """
    not_taken = Counter[str]()
    if _is_full(records[0][1]):
        tasks = [_task(path, place, record, not_taken) for place, record in records]
    else:
        tasks = _tasks_of_rows(path, records, keys)
    require_id_name((name for _, data, _ in tasks for name in data), keys, path)
    text_key = find_text_key((data for _, data, _ in tasks), keys, ("text",), path)
    chosen = [annotation.chosen for _, _, annotations in tasks for annotation in annotations]
    _require_choices(path, chosen, not_taken)
    texts = [
        CodedText(
            place=place,
            text=as_text(data.get(text_key)) if text_key else None,
            ids=found_ids(data, keys),
            is_certain=keys.id is not None or text_key is None,
            marks=[mark for annotation in _last_ones(annotations, not_taken) for mark in annotation.marks(keys.labels)],
        )
        for place, data, annotations in tasks
    ]
    used = {mark.code for text in texts for mark in text.marks if mark.code}
    codes = _codes(own for annotation in chosen for own in annotation if _key(own) in used)
    return CodedProject(path=path, codes=codes, texts=texts, not_taken=not_taken, are_apart=True)


class _Annotation:
    """What one coder chose at one task."""

    def __init__(self, coder: str, at: str, chosen: list[Choice]) -> None:
        self.coder, self.at, self.chosen = coder, at, chosen

    def marks(self, control: str | None) -> list[Mark]:
        own = dict.fromkeys(_key(choice) for choice in self.chosen if control in (None, choice[0]))
        return [Mark(coder=self.coder, code=code, at=self.at) for code in (None, *own)]


Task = tuple[str, Mapping[str, object], list[_Annotation]]


def _is_full(record: Record) -> bool:
    return isinstance(record.get("data"), dict) and ("annotations" in record or "completions" in record)


def _task(path: Path, place: str, record: Record, not_taken: Counter[str]) -> Task:
    place = f"task {number}" if (number := as_id(record.get("id"))) else place
    data, given = record.get("data"), record.get("annotations", record.get("completions"))
    if not isinstance(data, dict) or not isinstance(given, list):
        expected = "Every task has its data, and a list of annotations. Export it again as JSON."
        raise InputError("this is no task of Label Studio", file=f"{path}, {place}", expected=expected)
    predictions = record.get("predictions")
    not_taken[_PREDICTED] += len(predictions) if isinstance(predictions, list) else 0
    annotations = []
    for own in given:
        if not isinstance(own, dict):
            expected = "An annotation is an object in braces. Export it again as JSON, with whole annotations."
            raise InputError("this task has no whole annotations", file=f"{path}, {place}", expected=expected)
        if own.get("was_cancelled") or own.get("skipped"):
            not_taken[_CANCELED] += 1
            continue
        at = moment(own.get("updated_at") or own.get("created_at"))
        annotations.append(_Annotation(_coder(own.get("completed_by")), at, _chosen(own.get("result"), not_taken)))
    return place, data, annotations


def _chosen(results: object, not_taken: Counter[str]) -> list[Choice]:
    found: list[Choice] = []
    for result in results if isinstance(results, list) else ():
        kind, value = (result.get("type"), result.get("value")) if isinstance(result, dict) else (None, None)
        if isinstance(value, dict) and not value.keys().isdisjoint(_CHOSEN):
            found += _choices(as_id(result.get("from_name")), value)
        else:
            not_taken[f"results of the kind {as_id(kind) or '?'}, which are no choices"] += 1
    return found


def _choices(control: str, value: object) -> list[Choice]:
    """What was chosen in a control: names, or the paths of a taxonomy."""
    if isinstance(value, dict):
        value = [own for kind in _CHOSEN for own in _listed(value.get(kind))]
    names = [tuple(map(str, own)) if isinstance(own, list) else (str(own),) for own in _listed(value) if own]
    return [(control, *own) for own in names]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _coder(completed_by: object) -> str:
    """The e-mail address of a user, else the number that Label Studio gave them."""
    if isinstance(completed_by, dict):
        completed_by = completed_by.get("email") or completed_by.get("username") or completed_by.get("id")
    if completed_by in (None, "", "None"):
        return ""
    number = str(completed_by)
    return f"label-studio-{number}" if number.isdecimal() else number


def _tasks_of_rows(path: Path, records: list[tuple[str, Record]], keys: Keys) -> list[Task]:
    """The tasks of a JSON-MIN file, in which every annotation is an object of its own, beside the data of its task."""
    controls = [keys.labels] if keys.labels else _controls(path, records)
    tasks: dict[str, Task] = {}
    for place, record in records:
        data = {name: value for name, value in record.items() if name not in {*_OF_ANNOTATION, *controls}}
        number = as_id(record.get("id"))
        task = tasks.setdefault(number or place, (f"task {number}" if number else place, data, []))
        if record.get("annotation_id") is not None:  # a task that nobody coded has none
            at = moment(record.get("updated_at") or record.get("created_at"))
            values = [(control, value) for control in controls for value in _parts(record.get(control))]
            chosen = [own for control, value in values for own in _choices(control, value)]
            task[2].append(_Annotation(_coder(record.get("annotator")), at, chosen))
    return list(tasks.values())


def _parts(value: object) -> list[object]:
    """One choice is text; several are an object, or a list of those."""
    return value if isinstance(value, list) else [value]


def _controls(path: Path, records: list[tuple[str, Record]]) -> list[str]:
    """The names under which some annotation has several choices; InputError where none has, and text may be data."""
    names = dict.fromkeys(name for _, record in records for name in record if name not in _OF_ANNOTATION)
    found = [name for name in names if any(_is_choice(record.get(name)) for _, record in records)]
    if not found:
        if any(isinstance(part, dict) for _, own in records for name in names for part in _parts(own.get(name))):
            raise _spans(path)
        expected = f"Give one with --labels-column: {', '.join(names)}."
        raise InputError("it is not clear where the choices are", file=path, expected=expected)
    return found


def _is_choice(value: object) -> bool:
    return any(isinstance(part, dict) and not part.keys().isdisjoint(_CHOSEN) for part in _parts(value))


def _require_choices(path: Path, chosen: list[list[Choice]], not_taken: Counter[str]) -> None:
    if not chosen:
        raise InputError("nobody coded anything in this file", file=path, expected="Export tasks with annotations.")
    if not any(chosen) and any("no choices" in what for what in not_taken):
        raise _spans(path)


def _spans(path: Path) -> InputError:
    problem = "people marked spans in this file, and chose nothing for whole texts"
    expected = "Whole answers are coded here: use <Choices> or <Taxonomy> in the labeling interface."
    return InputError(problem, file=path, expected=expected)


def _last_ones(annotations: list[_Annotation], not_taken: Counter[str]) -> list[_Annotation]:
    """Of every coder the latest; the others are counted."""
    last: dict[str, _Annotation] = {}
    for own in sorted(annotations, key=lambda annotation: annotation.at):
        last[own.coder] = own
    not_taken[_OLDER] += len(annotations) - len(last)
    return list(last.values())


def _key(choice: Choice) -> str:
    return "\n".join(choice)


def _codes(chosen: Iterable[Choice]) -> dict[str, OutsideCode]:
    """The codes with all that are above them; the outermost is the control, which is a folder."""
    found: dict[str, OutsideCode] = {}
    for choice in chosen:
        for depth, name in enumerate(choice, start=1):
            parent = _key(choice[: depth - 1]) if depth > 1 else None
            found.setdefault(_key(choice[:depth]), OutsideCode(name, parent=parent, is_folder=depth == 1))
    return found
