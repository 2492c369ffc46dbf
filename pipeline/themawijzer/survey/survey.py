"""A survey: which file holds the responses, which columns are open questions, and the settings of a run."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr, StringConstraints, model_validator

from themawijzer.errors import InputError
from themawijzer.files import is_link, require_name, sweep
from themawijzer.survey.codebook import LONGEST_ID, Codebook, Id, Text, require_unique, slug
from themawijzer.survey.configuration import MisplacedError, Strict, line_of, read_configuration
from themawijzer.survey.no_answers import NoAnswers, fold
from themawijzer.tables.cells import alike
from themawijzer.tables.joined import files_of


class Base(StrEnum):
    """Which answers to a question its shares are of; each takes in those of the next."""

    ASKED = "asked"  # of everybody: who left the question empty has no code
    FILLED_IN = "filled_in"  # all that were typed, "weet niet" too
    SUBSTANTIVE = "substantive"  # those that say something


class SpeaksFor(StrEnum):
    """Whose answers intervals of shares are about."""

    RESPONDENTS = "respondents"  # who took part
    POPULATION = "population"  # all who could have: who took part is taken for a random sample of them


def _checked_id(value: str) -> str:
    if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", value):
        fitting = slug(value) if slug(value)[0].isalpha() else f"v{slug(value)}"
        raise ValueError(f"letters, digits and _ only, no accents, and a letter first; such as {fitting}")
    return value


class Question(Strict):
    """One open question, which is one column of the responses."""

    id: Annotated[str, StringConstraints(max_length=LONGEST_ID), AfterValidator(_checked_id)]
    column: Text
    text: Text
    codeframes: list[Id] = []
    base: Annotated[Base, Field(strict=False)] = Base.SUBSTANTIVE
    # Whole answers that say nothing to this question; None leaves it to the form of its text.
    no_answer: list[Text] | None = None
    _examples: frozenset[str] = PrivateAttr(default=frozenset())  # which the codebook gives of its codes
    _missing: frozenset[str] = PrivateAttr(default=frozenset())  # values of the survey

    @cached_property
    def no_answers(self) -> NoAnswers:
        """Which answers to it say nothing."""
        found = NoAnswers.to(self.text, self.no_answer, self._examples)
        return replace(found, missing=self._missing, are_answers=self.base is not Base.SUBSTANTIVE)

    def block(self, codeframe_id: str) -> str:
        """What the columns of the coded dataset begin with that are of this question in a codeframe: `v1_thema`."""
        return f"{self.id}_{codeframe_id}"


class DialectOverride(Strict):
    """How to read a file where detection is not wanted, as `read_joined` takes it."""

    encoding: str | None = None
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    sheet: Text | list[Text] | None = None
    all_sheets: bool = False
    header_rows: int | None = Field(default=None, ge=1, le=9)
    large: bool = False

    @model_validator(mode="after")
    def _has_one_choice_of_sheets(self) -> Self:
        if self.all_sheets and self.sheet:
            raise MisplacedError("`all_sheets` beside it reads them all; take one of the two out", at=("sheet",))
        return self


DETECTED = DialectOverride()


class Missing(Strict):
    """What stands in the cells of questions and background columns where nobody answered; None: nothing is said."""

    values: list[Text] | None = None


class Settings(Strict):
    """What a run depends on besides data, codebook and annotations."""

    spacy_pipeline: str = "nl_core_news_sm"
    encoder: str = "e5-small"
    seed: int = Field(default=0, ge=0, lt=2**32)
    # The share that has to be right where no person looks, with a confidence of 95 %.
    target: float = Field(default=0.95, ge=0.5, le=0.999)
    # Shares of a background group with fewer respondents are not shown.
    min_cell: int = Field(default=5, ge=1)
    # The share of the answers that one coder coded which a second one codes too, without seeing how.
    double_share: float = Field(default=0.1, ge=0, le=1)
    # Whether coders see the background of who answered, which can color how they read the answer.
    show_background: bool = False
    speaks_for: Annotated[SpeaksFor, Field(strict=False)] = SpeaksFor.RESPONDENTS
    # How many could have taken part, where that is known.
    population_size: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _has_a_use_for_the_population(self) -> Self:
        if self.population_size is not None and self.speaks_for is not SpeaksFor.POPULATION:
            problem = 'shares do not speak for the population: that takes speaks_for = "population" beside it'
            raise MisplacedError(problem, at=("population_size",))
        return self

    def part_left_out(self, n_respondents: int) -> float | None:
        """Of all whom shares speak for the part that did not take part, 1 where nobody knows; None: for no others."""
        if self.speaks_for is not SpeaksFor.POPULATION:
            return None
        return 1.0 if self.population_size is None else 1 - n_respondents / self.population_size


class Survey(Strict):
    """The content of `survey.toml`."""

    title: Text
    responses: Text | list[Text]
    respondent_id: Text
    weight: Text | None = None
    background: list[str] = []
    # Which other columns the coded dataset has: only those to keep, or else all but those to leave out.
    keep: list[Text] | None = None
    leave_out: list[Text] | None = None
    dialect: DialectOverride = DialectOverride()
    missing: Missing = Missing()
    settings: Settings = Settings()
    questions: list[Question] = Field(alias="question", min_length=1)

    @property
    def question_ids(self) -> list[str]:
        return [question.id for question in self.questions]

    @property
    def no_answers(self) -> dict[str, NoAnswers]:
        """By question id which answers say nothing."""
        return {question.id: question.no_answers for question in self.questions}

    @property
    def coded_questions(self) -> list[Question]:
        """Those that are coded in any codeframe."""
        return [question for question in self.questions if question.codeframes]

    @property
    def asked_columns(self) -> list[str]:
        """Those of the questions and the background, in which cells can be missing."""
        return [*self.background, *(question.column for question in self.questions)]

    @property
    def columns(self) -> list[str]:
        """Every column that the responses must have."""
        weight = [self.weight] if self.weight else []
        return [self.respondent_id, *weight, *self.asked_columns]

    def left_out(self, columns: Sequence[str]) -> list[str]:
        """Those of the columns of the responses that no output has; what is kept is called as there."""
        own = {name for column in self.leave_out or () for name in alike(column, columns)} - {*self.columns}
        kept = {*columns} - own if self.keep is None else {*self.columns, *self.keep}
        return [column for column in columns if column not in kept]

    @model_validator(mode="after")
    def _has_one_choice_of_columns(self) -> Self:
        if self.keep is not None and self.leave_out is not None:
            problem = "`keep` names the only other columns that stay, and leaves out the rest; take one of the two out"
            raise MisplacedError(problem, at=("leave_out",))
        for place, column in enumerate(self.leave_out or ()):
            if column in self.columns:
                problem = f"{column} is the respondent id, the weight, a background column or a question"
                raise MisplacedError(f"{problem}, which the coded dataset cannot do without", at=("leave_out", place))
        return self

    def files_in(self, folder: Path) -> list[Path]:
        """The files with the responses, or the folder of these, in the folder of the survey."""
        names = [self.responses] if isinstance(self.responses, str) else self.responses
        return [folder / name for name in names]

    def with_columns(self, names: Mapping[str, str]) -> Self:
        """The survey with other names for all its columns."""
        questions = [own.model_copy(update={"column": names[own.column]}) for own in self.questions]
        background, weight = [names[column] for column in self.background], self.weight and names[self.weight]
        columns = {"respondent_id": names[self.respondent_id], "weight": weight, "background": background}
        keep = None if self.keep is None else [names[column] for column in self.keep]
        return self.model_copy(update=columns | {"questions": questions, "keep": keep})

    @model_validator(mode="after")
    def _has_unique_questions(self) -> Self:
        require_unique("question id", self.question_ids, ("question",), "id")
        require_unique("column", [question.column for question in self.questions], ("question",), "column")
        for place, question in enumerate(self.questions):
            question._missing = frozenset(value.strip() for value in self.missing.values or ())
            require_unique("codeframe", question.codeframes, ("question", place, "codeframes"))
            if question.no_answer and question.base is not Base.SUBSTANTIVE:
                problem = f'these answers count all the same, by base = "{question.base}" of question {question.id}'
                raise MisplacedError(f"{problem}; take either key out", at=("question", place, "no_answer"))
        return self


@dataclass(frozen=True)
class Folders:
    """The four folders of one survey, and the cache they share; InputError when no folder can have that name."""

    root: Path
    name: str

    def __post_init__(self) -> None:
        require_name(self.name, self.root / "surveys")

    @property
    def survey(self) -> Path:
        return self.root / "surveys" / self.name

    @property
    def annotations(self) -> Path:
        return self.root / "annotations" / self.name

    @property
    def codebook(self) -> Path:
        return self.annotations / "codebook.toml"

    @property
    def model(self) -> Path:
        return self.root / "models" / self.name

    @property
    def coded(self) -> Path:
        return self.root / "coded" / self.name

    @property
    def cache(self) -> Path:
        return self.root / ".cache"

    def sweep(self) -> None:
        """Undo and delete what killed runs left half-done; InputError for a folder of the survey that is a link.

        The folders above them, such as `coded`, may be links: on whose disk they are is for who made them.
        """
        own = [self.survey, self.annotations, self.model, self.coded]
        for folder in own:
            if is_link(folder):
                expected = f"Make it a folder; to keep it elsewhere, make {folder.parent} the link."
                raise InputError(
                    "this is a link, and what it leads to would be changed", file=folder, expected=expected
                )
        kinds = [path for path in self.cache.glob("*") if not is_link(path)]
        kept = [path for kind in kinds for path in kind.glob("*") if not is_link(path)]
        sweep(*(folder.parent for folder in own), *own, *kinds, *kept)


def changed_keys(before: Survey, now: Survey) -> list[str]:
    """The keys of `survey.toml` that hold something else now, as people call them: "`column` of question v2"."""
    was, current = (own.model_dump(mode="json", by_alias=True) for own in (before, now))
    asked, asks = ({own["id"]: own for own in facts.pop("question")} for facts in (was, current))
    found = [*_changed(was, current)]
    for name in {**asked, **asks}:
        if name in asked and name in asks:
            found += [f"{key} of question {name}" for key in _changed(asked[name], asks[name])]
        else:
            found.append(f"question {name}")
    stayed = [[name for name in ids if name in asked and name in asks] for ids in (asked, asks)]
    return found + ["the order of the questions"] * (stayed[0] != stayed[1])


def _changed(before: Mapping[str, Any], now: Mapping[str, Any], part: str = "") -> Iterator[str]:
    for key in {**before, **now}:
        was, current = before.get(key), now.get(key)
        if isinstance(was, dict) and isinstance(current, dict):
            yield from _changed(was, current, f"[{key}] ")
        elif was != current:
            yield f"`{part}{key}`"


def read_survey(folders: Folders, codebook: Codebook) -> Survey:
    """The survey's `survey.toml`, checked against its codebook; raises InputError with file and line."""
    path = folders.survey / "survey.toml"
    survey = read_configuration(path, Survey)
    _refuse_own_folders(survey.settings, folders)
    _refuse_files_elsewhere(survey, folders)
    for place, question in enumerate(survey.questions):
        for codeframe in question.codeframes:
            if codeframe not in codebook.codeframe_ids:
                known = ", ".join(codebook.codeframe_ids) or "none yet"
                problem = f"question {question.id} names codeframe {codeframe}, which the codebook does not have"
                line = line_of(path.read_text(encoding="utf-8-sig"), ("question", place, "codeframes"))
                raise InputError(problem, file=path, line=line, expected=f"Known codeframes: {known}.")
        _take_examples(question, place, codebook, folders)
    return survey


def _refuse_own_folders(settings: Settings, folders: Folders) -> None:
    """Raise InputError where a model is a folder of the project: who sent the project may have put code in it."""
    path, root = folders.survey / "survey.toml", folders.root
    for key, name in (("encoder", settings.encoder.partition(":")[2]), ("spacy_pipeline", settings.spacy_pipeline)):
        if Path(name).is_absolute() and _is_inside(Path(name), root):
            line = line_of(path.read_text(encoding="utf-8-sig"), ("settings", key))
            expected = "A name, or the full path of a folder outside the project that only you can write in."
            raise InputError(f"`{key}` is a folder of this project", file=path, line=line, expected=expected)


def _is_inside(path: Path, folder: Path) -> bool:
    """Whether the path is in the folder as it stands, or once links are followed."""
    above = (path, *path.parents, *path.resolve().parents)
    return any(each.exists() and each.samefile(folder) for each in above)


def _refuse_files_elsewhere(survey: Survey, folders: Folders) -> None:
    """Raise InputError for responses outside the folder of the survey, by their name or because they are links."""
    for own in files_of(survey.files_in(folders.survey)):
        if not own.resolve().is_relative_to(folders.survey.resolve()):
            path = folders.survey / "survey.toml"
            line = line_of(path.read_text(encoding="utf-8-sig"), ("responses",))
            problem = f"{own} is outside the folder of the survey"
            expected = "Put the file in that folder, or give it with --input."
            raise InputError(problem, file=path, line=line, expected=expected)


def _take_examples(question: Question, place: int, codebook: Codebook, folders: Folders) -> None:
    """Make answers of what the codebook gives as such; InputError where the question says that they are none."""
    codes = [code for name in question.codeframes for code in codebook.codeframe(name).codes]
    examples = {fold(example): code for code in codes for example in (*code.examples, *code.include)}
    for number, phrase in enumerate(question.no_answer or []):
        if code := examples.get(fold(phrase)):
            path = folders.survey / "survey.toml"
            line = line_of(path.read_text(encoding="utf-8-sig"), ("question", place, "no_answer", number))
            place_there = f"an example of code {code.id} in {folders.codebook}"
            problem = f"question {question.id}: `no_answer` has {place_there}"
            expected = "Take it out of `no_answer` here, or out of the examples and inclusions of the code there."
            raise InputError(problem, file=path, line=line, expected=expected)
    question._examples = frozenset(examples)
