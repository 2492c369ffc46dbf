"""Answers that no code fits, in groups that may be new codes: what `discover` found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from themawijzer.survey.codebook import Codebook

N_EXAMPLES = 3


@dataclass(frozen=True)
class Proposal:
    """A group of answers: typical words, how many, how surely it comes back (0 to 1), and examples."""

    words: list[str]
    n: int
    stability: float
    examples: list[str]


@dataclass(frozen=True)
class Leftovers:
    """The answers to a question without a code of a codeframe; `n_rest` of them are in no group."""

    question: str
    codeframe: str
    label: str
    n_without_code: int
    n_rest: int
    proposals: list[Proposal]


def leftovers_of(
    discovered: Mapping[str, Any],
    codebook: Codebook,
    can_be_shown: Callable[[str], bool],
    *,
    with_examples: bool,
) -> list[Leftovers]:
    """What is in `discovered.json`, of the words and examples only those that `can_be_shown`."""
    return [
        Leftovers(
            question=each["question"],
            codeframe=each["codeframe"],
            label=codebook.codeframe(each["codeframe"]).label,
            n_without_code=each["n_without_code"],
            n_rest=each["n_rest"],
            proposals=[
                Proposal(
                    words=[word for word in found["words"] if can_be_shown(word)],
                    n=found["n"],
                    stability=found["stability"],
                    examples=[text for text in found["examples"] if with_examples and can_be_shown(text)][:N_EXAMPLES],
                )
                for found in each["proposals"]
            ],
        )
        for each in discovered["codeframes"]
    ]
