"""Codes that the same respondents have: a map of shares, and the pairs that occur together more than chance.

Codes count whether they are decided or only suggested. With decided codes alone, respondents with many codes would be
missing: their answers more often wait for a person.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement

import numpy as np

from themawijzer.coding.association import FALSE_DISCOVERIES, Association, adjusted, associate
from themawijzer.coding.codings import JUDGED, SAYS_NOTHING
from themawijzer.coding.numbers import Bools
from themawijzer.output.report.inputs import Coded
from themawijzer.survey.codebook import Code, Codebook, Codeframe
from themawijzer.survey.survey import Survey

MAX_PAIRS = 20


@dataclass(frozen=True)
class HeatMap:
    """Of the respondents with the code of the row, the share that has the code of the column.

    `counts` has those with both, None where they are fewer than the smallest cell that may be shown; codes of which no
    count may be shown are not in it. `notable` marks pairs that occur together more than chance.
    """

    rows_label: str
    columns_label: str
    n: int
    rows: list[str]
    columns: list[str]
    row_totals: list[int]
    counts: list[list[int | None]]
    notable: list[list[bool]]

    @property
    def highest(self) -> float:
        """The largest share in the map."""
        lines = zip(self.row_totals, self.counts, strict=True)
        return max(n / total for total, line in lines for n in line if n is not None)


@dataclass(frozen=True)
class Pair:
    """Two codes that occur together more than chance, with the odds ratio and its interval."""

    first: str
    second: str
    first_codeframe: str
    second_codeframe: str
    n: int
    n_first: int
    n_second: int
    n_both: int
    expected: float
    odds_ratio: float
    low: float
    high: float
    p: float
    p_adjusted: float


@dataclass(frozen=True)
class Together:
    """Maps and pairs, of `n_tested` pairs; `share_open` of the codes that count are suggestions nobody decided on."""

    maps: list[HeatMap]
    pairs: list[Pair]
    n_notable: int
    n_tested: int
    share_open: float


@dataclass(frozen=True)
class _Respondents:
    """Which respondents (n,) said something in a codeframe, and which codes (n, k) they have."""

    codeframe: Codeframe
    asked: Bools
    has: Bools


_Tested = tuple[_Respondents, int, _Respondents, int, Association]  # two codes, each by its codeframe and place in it


def together_of(coded: Coded, survey: Survey, codebook: Codebook) -> Together:
    """Between and within the codeframes; maps within a codeframe only where it is the only one."""
    asked = {codeframe for question in survey.questions for codeframe in question.codeframes}
    used = [codeframe for codeframe in codebook.codeframes if codeframe.id in asked and codeframe.codes]
    respondents = [_respondents(coded, survey, codeframe) for codeframe in used]
    min_cell = survey.settings.min_cell
    tables = [(a, b, _associations(a, b)) for a, b in combinations_with_replacement(respondents, 2)]
    tested = [pair for a, b, table in tables for pair in _testable(a, b, table, min_cell)]
    q = adjusted([association.p for *_, association in tested])
    found = [(pair, level) for pair, level in zip(tested, q, strict=True) if level <= FALSE_DISCOVERIES]
    notable = {(a.codeframe.id, i, b.codeframe.id, j) for (a, i, b, j, _), _ in found}
    pairs = [_pair(pair, level) for pair, level in found if pair[-1].n_both >= min_cell]
    is_alone = len(used) == 1
    maps = [_map(a, b, table, notable, min_cell) for a, b, table in tables if is_alone or a is not b]
    decision = coded.codings["decision"]
    share_open = round(float((decision == "review").mean()), 4) if len(decision) else 0.0
    strongest = sorted(pairs, key=lambda pair: -pair.low)[:MAX_PAIRS]
    return Together(
        [heat_map for heat_map in maps if heat_map.rows and heat_map.columns],
        strongest,
        len(pairs),
        len(tested),
        share_open,
    )


def _respondents(coded: Coded, survey: Survey, codeframe: Codeframe) -> _Respondents:
    questions = [question.id for question in survey.questions if codeframe.id in question.codeframes]
    status = coded.responses[[f"{question}_{codeframe.id}_status" for question in questions]]
    ids = {response: row for row, response in enumerate(coded.responses[survey.respondent_id])}
    own = coded.codings[coded.codings["codeframe"] == codeframe.id]
    places = own["respondent_id"].map(ids).astype(int), own["question"].map(questions.index).astype(int)
    own = own[~status.isin(SAYS_NOTHING).to_numpy()[places]]
    has = np.zeros((len(ids), len(codeframe.codes)), dtype=np.bool_)
    has[own["respondent_id"].map(ids), own["code"].map(codeframe.code_ids.index)] = True
    return _Respondents(codeframe, status.isin(JUDGED).any(axis=1).to_numpy(), has)


def _associations(a: _Respondents, b: _Respondents) -> list[list[Association]]:
    rows = a.asked & b.asked
    return associate(a.has[rows], b.has[rows])


def _testable(a: _Respondents, b: _Respondents, table: list[list[Association]], min_cell: int) -> Iterator[_Tested]:
    """The pairs of which either code is frequent enough; not a code with one that it implies."""
    places = [(i, j) for i in range(len(table)) for j in range(len(table[0]))]
    for i, j in list(combinations(range(len(table)), 2)) if a is b else places:
        found, codes = table[i][j], (a.codeframe.codes[i], b.codeframe.codes[j])
        implied = a is b and _implies(a.codeframe, *codes)
        if not implied and min(found.n_first, found.n_second) >= min_cell:
            yield a, i, b, j, found


def _implies(codeframe: Codeframe, first: Code, second: Code) -> bool:
    return second.id in codeframe.with_parents([first.id]) or first.id in codeframe.with_parents([second.id])


def _pair(tested: _Tested, level: float) -> Pair:
    a, i, b, j, found = tested
    first, second = a.codeframe, b.codeframe
    labels = first.codes[i].label, second.codes[j].label, first.label, second.label
    counts = found.n, found.n_first, found.n_second, found.n_both
    figures = (float(f"{figure:.4g}") for figure in (found.expected, *found.odds_ratio, found.p, level))
    return Pair(*labels, *counts, *figures)


def _map(
    a: _Respondents,
    b: _Respondents,
    table: list[list[Association]],
    notable: Set[tuple[str, int, str, int]],
    min_cell: int,
) -> HeatMap:
    """The codes that share enough respondents with any other, the most frequent first."""
    counts = np.array([[found.n_both for found in row] for row in table]).reshape(len(table), -1)
    is_shown = counts >= min_cell
    if a is b:
        np.fill_diagonal(is_shown, val=False)
    firsts = [row[0].n_first for row in table] if counts.size else []
    seconds = [found.n_second for found in table[0]] if counts.size else []
    rows, columns = _by_frequency(firsts, is_shown.any(axis=1)), _by_frequency(seconds, is_shown.any(axis=0))
    ids = a.codeframe.id, b.codeframe.id
    return HeatMap(
        rows_label=a.codeframe.label,
        columns_label=b.codeframe.label,
        n=int((a.asked & b.asked).sum()),
        rows=[a.codeframe.codes[i].label for i in rows],
        columns=[b.codeframe.codes[j].label for j in columns],
        row_totals=[firsts[i] for i in rows],
        counts=[[int(counts[i, j]) if is_shown[i, j] else None for j in columns] for i in rows],
        notable=[
            [bool(is_shown[i, j]) and bool({(ids[0], i, ids[1], j), (ids[1], j, ids[0], i)} & notable) for j in columns]
            for i in rows
        ],
    )


def _by_frequency(totals: Sequence[int], is_shown: Bools | np.bool_) -> list[int]:
    return sorted(np.flatnonzero(is_shown).tolist(), key=lambda place: -totals[place])
