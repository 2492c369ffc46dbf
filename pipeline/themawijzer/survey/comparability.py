"""Which questions and codes of two surveys ask and mean the same, so that their shares can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from themawijzer.survey.codebook import TO_BE_FILLED_IN, Code, Codeframe
from themawijzer.survey.survey import Question, Survey


class Obstacle(StrEnum):
    """Why a code cannot be compared."""

    ADDED = "added"
    GONE = "gone"
    OTHER_VALUE = "another value"
    OTHER_DEFINITION = "another definition"
    OTHER_PARENT = "another parent"
    UNDEFINED = "no definition yet"
    NOT_LEARNED = "not learned by both models"
    WAITING = "random answers wait to be judged again"
    SKIPPED = "random answers that were skipped are unlike those that were coded"
    OTHER_BASE = "the random sample lacks answers that count and say nothing"


@dataclass(frozen=True)
class Comparable:
    """The codes of one codeframe that mean the same in both codebooks, and why others do not."""

    first: Codeframe
    second: Codeframe
    codes: list[str]
    left_out: dict[str, Obstacle]


def match_questions(first: Survey, second: Survey) -> list[tuple[Question, Question]]:
    """The questions with the same text, whatever their id: capitals and white space aside."""
    matched, left = [], list(second.questions)
    for question in first.questions:
        alike = [other for other in left if _plain(other.text) == _plain(question.text)]
        if alike:
            best = max(alike, key=lambda other: other.id == question.id)
            left.remove(best)
            matched.append((question, best))
    return matched


def comparable_codes(first: Codeframe, second: Codeframe) -> Comparable:
    """A code means the same when its id, value, definition and parent are the same; a label may be renamed."""
    ours, theirs = ({code.id: code for code in codeframe.codes} for codeframe in (first, second))
    obstacles = {code: _obstacle(ours.get(code), theirs.get(code)) for code in {**theirs, **ours}}
    same = [code for code, obstacle in obstacles.items() if obstacle is None]
    return Comparable(first, second, same, {code: obstacle for code, obstacle in obstacles.items() if obstacle})


def tell_obstacles(left_out: Mapping[str, Obstacle]) -> str:
    """The codes by the reason why they are left out: `added: wonen, zorg; another value: werk`."""
    by_obstacle: dict[Obstacle, list[str]] = {}
    for code, obstacle in left_out.items():
        by_obstacle.setdefault(obstacle, []).append(code)
    return "; ".join(f"{obstacle}: {', '.join(codes)}" for obstacle, codes in by_obstacle.items())


def _obstacle(first: Code | None, second: Code | None) -> Obstacle | None:
    if first is None or second is None:
        return Obstacle.ADDED if first is None else Obstacle.GONE
    if first.value != second.value:
        return Obstacle.OTHER_VALUE
    if first.definition != second.definition:
        return Obstacle.OTHER_DEFINITION
    if first.parent != second.parent:
        return Obstacle.OTHER_PARENT
    return Obstacle.UNDEFINED if first.definition == TO_BE_FILLED_IN else None


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
