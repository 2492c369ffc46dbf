"""The shares in `prevalence.csv`, by question and codeframe, and by background group; what it hides stays hidden."""

from collections.abc import Iterable
from dataclasses import dataclass

from themawijzer.coding.tallies import Per
from themawijzer.output.labels import LABELS
from themawijzer.output.report.inputs import Coded
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.survey import Base, Survey

OUTSIDE_BASE = {LABELS[f"outside_base_{per}"] for per in Per}
MAX_SHOWN_GROUPS = 40  # of a background column; a longer table is for prevalence.csv


@dataclass(frozen=True)
class CodeShare:
    """The share of a code, and among what was decided (`raw`); None where it is not given, and `refusal` says why.

    `method` says how the share came about; what people counted in full has an interval only if it speaks for others.
    """

    code: str
    label: str
    share: float | None
    low: float | None
    high: float | None
    raw: float | None
    n_decided: int | None
    refusal: str
    method: str = ""

    @property
    def is_counted(self) -> bool:
        return self.method == LABELS["method_counted"]

    @property
    def is_outside(self) -> bool:
        """Whether people gave the code to answers that do not count only."""
        return self.refusal in OUTSIDE_BASE

    @property
    def rank(self) -> tuple[float, float]:
        return -(self.share if self.share is not None else -1), -(self.raw if self.raw is not None else -1)


@dataclass(frozen=True)
class ShareTable:
    """The shares of a codeframe among the answers to a question, or among the respondents (question ""); sorted.

    `n` answers or respondents, of which `n_audit` in the random sample; `among` says in words which.
    """

    per: str
    question: str
    codeframe: str
    label: str
    base: str
    among: str
    n: int
    n_audit: int
    codes: list[CodeShare]

    @property
    def is_counted(self) -> bool:
        told = [code.is_counted for code in self.codes if not code.is_outside]
        return bool(told) and all(told)


@dataclass(frozen=True)
class Group:
    """The respondents with one value of a background column; their codes in the order of the whole."""

    name: str
    n: int
    n_audit: int
    codes: list[CodeShare]


@dataclass(frozen=True)
class Breakdown:
    """A codeframe's shares among the respondents by a background column; small groups are only counted."""

    background: str
    whole: ShareTable
    groups: list[Group]
    n_hidden: int
    is_too_long: bool

    @property
    def has_shares(self) -> bool:
        return any(code.share is not None for group in self.groups for code in group.codes)


Row = dict[str, str]


def share_tables(coded: Coded, survey: Survey, codebook: Codebook) -> list[ShareTable]:
    """Per question and codeframe; then per respondent, where several questions have the codeframe."""
    asked = [codeframe for question in survey.questions for codeframe in question.codeframes]
    rows = [row for row in _rows(coded) if not row["background"]]
    wanted = [row for row in rows if row["per"] == Per.ANSWER or asked.count(row["codeframe"]) > 1]
    keys = dict.fromkeys((row["per"], row["question"], row["codeframe"]) for row in wanted)
    tables = {
        key: _table([row for row in wanted if (row["per"], row["question"], row["codeframe"]) == key], codebook)
        for key in keys
    }
    return [table for table in tables.values() if table]


def breakdowns(coded: Coded, codebook: Codebook) -> list[Breakdown]:
    """Per background column and codeframe, among the respondents."""
    rows = [row for row in _rows(coded) if row["per"] == Per.RESPONDENT]
    wholes = {
        name: _table([row for row in rows if row["codeframe"] == name and not row["background"]], codebook)
        for name in dict.fromkeys(row["codeframe"] for row in rows)
    }
    columns = dict.fromkeys(row["background"] for row in rows if row["background"])
    return [
        _breakdown(column, whole, [row for row in rows if (row["background"], row["codeframe"]) == (column, name)])
        for column in columns
        for name, whole in wholes.items()
        if whole
    ]


def _rows(coded: Coded) -> list[Row]:
    return [{str(name): cell for name, cell in row.items()} for row in coded.prevalence.to_dict("records")]


def _table(rows: list[Row], codebook: Codebook) -> ShareTable | None:
    """None where nobody answered."""
    if not rows or not rows[0]["n"]:
        return None
    first = rows[0]
    label = codebook.codeframe(first["codeframe"]).label
    codes = sorted(map(_share, rows), key=lambda code: code.rank)
    n, n_audit = _count(first["n"]) or 0, _count(first["n_audit"]) or 0
    base = Base.ASKED if Base.ASKED in first["base"].split("|") else first["base"]  # that is everybody
    among = LABELS[f"among_{first['per']}_{base}"]
    place = first["per"], first["question"], first["codeframe"]
    return ShareTable(*place, label, first["base"], among, n, n_audit, codes)


def _breakdown(column: str, whole: ShareTable, rows: Iterable[Row]) -> Breakdown:
    by_group: dict[str, list[Row]] = {}
    for row in rows:
        by_group.setdefault(row["group"], []).append(row)
    shown = {name: own for name, own in by_group.items() if own[0]["n"]}
    is_too_long = len(shown) > MAX_SHOWN_GROUPS
    groups = [] if is_too_long else [_group(name, own, whole) for name, own in shown.items()]
    return Breakdown(column, whole, groups, len(by_group) - len(shown), is_too_long)


def _group(name: str, rows: list[Row], whole: ShareTable) -> Group:
    shares = {share.code: share for share in map(_share, rows)}
    codes = [shares[code.code] for code in whole.codes]
    return Group(name, _count(rows[0]["n"]) or 0, _count(rows[0]["n_audit"]) or 0, codes)


def _share(row: Row) -> CodeShare:
    share, low, high, raw = (_number(row[column]) for column in ("share", "low", "high", "raw_share"))
    n_decided = _count(row["n_decided"])
    return CodeShare(row["code"], row["label"], share, low, high, raw, n_decided, row["refusal"], row["method"])


def _number(cell: str) -> float | None:
    return float(cell.replace(",", ".")) if cell else None


def _count(cell: str) -> int | None:
    return int(cell) if cell else None
