"""A random sample of answers, in an order that a larger sample continues."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

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

    Uniform and without replacement. The place of a candidate depends on nobody else, so that a larger draw begins with
    a smaller one, and answers that were drawn but not coded come first the next time. It depends on the answer too: a
    respondent who comes back in another wave is drawn anew.
    """
    ordered = sorted(candidates, key=lambda candidate: _place(candidate, seed))
    return list(islice((candidate for candidate in ordered if fits(candidate.text)), n))


def drawn_until(
    candidates: Iterable[Candidate], last: Iterable[Candidate], *, seed: int, fits: Callable[[str], bool]
) -> list[Candidate]:
    """The candidates that a draw gives until it has given all of `last`."""
    end = max((_place(candidate, seed) for candidate in last), default=b"")
    return [candidate for candidate in candidates if _place(candidate, seed) <= end and fits(candidate.text)]


def _place(candidate: Candidate, seed: int) -> bytes:
    what = "\0".join([candidate.respondent_id, candidate.question, *lines_of(candidate.text)])
    return blake2b(what.encode(), key=seed.to_bytes(4, "little"), digest_size=16).digest()
