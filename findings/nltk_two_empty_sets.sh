#!/usr/bin/env bash
# Guess, before running: two coders who both say that no code applies agree, so MASI and Jaccard distance of two empty sets
# are 0, as scikit-learn's jaccard_score can be told (`zero_division`); alpha with MASI is then what it should be.
# Found: both raise ZeroDivisionError, and so does alpha of every data set in which two coders left an answer without codes.
# In open answers that is common. Who replaces the empty set by a set with a made-up code gets figures that do not tell.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check nltk==3.10.4
cd "$work" && venv/bin/python - <<'PYTHON'
import nltk
from nltk.metrics import jaccard_distance, masi_distance
from nltk.metrics.agreement import AnnotationTask

none, some = frozenset(), frozenset({"werk"})
task = AnnotationTask(
    [("a", 1, none), ("b", 1, none), ("a", 2, some), ("b", 2, some)], distance=masi_distance
)


def outcome(measure):
    try:
        return measure()
    except ZeroDivisionError:
        return "ZeroDivisionError"


found = {
    "masi_distance": outcome(lambda: masi_distance(none, none)),
    "jaccard_distance": outcome(lambda: jaccard_distance(none, none)),
    "alpha, coders agree on everything": outcome(task.alpha),
}
print("nltk", nltk.__version__)
for name, what in found.items():
    print(f"{name}: {what}")
assert masi_distance(some, some) == 0
assert set(found.values()) == {"ZeroDivisionError"}
PYTHON
