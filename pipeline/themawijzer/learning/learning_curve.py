"""What more annotated answers would do to a model, and to the evidence for it: the learning curve, extrapolated."""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np

from themawijzer.coding.certification import Audit
from themawijzer.coding.decisions import EVEN, answer_doubt
from themawijzer.coding.evidence import RISK, binomial
from themawijzer.coding.numbers import LEVEL, Figure, Floats, Ints
from themawijzer.learning.evaluation import N_FOLDS, OutOfFold, scored_rows
from themawijzer.learning.examples import Examples
from themawijzer.records.evaluation_file import Projection

PARTS = (0.25, 0.5, 0.75, 1.0)  # of the examples, each holding those before it
EXPONENTS = np.array([0.25, 0.5, 1.0])  # mistakes fall with a power of the number of examples; which one is not known
N_DRAWS = 500
SHARES = np.linspace(0.1, 1, 10)  # of answers that could be automatic, the surest first
NOISE = 0.02  # standard deviation of what another draw of as many examples does to a figure
MORE = (25, 50, 100, 200, 400, 800, 1600)


def extrapolate(
    examples: Examples,
    by_part: Mapping[float, OutOfFold],
    audit: Audit,
    *,
    target: float,
    seed: int,
    more: Sequence[int] = MORE,
) -> list[Projection]:
    """What so many random answers more would do, where as many remain; `by_part` has what models of PARTS say.

    The answers of `audit` vouch for what is automatic.
    """
    _, rows = scored_rows(examples)
    n, truth = len(examples), examples.Y[rows][:, audit.telling] == 1
    parts = [Audit(found.probabilities[rows][:, audit.telling], truth, None) for found in by_part.values()]
    sizes = np.array([*by_part]) * n * (1 - 1 / N_FOLDS)
    more = [size for size in more if audit.n_rest is None or size <= audit.n_rest]
    return project(parts, sizes, n, more, n_random=len(audit), target=target, seed=seed)


def project(
    parts: Sequence[Audit], sizes: Floats, n: int, more: Sequence[int], *, n_random: int, target: float, seed: int
) -> list[Projection]:
    """The projections from how models of `sizes` examples judge the same answers, for `more` than n examples.

    Every figure follows a - b / size^c (Cortes et al. 1993, "Learning curves: asymptotic values and rate of
    convergence"), with b not below 0: a and b by least squares, weighted by size, in each of N_DRAWS bootstrap draws
    of answers, and c drawn from EXPONENTS. For each share of the surest answers that gives precision and completeness,
    and so whether that many random answers would show that both reach the target.
    """
    n_scored = len(parts[0])
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(n_scored, np.full(n_scored, 1 / n_scored), size=N_DRAWS)
    figures = np.stack([_figures(part, draws) for part in parts])  # (parts, draws, 1 + shares)
    exponents, noise = rng.choice(EXPONENTS, size=N_DRAWS), NOISE * rng.normal(size=(N_DRAWS, 1))
    found = []
    for added in more:
        at = np.clip(_at(n + added, figures, sizes, exponents) + noise, 0, 1)
        automatic = _automatic(parts[-1], at[:, 1:], n_random + added, target)
        found.append(Projection(added, _figure(at[:, 0]), _figure(automatic), round(float((automatic > 0).mean()), 2)))
    return found


def _figures(audit: Audit, draws: Ints) -> Floats:
    """Per draw micro-F1, and the lower one of precision and completeness of each share (d, 1 + shares)."""
    given, truth = audit.probabilities >= EVEN, audit.truth
    order = np.argsort(answer_doubt(audit.probabilities), kind="stable")
    counts = np.stack([(given & truth).sum(axis=1), given.sum(axis=1), truth.sum(axis=1)])
    ends = np.array([ceil(share * len(order)) for share in SHARES]) - 1
    hits, n_given, n_true = (np.cumsum(draws[:, order] * count[order], axis=1)[:, ends] for count in counts)
    lower = hits / np.maximum(np.maximum(n_given, n_true), 1)
    f1 = 2 * hits[:, -1:] / np.maximum(n_given + n_true, 1)[:, -1:]
    return np.hstack([f1, lower])


def _at(n: int, figures: Floats, sizes: Floats, exponents: Floats) -> Floats:
    """The figures (d, m) at n examples, from those at all sizes (s, d, m)."""
    x = -(sizes[:, None] ** -exponents)  # (s, d)
    weights = (sizes / sizes.sum())[:, None]
    x_mean, y_mean = (weights * x).sum(axis=0), (weights[:, :, None] * figures).sum(axis=0)
    spread = (weights * (x - x_mean) ** 2).sum(axis=0)
    slope = ((weights * (x - x_mean))[:, :, None] * (figures - y_mean)).sum(axis=0) / spread[:, None]
    return np.asarray(y_mean + np.maximum(slope, 0) * (-(float(n) ** -exponents) - x_mean)[:, None])


def _automatic(audit: Audit, at: Floats, n: int, target: float) -> Floats:
    """The largest share (d,) of which n random answers would show that it may be automatic; 0 where none."""
    per_answer = np.maximum((audit.probabilities >= EVEN).sum(), audit.truth.sum()) / len(audit)
    alike = 1 + max(per_answer - 1, 0) * max(audit.alike)
    found = np.zeros(len(at))
    for share, right in zip(SHARES, at.T, strict=True):
        cases = share * n * per_answer / alike
        shown = [binomial((1 - one) * cases, cases, target) <= RISK for one in right.tolist()]
        found[shown] = share
    return found


def _figure(values: Floats) -> Figure:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(*(round(float(value), 4) for value in (np.median(values), low, high)))
