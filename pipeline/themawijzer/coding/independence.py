"""Which codes a coder gave without seeing those of another: only these tell how far coders agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from themawijzer.survey.annotations import ADJUDICATOR, Annotation, AnsweredUnit

# The streams in which nobody sees what another coder gave. On the page and in a worksheet these are the random sample,
# what nobody decided yet, and what is coded twice; labels from elsewhere count as given independently. A second look
# (stream `review`) shows earlier codes on the page, and its reason tells of them in a worksheet and in review.csv.
BLIND = ("random", "active", "import")


@dataclass(frozen=True)
class Independent:
    """The annotations that were given independently, by coder, and how many rows were left out, by why.

    `n_seen` were given where codes of another coder could be seen; `n_copied` are another coder's rows once more.
    """

    annotations: Mapping[str, list[Annotation]]
    n_seen: int
    n_copied: int


def independent(annotations: Mapping[str, Iterable[Annotation]]) -> Independent:
    """What coders, of whom an adjudicator is none, gave independently; rows in their order.

    A second look is blind as long as no other coder, nor an adjudicator, had said anything of the answer. What a coder
    changed after the answer was adjudicated is not, since all codes are shown there; what the codebook brought back is.
    """
    rows = {coder: list(own) for coder, own in annotations.items()}
    first = _first_moments(rows)
    coders = {coder: own for coder, own in rows.items() if coder != ADJUDICATOR}
    changed = _changed_after_verdict(rows)
    blind = {
        coder: [row for row in own if _is_blind(row, coder, first) and (coder, row) not in changed]
        for coder, own in coders.items()
    }
    copied = _copied(blind)
    kept = {coder: [row for row in own if (coder, row) not in copied] for coder, own in blind.items()}
    n, n_blind, n_kept = (sum(map(len, found.values())) for found in (coders, blind, kept))
    return Independent(kept, n - n_blind, n_blind - n_kept)


def _first_moments(rows: Mapping[str, Iterable[Annotation]]) -> dict[AnsweredUnit, dict[str, datetime]]:
    """When each coder first said something, of the units that anybody looked at a second time."""
    looked_at = {row.answered for own in rows.values() for row in own if row.stream not in BLIND}
    first: dict[AnsweredUnit, dict[str, datetime]] = {}
    for coder, own in rows.items():
        for row in own:
            if row.answered in looked_at:
                moments = first.setdefault(row.answered, {})
                moments[coder] = min(moments.get(coder, _moment(row)), _moment(row))
    return first


def _changed_after_verdict(rows: Mapping[str, Iterable[Annotation]]) -> set[tuple[str, Annotation]]:
    """The rows, by coder, that replaced one of the same coder after the answer was adjudicated by the same codebook."""
    verdicts = {row.answered: row for row in rows.get(ADJUDICATOR, ())}
    found: set[tuple[str, Annotation]] = set()
    for coder, own in rows.items():
        decided: set[AnsweredUnit] = set()
        for row in own if verdicts else ():
            verdict = verdicts.get(row.answered)
            if verdict and row.answered in decided and row.codebook_version == verdict.codebook_version:
                found |= {(coder, row)} if _moment(row) > _moment(verdict) else set()
            decided.add(row.answered)
    return found


def _is_blind(row: Annotation, coder: str, first: Mapping[AnsweredUnit, Mapping[str, datetime]]) -> bool:
    if row.stream in BLIND:
        return True
    return all(other == coder or moment > _moment(row) for other, moment in first[row.answered].items())


def _moment(row: Annotation) -> datetime:
    """When it was given; as if it was always there where that cannot be read."""
    try:
        moment = datetime.fromisoformat(row.annotated_at)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _copied(blind: Mapping[str, Iterable[Annotation]]) -> set[tuple[str, Annotation]]:
    """The rows that an earlier coder, by name, has too: of the same moment, with the same codes and note.

    A moment at which a coder's file has several answers is that of an import, and says nothing of copies.
    """
    by_moment: dict[str, dict[str, list[Annotation]]] = {}
    for coder in sorted(blind):
        for row in blind[coder]:
            by_moment.setdefault(row.annotated_at, {}).setdefault(coder, []).append(row)
    found: set[tuple[str, Annotation]] = set()
    for by_coder in by_moment.values():
        earlier: set[tuple[object, ...]] = set()
        for coder, own in by_coder.items():
            if len({(row.respondent_id, row.question) for row in own}) == 1:
                found |= {(coder, row) for row in own if _decision(row) in earlier}
                earlier |= {_decision(row) for row in own}
    return found


def _decision(row: Annotation) -> tuple[object, ...]:
    return *row.answered, row.codes, row.note.strip()
