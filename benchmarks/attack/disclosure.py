"""What of few respondents follows from the shares that are published, by somebody who knows everything but the codes.

The attacker has `prevalence.csv` (the workbook and the report show the same figures), knows of all respondents the
background and who is in which base, and looks for groups of respondents of which the number with a code, or without it,
follows and is small: in a figure itself, in sums and differences of figures, and in what no other numbers would allow.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from themawijzer.coding.cell_shares import Share
from themawijzer.coding.prevalence import Prevalence
from themawijzer.coding.tallies import Per, ShareScope, Units
from themawijzer.output.csv_tables import prevalence_frame
from themawijzer.output.dataset import Format
from themawijzer.project.project import open_project
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.survey import Base

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Table = tuple[str, str, str]  # per, question and codeframe, as in prevalence.csv

SMALL = 1e-6
SECONDS = 20  # that one search for the smallest sum may take
EXACT = ("geteld (volledig)", "geteld (codeurs verschillen)")


@dataclass(frozen=True)
class Secrets:
    """What is true of the n respondents in the base of a table.

    Their values (n, columns), and of k codes (n, k) who has the code and who lacks it, as far as that is decided, and
    as far as people decided it.
    """

    values: NDArray[np.object_]
    has: Bools
    lacks: Bools
    people_say_has: Bools
    people_say_lacks: Bools


@dataclass(frozen=True)
class Derived:
    """So many respondents of `n` with the code (`side` "has") or without it ("lacks") follow, by way of `how`.

    `how`: "published", "sum" (of figures), "bound" (nothing else is possible), or "alone" (the shares of any kind of so
    few respondents follow, `count` being these).
    """

    table: Table
    code: str
    how: str
    side: str
    n: int
    count: int
    who: str


@dataclass(frozen=True)
class _Atoms:
    """The combinations of values that occur: which of them each published cell has (cells, a), and their sizes (a,)."""

    columns: list[str]
    combinations: list[tuple[str, ...]]
    place: NDArray[np.intp]
    cells: list[tuple[str, str]]
    members: Floats
    n: Floats

    @classmethod
    def of(cls, secrets: Secrets, rows: pd.DataFrame, columns: Sequence[str]) -> "_Atoms":
        found: dict[tuple[str, ...], int] = {}
        place = np.array([found.setdefault(tuple(own), len(found)) for own in secrets.values.tolist()], dtype=np.intp)
        cells = list(dict.fromkeys(zip(rows["background"], rows["group"], strict=True)))
        combinations, places = list(found), {column: place for place, column in enumerate(columns)}
        members = np.array(
            [[not column or own[places[column]] == group for own in combinations] for column, group in cells]
        )
        sizes = np.bincount(place, minlength=len(found)).astype(np.float64)
        return cls(list(columns), combinations, place, cells, members.astype(np.float64), sizes)

    @cached_property
    def parts(self) -> Floats:
        """Each combination, what each two cells share, and what each has beside the other; (p, a)."""
        members, n_atoms = self.members, len(self.n)
        both = (members[:, None, :] * members[None, :, :]).reshape(-1, n_atoms)
        less = (members[:, None, :] * (1 - members[None, :, :])).reshape(-1, n_atoms)
        return np.unique(np.vstack([np.eye(n_atoms), both, less]), axis=0)

    def count(self, marks: Bools) -> Floats:
        return np.bincount(self.place, marks, len(self.n)).astype(np.float64)

    def name(self, chosen: Iterable[int]) -> str:
        return "; ".join("/".join(self.combinations[place]) for place in list(chosen)[:4])


def derived(
    prevalence: pd.DataFrame,
    secrets: Mapping[Table, Secrets],
    columns: Sequence[str],
    *,
    min_cell: int,
    is_thorough: bool = True,
) -> list[Derived]:
    """What follows of fewer than `min_cell` respondents in a group; `prevalence` is the file, all text.

    `is_thorough` also looks for sums of any number of figures (integer linear programming) and for what bounds leave
    no choice (linear programming). A code that fewer have, or lack, in all together, tells so in its total: of such
    codes no group may be told, and that none or all have it everywhere is no secret.
    """
    found: list[Derived] = []
    for table, own in secrets.items():
        rows = prevalence[(prevalence[["per", "question", "codeframe"]] == list(table)).all(axis=1)]
        if not len(rows) or not len(own.values):
            continue
        atoms = _Atoms.of(own, rows, columns)
        alone: dict[bytes, list[Derived]] = {}
        for place, (code, figures) in enumerate(rows.groupby("code", sort=False)):
            about = _Code((table, str(code), place), atoms, own, figures.reset_index(drop=True), min_cell)
            told = about.any_figure.tobytes()
            if told not in alone:
                alone[told] = list(about.alone())
            found += alone[told]
            found += about.published()
            found += about.sums()
            if is_thorough:
                found += about.any_sums()
                found += about.bounds()
    return list(dict.fromkeys(found))


class _Code:
    """One code of a table under attack: what its figures tell, in the order of the cells."""

    def __init__(
        self, place: tuple[Table, str, int], atoms: _Atoms, secrets: Secrets, rows: pd.DataFrame, min_cell: int
    ) -> None:
        self.table, self.code, column = place
        self.atoms, self.min_cell, self.rows = atoms, min_cell, rows
        marks = {"has": secrets.has[:, column], "lacks": secrets.lacks[:, column]}
        self.counts = {side: atoms.count(own) for side, own in marks.items()}
        people = {"has": secrets.people_say_has[:, column], "lacks": secrets.people_say_lacks[:, column]}
        self.certain = {side: atoms.count(own) for side, own in people.items()}
        is_exact = rows["method"].isin(EXACT) & (rows["share"] != "")
        self.exact = ((rows["raw_share"] != "") | is_exact).to_numpy(dtype=np.bool_)
        self.any_figure = self.exact | (rows["share"] != "").to_numpy(dtype=np.bool_)
        self.is_group = (rows["background"] != "").to_numpy(dtype=np.bool_)

    def _one(self, how: str, side: str, chosen: Bools) -> Derived:
        n, count = int(self.atoms.n @ chosen), round(float(self.counts[side] @ chosen))
        return Derived(self.table, self.code, how, side, n, count, self.atoms.name(np.flatnonzero(chosen).tolist()))

    def published(self) -> Iterator[Derived]:
        """Figures of a group that tell of few themselves; also the ends of intervals, where people's codes set them."""
        members = self.atoms.members
        for cell in np.flatnonzero(self.is_group & self.exact).tolist():
            for side, counts in self.counts.items():
                if members[cell] @ counts < self.min_cell:
                    yield self._one("published", side, members[cell] > 0)
        for cell in np.flatnonzero(self.is_group & self.any_figure & ~self.exact).tolist():
            n = members[cell] @ self.atoms.n
            for side, end in (("has", self.rows["low"][cell]), ("lacks", self.rows["high"][cell])):
                told = float(end) * n if side == "has" else n - float(end) * n
                count = members[cell] @ self.certain[side]
                if 0 < count < self.min_cell and abs(told - count) <= 0.00005 * n + SMALL:
                    yield self._one("published", f"{side} at least", members[cell] > 0)

    def sums(self) -> Iterator[Derived]:
        """Combinations of values, parts that two cells share, hidden cells, and what is left of cells beside others."""
        shown = self.atoms.members[self.exact]
        if not len(shown):
            return
        candidates = self._candidates()
        for chosen in np.unique(candidates[_follow(candidates, shown)] > 0, axis=0):
            yield from (self._one("sum", side, chosen) for side in self.counts if self._is_few(side, chosen))

    def _is_few(self, side: str, chosen: Bools) -> bool:
        """Not where it is no secret: in all together as few have the code, or lack it."""
        counts, decided = self.counts[side], self.counts["has"] + self.counts["lacks"]
        return bool(counts.sum() >= self.min_cell > counts @ chosen and decided @ chosen > 0)

    def _candidates(self) -> Floats:
        """As rows (c, a)."""
        members, columns = self.atoms.members, np.array([column for column, _ in self.atoms.cells])
        shown = [members[(columns == column) & self.exact].sum(axis=0) for column in dict.fromkeys(columns)]
        return np.vstack([self.atoms.parts, *(members * (1 - own.clip(max=1)) for own in shown)])

    def any_sums(self) -> Iterator[Derived]:
        """The set of respondents that any combination of figures gives, with as few as possible who have the code."""
        shown = self.atoms.members[self.exact]
        for side, counts in self.counts.items():
            decided = self.counts["has"] + self.counts["lacks"]
            if not len(shown) or counts.sum() < self.min_cell:
                continue
            chosen = _smallest(shown, counts, decided)
            if chosen is not None and self._is_few(side, chosen):
                yield self._one("sum", side, chosen)

    def alone(self) -> Iterator[Derived]:
        """Respondents of whom all kinds of shares follow, since they are what two sums of groups differ by."""
        shown = self.atoms.members[self.any_figure]
        if not len(shown):
            return
        candidates = self._candidates()
        few = (candidates @ self.atoms.n < self.min_cell) & candidates.any(axis=1)
        for chosen in candidates[few][_follow(candidates[few], shown)] > 0:
            n = int(self.atoms.n @ chosen)
            yield Derived(self.table, "", "alone", "", n, n, self.atoms.name(np.flatnonzero(chosen).tolist()))

    def bounds(self) -> Iterator[Derived]:
        """Combinations of values of which all have the code, or none, in every way that the figures leave open.

        Of all who are decided in a cell of which figures are shown, the attacker knows who they are.
        """
        shown, decided = self.atoms.members[self.exact], self.counts["has"] + self.counts["lacks"]
        if not len(shown) or min(self.counts["has"].sum(), self.counts["lacks"].sum()) < self.min_cell:
            return
        for place in _pinned(shown, self.counts["has"], decided):
            chosen = np.arange(len(decided)) == place
            side = "has" if self.counts["has"][place] else "lacks"
            if decided[place] and 0 in (self.counts["has"][place], self.counts["lacks"][place]):
                yield self._one("bound", side, chosen)


def _follow(candidates: Floats, shown: Floats) -> Bools:
    """Which candidates (c, a) are sums and differences of what is shown (s, a)."""
    basis, sizes, _ = np.linalg.svd(shown.T, full_matrices=False)
    basis = basis[:, sizes > SMALL]
    return np.asarray((candidates**2).sum(axis=1) - ((candidates @ basis) ** 2).sum(axis=1) < SMALL)


def _smallest(shown: Floats, counts: Floats, decided: Floats) -> Bools | None:
    """Of all sets of combinations that follow from what is shown, the one of somebody with the smallest count."""
    n_shown, n_atoms = shown.shape
    cost = np.concatenate([counts, np.zeros(n_shown)])
    follows = LinearConstraint(np.hstack([np.eye(n_atoms), -shown.T]), 0, 0)
    somebody = LinearConstraint(np.concatenate([decided, np.zeros(n_shown)])[None], 1, np.inf)
    bounds = Bounds([0.0] * n_atoms + [-np.inf] * n_shown, [1.0] * n_atoms + [np.inf] * n_shown)
    integral = np.array([1] * n_atoms + [0] * n_shown)
    options = {"time_limit": SECONDS}
    found = milp(cost, constraints=[follows, somebody], bounds=bounds, integrality=integral, options=options)
    return None if found.x is None else np.asarray(np.round(found.x[:n_atoms]) == 1)


def _pinned(shown: Floats, counts: Floats, most: Floats) -> list[int]:
    """The combinations whose count (a,), between 0 and `most`, is the only one that the sums of what is shown allow.

    One program finds them all: a way to leave each end that is reached, as far as there is any (Freund, Roundy & Todd
    1985).
    """
    n_atoms = len(counts)
    at_least, at_most = counts <= 0, counts >= most
    fixed = at_least & at_most
    # The move d of every count, and t <= d (or -d) for those at an end, at most 1.
    cost = np.concatenate([np.zeros(n_atoms), -np.ones(n_atoms)])
    sign = np.where(at_least, 1.0, -1.0)
    away = np.hstack([np.diag(-sign), np.eye(n_atoms)])[(at_least | at_most) & ~fixed]
    low = np.where(at_least, 0.0, -np.inf)
    high = np.where(at_most, 0.0, np.inf)
    bounds = [*zip(low, high, strict=True), *[(0, 1 if (at_least | at_most)[place] else 0) for place in range(n_atoms)]]
    still = np.hstack([shown, np.zeros_like(shown)])
    found = linprog(
        cost, A_ub=away if len(away) else None, b_ub=np.zeros(len(away)) if len(away) else None, A_eq=still,
        b_eq=np.zeros(len(shown)), bounds=bounds,
    )  # fmt: skip
    at_an_end = (at_least | at_most) & ~fixed
    stuck = at_an_end & (found.x[n_atoms:] < 0.5)
    free = ~(stuck | fixed)
    between = np.flatnonzero(~at_least & ~at_most)
    held = between[_follow(np.eye(n_atoms)[between][:, free], shown[:, free])]
    return [*np.flatnonzero(stuck).tolist(), *held.tolist()]


# Surveys to attack


def coded_survey(root: Path, name: str) -> tuple[pd.DataFrame, dict[Table, Secrets], list[str]]:
    """What `classify` published of a survey, its secrets, and the background columns by which shares are broken down.

    `responses_coded.csv` and `prevalence.csv` as they are written without `--excel-nl`.
    """
    project = open_project(root, name)
    folder, survey = project.folders.coded, project.survey
    prevalence, responses, codings = (
        pd.read_csv(folder / f"{file}.csv", dtype=str, keep_default_na=False) for file in FILES
    )
    columns = [column for column in dict.fromkeys(prevalence["background"]) if column]
    values = responses[columns].to_numpy(dtype=object)
    weight = responses[survey.weight].str.replace(",", ".") if survey.weight else pd.Series("1", responses.index)
    weights = pd.to_numeric(weight).fillna(0)
    ids = {respondent: row for row, respondent in enumerate(responses[survey.respondent_id])}
    blocks: dict[str, list[tuple[str, Bools, Secrets]]] = {}
    for question in survey.coded_questions:
        for frame in question.codeframes:
            status = responses[f"{question.id}_{frame}_status"]
            silent = {Base.SUBSTANTIVE: {"empty", "no_answer"}, Base.FILLED_IN: {"empty"}, Base.ASKED: set[str]()}
            in_base = (~status.isin(silent[question.base]) & (weights > 0)).to_numpy(dtype=np.bool_)
            names = [f"{question.id}_{frame}_{code}" for code in project.codebook.codeframe(frame).code_ids]
            cells = responses[names].to_numpy(dtype=object)
            own = codings[(codings["question"] == question.id) & (codings["codeframe"] == frame)]
            by_people = np.zeros((len(responses), 1), dtype=np.bool_)
            by_people[own.loc[own["source"] == "person", "respondent_id"].map(ids).to_numpy(dtype=np.intp)] = True
            has, lacks = cells == "1", cells == "0"
            secrets = Secrets(values, has, lacks, has & by_people, lacks & by_people)
            blocks.setdefault(frame, []).append((question.id, in_base, secrets))
    found = {
        ("answer", question, frame): _of(rows, own) for frame, all_ in blocks.items() for question, rows, own in all_
    }
    return prevalence, found | {("respondent", "", frame): _together(all_) for frame, all_ in blocks.items()}, columns


def _of(rows: Bools, secrets: Secrets) -> Secrets:
    return Secrets(*(own[rows] for own in vars(secrets).values()))


def _together(blocks: Sequence[tuple[str, Bools, Secrets]]) -> Secrets:
    """Of respondents: who has a code in any answer, and is decided in all that count."""
    anyone = np.logical_or.reduce([rows for _, rows, _ in blocks])
    values = blocks[0][2].values

    def both(has: Callable[[Secrets], Bools], lacks: Callable[[Secrets], Bools]) -> tuple[Bools, Bools]:
        yes = np.array([has(own) & rows[:, None] for _, rows, own in blocks]).any(axis=0)
        no = np.array([lacks(own) | ~rows[:, None] for _, rows, own in blocks])
        decided = (no | np.array([has(own) for *_, own in blocks])).all(axis=0)
        return yes & decided, ~yes & decided

    decided = both(lambda own: own.has, lambda own: own.lacks)
    by_people = both(lambda own: own.people_say_has, lambda own: own.people_say_lacks)
    return _of(anyone, Secrets(values, *decided, *by_people))


FILES = ("prevalence", "responses_coded", "codings")
CODES = ("wonen", "zorg", "groen", "veilig")


def random_survey(seed: int, *, min_cell: int = 5) -> tuple[pd.DataFrame, dict[Table, Secrets], list[str]]:
    """What is published of a made-up survey, its secrets, and its background columns.

    Districts of parts of a town, of which some respondents are in the wrong part; columns that have nothing to do with
    it, and one that nearly follows from two others. People coded all answers, or some, or the model decided most; in
    half of the surveys respondents have weights.
    """
    rng = np.random.default_rng([seed, 17])
    n = int(rng.integers(40, 400))
    n_parts = int(rng.integers(2, 6))
    n_districts = n_parts * int(rng.integers(1, 5))
    district = rng.choice(n_districts, n, p=rng.dirichlet(np.full(n_districts, 3.0)))
    part = district % n_parts
    wrong = rng.random(n) < rng.choice([0, 0.005, 0.02])
    part[wrong] = rng.integers(0, n_parts, wrong.sum())
    others = [rng.integers(0, k, n) for k in rng.integers(2, 8, rng.integers(0, 3))]
    if len(others) == 2:
        either = ((others[0] == 0) | (others[1] == 0)) ^ (rng.random(n) < rng.choice([0, 0.01]))
        others.append(either.astype(np.intp))
    given = np.column_stack([part, district, *others])
    columns = ["deel", "wijk", "leeftijd", "functie", "samen"][: given.shape[1]]
    names = [[f"{name[0]}{value}" for name, value in zip(columns, row, strict=True)] for row in given.tolist()]
    values = np.array(names, dtype=object)
    truth = rng.random((n, len(CODES))) < np.clip(rng.beta(0.7, 2, (1, len(CODES))) + rng.normal(0, 0.1, (n, 1)), 0, 1)
    kind = seed % 3
    is_person = rng.random(n) < (1, 0.4, 0.7)[kind]
    decided = is_person[:, None] | (rng.random(truth.shape) < (0, 0.5, 0.9)[kind])
    weights = rng.choice([0.8, 1.0, 1.3], n) if seed % 2 else np.ones(n)
    units = Units(
        predicted=np.clip(truth * 0.7 + rng.random(truth.shape) * 0.3, 0, 1),
        given=truth & decided,
        decided=decided,
        confirmed=truth & is_person[:, None],
        denied=~truth & is_person[:, None],
        weights=weights,
        in_base=np.ones(n, dtype=np.bool_),
        stratum=np.ones(n, dtype=np.intp),
        is_person=is_person,
        is_audit=is_person & (rng.random(n) < 0.8),
    )
    prevalence = Prevalence(columns, min_cell)
    prevalence.add_units(ShareScope(Per.ANSWER, "v1", "thema", CODES), units, values)
    published = _published(prevalence.shares(), min_cell)
    return published, {("answer", "v1", "thema"): _secrets(units, values)}, columns


def _secrets(units: Units, values: NDArray[np.object_]) -> Secrets:
    lacks = ~units.given & units.decided
    return Secrets(values, units.given & units.decided, lacks, units.confirmed, units.denied)


def _published(shares: Iterable[Share], min_cell: int) -> pd.DataFrame:
    codes = [{"id": code, "value": n, "label": code, "definition": code} for n, code in enumerate(CODES, 1)]
    frame = {"id": "thema", "label": "Thema", "code": codes}
    codebook = Codebook.model_validate({"title": "t", "version": "1.0.0", "codeframe": [frame]})
    return prevalence_frame(shares, codebook, min_cell, Format())
