"""`run.json`: what fixed a coded dataset, what came out, and the hashes of its files."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from themawijzer.coding.codings import Status
from themawijzer.coding.drift import Measure
from themawijzer.errors import InputError
from themawijzer.files import as_json, hash_of, input_option, sha256
from themawijzer.output.dataset import Format
from themawijzer.records.certificate_record import CertificateRecord
from themawijzer.records.json_file import Count, Record, Share, facts_of, record_of
from themawijzer.records.manifest import ModelFacts
from themawijzer.survey.codebook import slug
from themawijzer.survey.no_answers import QuestionForm
from themawijzer.survey.survey import Survey
from themawijzer.tables.delimited import Dialect

RUN_FILE = "run.json"
DECIDERS = {"person", "model", "nobody"}


@dataclass(frozen=True)
class RunPart:
    """Rows of the responses that come from one file, and there from one sheet."""

    file: str
    sheet: str | None
    sha256: str
    rows: Count


@dataclass(frozen=True)
class RunInput:
    """The responses that were coded; `dialect` is that of a text file, and `left_out` are columns of it.

    `parts` are the files and the sheets, where there were several to choose from. `given` are those that `--input`
    named instead of the survey's own: in the folder with `surveys/` by their path from there, which begins with a
    point, and elsewhere by their name alone.
    """

    file: str
    sha256: str
    dialect: Dialect | None
    rows: Count
    left_out: list[str]
    parts: list[RunPart] = field(default_factory=list)
    given: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RunCodebook:
    """The codebook that was coded with."""

    version: str
    sha256: str


@dataclass(frozen=True)
class RunAnnotations:
    """How many answers people had coded, counted per codeframe."""

    units: Count
    sha256: str


@dataclass(frozen=True)
class RunQuestion:
    """What the text of a question asks for, and how many answers were `taken` as saying nothing to it, by phrase.

    Of those, people had coded some `with_codes`, which count in no share, and some `without_codes`.
    """

    form: QuestionForm
    taken: dict[str, Count]
    with_codes: Count
    without_codes: Count
    declared_missing: Count


@dataclass(frozen=True)
class RunSignal:
    """A share that was found, the interval in which it was to be expected, and whether it is outside."""

    measure: Measure
    code: str
    expected: float
    low: float
    high: float
    found: float
    fires: bool


@dataclass(frozen=True)
class RunDrift:
    """Whether the answers are like those that were learned from; where the random sample was drawn."""

    answers: Count
    random_sample_here: Count
    random_sample_elsewhere: Count
    guarantee_withdrawn: bool
    signals: list[RunSignal]


@dataclass(frozen=True, kw_only=True)
class Run(Record):
    """The facts of a run; the same input gives the same facts.

    `configuration` is what `survey.toml` said, key by key. `questions` are by id; `thresholds`, `certificates` and
    `drift` by codeframe; `statuses` and `decided` (by a person, the model or nobody) by question and codeframe
    (`v1_thema`); the last three by file.
    """

    themawijzer: str
    survey: str
    input: RunInput
    codebook: RunCodebook
    annotations: RunAnnotations
    configuration: Survey
    questions: dict[str, RunQuestion]
    model: ModelFacts
    format: Format
    thresholds: dict[str, list[Share | None]]
    certificates: dict[str, CertificateRecord]
    drift: dict[str, RunDrift]
    statuses: dict[str, dict[Status, Count]]
    decided: dict[str, dict[str, Count]]
    shares_by: list[str]
    formula_cells_guarded: dict[str, Count]
    cells_cut: dict[str, Count]
    files: dict[str, str]

    def __post_init__(self) -> None:
        is_whole = self.statuses.keys() == self.decided.keys()
        is_whole &= all(set(counts) == set(Status) for counts in self.statuses.values())
        if not is_whole or any(set(counts) != DECIDERS for counts in self.decided.values()):
            raise ValueError("not every answer is counted in `statuses` and `decided`")

    @property
    def origin(self) -> dict[str, str]:
        """Where a file comes from, in few words; `run` is the hash of all that is known of the run by then."""
        return {
            "themawijzer": self.themawijzer,
            "survey": self.survey,
            "codebook": self.codebook.version,
            "input": self.input.file,
            "run": hash_of(facts_of(self)),
        }

    @property
    def text(self) -> str:
        """The content of `run.json`, with its own hash."""
        facts = facts_of(self)
        return as_json(facts | {"sha256": hash_of(facts)})


def input_name(files: Sequence[Path]) -> str:
    """What the responses are called: the file, or the folder of several."""
    name = f"{files[0].parent.name}/" if len(files) > 1 else files[0].name
    return name.encode(errors="replace").decode()  # it may be in another encoding


def read_run(path: Path) -> Run:
    """The run of a coded dataset; raises InputError where there is none, or it is not as `classify` wrote it."""
    if not path.is_file():
        raise not_as_coded(path, "the survey is not coded yet")
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        is_changed = facts.pop("sha256") != hash_of(facts)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise not_as_coded(path, "this is not what `themawijzer classify` writes") from None
    if is_changed:
        raise not_as_coded(path, "this file was changed since the survey was coded")
    if facts.get("themawijzer") != version("themawijzer"):  # what it holds may have other names
        raise not_as_coded(path, "another version of Themawijzer coded the survey")
    try:
        return record_of(as_json(facts), Run)
    except ValueError as error:
        raise not_as_coded(path, f"this is not what `themawijzer classify` writes: {error}") from None


def is_as_written(path: Path) -> bool:
    """Whether the hash of a file is the one in the run beside it; False where no run is known to have written it."""
    try:
        facts = json.loads(path.with_name(RUN_FILE).read_text(encoding="utf-8"))
        return bool(facts["files"][path.name] == sha256(path))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def other_responses(path: Path, now: RunInput) -> str:
    """What to call the responses of the run in this file, where they are others than those that are coded now; else "".

    The same are those with the same hash, and those at the same place in the project, where files grow. Of files
    elsewhere only the name is known, which each wave may have.
    """
    if not path.exists():
        return ""
    try:
        was = json.loads(path.read_text(encoding="utf-8"))["input"]
        is_here = all(name.startswith("./") for name in now.given)
        is_same = is_here and (was.get("given"), was["file"]) == (now.given, now.file)
        return "" if is_same or was["sha256"] == now.sha256 else slug(Path(was["file"]).stem)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "unknown"


def not_as_coded(path: Path, problem: str, run: Run | None = None) -> InputError:
    """The error about a file in `coded/<survey>/` that asks for another run, of the same input where a run is known."""
    names = run.input.given if run else []
    given = input_option([Path(name) for name in names])
    elsewhere = " and ".join(name for name in names if not name.startswith("./"))
    typed = f"\nIts folder is not recorded; type the full path of: {elsewhere}" if elsewhere else ""
    return InputError(problem, file=path, expected=f"Code it: themawijzer classify {path.parent.name}{given}{typed}")
