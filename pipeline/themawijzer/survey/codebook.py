"""The codebook: which codes exist, in which codeframes, and what they mean."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from themawijzer.survey.configuration import Location, MisplacedError, Strict, read_configuration

LONGEST_ID = 40


def slug(label: str) -> str:
    """The id of a code that is known by its label: `Eén loket (wsp)` gives `een_loket_wsp`."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:LONGEST_ID].strip("_") or "code"


def _checked_id(value: str) -> str:
    if not re.fullmatch("[a-z0-9_]+", value):
        raise ValueError(f"small letters, digits and _ only, no accents; such as {slug(value)}")
    return value


def _checked_version(value: str) -> str:
    if not re.fullmatch(r"\d+\.\d+\.\d+", value):
        raise ValueError('three numbers with points between them, such as "1.0.0"')
    return value


# Ids become column names and file cells: short, lower case, no separators that the formats use.
Id = Annotated[str, StringConstraints(max_length=LONGEST_ID), AfterValidator(_checked_id)]
Version = Annotated[str, AfterValidator(_checked_version)]
Text = Annotated[str, StringConstraints(min_length=1)]

NONE_APPLIES = "geen"  # what a person writes for an empty set, which a cell left open does not show
RESERVED_CODES = {  # each with its reason
    "status": "the coded dataset has a column of that name",
    NONE_APPLIES: "it says that no code applies; take this code out, and annotations with it are read so",
}
TO_BE_FILLED_IN = "NOG INVULLEN: wanneer krijgt een antwoord deze code?"


class Code(Strict):
    """One meaning that an answer can have."""

    id: Id
    value: int = Field(ge=1)
    label: Text
    definition: Text
    include: list[str] = []
    exclude: list[str] = []
    examples: list[str] = []
    parent: Id | None = None


class Codeframe(Strict):
    """One set of codes that answers one thing."""

    id: Id
    label: Text
    codes: list[Code] = Field(alias="code", default=[])

    @property
    def code_ids(self) -> list[str]:
        return [code.id for code in self.codes]

    @property
    def parents(self) -> dict[str, str]:
        """Code id to the id of its parent, for the codes that have one."""
        return {code.id: code.parent for code in self.codes if code.parent}

    @property
    def labels(self) -> dict[str, str]:
        """Code to label."""
        return {code.id: code.label for code in self.codes}

    @property
    def parent_positions(self) -> list[int]:
        """For each code the position of its parent in the codeframe, or -1."""
        return [self.code_ids.index(code.parent) if code.parent else -1 for code in self.codes]

    def code(self, code_id: str) -> Code:
        """The code with this id; StopIteration when there is none."""
        return next(code for code in self.codes if code.id == code_id)

    def with_parents(self, codes: Iterable[str]) -> frozenset[str]:
        """The set with the parents of its codes, because a code implies its parent."""
        closed = set(codes)
        for code in list(closed):
            while code := self.parents.get(code, ""):
                closed.add(code)
        return frozenset(closed)

    def unknown(self, codes: Iterable[str]) -> str | None:
        """A sentence about the codes that are not in this codeframe, or None."""
        strangers = sorted(set(codes) - set(self.code_ids))
        if not strangers:
            return None
        problem = f"unknown code in codeframe {self.id}"
        if re.search(r"[,;/\s]", strangers[0]):
            return f"{problem}; several codes are joined by |"
        near = get_close_matches(strangers[0], self.code_ids, 1)
        return f"{problem}; did you mean {near[0]}?" if near else problem

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        require_unique("code id", self.code_ids, ("code",), "id")
        require_unique("code value", [code.value for code in self.codes], ("code",), "value")
        for place, code in enumerate(self.codes):
            if problem := self._problem_of(code):
                raise MisplacedError(problem, at=("code", place))
        return self

    def _problem_of(self, code: Code) -> str | None:
        if code.id in RESERVED_CODES:
            return f"no code can have the id {code.id}: {RESERVED_CODES[code.id]}"
        if code.parent and code.parent not in self.code_ids:
            known = ", ".join(self.code_ids)
            return f"the parent {code.parent} of code {code.id} is not one of the codes of {self.id}: {known}"
        if code.parent and code.id in _ancestors(code.parent, self.parents):
            return f"code {code.id} is its own ancestor"
        return None


class Codebook(Strict):
    """All codeframes of a survey, in one version."""

    title: Text
    version: Version
    codeframes: list[Codeframe] = Field(alias="codeframe", default=[])

    @property
    def codeframe_ids(self) -> list[str]:
        return [codeframe.id for codeframe in self.codeframes]

    def codeframe(self, codeframe_id: str) -> Codeframe:
        """The codeframe with this id; KeyError when there is none."""
        return {codeframe.id: codeframe for codeframe in self.codeframes}[codeframe_id]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        require_unique("codeframe id", self.codeframe_ids, ("codeframe",), "id")
        return self


@cache  # one version for thousands of annotations
def version_number(version: str) -> tuple[int, ...]:
    """The version as numbers that can be compared; an invalid version comes before all others."""
    return tuple(map(int, version.split("."))) if re.fullmatch(r"\d+\.\d+\.\d+", version) else ()


def read_codebook(path: Path) -> Codebook:
    """The codebook in a TOML file; raises InputError with file and line."""
    return read_configuration(path, Codebook)


def raise_parents(matrix: NDArray[Any], parents: Sequence[int]) -> NDArray[Any]:
    """The matrix (n, k) in which no parent is lower than its children; `parents` as in `parent_positions`."""
    raised = matrix.copy()
    for child in range(len(parents)):
        ancestor = parents[child]
        while ancestor >= 0:
            raised[:, ancestor] = np.maximum(raised[:, ancestor], matrix[:, child])
            ancestor = parents[ancestor]
    return raised


def whole_number(label: str) -> int | None:
    """The number that a code of this label has, where the label is one."""
    return int(label) if re.fullmatch(r"\s*0*[1-9][0-9]{0,8}\s*", label) else None


def require_unique(what: str, values: Sequence[object], path: Location, key: str = "") -> None:
    """Raise MisplacedError for the first duplicate value in the list at `path`, or in the `key` of its items."""
    for place, value in enumerate(values):
        if value in values[:place]:
            raise MisplacedError(f"{what} {value} is used twice", at=(*path, place, *([key] if key else [])))


def _ancestors(code: str, parents: dict[str, str]) -> set[str]:
    found = set[str]()
    while code not in found:
        found.add(code)
        code = parents.get(code, code)
    return found
