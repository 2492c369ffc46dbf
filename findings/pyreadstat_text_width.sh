#!/usr/bin/env bash
# Guess, before running: `variable_format={"gemeente": "A30"}` makes a text variable of thirty bytes, as "F8.2" makes a number
# of eight wide; or a format that is not followed is refused.
# Found: for text the format is passed over without a word. The variable becomes as wide as its longest value or value label,
# so that every month of the same survey gets another width, and SPSS refuses to match or add such files.
# A first value that is filled up with spaces to thirty bytes gives the width; SPSS pads text with spaces anyway.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyreadstat==1.3.7 pandas==3.0.5
cd "$work" && venv/bin/python - <<'PYTHON'
import pandas as pd
import pyreadstat


def written(texts):
    frame = pd.DataFrame({"gemeente": texts, "cijfer": [7.0, 8.0]})
    pyreadstat.write_sav(frame, "a.sav", variable_format={"gemeente": "A30", "cijfer": "F5.1"})
    back, about = pyreadstat.read_sav("a.sav")
    return back["gemeente"].tolist(), about.original_variable_types


plain, filled = written(["Ede", "Zwolle"]), written(["Ede".ljust(30), "Zwolle"])
print("pyreadstat", pyreadstat.__version__)
print("asked A30 and F5.1, got", plain[1])
print("first value filled up with spaces:", filled[1], filled[0])
assert plain[1] == {"gemeente": "A6", "cijfer": "F5.1"}
assert filled == (["Ede", "Zwolle"], {"gemeente": "A30", "cijfer": "F5.1"})
PYTHON
