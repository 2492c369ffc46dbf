"""Groups of answers that resemble each other, as many as come back when other answers are drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from themawijzer.coding.numbers import Floats, Ints
from themawijzer.language.encoders import Vectors
from themawijzer.learning.neighbors import spread

MIN_TEXTS = 5  # different answers in a group
PER_GROUP = 8  # different answers in the finest division, at the mean; finer ones find groups in noise too
MAX_GROUPS = 40
STABLE, DOUBTFUL = 0.75, 0.6  # Hennig's limits: from the first on a group is stable, below the second it is none
N_DRAWS = 50
DECIMALS = 5  # of distances, of which the last digits depend on the machine


@dataclass(frozen=True)
class Clusters:
    """The number of each answer's group (n,), -1 in none, and its cosine with the center of the nearest one (n,).

    `stability` (c,) is that of each group; groups have the most answers first.
    """

    labels: Ints
    nearness: Floats
    stability: Floats


def find_clusters(vectors: Vectors, *, seed: int) -> Clusters:
    """Groups among vectors (n, d) of length 1 of different answers, of which there are at least `2 * PER_GROUP`.

    Average linkage on cosines. The tree is cut where most groups are stable, and of that cut the groups are given
    that are not below `DOUBTFUL`. Every answer then goes to the nearest center, unless it is farther from it than
    each of the answers that made the group. Stability is the mean Jaccard similarity of a group with the one most
    like it in the division of a bootstrap sample (Hennig 2007, "Cluster-wise assessment of cluster stability",
    Computational Statistics & Data Analysis 52), corrected for what a random set of that size would have, since a
    group of nearly all answers always comes back.
    """
    rows = spread(len(vectors))
    distances, counts = _distances(vectors[rows]), range(2, min(len(rows) // PER_GROUP, MAX_GROUPS) + 1)
    divisions = _divide(distances, counts)
    stability = _stability(distances, divisions, counts, seed)
    labels, found = max(zip(divisions, stability, strict=True), key=lambda candidate: _merit(*candidate))
    sizes = np.bincount(labels)
    kept = [int(c) for c in np.argsort(-sizes, kind="stable") if sizes[c] >= MIN_TEXTS and found[c] >= DOUBTFUL]
    return _assigned(vectors, [rows[labels == c] for c in kept], found[kept])


def _distances(vectors: Vectors) -> Floats:
    distances = np.asarray((1 - vectors @ vectors.T).round(DECIMALS).clip(min=0), dtype=np.float64)
    np.fill_diagonal(distances, 0)
    return np.asarray((distances + distances.T) / 2)


def _divide(distances: Floats, counts: Iterable[int]) -> list[Ints]:
    """The divisions of n answers with these distances (n, n) into so many groups."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    tree: Any = linkage(squareform(distances, checks=False), "average")
    return [fcluster(tree, count, "maxclust").astype(np.intp) - 1 for count in counts]


def _stability(distances: Floats, divisions: Sequence[Ints], counts: Sequence[int], seed: int) -> list[Floats]:
    """Per division the stability (c,) of its groups."""
    rng, n = np.random.default_rng(seed), len(distances)
    total = [np.zeros(labels.max() + 1) for labels in divisions]
    for _ in range(N_DRAWS):
        drawn = np.unique(rng.integers(0, n, n))
        again = _divide(distances[np.ix_(drawn, drawn)], counts)
        for own, labels, other in zip(total, divisions, again, strict=True):
            own += _recovered(labels[drawn], other, len(own))
    parts = [np.bincount(labels) / n for labels in divisions]
    by_chance = [part / (2 - part) for part in parts]
    return [_above(own / N_DRAWS, chance) for own, chance in zip(total, by_chance, strict=True)]


def _above(found: Floats, chance: Floats) -> Floats:
    """What was found above chance (c,): 1 at most, and 0 for a group of all answers, which is none."""
    return np.divide(found - chance, 1 - chance, out=np.zeros_like(found), where=chance < 1)


def _recovered(labels: Ints, again: Ints, n_groups: int) -> Floats:
    """Of each group (c,) the Jaccard similarity with the one most like it in another division."""
    both = np.zeros((n_groups, again.max() + 1))
    np.add.at(both, (labels, again), 1)
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True) - both
    return np.asarray((both / np.maximum(either, 1)).max(axis=1))


def _merit(labels: Ints, stability: Floats) -> tuple[int, int]:
    sizes = np.bincount(labels)
    is_large = sizes >= MIN_TEXTS
    return int((is_large & (stability >= STABLE)).sum()), int(sizes[is_large & (stability >= DOUBTFUL)].sum())


def _assigned(vectors: Vectors, groups: Sequence[Ints], stability: Floats) -> Clusters:
    if not groups:
        return Clusters(np.full(len(vectors), -1), np.zeros(len(vectors)), stability)
    centers = np.array([vectors[rows].mean(axis=0) for rows in groups])
    cosines = (vectors @ (centers / np.linalg.norm(centers, axis=1, keepdims=True)).T).round(DECIMALS)
    farthest = np.array([cosines[rows, place].min() for place, rows in enumerate(groups)])
    nearest, nearness = cosines.argmax(axis=1), cosines.max(axis=1)
    return Clusters(np.where(nearness >= farthest[nearest], nearest, -1), nearness, stability)
