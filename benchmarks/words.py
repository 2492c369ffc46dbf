"""`python -m benchmarks.words DATA`: which words `themawijzer compare` finds, and how often by chance; in words.md."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track

from benchmarks.cell import silence, versions
from themawijzer.commands.compare import MIN_ANSWERS
from themawijzer.files import write_whole
from themawijzer.language.tokens import load_tokenizer
from themawijzer.learning.vocabulary import FALSE_DISCOVERIES, shifted_words
from themawijzer.survey.no_answers import ANY_QUESTION
from themawijzer.survey.survey import Settings

HERE = Path(__file__).parent
OPEN_ANSWERS = "vu_open_answers"
SIZES = ((90, 130), (300, 300), (100, 500))  # respondents of the first and of the second
COUNTS = (8, 10, 12, 15, 20, 30, 40)  # answers with a word that no answer of the other wave has
N_PLANTED = 100  # draws in which words are planted
NEW = "new word "
N_CHANGED, SHARE = 10, 0.1  # words that come up in so many more of the answers of the second wave
ASKED = 0.5  # of the respondents; others, asked of few, are left out
ZIPF, N_WORDS, LENGTH, N_ANSWERS = "synthetic, Zipf", 3000, 6, 3000

Respondent = list[frozenset[str]]  # the words of each of the answers
Waves = list[list[Respondent]]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.words", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the datasets")
    parser.add_argument("--draws", type=int, default=1000)
    wanted = parser.parse_args()
    silence()
    sources = dict(_sources(wanted.data))
    draws = range(wanted.draws)
    rows = [_row(name, pool, n, draws) for name, pool in sources.items() for n in track(SIZES, name)]
    write_whole(HERE / "words.md", f"{_introduction(wanted.draws)}\n\n{_table(rows)}\n")


def _sources(folder: Path) -> Iterator[tuple[str, list[Respondent]]]:
    """Who answered the questions of one questionnaire, by the words of all their answers."""
    table = pd.read_csv(folder / f"{OPEN_ANSWERS}.csv", dtype=str, keep_default_na=False)
    said = table[[ANY_QUESTION.says_something(text) for text in table["text"]]]
    topics = load_tokenizer(Settings().spacy_pipeline).topics(said["text"])
    said = said.assign(words=pd.Series(map(frozenset, topics), index=said.index))
    said[["questionnaire", "row"]] = said["id"].str.extract(r"^(\w+?)-\w+-(\d+)$")
    for _, own in said.groupby("questionnaire"):
        wide = own.pivot(index="row", columns="question_var", values="words")
        asked = wide.columns[wide.notna().mean() > ASKED]
        yield f"real, {' and '.join(asked)}", wide[asked].dropna().to_numpy().tolist()
    rng = np.random.default_rng(0)
    chance = 1 / np.arange(1, N_WORDS + 1)
    lengths = 1 + rng.poisson(LENGTH - 1, N_ANSWERS)
    drawn = rng.choice(N_WORDS, lengths.sum(), p=chance / chance.sum()).astype(str)
    yield ZIPF, [[frozenset(words)] for words in np.split(drawn, lengths.cumsum()[:-1])]


def _row(name: str, pool: Sequence[Respondent], n: tuple[int, int], draws: range) -> list[str]:
    """What is told of pairs of waves of n respondents: nothing changed, several words came up, and one is new."""
    false = [len(_told(_drawn(pool, n, draw))) for draw in draws]
    planted = draws[:N_PLANTED]
    many = [_told(_planted(_drawn(pool, n, draw), N_CHANGED, round(SHARE * n[1]))) for draw in planted]
    by_chance = [sum(not word.startswith(NEW) for word in words) / max(len(words), 1) for words in many]
    figures = f"{np.mean(np.array(false) > 0):.1%}", f"{np.mean(false):.3f}", f"{np.mean(by_chance):.1%}"
    seen = [
        np.mean([f"{NEW}0" in _told(_planted(_drawn(pool, n, draw), 1, count)) for draw in planted]) for count in COUNTS
    ]
    return [name, f"{n[0]} and {n[1]}", *figures, *(f"{share:.0%}" for share in seen)]


def _drawn(pool: Sequence[Respondent], n: tuple[int, int], draw: int) -> Waves:
    order = np.random.default_rng(draw).permutation(len(pool)).tolist()
    return [[pool[i] for i in rows] for rows in (order[: n[0]], order[n[0] : sum(n)])]


def _planted(waves: Waves, n_words: int, count: int) -> Waves:
    """The same waves, with so many new words each in so many answers to the first question in the second wave."""
    second = [list(answers) for answers in waves[1]]
    rng = np.random.default_rng(count)
    for number in range(n_words):
        for row in rng.choice(len(second), count, replace=False).tolist():
            second[row][0] |= {f"{NEW}{number}"}
    return [waves[0], second]


def _told(waves: Waves) -> list[str]:
    first, second = (list(zip(*wave, strict=True)) for wave in waves)
    found = shifted_words(list(zip(first, second, strict=True)), least=MIN_ANSWERS)
    return [shift.word for shifts in found for shift in shifts]


def _table(rows: Sequence[Sequence[str]]) -> str:
    titles = ["answers", "respondents", "any word", "words", "by chance", *(f"in {count}" for count in COUNTS)]
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _introduction(draws: int) -> str:
    packages = ", ".join(f"{k} {v}" for k, v in versions(["numpy", "scipy", "spacy", "simplemma"]).items())
    return f"""# Which words does `themawijzer compare` find, and how many by chance?

Written by `python -m benchmarks.words DATA --draws {draws}`; {packages}.

Two waves are drawn {draws} times from who answered the same questions, nobody twice. The answers are real ones
({OPEN_ANSWERS}; where people answered several questions, these are compared together), or synthetic ones: {LENGTH}
words on average out of {N_WORDS:,}, each as frequent as Zipf's law says. Words in fewer than {MIN_ANSWERS} answers are
left out. Promised is that of the words told at most {FALSE_DISCOVERIES:.0%} are there by chance. Where nothing changed,
all are, so at most {FALSE_DISCOVERIES:.0%} of the pairs of waves may tell a word.

- *any word*, *words*: nothing changed; pairs of waves in which a word is told all the same, and how many on average;
- *by chance*: {N_CHANGED} new words come in {SHARE:.0%} of the answers of the second wave, in {N_PLANTED} of the draws;
  the share of other words among those told, on average;
- *in 8*, *in 10* and so on: a new word comes in so many answers of the second wave; in how many of {N_PLANTED} draws
  it is told. A word that vanishes is the same with the waves in the other order."""


if __name__ == "__main__":
    main()
