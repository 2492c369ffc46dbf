"""What questions are about, in a few words, where there is no room for their texts."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from themawijzer.survey.no_answers import fold
from themawijzer.survey.survey import Question

MAX_SUBJECT = 32  # characters: one pill on a telephone


def name_subjects(questions: Iterable[Question]) -> dict[str, str]:
    """Per id of a question a short name that no other one has: its subject, after its id where two are the same."""
    short = {question.id: shorten(question.text) for question in questions}
    counts = Counter(short.values())
    return {name: f"{name}: {subject}" if counts[subject] > 1 else subject for name, subject in short.items()}


def shorten(text: str) -> str:
    """The text of a question in at most `MAX_SUBJECT` characters, cut between words.

    One that is longer begins where its subject does: "Wat is volgens u de oorzaak van …" begins with "Oorzaak".
    """
    sentences = re.split(r"(?<=[?.!]) (?=[A-Z])", " ".join(text.split()))
    asked = next((sentence for sentence in sentences if sentence.endswith("?")), sentences[0])
    if len(asked) <= MAX_SUBJECT:
        return asked
    words = asked.split()
    words = words[next((place for place, word in enumerate(words) if not is_small(word)), 0) :]
    whole = " ".join(words)
    if len(whole) > MAX_SUBJECT:
        ends = [end for end, word in enumerate(words, start=1) if not is_small(word)]
        tries = (" ".join(words[:end]).rstrip(",;:.") + "…" for end in reversed(ends))
        whole = next((short for short in tries if len(short) <= MAX_SUBJECT), whole[: MAX_SUBJECT - 1] + "…")
    return whole[:1].upper() + whole[1:]


def is_small(word: str) -> bool:
    """Whether a word tells nothing of what a text is about."""
    return fold(word) in _small()


@cache
def _small() -> frozenset[str]:
    own = files("themawijzer.annotation").joinpath("subjects.toml").read_text("utf-8")
    return frozenset(tomllib.loads(own)["small"])
