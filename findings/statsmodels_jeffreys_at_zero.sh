#!/usr/bin/env bash
# Guess, before running: an interval around a share holds that share, also where nobody or everybody has the code.
# Found: statsmodels' Jeffreys interval of 0 out of 20 begins above 0, and that of 20 out of 20 ends below 1; so the
# observed share lies outside its own interval. (Brown, Cai & DasGupta 2001 set those ends to 0 and 1; statsmodels does not.)
# Its exact ("beta") and Wilson intervals do hold the share.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check statsmodels==0.15.0
"$work/venv/bin/python" - <<'PYTHON'
import statsmodels
from statsmodels.stats.proportion import proportion_confint

found = {(method, n): proportion_confint(n, 20, method=method) for method in ("jeffreys", "beta") for n in (0, 20)}
print("statsmodels", statsmodels.__version__)
for (method, n), (low, high) in found.items():
    print(f"{method:9} {n:2} of 20: {low:.6f} to {high:.6f}")
assert found["jeffreys", 0][0] > 0 and found["jeffreys", 20][1] < 1
assert found["beta", 0][0] == 0 and found["beta", 20][1] == 1
PYTHON
