"""Watch whether the responses that are being coded are still like what the model learned from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from themawijzer.autocoding.trained import random_sample
from themawijzer.coding.codings import CodedBlock, Source
from themawijzer.coding.drift import MIN_FRESH, Drift, DriftVerdict, Likeness, Reference, Signal
from themawijzer.learning.store import Model
from themawijzer.output.run_file import RunDrift, RunSignal
from themawijzer.project.project import Project
from themawijzer.survey.annotations import AnsweredUnit
from themawijzer.survey.codebook import Codeframe, raise_parents

DECIMALS = 4


@dataclass
class DriftWatch:
    """Per learned codeframe what new answers are like, and how many of the random sample are among them."""

    project: Project
    model: Model
    drifts: dict[str, Drift] = field(init=False)
    n_fresh: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._samples = {codeframe: random_sample(self.project, codeframe) for codeframe in self.model.classifiers}
        self.drifts = {
            codeframe: Drift(_reference(self.project.codebook.codeframe(codeframe), self.model, sample))
            for codeframe, sample in self._samples.items()
        }

    def is_unlike(self, codeframe: str, likeness: Likeness) -> NDArray[np.bool_]:
        """Which answers are unlike all that people coded."""
        return self.drifts[codeframe].is_far(likeness.nearest)

    def add(self, block: CodedBlock, answers: Sequence[str], texts: Sequence[str], likeness: Likeness) -> None:
        """Add a block's codings of answers (n,), of which the texts (t,) can be coded, with their likeness."""
        codeframe = block.codeframe.id
        is_predicted = block.is_predicted
        self.n_fresh[codeframe] += int((block.is_audit & is_predicted).sum())
        self.drifts[codeframe].add_probabilities(block.probabilities[is_predicted])
        by_model = Counter(
            answer for answer, coding in zip(answers, block.codings, strict=True) if coding.source is Source.MODEL
        )
        times = np.array([by_model[text] for text in texts], dtype=np.int64)
        self.drifts[codeframe].add(likeness, times)

    def verdicts(self) -> dict[str, DriftVerdict]:
        """The verdict per codeframe on all that was added."""
        return {
            codeframe: drift.verdict(
                self.project.codebook.codeframe(codeframe).code_ids,
                n_fresh=self.n_fresh[codeframe],
                n_elsewhere=len(self._samples[codeframe]) - self.n_fresh[codeframe],
            )
            for codeframe, drift in self.drifts.items()
        }


def _reference(codeframe: Codeframe, model: Model, sample: Sequence[AnsweredUnit]) -> Reference:
    """The reference from the random sample where it is large enough, else from all annotated answers."""
    classifier = model.classifiers[codeframe.id]
    rows = model.learned_from(codeframe.id, sample)
    if rows.sum() < MIN_FRESH:
        rows[:] = True
    probabilities = raise_parents(classifier.held_out_[rows], codeframe.parent_positions)
    probabilities[:, ~classifier.is_learned] = np.nan
    own = classifier.familiarity_.own
    return Reference(own.n_words[rows], own.n_unknown[rows], own.nearest[rows], probabilities)


def drift_facts(verdict: DriftVerdict) -> RunDrift:
    """The verdict for `run.json`."""
    return RunDrift(
        answers=verdict.n_answers,
        random_sample_here=verdict.n_fresh,
        random_sample_elsewhere=verdict.n_elsewhere,
        guarantee_withdrawn=verdict.is_withdrawn,
        signals=[_signal(signal) for signal in verdict.signals],
    )


def _signal(signal: Signal) -> RunSignal:
    shares = (signal.expected, signal.low, signal.high, signal.found)
    expected, low, high, found = (round(share, DECIMALS) for share in shares)
    return RunSignal(signal.measure, signal.code, expected, low, high, found, signal.fires)
