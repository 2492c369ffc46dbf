"""Annotated answers that mean about the same as the one that is coded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from themawijzer.annotation.snapshot import Snapshot
from themawijzer.survey.annotations import reads_as
from themawijzer.survey.gold import settle

Similarity = Callable[[str, Sequence[str]], Sequence[float]]  # of an answer with others: more is more alike
N_SHOWN = 5


@dataclass
class Similar:
    """An annotated answer with the labels of its codes, by the label of the codeframe."""

    text: str
    labels: dict[str, list[str]] = field(default_factory=dict)


def find_similar(snapshot: Snapshot, answer: tuple[str, str], likeness: Similarity) -> list[Similar]:
    """The answers that people agree on in a codeframe of this one's question, the most similar first.

    Not the answer itself, which a second coder is to code without seeing how the first did.
    """
    respondent_id, question = answer
    own = snapshot.material.answers[question][respondent_id]
    codebook, asked = snapshot.material.codebook, snapshot.material.questions[question].codeframes
    found: dict[str, Similar] = {}
    for unit, gold in settle(snapshot.placed, codebook).items():
        if unit.codeframe in asked and not gold.disputed and not reads_as(gold.text, own):
            similar = found.setdefault(gold.text, Similar(gold.text))
            codeframe = codebook.codeframe(unit.codeframe)
            similar.labels[codeframe.label] = [code.label for code in codeframe.codes if code.id in gold.codes]
    texts = list(found)
    cosines = likeness(own, texts) if texts else []
    nearest = sorted(zip(cosines, texts, strict=True), key=lambda pair: -pair[0])[:N_SHOWN]
    return [found[text] for _, text in nearest]
