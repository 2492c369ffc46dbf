"""A random sample of answers, in an order that a larger sample continues."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b

from themawijzer.survey.annotations import lines_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that may be drawn, in the codeframes for which it is not in the random sample yet."""

    respondent_id: str
    question: str
    text: str
    codeframes: tuple[str, ...]


def draw(candidates: Iterable[Candidate], n: int, *, seed: int, fits: Callable[[str], bool]) -> list[Candidate]:
    """The first n candidates, in a random order that the seed fixes, of which the text `fits`.

    Uniform and without replacement: every candidate has a place of its own that depends on nobody else, so that a
    larger draw begins with a smaller one, and what was drawn and left open comes first the next time. The answer is
    part of what decides the place: a respondent who comes back in another wave is drawn anew.
    """
    ordered = sorted(candidates, key=lambda candidate: _place(candidate, seed))
    drawn: list[Candidate] = []
    for candidate in ordered:
        if len(drawn) == n:
            break
        if fits(candidate.text):
            drawn.append(candidate)
    return drawn


def _place(candidate: Candidate, seed: int) -> bytes:
    what = "\0".join([candidate.respondent_id, candidate.question, *lines_of(candidate.text)])
    return blake2b(what.encode(), key=seed.to_bytes(4, "little"), digest_size=16).digest()
