"""The answers for people: an annotation file without codes, with what the model suggests, and why to look."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from themawijzer.coding.review import ReviewItem, ReviewReason
from themawijzer.output.labels import LABELS
from themawijzer.survey.annotations import COLUMNS, AnsweredUnit, lines_of
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.responses import Responses

REVIEW_COLUMNS = (*COLUMNS, "suggested", "reason", "reason_code", "n_annotations")


def review_columns(
    items: Sequence[ReviewItem], responses: Responses, codebook: Codebook, n_annotations: Mapping[AnsweredUnit, int]
) -> dict[str, list[str]]:
    """The columns, with a cell of text per item, in their order; `n_annotations` says how often people decided."""
    names = {question.id: question.column for question in responses.survey.questions}
    columns = {*names.values(), responses.survey.respondent_id}
    rows = [item.row for item in items]
    cells = {column: responses.table.texts(column).iloc[rows].tolist() for column in columns}
    labels = {codeframe.id: codeframe.labels for codeframe in codebook.codeframes}
    words = cache(lambda codeframe, *own: _reason(labels[codeframe], *own))
    filled: dict[str, list[str]] = {
        "respondent_id": cells[responses.survey.respondent_id],
        "question": [item.question.id for item in items],
        "codeframe": [item.codeframe.id for item in items],
        "text": [cells[names[item.question.id]][number] for number, item in enumerate(items)],
        "codebook_version": [codebook.version] * len(items),
        "stream": ["review"] * len(items),
        "suggested": ["|".join(item.suggested) for item in items],
        "reason": [words(item.codeframe.id, item.reason, item.about, item.suggested) for item in items],
        "reason_code": [item.reason.value for item in items],
    }
    filled["n_annotations"] = [str(n_annotations.get(unit, 0)) for unit in _units(filled)]
    return {column: filled.get(column, [""] * len(items)) for column in REVIEW_COLUMNS}


def _units(filled: Mapping[str, list[str]]) -> Iterator[AnsweredUnit]:
    places = zip(filled["respondent_id"], filled["question"], filled["codeframe"], filled["text"], strict=True)
    for respondent_id, question, codeframe, text in places:
        yield AnsweredUnit(respondent_id, question, codeframe, lines_of(text))


def _reason(labels: Mapping[str, str], reason: ReviewReason, about: Sequence[str], suggested: Sequence[str]) -> str:
    seen = [labels[code] for code in about if code in suggested]
    not_seen = [labels[code] for code in about if code not in suggested]
    return reason_in_words(reason, [labels[code] for code in about], seen=seen, not_seen=not_seen)


def reason_in_words(
    reason: ReviewReason, codes: Sequence[str] = (), *, seen: Sequence[str], not_seen: Sequence[str]
) -> str:
    """Why to look, with the labels of the codes it is about: of all, those the model sees, and those it does not."""
    lists = {"codes": codes, "seen": seen, "not_seen": not_seen}
    return LABELS[f"reason_{reason.value}"].format(**{name: "; ".join(labels) for name, labels in lists.items()})
