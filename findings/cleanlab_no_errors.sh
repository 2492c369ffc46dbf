#!/usr/bin/env bash
# Guess, before running: where no label is wrong and every probability means what it says (labels are drawn from them),
# cleanlab's multi-label filter finds next to no label issues: it prunes by the noise that it estimates.
# Found: it calls about a third of the answers label issues. What it estimates as noise is the doubt of the model; the
# two cannot be told apart from labels and probabilities alone. A count of its issues is no estimate of wrong labels.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cleanlab==2.9.0 numpy==2.4.6 pandas==3.0.5
cd "$work" && venv/bin/python - <<'PYTHON'
import cleanlab
import numpy as np
from cleanlab.multilabel_classification.filter import find_label_issues

N, K = 500, 4


def n_issues(seed):
    random = np.random.default_rng(seed)
    probabilities = random.beta(0.5, 1.5, (N, K))
    is_true = random.random((N, K)) < probabilities
    labels = [[int(code) for code in np.flatnonzero(row)] for row in is_true]
    return int(find_label_issues(labels, probabilities, n_jobs=1).sum())


found = [n_issues(seed) for seed in range(5)]
print("cleanlab", cleanlab.__version__)
print(f"issues in {N} answers of which no label is wrong, five draws:", found)
assert all(n > 0.2 * N for n in found)
PYTHON
