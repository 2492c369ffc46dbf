#!/usr/bin/env bash
# Guess, before running: a column of pandas durations becomes an SPSS duration (DTIME), as dates become DATE and times
# TIME, or is refused.
# Found: it is written as text such as "1 days 02:00:00" (format A15), without a word. SPSS cannot calculate with it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyreadstat==1.3.7 pandas==3.0.5
cd "$work" && venv/bin/python - <<'PYTHON'
import datetime as dt

import pandas as pd
import pyreadstat

typed = pd.DataFrame(
    {"dag": [dt.date(2026, 3, 1)], "tijd": [dt.time(9, 30)], "duur": pd.to_timedelta(["1 days 02:00:00"])}
)
pyreadstat.write_sav(typed, "t.sav")
read, told = pyreadstat.read_sav("t.sav")
print("pyreadstat", pyreadstat.__version__, told.original_variable_types, repr(read["duur"][0]))
assert told.original_variable_types == {"dag": "DATE11", "tijd": "TIME8", "duur": "A15"}
assert read["duur"][0] == "1 days 02:00:00"
PYTHON
