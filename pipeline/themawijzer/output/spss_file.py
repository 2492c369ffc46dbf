"""The coded dataset for SPSS: a system file, and syntax for what that file cannot hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby
from pathlib import Path

import pandas as pd

from themawijzer.output.columns import MISSING, Cells, Column, ColumnKind, spss_values
from themawijzer.output.datafile import Ending
from themawijzer.output.labels import LABELS
from themawijzer.survey.responses import Responses
from themawijzer.tables.described import as_text
from themawijzer.tables.spss import MAX_LABEL, NOMINAL, Variable, cut, cut_texts, spss_names, write_system_file
from themawijzer.tables.spss_variables import is_spss_number, number_variable, spss_numbers, text_labels, text_missing

QUOTE = "'"
SYNTAX_LINE, SET_NAME, SET_LABEL = 251, 63, 200  # bytes


class SystemFile:
    """`responses_coded.sav`, written when all rows are there, because SPSS wants to know how long text gets.

    Until then all chunks but the newest wait in hidden files beside it, which go with the folder of the run.
    """

    def __init__(self, path: Path, columns: Sequence[Column], responses: Responses) -> None:
        self.path, self.columns, self.survey = path, columns, responses.survey
        self._table, self._waiting, self._newest = responses.table, list[Path](), list[pd.DataFrame]()
        names = [column.name for column in columns]
        self._numbers = {
            column.name
            for column in columns
            if column.kind is ColumnKind.GIVEN and is_spss_number(self._table.values[column.name], column.about)
        }
        self.names = dict(zip(names, spss_names(names), strict=True))
        self._n_characters, self._n_bytes = Counter[str](), Counter[str]()  # of the longest text in each column
        self.n_cut = 0

    def add(self, cells: Sequence[Cells]) -> None:
        """Set rows aside; the cells come per column."""
        held = {
            self.names[column.name]: self._held(column, own) for column, own in zip(self.columns, cells, strict=True)
        }
        for frame in self._newest:
            self._waiting.append(self.path.with_name(f".{self.path.name}.{len(self._waiting)}"))
            frame.to_parquet(self._waiting[-1])
        self._newest = [pd.DataFrame(held)]

    def finish(self, ending: Ending) -> None:
        """Write the file, and the syntax beside it."""
        variables = [self._variable(column) for column in self.columns]
        questions = [
            LABELS["note_question"].format(id=question.id, text=question.text) for question in self.survey.questions
        ]
        weight = self.names[self.survey.weight] if self.survey.weight in self._numbers else None
        note = [LABELS["note_of_file"], LABELS["note_of_spaces"], *questions]
        parts = _told(chain(map(pd.read_parquet, self._waiting), self._newest), ending.advance)
        write_system_file(self.path, variables, parts, title=self.survey.title, note=note, weight=weight)
        text = syntax(self.columns, self.names, weight)
        self.path.with_suffix(".sps").write_text(text, encoding="utf-8", newline="\r\n")

    def abandon(self) -> None:
        """Nothing is open between two chunks."""

    def _held(self, column: Column, cells: Cells) -> Cells:
        """The cells as SPSS can hold them."""
        if column.kind is ColumnKind.GIVEN:
            if column.name in self._numbers:
                return spss_numbers(cells, column.about)
            cells = as_text(cells, column.about)
        if column.kind in (ColumnKind.CODE, ColumnKind.STATUS):
            return cells
        texts, n_cut = cut_texts(cells, LABELS["cut"])
        self.n_cut += n_cut
        name, plain = column.name, texts.tolist()
        self._n_characters[name] = max(self._n_characters[name], *map(len, plain))
        self._n_bytes[name] = max(self._n_bytes[name], *(len(text.encode()) for text in plain))
        return texts

    def _variable(self, column: Column) -> Variable:
        name, label = self.names[column.name], self._label(column)
        match column.kind:
            case ColumnKind.CODE:
                why_not = [(MISSING.start, MISSING.stop - 1)]
                labels = spss_values(column)
                return Variable(name=name, label=label, format="F2.0", value_labels=labels, missing=why_not)
            case ColumnKind.STATUS:
                return Variable(name=name, label=label, format="F2.0", value_labels=spss_values(column), width=12)
            case ColumnKind.GIVEN if column.name in self._numbers:
                return number_variable(name, label, self._table.values[column.name], column.about)
        about, longest = column.about, min(max(self._n_characters[column.name], 8), 40)
        n_bytes = max(self._n_bytes[column.name], about.n_bytes)
        return Variable(
            name=name, label=label, n_bytes=n_bytes, measure=about.measure or NOMINAL, width=about.width or longest,
            value_labels=text_labels(about), missing=text_missing(about),
        )  # fmt: skip

    def _label(self, column: Column) -> str:
        if column.codeframe and column.question:
            about = f"{column.codeframe.label}, {column.question.id}"
            is_code = column.kind is ColumnKind.CODE
            label = f"{column.label} ({about})" if is_code else f"{column.label} ({column.question.text})"
        else:
            label = column.label
        if self.names[column.name] == column.name:
            return label
        original = f" [{cut(column.name, MAX_LABEL // 2)}]"
        return (cut(label, MAX_LABEL - len(original.encode())) + original).strip()


def _told(parts: Iterable[pd.DataFrame], advance: Callable[[int], None]) -> Iterator[pd.DataFrame]:
    for part in parts:
        advance(len(part))  # not when the next is asked for: after the last one, none is
        yield part


def syntax(columns: Sequence[Column], names: dict[str, str], weight: str | None) -> str:
    """Syntax that opens the file, weighs it, and groups the codes of each question and codeframe in a set.

    SPSS leaves who has no code of a set out of its base. So the set has a variable for them too.
    """
    lines = ["* Encoding: UTF-8.", *(f"* {line}" for line in LABELS["syntax"].strip().splitlines())]
    lines += ["GET FILE='responses_coded.sav'."]
    if weight:
        lines.append(f"WEIGHT BY {weight}.")
    sets = [
        list(block)
        for _, block in groupby(
            (column for column in columns if column.kind is ColumnKind.CODE), lambda column: column.block
        )
    ]
    set_names = spss_names(cut(mrset[0].block, SET_NAME, "") for mrset in sets)
    for name, mrset in zip(set_names, sets, strict=True):
        question, codeframe = mrset[0].question, mrset[0].codeframe
        label = f"{codeframe.label}: {question.text}" if question and codeframe else ""
        lines += [
            "MRSETS",
            f"  /MDGROUP NAME=${name} CATEGORYLABELS=VARLABELS VALUE=1",
            f"    LABEL={_quoted(label)}",
            *_wrapped(["VARIABLES=" + names[mrset[0].name], *(names[column.name] for column in mrset[1:])]),
            f"  /DISPLAY NAME=[${name}].",
        ]
    return "\ufeff" + "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A label of a set, as much of it as SPSS takes and a line holds."""
    text = cut(text, SET_LABEL)
    while len(text.encode()) + text.count(QUOTE) > SET_LABEL:
        text = cut(text, len(text.encode()) - 1)
    return QUOTE + text.replace(QUOTE, QUOTE * 2) + QUOTE


def _wrapped(words: Sequence[str]) -> list[str]:
    lines = ["   "]
    for word in words:
        if len(f"{lines[-1]} {word}".encode()) > SYNTAX_LINE:
            lines.append("   ")
        lines[-1] += f" {word}"
    return lines
