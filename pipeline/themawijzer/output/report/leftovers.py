"""Answers that no code fits, in groups that may be new codes: what `discover` found."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from themawijzer.output.discovered import DiscoveredFile, GroupRecord
from themawijzer.output.quotes_file import Approval, Quotable
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

    @property
    def quotables(self) -> list[Quotable]:
        """The examples, as what may be quoted."""
        return [self.quotable(text) for group in self.proposals for text in group.examples]

    def quotable(self, text: str) -> Quotable:
        """An example, as what may be quoted for no code."""
        return Quotable(self.question, self.codeframe, "", text)

    def only(self, is_shown: Callable[[Quotable], bool]) -> Self:
        """The same with only those examples that are shown."""
        groups = [
            replace(group, examples=[text for text in group.examples if is_shown(self.quotable(text))])
            for group in self.proposals
        ]
        return replace(self, proposals=groups)


def leftovers_of(
    discovered: DiscoveredFile, codebook: Codebook, can_be_shown: Callable[[str], bool], approval: Approval
) -> list[Leftovers]:
    """The groups in `discovered.json`, with only those words and examples that `can_be_shown`, and nobody refused."""

    def may_stand(text: str) -> bool:
        return can_be_shown(text) and not approval.refuses(text)

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
                    examples=[text.strip() for text in group.examples if may_stand(text)][:N_EXAMPLES],
                )
                for group in found.proposals
            ],
        )
        for found in discovered.codeframes
    ]
