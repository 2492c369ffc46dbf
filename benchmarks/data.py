"""The datasets, their codebooks, and the splits on which every method is compared."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from themawijzer.survey.codebook import Code, Codeframe, slug

Labels = NDArray[np.int8]
Rows = NDArray[np.intp]
ALL = "all"
SIZES = ("50", "100", "200", "500", "1000", ALL)
N_FOLDS = 4
# The protocol of MTEB (Muennighoff et al. 2023, "MTEB: Massive text embedding benchmark") for classification.
SHOTS = "8 per code"
N_DRAWS, N_SHOTS, SEED = 10, 8, 42


@dataclass(frozen=True)
class Source:
    """What of a file is used: its `top` most frequent codes with at least `min_count` positives."""

    min_count: int = 1
    top: int = 40
    no_code: frozenset[str] = frozenset()  # labels which say that no code applies
    codebook: str = ""


SOURCES = {
    "vu_net_core_sentences": Source(min_count=15),
    "dekamer_titles": Source(min_count=40, top=30),
    "vu_wens_coded": Source(no_code=frozenset({"geen", "overig"}), codebook="vu_wens_codebook.md"),
    "sib200_nl": Source(),
}


@dataclass(frozen=True)
class Dataset:
    """n answers, who has which of k codes (n, k), and what the codebook says of these codes.

    `parts` holds the official train, dev or test of each answer, where there is one: then every answer has
    one code, and the split is MTEB's.
    """

    name: str
    texts: list[str]
    Y: Labels
    codeframe: Codeframe
    parts: list[str]
    sha256: str

    @property
    def has_parts(self) -> bool:
        return any(self.parts)

    @property
    def sizes(self) -> list[str]:
        """The training sizes that every fold can give."""
        if self.has_parts:
            return [SHOTS]
        most = min(len(train) for train, _ in (self.rows(ALL, fold) for fold in self.folds))
        return [size for size in SIZES if size == ALL or int(size) < most]

    @property
    def folds(self) -> range:
        return range(N_DRAWS if self.has_parts else N_FOLDS)

    def rows(self, size: str, fold: int) -> tuple[Rows, Rows]:
        """The rows to learn from and the rows to score on."""
        return _draw(self, fold) if self.has_parts else _fold(self.texts, size, fold)

    def training_side(self, fold: int) -> Rows:
        """The rows from which the rows to learn from are drawn."""
        return np.flatnonzero(np.array(self.parts) == "train") if self.has_parts else self.rows(ALL, fold)[0]


def load(name: str, folder: Path) -> Dataset:
    """The dataset in the folder."""
    source, path = SOURCES[name], folder / f"{name}.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    indicators = table["labels"].str.get_dummies("|").drop(columns=list(source.no_code))
    counts = indicators.sum().sort_values(ascending=False)
    codes = list(counts[counts >= source.min_count].index[: source.top])
    files = [path, *([folder / source.codebook] if source.codebook else [])]
    return Dataset(
        name=name,
        texts=table["text"].tolist(),
        Y=indicators[codes].to_numpy(dtype=np.int8),
        codeframe=_written(codes, folder / source.codebook) if source.codebook else _named(codes),
        parts=table["split"].tolist(),
        sha256=hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest(),
    )


def same_text(texts: Sequence[str]) -> NDArray[np.intp]:
    """Numbers (n,), alike for answers with the same text, case and outer space aside."""
    return np.asarray(pd.factorize(pd.Series(texts, dtype=object).str.lower().str.strip())[0], dtype=np.intp)


def _fold(texts: Sequence[str], size: str, fold: int) -> tuple[Rows, Rows]:
    """One of four folds over distinct texts, and as many answers of the others as `size` says."""
    group = same_text(texts)
    part = np.array_split(np.random.RandomState(0).permutation(group.max() + 1), N_FOLDS)[fold]
    is_test = np.isin(group, part)
    train = np.random.RandomState(fold).permutation(np.flatnonzero(~is_test))
    return train[: len(train) if size == ALL else int(size)], np.flatnonzero(is_test)


def _draw(dataset: Dataset, draw: int) -> tuple[Rows, Rows]:
    """The first eight answers of each code in a shuffled train part, and the test part.

    As in MTEB 1, one generator serves all draws, and each shuffles the order that the draw before left.
    """
    parts = np.array(dataset.parts)
    rows, codes = np.flatnonzero(parts == "train"), dataset.Y.argmax(axis=1)
    generator = np.random.RandomState(SEED)
    for _ in range(draw + 1):
        generator.shuffle(rows)
    seen = Counter[int]()
    drawn = []
    for row in rows:
        seen[codes[row]] += 1
        if seen[codes[row]] <= N_SHOTS:
            drawn.append(row)
    return np.array(drawn), np.flatnonzero(parts == "test")


def _named(codes: list[str]) -> Codeframe:
    """A codebook that holds no more than the codes' names."""
    return _codeframe([(slug(code), code.replace("_", " "), "") for code in codes])


def _written(codes: list[str], path: Path) -> Codeframe:
    """The codebook in the table of a Markdown file: code, label, what belongs to it, what does not."""
    lines = [line.strip("| \n").split(" | ") for line in path.read_text(encoding="utf-8").splitlines()]
    rows = {cells[0]: cells for cells in lines if len(cells) > 2}
    return _codeframe([(code, rows[code][1], rows[code][2]) for code in codes])


def _codeframe(codes: list[tuple[str, str, str]]) -> Codeframe:
    """Of ids, labels, and inclusions between commas."""
    made = [
        Code(
            id=name, value=value, label=label, definition=label, include=[part.strip(' "') for part in parts.split(",")]
        )
        for value, (name, label, parts) in enumerate(codes, start=1)
    ]
    return Codeframe(id="benchmark", label="Benchmark", code=made)
