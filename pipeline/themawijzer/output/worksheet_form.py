"""The workbook in which somebody codes with Excel: a sheet per question and codeframe, the codebook, and how to do it.

Every question and codeframe has its own sheet: its codes fit on a screen, and coders keep one codeframe in mind. Excel
saves a single sheet as CSV, so every sheet says itself what its rows are about.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from themawijzer.survey.annotations import Stream
from themawijzer.survey.codebook import Code, Codebook, Codeframe
from themawijzer.survey.shapes import HEADINGS
from themawijzer.survey.survey import Question, Survey
from themawijzer.tables.cells import shielded
from themawijzer.tables.form import AllowedMark, CellUse, FormColumn, FormSheet, write_form

TEXTS: dict[str, Any] = tomllib.loads(
    files("themawijzer.output").joinpath("worksheet.toml").read_text(encoding="utf-8")
)
LONGEST_TITLE = 31  # of a sheet
ID, TEXT, MARK, NOTE = 12, 64, 5.5, 32  # widths in characters


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An answer to be coded in some codeframes, each with its stream and the reason to look, "" where there is none."""

    respondent_id: str
    question: str
    text: str
    streams: Mapping[str, Stream]
    reasons: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Worksheet:
    """Answers for one coder, in the order in which they are to be coded, and why these (one of `[streams]`)."""

    name: str
    survey: Survey
    codebook: Codebook
    coder: str
    answers: Sequence[Asked]
    why: str


def write_worksheet(path: Path, worksheet: Worksheet) -> None:
    """Write the workbook; the same worksheet gives the same bytes."""
    parts = [
        (question, worksheet.codebook.codeframe(codeframe), answers)
        for question in worksheet.survey.questions
        for codeframe in question.codeframes
        if (
            answers := [
                answer for answer in worksheet.answers if answer.question == question.id and codeframe in answer.streams
            ]
        )
    ]
    titles = _titles([f"{question.id} {codeframe.id}" for question, codeframe, _ in parts])
    sheets = [_sheet(worksheet, title, *part) for title, part in zip(titles, parts, strict=True)]
    used = {codeframe.id: codeframe for _, codeframe, _ in parts}
    front = [_manual(worksheet, zip(titles, parts, strict=True)), _codebook_sheet(used.values())]
    mark = AllowedMark(text=TEXTS["mark"], title=TEXTS["mark_title"], message=TEXTS["mark_message"])
    write_form(path, [*front, *sheets], mark)


def _titles(names: Iterable[str]) -> list[str]:
    """Short enough for a sheet, and no two the same, whatever their capitals."""
    titles: list[str] = []
    taken = {TEXTS["manual"].lower(), TEXTS["codebook"].lower()}
    for number, name in enumerate(names, start=1):
        short = name[:LONGEST_TITLE]
        titles.append(short if short.lower() not in taken else f"{name[: LONGEST_TITLE - 5]} {number}")
        taken.add(titles[-1].lower())
    return titles


def _sheet(
    worksheet: Worksheet, title: str, question: Question, codeframe: Codeframe, answers: Sequence[Asked]
) -> FormSheet:
    blank = [""] * len(answers)
    reasons = [answer.reasons[codeframe.id] for answer in answers]
    hidden = {
        "question": question.id, "codeframe": codeframe.id, "coder": worksheet.coder, "survey": worksheet.name,
        "codebook_version": worksheet.codebook.version,
    }  # fmt: skip
    columns = [
        FormColumn(heading=HEADINGS["respondent_id"], cells=[answer.respondent_id for answer in answers], width=ID),
        FormColumn(
            heading=f"{HEADINGS['text']}\n\n{question.text}",
            cells=[shielded(answer.text) for answer in answers],
            width=TEXT,
        ),
        *(
            FormColumn(
                heading=f"{code.label}\n({code.id})", cells=blank, kind=CellUse.MARK, width=MARK, hint=_hint(code)
            )
            for code in codeframe.codes
        ),
        FormColumn(heading=TEXTS["none_applies"], cells=blank, kind=CellUse.MARK_ALONE, width=MARK),
        FormColumn(heading=HEADINGS["note"], cells=blank, kind=CellUse.WRITE, width=NOTE),
        *[FormColumn(heading=HEADINGS["reason"], cells=reasons, width=NOTE)] * any(reasons),
        *(FormColumn(heading=name, cells=[own] * len(answers), kind=CellUse.HIDDEN) for name, own in hidden.items()),
        FormColumn(heading="stream", cells=[answer.streams[codeframe.id] for answer in answers], kind=CellUse.HIDDEN),
    ]  # fmt: skip
    return FormSheet(title=title, columns=columns, n_fixed=2)


def _hint(code: Code) -> str:
    parts = [(TEXTS[name], getattr(code, name)) for name in ("include", "exclude", "examples")]
    lists = [text.format(items="\n".join(f"- {item}" for item in items)) for text, items in parts if items]
    return "\n\n".join([code.label, code.definition, *lists])


def _codebook_sheet(codeframes: Iterable[Codeframe]) -> FormSheet:
    codes = [(codeframe, code) for codeframe in codeframes for code in codeframe.codes]
    cells = {
        "codeframe": [codeframe.label for codeframe, _ in codes],
        "label": [code.label for _, code in codes],
        "code": [code.id for _, code in codes],
        "definition": [code.definition for _, code in codes],
        **{
            name: ["\n".join(f"- {item}" for item in getattr(code, name)) for _, code in codes]
            for name in ("include", "exclude", "examples")
        },
        "parent": [code.parent or "" for _, code in codes],
    }
    widths = {"codeframe": 16, "label": 26, "code": 20, "parent": 16}
    columns = [
        FormColumn(
            heading=TEXTS["codebook_columns"][name],
            cells=[shielded(cell) for cell in column],
            width=widths.get(name, 40),
            kind=CellUse.NAME if name == "label" else CellUse.READ,
        )
        for name, column in cells.items()
        if any(column)
    ]  # fmt: skip
    return FormSheet(title=TEXTS["codebook"], columns=columns, n_fixed=2)


def _manual(
    worksheet: Worksheet, parts: Iterable[tuple[str, tuple[Question, Codeframe, Sequence[Asked]]]]
) -> FormSheet:
    facts = {
        "coder": worksheet.coder, "title": worksheet.survey.title, "version": worksheet.codebook.version,
        "stream": TEXTS["streams"][worksheet.why],
    }  # fmt: skip
    rows = [{name: text.format(**facts) for name, text in row.items()} for row in TEXTS["manual_rows"]]
    rows += [
        {
            name: text.format(sheet=title, question=question.text, codeframe=codeframe.label, n=len(answers))
            for name, text in TEXTS["sheets"].items()
        }
        for title, (question, codeframe, answers) in parts
    ]
    columns = [
        FormColumn(
            heading=TEXTS["manual_columns"][name].format(**facts), cells=[row[name] for row in rows], kind=kind,
            width=width,
        )
        for name, kind, width in (("subject", CellUse.NAME, 26), ("text", CellUse.READ, 100))
    ]  # fmt: skip
    return FormSheet(title=TEXTS["manual"], columns=columns)
