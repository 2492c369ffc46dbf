#!/usr/bin/env bash
# Guess, before running: two codes of an SPSS variable that have the same value label ("anders" at 2 and at 3, as after a
# change of the questionnaire) stay two categories in a reader that gives labels for codes, or the reader refuses or warns.
# Found: pandas and haven make one category of them, without a word; nothing in the result tells that there were two.
# Of the readers of R, foreign does so with a warning. pyreadstat's numbers, which pandas reads with, are right.
# Needs Debian 12's R packages: apt-get install r-base-core r-cran-haven
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.0.5 pyreadstat==1.3.7
cd "$work"
venv/bin/python - <<'PYTHON'
import pandas as pd
import pyreadstat

asked = pd.DataFrame({"regio": [1.0, 2.0, 3.0, 3.0]})
labels = {1: "noord", 2: "anders", 3: "anders"}
pyreadstat.write_sav(asked, "a.sav", variable_value_labels={"regio": labels})
numbers, about = pyreadstat.read_sav("a.sav")
assert numbers["regio"].tolist() == [1, 2, 3, 3]
assert about.variable_value_labels["regio"] == labels
found = pd.read_spss("a.sav")["regio"]
print("pandas", pd.__version__, "counts", found.value_counts().to_dict())
assert found.value_counts().to_dict() == {"anders": 3, "noord": 1}
PYTHON
Rscript --vanilla - <<'R'
suppressMessages(library(haven))
stopifnot(packageVersion("haven") == "2.5.1")
options(warn = 2)  # a warning is an error
asked <- read_sav("a.sav")$regio
found <- as_factor(asked)
cat("haven", as.character(packageVersion("haven")), "levels:", levels(found), " counts:", table(found), "\n")
stopifnot(identical(as.numeric(asked), c(1, 2, 3, 3)))
stopifnot(identical(levels(found), c("noord", "anders")), table(found)[["anders"]] == 3)
R
