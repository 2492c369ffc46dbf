#!/usr/bin/env bash
# Guess, before running: a target for a group of which nobody answered (20 % in region east) is refused, or warned of: no
# weights can give it. And a respondent whose region is unknown gets no weight, or keeps 1 while the others meet the targets.
# Found: the 20 % is shared out over the other regions without a word (50 and 30 % become 62.5 and 37.5 %). Where ten of a
# hundred have no region, they keep weight 1 and the rest sums to 90: age, known of all, then misses its own target, 32 for 30.
# No warning and no message either time.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check weightipy==0.4.2 pandas==3.0.5
cd "$work" && venv/bin/python - <<'PYTHON'
import contextlib
import io
import warnings
from importlib.metadata import version

import pandas as pd
import weightipy

warnings.simplefilter("error")


def weighted(people, regio):
    targets = {"regio": regio, "leeftijd": {"jong": 30, "oud": 70}}
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
        done = weightipy.weight_dataframe(people.copy(), weightipy.scheme_from_dict(targets), "gewicht")
    sums = {by: done.groupby(by, dropna=False)["gewicht"].sum().round(1) for by in targets}
    return *({str(name): float(total) for name, total in found.items()} for found in sums.values()), said.getvalue()


people = pd.DataFrame({"regio": ["noord"] * 40 + ["zuid"] * 60, "leeftijd": ["jong", "oud"] * 50})
unknown = people.assign(regio=[None] * 10 + people["regio"].tolist()[10:])
absent = weighted(people, {"noord": 50, "zuid": 30, "oost": 20})
without = weighted(unknown, {"noord": 50, "zuid": 50})
print("weightipy", version("weightipy"))
print("a group without respondents:", *absent)
print("ten without a region:", *without)
assert absent == ({"noord": 62.5, "zuid": 37.5}, {"jong": 30, "oud": 70}, "")
assert without == ({"noord": 45, "zuid": 45, "nan": 10}, {"jong": 32, "oud": 68}, "")
PYTHON
