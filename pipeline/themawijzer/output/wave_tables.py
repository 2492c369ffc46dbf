"""`compare_<survey>.csv` and `compare_<survey>_words.csv`: two waves of a survey beside each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from themawijzer.coding.numbers import Figure
from themawijzer.output.labels import LABELS
from themawijzer.survey.comparability import Obstacle
from themawijzer.tables.delimited import write_csv

DECIMALS = 4
NO_FIGURE = Figure()
CHANGE_COLUMNS = (
    "question_first", "question_second", "codeframe", "code", "label", "n_first", "n_second", "n_audit_first",
    "n_audit_second", "share_first", "share_first_low", "share_first_high", "share_second", "share_second_low",
    "share_second_high", "difference", "difference_low", "difference_high", "real_change", "real_change_low",
    "real_change_high", "recoding", "recoding_low", "recoding_high", "refusal",
)  # fmt: skip
WORD_COLUMNS = ("question_first", "question_second", "word", "n_first", "n_second", "z", "kind")


@dataclass(frozen=True)
class Sizes:
    """How many answers a wave has, how many of them are random and coded by people, and how many more must be.

    None, where people coded all of them, by chance or by choice (`is_counted`).
    """

    n: int
    n_audit: int
    needed: int
    is_counted: bool = False


@dataclass(frozen=True)
class CodeChange:
    """One code in both waves: the shares, and what their difference is made of.

    No figure is defined where a wave has too few random answers, and no part where neither model sees the code.
    """

    questions: tuple[str, str]
    codeframe: str
    code: str
    label: str
    sizes: tuple[Sizes, Sizes]
    shares: tuple[Figure, Figure] = (NO_FIGURE, NO_FIGURE)
    difference: Figure = NO_FIGURE
    real: Figure = NO_FIGURE
    recoding: Figure = NO_FIGURE

    @property
    def refusal(self) -> str:
        """Why there are no figures, in words; nothing where all are there."""
        first, second = (size.needed for size in self.sizes)
        if first or second:
            return LABELS["waves_too_few"].format(first=first, second=second)
        return LABELS["waves_not_seen"] if self.real.value is None else ""


@dataclass(frozen=True)
class WordChange:
    """A word that came up more or less in the second wave: in how many answers of both, and how surely."""

    questions: tuple[str, str]
    word: str
    n: tuple[int, int]
    z: float

    @property
    def kind(self) -> str:
        """New, vanished, more or less."""
        if self.z > 0:
            return "more" if self.n[0] else "new"
        return "less" if self.n[1] else "vanished"


@dataclass(frozen=True)
class WaveSection:
    """One question in one codeframe, with its codes, and why others are not compared."""

    questions: tuple[str, str]
    text: str
    codeframe: str
    label: str
    codes: list[CodeChange]
    left_out: dict[str, Obstacle]

    @property
    def name(self) -> str:
        """As the columns of the second wave begin."""
        return f"{self.questions[1]}_{self.codeframe}"


@dataclass(frozen=True)
class Waves:
    """Two waves compared: their names and titles, what was compared, and the questions that were not."""

    names: tuple[str, str]
    titles: tuple[str, str]
    sections: list[WaveSection]
    words: list[WordChange]
    questions_left_out: tuple[list[str], list[str]]


def write_comparison(folder: Path, waves: Waves) -> list[Path]:
    """Write both tables in the folder of the second wave, and say where."""
    changes = pd.DataFrame(
        [_change_row(code) for section in waves.sections for code in section.codes],
        columns=list(CHANGE_COLUMNS),
        dtype=str,
    )
    words = pd.DataFrame(map(_word_row, waves.words), columns=list(WORD_COLUMNS), dtype=str)
    name = f"compare_{waves.names[0]}"
    paths = [folder / f"{name}.csv", folder / f"{name}_words.csv"]
    for path, frame in zip(paths, (changes, words), strict=True):
        write_csv(frame, path)
    return paths


def _change_row(change: CodeChange) -> list[str]:
    figures = (*change.shares, change.difference, change.real, change.recoding)
    first, second = change.sizes
    counts = map(str, (first.n, second.n, first.n_audit, second.n_audit))
    about = (*change.questions, change.codeframe, change.code, change.label)
    return [*about, *counts, *_cells(figures), change.refusal]


def _word_row(change: WordChange) -> list[str]:
    return [*change.questions, change.word, *map(str, change.n), f"{change.z:.2f}", change.kind]


def _cells(figures: Iterable[Figure]) -> Iterable[str]:
    for figure in figures:
        yield from ("" if end is None else f"{end:.{DECIMALS}f}" for end in (figure.value, figure.low, figure.high))
