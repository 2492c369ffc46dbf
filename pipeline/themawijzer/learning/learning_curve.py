"""What more annotated answers would do to a model, and to the evidence for it: the learning curve, extrapolated."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.random import Generator

from themawijzer.coding.certification import Audit, certified_share, certify
from themawijzer.coding.decisions import EVEN
from themawijzer.coding.numbers import LEVEL, Figure, Floats
from themawijzer.learning.evaluation import N_FOLDS, OutOfFold, scored_rows
from themawijzer.learning.examples import Examples
from themawijzer.records.evaluation_file import Projection

PARTS = (0.25, 0.5, 0.75, 1.0)  # of the examples, each holding those before it
EXPONENTS = np.array([0.01, 0.25, 0.5])  # of the power by which mistakes fall, not known; the first is a logarithm
N_DRAWS = 1000
N_SAMPLES = 100  # of the answers that would be coded; a certificate is tried on each
REFIT = 0.35  # over sqrt(n): standard deviation of micro-F1 of models of n other answers; 0.1 to 0.3 was measured
MIN_RANDOM = 20  # below this the random answers do not show what others are like, and all scored answers do
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

    The answers of `audit` vouch for what is automatic. Fewer than its certificate asks for at the accuracy so far are
    left out, and so many added: hope for a better model promises nothing sooner than the evidence.
    """
    _, rows = scored_rows(examples)
    n, truth = len(examples), examples.Y[rows][:, audit.telling] == 1
    parts = [Audit(found.probabilities[rows][:, audit.telling], truth, audit.n_rest) for found in by_part.values()]
    sizes = np.array([*by_part]) * n * (1 - 1 / N_FOLDS)
    least = certify(audit, target).n_more or 0
    wanted = sorted({size for size in (least, *more) if size >= max(least, 1)})
    more = [size for size in wanted if audit.n_rest is None or size <= audit.n_rest]
    telling = Audit(audit.telling_probabilities, audit.truth[:, audit.telling], audit.n_rest)
    return project(parts, sizes, n, more, audit=telling, target=target, seed=seed)


def project(
    parts: Sequence[Audit], sizes: Floats, n: int, more: Sequence[int], *, audit: Audit, target: float, seed: int
) -> list[Projection]:
    """The projections from how models of `sizes` examples judge the same answers, for `more` than n examples.

    Micro-F1 follows a - b / size^c (Cortes et al. 1993, "Learning curves: asymptotic values and rate of convergence"),
    with b not below 0: a and b by least squares, weighted by size, in each of N_DRAWS bootstrap draws of answers to
    which the spread of models that learn from other answers is added, and c drawn from EXPONENTS. In N_SAMPLES of
    these draws more answers like those of `audit` join it (Bayesian bootstrap; Rubin 1981), as many of the mistakes
    are mended as the curve says, and it is tried what `certify` would let be automatic.
    """
    rng = np.random.default_rng(seed)
    f1 = _micro_f1(parts, rng)
    f1 += REFIT * rng.normal(size=f1.shape) / np.sqrt(sizes)[:, None]
    exponents = rng.choice(EXPONENTS, size=N_DRAWS)
    now, found = _at(n, f1, sizes, exponents), []
    like = audit if len(audit) >= MIN_RANDOM else parts[-1]
    for added in more:
        then = _at(n + added, f1, sizes, exponents) + REFIT * rng.normal(size=N_DRAWS) / np.sqrt(n + added)
        then = np.clip(then, 0, 1)
        left = (1 - then[:N_SAMPLES]) / np.maximum(1 - now[:N_SAMPLES], 1e-9)
        automatic = np.array([certified_share(_grown(audit, like, added, one, rng), target) for one in left.tolist()])
        found.append(Projection(added, _figure(then), _figure(automatic), round(float((automatic > 0).mean()), 2)))
    return found


def _micro_f1(parts: Sequence[Audit], rng: Generator) -> Floats:
    """Of each part in each bootstrap draw of the answers (s, d)."""
    n = len(parts[0])
    draws, truth = rng.multinomial(n, np.full(n, 1 / n), size=N_DRAWS), parts[0].truth
    given = [part.probabilities >= EVEN for part in parts]
    hits = np.stack([draws @ (one & truth).sum(axis=1) for one in given])
    cases = np.stack([draws @ (one.sum(axis=1) + truth.sum(axis=1)) for one in given])
    return np.asarray(2 * hits / np.maximum(cases, 1))


def _at(n: int, f1: Floats, sizes: Floats, exponents: Floats) -> Floats:
    """Micro-F1 (d,) at n examples, from that at all sizes (s, d)."""
    x, weights = -(sizes[:, None] ** -exponents), (sizes / sizes.sum())[:, None]
    x_mean, f1_mean = (weights * x).sum(axis=0), (weights * f1).sum(axis=0)
    slope = (weights * (x - x_mean) * (f1 - f1_mean)).sum(axis=0) / (weights * (x - x_mean) ** 2).sum(axis=0)
    return np.asarray(f1_mean + np.maximum(slope, 0) * (-(float(n) ** -exponents) - x_mean))


def _grown(audit: Audit, like: Audit, added: int, left: float, rng: Generator) -> Audit:
    """The audit with answers like others `added`, and others without mistakes for those that the model would mend."""
    drawn = rng.choice(len(like), size=added, p=rng.dirichlet(np.ones(len(like))))
    probabilities = np.vstack([audit.probabilities, like.probabilities[drawn]])
    truth = np.vstack([audit.truth, like.truth[drawn]])
    is_wrong = ((probabilities >= EVEN) != truth).any(axis=1)
    rows, right = np.arange(len(truth)), np.flatnonzero(~is_wrong)
    if len(right):
        mended = np.flatnonzero(is_wrong & (rng.random(len(rows)) > left))
        rows[mended] = rng.choice(right, size=len(mended))
    return Audit(probabilities[rows], truth[rows], None if audit.n_rest is None else audit.n_rest - added)


def _figure(values: Floats) -> Figure:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(*(round(float(value), 4) for value in (np.median(values), low, high)))
