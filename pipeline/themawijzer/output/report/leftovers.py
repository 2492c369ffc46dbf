"""Answers that no code fits, in groups that may be new codes: what `discover` found."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from themawijzer.output.discovered import DiscoveredFile, GroupRecord
from themawijzer.survey.codebook import Codebook

N_EXAMPLES = 3


@dataclass(frozen=True)
class Leftovers:
    """The answers to a question without a code of a codeframe; `n_rest` of them are in no group."""

    question: str
    codeframe: str
    label: str
    n_without_code: int
    n_rest: int
    proposals: list[GroupRecord]


def leftovers_of(
    discovered: DiscoveredFile, codebook: Codebook, can_be_shown: Callable[[str], bool], *, with_examples: bool
) -> list[Leftovers]:
    """The groups in `discovered.json`, with only those words and examples that `can_be_shown`."""
    return [
        Leftovers(
            found.question,
            found.codeframe,
            codebook.codeframe(found.codeframe).label,
            found.n_without_code,
            found.n_rest,
            [
                replace(
                    group,
                    words=[word for word in group.words if can_be_shown(word)],
                    examples=[text for text in group.examples if with_examples and can_be_shown(text)][:N_EXAMPLES],
                )
                for group in found.proposals
            ],
        )
        for found in discovered.codeframes
    ]
