"""Annotated answers that mean about the same as the one that is coded."""

from collections.abc import Callable, Sequence

from themawijzer.annotation.snapshot import Snapshot
from themawijzer.survey.annotations import reads_as
from themawijzer.survey.gold import settle

Similarity = Callable[[str, Sequence[str]], Sequence[float]]  # of an answer with others: more is more alike
N_SHOWN = 5


def find_similar(snapshot: Snapshot, answer: tuple[str, str], likeness: Similarity) -> dict[str, dict[str, list[str]]]:
    """The answers that people agree on in a codeframe of this one's question, the most similar first.

    Each comes with the labels of its codes, by the label of the codeframe. The answer itself is left out, since a
    second coder is to code it without seeing how the first did.
    """
    respondent_id, question = answer
    own = snapshot.material.answers[question][respondent_id]
    codebook, asked = snapshot.material.codebook, snapshot.material.questions[question].codeframes
    found: dict[str, dict[str, list[str]]] = {}
    for unit, gold in settle(snapshot.placed_annotations, codebook).items():
        if unit.codeframe in asked and not gold.disputed and not reads_as(gold.text, own):
            codeframe = codebook.codeframe(unit.codeframe)
            labels = [code.label for code in codeframe.codes if code.id in gold.codes]
            found.setdefault(gold.text, {})[codeframe.label] = labels
    texts = list(found)
    cosines = likeness(own, texts) if texts else []
    nearest = sorted(zip(cosines, texts, strict=True), key=lambda pair: -pair[0])[:N_SHOWN]
    return {text: found[text] for _, text in nearest}
