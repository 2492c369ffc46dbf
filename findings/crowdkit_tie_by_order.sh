#!/usr/bin/env bash
# Guess, before running: where two coders give an answer two different codes, a majority vote has no outcome: it gives no label,
# or draws one by a seed.
# Found: it gives one as if it were the majority: the code that stands first in the whole file, whoever gave it and to which
# answer. Who sorts the file by coder or by date gets other labels from the same votes. Nothing marks the ties.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check crowd-kit==1.4.2 pandas==3.0.5
cd "$work" && venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

import pandas as pd
from crowdkit.aggregation import MajorityVote

warnings.simplefilter("error")
votes = pd.DataFrame(
    [
        ("antwoord-1", "codeur-1", "zorg"),
        ("antwoord-1", "codeur-2", "zorg"),
        ("antwoord-2", "codeur-1", "werk"),
        ("antwoord-2", "codeur-2", "zorg"),
    ],
    columns=["task", "worker", "label"],
)
as_given, turned = (MajorityVote().fit_predict(rows)["antwoord-2"] for rows in (votes, votes[::-1]))
other = votes.assign(label=["werk", "werk", "werk", "zorg"])
after_another = MajorityVote().fit_predict(other)["antwoord-2"]
print("crowd-kit", version("crowd-kit"), "two coders, two codes:", as_given, " rows turned round:", turned)
print("another code for another answer:", after_another)
assert {as_given, after_another} == {"zorg", "werk"}
PYTHON
