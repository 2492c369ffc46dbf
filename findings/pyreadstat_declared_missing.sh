#!/usr/bin/env bash
# Guess, before running: the metadata of a .sav file tells which values were declared missing, however its rows are read.
# Found: with the default `user_missing=False` the metadata holds no declaration at all, for numbers and for text, while the
# declared values have become NaN. "-99, not asked" and a cell that was never filled in cannot be told apart afterwards, and
# nothing says that there was anything to tell. Only `user_missing=True` gives the declarations.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyreadstat==1.3.7 pandas==3.0.5
cd "$work" && venv/bin/python - <<'PYTHON'
import pandas as pd
import pyreadstat

answers = pd.DataFrame({"opmerking": ["ja", "-99"], "cijfer": [7.0, 99.0]})
pyreadstat.write_sav(answers, "a.sav", missing_ranges={"opmerking": ["-99"], "cijfer": [99]})
read, told = pyreadstat.read_sav("a.sav")
kept, told_all = pyreadstat.read_sav("a.sav", user_missing=True)
print("pyreadstat", pyreadstat.__version__)
print("default:           ", read.isna().sum().to_dict(), "missing_ranges:", told.missing_ranges)
print("user_missing=True: ", kept.isna().sum().to_dict(), "missing_ranges:", told_all.missing_ranges)
assert read.isna().sum().to_dict() == {"opmerking": 1, "cijfer": 1}
assert told.missing_ranges == {} and told.missing_user_values == {}
assert set(told_all.missing_ranges) == {"opmerking", "cijfer"}
PYTHON
